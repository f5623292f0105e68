//! AWS Security Finding Format: an array of findings for Security Hub's
//! `BatchImportFindings`, which takes 100 of them at a time, each in the Region
//! of its `ProductArn`: `jq 'group_by(.Region)'` sorts a report of several.
//!
//! What is written is described in [`super::claims`]; here is how it is told:
//!
//! | what | `Compliance.Status` | `Severity.Label` | `Workflow.Status` |
//! |---|---|---|---|
//! | violation | `FAILED` | the finding's | `NEW` |
//! | exempt finding | `FAILED` | the finding's | `SUPPRESSED` |
//! | info finding | `WARNING` | `INFORMATIONAL` | `NEW` |
//! | not judged, or an error | `NOT_AVAILABLE` | the finding's, or `MEDIUM` | `NEW` |
//! | subnet and service | `PASSED`, or as its finding | `INFORMATIONAL` | `RESOLVED`, or as its finding |
//! | the run | `FAILED`, `NOT_AVAILABLE` or `PASSED` | `MEDIUM` where it is not complete, else `INFORMATIONAL` | as above |
//!
//! A run that found no subnet proves nothing of the account, so it is
//! `NOT_AVAILABLE`, too.
//!
//! Every subnet is written, the compliant ones too, as Security Hub's own
//! controls write them: they are the proof an auditor asks for. A subnet keeps
//! its `Id`, so what once passed does not stay so when it breaks; why it broke
//! and how bad that is says the finding beside it. Who finds them noisy leaves
//! them out: `jq 'map(select(.GeneratorId != "vpce-guard/private-path"))'`. Who
//! leaves out those alone that passed keeps an old `FAILED` or `PASSED` alive.
//!
//! `Id` is the fingerprint, so a later run updates a finding. What a later run
//! does not find is not written by it: in Security Hub such a finding keeps
//! its old `UpdatedAt`, by which an automation rule can archive it. Security
//! Hub takes `Workflow` from an import only where the finding is new.
//!
//! An account that is not known (a saved account may not say) is the run's
//! only account, else `000000000000`: nothing is left out, and Security Hub
//! refuses such a finding aloud. The Region of what has none is the run's
//! first. Limits of lengths are those of the ASFF reference; a longer text
//! ends in an ellipsis, but a command is written whole or not at all, and
//! `ProductFields` says how many were left out.
//!
//! Source: <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html>.

use super::{
    claims::{Claim, Kind, Resource, Standing, claims, cut},
    format::Context,
    streamed::Streamed,
    wire,
};
use crate::engine::severity::Severity;
use serde::Serialize;
use std::{borrow::Cow, collections::BTreeMap, io};

/// The most characters of each text. Source: the ASFF reference.
const MOST_TITLE: usize = 256;
const MOST_DESCRIPTION: usize = 1024;
const MOST_RECOMMENDATION: usize = 512;
const MOST_REASON: usize = 2048;
const MOST_PRODUCT_FIELD: usize = 2048;
/// `ProductFields` holds 50, and a finding 240 KB.
const MOST_COMMANDS: usize = 20;

/// What a finding is. Source: the ASFF's taxonomy of types.
const TYPES: [&str; 1] =
    ["Software and Configuration Checks/AWS Security Best Practices/Network Reachability"];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AsffFinding<'a> {
    schema_version: &'static str,
    id: &'a str,
    product_arn: String,
    product_name: &'static str,
    company_name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    generator_id: String,
    aws_account_id: &'a str,
    types: [&'static str; 1],
    created_at: &'a str,
    updated_at: &'a str,
    severity: Level,
    title: Cow<'a, str>,
    description: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remediation: Option<Remediation<'a>>,
    product_fields: BTreeMap<String, Cow<'a, str>>,
    resources: Vec<AsffResource<'a>>,
    compliance: Compliance<'a>,
    workflow: Workflow,
    record_state: &'static str,
    finding_provider_fields: ProviderFields,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Level {
    label: &'static str,
    original: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProviderFields {
    severity: Level,
    types: [&'static str; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Remediation<'a> {
    recommendation: Recommendation<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Recommendation<'a> {
    text: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AsffResource<'a> {
    #[serde(rename = "Type")]
    kind: &'static str,
    id: String,
    partition: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Details<'a>>,
}

/// What Security Hub knows of a resource, under the name of its type.
#[derive(Serialize)]
enum Details<'a> {
    #[serde(rename_all = "PascalCase")]
    AwsEc2Subnet {
        subnet_id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        vpc_id: Option<&'a str>,
    },
    #[serde(rename_all = "PascalCase")]
    AwsEc2RouteTable {
        route_table_id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        vpc_id: Option<&'a str>,
    },
    #[serde(rename_all = "PascalCase")]
    Other {
        vpc_endpoint_id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        vpc_id: Option<&'a str>,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Compliance<'a> {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_reasons: Option<[StatusReason<'a>; 1]>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StatusReason<'a> {
    reason_code: String,
    description: Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Workflow {
    status: &'static str,
}

/// Writes the array.
pub(super) fn write(
    report: &wire::Report,
    context: &Context,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let findings = || claims(report, context).map(|claim| Shown { claim, report });
    serde_json::to_writer_pretty(&mut *out, &Streamed(findings))?;
    writeln!(out)
}

/// A claim, which outlives the finding that borrows from it.
struct Shown<'a> {
    claim: Claim<'a>,
    report: &'a wire::Report,
}

impl Serialize for Shown<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        finding(&self.claim, self.report).serialize(serializer)
    }
}

fn finding<'a>(claim: &'a Claim<'a>, report: &'a wire::Report) -> AsffFinding<'a> {
    let place = &claim.place;
    let (partition, account) = (place.partition(), place.account());
    // The product's ARN needs a Region even where the run saw none.
    let region = place.region.unwrap_or("us-east-1");
    let level = || Level {
        label: label(claim.severity),
        original: claim.severity.name(),
    };
    AsffFinding {
        schema_version: "2018-10-08",
        id: &claim.id,
        product_arn: format!(
            "arn:{partition}:securityhub:{region}:{account}:product/{account}/default"
        ),
        product_name: report.tool.name,
        company_name: report.tool.name,
        region: place.region,
        generator_id: format!("{}/{}", report.tool.name, claim.check),
        aws_account_id: account,
        types: TYPES,
        created_at: &report.started_at,
        updated_at: &report.finished_at,
        severity: level(),
        title: cut(&claim.title, MOST_TITLE),
        description: cut(&claim.detail, MOST_DESCRIPTION),
        remediation: claim.fix.map(|fix| Remediation {
            recommendation: Recommendation {
                text: cut(fix, MOST_RECOMMENDATION),
                url: claim.sources.first().copied(),
            },
        }),
        product_fields: product_fields(claim),
        resources: place
            .resources()
            .into_iter()
            .map(|found| resource(found, claim))
            .collect(),
        compliance: compliance(claim),
        workflow: Workflow {
            status: match claim.standing {
                Standing::Passed => "RESOLVED",
                Standing::Accepted => "SUPPRESSED",
                Standing::Failed | Standing::Noted | Standing::Unknown => "NEW",
            },
        },
        record_state: "ACTIVE",
        finding_provider_fields: ProviderFields {
            severity: level(),
            types: TYPES,
        },
    }
}

fn label(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRITICAL",
        Severity::High => "HIGH",
        Severity::Medium => "MEDIUM",
        Severity::Low => "LOW",
        Severity::Info => "INFORMATIONAL",
    }
}

fn compliance<'a>(claim: &'a Claim<'a>) -> Compliance<'a> {
    let status = match claim.standing {
        Standing::Passed => "PASSED",
        Standing::Failed | Standing::Accepted => "FAILED",
        Standing::Noted => "WARNING",
        Standing::Unknown => "NOT_AVAILABLE",
    };
    let code = claim.check.to_uppercase().replace('-', "_");
    Compliance {
        status,
        status_reasons: (claim.standing != Standing::Passed).then(|| {
            [StatusReason {
                reason_code: code,
                description: cut(&claim.detail, MOST_REASON),
            }]
        }),
    }
}

fn resource<'a>(resource: Resource<'a>, claim: &'a Claim<'a>) -> AsffResource<'a> {
    let vpc_id = claim.place.vpc;
    let (kind, details) = match resource.kind {
        Kind::Subnet => (
            "AwsEc2Subnet",
            Some(Details::AwsEc2Subnet {
                subnet_id: resource.id,
                vpc_id,
            }),
        ),
        Kind::RouteTable => (
            "AwsEc2RouteTable",
            Some(Details::AwsEc2RouteTable {
                route_table_id: resource.id,
                vpc_id,
            }),
        ),
        Kind::Endpoint => (
            "Other",
            Some(Details::Other {
                vpc_endpoint_id: resource.id,
                vpc_id,
            }),
        ),
        Kind::Vpc => ("AwsEc2Vpc", None),
        Kind::Account => ("AwsAccount", None),
    };
    AsffResource {
        kind,
        id: resource.arn,
        partition: claim.place.partition(),
        region: claim.place.region,
        details,
    }
}

fn product_fields<'a>(claim: &'a Claim<'a>) -> BTreeMap<String, Cow<'a, str>> {
    let exemption = claim.exemption;
    let mut fields: BTreeMap<String, Cow<'a, str>> = [
        ("Check", Some(claim.check)),
        ("Service", claim.place.service),
        ("VpcId", claim.place.vpc),
        ("ErrorCode", claim.code),
        ("ExemptionReason", exemption.map(|it| it.reason.as_str())),
        (
            "ExemptionUntil",
            exemption.and_then(|it| it.until.as_deref()),
        ),
        ("ExemptionSource", exemption.map(|it| it.source.as_str())),
    ]
    .into_iter()
    .filter_map(|(name, value)| {
        let value = value.filter(|text| !text.is_empty())?;
        Some((format!("vpce-guard/{name}"), cut(value, MOST_PRODUCT_FIELD)))
    })
    .collect();
    let whole = |command: &&String| command.chars().count() <= MOST_PRODUCT_FIELD;
    let mut shown = 0;
    for command in claim.commands.iter().filter(whole).take(MOST_COMMANDS) {
        shown += 1;
        let name = format!("vpce-guard/Command{shown:02}");
        fields.insert(name, Cow::Borrowed(command.as_str()));
    }
    if shown < claim.commands.len() {
        let left_out = claim.commands.len() - shown;
        let name = "vpce-guard/CommandsLeftOut".to_owned();
        fields.insert(name, Cow::Owned(left_out.to_string()));
    }
    fields
}
