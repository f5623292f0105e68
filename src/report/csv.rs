//! A table for spreadsheets (RFC 4180, UTF-8, one header row).
//!
//! One table holds everything; the first column says what a row is, so filter
//! by it:
//!
//! | `record` | a row per | `status` says |
//! |---|---|---|
//! | `run` | report, the first row; its VPCs, if it looked at no others | `violations`, `incomplete` or `compliant` |
//! | `subnet` | subnet and service | the verdict |
//! | `endpoint` | endpoint of an audited service | its state |
//! | `finding` | finding | `violation`, `exempt`, `unverifiable` or `note` |
//! | `error` | thing that could not be read | `error` |
//!
//! Columns are only ever added, at the end. A cell that does not apply is
//! empty; several values in a cell stand in lines of their own. There are no
//! other line breaks and no control characters in a cell: a space stands there.
//!
//! Names, reasons and messages come from others. A spreadsheet takes a cell
//! that begins with `=`, `+`, `-`, `@`, a tab or a line break for a formula, so
//! such a cell gets a `'` before it, whichever column it is in: spreadsheets
//! do not show that character. Programs take it off, or read `jsonl`. Source:
//! <https://owasp.org/www-community/attacks/CSV_Injection>.

use super::{format::Context, text, wire};
use ::csv::ErrorKind;
use std::{borrow::Cow, collections::HashMap, io};

/// The columns, in their order.
const COLUMNS: [&str; 29] = [
    "record",
    "account_id",
    "region",
    "vpc_id",
    "vpc_name",
    "subnet_id",
    "subnet_name",
    "cidr_block",
    "service",
    "status",
    "severity",
    "rule",
    "path",
    "route_table_id",
    "association",
    "vpc_endpoint_id",
    "via",
    "title",
    "detail",
    "remediation",
    "commands",
    "exemption_reason",
    "exemption_until",
    "exemption_source",
    "endpoint_type",
    "traffic",
    "bytes_endpoint",
    "code",
    "fingerprint",
];

/// The columns that hold several values, each in a line of its own.
const LISTS: [&str; 5] = [
    "vpc_id",
    "route_table_id",
    "vpc_endpoint_id",
    "via",
    "commands",
];

/// A row: what is not set is empty.
#[derive(Default)]
struct Row<'a> {
    record: &'a str,
    account_id: Option<&'a str>,
    region: Option<&'a str>,
    vpc_id: Option<Cow<'a, str>>,
    vpc_name: Option<&'a str>,
    subnet_id: Option<&'a str>,
    subnet_name: Option<&'a str>,
    cidr_block: Option<&'a str>,
    service: Option<&'a str>,
    status: &'a str,
    severity: Option<&'a str>,
    rule: Option<&'a str>,
    path: Option<&'a str>,
    route_table_id: Option<Cow<'a, str>>,
    association: Option<&'a str>,
    vpc_endpoint_id: Option<Cow<'a, str>>,
    via: Option<String>,
    title: Option<Cow<'a, str>>,
    detail: Option<Cow<'a, str>>,
    remediation: Option<&'a str>,
    commands: Option<String>,
    exemption: Option<&'a wire::Exemption>,
    endpoint_type: Option<&'a str>,
    traffic: Option<&'a wire::Traffic>,
    code: Option<&'a str>,
    fingerprint: Option<&'a str>,
}

/// Writes the table.
pub(super) fn write(report: &wire::Report, _: &Context, out: &mut dyn io::Write) -> io::Result<()> {
    write_rows(report, out).map_err(|error| {
        let text = error.to_string();
        if let ErrorKind::Io(error) = error.into_kind() {
            // As it is, so that a closed pipe is known for one.
            error
        } else {
            io::Error::other(text)
        }
    })
}

fn write_rows(report: &wire::Report, out: &mut dyn io::Write) -> ::csv::Result<()> {
    let mut table = ::csv::WriterBuilder::new()
        .terminator(::csv::Terminator::CRLF)
        .from_writer(out);
    table.write_record(COLUMNS)?;
    let names = names(report);
    for row in rows(report, &names) {
        for (column, cell) in COLUMNS.iter().zip(row.cells()) {
            table.write_field(harmless(column, &cell))?;
        }
        table.write_record(None::<&[u8]>)?;
    }
    Ok(table.flush()?)
}

/// Where a VPC is, and which it is.
type VpcKey<'a> = (Option<&'a str>, &'a str, &'a str);

fn names(report: &wire::Report) -> HashMap<VpcKey<'_>, &str> {
    let vpcs = report.vpcs.iter().flatten();
    vpcs.filter_map(|vpc| {
        let key = (vpc.account_id.as_deref(), &*vpc.region, &*vpc.vpc_id);
        Some((key, vpc.name.as_deref()?))
    })
    .collect()
}

fn rows<'a>(
    report: &'a wire::Report,
    names: &'a HashMap<VpcKey<'a>, &'a str>,
) -> impl Iterator<Item = Row<'a>> {
    let with_vpc_name = |mut row: Row<'a>| {
        row.vpc_name = row
            .region
            .zip(row.vpc_id.as_deref())
            .and_then(|(region, vpc)| {
                let key = (row.account_id, region, vpc);
                names.get(&key).copied()
            });
        row
    };
    std::iter::once(run(report))
        .chain(report.subnets.iter().flatten().map(subnet))
        .chain(report.endpoints.iter().map(endpoint))
        .chain(report.findings.iter().map(finding))
        .chain(report.errors.iter().map(error))
        .map(with_vpc_name)
}

fn run(report: &wire::Report) -> Row<'_> {
    let summary = &report.summary;
    Row {
        record: "run",
        status: report.status.name(),
        vpc_id: Some(Cow::Owned(report.scope.vpc_ids.join("\n"))),
        title: Some(Cow::Owned(text::seen(report))),
        detail: Some(Cow::Owned(format!(
            "{} to {}: {} compliant, {} in violation, {} exempt, {} not judged; {} findings, {} errors",
            report.started_at,
            report.finished_at,
            summary.compliant,
            summary.violations,
            summary.exempt,
            summary.unverifiable,
            summary.findings,
            report.errors.len(),
        ))),
        ..Row::default()
    }
}

fn subnet(subnet: &wire::Subnet) -> Row<'_> {
    let via = subnet.via.iter().map(|via| {
        let target = via.target.as_deref().unwrap_or("-");
        format!("{} {target} {:.4}", via.kind, via.share)
    });
    Row {
        record: "subnet",
        account_id: subnet.account_id.as_deref(),
        region: Some(&subnet.region),
        vpc_id: Some(Cow::Borrowed(&subnet.vpc_id)),
        subnet_id: Some(&subnet.subnet_id),
        subnet_name: subnet.name.as_deref(),
        cidr_block: subnet.cidr_block.as_deref(),
        service: Some(subnet.service),
        status: subnet.verdict,
        path: Some(subnet.path),
        route_table_id: subnet.route_table_id.as_deref().map(Cow::Borrowed),
        association: subnet.association,
        vpc_endpoint_id: Some(Cow::Owned(subnet.vpc_endpoint_ids.join("\n"))),
        via: Some(via.collect::<Vec<_>>().join("\n")),
        detail: Some(Cow::Borrowed(&subnet.reason)),
        traffic: subnet.traffic.as_ref(),
        ..Row::default()
    }
}

fn endpoint(endpoint: &wire::Endpoint) -> Row<'_> {
    Row {
        record: "endpoint",
        account_id: endpoint.account_id.as_deref(),
        region: Some(&endpoint.region),
        vpc_id: Some(Cow::Borrowed(&endpoint.vpc_id)),
        service: Some(endpoint.service),
        status: endpoint.state.as_deref().unwrap_or("unknown"),
        route_table_id: Some(Cow::Owned(endpoint.route_table_ids.join("\n"))),
        vpc_endpoint_id: Some(Cow::Borrowed(&endpoint.vpc_endpoint_id)),
        endpoint_type: Some(&endpoint.kind),
        traffic: endpoint.traffic.as_ref(),
        ..Row::default()
    }
}

fn finding(finding: &wire::Finding) -> Row<'_> {
    Row {
        record: "finding",
        account_id: finding.account_id.as_deref(),
        region: finding.region.as_deref(),
        vpc_id: finding.vpc_id.as_deref().map(Cow::Borrowed),
        subnet_id: finding.subnet_id.as_deref(),
        service: finding.service,
        status: match (finding.weight, &finding.exemption) {
            (wire::Weight::Violation, _) => "violation",
            (wire::Weight::NotJudged, _) => "unverifiable",
            (wire::Weight::Note, Some(_)) => "exempt",
            (wire::Weight::Note, None) => "note",
        },
        severity: Some(finding.severity.name()),
        rule: Some(finding.rule),
        route_table_id: finding.route_table_id.as_deref().map(Cow::Borrowed),
        vpc_endpoint_id: finding.vpc_endpoint_id.as_deref().map(Cow::Borrowed),
        title: Some(Cow::Borrowed(&finding.title)),
        detail: Some(Cow::Borrowed(&finding.detail)),
        remediation: Some(&finding.remediation.summary),
        commands: Some(finding.remediation.commands.join("\n")),
        exemption: finding.exemption.as_ref(),
        fingerprint: Some(&finding.fingerprint),
        ..Row::default()
    }
}

fn error(error: &wire::Problem) -> Row<'_> {
    Row {
        record: "error",
        account_id: error.account_id.as_deref(),
        region: error.region.as_deref(),
        status: "error",
        title: Some(Cow::Borrowed(&error.operation)),
        detail: Some(Cow::Borrowed(&error.message)),
        remediation: error.hint.as_deref(),
        code: Some(&error.code),
        ..Row::default()
    }
}

impl Row<'_> {
    fn cells(&self) -> [Cow<'_, str>; COLUMNS.len()] {
        fn cell(text: Option<&str>) -> Cow<'_, str> {
            Cow::Borrowed(text.unwrap_or_default())
        }
        let exemption = self.exemption;
        [
            cell(Some(self.record)),
            cell(self.account_id),
            cell(self.region),
            cell(self.vpc_id.as_deref()),
            cell(self.vpc_name),
            cell(self.subnet_id),
            cell(self.subnet_name),
            cell(self.cidr_block),
            cell(self.service),
            cell(Some(self.status)),
            cell(self.severity),
            cell(self.rule),
            cell(self.path),
            cell(self.route_table_id.as_deref()),
            cell(self.association),
            cell(self.vpc_endpoint_id.as_deref()),
            cell(self.via.as_deref()),
            cell(self.title.as_deref()),
            cell(self.detail.as_deref()),
            cell(self.remediation),
            cell(self.commands.as_deref()),
            cell(exemption.map(|it| it.reason.as_str())),
            cell(exemption.and_then(|it| it.until.as_deref())),
            cell(exemption.map(|it| it.source.as_str())),
            cell(self.endpoint_type),
            cell(self.traffic.map(|traffic| traffic.status)),
            self.traffic
                .and_then(|traffic| traffic.bytes_endpoint)
                .map_or(Cow::Borrowed(""), |bytes| Cow::Owned(bytes.to_string())),
            cell(self.code),
            cell(self.fingerprint),
        ]
    }
}

/// A cell that no spreadsheet runs and that no terminal obeys.
fn harmless(column: &str, cell: &str) -> String {
    let quoted = if runs(cell) { "'" } else { "" };
    if LISTS.contains(&column) {
        let lines: Vec<String> = cell.split('\n').map(text::harmless).collect();
        format!("{quoted}{}", lines.join("\n"))
    } else {
        format!("{quoted}{}", text::harmless(cell))
    }
}

/// Whether a spreadsheet takes the cell for a formula, or might once what
/// cannot be seen before it is gone.
fn runs(cell: &str) -> bool {
    let seen = cell.trim_start_matches(|c: char| c.is_control() || c.is_whitespace());
    cell.starts_with(['\t', '\r', '\n'])
        || seen.starts_with([
            '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
        ])
}
