//! The actions that the code calls, the list of them, and the policies that grant them: one and the same.

use serde_json::Value;
use std::{collections::BTreeSet, fs};
use vpce_guard::{collect::aws::IAM_ACTIONS, notify::sns::IAM_ACTION};

fn read(path: &str) -> String {
    fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR")))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What the code needs.
fn needed() -> BTreeSet<String> {
    IAM_ACTIONS
        .iter()
        .chain([&IAM_ACTION])
        .map(ToString::to_string)
        .collect()
}

/// No action may stand twice: a list longer than its set hides one.
fn without_repeats(actions: Vec<String>, place: &str) -> BTreeSet<String> {
    let set: BTreeSet<String> = actions.iter().cloned().collect();
    assert_eq!(set.len(), actions.len(), "{place} repeats one: {actions:?}");
    set
}

/// The actions of one statement in the template, read as lines: `- Sid: X`,
/// then `Action:`, then one `- action` per line.
fn statement(template: &str, sid: &str) -> Vec<String> {
    let mut lines = template
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != format!("- Sid: {sid}"))
        .skip(1)
        .take_while(|line| !line.starts_with("- Sid:"))
        .skip_while(|line| *line != "Action:");
    assert!(lines.next().is_some(), "no statement {sid} in the template");
    lines
        .map_while(|line| line.strip_prefix("- "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_template_grants_what_the_code_calls_and_nothing_more() {
    let template = read("template.yaml");
    let actions = ["ReadNetwork", "ReadMetrics", "Publish"]
        .into_iter()
        .flat_map(|sid| statement(&template, sid))
        .collect();
    assert_eq!(without_repeats(actions, "template.yaml"), needed());
}

#[test]
fn no_statement_of_the_functions_own_policy_escapes_the_comparison() {
    let template = read("template.yaml");
    let policy: Vec<&str> = template
        .lines()
        .skip_while(|line| line.trim() != "Policies:")
        .take_while(|line| line.trim() != "EventInvokeConfig:")
        .map(str::trim)
        .collect();
    let sids: Vec<&&str> = policy.iter().filter(|l| l.starts_with("- Sid:")).collect();
    assert_eq!(
        sids,
        [
            &"- Sid: ReadNetwork",
            &"- Sid: ReadMetrics",
            &"- Sid: Publish"
        ]
    );
    let effects = policy.iter().filter(|l| l.starts_with("Effect:")).count();
    assert_eq!(effects, 3, "a statement without Sid");
    assert!(!policy.iter().any(|line| line.contains("ManagedPolicy")));
}

#[test]
fn the_policy_in_the_readme_grants_what_the_code_calls_and_nothing_more() {
    let readme = read("README.md");
    let policies: Vec<Value> = readme
        .split("```json\n")
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
        .filter(|block| block.contains("\"ec2:DescribeVpcs\""))
        .map(|block| serde_json::from_str(block).unwrap())
        .collect();
    assert_eq!(policies.len(), 1, "one policy in the README");
    let mut actions = Vec::new();
    for statement in policies[0]["Statement"].as_array().unwrap() {
        assert_eq!(statement["Effect"], "Allow");
        let action = &statement["Action"];
        let one = action.as_str().map(str::to_owned);
        let several = action.as_array().into_iter().flatten();
        actions.extend(one);
        actions.extend(several.map(|action| action.as_str().unwrap().to_owned()));
    }
    assert_eq!(without_repeats(actions, "README.md"), needed());
}

/// The collector's code, without its tests and without the list itself.
fn collector() -> String {
    let folder = format!("{}/src/collect/aws", env!("CARGO_MANIFEST_DIR"));
    let mut code = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        match text.split_once("pub const IAM_ACTIONS") {
            Some((before, list)) => {
                code.push_str(before);
                code.push_str(list.split_once("];").unwrap().1);
            }
            None => code.push_str(text),
        }
    }
    code
}

/// String literals of the code that name an action of EC2 or CloudWatch.
fn named(code: &str) -> BTreeSet<String> {
    code.split('"')
        .filter(|text| {
            text.split_once(':').is_some_and(|(service, action)| {
                ["ec2", "cloudwatch"].contains(&service)
                    && !action.is_empty()
                    && action.bytes().all(|b| b.is_ascii_alphanumeric())
            })
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_action_that_the_collector_names_is_listed_and_every_listed_one_is_named() {
    let listed: Vec<String> = IAM_ACTIONS.iter().map(ToString::to_string).collect();
    assert!(listed.is_sorted());
    assert_eq!(
        named(&collector()),
        without_repeats(listed, "the collector's list")
    );
}

/// `ec2:DescribeVpcs` as the SDK's method, `describe_vpcs`.
fn method(action: &str) -> String {
    let (_, name) = action.split_once(':').unwrap();
    let mut method = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !method.is_empty() {
            method.push('_');
        }
        method.push(letter.to_ascii_lowercase());
    }
    method
}

/// Methods of the standard library and tokio, and the one call that AWS
/// grants to everybody.
const NO_CALL_TO_GRANT: &[&str] = &["get_mut", "get_or_try_init", "get_caller_identity"];

#[test]
fn every_call_of_the_collector_is_granted_and_every_granted_call_is_made() {
    let code = collector();
    let called: BTreeSet<&str> = code
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| {
            // The verbs of AWS's reading operations.
            let verbs = ["describe_", "get_", "list_", "search_"];
            verbs.iter().any(|verb| word.starts_with(verb))
        })
        .filter(|word| !NO_CALL_TO_GRANT.contains(word))
        .collect();
    let granted: Vec<String> = IAM_ACTIONS.iter().map(|action| method(action)).collect();
    assert_eq!(called, granted.iter().map(String::as_str).collect());
}
