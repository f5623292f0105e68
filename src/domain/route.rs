//! Route tables and their routes.

use super::ids::{AccountId, EndpointId, PrefixListId, RouteTableId, SubnetId, VpcId};
use compact_str::CompactString;
use ipnet::IpNet;
use std::fmt;

/// What a route matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteDestination {
    /// An IPv4 or IPv6 block.
    Cidr(IpNet),
    /// Every block of a prefix list.
    PrefixList(PrefixListId),
    /// Something this release cannot read; it may match anything.
    Unrecognised(String),
}

impl fmt::Display for RouteDestination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cidr(net) => net.fmt(f),
            Self::PrefixList(id) => id.fmt(f),
            Self::Unrecognised(text) => f.write_str(text),
        }
    }
}

/// Where a route leads. Ids are kept as AWS wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteTarget {
    /// Inside the VPC.
    Local,
    /// A VPC endpoint: of which type, only `DescribeVpcEndpoints` tells.
    VpcEndpoint(EndpointId),
    /// An internet gateway.
    InternetGateway(CompactString),
    /// An egress-only internet gateway (IPv6).
    EgressOnlyInternetGateway(CompactString),
    /// A NAT gateway, zonal or regional.
    NatGateway(CompactString),
    /// A transit gateway.
    TransitGateway(CompactString),
    /// A VPC peering connection.
    VpcPeering(CompactString),
    /// A virtual private gateway.
    VirtualPrivateGateway(CompactString),
    /// A network interface: an instance or an appliance.
    NetworkInterface(CompactString),
    /// An Outpost's local gateway.
    LocalGateway(CompactString),
    /// A Wavelength zone's carrier gateway.
    CarrierGateway(CompactString),
    /// A Cloud WAN core network, by ARN.
    CoreNetwork(CompactString),
    /// The target is gone and the answer names none.
    Gone,
    /// A kind of target that this release does not know; kept verbatim so
    /// that nothing mistakes it for a known one.
    Unrecognised(String),
}

impl RouteTarget {
    /// The target's id as AWS writes it, where there is one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Local => Some("local"),
            Self::VpcEndpoint(id) => Some(id.as_str()),
            Self::InternetGateway(id)
            | Self::EgressOnlyInternetGateway(id)
            | Self::NatGateway(id)
            | Self::TransitGateway(id)
            | Self::VpcPeering(id)
            | Self::VirtualPrivateGateway(id)
            | Self::NetworkInterface(id)
            | Self::LocalGateway(id)
            | Self::CarrierGateway(id)
            | Self::CoreNetwork(id) => Some(id),
            Self::Gone => None,
            Self::Unrecognised(text) => Some(text),
        }
    }
}

/// Whether a route forwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteState {
    /// It forwards.
    Active,
    /// Its target is gone; it still matches, and drops.
    Blackhole,
    /// Any other state, or none: what it does is not known.
    Unrecognised(String),
}

/// Who made a route: decides between routes of equal length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteOrigin {
    /// Written into the table by hand or with it.
    Static,
    /// Learned from a virtual private gateway.
    Propagated,
    /// Learned from a route server. AWS does not document its rank between
    /// routes of equal length.
    Advertised,
    /// The answer does not say, or says something new.
    Unrecognised,
}

/// One row of a route table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// What it matches.
    pub destination: RouteDestination,
    /// Where it leads.
    pub target: RouteTarget,
    /// Whether it forwards.
    pub state: RouteState,
    /// Who made it.
    pub origin: RouteOrigin,
}

/// A route table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteTable {
    /// Its id.
    pub id: RouteTableId,
    /// The VPC it belongs to.
    pub vpc: VpcId,
    /// The account that owns it.
    pub owner: Option<AccountId>,
    /// Whether it is its VPC's main table.
    pub main: bool,
    /// Subnets associated with it explicitly, in state `associated`.
    pub subnets: Vec<SubnetId>,
    /// Its routes, sorted by destination.
    pub routes: Vec<Route>,
}
