//! Where a subnet's packets go: every path, every kind of way, every tie.

use crate::account::clean;
use vpce_guard::domain::service::Service;

#[test]
fn the_clean_account_takes_the_endpoint_everywhere() {
    let mut account = clean();
    account.services = vec![Service::S3, Service::DynamoDb];
    insta::assert_snapshot!(account.audit().text(), @r"
    subnet-app s3: compliant, gateway_endpoint (rtb-app explicit)
      route table rtb-app sends every S3 address to vpce-s3
    subnet-app dynamodb: compliant, gateway_endpoint (rtb-app explicit)
      route table rtb-app sends every DynamoDB address to vpce-dynamodb
    subnet-data s3: compliant, gateway_endpoint (rtb-main main)
      main route table rtb-main sends every S3 address to vpce-s3
    subnet-data dynamodb: compliant, gateway_endpoint (rtb-main main)
      main route table rtb-main sends every DynamoDB address to vpce-dynamodb
    ");
}

#[test]
fn every_kind_of_target_of_the_default_route_is_named() {
    for (target, expected) in [
        ("igw-a", "bypass via internet_gateway igw-a"),
        ("nat-a", "bypass via nat_gateway nat-a"),
        ("eigw-a", "bypass via egress_only_internet_gateway eigw-a"),
        ("tgw-a", "bypass via transit_gateway tgw-a"),
        ("pcx-a", "bypass via vpc_peering pcx-a"),
        ("vgw-a", "bypass via virtual_private_gateway vgw-a"),
        ("eni-a", "bypass via network_interface eni-a"),
        ("i-a", "bypass via network_interface i-a"),
        ("lgw-a", "bypass via local_gateway lgw-a"),
        ("cagw-a", "bypass via carrier_gateway cagw-a"),
        (
            "arn:aws:networkmanager::1:core-network/a",
            "bypass via core_network arn:aws:networkmanager::1:core-network/a",
        ),
        (
            "vpce-gwlb",
            "bypass via gateway_load_balancer_endpoint vpce-gwlb",
        ),
        (
            "vpce-dynamodb",
            "bypass via gateway_endpoint_other vpce-dynamodb",
        ),
        ("local", "no_route via local local"),
        ("arn:aws:odb:eu-west-1:1:odb-network/a", "unverifiable"),
        ("xyz-new", "unverifiable"),
    ] {
        let mut account = clean();
        account
            .add_endpoint("vpce-gwlb", "gwlb", "vpc-main")
            .vpc_endpoint_type = Some("GatewayLoadBalancer".to_owned());
        account
            .table("rtb-app")
            .without("pl-s3")
            .route("0.0.0.0/0")
            .to(target);
        assert_eq!(account.audit().app(), expected);
    }
}

#[test]
fn a_target_that_only_gateway_id_names_is_told_by_its_prefix() {
    for (target, expected) in [
        ("nat-a", "bypass via nat_gateway nat-a"),
        ("eigw-a", "bypass via egress_only_internet_gateway eigw-a"),
        ("tgw-a", "bypass via transit_gateway tgw-a"),
        ("pcx-a", "bypass via vpc_peering pcx-a"),
        ("eni-a", "bypass via network_interface eni-a"),
    ] {
        let mut account = clean();
        let route = account
            .table("rtb-app")
            .without("pl-s3")
            .route("0.0.0.0/0")
            .to("igw-a");
        route.0.gateway_id = Some(target.to_owned());
        assert_eq!(account.audit().app(), expected);
    }
}

#[test]
fn an_instance_is_named_by_its_interface() {
    let mut account = clean();
    let route = account
        .table("rtb-app")
        .without("pl-s3")
        .route("0.0.0.0/0")
        .to("i-a");
    route.0.network_interface_id = Some("eni-of-it".to_owned());
    assert_eq!(
        account.audit().app(),
        "bypass via network_interface eni-of-it"
    );
}

#[test]
fn without_any_route_packets_go_nowhere() {
    let mut account = clean();
    account
        .table("rtb-app")
        .without("pl-s3")
        .without("0.0.0.0/0");
    let outcome = account.audit();
    assert_eq!(outcome.app(), "no_route via none");
    assert_eq!(
        outcome.of_subnet("subnet-app").reason,
        "route table rtb-app has no route to the S3 prefix list; packets find no route and are dropped"
    );
}

#[test]
fn a_default_route_that_is_a_blackhole_is_no_way_out() {
    let mut account = clean();
    account
        .table("rtb-app")
        .without("pl-s3")
        .route("0.0.0.0/0")
        .state("blackhole");
    assert_eq!(account.audit().app(), "no_route via blackhole nat-a");
}

#[test]
fn a_blackhole_whose_target_aws_no_longer_names_drops() {
    let mut account = clean();
    let route = account.table("rtb-app").route("pl-s3").state("blackhole");
    route.0.gateway_id = None;
    let outcome = account.audit();
    assert_eq!(outcome.app(), "no_route via blackhole");
    assert_eq!(
        outcome.findings(),
        ["high[gateway-route-blackhole] subnet-app s3"]
    );
}

#[test]
fn an_active_route_without_a_target_is_not_judged() {
    let mut account = clean();
    let route = account.table("rtb-app").route("pl-s3");
    route.0.gateway_id = None;
    assert_eq!(account.audit().app(), "unverifiable");
}

#[test]
fn the_blackhole_of_the_endpoint_route_wins_over_a_default_route_that_works() {
    let mut account = clean();
    account.table("rtb-app").route("pl-s3").state("blackhole");
    let outcome = account.audit();
    assert_eq!(outcome.app(), "no_route via blackhole vpce-s3");
    assert_eq!(outcome.of_subnet("subnet-app").vpc_endpoints, [""; 0]);
}

#[test]
fn half_a_block_through_another_way_is_partial() {
    let mut account = clean();
    account.table("rtb-app").add("52.218.0.0/18", "tgw-a");
    let outcome = account.audit();
    let app = outcome.of_subnet("subnet-app");
    // 16,384 of the 72,192 addresses.
    assert_eq!(app.path, "partial via transit_gateway tgw-a 22.7 %");
    assert_eq!(app.cidrs, ["52.218.0.0/18"]);
    assert_eq!(app.vpc_endpoints, ["vpce-s3"]);
    assert_eq!(app.verdict, "violation");
    assert_eq!(
        outcome.findings(),
        ["high[gateway-route-shadowed] subnet-app s3"]
    );
}

#[test]
fn a_single_address_through_another_way_is_partial_and_never_rounded_away() {
    let mut account = clean();
    account.table("rtb-app").add("52.218.127.255/32", "eni-a");
    let outcome = account.audit();
    assert_eq!(
        outcome.app(),
        "partial via network_interface eni-a less than 0.1 %"
    );
    assert_eq!(outcome.of_subnet("subnet-app").cidrs, ["52.218.127.255/32"]);
}

#[test]
fn everything_through_more_specific_routes_is_a_bypass() {
    let mut account = clean();
    for (block, target) in [
        ("3.5.64.0/22", "tgw-a"),
        ("3.5.68.0/22", "tgw-a"),
        ("3.5.72.0/23", "igw-a"),
        ("18.34.32.0/20", "igw-a"),
        ("52.92.0.0/17", "igw-a"),
        ("52.218.0.0/17", "igw-a"),
    ] {
        account.table("rtb-app").add(block, target);
    }
    let outcome = account.audit();
    assert_eq!(
        outcome.app(),
        "bypass via internet_gateway igw-a 97.2 %, transit_gateway tgw-a 2.8 %"
    );
    assert_eq!(
        outcome.findings(),
        ["high[gateway-route-shadowed] subnet-app s3"]
    );
    assert_eq!(
        outcome.of_subnet("subnet-app").reason,
        "other routes of rtb-app take every S3 address from its prefix-list route; packets leave by internet gateway igw-a (97.2 %) and leave by transit gateway tgw-a (2.8 %)"
            .replace("of rtb-app", "of route table rtb-app")
    );
}

#[test]
fn everything_into_more_specific_blackholes_is_no_route_and_shadowed() {
    let mut account = clean();
    for block in [
        "3.5.64.0/21",
        "3.5.72.0/23",
        "18.34.32.0/20",
        "52.92.0.0/17",
        "52.218.0.0/17",
    ] {
        account
            .table("rtb-app")
            .add(block, "tgw-gone")
            .state("blackhole");
    }
    let outcome = account.audit();
    assert_eq!(outcome.app(), "no_route via blackhole tgw-gone");
    assert_eq!(
        outcome.findings(),
        ["high[gateway-route-shadowed] subnet-app s3"]
    );
}

#[test]
fn a_more_specific_blackhole_drops_a_part() {
    let mut account = clean();
    account
        .table("rtb-app")
        .add("52.92.64.0/18", "pcx-gone")
        .state("blackhole");
    let outcome = account.audit();
    assert_eq!(outcome.app(), "partial via blackhole pcx-gone 22.7 %");
    assert_eq!(
        outcome.findings(),
        ["high[gateway-route-shadowed] subnet-app s3"]
    );
}

#[test]
fn a_blackhole_inside_a_leak_stands_on_its_own() {
    let mut account = clean();
    account.table("rtb-app").add("52.218.0.0/18", "nat-a");
    account
        .table("rtb-app")
        .add("52.218.0.0/19", "pcx-gone")
        .state("blackhole");
    assert_eq!(
        account.audit().app(),
        "partial via nat_gateway nat-a 11.3 %, blackhole pcx-gone 11.3 %"
    );
}

#[test]
fn a_wider_route_takes_nothing_however_it_came_there() {
    for origin in ["CreateRoute", "EnableVgwRoutePropagation", "Advertisement"] {
        let mut account = clean();
        account
            .table("rtb-app")
            .add("52.0.0.0/8", "vgw-a")
            .origin(origin);
        account
            .table("rtb-app")
            .add("52.218.0.0/16", "vgw-a")
            .origin(origin);
        let outcome = account.audit();
        assert_eq!(outcome.app(), "gateway_endpoint", "{origin}");
        assert_eq!(outcome.findings(), [""; 0], "{origin}");
    }
}

#[test]
fn a_route_beside_the_service_takes_nothing() {
    let mut account = clean();
    account.table("rtb-app").add("52.218.128.0/17", "igw-a");
    account.table("rtb-app").add("3.5.74.0/23", "igw-a");
    assert_eq!(account.audit().app(), "gateway_endpoint");
}

#[test]
fn at_equal_length_a_static_route_takes_the_block() {
    let mut account = clean();
    account.table("rtb-app").add("52.92.0.0/17", "igw-a");
    assert_eq!(
        account.audit().app(),
        "partial via internet_gateway igw-a 45.4 %"
    );
}

#[test]
fn at_equal_length_a_propagated_route_takes_nothing() {
    let mut account = clean();
    account
        .table("rtb-app")
        .add("52.92.0.0/17", "vgw-a")
        .origin("EnableVgwRoutePropagation");
    assert_eq!(account.audit().app(), "gateway_endpoint");
}

#[test]
fn a_longer_propagated_route_takes_its_block() {
    let mut account = clean();
    account
        .table("rtb-app")
        .add("52.92.0.0/18", "vgw-a")
        .origin("EnableVgwRoutePropagation");
    let outcome = account.audit();
    assert_eq!(
        outcome.app(),
        "partial via virtual_private_gateway vgw-a 22.7 %"
    );
    assert_eq!(
        outcome.found[0].commands,
        [
            "aws ec2 disable-vgw-route-propagation --region eu-west-1 --route-table-id rtb-app --gateway-id vgw-a"
        ]
    );
}

#[test]
fn at_equal_length_a_route_of_a_route_server_decides_nothing() {
    let mut account = clean();
    account
        .table("rtb-app")
        .add("52.92.0.0/17", "eni-a")
        .origin("Advertisement");
    assert_eq!(account.audit().app(), "unverifiable");
}

#[test]
fn at_equal_length_a_static_blackhole_drops_before_the_endpoint() {
    let mut account = clean();
    account
        .table("rtb-app")
        .add("52.92.0.0/17", "nat-gone")
        .state("blackhole");
    assert_eq!(
        account.audit().app(),
        "partial via blackhole nat-gone 45.4 %"
    );
}

#[test]
fn a_customer_list_with_a_longer_block_takes_it() {
    let mut account = clean();
    account.add_customer_list("pl-ours", &["52.92.0.0/24", "192.0.2.0/24"]);
    account.table("rtb-app").add("pl-ours", "tgw-a");
    let outcome = account.audit();
    assert_eq!(outcome.app(), "partial via transit_gateway tgw-a 0.4 %");
    assert_eq!(
        outcome.found[0].commands,
        [
            "aws ec2 delete-route --region eu-west-1 --route-table-id rtb-app --destination-prefix-list-id pl-ours"
        ]
    );
}

#[test]
fn a_customer_list_with_the_same_block_and_another_target_decides_nothing() {
    let mut account = clean();
    account.add_customer_list("pl-ours", &["52.92.0.0/17"]);
    account.table("rtb-app").add("pl-ours", "tgw-a");
    let outcome = account.audit();
    assert_eq!(outcome.app(), "unverifiable");
    assert_eq!(
        outcome.of_subnet("subnet-app").reason,
        "not judged: pl-ours and pl-s3 in rtb-app cover the same addresses at equal length and lead to different targets, and AWS does not say which one wins"
    );
    assert_eq!(outcome.of_subnet("subnet-data").verdict, "compliant");
}

#[test]
fn a_customer_list_with_the_same_block_and_the_same_target_changes_nothing() {
    let mut account = clean();
    account.add_customer_list("pl-ours", &["52.92.0.0/17"]);
    account.table("rtb-app").add("pl-ours", "vpce-s3");
    assert_eq!(account.audit().app(), "gateway_endpoint");
}

#[test]
fn a_customer_list_with_the_same_block_and_target_in_another_state_decides_nothing() {
    let mut account = clean();
    account.add_customer_list("pl-ours", &["52.92.0.0/17"]);
    account
        .table("rtb-app")
        .add("pl-ours", "vpce-s3")
        .state("blackhole");
    assert_eq!(account.audit().app(), "unverifiable");
}

#[test]
fn a_tie_between_lists_does_not_matter_below_a_static_route() {
    let mut account = clean();
    account.add_customer_list("pl-ours", &["52.92.0.0/17"]);
    account.table("rtb-app").add("pl-ours", "tgw-a");
    account.table("rtb-app").add("52.92.0.0/17", "igw-a");
    assert_eq!(
        account.audit().app(),
        "partial via internet_gateway igw-a 45.4 %"
    );
}

#[test]
fn a_customer_list_elsewhere_changes_nothing() {
    let mut account = clean();
    account.add_customer_list("pl-ours", &["192.0.2.0/24"]);
    account.table("rtb-app").add("pl-ours", "tgw-a");
    assert_eq!(account.audit().app(), "gateway_endpoint");
}

#[test]
fn a_route_in_a_state_that_nobody_documents_is_not_judged_where_it_wins() {
    for state in ["filtered", "pending", "Active"] {
        let mut account = clean();
        account
            .table("rtb-app")
            .add("52.92.0.0/24", "tgw-a")
            .state(state);
        let outcome = account.audit();
        assert_eq!(outcome.app(), "unverifiable", "{state}");
        assert_eq!(
            outcome.of_subnet("subnet-data").path,
            "gateway_endpoint",
            "{state}"
        );
        assert!(!outcome.complete);
    }
}

#[test]
fn the_endpoint_route_in_an_undocumented_state_is_not_judged() {
    let mut account = clean();
    account.table("rtb-app").route("pl-s3").state("filtered");
    assert_eq!(account.audit().app(), "unverifiable");
}

#[test]
fn a_route_without_a_state_is_not_judged() {
    let mut account = clean();
    account.table("rtb-app").route("pl-s3").0.state = None;
    assert_eq!(account.audit().app(), "unverifiable");
}

#[test]
fn a_filtered_route_that_wins_no_address_of_the_service_changes_nothing() {
    for block in ["0.0.0.0/1", "192.0.2.0/24", "52.0.0.0/8"] {
        let mut account = clean();
        account
            .table("rtb-app")
            .add(block, "tgw-a")
            .state("filtered");
        let outcome = account.audit();
        assert_eq!(outcome.app(), "gateway_endpoint", "{block}");
        assert!(outcome.complete, "{block}");
    }
}

#[test]
fn a_target_of_a_new_kind_that_wins_no_address_of_the_service_changes_nothing() {
    let mut account = clean();
    account.table("rtb-app").route("0.0.0.0/0").to("xyz-new");
    assert_eq!(account.audit().app(), "gateway_endpoint");
}

#[test]
fn what_is_not_known_of_a_part_makes_the_whole_unverifiable() {
    let mut account = clean();
    account
        .table("rtb-app")
        .without("pl-s3")
        .add("52.92.0.0/24", "tgw-a")
        .state("filtered");
    let outcome = account.audit();
    assert_eq!(outcome.of_subnet("subnet-app").verdict, "unverifiable");
    assert_eq!(
        outcome.findings(),
        ["medium[subnet-unverifiable] subnet-app s3"]
    );
}

#[test]
fn the_services_are_judged_apart() {
    let mut account = clean();
    account.services = vec![Service::DynamoDb, Service::S3];
    account.table("rtb-app").without("pl-dynamodb");
    account.table("rtb-main").add("3.5.64.0/24", "igw-a");
    let outcome = account.audit();
    let judged: Vec<_> = outcome
        .judged
        .iter()
        .map(|judged| (judged.subnet.as_str(), judged.service, judged.verdict))
        .collect();
    assert_eq!(
        judged,
        [
            ("subnet-app", "s3", "compliant"),
            ("subnet-app", "dynamodb", "violation"),
            ("subnet-data", "s3", "violation"),
            ("subnet-data", "dynamodb", "compliant"),
        ]
    );
    assert_eq!(
        outcome.findings(),
        [
            "high[gateway-route-missing] subnet-app dynamodb",
            "high[gateway-route-shadowed] subnet-data s3",
        ]
    );
}

#[test]
fn a_service_asked_for_twice_is_judged_once() {
    let mut account = clean();
    account.services = vec![Service::S3, Service::S3];
    assert_eq!(account.audit().judged.len(), 2);
}

#[test]
fn s3_express_needs_an_endpoint_of_its_own() {
    let mut account = clean();
    account.services = vec![Service::S3Express];
    let list = account.add_customer_list("pl-express", &["52.95.120.0/24"]);
    list.owner_id = Some("AWS".to_owned());
    list.prefix_list_name = Some("com.amazonaws.eu-west-1.s3express".to_owned());
    let outcome = account.audit();
    assert_eq!(outcome.app(), "bypass via nat_gateway nat-a");
    assert_eq!(
        outcome.found[0].commands,
        [
            "aws ec2 create-vpc-endpoint --region eu-west-1 --vpc-id vpc-main --vpc-endpoint-type Gateway --service-name com.amazonaws.eu-west-1.s3express --route-table-ids rtb-app"
        ]
    );

    // An S3 endpoint behind the list of S3 Express does not serve it.
    account.table("rtb-app").add("pl-express", "vpce-s3");
    let outcome = account.audit();
    assert_eq!(outcome.app(), "bypass via gateway_endpoint_other vpce-s3");
    assert_eq!(
        outcome.findings()[0],
        "high[gateway-route-wrong-target] subnet-app s3express"
    );

    account.add_endpoint("vpce-express", "s3express", "vpc-main");
    account
        .table("rtb-app")
        .route("pl-express")
        .to("vpce-express");
    assert_eq!(account.audit().app(), "gateway_endpoint");
}

#[test]
fn a_region_without_s3_express_says_so() {
    let mut account = clean();
    account.services = vec![Service::S3Express];
    let outcome = account.audit();
    assert_eq!(
        outcome.of_subnet("subnet-app").reason,
        "not judged: eu-west-1 shows no AWS-managed prefix list of S3 Express One Zone; leave the service out where the Region does not offer it"
    );
    assert!(!outcome.complete);
}

#[test]
fn a_customer_list_that_took_the_name_of_s3_is_not_its_list() {
    let mut account = clean();
    let list = account.add_customer_list("pl-a-liar", &["192.0.2.0/24"]);
    list.prefix_list_name = Some("com.amazonaws.eu-west-1.s3".to_owned());
    assert_eq!(account.audit().app(), "gateway_endpoint");
    // Alone, it stands for nothing.
    account.prefix_list("pl-s3").prefix_list_name = Some("com.amazonaws.us-east-1.s3".to_owned());
    assert_eq!(account.audit().app(), "unverifiable");
}

#[test]
fn two_aws_lists_of_the_same_service_decide_nothing() {
    let mut account = clean();
    let list = account.add_customer_list("pl-s3-again", &["192.0.2.0/24"]);
    list.owner_id = Some("AWS".to_owned());
    list.prefix_list_name = Some("com.amazonaws.eu-west-1.s3".to_owned());
    assert_eq!(account.audit().app(), "unverifiable");
}

#[test]
fn a_list_of_ipv6_addresses_under_the_service_name_is_no_second_list() {
    // AWS does not document what its IPv6 lists are called.
    let mut account = clean();
    account.prefix_list("pl-s3-ipv6").prefix_list_name =
        Some("com.amazonaws.eu-west-1.s3".to_owned());
    assert_eq!(account.audit().app(), "gateway_endpoint");
}

#[test]
fn overlapping_blocks_in_the_service_list_count_once() {
    let mut account = clean();
    account.prefix_list("pl-s3").cidrs = Some(
        ["52.92.0.0/17", "52.92.0.0/18", "52.92.64.0/18"]
            .map(str::to_owned)
            .to_vec(),
    );
    account.table("rtb-app").add("52.92.64.0/18", "igw-a");
    assert_eq!(
        account.audit().app(),
        "partial via internet_gateway igw-a 50 %"
    );
}

#[test]
fn a_list_without_an_owner_is_one_that_aws_shows_by_name() {
    let mut account = clean();
    account.prefix_list("pl-s3").owner_id = None;
    assert_eq!(account.audit().app(), "gateway_endpoint");
}
