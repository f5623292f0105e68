#![doc = include_str!("endpoint_idle.md")]

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
    id: "endpoint-idle",
    summary: "telemetry covers the endpoint and shows no traffic",
    severity: Severity::Medium,
    page: include_str!("endpoint_idle.md"),
    check: Check::Endpoint { judge, explain },
};

fn judge(case: &EndpointCase<'_>) -> Outcome {
    match &case.telemetry {
        Telemetry::Idle { .. } => Outcome::Violated(Severity::Medium),
        Telemetry::Unknown => Outcome::NotJudged("the endpoint's metrics are not known".to_owned()),
        Telemetry::Off | Telemetry::Observed { .. } | Telemetry::NotCovered => Outcome::Clear,
    }
}

fn explain(case: &EndpointCase<'_>) -> Text {
    let id = &case.endpoint.id;
    let sources = match &case.telemetry {
        Telemetry::Idle { sources } => sources.iter().cloned().collect::<Vec<_>>().join(", "),
        Telemetry::Off
        | Telemetry::Unknown
        | Telemetry::Observed { .. }
        | Telemetry::NotCovered => "telemetry".to_owned(),
    };
    Text {
        title: format!("{id} carried no traffic"),
        detail: format!(
            "{sources} shows no traffic through the {} endpoint {id} in the {} hours before the run",
            case.service.title(),
            case.window.duration().as_hours()
        ),
        fix: "find out whether its clients reach the service another way, or no longer exist".to_owned(),
        actions: vec![match &case.endpoint.kind {
            EndpointType::Gateway => Action::ShowTablesTo(id.clone()),
            EndpointType::Interface | EndpointType::GatewayLoadBalancer | EndpointType::Other(_) => {
                Action::ShowEndpoint(Some(id.clone()))
            }
        }],
    }
}
