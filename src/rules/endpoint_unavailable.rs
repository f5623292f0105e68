#![doc = include_str!("endpoint_unavailable.md")]

use crate::engine::{
    case::SubnetCase,
    path::{Cause, OwnRoute},
    reason,
    rule::{Check, Outcome, Rule, Text},
    severity::Severity,
};

pub(super) static RULE: Rule = Rule {
    id: "endpoint-unavailable",
    summary: "the route leads to a gateway endpoint that is not available",
    severity: Severity::High,
    page: include_str!("endpoint_unavailable.md"),
    check: Check::Subnet { judge, explain },
};

fn judge(case: &SubnetCase<'_>) -> Outcome {
    Outcome::violated_if(
        case.decision()
            .is_some_and(|decision| decision.cause() == Some(Cause::EndpointUnavailable)),
        Severity::High,
    )
}

fn explain(case: &SubnetCase<'_>) -> Text {
    let own = case.decision().map(|decision| &decision.own);
    let endpoint = match own {
        Some(OwnRoute::Unavailable { endpoint, .. }) => endpoint.as_str(),
        Some(
            OwnRoute::Missing
            | OwnRoute::Blackhole { .. }
            | OwnRoute::WrongTarget { .. }
            | OwnRoute::Good(_)
            | OwnRoute::Unknown,
        )
        | None => "<vpc-endpoint-id>",
    };
    Text {
        title: format!("the {} endpoint is not available", case.service().title()),
        detail: reason::reason(case),
        fix: format!(
            "look at why {endpoint} is not available; wait where it is pending, replace it where it failed"
        ),
        commands: vec![format!(
            "aws ec2 describe-vpc-endpoints --region {} --vpc-endpoint-ids {endpoint}",
            case.region()
        )],
    }
}
