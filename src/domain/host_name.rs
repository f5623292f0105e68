//! What a host name says by itself: of which service and Region it is, and of
//! which bucket. Nothing is asked: a name that only leads to S3 by DNS, such
//! as a domain of one's own, is [`NameKind::Foreign`].
//!
//! Sources: <https://docs.aws.amazon.com/general/latest/gr/s3.html>,
//! <https://docs.aws.amazon.com/general/latest/gr/ddb.html> and
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>.

use super::{
    ids::{EndpointId, Region},
    partition,
    service::Service,
};

/// What kind of name it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameKind {
    /// `[bucket.]s3.<region>`, dual-stack and FIPS names too.
    Regional,
    /// `[bucket.]s3.amazonaws.com`, which names no Region.
    LegacyGlobal,
    /// `[bucket.]s3-<region>`: older, and of one Region.
    Dashed,
    /// `bucket.s3-website-<region>` or `bucket.s3-website.<region>`.
    Website,
    /// `bucket.s3-accelerate`: edge locations.
    Accelerate,
    /// `name-account.s3-accesspoint.<region>`.
    AccessPoint,
    /// `alias.mrap.accesspoint.s3-global`.
    MultiRegionAccessPoint,
    /// `[account.]s3-control.<region>`.
    Control,
    /// `name-account.s3-object-lambda.<region>`.
    ObjectLambda,
    /// `…s3-outposts.<region>`.
    Outposts,
    /// `[bucket.]s3express-<zone>.<region>`.
    ExpressZonal,
    /// `s3express-control.<region>`.
    ExpressControl,
    /// `dynamodb.<region>`.
    DynamoDb,
    /// `<account>.ddb.<region>`.
    DynamoDbAccount,
    /// `streams.dynamodb.<region>`: another service behind a similar name.
    DynamoDbStreams,
    /// A DAX cluster or its control plane.
    Dax,
    /// `….vpce-….<service>.<region>.vpce`: one interface endpoint's own name.
    InterfaceEndpoint,
    /// Another service of AWS.
    OtherAws,
    /// A `CloudFront` distribution.
    CloudFront,
    /// Nothing that AWS names.
    Foreign,
}

impl NameKind {
    /// What to call it, as the end of "this is …".
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Regional => "a Regional name of S3",
            Self::LegacyGlobal => "S3's legacy global name, which names no Region",
            Self::Dashed => "an older Regional name of S3",
            Self::Website => "a website name of S3",
            Self::Accelerate => "an S3 Transfer Acceleration name",
            Self::AccessPoint => "an S3 access point",
            Self::MultiRegionAccessPoint => "an S3 Multi-Region Access Point",
            Self::Control => "S3's control plane",
            Self::ObjectLambda => "an S3 Object Lambda access point",
            Self::Outposts => "S3 on Outposts",
            Self::ExpressZonal => "a zonal name of S3 Express One Zone",
            Self::ExpressControl => "the control plane of S3 Express One Zone",
            Self::DynamoDb => "DynamoDB's Regional name",
            Self::DynamoDbAccount => "an account's own name of DynamoDB",
            Self::DynamoDbStreams => "DynamoDB Streams",
            Self::Dax => "DynamoDB Accelerator (DAX)",
            Self::InterfaceEndpoint => "an interface endpoint's own name",
            Self::OtherAws => "a name of another AWS service",
            Self::CloudFront => "a CloudFront distribution",
            Self::Foreign => "no name of an AWS service",
        }
    }

    /// The name in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Regional => "regional",
            Self::LegacyGlobal => "legacy_global",
            Self::Dashed => "dashed",
            Self::Website => "website",
            Self::Accelerate => "accelerate",
            Self::AccessPoint => "access_point",
            Self::MultiRegionAccessPoint => "multi_region_access_point",
            Self::Control => "control",
            Self::ObjectLambda => "object_lambda",
            Self::Outposts => "outposts",
            Self::ExpressZonal => "express_zonal",
            Self::ExpressControl => "express_control",
            Self::DynamoDb => "dynamodb",
            Self::DynamoDbAccount => "dynamodb_account",
            Self::DynamoDbStreams => "dynamodb_streams",
            Self::Dax => "dax",
            Self::InterfaceEndpoint => "interface_endpoint",
            Self::OtherAws => "other_aws",
            Self::CloudFront => "cloudfront",
            Self::Foreign => "foreign",
        }
    }

    /// The service whose gateway endpoint is meant to carry it; `None` where
    /// no gateway endpoint is.
    #[must_use]
    pub fn service(self) -> Option<Service> {
        match self {
            Self::Regional
            | Self::LegacyGlobal
            | Self::Dashed
            | Self::Website
            | Self::AccessPoint
            | Self::Control
            | Self::ObjectLambda => Some(Service::S3),
            Self::ExpressZonal | Self::ExpressControl => Some(Service::S3Express),
            Self::DynamoDb | Self::DynamoDbAccount => Some(Service::DynamoDb),
            Self::Accelerate
            | Self::MultiRegionAccessPoint
            | Self::Outposts
            | Self::DynamoDbStreams
            | Self::Dax
            | Self::InterfaceEndpoint
            | Self::OtherAws
            | Self::CloudFront
            | Self::Foreign => None,
        }
    }
}

/// A host name and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostName {
    /// In lower case, without the trailing dot.
    pub host: String,
    /// What kind of name it is.
    pub kind: NameKind,
    /// The Region that it names.
    pub region: Option<Region>,
    /// The bucket that it names.
    pub bucket: Option<String>,
    /// Whether it may resolve to IPv6 addresses too.
    pub dual_stack: bool,
    /// Whether it leads to a FIPS endpoint.
    pub fips: bool,
    /// The endpoint whose own name it is.
    pub endpoint: Option<EndpointId>,
}

/// A host name without the end that names of AWS's services have, and
/// whether that is the end of names with IPv6 addresses.
fn without_suffix(host: &str) -> Option<(&str, bool)> {
    let without = |suffix| host.strip_suffix(suffix)?.strip_suffix('.');
    partition::all().iter().find_map(|partition| {
        let plain = without(partition.suffix).map(|rest| (rest, false));
        plain.or_else(|| without(partition.dual_stack_suffix).map(|rest| (rest, true)))
    })
}

impl HostName {
    /// Reads a host name.
    #[must_use]
    pub fn read(host: &str) -> Self {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let foreign = Self {
            kind: if host.ends_with(".cloudfront.net") {
                NameKind::CloudFront
            } else {
                NameKind::Foreign
            },
            host: host.clone(),
            region: None,
            bucket: None,
            dual_stack: false,
            fips: false,
            endpoint: None,
        };
        let Some((rest, dual_stack)) = without_suffix(&host) else {
            return foreign;
        };
        let labels: Vec<&str> = rest.split('.').collect();
        let read = interface_endpoint(&labels)
            // `s3-us-west-2` has the shape of a Region itself.
            .or_else(|| without_region(&labels))
            .or_else(|| regional(&labels));
        let read = read.unwrap_or(Read::of(NameKind::OtherAws, &[]));
        let names_bucket = matches!(
            read.kind,
            NameKind::Regional
                | NameKind::LegacyGlobal
                | NameKind::Dashed
                | NameKind::Website
                | NameKind::Accelerate
                | NameKind::ExpressZonal
                | NameKind::InterfaceEndpoint
        );
        Self {
            kind: read.kind,
            region: read.region,
            bucket: (names_bucket && !read.before.is_empty()).then(|| read.before.join(".")),
            dual_stack: read.dual_stack || dual_stack,
            fips: read.fips,
            endpoint: read.endpoint,
            ..foreign
        }
    }
}

/// What was read from the labels, and those before them.
struct Read<'l> {
    kind: NameKind,
    region: Option<Region>,
    dual_stack: bool,
    fips: bool,
    endpoint: Option<EndpointId>,
    before: &'l [&'l str],
}

impl<'l> Read<'l> {
    fn of(kind: NameKind, before: &'l [&'l str]) -> Self {
        Self {
            kind,
            region: None,
            dual_stack: false,
            fips: false,
            endpoint: None,
            before,
        }
    }
}

/// `….vpce-0a1b-x9y8.s3.eu-west-1.vpce`; a zone may follow the endpoint's id.
fn interface_endpoint<'l>(labels: &'l [&'l str]) -> Option<Read<'l>> {
    let (last, rest) = labels.split_last()?;
    if *last != "vpce" {
        return None;
    }
    let at = rest.iter().position(|label| label.starts_with("vpce-"))?;
    let id = rest[at].split('-').take(2).collect::<Vec<_>>().join("-");
    // `bucket.vpce-…` serves buckets by path, `name.bucket.vpce-…` names one.
    let before = match rest[..at].split_last() {
        Some((&"bucket", bucket)) => bucket,
        Some(_) | None => &[],
    };
    Some(Read {
        region: rest.last().and_then(|label| label.parse().ok()),
        endpoint: id.parse().ok(),
        ..Read::of(NameKind::InterfaceEndpoint, before)
    })
}

/// Names that end in a Region: `before.service[.dualstack].<region>`.
fn regional<'l>(labels: &'l [&'l str]) -> Option<Read<'l>> {
    let (region, rest) = labels.split_last()?;
    let region: Region = region.parse().ok()?;
    let (rest, dual_stack) = match rest.split_last() {
        Some((&"dualstack", rest)) => (rest, true),
        Some(_) | None => (rest, false),
    };
    let (service, before) = rest.split_last()?;
    let plain = service.strip_suffix("-fips").unwrap_or(service);
    let fips = plain != *service || service.starts_with("s3express-fips-");
    let (kind, before) = match (plain, before.split_last()) {
        ("s3", _) => (NameKind::Regional, before),
        ("s3-website", _) => (NameKind::Website, before),
        ("s3-accesspoint", _) => (NameKind::AccessPoint, before),
        ("s3-control", _) => (NameKind::Control, before),
        ("s3-object-lambda", _) => (NameKind::ObjectLambda, before),
        ("s3-outposts", _) => (NameKind::Outposts, before),
        ("s3express-control", _) => (NameKind::ExpressControl, before),
        ("dynamodb", Some((&"streams", _))) | ("streams-dynamodb" | "streams-ddb", _) => {
            (NameKind::DynamoDbStreams, before)
        }
        ("dynamodb", _) => (NameKind::DynamoDb, before),
        ("ddb", _) => (NameKind::DynamoDbAccount, before),
        ("dax" | "dax-clusters", _) => (NameKind::Dax, before),
        (zonal, _) if zonal.starts_with("s3express-") => (NameKind::ExpressZonal, before),
        (_, _) => (NameKind::OtherAws, before),
    };
    Some(Read {
        region: Some(region),
        dual_stack,
        fips,
        ..Read::of(kind, before)
    })
}

/// Names whose last label is the service, with or without a Region in it.
fn without_region<'l>(labels: &'l [&'l str]) -> Option<Read<'l>> {
    let (last, before) = labels.split_last()?;
    match (*last, before.split_last()) {
        ("s3", _) => return Some(Read::of(NameKind::LegacyGlobal, before)),
        ("s3-accelerate", _) => return Some(Read::of(NameKind::Accelerate, before)),
        ("dualstack", Some((&"s3-accelerate", before))) => {
            return Some(Read {
                dual_stack: true,
                ..Read::of(NameKind::Accelerate, before)
            });
        }
        ("s3-global", Some((&"accesspoint", before))) => {
            return Some(Read::of(NameKind::MultiRegionAccessPoint, before));
        }
        // An old name of us-east-1.
        ("s3-external-1", _) => {
            return Some(Read {
                region: "us-east-1".parse().ok(),
                ..Read::of(NameKind::Dashed, before)
            });
        }
        (_, _) => {}
    }
    let rest = last.strip_prefix("s3-")?;
    let (kind, region) = match rest.strip_prefix("website-") {
        Some(region) => (NameKind::Website, region),
        None => (NameKind::Dashed, rest.strip_prefix("fips-").unwrap_or(rest)),
    };
    Some(Read {
        region: Some(region.parse().ok()?),
        fips: rest.starts_with("fips-"),
        ..Read::of(kind, before)
    })
}
