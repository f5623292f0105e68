//! The SNS message: text for a person, the report for a machine, and
//! attributes for filter policies, all within the topic's limit.

use super::{
    build::hex,
    text::{self, Group, plural, violations, worst_first},
    wire,
};
use crate::engine::severity::Severity;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// The most bytes that SNS takes, attributes included.
/// Source: <https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html>.
pub const LIMIT: usize = 262_144;

/// The most bytes of the text, as they stand in the body, which holds it twice.
const TEXT_LIMIT: usize = 32_768;

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
    let subject = subject(report);
    // Whether the subject counts is not documented: it is taken to.
    let used = attributes
        .iter()
        .map(|(name, kind, value)| name.len() + kind.len() + value.len())
        .sum::<usize>()
        + subject.len();
    let text = mail(report);
    let body = fitting_body(report, &text, LIMIT.saturating_sub(used));
    Message {
        subject,
        body,
        attributes,
        digest: digest(report),
    }
}

/// The body with the whole report, or with as much of it as fits: the worst
/// findings first. Nothing is written that does not fit: of a large account
/// the whole would take a hundred times the limit.
fn fitting_body(report: &wire::Report, text: &str, room: usize) -> String {
    let mut cut = without_lists(report);
    let mut left = room.saturating_sub(body(text, &cut).len());
    let all = fitting(report.errors.iter(), &mut left).len() == report.errors.len()
        && fitting(report.findings.iter(), &mut left).len() == report.findings.len()
        && fitting(report.endpoints.iter(), &mut left).len() == report.endpoints.len();
    if all {
        cut.errors.clone_from(&report.errors);
        cut.findings.clone_from(&report.findings);
        cut.endpoints.clone_from(&report.endpoints);
        return body(text, &cut);
    }
    let mut findings: Vec<&wire::Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| worst_first(finding));
    cut.truncated = Some(true);
    let mut omitted = wire::Omitted {
        subnets: 0,
        endpoints: report.endpoints.len(),
        findings: findings.len(),
        errors: report.errors.len(),
    };
    // The counts are at their longest now: what is taken only shortens them.
    cut.omitted = Some(omitted);
    let mut left = room.saturating_sub(body(text, &cut).len());
    let mut for_errors = left / 3;
    let reserved = for_errors;
    cut.errors = fitting(report.errors.iter(), &mut for_errors);
    left -= reserved - for_errors;
    cut.findings = fitting(findings.into_iter(), &mut left);
    let more = report.errors.iter().skip(cut.errors.len());
    cut.errors.extend(fitting(more, &mut left));
    cut.endpoints = fitting(report.endpoints.iter(), &mut left);
    omitted.endpoints -= cut.endpoints.len();
    omitted.findings -= cut.findings.len();
    omitted.errors -= cut.errors.len();
    cut.omitted = Some(omitted);
    body(text, &cut)
}

/// The report with nothing in its lists.
fn without_lists(report: &wire::Report) -> wire::Report {
    wire::Report {
        schema: report.schema,
        tool: report.tool.clone(),
        started_at: report.started_at.clone(),
        finished_at: report.finished_at.clone(),
        taken_at: report.taken_at.clone(),
        status: report.status,
        complete: report.complete,
        scope: report.scope.clone(),
        summary: report.summary,
        vpcs: None,
        subnets: None,
        endpoints: Vec::new(),
        findings: Vec::new(),
        errors: Vec::new(),
        truncated: report.truncated,
        omitted: report.omitted,
    }
}

/// The items from the front that fit into `room` bytes of the body, which
/// holds every item four times, as JSON within a JSON string.
fn fitting<'a, T: Serialize + Clone + 'a>(
    items: impl Iterator<Item = &'a T>,
    room: &mut usize,
) -> Vec<T> {
    items
        .take_while(|item| {
            let comma = 1;
            let bytes = 4 * (escaped(&json(item)) + comma);
            room.checked_sub(bytes).is_some_and(|rest| {
                *room = rest;
                true
            })
        })
        .cloned()
        .collect()
}

/// How many bytes a text takes within a JSON string.
fn escaped(text: &str) -> usize {
    json(&text).len() - "\"\"".len()
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
        wire::Status::Compliant if report.summary.compliant == report.summary.judged => {
            format!("compliant, {}", plural(report.summary.subnets, "subnet"))
        }
        wire::Status::Compliant => "no violation counts".to_owned(),
    };
    let accounts = match report.scope.accounts.as_slice() {
        [] => "unknown account".to_owned(),
        [one] => one.clone(),
        several => format!("{} accounts", several.len()),
    };
    let only = report.scope.vpc_ids.len();
    let vpcs = match only {
        0 => String::new(),
        _ => format!(", {}", plural(only, "VPC")),
    };
    // Two Regions and the VPCs might not fit, and the VPCs stand last.
    let most = if only == 0 { 2 } else { 1 };
    let regions = match report.scope.regions.as_slice() {
        [] => "no Region".to_owned(),
        few if few.len() <= most => few.join(", "),
        several => format!("{} Regions", several.len()),
    };
    format!("vpce-guard: {what} in {accounts} ({regions}{vpcs})")
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

/// The message for a person: what, where, why, and the exact command.
fn mail(report: &wire::Report) -> String {
    let mut mail = Text {
        out: text::head(report),
        room: TEXT_LIMIT,
    };
    let groups = text::groups(violations(report));
    // What could not be seen is said first in need, so it gets its room first.
    let gaps = if report.complete {
        Vec::new()
    } else {
        text::gaps(report)
    };
    let kept_for_gaps = gaps.iter().map(|gap| escaped(gap)).sum::<usize>();
    mail.room = TEXT_LIMIT - kept_for_gaps.min(TEXT_LIMIT / 3);
    let shown = groups
        .iter()
        .enumerate()
        .take_while(|(at, group)| mail.push(&paragraph(at + 1, group)))
        .count();
    let left: usize = groups[shown..].iter().map(|group| group.findings).sum();
    mail.room = TEXT_LIMIT;
    if left > 0 {
        let more = plural(left, "violation");
        mail.push(&format!("\n{more} more, of the same or lower severity.\n"));
    }
    let shown = gaps.iter().take_while(|gap| mail.push(gap)).count();
    if shown < gaps.len() {
        mail.room = usize::MAX;
        mail.push(&format!(" - {} more\n", gaps.len() - shown));
    }
    mail.out
}

fn paragraph(number: usize, group: &Group<'_>) -> String {
    let lines = text::paragraph(number, group, &text::Names::new());
    lines.iter().fold("\n".to_owned(), |text, line| {
        text + line.plain().as_str() + "\n"
    })
}

/// Text that grows up to a limit.
struct Text {
    out: String,
    room: usize,
}

impl Text {
    /// Adds a part if it fits.
    fn push(&mut self, part: &str) -> bool {
        let fits = escaped(&self.out) + escaped(part) <= self.room;
        if fits {
            self.out.push_str(part);
        }
        fits
    }
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
