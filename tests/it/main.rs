//! The pure core, tested from the answers of AWS to the findings: no SDK, no network, no clock.
#![allow(
    clippy::disallowed_methods,
    reason = "the tests of the architecture read this repository's own files"
)]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    clippy::must_use_candidate,
    clippy::missing_panics_doc,
    clippy::unnecessary_wraps,
    reason = "nothing here is an interface, and a panic is how a test fails"
)]

mod account;
#[cfg(feature = "cli")]
mod accounts;
mod answer;
mod architecture;
#[cfg(feature = "cli")]
mod cli;
#[cfg(feature = "cli")]
mod cli_saved;
#[cfg(all(feature = "cli", unix))]
mod docs;
mod endpoints;
mod examples;
mod exemptions;
mod explain;
mod fixes;
mod formats;
mod html;
mod ipv6;
mod message;
mod missing_facts;
mod names;
mod oracle;
mod outcome;
mod pages;
mod paths;
#[cfg(feature = "aws")]
mod permissions;
mod policy;
mod properties;
mod random;
mod report;
mod rules;
mod saved;
mod snapshot;
mod table;
mod tables;
