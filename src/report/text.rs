//! What a report says to a person, as text: parts that the mail and the
//! terminal share.

use super::wire;
use crate::engine::severity::Severity;
use std::collections::{BTreeMap, BTreeSet};

/// The most commands, names and characters of foreign text per paragraph;
/// the report has them all.
const MOST_COMMANDS: usize = 10;
const MOST_NAMES: usize = 5;
const MOST_CHARACTERS: usize = 600;

/// More Regions than AWS has in one partition.
const MOST_REGIONS: usize = 50;

/// Findings that count, in the report's order.
pub(super) fn violations(report: &wire::Report) -> impl Iterator<Item = &wire::Finding> {
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
pub(super) struct Group<'a> {
    /// The first of its findings; the others differ in their subnet.
    pub(super) finding: &'a wire::Finding,
    /// The subnets.
    pub(super) subnets: BTreeSet<&'a str>,
    /// In the order in which they are to be run, each once.
    pub(super) commands: Vec<&'a str>,
    /// How many findings it stands for.
    pub(super) findings: usize,
}

/// Findings that say the same of the same table or endpoint, together; worst first.
pub(super) fn groups<'a>(findings: impl Iterator<Item = &'a wire::Finding>) -> Vec<Group<'a>> {
    let mut groups: BTreeMap<_, Group<'_>> = BTreeMap::new();
    for finding in findings {
        let exemption = finding.exemption.as_ref();
        let key = (
            std::cmp::Reverse(finding.severity),
            &finding.account_id,
            &finding.region,
            &finding.vpc_id,
            finding.rule,
            finding.service,
            &finding.route_table_id,
            &finding.vpc_endpoint_id,
            (
                &finding.detail,
                exemption.map(|exemption| (&exemption.reason, &exemption.source)),
            ),
        );
        let group = groups.entry(key).or_insert_with(|| Group {
            finding,
            subnets: BTreeSet::new(),
            commands: Vec::new(),
            findings: 0,
        });
        group.findings += 1;
        group.subnets.extend(finding.subnet_id.as_deref());
        for command in &finding.remediation.commands {
            if !group.commands.contains(&command.as_str()) {
                group.commands.push(command);
            }
        }
    }
    groups.into_values().collect()
}

/// The VPCs, after a preposition, where a run looked at no others; else
/// nothing. Whoever claims something of the run says it: what is true of one
/// VPC is not yet true of the account.
pub(super) fn narrowed(scope: &wire::Scope, preposition: &str) -> String {
    match scope.vpc_ids.as_slice() {
        [] => String::new(),
        few if few.len() <= MOST_NAMES => format!(" {preposition} {}", harmless(&few.join(", "))),
        many => format!(" {preposition} the {} VPCs asked for", many.len()),
    }
}

/// Whether the run saw everything that it looked at.
pub(super) fn seen(report: &wire::Report) -> String {
    let not = if report.complete { "" } else { "not " };
    format!("{not}everything{} was seen", narrowed(&report.scope, "of"))
}

/// The answer in a sentence.
pub(super) fn answer(report: &wire::Report) -> String {
    let summary = &report.summary;
    let services = report.scope.services.join(", ");
    let of = narrowed(&report.scope, "of");
    let within = narrowed(&report.scope, "in");
    let count = violations(report).count();
    match report.status {
        wire::Status::Violations => {
            format!(
                "{} of the private path to {services}{within}.",
                plural(count, "violation")
            )
        }
        wire::Status::Incomplete => format!(
            "No violation of the private path to {services}{within} was seen, but not everything could be judged."
        ),
        wire::Status::Compliant if summary.judged == 0 => {
            format!("There is no subnet{of} to judge.")
        }
        wire::Status::Compliant if summary.compliant == summary.judged => {
            format!("Every subnet{of} reaches {services} through an available gateway endpoint.")
        }
        wire::Status::Compliant => format!(
            "No violation of the private path to {services}{within} counts; not every subnet takes it."
        ),
    }
}

/// The answer and the numbers.
pub(super) fn head(report: &wire::Report) -> String {
    let summary = &report.summary;
    let each = if report.scope.services.len() > 1 {
        " (one per subnet and service)"
    } else {
        ""
    };
    let vpcs = match report.scope.vpc_ids.as_slice() {
        [] => String::new(),
        only => format!("VPCs      {}, no others\n", listed(only)),
    };
    format!(
        "{}\n\nAccount   {}\nRegions   {}\n{vpcs}Subnets   {} in {}\nVerdicts  {} compliant, {} in violation, {} exempt, {} not judged{each}\n{}Run       {} to {}\n",
        answer(report),
        listed(&report.scope.accounts),
        listed(&report.scope.regions),
        summary.subnets,
        plural(summary.vpcs, "VPC"),
        summary.compliant,
        summary.violations,
        summary.exempt,
        summary.unverifiable,
        report
            .taken_at
            .as_ref()
            .map_or(String::new(), |time| format!("Facts     saved {time}\n")),
        report.started_at,
        report.finished_at,
    )
}

/// One line of a paragraph. Text that others wrote has no line breaks left.
pub(super) enum Line {
    /// What is wrong.
    Title(String),
    /// A label and what it says.
    Labelled(&'static str, String),
    /// A command, to be copied as it is.
    Command(String),
}

impl Line {
    /// The line with its indent.
    pub(super) fn plain(&self) -> String {
        match self {
            Self::Title(title) => title.clone(),
            Self::Labelled(label, text) => format!("   {label:<LABEL$}{text}"),
            Self::Command(command) => format!("     {command}"),
        }
    }
}

/// The width of a label.
pub(super) const LABEL: usize = 9;

/// What people call subnets, by id.
pub(super) type Names<'a> = BTreeMap<&'a str, &'a str>;

/// What is wrong, where, why, and what to do.
pub(super) fn paragraph(number: usize, group: &Group<'_>, names: &Names<'_>) -> Vec<Line> {
    let finding = group.finding;
    let place: Vec<&str> = [
        finding.region.as_deref(),
        finding.vpc_id.as_deref(),
        finding.route_table_id.as_deref(),
        finding.vpc_endpoint_id.as_deref(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut lines = vec![
        Line::Title(harmless(&format!(
            "{number}. [{}] {}",
            finding.severity, finding.title
        ))),
        Line::Labelled("Where", harmless(&place.join("  "))),
    ];
    if !group.subnets.is_empty() {
        let with_name = |id: &&str| match names.get(id) {
            Some(name) => format!("{id} ({})", harmless(name)),
            None => (*id).to_owned(),
        };
        let subnets: Vec<String> = group.subnets.iter().map(with_name).collect();
        let subnets = subnets.iter().map(String::as_str).collect();
        lines.push(Line::Labelled("Subnets", some(&subnets, " ")));
    }
    lines.push(Line::Labelled("Why", short(&finding.detail)));
    lines.push(Line::Labelled("Fix", short(&finding.remediation.summary)));
    let commands = group.commands.iter().take(MOST_COMMANDS);
    // Code takes several lines, and they stay lines.
    let written = commands.flat_map(|command| command.lines());
    lines.extend(written.map(|line| Line::Command(harmless(line))));
    if group.commands.len() > MOST_COMMANDS {
        let more = plural(group.commands.len() - MOST_COMMANDS, "more command");
        lines.push(Line::Command(format!("({more} in the report)")));
    }
    lines.push(Line::Labelled("Rule", finding.rule.to_owned()));
    lines
}

fn line(text: &str) -> String {
    format!("{}\n", harmless(text))
}

/// What could not be seen, one line or two each, with a heading first.
pub(super) fn gaps(report: &wire::Report) -> Vec<String> {
    let mut gaps = vec!["\nNot everything was seen:\n".to_owned()];
    for error in &report.errors {
        let region = error.region.as_deref().unwrap_or("all Regions");
        let mut gap = line(&format!(
            " - {} in {region}: {}: {}",
            error.operation,
            error.code,
            short(&error.message)
        ));
        if let Some(hint) = &error.hint {
            gap.push_str(&line(&format!("   {hint}")));
        }
        gaps.push(gap);
    }
    let mut unjudged: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for finding in &report.findings {
        if finding.weight == wire::Weight::NotJudged {
            let place = (
                finding.rule,
                &finding.region,
                &finding.vpc_id,
                finding.service,
                &finding.detail,
            );
            let subnets = unjudged.entry(place).or_default();
            subnets.extend(finding.subnet_id.as_deref());
        }
    }
    for ((rule, region, vpc, service, why), subnets) in unjudged {
        let place: Vec<&str> = [Some(rule), region.as_deref(), vpc.as_deref(), service]
            .into_iter()
            .flatten()
            .collect();
        gaps.push(line(&format!(
            " - {}, {}: {}",
            place.join(" "),
            some(&subnets, " "),
            short(why)
        )));
    }
    gaps
}

/// The first few of some names, and how many more there are.
pub(super) fn some(names: &BTreeSet<&str>, separator: &str) -> String {
    let shown: Vec<&str> = names.iter().copied().take(MOST_NAMES).collect();
    match names.len() - shown.len() {
        0 => shown.join(separator),
        more => format!("{} and {more} more", shown.join(separator)),
    }
}

/// A text that others wrote, on one line and cut where it is very long.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", harmless(&text[..end])),
        None => harmless(text),
    }
}

/// The text without control characters: a line break in a tag must not write
/// lines of its own, nor an escape sequence colours, nor a direction mark turn
/// the rest of the line around.
#[must_use]
pub fn harmless(text: &str) -> String {
    let harms = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|c| if harms(c) { ' ' } else { c })
        .collect()
}

pub(super) fn listed(values: &[String]) -> String {
    match values {
        [] => "-".to_owned(),
        few if few.len() <= MOST_REGIONS => few.join(", "),
        many => format!("{} of them", many.len()),
    }
}

pub(super) fn plural(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}
