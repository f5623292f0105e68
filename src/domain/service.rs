//! The services that have gateway endpoints. A new one is added here.

use super::ids::Region;
use std::{fmt, str::FromStr};

/// A service whose traffic can take a gateway endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Amazon S3.
    S3,
    /// Amazon DynamoDB.
    DynamoDb,
    /// Amazon S3 Express One Zone: directory buckets have an endpoint of their own.
    S3Express,
}

/// A service name that this release does not audit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a service with gateway endpoints: allowed are s3, dynamodb, s3express")]
pub struct UnknownService(String);

impl Service {
    /// Every service, in the order of reports.
    pub const ALL: [Self; 3] = [Self::S3, Self::DynamoDb, Self::S3Express];

    /// The name in endpoint services, prefix lists and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::DynamoDb => "dynamodb",
            Self::S3Express => "s3express",
        }
    }

    /// The name people know.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::S3 => "S3",
            Self::DynamoDb => "DynamoDB",
            Self::S3Express => "S3 Express One Zone",
        }
    }

    /// Whether the service has public names that resolve to IPv6 addresses.
    ///
    /// S3 and S3 Express have dual-stack names everywhere; DynamoDB in some
    /// Regions only (`dynamodb.<region>.api.aws`).
    /// Source: <https://docs.aws.amazon.com/general/latest/gr/ddb.html>, read 2026-11.
    #[must_use]
    pub fn answers_over_ipv6(self, region: &Region) -> bool {
        match self {
            Self::S3 | Self::S3Express => true,
            Self::DynamoDb => matches!(
                region.as_str(),
                "us-east-1"
                    | "us-east-2"
                    | "us-west-1"
                    | "us-west-2"
                    | "us-gov-east-1"
                    | "us-gov-west-1"
            ),
        }
    }

    /// The service behind an endpoint service name or the name of an
    /// AWS-managed prefix list of `region`.
    ///
    /// The part before the Region differs between partitions
    /// (`com.amazonaws.eu-west-1.s3`, `cn.com.amazonaws.cn-north-1.s3`), so
    /// the end is compared, and it exactly: `s3-outposts`, `s3-fips` and
    /// another Region's S3 are other services.
    #[must_use]
    pub fn of_service_name(name: &str, region: &Region) -> Option<Self> {
        Self::of_tail(name, region, "")
    }

    /// The service behind the name of an AWS-managed list of IPv6 addresses.
    ///
    /// AWS does not document the name of the IPv6 list of S3; other services
    /// use `com.amazonaws.<region>.ipv6.<service>`.
    #[must_use]
    pub fn of_ipv6_list_name(name: &str, region: &Region) -> Option<Self> {
        Self::of_tail(name, region, "ipv6.")
    }

    fn of_tail(name: &str, region: &Region, infix: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| {
            name.strip_suffix(service.name())
                .and_then(|rest| rest.strip_suffix(infix))
                .and_then(|rest| rest.strip_suffix('.'))
                .and_then(|rest| rest.strip_suffix(region.as_str()))
                .is_some_and(|rest| rest.ends_with('.'))
        })
    }
}

impl FromStr for Service {
    type Err = UnknownService;

    fn from_str(given: &str) -> Result<Self, UnknownService> {
        Self::ALL
            .into_iter()
            .find(|service| service.name() == given)
            .ok_or_else(|| UnknownService(given.to_owned()))
    }
}

impl TryFrom<String> for Service {
    type Error = UnknownService;

    fn try_from(given: String) -> Result<Self, UnknownService> {
        given.parse()
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_service_of_the_region_counts() {
        let region: Region = "us-east-1".parse().unwrap();
        let of = |name| Service::of_service_name(name, &region);
        assert_eq!(of("com.amazonaws.us-east-1.s3"), Some(Service::S3));
        assert_eq!(
            of("cn.com.amazonaws.us-east-1.dynamodb"),
            Some(Service::DynamoDb)
        );
        assert_eq!(
            of("com.amazonaws.us-east-1.s3express"),
            Some(Service::S3Express)
        );
        for other in [
            "com.amazonaws.us-east-1.s3-outposts",
            "com.amazonaws.us-east-1.s3-fips",
            "com.amazonaws.us-west-1.s3",
            "com.amazonaws.s3-global.accesspoint",
            "com.amazonaws.us-east-1.ipv6.s3",
            "com.amazonaws.gov-us-east-1.s3",
            "s3",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn the_ipv6_list_is_told_from_the_ipv4_list() {
        let region: Region = "us-east-1".parse().unwrap();
        assert_eq!(
            Service::of_ipv6_list_name("com.amazonaws.us-east-1.ipv6.s3", &region),
            Some(Service::S3)
        );
        assert_eq!(
            Service::of_ipv6_list_name("com.amazonaws.us-east-1.s3", &region),
            None
        );
    }
}
