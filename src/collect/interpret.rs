//! The one interpretation of AWS's answers. A list with an item that cannot be
//! read is missing as a whole: which subnets the item concerned is not known.

use super::shapes;
use crate::domain::{
    address::Family,
    endpoint::{Endpoint, EndpointType, PrivateDns},
    fact::Fact,
    ids::{AccountId, EndpointId, InvalidId, PrefixListId, Region, RouteTableId, SubnetId, VpcId},
    prefix_list::PrefixList,
    problem::Problem,
    route::{Route, RouteDestination, RouteOrigin, RouteState, RouteTable, RouteTarget},
    service::Service,
    snapshot::Network,
    subnet::Subnet,
    tags::Tags,
    vpc::{BlockPublicAccess, Vpc},
};
use ipnet::IpNet;
use std::{collections::BTreeMap, str::FromStr};

/// The code of a problem where AWS answered, and the answer makes no sense.
pub const INVALID_ANSWER: &str = "InvalidAnswer";

/// The answers of one account and Region, each read to its end or missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// `DescribeVpcs`.
    pub vpcs: Fact<Vec<shapes::Vpc>>,
    /// `DescribeSubnets`.
    pub subnets: Fact<Vec<shapes::Subnet>>,
    /// `DescribeRouteTables`.
    pub route_tables: Fact<Vec<shapes::RouteTable>>,
    /// `DescribeVpcEndpoints`.
    pub vpc_endpoints: Fact<Vec<shapes::VpcEndpoint>>,
    /// `DescribePrefixLists`, and the entries of the lists that it does not show.
    pub prefix_lists: Fact<Vec<shapes::PrefixList>>,
}

/// An item that cannot be read.
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error("an item has no {0}")]
    Absent(&'static str),
    #[error(transparent)]
    Id(#[from] InvalidId),
}

/// Reads the answers of one account and Region.
#[must_use]
pub fn network(
    account: Option<AccountId>,
    region: Region,
    answers: Answers,
    problems: Vec<Problem>,
) -> Network {
    let mut reader = Reader {
        account: account.as_ref(),
        region: &region,
        problems,
    };
    reader.report_untyped(&answers.vpc_endpoints);
    let vpcs = reader.read("ec2:DescribeVpcs", answers.vpcs, vpc);
    let subnets = reader.read("ec2:DescribeSubnets", answers.subnets, subnet);
    let route_tables = reader.read("ec2:DescribeRouteTables", answers.route_tables, route_table);
    let endpoints = reader.read("ec2:DescribeVpcEndpoints", answers.vpc_endpoints, endpoint);
    let prefix_lists = reader.read("ec2:DescribePrefixLists", answers.prefix_lists, prefix_list);
    let problems = reader.problems;
    let mut network = Network {
        account,
        region,
        vpcs,
        subnets,
        route_tables,
        endpoints,
        prefix_lists,
        problems,
    };
    let contradictions = contradictions(&network);
    network.problems.extend(contradictions);
    network
}

/// Where one answer names what another, complete one lacks: then one of them
/// was not whole, however well it was formed.
fn contradictions(network: &Network) -> Vec<Problem> {
    let mut lacking = Vec::new();
    if let (Some(vpcs), Some(subnets)) = (network.vpcs.known(), network.subnets.known()) {
        let missing = subnets
            .values()
            .find(|subnet| !vpcs.contains_key(&subnet.vpc));
        lacking.extend(missing.map(|subnet| {
            let message = format!("{} is in {}, which the answer lacks", subnet.id, subnet.vpc);
            ("ec2:DescribeVpcs", message)
        }));
    }
    if let (Some(tables), Some(subnets)) = (network.route_tables.known(), network.subnets.known()) {
        // An owner's table may name subnets that are not shared with us.
        let own = tables
            .values()
            .filter(|table| table.owner.is_some() && table.owner == network.account);
        let missing = own
            .flat_map(|table| table.subnets.iter().map(move |id| (table, id)))
            .find(|(_, id)| !subnets.contains_key(id));
        lacking.extend(missing.map(|(table, id)| {
            let message = format!(
                "{} is associated with {id}, which the answer lacks",
                table.id
            );
            ("ec2:DescribeSubnets", message)
        }));
    }
    lacking
        .into_iter()
        .map(|(operation, message)| Problem {
            account: network.account.clone(),
            region: Some(network.region.clone()),
            operation: operation.to_owned(),
            code: INVALID_ANSWER.to_owned(),
            message,
            hint: Some(
                "run the audit again: something may just have been made; save an account whole, without filters"
                    .to_owned(),
            ),
        })
        .collect()
}

/// An endpoint, where it can be read: for questions that go on beside the
/// interpretation of the whole answer.
#[must_use]
pub fn readable_endpoint(shape: &shapes::VpcEndpoint) -> Option<Endpoint> {
    endpoint(shape).ok().map(|(_, endpoint)| endpoint)
}

/// One item of an answer.
pub trait Item {
    /// Its id as AWS wrote it.
    fn id(&self) -> Option<&str>;
    /// Why the whole answer cannot be read, where this item is the reason.
    fn flaw(&self) -> Option<String>;
}

macro_rules! items {
    ($($shape:ident, $id:ident, $read:ident;)+) => {$(
        impl Item for shapes::$shape {
            fn id(&self) -> Option<&str> {
                self.$id.as_deref()
            }

            fn flaw(&self) -> Option<String> {
                $read(self).err().map(|error| error.to_string())
            }
        }
    )+};
}

items! {
    Vpc, vpc_id, vpc;
    Subnet, subnet_id, subnet;
    RouteTable, route_table_id, route_table;
    VpcEndpoint, vpc_endpoint_id, endpoint;
    PrefixList, prefix_list_id, prefix_list;
}

struct Reader<'a> {
    account: Option<&'a AccountId>,
    region: &'a Region,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    /// An endpoint of which nobody knows what it is concerns the subnets that
    /// are routed to it alone, but what its own rules would find is not known.
    fn report_untyped(&mut self, endpoints: &Fact<Vec<shapes::VpcEndpoint>>) {
        let endpoints = endpoints.known().into_iter().flatten();
        for endpoint in endpoints.filter(|endpoint| is_untyped(endpoint)) {
            let id = endpoint.vpc_endpoint_id.as_deref();
            self.problems.push(Problem {
                account: self.account.cloned(),
                region: Some(self.region.clone()),
                operation: "ec2:DescribeVpcEndpoints".to_owned(),
                code: INVALID_ANSWER.to_owned(),
                message: format!(
                    "{} has neither VpcEndpointType nor RouteTableIds",
                    id.unwrap_or("an endpoint")
                ),
                hint: Some(
                    "save the account again with a current version of the AWS CLI".to_owned(),
                ),
            });
        }
    }

    fn read<S, K: Ord, T>(
        &mut self,
        operation: &str,
        answer: Fact<Vec<S>>,
        item: fn(&S) -> Result<(K, T), Unreadable>,
    ) -> Fact<BTreeMap<K, T>> {
        let items = match answer {
            Fact::Known(items) => items,
            Fact::Missing(why) => return Fact::Missing(why),
        };
        match items.iter().map(item).collect() {
            Ok(items) => Fact::Known(items),
            Err(error) => {
                self.problems.push(Problem {
                    account: self.account.cloned(),
                    region: Some(self.region.clone()),
                    operation: operation.to_owned(),
                    code: INVALID_ANSWER.to_owned(),
                    message: format!("the answer cannot be read: {error}"),
                    hint: Some(
                        "read or save it again; if it stays so, something changes answers on the way"
                            .to_owned(),
                    ),
                });
                Fact::Missing(format!(
                    "the answer of {operation} cannot be read ({error})"
                ))
            }
        }
    }
}

fn id<T: FromStr<Err = InvalidId>>(
    text: Option<&String>,
    member: &'static str,
) -> Result<T, Unreadable> {
    Ok(text.ok_or(Unreadable::Absent(member))?.parse()?)
}

/// An account that cannot be read is not known; nothing is judged by it then.
fn owner(text: Option<&String>) -> Option<AccountId> {
    text?.parse().ok()
}

fn tags(tags: &[shapes::Tag]) -> Tags {
    tags.iter()
        .map(|tag| (tag.key.as_str(), tag.value.as_str()))
        .collect()
}

fn block_public_access(
    states: Option<&shapes::BlockPublicAccessStates>,
) -> Option<BlockPublicAccess> {
    match states?.internet_gateway_block_mode.as_deref()? {
        "block-bidirectional" => Some(BlockPublicAccess::Bidirectional),
        "block-ingress" => Some(BlockPublicAccess::Ingress),
        // A mode that we do not know must not make a leak look smaller.
        _ => Some(BlockPublicAccess::Off),
    }
}

fn vpc(shape: &shapes::Vpc) -> Result<(VpcId, Vpc), Unreadable> {
    let id: VpcId = id(shape.vpc_id.as_ref(), "VpcId")?;
    let vpc = Vpc {
        id: id.clone(),
        owner: owner(shape.owner_id.as_ref()),
        block_public_access: block_public_access(shape.block_public_access_states.as_ref())
            .unwrap_or_default(),
        tags: tags(&shape.tags),
    };
    Ok((id, vpc))
}

fn subnet(shape: &shapes::Subnet) -> Result<(SubnetId, Subnet), Unreadable> {
    let subnet_id: SubnetId = id(shape.subnet_id.as_ref(), "SubnetId")?;
    let ipv6 = shape.ipv6_native == Some(true)
        || shape
            .ipv6_cidr_block_association_set
            .iter()
            .any(|association| is_associated(association.ipv6_cidr_block_state.as_ref()));
    let subnet = Subnet {
        id: subnet_id.clone(),
        vpc: id(shape.vpc_id.as_ref(), "VpcId")?,
        owner: owner(shape.owner_id.as_ref()),
        // For people only: nothing is judged by it.
        cidr_block: shape.cidr_block.as_ref().and_then(|text| text.parse().ok()),
        ipv6,
        ipv6_only: shape.ipv6_native == Some(true),
        dns64: shape.enable_dns64 == Some(true),
        block_public_access: block_public_access(shape.block_public_access_states.as_ref()),
        tags: tags(&shape.tags),
    };
    Ok((subnet_id, subnet))
}

/// Whether a state is `associated`. Older answers give no state: it held.
fn is_associated(state: Option<&shapes::State>) -> bool {
    state
        .and_then(|state| state.state.as_deref())
        .is_none_or(|state| state.eq_ignore_ascii_case("associated"))
}

fn route_table(shape: &shapes::RouteTable) -> Result<(RouteTableId, RouteTable), Unreadable> {
    let table_id: RouteTableId = id(shape.route_table_id.as_ref(), "RouteTableId")?;
    let mut table = RouteTable {
        id: table_id.clone(),
        vpc: id(shape.vpc_id.as_ref(), "VpcId")?,
        owner: owner(shape.owner_id.as_ref()),
        main: false,
        subnets: Vec::new(),
        routes: shape.routes.iter().map(route).collect(),
    };
    // AWS promises no order; sorted, the same table gives the same report.
    table
        .routes
        .sort_by_cached_key(|route| route.destination.to_string());
    for association in &shape.associations {
        if !is_associated(association.association_state.as_ref()) {
            continue;
        }
        table.main |= association.main == Some(true);
        // An association with a gateway (edge association) names no subnet.
        if let Some(subnet) = &association.subnet_id {
            table.subnets.push(subnet.parse()?);
        }
    }
    Ok((table_id, table))
}

fn route(shape: &shapes::Route) -> Route {
    let state = match shape.state.as_deref() {
        Some("active") => RouteState::Active,
        Some("blackhole") => RouteState::Blackhole,
        Some(other) => RouteState::Unrecognised(other.to_owned()),
        None => RouteState::Unrecognised("not given".to_owned()),
    };
    let origin = match shape.origin.as_deref() {
        Some("CreateRoute" | "CreateRouteTable") => RouteOrigin::Static,
        Some("EnableVgwRoutePropagation") => RouteOrigin::Propagated,
        Some("Advertisement") => RouteOrigin::Advertised,
        Some(_) => RouteOrigin::Unrecognised,
        // Only a virtual private gateway propagates where no origin is given.
        None if shape
            .gateway_id
            .as_deref()
            .is_some_and(|id| id.starts_with("vgw-")) =>
        {
            RouteOrigin::Unrecognised
        }
        None => RouteOrigin::Static,
    };
    Route {
        destination: destination(shape),
        target: target(shape),
        state,
        origin,
    }
}

fn destination(shape: &shapes::Route) -> RouteDestination {
    let cidr = shape
        .destination_cidr_block
        .as_ref()
        .or(shape.destination_ipv6_cidr_block.as_ref());
    if let Some(text) = cidr {
        return text.parse::<IpNet>().map_or_else(
            |_| RouteDestination::Unrecognised(text.clone()),
            |net| RouteDestination::Cidr(net.trunc()),
        );
    }
    match &shape.destination_prefix_list_id {
        Some(text) => text.parse().map_or_else(
            |_| RouteDestination::Unrecognised(text.clone()),
            RouteDestination::PrefixList,
        ),
        None => RouteDestination::Unrecognised("none".to_owned()),
    }
}

/// One member is set; which one says what kind of target it is. `GatewayId`
/// alone stands for several kinds, told apart by the id's prefix.
fn target(shape: &shapes::Route) -> RouteTarget {
    type Make = fn(compact_str::CompactString) -> RouteTarget;
    // An instance's route also names its interface; the interface is enough.
    let members: [(&Option<String>, Make); 9] = [
        (&shape.nat_gateway_id, RouteTarget::NatGateway),
        (
            &shape.egress_only_internet_gateway_id,
            RouteTarget::EgressOnlyInternetGateway,
        ),
        (&shape.transit_gateway_id, RouteTarget::TransitGateway),
        (&shape.vpc_peering_connection_id, RouteTarget::VpcPeering),
        (&shape.local_gateway_id, RouteTarget::LocalGateway),
        (&shape.carrier_gateway_id, RouteTarget::CarrierGateway),
        (&shape.core_network_arn, RouteTarget::CoreNetwork),
        (&shape.network_interface_id, RouteTarget::NetworkInterface),
        (&shape.instance_id, RouteTarget::NetworkInterface),
    ];
    for (member, make) in members {
        if let Some(id) = member.as_deref().filter(|id| !id.is_empty()) {
            return make(id.into());
        }
    }
    if let Some(arn) = &shape.odb_network_arn {
        return RouteTarget::Unrecognised(arn.clone());
    }
    match shape.gateway_id.as_deref().filter(|id| !id.is_empty()) {
        Some(id) => gateway(id),
        None if shape.state.as_deref() == Some("blackhole") => RouteTarget::Gone,
        None => RouteTarget::Unrecognised("none".to_owned()),
    }
}

fn gateway(id: &str) -> RouteTarget {
    match id.split_once('-').map_or(id, |(prefix, _)| prefix) {
        "local" => RouteTarget::Local,
        "igw" => RouteTarget::InternetGateway(id.into()),
        "eigw" => RouteTarget::EgressOnlyInternetGateway(id.into()),
        "vgw" => RouteTarget::VirtualPrivateGateway(id.into()),
        "nat" => RouteTarget::NatGateway(id.into()),
        "tgw" => RouteTarget::TransitGateway(id.into()),
        "pcx" => RouteTarget::VpcPeering(id.into()),
        "eni" => RouteTarget::NetworkInterface(id.into()),
        "lgw" => RouteTarget::LocalGateway(id.into()),
        "cagw" => RouteTarget::CarrierGateway(id.into()),
        "vpce" => id.parse().map_or_else(
            |_| RouteTarget::Unrecognised(id.to_owned()),
            RouteTarget::VpcEndpoint,
        ),
        _ => RouteTarget::Unrecognised(id.to_owned()),
    }
}

fn endpoint(shape: &shapes::VpcEndpoint) -> Result<(EndpointId, Endpoint), Unreadable> {
    let endpoint_id: EndpointId = id(shape.vpc_endpoint_id.as_ref(), "VpcEndpointId")?;
    let kind = endpoint_type(shape);
    // Resource and service network endpoints lead to no service by name.
    let service_name = shape.service_name.clone().unwrap_or_default();
    if kind == EndpointType::Gateway && shape.service_name.is_none() {
        return Err(Unreadable::Absent("ServiceName"));
    }
    let of_a_known_service = Service::ALL
        .iter()
        .any(|service| service_name.rsplit('.').next() == Some(service.name()));
    let has_readable_policy =
        of_a_known_service && matches!(kind, EndpointType::Gateway | EndpointType::Interface);
    let inbound_only = shape
        .dns_options
        .as_ref()
        .and_then(|options| options.private_dns_only_for_inbound_resolver_endpoint);
    let endpoint = Endpoint {
        id: endpoint_id.clone(),
        vpc: id(shape.vpc_id.as_ref(), "VpcId")?,
        // The member says nothing on a gateway endpoint, though AWS may send it.
        private_dns: match (&kind, shape.private_dns_enabled, inbound_only) {
            (EndpointType::Interface, Some(true), Some(true)) => PrivateDns::InboundOnly,
            (EndpointType::Interface, Some(true), Some(false) | None) => PrivateDns::WholeVpc,
            (_, _, _) => PrivateDns::Off,
        },
        kind,
        service_name,
        state: shape.state.clone(),
        service_region: shape
            .service_region
            .as_deref()
            .filter(|region| !region.is_empty())
            .map(str::parse)
            .transpose()?,
        ip_address_type: shape.ip_address_type.clone(),
        // A large account has thousands of endpoints of other services.
        policy: shape
            .policy_document
            .as_deref()
            .filter(|_| has_readable_policy)
            .map(Box::from),
    };
    Ok((endpoint_id, endpoint))
}

/// The type of an endpoint. Answers of old versions of the AWS CLI give none;
/// only a gateway endpoint is associated with route tables.
fn endpoint_type(shape: &shapes::VpcEndpoint) -> EndpointType {
    match shape.vpc_endpoint_type.as_deref() {
        Some(kind) if kind.eq_ignore_ascii_case("Gateway") => EndpointType::Gateway,
        Some(kind) if kind.eq_ignore_ascii_case("Interface") => EndpointType::Interface,
        Some(kind) if kind.eq_ignore_ascii_case("GatewayLoadBalancer") => {
            EndpointType::GatewayLoadBalancer
        }
        Some(kind) => EndpointType::Other(kind.to_owned()),
        None if is_untyped(shape) => EndpointType::Other("(not given)".to_owned()),
        None => EndpointType::Gateway,
    }
}

fn is_untyped(shape: &shapes::VpcEndpoint) -> bool {
    shape.vpc_endpoint_type.is_none() && shape.route_table_ids.is_empty()
}

fn prefix_list(shape: &shapes::PrefixList) -> Result<(PrefixListId, PrefixList), Unreadable> {
    let list_id: PrefixListId = id(shape.prefix_list_id.as_ref(), "PrefixListId")?;
    let list = PrefixList {
        id: list_id.clone(),
        // Where no owner is given the answer is of `describe-prefix-lists`,
        // which shows names, and only of lists that AWS manages.
        aws_managed: shape
            .owner_id
            .as_deref()
            .map_or(shape.prefix_list_name.is_some(), |owner| owner == "AWS"),
        name: shape.prefix_list_name.clone(),
        family: match (&shape.cidrs, shape.address_family.as_deref()) {
            (None, Some("IPv4")) => Some(Family::V4),
            (None, Some("IPv6")) => Some(Family::V6),
            // Entries say it themselves.
            (Some(_), _) | (None, Some(_) | None) => None,
        },
        cidrs: match &shape.cidrs {
            None => Fact::Missing(format!(
                "no answer holds them (aws ec2 get-managed-prefix-list-entries --prefix-list-id {list_id} gives them; a saved account keeps them as entries-{list_id}.json)"
            )),
            Some(texts) => cidrs(texts),
        },
    };
    Ok((list_id, list))
}

fn cidrs(texts: &[String]) -> Fact<Vec<IpNet>> {
    let parsed: Result<Vec<IpNet>, &String> = texts
        .iter()
        .map(|text| {
            text.parse::<IpNet>()
                .map(|net| net.trunc())
                .map_err(|_| text)
        })
        .collect();
    match parsed {
        Ok(mut nets) => {
            // AWS promises no order; sorted, the same list gives the same report.
            nets.sort_unstable();
            Fact::Known(nets)
        }
        Err(text) => Fact::Missing(format!("`{text}` is no address block")),
    }
}
