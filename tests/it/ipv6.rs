//! Ways around the endpoint over IPv6, by the service's own IPv6 addresses or behind DNS64.

use crate::account::{Account, clean, items, state};
use vpce_guard::{collect::shapes, domain::service::Service};

/// `subnet-app` has IPv6 addresses; S3's IPv6 list is known.
fn dual_stack() -> Account {
    let mut account = clean();
    add_ipv6(&mut account, "subnet-app");
    account
}

fn add_ipv6(account: &mut Account, subnet: &str) {
    account.subnet(subnet).ipv6_cidr_block_association_set =
        vec![shapes::Ipv6CidrBlockAssociation {
            ipv6_cidr_block: Some("2001:db8:1:1::/64".to_owned()),
            ipv6_cidr_block_state: state("associated"),
        }];
}

/// The same, in a Region whose answers show no IPv6 list of S3.
fn without_list() -> Account {
    let mut account = dual_stack();
    items(&mut account.answers.prefix_lists)
        .retain(|list| list.prefix_list_id.as_deref() != Some("pl-s3-ipv6"));
    account
}

const BYPASS: [&str; 1] = ["medium[ipv6-bypass] subnet-app s3"];
const NOTHING: [&str; 0] = [];

#[test]
fn a_subnet_without_ipv6_has_no_way_around() {
    let mut account = clean();
    account.table("rtb-app").add("::/0", "igw-a");
    assert_eq!(account.audit().findings(), NOTHING);
}

#[test]
fn an_ipv6_subnet_without_ipv6_routes_has_no_way_around() {
    for account in [dual_stack(), without_list()] {
        assert_eq!(account.audit().findings(), NOTHING);
    }
}

#[test]
fn a_default_route_over_ipv6_is_a_way_around() {
    for base in [dual_stack(), without_list()] {
        for target in ["igw-a", "eigw-a", "tgw-a", "eni-a", "vgw-a"] {
            let mut account = base.clone();
            account.table("rtb-app").add("::/0", target);
            let outcome = account.audit();
            assert_eq!(outcome.findings(), BYPASS, "{target}");
            assert_eq!(outcome.of_subnet("subnet-app").verdict, "compliant");
            assert!(outcome.found[0].violation);
        }
    }
}

#[test]
fn a_dead_default_route_over_ipv6_is_no_way_around() {
    for base in [dual_stack(), without_list()] {
        let mut account = base;
        account
            .table("rtb-app")
            .add("::/0", "eigw-gone")
            .state("blackhole");
        assert_eq!(account.audit().findings(), NOTHING);
    }
}

#[test]
fn an_ipv6_only_subnet_is_capable_too() {
    let mut account = clean();
    account.subnet("subnet-app").ipv6_native = Some(true);
    account.table("rtb-app").add("::/0", "eigw-a");
    assert_eq!(account.audit().findings(), BYPASS);
}

#[test]
fn a_block_that_is_no_longer_associated_gives_no_addresses() {
    for name in ["disassociated", "disassociating", "failed", "associating"] {
        let mut account = dual_stack();
        account.subnet("subnet-app").ipv6_cidr_block_association_set[0].ipv6_cidr_block_state =
            state(name);
        account.table("rtb-app").add("::/0", "igw-a");
        assert_eq!(account.audit().findings(), NOTHING, "{name}");
    }
}

#[test]
fn a_dualstack_endpoint_closes_the_way_around() {
    let mut account = dual_stack();
    account.table("rtb-app").add("::/0", "igw-a");
    account.table("rtb-app").add("pl-s3-ipv6", "vpce-s3");
    assert_eq!(account.audit().findings(), NOTHING);
}

#[test]
fn a_dualstack_endpoint_is_known_by_its_route_where_its_list_has_another_name() {
    let mut account = dual_stack();
    account.prefix_list("pl-s3-ipv6").prefix_list_name = Some("something new".to_owned());
    account.table("rtb-app").add("::/0", "igw-a");
    account.table("rtb-app").add("pl-s3-ipv6", "vpce-s3");
    assert_eq!(account.audit().findings(), NOTHING);
}

#[test]
fn a_dualstack_route_that_dropped_dead_leads_nowhere_and_not_around() {
    let mut account = dual_stack();
    account.table("rtb-app").add("::/0", "igw-a");
    account
        .table("rtb-app")
        .add("pl-s3-ipv6", "vpce-s3")
        .state("blackhole");
    assert_eq!(account.audit().findings(), NOTHING);
}

#[test]
fn a_more_specific_route_takes_ipv6_addresses_from_a_dualstack_endpoint() {
    let mut account = dual_stack();
    account.table("rtb-app").add("pl-s3-ipv6", "vpce-s3");
    account.table("rtb-app").add("2a05:d050:8000::/40", "igw-a");
    assert_eq!(account.audit().findings(), BYPASS);
}

#[test]
fn the_two_halves_of_ipv6_are_a_default_route() {
    for base in [dual_stack(), without_list()] {
        let mut account = base;
        account.table("rtb-app").add("::/1", "igw-a");
        account.table("rtb-app").add("8000::/1", "igw-a");
        assert_eq!(account.audit().findings(), BYPASS);
    }
}

#[test]
fn the_half_of_ipv6_that_holds_no_public_address_is_no_way_around() {
    for base in [dual_stack(), without_list()] {
        let mut account = base;
        account.table("rtb-app").add("8000::/1", "igw-a");
        account.table("rtb-app").add("fd00::/8", "tgw-a");
        assert_eq!(account.audit().findings(), NOTHING);
    }
}

#[test]
fn all_public_addresses_in_one_block_are_a_default_route() {
    for base in [dual_stack(), without_list()] {
        let mut account = base;
        account.table("rtb-app").add("2000::/3", "eigw-a");
        assert_eq!(account.audit().findings(), BYPASS);
    }
}

#[test]
fn a_narrow_ipv6_route_elsewhere_is_no_way_around() {
    for base in [dual_stack(), without_list()] {
        let mut account = base;
        account.table("rtb-app").add("2001:db8:aaaa::/48", "tgw-a");
        assert_eq!(account.audit().findings(), NOTHING);
    }
}

#[test]
fn block_public_access_closes_ways_around() {
    for (mode, target, expected) in [
        ("block-bidirectional", "igw-a", &NOTHING[..]),
        ("block-bidirectional", "eigw-a", &NOTHING[..]),
        ("block-bidirectional", "tgw-a", &BYPASS[..]),
        ("block-ingress", "igw-a", &NOTHING[..]),
        ("block-ingress", "eigw-a", &BYPASS[..]),
    ] {
        for base in [dual_stack(), without_list()] {
            let mut account = base;
            account.block_public_access(mode);
            account.table("rtb-app").add("::/0", target);
            assert_eq!(account.audit().findings(), expected, "{mode} {target}");
        }
    }
}

#[test]
fn what_an_ipv6_route_does_is_not_judged_where_it_is_not_known() {
    let mut account = dual_stack();
    account.table("rtb-app").add("::/0", "xyz-new");
    let outcome = account.audit();
    assert_eq!(
        outcome.findings(),
        ["medium[subnet-unverifiable] subnet-app s3"]
    );
    assert_eq!(
        outcome.found[0].detail,
        "over IPv6: the route to ::/0 in rtb-app leads to `xyz-new`, a kind of target that this release does not know"
    );
    assert_eq!(outcome.of_subnet("subnet-app").verdict, "compliant");
    assert!(!outcome.complete);
}

#[test]
fn a_known_way_around_needs_no_further_knowledge() {
    let mut account = dual_stack();
    account.table("rtb-app").add("::/0", "igw-a");
    account.table("rtb-app").add("2a05:d07a::/32", "xyz-new");
    assert_eq!(account.audit().findings(), BYPASS);
}

#[test]
fn dynamodb_is_reached_over_ipv6_only_where_it_answers_there() {
    for (region, expected) in [
        (
            "us-east-1",
            &["medium[ipv6-bypass] subnet-app dynamodb"][..],
        ),
        (
            "us-gov-west-1",
            &["medium[ipv6-bypass] subnet-app dynamodb"][..],
        ),
        ("eu-west-1", &NOTHING[..]),
    ] {
        let mut account = dual_stack();
        account.services = vec![Service::DynamoDb];
        account.table("rtb-app").add("::/0", "igw-a");
        account.move_to(region);
        let outcome = account.audit();
        assert_eq!(outcome.findings(), expected, "{region}");
        assert_eq!(outcome.of_subnet("subnet-app").verdict, "compliant");
    }
}

#[test]
fn a_list_of_ipv6_addresses_proves_that_a_service_answers_there() {
    let mut account = dual_stack();
    account.services = vec![Service::DynamoDb];
    account.prefix_list("pl-s3-ipv6").prefix_list_name =
        Some("com.amazonaws.eu-west-1.ipv6.dynamodb".to_owned());
    account.table("rtb-app").add("::/0", "igw-a");
    assert_eq!(
        account.audit().findings(),
        ["medium[ipv6-bypass] subnet-app dynamodb"]
    );
}

#[test]
fn the_finding_about_ipv6_says_what_to_do() {
    let mut account = dual_stack();
    add_ipv6(&mut account, "subnet-data");
    account.table("rtb-app").add("::/0", "eigw-a");
    let found = &account.audit().found[0];
    assert_eq!(
        found.detail,
        "route table rtb-app lets IPv6 packets leave by egress-only internet gateway eigw-a, so clients that ask for the dual-stack name of S3 pass the endpoint by"
    );
    assert_eq!(
        found.commands,
        [
            "aws ec2 modify-vpc-endpoint --region eu-west-1 --vpc-endpoint-id vpce-s3 --ip-address-type dualstack"
        ]
    );
}

#[test]
fn nobody_is_told_to_give_an_endpoint_a_type_that_aws_refuses() {
    // `subnet-data` uses the same endpoint and has no IPv6.
    let mut account = dual_stack();
    account.table("rtb-app").add("::/0", "eigw-a");
    let found = &account.audit().found[0];
    assert!(found.commands.is_empty(), "{:?}", found.commands);
    assert!(
        found
            .fix
            .contains("only when every subnet of its tables is dual-stack"),
        "{}",
        found.fix
    );
}

// Behind DNS64.

const NAT64: [&str; 1] = ["medium[nat64-bypass] subnet-app s3"];

fn dns64() -> Account {
    let mut account = clean();
    account.subnet("subnet-app").ipv6_native = Some(true);
    account.subnet("subnet-app").enable_dns64 = Some(true);
    account
}

#[test]
fn dns64_with_a_nat_route_carries_ipv4_only_names_around() {
    for block in ["64:ff9b::/96", "64:ff9b::34da:0/112", "64:ff9b::/64"] {
        let mut account = dns64();
        account.table("rtb-app").add(block, "nat-a");
        let outcome = account.audit();
        assert_eq!(outcome.findings(), NAT64, "{block}");
        assert_eq!(outcome.of_subnet("subnet-app").verdict, "compliant");
    }
}

#[test]
fn dns64_without_such_a_route_carries_nothing() {
    assert_eq!(dns64().audit().findings(), NOTHING);
    let mut account = dns64();
    account
        .table("rtb-app")
        .add("64:ff9b::c000:200/120", "nat-a");
    assert_eq!(
        account.audit().findings(),
        NOTHING,
        "192.0.2.0/24 holds no S3 address"
    );
}

#[test]
fn a_nat64_route_without_dns64_carries_nothing() {
    let mut account = dns64();
    account.subnet("subnet-app").enable_dns64 = Some(false);
    account.table("rtb-app").add("64:ff9b::/96", "nat-a");
    assert_eq!(account.audit().findings(), NOTHING);
}

#[test]
fn a_default_route_to_an_internet_gateway_translates_nothing() {
    let mut account = dns64();
    account.table("rtb-app").add("64:ff9b::/96", "igw-a");
    assert_eq!(account.audit().findings(), NOTHING);
}

#[test]
fn a_dead_nat64_route_carries_nothing() {
    let mut account = dns64();
    account
        .table("rtb-app")
        .add("64:ff9b::/96", "nat-gone")
        .state("blackhole");
    assert_eq!(account.audit().findings(), NOTHING);
}

#[test]
fn block_public_access_stops_nat64_where_it_blocks_both_directions() {
    for (mode, expected) in [
        ("block-bidirectional", &NOTHING[..]),
        ("block-ingress", &NAT64[..]),
    ] {
        let mut account = dns64();
        account.block_public_access(mode);
        account.table("rtb-app").add("64:ff9b::/96", "nat-a");
        assert_eq!(account.audit().findings(), expected, "{mode}");
    }
}

#[test]
fn a_nat64_route_in_an_unknown_state_is_not_judged() {
    let mut account = dns64();
    account
        .table("rtb-app")
        .add("64:ff9b::/96", "nat-a")
        .state("filtered");
    let outcome = account.audit();
    assert_eq!(
        outcome.findings(),
        ["medium[subnet-unverifiable] subnet-app s3"]
    );
    assert!(!outcome.complete);
}
