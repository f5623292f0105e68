#![doc = include_str!("nat64_bypass.md")]

use crate::engine::{
    case::SubnetCase,
    path::{Via, ViaKind, Ways},
    reason,
    rule::{Check, Outcome, Rule, Text},
    severity::Severity,
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
    Text {
        title: format!("{service} is reached through NAT64"),
        detail: format!(
            "DNS64 answers IPv4-only names with addresses of 64:ff9b::/96, and {} sends those of {service} to {nat}: no IPv4 prefix-list route applies to them",
            reason::table(case)
        ),
        fix: format!(
            "let clients use {service} over IPv6 through a dual-stack endpoint, or turn DNS64 off for subnets whose hosts have IPv4"
        ),
        commands: vec![format!(
            "aws ec2 modify-subnet-attribute --region {} --subnet-id {} --no-enable-dns64",
            case.region(),
            case.subnet.id
        )],
    }
}
