#![doc = include_str!("exemption_unused.md")]

use crate::engine::{
    case::ExemptionCase,
    exemption::{Origin, TAG, TAG_UNTIL},
    rule::{Check, Outcome, Rule, Text},
    severity::Severity,
};

pub(super) static RULE: Rule = Rule {
    id: "exemption-unused",
    summary: "an exemption covers no finding",
    severity: Severity::Info,
    page: include_str!("exemption_unused.md"),
    check: Check::Exemption { judge, explain },
};

fn judge(case: &ExemptionCase<'_>) -> Outcome {
    let exemption = case.exemption;
    Outcome::violated_if(
        case.seen_in_full && exemption.active && !exemption.was_used(),
        Severity::Info,
    )
}

fn explain(case: &ExemptionCase<'_>) -> Text {
    let (region, id) = match case.exemption.origin {
        Origin::SubnetTag(model, subnet) => (Some(&model.network.region), subnet.id.as_str()),
        Origin::VpcTag(model, vpc) => (Some(&model.network.region), vpc.id.as_str()),
        Origin::Configured(_) | Origin::IsolatedAllowed => (None, ""),
    };
    let commands = region
        .map(|region| {
            format!(
                "aws ec2 delete-tags --region {region} --resources {id} --tags Key={TAG} Key={TAG_UNTIL}"
            )
        })
        .into_iter()
        .collect();
    Text {
        title: "an exemption is not needed".to_owned(),
        detail: format!(
            "{} (\"{}\") covers no finding",
            case.exemption.source(),
            case.exemption.reason
        ),
        fix: "remove it, so that it cannot hide a later problem".to_owned(),
        commands,
    }
}
