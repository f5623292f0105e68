//! Everything that was read, and what was not.

use super::{
    endpoint::Endpoint,
    fact::Fact,
    ids::{AccountId, EndpointId, PrefixListId, Region, RouteTableId, SubnetId, VpcId},
    prefix_list::PrefixList,
    problem::Problem,
    route::RouteTable,
    subnet::Subnet,
    vpc::Vpc,
};
use std::collections::BTreeMap;

/// The network of one account in one Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// The account that was asked; `None` where even that is not known.
    pub account: Option<AccountId>,
    /// The Region.
    pub region: Region,
    /// VPCs.
    pub vpcs: Fact<BTreeMap<VpcId, Vpc>>,
    /// Subnets.
    pub subnets: Fact<BTreeMap<SubnetId, Subnet>>,
    /// Route tables.
    pub route_tables: Fact<BTreeMap<RouteTableId, RouteTable>>,
    /// VPC endpoints of every type and service.
    pub endpoints: Fact<BTreeMap<EndpointId, Endpoint>>,
    /// AWS-managed lists, and the customer-managed ones that a route names.
    pub prefix_lists: Fact<BTreeMap<PrefixListId, PrefixList>>,
    /// What could not be read, and why.
    pub problems: Vec<Problem>,
}

impl Network {
    /// Whether every answer was read to its end.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.problems.is_empty()
            && self.vpcs.known().is_some()
            && self.subnets.known().is_some()
            && self.route_tables.known().is_some()
            && self.endpoints.known().is_some()
            && self.prefix_lists.known().is_some()
    }
}

/// The facts of one run: what the engine judges.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// One network per account and Region, in that order.
    pub networks: Vec<Network>,
    /// What could not be read and belongs to no network, such as the list of Regions.
    pub problems: Vec<Problem>,
}

impl Snapshot {
    /// Leaves a VPC and its subnets that are shared with a participant to
    /// their owner, where both accounts are in the snapshot: the owner sees
    /// the endpoints, the tags and every table, the participant does not.
    ///
    /// Source: <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-share-limitations.html>.
    pub fn leave_shared_to_owner(&mut self) {
        let places: BTreeMap<(&AccountId, &Region), &Network> = self
            .networks
            .iter()
            .filter_map(|network| Some(((network.account.as_ref()?, &network.region), network)))
            .collect();
        let seen_twice: Vec<(Vec<SubnetId>, Vec<VpcId>)> = self
            .networks
            .iter()
            .map(|network| {
                let owner_of = |owner: &Option<AccountId>| {
                    let owner = owner.as_ref();
                    let other = owner.filter(|owner| network.account.as_ref() != Some(*owner));
                    places.get(&(other?, &network.region)).copied()
                };
                let subnets = network.subnets.known().into_iter().flatten();
                let vpcs = network.vpcs.known().into_iter().flatten();
                (
                    subnets
                        .filter(|(id, subnet)| {
                            owner_of(&subnet.owner)
                                .and_then(|owner| owner.subnets.known())
                                .is_some_and(|subnets| subnets.contains_key(*id))
                        })
                        .map(|(id, _)| id.clone())
                        .collect(),
                    vpcs.filter(|(id, vpc)| {
                        owner_of(&vpc.owner)
                            .and_then(|owner| owner.vpcs.known())
                            .is_some_and(|vpcs| vpcs.contains_key(*id))
                    })
                    .map(|(id, _)| id.clone())
                    .collect(),
                )
            })
            .collect();
        for (network, (subnets, vpcs)) in self.networks.iter_mut().zip(seen_twice) {
            if let Fact::Known(known) = &mut network.subnets {
                for id in &subnets {
                    known.remove(id);
                }
            }
            if let Fact::Known(known) = &mut network.vpcs {
                for id in &vpcs {
                    known.remove(id);
                }
            }
        }
    }
}
