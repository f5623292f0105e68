#![doc = include_str!("endpoint_unattached.md")]

use crate::{
    domain::{endpoint::EndpointType, fact::Fact},
    engine::{
        case::EndpointCase,
        fix::Action,
        rule::{Check, Outcome, Rule, Text},
        severity::Severity,
    },
};

pub(super) static RULE: Rule = Rule {
    id: "endpoint-unattached",
    summary: "no route table uses the gateway endpoint",
    severity: Severity::Low,
    page: include_str!("endpoint_unattached.md"),
    check: Check::Endpoint { judge, explain },
};

fn judge(case: &EndpointCase<'_>) -> Outcome {
    if case.endpoint.kind != EndpointType::Gateway {
        return Outcome::Clear;
    }
    match &case.model.network.route_tables {
        Fact::Missing(why) => return Outcome::NotJudged(why.clone()),
        // Every VPC has a main table, so one without any was not seen.
        Fact::Known(_) if !case.model.sees_tables_of(&case.endpoint.vpc) => {
            return Outcome::NotJudged(format!("no route table of {} is visible", case.endpoint.vpc));
        }
        Fact::Known(_) => {}
    }
    Outcome::violated_if(
        case.model.tables_to(case.endpoint).next().is_none(),
        Severity::Low,
    )
}

fn explain(case: &EndpointCase<'_>) -> Text {
    let (id, vpc, service) = (&case.endpoint.id, &case.endpoint.vpc, case.service.title());
    let (fix, action) = if is_needed(case) {
        (
            format!("associate {id} with the route tables of the subnets that need it, or delete it"),
            Action::Attach {
                endpoint: Some(id.clone()),
                tables: Vec::new(),
            },
        )
    } else {
        (
            format!(
                "delete {id}, if no policy names it in aws:SourceVpce: every table of {vpc} that serves subnets has, or can take, another one of {service}"
            ),
            Action::DeleteEndpoint(id.clone()),
        )
    };
    Text {
        title: format!("{id} is used by no route table"),
        detail: format!("no route of any table leads to the {service} gateway endpoint {id} in {vpc}"),
        fix,
        actions: vec![action],
    }
}

/// Whether it is the endpoint that the findings of subnets propose, and tables lack one.
fn is_needed(case: &EndpointCase<'_>) -> bool {
    let (model, vpc) = (case.model, &case.endpoint.vpc);
    let mut services = model.services.iter();
    services
        .position(|service| service.service == case.service)
        .is_some_and(|index| {
            let first = model.gateway_endpoints(index, vpc).next();
            first.is_some_and(|first| first.id == case.endpoint.id)
                && model.lacks_routes(index, vpc)
        })
}
