#![doc = include_str!("ipv6_bypass.md")]

use super::fix::{self, Fix};
use crate::engine::{
    case::SubnetCase,
    path::{Via, Ways},
    reason,
    rule::{Check, Outcome, Rule, Text},
    severity::Severity,
};

pub(super) static RULE: Rule = Rule {
    id: "ipv6-bypass",
    summary: "an IPv6-capable subnet can reach the service around the endpoint",
    severity: Severity::Medium,
    page: include_str!("ipv6_bypass.md"),
    check: Check::Subnet { judge, explain },
};

fn judge(case: &SubnetCase<'_>) -> Outcome {
    let service = case.service_model();
    // A list of IPv6 addresses proves that there are some.
    let answers = service.ipv6.is_some() || case.service().answers_over_ipv6(case.region());
    if !case.subnet.ipv6 || !answers {
        return Outcome::Clear;
    }
    let Some(ways) = case.ipv6_ways() else {
        return Outcome::Clear;
    };
    if ways_out(case, ways).next().is_some() {
        return Outcome::Violated(Severity::Medium);
    }
    match ways.unknown.first() {
        Some(why) => Outcome::NotJudged(format!("over IPv6: {why}")),
        None => Outcome::Clear,
    }
}

fn ways_out<'w>(case: &SubnetCase<'_>, ways: &'w Ways) -> impl Iterator<Item = &'w Via> {
    ways.via.iter().filter(|via| case.gets_out(via.kind))
}

fn explain(case: &SubnetCase<'_>) -> Text {
    let service = case.service().title();
    let ways: Vec<String> = case
        .ipv6_ways()
        .into_iter()
        .flat_map(|ways| ways_out(case, ways))
        .map(|via| {
            format!(
                "{} {}",
                via.kind.title(),
                via.target.as_deref().unwrap_or_default()
            )
        })
        .collect();
    let (fix, actions) = fix(case);
    Text {
        title: format!("{service} can be reached around the endpoint over IPv6"),
        detail: format!(
            "{} lets IPv6 packets leave by {}, so clients that ask for the dual-stack name of {service} pass the endpoint by",
            reason::table(case),
            ways.join(" and ")
        ),
        fix,
        actions,
    }
}

fn fix(case: &SubnetCase<'_>) -> Fix {
    if let Some(fix) = fix::by_the_owner(case) {
        return fix;
    }
    let without = "take the IPv6 way out away, or keep clients from dual-stack names";
    fix::carry_ipv6(case, without)
}
