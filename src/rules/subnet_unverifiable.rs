#![doc = include_str!("subnet_unverifiable.md")]

use super::fix;
use crate::engine::{
    case::SubnetCase,
    fix::Action,
    rule::{Check, Rule, Text},
    severity::Severity,
};

pub(super) static RULE: Rule = Rule {
    id: "subnet-unverifiable",
    summary: "the subnet could not be judged",
    severity: Severity::Medium,
    page: include_str!("subnet_unverifiable.md"),
    check: Check::NotJudged { explain },
};

fn explain(case: &SubnetCase<'_>, why: &[String]) -> Text {
    let service = case.service().title();
    let (fix, actions) = match fix::other_owner(case) {
        Some(owner) => (
            format!(
                "audit {} from account {owner}, which owns it and alone sees its endpoints",
                case.subnet.vpc
            ),
            Vec::new(),
        ),
        None => (
            "see to what the reason names (where an answer is missing, the report's errors say more), then run the audit again"
                .to_owned(),
            vec![Action::ShowTables(case.subnet.vpc.clone())],
        ),
    };
    Text {
        title: format!("the way to {service} could not be judged"),
        detail: why.join("; "),
        fix,
        actions,
    }
}
