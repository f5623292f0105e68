#![doc = include_str!("nat64_bypass.md")]

use super::fix::{self, Fix};
use crate::{
    domain::service::Service,
    engine::{
        case::SubnetCase,
        fix::Action,
        path::{Via, ViaKind, Ways},
        reason,
        rule::{Check, Outcome, Rule, Text},
        severity::Severity,
    },
};

pub(super) static RULE: Rule = Rule {
    id: "nat64-bypass",
    summary: "a DNS64 subnet sends the service's IPv4 addresses to a NAT gateway",
    severity: Severity::Medium,
    page: include_str!("nat64_bypass.md"),
    check: Check::Subnet { judge, explain },
};

fn judge(case: &SubnetCase<'_>) -> Outcome {
    if !case.subnet.dns64 {
        return Outcome::Clear;
    }
    let Some(ways) = case.nat64_ways() else {
        return Outcome::Clear;
    };
    if to_nat(case, ways).next().is_some() {
        return Outcome::Violated(Severity::Medium);
    }
    match ways.unknown.first() {
        Some(why) => Outcome::NotJudged(format!("behind DNS64: {why}")),
        None => Outcome::Clear,
    }
}

fn to_nat<'w>(case: &SubnetCase<'_>, ways: &'w Ways) -> impl Iterator<Item = &'w Via> {
    ways.via
        .iter()
        .filter(|via| via.kind == ViaKind::NatGateway && case.gets_out(via.kind))
}

fn explain(case: &SubnetCase<'_>) -> Text {
    let service = case.service().title();
    let nat = case
        .nat64_ways()
        .and_then(|ways| to_nat(case, ways).next())
        .and_then(|via| via.target.as_deref())
        .unwrap_or("a NAT gateway");
    let (fix, actions) = fix(case);
    Text {
        title: format!("{service} is reached through NAT64"),
        detail: format!(
            "DNS64 answers IPv4-only names with addresses of 64:ff9b::/96, and {} sends those of {service} to {nat}: no IPv4 prefix-list route applies to them",
            reason::table(case)
        ),
        fix,
        actions,
    }
}

/// A host without IPv4 needs DNS64 for every IPv4-only name, so there the
/// endpoint must carry IPv6.
fn fix(case: &SubnetCase<'_>) -> Fix {
    if let Some(fix) = fix::by_the_owner(case) {
        return fix;
    }
    let service = case.service().title();
    if case.subnet.ipv6_only {
        let without = format!(
            "give the hosts that use {service} IPv4 addresses: those of {} have none, so turning DNS64 off would cut them off",
            case.subnet.id
        );
        return fix::carry_ipv6(case, &without);
    }
    let without = format!(
        "turn DNS64 off for {}, whose hosts have IPv4 addresses, if nothing else needs it",
        case.subnet.id
    );
    let sentence = match case.service() {
        Service::S3 | Service::S3Express => format!(
            "{without}; or let clients use {service} over IPv6 through an endpoint that carries it"
        ),
        Service::DynamoDb => without,
    };
    (
        sentence,
        vec![Action::EndDns64(case.subnet.id.clone())],
    )
}
