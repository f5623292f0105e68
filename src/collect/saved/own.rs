//! The keys that this project adds to those of AWS: what a run could not read,
//! and what it saw of traffic. Named as AWS would, so that files look alike.

use crate::{
    collect::record::Traffic,
    domain::{
        ids::{AccountId, Region},
        problem::Problem,
        service::Service,
    },
    evidence::{
        Window,
        metrics::{MetricsAnswer, Quantity, Reading},
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An item of `Problems`: a question that got no usable answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct SavedProblem {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    operation: String,
    code: String,
    message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl From<&Problem> for SavedProblem {
    fn from(problem: &Problem) -> Self {
        Self {
            account_id: problem.account.as_ref().map(ToString::to_string),
            region: problem.region.as_ref().map(ToString::to_string),
            operation: problem.operation.clone(),
            code: problem.code.clone(),
            message: problem.message.clone(),
            hint: problem.hint.clone(),
        }
    }
}

impl SavedProblem {
    /// The problem, or what in it cannot be read.
    pub(super) fn read(self) -> Result<Problem, String> {
        let account = self.account_id.map(AccountId::try_from).transpose();
        let region = self.region.map(Region::try_from).transpose();
        Ok(Problem {
            account: account.map_err(|error| error.to_string())?,
            region: region.map_err(|error| error.to_string())?,
            operation: self.operation,
            code: self.code,
            message: self.message,
            hint: self.hint,
        })
    }
}

/// `Metrics`: what was asked about traffic in one Region, and the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Metrics {
    /// The time that was asked about.
    start_time: Timestamp,
    end_time: Timestamp,
    /// The services whose endpoints were asked about.
    services: Vec<String>,
    /// Whether a usable answer came.
    answered: bool,
    /// Whether a metric was asked that AWS writes for every endpoint that publishes.
    #[serde(default)]
    private_link_asked: bool,
    #[serde(default)]
    readings: Vec<SavedReading>,
}

/// The sum of one metric of one endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SavedReading {
    vpc_endpoint_id: String,
    source: String,
    quantity: SavedQuantity,
    sum: f64,
    complete: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum SavedQuantity {
    Bytes,
    Count,
}

impl From<&Traffic> for Metrics {
    fn from(traffic: &Traffic) -> Self {
        let (answered, private_link_asked, readings) = match &traffic.answer {
            MetricsAnswer::Off | MetricsAnswer::Unknown => (false, false, Vec::new()),
            MetricsAnswer::Known {
                readings,
                privatelink_asked,
            } => {
                let saved = readings.iter().flat_map(|(id, readings)| {
                    readings.iter().map(move |reading| SavedReading {
                        vpc_endpoint_id: id.to_string(),
                        source: reading.source.clone(),
                        quantity: match reading.quantity {
                            Quantity::Bytes => SavedQuantity::Bytes,
                            Quantity::Count => SavedQuantity::Count,
                        },
                        sum: reading.sum,
                        complete: reading.complete,
                    })
                });
                (true, *privatelink_asked, saved.collect())
            }
        };
        Self {
            start_time: traffic.window.start,
            end_time: traffic.window.end,
            services: traffic.services.iter().map(ToString::to_string).collect(),
            answered,
            private_link_asked,
            readings,
        }
    }
}

impl Metrics {
    /// The evidence, or what in it cannot be read.
    pub(super) fn read(self) -> Result<Traffic, String> {
        let services: Result<Vec<Service>, _> =
            self.services.iter().map(|name| name.parse()).collect();
        let mut readings: BTreeMap<_, Vec<Reading>> = BTreeMap::new();
        for saved in self.readings {
            let id = saved.vpc_endpoint_id.parse();
            let id = id.map_err(|error: crate::domain::ids::InvalidId| error.to_string())?;
            if saved.sum < 0.0 {
                return Err(format!("the sum {} of {id} is negative", saved.sum));
            }
            readings.entry(id).or_default().push(Reading {
                source: saved.source,
                quantity: match saved.quantity {
                    SavedQuantity::Bytes => Quantity::Bytes,
                    SavedQuantity::Count => Quantity::Count,
                },
                sum: saved.sum,
                complete: saved.complete,
            });
        }
        Ok(Traffic {
            window: Window {
                start: self.start_time,
                end: self.end_time,
            },
            services: services.map_err(|error| error.to_string())?,
            answer: if self.answered {
                MetricsAnswer::Known {
                    readings,
                    privatelink_asked: self.private_link_asked,
                }
            } else {
                MetricsAnswer::Unknown
            },
        })
    }
}
