#![doc = include_str!("exemption_expired.md")]

use crate::engine::{
    case::ExemptionCase,
    exemption::{Exemption, Origin, TAG_UNTIL, Until},
    rule::{Check, Outcome, Rule, Text},
    severity::Severity,
};

pub(super) static RULE: Rule = Rule {
    id: "exemption-expired",
    summary: "an exemption is past its date, or its date cannot be read",
    severity: Severity::Low,
    page: include_str!("exemption_expired.md"),
    check: Check::Exemption { judge, explain },
};

fn judge(case: &ExemptionCase<'_>) -> Outcome {
    Outcome::violated_if(!case.exemption.active, Severity::Low)
}

fn explain(case: &ExemptionCase<'_>) -> Text {
    let exemption = case.exemption;
    let source = exemption.source();
    let detail = match &exemption.until {
        Until::Day(day) => format!("{source} (\"{}\") held through {day}", exemption.reason),
        Until::Unreadable(text) => format!(
            "{source} (\"{}\") ends on `{text}`, which is no ISO 8601 date, so it does not hold",
            exemption.reason
        ),
        Until::Open => format!("{source} (\"{}\") does not hold", exemption.reason),
    };
    Text {
        title: "an exemption has expired".to_owned(),
        detail,
        fix: "mend what it excuses and remove it, or give it a new date".to_owned(),
        commands: renew(exemption).into_iter().collect(),
    }
}

fn renew(exemption: &Exemption<'_>) -> Option<String> {
    let (region, id) = match exemption.origin {
        Origin::SubnetTag(model, subnet) => (&model.network.region, subnet.id.as_str()),
        Origin::VpcTag(model, vpc) => (&model.network.region, vpc.id.as_str()),
        Origin::Configured(_) | Origin::IsolatedAllowed => return None,
    };
    Some(format!(
        "aws ec2 create-tags --region {region} --resources {id} --tags Key={TAG_UNTIL},Value=<YYYY-MM-DD>"
    ))
}
