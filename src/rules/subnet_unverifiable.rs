#![doc = include_str!("subnet_unverifiable.md")]

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
    Text {
        title: format!("the way to {service} could not be judged"),
        detail: why.join("; "),
        fix: "give the audit what it lacks (see the report's errors), then run it again".to_owned(),
        actions: vec![Action::ShowTables(case.subnet.vpc.clone())],
    }
}
