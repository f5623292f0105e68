//! A snapshot with its questions answered once: which table a subnet uses,
//! which addresses a service has, what each table does with them.

mod served;

use self::served::Served;
use super::path::{Decision, Router, ServiceAddresses, Ways};
use crate::domain::{
    address::{self, Family, Span},
    endpoint::{Endpoint, EndpointType},
    fact::Fact,
    ids::{AccountId, EndpointId, SubnetId, VpcId},
    prefix_list::PrefixList,
    route::{RouteDestination, RouteTable, RouteTarget},
    service::Service,
    snapshot::{Network, Snapshot},
    subnet::Subnet,
    vpc::{BlockPublicAccess, Vpc},
};
use foldhash::fast::RandomState;
use ipnet::{IpNet, Ipv4Net};
use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::Hash,
};

/// How a subnet came by its route table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Association {
    /// It is associated with the table.
    Explicit,
    /// It has no association, so its VPC's main table applies.
    Main,
}

impl Association {
    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Explicit => "explicit",
            Self::Main => "main",
        }
    }
}

/// The route table that applies to a subnet.
#[derive(Debug, Clone, Copy)]
pub enum Effective<'m, 'a> {
    /// This one.
    Table(&'m TableModel<'a>, Association),
    /// It cannot be said which.
    Unknown(&'a str),
}

/// All networks of a snapshot.
#[derive(Debug)]
pub struct Model<'a> {
    /// One per network, in the snapshot's order.
    pub networks: Vec<NetworkModel<'a>>,
}

impl<'a> Model<'a> {
    /// Prepares a snapshot for judging `services`.
    #[must_use]
    pub fn new(snapshot: &'a Snapshot, services: &[Service]) -> Self {
        let services: BTreeSet<Service> = services.iter().copied().collect();
        Self {
            networks: snapshot
                .networks
                .iter()
                .map(|network| NetworkModel::new(network, &services))
                .collect(),
        }
    }
}

/// One network, indexed.
#[derive(Debug)]
pub struct NetworkModel<'a> {
    /// The facts.
    pub network: &'a Network,
    /// The audited services, in order.
    pub services: Vec<ServiceModel<'a>>,
    tables: Vec<TableModel<'a>>,
    /// Index into `tables`, or `None` where two tables claim the subnet.
    explicit: Claims<SubnetId>,
    /// Index into `tables`, or `None` where a VPC has two main tables.
    main: Claims<VpcId>,
    /// The tables with a route to an endpoint, as indices into `tables`.
    routed: BTreeMap<&'a EndpointId, BTreeSet<usize>>,
    /// The VPCs of which a table is visible.
    with_tables: BTreeSet<&'a VpcId>,
    /// What each of `tables` serves; asked for by few findings.
    served: OnceCell<Vec<Served>>,
}

/// What a Region's answers say about a service.
#[derive(Debug)]
pub struct ServiceModel<'a> {
    /// The service.
    pub service: Service,
    /// Its addresses, or why they are not known.
    pub addresses: Result<ServiceAddresses, String>,
    /// Its IPv6 addresses, where the Region's answers show a list of them.
    pub ipv6: Option<Vec<Span>>,
    /// The IPv4 blocks, as seen behind DNS64.
    nat64: Vec<Span>,
    /// Its endpoints in this Region, of every type.
    pub endpoints: Vec<&'a Endpoint>,
}

/// A route table with what it does, computed once per service.
#[derive(Debug)]
pub struct TableModel<'a> {
    /// The table.
    pub table: &'a RouteTable,
    router: Router<'a>,
    decisions: Vec<OnceCell<Decision>>,
    ipv6: Vec<OnceCell<Ways>>,
    nat64: Vec<OnceCell<Ways>>,
}

/// Global unicast IPv6, where every public address of AWS lies (RFC 4291).
const GLOBAL_UNICAST: Span = Span {
    first: 0x2 << 124,
    last: (0x4 << 124) - 1,
};

/// The longest prefix of a route that may stand for "the internet". AWS's own
/// IPv6 allocations are not wider than this, so a longer prefix cannot hold
/// one of them whole.
const AS_WIDE_AS_THE_INTERNET: u8 = 24;

impl<'a> NetworkModel<'a> {
    fn new(network: &'a Network, services: &BTreeSet<Service>) -> Self {
        let tables: Vec<TableModel<'a>> = network
            .route_tables
            .known()
            .into_iter()
            .flat_map(|tables| tables.values())
            .map(|table| TableModel {
                table,
                router: Router::new(network, table, vpc_owner(network, table)),
                decisions: vec![OnceCell::new(); services.len()],
                ipv6: vec![OnceCell::new(); services.len()],
                nat64: vec![OnceCell::new(); services.len()],
            })
            .collect();
        let claims = tables.iter().map(|model| model.table.subnets.len()).sum();
        let mut explicit = Claims::with_capacity_and_hasher(claims, RandomState::default());
        let mut main = Claims::default();
        let mut routed = BTreeMap::new();
        let mut with_tables = BTreeSet::new();
        for (index, TableModel { table, .. }) in tables.iter().enumerate() {
            for subnet in &table.subnets {
                claim(&mut explicit, subnet, index);
            }
            if table.main {
                claim(&mut main, &table.vpc, index);
            }
            with_tables.insert(&table.vpc);
            for route in &table.routes {
                if let RouteTarget::VpcEndpoint(id) = &route.target {
                    routed.entry(id).or_insert_with(BTreeSet::new).insert(index);
                }
            }
        }
        Self {
            network,
            services: services
                .iter()
                .map(|service| ServiceModel::new(network, *service))
                .collect(),
            tables,
            explicit,
            main,
            routed,
            with_tables,
            served: OnceCell::new(),
        }
    }

    /// The table that applies to a subnet.
    ///
    /// Source: <https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html>.
    #[must_use]
    pub fn effective(&self, subnet: &Subnet) -> Effective<'_, 'a> {
        if let Fact::Missing(why) = &self.network.route_tables {
            return Effective::Unknown(why);
        }
        let (claim, association) = match self.explicit.get(&subnet.id) {
            Some(index) => (Some(index), Association::Explicit),
            None => (self.main.get(&subnet.vpc), Association::Main),
        };
        match claim {
            Some(Some(index)) if self.tables[*index].table.vpc == subnet.vpc => {
                Effective::Table(&self.tables[*index], association)
            }
            Some(Some(_)) => {
                Effective::Unknown("its route table belongs to another VPC, which cannot be")
            }
            Some(None) => Effective::Unknown("two route tables claim it"),
            None if self.with_tables.contains(&subnet.vpc) => Effective::Unknown(
                "it is associated with none of the visible route tables of its VPC, and none of them is the main one",
            ),
            None => Effective::Unknown("no route table of its VPC is visible"),
        }
    }

    /// The VPC of a subnet, where VPCs could be read.
    #[must_use]
    pub fn vpc(&self, id: &VpcId) -> Option<&'a Vpc> {
        self.network.vpcs.known()?.get(id)
    }

    /// Block Public Access as it applies to a subnet.
    #[must_use]
    pub fn block_public_access(&self, subnet: &Subnet) -> BlockPublicAccess {
        subnet.block_public_access.unwrap_or_else(|| {
            self.vpc(&subnet.vpc)
                .map(|vpc| vpc.block_public_access)
                .unwrap_or_default()
        })
    }

    /// The available gateway endpoints of a service in a VPC.
    pub fn gateway_endpoints(
        &self,
        service_index: usize,
        vpc: &VpcId,
    ) -> impl Iterator<Item = &'a Endpoint> {
        self.services[service_index]
            .endpoints
            .iter()
            .copied()
            .filter(move |endpoint| {
                endpoint.kind == EndpointType::Gateway
                    && endpoint.vpc == *vpc
                    && endpoint.is_available() == Some(true)
            })
    }

    /// The tables that have a route to an endpoint, in any state.
    pub fn tables_to(&self, endpoint: &Endpoint) -> impl Iterator<Item = &'a RouteTable> {
        let indices = self.routed.get(&endpoint.id);
        indices
            .into_iter()
            .flatten()
            .map(|at| self.tables[*at].table)
    }

    /// Whether any table of a VPC is visible.
    #[must_use]
    pub fn sees_tables_of(&self, vpc: &VpcId) -> bool {
        self.with_tables.contains(vpc)
    }
}

impl<'a> ServiceModel<'a> {
    fn new(network: &'a Network, service: Service) -> Self {
        let lists = network.prefix_lists.known();
        let endpoints: Vec<&Endpoint> = network
            .endpoints
            .known()
            .into_iter()
            .flat_map(|endpoints| endpoints.values())
            .filter(|endpoint| endpoint.service(&network.region) == Some(service))
            .collect();
        let addresses = service_addresses(network, service);
        let nat64 = lists
            .zip(addresses.as_ref().ok())
            .and_then(|(lists, addresses)| lists.get(&addresses.list)?.cidrs.known())
            .map(|cidrs| {
                let embedded: Vec<IpNet> =
                    cidrs.iter().filter_map(ipv4).map(address::nat64).collect();
                address::union(&embedded, Family::V6)
            })
            .unwrap_or_default();
        Self {
            service,
            ipv6: ipv6_addresses(network, service, &endpoints),
            addresses,
            nat64,
            endpoints,
        }
    }
}

impl<'a> TableModel<'a> {
    /// Where any address goes.
    #[must_use]
    pub fn router(&self) -> &Router<'a> {
        &self.router
    }

    /// The decision for a service, by its index; `None` where its addresses are not known.
    #[must_use]
    pub fn decision(&self, index: usize, service: &ServiceModel<'_>) -> Option<&Decision> {
        let addresses = service.addresses.as_ref().ok()?;
        Some(self.decisions[index].get_or_init(|| self.router.decide(service.service, addresses)))
    }

    /// Where the service's IPv6 addresses go. Where no list of them is known,
    /// where a route as wide as the internet sends any public address.
    #[must_use]
    pub fn ipv6_ways(&self, index: usize, service: &ServiceModel<'_>) -> &Ways {
        self.ipv6[index].get_or_init(|| match &service.ipv6 {
            Some(space) => self.router.ipv6_ways(service.service, space, 128),
            None => {
                self.router
                    .ipv6_ways(service.service, &[GLOBAL_UNICAST], AS_WIDE_AS_THE_INTERNET)
            }
        })
    }

    /// Where the service's IPv4 addresses go when DNS64 has put them behind `64:ff9b::/96`.
    #[must_use]
    pub fn nat64_ways(&self, index: usize, service: &ServiceModel<'_>) -> &Ways {
        self.nat64[index]
            .get_or_init(|| self.router.ipv6_ways(service.service, &service.nat64, 128))
    }
}

/// Which table claims something; `None` where two do.
/// The ids are held, not borrowed: a look-up then touches one place in memory.
type Claims<K> = HashMap<K, Option<usize>, RandomState>;

fn claim<K: Eq + Hash + Clone>(claims: &mut Claims<K>, key: &K, index: usize) {
    claims
        .entry(key.clone())
        .and_modify(|claim| {
            if *claim != Some(index) {
                *claim = None;
            }
        })
        .or_insert(Some(index));
}

fn vpc_owner<'a>(network: &'a Network, table: &'a RouteTable) -> Option<&'a AccountId> {
    network
        .vpcs
        .known()
        .and_then(|vpcs| vpcs.get(&table.vpc))
        .and_then(|vpc| vpc.owner.as_ref())
        .or(table.owner.as_ref())
}

fn service_addresses(network: &Network, service: Service) -> Result<ServiceAddresses, String> {
    let lists = match &network.prefix_lists {
        Fact::Known(lists) => lists,
        Fact::Missing(why) => return Err(why.clone()),
    };
    let mut own = lists
        .values()
        .filter(|list| is_own_list(list, service, network) && !holds_only_ipv6(list));
    let Some(list) = own.next() else {
        let elsewhere = lists.values().find_map(|list| {
            let name = list.name.as_deref().filter(|_| list.aws_managed)?;
            let is_of_service = name.strip_suffix(service.name())?.ends_with('.');
            is_of_service.then_some(name)
        });
        return Err(match elsewhere {
            Some(name) => format!(
                "the answers are said to be of {}, and the list of {} among them is {name}, of another Region",
                network.region,
                service.title()
            ),
            None => format!(
                "{} shows no AWS-managed prefix list of {}; leave the service out where the Region does not offer it",
                network.region,
                service.title()
            ),
        });
    };
    if let Some(second) = own.next() {
        return Err(format!(
            "{} and {} are both called the prefix list of {}",
            list.id,
            second.id,
            service.title()
        ));
    }
    let cidrs = match &list.cidrs {
        Fact::Known(cidrs) => cidrs,
        Fact::Missing(why) => return Err(format!("the entries of {} are missing: {why}", list.id)),
    };
    let ipv4 = address::union(cidrs, Family::V4);
    if ipv4.is_empty() {
        return Err(format!("{} holds no IPv4 address", list.id));
    }
    Ok(ServiceAddresses {
        list: list.id.clone(),
        service_name: list.name.clone().unwrap_or_default(),
        ipv4,
    })
}

/// Whether a list is the service's own by its name and owner.
fn is_own_list(list: &PrefixList, service: Service, network: &Network) -> bool {
    let named = || {
        let name = list.name.as_deref()?;
        Service::of_service_name(name, &network.region)
    };
    list.aws_managed && named() == Some(service)
}

fn holds_only_ipv6(list: &PrefixList) -> bool {
    list.cidrs.known().is_some_and(|cidrs| {
        !cidrs.is_empty() && cidrs.iter().all(|net| Family::of(net) == Family::V6)
    })
}

/// The service's IPv6 list: AWS does not document its name, so a list that a
/// route leads to an endpoint of the service counts too.
fn ipv6_addresses(
    network: &Network,
    service: Service,
    endpoints: &[&Endpoint],
) -> Option<Vec<Span>> {
    let lists = network.prefix_lists.known()?;
    let routed: BTreeSet<_> = network
        .route_tables
        .known()?
        .values()
        .flat_map(|table| &table.routes)
        .filter_map(|route| match (&route.destination, &route.target) {
            (RouteDestination::PrefixList(list), RouteTarget::VpcEndpoint(id))
                if endpoints.iter().any(|endpoint| {
                    endpoint.id == *id && endpoint.kind == EndpointType::Gateway
                }) =>
            {
                Some(list)
            }
            _ => None,
        })
        .collect();
    let cidrs: Vec<IpNet> = lists
        .values()
        .filter(|list| {
            // Only an AWS-managed list can lead to a gateway endpoint.
            let named = || {
                let name = list.name.as_deref()?;
                Service::of_ipv6_list_name(name, &network.region)
            };
            routed.contains(&list.id)
                || is_own_list(list, service, network)
                || (list.aws_managed && named() == Some(service))
        })
        .filter_map(|list| list.cidrs.known())
        .flatten()
        .copied()
        .collect();
    let spans = address::union(&cidrs, Family::V6);
    (!spans.is_empty()).then_some(spans)
}

fn ipv4(net: &IpNet) -> Option<Ipv4Net> {
    match net {
        IpNet::V4(net) => Some(*net),
        IpNet::V6(_) => None,
    }
}
