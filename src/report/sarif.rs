//! SARIF 2.1.0, for code scanning.
//!
//! One result per finding, under its rule. Exempt findings are suppressed
//! results. What could not be read stands in the invocation's notifications,
//! and the invocation did then not succeed. Since a code scanner shows results
//! alone, a run that is not complete has one result more, of the rule
//! [`INCOMPLETE`] and level `error`: without it, a run that saw nothing would
//! close every alert.
//!
//! A scanner that gets a run closes the alerts of the last one of the same
//! category that it does not repeat. GitHub takes for the category what stands
//! before the last `/` of `automationDetails.id`, so the accounts, Regions,
//! services and VPCs of the run stand there: a run over one VPC closes no alert
//! of another. For the same reason the fingerprint of [`INCOMPLETE`] is that
//! of the scope.
//!
//! A network has no files, and GitHub shows no result without one. It takes
//! paths relative to the repository, so the path of a result is
//! `account/region/vpc/subnet` (or the endpoint), which sorts and filters well
//! there; the same stands in `logicalLocations`, where SARIF wants it. Fixes
//! are commands, and stand in the message: SARIF's `fixes` are edits of files.
//! GitHub takes 25,000 results in a run and shows the 5,000 worst; a report
//! with more is better split by `--region` or `--vpc`.
//!
//! Sources: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>,
//! <https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>.

use super::{
    build::{hex, run_identity},
    format::Context,
    streamed::Streamed,
    text::narrowed,
    wire,
};
use crate::engine::{rule::Rule, severity::Severity};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::{borrow::Cow, fmt::Write as _, io};

/// The rule of a run that is not complete.
const INCOMPLETE: &str = "audit-incomplete";

/// The most names of each kind in a category, which people read, too.
const MOST_NAMES: usize = 4;

/// What says a fact could not be read.
const UNREAD: &str = "fact-not-read";

#[derive(Serialize)]
struct Log<R> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [R; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a, R> {
    tool: Tool<'a>,
    automation_details: AutomationDetails,
    invocations: [Invocation<'a>; 1],
    column_kind: &'static str,
    results: R,
    properties: RunProperties<'a>,
}

#[derive(Serialize)]
struct AutomationDetails {
    id: String,
}

#[derive(Serialize)]
struct RunProperties<'a> {
    status: &'static str,
    complete: bool,
    scope: &'a wire::Scope,
    summary: &'a wire::Summary,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'a str,
    full_name: String,
    version: &'a str,
    semantic_version: &'a str,
    rules: Vec<Descriptor>,
    notifications: [Notice; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notice {
    id: &'static str,
    name: String,
    short_description: Text<'static>,
    full_description: Text<'static>,
    help: Text<'static>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    name: String,
    short_description: Text<'static>,
    full_description: Text<'static>,
    help: Help,
    default_configuration: Configuration,
    properties: RuleProperties,
}

#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
}

#[derive(Serialize)]
struct Help {
    text: &'static str,
    markdown: &'static str,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct RuleProperties {
    tags: [&'static str; 3],
    precision: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    security_severity: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation<'a> {
    execution_successful: bool,
    start_time_utc: &'a str,
    end_time_utc: &'a str,
    tool_execution_notifications: Vec<Notification<'a>>,
}

#[derive(Serialize)]
struct Notification<'a> {
    descriptor: Reference,
    level: &'static str,
    message: OwnedText,
    properties: &'a wire::Problem,
}

#[derive(Serialize)]
struct Reference {
    id: &'static str,
    index: usize,
}

#[derive(Serialize)]
struct OwnedText {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'a> {
    rule_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: OwnedText,
    locations: [Location<'a>; 1],
    partial_fingerprints: Fingerprints<'a>,
    suppressions: Vec<Suppression<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<ResultProperties<'a>>,
}

/// The same fingerprint twice: GitHub looks at its own name for it alone.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fingerprints<'a> {
    primary_location_line_hash: Cow<'a, str>,
    #[serde(rename = "vpceGuard/v1")]
    ours: Cow<'a, str>,
}

impl<'a> Fingerprints<'a> {
    fn of(fingerprint: Cow<'a, str>) -> Self {
        Self {
            primary_location_line_hash: fingerprint.clone(),
            ours: fingerprint,
        }
    }
}

#[derive(Serialize)]
struct Suppression<'a> {
    kind: &'static str,
    status: &'static str,
    justification: &'a str,
    properties: &'a wire::Exemption,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    physical_location: PhysicalLocation,
    logical_locations: [LogicalLocation<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

/// The first character of a file that does not exist: scanners want a place.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u8,
    start_column: u8,
    end_line: u8,
    end_column: u8,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation<'a> {
    name: &'a str,
    fully_qualified_name: String,
    kind: &'static str,
}

#[derive(Serialize)]
struct ResultProperties<'a> {
    severity: &'static str,
    account_id: Option<&'a str>,
    region: Option<&'a str>,
    vpc_id: Option<&'a str>,
    subnet_id: Option<&'a str>,
    route_table_id: Option<&'a str>,
    vpc_endpoint_id: Option<&'a str>,
    service: Option<&'a str>,
    commands: &'a [String],
}

/// Writes the log.
pub(super) fn write(
    report: &wire::Report,
    context: &Context,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let results = || {
        let incomplete = (!report.complete).then(|| incomplete(report, context));
        let findings = report.findings.iter();
        incomplete
            .into_iter()
            .chain(findings.map(|found| result(found, context)))
    };
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: driver(report, context),
            },
            automation_details: AutomationDetails {
                id: format!("{}/{}", category(report), report.started_at),
            },
            invocations: [invocation(report)],
            column_kind: "unicodeCodePoints",
            results: Streamed(results),
            properties: RunProperties {
                status: report.status.name(),
                complete: report.complete,
                scope: &report.scope,
                summary: &report.summary,
            },
        }],
    };
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

/// What tells the run from those whose alerts it has nothing to say about.
fn category(report: &wire::Report) -> String {
    let scope = &report.scope;
    let services: Vec<String> = scope.services.iter().map(|&it| it.to_owned()).collect();
    let vpcs = (!scope.vpc_ids.is_empty()).then(|| few(&scope.vpc_ids));
    [few(&scope.accounts), few(&scope.regions), few(&services)]
        .into_iter()
        .chain(vpcs)
        .fold(report.tool.name.to_owned(), |category, part| {
            category + "/" + &part
        })
}

/// Names in one word; many as their number and what tells them from others.
fn few(names: &[String]) -> String {
    let all = names.join("+");
    match names.len() {
        0 => "none".to_owned(),
        few if few <= MOST_NAMES => all,
        many => format!("{many}-{}", hex(&Sha256::digest(all)[..4])),
    }
}

fn driver<'a>(report: &'a wire::Report, context: &Context) -> Driver<'a> {
    let incomplete = Descriptor {
        id: INCOMPLETE,
        name: pascal(INCOMPLETE),
        short_description: Text {
            text: "not everything could be seen or judged",
        },
        full_description: Text {
            text: "What could not be read may be good or bad, so the absence of results says nothing about it.",
        },
        help: Help {
            text: "Read the notifications of the invocation: they name what could not be read, why, and what helps. Then run the audit again.",
            markdown: "Read the notifications of the invocation: they name what could not be read, why, and what helps. Then run the audit again.",
        },
        default_configuration: Configuration { level: "error" },
        properties: properties(Severity::Medium),
    };
    let rules = context.rules.iter().map(|rule| descriptor(rule));
    Driver {
        name: report.tool.name,
        full_name: format!("{} {}", report.tool.name, report.tool.version),
        version: report.tool.version,
        semantic_version: report.tool.version,
        rules: rules.chain([incomplete]).collect(),
        notifications: [Notice {
            id: UNREAD,
            name: pascal(UNREAD),
            short_description: Text {
                text: "a fact could not be read",
            },
            full_description: Text {
                text: "A call to AWS failed or was cut short, so what it was to tell is not known.",
            },
            help: Text {
                text: "The message names the call, why it failed and what helps.",
            },
        }],
    }
}

fn descriptor(rule: &'static Rule) -> Descriptor {
    Descriptor {
        id: rule.id,
        name: pascal(rule.id),
        short_description: Text { text: rule.summary },
        full_description: Text { text: rule.summary },
        help: Help {
            text: rule.page,
            markdown: rule.page,
        },
        default_configuration: Configuration {
            level: level(rule.severity),
        },
        properties: properties(rule.severity),
    }
}

fn properties(severity: Severity) -> RuleProperties {
    RuleProperties {
        tags: ["security", "network", "aws"],
        precision: "very-high",
        security_severity: score(severity),
    }
}

/// `gateway-route-missing` as `GatewayRouteMissing`.
fn pascal(id: &str) -> String {
    id.split('-')
        .flat_map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            [first.to_uppercase(), rest.to_owned()]
        })
        .collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// A number that GitHub shows as our severity: above 9 critical, from 7 high,
/// from 4 medium, above 0 low.
fn score(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Critical => Some("9.5"),
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("2.0"),
        Severity::Info => None,
    }
}

fn invocation(report: &wire::Report) -> Invocation<'_> {
    let notifications = report.errors.iter().map(|error| {
        let mut text = format!(
            "{} in {}: {}: {}",
            error.operation,
            error.region.as_deref().unwrap_or("all Regions"),
            error.code,
            error.message
        );
        if let Some(hint) = &error.hint {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n{hint}");
        }
        let text = text.replace("](", "] (");
        Notification {
            descriptor: Reference {
                id: UNREAD,
                index: 0,
            },
            level: "error",
            message: OwnedText { text },
            properties: error,
        }
    });
    Invocation {
        execution_successful: report.complete,
        start_time_utc: &report.started_at,
        end_time_utc: &report.finished_at,
        tool_execution_notifications: notifications.collect(),
    }
}

fn incomplete<'a>(report: &'a wire::Report, context: &Context) -> SarifResult<'a> {
    let account = match report.scope.accounts.as_slice() {
        [one] => Some(one.as_str()),
        [] | [_, ..] => None,
    };
    let text = format!(
        "Not everything{} could be seen or judged: {} judgements of subnets are open, and {} answers could not be read. What is not listed may be good or bad.",
        narrowed(&report.scope, "of"),
        report.summary.unverifiable,
        report.errors.len()
    );
    SarifResult {
        rule_id: INCOMPLETE,
        rule_index: Some(context.rules.len()),
        level: "error",
        message: OwnedText { text },
        locations: [location(account, &[], "account")],
        partial_fingerprints: Fingerprints::of(Cow::Owned(run_identity(INCOMPLETE, &report.scope))),
        suppressions: Vec::new(),
        properties: None,
    }
}

fn result<'a>(found: &'a wire::Finding, context: &Context) -> SarifResult<'a> {
    let kind = match (&found.subnet_id, &found.vpc_endpoint_id, &found.vpc_id) {
        (Some(_), _, _) => "subnet",
        (None, Some(_), _) => "endpoint",
        (None, None, Some(_)) => "vpc",
        (None, None, None) => "account",
    };
    let last = found
        .subnet_id
        .as_deref()
        .or(found.vpc_endpoint_id.as_deref());
    let path: Vec<&str> = [found.region.as_deref(), found.vpc_id.as_deref(), last]
        .into_iter()
        .flatten()
        .collect();
    SarifResult {
        rule_id: found.rule,
        rule_index: context.rules.iter().position(|rule| rule.id == found.rule),
        level: level(found.severity),
        message: OwnedText {
            text: message(found),
        },
        locations: [location(found.account_id.as_deref(), &path, kind)],
        partial_fingerprints: Fingerprints::of(Cow::Borrowed(&found.fingerprint)),
        suppressions: found
            .exemption
            .iter()
            .map(|exemption| Suppression {
                kind: "external",
                status: "accepted",
                justification: &exemption.reason,
                properties: exemption,
            })
            .collect(),
        properties: Some(ResultProperties {
            severity: found.severity.name(),
            account_id: found.account_id.as_deref(),
            region: found.region.as_deref(),
            vpc_id: found.vpc_id.as_deref(),
            subnet_id: found.subnet_id.as_deref(),
            route_table_id: found.route_table_id.as_deref(),
            vpc_endpoint_id: found.vpc_endpoint_id.as_deref(),
            service: found.service,
            commands: &found.remediation.commands,
        }),
    }
}

/// What is wrong, why we say so and what to do, as plain text. SARIF makes a
/// link of `[text](target)`; a tag that holds one must not become a link.
fn message(found: &wire::Finding) -> String {
    let place = found
        .subnet_id
        .as_deref()
        .or(found.vpc_endpoint_id.as_deref());
    let place = place.map(|id| format!("{id}: ")).unwrap_or_default();
    let mut text = format!(
        "{place}{}.\n{}.\nFix: {}",
        found.title, found.detail, found.remediation.summary
    );
    for command in &found.remediation.commands {
        text.push_str("\n  ");
        text.push_str(command);
    }
    text.replace("](", "] (")
}

fn location<'a>(account: Option<&'a str>, path: &[&'a str], kind: &'static str) -> Location<'a> {
    let account = account.unwrap_or("unknown-account");
    let parts: Vec<&str> = [account].into_iter().chain(path.iter().copied()).collect();
    let name = parts.join("/");
    Location {
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation { uri: name.clone() },
            region: Region {
                start_line: 1,
                start_column: 1,
                end_line: 1,
                end_column: 2,
            },
        },
        logical_locations: [LogicalLocation {
            name: path.last().copied().unwrap_or(account),
            fully_qualified_name: name,
            kind,
        }],
    }
}
