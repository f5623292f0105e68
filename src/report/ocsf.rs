//! OCSF Compliance Findings (class 2003, profile `cloud`): one event per line.
//!
//! Lines, since SIEMs and the collectors before Security Lake read a stream of
//! events; a tool that wants an array gets it from `jq -s .`. The events say
//! schema 1.5.0, the oldest that has everything in them: later ones only add.
//!
//! What is written is described in [`super::claims`]; here is how it is told:
//!
//! | what | `compliance.status_id` | `status_id` |
//! |---|---|---|
//! | violation | 3 Fail | 1 New |
//! | exempt finding | 3 Fail | 3 Suppressed |
//! | info finding | 2 Warning | 1 New |
//! | not judged, or an error | 0 Unknown | 1 New |
//! | subnet and service | 1 Pass, or as its finding | 4 Resolved, or as its finding |
//! | the run | 3 Fail, 0 Unknown or 1 Pass | as above |
//!
//! A run that found no subnet proves nothing of the account, so it is Unknown.
//! `compliance.control` is the rule, `finding_info.uid` the fingerprint, and
//! `metadata.uid` tells the event of this run from that of another. An
//! account that is not known is the run's only one, else left out; fix
//! commands stand in `remediation.desc`, what has no place in the schema in
//! `unmapped`.
//!
//! Source: <https://schema.ocsf.io/1.5.0/classes/compliance_finding>.

use super::{
    claims::{Claim, Kind, Place, Resource, Standing, claims},
    format::Context,
    wire,
};
use crate::engine::severity::Severity;
use jiff::Timestamp;
use serde::Serialize;
use std::{borrow::Cow, io};

/// A number with its name, as OCSF has many.
type Named = (u8, &'static str);

#[derive(Serialize)]
struct Event<'a> {
    class_uid: u16,
    class_name: &'static str,
    category_uid: u8,
    category_name: &'static str,
    activity_id: u8,
    activity_name: &'static str,
    type_uid: u32,
    type_name: &'static str,
    time: i64,
    start_time: i64,
    end_time: i64,
    severity_id: u8,
    severity: &'static str,
    status_id: u8,
    status: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
    metadata: Metadata<'a>,
    finding_info: FindingInfo<'a>,
    compliance: Compliance<'a>,
    cloud: CloudPlace<'a>,
    resources: Vec<OcsfResource<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remediation: Option<Remediation<'a>>,
    unmapped: Unmapped<'a>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    version: &'static str,
    profiles: [&'static str; 1],
    uid: String,
    event_code: &'static str,
    product: Product<'a>,
}

#[derive(Serialize)]
struct Product<'a> {
    name: &'a str,
    vendor_name: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct FindingInfo<'a> {
    uid: &'a str,
    title: &'a str,
    desc: &'a str,
    types: [&'static str; 1],
    created_time: i64,
    analytic: Analytic,
}

#[derive(Serialize)]
struct Analytic {
    name: &'static str,
    uid: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    type_id: u8,
}

#[derive(Serialize)]
struct Compliance<'a> {
    control: &'static str,
    standards: [&'static str; 1],
    requirements: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    desc: Option<&'static str>,
    status_id: u8,
    status: &'static str,
    status_details: [&'a str; 1],
}

#[derive(Serialize)]
struct CloudPlace<'a> {
    provider: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<Account<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    cloud_partition: &'static str,
}

#[derive(Serialize)]
struct Account<'a> {
    uid: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    type_id: u8,
}

#[derive(Serialize)]
struct OcsfResource<'a> {
    uid: String,
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    cloud_partition: &'static str,
}

#[derive(Serialize)]
struct Remediation<'a> {
    desc: Cow<'a, str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    references: &'a [&'static str],
}

#[derive(Serialize)]
struct Unmapped<'a> {
    run_status: &'static str,
    run_complete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vpc_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exemption: Option<&'a wire::Exemption>,
}

/// Writes the events.
pub(super) fn write(
    report: &wire::Report,
    context: &Context,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    for claim in claims(report, context) {
        serde_json::to_writer(&mut *out, &event(&claim, report, context))?;
        writeln!(out)?;
    }
    Ok(())
}

fn event<'a>(claim: &'a Claim<'a>, report: &'a wire::Report, context: &Context) -> Event<'a> {
    let (started, finished) = (millis(&report.started_at), millis(&report.finished_at));
    let (severity_id, severity) = severity(claim.severity);
    let (status_id, status) = status(claim.standing);
    Event {
        class_uid: 2003,
        class_name: "Compliance Finding",
        category_uid: 2,
        category_name: "Findings",
        activity_id: 1,
        activity_name: "Create",
        type_uid: 200_301,
        type_name: "Compliance Finding: Create",
        time: finished,
        start_time: started,
        end_time: finished,
        severity_id,
        severity,
        status_id,
        status,
        message: &claim.title,
        comment: claim.exemption.map(|it| it.reason.as_str()),
        metadata: Metadata {
            version: "1.5.0",
            profiles: ["cloud"],
            uid: format!("{}-{finished}", claim.id),
            event_code: claim.check,
            product: Product {
                name: report.tool.name,
                vendor_name: report.tool.name,
                version: report.tool.version,
            },
        },
        finding_info: FindingInfo {
            uid: &claim.id,
            title: &claim.title,
            desc: &claim.detail,
            types: ["Network Reachability"],
            created_time: finished,
            analytic: Analytic {
                name: claim.check,
                uid: claim.check,
                kind: "Rule",
                type_id: 1,
            },
        },
        compliance: compliance(claim, context),
        cloud: cloud(&claim.place),
        resources: claim
            .place
            .resources()
            .into_iter()
            .map(|found| resource(found, &claim.place))
            .collect(),
        remediation: claim.fix.map(|fix| Remediation {
            desc: if claim.commands.is_empty() {
                Cow::Borrowed(fix)
            } else {
                Cow::Owned(format!("{fix}\n{}", claim.commands.join("\n")))
            },
            references: &claim.sources,
        }),
        unmapped: Unmapped {
            run_status: report.status.name(),
            run_complete: report.complete,
            service: claim.place.service,
            vpc_id: claim.place.vpc,
            error_code: claim.code,
            exemption: claim.exemption,
        },
    }
}

fn compliance<'a>(claim: &'a Claim<'a>, context: &Context) -> Compliance<'a> {
    let (status_id, status) = match claim.standing {
        Standing::Passed => (1, "Pass"),
        Standing::Noted => (2, "Warning"),
        Standing::Failed | Standing::Accepted => (3, "Fail"),
        Standing::Unknown => (0, "Unknown"),
    };
    let rule = context.rules.iter().find(|rule| rule.id == claim.check);
    Compliance {
        control: claim.check,
        standards: ["vpce-guard"],
        requirements: ["traffic to the service takes its VPC gateway endpoint"],
        desc: rule.map(|rule| rule.summary),
        status_id,
        status,
        status_details: [&claim.detail],
    }
}

fn cloud<'a>(place: &Place<'a>) -> CloudPlace<'a> {
    CloudPlace {
        provider: "AWS",
        account: place.account.map(|uid| Account {
            uid,
            kind: "AWS Account",
            type_id: 10,
        }),
        region: place.region,
        cloud_partition: place.partition(),
    }
}

fn resource<'a>(resource: Resource<'a>, place: &Place<'a>) -> OcsfResource<'a> {
    OcsfResource {
        uid: resource.arn,
        name: resource.id,
        kind: match resource.kind {
            Kind::Subnet => "AWS::EC2::Subnet",
            Kind::RouteTable => "AWS::EC2::RouteTable",
            Kind::Endpoint => "AWS::EC2::VPCEndpoint",
            Kind::Vpc => "AWS::EC2::VPC",
            Kind::Account => "AWS::::Account",
        },
        region: place.region,
        cloud_partition: place.partition(),
    }
}

fn severity(severity: Severity) -> Named {
    match severity {
        Severity::Info => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    }
}

fn status(standing: Standing) -> Named {
    match standing {
        Standing::Failed | Standing::Noted | Standing::Unknown => (1, "New"),
        Standing::Accepted => (3, "Suppressed"),
        Standing::Passed => (4, "Resolved"),
    }
}

/// Milliseconds since 1970, as OCSF counts time.
fn millis(time: &str) -> i64 {
    // Our own times always parse.
    time.parse::<Timestamp>()
        .map_or(0, jiff::Timestamp::as_millisecond)
}
