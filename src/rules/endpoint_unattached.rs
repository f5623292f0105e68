#![doc = include_str!("endpoint_unattached.md")]

use crate::{
    domain::{endpoint::EndpointType, fact::Fact},
    engine::{
        case::EndpointCase,
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
    let (id, vpc, region) = (
        &case.endpoint.id,
        &case.endpoint.vpc,
        &case.model.network.region,
    );
    Text {
        title: format!("{id} is used by no route table"),
        detail: format!(
            "no route of any table leads to the {} gateway endpoint {id} in {vpc}",
            case.service.title()
        ),
        fix: "associate it with the route tables of the subnets that need it, or delete it".to_owned(),
        commands: vec![
            format!("aws ec2 modify-vpc-endpoint --region {region} --vpc-endpoint-id {id} --add-route-table-ids <route-table-ids>"),
            format!("aws ec2 delete-vpc-endpoints --region {region} --vpc-endpoint-ids {id}"),
        ],
    }
}
