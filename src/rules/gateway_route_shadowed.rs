#![doc = include_str!("gateway_route_shadowed.md")]

use super::fix::{self, Fix};
use crate::{
    domain::{
        ids::RouteTableId,
        route::{Route, RouteOrigin, RouteTable, RouteTarget},
    },
    engine::{
        case::SubnetCase,
        fix::Action,
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
    let (fix, actions) = fix(case);
    Text {
        title: format!(
            "other routes take {} addresses from the endpoint",
            case.service().title()
        ),
        detail: reason::reason(case),
        fix,
        actions,
    }
}

fn fix(case: &SubnetCase<'_>) -> Fix {
    if let Some(fix) = fix::by_the_owner(case) {
        return fix;
    }
    let (Some((table, _)), Some(decision)) = (case.table(), case.decision()) else {
        return fix::attach(case);
    };
    let thieves = thieves(table, decision);
    if thieves.is_empty() {
        let sentence = format!(
            "the VPC's own addresses overlap those of {}, and no route can take them from the VPC: move the subnets' hosts to a VPC with other addresses",
            case.service().title()
        );
        return (sentence, Vec::new());
    }
    let names: Vec<String> = thieves
        .iter()
        .map(|route| match route.target.id() {
            Some(target) => format!("{} to {target}", route.destination),
            None => route.destination.to_string(),
        })
        .collect();
    let sentence = format!(
        "find out who uses {}: its other traffic takes that route, too; then remove or narrow it so that the endpoint's route wins",
        names.join(" and ")
    );
    let end = |route: &&Route| end(case, &table.id, route);
    (sentence, thieves.iter().map(end).collect())
}

/// The routes that win addresses which should go to the endpoint. A local one
/// is the VPC itself and stays.
fn thieves<'m>(table: &'m RouteTable, decision: &Decision) -> Vec<&'m Route> {
    let indices: BTreeSet<usize> = decision
        .ways
        .via
        .iter()
        .filter(|via| via.kind != ViaKind::Local)
        .flat_map(|via| via.routes.iter().copied())
        .collect();
    indices.into_iter().map(|at| &table.routes[at]).collect()
}

/// What ends a route depends on who made it.
fn end(case: &SubnetCase<'_>, table: &RouteTableId, route: &Route) -> Action {
    let table = table.clone();
    if let RouteTarget::VpcEndpoint(id) = &route.target
        && fix::is_gateway_endpoint(case, id)
    {
        return Action::Detach {
            endpoint: id.clone(),
            table,
        };
    }
    match route.origin {
        RouteOrigin::Propagated => Action::EndGatewayPropagation {
            table,
            gateway: route.target.id().map(str::to_owned),
        },
        RouteOrigin::Advertised => Action::EndRouteServerPropagation(table),
        RouteOrigin::Static | RouteOrigin::Unrecognised => Action::DeleteRoute {
            table,
            destination: route.destination.clone(),
        },
    }
}
