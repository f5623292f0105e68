//! What the people who run the audit decide: severities and scope.

use crate::account::{clean, items};
use vpce_guard::engine::{policy::IsolatedSubnets, severity::Severity};

#[test]
fn a_rule_weighs_what_the_policy_says() {
    let mut account = clean();
    account.table("rtb-app").without("pl-s3");
    account.table("rtb-main").add("52.218.0.0/18", "igw-a");
    account
        .policy
        .severities
        .insert("gateway-route-missing".to_owned(), Severity::Critical);
    assert_eq!(
        account.audit().findings(),
        [
            "critical[gateway-route-missing] subnet-app s3",
            "high[gateway-route-shadowed] subnet-data s3",
        ]
    );
}

#[test]
fn a_rule_that_only_informs_is_no_violation_and_the_verdict_stays() {
    let mut account = clean();
    account.table("rtb-app").without("pl-s3");
    account
        .policy
        .severities
        .insert("gateway-route-missing".to_owned(), Severity::Info);
    let outcome = account.audit();
    assert_eq!(
        outcome.findings(),
        ["info[gateway-route-missing] subnet-app s3"]
    );
    assert!(!outcome.found[0].violation);
    assert_eq!(outcome.of_subnet("subnet-app").verdict, "violation");
}

#[test]
fn a_policy_weighs_findings_about_endpoints_exemptions_and_the_unknown_too() {
    let mut account = clean();
    account.add_endpoint("vpce-spare", "s3", "vpc-main");
    account.table("rtb-app").route("pl-s3").state("filtered");
    for rule in ["endpoint-unattached", "subnet-unverifiable"] {
        account
            .policy
            .severities
            .insert(rule.to_owned(), Severity::Critical);
    }
    let outcome = account.audit();
    assert_eq!(
        outcome.findings(),
        [
            "critical[subnet-unverifiable] subnet-app s3",
            "critical[endpoint-unattached] vpce-spare s3",
        ]
    );
    assert!(
        !outcome.found[0].violation,
        "not judged is never a violation"
    );
}

#[test]
fn only_the_vpcs_that_were_asked_for_are_judged() {
    let mut account = clean();
    account.add_vpc("vpc-other");
    account.subnet("subnet-data").vpc_id = Some("vpc-other".to_owned());
    account.add_endpoint("vpce-other", "s3", "vpc-other");
    account.scope.vpcs.insert("vpc-main".parse().unwrap());
    let outcome = account.audit();
    assert_eq!(outcome.judged.len(), 1);
    assert_eq!(outcome.endpoints, ["vpce-s3 s3 Off"]);
    assert_eq!(outcome.findings(), [""; 0]);
    assert!(outcome.complete, "what was not asked for is not missing");
}

#[test]
fn a_vpc_that_does_not_exist_gives_nothing_to_judge() {
    let mut account = clean();
    account.scope.vpcs.insert("vpc-typo".parse().unwrap());
    let outcome = account.audit();
    assert!(outcome.judged.is_empty() && outcome.endpoints.is_empty());
}

#[test]
fn an_account_without_subnets_is_complete_and_empty() {
    let mut account = clean();
    items(&mut account.answers.subnets).clear();
    items(&mut account.answers.route_tables).retain(|table| {
        table
            .associations
            .iter()
            .any(|association| association.main == Some(true))
    });
    items(&mut account.answers.vpc_endpoints).clear();
    let outcome = account.audit();
    assert!(outcome.judged.is_empty() && outcome.found.is_empty() && outcome.complete);
}

fn isolated() -> crate::account::Account {
    let mut account = clean();
    account
        .table("rtb-app")
        .without("pl-s3")
        .without("0.0.0.0/0");
    account.policy.isolated_subnets = IsolatedSubnets::Allowed;
    account
}

#[test]
fn a_subnet_that_is_isolated_on_purpose_is_exempt() {
    let outcome = isolated().audit();
    assert_eq!(outcome.of_subnet("subnet-app").verdict, "exempt");
    assert_eq!(
        outcome.findings(),
        [
            "low[gateway-route-missing] subnet-app s3, exempt by configuration policy.isolated_subnets: subnets without any way out need none to the service"
        ]
    );
    assert!(!outcome.found[0].violation);
}

#[test]
fn allowing_isolated_subnets_excuses_no_leak_and_no_broken_route() {
    let mut leak = isolated();
    leak.table("rtb-app").add("52.218.0.0/24", "nat-a");
    assert_eq!(leak.audit().of_subnet("subnet-app").verdict, "violation");

    let mut cut_off = isolated();
    cut_off.block_public_access("block-bidirectional");
    cut_off.table("rtb-app").add("0.0.0.0/0", "igw-a");
    assert_eq!(cut_off.audit().of_subnet("subnet-app").verdict, "violation");

    let mut broken = isolated();
    broken
        .table("rtb-app")
        .add("pl-s3", "vpce-s3")
        .state("blackhole");
    assert_eq!(broken.audit().of_subnet("subnet-app").verdict, "violation");
}

#[test]
fn a_subnet_with_a_way_out_over_ipv6_is_not_isolated() {
    let mut account = isolated();
    account.subnet("subnet-app").ipv6_native = Some(true);
    assert_eq!(account.audit().of_subnet("subnet-app").verdict, "exempt");
    account.table("rtb-app").add("::/0", "eigw-a");
    assert_eq!(account.audit().of_subnet("subnet-app").verdict, "violation");
}

#[test]
fn a_subnet_with_a_way_out_through_nat64_is_not_isolated() {
    let mut account = isolated();
    account.subnet("subnet-app").ipv6_native = Some(true);
    account.subnet("subnet-app").enable_dns64 = Some(true);
    account.table("rtb-app").add("64:ff9b::/96", "nat-a");
    let outcome = account.audit();
    assert_eq!(outcome.of_subnet("subnet-app").verdict, "violation");
    assert_eq!(
        outcome.findings(),
        [
            "low[gateway-route-missing] subnet-app s3",
            "medium[nat64-bypass] subnet-app s3",
        ]
    );
}

#[test]
fn allowing_isolated_subnets_that_do_not_exist_is_no_unused_exemption() {
    let mut account = clean();
    account.policy.isolated_subnets = IsolatedSubnets::Allowed;
    assert_eq!(account.audit().findings(), [""; 0]);
}
