//! What the route tables of a network are used for: asked when a fix is proposed.

use super::NetworkModel;
use crate::{
    domain::{endpoint::Endpoint, ids::VpcId},
    engine::{fix::AddressType, path::OwnRoute},
};
use std::collections::BTreeMap;

/// Which kinds of subnets a route table serves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Served {
    ipv4_only: bool,
    dual_stack: bool,
    ipv6_only: bool,
}

impl Served {
    fn any(self) -> bool {
        self.ipv4_only || self.dual_stack || self.ipv6_only
    }
}

impl NetworkModel<'_> {
    /// Which addresses a gateway endpoint can carry beside IPv4 alone: AWS asks
    /// for the same families in every subnet of its tables.
    #[must_use]
    pub fn address_type_of(&self, endpoint: &Endpoint) -> Option<AddressType> {
        let mut all = Served::default();
        for at in self.routed.get(&endpoint.id).into_iter().flatten() {
            let one = self.served()[*at];
            all.ipv4_only |= one.ipv4_only;
            all.dual_stack |= one.dual_stack;
            all.ipv6_only |= one.ipv6_only;
        }
        match (all.ipv4_only, all.dual_stack, all.ipv6_only) {
            (false, true, false) => Some(AddressType::Dualstack),
            (false, false, true) => Some(AddressType::Ipv6),
            _ => None,
        }
    }

    /// Whether a table that serves subnets of a VPC lacks a route for the
    /// service's prefix list, or may lack one.
    #[must_use]
    pub fn lacks_routes(&self, service_index: usize, vpc: &VpcId) -> bool {
        let service = &self.services[service_index];
        let mut served = self.tables.iter().zip(self.served());
        served.any(|(table, served)| {
            table.table.vpc == *vpc
                && served.any()
                && table
                    .decision(service_index, service)
                    .is_none_or(|decision| {
                        matches!(decision.own, OwnRoute::Missing | OwnRoute::Unknown)
                    })
        })
    }

    /// One per table.
    fn served(&self) -> &[Served] {
        self.served.get_or_init(|| {
            let mut all = vec![Served::default(); self.tables.len()];
            for subnet in self
                .network
                .subnets
                .known()
                .into_iter()
                .flat_map(BTreeMap::values)
            {
                let claim = match self.explicit.get(&subnet.id) {
                    Some(index) => *index,
                    None => self.main.get(&subnet.vpc).copied().flatten(),
                };
                if let Some(at) = claim {
                    let one = &mut all[at];
                    one.ipv6_only |= subnet.ipv6_only;
                    one.dual_stack |= subnet.ipv6 && !subnet.ipv6_only;
                    one.ipv4_only |= !subnet.ipv6;
                }
            }
            all
        })
    }
}
