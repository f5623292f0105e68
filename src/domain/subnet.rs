//! Subnets.

use super::{
    ids::{AccountId, SubnetId, VpcId},
    tags::Tags,
    vpc::BlockPublicAccess,
};
use ipnet::Ipv4Net;

/// A subnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    /// Its id.
    pub id: SubnetId,
    /// The VPC it belongs to.
    pub vpc: VpcId,
    /// The account that owns it: another one for a subnet shared through RAM.
    pub owner: Option<AccountId>,
    /// Its IPv4 block; `None` for an IPv6-only subnet, or where the answer gives none.
    pub cidr_block: Option<Ipv4Net>,
    /// Whether its hosts can have IPv6 addresses: an associated IPv6 CIDR, or IPv6-only.
    pub ipv6: bool,
    /// Whether its hosts have no IPv4 addresses (`Ipv6Native`).
    pub ipv6_only: bool,
    /// Whether the resolver answers IPv4-only names with `64:ff9b::/96` (`EnableDns64`).
    pub dns64: bool,
    /// Block Public Access as it applies to the subnet; `None`: as for its VPC.
    pub block_public_access: Option<BlockPublicAccess>,
    /// Its tags.
    pub tags: Tags,
}
