//! The SNS message: text for a person, the report for a machine, and
//! attributes for filter policies, all within the topic's limit.

use super::{build::hex, wire};
use crate::engine::severity::Severity;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

/// The most bytes that SNS takes, attributes included.
/// Source: <https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html>.
pub const LIMIT: usize = 262_144;

/// The most problems that the text describes; the report has them all.
const MOST_GROUPS: usize = 25;

/// The most characters of a subject. Source: the SNS API reference of Publish.
const MOST_SUBJECT: usize = 99;

/// A message for every kind of subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// One line, under 100 characters.
    pub subject: String,
    /// The body, for `MessageStructure` `json`.
    pub body: String,
    /// Attributes: name, data type and value.
    pub attributes: Vec<(&'static str, &'static str, String)>,
    /// The same for the same news: what is wrong and what was not seen, not when.
    pub digest: String,
}

#[derive(Serialize)]
struct Body<'a> {
    default: &'a str,
    email: &'a str,
    sqs: &'a str,
    lambda: &'a str,
    http: &'a str,
    https: &'a str,
}

/// Writes the message of a report.
#[must_use]
pub fn message(report: &wire::Report) -> Message {
    let attributes = attributes(report);
    let room = LIMIT
        - attributes
            .iter()
            .map(|(name, kind, value)| name.len() + kind.len() + value.len())
            .sum::<usize>();
    let text = text(report);
    let body = fitting_body(report, &text, room);
    Message {
        subject: subject(report),
        body,
        attributes,
        digest: digest(report),
    }
}

/// The body with the whole report, or with as many of the worst findings as fit.
fn fitting_body(report: &wire::Report, text: &str, room: usize) -> String {
    let mut whole = report.clone();
    whole.subnets = None;
    let written = body(text, &whole);
    if written.len() <= room {
        return written;
    }
    let mut worst = whole.findings.clone();
    worst.sort_by_key(worst_first);
    let cut = |most: usize| {
        let mut cut = whole.clone();
        cut.findings = worst.iter().take(most).cloned().collect();
        cut.endpoints.clear();
        cut.errors.truncate(20);
        cut.truncated = Some(true);
        cut.omitted = Some(wire::Omitted {
            subnets: 0,
            endpoints: whole.endpoints.len(),
            findings: worst.len() - cut.findings.len(),
            errors: whole.errors.len() - cut.errors.len(),
        });
        body(text, &cut)
    };
    // The most findings that fit. A finding takes more than 300 bytes in each
    // of four copies, so not many more than 200 ever do.
    let (mut fits, mut too_many) = (0, worst.len().min(LIMIT / 1200) + 1);
    while fits + 1 < too_many {
        let middle = usize::midpoint(fits, too_many);
        if cut(middle).len() <= room {
            fits = middle;
        } else {
            too_many = middle;
        }
    }
    cut(fits)
}

fn body(text: &str, report: &wire::Report) -> String {
    let machine = json(report);
    json(&Body {
        default: text,
        email: text,
        sqs: &machine,
        lambda: &machine,
        http: &machine,
        https: &machine,
    })
}

fn json(value: &impl Serialize) -> String {
    // Our documents hold strings, numbers and lists only: always serializable.
    serde_json::to_string(value).unwrap_or_default()
}

fn subject(report: &wire::Report) -> String {
    let count = violations(report).count();
    let what = match report.status {
        wire::Status::Violations if report.complete => plural(count, "violation"),
        wire::Status::Violations => format!("{}, incomplete", plural(count, "violation")),
        wire::Status::Incomplete => "incomplete, no violation seen".to_owned(),
        wire::Status::Compliant => {
            format!("compliant, {}", plural(report.summary.subnets, "subnet"))
        }
    };
    let accounts = match report.scope.accounts.as_slice() {
        [] => "unknown account".to_owned(),
        [one] => one.clone(),
        several => format!("{} accounts", several.len()),
    };
    let regions = match report.scope.regions.as_slice() {
        [] => "no Region".to_owned(),
        few if few.len() <= 2 => few.join(", "),
        several => format!("{} Regions", several.len()),
    };
    format!("vpce-guard: {what} in {accounts} ({regions})")
        .chars()
        .filter(|c| !c.is_control())
        .take(MOST_SUBJECT)
        .collect()
}

fn attributes(report: &wire::Report) -> Vec<(&'static str, &'static str, String)> {
    let highest = violations(report)
        .map(|finding| finding.severity)
        .max()
        .map_or("none", Severity::name);
    let mut attributes = vec![
        ("schema", "String", report.schema.to_owned()),
        ("status", "String", report.status.name().to_owned()),
        ("highest_severity", "String", highest.to_owned()),
    ];
    let lists = [
        ("account_id", &report.scope.accounts),
        ("region", &report.scope.regions),
    ];
    for (name, values) in lists {
        match values.as_slice() {
            // SNS refuses an empty value.
            [] => {}
            [one] => attributes.push((name, "String", one.clone())),
            several => attributes.push((name, "String.Array", json(&several))),
        }
    }
    attributes
}

/// Findings that count, in the report's order.
fn violations(report: &wire::Report) -> impl Iterator<Item = &wire::Finding> {
    report
        .findings
        .iter()
        .filter(|finding| finding.weight == wire::Weight::Violation)
}

/// A sort key: violations before the rest, the worst first.
pub(super) fn worst_first(finding: &wire::Finding) -> std::cmp::Reverse<(wire::Weight, Severity)> {
    std::cmp::Reverse((finding.weight, finding.severity))
}

/// What is wrong with one table or endpoint, with the subnets it concerns.
struct Group<'a> {
    finding: &'a wire::Finding,
    subnets: Vec<&'a str>,
}

fn groups(report: &wire::Report) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<_, Group<'_>> = BTreeMap::new();
    for finding in violations(report) {
        let key = (
            std::cmp::Reverse(finding.severity),
            &finding.account_id,
            &finding.region,
            &finding.vpc_id,
            finding.rule,
            &finding.route_table_id,
            &finding.vpc_endpoint_id,
            &finding.detail,
        );
        groups
            .entry(key)
            .or_insert_with(|| Group {
                finding,
                subnets: Vec::new(),
            })
            .subnets
            .extend(finding.subnet_id.as_deref());
    }
    groups.into_values().collect()
}

/// The message for a person: what, where, why, and the exact command.
pub(super) fn text(report: &wire::Report) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_text(&mut text, report);
    text
}

fn write_text(out: &mut String, report: &wire::Report) -> std::fmt::Result {
    let summary = &report.summary;
    let services = report.scope.services.join(", ");
    let count = violations(report).count();
    match report.status {
        wire::Status::Violations => writeln!(
            out,
            "{} of the private path to {services}.",
            plural(count, "violation")
        )?,
        wire::Status::Incomplete => writeln!(
            out,
            "No violation of the private path to {services} was seen, but not everything could be judged."
        )?,
        wire::Status::Compliant => writeln!(
            out,
            "Every subnet reaches {services} through an available gateway endpoint."
        )?,
    }
    writeln!(out)?;
    writeln!(out, "Account   {}", or_dash(&report.scope.accounts))?;
    writeln!(out, "Regions   {}", or_dash(&report.scope.regions))?;
    writeln!(
        out,
        "Subnets   {} ({} compliant, {} in violation, {} exempt, {} not judged)",
        summary.subnets,
        summary.compliant,
        summary.violations,
        summary.exempt,
        summary.unverifiable
    )?;
    writeln!(
        out,
        "Run       {} to {}",
        report.started_at, report.finished_at
    )?;
    let groups = groups(report);
    for (number, group) in groups.iter().take(MOST_GROUPS).enumerate() {
        writeln!(out)?;
        write_group(out, number + 1, group)?;
    }
    if groups.len() > MOST_GROUPS {
        let left: usize = groups[MOST_GROUPS..]
            .iter()
            .map(|group| group.subnets.len().max(1))
            .sum();
        writeln!(
            out,
            "\n{} more, of the same or lower severity.",
            plural(left, "violation")
        )?;
    }
    if !report.complete {
        write_gaps(out, report)?;
    }
    Ok(())
}

fn write_group(out: &mut String, number: usize, group: &Group<'_>) -> std::fmt::Result {
    let finding = group.finding;
    writeln!(out, "{number}. [{}] {}", finding.severity, finding.title)?;
    let place: Vec<&str> = [
        finding.region.as_deref(),
        finding.vpc_id.as_deref(),
        finding.route_table_id.as_deref(),
        finding.vpc_endpoint_id.as_deref(),
    ]
    .into_iter()
    .flatten()
    .collect();
    writeln!(out, "   Where    {}", place.join("  "))?;
    let subnets: BTreeSet<&str> = group.subnets.iter().copied().collect();
    if !subnets.is_empty() {
        let shown: Vec<&str> = subnets.iter().copied().take(5).collect();
        let more = match subnets.len() - shown.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        writeln!(out, "   Subnets  {}{more}", shown.join(" "))?;
    }
    writeln!(out, "   Why      {}", finding.detail)?;
    writeln!(out, "   Fix      {}", finding.remediation.summary)?;
    for command in &finding.remediation.commands {
        writeln!(out, "     {command}")?;
    }
    writeln!(out, "   Rule     {}", finding.rule)
}

fn write_gaps(out: &mut String, report: &wire::Report) -> std::fmt::Result {
    writeln!(
        out,
        "\nNot everything was seen ({} not judged):",
        plural(report.summary.unverifiable, "subnet")
    )?;
    for error in report.errors.iter().take(MOST_GROUPS) {
        let region = error.region.as_deref().unwrap_or("all Regions");
        writeln!(
            out,
            " - {} in {region}: {}: {}",
            error.operation, error.code, error.message
        )?;
        if let Some(hint) = &error.hint {
            writeln!(out, "   {hint}")?;
        }
    }
    if report.errors.len() > MOST_GROUPS {
        writeln!(out, " - {} more errors", report.errors.len() - MOST_GROUPS)?;
    }
    let reasons: BTreeSet<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.weight == wire::Weight::NotJudged)
        .map(|finding| finding.detail.as_str())
        .collect();
    for reason in reasons.iter().take(MOST_GROUPS) {
        writeln!(out, " - {reason}")?;
    }
    Ok(())
}

fn digest(report: &wire::Report) -> String {
    let findings: Vec<_> = report
        .findings
        .iter()
        .map(|finding| (&finding.fingerprint, finding.severity, &finding.exemption))
        .collect();
    let errors: Vec<_> = report
        .errors
        .iter()
        .map(|error| (&error.region, &error.operation, &error.code))
        .collect();
    let news = (
        report.status,
        report.complete,
        &report.scope,
        findings,
        errors,
    );
    hex(&Sha256::digest(json(&news)))
}

fn or_dash(values: &[String]) -> String {
    if values.is_empty() {
        "-".to_owned()
    } else {
        values.join(", ")
    }
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}
