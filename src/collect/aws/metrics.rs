//! Endpoint metrics: first which exist (`ListMetrics`), then what they sum to
//! (`GetMetricData`, never free: $0.01 per 1,000 metrics asked).

use super::{Question, failure::Failure, pages};
use crate::{
    domain::ids::EndpointId,
    evidence::metrics::{MetricSource, MetricsAnswer, Reading},
};
use aws_sdk_cloudwatch::{
    Client,
    primitives::DateTime,
    types::{Metric, MetricDataQuery, MetricStat, StatusCode},
};
use std::collections::{BTreeMap, BTreeSet};

const LIST: &str = "cloudwatch:ListMetrics";
const GET: &str = "cloudwatch:GetMetricData";

/// The most queries that one `GetMetricData` call takes.
const QUERIES_PER_CALL: usize = 500;

/// Lists what exists, once per namespace.
pub(super) async fn list(client: &Client, question: &Question) -> Result<Vec<Metric>, Failure> {
    let mut namespaces: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for source in &question.metrics {
        let metrics = namespaces.entry(&source.namespace).or_default();
        metrics.insert(&source.metric);
    }
    let lists = futures_util::future::join_all(namespaces.into_iter().map(|(namespace, names)| {
        // Where one metric is wanted, the pages of the others are not read.
        let only = (names.len() == 1).then(|| names.first().copied().map(str::to_owned));
        let only = only.flatten();
        pages::all(question.deadline, LIST, move |token| {
            let call = client
                .list_metrics()
                .namespace(namespace)
                .set_metric_name(only.clone())
                .set_next_token(token);
            async move {
                let page = call
                    .send()
                    .await
                    .map_err(|error| Failure::of_call(LIST, &error))?;
                Ok((
                    page.metrics().to_vec(),
                    page.next_token().map(str::to_owned),
                ))
            }
        })
    }))
    .await;
    let mut metrics = Vec::new();
    for list in lists {
        metrics.extend(list?);
    }
    Ok(metrics)
}

/// Sums the listed metrics that carry the id of one of `endpoints`.
pub(super) async fn read(
    client: &Client,
    question: &Question,
    listed: Result<Vec<Metric>, Failure>,
    endpoints: Option<&BTreeSet<EndpointId>>,
    failures: &mut Vec<Failure>,
) -> MetricsAnswer {
    if question.metrics.is_empty() {
        return MetricsAnswer::Off;
    }
    let listed = match listed {
        Ok(listed) => listed,
        Err(failure) => {
            failures.push(failure);
            return MetricsAnswer::Unknown;
        }
    };
    let Some(endpoints) = endpoints else {
        return MetricsAnswer::Unknown;
    };
    let series = choose(&question.metrics, &listed, endpoints);
    let mut readings: BTreeMap<EndpointId, Vec<Reading>> = BTreeMap::new();
    for batch in series.chunks(QUERIES_PER_CALL) {
        let sums = match Box::pin(sum(client, question, batch)).await {
            Ok(sums) => sums,
            Err(failure) => {
                failures.push(failure);
                return MetricsAnswer::Unknown;
            }
        };
        report_incomplete(&sums, failures);
        for (series, sum) in batch.iter().zip(sums) {
            readings
                .entry(series.endpoint.clone())
                .or_default()
                .push(Reading {
                    source: series.source.name(),
                    quantity: series.source.quantity,
                    sum: sum.value,
                    complete: sum.is_complete(),
                });
        }
    }
    MetricsAnswer::Known {
        readings,
        privatelink_asked: question.metrics.iter().any(MetricSource::is_privatelink),
    }
}

/// One metric to ask for.
struct Series<'a> {
    source: &'a MetricSource,
    endpoint: &'a EndpointId,
    metric: &'a Metric,
}

/// Picks the metrics of our endpoints. Where a metric exists with several
/// sets of dimensions, the larger sets count the same traffic again.
fn choose<'a>(
    sources: &'a [MetricSource],
    listed: &'a [Metric],
    endpoints: &'a BTreeSet<EndpointId>,
) -> Vec<Series<'a>> {
    // By source and endpoint, by set of dimensions, by their values: a metric
    // that is listed twice counts once.
    let mut found: BTreeMap<(usize, &EndpointId), BTreeMap<Dimensions<'_>, Listed<'_>>> =
        BTreeMap::new();
    for metric in listed {
        let names: BTreeSet<&str> = metric
            .dimensions()
            .iter()
            .filter_map(|dimension| dimension.name())
            .collect();
        for (at, source) in sources.iter().enumerate() {
            let is_source = metric.namespace() == Some(&source.namespace)
                && metric.metric_name() == Some(&source.metric)
                && source.dimensions.as_ref().is_none_or(|wanted| {
                    wanted.iter().map(String::as_str).eq(names.iter().copied())
                });
            if !is_source {
                continue;
            }
            if let Some(endpoint) = endpoint_of(metric, source, endpoints) {
                found
                    .entry((at, endpoint))
                    .or_default()
                    .entry((names.len(), names.iter().copied().collect()))
                    .or_default()
                    .insert(values(metric), metric);
            }
        }
    }
    found
        .into_iter()
        .flat_map(|((at, endpoint), sets)| {
            let smallest = sets.into_values().next().unwrap_or_default();
            smallest.into_values().map(move |metric| Series {
                source: &sources[at],
                endpoint,
                metric,
            })
        })
        .collect()
}

/// A set of dimensions: how many, and their names.
type Dimensions<'a> = (usize, Vec<&'a str>);

/// Metrics by the values of their dimensions.
type Listed<'a> = BTreeMap<Vec<(Option<&'a str>, Option<&'a str>)>, &'a Metric>;

fn values(metric: &Metric) -> Vec<(Option<&str>, Option<&str>)> {
    let mut values: Vec<_> = metric
        .dimensions()
        .iter()
        .map(|dimension| (dimension.name(), dimension.value()))
        .collect();
    values.sort_unstable();
    values
}

fn endpoint_of<'a>(
    metric: &Metric,
    source: &MetricSource,
    endpoints: &'a BTreeSet<EndpointId>,
) -> Option<&'a EndpointId> {
    let value = metric
        .dimensions()
        .iter()
        .find(|dimension| dimension.name() == Some(&source.endpoint_dimension))?
        .value()?;
    endpoints.get(&value.parse::<EndpointId>().ok()?)
}

/// What came back for one metric.
#[derive(Debug, Clone, Default)]
struct Sum {
    value: f64,
    status: Option<StatusCode>,
    /// A value came that no sum can hold.
    is_garbled: bool,
}

impl Sum {
    fn is_complete(&self) -> bool {
        self.status == Some(StatusCode::Complete) && !self.is_garbled
    }
}

async fn sum(
    client: &Client,
    question: &Question,
    batch: &[Series<'_>],
) -> Result<Vec<Sum>, Failure> {
    let queries: Vec<MetricDataQuery> = batch
        .iter()
        .enumerate()
        .map(|(at, series)| {
            let stat = MetricStat::builder()
                .metric(series.metric.clone())
                .period(question.window.period_seconds())
                .stat("Sum")
                .build();
            MetricDataQuery::builder()
                .id(format!("m{at}"))
                .metric_stat(stat)
                .build()
        })
        .collect();
    let window = question.window;
    let results = pages::all(question.deadline, GET, |token| {
        let call = client
            .get_metric_data()
            .set_metric_data_queries(Some(queries.clone()))
            .start_time(DateTime::from_secs(window.start.as_second()))
            .end_time(DateTime::from_secs(window.end.as_second()))
            .set_next_token(token);
        async move {
            let page = call
                .send()
                .await
                .map_err(|error| Failure::of_call(GET, &error))?;
            Ok((
                page.metric_data_results().to_vec(),
                page.next_token().map(str::to_owned),
            ))
        }
    });
    let results = results.await?;
    let mut sums = vec![Sum::default(); batch.len()];
    for result in results {
        let at = result
            .id()
            .and_then(|id| id.strip_prefix('m')?.parse::<usize>().ok());
        let Some(sum) = at.and_then(|at| sums.get_mut(at)) else {
            continue;
        };
        // `PartialData` on a page that has a next one is normal: the last
        // page's status counts. What CloudWatch cannot sum is not complete.
        sum.status = result.status_code().cloned();
        for value in result.values() {
            if value.is_finite() && *value >= 0.0 {
                sum.value += value;
            } else {
                sum.is_garbled = true;
            }
        }
    }
    Ok(sums)
}

/// One failure per kind of status, however many metrics it concerns.
fn report_incomplete(sums: &[Sum], failures: &mut Vec<Failure>) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for sum in sums {
        match &sum.status {
            _ if sum.is_complete() => {}
            _ if sum.is_garbled => *counts.entry("InvalidValue").or_default() += 1,
            Some(status) => *counts.entry(status.as_str()).or_default() += 1,
            None => *counts.entry("NoResult").or_default() += 1,
        }
    }
    for (status, count) in counts {
        failures.push(Failure::new(
            GET,
            status,
            format!(
                "{count} of {} metrics came back with status {status}",
                sums.len()
            ),
        ));
    }
}
