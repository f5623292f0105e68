//! The address of an SNS topic.

use std::{fmt, str::FromStr};

/// The ARN of an SNS topic. Its Region is where messages are published,
/// wherever the program runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicArn {
    arn: String,
    region: String,
}

/// Text that is no topic's ARN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the ARN of an SNS topic: expected `arn:aws:sns:<region>:<account>:<name>`")]
pub struct InvalidTopicArn(String);

impl TopicArn {
    /// The ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.arn
    }

    /// The topic's Region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Whether it is a FIFO topic: their names end so.
    #[must_use]
    pub fn is_fifo(&self) -> bool {
        self.arn.strip_suffix(".fifo").is_some()
    }
}

impl FromStr for TopicArn {
    type Err = InvalidTopicArn;

    fn from_str(given: &str) -> Result<Self, InvalidTopicArn> {
        let parts: Vec<&str> = given.split(':').collect();
        match parts.as_slice() {
            ["arn", partition, "sns", region, account, name]
                if partition.starts_with("aws")
                    && region.contains('-')
                    && account.len() == 12
                    && account.bytes().all(|b| b.is_ascii_digit())
                    && !name.is_empty() =>
            {
                Ok(Self {
                    arn: given.to_owned(),
                    region: (*region).to_owned(),
                })
            }
            _ => Err(InvalidTopicArn(given.to_owned())),
        }
    }
}

impl fmt::Display for TopicArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.arn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_comes_from_the_arn() {
        let arn: TopicArn = "arn:aws-cn:sns:cn-north-1:123456789012:alerts.fifo"
            .parse()
            .unwrap();
        assert_eq!((arn.region(), arn.is_fifo()), ("cn-north-1", true));
    }

    #[test]
    fn what_is_no_topic_is_refused() {
        for text in [
            "",
            "alerts",
            "arn:aws:sqs:eu-west-1:123456789012:alerts",
            "arn:aws:sns:eu-west-1:123456789012:alerts:6b0e71bd-subscription",
            "arn:aws:sns:eu-west-1:123456789012:",
            "arn:aws:sns::123456789012:alerts",
        ] {
            assert!(text.parse::<TopicArn>().is_err(), "{text}");
        }
    }
}
