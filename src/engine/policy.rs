//! What the people who run the audit decided.

use super::severity::Severity;
use crate::domain::{
    ids::{AccountId, Region, SubnetId, VpcId},
    snapshot::Network,
};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Decisions that change what a finding weighs, never what was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Severities by rule id, in place of the rule's own.
    pub severities: BTreeMap<String, Severity>,
    /// Whether a subnet without any way out needs a way to the service.
    pub isolated_subnets: IsolatedSubnets,
    /// Accepted exceptions, in the order of the configuration.
    pub exemptions: Vec<ConfiguredExemption>,
}

/// What to make of a subnet that has neither an endpoint route nor a way out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IsolatedSubnets {
    /// It is a violation (of severity low).
    #[default]
    Violation,
    /// It is meant to be so: exempt.
    Allowed,
}

/// An exception written in the configuration. Every selector that is set must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfiguredExemption {
    /// Where it stands, e.g. `exemptions[0]`.
    pub place: String,
    /// The audited account.
    pub account: Option<AccountId>,
    /// The Region.
    pub region: Option<Region>,
    /// The VPC.
    pub vpc: Option<VpcId>,
    /// The subnet.
    pub subnet: Option<SubnetId>,
    /// A tag of the subnet or of its VPC: key, and value unless any will do.
    pub tag: Option<(String, Option<String>)>,
    /// Why it was accepted.
    pub reason: String,
    /// Through the end of which day, UTC.
    pub until: Option<Date>,
}

impl ConfiguredExemption {
    /// Whether it could cover something in a network.
    #[must_use]
    pub fn speaks_of(&self, network: &Network) -> bool {
        self.account
            .as_ref()
            .is_none_or(|id| Some(id) == network.account.as_ref())
            && self
                .region
                .as_ref()
                .is_none_or(|region| *region == network.region)
    }
}

/// Which part of the snapshot a run judges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Only these VPCs; empty: all.
    pub vpcs: BTreeSet<VpcId>,
    /// Whether the run looks at fewer Regions or services than are configured.
    pub narrowed: bool,
}

impl Scope {
    /// Whether the run looks at all that is configured. If not, what matches
    /// nothing may match elsewhere.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.vpcs.is_empty() && !self.narrowed
    }

    /// Whether a VPC is to be judged.
    #[must_use]
    pub fn includes(&self, vpc: &VpcId) -> bool {
        self.vpcs.is_empty() || self.vpcs.contains(vpc)
    }
}
