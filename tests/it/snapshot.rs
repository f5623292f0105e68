//! What a snapshot keeps: written in either form and read back, the report is the same to the byte.

use crate::{
    account::{Account, STRANGER, clean, items, tag},
    properties::{broken, shuffled},
    report::{Run, denied, document, every_outcome_run},
};
use proptest::prelude::*;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;
use vpce_guard::{
    collect::{
        record::Record,
        redact::redact,
        saved::{self, read, write},
    },
    domain::{fact::Fact, problem::Problem},
    evidence::metrics::MetricsAnswer,
};

fn write_document(record: &Record, path: &Path) {
    let mut bytes = Vec::new();
    write::document(record, "2026-11-30T12:00:00Z".parse().unwrap(), &mut bytes).unwrap();
    fs::write(path, bytes).unwrap();
}

fn write_folder(record: &Record, path: &Path) {
    write::folder(record, |file, content| {
        let file = path.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        content.write(&mut fs::File::create(file).unwrap())
    })
    .unwrap();
}

/// The record, once through a document and once through a folder.
fn both_ways(record: &Record) -> [Record; 2] {
    let folder = TempDir::new().unwrap();
    let one = folder.path().join("one.json");
    write_document(record, &one);
    let many = folder.path().join("many");
    write_folder(record, &many);
    [one, many].map(|path| {
        let saved = read(&path, &[]).unwrap();
        saved.record
    })
}

fn assert_reads_back(run: &Run) {
    let text = |run: &Run| serde_json::to_string_pretty(&document(&run.report())).unwrap();
    let report = text(run);
    for record in both_ways(&run.record) {
        let again = text(&Run {
            record,
            ..run.clone()
        });
        let other = report.lines().zip(again.lines()).find(|(a, b)| a != b);
        assert!(again == report, "{other:?}");
    }
}

#[test]
fn the_account_with_every_outcome_reads_back_to_the_same_report() {
    assert_reads_back(&every_outcome_run());
}

#[test]
fn what_was_denied_is_still_denied_when_it_is_read_back() {
    let mut account = clean();
    account.answers.route_tables =
        Fact::Missing("ec2:DescribeRouteTables failed (UnauthorizedOperation)".to_owned());
    account.problems = vec![denied("ec2:DescribeRouteTables")];
    account.metrics = Some(MetricsAnswer::Unknown);
    let run = Run::of(&account);
    assert!(!run.report().complete);
    assert_reads_back(&run);
    // Not one list.
    let missing = || "denied".to_owned();
    account.answers.vpcs = Fact::Missing(missing());
    account.answers.subnets = Fact::Missing(missing());
    account.answers.vpc_endpoints = Fact::Missing(missing());
    account.answers.prefix_lists = Fact::Missing(missing());
    assert_reads_back(&Run::of(&account));
}

#[test]
fn an_account_that_nobody_knew_stays_unknown() {
    let mut account = clean();
    account.id = None;
    let mut run = Run::of(&account);
    run.record.problems = vec![denied("sts:GetCallerIdentity")];
    assert_reads_back(&run);
}

#[test]
fn lists_without_items_and_without_blocks_read_back() {
    let mut account = clean();
    account.add_customer_list("pl-empty", &[]);
    account.add_customer_list("pl-unread", &[]).cidrs = None;
    let list = account.prefix_list("pl-dynamodb");
    (list.owner_id, list.cidrs) = (None, Some(Vec::new()));
    assert_reads_back(&Run::of(&account));
    let mut empty = clean();
    items(&mut empty.answers.vpcs).clear();
    items(&mut empty.answers.subnets).clear();
    items(&mut empty.answers.route_tables).clear();
    items(&mut empty.answers.vpc_endpoints).clear();
    items(&mut empty.answers.prefix_lists).clear();
    assert_reads_back(&Run::of(&empty));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_broken_account_reads_back_to_the_same_report(seed in any::<u64>(), order in any::<u64>()) {
        let account = broken(seed);
        assert_reads_back(&Run::of(&shuffled(&account, order)));
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    saved::json_files(folder).unwrap()
}

/// An account that is full of names and ids.
fn telling() -> Account {
    let mut account = clean();
    account.id = Some("111122223333".to_owned());
    account.vpc("vpc-main").tags = vec![
        tag("Name", "Project Blackbird"),
        tag("owner", "alice@example.com"),
        tag("access-key", "AKIAIOSFODNN7EXAMPLE"),
    ];
    account.subnet("subnet-app").tags = vec![
        tag("Name", "Project Blackbird"),
        tag("vpce-guard:exempt", "alice said so"),
        tag("vpce-guard:exempt-until", "2026-12-24"),
        tag("backup-of-999988887777", "acct999988887777"),
    ];
    account.subnet("subnet-data").tags = vec![
        tag("vpce-guard:exempt", " "),
        tag("vpce-guard:exempt-until", "when alice is back"),
    ];
    account.add_customer_list("pl-ours", &["10.9.0.0/16"]);
    account.table("rtb-app").without("pl-s3").add(
        "172.16.0.0/12",
        "arn:aws:networkmanager::999988887777:core-network/core-network-0a",
    );
    account.table("rtb-main").without("pl-s3");
    account.add_vpc("vpc-shared");
    account.vpc("vpc-shared").owner_id = Some(STRANGER.to_owned());
    account.endpoint("vpce-s3").policy_document =
        Some(r#"{"Statement":{"Principal":{"AWS":"999988887777"},"Resource":"alice"}}"#.to_owned());
    let message =
        "User: arn:aws:sts::111122223333:assumed-role/audit/alice@example.com is not authorized";
    let problem = Problem {
        message: message.to_owned(),
        ..denied("ec2:DescribeVpcs")
    };
    account.problems = vec![problem];
    account
}

#[test]
fn a_redacted_snapshot_names_nobody_and_still_decides_the_same() {
    let run = Run::of(&telling());
    let mut redacted = run.clone();
    redact(&mut redacted.record);
    let folder = TempDir::new().unwrap();
    write_folder(&redacted.record, folder.path());
    let mut all = String::new();
    for file in files(folder.path()) {
        all += file.strip_prefix(folder.path()).unwrap().to_str().unwrap();
        all += &fs::read_to_string(&file).unwrap();
    }
    for secret in [
        "111122223333",
        "999988887777",
        "Blackbird",
        "alice",
        "AKIA",
        "our offices",
        "backup-of",
    ] {
        assert!(!all.contains(secret), "{secret} is in {all}");
    }
    // The same account is the same made-up one in the name of the folder and inside.
    assert!(all.contains("000000000001/eu-west-1/vpcs.json"));
    assert!(all.contains("arn:aws:networkmanager::000000000002:core-network"));
    // What was decided is decided again, by all but the words.
    let verdicts = |run: &Run| -> Vec<Value> {
        let report = document(&run.report());
        let subnets = report["subnets"].as_array().unwrap().clone();
        subnets
            .into_iter()
            .map(|subnet| {
                serde_json::json!([subnet["subnet_id"], subnet["verdict"], subnet["path"]])
            })
            .collect()
    };
    assert_eq!(verdicts(&redacted), verdicts(&run));
    assert_eq!(
        document(&redacted.report())["summary"],
        document(&run.report())["summary"]
    );
    assert_reads_back(&redacted);
}

#[test]
fn a_document_without_secrets_holds_no_member_that_is_not_used() {
    let folder = TempDir::new().unwrap();
    let answers = serde_json::json!({
        "Vpcs": [{"VpcId": "vpc-1", "OwnerId": "111122223333", "DhcpOptionsId": "dopt-secret"}],
        "VpcEndpoints": [{"VpcEndpointId": "vpce-1", "VpcEndpointType": "Gateway", "VpcId": "vpc-1",
            "ServiceName": "com.amazonaws.eu-west-1.s3", "State": "available", "OwnerAlias": "secret"}],
        "Reservations": [{"Instances": [{"UserData": "secret"}]}],
    });
    fs::write(folder.path().join("all.json"), answers.to_string()).unwrap();
    let record = read(folder.path(), &[]).unwrap().record;
    let path = folder.path().join("copy.json");
    write_document(&record, &path);
    let copy = fs::read_to_string(path).unwrap();
    assert!(
        copy.contains("vpce-1") && !copy.contains("secret"),
        "{copy}"
    );
}

#[test]
fn an_old_snapshot_is_judged_by_todays_date_and_keeps_the_time_of_its_traffic() {
    let mut run = every_outcome_run();
    let then = run.record.clone();
    run.times.started_at += jiff::SignedDuration::from_hours(24 * 365);
    // What a reader passes where nobody asked about traffic.
    run.window.start = run.times.started_at;
    run.window.end = run.times.started_at;
    run.record = both_ways(&then)[0].clone();
    let report = document(&run.report());
    let expired = |report: &Value| {
        let findings = report["findings"].as_array().unwrap().iter();
        findings
            .filter(|finding| finding["rule"] == "exemption-expired")
            .count()
    };
    // The one that held until January does no longer.
    assert_eq!(expired(&report), 2);
    assert_eq!(expired(&document(&every_outcome_run().report())), 1);
    let traffic = report["endpoints"].as_array().unwrap().iter();
    let ends: Vec<_> = traffic
        .filter_map(|endpoint| endpoint["traffic"]["window"]["end"].as_str())
        .collect();
    assert!(!ends.is_empty());
    assert!(
        ends.iter().all(|end| *end == "2026-11-30T12:00:00Z"),
        "{ends:?}"
    );
}
