//! Every format of a report: none drops an outcome, none lets foreign text
//! break out, and each says what it said in the last release.

use crate::{
    account::{Account, clean, items, tag},
    report::{every_outcome_report, report},
};
use quick_xml::{Reader, events::Event};
use serde_json::Value;
use std::collections::BTreeSet;
use vpce_guard::{
    domain::fact::Fact,
    evidence::metrics::MetricsAnswer,
    report::{
        format::{Context, Format, Terminal},
        wire::{Exemption, Report, Status, Weight},
    },
    rules::RULES,
};

fn written(format: Format, report: &Report) -> String {
    let context = Context {
        rules: RULES,
        terminal: Terminal::default(),
    };
    let mut out = Vec::new();
    format.write(report, &context, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The golden text, without this release's version.
fn golden(format: Format) -> String {
    let version = env!("CARGO_PKG_VERSION");
    written(format, &every_outcome_report())
        .replace(&format!("\"{version}\""), "\"<version>\"")
        .replace(&format!("vpce-guard {version}"), "vpce-guard <version>")
}

macro_rules! golden {
    ($($test:ident: $format:ident,)+) => {$(
        #[test]
        fn $test() {
            insta::assert_snapshot!(Format::$format.name(), golden(Format::$format));
        }
    )+};
}

golden! {
    jsonl_says_what_it_said_in_the_last_release: Jsonl,
    csv_says_what_it_said_in_the_last_release: Csv,
    markdown_says_what_it_said_in_the_last_release: Markdown,
    sarif_says_what_it_said_in_the_last_release: Sarif,
    junit_says_what_it_said_in_the_last_release: Junit,
    asff_says_what_it_said_in_the_last_release: Asff,
    ocsf_says_what_it_said_in_the_last_release: Ocsf,
}

/// The report without anything in its lists.
fn empty() -> Report {
    let mut report = every_outcome_report();
    report.vpcs = Some(Vec::new());
    report.subnets = Some(Vec::new());
    report.endpoints.clear();
    report.findings.clear();
    report.errors.clear();
    report
}

#[test]
fn no_format_drops_a_finding_whatever_stands_around_it() {
    let whole = every_outcome_report();
    for format in Format::ALL.iter().copied() {
        let all = written(format, &whole);
        for found in &whole.findings {
            // Alone, so that no subnet or endpoint can say the id for it.
            let mut only = empty();
            only.findings = vec![found.clone()];
            let alone = written(format, &only);
            let id = found.subnet_id.as_ref().or(found.vpc_endpoint_id.as_ref());
            let id = id.or(found.vpc_id.as_ref()).unwrap();
            for text in [&all, &alone] {
                assert!(text.contains(id.as_str()), "{format} drops {found:?}");
                assert!(text.contains(found.rule), "{format} drops {found:?}");
            }
        }
    }
}

#[test]
fn no_format_drops_what_could_not_be_read() {
    let whole = every_outcome_report();
    assert!(whole.errors.len() > 1);
    for format in Format::ALL.iter().copied() {
        for error in &whole.errors {
            let mut only = empty();
            only.errors = vec![error.clone()];
            for text in [written(format, &whole), written(format, &only)] {
                assert!(text.contains(&error.operation), "{format} drops {error:?}");
                assert!(text.contains(&error.code), "{format} drops {error:?}");
            }
        }
    }
}

#[test]
fn no_format_hides_why_a_finding_is_exempt() {
    let report = every_outcome_report();
    let reasons = report
        .findings
        .iter()
        .filter_map(|found| found.exemption.as_ref());
    let reasons: BTreeSet<&str> = reasons.map(|exemption| exemption.reason.as_str()).collect();
    assert!(reasons.len() > 1);
    for format in Format::ALL.iter().copied() {
        let text = written(format, &report);
        for reason in &reasons {
            assert!(text.contains(reason), "{format} drops `{reason}`");
        }
    }
}

#[test]
fn a_run_that_did_not_see_everything_never_looks_like_a_pass() {
    let mut clean = empty();
    (clean.complete, clean.status) = (true, Status::Compliant);
    let mut blind = clean.clone();
    (blind.complete, blind.status) = (false, Status::Incomplete);
    for format in Format::ALL.iter().copied() {
        let (clean, blind) = (written(format, &clean), written(format, &blind));
        let says = |text: &str| {
            let text = text.to_lowercase();
            ["incomplete", "not everything"]
                .iter()
                .any(|word| text.contains(word))
        };
        assert!(says(&blind), "{format}: {blind}");
        assert_ne!(clean, blind, "{format}");
    }
    let sarif: Value = serde_json::from_str(&written(Format::Sarif, &blind)).unwrap();
    assert_eq!(
        sarif["runs"][0]["invocations"][0]["executionSuccessful"],
        false
    );
    assert_eq!(sarif["runs"][0]["results"][0]["level"], "error");
    assert!(written(Format::Junit, &blind).contains("errors=\"1\""));
    assert!(written(Format::Asff, &blind).contains("\"NOT_AVAILABLE\""));
    assert!(written(Format::Ocsf, &blind).contains("\"status_id\":0,\"status\":\"Unknown\""));
}

#[test]
fn a_violation_that_is_only_worth_knowing_fails_no_pipeline() {
    let mut report = every_outcome_report();
    report.complete = true;
    report.errors.clear();
    report.findings.retain(|found| found.weight == Weight::Note);
    report
        .subnets
        .as_mut()
        .unwrap()
        .retain(|subnet| subnet.verdict != "unverifiable");
    for endpoint in &mut report.endpoints {
        endpoint.not_judged.clear();
    }
    let text = written(Format::Junit, &report);
    assert!(text.contains("failures=\"0\" errors=\"0\""));
    assert!(!text.contains("<failure") && !text.contains("<error"));
    assert!(text.contains("<skipped message=\"exempt: the lab\"/>"));
    assert!(text.contains("endpoint-unobserved"));
}

/// An account with `vpc-main`, which is clean, and `vpc-b`, which is not.
fn one_bad_vpc() -> Account {
    let mut account = clean();
    account.add_whole_vpc("vpc-b");
    let mut subnet = account.subnet("subnet-data").clone();
    subnet.subnet_id = Some("subnet-b".to_owned());
    subnet.vpc_id = Some("vpc-b".to_owned());
    items(&mut account.answers.subnets).push(subnet);
    account
}

/// The report of a run that looked at these VPCs alone.
fn narrowed_to(vpcs: &[&str]) -> Report {
    let mut account = one_bad_vpc();
    account.scope.vpcs = vpcs.iter().map(|id| id.parse().unwrap()).collect();
    report(&account)
}

#[test]
fn a_run_over_one_good_vpc_does_not_call_the_account_good() {
    assert_eq!(narrowed_to(&[]).status, Status::Violations);
    let report = narrowed_to(&["vpc-main"]);
    assert_eq!(report.status, Status::Compliant);
    for (format, claims) in [
        (
            Format::Table,
            &[
                "Every subnet of vpc-main reaches s3 through",
                "VPCs      vpc-main, no others",
            ][..],
        ),
        (
            Format::Markdown,
            &[
                "# Private path to s3 in vpc-main",
                "**Every subnet of vpc-main reaches s3",
                "| **VPCs** | vpc-main, no others |",
            ],
        ),
        (
            Format::Html,
            &[
                "subnets of vpc-main take the gateway endpoint to S3.</h1>",
                "by the route tables of vpc-main of account",
            ],
        ),
        (Format::Junit, &["name=\"everything of vpc-main was seen\""]),
        (
            Format::Asff,
            &[
                "\"audit of the private path to s3 in vpc-main: compliant\"",
                "\"Everything of vpc-main was seen.",
                ":vpc/vpc-main\"",
            ],
        ),
        (
            Format::Ocsf,
            &[
                "\"audit of the private path to s3 in vpc-main: compliant\"",
                "\"Everything of vpc-main was seen.",
            ],
        ),
        (Format::Sarif, &["\"vpc_ids\": [\n            \"vpc-main\""]),
        (Format::Jsonl, &["\"vpc_ids\":[\"vpc-main\"]"]),
        (Format::Json, &["\"vpc_ids\": [\n      \"vpc-main\""]),
        (
            Format::Csv,
            &["vpc-main", "everything of vpc-main was seen"],
        ),
    ] {
        let text = written(format, &report);
        for claim in claims {
            assert!(text.contains(claim), "{format} lacks `{claim}`: {text}");
        }
        for whole in ["verything was seen", "very subnet reaches", "subnets take"] {
            assert!(!text.contains(whole), "{format} says `{whole}`");
        }
    }
}

#[test]
fn a_run_over_one_vpc_names_it_whatever_came_out() {
    let violations = narrowed_to(&["vpc-b"]);
    assert_eq!(violations.status, Status::Violations);
    let incomplete = narrowed_to(&["vpc-main", "vpc-typo"]);
    assert_eq!(incomplete.status, Status::Incomplete);
    for (report, table, page) in [
        (
            violations,
            "1 violation of the private path to s3 in vpc-b.",
            "1 of 1 subnet of vpc-b has no way to S3",
        ),
        (
            incomplete,
            "No violation of the private path to s3 in vpc-main, vpc-typo was seen",
            "Not proved of vpc-main, vpc-typo: ",
        ),
    ] {
        assert!(written(Format::Table, &report).contains(table), "{table}");
        assert!(written(Format::Html, &report).contains(page), "{page}");
    }
}

/// The claim about the path of `subnet-b` to S3: what stands in ASFF.
fn path_of_b(report: &Report) -> Value {
    let findings: Value = serde_json::from_str(&written(Format::Asff, report)).unwrap();
    let mut paths = findings.as_array().unwrap().iter().filter(|found| {
        found["GeneratorId"] == "vpce-guard/private-path"
            && found["Resources"][0]["Id"]
                .as_str()
                .is_some_and(|id| id.ends_with("/subnet-b"))
    });
    let path = paths.next().unwrap().clone();
    assert!(paths.next().is_none());
    path
}

#[test]
fn a_subnet_that_breaks_does_not_stay_passed_in_security_hub() {
    let broken = path_of_b(&narrowed_to(&[]));
    let report = |change: &dyn Fn(&mut Account)| {
        let mut account = one_bad_vpc();
        change(&mut account);
        path_of_b(&report(&account))
    };
    let good = report(&|account| {
        account.add_endpoint("vpce-b", "s3", "vpc-b");
        account.table("rtb-main-of-b").add("pl-s3", "vpce-b");
    });
    let exempt = report(&|account| {
        account.subnet("subnet-b").tags = vec![tag("vpce-guard:exempt", "the lab")];
    });
    let unknown = report(&|account| {
        let tables = items(&mut account.answers.route_tables);
        tables.retain(|table| table.vpc_id.as_deref() != Some("vpc-b"));
    });
    for (path, status, workflow) in [
        (&good, "PASSED", "RESOLVED"),
        (&broken, "FAILED", "NEW"),
        (&exempt, "FAILED", "SUPPRESSED"),
        (&unknown, "NOT_AVAILABLE", "NEW"),
    ] {
        assert_eq!(path["Id"], good["Id"]);
        assert_eq!(path["Compliance"]["Status"], status, "{path}");
        assert_eq!(path["Workflow"]["Status"], workflow, "{path}");
        assert_eq!(path["Severity"]["Label"], "INFORMATIONAL");
    }
    assert_eq!(
        broken["Title"],
        "not every s3 address takes the gateway endpoint; see the finding"
    );
}

/// The case of `vpce-s3`, as it stands in JUnit, in an account like this.
fn endpoint_case(change: impl FnOnce(&mut Account)) -> String {
    let mut account = clean();
    change(&mut account);
    let text = written(Format::Junit, &report(&account));
    let start = text.find("<testcase name=\"vpce-s3 s3\"").unwrap();
    let end = text[start..].find("</testcase>").unwrap();
    text[start..start + end].to_owned()
}

#[test]
fn an_endpoint_that_nobody_judged_does_not_pass_in_a_pipeline() {
    let good = endpoint_case(|_| ());
    assert!(
        !good.contains("<error") && !good.contains("<skipped"),
        "{good}"
    );
    let pending = endpoint_case(|account| {
        account.endpoint("vpce-s3").state = Some("pending".to_owned());
    });
    assert!(
        pending.contains("<skipped message=\"not judged: its state is pending\"/>"),
        "{pending}"
    );
    for (case, why) in [
        (
            endpoint_case(|account| account.endpoint("vpce-s3").state = None),
            "not judged: its state is not known",
        ),
        (
            endpoint_case(|account| {
                account.answers.route_tables = Fact::Missing("nobody read them".to_owned());
            }),
            "not judged: nobody read them",
        ),
        (
            endpoint_case(|account| account.metrics = Some(MetricsAnswer::Unknown)),
            "metrics are not known",
        ),
    ] {
        assert!(case.contains("<error message=\"not judged: "), "{case}");
        assert!(
            case.contains(why) && case.contains("type=\"unverifiable\""),
            "{case}"
        );
    }
}

#[test]
fn an_account_without_a_subnet_is_no_proof_in_security_hub() {
    let mut account = clean();
    items(&mut account.answers.vpcs).clear();
    items(&mut account.answers.subnets).clear();
    items(&mut account.answers.route_tables).clear();
    items(&mut account.answers.vpc_endpoints).clear();
    let report = report(&account);
    assert_eq!(
        (report.status, report.summary.judged),
        (Status::Compliant, 0)
    );
    let findings: Value = serde_json::from_str(&written(Format::Asff, &report)).unwrap();
    let run = &findings[0];
    assert_eq!(run["Compliance"]["Status"], "NOT_AVAILABLE");
    assert_eq!(run["Severity"]["Label"], "INFORMATIONAL");
    assert_eq!(
        run["Title"],
        "audit of the private path to s3: compliant, no subnet to judge"
    );
    let event = written(Format::Ocsf, &report);
    assert!(
        event.contains("\"status_id\":0,\"status\":\"Unknown\""),
        "{event}"
    );
    assert!(!event.contains("\"Pass\""), "{event}");
}

/// The ids of what a format says of the whole run.
fn ids_of_the_run(report: &Report) -> [String; 4] {
    let asff: Value = serde_json::from_str(&written(Format::Asff, report)).unwrap();
    let ocsf = written(Format::Ocsf, report);
    let ocsf: Value = serde_json::from_str(ocsf.lines().next().unwrap()).unwrap();
    let sarif: Value = serde_json::from_str(&written(Format::Sarif, report)).unwrap();
    let run = &sarif["runs"][0];
    let incomplete = &run["results"][0];
    assert_eq!(incomplete["ruleId"], "audit-incomplete");
    let (category, time) = run["automationDetails"]["id"]
        .as_str()
        .unwrap()
        .rsplit_once('/')
        .unwrap();
    assert_eq!(time, report.started_at);
    [
        &asff[0]["Id"],
        &ocsf["finding_info"]["uid"],
        &incomplete["partialFingerprints"]["primaryLocationLineHash"],
        &Value::from(category),
    ]
    .map(|id| id.as_str().unwrap().to_owned())
}

#[test]
fn a_run_over_a_part_does_not_overwrite_what_the_whole_run_said() {
    let whole = every_outcome_report();
    let with = |change: &dyn Fn(&mut Report)| {
        let mut report = whole.clone();
        change(&mut report);
        ids_of_the_run(&report)
    };
    let runs = [
        ids_of_the_run(&whole),
        with(&|report| report.scope.vpc_ids = vec!["vpc-main".to_owned()]),
        with(&|report| report.scope.vpc_ids = vec!["vpc-main".to_owned(), "vpc-b".to_owned()]),
        with(&|report| report.scope.vpc_ids = (0..9).map(|at| format!("vpc-{at}")).collect()),
        with(&|report| report.scope.vpc_ids = (1..10).map(|at| format!("vpc-{at}")).collect()),
        with(&|report| report.scope.services = vec!["s3"]),
        with(&|report| report.scope.regions.truncate(1)),
        with(&|report| report.scope.accounts.clear()),
    ];
    for at in 0..runs[0].len() {
        let ids: BTreeSet<&String> = runs.iter().map(|ids| &ids[at]).collect();
        assert_eq!(ids.len(), runs.len(), "{ids:?}");
    }
    assert_eq!(
        runs[1][3],
        "vpce-guard/111122223333/eu-west-1+us-east-1/s3+dynamodb/vpc-main"
    );
    // The next run over the same is the same, whenever it is.
    let later = with(&|report| "2026-12-01T12:00:00Z".clone_into(&mut report.started_at));
    assert_eq!(later, runs[0]);
}

/// Text that means something in every format there is.
const HOSTILE: &str = "=HYPERLINK(\"x\")\r\n| a | [x](javascript:alert(1)) <script>alert(1)</script> ```` ]]> \u{0}\u{b}\u{1b}[31m\u{ffff} & ' @here #1 https://evil.example \u{202e}";

fn hostile() -> Report {
    let mut report = every_outcome_report();
    for vpc in report.vpcs.iter_mut().flatten() {
        vpc.name = Some(HOSTILE.to_owned());
    }
    for subnet in report.subnets.iter_mut().flatten() {
        subnet.name = Some(HOSTILE.to_owned());
        HOSTILE.clone_into(&mut subnet.reason);
    }
    for endpoint in &mut report.endpoints {
        endpoint.state = Some(HOSTILE.to_owned());
    }
    for found in &mut report.findings {
        HOSTILE.clone_into(&mut found.title);
        found.detail = HOSTILE.repeat(40);
        found.remediation.summary = HOSTILE.repeat(40);
        found.remediation.commands = vec![HOSTILE.to_owned(), HOSTILE.repeat(40)];
        if let Some(exemption) = &mut found.exemption {
            *exemption = Exemption {
                reason: HOSTILE.to_owned(),
                until: Some(HOSTILE.to_owned()),
                source: HOSTILE.to_owned(),
            };
        }
    }
    for error in &mut report.errors {
        HOSTILE.clone_into(&mut error.code);
        HOSTILE.clone_into(&mut error.message);
        error.hint = Some(HOSTILE.to_owned());
    }
    report
}

#[test]
fn a_hostile_name_does_not_break_a_format_for_machines() {
    let report = hostile();
    for format in [Format::Sarif, Format::Asff] {
        serde_json::from_str::<Value>(&written(format, &report)).unwrap();
    }
    let lines = 1
        + report.vpcs.as_ref().unwrap().len()
        + report.subnets.as_ref().unwrap().len()
        + report.endpoints.len()
        + report.findings.len()
        + report.errors.len();
    assert_eq!(written(Format::Jsonl, &report).lines().count(), lines);
    for format in [Format::Jsonl, Format::Ocsf] {
        for line in written(format, &report).lines() {
            serde_json::from_str::<Value>(line).unwrap();
        }
    }
}

#[test]
fn a_hostile_name_is_no_link_in_code_scanning() {
    let text = written(Format::Sarif, &hostile());
    let log: Value = serde_json::from_str(&text).unwrap();
    for result in log["runs"][0]["results"].as_array().unwrap() {
        assert!(!result["message"]["text"].as_str().unwrap().contains("]("));
    }
}

#[test]
fn a_hostile_name_is_no_formula_in_a_spreadsheet() {
    let report = hostile();
    let text = written(Format::Csv, &report);
    let mut table = csv::Reader::from_reader(text.as_bytes());
    let columns = table.headers().unwrap().clone();
    let mut rows = 0;
    for row in table.records() {
        let row = row.unwrap();
        assert_eq!(row.len(), columns.len());
        for (column, cell) in columns.iter().zip(&row) {
            let lines = ["via", "commands"].contains(&column) || column.ends_with("_id");
            assert!(
                !cell.contains(|c: char| c.is_control() && !(lines && c == '\n')),
                "{column}: {cell:?}"
            );
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']),
                "{cell}"
            );
        }
        rows += 1;
    }
    let items = report.subnets.unwrap().len() + report.endpoints.len();
    assert_eq!(
        rows,
        1 + items + report.findings.len() + report.errors.len()
    );
    assert!(text.contains("'=HYPERLINK"));
}

#[test]
fn a_hostile_name_leaves_junit_well_formed() {
    let text = written(Format::Junit, &hostile());
    let allowed = |c: char| {
        matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'))
    };
    assert!(text.chars().all(allowed));
    let mut reader = Reader::from_str(&text);
    let mut cases = 0;
    loop {
        let event = reader.read_event().unwrap();
        if event == Event::Eof {
            break;
        }
        if let Event::Start(element) | Event::Empty(element) = event {
            cases += usize::from(element.name().as_ref() == "testcase");
            assert_ne!(element.name().as_ref(), "script");
            for attribute in element.attributes() {
                attribute.unwrap();
            }
        }
    }
    assert!(text.contains(&format!("tests=\"{cases}\"")));
}

#[test]
fn a_hostile_name_does_not_break_out_of_the_page() {
    let text = written(Format::Markdown, &hostile());
    let mut fence = None;
    for line in text.lines() {
        match fence {
            Some(end) if line == end => fence = None,
            Some(_) => {}
            None if line.starts_with("```") => fence = line.strip_suffix("sh"),
            None => {
                let line = &line.replace("\\]", "");
                for active in ["](", "https://", "<script", "\u{202e}", " @here"] {
                    assert!(!line.contains(active), "{line}");
                }
                let hostile = line.contains("HYPERLINK");
                let known = ["| ", "- Why: ", "- Fix: ", "### "];
                assert!(
                    !hostile || known.iter().any(|start| line.starts_with(start)),
                    "{line}"
                );
            }
        }
    }
    assert_eq!(fence, None, "a block of commands is open at the end");
}

#[test]
fn a_text_that_security_hub_would_refuse_is_cut_between_characters() {
    let mut report = hostile();
    for found in &mut report.findings {
        found.title = "é".repeat(300);
        found.detail = "日".repeat(5000);
        found.remediation.commands = vec!["aws ".repeat(400); 60];
    }
    let findings: Vec<Value> = serde_json::from_str(&written(Format::Asff, &report)).unwrap();
    let length = |value: &Value| value.as_str().unwrap().chars().count();
    for found in &findings {
        assert!(length(&found["Title"]) <= 256);
        assert!(length(&found["Description"]) <= 1024);
        let fix = &found["Remediation"]["Recommendation"]["Text"];
        assert!(fix.is_null() || length(fix) <= 512);
        let fields = found["ProductFields"].as_object().unwrap();
        assert!(fields.len() <= 50);
        assert!(
            fields
                .values()
                .all(|value| (1..=2048).contains(&length(value)))
        );
        assert!(found.to_string().len() <= 240 * 1024);
    }
    let cut = findings
        .iter()
        .filter(|found| found["Title"].as_str().unwrap().ends_with("é…"));
    assert_eq!(cut.count(), report.findings.len());
    assert!(
        findings
            .iter()
            .any(|found| found["ProductFields"]["vpce-guard/CommandsLeftOut"] == "40")
    );
}

#[test]
fn an_account_that_is_not_known_is_not_dropped_and_not_another_s() {
    let mut report = every_outcome_report();
    for found in &mut report.findings {
        found.account_id = None;
    }
    let accounts = |report: &Report| -> BTreeSet<String> {
        let findings: Vec<Value> = serde_json::from_str(&written(Format::Asff, report)).unwrap();
        let ids = findings.iter().map(|found| &found["AwsAccountId"]);
        ids.map(|id| id.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        accounts(&report),
        BTreeSet::from(["111122223333".to_owned()])
    );
    report.scope.accounts.push("444455556666".to_owned());
    assert!(accounts(&report).contains("000000000000"));
}

#[test]
fn security_hub_can_tell_every_finding_from_every_other() {
    let mut report = every_outcome_report();
    // The same call that failed twice, with other ids of requests.
    let mut again = report.errors[0].clone();
    again.message = "another request".to_owned();
    report.errors.insert(1, again);
    let findings: Vec<Value> = serde_json::from_str(&written(Format::Asff, &report)).unwrap();
    let ids: BTreeSet<String> = findings
        .iter()
        .map(|found| found["Id"].to_string())
        .collect();
    assert_eq!(ids.len(), findings.len());
    let subnets = report.subnets.unwrap();
    assert_eq!(
        findings.len(),
        1 + report.findings.len() + report.errors.len() + subnets.len()
    );
}
