//! The answer in one sentence, and what stands behind it.

use super::words::{count, listed, plural, service, time};
use crate::report::{
    text::narrowed,
    wire::{self, Status, Weight},
};
use maud::{Markup, html};

/// The subnets of one service, and those of them in violation by path.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    all: usize,
    /// All of it, or a part.
    around: usize,
    dropped: usize,
}

impl Tally {
    fn violations(self) -> usize {
        self.around + self.dropped
    }
}

fn tally(report: &wire::Report, of: &str) -> Tally {
    let mut tally = Tally::default();
    let subnets = report.subnets.iter().flatten();
    for subnet in subnets.filter(|subnet| subnet.service == of) {
        tally.all += 1;
        match (subnet.verdict, subnet.path) {
            ("violation", "no_route") => tally.dropped += 1,
            ("violation", _) => tally.around += 1,
            _ => {}
        }
    }
    tally
}

/// The answer in one sentence. Only a compliant report sounds clean.
pub(super) fn sentence(report: &wire::Report) -> String {
    let findings = report.findings.iter();
    let violations = findings
        .filter(|finding| finding.weight == Weight::Violation)
        .count();
    match report.status {
        Status::Violations => broken(report).unwrap_or_else(|| {
            let violations = plural(violations, "violation");
            format!(
                "{violations} of the private path{}",
                narrowed(&report.scope, "in")
            )
        }),
        Status::Incomplete => {
            format!(
                "Not proved{}: {}",
                narrowed(&report.scope, "of"),
                gaps(report)
            )
        }
        Status::Compliant => held(report),
    }
}

/// What does not take the endpoint, by service; none where every subnet takes
/// it and something else is wrong.
fn broken(report: &wire::Report) -> Option<String> {
    let services = report.scope.services.iter();
    let of = narrowed(&report.scope, "of");
    let clauses: Vec<(String, &str)> = services
        .map(|name| (service(name), tally(report, name)))
        .filter(|(_, tally)| tally.violations() > 0)
        .map(|(name, tally)| clause(name, tally, &of))
        .collect();
    let parts: Vec<String> = clauses
        .iter()
        .enumerate()
        .map(|(at, (start, end))| match clauses.get(at + 1) {
            // Two clauses that end alike share their end.
            Some((_, next)) if next == end => start.clone(),
            _ => format!("{start}{end}"),
        })
        .collect();
    (!parts.is_empty()).then(|| listed(&parts))
}

/// What is wrong with the ways to one service: the start of a sentence, and its end.
fn clause(service: &str, tally: Tally, of: &str) -> (String, &'static str) {
    let some = tally.violations();
    let subject = format!("{} of {}{of}", count(some), plural(tally.all, "subnet"));
    let one = some == 1;
    match (tally.around, tally.dropped) {
        (_, 0) => {
            let verb = if one { "sends" } else { "send" };
            let end = " around the gateway endpoint";
            (format!("{subject} {verb} {service} traffic"), end)
        }
        (0, _) => {
            let verb = if one { "has" } else { "have" };
            (format!("{subject} {verb} no way to {service}"), "")
        }
        (_, _) => {
            let end = " on the gateway endpoint";
            (format!("{subject} do not keep {service} traffic"), end)
        }
    }
}

fn gaps(report: &wire::Report) -> String {
    let mut gaps = Vec::new();
    if report.summary.unverifiable > 0 {
        gaps.push(format!(
            "{} could not be judged",
            judgements(report, report.summary.unverifiable)
        ));
    }
    if !report.errors.is_empty() {
        let answers = plural(report.errors.len(), "answer");
        gaps.push(format!("{answers} could not be read"));
    }
    if gaps.is_empty() {
        gaps.push("not everything could be judged".to_owned());
    }
    listed(&gaps)
}

/// `3 subnets`, or `3 ways from a subnet to a service` where there are several services.
fn judgements(report: &wire::Report, number: usize) -> String {
    match report.scope.services.len() {
        0 | 1 => plural(number, "subnet"),
        _ if number == 1 => "1 way from a subnet to a service".to_owned(),
        _ => format!("{} ways from subnets to a service", count(number)),
    }
}

fn held(report: &wire::Report) -> String {
    let services: Vec<&str> = report.scope.services.iter().map(|s| service(s)).collect();
    let services = listed(&services);
    let summary = &report.summary;
    let of = narrowed(&report.scope, "of");
    if summary.judged == 0 {
        return format!("There is no subnet{of} to judge");
    }
    if summary.exempt == 0 {
        return match summary.subnets {
            1 => format!("The only subnet{of} takes the gateway endpoint to {services}"),
            many => format!(
                "All {} subnets{of} take the gateway endpoint to {services}",
                count(many)
            ),
        };
    }
    if summary.compliant == 0 {
        return format!(
            "No subnet{of} takes the gateway endpoint to {services}: every one is exempt"
        );
    }
    format!(
        "All subnets{of} take the gateway endpoint to {services}, but for {} that {} exempt",
        judgements(report, summary.exempt),
        if summary.exempt == 1 { "is" } else { "are" }
    )
}

/// The top of the page: the answer, what it covers and the numbers.
pub(super) fn header(report: &wire::Report) -> Markup {
    let status = report.status.name();
    let label = match report.status {
        Status::Violations if report.complete => "Violations",
        Status::Violations => "Violations, and not everything was seen",
        Status::Incomplete => "Incomplete",
        Status::Compliant => "Compliant",
    };
    html! {
        header.answer.(status) data-status=(status) {
            p.status { span.sign aria-hidden="true" { (sign(report.status)) } (label) }
            h1 { (sentence(report)) "." }
            p.lead { (covers(report)) }
            @if let Some(omitted) = report.omitted {
                p.note { "A size limit left out " (plural(omitted.subnets, "subnet")) ", " (plural(omitted.endpoints, "endpoint")) ", "
                    (plural(omitted.findings, "finding")) " and " (plural(omitted.errors, "error")) "." }
            }
            (numbers(report))
        }
    }
}

fn sign(status: Status) -> &'static str {
    match status {
        Status::Violations => "!",
        Status::Incomplete => "?",
        Status::Compliant => "✓",
    }
}

/// When, over what, and what the answer means.
fn covers(report: &wire::Report) -> Markup {
    let scope = &report.scope;
    let services: Vec<&str> = scope.services.iter().map(|s| service(s)).collect();
    let accounts = match scope.accounts.as_slice() {
        [] => "an account that is not known".to_owned(),
        [one] => format!("account {one}"),
        several => format!("accounts {}", listed(several)),
    };
    let regions = match scope.regions.as_slice() {
        [] => "no Region".to_owned(),
        [one] => one.clone(),
        several => listed(several),
    };
    let mut gaps = Vec::new();
    if report.summary.unverifiable > 0 {
        let unknown = judgements(report, report.summary.unverifiable);
        gaps.push(format!("{unknown} could not be judged"));
    }
    if !report.errors.is_empty() {
        let answers = plural(report.errors.len(), "answer");
        gaps.push(format!("{answers} could not be read"));
    }
    html! {
        @if report.status == Status::Compliant { "Proved for" } @else { "Asked for" }
        " every IPv4 address of " (listed(&services)) ", by the route tables" (narrowed(scope, "of")) " of " (accounts) " in " (regions)
        ", judged on " time datetime=(report.finished_at) { (time(&report.finished_at)) }
        @if let Some(taken_at) = &report.taken_at {
            " from facts that were saved on " time datetime=(taken_at) { (time(taken_at)) }
        }
        "."
        @if report.status == Status::Violations && !gaps.is_empty() {
            " " strong { "Besides, " (listed(&gaps)) "." }
        }
        @if report.status == Status::Incomplete && report.summary.violations == 0 {
            " No violation was seen, but what was not seen may hold one."
        }
    }
}

fn numbers(report: &wire::Report) -> Markup {
    let summary = &report.summary;
    let each = report.scope.services.len() > 1;
    let verdicts = [
        ("compliant", "On the endpoint", summary.compliant),
        ("violation", "In violation", summary.violations),
        ("exempt", "Exempt", summary.exempt),
        ("unverifiable", "Not judged", summary.unverifiable),
    ];
    let all: usize = verdicts.iter().map(|(_, _, number)| number).sum();
    let by = &summary.by_severity;
    let severities = [
        ("critical", by.critical),
        ("high", by.high),
        ("medium", by.medium),
        ("low", by.low),
        ("info", by.info),
    ];
    html! {
        (bar(&verdicts, all))
        dl.numbers {
            div { dt { "Subnets" } dd { (count(summary.subnets)) } }
            @for (class, title, number) in verdicts {
                div.(if number > 0 { class } else { "zero" }) { dt { (title) } dd { (count(number)) } }
            }
            div { dt { "VPCs" } dd { (count(summary.vpcs)) } }
            div { dt { "Findings" } dd { (count(summary.findings)) } }
        }
        p.severities {
            @if each { "Verdicts count one per subnet and service. " }
            @if summary.findings > 0 {
                "Findings: "
                @for (name, number) in severities {
                    @if number > 0 { span.badge.(name) { (count(number)) " " (name) } " " }
                }
            }
        }
    }
}

/// The verdicts as one bar. The numbers below say the same.
#[expect(clippy::cast_precision_loss, reason = "parts of a thousand")]
fn bar(verdicts: &[(&'static str, &'static str, usize)], all: usize) -> Markup {
    let mut left = 0.0;
    let parts: Vec<(&str, f64, f64)> = verdicts
        .iter()
        .filter(|(_, _, number)| *number > 0)
        .map(|(class, _, number)| {
            let width = 1000.0 * *number as f64 / all as f64;
            let part = (*class, left, width);
            left += width;
            part
        })
        .collect();
    html! {
        svg.bar viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
            @for (class, x, width) in parts {
                rect.(class) x=(format!("{x:.2}")) y="0" width=(format!("{width:.2}")) height="10" {}
            }
        }
    }
}
