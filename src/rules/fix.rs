//! Commands that mend what a rule found. Ids hold nothing that a shell would
//! interpret (see `domain::ids`), so they need no quotes.

use crate::engine::case::SubnetCase;

/// A sentence and commands.
pub(super) type Fix = (String, Vec<String>);

/// Brings the effective table to a gateway endpoint: an existing one where
/// the VPC has one, else a new one. AWS then adds the route itself;
/// `create-route` cannot.
pub(super) fn attach(case: &SubnetCase<'_>) -> Fix {
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

/// Deletes the table's own prefix-list route, then attaches an endpoint.
/// Only for routes made by hand: AWS refuses to delete an endpoint's route.
pub(super) fn replace_own_route(case: &SubnetCase<'_>) -> Fix {
    let (sentence, mut commands) = attach(case);
    if let (Some((table, _)), Ok(addresses)) = (case.table(), &case.service_model().addresses) {
        commands.insert(
            0,
            format!(
                "aws ec2 delete-route --region {} --route-table-id {} --destination-prefix-list-id {}",
                case.region(),
                table.id,
                addresses.list
            ),
        );
    }
    (format!("delete the route, then {sentence}"), commands)
}
