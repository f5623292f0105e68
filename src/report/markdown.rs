//! A page for an issue, a wiki or a pull request (GitHub's Markdown).
//!
//! The answer first, then the numbers, what is in violation with its fixes
//! (one part per route table or endpoint, the worst first), what could not be
//! judged or read, what is exempt or worth knowing, and every subnet and
//! endpoint in folded tables. Nothing is left out: GitHub takes 65,536
//! characters in an issue, so a large account's page belongs in a file.
//!
//! Names, reasons and messages come from others. They cannot break out: every
//! character with a meaning in Markdown or HTML is escaped, line breaks become
//! spaces, nobody is mentioned (a zero-width space follows `@` and `#`), and a
//! block of commands has a longer fence than any run of backticks in it.

use super::{
    format::Context,
    text::{self, Group, answer, groups, listed, narrowed, plural},
    wire,
};
use std::io::{self, Write};

/// Writes the page.
pub(super) fn write(report: &wire::Report, _: &Context, out: &mut dyn Write) -> io::Result<()> {
    head(report, out)?;
    violations(&groups(text::violations(report)), out)?;
    not_judged(report, out)?;
    let accepted = |found: &&wire::Finding| found.exemption.is_some();
    others("Exempt", report, accepted, out)?;
    others("Worth knowing", report, |found| !accepted(found), out)?;
    subnets(report, out)?;
    endpoints(report, out)?;
    writeln!(
        out,
        "\n{} {}, {} to {}",
        report.tool.name, report.tool.version, report.started_at, report.finished_at
    )
}

fn head(report: &wire::Report, out: &mut dyn Write) -> io::Result<()> {
    let summary = &report.summary;
    writeln!(
        out,
        "# Private path to {}{}\n",
        report.scope.services.join(", "),
        escaped(&narrowed(&report.scope, "in"))
    )?;
    writeln!(out, "**{}**", escaped(&answer(report)))?;
    if !report.complete {
        writeln!(
            out,
            "\n> **Not everything{} was seen.** What is not listed may be good or bad: {} not judged, {}.",
            escaped(&narrowed(&report.scope, "of")),
            summary.unverifiable,
            plural(report.errors.len(), "error")
        )?;
    }
    writeln!(out)?;
    let by = &summary.by_severity;
    table(&["", ""], out)?;
    let only = &report.scope.vpc_ids;
    let vpcs = (!only.is_empty()).then(|| ("VPCs", format!("{}, no others", listed(only))));
    let rows = [
        ("Status", report.status.name().to_owned()),
        (
            "Complete",
            if report.complete { "yes" } else { "no" }.to_owned(),
        ),
        ("Accounts", listed(&report.scope.accounts)),
        ("Regions", listed(&report.scope.regions)),
    ];
    let numbers = [
        (
            "Seen",
            format!(
                "{} in {}",
                plural(summary.subnets, "subnet"),
                plural(summary.vpcs, "VPC")
            ),
        ),
        (
            "Verdicts",
            format!(
                "{} compliant, {} in violation, {} exempt, {} not judged",
                summary.compliant, summary.violations, summary.exempt, summary.unverifiable
            ),
        ),
        (
            "Findings",
            format!(
                "{}: {} critical, {} high, {} medium, {} low, {} info",
                summary.findings, by.critical, by.high, by.medium, by.low, by.info
            ),
        ),
    ];
    for (name, value) in rows.into_iter().chain(vpcs).chain(numbers) {
        row(&[&format!("**{name}**"), &escaped(&value)], out)?;
    }
    Ok(())
}

fn violations(groups: &[Group<'_>], out: &mut dyn Write) -> io::Result<()> {
    if groups.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## Violations\n")?;
    table(&["#", "severity", "what", "where", "subnets", "rule"], out)?;
    for (at, group) in groups.iter().enumerate() {
        let found = group.finding;
        row(
            &[
                &(at + 1).to_string(),
                found.severity.name(),
                &escaped(&found.title),
                &place(found, false),
                &group.subnets.len().to_string(),
                &code(found.rule),
            ],
            out,
        )?;
    }
    for (at, group) in groups.iter().enumerate() {
        let found = group.finding;
        let (number, title) = (at + 1, escaped(&found.title));
        writeln!(out, "\n### {number}. \\[{}\\] {title}\n", found.severity)?;
        writeln!(out, "- Where: {}", place(found, false))?;
        if !group.subnets.is_empty() {
            let subnets: Vec<String> = group.subnets.iter().map(|id| code(id)).collect();
            writeln!(out, "- Subnets: {}", subnets.join(" "))?;
        }
        writeln!(out, "- Why: {}", escaped(&found.detail))?;
        writeln!(out, "- Fix: {}", escaped(&found.remediation.summary))?;
        writeln!(out, "- Rule: {}", code(found.rule))?;
        fenced(&group.commands, out)?;
    }
    Ok(())
}

fn not_judged(report: &wire::Report, out: &mut dyn Write) -> io::Result<()> {
    let unjudged = || {
        let findings = report.findings.iter();
        findings.filter(|found| found.weight == wire::Weight::NotJudged)
    };
    if unjudged().next().is_none() && report.errors.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## Not judged")?;
    if unjudged().next().is_some() {
        writeln!(out)?;
        table(&["where", "why", "what helps", "rule"], out)?;
        for found in unjudged() {
            row(
                &[
                    &place(found, true),
                    &escaped(&found.detail),
                    &escaped(&found.remediation.summary),
                    &code(found.rule),
                ],
                out,
            )?;
        }
    }
    if !report.errors.is_empty() {
        writeln!(out, "\n## Errors\n")?;
        table(
            &["what could not be read", "where", "why", "what helps"],
            out,
        )?;
        for error in &report.errors {
            let place = [error.account_id.as_deref(), error.region.as_deref()];
            let place: Vec<String> = place.into_iter().flatten().map(code).collect();
            row(
                &[
                    &code(&error.operation),
                    &place.join(" "),
                    &escaped(&format!("{}: {}", error.code, error.message)),
                    &escaped(error.hint.as_deref().unwrap_or_default()),
                ],
                out,
            )?;
        }
    }
    Ok(())
}

/// Findings that are no violations and were judged.
fn others(
    title: &str,
    report: &wire::Report,
    wanted: impl Fn(&&wire::Finding) -> bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut found = report
        .findings
        .iter()
        .filter(|found| found.weight == wire::Weight::Note && wanted(found))
        .peekable();
    if found.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "\n## {title}\n")?;
    table(
        &["severity", "what", "where", "why", "accepted", "rule"],
        out,
    )?;
    for found in found {
        let accepted = found.exemption.as_ref().map_or(String::new(), |exemption| {
            let until = match &exemption.until {
                Some(day) => format!("until {day}"),
                None => "without end".to_owned(),
            };
            escaped(&format!(
                "{} ({until}; {})",
                exemption.reason, exemption.source
            ))
        });
        row(
            &[
                found.severity.name(),
                &escaped(&found.title),
                &place(found, true),
                &escaped(&found.detail),
                &accepted,
                &code(found.rule),
            ],
            out,
        )?;
    }
    Ok(())
}

fn subnets(report: &wire::Report, out: &mut dyn Write) -> io::Result<()> {
    let mut subnets = report.subnets.iter().flatten().peekable();
    if subnets.peek().is_none() {
        return Ok(());
    }
    let title = "Every subnet and service";
    folded(title, out)?;
    table(
        &[
            "verdict", "path", "service", "region", "vpc", "subnet", "name", "why",
        ],
        out,
    )?;
    for subnet in subnets {
        row(
            &[
                subnet.verdict,
                &code(subnet.path),
                subnet.service,
                &subnet.region,
                &code(&subnet.vpc_id),
                &code(&subnet.subnet_id),
                &escaped(subnet.name.as_deref().unwrap_or_default()),
                &escaped(&subnet.reason),
            ],
            out,
        )?;
    }
    writeln!(out, "\n</details>")
}

fn endpoints(report: &wire::Report, out: &mut dyn Write) -> io::Result<()> {
    if report.endpoints.is_empty() {
        return Ok(());
    }
    folded("Every endpoint", out)?;
    table(
        &[
            "endpoint",
            "service",
            "region",
            "vpc",
            "type",
            "state",
            "traffic",
            "route tables",
        ],
        out,
    )?;
    for endpoint in &report.endpoints {
        let tables: Vec<String> = endpoint.route_table_ids.iter().map(|id| code(id)).collect();
        row(
            &[
                &code(&endpoint.vpc_endpoint_id),
                endpoint.service,
                &endpoint.region,
                &code(&endpoint.vpc_id),
                &escaped(&endpoint.kind),
                &escaped(endpoint.state.as_deref().unwrap_or("unknown")),
                &escaped(
                    endpoint
                        .traffic
                        .as_ref()
                        .map_or("", |traffic| traffic.status),
                ),
                &tables.join(" "),
            ],
            out,
        )?;
    }
    writeln!(out, "\n</details>")
}

fn folded(title: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n<details>\n<summary>{title}</summary>\n")
}

/// Where a finding is: its ids. A group's subnets stand apart.
fn place(found: &wire::Finding, subnet: bool) -> String {
    let ids = [
        found.account_id.as_deref(),
        found.region.as_deref(),
        found.vpc_id.as_deref(),
        found.subnet_id.as_deref().filter(|_| subnet),
        found.route_table_id.as_deref(),
        found.vpc_endpoint_id.as_deref(),
        found.service,
    ];
    let ids: Vec<String> = ids.into_iter().flatten().map(code).collect();
    ids.join(" ")
}

/// The head of a table.
fn table(heads: &[&str], out: &mut dyn Write) -> io::Result<()> {
    row(heads, out)?;
    writeln!(out, "|{}", " --- |".repeat(heads.len()))
}

fn row(cells: &[&str], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "| {} |", cells.join(" | "))
}

/// Commands as a block.
fn fenced(commands: &[&str], out: &mut dyn Write) -> io::Result<()> {
    if commands.is_empty() {
        return Ok(());
    }
    let longest = commands.iter().map(|command| longest_run(command)).max();
    let fence = "`".repeat((longest.unwrap_or_default() + 1).max(3));
    writeln!(out, "\n{fence}sh")?;
    for command in commands {
        writeln!(out, "{}", one_line(command))?;
    }
    writeln!(out, "{fence}")
}

/// How many backticks stand in a row at most.
fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or_default()
}

/// An id or a word of AWS's as code; anything else as escaped text, since a
/// table's bar ends even a span of code.
fn code(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.' | '/');
    if !text.is_empty() && text.chars().all(plain) {
        format!("`{text}`")
    } else {
        escaped(text)
    }
}

/// Text that means itself wherever it stands in a line.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 16);
    for c in one_line(text).chars() {
        match c {
            // Markdown knows these as HTML, so nothing can be a tag.
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            // What GitHub makes links and mentions of after Markdown is done.
            '@' | '#' => {
                safe.push('\\');
                safe.push(c);
                safe.push_str("&#8203;");
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' | '$' => {
                safe.push('\\');
                safe.push(c);
            }
            _ => safe.push(c),
        }
    }
    // An address of the web becomes a link by itself.
    safe.replace("://", ":&#8203;//")
        .replace("www.", "www&#8203;.")
}

/// A text without line breaks or other control characters, among them those
/// that turn the direction of writing and so show another text than there is.
fn one_line(text: &str) -> String {
    let turns = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.replace(|c: char| c.is_control() || turns(c), " ")
}
