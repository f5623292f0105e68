//! Facts in, report out: what every door does once the facts are there.

use super::config::Config;
use crate::{
    domain::{problem::Problem, service::Service, snapshot::Snapshot},
    engine::{evaluate::evaluate, model::Model, policy::Scope},
    evidence::Evidence,
    report::{
        build::{self, Frame},
        wire::Report,
    },
    rules::RULES,
};
use jiff::{Timestamp, tz::TimeZone};

/// When a run started and ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// The start.
    pub started_at: Timestamp,
    /// The end of collecting.
    pub finished_at: Timestamp,
}

/// Judges a snapshot.
#[must_use]
pub fn judge(
    mut snapshot: Snapshot,
    evidence: &Evidence,
    services: &[Service],
    scope: &Scope,
    config: &Config,
    times: Times,
    subnets: bool,
) -> Report {
    snapshot
        .networks
        .sort_by(|a, b| (&a.account, &a.region).cmp(&(&b.account, &b.region)));
    snapshot.leave_shared_to_owner();
    let unseen = unseen_vpcs(&snapshot, scope);
    snapshot.problems.extend(unseen);
    let model = Model::new(&snapshot, services);
    let today = times.started_at.to_zoned(TimeZone::UTC).date();
    let evaluation = evaluate(&model, evidence, &config.policy, scope, RULES, today);
    build::report(
        &evaluation,
        &snapshot,
        &Frame {
            started_at: times.started_at,
            finished_at: times.finished_at,
            services,
            scope,
            subnets,
        },
    )
}

/// A VPC that was asked for and is nowhere must not read as "nothing wrong".
fn unseen_vpcs(snapshot: &Snapshot, scope: &Scope) -> Vec<Problem> {
    let networks = &snapshot.networks;
    if networks
        .iter()
        .any(|network| network.vpcs.known().is_none())
    {
        return Vec::new();
    }
    let region = match networks.as_slice() {
        [one] => Some(one.region.clone()),
        _ => None,
    };
    scope
        .vpcs
        .iter()
        .filter(|id| {
            !networks
                .iter()
                .filter_map(|network| network.vpcs.known())
                .any(|vpcs| vpcs.contains_key(*id))
        })
        .map(|id| Problem {
            account: networks.first().and_then(|network| network.account.clone()),
            region: region.clone(),
            operation: "ec2:DescribeVpcs".to_owned(),
            code: "InvalidVpcID.NotFound".to_owned(),
            message: format!("{id} is in none of the Regions that were audited"),
            hint: Some("check the id, the account and the Region".to_owned()),
        })
        .collect()
}
