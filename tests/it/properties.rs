//! What holds for every account, by chance.

use crate::{
    account::{Account, STRANGER, clean, items, state, tag},
    random::Random,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use vpce_guard::{
    collect::{interpret::Answers, shapes},
    domain::{fact::Fact, service::Service},
};

const TARGETS: [&str; 14] = [
    "igw-a",
    "nat-a",
    "eigw-a",
    "tgw-a",
    "pcx-a",
    "vgw-a",
    "eni-a",
    "lgw-a",
    "cagw-a",
    "local",
    "vpce-s3",
    "vpce-dynamodb",
    "vpce-gone",
    "xyz-new",
];
const STATES: [&str; 4] = ["active", "active", "blackhole", "filtered"];
const ORIGINS: [&str; 4] = [
    "CreateRoute",
    "CreateRouteTable",
    "EnableVgwRoutePropagation",
    "Advertisement",
];
const BLOCKS: [&str; 12] = [
    "0.0.0.0/0",
    "52.0.0.0/8",
    "52.92.0.0/17",
    "52.92.0.0/18",
    "52.218.0.0/17",
    "52.218.127.255/32",
    "3.5.64.0/21",
    "18.34.32.0/20",
    "::/0",
    "2000::/3",
    "2a05:d050:8000::/36",
    "64:ff9b::/96",
];
const TABLES: [&str; 2] = ["rtb-app", "rtb-main"];
const SUBNETS: [&str; 2] = ["subnet-app", "subnet-data"];

/// Changes one thing in an account.
fn break_something(account: &mut Account, random: &mut Random) {
    let table = random.pick(&TABLES);
    let subnet = random.pick(&SUBNETS);
    match random.below(14) {
        0 | 1 => {
            let (block, target) = (random.pick(&BLOCKS), random.pick(&TARGETS));
            let taken = account.table(table).0.routes.iter().any(|route| {
                [
                    &route.destination_cidr_block,
                    &route.destination_ipv6_cidr_block,
                ]
                .contains(&&Some(block.to_owned()))
            });
            if !taken {
                account
                    .table(table)
                    .add(block, target)
                    .state(random.pick(&STATES))
                    .origin(random.pick(&ORIGINS));
            }
        }
        2 => {
            let routes = &mut account.table(table).0.routes;
            if !routes.is_empty() {
                let at = random.below(routes.len());
                routes.remove(at);
            }
        }
        3 => {
            let routes = &mut account.table(table).0.routes;
            if !routes.is_empty() {
                let at = random.below(routes.len());
                let route = crate::account::Route(&mut routes[at]);
                route.to(random.pick(&TARGETS)).state(random.pick(&STATES));
            }
        }
        4 => {
            let id = format!("pl-{}", random.below(1_000_000));
            let cidrs: Vec<&str> = (0..3).map(|_| random.pick(&BLOCKS[..8])).collect();
            account.add_customer_list(&id, &cidrs);
            let target = random.pick(&TARGETS);
            account
                .table(table)
                .add(&id, target)
                .state(random.pick(&STATES));
        }
        5 => {
            let states = ["Available", "pending", "deleting"];
            if let Some(endpoint) = items(&mut account.answers.vpc_endpoints).first_mut() {
                endpoint.state = Some(random.pick(&states).to_owned());
            }
        }
        6 => {
            items(&mut account.answers.vpc_endpoints).pop();
        }
        7 => account.subnet(subnet).ipv6_native = Some(true),
        8 => account.subnet(subnet).enable_dns64 = Some(true),
        9 => {
            let modes = ["off", "block-ingress", "block-bidirectional"];
            account.block_public_access(random.pick(&modes));
        }
        10 => {
            let until = random.pick(&["2020-01-01", "2030-01-01", "never"]);
            account.subnet(subnet).tags = vec![
                tag("vpce-guard:exempt", "chance"),
                tag("vpce-guard:exempt-until", until),
            ];
        }
        11 => account.vpc("vpc-main").owner_id = Some(STRANGER.to_owned()),
        12 => {
            let association = &mut account.table("rtb-app").0.associations;
            if let Some(association) = association.first_mut() {
                association.association_state = state("disassociating");
            }
        }
        _ => {
            account
                .prefix_list("pl-s3")
                .cidrs
                .get_or_insert_default()
                .pop();
        }
    }
}

pub fn broken(seed: u64) -> Account {
    let mut random = Random::new(seed);
    let mut account = clean();
    account.services = vec![Service::S3, Service::DynamoDb];
    for _ in 0..=random.below(6) {
        break_something(&mut account, &mut random);
    }
    account
}

/// The same account, with every list of every answer in another order.
pub fn shuffled(account: &Account, seed: u64) -> Account {
    let mut random = Random::new(seed);
    let mut account = account.clone();
    let Answers {
        vpcs,
        subnets,
        route_tables,
        vpc_endpoints,
        prefix_lists,
    } = &mut account.answers;
    random.shuffle(items(vpcs));
    random.shuffle(items(subnets));
    random.shuffle(items(vpc_endpoints));
    for table in items(route_tables).iter_mut() {
        random.shuffle(&mut table.routes);
        random.shuffle(&mut table.associations);
    }
    random.shuffle(items(route_tables));
    for list in items(prefix_lists).iter_mut() {
        random.shuffle(list.cidrs.get_or_insert_default());
    }
    random.shuffle(items(prefix_lists));
    account
}

const CAUSES: [&str; 5] = [
    "[gateway-route-missing]",
    "[gateway-route-blackhole]",
    "[gateway-route-shadowed]",
    "[gateway-route-wrong-target]",
    "[endpoint-unavailable]",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn the_order_of_answers_changes_nothing(seed in any::<u64>(), order in any::<u64>()) {
        let account = broken(seed);
        prop_assert_eq!(account.audit().text(), shuffled(&account, order).audit().text());
    }

    #[test]
    fn exactly_one_cause_explains_a_violation_and_none_a_good_path(seed in any::<u64>()) {
        let outcome = broken(seed).audit();
        for judged in &outcome.judged {
            let about = format!(" {} {}", judged.subnet, judged.service);
            let causes = outcome
                .findings()
                .into_iter()
                .filter(|line| {
                    let line = line.split(", exempt").next().unwrap();
                    line.ends_with(&about) && CAUSES.iter().any(|cause| line.contains(cause))
                })
                .count();
            let expected = usize::from(["violation", "exempt"].contains(&judged.verdict));
            prop_assert_eq!(causes, expected, "{}", outcome.text());
        }
    }

    #[test]
    fn what_could_not_be_judged_is_never_complete(seed in any::<u64>()) {
        let outcome = broken(seed).audit();
        let unknown = outcome.judged.iter().any(|judged| judged.verdict == "unverifiable")
            || outcome.findings().iter().any(|line| line.contains("[subnet-unverifiable]"));
        prop_assert_eq!(outcome.complete, !unknown, "{}", outcome.text());
    }

    #[test]
    fn a_route_wider_than_every_block_of_the_service_changes_nothing(
        address in any::<u32>(),
        // The widest block of the list is a /17.
        length in 0_u8..=16,
        target in proptest::sample::select(&TARGETS[..]),
        state in proptest::sample::select(&["active", "blackhole", "filtered", "new"][..]),
        origin in proptest::sample::select(&ORIGINS[..]),
    ) {
        let mut account = clean();
        let block = ipnet::Ipv4Net::new(address.into(), length).unwrap().trunc().to_string();
        account.table("rtb-app").add(&block, target).state(state).origin(origin);
        let outcome = account.audit();
        prop_assert_eq!(outcome.app(), "gateway_endpoint");
        prop_assert_eq!(outcome.findings(), [""; 0]);
        prop_assert!(outcome.complete);
    }

    #[test]
    fn no_answer_makes_the_audit_panic(answers in answers()) {
        let mut account = clean();
        account.services = Service::ALL.to_vec();
        account.answers = answers;
        let outcome = account.audit();
        prop_assert!(!outcome.text().contains("NaN"), "{}", outcome.text());
    }
}

/// Text that AWS might send, or might not.
fn text() -> impl Strategy<Value = Value> {
    proptest::sample::select(
        &[
            "",
            "vpc-main",
            "vpc-b",
            "subnet-app",
            "subnet-b",
            "rtb-app",
            "rtb-b",
            "vpce-s3",
            "vpce-b",
            "pl-s3",
            "pl-b",
            "igw-a",
            "nat-a",
            "local",
            "active",
            "blackhole",
            "filtered",
            "available",
            "associated",
            "Gateway",
            "Interface",
            "AWS",
            "111122223333",
            "CreateRoute",
            "com.amazonaws.eu-west-1.s3",
            "com.amazonaws.eu-west-1.dynamodb",
            "0.0.0.0/0",
            "::/0",
            "52.92.0.0/17",
            "255.255.255.255/32",
            "64:ff9b::/96",
            "52.92.0.0/99",
            "ffff::/128",
            "vpce-guard:exempt",
            "vpce-guard:exempt-until",
            "2027-01-01",
            "block-ingress",
            "\u{202e}💥",
        ][..],
    )
    .prop_map(Value::from)
}

/// An object with some of `members`, each with a fitting or an unfitting value.
fn object(
    members: &'static [(&'static str, &'static str)],
    inner: BoxedStrategy<Value>,
) -> BoxedStrategy<Value> {
    let member = proptest::sample::select(members);
    let fitting = (member, inner, text(), any::<bool>(), 0_u8..12).prop_map(
        |((name, kind), inner, text, truth, chance)| {
            let value = match (chance, kind) {
                (0, _) => Value::Null,
                (_, "text") => text,
                (_, "bool") => json!(truth),
                (_, "texts") => json!([text]),
                _ => inner,
            };
            (name.to_owned(), value)
        },
    );
    proptest::collection::vec(fitting, 0..12)
        .prop_map(|members| Value::Object(Map::from_iter(members)))
        .boxed()
}

fn list(of: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    proptest::collection::vec(of, 0..4)
        .prop_map(Value::from)
        .boxed()
}

fn nothing() -> BoxedStrategy<Value> {
    Just(Value::Null).boxed()
}

/// The items of an answer that can be read at all; each gets an id, so that some judging is done.
fn read<T: serde::de::DeserializeOwned + std::fmt::Debug>(
    of: BoxedStrategy<Value>,
    id: &'static str,
    prefix: &'static str,
) -> BoxedStrategy<Fact<Vec<T>>> {
    proptest::collection::vec((of, 0_u8..20), 0..4)
        .prop_map(move |items| {
            let items = items
                .into_iter()
                .enumerate()
                .filter_map(|(at, (mut item, chance))| {
                    if chance > 0 {
                        item[id] = json!(format!("{prefix}-{}", ["app", "s3", "b", "main"][at]));
                        item["VpcId"] = json!("vpc-main");
                    }
                    serde_json::from_value(item).ok()
                });
            Fact::Known(items.collect())
        })
        .boxed()
}

fn answers() -> impl Strategy<Value = Answers> {
    let tags = || list(object(&[("Key", "text"), ("Value", "text")], nothing()));
    let states = || object(&[("State", "text")], nothing());
    let vpc = object(&[("OwnerId", "text"), ("Tags", "inner")], tags());
    let subnet = object(
        &[
            ("OwnerId", "text"),
            ("Ipv6Native", "bool"),
            ("EnableDns64", "bool"),
            ("Tags", "inner"),
        ],
        tags(),
    );
    let association = object(
        &[
            ("Main", "bool"),
            ("SubnetId", "text"),
            ("GatewayId", "text"),
            ("AssociationState", "inner"),
        ],
        states(),
    );
    let route = object(
        &[
            ("DestinationCidrBlock", "text"),
            ("DestinationIpv6CidrBlock", "text"),
            ("DestinationPrefixListId", "text"),
            ("GatewayId", "text"),
            ("NatGatewayId", "text"),
            ("OdbNetworkArn", "text"),
            ("State", "text"),
            ("Origin", "text"),
        ],
        nothing(),
    );
    let table = (list(association), list(route), text()).prop_map(|(associations, routes, owner)| {
        json!({"Associations": associations, "Routes": routes, "OwnerId": owner})
    });
    let endpoint = object(
        &[
            ("VpcEndpointType", "text"),
            ("ServiceName", "text"),
            ("ServiceRegion", "text"),
            ("State", "text"),
        ],
        nothing(),
    );
    let prefix_list = object(
        &[
            ("PrefixListName", "text"),
            ("OwnerId", "text"),
            ("Cidrs", "texts"),
        ],
        nothing(),
    );
    (
        read::<shapes::Vpc>(vpc, "VpcId", "vpc"),
        read::<shapes::Subnet>(subnet, "SubnetId", "subnet"),
        read::<shapes::RouteTable>(table.boxed(), "RouteTableId", "rtb"),
        read::<shapes::VpcEndpoint>(endpoint, "VpcEndpointId", "vpce"),
        read::<shapes::PrefixList>(prefix_list, "PrefixListId", "pl"),
    )
        .prop_map(
            |(vpcs, subnets, route_tables, vpc_endpoints, prefix_lists)| Answers {
                vpcs,
                subnets,
                route_tables,
                vpc_endpoints,
                prefix_lists,
            },
        )
}
