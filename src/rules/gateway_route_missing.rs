#![doc = include_str!("gateway_route_missing.md")]

use super::fix;
use crate::engine::{
    case::SubnetCase,
    path::{Cause, Decision},
    reason,
    rule::{Check, Outcome, Rule, Text},
    severity::Severity,
};

pub(super) static RULE: Rule = Rule {
    id: "gateway-route-missing",
    summary: "the effective route table has no route to the service's prefix list",
    severity: Severity::High,
    page: include_str!("gateway_route_missing.md"),
    check: Check::Subnet { judge, explain },
};

fn judge(case: &SubnetCase<'_>) -> Outcome {
    match case.decision() {
        Some(decision) if decision.cause() == Some(Cause::RouteMissing) => {
            Outcome::Violated(severity(case, decision))
        }
        Some(_) | None => Outcome::Clear,
    }
}

fn severity(case: &SubnetCase<'_>, decision: &Decision) -> Severity {
    let ways = || decision.ways.via.iter().map(|via| via.kind);
    if ways().any(|kind| case.gets_out(kind)) {
        Severity::High
    } else if ways().any(|kind| case.is_cut_off(kind)) {
        Severity::Medium
    } else {
        Severity::Low
    }
}

fn explain(case: &SubnetCase<'_>) -> Text {
    let (fix, actions) = fix::attach(case);
    Text {
        title: format!("no route to the {} endpoint", case.service().title()),
        detail: reason::reason(case),
        fix,
        actions,
    }
}
