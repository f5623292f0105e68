//! The partition of a Region: the second word of every ARN in it.

/// The starts of the names of Regions outside `aws`, and their partitions.
/// Source: `partitions.json` of AWS's endpoint rules, which every AWS SDK holds.
const OTHERS: [(&str, &str); 7] = [
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
];

/// The partition of a Region. A Region that nobody knows yet is taken to be in
/// `aws`, as the SDKs take it.
#[must_use]
pub fn partition(region: &str) -> &'static str {
    OTHERS
        .iter()
        .find(|(start, _)| region.starts_with(start))
        .map_or("aws", |(_, partition)| partition)
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
