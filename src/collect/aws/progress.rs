//! How far a run has got, for whoever watches it.

use aws_sdk_ec2::config::{
    ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextRef,
};
use aws_sdk_ec2::error::BoxError;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

/// Counters that a run moves and a watcher reads at any time.
#[derive(Debug, Default)]
pub struct Progress {
    regions: AtomicUsize,
    regions_done: AtomicUsize,
    calls: AtomicUsize,
}

impl Progress {
    /// Regions to ask; 0 until they are known.
    pub fn regions(&self) -> usize {
        self.regions.load(Relaxed)
    }

    /// Regions that have answered, or failed to.
    pub fn regions_done(&self) -> usize {
        self.regions_done.load(Relaxed)
    }

    /// HTTP requests sent so far, those that were sent again included.
    pub fn calls(&self) -> usize {
        self.calls.load(Relaxed)
    }

    pub(super) fn expect_regions(&self, count: usize) {
        self.regions.store(count, Relaxed);
    }

    pub(super) fn region_is_done(&self) {
        self.regions_done.fetch_add(1, Relaxed);
    }
}

/// Counts each request of a client.
#[derive(Debug, Clone)]
pub(super) struct CountCalls(pub(super) Arc<Progress>);

impl Intercept for CountCalls {
    fn name(&self) -> &'static str {
        "CountCalls"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.calls.fetch_add(1, Relaxed);
        Ok(())
    }
}
