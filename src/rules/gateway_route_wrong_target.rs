#![doc = include_str!("gateway_route_wrong_target.md")]

use super::fix;
use crate::engine::{
    case::SubnetCase,
    path::Cause,
    reason,
    rule::{Check, Outcome, Rule, Text},
    severity::Severity,
};

pub(super) static RULE: Rule = Rule {
    id: "gateway-route-wrong-target",
    summary: "the service's prefix list leads to something else than its gateway endpoint in this VPC",
    severity: Severity::High,
    page: include_str!("gateway_route_wrong_target.md"),
    check: Check::Subnet { judge, explain },
};

fn judge(case: &SubnetCase<'_>) -> Outcome {
    Outcome::violated_if(
        case.decision()
            .is_some_and(|decision| decision.cause() == Some(Cause::WrongTarget)),
        Severity::High,
    )
}

fn explain(case: &SubnetCase<'_>) -> Text {
    let (fix, actions) = fix::replace_own_route(case);
    Text {
        title: format!(
            "the {} prefix list leads to {}",
            case.service().title(),
            case.decision().map_or_else(
                || "another target".to_owned(),
                |decision| reason::own_target(&decision.own)
            )
        ),
        detail: reason::reason(case),
        fix,
        actions,
    }
}
