//! What is missing or garbled: never compliant, never silent.

use crate::account::{Account, clean, items, tag};
use vpce_guard::{
    collect::shapes,
    domain::{fact::Fact, problem::Problem},
};

fn denied<T>() -> Fact<T> {
    Fact::Missing("access was denied".to_owned())
}

/// No subnet is said to be compliant, and the run says that it is not complete.
fn assert_never_clean(account: &Account, what: &str) {
    let outcome = account.audit();
    assert!(!outcome.complete, "{what}: complete");
    assert!(
        outcome
            .judged
            .iter()
            .all(|judged| judged.verdict == "unverifiable"),
        "{what}: {}",
        outcome.text()
    );
}

#[test]
fn without_route_tables_nothing_is_judged() {
    let mut account = clean();
    account.answers.route_tables = denied();
    assert_never_clean(&account, "route tables");
    assert_eq!(
        account.audit().of_subnet("subnet-app").reason,
        "not judged: access was denied"
    );
}

#[test]
fn without_endpoints_no_route_to_one_is_believed() {
    let mut account = clean();
    account.answers.vpc_endpoints = denied();
    assert_never_clean(&account, "endpoints");
}

#[test]
fn without_endpoints_a_leak_is_still_a_leak_and_the_run_not_complete() {
    let mut account = clean();
    account.table("rtb-app").without("pl-s3");
    account.table("rtb-main").without("pl-s3");
    account.table("rtb-app").without("pl-dynamodb");
    account.table("rtb-main").without("pl-dynamodb");
    account.answers.vpc_endpoints = denied();
    let outcome = account.audit();
    assert_eq!(outcome.app(), "bypass via nat_gateway nat-a");
    assert!(!outcome.complete, "the endpoints could not be read");
}

#[test]
fn without_prefix_lists_nothing_is_judged() {
    let mut account = clean();
    account.answers.prefix_lists = denied();
    assert_never_clean(&account, "prefix lists");
}

#[test]
fn without_subnets_there_is_nothing_to_say_and_the_run_is_not_complete() {
    let mut account = clean();
    account.answers.subnets = denied();
    let outcome = account.audit();
    assert!(outcome.judged.is_empty());
    assert!(!outcome.complete);
}

#[test]
fn without_vpcs_routes_still_decide_and_the_run_is_not_complete() {
    let mut account = clean();
    account.answers.vpcs = denied();
    let outcome = account.audit();
    assert_eq!(outcome.app(), "gateway_endpoint");
    assert!(
        !outcome.complete,
        "exemptions and Block Public Access are not known"
    );
}

#[test]
fn without_vpcs_a_leak_is_not_made_smaller() {
    let mut account = clean();
    account.table("rtb-app").without("pl-s3");
    account.answers.vpcs = denied();
    assert_eq!(
        account.audit().findings(),
        ["high[gateway-route-missing] subnet-app s3"]
    );
}

#[test]
fn a_problem_of_the_collector_makes_the_run_incomplete() {
    let mut account = clean();
    account.problems.push(Problem {
        account: None,
        region: None,
        operation: "ec2:DescribeVpcs".to_owned(),
        code: "RequestLimitExceeded".to_owned(),
        message: "slow down".to_owned(),
        hint: None,
    });
    let outcome = account.audit();
    assert!(!outcome.complete);
    assert_eq!(outcome.app(), "gateway_endpoint");
}

#[test]
fn an_item_without_an_id_spoils_its_whole_answer() {
    let mut account = clean();
    items(&mut account.answers.vpcs).push(shapes::Vpc::default());
    assert!(!account.audit().complete);

    let mut account = clean();
    items(&mut account.answers.subnets).push(shapes::Subnet::default());
    let outcome = account.audit();
    assert!(outcome.judged.is_empty() && !outcome.complete);

    let mut account = clean();
    items(&mut account.answers.route_tables).push(shapes::RouteTable::default());
    assert_never_clean(&account, "route table without id");

    let mut account = clean();
    items(&mut account.answers.vpc_endpoints).push(shapes::VpcEndpoint::default());
    assert_never_clean(&account, "endpoint without id");

    let mut account = clean();
    items(&mut account.answers.prefix_lists).push(shapes::PrefixList::default());
    assert_never_clean(&account, "prefix list without id");
}

#[test]
fn an_item_with_an_id_of_another_kind_spoils_its_whole_answer() {
    let mut account = clean();
    account.table("rtb-main").0.route_table_id = Some("acl-main".to_owned());
    assert_never_clean(&account, "route table");
    assert_eq!(
        account.audit().of_subnet("subnet-app").reason,
        "not judged: the answer of ec2:DescribeRouteTables cannot be read (`acl-main` is not a route table id: expected `rtb-…`)"
    );
    let mut account = clean();
    account.table("rtb-main").0.associations[0].subnet_id = Some("i-app".to_owned());
    assert_never_clean(&account, "association");
}

#[test]
fn an_item_that_does_not_say_its_vpc_spoils_its_whole_answer() {
    let mut account = clean();
    account.table("rtb-main").0.vpc_id = None;
    assert_never_clean(&account, "route table");
    let mut account = clean();
    account.endpoint("vpce-dynamodb").vpc_id = None;
    assert_never_clean(&account, "endpoint");
    let mut account = clean();
    account.subnet("subnet-data").vpc_id = None;
    assert!(account.audit().judged.is_empty());
}

#[test]
fn an_endpoint_without_a_type_is_a_gateway_endpoint_where_tables_are_associated_with_it() {
    let mut account = clean();
    account.endpoint("vpce-s3").vpc_endpoint_type = None;
    assert_eq!(account.audit().text(), clean().audit().text());
    assert!(account.audit().complete);
}

#[test]
fn an_endpoint_of_which_nobody_knows_what_it_is_concerns_its_own_subnets_only() {
    let mut account = clean();
    let endpoint = account.endpoint("vpce-s3");
    endpoint.vpc_endpoint_type = None;
    endpoint.route_table_ids.clear();
    assert_never_clean(&account, "endpoint type");
    let mut account = clean();
    let endpoint = account.endpoint("vpce-dynamodb");
    endpoint.vpc_endpoint_type = None;
    endpoint.route_table_ids.clear();
    let outcome = account.audit();
    assert_eq!(outcome.judged, clean().audit().judged);
    assert!(!outcome.complete);
}

#[test]
fn a_service_list_with_a_block_that_is_none_is_not_known() {
    for block in ["52.92.0.0", "52.92.0.0/33", "", "s3"] {
        let mut account = clean();
        account.prefix_list("pl-s3").cidrs.as_mut().unwrap()[0] = block.to_owned();
        assert_never_clean(&account, block);
    }
}

#[test]
fn a_service_list_without_entries_or_without_ipv4_is_not_known() {
    for cidrs in [
        None,
        Some(vec![]),
        Some(vec!["2a05:d050:8000::/36".to_owned()]),
    ] {
        let mut account = clean();
        account.prefix_list("pl-s3").cidrs = cidrs;
        assert_never_clean(&account, "no IPv4 entries");
    }
}

#[test]
fn a_routed_list_whose_entries_are_not_known_may_hold_anything() {
    for break_it in [
        |account: &mut Account| account.add_customer_list("pl-ours", &[]).cidrs = None,
        |account: &mut Account| {
            account.add_customer_list("pl-ours", &["not a block"]);
        },
        |_: &mut Account| {},
    ] {
        let mut account = clean();
        break_it(&mut account);
        account.table("rtb-app").add("pl-ours", "tgw-a");
        let outcome = account.audit();
        assert_eq!(outcome.app(), "unverifiable");
        assert_eq!(outcome.of_subnet("subnet-data").path, "gateway_endpoint");
        assert!(!outcome.complete);
    }
}

#[test]
fn a_customer_list_that_no_route_uses_may_stay_unknown() {
    let mut account = clean();
    account.add_customer_list("pl-ours", &[]).cidrs = None;
    let outcome = account.audit();
    assert_eq!(outcome.app(), "gateway_endpoint");
    assert_eq!(outcome.findings(), [""; 0]);
}

#[test]
fn a_route_without_a_destination_may_match_anything() {
    let mut account = clean();
    account
        .table("rtb-app")
        .add("192.0.2.0/24", "tgw-a")
        .0
        .destination_cidr_block = None;
    let outcome = account.audit();
    assert_eq!(
        outcome.of_subnet("subnet-app").reason,
        "not judged: rtb-app has a route whose destination `none` is not understood"
    );
    assert_eq!(outcome.of_subnet("subnet-data").path, "gateway_endpoint");
}

#[test]
fn a_route_whose_destination_is_no_block_may_match_anything() {
    for destination in ["52.92.0.0", "everything", "52.92.0.0/40"] {
        let mut account = clean();
        account
            .table("rtb-app")
            .add("192.0.2.0/24", "tgw-a")
            .0
            .destination_cidr_block = Some(destination.to_owned());
        assert_eq!(account.audit().app(), "unverifiable", "{destination}");
    }
    let mut account = clean();
    account
        .table("rtb-app")
        .add("pl-ours", "tgw-a")
        .0
        .destination_prefix_list_id = Some("lp-ours".to_owned());
    assert_eq!(account.audit().app(), "unverifiable");
}

#[test]
fn a_block_written_with_host_bits_is_the_block() {
    let mut account = clean();
    account.table("rtb-app").add("52.92.0.1/17", "igw-a");
    assert_eq!(
        account.audit().app(),
        "partial via internet_gateway igw-a 45.4 %"
    );
}

#[test]
fn an_endpoint_id_that_aws_would_not_write_is_not_judged() {
    let mut account = clean();
    account.table("rtb-app").route("pl-s3").to("vpce-; rm");
    assert_eq!(account.audit().app(), "unverifiable");
}

#[test]
fn a_target_that_is_empty_text_is_no_target() {
    let mut account = clean();
    let route = account.table("rtb-app").route("pl-s3");
    route.0.nat_gateway_id = Some(String::new());
    assert_eq!(account.audit().app(), "gateway_endpoint");
    account.table("rtb-app").route("pl-s3").0.gateway_id = Some(String::new());
    assert_eq!(account.audit().app(), "unverifiable");
}

#[test]
fn missing_facts_cannot_be_exempted() {
    let mut account = clean();
    account.vpc("vpc-main").tags = vec![tag("vpce-guard:exempt", "please")];
    account.answers.route_tables = denied();
    assert_never_clean(&account, "route tables");
}

#[test]
fn a_list_of_vpcs_that_lacks_a_subnets_vpc_was_not_whole() {
    let mut account = clean();
    items(&mut account.answers.vpcs).clear();
    assert!(!account.audit().complete);
}

#[test]
fn a_list_of_subnets_that_lacks_one_of_a_table_was_not_whole() {
    let mut account = clean();
    items(&mut account.answers.subnets)
        .retain(|subnet| subnet.subnet_id.as_deref() != Some("subnet-app"));
    assert!(!account.audit().complete);
}
