//! Saved accounts as people keep them, `tests/accounts/<name>`: the answers of the AWS CLI in `answers`, and in
//! `expected.json` what the contract and the facts of AWS say about them, derived by hand and not from a run.
//!
//! `snapshot` names the path to give where it is not the whole folder.
//! Of a judgement only the members are compared that `expected.json` names; the subnets must be all of them.

use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn accounts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/accounts");
    let mut accounts: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    accounts.sort();
    accounts
}

/// `check` of the saved answers, blind to the settings of whoever runs the tests.
fn check(account: &Path, expected: &Value) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vpce-guard"))
        .args(["check", "--format", "json", "--snapshot"])
        .arg(account.join(expected["snapshot"].as_str().unwrap_or("answers")))
        .args(
            items(&expected["arguments"])
                .iter()
                .filter_map(Value::as_str),
        )
        .env_remove("AWS_REGION")
        .env_remove("AWS_DEFAULT_REGION")
        .env_remove("AWS_PROFILE")
        .output()
        .unwrap()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The texts of a list, sorted and each once.
fn names<'a>(texts: impl Iterator<Item = &'a Value>) -> BTreeSet<&'a str> {
    texts.filter_map(Value::as_str).collect()
}

/// The differences, one sentence each.
#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn compare(&mut self, what: &str, expected: impl Into<Value>, got: impl Into<Value>) {
        let (expected, got) = (expected.into(), got.into());
        if expected != got {
            self.0
                .push(format!("{what}: expected {expected}, got {got}"));
        }
    }

    fn compare_names<'a>(
        &mut self,
        what: &str,
        expected: &'a Value,
        got: impl Iterator<Item = &'a Value>,
    ) {
        self.compare(
            what,
            json!(names(items(expected).iter())),
            json!(names(got)),
        );
    }

    /// One judgement: `expected` names the members that are settled, and more about its ways and findings.
    fn judgement(&mut self, expected: &Value, report: &Value) {
        let is_it = |item: &&Value| {
            item["subnet_id"] == expected["subnet_id"]
                && (item["service"] == expected["service"] || item["service"].is_null())
        };
        let name = format!(
            "{} {}",
            expected["subnet_id"].as_str().unwrap(),
            expected["service"].as_str().unwrap()
        );
        let Some(subnet) = items(&report["subnets"]).iter().find(is_it) else {
            self.0.push(format!("{name} was not judged"));
            return;
        };
        let findings: Vec<&Value> = items(&report["findings"]).iter().filter(is_it).collect();
        for (member, value) in expected.as_object().unwrap() {
            let what = format!("{name}, {member}");
            match member.as_str() {
                "via" => self.compare_names(
                    &what,
                    value,
                    items(&subnet["via"]).iter().map(|via| &via["kind"]),
                ),
                "rules" => {
                    self.compare_names(&what, value, findings.iter().map(|item| &item["rule"]));
                }
                "severity" => self.compare_names(
                    &what,
                    &json!([value]),
                    findings.iter().map(|item| &item["severity"]),
                ),
                "share" => self.shares(&what, value, &subnet["via"]),
                _ => self.compare(&what, value.clone(), subnet[member].clone()),
            }
        }
    }

    /// The share of every kind of way, to the ninth place.
    fn shares(&mut self, what: &str, expected: &Value, via: &Value) {
        for (kind, share) in expected.as_object().unwrap() {
            let got: f64 = items(via)
                .iter()
                .filter(|via| via["kind"] == **kind)
                .filter_map(|via| via["share"].as_f64())
                .sum();
            if (got - share.as_f64().unwrap()).abs() > 1e-9 {
                self.0
                    .push(format!("{what} of {kind}: expected {share}, got {got}"));
            }
        }
    }
}

fn differences(account: &Path, expected: &Value) -> Vec<String> {
    let output = check(account, expected);
    let stderr = String::from_utf8_lossy(&output.stderr);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let mut found = Differences::default();
    found.compare(
        "exit code",
        expected["exit_code"].clone(),
        output.status.code(),
    );
    for part in items(&expected["stderr"]).iter().filter_map(Value::as_str) {
        if !stderr.contains(part) {
            found
                .0
                .push(format!("stderr does not name {part}: {stderr}"));
        }
    }
    for member in ["status", "complete"] {
        found.compare(member, expected[member].clone(), report[member].clone());
    }
    if let Some(accounts) = expected.get("accounts") {
        found.compare(
            "accounts",
            accounts.clone(),
            report["scope"]["accounts"].clone(),
        );
    }
    if let Some(errors) = expected.get("errors") {
        let operations = items(&report["errors"])
            .iter()
            .map(|item| &item["operation"]);
        found.compare_names("operations of `errors`", errors, operations);
    }
    let subnets = items(&expected["subnets"]);
    for subnet in subnets {
        found.judgement(subnet, &report);
    }
    found.compare(
        "number of judgements",
        subnets.len(),
        items(&report["subnets"]).len(),
    );
    found.0
}

#[test]
fn every_saved_account_is_judged_as_the_contract_says() {
    let mut failures = Vec::new();
    let accounts = accounts();
    for account in &accounts {
        let text = fs::read_to_string(account.join("expected.json")).unwrap();
        let expected: Value = serde_json::from_str(&text).unwrap();
        let differences = differences(account, &expected);
        if !differences.is_empty() {
            failures.push(format!(
                "{}: {}\n  {}",
                account.file_name().unwrap().to_string_lossy(),
                expected["story"].as_str().unwrap(),
                differences.join("\n  ")
            ));
        }
    }
    assert!(!accounts.is_empty());
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}
