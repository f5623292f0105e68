//! What speaks for the answer, and what follows from the name.

use crate::{
    domain::{
        destination::{Target, suffix},
        endpoint::Endpoint,
        host_name::{HostName, NameKind},
        service::Service,
    },
    engine::{
        endpoint_policy::Access,
        explain::{AddressPath, Explanation, Resolution},
        path::OwnRoute,
        reason,
    },
};
use std::collections::BTreeSet;

/// What speaks for the answer and what follows from the name, each a sentence
/// without its full stop.
pub(super) fn notes(of: &Explanation<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if let Target::Service(_) = of.destination.target {
        notes.push(reason::reason(&of.case));
    }
    notes.extend(list_note(of));
    if of.belongs && of.addresses.is_empty() && of.taken_by.is_none() && of.host.is_some() {
        // Without addresses, what holds for all of the service still helps.
        notes.push(format!(
            "as for all of {} in {}: {}",
            of.case.service().title(),
            of.case.region(),
            reason::reason(&of.case)
        ));
    }
    if let Some(host) = &of.host {
        notes.extend(bucket_note(of, host));
        notes.extend(name_note(of, host));
        notes.extend(region_note(of, host));
    }
    notes.extend(resolver_note(of));
    notes.extend(other_name_note(of));
    notes.extend(family_notes(of));
    if of.taken_by.is_none() && of.stays_local() {
        notes.push(
            "an address of the VPC itself stands behind the name: an interface endpoint or a host of your own"
                .to_owned(),
        );
    }
    notes
}

/// Which of the addresses are in the list that the endpoint's route serves.
fn list_note(of: &Explanation<'_>) -> Option<String> {
    let service = of.case.service();
    if !of.belongs {
        let what = match of.addresses.len() {
            0 => return None,
            1 => "the address is",
            _ => "the addresses are",
        };
        return Some(format!(
            "{what} in no prefix list of a service that has gateway endpoints in {}",
            of.case.region()
        ));
    }
    let list = match &of.case.service_model().addresses {
        Ok(addresses) => format!("{} ({})", addresses.list, addresses.service_name),
        Err(why) => {
            return (!of.addresses.is_empty())
                .then(|| format!("the prefix list of {} is not known: {why}", service.title()));
        }
    };
    // DNS64 makes two ways to one address.
    let count = |holds: &dyn Fn(&AddressPath<'_>) -> bool| {
        let v4 = of.addresses.iter().filter(|path| path.address.is_ipv4());
        let held = v4.filter(|path| holds(path));
        held.map(|path| path.address).collect::<BTreeSet<_>>().len()
    };
    let (all, listed) = (
        count(&|_| true),
        count(&|path| path.listed.is_some_and(|listed| listed.service == service)),
    );
    let what = match (listed, all) {
        (_, 0) => return None,
        (1, 1) => "the address is in".to_owned(),
        (0, 1) => "the address is not in".to_owned(),
        (2, 2) => "both IPv4 addresses are in".to_owned(),
        (listed, all) if listed == all => format!("all {all} IPv4 addresses are in"),
        (0, all) => format!("none of the {all} IPv4 addresses is in"),
        (listed, all) => format!("{listed} of the {all} IPv4 addresses are in"),
    };
    Some(format!(
        "{what} {list}, the addresses of {} in {} that a gateway endpoint serves{}",
        service.title(),
        of.case.region(),
        own_route(of)
    ))
}

/// Where the table leads the service's own list.
fn own_route(of: &Explanation<'_>) -> String {
    let Some(decision) = of.case.decision() else {
        return String::new();
    };
    let table = reason::table(&of.case);
    match &decision.own {
        OwnRoute::Missing => format!("; {table} has no route to that list"),
        OwnRoute::Unknown => format!("; where {table} leads that list is not known"),
        OwnRoute::Good(_)
        | OwnRoute::Blackhole { .. }
        | OwnRoute::WrongTarget { .. }
        | OwnRoute::Unavailable { .. } => format!(
            "; {table} leads that list to {}",
            reason::own_target(&decision.own)
        ),
    }
}

/// Which name stands for a bucket that is named alone, where it matters.
fn bucket_note(of: &Explanation<'_>, host: &HostName) -> Option<String> {
    let matters = of.destination.target == Target::Bucket
        && host.kind == NameKind::Regional
        && of.home_private_dns.is_some();
    matters.then(|| {
        format!(
            "SDKs ask for a bucket by its Regional name, here {}; if the bucket lives in another Region, give its URL there",
            host.host
        )
    })
}

fn name_note(of: &Explanation<'_>, host: &HostName) -> Option<String> {
    let name = &host.host;
    let note = match host.kind {
        NameKind::Regional
        | NameKind::Dashed
        | NameKind::AccessPoint
        | NameKind::Control
        | NameKind::ObjectLambda
        | NameKind::ExpressZonal
        | NameKind::ExpressControl
        | NameKind::DynamoDb => return None,
        NameKind::LegacyGlobal => return Some(legacy_note(of)),
        NameKind::Website => format!(
            "{name} is a website name of S3; AWS does not say whether its addresses are in the prefix list, so the addresses alone decide"
        ),
        NameKind::Accelerate => format!(
            "{name} is a Transfer Acceleration name: it leads to AWS edge locations, which gateway endpoints do not serve"
        ),
        NameKind::MultiRegionAccessPoint => format!(
            "{name} is a Multi-Region Access Point: it leads to one of several Regions by its own addresses, so the addresses alone decide"
        ),
        NameKind::Outposts => {
            format!("{name} is S3 on Outposts, which gateway endpoints do not serve")
        }
        NameKind::DynamoDbAccount => format!(
            "{name} is an account's own name of DynamoDB; AWS does not say whether its addresses are in the prefix list, so the addresses alone decide"
        ),
        NameKind::DynamoDbStreams => {
            format!("{name} is DynamoDB Streams, which gateway endpoints of DynamoDB do not serve")
        }
        NameKind::Dax => format!(
            "{name} is DAX: its clusters have private addresses in a VPC, and no gateway endpoint serves it"
        ),
        NameKind::InterfaceEndpoint => return Some(own_name_note(of, host)),
        NameKind::OtherAws => {
            format!("{name} is a name of another AWS service, which has no gateway endpoint")
        }
        NameKind::CloudFront => format!(
            "{name} is a CloudFront distribution: its edge locations are no addresses of S3, even where a bucket stands behind it"
        ),
        NameKind::Foreign => format!(
            "{name} is no name of an AWS service; only its addresses say whether S3 or DynamoDB stands behind it"
        ),
    };
    Some(note)
}

/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>.
fn legacy_note(of: &Explanation<'_>) -> String {
    let home = of.case.region();
    let host = of.host.as_ref().map_or("", |host| host.host.as_str());
    let at_home = |path: &AddressPath<'_>| {
        path.listed
            .is_some_and(|listed| listed.service == Service::S3)
    };
    if home.as_str() == "us-east-1" {
        return format!(
            "{host} is S3's legacy global name: DNS leads it to the Region of the bucket, which is us-east-1 unless the addresses say otherwise"
        );
    }
    let rule = format!(
        "{host} is S3's legacy global name: DNS leads it to the Region of the bucket, but to us-east-1 for a bucket that is new or does not exist"
    );
    if !of.addresses.iter().any(|path| path.address.is_ipv4()) {
        return rule;
    }
    let mut v4 = of.addresses.iter().filter(|path| path.address.is_ipv4());
    if v4.clone().all(at_home) {
        format!("{rule}; now it leads to {home}")
    } else if v4.any(at_home) {
        format!("{rule}; now it leads to {home} and elsewhere")
    } else {
        format!(
            "{rule}; now it does not lead to {home}: either the bucket lives in another Region, or DNS does not know it yet and requests make a detour by us-east-1"
        )
    }
}

fn own_name_note(of: &Explanation<'_>, host: &HostName) -> String {
    let name = &host.host;
    let Some(id) = &host.endpoint else {
        return format!(
            "{name} is an interface endpoint's own name and leads to private addresses"
        );
    };
    let known = of.case.model.network.endpoints.known();
    match known.and_then(|endpoints| endpoints.get(id)) {
        Some(endpoint) if endpoint.vpc == of.case.subnet.vpc => format!(
            "{name} is the own name of the interface endpoint {id} in this VPC: it leads to private addresses, by the local route, and PrivateLink bills each GB"
        ),
        Some(endpoint) => format!(
            "{name} is the own name of the interface endpoint {id} in {}, another VPC: it leads to private addresses there",
            endpoint.vpc
        ),
        None => format!(
            "{name} is the own name of the interface endpoint {id}, which is not among the endpoints that were seen: it leads to private addresses"
        ),
    }
}

/// A gateway endpoint serves its own Region alone.
/// Source: <https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html>.
fn region_note(of: &Explanation<'_>, host: &HostName) -> Option<String> {
    host.kind.service()?;
    let (named, home) = (host.region.as_ref()?, of.case.region());
    if named == home {
        return None;
    }
    Some(if of.addresses.iter().any(|path| path.listed.is_some()) {
        format!(
            "the name is of {named}, the subnet is in {home}, and yet an address is one of {home}: the addresses decide"
        )
    } else {
        format!(
            "the name is of {named}, the subnet is in {home}: a gateway endpoint serves the addresses of its own Region alone, so these follow the other routes"
        )
    })
}

/// Where addresses come from, and what the VPC's own resolver would say.
fn resolver_note(of: &Explanation<'_>) -> Option<String> {
    if let Some(endpoint) = of.taken_by {
        let also = if of.addresses.is_empty() {
            ""
        } else {
            "; the addresses below are what DNS says where this program runs"
        };
        return Some(format!(
            "{} has private DNS for the whole VPC: hosts that use the VPC's resolver get its private addresses for Regional names of S3, PrivateLink bills each GB, and the route table's endpoint route is not used for them{also}",
            endpoint.id
        ));
    }
    if let Some(endpoint) = of.private_dns {
        return Some(format!(
            "{} has private DNS for the whole VPC: {}hosts that use the VPC's resolver get its private addresses for Regional names of S3, whatever the routes say",
            endpoint.id,
            if_available(endpoint)
        ));
    }
    let asked = matches!(of.resolution, Resolution::Asked(addresses) if !addresses.is_empty());
    asked.then(|| {
        "DNS was asked where this program runs; hosts of the subnet may get other addresses: --addresses gives theirs"
            .to_owned()
    })
}

/// What private DNS does with the Regional name of what was asked for by
/// another name, which it does not answer for.
fn other_name_note(of: &Explanation<'_>) -> Option<String> {
    let endpoint = of.home_private_dns.filter(|_| of.private_dns.is_none())?;
    let (host, home) = (of.host.as_ref()?, of.case.region());
    host.kind
        .service()
        .filter(|service| *service == Service::S3)?;
    if host.region.as_ref().is_some_and(|region| region != home) {
        return None;
    }
    let regional = of
        .destination
        .regional_host(home)
        .map_or_else(|| format!("s3.{home}.{}", suffix(home)), |name| name.host);
    Some(format!(
        "the answer holds for {} alone: {} has private DNS for the whole VPC, so what asks for the Regional name {regional}, as SDKs do, goes to that interface endpoint{}",
        host.host,
        endpoint.id,
        match endpoint.is_available() {
            Some(_) => "",
            None => " if it is available, which the answer of AWS does not say",
        }
    ))
}

fn if_available(endpoint: &Endpoint) -> &'static str {
    match endpoint.is_available() {
        Some(_) => "",
        None => "if it is available, which the answer of AWS does not say, ",
    }
}

fn family_notes(of: &Explanation<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let subnet = of.case.subnet;
    let v6 = of.addresses.iter().filter(|path| path.address.is_ipv6());
    let v4 = of.addresses.iter().filter(|path| path.address.is_ipv4());
    let (v6, v4) = (v6.count(), v4.count());
    if v6 > 0 && v4 > 0 && !subnet.ipv6 && !subnet.ipv6_only {
        notes.push(
            "hosts of the subnet have no IPv6 addresses, so the IPv6 answers do not count"
                .to_owned(),
        );
    }
    if v6 > 0 && (subnet.ipv6 || subnet.ipv6_only) {
        notes.push(
            "IPv6 packets go by the IPv6 routes: an endpoint that serves IPv4 alone does not carry them"
                .to_owned(),
        );
    } else if v6 == 0 && (subnet.ipv6 || subnet.ipv6_only) {
        let dual = of.host.as_ref().is_some_and(|host| host.dual_stack);
        if dual {
            notes.push(
                "this is a dual-stack name and the subnet has IPv6: hosts may get IPv6 addresses, which go by the IPv6 routes"
                    .to_owned(),
            );
        }
    }
    if v4 > 0 && subnet.dns64 && subnet.ipv6_only {
        notes.push(
            "the subnet has IPv6 alone and DNS64: IPv4 addresses are reached as 64:ff9b::/96"
                .to_owned(),
        );
    } else if v4 > 0 && v6 == 0 && subnet.dns64 && subnet.ipv6 {
        notes.push(
            "the subnet has DNS64: a name without IPv6 addresses gets some of 64:ff9b::/96 as well, and hosts that prefer IPv6 send to those, by the IPv6 routes"
                .to_owned(),
        );
    }
    notes
}

/// Whether the endpoint's policy lets the bucket be read, in a sentence
/// without its full stop.
pub(super) fn access(endpoint: &str, bucket: &str, access: Access) -> String {
    match access {
        Access::Allows => {
            format!("the policy of {endpoint} allows reading from {bucket}")
        }
        Access::DoesNotAllow => format!(
            "the policy of {endpoint} does not allow reading from {bucket}: S3 refuses requests that take this endpoint"
        ),
        Access::CannotSay => format!(
            "the policy of {endpoint} does not say by itself whether {bucket} may be read: it depends on conditions, principals or what is asked"
        ),
    }
}
