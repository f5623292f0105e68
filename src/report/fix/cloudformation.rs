//! Resources of AWS CloudFormation, in YAML.
//!
//! A template can make an endpoint, but not change one that another stack or
//! no stack owns: there is no resource for the association of a table alone.
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-vpcendpoint.html>.

use super::{
    Place, aws_cli,
    plan::Plan,
    quote::{comment, yaml},
};
use crate::{
    engine::fix::{Action, NewEndpoint},
    report::build::hex,
};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// How many resources a template may have.
///
/// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>.
const MOST_RESOURCES: usize = 500;

/// What is to be known about endpoints that are there.
const EXISTING: [&str; 4] = [
    "CloudFormation changes an endpoint only in the stack that owns it. Add the tables to RouteTableIds of its",
    "AWS::EC2::VPCEndpoint there; what is added beside the stack, its next change of that list takes away.",
    "An endpoint that no stack owns: run the command, or import it into a stack by its Id first, with all",
    "the tables that it has.",
];

/// One action as a resource, or as a comment where it has no form as one.
pub(super) fn action(action: &Action, place: Place<'_>) -> String {
    if let Some(new) = action.makes().filter(|new| !new.tables.is_empty()) {
        return resource(new, place, None).join("\n");
    }
    let command = aws_cli::action(action, place);
    if action.attaches().is_none() {
        return comment(&format!("By hand: {command}"));
    }
    let lines = EXISTING.into_iter().chain([command.as_str()]);
    lines.map(comment).collect::<Vec<_>>().join("\n")
}

/// A template of the new endpoints; comments alone where there are none.
pub(super) fn document(plan: &Plan<'_>) -> String {
    let mut lines = plan.header(!plan.create.is_empty());
    if plan.create.is_empty() {
        lines.push(comment(
            "There is no endpoint to make, so this is no template: all of it is done elsewhere.",
        ));
    } else {
        lines.push(comment(
            "A stack makes only what belongs to its own account and Region: create one in each of them.",
        ));
        if plan.create.len() > MOST_RESOURCES {
            lines.push(comment(&format!(
                "A template may have {MOST_RESOURCES} resources and this one has more: split it, or check fewer VPCs at once."
            )));
        }
        lines.push("AWSTemplateFormatVersion: \"2010-09-09\"".to_owned());
        lines.push("Description: \"Gateway endpoints that vpce-guard found missing\"".to_owned());
        lines.push("Conditions:".to_owned());
        let places: BTreeSet<Place<'_>> = plan.create.iter().map(|create| create.place).collect();
        lines.extend(places.into_iter().flat_map(condition));
        lines.push("Resources:".to_owned());
    }
    for create in &plan.create {
        lines.push(indented(&create.heading()));
        let written = resource(
            &create.endpoint,
            create.place,
            Some(condition_name(create.place)),
        );
        lines.extend(written.iter().map(|line| indented(line)));
    }
    if !plan.attach.is_empty() {
        lines.push(String::new());
        lines.extend(EXISTING.map(comment));
    }
    for attach in &plan.attach {
        lines.push("#".to_owned());
        lines.push(attach.heading());
        lines.push(comment(&format!("    {}", aws_cli::attach_all(attach))));
    }
    lines.extend(plan.by_hand_as_comments());
    lines.join("\n") + "\n"
}

fn resource(new: &NewEndpoint, place: Place<'_>, condition: Option<String>) -> Vec<String> {
    let account = place.account.unwrap_or_default();
    let parts = [new.service.name(), account, place.region, new.vpc.as_str()];
    let mut lines = vec![
        format!("{}:", logical_id(&parts)),
        "  Type: \"AWS::EC2::VPCEndpoint\"".to_owned(),
    ];
    lines.extend(condition.map(|name| format!("  Condition: {}", yaml(&name))));
    lines.extend([
        "  Properties:".to_owned(),
        format!("    VpcId: {}", yaml(new.vpc.as_str())),
        "    VpcEndpointType: \"Gateway\"".to_owned(),
        format!("    ServiceName: {}", yaml(&new.service_name)),
        "    RouteTableIds:".to_owned(),
    ]);
    let tables = new.tables.iter();
    lines.extend(tables.map(|table| format!("      - {}", yaml(table.as_str()))));
    lines
}

fn condition(place: Place<'_>) -> Vec<String> {
    let equals = |name: &str, value: &str| {
        format!("Fn::Equals: [{{Ref: \"AWS::{name}\"}}, {}]", yaml(value))
    };
    let region = equals("Region", place.region);
    let mut lines = vec![format!("  {}:", condition_name(place))];
    match place.account {
        None => lines.push(format!("    {region}")),
        Some(account) => lines.extend([
            "    Fn::And:".to_owned(),
            format!("      - {}", equals("AccountId", account)),
            format!("      - {region}"),
        ]),
    }
    lines
}

fn condition_name(place: Place<'_>) -> String {
    logical_id(&["in", place.account.unwrap_or_default(), place.region])
}

/// A name of letters and digits, as CloudFormation wants it. The digest keeps
/// names apart that differ in other characters only.
fn logical_id(parts: &[&str]) -> String {
    let words = parts
        .iter()
        .flat_map(|part| part.split(|c: char| !c.is_ascii_alphanumeric()));
    let mut name = String::new();
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.extend(letters);
    }
    name + &hex(&Sha256::digest(parts.join("\0"))[..4])
}

fn indented(line: &str) -> String {
    format!("  {line}")
}
