//! The names for which private DNS of an S3 interface endpoint answers in a
//! VPC: their traffic goes to the endpoint's addresses, whatever the routes say.

use crate::domain::{
    destination::{Destination, Target},
    endpoint::{Endpoint, EndpointType, PrivateDns},
    host_name::{HostName, NameKind},
    ids::Region,
    service::Service,
    snapshot::Network,
    subnet::Subnet,
};

/// The name that hosts of `subnet` ask for; `None` where there is none to ask.
///
/// SDKs ask for a bucket by its Regional name. Its global name is asked for
/// where both lead the same way, since DNS leads that one to the bucket's own
/// Region; where private DNS takes Regional names, it would lead astray.
#[must_use]
pub fn host(network: &Network, subnet: &Subnet, destination: &Destination) -> Option<HostName> {
    let home = &network.region;
    match &destination.target {
        Target::Bucket if endpoint(network, subnet, home, false).is_some() => {
            destination.regional_host(home)
        }
        Target::Bucket | Target::Host(_) | Target::Address(_) | Target::Service(_) => {
            destination.host(home)
        }
    }
}

/// The Region of a name for which private DNS of an S3 interface endpoint
/// can answer; other services have none that takes their usual names.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html>.
pub(super) fn region(host: &HostName) -> Option<&Region> {
    let served = matches!(
        host.kind,
        NameKind::Regional | NameKind::AccessPoint | NameKind::Control
    ) && !host.fips;
    host.region.as_ref().filter(|_| served)
}

/// The interface endpoint in the VPC whose private DNS answers for the usual
/// names of the S3 of `region`: one that is available before one of which
/// that is not known.
pub(super) fn endpoint<'n>(
    network: &'n Network,
    subnet: &Subnet,
    region: &Region,
    dual_stack: bool,
) -> Option<&'n Endpoint> {
    let answering = network.endpoints.known()?.values().filter(|endpoint| {
        let ip = endpoint.ip_address_type.as_deref().unwrap_or("ipv4");
        endpoint.kind == EndpointType::Interface
            && endpoint.vpc == subnet.vpc
            && endpoint.private_dns == PrivateDns::WholeVpc
            && endpoint.is_available() != Some(false)
            && endpoint.service(region) == Some(Service::S3)
            && (!dual_stack || !ip.eq_ignore_ascii_case("ipv4"))
    });
    // The first of those that are equally certain.
    answering.min_by_key(|endpoint| endpoint.is_available().is_none())
}
