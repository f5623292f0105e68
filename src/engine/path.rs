//! Where a table sends the packets to a service, as facts: paths, ways and causes.

use crate::domain::{
    address::Span,
    ids::{EndpointId, PrefixListId},
};
use compact_str::CompactString;
use ipnet::IpNet;
use std::collections::BTreeSet;

pub use super::router::{Fate, Router};

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
