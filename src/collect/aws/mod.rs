//! Asks AWS. One pass per account and Region, with a constant number of calls
//! plus pages: never one per subnet or table.

mod access;
mod convert;
mod failure;
mod metrics;
mod network;
mod pages;
mod progress;
mod whole_answer;

pub use access::{Access, AccessSettings};
pub use failure::Failure;
pub use progress::Progress;

use crate::{
    collect::{
        Regions,
        record::{Record, Target},
    },
    domain::{
        ids::{AccountId, Region},
        problem::Problem,
        service::Service,
    },
    evidence::{Window, metrics::MetricSource},
};
use futures_util::{
    StreamExt as _,
    future::{self, Either},
    stream,
};
use network::Raw;
use tokio::time::Instant;
use tracing::Instrument as _;

/// The IAM actions of every call that this room makes. The policies in
/// `template.yaml` and the README are held to this list by a test.
/// `sts:GetCallerIdentity` needs no permission.
pub const IAM_ACTIONS: &[&str] = &[
    "cloudwatch:GetMetricData",
    "cloudwatch:ListMetrics",
    "ec2:DescribePrefixLists",
    "ec2:DescribeRegions",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcs",
    "ec2:GetManagedPrefixListEntries",
];

/// What to ask.
#[derive(Debug, Clone)]
pub struct Question {
    /// The Regions.
    pub regions: Regions,
    /// The services whose endpoints are looked at.
    pub services: Vec<Service>,
    /// Metrics to look for; empty turns the question about traffic off.
    pub metrics: Vec<MetricSource>,
    /// The time that metrics are asked about.
    pub window: Window,
    /// When to stop asking; what is not there by then is missing.
    pub deadline: Option<Instant>,
    /// How many Regions to ask at once.
    pub regions_at_once: usize,
}

/// Asks AWS everything that an audit needs. Never fails: what could not be
/// read is missing from the record, and a problem says why.
pub async fn record(access: &Access, question: &Question) -> Record {
    let mut problems = Vec::new();
    // Whose account it is, is needed only once the answers are there.
    let identity = Box::pin(access.identity(question.deadline));
    let networks = Box::pin(networks(access, question));
    let (identity, raw) = match future::select(identity, networks).await {
        // Without credentials every other call would look for them again, in
        // the same places, and fail the same way.
        Either::Left((Err(failure), _)) if failure.code == failure::NO_CREDENTIALS => {
            (Err(failure), Ok(Vec::new()))
        }
        Either::Left((identity, networks)) => (identity, networks.await),
        Either::Right((raw, identity)) => (identity.await, raw),
    };
    let account = match identity {
        Ok(account) => Some(account),
        Err(failure) => {
            problems.push(failure.into_problem(None, None));
            None
        }
    };
    let raw = raw.unwrap_or_else(|failure| {
        let home = access.home();
        problems.push(failure.into_problem(account.as_ref(), home));
        Vec::new()
    });
    let mut targets: Vec<Target> = raw
        .into_iter()
        .map(|raw| raw.into_target(account.clone(), question))
        .collect();
    targets.sort_by(|a, b| a.region.cmp(&b.region));
    Record { targets, problems }
}

async fn networks(access: &Access, question: &Question) -> Result<Vec<Raw>, Failure> {
    let regions = regions(access, question).await?;
    access.progress().expect_regions(regions.len());
    let raw = stream::iter(regions).map(|region| {
        let span = tracing::info_span!("network", %region);
        // In a box of its own: many small calls make one large future.
        let network = Box::pin(network::collect(access, region, question));
        let watched = async move {
            let raw = network.await;
            access.progress().region_is_done();
            raw
        };
        watched.instrument(span)
    });
    Ok(raw
        .buffer_unordered(question.regions_at_once.max(1))
        .collect()
        .await)
}

async fn regions(access: &Access, question: &Question) -> Result<Vec<Region>, Failure> {
    let mut regions = match &question.regions {
        Regions::These(regions) => regions.clone(),
        Regions::All => access.enabled_regions(question.deadline).await?,
    };
    regions.sort();
    regions.dedup();
    Ok(regions)
}

impl Failure {
    /// The failure as part of a report.
    #[must_use]
    pub fn into_problem(self, account: Option<&AccountId>, region: Option<&Region>) -> Problem {
        let hint = self.hint();
        Problem {
            account: account.cloned(),
            region: region.cloned(),
            operation: self.operation.to_owned(),
            code: self.code,
            message: self.message,
            hint: Some(hint),
        }
    }
}
