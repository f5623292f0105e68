//! What mends several rules' findings.

use crate::{
    domain::{
        endpoint::EndpointType,
        ids::{AccountId, EndpointId, PrefixListId, RouteTableId},
        route::RouteDestination,
        service::Service,
    },
    engine::{
        case::SubnetCase,
        fix::{Action, AddressType, NewEndpoint},
        path::OwnRoute,
    },
};

/// A sentence, and what does it.
pub(super) type Fix = (String, Vec<Action>);

/// Brings the effective table to a gateway endpoint: an existing one where
/// the VPC has one, else a new one. AWS then adds the route itself;
/// `CreateRoute` cannot.
pub(super) fn attach(case: &SubnetCase<'_>) -> Fix {
    if let Some(fix) = by_the_owner(case) {
        return fix;
    }
    let vpc = &case.subnet.vpc;
    let table = case.table().map(|(table, _)| table.id.clone());
    let name = table
        .as_ref()
        .map_or("the route table", RouteTableId::as_str)
        .to_owned();
    bring(case, &name, table.into_iter().collect(), vpc.as_str())
}

/// As [`attach`], for any tables; `name` is what they are called.
fn bring(case: &SubnetCase<'_>, name: &str, tables: Vec<RouteTableId>, vpc: &str) -> Fix {
    let service = case.service().title();
    let mut endpoints = case
        .model
        .gateway_endpoints(case.service_index, &case.subnet.vpc);
    if let Some(endpoint) = endpoints.next() {
        let id = &endpoint.id;
        return (
            format!(
                "associate {name} with the VPC's {service} gateway endpoint {id}; AWS then adds the route"
            ),
            vec![Action::Attach {
                endpoint: Some(id.clone()),
                tables,
            }],
        );
    }
    (
        format!(
            "create a gateway endpoint for {service} in {vpc} and associate {name} with it; it costs nothing"
        ),
        vec![Action::Create(NewEndpoint {
            vpc: case.subnet.vpc.clone(),
            service: case.service(),
            service_name: service_name(case),
            tables,
        })],
    )
}

/// The endpoint service is called as its prefix list.
fn service_name(case: &SubnetCase<'_>) -> String {
    match &case.service_model().addresses {
        Ok(addresses) => addresses.service_name.clone(),
        Err(_) => format!("com.amazonaws.{}.{}", case.region(), case.service()),
    }
}

/// In a shared VPC only the owner can make endpoints and change routes, and
/// only the owner sees the endpoints that are there.
/// Source: <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-share-limitations.html>.
pub(super) fn by_the_owner(case: &SubnetCase<'_>) -> Option<Fix> {
    let owner = other_owner(case)?;
    let sentence = format!(
        "ask account {owner}, which owns {}: only it can change its endpoints and routes",
        case.subnet.vpc
    );
    Some((sentence, Vec::new()))
}

/// The account that shares the VPC with the audited one.
pub(super) fn other_owner<'m>(case: &SubnetCase<'m>) -> Option<&'m AccountId> {
    let owner = case.subnet.owner.as_ref()?;
    let audited = case.model.network.account.as_ref()?;
    (owner != audited).then_some(owner)
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
    let target = match &decision.own {
        OwnRoute::Blackhole { target } | OwnRoute::WrongTarget { target, .. } => target.as_deref(),
        OwnRoute::Missing
        | OwnRoute::Unavailable { .. }
        | OwnRoute::Good(_)
        | OwnRoute::Unknown => None,
    };
    match target.and_then(|id| id.parse::<EndpointId>().ok()) {
        // AWS wrote this route with the endpoint and takes it away with it.
        Some(id) if is_gateway_endpoint(case, &id) => replace_endpoint(case, &id),
        Some(id) if !is_listed(case, &id) => new_table(case, &id),
        Some(_) | None => delete_route(case, &table.id, &addresses.list),
    }
}

/// Whether the answers list an endpoint.
fn is_listed(case: &SubnetCase<'_>, id: &EndpointId) -> bool {
    let listed = case.model.network.endpoints.known();
    listed.is_some_and(|endpoints| endpoints.contains_key(id))
}

/// Whether the answers list an endpoint as a gateway endpoint.
pub(super) fn is_gateway_endpoint(case: &SubnetCase<'_>, id: &EndpointId) -> bool {
    let listed = case.model.network.endpoints.known();
    listed
        .and_then(|endpoints| endpoints.get(id))
        .is_some_and(|endpoint| endpoint.kind == EndpointType::Gateway)
}

/// Takes the table from a gateway endpoint, then attaches a good one: a table
/// holds one endpoint route per service.
pub(super) fn replace_endpoint(case: &SubnetCase<'_>, id: &EndpointId) -> Fix {
    let (sentence, mut actions) = attach(case);
    let Some((table, _)) = case.table() else {
        return (sentence, actions);
    };
    let table = table.id.clone();
    let sentence = format!("take {table} from {id}, then {sentence}");
    let endpoint = id.clone();
    actions.insert(0, Action::Detach { endpoint, table });
    (sentence, actions)
}

/// Deletes a prefix-list route that was made by hand.
fn delete_route(case: &SubnetCase<'_>, table: &RouteTableId, list: &PrefixListId) -> Fix {
    let (sentence, mut actions) = attach(case);
    let delete = Action::DeleteRoute {
        table: table.clone(),
        destination: RouteDestination::PrefixList(list.clone()),
    };
    actions.insert(0, delete);
    (
        format!("find out who made the route to {list} in {table}, delete it, then {sentence}"),
        actions,
    )
}

/// The route of an endpoint that is gone can be removed by nobody but AWS.
fn new_table(case: &SubnetCase<'_>, gone: &EndpointId) -> Fix {
    let vpc = &case.subnet.vpc;
    let (sentence, mut actions) = bring(case, "it", Vec::new(), vpc.as_str());
    actions.insert(0, Action::CreateTable(vpc.clone()));
    (
        format!(
            "{gone} is gone and AWS alone can remove its route: make a new route table with the old one's other routes, {sentence}; then associate the subnets with the new table, or ask AWS Support"
        ),
        actions,
    )
}

/// Lets the VPC's endpoint carry IPv6, where AWS takes that; `without` is what
/// else can be done. Endpoints keep their DNS records `service-defined`, which
/// fits every address type, so there is nothing to set for names.
///
/// Source: <https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html>.
pub(super) fn carry_ipv6(case: &SubnetCase<'_>, without: &str) -> Fix {
    let service = case.service().title();
    match case.service() {
        Service::S3 | Service::S3Express => {}
        Service::DynamoDb => {
            let sentence = format!(
                "{without}; no endpoint helps: gateway endpoints of {service} carry IPv4 only"
            );
            return (sentence, Vec::new());
        }
    }
    let (wanted, subnets) = if case.subnet.ipv6_only {
        (AddressType::Ipv6, "IPv6-only")
    } else {
        (AddressType::Dualstack, "dual-stack")
    };
    let family = wanted.name();
    let mut endpoints = case
        .model
        .gateway_endpoints(case.service_index, &case.subnet.vpc);
    let Some(endpoint) = endpoints.find(|endpoint| uses(case, &endpoint.id)) else {
        let sentence = format!(
            "{without}; or, once {} is associated with a {service} gateway endpoint, give that the address type {family}",
            case.table()
                .map_or("its table", |(table, _)| table.id.as_str())
        );
        return (sentence, Vec::new());
    };
    if case.model.address_type_of(endpoint) != Some(wanted) {
        let sentence = format!(
            "{without}; AWS gives {} the address type {family} only when every subnet of its tables is {subnets}, and some are not: give the {subnets} ones a table and an endpoint of their own for that",
            endpoint.id
        );
        return (sentence, Vec::new());
    }
    let sentence = format!(
        "give {} the address type {family}, if its policies and those of the buckets take IPv6 clients; or {without}",
        endpoint.id
    );
    let set = Action::SetAddressType {
        endpoint: endpoint.id.clone(),
        addresses: wanted,
    };
    (sentence, vec![set])
}

/// Whether the subnet's table leads to an endpoint.
fn uses(case: &SubnetCase<'_>, id: &EndpointId) -> bool {
    case.decision().is_some_and(|decision| match &decision.own {
        OwnRoute::Good(own) => own == id,
        OwnRoute::Missing
        | OwnRoute::Blackhole { .. }
        | OwnRoute::WrongTarget { .. }
        | OwnRoute::Unavailable { .. }
        | OwnRoute::Unknown => false,
    })
}
