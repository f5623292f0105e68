//! VPCs.

use super::{
    ids::{AccountId, VpcId},
    tags::Tags,
};

/// What VPC Block Public Access does to internet traffic.
///
/// Source: <https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa-basics.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BlockPublicAccess {
    /// Nothing is blocked, or the answer does not say.
    #[default]
    Off,
    /// Internet gateways are blocked; NAT and egress-only gateways still let traffic out.
    Ingress,
    /// Internet gateways, egress-only internet gateways and NAT gateways are blocked.
    Bidirectional,
}

/// A VPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vpc {
    /// Its id.
    pub id: VpcId,
    /// The account that owns it: another one for a VPC shared through RAM.
    pub owner: Option<AccountId>,
    /// Block Public Access as it applies to the VPC.
    pub block_public_access: BlockPublicAccess,
    /// Its tags. AWS does not show an owner's tags to participants.
    pub tags: Tags,
}
