//! Prefix lists, managed by AWS or by a customer.

use super::{address::Family, fact::Fact, ids::PrefixListId};
use ipnet::IpNet;

/// A prefix list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrefixList {
    /// Its id. Ids differ per Region.
    pub id: PrefixListId,
    /// Its name; for a list of a service, the name of its endpoint service.
    pub name: Option<String>,
    /// Whether AWS manages it. Names are free for customers, so this decides
    /// whether a list may be taken for a service's own.
    pub aws_managed: bool,
    /// The one family of its blocks, where these are missing and an answer says it.
    pub family: Option<Family>,
    /// Its address blocks, as written: they may overlap.
    pub cidrs: Fact<Vec<IpNet>>,
}
