#![doc = include_str!("gateway_route_blackhole.md")]

use super::fix;
use crate::engine::{
    case::SubnetCase,
    path::Cause,
    reason,
    rule::{Check, Outcome, Rule, Text},
    severity::Severity,
};

pub(super) static RULE: Rule = Rule {
    id: "gateway-route-blackhole",
    summary: "the service's prefix-list route is a blackhole, or its endpoint is gone",
    severity: Severity::High,
    page: include_str!("gateway_route_blackhole.md"),
    check: Check::Subnet { judge, explain },
};

fn judge(case: &SubnetCase<'_>) -> Outcome {
    Outcome::violated_if(
        case.decision()
            .is_some_and(|decision| decision.cause() == Some(Cause::RouteBlackhole)),
        Severity::High,
    )
}

fn explain(case: &SubnetCase<'_>) -> Text {
    let (fix, actions) = fix::replace_own_route(case);
    Text {
        title: format!("the {} endpoint route is a blackhole", case.service().title()),
        detail: reason::reason(case),
        fix,
        actions,
    }
}
