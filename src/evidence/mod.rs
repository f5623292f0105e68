//! What was seen of traffic, as typed facts.

pub mod metrics;

use crate::domain::ids::{AccountId, Region};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
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
    /// The `hours` before `end`. It starts where a period of its sums does,
    /// since CloudWatch would move the start there by itself.
    #[must_use]
    pub fn before(end: Timestamp, hours: u16) -> Self {
        let whole = Self {
            start: end.checked_sub(i64::from(hours).hours()).unwrap_or(end),
            end,
        };
        let start = whole.start.as_second();
        let aligned = start - start.rem_euclid(whole.period_seconds().into());
        Self {
            start: Timestamp::from_second(aligned).unwrap_or(end),
            end,
        }
    }

    /// How many seconds one sum of a metric covers: five minutes for up to a
    /// day, else an hour, so that 500 metrics come in a page or two. Both are
    /// kept for longer than any window reaches back (63 and 455 days).
    #[must_use]
    pub fn period_seconds(&self) -> i32 {
        if self.duration().as_hours() <= 24 {
            300
        } else {
            3600
        }
    }

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
    /// The time that an answer is about, where it is not `window`: saved
    /// accounts may have been saved one after the other.
    pub windows: BTreeMap<(Option<AccountId>, Region), Window>,
}

impl Evidence {
    /// No question about traffic was asked.
    #[must_use]
    pub fn none(window: Window) -> Self {
        Self {
            window,
            metrics: BTreeMap::new(),
            windows: BTreeMap::new(),
        }
    }
}
