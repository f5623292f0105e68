//! VPC endpoints.

use super::{
    ids::{EndpointId, Region, VpcId},
    service::Service,
};

/// What kind of VPC endpoint it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointType {
    /// A target in route tables, for S3 and DynamoDB.
    Gateway,
    /// Network interfaces in subnets, reached by name.
    Interface,
    /// A route target that hands packets to appliances.
    GatewayLoadBalancer,
    /// Any other, kept verbatim.
    Other(String),
}

impl EndpointType {
    /// The name as AWS writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Gateway => "Gateway",
            Self::Interface => "Interface",
            Self::GatewayLoadBalancer => "GatewayLoadBalancer",
            Self::Other(name) => name,
        }
    }
}

/// Whose questions an interface endpoint answers with its private addresses.
///
/// Source: <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html#private-dns>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PrivateDns {
    /// Nobody's: only its own names lead to it. So too where the answer does not say.
    #[default]
    Off,
    /// Those of the whole VPC.
    WholeVpc,
    /// Those that come in through a Route 53 Resolver inbound endpoint: hosts
    /// in the VPC get public addresses.
    InboundOnly,
}

/// A VPC endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// The VPC it belongs to.
    pub vpc: VpcId,
    /// Its type.
    pub kind: EndpointType,
    /// The service's name in full, such as `com.amazonaws.eu-west-1.s3`.
    pub service_name: String,
    /// Its state as AWS wrote it; the case differs between answers.
    pub state: Option<String>,
    /// The Region of the service where it is another one than the endpoint's.
    pub service_region: Option<Region>,
    /// Whether the service's usual names lead to it.
    pub private_dns: PrivateDns,
    /// `ipv4`, `ipv6` or `dualstack`, as AWS wrote it; older answers do not say.
    pub ip_address_type: Option<String>,
    /// Its policy as AWS wrote it, JSON; kept for gateway and interface
    /// endpoints of services that we know.
    pub policy: Option<Box<str>>,
}

impl Endpoint {
    /// Whether it is available; `None` where the answer does not say.
    ///
    /// AWS writes `available`, SDKs expect `Available`: compared ignoring case.
    #[must_use]
    pub fn is_available(&self) -> Option<bool> {
        self.state
            .as_deref()
            .map(|state| state.eq_ignore_ascii_case("available"))
    }

    /// The service of `region` that it leads to, if it is one we audit.
    #[must_use]
    pub fn service(&self, region: &Region) -> Option<Service> {
        match &self.service_region {
            Some(other) if other != region => None,
            Some(_) | None => Service::of_service_name(&self.service_name, region),
        }
    }
}
