//! What was seen of traffic, as typed facts.

pub mod metrics;

use crate::domain::ids::{AccountId, Region};
use jiff::{SignedDuration, Timestamp};
use metrics::MetricsAnswer;
use std::collections::BTreeMap;

/// A stretch of time, `start` included, `end` not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
}

impl Window {
    /// How long it is.
    #[must_use]
    pub fn duration(&self) -> SignedDuration {
        self.end.duration_since(self.start)
    }
}

/// All evidence of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The time that was asked about.
    pub window: Window,
    /// Endpoint metrics by account and Region. What is not in the map was not asked.
    pub metrics: BTreeMap<(Option<AccountId>, Region), MetricsAnswer>,
}

impl Evidence {
    /// No question about traffic was asked.
    #[must_use]
    pub fn none(window: Window) -> Self {
        Self {
            window,
            metrics: BTreeMap::new(),
        }
    }
}
