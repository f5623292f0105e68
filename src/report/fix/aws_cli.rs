//! Commands of the AWS CLI. Values in `<angle brackets>` are to be filled in:
//! a shell takes none of them for an argument.

use super::{
    Place,
    plan::{Attach, Create, Plan},
    quote::{comment, shell},
};
use crate::{
    domain::{
        ids::{EndpointId, RouteTableId},
        route::RouteDestination,
    },
    engine::fix::{Action, NewEndpoint},
};
use std::{collections::BTreeSet, fmt::Display};

/// The fields that say which way packets took.
const FLOW_LOG_FORMAT: &str = "${version} ${account-id} ${vpc-id} ${subnet-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${pkt-srcaddr} ${pkt-dstaddr} ${pkt-src-aws-service} ${pkt-dst-aws-service} ${flow-direction} ${traffic-path} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";

/// One action as one command.
pub(super) fn action(action: &Action, place: Place<'_>) -> String {
    let (name, options) = match action {
        Action::Attach { endpoint, tables } => {
            let tables = known_tables(tables, "<route-table-ids>");
            modify(
                endpoint.as_ref(),
                &format!("--add-route-table-ids {tables}"),
            )
        }
        Action::Create(new) => ("create-vpc-endpoint", create(new)),
        Action::Detach { endpoint, table } => modify(
            Some(endpoint),
            &format!("--remove-route-table-ids {}", word(table)),
        ),
        Action::DeleteEndpoint(id) => (
            "delete-vpc-endpoints",
            format!("--vpc-endpoint-ids {}", word(id)),
        ),
        Action::SetAddressType {
            endpoint,
            addresses,
        } => modify(
            Some(endpoint),
            &format!("--ip-address-type {}", addresses.name()),
        ),
        Action::DeleteRoute { table, destination } => (
            "delete-route",
            format!("--route-table-id {} {}", word(table), matching(destination)),
        ),
        Action::EndGatewayPropagation { table, gateway } => (
            "disable-vgw-route-propagation",
            format!(
                "--route-table-id {} --gateway-id {}",
                word(table),
                known(gateway.as_ref(), "<gateway-id>")
            ),
        ),
        Action::EndRouteServerPropagation(table) => (
            "disable-route-server-propagation",
            format!(
                "--route-table-id {} --route-server-id <route-server-id>",
                word(table)
            ),
        ),
        Action::CreateTable(vpc) => ("create-route-table", format!("--vpc-id {}", word(vpc))),
        Action::EndDns64(subnet) => (
            "modify-subnet-attribute",
            format!("--subnet-id {} --no-enable-dns64", word(subnet)),
        ),
        Action::ShowEndpoint(endpoint) => (
            "describe-vpc-endpoints",
            format!(
                "--vpc-endpoint-ids {}",
                known(endpoint.as_ref(), "<vpc-endpoint-id>")
            ),
        ),
        Action::ShowTablesTo(endpoint) => (
            "describe-route-tables",
            format!("--filters Name=route.gateway-id,Values={}", word(endpoint)),
        ),
        Action::ShowTables(vpc) => (
            "describe-route-tables",
            format!("--filters Name=vpc-id,Values={}", word(vpc)),
        ),
        Action::RecordFlowLogs(vpc) => (
            "create-flow-logs",
            format!(
                "--resource-type VPC --resource-ids {} --traffic-type ALL --log-destination-type s3 --log-destination <bucket-arn> --log-format {}",
                word(vpc),
                word(&FLOW_LOG_FORMAT)
            ),
        ),
        Action::Tag {
            resource,
            key,
            form,
        } => (
            "create-tags",
            format!(
                "--resources {} --tags Key={},Value=<{form}>",
                word(resource),
                word(key)
            ),
        ),
        Action::Untag { resource, keys } => {
            let keys: Vec<String> = keys
                .iter()
                .map(|key| format!("Key={}", word(key)))
                .collect();
            (
                "delete-tags",
                format!("--resources {} --tags {}", word(resource), keys.join(" ")),
            )
        }
    };
    format!("aws ec2 {name} --region {} {options}", word(&place.region))
}

/// A script that does what needs nobody to look first.
pub(super) fn document(plan: &Plan<'_>) -> String {
    let mut lines = vec!["#!/usr/bin/env bash".to_owned()];
    lines.extend(plan.header(plan.has_code()));
    let accounts = plan.accounts();
    if plan.has_code() {
        lines.push("set -euo pipefail".to_owned());
        lines.extend(guard(&accounts, plan));
    }
    let is_one = accounts.len() < 2;
    for create in &plan.create {
        let Create {
            place, endpoint, ..
        } = create;
        lines.push(String::new());
        lines.push(create.heading());
        let command = action(&Action::Create(endpoint.clone()), *place);
        lines.push(in_its_account(is_one, *place, &command));
    }
    for attach in &plan.attach {
        lines.push(String::new());
        lines.push(attach.heading());
        lines.push(in_its_account(is_one, attach.place, &attach_all(attach)));
    }
    lines.extend(plan.by_hand_as_comments());
    lines.join("\n") + "\n"
}

/// Keeps the commands from running with credentials of an account that they
/// are not for.
fn guard(accounts: &BTreeSet<&str>, plan: &Plan<'_>) -> Vec<String> {
    let created = plan.create.iter().map(|create| create.place);
    let mut places = created.chain(plan.attach.iter().map(|attach| attach.place));
    let Some(place) = places.next() else {
        return Vec::new();
    };
    // Any Region says whose the credentials are, but one must be named.
    let asked = format!(
        "$(aws sts get-caller-identity --region {} --query Account --output text)",
        word(&place.region)
    );
    let mut each = accounts.iter();
    match (each.next(), each.next()) {
        (None, _) => Vec::new(),
        (Some(only), None) => vec![format!(
            "[ \"{asked}\" = {only} ] || {{ echo 'error: these credentials are not of account {only}' >&2; exit 1; }}",
            only = shell(only)
        )],
        (Some(_), Some(_)) => vec![
            comment(
                "Run this once with the credentials of each account: it skips what is for the others.",
            ),
            format!("account={asked}"),
        ],
    }
}

fn in_its_account(is_one: bool, place: Place<'_>, command: &str) -> String {
    match place.account {
        Some(account) if !is_one => {
            format!("[ \"$account\" != {} ] || {command}", shell(account))
        }
        Some(_) | None => command.to_owned(),
    }
}

/// One command for all tables of an endpoint.
pub(super) fn attach_all(attach: &Attach<'_>) -> String {
    let tables = attach.tables.iter().map(|table| (*table).clone());
    let attached = Action::Attach {
        endpoint: Some(attach.endpoint.clone()),
        tables: tables.collect(),
    };
    action(&attached, attach.place)
}

fn create(new: &NewEndpoint) -> String {
    format!(
        "--vpc-id {} --vpc-endpoint-type Gateway --service-name {} --route-table-ids {}",
        word(&new.vpc),
        word(&new.service_name),
        known_tables(&new.tables, "<new-route-table-id>")
    )
}

fn modify(endpoint: Option<&EndpointId>, change: &str) -> (&'static str, String) {
    let id = known(endpoint, "<vpc-endpoint-id>");
    (
        "modify-vpc-endpoint",
        format!("--vpc-endpoint-id {id} {change}"),
    )
}

fn matching(destination: &RouteDestination) -> String {
    match destination {
        RouteDestination::Cidr(net) if net.addr().is_ipv4() => {
            format!("--destination-cidr-block {}", word(net))
        }
        RouteDestination::Cidr(net) => format!("--destination-ipv6-cidr-block {}", word(net)),
        RouteDestination::PrefixList(id) => format!("--destination-prefix-list-id {}", word(id)),
        RouteDestination::Unrecognised(_) => "--destination-cidr-block <cidr>".to_owned(),
    }
}

fn known_tables(tables: &[RouteTableId], otherwise: &str) -> String {
    if tables.is_empty() {
        return otherwise.to_owned();
    }
    let words: Vec<String> = tables.iter().map(word).collect();
    words.join(" ")
}

fn known(value: Option<&impl Display>, otherwise: &str) -> String {
    value.map_or_else(|| otherwise.to_owned(), |value| word(value))
}

fn word(value: &impl Display) -> String {
    shell(&value.to_string())
}
