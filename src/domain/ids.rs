//! Identifiers of AWS resources, one type each.
//!
//! Ids are kept inline (24 bytes hold `subnet-` and 17 hex digits), so that a
//! million subnets cost no allocation each, and are made of letters, digits,
//! `-` and `_` alone, so that they can stand in a shell command unquoted.

use super::partition;
use compact_str::CompactString;
use std::{fmt, str::FromStr};

/// An identifier that AWS would not have written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not a {kind}: expected {expected}")]
pub struct InvalidId {
    given: String,
    kind: &'static str,
    expected: &'static str,
}

fn refuse(given: &str, kind: &'static str, expected: &'static str) -> InvalidId {
    InvalidId {
        given: given.to_owned(),
        kind,
        expected,
    }
}

macro_rules! text_types {
    ($($(#[$doc:meta])* $name:ident: $kind:literal, $expected:expr, $valid:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(CompactString);

        impl $name {
            /// The text as AWS writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(given: &str) -> Result<Self, InvalidId> {
                let valid: fn(&str) -> bool = $valid;
                if valid(given) {
                    Ok(Self(given.into()))
                } else {
                    Err(refuse(given, $kind, $expected))
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(given: String) -> Result<Self, InvalidId> {
                given.parse()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident: $kind:literal, $prefix:literal;)+) => {
        text_types! {$(
            $(#[$doc])*
            $name: $kind, concat!("`", $prefix, "…`"), |given| has_prefix(given, $prefix);
        )+}
    };
}

fn has_prefix(given: &str, prefix: &str) -> bool {
    given.strip_prefix(prefix).is_some_and(|rest| {
        !rest.is_empty()
            && rest
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    })
}

ids! {
    /// A VPC.
    VpcId: "VPC id", "vpc-";
    /// A subnet.
    SubnetId: "subnet id", "subnet-";
    /// A route table.
    RouteTableId: "route table id", "rtb-";
    /// A VPC endpoint of any type.
    EndpointId: "VPC endpoint id", "vpce-";
    /// A prefix list, managed by AWS or by a customer.
    PrefixListId: "prefix list id", "pl-";
}

text_types! {
    /// An AWS account.
    AccountId: "account id", "12 digits", |given| {
        given.len() == 12 && given.bytes().all(|b| b.is_ascii_digit())
    };
    /// A Region, such as `eu-west-1`.
    Region: "Region", "a name such as `eu-west-1`", |given| {
        // Letters, among them a point of the compass, then a number: nothing
        // else that three words and a digit may be called, such as a date.
        let mut parts = given.rsplit('-');
        let number = parts.next().unwrap_or_default();
        let words: Vec<&str> = parts.collect();
        let points = ["north", "south", "east", "west", "central"];
        (1..=2).contains(&number.len())
            && number.bytes().all(|b| b.is_ascii_digit())
            && words.len() >= 2
            && words.iter().all(|word| {
                !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase())
            })
            && words.iter().any(|word| points.iter().any(|point| word.contains(point)))
    };
}

impl Region {
    /// The partition, as ARNs name it.
    #[must_use]
    pub fn partition(&self) -> &'static str {
        partition::partition(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_another_kind_is_refused_and_named() {
        let err = "igw-0a1b".parse::<SubnetId>().unwrap_err();
        assert_eq!(
            err.to_string(),
            "`igw-0a1b` is not a subnet id: expected `subnet-…`"
        );
    }

    #[test]
    fn an_id_that_a_shell_would_run_is_refused() {
        assert!("subnet-1;reboot".parse::<SubnetId>().is_err());
        assert!("subnet-".parse::<SubnetId>().is_err());
    }

    #[test]
    fn regions_of_every_partition_are_known_by_their_shape() {
        for good in ["eu-west-1", "us-gov-west-1", "cn-north-1", "us-isob-east-1"] {
            assert!(good.parse::<Region>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "eu-west",
            "EU-WEST-1",
            "eu--1",
            "all",
            "eu-west-1a",
            "my-work-2",
            "2026-11-23",
            "eu-nowhere-9",
            "eu west-1",
        ] {
            assert!(bad.parse::<Region>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_account_id_keeps_its_leading_zeros() {
        let id: AccountId = "000000000042".parse().unwrap();
        assert_eq!(id.as_str(), "000000000042");
        assert!("42".parse::<AccountId>().is_err());
    }

    #[test]
    fn a_subnet_id_of_today_needs_no_allocation() {
        let id: SubnetId = "subnet-0123456789abcdef0".parse().unwrap();
        assert!(!id.0.is_heap_allocated());
    }
}
