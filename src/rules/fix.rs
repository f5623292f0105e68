//! Commands that mend what a rule found. Ids hold nothing that a shell would
//! interpret (see `domain::ids`), so they need no quotes.

use crate::{
    domain::{
        endpoint::EndpointType,
        ids::{EndpointId, PrefixListId, Region, RouteTableId},
    },
    engine::{case::SubnetCase, path::OwnRoute},
};

/// A sentence and commands.
pub(super) type Fix = (String, Vec<String>);

/// Brings the effective table to a gateway endpoint: an existing one where
/// the VPC has one, else a new one. AWS then adds the route itself;
/// `create-route` cannot.
pub(super) fn attach(case: &SubnetCase<'_>) -> Fix {
    if let Some(fix) = by_the_owner(case) {
        return fix;
    }
    let service = case.service().title();
    let region = case.region();
    let vpc = &case.subnet.vpc;
    let table = case
        .table()
        .map_or("<route-table-id>", |(table, _)| table.id.as_str());
    let mut endpoints = case.model.gateway_endpoints(case.service_index, vpc);
    if let Some(endpoint) = endpoints.next() {
        let id = &endpoint.id;
        return (
            format!(
                "associate {table} with the VPC's {service} gateway endpoint {id}; AWS then adds the route"
            ),
            vec![format!(
                "aws ec2 modify-vpc-endpoint --region {region} --vpc-endpoint-id {id} --add-route-table-ids {table}"
            )],
        );
    }
    let service_name = match &case.service_model().addresses {
        Ok(addresses) => addresses.service_name.clone(),
        Err(_) => format!("com.amazonaws.{region}.{}", case.service()),
    };
    (
        format!(
            "create a gateway endpoint for {service} in {vpc} and associate {table} with it; it costs nothing"
        ),
        vec![format!(
            "aws ec2 create-vpc-endpoint --region {region} --vpc-id {vpc} --vpc-endpoint-type Gateway --service-name {service_name} --route-table-ids {table}"
        )],
    )
}

/// In a shared VPC only the owner can make endpoints and change routes, and
/// only the owner sees the endpoints that are there.
/// Source: <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-share-limitations.html>.
pub(super) fn by_the_owner(case: &SubnetCase<'_>) -> Option<Fix> {
    let owner = case.subnet.owner.as_ref()?;
    let audited = case.model.network.account.as_ref()?;
    (owner != audited).then(|| {
        let sentence = format!(
            "ask account {owner}, which owns {}: only it can change its endpoints and routes",
            case.subnet.vpc
        );
        (sentence, Vec::new())
    })
}

/// Takes the table's own prefix-list route away, then attaches an endpoint.
pub(super) fn replace_own_route(case: &SubnetCase<'_>) -> Fix {
    if let Some(fix) = by_the_owner(case) {
        return fix;
    }
    let (Some((table, _)), Ok(addresses), Some(decision)) = (
        case.table(),
        &case.service_model().addresses,
        case.decision(),
    ) else {
        return attach(case);
    };
    let region = case.region();
    let table = &table.id;
    let target = match &decision.own {
        OwnRoute::Blackhole { target } | OwnRoute::WrongTarget { target, .. } => target.as_deref(),
        OwnRoute::Missing
        | OwnRoute::Unavailable { .. }
        | OwnRoute::Good(_)
        | OwnRoute::Unknown => None,
    };
    let endpoint = target.and_then(|id| Some((id, id.parse::<EndpointId>().ok()?)));
    let listed = case.model.network.endpoints.known();
    match endpoint {
        // AWS wrote this route with the endpoint and takes it away with it.
        Some((id, parsed)) => match listed.and_then(|endpoints| endpoints.get(&parsed)) {
            Some(endpoint) if endpoint.kind == EndpointType::Gateway => {
                let (sentence, mut commands) = attach(case);
                let take_away = format!(
                    "aws ec2 modify-vpc-endpoint --region {region} --vpc-endpoint-id {id} --remove-route-table-ids {table}"
                );
                commands.insert(0, take_away);
                (format!("take {table} from {id}, then {sentence}"), commands)
            }
            Some(_) => delete_route(case, region, table, &addresses.list),
            None => (
                format!(
                    "{id} is gone and AWS alone can remove its route: give the subnets a new route table that is associated with a {} gateway endpoint, or ask AWS Support",
                    case.service().title()
                ),
                vec![format!(
                    "aws ec2 create-route-table --region {region} --vpc-id {}",
                    case.subnet.vpc
                )],
            ),
        },
        None => delete_route(case, region, table, &addresses.list),
    }
}

/// Deletes a prefix-list route that was made by hand.
fn delete_route(
    case: &SubnetCase<'_>,
    region: &Region,
    table: &RouteTableId,
    list: &PrefixListId,
) -> Fix {
    let (sentence, mut commands) = attach(case);
    let delete = format!(
        "aws ec2 delete-route --region {region} --route-table-id {table} --destination-prefix-list-id {list}"
    );
    commands.insert(0, delete);
    (format!("delete the route, then {sentence}"), commands)
}
