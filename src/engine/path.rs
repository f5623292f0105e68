//! Where a table sends the packets to a service: the heart of the program.

use super::longest_prefix::{self, Candidate, Piece, Rank, Table, Winner};
use crate::domain::{
    address::{self, Family, Span},
    endpoint::EndpointType,
    fact::Fact,
    ids::{AccountId, EndpointId, PrefixListId},
    route::{Route, RouteDestination, RouteOrigin, RouteState, RouteTable, RouteTarget},
    service::Service,
    snapshot::Network,
};
use compact_str::CompactString;
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

/// Where a subnet's packets to a service go, over every address of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Path {
    /// Every address reaches an available gateway endpoint of the service in the VPC.
    GatewayEndpoint,
    /// Some addresses do, others do not.
    Partial,
    /// None does; at least some leave another way.
    Bypass,
    /// None does, and none leaves.
    NoRoute,
    /// A fact is missing.
    Unverifiable,
}

impl Path {
    /// Every path, best first.
    pub const ALL: [Self; 5] = [
        Self::GatewayEndpoint,
        Self::Partial,
        Self::Bypass,
        Self::NoRoute,
        Self::Unverifiable,
    ];

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GatewayEndpoint => "gateway_endpoint",
            Self::Partial => "partial",
            Self::Bypass => "bypass",
            Self::NoRoute => "no_route",
            Self::Unverifiable => "unverifiable",
        }
    }
}

/// A way that is not a good gateway endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ViaKind {
    /// Out through an internet gateway.
    InternetGateway,
    /// Through a NAT gateway, which bills per byte.
    NatGateway,
    /// Out through an egress-only internet gateway (IPv6).
    EgressOnlyInternetGateway,
    /// To a transit gateway.
    TransitGateway,
    /// To a peered VPC.
    VpcPeering,
    /// To a VPN or Direct Connect.
    VirtualPrivateGateway,
    /// To an instance or appliance.
    NetworkInterface,
    /// To appliances behind a Gateway Load Balancer.
    GatewayLoadBalancerEndpoint,
    /// To a gateway endpoint that does not serve: of another service or VPC, or not available.
    GatewayEndpointOther,
    /// To an Outpost's local network.
    LocalGateway,
    /// To a carrier's network.
    CarrierGateway,
    /// To a Cloud WAN core network.
    CoreNetwork,
    /// Stays in the VPC.
    Local,
    /// Dropped: the target is gone.
    Blackhole,
    /// No route matches.
    None,
    /// Not known.
    Unknown,
}

impl ViaKind {
    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::InternetGateway => "internet_gateway",
            Self::NatGateway => "nat_gateway",
            Self::EgressOnlyInternetGateway => "egress_only_internet_gateway",
            Self::TransitGateway => "transit_gateway",
            Self::VpcPeering => "vpc_peering",
            Self::VirtualPrivateGateway => "virtual_private_gateway",
            Self::NetworkInterface => "network_interface",
            Self::GatewayLoadBalancerEndpoint => "gateway_load_balancer_endpoint",
            Self::GatewayEndpointOther => "gateway_endpoint_other",
            Self::LocalGateway => "local_gateway",
            Self::CarrierGateway => "carrier_gateway",
            Self::CoreNetwork => "core_network",
            Self::Local => "local",
            Self::Blackhole => "blackhole",
            Self::None => "none",
            Self::Unknown => "unknown",
        }
    }

    /// The name in sentences, without an article.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::InternetGateway => "internet gateway",
            Self::NatGateway => "NAT gateway",
            Self::EgressOnlyInternetGateway => "egress-only internet gateway",
            Self::TransitGateway => "transit gateway",
            Self::VpcPeering => "VPC peering connection",
            Self::VirtualPrivateGateway => "virtual private gateway",
            Self::NetworkInterface => "network interface",
            Self::GatewayLoadBalancerEndpoint => "Gateway Load Balancer endpoint",
            Self::GatewayEndpointOther => "unusable gateway endpoint",
            Self::LocalGateway => "local gateway",
            Self::CarrierGateway => "carrier gateway",
            Self::CoreNetwork => "core network",
            Self::Local => "VPC itself",
            Self::Blackhole => "blackhole",
            Self::None => "no route",
            Self::Unknown => "unknown target",
        }
    }

    /// Whether packets leave on this way.
    #[must_use]
    pub fn leaves(self) -> bool {
        match self {
            Self::InternetGateway
            | Self::NatGateway
            | Self::EgressOnlyInternetGateway
            | Self::TransitGateway
            | Self::VpcPeering
            | Self::VirtualPrivateGateway
            | Self::NetworkInterface
            | Self::GatewayLoadBalancerEndpoint
            | Self::GatewayEndpointOther
            | Self::LocalGateway
            | Self::CarrierGateway
            | Self::CoreNetwork => true,
            Self::Local | Self::Blackhole | Self::None | Self::Unknown => false,
        }
    }
}

/// Where some addresses go that do not reach a good endpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct Via {
    /// What kind of way.
    pub kind: ViaKind,
    /// The target as AWS names it; `None` where there is none.
    pub target: Option<CompactString>,
    /// Which of the addresses, as the fewest blocks.
    pub cidrs: Vec<IpNet>,
    /// What fraction of all the addresses, 0 to 1.
    pub share: f64,
    /// The routes that win, as indices into the table's routes.
    pub routes: BTreeSet<usize>,
}

/// Where some addresses go.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ways {
    /// Good gateway endpoints that carry some of them.
    pub endpoints: BTreeSet<EndpointId>,
    /// Where the rest goes, by kind and target.
    pub via: Vec<Via>,
    /// Why some of them cannot be followed; empty where all can.
    pub unknown: BTreeSet<String>,
}

/// What the table's route for the service's own prefix list is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnRoute {
    /// There is none.
    Missing,
    /// Its state is not `active`, or its endpoint does not exist any more.
    Blackhole {
        /// The endpoint, where the route still names it.
        target: Option<CompactString>,
    },
    /// It leads to something else than a gateway endpoint of the service in the VPC.
    WrongTarget {
        /// What kind of target.
        kind: ViaKind,
        /// The target.
        target: Option<CompactString>,
    },
    /// It leads to the right endpoint, which is not available.
    Unavailable {
        /// The endpoint.
        endpoint: EndpointId,
        /// Its state as AWS wrote it.
        state: String,
    },
    /// It leads to an available gateway endpoint of the service in the VPC.
    Good(EndpointId),
    /// It cannot be read.
    Unknown,
}

/// What a table does with the packets to one service.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The path over IPv4.
    pub path: Path,
    /// Where the service's IPv4 addresses go.
    pub ways: Ways,
    /// The route for the service's own list.
    pub own: OwnRoute,
}

/// Why a subnet has no good way, or not for every address: exactly one cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The table has no route for the service's own list.
    RouteMissing,
    /// That route drops.
    RouteBlackhole,
    /// That route leads to something else than an endpoint of the service.
    WrongTarget,
    /// That route leads to an endpoint that is not available.
    EndpointUnavailable,
    /// Other routes take addresses away from it.
    Shadowed,
}

impl Decision {
    /// What explains the path; `None` where nothing is wrong or nothing is known.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        match self.path {
            Path::GatewayEndpoint | Path::Unverifiable => None,
            Path::Partial => Some(Cause::Shadowed),
            Path::Bypass | Path::NoRoute => Some(match &self.own {
                OwnRoute::Missing => Cause::RouteMissing,
                OwnRoute::Blackhole { .. } => Cause::RouteBlackhole,
                OwnRoute::WrongTarget { .. } => Cause::WrongTarget,
                OwnRoute::Unavailable { .. } => Cause::EndpointUnavailable,
                // What an unreadable route would do does not matter where
                // others take every address.
                OwnRoute::Good(_) | OwnRoute::Unknown => Cause::Shadowed,
            }),
        }
    }
}

/// The addresses of a service in a Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAddresses {
    /// The AWS-managed prefix list.
    pub list: PrefixListId,
    /// The list's name, which is the endpoint service's name.
    pub service_name: String,
    /// Its IPv4 addresses.
    pub ipv4: Vec<Span>,
}

/// A route table, ready to be asked where addresses go.
#[derive(Debug)]
pub struct Router<'a> {
    network: &'a Network,
    table: &'a RouteTable,
    /// The account that owns the VPC; decides what a vanished endpoint means.
    vpc_owner: Option<&'a AccountId>,
    v4: Table,
    v6: Vec<Candidate>,
    /// Why a route cannot be placed at all: it may match any address.
    unplaceable: BTreeSet<String>,
}

impl<'a> Router<'a> {
    /// Expands every route of the table to the blocks it matches.
    #[must_use]
    pub fn new(
        network: &'a Network,
        table: &'a RouteTable,
        vpc_owner: Option<&'a AccountId>,
    ) -> Self {
        let mut unplaceable = BTreeSet::new();
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        let mut place = |net: &IpNet, rank, route| {
            let candidate = Candidate {
                span: Span::of(net),
                rank,
                route,
            };
            match Family::of(net) {
                Family::V4 => v4.push(candidate),
                Family::V6 => v6.push(candidate),
            }
        };
        for (index, route) in table.routes.iter().enumerate() {
            match &route.destination {
                RouteDestination::Cidr(net) => place(net, rank(route), index),
                RouteDestination::PrefixList(id) => match entries(network, id) {
                    Ok(cidrs) => {
                        for net in cidrs {
                            place(net, Rank::PrefixList, index);
                        }
                    }
                    Err(why) => {
                        unplaceable.insert(why);
                    }
                },
                RouteDestination::Unrecognised(text) => {
                    unplaceable.insert(format!(
                        "{} has a route whose destination `{text}` is not understood",
                        table.id
                    ));
                }
            }
        }
        Self {
            network,
            table,
            vpc_owner,
            v4: Table::new(v4, |a, b| same_target(table, a, b)),
            v6,
            unplaceable,
        }
    }

    /// Decides the path to `service`.
    #[must_use]
    pub fn decide(&self, service: Service, addresses: &ServiceAddresses) -> Decision {
        let own = self.own_route(service, &addresses.list);
        let ways = self.ipv4_ways(service, &addresses.ipv4);
        let path = if !ways.unknown.is_empty() {
            Path::Unverifiable
        } else if ways.via.is_empty() {
            Path::GatewayEndpoint
        } else if !ways.endpoints.is_empty() {
            Path::Partial
        } else if ways.via.iter().any(|via| via.kind.leaves()) {
            Path::Bypass
        } else {
            Path::NoRoute
        };
        Decision { path, ways, own }
    }

    /// Where IPv4 addresses go.
    #[must_use]
    pub fn ipv4_ways(&self, service: Service, space: &[Span]) -> Ways {
        self.ways(
            service,
            Family::V4,
            space,
            &longest_prefix::split(space, &self.v4),
        )
    }

    /// Where IPv6 addresses go, by routes no more specific than `/longest`.
    #[must_use]
    pub fn ipv6_ways(&self, service: Service, space: &[Span], longest: u8) -> Ways {
        // A block of prefix length n holds 2^(128 - n) addresses.
        let narrowest = u128::MAX.checked_shr(longest.into()).unwrap_or(0);
        let wide = self
            .v6
            .iter()
            .filter(|candidate| candidate.span.size_less_one() >= narrowest)
            .copied()
            .collect();
        let table = Table::new(wide, |a, b| same_target(self.table, a, b));
        self.ways(
            service,
            Family::V6,
            space,
            &longest_prefix::split(space, &table),
        )
    }

    fn ways(&self, service: Service, family: Family, space: &[Span], pieces: &[Piece]) -> Ways {
        let mut ways = Ways {
            unknown: self.unplaceable.clone(),
            ..Ways::default()
        };
        let mut rest: BTreeMap<_, (Vec<Span>, BTreeSet<usize>)> = BTreeMap::new();
        for piece in pieces {
            let (kind, target, route) = match piece.winner {
                Winner::None => (ViaKind::None, None, None),
                Winner::Undecided(a, b) => {
                    ways.unknown.insert(self.undecided(a, b));
                    continue;
                }
                Winner::Route(index) => match self.follow(service, &self.table.routes[index]) {
                    Way::Good(endpoint) => {
                        ways.endpoints.insert(endpoint.clone());
                        continue;
                    }
                    Way::Unknown(why) => {
                        ways.unknown.insert(why);
                        continue;
                    }
                    Way::Unavailable { endpoint, .. } => (
                        ViaKind::GatewayEndpointOther,
                        Some(endpoint.as_str().into()),
                        Some(index),
                    ),
                    Way::Other { kind, target } => (kind, target, Some(index)),
                },
            };
            let (spans, routes) = rest.entry((kind, target)).or_default();
            spans.push(piece.span);
            routes.extend(route);
        }
        let all = addresses(space);
        ways.via = rest
            .into_iter()
            .map(|((kind, target), (spans, routes))| {
                let spans = address::merge(spans);
                Via {
                    kind,
                    target,
                    share: addresses(&spans) / all,
                    cidrs: spans.iter().flat_map(|span| span.blocks(family)).collect(),
                    routes,
                }
            })
            .collect();
        ways
    }

    fn own_route(&self, service: Service, list: &PrefixListId) -> OwnRoute {
        let own = self.table.routes.iter().find(
            |route| matches!(&route.destination, RouteDestination::PrefixList(id) if id == list),
        );
        let Some(route) = own else {
            return OwnRoute::Missing;
        };
        if route.state != RouteState::Active {
            return OwnRoute::Blackhole {
                target: route.target.id().map(CompactString::from),
            };
        }
        match self.follow(service, route) {
            Way::Good(endpoint) => OwnRoute::Good(endpoint.clone()),
            Way::Unavailable { endpoint, state } => OwnRoute::Unavailable {
                endpoint: endpoint.clone(),
                state: state.to_owned(),
            },
            Way::Other {
                kind: ViaKind::Blackhole,
                target,
            } => OwnRoute::Blackhole { target },
            Way::Other { kind, target } => OwnRoute::WrongTarget { kind, target },
            Way::Unknown(_) => OwnRoute::Unknown,
        }
    }

    /// What a route does with a packet that it wins.
    fn follow(&self, service: Service, route: &'a Route) -> Way<'a> {
        match &route.state {
            RouteState::Active => self.follow_active(service, route),
            RouteState::Blackhole => Way::Other {
                kind: ViaKind::Blackhole,
                target: route.target.id().map(CompactString::from),
            },
            RouteState::Unrecognised(state) => Way::Unknown(format!(
                "the route to {} in {} is in state `{state}`, and what AWS does then is not known",
                route.destination, self.table.id
            )),
        }
    }

    fn follow_active(&self, service: Service, route: &'a Route) -> Way<'a> {
        let kind = match &route.target {
            RouteTarget::VpcEndpoint(id) => return self.follow_endpoint(service, id),
            RouteTarget::Local => ViaKind::Local,
            RouteTarget::InternetGateway(_) => ViaKind::InternetGateway,
            RouteTarget::EgressOnlyInternetGateway(_) => ViaKind::EgressOnlyInternetGateway,
            RouteTarget::NatGateway(_) => ViaKind::NatGateway,
            RouteTarget::TransitGateway(_) => ViaKind::TransitGateway,
            RouteTarget::VpcPeering(_) => ViaKind::VpcPeering,
            RouteTarget::VirtualPrivateGateway(_) => ViaKind::VirtualPrivateGateway,
            RouteTarget::NetworkInterface(_) => ViaKind::NetworkInterface,
            RouteTarget::LocalGateway(_) => ViaKind::LocalGateway,
            RouteTarget::CarrierGateway(_) => ViaKind::CarrierGateway,
            RouteTarget::CoreNetwork(_) => ViaKind::CoreNetwork,
            RouteTarget::Gone => {
                return Way::Unknown(format!(
                    "the active route to {} in {} names no target",
                    route.destination, self.table.id
                ));
            }
            RouteTarget::Unrecognised(text) => {
                return Way::Unknown(format!(
                    "the route to {} in {} leads to `{text}`, a kind of target that this release does not know",
                    route.destination, self.table.id
                ));
            }
        };
        Way::Other {
            kind,
            target: route.target.id().map(CompactString::from),
        }
    }

    fn follow_endpoint(&self, service: Service, id: &'a EndpointId) -> Way<'a> {
        let endpoints = match &self.network.endpoints {
            Fact::Known(endpoints) => endpoints,
            Fact::Missing(why) => {
                return Way::Unknown(format!("what {id} is could not be read: {why}"));
            }
        };
        let other = |kind| Way::Other {
            kind,
            target: Some(id.as_str().into()),
        };
        let Some(endpoint) = endpoints.get(id) else {
            // A complete answer without it: gone, unless the VPC is shared
            // with us, since AWS does not show an owner's endpoints to others.
            return match (self.vpc_owner, &self.network.account) {
                (Some(owner), Some(audited)) if owner == audited => other(ViaKind::Blackhole),
                (Some(owner), Some(_)) => Way::Unknown(format!(
                    "{id} is not visible from this account: audit it from account {owner}, which owns the VPC"
                )),
                (None, _) | (_, None) => Way::Unknown(format!(
                    "{id} is not visible, and whether the VPC belongs to the audited account is not known"
                )),
            };
        };
        match &endpoint.kind {
            EndpointType::Gateway => {}
            EndpointType::GatewayLoadBalancer => {
                return other(ViaKind::GatewayLoadBalancerEndpoint);
            }
            EndpointType::Interface | EndpointType::Other(_) => {
                return Way::Unknown(format!(
                    "a route leads to {id}, an endpoint of type {}, which is no route target that this release knows",
                    endpoint.kind.as_str()
                ));
            }
        }
        if endpoint.vpc != self.table.vpc || endpoint.service(&self.network.region) != Some(service)
        {
            return other(ViaKind::GatewayEndpointOther);
        }
        match (endpoint.is_available(), &endpoint.state) {
            (Some(true), _) => Way::Good(id),
            (Some(false), Some(state)) => Way::Unavailable {
                endpoint: id,
                state,
            },
            (Some(false) | None, _) => Way::Unknown(format!("the answer gives no state for {id}")),
        }
    }

    fn undecided(&self, a: usize, b: usize) -> String {
        let (a, b) = (&self.table.routes[a], &self.table.routes[b]);
        format!(
            "{} and {} in {} cover the same addresses at equal length and lead to different targets, and AWS does not say which one wins",
            a.destination, b.destination, self.table.id
        )
    }
}

enum Way<'a> {
    Good(&'a EndpointId),
    Unavailable {
        endpoint: &'a EndpointId,
        state: &'a str,
    },
    Other {
        kind: ViaKind,
        target: Option<CompactString>,
    },
    Unknown(String),
}

fn entries<'a>(network: &'a Network, id: &PrefixListId) -> Result<&'a [IpNet], String> {
    let lists = match &network.prefix_lists {
        Fact::Known(lists) => lists,
        Fact::Missing(why) => return Err(format!("the entries of {id} could not be read: {why}")),
    };
    match lists.get(id).map(|list| &list.cidrs) {
        Some(Fact::Known(cidrs)) => Ok(cidrs),
        Some(Fact::Missing(why)) => Err(format!("the entries of {id} could not be read: {why}")),
        None => Err(format!("the entries of {id} are not among the answers")),
    }
}

fn rank(route: &Route) -> Rank {
    match route.origin {
        RouteOrigin::Static => Rank::Static,
        RouteOrigin::Propagated => Rank::Propagated,
        RouteOrigin::Advertised | RouteOrigin::Unrecognised => Rank::Unknown,
    }
}

fn same_target(table: &RouteTable, a: usize, b: usize) -> bool {
    let (a, b) = (&table.routes[a], &table.routes[b]);
    a.target == b.target && a.state == b.state
}

/// How many addresses, as a float: exact for IPv4.
#[expect(
    clippy::cast_precision_loss,
    reason = "IPv4 counts are below 2^53; shares of IPv6 need no more than this"
)]
fn addresses(spans: &[Span]) -> f64 {
    spans
        .iter()
        .map(|span| span.size_less_one() as f64 + 1.0)
        .sum()
}
