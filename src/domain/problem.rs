//! What could not be read, kept as data: a report says it, nothing hides it.

use super::ids::{AccountId, Region};
use std::error::Error;

/// An error and what lies beneath it, in one line.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        // Some errors repeat what lies beneath them.
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text.replace('\n', " ")
}

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

impl Problem {
    /// What happened and what to do, in one line.
    #[must_use]
    pub fn line(&self) -> String {
        line(
            &self.operation,
            self.region.as_ref().map(Region::as_str),
            &self.code,
            &self.message,
            self.hint.as_deref(),
        )
    }
}

/// What happened and what to do, in one line.
#[must_use]
pub fn line(
    operation: &str,
    region: Option<&str>,
    code: &str,
    message: &str,
    hint: Option<&str>,
) -> String {
    format!(
        "{operation} in {} failed ({code}): {message}; {}",
        region.unwrap_or("all Regions"),
        hint.unwrap_or("run again")
    )
}
