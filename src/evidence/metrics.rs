//! What CloudWatch says about endpoints.
//!
//! AWS publishes no metric for gateway endpoints; for interface endpoints it
//! writes a data point only in minutes with traffic. So "no data" means
//! "idle" for the one and nothing at all for the other.
//! Source: <https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-cloudwatch-metrics.html>.

use crate::domain::{
    endpoint::{Endpoint, EndpointType},
    ids::EndpointId,
};
use std::collections::{BTreeMap, BTreeSet};

/// The namespace that AWS itself fills for endpoints of type Interface and
/// `GatewayLoadBalancer`.
pub const PRIVATELINK_NAMESPACE: &str = "AWS/PrivateLinkEndpoints";

/// What a metric counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// Bytes.
    Bytes,
    /// Anything else that is zero without traffic: packets, connections.
    Count,
}

/// A metric that may carry an endpoint's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricSource {
    /// The namespace.
    pub namespace: String,
    /// The metric's name.
    pub metric: String,
    /// What it counts.
    pub quantity: Quantity,
    /// The dimension whose value is the endpoint's id.
    pub endpoint_dimension: String,
    /// The names of all its dimensions. Where none are given, the smallest
    /// set that exists is taken: the larger ones count the same traffic again.
    pub dimensions: Option<BTreeSet<String>>,
}

impl MetricSource {
    /// What is asked unless the configuration says otherwise: AWS's own
    /// metrics of interface endpoints, and the `AWS/VPC` metrics that the
    /// method's description names, which users' own exporters may fill.
    #[must_use]
    pub fn defaults() -> Vec<Self> {
        let vpc = |metric: &str, quantity| Self {
            namespace: "AWS/VPC".to_owned(),
            metric: metric.to_owned(),
            quantity,
            endpoint_dimension: "VpcEndpointId".to_owned(),
            dimensions: None,
        };
        vec![
            Self {
                namespace: PRIVATELINK_NAMESPACE.to_owned(),
                metric: "BytesProcessed".to_owned(),
                quantity: Quantity::Bytes,
                endpoint_dimension: "VPC Endpoint Id".to_owned(),
                dimensions: Some(
                    ["Endpoint Type", "Service Name", "VPC Endpoint Id", "VPC Id"]
                        .map(str::to_owned)
                        .into(),
                ),
            },
            vpc("BytesTransferred", Quantity::Bytes),
            vpc("PacketsTransferred", Quantity::Count),
        ]
    }

    /// Whether AWS writes this metric for every endpoint that publishes, so
    /// that silence means no traffic. A mistyped name or dimension does not.
    #[must_use]
    pub fn is_privatelink(&self) -> bool {
        let traffic = ["BytesProcessed", "NewConnections", "ActiveConnections"];
        let own = &Self::defaults()[0];
        self.namespace == PRIVATELINK_NAMESPACE
            && traffic.contains(&self.metric.as_str())
            && self.endpoint_dimension == own.endpoint_dimension
            && (self.dimensions.is_none() || self.dimensions == own.dimensions)
    }

    /// The name in reports, e.g. `AWS/VPC BytesTransferred`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.namespace, self.metric)
    }
}

/// The sum of one metric of one endpoint over the window.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Where it comes from, e.g. `AWS/VPC BytesTransferred`.
    pub source: String,
    /// What it counts.
    pub quantity: Quantity,
    /// The sum of what arrived.
    pub sum: f64,
    /// Whether the answer was complete: if not, the sum is a lower bound.
    pub complete: bool,
}

/// The answer of one account and Region.
#[derive(Debug, Clone, PartialEq)]
pub enum MetricsAnswer {
    /// Nobody asked.
    Off,
    /// Asked, and no usable answer came.
    Unknown,
    /// Answered.
    Known {
        /// Which metrics exist, by endpoint, and what they sum to.
        readings: BTreeMap<EndpointId, Vec<Reading>>,
        /// Whether a metric that AWS writes for every endpoint that publishes
        /// was asked ([`MetricSource::is_privatelink`]): no data is silence then.
        privatelink_asked: bool,
    },
}

/// What metrics show of one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Telemetry {
    /// Nobody asked.
    Off,
    /// Asked, and the answer does not decide.
    Unknown,
    /// There was traffic.
    Observed {
        /// Bytes, where a metric counts bytes; a lower bound where an answer was cut.
        bytes: Option<u64>,
        /// What says so.
        sources: BTreeSet<String>,
    },
    /// The endpoint is covered, the answer complete, and there was none.
    Idle {
        /// What says so.
        sources: BTreeSet<String>,
    },
    /// Nothing measures the endpoint.
    NotCovered,
}

impl MetricsAnswer {
    /// What the answer shows of `endpoint`.
    #[must_use]
    pub fn of(&self, endpoint: &Endpoint) -> Telemetry {
        match self {
            Self::Off => Telemetry::Off,
            Self::Unknown => Telemetry::Unknown,
            Self::Known {
                readings,
                privatelink_asked,
            } => {
                let readings = readings.get(&endpoint.id).map_or(&[][..], Vec::as_slice);
                judge(readings, *privatelink_asked && publishes(&endpoint.kind))
            }
        }
    }
}

fn publishes(kind: &EndpointType) -> bool {
    match kind {
        EndpointType::Interface | EndpointType::GatewayLoadBalancer => true,
        EndpointType::Gateway | EndpointType::Other(_) => false,
    }
}

fn judge(readings: &[Reading], covered_by_type: bool) -> Telemetry {
    let sources = |of: &dyn Fn(&&Reading) -> bool| {
        readings
            .iter()
            .filter(of)
            .map(|reading| reading.source.clone())
            .collect::<BTreeSet<_>>()
    };
    if readings.iter().any(|reading| reading.sum > 0.0) {
        return Telemetry::Observed {
            bytes: bytes(readings),
            sources: sources(&|reading| reading.sum > 0.0),
        };
    }
    if readings.iter().any(|reading| !reading.complete) {
        return Telemetry::Unknown;
    }
    if readings.is_empty() && !covered_by_type {
        return Telemetry::NotCovered;
    }
    let mut sources = sources(&|_| true);
    if sources.is_empty() {
        sources.insert(PRIVATELINK_NAMESPACE.to_owned());
    }
    Telemetry::Idle { sources }
}

/// The largest sum of bytes that one source saw: sources that measure the
/// same endpoint see the same bytes, so they must not be added.
fn bytes(readings: &[Reading]) -> Option<u64> {
    let mut by_source: BTreeMap<&str, f64> = BTreeMap::new();
    for reading in readings {
        match reading.quantity {
            Quantity::Bytes => *by_source.entry(&reading.source).or_default() += reading.sum,
            Quantity::Count => {}
        }
    }
    by_source.into_values().reduce(f64::max).map(whole_bytes)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sums are finite and not negative; a float that large saturates"
)]
fn whole_bytes(sum: f64) -> u64 {
    sum.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(source: &str, sum: f64, complete: bool) -> Reading {
        Reading {
            source: source.to_owned(),
            quantity: Quantity::Bytes,
            sum,
            complete,
        }
    }

    #[test]
    fn two_sources_of_the_same_bytes_are_not_added() {
        let telemetry = judge(&[reading("a", 7.0, true), reading("b", 5.0, true)], false);
        let Telemetry::Observed { bytes, sources } = telemetry else {
            panic!("{telemetry:?}");
        };
        assert_eq!((bytes, sources.len()), (Some(7), 2));
    }

    #[test]
    fn a_zero_from_a_cut_answer_is_not_idle() {
        assert_eq!(
            judge(&[reading("a", 0.0, false)], false),
            Telemetry::Unknown
        );
        assert_eq!(
            judge(&[reading("a", 0.0, true), reading("b", 0.0, false)], true),
            Telemetry::Unknown
        );
    }

    #[test]
    fn bytes_in_a_cut_answer_are_still_bytes() {
        assert!(matches!(
            judge(&[reading("a", 3.0, false)], false),
            Telemetry::Observed { bytes: Some(3), .. }
        ));
    }

    #[test]
    fn silence_means_idle_only_for_what_publishes() {
        assert_eq!(judge(&[], false), Telemetry::NotCovered);
        assert!(matches!(judge(&[], true), Telemetry::Idle { .. }));
    }

    #[test]
    fn a_mistyped_source_does_not_make_silence_mean_idle() {
        let own = MetricSource::defaults().swap_remove(0);
        assert!(own.is_privatelink());
        let metric = MetricSource {
            metric: "BytesProcesed".to_owned(),
            ..own.clone()
        };
        let dimension = MetricSource {
            endpoint_dimension: "VpcEndpointId".to_owned(),
            ..own.clone()
        };
        let drops = MetricSource {
            metric: "PacketsDropped".to_owned(),
            ..own
        };
        for source in [metric, dimension, drops] {
            assert!(!source.is_privatelink(), "{source:?}");
        }
    }
}
