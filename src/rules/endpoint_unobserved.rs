#![doc = include_str!("endpoint_unobserved.md")]

use crate::{
    domain::endpoint::EndpointType,
    engine::{
        case::EndpointCase,
        fix::Action,
        rule::{Check, Outcome, Rule, Text},
        severity::Severity,
    },
    evidence::metrics::Telemetry,
};

pub(super) static RULE: Rule = Rule {
    id: "endpoint-unobserved",
    summary: "nothing can show whether the endpoint is used",
    severity: Severity::Info,
    page: include_str!("endpoint_unobserved.md"),
    check: Check::Endpoint { judge, explain },
};

fn judge(case: &EndpointCase<'_>) -> Outcome {
    match &case.telemetry {
        Telemetry::NotCovered => Outcome::Violated(Severity::Info),
        // `endpoint-idle` already says that the answer does not decide.
        Telemetry::Unknown
        | Telemetry::Off
        | Telemetry::Observed { .. }
        | Telemetry::Idle { .. } => Outcome::Clear,
    }
}

fn explain(case: &EndpointCase<'_>) -> Text {
    let id = &case.endpoint.id;
    Text {
        title: format!("nothing shows whether {id} is used"),
        detail: match &case.endpoint.kind {
            EndpointType::Gateway => format!(
                "AWS publishes no metric for gateway endpoints, and no configured metric source lists {id}"
            ),
            EndpointType::Interface | EndpointType::GatewayLoadBalancer | EndpointType::Other(_) => {
                format!("no configured metric source lists {id}")
            }
        },
        fix: "record flow logs of the VPC with the field traffic-path, or export a metric with the endpoint's id and name it in metrics.sources".to_owned(),
        actions: vec![Action::RecordFlowLogs(case.endpoint.vpc.clone())],
    }
}
