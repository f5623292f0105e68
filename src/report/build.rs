//! An evaluation as a report document.

use super::{
    fix::{self, FixFormat},
    wire,
};
use crate::{
    domain::{
        ids::{AccountId, VpcId},
        problem::Problem,
        service::Service,
        snapshot::{Network, Snapshot},
    },
    engine::{
        case::{EndpointCase, SubnetCase},
        evaluate::{Evaluation, Judgement, Verdict},
        exemption::{Exemption, Exemptions, Origin, Until},
        finding::{Finding, Subject},
        path::OwnRoute,
        policy::Scope,
        reason,
        severity::Severity,
    },
    evidence::{Window, metrics::Telemetry},
};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeSet, fmt::Write as _};

/// What a report says beside its judgements.
#[derive(Debug, Clone)]
pub struct Frame<'a> {
    /// When the run started.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// The services that were audited.
    pub services: &'a [Service],
    /// The part of the snapshot that was judged.
    pub scope: &'a Scope,
    /// Whether the document lists every subnet. A large account's list takes
    /// more memory than all the rest.
    pub subnets: bool,
}

/// Makes the document of an evaluation. The same facts give the same
/// document, times aside: every list is sorted.
#[must_use]
pub fn report(evaluation: &Evaluation<'_>, snapshot: &Snapshot, frame: &Frame<'_>) -> wire::Report {
    let mut errors: Vec<wire::Problem> = snapshot
        .networks
        .iter()
        .flat_map(|network| &network.problems)
        .chain(&snapshot.problems)
        .map(problem)
        .collect();
    errors.sort_by(|a, b| error_key(a).cmp(&error_key(b)));
    let complete = evaluation.complete && errors.is_empty();
    let mut findings: Vec<wire::Finding> = evaluation
        .findings
        .iter()
        .map(|found| finding(found, &evaluation.exemptions))
        .collect();
    findings.sort_by(|a, b| finding_key(a).cmp(&finding_key(b)));
    let mut endpoints: Vec<wire::Endpoint> = evaluation.endpoints.iter().map(endpoint).collect();
    endpoints.sort_by(|a, b| {
        (&a.account_id, &a.region, &a.vpc_endpoint_id).cmp(&(
            &b.account_id,
            &b.region,
            &b.vpc_endpoint_id,
        ))
    });
    fix::share_tables(&mut findings);
    let mut report = wire::Report {
        schema: wire::SCHEMA,
        tool: wire::Tool {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
        },
        started_at: time(frame.started_at),
        finished_at: time(frame.finished_at),
        taken_at: None,
        status: if evaluation.findings.iter().any(Finding::is_violation) {
            wire::Status::Violations
        } else if complete {
            wire::Status::Compliant
        } else {
            wire::Status::Incomplete
        },
        complete,
        scope: scope(snapshot, frame),
        summary: summary(evaluation, snapshot, frame.scope),
        vpcs: frame.subnets.then(|| vpcs(snapshot, frame.scope)),
        subnets: frame
            .subnets
            .then(|| evaluation.judgements.iter().map(subnet).collect()),
        endpoints,
        findings,
        errors,
        truncated: None,
        omitted: None,
    };
    FixFormat::AwsCli.rewrite(&mut report);
    report
}

fn scope(snapshot: &Snapshot, frame: &Frame<'_>) -> wire::Scope {
    let networks = || snapshot.networks.iter();
    let accounts: BTreeSet<String> = networks()
        .filter_map(|network| network.account.as_ref())
        .map(ToString::to_string)
        .collect();
    let regions: BTreeSet<String> = networks()
        .map(|network| network.region.to_string())
        .collect();
    let services: BTreeSet<Service> = frame.services.iter().copied().collect();
    wire::Scope {
        accounts: accounts.into_iter().collect(),
        regions: regions.into_iter().collect(),
        services: services.into_iter().map(Service::name).collect(),
        vpc_ids: frame.scope.vpcs.iter().map(ToString::to_string).collect(),
    }
}

/// The VPCs that an answer lists, and those that only a subnet names.
fn vpc_ids<'a>(network: &'a Network, scope: &Scope) -> BTreeSet<&'a VpcId> {
    let listed = network.vpcs.known().into_iter().flatten().map(|(id, _)| id);
    let subnets = network.subnets.known().into_iter().flatten();
    let named = subnets.map(|(_, subnet)| &subnet.vpc);
    listed
        .chain(named)
        .filter(|vpc| scope.includes(vpc))
        .collect()
}

fn vpcs(snapshot: &Snapshot, scope: &Scope) -> Vec<wire::Vpc> {
    let of_network = |network| {
        let ids = vpc_ids(network, scope).into_iter();
        ids.map(|id| vpc(network, id))
    };
    snapshot.networks.iter().flat_map(of_network).collect()
}

fn vpc(network: &Network, id: &VpcId) -> wire::Vpc {
    let listed = network.vpcs.known().and_then(|vpcs| vpcs.get(id));
    wire::Vpc {
        account_id: account(network.account.as_ref()),
        region: network.region.to_string(),
        vpc_id: id.to_string(),
        name: listed.and_then(|vpc| vpc.tags.name()).map(str::to_owned),
    }
}

fn summary(evaluation: &Evaluation<'_>, snapshot: &Snapshot, scope: &Scope) -> wire::Summary {
    let mut summary = wire::Summary {
        findings: evaluation.findings.len(),
        ..wire::Summary::default()
    };
    summary.vpcs = snapshot
        .networks
        .iter()
        .map(|network| vpc_ids(network, scope).len())
        .sum();
    let mut last = None;
    for Judgement { case, verdict, .. } in &evaluation.judgements {
        // The services of one subnet stand side by side.
        if last != Some(std::ptr::from_ref(case.subnet)) {
            summary.subnets += 1;
            last = Some(std::ptr::from_ref(case.subnet));
        }
        match verdict {
            Verdict::Compliant => summary.compliant += 1,
            Verdict::Violation => summary.violations += 1,
            Verdict::Exempt => summary.exempt += 1,
            Verdict::Unverifiable => summary.unverifiable += 1,
        }
    }
    summary.judged = summary.compliant + summary.violations + summary.exempt;
    for finding in &evaluation.findings {
        let by = &mut summary.by_severity;
        match finding.severity {
            Severity::Critical => by.critical += 1,
            Severity::High => by.high += 1,
            Severity::Medium => by.medium += 1,
            Severity::Low => by.low += 1,
            Severity::Info => by.info += 1,
        }
    }
    summary
}

fn subnet(judgement: &Judgement<'_>) -> wire::Subnet {
    let Judgement {
        case,
        path,
        verdict,
    } = judgement;
    let table = case.table();
    let ways = case.decision().map(|decision| &decision.ways);
    wire::Subnet {
        account_id: account(case.model.network.account.as_ref()),
        region: case.region().to_string(),
        vpc_id: case.subnet.vpc.to_string(),
        subnet_id: case.subnet.id.to_string(),
        name: case.subnet.tags.name().map(str::to_owned),
        cidr_block: case.subnet.cidr_block.map(|block| block.to_string()),
        service: case.service().name(),
        route_table_id: table.map(|(table, _)| table.id.to_string()),
        association: table.map(|(_, association)| association.name()),
        path: path.name(),
        verdict: verdict.name(),
        vpc_endpoint_ids: ways
            .into_iter()
            .flat_map(|ways| &ways.endpoints)
            .map(ToString::to_string)
            .collect(),
        via: ways
            .into_iter()
            .flat_map(|ways| &ways.via)
            .map(|via| wire::Via {
                target: via.target.as_deref().map(str::to_owned),
                kind: via.kind.name(),
                share: via.share,
                cidrs: via.cidrs.iter().map(ToString::to_string).collect(),
            })
            .collect(),
        traffic: None,
        reason: reason::reason(case),
    }
}

fn endpoint(case: &EndpointCase<'_>) -> wire::Endpoint {
    let EndpointCase {
        model, endpoint, ..
    } = case;
    wire::Endpoint {
        account_id: account(model.network.account.as_ref()),
        region: model.network.region.to_string(),
        vpc_id: endpoint.vpc.to_string(),
        vpc_endpoint_id: endpoint.id.to_string(),
        service: case.service.name(),
        kind: endpoint.kind.as_str().to_owned(),
        state: endpoint.state.clone(),
        route_table_ids: model
            .tables_to(endpoint)
            .map(|table| table.id.to_string())
            .collect(),
        traffic: traffic(&case.telemetry, case.window),
        not_judged: case.not_judged.clone(),
    }
}

fn traffic(telemetry: &Telemetry, window: Window) -> Option<wire::Traffic> {
    let (status, bytes_endpoint, sources) = match telemetry {
        Telemetry::Off | Telemetry::Unknown => return None,
        Telemetry::Observed { bytes, sources } => ("observed", *bytes, Some(sources)),
        Telemetry::Idle { sources } => ("idle", Some(0), Some(sources)),
        Telemetry::NotCovered => ("no_telemetry", None, None),
    };
    Some(wire::Traffic {
        status,
        bytes_endpoint,
        bytes_elsewhere: None,
        sources: sources.into_iter().flatten().cloned().collect(),
        window: wire::Window {
            start: time(window.start),
            end: time(window.end),
        },
    })
}

/// Where a finding is, as far as its subject says.
#[derive(Default)]
struct Place {
    account_id: Option<String>,
    region: Option<String>,
    vpc_id: Option<String>,
    subnet_id: Option<String>,
    route_table_id: Option<String>,
    vpc_endpoint_id: Option<String>,
    service: Option<&'static str>,
    /// What tells an exemption from others: it has no id.
    exemption: Option<String>,
}

fn finding(found: &Finding<'_>, exemptions: &Exemptions<'_>) -> wire::Finding {
    let text = found.text(exemptions);
    let place = match &found.subject {
        Subject::Subnet(case) | Subject::NotJudged(case, _) => subnet_place(case),
        Subject::Endpoint(case) => endpoint_place(case),
        Subject::Exemption(at) => exemption_place(&exemptions.all()[*at]),
    };
    wire::Finding {
        rule: found.rule.id,
        fingerprint: fingerprint(found.rule.id, &place),
        severity: found.severity,
        exemption: found.exemption.map(|at| exemption(&exemptions.all()[at])),
        account_id: place.account_id,
        region: place.region,
        vpc_id: place.vpc_id,
        subnet_id: place.subnet_id,
        route_table_id: place.route_table_id,
        vpc_endpoint_id: place.vpc_endpoint_id.or_else(|| named_endpoint(found)),
        service: place.service,
        title: text.title,
        detail: text.detail,
        remediation: wire::Remediation {
            summary: text.fix,
            commands: Vec::new(),
            actions: text.actions,
        },
        weight: match found.subject {
            Subject::NotJudged(..) => wire::Weight::NotJudged,
            _ if found.is_violation() => wire::Weight::Violation,
            Subject::Subnet(_) | Subject::Endpoint(_) | Subject::Exemption(_) => wire::Weight::Note,
        },
    }
}

/// The endpoint that a subnet's own prefix-list route names, good or not. It
/// says what the problem looks like today, so it is not part of the fingerprint.
fn named_endpoint(found: &Finding<'_>) -> Option<String> {
    let Subject::Subnet(case) = &found.subject else {
        return None;
    };
    match &case.decision()?.own {
        OwnRoute::Good(id) | OwnRoute::Unavailable { endpoint: id, .. } => Some(id.to_string()),
        OwnRoute::Blackhole { target } | OwnRoute::WrongTarget { target, .. } => target
            .as_deref()
            .filter(|id| id.starts_with("vpce-"))
            .map(str::to_owned),
        OwnRoute::Missing | OwnRoute::Unknown => None,
    }
}

fn subnet_place(case: &SubnetCase<'_>) -> Place {
    Place {
        account_id: account(case.model.network.account.as_ref()),
        region: Some(case.region().to_string()),
        vpc_id: Some(case.subnet.vpc.to_string()),
        subnet_id: Some(case.subnet.id.to_string()),
        route_table_id: case.table().map(|(table, _)| table.id.to_string()),
        service: Some(case.service().name()),
        ..Place::default()
    }
}

fn endpoint_place(case: &EndpointCase<'_>) -> Place {
    Place {
        account_id: account(case.model.network.account.as_ref()),
        region: Some(case.model.network.region.to_string()),
        vpc_id: Some(case.endpoint.vpc.to_string()),
        vpc_endpoint_id: Some(case.endpoint.id.to_string()),
        service: Some(case.service.name()),
        ..Place::default()
    }
}

fn exemption_place(exemption: &Exemption<'_>) -> Place {
    let mut place = match exemption.origin {
        Origin::SubnetTag(model, subnet) => Place {
            account_id: account(model.network.account.as_ref()),
            region: Some(model.network.region.to_string()),
            vpc_id: Some(subnet.vpc.to_string()),
            subnet_id: Some(subnet.id.to_string()),
            ..Place::default()
        },
        Origin::VpcTag(model, vpc) => Place {
            account_id: account(model.network.account.as_ref()),
            region: Some(model.network.region.to_string()),
            vpc_id: Some(vpc.id.to_string()),
            ..Place::default()
        },
        Origin::Configured(configured) => Place {
            account_id: account(configured.account.as_ref()),
            region: configured.region.as_ref().map(ToString::to_string),
            vpc_id: configured.vpc.as_ref().map(ToString::to_string),
            subnet_id: configured.subnet.as_ref().map(ToString::to_string),
            ..Place::default()
        },
        Origin::IsolatedAllowed => Place::default(),
    };
    place.exemption = Some(exemption.identity());
    place
}

/// The same for the same problem on the same resource, in every run: of the
/// rule and the resource, not of what they happen to look like today.
fn fingerprint(rule: &str, place: &Place) -> String {
    identity([
        Some(rule),
        place.account_id.as_deref(),
        place.region.as_deref(),
        place.subnet_id.as_deref(),
        place.vpc_endpoint_id.as_deref(),
        place.service,
        place.exemption.as_deref(),
    ])
}

/// What tells a statement about a run from the same about a run over another
/// scope: the good news of one VPC must not replace the bad news of the account.
pub(super) fn run_identity(check: &str, scope: &wire::Scope) -> String {
    let names = |names: &[String]| names.join(",");
    identity([
        Some(check),
        Some(&names(&scope.accounts)),
        Some(&names(&scope.regions)),
        Some(&scope.services.join(",")),
        Some(&names(&scope.vpc_ids)),
    ])
}

/// 32 hexadecimal digits for what these words, in this order, tell from others.
pub(super) fn identity<'a>(words: impl IntoIterator<Item = Option<&'a str>>) -> String {
    let mut hash = Sha256::new();
    for word in words {
        hash.update(word.unwrap_or_default());
        hash.update([0]);
    }
    hex(&hash.finalize()[..16])
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn exemption(exemption: &Exemption<'_>) -> wire::Exemption {
    wire::Exemption {
        reason: exemption.reason.to_owned(),
        until: match &exemption.until {
            Until::Open => None,
            Until::Day(day) => Some(day.to_string()),
            Until::Unreadable(text) => Some(text.clone()),
        },
        source: exemption.source(),
    }
}

fn problem(problem: &Problem) -> wire::Problem {
    wire::Problem {
        account_id: account(problem.account.as_ref()),
        region: problem.region.as_ref().map(ToString::to_string),
        operation: problem.operation.clone(),
        code: problem.code.clone(),
        message: problem.message.clone(),
        hint: problem.hint.clone(),
    }
}

fn account(id: Option<&AccountId>) -> Option<String> {
    id.map(ToString::to_string)
}

/// A time, to the second.
fn time(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second()).map_or_else(|_| time.to_string(), |t| t.to_string())
}

type FindingKey<'a> = [Option<&'a str>; 8];

fn finding_key(finding: &wire::Finding) -> FindingKey<'_> {
    [
        finding.account_id.as_deref(),
        finding.region.as_deref(),
        finding.vpc_id.as_deref(),
        finding.subnet_id.as_deref(),
        finding.vpc_endpoint_id.as_deref(),
        finding.service,
        Some(finding.rule),
        Some(&finding.fingerprint),
    ]
}

fn error_key(error: &wire::Problem) -> [Option<&str>; 5] {
    [
        error.account_id.as_deref(),
        error.region.as_deref(),
        Some(&error.operation),
        Some(&error.code),
        Some(&error.message),
    ]
}
