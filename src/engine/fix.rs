//! What can be done about a finding, as data: `report::fix` writes it as
//! commands or as code. All actions of a finding are done in its account and
//! Region, in their order.

use crate::domain::{
    ids::{EndpointId, RouteTableId, SubnetId, VpcId},
    route::RouteDestination,
    service::Service,
};

/// One thing to do. `None`, or an empty list, is for a person to fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Associate tables with a gateway endpoint, so that AWS writes its route into them.
    Attach {
        /// The endpoint.
        endpoint: Option<EndpointId>,
        /// The tables.
        tables: Vec<RouteTableId>,
    },
    /// Make a gateway endpoint and associate tables with it.
    Create(NewEndpoint),
    /// Take a table from a gateway endpoint, so that AWS takes its route away.
    Detach {
        /// The endpoint.
        endpoint: EndpointId,
        /// The table.
        table: RouteTableId,
    },
    /// Delete an endpoint.
    DeleteEndpoint(EndpointId),
    /// Let a gateway endpoint carry IPv6.
    SetAddressType {
        /// The endpoint.
        endpoint: EndpointId,
        /// What it is to carry.
        addresses: AddressType,
    },
    /// Delete a route that somebody made by hand.
    DeleteRoute {
        /// The table.
        table: RouteTableId,
        /// What the route matches.
        destination: RouteDestination,
    },
    /// End what a virtual private gateway writes into a table.
    EndGatewayPropagation {
        /// The table.
        table: RouteTableId,
        /// The gateway.
        gateway: Option<String>,
    },
    /// End what a route server writes into a table. Routes do not name the server.
    EndRouteServerPropagation(RouteTableId),
    /// Make a route table.
    CreateTable(VpcId),
    /// Stop the resolver from putting IPv4 addresses into `64:ff9b::/96`.
    EndDns64(SubnetId),
    /// Look at an endpoint.
    ShowEndpoint(Option<EndpointId>),
    /// Look at the tables that lead to an endpoint.
    ShowTablesTo(EndpointId),
    /// Look at the tables of a VPC.
    ShowTables(VpcId),
    /// Record which way the packets of a VPC take.
    RecordFlowLogs(VpcId),
    /// Set a tag to a value that is to be filled in.
    Tag {
        /// The subnet or VPC.
        resource: String,
        /// The tag's key.
        key: &'static str,
        /// What the value looks like.
        form: &'static str,
    },
    /// Remove tags.
    Untag {
        /// The subnet or VPC.
        resource: String,
        /// The tags' keys.
        keys: Vec<&'static str>,
    },
}

impl Action {
    /// The endpoint that it makes.
    #[must_use]
    pub fn makes(&self) -> Option<&NewEndpoint> {
        if let Self::Create(new) = self {
            return Some(new);
        }
        None
    }

    /// The endpoint that is there, and the tables that it gets.
    #[must_use]
    pub fn attaches(&self) -> Option<(&EndpointId, &[RouteTableId])> {
        if let Self::Attach {
            endpoint: Some(endpoint),
            tables,
        } = self
        {
            return Some((endpoint, tables));
        }
        None
    }
}

/// A gateway endpoint that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEndpoint {
    /// The VPC.
    pub vpc: VpcId,
    /// The service.
    pub service: Service,
    /// The service's name in full, such as `com.amazonaws.eu-west-1.s3`.
    pub service_name: String,
    /// The tables to associate.
    pub tables: Vec<RouteTableId>,
}

/// Which addresses a gateway endpoint carries.
///
/// Source: <https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressType {
    /// IPv4 and IPv6: every subnet of its tables must have both.
    Dualstack,
    /// IPv6 alone: every subnet of its tables must be IPv6-only.
    Ipv6,
}

impl AddressType {
    /// The name as AWS writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dualstack => "dualstack",
            Self::Ipv6 => "ipv6",
        }
    }
}
