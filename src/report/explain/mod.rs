//! The explanation document, schema `vpce-guard/explain/1`: names and shapes
//! are a contract with everyone who scripts against them.

mod advice;
mod build;
mod notes;
mod sentence;
mod text;

pub use build::document;

pub(crate) use super::text::harmless;

use super::{
    format::Terminal,
    wire::{Remediation, Tool},
};
use crate::engine::severity::Severity;
use serde::Serialize;
use std::io;

/// The schema's name.
pub const SCHEMA: &str = "vpce-guard/explain/1";

/// The whole document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Document {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Who wrote it.
    pub tool: Tool,
    /// `endpoint`, `partial`, `elsewhere` or `undecided`.
    pub verdict: &'static str,
    /// The verdict in a sentence.
    pub sentence: String,
    /// What speaks for it, and what follows from the name.
    pub notes: Vec<String>,
    /// The subnet.
    pub subnet: Subnet,
    /// The destination.
    pub destination: Destination,
    /// The effective table; null where it is not known.
    pub route_table: Option<RouteTable>,
    /// Where all addresses of that service go, as `check` says it.
    pub service_path: Option<&'static str>,
    /// Where each address goes; empty for a whole service.
    pub addresses: Vec<Address>,
    /// The routes that match, in order of precedence: one item per group of
    /// addresses that the same routes match.
    pub routes: Vec<Routes>,
    /// The endpoints that have a part in it.
    pub endpoints: Vec<ShownEndpoint>,
    /// What the rules find wrong with the subnet and the service.
    pub findings: Vec<Finding>,
    /// What to do beside the remediation of the findings.
    pub advice: Vec<String>,
}

/// A subnet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names are the contract's")]
pub struct Subnet {
    pub account_id: Option<String>,
    pub region: String,
    pub vpc_id: String,
    /// The VPC's `Name` tag.
    pub vpc_name: Option<String>,
    pub subnet_id: String,
    /// Its `Name` tag.
    pub name: Option<String>,
    /// Its IPv4 block.
    pub cidr_block: Option<String>,
    /// Whether its hosts can have IPv6 addresses.
    pub ipv6: bool,
}

/// What was asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Destination {
    /// As it was given.
    pub given: String,
    /// `service`, `address`, `bucket` or `host`.
    pub kind: &'static str,
    /// The service that it belongs to; null where it belongs to none that has
    /// gateway endpoints.
    pub service: Option<&'static str>,
    /// The name that hosts ask for.
    pub host: Option<String>,
    /// What kind of name that is.
    pub host_kind: Option<&'static str>,
    /// The same in words.
    pub host_title: Option<&'static str>,
    /// The Region that the name names.
    pub region: Option<String>,
    /// The bucket.
    pub bucket: Option<String>,
    /// The object's key.
    pub key: Option<String>,
    /// Where the addresses come from: `given`, `dns` or `none`.
    pub addresses_from: &'static str,
    /// Why DNS gave no address.
    pub dns_error: Option<String>,
}

/// The effective table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names are the contract's")]
pub struct RouteTable {
    pub route_table_id: String,
    /// `explicit` or `main`.
    pub association: &'static str,
    /// How many routes it has.
    pub routes: usize,
}

/// Where packets to one address go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Address {
    /// The address.
    pub address: String,
    /// The list of a service of this Region that holds it.
    pub prefix_list_id: Option<String>,
    /// The block of it that does.
    pub prefix_list_cidr: Option<String>,
    /// The service of that list.
    pub service: Option<&'static str>,
    /// Whether hosts of the subnet can send there.
    pub sendable: bool,
    /// As which address, where NAT64 translates.
    pub translated: Option<String>,
    /// `endpoint`, a kind of way as in the report's `via`, or `unknown`.
    pub goes_to: &'static str,
    /// The target as AWS names it.
    pub target: Option<String>,
    /// The same in words.
    pub text: String,
}

/// Routes that match some addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Routes {
    /// Which addresses: addresses, or blocks of a whole service.
    #[serde(rename = "for")]
    pub of: Vec<String>,
    /// Best first.
    pub matches: Vec<MatchedRoute>,
    /// How many routes of the table match none of them.
    pub others: usize,
    /// How many routes may match anything, since what they match is not known.
    pub unplaced: usize,
    /// Addresses that no route matches.
    pub unrouted: Vec<String>,
}

/// A route that matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MatchedRoute {
    /// As it stands in the table: a block or a prefix list.
    pub destination: String,
    /// The block of it that matches, per address of the group; the longest
    /// one where it is a whole service.
    pub cidrs: Vec<String>,
    /// How many blocks of it match.
    pub blocks: usize,
    /// `static`, `prefix_list`, `propagated` or `unknown`.
    pub rank: &'static str,
    /// The target as AWS names it.
    pub target: Option<String>,
    /// The state as AWS writes it.
    pub state: String,
    /// `all`, `some` or `none` of the addresses, or `undecided`.
    pub wins: &'static str,
    /// Which, where it is a whole service.
    pub wins_cidrs: Vec<String>,
    /// Why, in words.
    pub why: String,
}

/// An endpoint that has a part in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names are the contract's")]
pub struct ShownEndpoint {
    pub vpc_endpoint_id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub service_name: String,
    pub state: Option<String>,
    pub ip_address_type: Option<String>,
    /// `off`, `whole_vpc` or `inbound_only`; null for a gateway endpoint.
    pub private_dns: Option<&'static str>,
    /// Whether the effective table has a route to it.
    pub in_route_table: bool,
    /// The policy in a line; null where the answer holds none.
    pub policy: Option<String>,
    /// Whether the policy is the default; null where it cannot be read.
    pub full_access: Option<bool>,
    /// `allows`, `does_not_allow` or `cannot_say` that the bucket is read.
    pub bucket_access: Option<&'static str>,
}

/// What a rule finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names are the contract's")]
pub struct Finding {
    pub rule: &'static str,
    pub severity: Severity,
    pub title: String,
    pub detail: String,
    pub remediation: Remediation,
}

impl Document {
    /// Writes the document as JSON, indented.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn write_json(&self, out: &mut dyn io::Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        writeln!(out)
    }

    /// Writes the document as text for a person.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn write_text(&self, terminal: Terminal, out: &mut dyn io::Write) -> io::Result<()> {
        text::write(self, terminal, out)
    }
}
