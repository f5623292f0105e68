//! One JSON document per line, for `jq`, log stores and data lakes.
//!
//! Every line has a `type`. The first is the `run`: the report without its
//! lists, so that a reader of the head knows the answer. Then come one line
//! per `vpc`, `subnet` (and service), `endpoint`, `finding` and `error`, with
//! the members of the report document. An endpoint's own `type` is
//! `endpoint_type` here, since a name can stand in a line but once.

use super::{format::Context, wire};
use serde::Serialize;
use std::io;

/// The report without its lists.
#[derive(Serialize)]
struct Run<'a> {
    schema: &'a str,
    tool: &'a wire::Tool,
    started_at: &'a str,
    finished_at: &'a str,
    status: wire::Status,
    complete: bool,
    scope: &'a wire::Scope,
    summary: &'a wire::Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    truncated: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    omitted: Option<wire::Omitted>,
}

/// An endpoint whose kind does not hide what the line is.
#[derive(Serialize)]
struct EndpointLine<'a> {
    account_id: Option<&'a str>,
    region: &'a str,
    vpc_id: &'a str,
    vpc_endpoint_id: &'a str,
    service: &'a str,
    endpoint_type: &'a str,
    state: Option<&'a str>,
    route_table_ids: &'a [String],
    traffic: Option<&'a wire::Traffic>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line<'a> {
    Run(Run<'a>),
    Vpc(&'a wire::Vpc),
    Subnet(&'a wire::Subnet),
    Endpoint(EndpointLine<'a>),
    Finding(&'a wire::Finding),
    Error(&'a wire::Problem),
}

/// Writes the lines.
pub(super) fn write(report: &wire::Report, _: &Context, out: &mut dyn io::Write) -> io::Result<()> {
    for line in lines(report) {
        serde_json::to_writer(&mut *out, &line)?;
        writeln!(out)?;
    }
    Ok(())
}

fn lines(report: &wire::Report) -> impl Iterator<Item = Line<'_>> {
    std::iter::once(Line::Run(run(report)))
        .chain(report.vpcs.iter().flatten().map(Line::Vpc))
        .chain(report.subnets.iter().flatten().map(Line::Subnet))
        .chain(
            report
                .endpoints
                .iter()
                .map(|it| Line::Endpoint(endpoint(it))),
        )
        .chain(report.findings.iter().map(Line::Finding))
        .chain(report.errors.iter().map(Line::Error))
}

fn run(report: &wire::Report) -> Run<'_> {
    Run {
        schema: report.schema,
        tool: &report.tool,
        started_at: &report.started_at,
        finished_at: &report.finished_at,
        status: report.status,
        complete: report.complete,
        scope: &report.scope,
        summary: &report.summary,
        truncated: report.truncated,
        omitted: report.omitted,
    }
}

fn endpoint(endpoint: &wire::Endpoint) -> EndpointLine<'_> {
    EndpointLine {
        account_id: endpoint.account_id.as_deref(),
        region: &endpoint.region,
        vpc_id: &endpoint.vpc_id,
        vpc_endpoint_id: &endpoint.vpc_endpoint_id,
        service: endpoint.service,
        endpoint_type: &endpoint.kind,
        state: endpoint.state.as_deref(),
        route_table_ids: &endpoint.route_table_ids,
        traffic: endpoint.traffic.as_ref(),
    }
}
