#![doc = include_str!("endpoint_unavailable.md")]

use super::fix::{self, Fix};
use crate::{
    domain::ids::EndpointId,
    engine::{
        case::SubnetCase,
        fix::Action,
        path::{Cause, OwnRoute},
        reason,
        rule::{Check, Outcome, Rule, Text},
        severity::Severity,
    },
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
    let (fix, actions) = match case.decision().map(|decision| &decision.own) {
        Some(OwnRoute::Unavailable { endpoint, state }) => fix(case, endpoint, state),
        Some(
            OwnRoute::Missing
            | OwnRoute::Blackhole { .. }
            | OwnRoute::WrongTarget { .. }
            | OwnRoute::Good(_)
            | OwnRoute::Unknown,
        )
        | None => fix::attach(case),
    };
    Text {
        title: format!("the {} endpoint is not available", case.service().title()),
        detail: reason::reason(case),
        fix,
        actions,
    }
}

/// States as AWS documents them, in any case:
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html>.
fn fix(case: &SubnetCase<'_>, endpoint: &EndpointId, state: &str) -> Fix {
    if let Some(fix) = fix::by_the_owner(case) {
        return fix;
    }
    let look = vec![Action::ShowEndpoint(Some(endpoint.clone()))];
    match state.to_ascii_lowercase().as_str() {
        "pending" => (
            format!("{endpoint} is being made: run the check again in a few minutes"),
            look,
        ),
        "deleting" => (
            format!("{endpoint} is being deleted, and its routes with it: run the check again when it is gone"),
            look,
        ),
        "failed" | "rejected" | "expired" => fix::replace_endpoint(case, endpoint),
        _ => (
            format!("look at why {endpoint} is not available, and replace it where it does not recover"),
            look,
        ),
    }
}
