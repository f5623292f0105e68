//! The sample account in `examples/`: what its story says of every subnet is what comes out.

use jiff::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};
use vpce_guard::{
    app::{
        check::{CheckRequest, Report, saved},
        config::Config,
        environment::DEFAULT_LOOKBACK_HOURS,
    },
    domain::service::Service,
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Takes the endpoint, and nothing is wrong.
const GOOD: &str = "compliant gateway_endpoint";
/// The zone whose table nobody told of the endpoints.
const BY_NAT: &str = "violation bypass nat_gateway: gateway-route-missing high";
const BY_IGW: &str = "violation bypass internet_gateway: gateway-route-missing high";
/// Block Public Access drops what the internet gateway gets.
const CUT_OFF: &str = "violation bypass internet_gateway: gateway-route-missing medium";
const NO_WAY: &str = "violation no_route none: gateway-route-missing low";
const DELETED: &str = "violation no_route blackhole: gateway-route-blackhole high";
const FIREWALL: &str = "violation partial network_interface: gateway-route-shadowed high";
const TO_TGW: &str = "violation bypass transit_gateway: gateway-route-wrong-target high";
const TO_GWLB: &str = "violation bypass gateway_load_balancer_endpoint: gateway-route-missing high";
const FAILED: &str = "violation bypass gateway_endpoint_other: endpoint-unavailable high";
const ACCEPTED: &str = "exempt bypass virtual_private_gateway: gateway-route-missing high (exempt)";
const NOT_SEEN: &str = "unverifiable unverifiable: subnet-unverifiable medium";
const OVER_IPV6: &str = "compliant gateway_endpoint: ipv6-bypass medium";
const OVER_NAT64: &str = "compliant gateway_endpoint: nat64-bypass medium";
const OVER_BOTH: &str = "compliant gateway_endpoint: ipv6-bypass medium, nat64-bypass medium";

/// Subnet, how it came by its table, S3, DynamoDB: the story of `examples/README.md`.
const STORY: &[(&str, &str, &str, &str)] = &[
    ("prod-web-a", "explicit", GOOD, GOOD),
    ("prod-web-b", "explicit", GOOD, GOOD),
    ("prod-web-c", "explicit", GOOD, GOOD),
    ("prod-app-a", "explicit", GOOD, GOOD),
    ("prod-app-b", "explicit", GOOD, GOOD),
    ("prod-app-c", "explicit", BY_NAT, BY_NAT),
    ("prod-db-a", "main", GOOD, GOOD),
    ("prod-db-b", "main", GOOD, GOOD),
    ("prod-db-c", "main", GOOD, GOOD),
    ("data-emr-a", "explicit", GOOD, GOOD),
    ("data-emr-b", "explicit", GOOD, GOOD),
    ("data-emr-c", "explicit", FIREWALL, GOOD),
    ("data-lake-a", "main", GOOD, GOOD),
    ("data-lake-b", "main", GOOD, GOOD),
    ("data-lake-c", "main", GOOD, GOOD),
    ("data-loader-a", "explicit", TO_TGW, GOOD),
    ("data-vault-a", "explicit", NO_WAY, NO_WAY),
    ("data-vault-b", "explicit", NO_WAY, NO_WAY),
    ("legacy-batch-a", "main", DELETED, GOOD),
    ("legacy-batch-b", "main", DELETED, GOOD),
    ("legacy-mainframe-a", "explicit", ACCEPTED, ACCEPTED),
    ("legacy-mainframe-b", "explicit", ACCEPTED, ACCEPTED),
    ("legacy-ftp-a", "explicit", BY_IGW, BY_IGW),
    ("sandbox-a", "main", BY_IGW, BY_IGW),
    ("sandbox-b", "main", BY_IGW, BY_IGW),
    ("ci-runners-a", "explicit", OVER_IPV6, GOOD),
    ("ci-runners-b", "explicit", OVER_IPV6, GOOD),
    ("ci-runners-c", "main", GOOD, GOOD),
    ("ci-runners-v6-a", "explicit", OVER_BOTH, OVER_NAT64),
    ("edge-web-a", "explicit", GOOD, GOOD),
    ("edge-web-b", "explicit", TO_GWLB, TO_GWLB),
    ("edge-gwlb-a", "explicit", GOOD, GOOD),
    ("edge-gwlb-b", "explicit", GOOD, GOOD),
    ("edge-appliance-a", "main", GOOD, GOOD),
    ("shared-services-a", "explicit", GOOD, GOOD),
    ("shared-services-b", "explicit", GOOD, GOOD),
    ("shared-services-c", "explicit", GOOD, GOOD),
    ("shared-dns-a", "main", GOOD, GOOD),
    ("shared-partner-a", "explicit", NOT_SEEN, NOT_SEEN),
    ("dr-app-a", "explicit", GOOD, GOOD),
    ("dr-app-b", "explicit", GOOD, GOOD),
    ("dr-db-a", "main", GOOD, GOOD),
    ("dr-db-b", "main", GOOD, GOOD),
    ("dr-web-a", "explicit", CUT_OFF, CUT_OFF),
    ("dr-reports-a", "explicit", GOOD, FAILED),
    // A participant does not see the names of a shared VPC's subnets.
    ("10.200.0.0/20", "explicit", NOT_SEEN, NOT_SEEN),
    ("10.200.16.0/20", "explicit", NOT_SEEN, NOT_SEEN),
];

fn acme() -> Report {
    let request = CheckRequest {
        services: vec![Service::S3, Service::DynamoDb],
        vpcs: BTreeSet::new(),
        config: Config::default(),
        lookback_hours: DEFAULT_LOOKBACK_HOURS,
        clock: || "2026-07-01T06:00:00Z".parse::<Timestamp>().unwrap(),
    };
    let judged = saved(&request, &Path::new(ROOT).join("examples/acme"), &[]).unwrap();
    assert!(
        judged.notes.is_empty(),
        "a sample with notes: {:?}",
        judged.notes
    );
    judged.report
}

/// Everything that the report says of a subnet and service, in a line.
fn line(report: &Report, at: usize) -> String {
    let subnet = &report.subnets.as_ref().unwrap()[at];
    let mut line = format!("{} {}", subnet.verdict, subnet.path);
    for via in &subnet.via {
        line = format!("{line} {}", via.kind);
    }
    let mut findings: Vec<String> = report
        .findings
        .iter()
        .filter(|finding| {
            finding.subnet_id.as_ref() == Some(&subnet.subnet_id)
                && finding.service == Some(subnet.service)
        })
        .map(|finding| {
            let exempt = finding.exemption.as_ref().map_or("", |_| " (exempt)");
            format!("{} {}{exempt}", finding.rule, finding.severity)
        })
        .collect();
    findings.sort();
    if !findings.is_empty() {
        line = format!("{line}: {}", findings.join(", "));
    }
    line
}

#[test]
fn every_subnet_of_the_sample_is_judged_as_its_story_says() {
    let report = acme();
    let mut expected = BTreeMap::new();
    for (name, association, s3, dynamodb) in STORY {
        for (service, line) in [("s3", s3), ("dynamodb", dynamodb)] {
            expected.insert(format!("{name} {service}"), format!("{association} {line}"));
        }
    }
    let mut found = BTreeMap::new();
    for (at, subnet) in report.subnets.as_ref().unwrap().iter().enumerate() {
        let name = subnet.name.as_ref().or(subnet.cidr_block.as_ref()).unwrap();
        let line = format!("{} {}", subnet.association.unwrap(), line(&report, at));
        let twice = found.insert(format!("{name} {}", subnet.service), line);
        assert_eq!(twice, None, "two subnets are called {name}");
    }
    assert_eq!(found, expected);
    assert!(!report.complete && report.errors.is_empty());
}

#[test]
fn the_sample_has_an_endpoint_without_a_table_and_two_exemptions_that_no_longer_serve() {
    let report = acme();
    let of = |rule: &str| {
        let mut places: Vec<&str> = report
            .findings
            .iter()
            .filter(|finding| finding.rule == rule)
            .map(|finding| finding.detail.as_str())
            .collect();
        places.sort_unstable();
        places
    };
    let [expired] = of("exemption-expired")[..] else {
        panic!("one exemption of the story is past its date");
    };
    assert!(expired.contains("NET-377") && expired.contains("2025-04-30"));
    let [unused] = of("exemption-unused")[..] else {
        panic!("one exemption of the story covers nothing");
    };
    assert!(unused.contains("NET-430"), "{unused}");
    assert_eq!(of("endpoint-unattached").len(), 1);
}

#[test]
fn the_firewall_takes_the_share_of_s3_that_the_story_tells() {
    let report = acme();
    let subnets = report.subnets.unwrap();
    let via = subnets
        .iter()
        .find(|subnet| subnet.path == "partial")
        .and_then(|subnet| subnet.via.first())
        .unwrap();
    assert_eq!(via.cidrs, ["52.218.16.0/20"]);
    // 4,096 of the 68,096 addresses of the four blocks.
    assert!((via.share - 4096.0 / 68_096.0).abs() < 1e-12);
}

#[test]
fn the_readme_tells_of_each_vpc_the_rules_that_fire_there() {
    let report = acme();
    let names: BTreeMap<&str, &str> = report
        .vpcs
        .iter()
        .flatten()
        .map(|vpc| {
            // The participant's view of the shared VPC has no name.
            (
                vpc.vpc_id.as_str(),
                vpc.name.as_deref().unwrap_or("platform"),
            )
        })
        .collect();
    let mut fired: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for finding in &report.findings {
        let vpc = names[finding.vpc_id.as_deref().unwrap()];
        fired.entry(vpc).or_default().insert(finding.rule);
    }
    let readme = fs::read_to_string(Path::new(ROOT).join("examples/README.md")).unwrap();
    let mut told: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in readme.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let rules = cells[2].split('`').skip(1).step_by(2).collect();
        told.insert(cells[0], rules);
    }
    assert_eq!(told, fired);
}

#[test]
fn the_endpoints_of_the_sample_name_the_tables_that_lead_to_them() {
    // AWS keeps both sides in step; a sample that does not would teach something wrong.
    let report = acme();
    for (account, region) in [
        ("111122223333", "eu-west-1"),
        ("111122223333", "us-east-1"),
        ("444455556666", "eu-west-1"),
    ] {
        let path = format!("{ROOT}/examples/acme/{account}/{region}/vpc-endpoints.json");
        let answer: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        for endpoint in answer["VpcEndpoints"].as_array().unwrap() {
            if endpoint["VpcEndpointType"] != "Gateway" {
                continue;
            }
            let judged = report
                .endpoints
                .iter()
                .find(|judged| endpoint["VpcEndpointId"] == judged.vpc_endpoint_id)
                .unwrap();
            assert_eq!(
                endpoint["RouteTableIds"],
                serde_json::json!(judged.route_table_ids),
                "{}",
                judged.vpc_endpoint_id
            );
        }
    }
}

#[test]
fn the_subnet_that_make_try_explains_is_the_one_with_the_forgotten_table() {
    let makefile = fs::read_to_string(Path::new(ROOT).join("Makefile")).unwrap();
    let id = makefile
        .lines()
        .find_map(|line| line.strip_prefix("SAMPLE_SUBNET := "))
        .unwrap();
    let subnets = acme().subnets.unwrap();
    let subnet = subnets
        .iter()
        .find(|subnet| subnet.subnet_id == id)
        .unwrap();
    assert_eq!(subnet.name.as_deref(), Some("prod-app-c"));
}
