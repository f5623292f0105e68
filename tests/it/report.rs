//! The report document against its contract, on one account with every outcome.

use crate::account::{Account, OWNER, REGION, STRANGER, bpa, clean, items, state, tag};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Result, Write},
};
use vpce_guard::{
    app::{
        config::Config,
        judge::{Times, judge},
    },
    collect::{
        interpret::Answers,
        record::{Record, Target, Traffic},
        shapes,
    },
    domain::{fact::Fact, problem::Problem, service::Service},
    engine::{
        policy::{ConfiguredExemption, Scope},
        severity::Severity,
    },
    evidence::{
        Window,
        metrics::{MetricsAnswer, Quantity, Reading},
    },
    report::wire::{Report, Status, Weight},
    rules::RULES,
};

const OTHER_REGION: &str = "us-east-1";
const EXEMPT: &str = "vpce-guard:exempt";
const UNTIL: &str = "vpce-guard:exempt-until";

/// All that a report is made from.
#[derive(Debug, Clone)]
pub struct Run {
    pub record: Record,
    pub window: Window,
    pub services: Vec<Service>,
    pub scope: Scope,
    pub config: Config,
    pub times: Times,
}

impl Run {
    /// The run over one account.
    pub fn of(account: &Account) -> Self {
        let run = Self {
            record: Record::default(),
            window: Window {
                start: account.now - jiff::SignedDuration::from_hours(24),
                end: account.now,
            },
            services: account.services.clone(),
            scope: account.scope.clone(),
            config: Config {
                policy: account.policy.clone(),
                ..Config::default()
            },
            times: Times {
                started_at: account.now,
                finished_at: account.now + jiff::SignedDuration::from_secs(3),
            },
        };
        run.and(account, REGION)
    }

    /// Adds what `account` has, in another Region.
    pub fn and(mut self, account: &Account, region: &str) -> Self {
        self.record.targets.push(Target {
            account: account.id.as_ref().map(|id| id.parse().unwrap()),
            region: region.parse().unwrap(),
            answers: moved(&account.answers, region),
            problems: account.problems.clone(),
            traffic: account.metrics.clone().map(|answer| Traffic {
                window: self.window,
                services: account.services.clone(),
                answer,
            }),
        });
        self
    }

    pub fn report(&self) -> Report {
        let collected = self.record.clone().interpret(self.window);
        judge(
            collected.snapshot,
            &collected.evidence,
            &self.services,
            &self.scope,
            &self.config,
            self.times,
            true,
        )
    }
}

/// The same answers from another Region.
fn moved(answers: &Answers, region: &str) -> Answers {
    fn fact<T: Serialize + DeserializeOwned>(fact: &Fact<Vec<T>>, region: &str) -> Fact<Vec<T>> {
        match fact {
            Fact::Known(items) => {
                let text = serde_json::to_string(items).unwrap();
                Fact::Known(serde_json::from_str(&text.replace(REGION, region)).unwrap())
            }
            Fact::Missing(why) => Fact::Missing(why.clone()),
        }
    }
    Answers {
        vpcs: fact(&answers.vpcs, region),
        subnets: fact(&answers.subnets, region),
        route_tables: fact(&answers.route_tables, region),
        vpc_endpoints: fact(&answers.vpc_endpoints, region),
        prefix_lists: fact(&answers.prefix_lists, region),
    }
}

/// The report of an account.
pub fn report(account: &Account) -> Report {
    Run::of(account).report()
}

/// Adds `subnet-<name>` with `rtb-<name>`, in which nothing is wrong.
pub fn add_subnet(account: &mut Account, name: &str) {
    let (subnet, table) = (format!("subnet-{name}"), format!("rtb-{name}"));
    let mut added = account.subnet("subnet-app").clone();
    added.subnet_id = Some(subnet.clone());
    items(&mut account.answers.subnets).push(added);
    let mut added = account.table("rtb-app").0.clone();
    added.route_table_id = Some(table);
    added.associations[0].subnet_id = Some(subnet);
    items(&mut account.answers.route_tables).push(added);
}

/// Adds `subnet-<name>` whose table has no route to S3's prefix list and sends
/// the rest to a NAT gateway.
pub fn add_leak(account: &mut Account, name: &str) {
    add_subnet(account, name);
    account.table(&format!("rtb-{name}")).without("pl-s3");
}

/// The problem of a call that was denied.
pub fn denied(operation: &str) -> Problem {
    Problem {
        account: Some(OWNER.parse().unwrap()),
        region: Some(REGION.parse().unwrap()),
        operation: operation.to_owned(),
        code: "AccessDenied".to_owned(),
        message: "the role may not do this".to_owned(),
        hint: Some(format!("allow {operation} to the function's role")),
    }
}

/// The exemption of one subnet in the configuration.
fn configured(subnet: &str) -> ConfiguredExemption {
    ConfiguredExemption {
        place: "exemptions[0]".to_owned(),
        account: None,
        region: None,
        vpc: None,
        subnet: Some(subnet.parse().unwrap()),
        tag: None,
        reason: "moves in spring".to_owned(),
        until: None,
    }
}

/// An account with every path, every verdict and a finding of every rule, each
/// on a subnet or endpoint that is called after it.
fn every_outcome() -> Account {
    let mut account = clean();
    account.services = vec![Service::S3, Service::DynamoDb];
    subnets_with_every_path(&mut account);
    subnets_with_exemptions(&mut account);
    account.add_endpoint("vpce-spare", "s3", "vpc-main");
    account
        .add_endpoint("vpce-interface", "s3", "vpc-main")
        .vpc_endpoint_type = Some("Interface".to_owned());
    let reading = |id: &str, sum, complete| {
        let reading = Reading {
            source: "AWS/VPC BytesTransferred".to_owned(),
            quantity: Quantity::Bytes,
            sum,
            complete,
        };
        (id.parse().unwrap(), vec![reading])
    };
    account.metrics = Some(MetricsAnswer::Known {
        // The answer about the spare one was cut, so nobody knows.
        readings: BTreeMap::from([
            reading("vpce-dynamodb", 1_234_567.0, true),
            reading("vpce-spare", 0.0, false),
        ]),
        privatelink_asked: true,
    });
    account.problems = vec![denied("cloudwatch:GetMetricData")];
    account
}

fn subnets_with_every_path(account: &mut Account) {
    for name in [
        "blackhole",
        "cut-off",
        "ipv6",
        "isolated",
        "nat64",
        "partial",
        "pending",
        "undecided",
        "wrong-target",
    ] {
        add_subnet(account, name);
    }
    add_leak(account, "leaking");
    account
        .table("rtb-blackhole")
        .route("pl-s3")
        .state("blackhole");
    account
        .table("rtb-cut-off")
        .without("pl-s3")
        .route("0.0.0.0/0")
        .to("igw-a");
    account.subnet("subnet-cut-off").block_public_access_states = Some(bpa("block-bidirectional"));
    account
        .subnet("subnet-ipv6")
        .ipv6_cidr_block_association_set = vec![shapes::Ipv6CidrBlockAssociation {
        ipv6_cidr_block: Some("2001:db8:1:1::/64".to_owned()),
        ipv6_cidr_block_state: state("associated"),
    }];
    account.table("rtb-ipv6").add("::/0", "igw-a");
    account
        .table("rtb-isolated")
        .without("pl-s3")
        .without("0.0.0.0/0");
    account.subnet("subnet-nat64").enable_dns64 = Some(true);
    account.table("rtb-nat64").add("64:ff9b::/96", "nat-a");
    account.table("rtb-partial").add("52.92.0.0/17", "igw-a");
    account.table("rtb-partial").add("18.34.32.0/21", "tgw-a");
    account.add_endpoint("vpce-pending", "s3", "vpc-main").state = Some("pending".to_owned());
    account
        .table("rtb-pending")
        .route("pl-s3")
        .to("vpce-pending");
    account.add_customer_list("pl-ours", &["52.92.0.0/17"]);
    account.table("rtb-undecided").add("pl-ours", "tgw-a");
    account.table("rtb-wrong-target").route("pl-s3").to("tgw-a");
    // A VPC that somebody shares with us, without its tables.
    account.add_vpc("vpc-shared");
    account.vpc("vpc-shared").owner_id = Some(STRANGER.to_owned());
    let mut shared = account.subnet("subnet-app").clone();
    shared.subnet_id = Some("subnet-shared".to_owned());
    shared.vpc_id = Some("vpc-shared".to_owned());
    items(&mut account.answers.subnets).push(shared);
}

fn subnets_with_exemptions(account: &mut Account) {
    for name in ["exempt-by-config", "exempt-by-tag", "expired"] {
        add_leak(account, name);
    }
    account.policy.exemptions = vec![configured("subnet-exempt-by-config")];
    account.subnet("subnet-exempt-by-tag").tags =
        vec![tag(EXEMPT, "the lab"), tag(UNTIL, "2027-01-31")];
    account.subnet("subnet-expired").tags =
        vec![tag(EXEMPT, "the old lab"), tag(UNTIL, "2026-11-29")];
}

/// A Region that was read in full, where nobody asked for metrics. Its ids are
/// those of the other Region: nothing may be mixed up.
fn quiet_region() -> Account {
    let mut account = clean();
    account.subnet("subnet-data").tags = vec![tag(EXEMPT, "not needed any more")];
    account
}

/// The run with every outcome.
pub fn every_outcome_run() -> Run {
    let mut run = Run::of(&every_outcome()).and(&quiet_region(), OTHER_REGION);
    run.record.problems = vec![Problem {
        account: None,
        region: None,
        hint: None,
        code: "Timeout".to_owned(),
        message: "no answer within 60 s".to_owned(),
        ..denied("ec2:DescribeRegions")
    }];
    run
}

pub fn every_outcome_report() -> Report {
    every_outcome_run().report()
}

/// A report as scripts see it.
pub fn document(report: &impl Serialize) -> Value {
    serde_json::to_value(report).unwrap()
}

fn list<'a>(document: &'a Value, key: &str) -> &'a [Value] {
    document[key].as_array().unwrap()
}

/// One line per member of the document and per item of its lists.
struct OneLineEach {
    depth: usize,
}

impl OneLineEach {
    fn next(&self, out: &mut (impl Write + ?Sized), first: bool, own_line: usize) -> Result<()> {
        out.write_all(if first { b"" } else { b"," })?;
        match (self.depth == own_line, first) {
            (true, _) => write!(out, "\n{}", "  ".repeat(self.depth)),
            (false, true) => Ok(()),
            (false, false) => out.write_all(b" "),
        }
    }
}

impl serde_json::ser::Formatter for OneLineEach {
    fn begin_array<W: Write + ?Sized>(&mut self, out: &mut W) -> Result<()> {
        self.depth += 1;
        out.write_all(b"[")
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> Result<()> {
        self.next(out, first, 2)
    }

    fn end_array<W: Write + ?Sized>(&mut self, out: &mut W) -> Result<()> {
        self.depth -= 1;
        out.write_all(b"]")
    }

    fn begin_object<W: Write + ?Sized>(&mut self, out: &mut W) -> Result<()> {
        self.depth += 1;
        out.write_all(b"{")
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> Result<()> {
        self.next(out, first, 1)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, out: &mut W) -> Result<()> {
        out.write_all(b": ")
    }

    fn end_object<W: Write + ?Sized>(&mut self, out: &mut W) -> Result<()> {
        self.depth -= 1;
        out.write_all(if self.depth == 0 { b"\n}" } else { b"}" })
    }
}

fn one_line_each(report: &Report) -> String {
    let mut out = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, OneLineEach { depth: 0 });
    report.serialize(&mut serializer).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_report_with_every_outcome_says_what_it_said_in_the_last_release() {
    let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
    let text = one_line_each(&every_outcome_report()).replace(&version, "\"<version>\"");
    insta::assert_snapshot!("every_outcome", text);
}

#[test]
fn no_rule_was_added_without_a_place_in_the_golden_report() {
    let report = every_outcome_report();
    let found: BTreeSet<&str> = report.findings.iter().map(|found| found.rule).collect();
    let all: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(found, all, "break something in `every_outcome` for it");
}

/// The different values of a member of a list's items.
fn values(document: &Value, key: &str, member: &str) -> BTreeSet<String> {
    list(document, key)
        .iter()
        .map(|item| {
            let value = &item[member];
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        })
        .collect()
}

fn set<const N: usize>(words: [&str; N]) -> BTreeSet<String> {
    words.map(str::to_owned).into()
}

#[test]
fn every_word_of_the_contract_stands_in_the_golden_report_and_no_other() {
    let document = document(&every_outcome_report());
    let of = |member| values(&document, "subnets", member);
    assert_eq!(
        of("path"),
        set([
            "gateway_endpoint",
            "partial",
            "bypass",
            "no_route",
            "unverifiable"
        ])
    );
    assert_eq!(
        of("verdict"),
        set(["compliant", "violation", "exempt", "unverifiable"])
    );
    assert_eq!(of("association"), set(["explicit", "main", "null"]));
    assert_eq!(of("service"), set(["s3", "dynamodb"]));
    let traffic: BTreeSet<String> = list(&document, "endpoints")
        .iter()
        .map(|endpoint| endpoint["traffic"]["status"].to_string())
        .collect();
    assert_eq!(
        traffic,
        set([r#""observed""#, r#""idle""#, r#""no_telemetry""#, "null"])
    );
    assert_eq!(
        values(&document, "findings", "severity"),
        set(["high", "medium", "low", "info"])
    );
}

#[test]
fn a_script_finds_exactly_the_keys_of_the_contract() {
    let document = document(&every_outcome_report());
    let check = |what: &str, value: &Value, keys: &str| {
        let found: BTreeSet<&str> = value
            .as_object()
            .unwrap_or_else(|| panic!("{what} is no object: {value}"))
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(found, keys.split(' ').collect(), "{what}");
    };
    check(
        "report",
        &document,
        "schema tool started_at finished_at status complete scope summary vpcs subnets endpoints findings errors",
    );
    check("tool", &document["tool"], "name version");
    check("scope", &document["scope"], "accounts regions services");
    check(
        "summary",
        &document["summary"],
        "vpcs subnets judged compliant violations exempt unverifiable findings by_severity",
    );
    check(
        "by_severity",
        &document["summary"]["by_severity"],
        "critical high medium low info",
    );
    let mut seen = BTreeSet::new();
    for (key, keys) in [
        ("vpcs", "account_id region vpc_id name"),
        (
            "subnets",
            "account_id region vpc_id subnet_id name cidr_block service route_table_id association path verdict vpc_endpoint_ids via traffic reason",
        ),
        (
            "endpoints",
            "account_id region vpc_id vpc_endpoint_id service type state route_table_ids traffic",
        ),
        (
            "findings",
            "rule fingerprint severity exemption account_id region vpc_id subnet_id route_table_id vpc_endpoint_id service title detail remediation",
        ),
        ("errors", "account_id region operation code message hint"),
    ] {
        for item in list(&document, key) {
            check(key, item, keys);
            for (member, keys) in [
                (
                    "traffic",
                    "status bytes_endpoint bytes_elsewhere sources window",
                ),
                ("exemption", "reason until source"),
                ("remediation", "summary commands"),
            ] {
                if let Some(value) = item.get(member).filter(|value| !value.is_null()) {
                    seen.insert(member);
                    check(member, value, keys);
                }
            }
            for via in item
                .get("via")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                seen.insert("via");
                check("via", via, "target kind share cidrs");
            }
        }
    }
    assert_eq!(
        seen.len(),
        4,
        "a part was never there to be checked: {seen:?}"
    );
}

#[test]
fn every_time_is_rfc_3339_in_utc() {
    let document = document(&every_outcome_report());
    let mut times = vec![&document["started_at"], &document["finished_at"]];
    for endpoint in list(&document, "endpoints") {
        if let Some(window) = endpoint["traffic"].get("window") {
            times.extend([&window["start"], &window["end"]]);
        }
    }
    assert!(times.len() > 4);
    for time in times {
        let text = time.as_str().unwrap();
        assert!(text.ends_with('Z'), "{text}");
        text.parse::<Timestamp>().unwrap();
    }
}

#[test]
fn the_numbers_of_the_summary_add_up_and_match_the_lists() {
    let mut everything = every_outcome_run();
    let mut one_vpc = everything.clone();
    one_vpc.scope.vpcs.insert("vpc-main".parse().unwrap());
    let nothing_read = {
        let mut account = clean();
        account.answers.subnets = Fact::Missing("access was denied".to_owned());
        Run::of(&account)
    };
    everything.services = vec![Service::DynamoDb, Service::S3, Service::S3];
    for run in [everything, one_vpc, nothing_read, Run::of(&clean())] {
        let report = run.report();
        let document = document(&report);
        let summary = report.summary;
        let subnets = report.subnets.as_ref().unwrap();
        let count = |verdict| subnets.iter().filter(|s| s.verdict == verdict).count();
        assert_eq!(
            [
                summary.compliant,
                summary.violations,
                summary.exempt,
                summary.unverifiable
            ],
            ["compliant", "violation", "exempt", "unverifiable"].map(count)
        );
        assert_eq!(
            summary.judged,
            summary.compliant + summary.violations + summary.exempt
        );
        assert_eq!(summary.judged + summary.unverifiable, subnets.len());
        let distinct: BTreeSet<_> = subnets
            .iter()
            .map(|s| (&s.account_id, &s.region, &s.subnet_id))
            .collect();
        assert_eq!(summary.subnets, distinct.len(), "subnets, not judgements");
        assert_eq!(
            subnets.len(),
            distinct.len() * report.scope.services.len(),
            "one judgement per subnet and service"
        );
        assert_eq!(summary.findings, report.findings.len());
        let by = |severity| {
            let found = report.findings.iter();
            found.filter(|found| found.severity == severity).count()
        };
        let mut sum = 0;
        for severity in Severity::ALL {
            let said = &document["summary"]["by_severity"][severity.name()];
            assert_eq!(said, &json!(by(severity)), "{severity}");
            sum += by(severity);
        }
        assert_eq!(sum, summary.findings);
    }
}

#[test]
fn vpcs_are_counted_once_each_and_only_those_that_were_asked_about() {
    let mut run = every_outcome_run();
    assert_eq!(
        run.report().summary.vpcs,
        3,
        "two in one Region, one in the other"
    );
    run.scope.vpcs.insert("vpc-shared".parse().unwrap());
    let report = run.report();
    assert_eq!((report.summary.vpcs, report.summary.subnets), (1, 1));
    assert!(report.endpoints.is_empty());
}

#[test]
fn a_vpc_that_nobody_found_is_an_error_and_not_a_clean_report() {
    let mut account = clean();
    account.scope.vpcs.insert("vpc-typo".parse().unwrap());
    let report = report(&account);
    assert_eq!(
        (report.status, report.complete),
        (Status::Incomplete, false)
    );
    assert!(report.errors[0].message.contains("vpc-typo"));
}

#[test]
fn every_list_is_sorted() {
    let report = every_outcome_report();
    let subnets: Vec<_> = report
        .subnets
        .iter()
        .flatten()
        .map(|s| {
            (
                &s.account_id,
                &s.region,
                &s.subnet_id,
                s.service == "dynamodb",
            )
        })
        .collect();
    assert!(subnets.is_sorted(), "subnets: {subnets:?}");
    let endpoints: Vec<_> = report
        .endpoints
        .iter()
        .map(|e| (&e.account_id, &e.region, &e.vpc_endpoint_id))
        .collect();
    assert!(endpoints.is_sorted(), "endpoints: {endpoints:?}");
    let findings: Vec<_> = report
        .findings
        .iter()
        .map(|f| (&f.account_id, &f.region, &f.vpc_id, &f.subnet_id))
        .collect();
    assert!(findings.is_sorted(), "findings: {findings:?}");
    let errors: Vec<_> = report
        .errors
        .iter()
        .map(|e| (&e.account_id, &e.region, &e.operation))
        .collect();
    assert!(errors.is_sorted(), "errors: {errors:?}");
    for sorted in [&report.scope.accounts, &report.scope.regions] {
        assert!(sorted.is_sorted(), "{sorted:?}");
    }
    assert_eq!(report.scope.services, ["s3", "dynamodb"]);
}

#[test]
fn the_order_in_which_aws_answers_does_not_change_the_report() {
    let mut shuffled = every_outcome();
    let answers = &mut shuffled.answers;
    items(&mut answers.vpcs).reverse();
    items(&mut answers.subnets).reverse();
    for table in items(&mut answers.route_tables) {
        table.routes.reverse();
        table.associations.reverse();
    }
    items(&mut answers.route_tables).reverse();
    items(&mut answers.vpc_endpoints).reverse();
    for list in items(&mut answers.prefix_lists) {
        list.cidrs.as_mut().unwrap().reverse();
    }
    items(&mut answers.prefix_lists).reverse();
    shuffled.problems.push(denied("cloudwatch:ListMetrics"));
    shuffled.problems.reverse();
    shuffled.services.reverse();
    let mut straight = every_outcome();
    straight.problems.push(denied("cloudwatch:ListMetrics"));
    let (straight, shuffled) = (report(&straight), report(&shuffled));
    assert_eq!(one_line_each(&straight), one_line_each(&shuffled));
}

#[test]
fn another_run_over_the_same_facts_differs_in_its_times_alone() {
    let mut run = every_outcome_run();
    let first = document(&run.report());
    run.times.started_at += jiff::SignedDuration::from_hours(1);
    run.times.finished_at += jiff::SignedDuration::from_hours(1);
    let mut second = document(&run.report());
    assert_ne!(first, second);
    for time in ["started_at", "finished_at"] {
        second[time] = first[time].clone();
    }
    assert_eq!(first, second);
}

#[test]
fn the_verdict_is_the_paths_and_the_shares_add_up() {
    for subnet in every_outcome_report().subnets.iter().flatten() {
        let verdicts: &[&str] = match subnet.path {
            "gateway_endpoint" => &["compliant"],
            "unverifiable" => &["unverifiable"],
            _ => &["violation", "exempt"],
        };
        assert!(verdicts.contains(&subnet.verdict), "{subnet:?}");
        assert!(!subnet.reason.is_empty(), "{subnet:?}");
        assert_eq!(
            subnet.route_table_id.is_some(),
            subnet.association.is_some(),
            "{subnet:?}"
        );
        let elsewhere: f64 = subnet.via.iter().map(|via| via.share).sum();
        for via in &subnet.via {
            assert!(via.share > 0.0 && via.share <= 1.0, "{via:?}");
            assert!(!via.cidrs.is_empty(), "{via:?}");
        }
        let endpoints = subnet.vpc_endpoint_ids.len();
        match subnet.path {
            "gateway_endpoint" => assert!(endpoints > 0 && subnet.via.is_empty(), "{subnet:?}"),
            "partial" => assert!(
                endpoints > 0 && elsewhere > 0.0 && elsewhere < 1.0,
                "{subnet:?}"
            ),
            "unverifiable" => {}
            _ => assert!(
                endpoints == 0 && (elsewhere - 1.0).abs() < 1e-9,
                "{subnet:?}"
            ),
        }
    }
}

#[test]
fn an_endpoint_says_what_was_seen_of_its_traffic_and_null_where_nobody_knows() {
    let report = every_outcome_report();
    let traffic = |region: &str, id: &str| {
        let found = report
            .endpoints
            .iter()
            .find(|e| e.region == region && e.vpc_endpoint_id == id)
            .unwrap_or_else(|| panic!("{id} is not in the report"));
        found
            .traffic
            .as_ref()
            .map(|t| (t.status, t.bytes_endpoint, t.sources.join(", ")))
    };
    let none = String::new;
    assert_eq!(
        traffic(REGION, "vpce-dynamodb"),
        Some((
            "observed",
            Some(1_234_567),
            "AWS/VPC BytesTransferred".to_owned()
        ))
    );
    assert_eq!(
        traffic(REGION, "vpce-interface"),
        Some(("idle", Some(0), "AWS/PrivateLinkEndpoints".to_owned()))
    );
    assert_eq!(
        traffic(REGION, "vpce-s3"),
        Some(("no_telemetry", None, none()))
    );
    assert_eq!(traffic(REGION, "vpce-spare"), None, "its answer was cut");
    assert_eq!(traffic(OTHER_REGION, "vpce-s3"), None, "nobody asked");
}

#[test]
fn an_endpoint_lists_the_tables_that_lead_to_it() {
    let report = every_outcome_report();
    let tables = |id: &str| {
        let found = report.endpoints.iter().find(|e| e.vpc_endpoint_id == id);
        found.unwrap().route_table_ids.clone()
    };
    assert_eq!(tables("vpce-pending"), ["rtb-pending"]);
    assert_eq!(tables("vpce-spare"), [""; 0]);
    assert!(tables("vpce-s3").contains(&"rtb-blackhole".to_owned()));
}

// Status.

#[test]
fn a_clean_account_is_compliant_and_complete() {
    let report = report(&clean());
    assert_eq!((report.status, report.complete), (Status::Compliant, true));
    assert_eq!(report.summary.findings, 0);
    assert_eq!(report.errors, []);
}

#[test]
fn a_violation_goes_before_what_could_not_be_read_and_that_before_compliant() {
    let mut account = clean();
    account.problems = vec![denied("ec2:DescribeVpcs")];
    let incomplete = report(&account);
    assert_eq!(
        (incomplete.status, incomplete.complete),
        (Status::Incomplete, false)
    );
    account.table("rtb-app").without("pl-s3");
    let both = report(&account);
    assert_eq!((both.status, both.complete), (Status::Violations, false));
    account.problems.clear();
    let violations = report(&account);
    assert_eq!(
        (violations.status, violations.complete),
        (Status::Violations, true)
    );
}

#[test]
fn an_error_of_the_whole_run_alone_makes_it_incomplete() {
    let mut run = Run::of(&clean());
    run.record.problems = vec![denied("sts:GetCallerIdentity")];
    let report = run.report();
    assert_eq!(
        (report.status, report.complete, report.errors.len()),
        (Status::Incomplete, false, 1)
    );
}

#[test]
fn every_finding_that_is_only_worth_knowing_leaves_the_account_compliant() {
    let mut account = clean();
    account.subnet("subnet-data").tags = vec![tag(EXEMPT, "not needed")];
    account.metrics = Some(MetricsAnswer::Known {
        readings: BTreeMap::new(),
        privatelink_asked: true,
    });
    let report = report(&account);
    let found: Vec<_> = report.findings.iter().map(|f| (f.rule, f.weight)).collect();
    assert_eq!(
        found,
        [
            ("endpoint-unobserved", Weight::Note),
            ("exemption-unused", Weight::Note)
        ]
    );
    assert_eq!((report.status, report.complete), (Status::Compliant, true));
    assert_eq!(report.summary.by_severity.info, 2);
}

#[test]
fn an_exempt_leak_leaves_the_account_compliant_and_the_finding_in_the_report() {
    let mut account = clean();
    account.table("rtb-app").without("pl-s3");
    account.policy.exemptions = vec![configured("subnet-app")];
    let report = report(&account);
    assert_eq!((report.status, report.complete), (Status::Compliant, true));
    assert_eq!((report.summary.exempt, report.summary.violations), (1, 0));
    assert_eq!(report.findings.len(), 1);
    let finding = &report.findings[0];
    assert_eq!(finding.severity, Severity::High, "what it would be");
    assert_eq!(
        document(finding)["exemption"],
        json!({"reason": "moves in spring", "until": null, "source": "configuration exemptions[0]"})
    );
}

#[test]
fn a_subnet_that_could_not_be_judged_is_incomplete_and_no_violation() {
    let mut account = clean();
    account.table("rtb-app").route("pl-s3").state("filtered");
    let report = report(&account);
    assert_eq!(
        (report.status, report.complete),
        (Status::Incomplete, false)
    );
    assert_eq!(
        (report.summary.unverifiable, report.summary.violations),
        (1, 0)
    );
    assert_eq!(report.findings[0].rule, "subnet-unverifiable");
    assert_eq!(report.findings[0].severity, Severity::Medium);
    assert_eq!(report.findings[0].weight, Weight::NotJudged);
}

#[test]
fn only_findings_that_count_are_weighed_as_violations() {
    for found in every_outcome_report().findings {
        let counts = found.severity >= Severity::Low
            && found.exemption.is_none()
            && found.rule != "subnet-unverifiable";
        assert_eq!(
            found.weight == Weight::Violation,
            counts,
            "{} {:?}",
            found.rule,
            found.subnet_id
        );
    }
}

#[test]
fn an_exemption_in_the_report_says_why_how_long_and_where_it_stands() {
    let report = every_outcome_report();
    let exemptions: Vec<Value> = report
        .findings
        .iter()
        .filter(|found| found.exemption.is_some())
        .map(|found| json!([found.subnet_id, document(found)["exemption"]]))
        .collect();
    assert_eq!(
        exemptions,
        [
            json!(["subnet-exempt-by-config", {
                "reason": "moves in spring", "until": null, "source": "configuration exemptions[0]",
            }]),
            json!(["subnet-exempt-by-tag", {
                "reason": "the lab", "until": "2027-01-31", "source": "tag vpce-guard:exempt on subnet-exempt-by-tag",
            }]),
        ]
    );
}

#[test]
fn errors_say_where_and_what_to_do() {
    assert_eq!(
        document(&every_outcome_report())["errors"],
        json!([
            {"account_id": null, "region": null, "operation": "ec2:DescribeRegions", "code": "Timeout",
             "message": "no answer within 60 s", "hint": null},
            {"account_id": OWNER, "region": REGION, "operation": "cloudwatch:GetMetricData", "code": "AccessDenied",
             "message": "the role may not do this", "hint": "allow cloudwatch:GetMetricData to the function's role"},
        ])
    );
}

#[test]
fn every_finding_tells_what_to_do_and_every_command_can_be_pasted() {
    for found in every_outcome_report().findings {
        assert!(!found.title.is_empty() && !found.detail.is_empty());
        assert!(!found.remediation.summary.is_empty(), "{}", found.rule);
        for command in found.remediation.commands {
            assert!(command.starts_with("aws "), "{command}");
            assert!(!command.contains('\n'), "{command}");
            let region = found.region.as_deref().unwrap();
            assert!(
                command.contains(&format!(" --region {region} ")),
                "{command}"
            );
        }
    }
}

#[test]
fn an_account_that_nobody_knows_is_null_and_in_no_scope() {
    let mut account = clean();
    account.id = None;
    account.table("rtb-app").without("pl-s3");
    let document = document(&report(&account));
    assert_eq!(document["scope"]["accounts"], json!([]));
    for key in ["subnets", "endpoints", "findings"] {
        assert_eq!(values(&document, key, "account_id"), set(["null"]), "{key}");
    }
}

// Findings are told apart, and known again.

#[test]
fn no_problem_is_reported_twice() {
    let report = every_outcome_report();
    let mut seen = BTreeSet::new();
    for found in &report.findings {
        let key = (
            found.rule,
            &found.account_id,
            &found.region,
            &found.vpc_id,
            &found.subnet_id,
            &found.vpc_endpoint_id,
            found.service,
        );
        assert!(seen.insert(key), "twice: {key:?}");
    }
    let fingerprints: BTreeSet<_> = report.findings.iter().map(|f| &f.fingerprint).collect();
    assert_eq!(fingerprints.len(), report.findings.len());
}

/// A leak of `subnet-app`, and its fingerprint.
fn leak(break_more: impl FnOnce(&mut Account)) -> String {
    let mut account = clean();
    account.table("rtb-app").without("pl-s3");
    break_more(&mut account);
    let found = report(&account).findings.into_iter().find(|found| {
        found.rule == "gateway-route-missing" && found.subnet_id.as_deref() == Some("subnet-app")
    });
    found.unwrap().fingerprint
}

#[test]
fn a_ticket_for_a_leak_is_found_again_whatever_else_changes() {
    type Change = fn(&mut Account);
    let first = leak(|_| {});
    let changes: [(&str, Change); 10] = [
        ("a day passed", |account| {
            account.now += jiff::SignedDuration::from_hours(24);
        }),
        ("another way out", |account| {
            account.table("rtb-app").route("0.0.0.0/0").to("igw-a");
        }),
        ("no way out", |account| {
            account.table("rtb-app").without("0.0.0.0/0");
        }),
        ("another severity", |account| {
            account.block_public_access("block-bidirectional");
        }),
        ("another table", |account| {
            account.table("rtb-app").0.route_table_id = Some("rtb-new".to_owned());
        }),
        ("another subnet leaks", |account| {
            // A copy of `subnet-app` with all that is wrong there.
            add_subnet(account, "a-copy");
        }),
        ("an endpoint came", |account| {
            account.add_endpoint("vpce-a", "s3", "vpc-main");
        }),
        ("it was exempted", |account| {
            account.subnet("subnet-app").tags = vec![tag(EXEMPT, "the lab")];
        }),
        ("another service is audited too", |account| {
            account.services.push(Service::DynamoDb);
        }),
        ("something could not be read", |account| {
            account.problems.push(denied("ec2:DescribeVpcs"));
        }),
    ];
    for (name, change) in changes {
        assert_eq!(leak(change), first, "{name}");
    }
}

#[test]
fn a_ticket_for_an_unneeded_exemption_is_found_again_when_another_is_written_above_it() {
    let unused = |exemptions: Vec<ConfiguredExemption>| {
        let mut account = clean();
        account.policy.exemptions = exemptions;
        let findings = report(&account).findings.into_iter();
        findings
            .map(|found| (found.subnet_id.unwrap(), found.fingerprint))
            .collect::<BTreeMap<_, _>>()
    };
    let second = ConfiguredExemption {
        place: "exemptions[1]".to_owned(),
        ..configured("subnet-app")
    };
    let before = unused(vec![configured("subnet-app")]);
    let after = unused(vec![configured("subnet-data"), second]);
    assert_eq!(before["subnet-app"], after["subnet-app"]);
}

#[test]
fn two_tickets_are_never_taken_for_one() {
    let mut account = clean();
    account.services = vec![Service::S3, Service::DynamoDb];
    for table in ["rtb-app", "rtb-main"] {
        account.table(table).without("pl-s3").without("pl-dynamodb");
        account.table(table).add("::/0", "igw-a");
    }
    for subnet in ["subnet-app", "subnet-data"] {
        account.subnet(subnet).ipv6_native = Some(true);
    }
    let mut stranger = account.clone();
    stranger.id = Some(STRANGER.to_owned());
    for vpc in items(&mut stranger.answers.vpcs) {
        vpc.owner_id = Some(STRANGER.to_owned());
    }
    for subnet in items(&mut stranger.answers.subnets) {
        subnet.owner_id = Some(STRANGER.to_owned());
    }
    let report = Run::of(&account)
        .and(&account, OTHER_REGION)
        .and(&stranger, REGION)
        .report();
    // By account and Region: two subnets, each with both services missing and
    // IPv6 around S3, in us-east-1 around DynamoDB too; two unused endpoints.
    let mut by_fingerprint: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for found in &report.findings {
        let who = (
            &found.account_id,
            &found.region,
            found.rule,
            &found.subnet_id,
            found.service,
        );
        by_fingerprint
            .entry(&found.fingerprint)
            .or_default()
            .push(who);
    }
    assert_eq!(report.findings.len(), 8 + 10 + 8);
    for same in by_fingerprint.values() {
        assert_eq!(same.len(), 1, "{same:?}");
    }
}

#[test]
fn a_fingerprint_is_text_that_every_tracker_takes() {
    for found in every_outcome_report().findings {
        assert_eq!(found.fingerprint.len(), 32);
        assert!(found.fingerprint.bytes().all(|b| b.is_ascii_hexdigit()));
    }
}
