//! The partitions of AWS: what the ARNs and the host names in each look like.

/// A partition. Source: `partitions.json` of AWS's endpoint rules, which every AWS SDK holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    /// The second word of every ARN in it.
    pub id: &'static str,
    /// How the names of its Regions start; those of `aws` in many ways.
    start: &'static str,
    /// How host names end.
    pub suffix: &'static str,
    /// How those host names end that have IPv6 addresses, too.
    pub dual_stack_suffix: &'static str,
}

const fn partition_of(
    id: &'static str,
    start: &'static str,
    suffix: &'static str,
    dual_stack_suffix: &'static str,
) -> Partition {
    Partition {
        id,
        start,
        suffix,
        dual_stack_suffix,
    }
}

const AWS: Partition = partition_of("aws", "", "amazonaws.com", "api.aws");

/// The last one takes every Region that is in no other.
const ALL: [Partition; 8] = [
    partition_of(
        "aws-cn",
        "cn-",
        "amazonaws.com.cn",
        "api.amazonwebservices.com.cn",
    ),
    partition_of("aws-us-gov", "us-gov-", "amazonaws.com", "api.aws"),
    partition_of("aws-iso", "us-iso-", "c2s.ic.gov", "api.aws.ic.gov"),
    partition_of("aws-iso-b", "us-isob-", "sc2s.sgov.gov", "api.aws.scloud"),
    partition_of(
        "aws-iso-f",
        "us-isof-",
        "csp.hci.ic.gov",
        "api.aws.hci.ic.gov",
    ),
    partition_of(
        "aws-iso-e",
        "eu-isoe-",
        "cloud.adc-e.uk",
        "api.cloud-aws.adc-e.uk",
    ),
    partition_of(
        "aws-eusc",
        "eusc-",
        "amazonaws.eu",
        "api.amazonwebservices.eu",
    ),
    AWS,
];

/// All of them.
#[must_use]
pub fn all() -> &'static [Partition] {
    &ALL
}

/// The partition of a Region. A Region that nobody knows yet is taken to be in
/// `aws`, as the SDKs take it.
#[must_use]
pub fn of_region(region: &str) -> &'static Partition {
    ALL.iter()
        .find(|partition| region.starts_with(partition.start))
        .unwrap_or(&AWS)
}

/// The partition that an ARN names; `None` where it is none that is known.
#[must_use]
pub fn of_arn(id: &str) -> Option<&'static Partition> {
    ALL.iter().find(|partition| partition.id == id)
}

/// The partition of a Region, as ARNs name it.
#[must_use]
pub fn partition(region: &str) -> &'static str {
    of_region(region).id
}

#[cfg(test)]
mod tests {
    use super::partition;

    #[test]
    fn an_arn_in_china_or_for_a_government_is_not_one_of_the_commercial_cloud() {
        for (region, expected) in [
            ("eu-west-1", "aws"),
            ("us-east-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("us-isof-south-1", "aws-iso-f"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            assert_eq!(partition(region), expected, "{region}");
        }
    }
}
