//! What stands behind `vpce-…` in a route, and what is said of endpoints themselves.

use crate::account::{Account, clean, items};
use std::collections::BTreeMap;
use vpce_guard::{
    domain::service::Service,
    evidence::metrics::{MetricsAnswer, Quantity, Reading},
};

#[test]
fn available_is_available_in_any_case() {
    for state in ["Available", "available", "AVAILABLE"] {
        let mut account = clean();
        account.endpoint("vpce-s3").state = Some(state.to_owned());
        assert_eq!(account.audit().app(), "gateway_endpoint", "{state}");
    }
}

#[test]
fn an_endpoint_in_any_other_state_does_not_serve() {
    for state in [
        "pending",
        "pendingAcceptance",
        "Deleting",
        "deleted",
        "rejected",
        "failed",
        "expired",
        "partial",
        "brand-new",
    ] {
        let mut account = clean();
        account.endpoint("vpce-s3").state = Some(state.to_owned());
        let outcome = account.audit();
        assert_eq!(
            outcome.app(),
            "bypass via gateway_endpoint_other vpce-s3",
            "{state}"
        );
        assert_eq!(
            outcome.findings(),
            [
                "high[endpoint-unavailable] subnet-app s3",
                "high[endpoint-unavailable] subnet-data s3",
            ]
        );
    }
}

#[test]
fn an_endpoint_whose_state_the_answer_leaves_out_is_not_judged() {
    let mut account = clean();
    account.endpoint("vpce-s3").state = None;
    let outcome = account.audit();
    assert_eq!(outcome.app(), "unverifiable");
    assert!(!outcome.complete);
}

#[test]
fn a_deleted_endpoint_drops_although_its_route_says_active() {
    let mut account = clean();
    account.delete_endpoint("vpce-s3");
    let outcome = account.audit();
    assert_eq!(outcome.app(), "no_route via blackhole vpce-s3");
    assert_eq!(
        outcome.findings(),
        [
            "high[gateway-route-blackhole] subnet-app s3",
            "high[gateway-route-blackhole] subnet-data s3",
        ]
    );
}

#[test]
fn an_endpoint_of_another_service_serves_nothing() {
    for name in [
        "com.amazonaws.eu-west-1.dynamodb",
        "com.amazonaws.eu-west-1.s3express",
        "com.amazonaws.eu-west-1.s3-outposts",
        "com.amazonaws.us-east-1.s3",
        "",
    ] {
        let mut account = clean();
        account.endpoint("vpce-s3").service_name = Some(name.to_owned());
        let outcome = account.audit();
        assert_eq!(
            outcome.app(),
            "bypass via gateway_endpoint_other vpce-s3",
            "{name}"
        );
        assert_eq!(
            outcome.findings()[0],
            "high[gateway-route-wrong-target] subnet-app s3",
            "{name}"
        );
    }
}

#[test]
fn an_endpoint_of_the_service_in_another_region_serves_nothing() {
    let mut account = clean();
    account.endpoint("vpce-s3").service_region = Some("us-east-1".to_owned());
    assert_eq!(
        account.audit().app(),
        "bypass via gateway_endpoint_other vpce-s3"
    );
    for own in ["", "eu-west-1"] {
        account.endpoint("vpce-s3").service_region = Some(own.to_owned());
        assert_eq!(account.audit().app(), "gateway_endpoint", "`{own}`");
    }
}

#[test]
fn an_endpoint_of_another_vpc_serves_nothing() {
    let mut account = clean();
    account.add_vpc("vpc-other");
    account.add_endpoint("vpce-other", "s3", "vpc-other");
    account.table("rtb-app").route("pl-s3").to("vpce-other");
    let outcome = account.audit();
    assert_eq!(
        outcome.app(),
        "bypass via gateway_endpoint_other vpce-other"
    );
    assert_eq!(
        outcome.findings(),
        ["high[gateway-route-wrong-target] subnet-app s3"]
    );
}

#[test]
fn a_gateway_load_balancer_endpoint_behind_the_service_list_is_no_gateway_endpoint() {
    let mut account = clean();
    account
        .add_endpoint("vpce-gwlb", "vpce.vpce-svc-1", "vpc-main")
        .vpc_endpoint_type = Some("GatewayLoadBalancer".to_owned());
    account.table("rtb-app").route("pl-s3").to("vpce-gwlb");
    let outcome = account.audit();
    assert_eq!(
        outcome.app(),
        "bypass via gateway_load_balancer_endpoint vpce-gwlb"
    );
    assert_eq!(
        outcome.findings(),
        ["high[gateway-route-wrong-target] subnet-app s3"]
    );
}

#[test]
fn an_interface_endpoint_in_a_route_cannot_be_and_is_never_good() {
    for kind in ["Interface", "Resource", "Tunnel"] {
        let mut account = clean();
        account.endpoint("vpce-s3").vpc_endpoint_type = Some(kind.to_owned());
        let outcome = account.audit();
        assert_eq!(outcome.app(), "unverifiable", "{kind}");
        assert!(!outcome.complete, "{kind}");
    }
}

#[test]
fn the_type_of_an_endpoint_may_come_in_lower_case() {
    let mut account = clean();
    account.endpoint("vpce-s3").vpc_endpoint_type = Some("gateway".to_owned());
    assert_eq!(account.audit().app(), "gateway_endpoint");
}

#[test]
fn an_endpoint_name_of_china_is_the_service() {
    let mut account = clean();
    account.endpoint("vpce-s3").service_name = Some("cn.com.amazonaws.eu-west-1.s3".to_owned());
    assert_eq!(account.audit().app(), "gateway_endpoint");
}

#[test]
fn a_second_endpoint_on_another_table_is_as_good() {
    let mut account = clean();
    account.add_endpoint("vpce-second", "s3", "vpc-main");
    account.table("rtb-main").route("pl-s3").to("vpce-second");
    let outcome = account.audit();
    assert_eq!(
        outcome.of_subnet("subnet-data").vpc_endpoints,
        ["vpce-second"]
    );
    assert_eq!(outcome.findings(), [""; 0]);
}

#[test]
fn an_endpoint_that_nobody_routes_to_is_unattached() {
    let mut account = clean();
    account.add_endpoint("vpce-spare", "s3", "vpc-main");
    account.add_endpoint("vpce-spare-dynamodb", "dynamodb", "vpc-main");
    let outcome = account.audit();
    assert_eq!(
        outcome.findings(),
        ["low[endpoint-unattached] vpce-spare s3"]
    );
    assert_eq!(outcome.of_subnet("subnet-app").verdict, "compliant");
    assert!(outcome.found[0].violation);
    account.services = vec![Service::S3, Service::DynamoDb];
    assert_eq!(account.audit().found.len(), 2);
}

#[test]
fn an_endpoint_whose_every_route_is_shadowed_or_dead_is_still_attached() {
    let mut account = clean();
    account.table("rtb-app").without("pl-s3");
    account.table("rtb-main").route("pl-s3").state("blackhole");
    let outcome = account.audit();
    assert!(
        !outcome
            .findings()
            .iter()
            .any(|line| line.contains("unattached")),
        "{:?}",
        outcome.findings()
    );
}

#[test]
fn an_interface_endpoint_or_one_that_is_going_away_is_not_unattached() {
    let mut account = clean();
    account
        .add_endpoint("vpce-interface", "s3", "vpc-main")
        .vpc_endpoint_type = Some("Interface".to_owned());
    account.add_endpoint("vpce-gone", "s3", "vpc-main").state = Some("deleting".to_owned());
    assert_eq!(account.audit().findings(), [""; 0]);
}

#[test]
fn only_endpoints_of_the_audited_services_are_listed() {
    let mut account = clean();
    account.add_endpoint("vpce-ssm", "ssm", "vpc-main");
    assert_eq!(account.audit().endpoints, ["vpce-s3 s3 Off"]);
}

// Telemetry of endpoints.

fn with_metrics(metrics: MetricsAnswer) -> Account {
    let mut account = clean();
    account
        .add_endpoint("vpce-interface", "s3", "vpc-main")
        .vpc_endpoint_type = Some("Interface".to_owned());
    account.metrics = Some(metrics);
    account
}

fn known(readings: &[(&str, f64, bool)], privatelink_asked: bool) -> MetricsAnswer {
    let mut by_endpoint = BTreeMap::new();
    for (endpoint, sum, complete) in readings {
        by_endpoint.insert(
            endpoint.parse().unwrap(),
            vec![Reading {
                source: "AWS/VPC BytesTransferred".to_owned(),
                quantity: Quantity::Bytes,
                sum: *sum,
                complete: *complete,
            }],
        );
    }
    MetricsAnswer::Known {
        readings: by_endpoint,
        privatelink_asked,
    }
}

#[test]
fn nobody_asked_so_nothing_is_said_of_traffic() {
    for metrics in [None, Some(MetricsAnswer::Off)] {
        let mut account = with_metrics(MetricsAnswer::Off);
        account.metrics = metrics;
        let outcome = account.audit();
        assert_eq!(outcome.findings(), [""; 0]);
        assert_eq!(
            outcome.endpoints,
            ["vpce-interface s3 Off", "vpce-s3 s3 Off"]
        );
        assert!(outcome.complete);
    }
}

#[test]
fn aws_measures_interface_endpoints_so_silence_is_idle_and_gateways_never_so() {
    let outcome = with_metrics(known(&[], true)).audit();
    assert_eq!(
        outcome.findings(),
        [
            "medium[endpoint-idle] vpce-interface s3",
            "info[endpoint-unobserved] vpce-s3 s3",
        ]
    );
    assert_eq!(
        outcome.found[0].detail,
        "AWS/PrivateLinkEndpoints shows no traffic through the S3 endpoint vpce-interface in the 24 hours before the run"
    );
    assert!(!outcome.found[1].violation);
    assert!(outcome.complete);
}

#[test]
fn where_aws_was_not_asked_silence_says_nothing_of_either() {
    assert_eq!(
        with_metrics(known(&[], false)).audit().findings(),
        [
            "info[endpoint-unobserved] vpce-interface s3",
            "info[endpoint-unobserved] vpce-s3 s3",
        ]
    );
}

#[test]
fn a_gateway_endpoint_with_a_metric_of_its_own_is_observed_or_idle() {
    let observed = known(
        &[("vpce-s3", 5.0, true), ("vpce-interface", 7.0, true)],
        true,
    );
    assert_eq!(with_metrics(observed).audit().findings(), [""; 0]);
    let idle = known(
        &[("vpce-s3", 0.0, true), ("vpce-interface", 7.0, true)],
        true,
    );
    let outcome = with_metrics(idle).audit();
    assert_eq!(outcome.findings(), ["medium[endpoint-idle] vpce-s3 s3"]);
    assert!(outcome.found[0].violation);
}

#[test]
fn a_partial_answer_is_neither_idle_nor_unobserved() {
    let partial = known(
        &[("vpce-s3", 0.0, false), ("vpce-interface", 7.0, false)],
        true,
    );
    let outcome = with_metrics(partial).audit();
    assert_eq!(outcome.findings(), [""; 0]);
    assert!(!outcome.complete);
}

#[test]
fn a_denied_answer_is_neither_idle_nor_unobserved() {
    let outcome = with_metrics(MetricsAnswer::Unknown).audit();
    assert_eq!(outcome.findings(), [""; 0]);
    assert!(!outcome.complete);
    assert_eq!(outcome.of_subnet("subnet-app").verdict, "compliant");
}

#[test]
fn what_is_not_available_is_not_asked_for_its_traffic() {
    let mut account = with_metrics(known(&[], true));
    account.endpoint("vpce-interface").state = Some("deleting".to_owned());
    items(&mut account.answers.subnets).clear();
    assert_eq!(
        account.audit().findings(),
        ["info[endpoint-unobserved] vpce-s3 s3"]
    );
}
