//! The report as a list of claims about resources, as security products keep
//! them: each says of one resource that it passed or failed a check.
//!
//! ASFF and OCSF are written from this. In this order there is
//! - one claim about the run ([`RUN`]), so that a run that did not see
//!   everything is itself a finding, which the next run over the same
//!   accounts, Regions, services and VPCs corrects, and no other;
//! - one per finding, under its rule;
//! - one per error ([`READ`]): what could not be read is not known to be good;
//! - one per subnet and service ([`PATH`]): auditors want proof of what is
//!   good, too. It has the same id whatever the verdict, so that a proof does
//!   not outlive what it proved. Where it does not pass, the findings say why
//!   and how bad it is: this one is informational, so that nothing is counted
//!   twice.

use super::{
    build::{identity, run_identity},
    format::Context,
    text::narrowed,
    wire,
};
use crate::{domain::partition::partition, engine::severity::Severity};
use std::borrow::Cow;

/// The check of a whole run: that everything was seen and is clean.
pub(super) const RUN: &str = "audit-run";
/// The check that a fact could be read.
pub(super) const READ: &str = "audit-read";
/// The check that a subnet takes the endpoint.
pub(super) const PATH: &str = "private-path";

/// The account where none is known: twelve digits, so that a schema takes it,
/// which no account has.
pub(super) const NO_ACCOUNT: &str = "000000000000";

/// What is said of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is good.
    Passed,
    /// It is not, and nobody accepted that.
    Failed,
    /// It is not, and that was accepted.
    Accepted,
    /// Worth knowing, but no violation.
    Noted,
    /// Nobody knows.
    Unknown,
}

/// One claim.
pub(super) struct Claim<'a> {
    /// The same in every run for the same check of the same resource.
    pub(super) id: Cow<'a, str>,
    /// The rule, or one of the checks above.
    pub(super) check: &'static str,
    pub(super) standing: Standing,
    pub(super) severity: Severity,
    pub(super) title: Cow<'a, str>,
    pub(super) detail: Cow<'a, str>,
    pub(super) place: Place<'a>,
    pub(super) fix: Option<&'a str>,
    pub(super) commands: &'a [String],
    /// Where the check is explained.
    pub(super) sources: Vec<&'static str>,
    pub(super) exemption: Option<&'a wire::Exemption>,
    /// The error's code.
    pub(super) code: Option<&'a str>,
}

/// Where it is. Account and Region are the item's own or, where it has none,
/// what the run leaves no doubt about.
#[derive(Default, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) account: Option<&'a str>,
    pub(super) region: Option<&'a str>,
    pub(super) vpc: Option<&'a str>,
    pub(super) subnet: Option<&'a str>,
    pub(super) table: Option<&'a str>,
    pub(super) endpoint: Option<&'a str>,
    pub(super) service: Option<&'a str>,
}

/// What a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Subnet,
    RouteTable,
    Endpoint,
    Vpc,
    Account,
}

/// A resource that a claim is about.
pub(super) struct Resource<'a> {
    pub(super) kind: Kind,
    pub(super) id: &'a str,
    /// Its ARN; for an account what Security Hub writes.
    pub(super) arn: String,
}

impl<'a> Place<'a> {
    /// The account, or [`NO_ACCOUNT`].
    pub(super) fn account(&self) -> &'a str {
        self.account.unwrap_or(NO_ACCOUNT)
    }

    /// The partition of its Region.
    pub(super) fn partition(&self) -> &'static str {
        partition(self.region.unwrap_or_default())
    }

    /// What it is about, first what it is about most. Never empty.
    pub(super) fn resources(&self) -> Vec<Resource<'a>> {
        let mut resources: Vec<Resource<'a>> = [
            (Kind::Subnet, "subnet", self.subnet),
            (Kind::RouteTable, "route-table", self.table),
            (Kind::Endpoint, "vpc-endpoint", self.endpoint),
        ]
        .into_iter()
        .filter_map(|(kind, word, id)| Some(self.resource(kind, word, id?)))
        .collect();
        if resources.is_empty() {
            resources.push(match self.vpc {
                Some(vpc) => self.resource(Kind::Vpc, "vpc", vpc),
                None => Resource {
                    kind: Kind::Account,
                    id: self.account(),
                    arn: format!("AWS::::Account:{}", self.account()),
                },
            });
        }
        resources
    }

    fn resource(&self, kind: Kind, word: &str, id: &'a str) -> Resource<'a> {
        let (partition, account) = (self.partition(), self.account());
        let region = self.region.unwrap_or_default();
        Resource {
            kind,
            id,
            arn: format!("arn:{partition}:ec2:{region}:{account}:{word}/{id}"),
        }
    }
}

/// Every claim of a report, made one after the other.
pub(super) fn claims<'a>(
    report: &'a wire::Report,
    context: &'a Context,
) -> impl Iterator<Item = Claim<'a>> {
    let home = home(report);
    std::iter::once(run(report, home))
        .chain(
            report
                .findings
                .iter()
                .map(move |found| finding(found, context, home)),
        )
        .chain(errors(report, home))
        .chain(
            report
                .subnets
                .iter()
                .flatten()
                .map(move |subnet| path(subnet, home)),
        )
}

/// The run's only account and its first Region.
fn home(report: &wire::Report) -> Place<'_> {
    Place {
        account: match report.scope.accounts.as_slice() {
            [one] => Some(one.as_str()),
            [] | [_, ..] => None,
        },
        region: report.scope.regions.first().map(String::as_str),
        ..Place::default()
    }
}

/// The only VPC that was looked at, where it is known where that is: then the
/// run is about it, and not about the account.
fn only_vpc(scope: &wire::Scope) -> Option<&str> {
    match (&*scope.accounts, &*scope.regions, &*scope.vpc_ids) {
        ([_], [_], [vpc]) => Some(vpc),
        _ => None,
    }
}

fn run<'a>(report: &'a wire::Report, home: Place<'a>) -> Claim<'a> {
    let summary = &report.summary;
    let of = narrowed(&report.scope, "of");
    let seen = if report.complete {
        format!("Everything{of} was seen.")
    } else {
        format!(
            "Not everything{of} could be seen or judged, so what is not listed may be good or bad."
        )
    };
    Claim {
        id: Cow::Owned(run_identity(RUN, &report.scope)),
        check: RUN,
        standing: match report.status {
            wire::Status::Violations => Standing::Failed,
            wire::Status::Incomplete => Standing::Unknown,
            // Nothing was proved of an account in which there is nothing.
            wire::Status::Compliant if summary.judged == 0 => Standing::Unknown,
            wire::Status::Compliant => Standing::Passed,
        },
        // Each violation is a claim of its own; what was not seen stands in no other.
        severity: if report.complete {
            Severity::Info
        } else {
            Severity::Medium
        },
        title: Cow::Owned(format!(
            "audit of the private path to {}{}: {}{}",
            report.scope.services.join(", "),
            narrowed(&report.scope, "in"),
            report.status.name(),
            match (report.complete, summary.judged) {
                (false, _) => ", not complete",
                (true, 0) => ", no subnet to judge",
                (true, _) => "",
            },
        )),
        detail: Cow::Owned(format!(
            "{seen} {} subnets in {} VPCs: {} compliant, {} in violation, {} exempt, {} not judged; {} errors.",
            summary.subnets,
            summary.vpcs,
            summary.compliant,
            summary.violations,
            summary.exempt,
            summary.unverifiable,
            report.errors.len(),
        )),
        place: Place {
            vpc: only_vpc(&report.scope),
            ..home
        },
        fix: None,
        commands: &[],
        sources: Vec::new(),
        exemption: None,
        code: None,
    }
}

fn finding<'a>(found: &'a wire::Finding, context: &'a Context, home: Place<'a>) -> Claim<'a> {
    Claim {
        id: Cow::Borrowed(&found.fingerprint),
        check: found.rule,
        standing: match (found.weight, &found.exemption) {
            (wire::Weight::Violation, _) => Standing::Failed,
            (wire::Weight::NotJudged, _) => Standing::Unknown,
            (wire::Weight::Note, Some(_)) => Standing::Accepted,
            (wire::Weight::Note, None) => Standing::Noted,
        },
        severity: found.severity,
        title: Cow::Borrowed(&found.title),
        detail: Cow::Borrowed(&found.detail),
        place: Place {
            account: found.account_id.as_deref().or(home.account),
            region: found.region.as_deref().or(home.region),
            vpc: found.vpc_id.as_deref(),
            subnet: found.subnet_id.as_deref(),
            table: found.route_table_id.as_deref(),
            endpoint: found.vpc_endpoint_id.as_deref(),
            service: found.service,
        },
        fix: Some(&found.remediation.summary),
        commands: &found.remediation.commands,
        sources: sources(found.rule, context),
        exemption: found.exemption.as_ref(),
        code: None,
    }
}

fn errors<'a>(report: &'a wire::Report, home: Place<'a>) -> impl Iterator<Item = Claim<'a>> {
    // The message may hold the id of a request, so it is no part of the
    // identity; errors that are alike but for it stand side by side.
    let key = |error: &'a wire::Problem| {
        let place = (error.account_id.as_deref(), error.region.as_deref());
        (place, error.operation.as_str(), error.code.as_str())
    };
    let mut before = (None, 0_usize);
    report.errors.iter().map(move |error| {
        let (last, count) = before;
        let nth = if last == Some(key(error)) {
            count + 1
        } else {
            0
        };
        before = (Some(key(error)), nth);
        Claim {
            id: Cow::Owned(identity([
                Some(READ),
                error.account_id.as_deref(),
                error.region.as_deref(),
                Some(&error.operation),
                Some(&error.code),
                Some(&nth.to_string()),
            ])),
            check: READ,
            standing: Standing::Unknown,
            severity: Severity::Medium,
            title: Cow::Owned(format!("{} could not be read", error.operation)),
            detail: Cow::Owned(format!(
                "{} in {}: {}: {}",
                error.operation,
                error.region.as_deref().unwrap_or("all Regions"),
                error.code,
                error.message
            )),
            place: Place {
                account: error.account_id.as_deref().or(home.account),
                region: error.region.as_deref().or(home.region),
                ..Place::default()
            },
            fix: error.hint.as_deref(),
            commands: &[],
            sources: Vec::new(),
            exemption: None,
            code: Some(&error.code),
        }
    })
}

fn path<'a>(subnet: &'a wire::Subnet, home: Place<'a>) -> Claim<'a> {
    let service = subnet.service;
    let (standing, title) = match subnet.verdict {
        "compliant" => (
            Standing::Passed,
            format!("every {service} address takes the gateway endpoint"),
        ),
        "violation" => (
            Standing::Failed,
            format!("not every {service} address takes the gateway endpoint; see the finding"),
        ),
        "exempt" => (
            Standing::Accepted,
            format!("not every {service} address takes the gateway endpoint, which is exempt"),
        ),
        // `unverifiable`, and whatever a later verdict may be: no pass.
        _ => (
            Standing::Unknown,
            format!("whether every {service} address takes the gateway endpoint is not known"),
        ),
    };
    Claim {
        id: Cow::Owned(identity([
            Some(PATH),
            subnet.account_id.as_deref(),
            Some(&subnet.region),
            Some(&subnet.subnet_id),
            Some(subnet.service),
        ])),
        check: PATH,
        standing,
        severity: Severity::Info,
        title: Cow::Owned(title),
        detail: Cow::Borrowed(&subnet.reason),
        place: Place {
            account: subnet.account_id.as_deref().or(home.account),
            region: Some(&subnet.region),
            vpc: Some(&subnet.vpc_id),
            subnet: Some(&subnet.subnet_id),
            table: subnet.route_table_id.as_deref(),
            endpoint: subnet.vpc_endpoint_ids.first().map(String::as_str),
            service: Some(subnet.service),
        },
        fix: None,
        commands: &[],
        sources: Vec::new(),
        exemption: None,
        code: None,
    }
}

/// The links at the end of a rule's page.
fn sources(rule: &str, context: &Context) -> Vec<&'static str> {
    context
        .rules
        .iter()
        .filter(|known| known.id == rule)
        .flat_map(|known| known.page.lines())
        .filter_map(|line| line.strip_prefix("- <")?.strip_suffix('>'))
        .collect()
}

/// A text of at most `most` characters: a longer one ends in an ellipsis.
pub(super) fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.chars().nth(most).is_none() {
        return Cow::Borrowed(text);
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    Cow::Owned(short)
}
