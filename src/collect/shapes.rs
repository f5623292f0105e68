//! AWS's answers in AWS's own names, as the AWS CLI prints them: the common
//! shape of a live answer and of a saved one. Keys that are not used here are
//! passed over.

use serde::{Deserialize, Serialize};

/// A member that AWS leaves out of its answers, and a saved account too.
trait Absent {
    fn is_absent(&self) -> bool;
}

impl<T> Absent for Option<T> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T> Absent for Vec<T> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl Absent for String {
    fn is_absent(&self) -> bool {
        false
    }
}

/// Declares a shape whose every member may be absent from an answer.
macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$attr:meta])* $field:ident: $kind:ty,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        #[allow(missing_docs, reason = "the members are AWS's own, described in its API reference")]
        pub struct $name {
            $(#[serde(skip_serializing_if = "Absent::is_absent")] $(#[$attr])* pub $field: $kind,)+
        }
    )+};
}

shapes! {
    /// A tag.
    Tag {
        key: String,
        value: String,
    }

    /// VPC Block Public Access as it applies to a VPC or subnet.
    BlockPublicAccessStates {
        internet_gateway_block_mode: Option<String>,
    }

    /// A VPC.
    Vpc {
        vpc_id: Option<String>,
        owner_id: Option<String>,
        block_public_access_states: Option<BlockPublicAccessStates>,
        tags: Vec<Tag>,
    }

    /// The state of a CIDR block or of an association.
    State {
        state: Option<String>,
    }

    /// An IPv6 CIDR block of a subnet.
    Ipv6CidrBlockAssociation {
        ipv6_cidr_block: Option<String>,
        ipv6_cidr_block_state: Option<State>,
    }

    /// A subnet.
    Subnet {
        subnet_id: Option<String>,
        vpc_id: Option<String>,
        owner_id: Option<String>,
        cidr_block: Option<String>,
        availability_zone: Option<String>,
        ipv6_cidr_block_association_set: Vec<Ipv6CidrBlockAssociation>,
        ipv6_native: Option<bool>,
        #[serde(rename = "EnableDns64")]
        enable_dns64: Option<bool>,
        block_public_access_states: Option<BlockPublicAccessStates>,
        tags: Vec<Tag>,
    }

    /// What a route table is associated with.
    RouteTableAssociation {
        main: Option<bool>,
        subnet_id: Option<String>,
        gateway_id: Option<String>,
        association_state: Option<State>,
    }

    /// A route.
    Route {
        destination_cidr_block: Option<String>,
        destination_ipv6_cidr_block: Option<String>,
        destination_prefix_list_id: Option<String>,
        gateway_id: Option<String>,
        nat_gateway_id: Option<String>,
        egress_only_internet_gateway_id: Option<String>,
        transit_gateway_id: Option<String>,
        vpc_peering_connection_id: Option<String>,
        network_interface_id: Option<String>,
        instance_id: Option<String>,
        local_gateway_id: Option<String>,
        carrier_gateway_id: Option<String>,
        core_network_arn: Option<String>,
        odb_network_arn: Option<String>,
        state: Option<String>,
        origin: Option<String>,
    }

    /// A route table.
    RouteTable {
        route_table_id: Option<String>,
        vpc_id: Option<String>,
        owner_id: Option<String>,
        associations: Vec<RouteTableAssociation>,
        routes: Vec<Route>,
    }

    /// Who sees the private names of an endpoint.
    DnsOptions {
        private_dns_only_for_inbound_resolver_endpoint: Option<bool>,
    }

    /// A VPC endpoint.
    VpcEndpoint {
        vpc_endpoint_id: Option<String>,
        owner_id: Option<String>,
        vpc_endpoint_type: Option<String>,
        vpc_id: Option<String>,
        service_name: Option<String>,
        service_region: Option<String>,
        state: Option<String>,
        route_table_ids: Vec<String>,
        private_dns_enabled: Option<bool>,
        dns_options: Option<DnsOptions>,
        ip_address_type: Option<String>,
        policy_document: Option<String>,
    }

    /// A prefix list, merged from `describe-prefix-lists` (which knows only
    /// lists that AWS manages, with their blocks) and the managed prefix list calls.
    PrefixList {
        prefix_list_id: Option<String>,
        prefix_list_name: Option<String>,
        owner_id: Option<String>,
        address_family: Option<String>,
        cidrs: Option<Vec<String>>,
    }
}
