//! What a rule looks at: one subnet and service, one endpoint, one exemption.

use super::{
    exemption::Exemption,
    model::{Association, Effective, NetworkModel, ServiceModel},
    path::{Decision, Path, ViaKind, Ways},
};
use crate::{
    domain::{
        endpoint::Endpoint, ids::Region, route::RouteTable, service::Service, subnet::Subnet,
        vpc::BlockPublicAccess,
    },
    evidence::{Window, metrics::Telemetry},
};

/// One subnet and one service.
#[derive(Debug, Clone, Copy)]
pub struct SubnetCase<'m> {
    /// The network it is part of.
    pub model: &'m NetworkModel<'m>,
    /// The subnet.
    pub subnet: &'m Subnet,
    /// The service, as an index into the model's services.
    pub service_index: usize,
    /// The table that applies.
    pub effective: Effective<'m, 'm>,
}

impl<'m> SubnetCase<'m> {
    /// The service and its addresses.
    #[must_use]
    pub fn service_model(&self) -> &'m ServiceModel<'m> {
        &self.model.services[self.service_index]
    }

    /// The service.
    #[must_use]
    pub fn service(&self) -> Service {
        self.service_model().service
    }

    /// The Region.
    #[must_use]
    pub fn region(&self) -> &'m Region {
        &self.model.network.region
    }

    /// The effective table and how the subnet came by it, where it is known.
    #[must_use]
    pub fn table(&self) -> Option<(&'m RouteTable, Association)> {
        match self.effective {
            Effective::Table(table, association) => Some((table.table, association)),
            Effective::Unknown(_) => None,
        }
    }

    /// What the effective table does with the service's packets; `None`
    /// where the table or the service's addresses are not known.
    #[must_use]
    pub fn decision(&self) -> Option<&'m Decision> {
        match self.effective {
            Effective::Table(table, _) => table.decision(self.service_index, self.service_model()),
            Effective::Unknown(_) => None,
        }
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> Path {
        self.decision()
            .map_or(Path::Unverifiable, |decision| decision.path)
    }

    /// Why the path is unverifiable; empty where it is not.
    #[must_use]
    pub fn unknown(&self) -> Vec<String> {
        let table = match self.effective {
            Effective::Unknown(why) => return vec![why.to_owned()],
            Effective::Table(table, _) => table,
        };
        match table.decision(self.service_index, self.service_model()) {
            Some(decision) => decision.ways.unknown.iter().cloned().collect(),
            None => self
                .service_model()
                .addresses
                .as_ref()
                .err()
                .cloned()
                .into_iter()
                .collect(),
        }
    }

    /// Where the service's IPv6 addresses go.
    #[must_use]
    pub fn ipv6_ways(&self) -> Option<&'m Ways> {
        match self.effective {
            Effective::Table(table, _) => {
                Some(table.ipv6_ways(self.service_index, self.service_model()))
            }
            Effective::Unknown(_) => None,
        }
    }

    /// Where the service's IPv4 addresses go behind DNS64.
    #[must_use]
    pub fn nat64_ways(&self) -> Option<&'m Ways> {
        match self.effective {
            Effective::Table(table, _) => {
                Some(table.nat64_ways(self.service_index, self.service_model()))
            }
            Effective::Unknown(_) => None,
        }
    }

    /// Whether Block Public Access stops what leaves by `kind`.
    ///
    /// Source: <https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa-basics.html>.
    #[must_use]
    pub fn is_cut_off(&self, kind: ViaKind) -> bool {
        let mode = self.model.block_public_access(self.subnet);
        match kind {
            ViaKind::InternetGateway => mode != BlockPublicAccess::Off,
            ViaKind::NatGateway | ViaKind::EgressOnlyInternetGateway => {
                mode == BlockPublicAccess::Bidirectional
            }
            ViaKind::TransitGateway
            | ViaKind::VpcPeering
            | ViaKind::VirtualPrivateGateway
            | ViaKind::NetworkInterface
            | ViaKind::GatewayLoadBalancerEndpoint
            | ViaKind::GatewayEndpointOther
            | ViaKind::LocalGateway
            | ViaKind::CarrierGateway
            | ViaKind::CoreNetwork
            | ViaKind::Local
            | ViaKind::Blackhole
            | ViaKind::None
            | ViaKind::Unknown => false,
        }
    }

    /// Whether packets really get out by `kind`.
    #[must_use]
    pub fn gets_out(&self, kind: ViaKind) -> bool {
        kind.leaves() && !self.is_cut_off(kind)
    }
}

/// One endpoint of an audited service.
#[derive(Debug, Clone)]
pub struct EndpointCase<'m> {
    /// The network it is part of.
    pub model: &'m NetworkModel<'m>,
    /// The endpoint.
    pub endpoint: &'m Endpoint,
    /// Its service.
    pub service: Service,
    /// What was seen of its traffic.
    pub telemetry: Telemetry,
    /// When.
    pub window: Window,
    /// Why a rule could not judge it; empty where every rule could.
    pub not_judged: Vec<String>,
}

/// One exemption that no longer serves.
#[derive(Debug, Clone, Copy)]
pub struct ExemptionCase<'m> {
    /// The exemption.
    pub exemption: &'m Exemption<'m>,
    /// Whether the run saw everything that it could match.
    pub seen_in_full: bool,
}
