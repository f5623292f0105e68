//! How long the engine takes to judge a whole account: routes are looked at
//! once per table, so a subnet more should cost next to nothing.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a benchmark is no interface"
)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::{collections::BTreeMap, hint::black_box, str::FromStr, time::Duration};
use vpce_guard::{
    domain::{
        endpoint::{Endpoint, EndpointType, PrivateDns},
        fact::Fact,
        ids::{RouteTableId, VpcId},
        prefix_list::PrefixList,
        route::{Route, RouteDestination, RouteOrigin, RouteState, RouteTable, RouteTarget},
        service::Service,
        snapshot::{Network, Snapshot},
        subnet::Subnet,
        tags::Tags,
        vpc::{BlockPublicAccess, Vpc},
    },
    engine::{
        evaluate::evaluate,
        model::Model,
        policy::{Policy, Scope},
    },
    evidence::{Evidence, Window},
    rules::RULES,
};

/// Subnets, and the tables that they share.
const SIZES: [(usize, usize); 4] = [
    (1_000, 100),
    (10_000, 1_000),
    (100_000, 10_000),
    (1_000_000, 10_000),
];
const ROUTES_PER_TABLE: usize = 50;
const TABLES_PER_VPC: usize = 100;
const SERVICES: [Service; 2] = [Service::S3, Service::DynamoDb];

fn engine(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("engine");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(10));
    let today = "2026-11-30".parse().unwrap();
    for (subnets, tables) in SIZES {
        let snapshot = Snapshot {
            networks: vec![network(subnets, tables)],
            problems: Vec::new(),
        };
        let evidence = Evidence::none(Window {
            start: "2026-11-29T00:00:00Z".parse().unwrap(),
            end: "2026-11-30T00:00:00Z".parse().unwrap(),
        });
        group.throughput(Throughput::Elements(u64::try_from(subnets).unwrap()));
        let name = BenchmarkId::new("model_and_evaluate", subnets);
        group.bench_with_input(name, &snapshot, |bench, snapshot| {
            bench.iter(|| {
                let model = Model::new(snapshot, &SERVICES);
                let (policy, scope) = (Policy::default(), Scope::default());
                let evaluation = evaluate(&model, &evidence, &policy, &scope, RULES, today);
                assert_eq!(evaluation.judgements.len(), subnets * SERVICES.len());
                black_box(evaluation.findings.len())
            });
        });
        let name = BenchmarkId::new("model", subnets);
        group.bench_with_input(name, &snapshot, |bench, snapshot| {
            bench.iter(|| black_box(Model::new(snapshot, &SERVICES)).networks.len());
        });
    }
    group.finish();
}

criterion_group!(benches, engine);
criterion_main!(benches);

fn id<T: FromStr<Err: std::fmt::Debug>>(prefix: &str, number: usize) -> T {
    format!("{prefix}-{number:017x}").parse().unwrap()
}

/// One account in one Region. One table in ten leaks, one in ten is shadowed.
fn network(subnets: usize, tables: usize) -> Network {
    let account = Some("111122223333".parse().unwrap());
    let vpc_of = |table: usize| -> VpcId { id("vpc", table / TABLES_PER_VPC) };
    let vpcs = (0..tables.div_ceil(TABLES_PER_VPC)).map(|at| Vpc {
        id: id("vpc", at),
        owner: account.clone(),
        block_public_access: BlockPublicAccess::Off,
        tags: Tags::default(),
    });
    let endpoints = (0..tables.div_ceil(TABLES_PER_VPC)).flat_map(|vpc| {
        SERVICES
            .into_iter()
            .enumerate()
            .map(move |(at, service)| Endpoint {
                id: id("vpce", vpc * SERVICES.len() + at),
                vpc: id("vpc", vpc),
                kind: EndpointType::Gateway,
                service_name: format!("com.amazonaws.eu-west-1.{service}"),
                state: Some("available".to_owned()),
                service_region: None,
                private_dns: PrivateDns::Off,
                ip_address_type: None,
                policy: None,
            })
    });
    let mut route_tables: BTreeMap<RouteTableId, RouteTable> = (0..tables)
        .map(|at| {
            let table = RouteTable {
                id: id("rtb", at),
                vpc: vpc_of(at),
                owner: account.clone(),
                main: at % TABLES_PER_VPC == 0,
                subnets: Vec::new(),
                routes: routes(at),
            };
            (table.id.clone(), table)
        })
        .collect();
    let subnets = (0..subnets)
        .map(|at| {
            let table = at % tables;
            let subnet = Subnet {
                id: id("subnet", at),
                vpc: vpc_of(table),
                owner: account.clone(),
                cidr_block: None,
                ipv6: at % 2 == 0,
                ipv6_only: false,
                dns64: false,
                block_public_access: None,
                tags: Tags::default(),
            };
            // The main tables serve what is associated with none.
            if !table.is_multiple_of(TABLES_PER_VPC) {
                let table = route_tables.get_mut(&id("rtb", table)).unwrap();
                table.subnets.push(subnet.id.clone());
            }
            (subnet.id.clone(), subnet)
        })
        .collect();
    Network {
        account: account.clone(),
        region: "eu-west-1".parse().unwrap(),
        vpcs: Fact::Known(vpcs.map(|vpc| (vpc.id.clone(), vpc)).collect()),
        subnets: Fact::Known(subnets),
        route_tables: Fact::Known(route_tables),
        endpoints: Fact::Known(
            endpoints
                .map(|endpoint| (endpoint.id.clone(), endpoint))
                .collect(),
        ),
        prefix_lists: Fact::Known(
            [
                list(
                    "pl-s3",
                    "s3",
                    &[
                        "3.5.64.0/21",
                        "3.5.72.0/23",
                        "18.34.32.0/20",
                        "52.92.0.0/17",
                        "52.218.0.0/17",
                    ],
                ),
                list(
                    "pl-dynamodb",
                    "dynamodb",
                    &["52.94.24.0/23", "52.94.26.0/23", "52.119.240.0/21"],
                ),
            ]
            .into_iter()
            .map(|list| (list.id.clone(), list))
            .collect(),
        ),
        problems: Vec::new(),
    }
}

fn list(id: &str, service: &str, cidrs: &[&str]) -> PrefixList {
    PrefixList {
        id: id.parse().unwrap(),
        name: Some(format!("com.amazonaws.eu-west-1.{service}")),
        aws_managed: true,
        family: None,
        cidrs: Fact::Known(cidrs.iter().map(|cidr| cidr.parse().unwrap()).collect()),
    }
}

fn route(destination: RouteDestination, target: RouteTarget) -> Route {
    Route {
        destination,
        target,
        state: RouteState::Active,
        origin: RouteOrigin::Static,
    }
}

fn routes(table: usize) -> Vec<Route> {
    let cidr = |text: &str| RouteDestination::Cidr(text.parse().unwrap());
    let vpc = table / TABLES_PER_VPC;
    let mut routes = vec![
        route(cidr("10.0.0.0/16"), RouteTarget::Local),
        route(
            cidr("0.0.0.0/0"),
            RouteTarget::NatGateway("nat-0123456789abcdef0".into()),
        ),
    ];
    for (at, service) in SERVICES.into_iter().enumerate() {
        if table % 10 != 3 {
            routes.push(route(
                RouteDestination::PrefixList(format!("pl-{service}").parse().unwrap()),
                RouteTarget::VpcEndpoint(id("vpce", vpc * SERVICES.len() + at)),
            ));
        }
    }
    if table % 10 == 7 {
        let firewall = RouteTarget::NetworkInterface("eni-0123456789abcdef0".into());
        routes.push(route(cidr("52.218.0.0/18"), firewall));
    }
    for at in routes.len()..ROUTES_PER_TABLE {
        let elsewhere = format!("172.{}.{}.0/24", 16 + table % 16, at);
        routes.push(route(
            cidr(&elsewhere),
            RouteTarget::TransitGateway("tgw-0123456789abcdef0".into()),
        ));
    }
    routes
}
