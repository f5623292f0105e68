//! The report document, schema `vpce-guard/report/1`: names and shapes are a
//! contract with everyone who scripts against them. Additions are free; a
//! change needs a new schema number and a line in CHANGELOG.md.

use crate::{
    domain::problem,
    engine::{fix::Action, severity::Severity},
};
use serde::Serialize;

/// The schema's name.
pub const SCHEMA: &str = "vpce-guard/report/1";

/// The whole document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Who wrote it.
    pub tool: Tool,
    /// When the run started, RFC 3339, UTC.
    pub started_at: String,
    /// When it ended.
    pub finished_at: String,
    /// When the facts of a saved account were taken, where the account says
    /// it. For people: the document of a snapshot is that of the live run.
    #[serde(skip)]
    pub taken_at: Option<String>,
    /// `violations`, `incomplete` or `compliant`.
    pub status: Status,
    /// False as soon as anything could not be read or judged.
    pub complete: bool,
    /// What was looked at.
    pub scope: Scope,
    /// The numbers.
    pub summary: Summary,
    /// The VPCs that were looked at, in the order of the subnets; `None` where
    /// subnets are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpcs: Option<Vec<Vpc>>,
    /// One per subnet and service; `None` where they were not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnets: Option<Vec<Subnet>>,
    /// The endpoints of the audited services.
    pub endpoints: Vec<Endpoint>,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What could not be read.
    pub errors: Vec<Problem>,
    /// Set where a size limit left something out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncated: Option<bool>,
    /// How much a size limit left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub omitted: Option<Omitted>,
}

impl Report {
    /// Whether a violation is at least as severe as `least`.
    #[must_use]
    pub fn has_violation_from(&self, least: Severity) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.weight == Weight::Violation && finding.severity >= least)
    }

    /// Whether not one subnet was seen, and not because there are none.
    #[must_use]
    pub fn subnets_seen_nowhere(&self) -> bool {
        self.summary.subnets == 0 && !self.complete
    }
}

/// Who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tool {
    /// `vpce-guard`.
    pub name: &'static str,
    /// The version.
    pub version: &'static str,
}

/// The answer in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// At least one violation.
    Violations,
    /// None, but not everything was seen.
    Incomplete,
    /// Everything was seen and is clean.
    Compliant,
}

impl Status {
    /// The name in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Violations => "violations",
            Self::Incomplete => "incomplete",
            Self::Compliant => "compliant",
        }
    }
}

/// What was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scope {
    /// Account ids.
    pub accounts: Vec<String>,
    /// Regions.
    pub regions: Vec<String>,
    /// Services.
    pub services: Vec<&'static str>,
    /// The only VPCs that were looked at; empty, and then not in the document: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vpc_ids: Vec<String>,
}

/// The numbers. All but `vpcs`, `subnets` and `findings` count judgements:
/// one per subnet and service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// VPCs.
    pub vpcs: usize,
    /// Distinct subnets.
    pub subnets: usize,
    /// `compliant` + `violations` + `exempt`.
    pub judged: usize,
    /// Every address takes the endpoint.
    pub compliant: usize,
    /// Not so.
    pub violations: usize,
    /// Not so, and accepted.
    pub exempt: usize,
    /// Not known.
    pub unverifiable: usize,
    /// Findings of every severity, exempt ones too.
    pub findings: usize,
    /// Findings by severity.
    pub by_severity: BySeverity,
}

/// Findings by severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct BySeverity {
    pub critical: usize,
    pub high: usize,
    pub medium: usize,
    pub low: usize,
    pub info: usize,
}

/// A VPC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names are the contract's")]
pub struct Vpc {
    pub account_id: Option<String>,
    pub region: String,
    pub vpc_id: String,
    /// Its `Name` tag.
    pub name: Option<String>,
}

/// One subnet and service.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names are the contract's")]
pub struct Subnet {
    pub account_id: Option<String>,
    pub region: String,
    pub vpc_id: String,
    pub subnet_id: String,
    /// Its `Name` tag.
    pub name: Option<String>,
    /// Its IPv4 block.
    pub cidr_block: Option<String>,
    pub service: &'static str,
    pub route_table_id: Option<String>,
    pub association: Option<&'static str>,
    pub path: &'static str,
    pub verdict: &'static str,
    pub vpc_endpoint_ids: Vec<String>,
    pub via: Vec<Via>,
    pub traffic: Option<Traffic>,
    pub reason: String,
}

/// Where some of the service's addresses go that do not reach the endpoint.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Via {
    /// The target as AWS names it.
    pub target: Option<String>,
    /// What kind of way.
    pub kind: &'static str,
    /// Fraction of the service's IPv4 addresses, 0 to 1.
    pub share: f64,
    /// Which, as the fewest blocks.
    pub cidrs: Vec<String>,
}

/// What was seen of traffic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// `observed`, `idle` or `no_telemetry`.
    pub status: &'static str,
    /// Bytes through the endpoint; null where nothing counts bytes.
    pub bytes_endpoint: Option<u64>,
    /// Bytes around it; null where nothing tells.
    pub bytes_elsewhere: Option<u64>,
    /// What says so.
    pub sources: Vec<String>,
    /// The time it is about.
    pub window: Window,
}

/// A stretch of time, RFC 3339, UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Window {
    pub start: String,
    pub end: String,
}

/// An endpoint of an audited service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names are the contract's")]
pub struct Endpoint {
    pub account_id: Option<String>,
    pub region: String,
    pub vpc_id: String,
    pub vpc_endpoint_id: String,
    pub service: &'static str,
    #[serde(rename = "type")]
    pub kind: String,
    pub state: Option<String>,
    /// The tables that have a route to it.
    pub route_table_ids: Vec<String>,
    pub traffic: Option<Traffic>,
    /// Why a rule could not judge it; not part of the document.
    #[serde(skip)]
    pub not_judged: Vec<String>,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names are the contract's")]
pub struct Finding {
    pub rule: &'static str,
    /// Stable between runs for the same problem on the same resource.
    pub fingerprint: String,
    pub severity: Severity,
    pub exemption: Option<Exemption>,
    pub account_id: Option<String>,
    pub region: Option<String>,
    pub vpc_id: Option<String>,
    pub subnet_id: Option<String>,
    pub route_table_id: Option<String>,
    pub vpc_endpoint_id: Option<String>,
    pub service: Option<&'static str>,
    pub title: String,
    pub detail: String,
    pub remediation: Remediation,
    /// What the finding means for the status; not part of the document.
    #[serde(skip)]
    pub weight: Weight,
}

/// What a finding means for the status. Ordered, what matters most last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Worth knowing, or accepted.
    Note,
    /// Something could not be judged.
    NotJudged,
    /// A violation.
    Violation,
}

/// Why a finding does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exemption {
    /// The reason that was given.
    pub reason: String,
    /// The last day, ISO 8601; null: without end.
    pub until: Option<String>,
    /// Where it stands.
    pub source: String,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remediation {
    /// In a sentence.
    pub summary: String,
    /// As commands; values in `<angle brackets>` are to be filled in.
    pub commands: Vec<String>,
    /// What the commands are written from; not part of the document.
    #[serde(skip)]
    pub actions: Vec<Action>,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names are the contract's")]
pub struct Problem {
    pub account_id: Option<String>,
    pub region: Option<String>,
    pub operation: String,
    pub code: String,
    pub message: String,
    pub hint: Option<String>,
}

impl Problem {
    /// What happened and what to do, in one line.
    #[must_use]
    pub fn line(&self) -> String {
        problem::line(
            &self.operation,
            self.region.as_deref(),
            &self.code,
            &self.message,
            self.hint.as_deref(),
        )
    }
}

/// How much a size limit left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Omitted {
    pub subnets: usize,
    pub endpoints: usize,
    pub findings: usize,
    pub errors: usize,
}
