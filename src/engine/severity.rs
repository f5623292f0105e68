//! How much a finding matters.

use serde::{Serialize, Serializer};
use std::{fmt, str::FromStr};

/// Ordered, worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; never a violation.
    Info,
    /// Untidy, or harmless today.
    Low,
    /// Weakens the private path, or hides something.
    Medium,
    /// Traffic leaves the private path, or cannot flow.
    High,
    /// Traffic was seen leaving the private path.
    Critical,
}

/// A severity that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a severity: allowed are critical, high, medium, low, info")]
pub struct UnknownSeverity(String);

impl Severity {
    /// Every severity, worst first.
    pub const ALL: [Self; 5] = [
        Self::Critical,
        Self::High,
        Self::Medium,
        Self::Low,
        Self::Info,
    ];

    /// The name in reports and configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Severity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl FromStr for Severity {
    type Err = UnknownSeverity;

    fn from_str(given: &str) -> Result<Self, UnknownSeverity> {
        Self::ALL
            .into_iter()
            .find(|severity| severity.name() == given)
            .ok_or_else(|| UnknownSeverity(given.to_owned()))
    }
}

impl TryFrom<String> for Severity {
    type Error = UnknownSeverity;

    fn try_from(given: String) -> Result<Self, UnknownSeverity> {
        given.parse()
    }
}
