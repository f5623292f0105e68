//! The EC2 SDK's shapes into AWS's names: the only file that names the former.
//! Enums are taken by their text, since the SDK does not know every value
//! (`available` is an unknown endpoint state to it).

use crate::collect::shapes;
use aws_sdk_ec2::types as sdk;

fn text(value: Option<&str>) -> Option<String> {
    value.map(str::to_owned)
}

fn tags(tags: &[sdk::Tag]) -> Vec<shapes::Tag> {
    tags.iter()
        .map(|tag| shapes::Tag {
            key: tag.key().unwrap_or_default().to_owned(),
            value: tag.value().unwrap_or_default().to_owned(),
        })
        .collect()
}

fn state(value: &str) -> shapes::State {
    shapes::State {
        state: Some(value.to_owned()),
    }
}

fn block_public_access(states: &sdk::BlockPublicAccessStates) -> shapes::BlockPublicAccessStates {
    shapes::BlockPublicAccessStates {
        internet_gateway_block_mode: states
            .internet_gateway_block_mode()
            .map(|mode| mode.as_str().to_owned()),
    }
}

pub(super) fn vpc(vpc: &sdk::Vpc) -> shapes::Vpc {
    shapes::Vpc {
        vpc_id: text(vpc.vpc_id()),
        owner_id: text(vpc.owner_id()),
        block_public_access_states: vpc.block_public_access_states().map(block_public_access),
        tags: tags(vpc.tags()),
    }
}

pub(super) fn subnet(subnet: &sdk::Subnet) -> shapes::Subnet {
    shapes::Subnet {
        subnet_id: text(subnet.subnet_id()),
        vpc_id: text(subnet.vpc_id()),
        owner_id: text(subnet.owner_id()),
        cidr_block: text(subnet.cidr_block()),
        // Only read where a saved answer does not say its Region.
        availability_zone: None,
        ipv6_cidr_block_association_set: subnet
            .ipv6_cidr_block_association_set()
            .iter()
            .map(|association| shapes::Ipv6CidrBlockAssociation {
                ipv6_cidr_block: text(association.ipv6_cidr_block()),
                ipv6_cidr_block_state: association
                    .ipv6_cidr_block_state()
                    .and_then(|value| value.state())
                    .map(|value| state(value.as_str())),
            })
            .collect(),
        ipv6_native: subnet.ipv6_native(),
        enable_dns64: subnet.enable_dns64(),
        block_public_access_states: subnet.block_public_access_states().map(block_public_access),
        tags: tags(subnet.tags()),
    }
}

pub(super) fn route_table(table: &sdk::RouteTable) -> shapes::RouteTable {
    shapes::RouteTable {
        route_table_id: text(table.route_table_id()),
        vpc_id: text(table.vpc_id()),
        owner_id: text(table.owner_id()),
        associations: table
            .associations()
            .iter()
            .map(|association| shapes::RouteTableAssociation {
                main: association.main(),
                subnet_id: text(association.subnet_id()),
                gateway_id: text(association.gateway_id()),
                association_state: association
                    .association_state()
                    .and_then(|value| value.state())
                    .map(|value| state(value.as_str())),
            })
            .collect(),
        routes: table.routes().iter().map(route).collect(),
    }
}

fn route(route: &sdk::Route) -> shapes::Route {
    shapes::Route {
        destination_cidr_block: text(route.destination_cidr_block()),
        destination_ipv6_cidr_block: text(route.destination_ipv6_cidr_block()),
        destination_prefix_list_id: text(route.destination_prefix_list_id()),
        gateway_id: text(route.gateway_id()),
        nat_gateway_id: text(route.nat_gateway_id()),
        egress_only_internet_gateway_id: text(route.egress_only_internet_gateway_id()),
        transit_gateway_id: text(route.transit_gateway_id()),
        vpc_peering_connection_id: text(route.vpc_peering_connection_id()),
        network_interface_id: text(route.network_interface_id()),
        instance_id: text(route.instance_id()),
        local_gateway_id: text(route.local_gateway_id()),
        carrier_gateway_id: text(route.carrier_gateway_id()),
        core_network_arn: text(route.core_network_arn()),
        odb_network_arn: text(route.odb_network_arn()),
        state: route.state().map(|state| state.as_str().to_owned()),
        origin: route.origin().map(|origin| origin.as_str().to_owned()),
    }
}

pub(super) fn vpc_endpoint(endpoint: &sdk::VpcEndpoint) -> shapes::VpcEndpoint {
    shapes::VpcEndpoint {
        vpc_endpoint_id: text(endpoint.vpc_endpoint_id()),
        vpc_endpoint_type: endpoint
            .vpc_endpoint_type()
            .map(|kind| kind.as_str().to_owned()),
        vpc_id: text(endpoint.vpc_id()),
        owner_id: text(endpoint.owner_id()),
        service_name: text(endpoint.service_name()),
        service_region: text(endpoint.service_region()),
        state: endpoint.state().map(|state| state.as_str().to_owned()),
        private_dns_enabled: endpoint.private_dns_enabled(),
        dns_options: endpoint.dns_options().map(|options| shapes::DnsOptions {
            private_dns_only_for_inbound_resolver_endpoint: options
                .private_dns_only_for_inbound_resolver_endpoint(),
        }),
        ip_address_type: endpoint
            .ip_address_type()
            .map(|kind| kind.as_str().to_owned()),
        policy_document: text(endpoint.policy_document()),
        // Only read where the type is not given, which AWS always gives today.
        route_table_ids: Vec::new(),
    }
}

pub(super) fn prefix_list(list: &sdk::PrefixList) -> shapes::PrefixList {
    shapes::PrefixList {
        prefix_list_id: text(list.prefix_list_id()),
        prefix_list_name: text(list.prefix_list_name()),
        owner_id: None,
        address_family: None,
        // An empty set says nothing: the entries are then asked for by id.
        cidrs: (!list.cidrs().is_empty()).then(|| list.cidrs().to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_comes_without_entries_is_asked_for_and_not_taken_for_empty() {
        let bare = sdk::PrefixList::builder().prefix_list_id("pl-1").build();
        assert_eq!(prefix_list(&bare).cidrs, None);
        let full = sdk::PrefixList::builder().cidrs("52.218.0.0/17").build();
        assert_eq!(
            prefix_list(&full).cidrs,
            Some(vec!["52.218.0.0/17".to_owned()])
        );
    }
}
