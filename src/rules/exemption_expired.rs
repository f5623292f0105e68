#![doc = include_str!("exemption_expired.md")]

use crate::engine::{
    case::ExemptionCase,
    exemption::{Exemption, TAG_UNTIL, Until},
    fix::Action,
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
        actions: renew(exemption).into_iter().collect(),
    }
}

fn renew(exemption: &Exemption<'_>) -> Option<Action> {
    Some(Action::Tag {
        resource: exemption.tagged()?.to_owned(),
        key: TAG_UNTIL,
        form: "YYYY-MM-DD",
    })
}
