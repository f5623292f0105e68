//! Saved accounts through the command line: exit codes, messages, and one form turned into another.

use crate::cli::{account, endpoint_route, text, vpce_guard};
use serde_json::{Value, json};
use std::{fs, path::Path};
use tempfile::TempDir;

/// The report without the times that it was made at.
fn report(path: &Path) -> (Option<i32>, Value) {
    let output = vpce_guard(&["check", "--snapshot", path.to_str().unwrap()]);
    let mut report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let members = report.as_object_mut().unwrap();
    members.remove("started_at");
    members.remove("finished_at");
    (output.status.code(), report)
}

fn snapshot(from: &Path, to: &Path, more: &[&str]) -> (Option<i32>, String) {
    let mut arguments = vec!["snapshot", "--snapshot", from.to_str().unwrap()];
    arguments.extend(["--output", to.to_str().unwrap()]);
    arguments.extend(more);
    let output = vpce_guard(&arguments);
    assert!(output.stdout.is_empty());
    (output.status.code(), text(&output.stderr))
}

#[test]
fn a_saved_account_is_turned_into_a_document_and_back() {
    let saved = account(endpoint_route("blackhole"));
    let folder = TempDir::new().unwrap();
    let document = folder.path().join("one.json");
    assert_eq!(snapshot(saved.path(), &document, &[]).0, Some(0));
    let again = folder.path().join("again");
    assert_eq!(snapshot(&document, &again, &[]).0, Some(0));
    assert!(again.join("111122223333/eu-west-1/vpcs.json").is_file());
    assert_eq!(report(&document), report(saved.path()));
    assert_eq!(report(&again), report(saved.path()));
    assert_eq!(fs::read_dir(&again).unwrap().count(), 1);
}

#[test]
fn without_an_output_the_document_goes_to_stdout() {
    let saved = account(json!([]));
    let output = vpce_guard(&["snapshot", "--snapshot", saved.path().to_str().unwrap()]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["schema"], "vpce-guard/snapshot/1");
    assert_eq!(document["targets"][0]["account_id"], "111122223333");
}

#[test]
fn a_redacted_copy_is_judged_like_the_original() {
    let saved = account(endpoint_route("blackhole"));
    let folder = TempDir::new().unwrap();
    let copy = folder.path().join("copy");
    assert_eq!(snapshot(saved.path(), &copy, &["--redact"]).0, Some(0));
    assert!(copy.join("000000000001").is_dir());
    let ((code, redacted), (_, original)) = (report(&copy), report(saved.path()));
    assert_eq!(code, Some(1));
    assert_eq!(redacted["summary"], original["summary"]);
    assert!(!redacted.to_string().contains("111122223333"));
}

#[test]
fn answers_are_not_written_among_others() {
    let saved = account(json!([]));
    let (code, said) = snapshot(saved.path(), saved.path(), &[]);
    assert_eq!(code, Some(2));
    assert!(
        said.contains("answers.json") && said.contains("new folder"),
        "{said}"
    );
}

#[test]
fn an_account_that_cannot_be_read_leaves_nothing_behind() {
    let folder = TempDir::new().unwrap();
    let from = folder.path().join("from");
    fs::create_dir(&from).unwrap();
    fs::write(from.join("vpcs.json"), "{\"Vpcs\": [").unwrap();
    let to = folder.path().join("to");
    let (code, said) = snapshot(&from, &to, &[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("vpcs.json"), "{said}");
    assert!(!to.exists());
}

#[test]
fn an_id_of_another_kind_is_no_verdict() {
    let saved = account(endpoint_route("active"));
    let path = saved.path().join("111122223333/eu-west-1/answers.json");
    let answers = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        answers.replace("\"SubnetId\":\"subnet-1\"", "\"SubnetId\":\"vpc-1\""),
    )
    .unwrap();
    let output = vpce_guard(&["check", "--snapshot", saved.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3));
    let said = text(&output.stderr);
    assert!(
        said.contains("answers.json") && said.contains("vpc-1"),
        "{said}"
    );
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["complete"], false);
    assert_eq!(report["errors"][0]["code"], "InvalidAnswer");
}

#[test]
fn a_region_that_is_not_saved_is_no_clean_report() {
    let saved = account(endpoint_route("active"));
    let path = saved.path().to_str().unwrap();
    for command in ["check", "snapshot"] {
        let output = vpce_guard(&[command, "--snapshot", path, "--region", "eu-west-2"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        assert!(text(&output.stderr).contains("it holds eu-west-1"));
    }
}
