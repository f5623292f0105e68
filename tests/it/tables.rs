//! Which route table applies to a subnet.

use crate::account::{OWNER, STRANGER, clean, items, state};
use vpce_guard::collect::shapes;

fn association(subnet: &str, state_name: &str) -> shapes::RouteTableAssociation {
    shapes::RouteTableAssociation {
        main: Some(false),
        subnet_id: Some(subnet.to_owned()),
        gateway_id: None,
        association_state: state(state_name),
    }
}

#[test]
fn a_subnet_without_association_uses_the_main_table_of_its_vpc() {
    let outcome = clean().audit();
    assert_eq!(outcome.of_subnet("subnet-app").table, "rtb-app explicit");
    assert_eq!(outcome.of_subnet("subnet-data").table, "rtb-main main");
}

#[test]
fn a_leak_in_the_main_table_concerns_only_subnets_without_their_own() {
    let mut account = clean();
    account.table("rtb-main").without("pl-s3");
    let outcome = account.audit();
    assert_eq!(outcome.app(), "gateway_endpoint");
    assert_eq!(
        outcome.of_subnet("subnet-data").path,
        "bypass via nat_gateway nat-a"
    );
    assert_eq!(
        outcome.findings(),
        ["high[gateway-route-missing] subnet-data s3"]
    );
}

#[test]
fn the_main_table_of_another_vpc_does_not_apply() {
    let mut account = clean();
    account.add_vpc("vpc-other");
    account.subnet("subnet-data").vpc_id = Some("vpc-other".to_owned());
    let outcome = account.audit();
    let data = outcome.of_subnet("subnet-data");
    assert_eq!(
        (data.path.as_str(), data.verdict, data.table.as_str()),
        ("unverifiable", "unverifiable", "no table")
    );
    assert_eq!(
        data.reason,
        "not judged: no route table of its VPC is visible"
    );
    assert!(!outcome.complete);
}

#[test]
fn each_vpc_has_its_own_main_table() {
    let mut account = clean();
    account.add_vpc("vpc-other");
    account.subnet("subnet-data").vpc_id = Some("vpc-other".to_owned());
    let mut other = account.table("rtb-main").0.clone();
    other.route_table_id = Some("rtb-other".to_owned());
    other.vpc_id = Some("vpc-other".to_owned());
    other.routes.truncate(1);
    items(&mut account.answers.route_tables).push(other);
    let outcome = account.audit();
    let data = outcome.of_subnet("subnet-data");
    assert_eq!(
        (data.path.as_str(), data.table.as_str()),
        ("no_route via none", "rtb-other main")
    );
}

#[test]
fn an_association_with_a_table_of_another_vpc_is_not_believed() {
    let mut account = clean();
    account.table("rtb-app").0.vpc_id = Some("vpc-other".to_owned());
    let outcome = account.audit();
    assert_eq!(outcome.app(), "unverifiable");
    assert_eq!(
        outcome.findings(),
        ["medium[subnet-unverifiable] subnet-app s3"]
    );
}

#[test]
fn an_association_that_does_not_hold_leaves_the_subnet_on_the_main_table() {
    for name in [
        "associating",
        "disassociating",
        "disassociated",
        "failed",
        "failing",
    ] {
        let mut account = clean();
        account.table("rtb-app").0.associations[0].association_state = state(name);
        account.table("rtb-main").without("pl-s3");
        let outcome = account.audit();
        let app = outcome.of_subnet("subnet-app");
        assert_eq!(
            (app.table.as_str(), app.path.as_str()),
            ("rtb-main main", "bypass via nat_gateway nat-a"),
            "{name}"
        );
    }
}

#[test]
fn an_association_without_a_state_holds() {
    let mut account = clean();
    account.table("rtb-app").0.associations[0].association_state = None;
    assert_eq!(
        account.audit().of_subnet("subnet-app").table,
        "rtb-app explicit"
    );
}

#[test]
fn a_main_association_that_is_being_replaced_does_not_apply() {
    let mut account = clean();
    account.table("rtb-main").0.associations[0].association_state = state("disassociating");
    let outcome = account.audit();
    assert_eq!(outcome.of_subnet("subnet-data").path, "unverifiable");
}

#[test]
fn a_table_of_a_gateway_applies_to_no_subnet() {
    let mut account = clean();
    let association = &mut account.table("rtb-app").0.associations[0];
    association.subnet_id = None;
    association.gateway_id = Some("igw-main".to_owned());
    assert_eq!(
        account.audit().of_subnet("subnet-app").table,
        "rtb-main main"
    );
}

#[test]
fn a_subnet_that_two_tables_claim_is_not_judged() {
    let mut account = clean();
    let second = association("subnet-app", "associated");
    account.table("rtb-main").0.associations.push(second);
    let outcome = account.audit();
    assert_eq!(
        outcome.of_subnet("subnet-app").reason,
        "not judged: two route tables claim it"
    );
    assert_eq!(outcome.of_subnet("subnet-data").path, "gateway_endpoint");
    assert!(!outcome.complete);
}

#[test]
fn a_table_that_names_a_subnet_twice_still_applies() {
    let mut account = clean();
    let again = association("subnet-app", "associated");
    account.table("rtb-app").0.associations.push(again);
    assert_eq!(account.audit().app(), "gateway_endpoint");
}

#[test]
fn two_main_tables_of_one_vpc_decide_nothing() {
    let mut account = clean();
    account.table("rtb-app").0.associations[0].main = Some(true);
    let outcome = account.audit();
    assert_eq!(outcome.app(), "gateway_endpoint");
    assert_eq!(outcome.of_subnet("subnet-data").path, "unverifiable");
}

#[test]
fn a_vpc_without_any_visible_table_is_not_judged() {
    let mut account = clean();
    items(&mut account.answers.route_tables).clear();
    let outcome = account.audit();
    assert_eq!(outcome.app(), "unverifiable");
    assert!(!outcome.complete);
}

/// The VPC belongs to `STRANGER` and is shared with the audited account: its
/// tables are visible, its endpoints are not.
fn shared() -> crate::account::Account {
    let mut account = clean();
    let stranger = Some(STRANGER.to_owned());
    account.vpc("vpc-main").owner_id.clone_from(&stranger);
    for subnet in ["subnet-app", "subnet-data"] {
        account.subnet(subnet).owner_id.clone_from(&stranger);
    }
    for table in ["rtb-app", "rtb-main"] {
        account.table(table).0.owner_id.clone_from(&stranger);
    }
    items(&mut account.answers.vpc_endpoints).clear();
    account
}

#[test]
fn an_endpoint_that_the_owner_of_a_shared_vpc_keeps_to_himself_is_not_judged() {
    let outcome = shared().audit();
    assert_eq!(
        outcome.of_subnet("subnet-app").reason,
        "not judged: vpce-s3 is not visible from this account: audit it from account 999988887777, which owns the VPC"
    );
    assert_eq!(
        outcome.findings(),
        [
            "medium[subnet-unverifiable] subnet-app s3",
            "medium[subnet-unverifiable] subnet-data s3",
        ]
    );
    assert!(!outcome.complete);
}

#[test]
fn a_leak_in_a_shared_vpc_is_seen_without_the_owners_endpoints() {
    let mut account = shared();
    account.table("rtb-app").without("pl-s3");
    let outcome = account.audit();
    assert_eq!(outcome.app(), "bypass via nat_gateway nat-a");
}

#[test]
fn an_owners_endpoint_that_is_visible_counts() {
    let mut account = shared();
    account.add_endpoint("vpce-s3", "s3", "vpc-main");
    assert_eq!(account.audit().app(), "gateway_endpoint");
}

#[test]
fn whose_vpc_it_is_stands_with_the_table_where_vpcs_do_not_say() {
    for owner in [None, Some("no account id")] {
        let mut account = clean();
        account.vpc("vpc-main").owner_id = owner.map(str::to_owned);
        account.delete_endpoint("vpce-s3");
        assert_eq!(
            account.audit().app(),
            "no_route via blackhole vpce-s3",
            "{owner:?}"
        );
        account.table("rtb-app").0.owner_id = Some(STRANGER.to_owned());
        assert_eq!(account.audit().app(), "unverifiable", "{owner:?}");
        account.table("rtb-app").0.owner_id = None;
        assert_eq!(account.audit().app(), "unverifiable", "{owner:?}");
    }
}

#[test]
fn without_the_audited_account_nobody_knows_whether_an_endpoint_is_gone() {
    let mut account = clean();
    account.delete_endpoint("vpce-s3");
    account.id = None;
    assert_eq!(account.audit().app(), "unverifiable");
    assert_eq!(account.vpc("vpc-main").owner_id.as_deref(), Some(OWNER));
}
