//! One subnet and one destination, from the answers of AWS to the sentence.

use crate::{
    account::{Account, OWNER, STRANGER, clean, state, tag},
    random::Random,
};
use serde_json::json;
use std::net::IpAddr;
use vpce_guard::{
    app::explain::{Destination, Document, Resolution, find},
    collect::shapes,
    domain::{
        address::{Family, Span},
        fact::Fact,
        ids::SubnetId,
        service::Service,
    },
    engine::{
        explain::{Answer, explain},
        longest_prefix::Winner,
        model::{Effective, Model},
        path::Fate,
    },
    report::format::Terminal,
};

/// The question that this command is for.
const BRIEF: &str = "https://my-bucket.s3.amazonaws.com/file.jpg";
const REGIONAL: &str = "https://my-bucket.s3.eu-west-1.amazonaws.com/file.jpg";

fn explained(account: &Account, destination: &str, resolution: &Resolution) -> Document {
    let subnet: SubnetId = "subnet-app".parse().unwrap();
    let found = find(account.snapshot(), &subnet).unwrap();
    let destination: Destination = destination.parse().unwrap();
    found.explain(&destination, resolution).unwrap()
}

fn given(addresses: &[&str]) -> Resolution {
    Resolution::Given(addresses.iter().map(|at| at.parse().unwrap()).collect())
}

fn asked(addresses: &[&str]) -> Resolution {
    Resolution::Asked(addresses.iter().map(|at| at.parse().unwrap()).collect())
}

fn text(document: &Document) -> String {
    let mut bytes = Vec::new();
    document
        .write_text(Terminal::default(), &mut bytes)
        .unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Whether a note says `part`.
fn notes(document: &Document, part: &str) -> bool {
    document.notes.iter().any(|note| note.contains(part))
}

/// The destination of the route that wins, per group of addresses.
fn winners(document: &Document) -> Vec<&str> {
    let matches = document.routes.iter().flat_map(|routes| &routes.matches);
    let wins = matches.filter(|route| route.wins == "all" || route.wins == "some");
    wins.map(|route| route.destination.as_str()).collect()
}

fn policy(statement: &serde_json::Value) -> Option<String> {
    Some(json!({"Version": "2012-10-17", "Statement": [statement]}).to_string())
}

#[test]
fn the_briefs_question_is_answered_with_yes_where_everything_is_right() {
    let mut account = clean();
    account.subnet("subnet-app").tags = vec![tag("Name", "app-a")];
    account.subnet("subnet-app").cidr_block = Some("10.0.1.0/24".to_owned());
    account.endpoint("vpce-s3").policy_document =
        policy(&json!({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}));
    let document = explained(&account, BRIEF, &given(&["52.218.1.10", "3.5.72.9"]));
    assert_eq!(document.verdict, "endpoint");
    insta::assert_snapshot!(text(&document));
}

#[test]
fn the_document_keeps_its_shape() {
    let mut account = clean();
    account.table("rtb-app").add("52.218.0.0/18", "tgw-1");
    let document = explained(&account, BRIEF, &given(&["52.218.1.10", "52.92.0.1"]));
    let mut bytes = Vec::new();
    document.write_json(&mut bytes).unwrap();
    let written = String::from_utf8(bytes).unwrap();
    insta::assert_snapshot!(written.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

#[test]
fn a_table_without_the_endpoint_says_where_packets_leave_and_how_to_mend_it() {
    let mut account = clean();
    account.table("rtb-app").without("pl-s3");
    let document = explained(&account, REGIONAL, &given(&["52.218.1.10"]));
    assert_eq!(document.verdict, "elsewhere");
    insta::assert_snapshot!(text(&document));
}

#[test]
fn some_addresses_in_the_list_and_others_not_is_only_in_part() {
    let document = explained(&clean(), BRIEF, &given(&["52.218.1.10", "52.216.1.1"]));
    assert_eq!(document.verdict, "partial");
    assert!(
        document
            .sentence
            .contains("packets to 52.216.1.1 leave by NAT gateway nat-a"),
        "{}",
        document.sentence
    );
    assert!(notes(&document, "1 of the 2 IPv4 addresses are in pl-s3"));
    assert_eq!(winners(&document), ["pl-s3", "0.0.0.0/0"]);
}

#[test]
fn the_bounds_of_the_list_are_compared_as_numbers_and_not_as_text() {
    for (address, verdict) in [
        ("52.218.127.255", "endpoint"),
        ("52.218.128.0", "elsewhere"),
        ("52.91.255.255", "elsewhere"),
        ("52.92.0.0", "endpoint"),
        // Its text begins like one of the list.
        ("3.5.64.1", "endpoint"),
        ("3.5.6.4", "elsewhere"),
    ] {
        let document = explained(&clean(), REGIONAL, &given(&[address]));
        assert_eq!(document.verdict, verdict, "{address}");
    }
}

#[test]
fn a_bucket_of_another_region_follows_the_other_routes() {
    let document = explained(
        &clean(),
        "https://my-bucket.s3.us-west-2.amazonaws.com/x",
        &given(&["52.218.200.1"]),
    );
    assert_eq!(document.verdict, "elsewhere");
    assert!(notes(
        &document,
        "the name is of us-west-2, the subnet is in eu-west-1"
    ));
    // The subnet itself is right, so no rule has anything to mend.
    assert_eq!(document.findings, []);
    assert!(document.advice[0].contains("keep a copy of the bucket in eu-west-1"));
}

#[test]
fn the_legacy_name_outside_us_east_1_may_lead_to_us_east_1() {
    let document = explained(&clean(), BRIEF, &given(&["52.216.1.1"]));
    assert_eq!(document.verdict, "elsewhere");
    assert!(notes(&document, "it does not lead to eu-west-1"));
    assert!(
        document.advice[0].contains(REGIONAL),
        "{:?}",
        document.advice
    );

    let mut home = clean();
    home.move_to("us-east-1");
    let document = explained(&home, BRIEF, &given(&["52.218.1.1"]));
    assert_eq!(document.verdict, "endpoint");
    assert_eq!(document.advice, [""; 0]);
}

#[test]
fn a_bucket_is_asked_for_by_the_name_that_leads_to_its_own_region() {
    let found = find(clean().snapshot(), &"subnet-app".parse().unwrap()).unwrap();
    let host = |text: &str| found.host(&text.parse().unwrap());
    assert_eq!(
        host("my-bucket").as_deref(),
        Some("my-bucket.s3.amazonaws.com")
    );
    assert_eq!(host("dynamodb"), None);
    assert_eq!(host("10.0.0.1"), None);
}

#[test]
fn ipv6_packets_go_by_the_ipv6_routes() {
    let address = "2a05:d050:8000::1";
    let host = "my-bucket.s3.dualstack.eu-west-1.amazonaws.com";
    let mut account = clean();
    account.table("rtb-app").add("::/0", "eigw-1");
    // Hosts without IPv6 addresses send nothing there.
    let document = explained(&account, host, &given(&[address, "52.218.1.1"]));
    assert_eq!(document.verdict, "endpoint");
    assert!(notes(&document, "the IPv6 answers do not count"));
    assert!(!document.addresses[0].sendable, "{:?}", document.addresses);
    let alone = explained(&account, address, &Resolution::NotAsked);
    assert_eq!(alone.verdict, "elsewhere");
    assert!(alone.sentence.contains("have no IPv6 addresses"));

    account.subnet("subnet-app").ipv6_cidr_block_association_set =
        vec![shapes::Ipv6CidrBlockAssociation {
            ipv6_cidr_block: Some("2001:db8::/64".to_owned()),
            ipv6_cidr_block_state: state("associated"),
        }];
    let document = explained(&account, host, &given(&[address, "52.218.1.1"]));
    assert_eq!(document.verdict, "partial");
    assert!(
        document
            .sentence
            .contains("egress-only internet gateway eigw-1")
    );

    account.table("rtb-app").add("pl-s3-ipv6", "vpce-s3");
    let document = explained(&account, host, &given(&[address, "52.218.1.1"]));
    assert_eq!(document.verdict, "endpoint");
}

#[test]
fn a_subnet_with_ipv6_alone_sends_ipv4_packets_through_nat64() {
    let mut account = clean();
    account.subnet("subnet-app").ipv6_native = Some(true);
    let cut = explained(&account, REGIONAL, &given(&["52.218.1.1"]));
    assert_eq!(cut.verdict, "elsewhere");
    assert!(cut.sentence.contains("have no IPv4 addresses"));
    account.subnet("subnet-app").enable_dns64 = Some(true);
    account.table("rtb-app").add("64:ff9b::/96", "nat-a");
    let document = explained(&account, REGIONAL, &given(&["52.218.1.1"]));
    assert_eq!(document.verdict, "elsewhere");
    assert_eq!(
        document.addresses[0].translated.as_deref(),
        Some("64:ff9b::34da:101")
    );
    assert_eq!(winners(&document), ["64:ff9b::/96"]);
}

/// Hosts have both families, and DNS64 answers for names without IPv6 addresses.
fn dual_stack_with_dns64() -> Account {
    let mut account = clean();
    let subnet = account.subnet("subnet-app");
    subnet.enable_dns64 = Some(true);
    subnet.ipv6_cidr_block_association_set = vec![shapes::Ipv6CidrBlockAssociation {
        ipv6_cidr_block: Some("2001:db8::/64".to_owned()),
        ipv6_cidr_block_state: state("associated"),
    }];
    account
}

#[test]
fn a_name_that_dns64_leads_to_nat_is_not_said_to_take_the_endpoint_whole() {
    let mut account = dual_stack_with_dns64();
    // Without a route, nothing goes that way.
    let calm = explained(&account, REGIONAL, &given(&["52.218.1.1"]));
    assert_eq!(calm.verdict, "endpoint");
    assert_eq!(calm.addresses.len(), 1);
    account.table("rtb-app").add("64:ff9b::/96", "nat-a");
    for resolution in [given(&["52.218.1.1"]), asked(&["52.218.1.1"])] {
        let document = explained(&account, REGIONAL, &resolution);
        assert_eq!(document.verdict, "partial");
        assert!(
            document.sentence.ends_with(
                "packets to 52.218.1.1 (as 64:ff9b::34da:101) leave by NAT gateway nat-a."
            ),
            "{}",
            document.sentence
        );
        assert!(notes(&document, "the address is in pl-s3"));
        assert_eq!(document.routes[1].of, ["64:ff9b::34da:101"]);
        assert_eq!(document.findings[0].rule, "nat64-bypass");
    }
    // A name with IPv6 addresses gets none from DNS64, and an address is no name.
    account.table("rtb-app").add("pl-s3-ipv6", "vpce-s3");
    let both = given(&["52.218.1.1", "2a05:d050:8000::1"]);
    let dual = "my-bucket.s3.dualstack.eu-west-1.amazonaws.com";
    assert_eq!(explained(&account, dual, &both).verdict, "endpoint");
    let address = explained(&account, "52.218.1.1", &Resolution::NotAsked);
    assert_eq!(address.verdict, "endpoint");
}

#[test]
fn a_whole_service_that_dns64_leads_to_nat_is_not_said_to_take_the_endpoint_whole() {
    let mut account = dual_stack_with_dns64();
    let calm = explained(&account, "s3", &Resolution::NotAsked);
    assert_eq!(calm.verdict, "endpoint");
    account.table("rtb-app").add("64:ff9b::/96", "nat-a");
    let document = explained(&account, "s3", &Resolution::NotAsked);
    assert_eq!(document.verdict, "partial");
    assert_eq!(
        document.sentence,
        "Only in part: traffic from subnet-app to S3 takes the gateway endpoint vpce-s3 for some addresses; DNS64 gives names with IPv4 addresses alone addresses of 64:ff9b::/96 as well, and packets to those leave by NAT gateway nat-a."
    );
    account.subnet("subnet-app").ipv6_native = Some(true);
    let alone = explained(&account, "s3", &Resolution::NotAsked);
    assert_eq!(alone.verdict, "elsewhere");
    account.table("rtb-app").route("64:ff9b::/96").state("odd");
    let open = explained(&account, "s3", &Resolution::NotAsked);
    assert_eq!(open.verdict, "undecided");
    assert!(open.sentence.contains("behind DNS64"), "{}", open.sentence);
}

#[test]
fn a_blackhole_drops_what_the_endpoint_should_carry() {
    let mut account = clean();
    account.table("rtb-app").route("pl-s3").state("blackhole");
    let document = explained(&account, REGIONAL, &given(&["52.218.1.1"]));
    assert_eq!(document.verdict, "elsewhere");
    assert!(document.sentence.contains("dropped by a blackhole route"));
    assert_eq!(document.addresses[0].goes_to, "blackhole");
    assert_eq!(document.findings[0].rule, "gateway-route-blackhole");
}

#[test]
fn a_longer_route_shadows_the_endpoint_and_stands_first() {
    let mut account = clean();
    account.table("rtb-app").add("52.218.1.0/24", "tgw-1");
    account.table("rtb-app").add("52.218.0.0/16", "pcx-1");
    let document = explained(&account, REGIONAL, &given(&["52.218.1.1"]));
    let order: Vec<(&str, &str)> = document.routes[0]
        .matches
        .iter()
        .map(|route| (route.destination.as_str(), route.wins))
        .collect();
    assert_eq!(
        order,
        [
            ("52.218.1.0/24", "all"),
            ("pl-s3", "none"),
            ("52.218.0.0/16", "none"),
            ("0.0.0.0/0", "none")
        ]
    );
    assert_eq!(document.findings[0].rule, "gateway-route-shadowed");
    // An address beside the longer route is not shadowed.
    let beside = explained(&account, REGIONAL, &given(&["52.218.2.1"]));
    assert_eq!(beside.verdict, "endpoint");
}

#[test]
fn at_equal_length_static_comes_before_the_list_and_the_list_before_propagated() {
    let mut account = clean();
    account
        .table("rtb-app")
        .add("52.218.0.0/17", "vgw-1")
        .origin("EnableVgwRoutePropagation");
    let learned = explained(&account, REGIONAL, &given(&["52.218.1.1"]));
    assert_eq!(learned.verdict, "endpoint");
    assert_eq!(
        learned.routes[0].matches[1].why,
        "equal length, but prefix list comes before propagated"
    );
    account
        .table("rtb-app")
        .route("52.218.0.0/17")
        .origin("CreateRoute");
    let written = explained(&account, REGIONAL, &given(&["52.218.1.1"]));
    assert_eq!(written.verdict, "elsewhere");
    assert_eq!(winners(&written), ["52.218.0.0/17"]);
}

#[test]
fn two_lists_of_equal_length_leave_it_undecided() {
    let mut account = clean();
    account.add_customer_list("pl-offices", &["52.218.0.0/17"]);
    account.table("rtb-app").add("pl-offices", "tgw-1");
    let document = explained(&account, REGIONAL, &given(&["52.218.1.1"]));
    assert_eq!(document.verdict, "undecided");
    assert!(
        document
            .sentence
            .contains("AWS does not say which one wins")
    );
    let open = document.routes[0].matches.iter();
    let open = open.filter(|route| route.wins == "undecided").count();
    assert_eq!(open, 2);
}

#[test]
fn one_address_that_certainly_leaves_decides_whatever_else_is_open() {
    let mut account = clean();
    account.add_customer_list("pl-offices", &["52.218.0.0/17"]);
    account.table("rtb-app").add("pl-offices", "tgw-1");
    let document = explained(&account, REGIONAL, &given(&["52.218.1.1", "52.216.1.1"]));
    assert_eq!(document.verdict, "elsewhere");
}

#[test]
fn a_table_that_nobody_sees_is_no_verdict() {
    let mut account = clean();
    account.answers.route_tables = Fact::Missing("ec2:DescribeRouteTables was denied".to_owned());
    for (destination, resolution) in [
        ("s3", Resolution::NotAsked),
        ("52.218.1.1", Resolution::NotAsked),
        (REGIONAL, given(&["52.218.1.1"])),
    ] {
        let document = explained(&account, destination, &resolution);
        assert_eq!(document.verdict, "undecided", "{destination}");
        assert!(document.sentence.contains("was denied"));
        assert_eq!(document.route_table, None);
    }
}

#[test]
fn a_route_to_an_unreadable_list_may_match_any_address() {
    let mut account = clean();
    account.table("rtb-app").add("pl-unknown", "tgw-1");
    let document = explained(&account, REGIONAL, &given(&["52.218.1.1"]));
    assert_eq!(document.verdict, "undecided");
    assert_eq!(document.routes[0].unplaced, 1);
    assert!(text(&document).contains("1 route of the table cannot be placed"));
}

#[test]
fn a_name_that_does_not_resolve_is_explained_as_far_as_it_goes() {
    let failed = Resolution::Failed("no such host".to_owned());
    let document = explained(&clean(), BRIEF, &failed);
    assert_eq!(document.verdict, "undecided");
    assert!(document.sentence.contains("no such host"));
    assert!(notes(&document, "sends every S3 address to vpce-s3"));
    assert!(document.advice[0].contains("--addresses"));
}

#[test]
fn a_subnet_that_is_nowhere_is_an_error_with_the_nearest_id() {
    let error = find(clean().snapshot(), &"subnet-ap".parse().unwrap()).unwrap_err();
    let told = error.to_string();
    assert!(
        told.contains("111122223333 eu-west-1 (2 subnets)"),
        "{told}"
    );
    assert!(told.contains("the nearest ids are subnet-app"), "{told}");
    let mut blind = clean();
    blind.answers.subnets = Fact::Missing("denied".to_owned());
    let error = find(blind.snapshot(), &"subnet-app".parse().unwrap()).unwrap_err();
    assert!(error.to_string().contains("could not be read"), "{error}");
}

#[test]
fn the_subnet_is_found_in_whichever_region_has_it() {
    let mut other = clean();
    other.move_to("us-east-1");
    other.subnet("subnet-app").subnet_id = Some("subnet-there".to_owned());
    other.table("rtb-app").0.associations[0].subnet_id = Some("subnet-there".to_owned());
    let mut both = clean().snapshot();
    both.networks.extend(other.snapshot().networks);
    let found = find(both, &"subnet-there".parse().unwrap()).unwrap();
    let document = found
        .explain(&Destination::service(Service::S3), &Resolution::NotAsked)
        .unwrap();
    assert_eq!(document.subnet.region, "us-east-1");
    assert_eq!(document.verdict, "endpoint");
}

#[test]
fn a_shared_subnet_is_explained_by_its_owners_answers() {
    let owner = clean();
    let mut participant = clean();
    participant.id = Some(STRANGER.to_owned());
    participant.delete_endpoint("vpce-s3");
    let alone = find(participant.snapshot(), &"subnet-app".parse().unwrap()).unwrap();
    let mut both = participant.snapshot();
    both.networks.extend(owner.snapshot().networks);
    let shared = find(both, &"subnet-app".parse().unwrap()).unwrap();
    for (found, account, verdict) in [(alone, STRANGER, "undecided"), (shared, OWNER, "endpoint")] {
        let document = found
            .explain(&Destination::service(Service::S3), &Resolution::NotAsked)
            .unwrap();
        assert_eq!(document.subnet.account_id.as_deref(), Some(account));
        assert_eq!(document.verdict, verdict, "{}", document.sentence);
    }
}

#[test]
fn an_address_is_matched_with_the_list_of_whichever_service_has_it() {
    let document = explained(&clean(), "52.94.24.7", &Resolution::NotAsked);
    assert_eq!(document.verdict, "endpoint");
    assert_eq!(document.destination.service, Some("dynamodb"));
    assert_eq!(
        document.addresses[0].target.as_deref(),
        Some("vpce-dynamodb")
    );
    let inside = explained(&clean(), "10.0.3.4", &Resolution::NotAsked);
    assert_eq!(inside.verdict, "elsewhere");
    assert_eq!(inside.destination.service, None);
    assert_eq!(inside.addresses[0].goes_to, "local");
}

#[test]
fn dynamodb_takes_its_own_endpoint_and_its_streams_take_none() {
    let host = "dynamodb.eu-west-1.amazonaws.com";
    let document = explained(&clean(), host, &given(&["52.94.24.7"]));
    assert_eq!(document.verdict, "endpoint");
    let streams = explained(
        &clean(),
        "streams.dynamodb.eu-west-1.amazonaws.com",
        &given(&["52.94.30.7"]),
    );
    assert_eq!(streams.verdict, "elsewhere");
    assert!(notes(&streams, "do not serve"));
    assert!(streams.advice[0].contains("dynamodb-streams"));
}

#[test]
fn a_name_of_no_service_is_judged_by_its_addresses_alone() {
    let host = "https://images.example.org/x.jpg";
    let document = explained(&clean(), host, &given(&["203.0.113.7"]));
    assert_eq!(document.verdict, "elsewhere");
    assert!(notes(&document, "is no name of an AWS service"));
    assert_eq!(document.destination.service, None);
    // A name of one's own may still lead to S3.
    let document = explained(&clean(), host, &given(&["52.218.1.1"]));
    assert_eq!(document.verdict, "endpoint");
    let document = explained(&clean(), "d1.cloudfront.net", &given(&["203.0.113.7"]));
    assert!(notes(&document, "CloudFront"));
}

/// An S3 interface endpoint beside the gateway endpoint.
fn with_interface_endpoint(private_dns: bool, inbound_only: Option<bool>) -> Account {
    let mut account = clean();
    let endpoint = account.add_endpoint("vpce-interface", "s3", "vpc-main");
    endpoint.vpc_endpoint_type = Some("Interface".to_owned());
    endpoint.private_dns_enabled = Some(private_dns);
    endpoint.dns_options = Some(shapes::DnsOptions {
        private_dns_only_for_inbound_resolver_endpoint: inbound_only,
    });
    account
}

#[test]
fn private_dns_of_an_interface_endpoint_takes_regional_names_from_the_route() {
    let public = asked(&["52.218.1.1"]);
    for (private_dns, inbound_only, verdict) in [
        (false, None, "endpoint"),
        (true, Some(false), "elsewhere"),
        (true, None, "elsewhere"),
        (true, Some(true), "endpoint"),
    ] {
        let account = with_interface_endpoint(private_dns, inbound_only);
        let document = explained(&account, REGIONAL, &public);
        assert_eq!(document.verdict, verdict, "{private_dns} {inbound_only:?}");
    }
    let account = with_interface_endpoint(true, None);
    let document = explained(&account, REGIONAL, &Resolution::Failed("no".to_owned()));
    assert!(document.sentence.contains("vpce-interface"));
    // It does not answer for these, nor against what hosts are known to get.
    for name in [
        BRIEF,
        "my-bucket.s3-eu-west-1.amazonaws.com",
        "my-bucket.s3.dualstack.eu-west-1.amazonaws.com",
        "my-bucket.s3-website-eu-west-1.amazonaws.com",
    ] {
        assert_eq!(
            explained(&account, name, &public).verdict,
            "endpoint",
            "{name}"
        );
    }
    let known = explained(&account, REGIONAL, &given(&["52.218.1.1"]));
    assert_eq!(known.verdict, "endpoint");
    assert!(notes(&known, "vpce-interface has private DNS"));
    // The routes of the service are right, and still it is worth knowing.
    let whole = explained(&account, "s3", &Resolution::NotAsked);
    assert_eq!(whole.verdict, "endpoint");
    assert!(notes(&whole, "vpce-interface has private DNS"));
    // The Regional name is then no way to the gateway endpoint.
    let legacy = explained(&account, BRIEF, &given(&["52.218.1.1"]));
    assert_eq!(legacy.advice, [""; 0]);
    let other = explained(&account, "dynamodb", &Resolution::NotAsked);
    assert!(!notes(&other, "vpce-interface"));
}

#[test]
fn a_bucket_that_sdks_reach_by_the_interface_endpoint_is_not_said_to_take_the_gateway() {
    let account = with_interface_endpoint(true, None);
    let public = asked(&["52.218.1.1"]);
    for bucket in ["my-bucket", "s3://my-bucket/x", "arn:aws:s3:::my-bucket/x"] {
        for resolution in [public.clone(), Resolution::Failed("no".to_owned())] {
            let document = explained(&account, bucket, &resolution);
            assert_eq!(document.verdict, "elsewhere", "{bucket}");
            assert_eq!(
                document.sentence,
                "No: traffic from subnet-app to bucket my-bucket goes to the interface endpoint vpce-interface, whose private DNS answers for its Regional name my-bucket.s3.eu-west-1.amazonaws.com, and not through a gateway endpoint."
            );
            assert!(notes(&document, "if the bucket lives in another Region"));
        }
    }
    // The name that is shown is the one whose addresses are wanted.
    let found = find(account.snapshot(), &"subnet-app".parse().unwrap()).unwrap();
    assert_eq!(
        found.host(&"my-bucket".parse().unwrap()).as_deref(),
        Some("my-bucket.s3.eu-west-1.amazonaws.com")
    );
    for (private_dns, inbound_only) in [(false, None), (true, Some(true))] {
        let account = with_interface_endpoint(private_dns, inbound_only);
        assert_eq!(
            explained(&account, "my-bucket", &public).verdict,
            "endpoint"
        );
    }
}

#[test]
fn an_interface_endpoint_of_unknown_state_leaves_open_who_takes_the_name() {
    let mut account = with_interface_endpoint(true, None);
    account.endpoint("vpce-interface").state = None;
    let public = asked(&["52.218.1.1"]);
    for name in [REGIONAL, "my-bucket"] {
        let document = explained(&account, name, &public);
        assert_eq!(document.verdict, "undecided", "{name}");
        assert!(
            document.sentence.contains(
                "if the interface endpoint vpce-interface is available, which the answer of AWS does not say"
            ),
            "{}",
            document.sentence
        );
    }
    // What leaves anyway does so in either case, and what somebody gave stands.
    let leaving = explained(&account, REGIONAL, &asked(&["52.216.1.1"]));
    assert_eq!(leaving.verdict, "elsewhere");
    let known = explained(&account, REGIONAL, &given(&["52.218.1.1"]));
    assert_eq!(known.verdict, "endpoint");
    // One that is not there takes nothing, one that is there takes it all.
    account.endpoint("vpce-interface").state = Some("deleted".to_owned());
    assert_eq!(explained(&account, REGIONAL, &public).verdict, "endpoint");
}

#[test]
fn the_global_name_is_said_to_differ_from_the_name_that_private_dns_takes() {
    let account = with_interface_endpoint(true, None);
    let document = explained(&account, BRIEF, &asked(&["52.218.1.1"]));
    assert_eq!(document.verdict, "endpoint");
    assert!(
        notes(
            &document,
            "what asks for the Regional name my-bucket.s3.eu-west-1.amazonaws.com, as SDKs do, goes to that interface endpoint"
        ),
        "{:?}",
        document.notes
    );
    assert!(
        document
            .endpoints
            .iter()
            .any(|endpoint| endpoint.vpc_endpoint_id == "vpce-interface")
    );
    let without = explained(&clean(), BRIEF, &asked(&["52.218.1.1"]));
    assert!(!notes(&without, "as SDKs do"));
}

#[test]
fn the_own_name_of_an_interface_endpoint_goes_by_the_local_route() {
    let mut account = with_interface_endpoint(false, None);
    account.endpoint("vpce-interface").vpc_endpoint_id = Some("vpce-0a1b".to_owned());
    let document = explained(
        &account,
        "https://my-bucket.bucket.vpce-0a1b-x9.s3.eu-west-1.vpce.amazonaws.com/x",
        &given(&["10.0.1.77"]),
    );
    assert_eq!(document.verdict, "elsewhere");
    assert!(notes(
        &document,
        "own name of the interface endpoint vpce-0a1b in this VPC"
    ));
    assert_eq!(document.endpoints[0].vpc_endpoint_id, "vpce-0a1b");
}

#[test]
fn a_policy_that_names_another_bucket_is_said_in_the_first_sentence() {
    let statement = json!({"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"],
        "Resource": ["arn:aws:s3:::their-bucket/*"]});
    let mut account = clean();
    account.endpoint("vpce-s3").policy_document = policy(&statement);
    let document = explained(&account, REGIONAL, &given(&["52.218.1.1"]));
    assert_eq!(document.verdict, "endpoint");
    assert!(
        document
            .sentence
            .ends_with("but the endpoint's policy does not allow reading from my-bucket."),
        "{}",
        document.sentence
    );
    assert_eq!(
        document.endpoints[0].policy.as_deref(),
        Some("allows s3:GetObject on arn:aws:s3:::their-bucket/*")
    );
}

#[test]
fn a_policy_on_a_bucket_of_the_sovereign_cloud_is_not_said_to_refuse_it() {
    let mut account = clean();
    account.move_to("eusc-de-east-1");
    account.endpoint("vpce-s3").policy_document =
        policy(&json!({"Effect": "Allow", "Principal": "*", "Action": "*",
            "Resource": "arn:aws-eusc:s3:::my-bucket/*"}));
    let host = "https://my-bucket.s3.eusc-de-east-1.amazonaws.eu/file.jpg";
    let document = explained(&account, host, &given(&["52.218.1.1"]));
    assert_eq!(document.destination.host_kind, Some("regional"));
    assert_eq!(document.endpoints[0].bucket_access, Some("allows"));
    assert_eq!(document.verdict, "endpoint");
}

/// What a policy says of reading `my-bucket/file.jpg`, and in short.
fn access(statements: serde_json::Value) -> (Option<&'static str>, String) {
    let mut account = clean();
    let document = json!({"Statement": statements}).to_string();
    account.endpoint("vpce-s3").policy_document = Some(document);
    let document = explained(&account, REGIONAL, &given(&["52.218.1.1"]));
    let endpoint = &document.endpoints[0];
    (
        endpoint.bucket_access,
        endpoint.policy.clone().unwrap_or_default(),
    )
}

#[test]
fn a_policy_with_a_condition_is_never_said_to_allow() {
    let allow = |resource: &str| json!({"Effect": "Allow", "Principal": "*", "Action": "s3:Get*", "Resource": resource});
    let with = |mut statement: serde_json::Value, key: &str, value: serde_json::Value| {
        statement[key] = value;
        statement
    };
    let organisation = json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}});
    let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"});
    for (statements, expected) in [
        (json!([allow("*")]), "allows"),
        (json!([allow("arn:aws:s3:::my-bucket/*")]), "allows"),
        (json!(allow("arn:aws:s3:::my-*")), "allows"),
        (json!([allow("arn:aws:s3:::my-bucket/file.???")]), "allows"),
        // The bucket itself holds no object.
        (json!([allow("arn:aws:s3:::my-bucket")]), "does_not_allow"),
        (
            json!([allow("arn:aws:s3:::my-bucket-2/*")]),
            "does_not_allow",
        ),
        (
            json!([allow("arn:aws-cn:s3:::my-bucket/*")]),
            "does_not_allow",
        ),
        (
            json!([with(allow("*"), "Action", json!("s3:PutObject"))]),
            "does_not_allow",
        ),
        (
            json!([with(allow("*"), "Action", json!("S3:GETOBJECT"))]),
            "allows",
        ),
        (json!([]), "does_not_allow"),
        (
            json!([with(allow("*"), "Condition", organisation.clone())]),
            "cannot_say",
        ),
        (
            json!([with(
                allow("*"),
                "Principal",
                json!({"AWS": "arn:aws:iam::1:role/x"})
            )]),
            "cannot_say",
        ),
        (
            json!([with(allow("*"), "Principal", json!({"AWS": ["*"]}))]),
            "allows",
        ),
        (
            json!([allow("arn:aws:s3:::${aws:PrincipalTag/b}/*")]),
            "cannot_say",
        ),
        (json!([allow("*"), deny.clone()]), "does_not_allow"),
        (
            json!([allow("*"), with(deny.clone(), "Condition", organisation)]),
            "cannot_say",
        ),
        (
            json!([
                allow("*"),
                with(
                    deny.clone(),
                    "Resource",
                    json!("arn:aws:s3:::their-bucket/*")
                )
            ]),
            "allows",
        ),
        (
            json!([allow("*"), with(deny, "Action", json!("s3:PutObject"))]),
            "allows",
        ),
        (
            json!([{"Effect": "Allow", "Principal": "*", "NotAction": "s3:Put*", "NotResource": "arn:aws:s3:::theirs/*"}]),
            "allows",
        ),
        (
            json!([{"Effect": "Allow", "Principal": "*", "Action": "*", "NotResource": "arn:aws:s3:::my-bucket/*"}]),
            "does_not_allow",
        ),
        (json!([{"Effect": "Perhaps"}]), "cannot_say"),
        (json!("what"), "cannot_say"),
    ] {
        assert_eq!(access(statements.clone()).0, Some(expected), "{statements}");
    }
    let (_, short) = access(json!([with(
        allow("*"),
        "Condition",
        json!({"StringEquals": {"aws:SourceVpc": "vpc-1"}})
    )]));
    assert_eq!(
        short,
        "allows s3:Get* on every resource under a condition on aws:SourceVpc"
    );
}

#[test]
fn a_whole_bucket_is_allowed_only_where_all_of_it_is() {
    let of = |resource: &str| {
        let mut account = clean();
        account.endpoint("vpce-s3").policy_document = policy(
            &json!({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": resource}),
        );
        let document = explained(&account, "s3://my-bucket", &given(&["52.218.1.1"]));
        document.endpoints[0].bucket_access.unwrap()
    };
    assert_eq!(of("arn:aws:s3:::my-bucket/*"), "allows");
    assert_eq!(of("arn:aws:s3:::my-bucket/public/*"), "cannot_say");
    assert_eq!(of("arn:aws:s3:::my-bucket/file.jpg"), "cannot_say");
    assert_eq!(of("arn:aws:s3:::their-bucket/*"), "does_not_allow");
}

#[test]
fn policies_of_other_services_are_not_kept() {
    let mut account = clean();
    let endpoint = account.add_endpoint("vpce-sqs", "sqs", "vpc-main");
    endpoint.vpc_endpoint_type = Some("Interface".to_owned());
    for id in ["vpce-sqs", "vpce-s3"] {
        account.endpoint(id).policy_document = Some("{}".to_owned());
    }
    let snapshot = account.snapshot();
    let endpoints = snapshot.networks[0].endpoints.known().unwrap();
    assert_eq!(endpoints[&"vpce-sqs".parse().unwrap()].policy, None);
    assert!(endpoints[&"vpce-s3".parse().unwrap()].policy.is_some());
}

#[test]
fn a_whole_service_shows_each_route_with_the_blocks_that_it_wins() {
    let mut account = clean();
    account.table("rtb-app").add("52.218.0.0/18", "tgw-1");
    let document = explained(&account, "s3", &Resolution::NotAsked);
    assert_eq!(document.verdict, "partial");
    insta::assert_snapshot!(text(&document));
}

#[test]
fn a_narrow_terminal_breaks_sentences_and_never_a_command() {
    let mut account = clean();
    account.table("rtb-app").without("pl-s3");
    let document = explained(&account, "s3", &Resolution::NotAsked);
    let mut bytes = Vec::new();
    let narrow = Terminal {
        width: Some(50),
        colours: true,
    };
    document.write_text(narrow, &mut bytes).unwrap();
    let told = String::from_utf8(bytes).unwrap();
    let command = &document.findings[0].remediation.commands[0];
    assert!(told.lines().any(|line| line.trim() == command), "{told}");
    assert!(
        told.starts_with("\u{1b}[1;31mNo:\u{1b}[0m traffic"),
        "{told}"
    );
    let paragraph = told.split("Why").nth(1).unwrap();
    let reason = paragraph
        .lines()
        .skip(1)
        .take_while(|line| !line.is_empty());
    assert!(reason.clone().count() > 2 && reason.clone().all(|line| line.len() <= 50));
}

#[test]
fn what_others_wrote_does_not_act_on_the_terminal() {
    const EVIL: &str = "a\u{1b}[2J\u{202e}b\u{200f}\u{2066}\u{9b}1m\nYes: all is well";
    let mut account = clean();
    account.subnet("subnet-app").tags = vec![tag("Name", EVIL)];
    account.vpc("vpc-main").tags = vec![tag("Name", EVIL)];
    let mut seen_in_routes = account.table("rtb-app").add("52.218.1.0/24", "tgw-1");
    seen_in_routes = seen_in_routes.state(EVIL);
    seen_in_routes.0.transit_gateway_id = Some(EVIL.to_owned());
    let endpoint = account.endpoint("vpce-s3");
    endpoint.state = Some(EVIL.to_owned());
    endpoint.ip_address_type = Some(EVIL.to_owned());
    let resolution = Resolution::Failed(EVIL.to_owned());
    for resolution in [&given(&["52.218.1.1", "52.218.2.2"]), &resolution] {
        for width in [None, Some(50)] {
            let document = explained(&account, REGIONAL, resolution);
            let terminal = Terminal {
                width,
                ..Terminal::default()
            };
            let mut bytes = Vec::new();
            document.write_text(terminal, &mut bytes).unwrap();
            let told = String::from_utf8(bytes).unwrap();
            let acts =
                |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{200f}\u{2066}".contains(c);
            assert!(!told.contains(acts), "{told:?}");
            assert!(!told.contains("\nYes"), "{told}");
        }
    }
}

#[test]
fn a_narrow_terminal_shows_no_line_of_a_table_that_it_would_break() {
    let mut account = clean();
    account.table("rtb-app").add("52.218.1.0/24", "tgw-1");
    let document = explained(&account, REGIONAL, &given(&["52.218.1.1", "52.218.2.2"]));
    let shown = |width| {
        let mut bytes = Vec::new();
        let terminal = Terminal {
            width,
            ..Terminal::default()
        };
        document.write_text(terminal, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let narrow = shown(Some(60));
    let (_, routes) = narrow.split_once("Routes of rtb-app").unwrap();
    let (routes, _) = routes.split_once("\n  - MATCHES BY  0.0.0.0/0").unwrap();
    insta::assert_snapshot!(routes, @r"
     that match 52.218.1.1, in order of
    precedence
      * MATCHES BY  52.218.1.0/24
        ROUTE       52.218.1.0/24
        KIND        static
        TARGET      tgw-1
        STATE       active
        RESULT      wins
      - MATCHES BY  52.218.0.0/17
        ROUTE       pl-s3
        KIND        prefix list
        TARGET      vpce-s3
        STATE       active
        RESULT      shorter prefix
    ");
    let commands = |line: &&str| !line.trim_start().starts_with("aws ");
    for line in narrow.lines().filter(commands) {
        assert!(line.chars().count() <= 60, "{line}");
    }
    assert!(shown(Some(200)).contains("  MATCHES BY "));
}

#[test]
fn a_route_in_a_state_that_nobody_knows_is_not_said_to_win() {
    let mut account = clean();
    account.table("rtb-app").route("pl-s3").state("filtered");
    for (name, resolution) in [
        (REGIONAL, given(&["52.218.1.1"])),
        ("s3", Resolution::NotAsked),
    ] {
        let document = explained(&account, name, &resolution);
        assert_eq!(document.verdict, "undecided", "{name}");
        let route = &document.routes[0].matches[0];
        assert_eq!(
            (route.wins, route.why.as_str()),
            ("undecided", "would win, state unknown")
        );
        let told = text(&document);
        assert!(told.contains("would win, state unknown"), "{told}");
        assert!(!told.contains("  * "), "{told}");
    }
}

#[test]
fn nobody_is_sent_to_a_report_that_explain_does_not_write() {
    let mut account = clean();
    account.answers.route_tables = Fact::Missing("denied".to_owned());
    let document = explained(&account, "s3", &Resolution::NotAsked);
    let told = text(&document);
    assert!(!told.contains("report"), "{told}");
    assert_eq!(document.findings[0].rule, "subnet-unverifiable");
}

#[test]
fn an_ipv4_address_written_as_ipv6_is_judged_as_ipv4() {
    for name in ["::ffff:52.218.1.1", "https://[::ffff:52.218.1.1]/x"] {
        let document = explained(&clean(), name, &Resolution::NotAsked);
        assert_eq!(document.verdict, "endpoint", "{name}");
        assert_eq!(document.addresses[0].address, "52.218.1.1");
    }
    let both = given(&["::ffff:52.218.1.1", "52.218.1.1"]);
    let document = explained(&clean(), REGIONAL, &both);
    assert_eq!(document.verdict, "endpoint");
    assert_eq!(document.addresses.len(), 1);
}

#[test]
fn a_presigned_url_is_explained_without_its_signature_and_password() {
    let url = "https://user:secret-1@my-bucket.s3.eu-west-1.amazonaws.com/a/b?X-Amz-Signature=secret-2#secret-3";
    let document = explained(&clean(), url, &given(&["52.218.1.1"]));
    let mut bytes = Vec::new();
    document.write_json(&mut bytes).unwrap();
    let written = String::from_utf8(bytes).unwrap() + &text(&document);
    assert!(!written.contains("secret"), "{written}");
    assert_eq!(
        document.destination.given,
        "https://my-bucket.s3.eu-west-1.amazonaws.com/a/b"
    );
    let error = "ftp://user:secret@example.org/x?secret".parse::<Destination>();
    assert!(!error.unwrap_err().to_string().contains("secret"));
    // A question mark in an object's key is no query.
    let object = "s3://my-bucket/what?".parse::<Destination>().unwrap();
    assert_eq!(object.given, "s3://my-bucket/what?");
}

#[test]
fn block_public_access_is_said_where_it_drops_what_leaves() {
    let mut account = clean();
    account.block_public_access("block-bidirectional");
    let document = explained(&account, REGIONAL, &given(&["52.216.1.1"]));
    assert!(document.sentence.contains("Block Public Access drops them"));
}

const TARGETS: [&str; 6] = ["igw-a", "nat-a", "tgw-a", "local", "vpce-s3", "vpce-gone"];
const STATES: [&str; 4] = ["active", "active", "blackhole", "filtered"];
const ORIGINS: [&str; 3] = ["CreateRoute", "EnableVgwRoutePropagation", "Advertisement"];

/// The clean account with some more routes around the list.
fn random_account(random: &mut Random) -> Account {
    let mut account = clean();
    for number in 0..random.below(6) {
        let (target, state) = (random.pick(&TARGETS), random.pick(&STATES));
        let length = 14 + random.below(19);
        let net: ipnet::Ipv4Net = format!(
            "52.218.{}.{}/{length}",
            random.below(256),
            random.below(256)
        )
        .parse()
        .unwrap();
        let net = net.trunc().to_string();
        if random.below(3) == 0 {
            let list = format!("pl-{number}");
            account.add_customer_list(&list, &[&net, "3.5.64.0/21"]);
            account.table("rtb-app").add(&list, target).state(state);
        } else {
            let origin = random.pick(&ORIGINS);
            let route = account.table("rtb-app").add(&net, target);
            route.state(state).origin(origin);
        }
    }
    account
}

#[test]
fn the_winner_that_is_shown_is_the_one_that_the_router_decides() {
    let mut random = Random::new(7);
    let (mut undecided, mut elsewhere, mut endpoint) = (0, 0, 0);
    for _ in 0..1_500 {
        let account = random_account(&mut random);
        let snapshot = account.snapshot();
        let model = Model::new(&snapshot, &Service::ALL);
        let network = &model.networks[0];
        let subnet = &network.network.subnets.known().unwrap()[&"subnet-app".parse().unwrap()];
        let Effective::Table(table, _) = network.effective(subnet) else {
            panic!("the account has a table")
        };
        for _ in 0..4 {
            let address: IpAddr = format!("52.218.{}.{}", random.below(256), random.below(256))
                .parse()
                .unwrap();
            let destination: Destination = address.to_string().parse().unwrap();
            let told = explain(network, subnet, &destination, &Resolution::NotAsked).unwrap();
            let [path] = told.addresses.as_slice() else {
                panic!("one address")
            };
            let span = Span::of(&address.into());
            // The decision of `check`, made of the same block.
            let ways = table.router().ipv4_ways(told.case.service(), &[span]);
            let expected = match (ways.unknown.is_empty(), ways.via.as_slice()) {
                (false, _) => Answer::Undecided,
                (true, []) => Answer::Endpoint,
                (true, [via]) => {
                    let fate = Fate::Elsewhere {
                        kind: via.kind,
                        target: via.target.clone(),
                    };
                    assert_eq!(path.fate, fate);
                    Answer::Elsewhere
                }
                (true, _) => panic!("one address has one way"),
            };
            assert_eq!(
                told.answer, expected,
                "{address}\n{:#?}",
                table.table.routes
            );
            match expected {
                Answer::Undecided => undecided += 1,
                Answer::Endpoint => endpoint += 1,
                Answer::Elsewhere | Answer::Partial => elsewhere += 1,
            }
            // And the first of the list is the one that wins or ties.
            let matching = path.matching.as_ref().unwrap();
            let winners: Vec<usize> = (0..matching.matches.len())
                .filter(|at| {
                    let found = &matching.matches[*at];
                    !(found.wins.is_empty() && found.ties.is_empty())
                })
                .collect();
            match table.router().pieces(Family::V4, &[span])[0].winner {
                Winner::None => assert!(winners.is_empty()),
                Winner::Route(index) => {
                    assert_eq!(winners, [0], "{:#?}", matching.matches);
                    assert_eq!(matching.matches[0].index, index);
                }
                Winner::Undecided(a, b) => {
                    assert_eq!(winners[0], 0);
                    let shown: Vec<usize> = winners
                        .iter()
                        .map(|at| matching.matches[*at].index)
                        .collect();
                    assert!(shown.contains(&a) && shown.contains(&b) && shown.len() == 2);
                }
            }
        }
    }
    // The comparison is worth something only if each answer is frequent.
    assert!(
        undecided > 200 && elsewhere > 500 && endpoint > 500,
        "{undecided} {elsewhere} {endpoint}"
    );
}
