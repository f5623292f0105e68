//! Every rule about subnets: when it fires, how severe, and what it tells the reader.

use crate::account::{bpa, clean};

/// The one line about `subnet-app` of an account that was broken by `break_it`.
fn finding(break_it: impl FnOnce(&mut crate::account::Account)) -> String {
    let mut account = clean();
    break_it(&mut account);
    let outcome = account.audit();
    let lines: Vec<&str> = outcome
        .findings()
        .into_iter()
        .filter(|line| line.contains(" subnet-app "))
        .collect();
    assert_eq!(lines.len(), 1, "one cause explains a subnet: {lines:?}");
    lines[0].to_owned()
}

#[test]
fn the_clean_account_has_no_findings() {
    let outcome = clean().audit();
    assert_eq!(outcome.findings(), [""; 0]);
    assert!(outcome.complete);
}

#[test]
fn a_missing_route_that_leaks_is_high() {
    for target in [
        "nat-a",
        "igw-a",
        "tgw-a",
        "vgw-a",
        "eni-a",
        "pcx-a",
        "vpce-dynamodb",
    ] {
        let line = finding(|account| {
            account
                .table("rtb-app")
                .without("pl-s3")
                .route("0.0.0.0/0")
                .to(target);
        });
        assert_eq!(
            line, "high[gateway-route-missing] subnet-app s3",
            "{target}"
        );
    }
}

#[test]
fn a_missing_route_with_no_way_out_at_all_is_low() {
    let line = finding(|account| {
        account
            .table("rtb-app")
            .without("pl-s3")
            .without("0.0.0.0/0");
    });
    assert_eq!(line, "low[gateway-route-missing] subnet-app s3");
    let line = finding(|account| {
        account
            .table("rtb-app")
            .without("pl-s3")
            .route("0.0.0.0/0")
            .state("blackhole");
    });
    assert_eq!(line, "low[gateway-route-missing] subnet-app s3");
}

#[test]
fn block_public_access_makes_a_leak_a_cut() {
    for (mode, target, severity) in [
        ("block-bidirectional", "igw-a", "medium"),
        ("block-bidirectional", "nat-a", "medium"),
        ("block-bidirectional", "eigw-a", "medium"),
        ("block-bidirectional", "tgw-a", "high"),
        ("block-bidirectional", "eni-a", "high"),
        ("block-ingress", "igw-a", "medium"),
        ("block-ingress", "nat-a", "high"),
        ("block-ingress", "eigw-a", "high"),
        ("off", "igw-a", "high"),
        ("a-mode-of-tomorrow", "igw-a", "high"),
    ] {
        let line = finding(|account| {
            account.block_public_access(mode);
            account
                .table("rtb-app")
                .without("pl-s3")
                .route("0.0.0.0/0")
                .to(target);
        });
        assert_eq!(
            line,
            format!("{severity}[gateway-route-missing] subnet-app s3"),
            "{mode} {target}"
        );
    }
}

#[test]
fn block_public_access_does_not_change_the_path() {
    let mut account = clean();
    account.block_public_access("block-bidirectional");
    account
        .table("rtb-app")
        .without("pl-s3")
        .route("0.0.0.0/0")
        .to("igw-a");
    let outcome = account.audit();
    assert_eq!(outcome.app(), "bypass via internet_gateway igw-a");
    assert_eq!(
        outcome.of_subnet("subnet-app").reason,
        "route table rtb-app has no route to the S3 prefix list; packets are led to internet gateway igw-a, where Block Public Access drops them"
    );
    assert!(outcome.found[0].violation);
}

#[test]
fn a_subnets_own_block_public_access_goes_before_its_vpcs() {
    for (vpc, subnet, severity) in [
        ("block-bidirectional", "off", "high"),
        ("off", "block-bidirectional", "medium"),
    ] {
        let line = finding(|account| {
            account.block_public_access(vpc);
            account.subnet("subnet-app").block_public_access_states = Some(bpa(subnet));
            account.table("rtb-app").without("pl-s3");
        });
        assert_eq!(
            line,
            format!("{severity}[gateway-route-missing] subnet-app s3")
        );
    }
}

#[test]
fn one_way_out_that_is_open_is_enough_for_high() {
    let line = finding(|account| {
        account.block_public_access("block-bidirectional");
        account
            .table("rtb-app")
            .without("pl-s3")
            .add("52.218.0.0/24", "tgw-a");
    });
    assert_eq!(line, "high[gateway-route-missing] subnet-app s3");
}

#[test]
fn a_cut_for_some_and_nothing_for_others_is_medium() {
    let line = finding(|account| {
        account.block_public_access("block-bidirectional");
        account
            .table("rtb-app")
            .without("pl-s3")
            .without("0.0.0.0/0")
            .add("52.0.0.0/8", "igw-a");
    });
    assert_eq!(line, "medium[gateway-route-missing] subnet-app s3");
}

#[test]
fn block_public_access_spares_the_gateway_endpoint() {
    let mut account = clean();
    account.block_public_access("block-bidirectional");
    assert_eq!(account.audit().findings(), [""; 0]);
}

#[test]
fn a_dead_endpoint_route_is_high_whatever_else_is_there() {
    let line = finding(|account| {
        account.block_public_access("block-bidirectional");
        account
            .table("rtb-app")
            .without("0.0.0.0/0")
            .route("pl-s3")
            .state("blackhole");
    });
    assert_eq!(line, "high[gateway-route-blackhole] subnet-app s3");
}

#[test]
fn a_dead_endpoint_route_below_other_routes_still_explains_the_leak() {
    let line = finding(|account| {
        account.table("rtb-app").route("pl-s3").state("blackhole");
        for block in [
            "3.5.64.0/20",
            "3.5.64.0/21",
            "3.5.72.0/23",
            "18.34.32.0/20",
            "52.92.0.0/17",
            "52.218.0.0/17",
        ] {
            account.table("rtb-app").add(block, "igw-a");
        }
    });
    assert_eq!(line, "high[gateway-route-blackhole] subnet-app s3");
}

#[test]
fn an_endpoint_route_that_is_filtered_and_wins_nothing_is_not_active() {
    // The contract: gateway-route-blackhole where the route exists and its state is not active.
    let line = finding(|account| {
        account.table("rtb-app").route("pl-s3").state("filtered");
        for block in [
            "3.5.64.0/21",
            "3.5.72.0/23",
            "18.34.32.0/20",
            "52.92.0.0/17",
            "52.218.0.0/17",
        ] {
            account.table("rtb-app").add(block, "igw-a");
        }
    });
    assert_eq!(line, "high[gateway-route-blackhole] subnet-app s3");
}

#[test]
fn the_service_list_through_anything_else_is_a_wrong_target() {
    for target in ["nat-a", "tgw-a", "eni-a", "igw-a", "vpce-dynamodb"] {
        let line = finding(|account| {
            account.table("rtb-app").route("pl-s3").to(target);
        });
        assert_eq!(
            line, "high[gateway-route-wrong-target] subnet-app s3",
            "{target}"
        );
    }
}

#[test]
fn a_wrong_target_whose_addresses_all_go_elsewhere_stays_a_wrong_target() {
    let line = finding(|account| {
        account.table("rtb-app").route("pl-s3").to("nat-a");
        for block in [
            "3.5.64.0/21",
            "3.5.72.0/23",
            "18.34.32.0/20",
            "52.92.0.0/17",
            "52.218.0.0/17",
        ] {
            account.table("rtb-app").add(block, "igw-a");
        }
    });
    assert_eq!(line, "high[gateway-route-wrong-target] subnet-app s3");
}

#[test]
fn a_pending_endpoint_is_unavailable_and_says_its_state() {
    let mut account = clean();
    account.endpoint("vpce-s3").state = Some("pending".to_owned());
    account
        .table("rtb-main")
        .without("pl-s3")
        .without("0.0.0.0/0");
    insta::assert_snapshot!(account.audit().text(), @r"
    subnet-app s3: violation, bypass via gateway_endpoint_other vpce-s3 (rtb-app explicit)
      the S3 prefix-list route of route table rtb-app leads to vpce-s3, whose state is `pending`; packets leave by unusable gateway endpoint vpce-s3
    subnet-data s3: violation, no_route via none (rtb-main main)
      main route table rtb-main has no route to the S3 prefix list; packets find no route and are dropped
    high[endpoint-unavailable] subnet-app s3: the S3 endpoint is not available
      the S3 prefix-list route of route table rtb-app leads to vpce-s3, whose state is `pending`; packets leave by unusable gateway endpoint vpce-s3
      fix: vpce-s3 is being made: run the check again in a few minutes
      $ aws ec2 describe-vpc-endpoints --region eu-west-1 --vpc-endpoint-ids vpce-s3
    low[gateway-route-missing] subnet-data s3: no route to the S3 endpoint
      main route table rtb-main has no route to the S3 prefix list; packets find no route and are dropped
      fix: create a gateway endpoint for S3 in vpc-main and associate rtb-main with it; it costs nothing
      $ aws ec2 create-vpc-endpoint --region eu-west-1 --vpc-id vpc-main --vpc-endpoint-type Gateway --service-name com.amazonaws.eu-west-1.s3 --route-table-ids rtb-main
    ");
}

#[test]
fn a_missing_route_names_the_endpoint_that_is_there() {
    let mut account = clean();
    account.table("rtb-app").without("pl-s3");
    insta::assert_snapshot!(account.audit().text(), @r"
    subnet-app s3: violation, bypass via nat_gateway nat-a (rtb-app explicit)
      route table rtb-app has no route to the S3 prefix list; packets leave by NAT gateway nat-a
    subnet-data s3: compliant, gateway_endpoint (rtb-main main)
      main route table rtb-main sends every S3 address to vpce-s3
    high[gateway-route-missing] subnet-app s3: no route to the S3 endpoint
      route table rtb-app has no route to the S3 prefix list; packets leave by NAT gateway nat-a
      fix: associate rtb-app with the VPC's S3 gateway endpoint vpce-s3; AWS then adds the route
      $ aws ec2 modify-vpc-endpoint --region eu-west-1 --vpc-endpoint-id vpce-s3 --add-route-table-ids rtb-app
    ");
}

#[test]
fn a_wrong_target_is_taken_away_before_the_endpoint_is_attached() {
    let mut account = clean();
    account.table("rtb-app").route("pl-s3").to("tgw-a");
    let outcome = account.audit();
    assert_eq!(
        outcome.found[0].title,
        "the S3 prefix list leads to transit gateway tgw-a"
    );
    assert_eq!(
        outcome.found[0].commands,
        [
            "aws ec2 delete-route --region eu-west-1 --route-table-id rtb-app --destination-prefix-list-id pl-s3",
            "aws ec2 modify-vpc-endpoint --region eu-west-1 --vpc-endpoint-id vpce-s3 --add-route-table-ids rtb-app",
        ]
    );
}

#[test]
fn a_shadowing_route_is_named_with_the_command_that_removes_it() {
    let mut account = clean();
    account.table("rtb-app").add("52.218.0.0/18", "igw-a");
    account.table("rtb-app").add("192.0.2.0/24", "igw-a");
    let outcome = account.audit();
    let found = &outcome.found[0];
    assert_eq!(
        found.detail,
        "route table rtb-app sends 77.3 % of the S3 addresses to vpce-s3, the rest leave by internet gateway igw-a"
    );
    assert_eq!(
        found.commands,
        [
            "aws ec2 delete-route --region eu-west-1 --route-table-id rtb-app --destination-cidr-block 52.218.0.0/18"
        ]
    );
}
