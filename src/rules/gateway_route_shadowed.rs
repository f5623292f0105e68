#![doc = include_str!("gateway_route_shadowed.md")]

use super::fix;
use crate::{
    domain::route::{Route, RouteDestination, RouteOrigin},
    engine::{
        case::SubnetCase,
        path::{Cause, Decision, ViaKind},
        reason,
        rule::{Check, Outcome, Rule, Text},
        severity::Severity,
    },
};
use std::collections::BTreeSet;

pub(super) static RULE: Rule = Rule {
    id: "gateway-route-shadowed",
    summary: "more specific routes take the service's addresses away from the endpoint",
    severity: Severity::High,
    page: include_str!("gateway_route_shadowed.md"),
    check: Check::Subnet { judge, explain },
};

fn judge(case: &SubnetCase<'_>) -> Outcome {
    Outcome::violated_if(
        case.decision()
            .is_some_and(|decision| decision.cause() == Some(Cause::Shadowed)),
        Severity::High,
    )
}

fn explain(case: &SubnetCase<'_>) -> Text {
    let thieves = case
        .decision()
        .map(|decision| thieves(case, decision))
        .unwrap_or_default();
    let title = format!(
        "other routes take {} addresses from the endpoint",
        case.service().title()
    );
    if let Some((fix, commands)) = fix::by_the_owner(case) {
        return Text {
            title,
            detail: reason::reason(case),
            fix,
            commands,
        };
    }
    let commands = thieves.iter().map(|route| command(case, route)).collect();
    let names: Vec<String> = thieves
        .iter()
        .map(|route| route.destination.to_string())
        .collect();
    let fix = if names.is_empty() {
        "let the endpoint's prefix-list route cover every address of the service".to_owned()
    } else {
        format!(
            "find out who uses {}, then remove or narrow it so that the endpoint's route wins",
            names.join(", ")
        )
    };
    Text {
        title,
        detail: reason::reason(case),
        fix,
        commands,
    }
}

/// The routes that win addresses which should go to the endpoint.
fn thieves<'m>(case: &SubnetCase<'m>, decision: &Decision) -> Vec<&'m Route> {
    let Some((table, _)) = case.table() else {
        return Vec::new();
    };
    let indices: BTreeSet<usize> = decision
        .ways
        .via
        .iter()
        .filter(|via| via.kind != ViaKind::Local)
        .flat_map(|via| via.routes.iter().copied())
        .collect();
    indices.into_iter().map(|at| &table.routes[at]).collect()
}

fn command(case: &SubnetCase<'_>, route: &Route) -> String {
    let region = case.region();
    let table = case
        .table()
        .map_or("<route-table-id>", |(table, _)| table.id.as_str());
    match route.origin {
        RouteOrigin::Propagated => {
            return format!(
                "aws ec2 disable-vgw-route-propagation --region {region} --route-table-id {table} --gateway-id {}",
                route.target.id().unwrap_or("<gateway-id>")
            );
        }
        RouteOrigin::Advertised => {
            return format!(
                "aws ec2 disable-route-server-propagation --region {region} --route-table-id {table} --route-server-id <route-server-id>"
            );
        }
        RouteOrigin::Static | RouteOrigin::Unrecognised => {}
    }
    let destination = match &route.destination {
        RouteDestination::Cidr(net) if net.addr().is_ipv4() => {
            format!("--destination-cidr-block {net}")
        }
        RouteDestination::Cidr(net) => format!("--destination-ipv6-cidr-block {net}"),
        RouteDestination::PrefixList(id) => format!("--destination-prefix-list-id {id}"),
        RouteDestination::Unrecognised(_) => "--destination-cidr-block <cidr>".to_owned(),
    };
    format!("aws ec2 delete-route --region {region} --route-table-id {table} {destination}")
}
