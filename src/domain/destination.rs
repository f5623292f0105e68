//! What a person names when asking where packets go: a URL, a host name, a
//! bucket, an ARN, an address or a service.

use super::{
    host_name::{HostName, NameKind},
    ids::Region,
    partition,
    service::Service,
};
use ipnet::IpNet;
use std::{net::IpAddr, str::FromStr};
use url::{Host, Url};

/// A text that names no destination.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{given}` names no destination ({why}): give a URL, a host name, a bucket, s3://bucket/key, an ARN, an IP address, or one of s3, dynamodb, s3express"
)]
pub struct InvalidDestination {
    given: String,
    why: String,
}

/// What is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Every address of a service.
    Service(Service),
    /// One address.
    Address(IpAddr),
    /// A bucket, by its name alone: where it lives is not said.
    Bucket,
    /// A host name, written out or following from an ARN.
    Host(HostName),
}

/// A destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// As it was given, but for the secrets that a URL may hold.
    pub given: String,
    /// What is named.
    pub target: Target,
    /// The bucket, where one is named.
    pub bucket: Option<String>,
    /// The object's key, where one is named.
    pub key: Option<String>,
}

impl Destination {
    /// Everything of a service.
    #[must_use]
    pub fn service(service: Service) -> Self {
        Self {
            given: service.name().to_owned(),
            target: Target::Service(service),
            bucket: None,
            key: None,
        }
    }

    /// What kind of text it was, as the name in documents.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.target {
            Target::Service(_) => "service",
            Target::Address(_) => "address",
            Target::Bucket => "bucket",
            Target::Host(_) => "host",
        }
    }

    /// The host name that hosts in `home` would ask for; `None` where there is none to ask.
    ///
    /// A bucket is asked for by its global name where there is one, since DNS
    /// leads that to the Region that the bucket lives in.
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>.
    #[must_use]
    pub fn host(&self, home: &Region) -> Option<HostName> {
        match &self.target {
            Target::Service(_) | Target::Address(_) => None,
            Target::Host(host) => Some(host.clone()),
            Target::Bucket => {
                let bucket = self.bucket.as_deref()?;
                // Other partitions have Regional names only.
                if zone_of(bucket).is_some() || home.partition() != "aws" {
                    return self.regional_host(home);
                }
                Some(HostName::read(&format!("{bucket}.s3.{}", suffix(home))))
            }
        }
    }

    /// The bucket's name in `home`, as SDKs ask for it; `None` where no bucket is named.
    #[must_use]
    pub fn regional_host(&self, home: &Region) -> Option<HostName> {
        let bucket = self.bucket.as_deref()?;
        let suffix = suffix(home);
        let host = match zone_of(bucket) {
            Some(zone) => format!("{bucket}.s3express-{zone}.{home}.{suffix}"),
            None => format!("{bucket}.s3.{home}.{suffix}"),
        };
        Some(HostName::read(&host))
    }

    /// The service that the text itself names; `None` where it names none
    /// that has gateway endpoints.
    #[must_use]
    pub fn named_service(&self) -> Option<Service> {
        match &self.target {
            Target::Service(service) => Some(*service),
            Target::Address(_) => None,
            Target::Bucket => Some(match self.bucket.as_deref().and_then(zone_of) {
                Some(_) => Service::S3Express,
                None => Service::S3,
            }),
            Target::Host(host) => host.kind.service(),
        }
    }
}

/// The end of host names in the partition of a Region.
#[must_use]
pub fn suffix(region: &Region) -> &'static str {
    partition::of_region(region.as_str()).suffix
}

/// The zone of a directory bucket, `usw2-az1` of `logs--usw2-az1--x-s3`.
fn zone_of(bucket: &str) -> Option<&str> {
    let (_, zone) = bucket.strip_suffix("--x-s3")?.rsplit_once("--")?;
    Some(zone)
}

impl FromStr for Destination {
    type Err = InvalidDestination;

    fn from_str(given: &str) -> Result<Self, InvalidDestination> {
        let text = given.trim();
        let destination = if let Ok(service) = text.parse::<Service>() {
            Ok(Self::service(service))
        } else if text.starts_with("arn:") {
            arn(text)
        } else if let Some(rest) = text.strip_prefix("s3://") {
            if rest.starts_with("arn:") {
                arn(rest)
            } else {
                bucket(rest)
            }
        } else if let Ok(address) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(plain(Target::Address(address)))
        } else if text.parse::<IpNet>().is_ok() {
            Err("it is a block of addresses; give one of them".to_owned())
        } else if text.contains("://") {
            url(text)
        } else if text.contains(['.', ':', '/', '@']) {
            url(&format!("https://{text}"))
        } else {
            bucket(text)
        };
        match destination {
            Ok(destination) => Ok(Self {
                given: shown(text),
                ..destination
            }),
            Err(why) => Err(InvalidDestination {
                given: shown(given),
                why,
            }),
        }
    }
}

/// The text without what may be a secret and leads nowhere else: a user and a
/// password, and what follows the path of a URL, such as a signature.
fn shown(text: &str) -> String {
    if text.starts_with("s3://") || text.starts_with("arn:") {
        return text.to_owned();
    }
    let end = text.find(['?', '#']).unwrap_or(text.len());
    let (scheme, rest) = match text[..end].split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), &text[..end]),
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}{host}{path}")
}

fn plain(target: Target) -> Destination {
    Destination {
        given: String::new(),
        target,
        bucket: None,
        key: None,
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// `bucket` or `bucket/key`.
fn bucket(text: &str) -> Result<Destination, String> {
    let (bucket, key) = text.split_once('/').unwrap_or((text, ""));
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
    // Old buckets in us-east-1 may have upper case and up to 255 characters;
    // no host name can hold those, so they are not taken.
    if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(good) {
        return Err("a bucket has 3 to 63 lower-case letters, digits, dots and hyphens".to_owned());
    }
    Ok(Destination {
        bucket: some(bucket),
        key: some(key),
        ..plain(Target::Bucket)
    })
}

fn url(text: &str) -> Result<Destination, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("nothing is known of `{}:`", url.scheme()));
    }
    let host = match url.host() {
        Some(Host::Domain(host)) => HostName::read(host),
        Some(Host::Ipv4(address)) if text.contains(&address.to_string()) => {
            return Ok(plain(Target::Address(address.into())));
        }
        // Browsers read `52.218.1` as 52.218.0.1; nobody means that here.
        Some(Host::Ipv4(_)) => return Err("an IPv4 address has four numbers".to_owned()),
        Some(Host::Ipv6(address)) => return Ok(plain(Target::Address(address.into()))),
        None => return Err("it has no host".to_owned()),
    };
    if host.host.is_empty() {
        return Err("it has no host".to_owned());
    }
    let path = url.path().trim_start_matches('/');
    let by_path = host.bucket.is_none()
        && matches!(
            host.kind,
            NameKind::Regional
                | NameKind::LegacyGlobal
                | NameKind::Dashed
                | NameKind::InterfaceEndpoint
        );
    let (bucket, key) = if by_path {
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        (some(bucket), some(key))
    } else {
        let key = host.bucket.as_ref().and_then(|_| some(path));
        (host.bucket.clone(), key)
    };
    Ok(Destination {
        bucket,
        key,
        ..plain(Target::Host(host))
    })
}

/// `arn:partition:service:region:account:resource`.
fn arn(text: &str) -> Result<Destination, String> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [_, partition, service, region, account, resource] = parts.as_slice() else {
        return Err("an ARN has six parts".to_owned());
    };
    let suffix = partition::of_arn(partition)
        .unwrap_or_else(|| partition::of_region(region))
        .suffix;
    let in_region = || match region.parse::<Region>() {
        Ok(region) => Ok(region),
        Err(_) => Err("an ARN of this kind names a Region".to_owned()),
    };
    let (kind, name) = resource.split_once(['/', ':']).unwrap_or((resource, ""));
    let name = name.split('/').next().unwrap_or_default();
    let host = match (*service, kind) {
        ("s3", "accesspoint") if region.is_empty() => {
            format!("{name}.accesspoint.s3-global.{suffix}")
        }
        ("s3", "accesspoint") => {
            format!("{name}-{account}.s3-accesspoint.{}.{suffix}", in_region()?)
        }
        ("s3-object-lambda", "accesspoint") => {
            format!(
                "{name}-{account}.s3-object-lambda.{}.{suffix}",
                in_region()?
            )
        }
        ("s3", _) => return bucket(resource),
        ("s3express", "bucket") => {
            let zone = zone_of(name).ok_or("a directory bucket's name ends in --zone--x-s3")?;
            format!("{name}.s3express-{zone}.{}.{suffix}", in_region()?)
        }
        ("dynamodb", "table") if resource.contains("/stream/") => {
            format!("streams.dynamodb.{}.{suffix}", in_region()?)
        }
        ("dynamodb", _) => format!("dynamodb.{}.{suffix}", in_region()?),
        (other, _) => {
            return Err(format!("`{other}` has no gateway endpoints"));
        }
    };
    let host = HostName::read(&host);
    Ok(Destination {
        bucket: host.bucket.clone(),
        ..plain(Target::Host(host))
    })
}
