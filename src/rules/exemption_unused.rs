#![doc = include_str!("exemption_unused.md")]

use crate::engine::{
    case::ExemptionCase,
    exemption::{TAG, TAG_UNTIL},
    fix::Action,
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
    let untag = case.exemption.tagged().map(|resource| Action::Untag {
        resource: resource.to_owned(),
        keys: vec![TAG, TAG_UNTIL],
    });
    Text {
        title: "an exemption is not needed".to_owned(),
        detail: format!(
            "{} (\"{}\") covers no finding",
            case.exemption.source(),
            case.exemption.reason
        ),
        fix: "remove it, so that it cannot hide a later problem".to_owned(),
        actions: untag.into_iter().collect(),
    }
}
