//! The command line as a script sees it: exit codes, stdout and stderr.

use serde_json::{Value, json};
use std::{
    fs,
    process::{Command, Output},
};
use tempfile::TempDir;

pub fn vpce_guard(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vpce-guard"))
        .args(arguments)
        .output()
        .unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A folder with one subnet whose table has `routes`.
pub fn account(routes: Value) -> TempDir {
    let folder = TempDir::new().unwrap();
    let region = folder.path().join("111122223333/eu-west-1");
    fs::create_dir_all(&region).unwrap();
    let answers = json!({
        "Vpcs": [{"VpcId": "vpc-1", "OwnerId": "111122223333"}],
        "Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "OwnerId": "111122223333"}],
        "RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": routes}],
        "VpcEndpoints": [{"VpcEndpointId": "vpce-1", "VpcEndpointType": "Gateway", "VpcId": "vpc-1",
            "ServiceName": "com.amazonaws.eu-west-1.s3", "State": "available"}],
        "PrefixLists": [{"PrefixListId": "pl-1", "PrefixListName": "com.amazonaws.eu-west-1.s3", "Cidrs": ["52.218.0.0/17"]}],
    });
    fs::write(region.join("answers.json"), answers.to_string()).unwrap();
    folder
}

fn check(routes: Value, more: &[&str]) -> (i32, Value) {
    let folder = account(routes);
    let mut arguments = vec!["check", "--snapshot", folder.path().to_str().unwrap()];
    arguments.extend(more);
    let output = vpce_guard(&arguments);
    let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code().unwrap(), report)
}

pub fn endpoint_route(state: &str) -> Value {
    json!([{"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1", "State": state, "Origin": "CreateRoute"}])
}

#[test]
fn the_exit_code_says_what_the_report_says() {
    let (code, report) = check(endpoint_route("active"), &[]);
    assert_eq!((code, &report["status"]), (0, &json!("compliant")));
    let (code, report) = check(endpoint_route("blackhole"), &[]);
    assert_eq!((code, &report["status"]), (1, &json!("violations")));
    let (code, report) = check(endpoint_route("filtered"), &[]);
    assert_eq!((code, &report["status"]), (3, &json!("incomplete")));
    assert_eq!(check(json!([]), &["--fail-on", "high"]).0, 0);
    assert_eq!(
        check(endpoint_route("blackhole"), &["--fail-on", "critical"]).0,
        0
    );
}

#[test]
fn wrong_usage_ends_with_2_and_names_what_is_wrong() {
    for (arguments, part) in [
        (&["check", "--format", "xls"][..], "xls"),
        (&["check", "--vpc", "subnet-1"], "subnet-1"),
        (&["check", "--fix-format", "pulumi"], "cloudformation"),
        (&["check", "--snapshot", "no/such/folder"], "no/such/folder"),
        (&["rules", "no-such-rule"], "no-such-rule"),
        (&["chekc"], "check"),
    ] {
        let output = vpce_guard(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            text(&output.stderr).contains(part),
            "{arguments:?}: {}",
            text(&output.stderr)
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn an_output_that_cannot_be_written_is_no_verdict() {
    assert_eq!(
        check(
            endpoint_route("active"),
            &["--output", "no/such/folder/report.json"]
        )
        .0,
        2
    );
}

#[test]
fn fixes_alone_are_code_for_a_file_and_the_exit_code_stays() {
    let folder = account(json!([]));
    let path = folder.path().to_str().unwrap();
    let file = folder.path().join("fixes.tf");
    for (format, sign) in [
        ("aws-cli", "aws ec2 modify-vpc-endpoint"),
        (
            "terraform",
            "resource \"aws_vpc_endpoint_route_table_association\"",
        ),
        (
            "cloudformation",
            "# CloudFormation changes an endpoint only",
        ),
    ] {
        let fix = ["check", "--snapshot", path, "--fix-format", format];
        let alone = vpce_guard(&fix);
        assert_eq!(alone.status.code(), Some(1));
        let alone = text(&alone.stdout);
        assert!(alone.starts_with('#') && alone.contains(sign), "{alone}");
        let output = vpce_guard(&[&fix[..], &["--output", file.to_str().unwrap()]].concat());
        assert!(output.stdout.is_empty());
        assert_eq!(fs::read_to_string(&file).unwrap(), alone);
    }
}

#[test]
fn every_rule_is_listed_and_has_a_page() {
    let list = text(&vpce_guard(&["rules"]).stdout);
    for rule in vpce_guard::rules::RULES {
        assert!(list.contains(rule.id));
        assert_eq!(text(&vpce_guard(&["rules", rule.id]).stdout), rule.page);
    }
}

#[test]
fn the_table_shows_the_subnet_its_verdict_and_the_fix() {
    let folder = account(json!([]));
    let output = vpce_guard(&[
        "check",
        "--snapshot",
        folder.path().to_str().unwrap(),
        "--format",
        "table",
    ]);
    let table = text(&output.stdout);
    assert!(table.trim_start().starts_with("VERDICT"), "{table}");
    for part in ["violation", "no_route", "subnet-1", "modify-vpc-endpoint"] {
        assert!(table.contains(part), "{part} is not in {table}");
    }
}

#[test]
fn a_typo_is_answered_with_the_nearest_name() {
    for (arguments, nearest) in [
        (&["chek"][..], "'check'"),
        (&["check", "--fromat", "json"], "'--format'"),
        (&["check", "--format", "tabel"], "'table'"),
        (&["check", "--service", "dynamo"], "'dynamodb'"),
        (&["check", "--fail-on", "hihg"], "'high'"),
        (
            &["rules", "gateway-rout-missing"],
            "'gateway-route-missing'",
        ),
    ] {
        let error = text(&vpce_guard(arguments).stderr);
        assert!(error.contains(nearest), "{arguments:?}: {error}");
    }
}

fn explain(routes: Value, arguments: &[&str]) -> (i32, String, String) {
    let folder = account(routes);
    let mut all = vec!["explain", "--snapshot", folder.path().to_str().unwrap()];
    all.extend(arguments);
    let output = vpce_guard(&all);
    (
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn explain_answers_the_briefs_question_without_any_network() {
    let url = "https://my-bucket.s3.amazonaws.com/file.jpg";
    let question = ["subnet-1", url, "--addresses", "52.218.1.1,52.218.2.2"];
    let (code, answer, _) = explain(endpoint_route("active"), &question);
    assert_eq!(code, 0);
    let words: Vec<&str> = answer.split_whitespace().collect();
    let first = format!("Yes: traffic from subnet-1 to {url} takes the gateway endpoint vpce-1.");
    assert!(words.join(" ").starts_with(&first), "{answer}");
    let (code, answer, _) = explain(endpoint_route("blackhole"), &question);
    assert_eq!(code, 1);
    assert!(answer.starts_with("No: "), "{answer}");
    let (code, answer, _) = explain(endpoint_route("filtered"), &question);
    assert_eq!(code, 3);
    assert!(answer.starts_with("Not known: "), "{answer}");
}

#[test]
fn explain_takes_addresses_one_by_one_and_prints_the_document() {
    let (code, document, _) = explain(
        endpoint_route("active"),
        &[
            "subnet-1",
            "my-bucket",
            "--addresses",
            "52.218.1.1",
            "--addresses",
            "52.216.1.1",
            "--format",
            "json",
        ],
    );
    assert_eq!(code, 1);
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["schema"], "vpce-guard/explain/1");
    assert_eq!(document["verdict"], "partial");
    assert_eq!(document["addresses"].as_array().unwrap().len(), 2);
}

#[test]
fn a_question_that_cannot_be_asked_ends_with_2_and_says_why() {
    for (arguments, part) in [
        (&["subnet-2"][..], "the nearest ids are subnet-1"),
        (&["vpc-1"], "is not a subnet id"),
        (&["subnet-1", "52.218.0.0/17"], "a block of addresses"),
        (
            &["subnet-1", "s3", "--addresses", "52.218.1.1"],
            "of a name",
        ),
        (&["subnet-1", "my-bucket", "--addresses", "x"], "invalid IP"),
    ] {
        let (code, answer, error) = explain(endpoint_route("active"), arguments);
        assert_eq!((code, answer.as_str()), (2, ""), "{arguments:?}");
        assert!(error.contains(part), "{arguments:?}: {error}");
    }
}

#[test]
fn completions_and_man_pages_know_every_command() {
    let bash = text(&vpce_guard(&["completions", "bash"]).stdout);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = text(&vpce_guard(&["completions", shell]).stdout);
        assert!(script.contains("fail-on"), "{shell}");
    }
    let folder = TempDir::new().unwrap();
    let pages = folder.path().join("man1");
    let output = vpce_guard(&["man", pages.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for command in ["check", "rules"] {
        assert!(bash.contains(command));
        let page = fs::read_to_string(pages.join(format!("vpce-guard-{command}.1"))).unwrap();
        assert!(page.starts_with(".ie"), "{page}");
    }
    let unwritable = vpce_guard(&["man", "Cargo.toml/man"]);
    assert_eq!(unwritable.status.code(), Some(2));
    assert!(text(&unwritable.stderr).contains("Cargo.toml/man"));
}

#[test]
fn a_quiet_run_says_nothing_beside_the_report() {
    let folder = account(json!([]));
    fs::write(folder.path().join("notes.json"), "[]").unwrap();
    let path = folder.path().to_str().unwrap();
    let loud = vpce_guard(&["check", "--snapshot", path]);
    assert!(text(&loud.stderr).contains("notes.json"));
    let quiet = vpce_guard(&["check", "--quiet", "--snapshot", path]);
    assert!(quiet.stderr.is_empty());
    assert_eq!(quiet.stdout.is_empty(), loud.stdout.is_empty());
    for arguments in [
        &["explain", "subnet-1", "--snapshot", path][..],
        &["snapshot", "--snapshot", path],
    ] {
        assert!(text(&vpce_guard(arguments).stderr).contains("notes.json"));
        let quiet = vpce_guard(&[arguments, &["--quiet"]].concat());
        assert_eq!(text(&quiet.stderr), "", "{arguments:?}");
    }
}

#[test]
fn a_name_that_no_resolver_knows_is_not_decided() {
    // RFC 6761: no resolver may know a name below `invalid`.
    let (code, answer, _) = explain(endpoint_route("active"), &["subnet-1", "bucket.invalid"]);
    assert_eq!(code, 3);
    assert!(
        answer.contains("bucket.invalid could not be resolved"),
        "{answer}"
    );
}

#[test]
fn a_name_is_resolved_where_the_program_runs() {
    let question = ["subnet-1", "http://localhost/", "--format", "json"];
    let (code, document, _) = explain(endpoint_route("active"), &question);
    assert_eq!(code, 1);
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["destination"]["addresses_from"], "dns");
    assert_eq!(document["addresses"][0]["address"], "127.0.0.1");
}

#[test]
fn a_reader_that_stops_early_sees_no_error() {
    for format in vpce_guard::report::format::Format::ALL {
        let mut child = Command::new(env!("CARGO_BIN_EXE_vpce-guard"))
            .args([
                "check",
                "--snapshot",
                "examples/acme",
                "--format",
                format.name(),
            ])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        assert_eq!(text(&ended.stderr), "", "{format}");
    }
}

/// What bash offers after `line`, by the script that the program prints.
#[cfg(unix)]
fn completed(line: &str) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    let script = folder.path().join("vpce-guard.bash");
    fs::write(&script, vpce_guard(&["completions", "bash"]).stdout).unwrap();
    // The function that the script registers is called as bash calls it.
    let program = r#"
        source "$1"
        function=$(complete -p vpce-guard | sed 's/.*-F \([^ ]*\).*/\1/')
        eval "COMP_WORDS=($2)"
        [[ $2 == *' ' ]] && COMP_WORDS+=('')
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        COMP_LINE=$2 COMP_POINT=${#2}
        $function vpce-guard "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let output = Command::new("bash")
        .args(["-c", program, "bash"])
        .arg(script)
        .arg(line)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).lines().map(str::to_owned).collect()
}

#[test]
#[cfg(unix)]
fn tab_completes_commands_options_and_values_in_bash() {
    for (line, offered) in [
        ("vpce-guard ch", "check"),
        ("vpce-guard check --fail", "--fail-on"),
        ("vpce-guard check --format sa", "sarif"),
        ("vpce-guard check --service dyn", "dynamodb"),
        ("vpce-guard explain --for", "--format"),
        ("vpce-guard rules gateway-route-m", "gateway-route-missing"),
    ] {
        assert_eq!(completed(line), [offered], "{line}");
    }
}

#[test]
fn a_report_about_an_old_snapshot_says_how_old_its_facts_are() {
    let folder = account(endpoint_route("active"));
    let (path, old) = (folder.path(), folder.path().join("old.json"));
    let snapshot = |from: &str, to: &str| {
        let output = vpce_guard(&["snapshot", "--snapshot", from, "--output", to]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        serde_json::from_slice::<Value>(&fs::read(to).unwrap()).unwrap()
    };
    let mut document = snapshot(path.to_str().unwrap(), old.to_str().unwrap());
    document["taken_at"] = json!("2020-01-02T03:04:05Z");
    fs::write(&old, document.to_string()).unwrap();
    let again = TempDir::new().unwrap();
    let again = again.path().join("again.json");
    let document = snapshot(old.to_str().unwrap(), again.to_str().unwrap());
    assert_eq!(document["taken_at"], "2020-01-02T03:04:05Z");
    for format in ["table", "html"] {
        let arguments = [
            "check",
            "--snapshot",
            old.to_str().unwrap(),
            "--format",
            format,
        ];
        let report = text(&vpce_guard(&arguments).stdout);
        assert!(report.contains("2020-01-02"), "{format}: {report}");
    }
    fs::write(
        &old,
        r#"{"schema": "vpce-guard/snapshot/1", "taken_at": "yesterday", "targets": []}"#,
    )
    .unwrap();
    let output = vpce_guard(&["check", "--snapshot", old.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("taken_at"),
        "{}",
        text(&output.stderr)
    );
}
