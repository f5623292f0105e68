//! Where a table sends packets: the heart of the program.

use super::{
    longest_prefix::{self, Candidate, Piece, Rank, Table, Winner},
    path::{Decision, OwnRoute, Path, ServiceAddresses, Via, ViaKind, Ways},
};
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
use std::{
    collections::{BTreeMap, BTreeSet},
    slice,
};

/// A route table, ready to be asked where addresses go.
#[derive(Debug)]
pub struct Router<'a> {
    network: &'a Network,
    table: &'a RouteTable,
    /// The account that owns the VPC; decides what a vanished endpoint means.
    vpc_owner: Option<&'a AccountId>,
    v4: Table,
    v6: Vec<Candidate>,
    /// Routes whose blocks are not known.
    unplaced: Vec<Unplaced>,
}

/// A route that may match any address.
#[derive(Debug)]
struct Unplaced {
    route: usize,
    /// The only family that it can match, where that much is known.
    family: Option<Family>,
    /// Why its blocks are not known.
    why: String,
}

impl<'a> Router<'a> {
    /// Expands every route of the table to the blocks it matches.
    #[must_use]
    pub fn new(
        network: &'a Network,
        table: &'a RouteTable,
        vpc_owner: Option<&'a AccountId>,
    ) -> Self {
        let mut unplaced = Vec::new();
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
            match blocks(network, table, route) {
                Ok(nets) => {
                    for net in nets {
                        place(net, rank(route), index);
                    }
                }
                Err(why) => unplaced.push(Unplaced {
                    route: index,
                    family: family(network, route),
                    why,
                }),
            }
        }
        Self {
            network,
            table,
            vpc_owner,
            v4: Table::new(v4, |a, b| same_target(table, a, b)),
            v6,
            unplaced,
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
        if let Some(endpoint) = self.unread_ipv6_list(service) {
            return Ways {
                endpoints: BTreeSet::from([endpoint.clone()]),
                ..Ways::default()
            };
        }
        let table = self.v6_table(longest);
        self.ways(
            service,
            Family::V6,
            space,
            &longest_prefix::split(space, &table),
        )
    }

    /// The endpoint that a list without known entries leads to. AWS alone
    /// writes routes to a gateway endpoint, and only for its service's lists:
    /// beside the known IPv4 list that is the IPv6 one.
    /// Source: <https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html>.
    fn unread_ipv6_list(&self, service: Service) -> Option<&'a EndpointId> {
        let mut unread = self
            .unplaced
            .iter()
            .filter(|unplaced| unplaced.family != Some(Family::V4));
        unread.find_map(|unplaced| {
            let route = &self.table.routes[unplaced.route];
            match (&route.destination, self.follow(service, route)) {
                (RouteDestination::PrefixList(_), Way::Good(endpoint)) => Some(endpoint),
                (
                    RouteDestination::PrefixList(_)
                    | RouteDestination::Cidr(_)
                    | RouteDestination::Unrecognised(_),
                    _,
                ) => None,
            }
        })
    }

    fn v6_table(&self, longest: u8) -> Table {
        // A block of prefix length n holds 2^(128 - n) addresses.
        let narrowest = u128::MAX.checked_shr(longest.into()).unwrap_or(0);
        let wide = self
            .v6
            .iter()
            .filter(|candidate| candidate.span.size_less_one() >= narrowest)
            .copied()
            .collect();
        Table::new(wide, |a, b| same_target(self.table, a, b))
    }

    /// The addresses of `space` in pieces with one winner each: what every
    /// decision is made from. They are in doubt where [`Self::doubts`] gives any.
    #[must_use]
    pub fn pieces(&self, family: Family, space: &[Span]) -> Vec<Piece> {
        match family {
            Family::V4 => longest_prefix::split(space, &self.v4),
            Family::V6 => longest_prefix::split(space, &self.v6_table(128)),
        }
    }

    /// What happens to packets that `winner` carries.
    #[must_use]
    pub fn fate(&self, service: Service, winner: Winner) -> Fate {
        let index = match winner {
            Winner::Route(index) => index,
            Winner::None => {
                return Fate::Elsewhere {
                    kind: ViaKind::None,
                    target: None,
                };
            }
            Winner::Undecided(a, b) => return Fate::Unknown(self.undecided(a, b)),
        };
        match self.follow(service, &self.table.routes[index]) {
            Way::Good(endpoint) => Fate::Endpoint(endpoint.clone()),
            Way::Unavailable { endpoint, .. } => Fate::Elsewhere {
                kind: ViaKind::GatewayEndpointOther,
                target: Some(endpoint.as_str().into()),
            },
            Way::Other { kind, target } => Fate::Elsewhere { kind, target },
            Way::Unknown(why) => Fate::Unknown(why),
        }
    }

    /// Why some of `pieces` may go elsewhere: a route whose blocks are not
    /// known may match any address. One that leads to the same target as the
    /// winner changes nothing.
    #[must_use]
    pub fn doubts(&self, family: Family, pieces: &[Piece]) -> BTreeSet<String> {
        let of_family = self
            .unplaced
            .iter()
            .filter(|unplaced| unplaced.family.is_none_or(|only| only == family));
        of_family
            .filter(|unplaced| {
                !pieces.iter().all(|piece| match piece.winner {
                    Winner::Route(index) => same_target(self.table, index, unplaced.route),
                    Winner::None | Winner::Undecided(..) => false,
                })
            })
            .map(|unplaced| unplaced.why.clone())
            .collect()
    }

    /// The blocks that a route matches, of both families; `None` where they are not known.
    #[must_use]
    pub fn blocks(&self, route: &'a Route) -> Option<&'a [IpNet]> {
        blocks(self.network, self.table, route).ok()
    }

    fn ways(&self, service: Service, family: Family, space: &[Span], pieces: &[Piece]) -> Ways {
        let mut ways = Ways {
            unknown: self.doubts(family, pieces),
            ..Ways::default()
        };
        let mut rest: BTreeMap<_, (Vec<Span>, BTreeSet<usize>)> = BTreeMap::new();
        for piece in pieces {
            let (kind, target) = match self.fate(service, piece.winner) {
                Fate::Elsewhere { kind, target } => (kind, target),
                Fate::Endpoint(endpoint) => {
                    ways.endpoints.insert(endpoint);
                    continue;
                }
                Fate::Unknown(why) => {
                    ways.unknown.insert(why);
                    continue;
                }
            };
            let route = match piece.winner {
                Winner::Route(index) => Some(index),
                Winner::None | Winner::Undecided(..) => None,
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

/// What happens to packets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// They reach this available gateway endpoint of the service in the VPC.
    Endpoint(EndpointId),
    /// They go elsewhere, or nowhere.
    Elsewhere {
        /// What kind of way.
        kind: ViaKind,
        /// The target as AWS names it; `None` where there is none.
        target: Option<CompactString>,
    },
    /// A fact is missing: why.
    Unknown(String),
}

/// The blocks that a route matches.
fn blocks<'a>(
    network: &'a Network,
    table: &RouteTable,
    route: &'a Route,
) -> Result<&'a [IpNet], String> {
    match &route.destination {
        RouteDestination::Cidr(net) => Ok(slice::from_ref(net)),
        RouteDestination::PrefixList(id) => entries(network, id),
        RouteDestination::Unrecognised(text) => Err(format!(
            "{} has a route whose destination `{text}` is not understood",
            table.id
        )),
    }
}

/// The only family that a route can match, where its blocks are not known.
fn family(network: &Network, route: &Route) -> Option<Family> {
    match &route.destination {
        RouteDestination::PrefixList(id) => network.prefix_lists.known()?.get(id)?.family,
        RouteDestination::Cidr(net) => Some(Family::of(net)),
        RouteDestination::Unrecognised(_) => None,
    }
}

fn entries<'a>(network: &'a Network, id: &PrefixListId) -> Result<&'a [IpNet], String> {
    let lists = match &network.prefix_lists {
        Fact::Known(lists) => lists,
        Fact::Missing(why) => return Err(format!("the entries of {id} could not be read: {why}")),
    };
    match lists.get(id).map(|list| &list.cidrs) {
        Some(Fact::Known(cidrs)) => Ok(cidrs),
        Some(Fact::Missing(why)) => Err(format!("the entries of {id} could not be read: {why}")),
        None => Err(format!(
            "the entries of {id} could not be read: no answer names it (aws ec2 get-managed-prefix-list-entries --prefix-list-id {id} gives them; a saved account keeps them as entries-{id}.json)"
        )),
    }
}

/// The place of a route between others of equal prefix length.
#[must_use]
pub fn rank(route: &Route) -> Rank {
    if matches!(route.destination, RouteDestination::PrefixList(_)) {
        return Rank::PrefixList;
    }
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
