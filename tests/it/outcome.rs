//! What an audit said, as plain text that a test can hold on to.

use std::fmt::Write;
use vpce_guard::{
    engine::{
        evaluate::{Evaluation, Judgement},
        exemption::Origin,
        finding::{Finding, Subject},
        reason,
    },
    report::fix::{FixFormat, Place},
};

/// What an audit said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub judged: Vec<Judged>,
    pub found: Vec<Found>,
    /// Endpoints and what was seen of their traffic.
    pub endpoints: Vec<String>,
    pub complete: bool,
}

/// One subnet and service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    pub subnet: String,
    pub service: &'static str,
    /// The effective table and how it applies, e.g. `rtb-app explicit`.
    pub table: String,
    /// The path and where the rest goes, e.g. `partial via nat_gateway nat-a 12.5 %`.
    pub path: String,
    pub verdict: &'static str,
    pub vpc_endpoints: Vec<String>,
    /// The blocks that do not reach the endpoint.
    pub cidrs: Vec<String>,
    pub reason: String,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Severity, rule and what it is about, e.g. `high[gateway-route-missing] subnet-app s3`.
    pub line: String,
    pub violation: bool,
    pub title: String,
    pub detail: String,
    pub fix: String,
    pub commands: Vec<String>,
}

impl Outcome {
    pub fn of(evaluation: &Evaluation<'_>) -> Self {
        Self {
            judged: evaluation.judgements.iter().map(judged).collect(),
            found: evaluation
                .findings
                .iter()
                .map(|finding| found(finding, evaluation))
                .collect(),
            endpoints: evaluation
                .endpoints
                .iter()
                .map(|case| format!("{} {} {:?}", case.endpoint.id, case.service, case.telemetry))
                .collect(),
            complete: evaluation.complete,
        }
    }

    /// The first judgement of a subnet: the only one, unless several services were asked for.
    pub fn of_subnet(&self, subnet: &str) -> &Judged {
        self.judged
            .iter()
            .find(|judged| judged.subnet == subnet)
            .unwrap_or_else(|| panic!("{subnet} was not judged"))
    }

    /// The path of `subnet-app`, and where its packets go.
    pub fn app(&self) -> &str {
        &self.of_subnet("subnet-app").path
    }

    /// Every finding in one line each.
    pub fn findings(&self) -> Vec<&str> {
        self.found.iter().map(|found| found.line.as_str()).collect()
    }

    /// Everything, for a person to read.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for judged in &self.judged {
            let Judged {
                subnet,
                service,
                verdict,
                table,
                path,
                reason,
                ..
            } = judged;
            writeln!(text, "{subnet} {service}: {verdict}, {path} ({table})").unwrap();
            writeln!(text, "  {reason}").unwrap();
        }
        for found in &self.found {
            writeln!(text, "{}: {}", found.line, found.title).unwrap();
            writeln!(text, "  {}", found.detail).unwrap();
            writeln!(text, "  fix: {}", found.fix).unwrap();
            for command in &found.commands {
                writeln!(text, "  $ {command}").unwrap();
            }
        }
        if !self.complete {
            text.push_str("not complete\n");
        }
        text
    }
}

fn judged(judgement: &Judgement<'_>) -> Judged {
    let case = &judgement.case;
    let via = case
        .decision()
        .map(|decision| decision.ways.via.as_slice())
        .unwrap_or_default();
    let mut path = judgement.path.name().to_owned();
    for (index, via) in via.iter().enumerate() {
        path.push_str(if index == 0 { " via " } else { ", " });
        path.push_str(via.kind.name());
        if let Some(target) = &via.target {
            write!(path, " {target}").unwrap();
        }
        if via.share < 1.0 {
            write!(path, " {}", reason::percent(via.share)).unwrap();
        }
    }
    Judged {
        subnet: case.subnet.id.to_string(),
        service: case.service().name(),
        table: case.table().map_or_else(
            || "no table".to_owned(),
            |(table, association)| format!("{} {}", table.id, association.name()),
        ),
        path,
        verdict: judgement.verdict.name(),
        vpc_endpoints: case
            .decision()
            .into_iter()
            .flat_map(|decision| &decision.ways.endpoints)
            .map(ToString::to_string)
            .collect(),
        cidrs: via
            .iter()
            .flat_map(|via| &via.cidrs)
            .map(ToString::to_string)
            .collect(),
        reason: reason::reason(case),
    }
}

fn found(finding: &Finding<'_>, evaluation: &Evaluation<'_>) -> Found {
    let all = evaluation.exemptions.all();
    let subject = match &finding.subject {
        Subject::Subnet(case) | Subject::NotJudged(case, _) => {
            format!("{} {}", case.subnet.id, case.service())
        }
        Subject::Endpoint(case) => format!("{} {}", case.endpoint.id, case.service),
        Subject::Exemption(at) => all[*at].source(),
    };
    let mut line = format!("{}[{}] {subject}", finding.severity, finding.rule.id);
    if let Some(at) = finding.exemption {
        write!(line, ", exempt by {}: {}", all[at].source(), all[at].reason).unwrap();
    }
    let region = match &finding.subject {
        Subject::Subnet(case) | Subject::NotJudged(case, _) => case.region().as_str(),
        Subject::Endpoint(case) => case.model.network.region.as_str(),
        Subject::Exemption(at) => match all[*at].origin {
            Origin::SubnetTag(model, _) | Origin::VpcTag(model, _) => model.network.region.as_str(),
            Origin::Configured(_) | Origin::IsolatedAllowed => "",
        },
    };
    let place = Place {
        account: None,
        region,
    };
    let text = finding.text(&evaluation.exemptions);
    Found {
        line,
        violation: finding.is_violation(),
        title: text.title,
        detail: text.detail,
        fix: text.fix,
        commands: FixFormat::AwsCli.commands(&text.actions, place),
    }
}
