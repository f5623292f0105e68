//! The sample events: each is understood as its name says.

use serde_json::Value;
use std::{collections::BTreeSet, fs};
use vpce_guard::{app::request::Request, collect::Regions, domain::service::Service};

const EVENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/events");

fn event(name: &str) -> Value {
    let text = fs::read_to_string(format!("{EVENTS}/{name}.json")).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}.json: {error}"))
}

fn request(name: &str) -> Request {
    Request::from_event(&event(name)).unwrap_or_else(|error| panic!("{name}.json: {error}"))
}

fn dry_run() -> Request {
    Request {
        dry_run: true,
        ..Request::default()
    }
}

fn full() -> Request {
    Request {
        full: true,
        ..Request::default()
    }
}

fn one_vpc() -> Request {
    Request {
        regions: Some(Regions::These(vec!["eu-west-1".parse().unwrap()])),
        vpc_ids: BTreeSet::from(["vpc-0123456789abcdef0".parse().unwrap()]),
        services: Some(vec![Service::S3]),
        dry_run: false,
        full: true,
    }
}

type Expected = fn() -> Request;

/// Every sample event that is a good one, and what it asks for.
const GOOD: &[(&str, Expected)] = &[
    ("manual-all", Request::default),
    ("manual-dry-run", dry_run),
    ("manual-full", full),
    ("manual-one-vpc", one_vpc),
    ("scheduled-rule", Request::default),
    ("scheduler", Request::default),
];

#[test]
fn every_sample_event_asks_for_what_its_name_says() {
    for (name, expected) in GOOD {
        assert_eq!(request(name), expected(), "{name}.json");
    }
}

#[test]
fn the_malformed_sample_event_is_refused_and_its_wrong_key_named() {
    let error = Request::from_event(&event("malformed"))
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "the request cannot be understood, and nothing was checked: unknown key `vpc_id`: allowed are regions, vpc_ids, services, dry_run, response"
    );
}

#[test]
fn no_sample_event_was_added_without_saying_what_it_asks_for() {
    let mut expected: BTreeSet<String> = GOOD
        .iter()
        .map(|(name, _)| format!("{name}.json"))
        .collect();
    // An event that must fail, and the environment of a local run.
    expected.extend(["malformed.json".to_owned(), "env.local.json".to_owned()]);
    let found: BTreeSet<String> = fs::read_dir(EVENTS)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| {
            name.rsplit_once('.')
                .is_some_and(|(_, kind)| kind == "json")
        })
        .collect();
    assert_eq!(found, expected);
}
