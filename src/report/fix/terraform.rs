//! Resources of Terraform's AWS provider, which `OpenTofu` reads as well.
//!
//! Each resource says its own `region`, which version 6 of the provider
//! brought: one file then serves every Region.
//! Source: <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/enhanced-region-support>.

use super::{
    Place, aws_cli,
    plan::Plan,
    quote::{comment, hcl},
};
use crate::{
    domain::ids::{EndpointId, RouteTableId},
    engine::fix::{Action, NewEndpoint},
};

/// One action as resources, or as a comment where it has no form as one.
pub(super) fn action(action: &Action, place: Place<'_>) -> String {
    if let Some(new) = action.makes().filter(|new| !new.tables.is_empty()) {
        return endpoint(new, place, false);
    }
    match action.attaches() {
        Some((endpoint, tables)) if !tables.is_empty() => {
            let associations = tables.iter();
            let associations = associations.map(|table| association(endpoint, table, place, false));
            associations.collect::<Vec<_>>().join("\n\n")
        }
        Some(_) | None => comment(&format!("By hand: {}", aws_cli::action(action, place))),
    }
}

/// A file of resources.
pub(super) fn document(plan: &Plan<'_>) -> String {
    let accounts = plan.accounts();
    let several = accounts.len() > 1;
    let mut lines = plan.header(plan.has_code());
    if plan.has_code() {
        lines.push(comment(
            "`region` in a resource needs version 6 or later of the provider hashicorp/aws.",
        ));
    }
    if several {
        lines.push(comment(
            "These are fixes for several accounts: declare a provider for each.",
        ));
        lines.extend(accounts.iter().map(|account| {
            comment(&format!(
                "provider \"aws\" {{ alias = \"account_{account}\" }}"
            ))
        }));
    }
    for create in &plan.create {
        lines.push(String::new());
        lines.push(create.heading());
        lines.push(endpoint(&create.endpoint, create.place, several));
    }
    if !plan.attach.is_empty() {
        lines.push(String::new());
        lines.extend(
            [
                "The endpoints below are there already. Where a resource aws_vpc_endpoint manages one with",
                "route_table_ids, add the tables to that list and leave the associations here out: the two",
                "would undo each other.",
            ]
            .map(comment),
        );
    }
    for attach in &plan.attach {
        lines.push(String::new());
        lines.push(attach.heading());
        for (at, table) in attach.tables.iter().enumerate() {
            if at > 0 {
                lines.push(String::new());
            }
            lines.push(association(attach.endpoint, table, attach.place, several));
        }
    }
    lines.extend(plan.by_hand_as_comments());
    lines.join("\n") + "\n"
}

fn endpoint(new: &NewEndpoint, place: Place<'_>, several: bool) -> String {
    // Letters, digits, `-` and `_`, of which ids are made, may stand in names.
    let name = format!("{}_{}_{}", new.service, place.region, new.vpc);
    let arguments = [
        ("vpc_id", hcl(new.vpc.as_str())),
        ("service_name", hcl(&new.service_name)),
        ("vpc_endpoint_type", hcl("Gateway")),
    ];
    let mut lines = resource("aws_vpc_endpoint", &name, &arguments, place, several);
    lines.push(String::new());
    lines.push("  route_table_ids = [".to_owned());
    let tables = new.tables.iter();
    lines.extend(tables.map(|table| format!("    {},", hcl(table.as_str()))));
    lines.push("  ]".to_owned());
    lines.push("}".to_owned());
    lines.join("\n")
}

fn association(
    endpoint: &EndpointId,
    table: &RouteTableId,
    place: Place<'_>,
    several: bool,
) -> String {
    let name = format!("{}_{endpoint}_{table}", place.region);
    let arguments = [
        ("vpc_endpoint_id", hcl(endpoint.as_str())),
        ("route_table_id", hcl(table.as_str())),
    ];
    let kind = "aws_vpc_endpoint_route_table_association";
    let mut lines = resource(kind, &format!("at_{name}"), &arguments, place, several);
    lines.push("}".to_owned());
    lines.join("\n")
}

/// The head of a resource, laid out as `terraform fmt` does it.
fn resource(
    kind: &str,
    name: &str,
    arguments: &[(&str, String)],
    place: Place<'_>,
    several: bool,
) -> Vec<String> {
    let provider = place
        .account
        .filter(|_| several)
        .map(|account| ("provider", format!("aws.account_{account}")));
    let head = provider.into_iter().chain([("region", hcl(place.region))]);
    let all: Vec<(&str, String)> = head.chain(arguments.iter().cloned()).collect();
    let width = all
        .iter()
        .map(|(key, _)| key.len())
        .max()
        .unwrap_or_default();
    let lines = all
        .iter()
        .map(|(key, value)| format!("  {key:width$} = {value}"));
    std::iter::once(format!("resource \"{kind}\" \"{name}\" {{"))
        .chain(lines)
        .collect()
}
