//! What to do beside what the rules say: mostly, to use another name.

use crate::{
    domain::{destination, host_name::NameKind, ids::Region, service::Service},
    engine::explain::{Answer, Explanation},
};

/// What to do beside what the rules say: use another name.
pub(super) fn advice(of: &Explanation<'_>) -> Vec<String> {
    let home = of.case.region();
    let Some(host) = &of.host else {
        return Vec::new();
    };
    let mut v4 = of.addresses.iter().filter(|path| path.address.is_ipv4());
    let certain = of.answer == Answer::Endpoint
        || (v4.clone().next().is_some() && v4.all(|path| path.listed.is_some()));
    let mut advice = Vec::new();
    if of.addresses.is_empty() && of.taken_by.is_none() {
        advice.push(format!(
            "ask DNS on a host of the subnet (getent ahosts {}) and pass what it says as --addresses",
            host.host
        ));
    }
    // Where private DNS takes Regional names, they lead past the gateway endpoint.
    let regional = regional_url(of, home).filter(|_| of.home_private_dns.is_none());
    match host.kind {
        NameKind::LegacyGlobal if home.as_str() != "us-east-1" => {
            if let Some(url) = regional {
                let live = if certain { "" } else { ", if the bucket lives there" };
                advice.push(format!(
                    "use the Regional name, which leads to {home} from the first request on{live}: {url}"
                ));
            }
        }
        NameKind::Accelerate if !certain => {
            if let Some(url) = regional {
                advice.push(format!(
                    "use the Regional name from inside the VPC, if the bucket lives in {home}: {url}"
                ));
            }
        }
        NameKind::DynamoDbStreams if !certain => advice.push(format!(
            "create an interface endpoint for DynamoDB Streams (com.amazonaws.{home}.dynamodb-streams)"
        )),
        NameKind::Regional
        | NameKind::LegacyGlobal
        | NameKind::Dashed
        | NameKind::Website
        | NameKind::Accelerate
        | NameKind::AccessPoint
        | NameKind::MultiRegionAccessPoint
        | NameKind::Control
        | NameKind::ObjectLambda
        | NameKind::Outposts
        | NameKind::ExpressZonal
        | NameKind::ExpressControl
        | NameKind::DynamoDb
        | NameKind::DynamoDbAccount
        | NameKind::DynamoDbStreams
        | NameKind::Dax
        | NameKind::InterfaceEndpoint
        | NameKind::OtherAws
        | NameKind::CloudFront
        | NameKind::Foreign => {}
    }
    if let Some(region) = host.region.as_ref().filter(|region| *region != home)
        && host.kind.service() == Some(Service::S3)
    {
        advice.push(format!(
            "keep a copy of the bucket in {home} and read that, or create an interface endpoint for the S3 of {region} (cross-Region PrivateLink)"
        ));
    }
    if of.taken_by.is_some() {
        advice.push(
            "to send these names through the gateway endpoint, turn on PrivateDnsOnlyForInboundResolverEndpoint at the interface endpoint, or turn its private DNS off"
                .to_owned(),
        );
    }
    advice
}

/// The same object by the Regional name.
fn regional_url(of: &Explanation<'_>, home: &Region) -> Option<String> {
    let bucket = of.destination.bucket.as_deref()?;
    let key = of.destination.key.as_deref().unwrap_or_default();
    Some(format!(
        "https://{bucket}.s3.{home}.{}/{key}",
        destination::suffix(home)
    ))
}
