//! What could not be read, kept as data: a report says it, nothing hides it.

use super::ids::{AccountId, Region};

/// One question that got no usable answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The account asked, where it is known.
    pub account: Option<AccountId>,
    /// The Region asked; `None` where it concerns no single Region.
    pub region: Option<Region>,
    /// As in the IAM action, e.g. `ec2:DescribeRouteTables`.
    pub operation: String,
    /// AWS's error code, or one of ours for faults below AWS.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What a person can do about it.
    pub hint: Option<String>,
}
