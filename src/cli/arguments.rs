//! Commands and options.

use crate::app::vocabulary::{Region, Service, Severity, VpcId};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Proves for every subnet that traffic to S3 and `DynamoDB` stays on its VPC gateway endpoint.
#[derive(Debug, Parser)]
#[command(name = "vpce-guard", version)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Judge every subnet of an account, live or saved.
    ///
    /// Exit codes: 0 everything was seen and is clean, 1 at least one violation, 2 could not run,
    /// 3 no violation but something could not be judged.
    Check(CheckOptions),
    /// List the rules, or explain one.
    Rules {
        /// A rule's id, such as gateway-route-missing.
        id: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(super) struct CheckOptions {
    /// A folder of saved AWS CLI answers, or one document, instead of live AWS.
    #[arg(long, value_name = "PATH")]
    pub(super) snapshot: Option<PathBuf>,
    /// A Region to check; may be given several times.
    #[arg(long = "region", value_name = "REGION", conflicts_with = "all_regions")]
    pub(super) regions: Vec<Region>,
    /// Check every Region that is enabled for the account.
    #[arg(long, conflicts_with = "snapshot")]
    pub(super) all_regions: bool,
    /// Check this VPC only; may be given several times.
    #[arg(long = "vpc", value_name = "ID")]
    pub(super) vpcs: Vec<VpcId>,
    /// A service: s3, dynamodb or s3express; may be given several times. Default: s3.
    #[arg(long = "service", value_name = "SERVICE")]
    pub(super) services: Vec<Service>,
    /// How to print the report. Default: table on a terminal, else json.
    #[arg(long, value_enum)]
    pub(super) format: Option<Format>,
    /// Write the report to this file instead of stdout.
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// The least severity that gives exit code 1.
    #[arg(long, value_name = "SEVERITY", default_value = "low")]
    pub(super) fail_on: Severity,
    /// A configuration file (TOML).
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Ask no metrics.
    #[arg(long)]
    pub(super) no_metrics: bool,
    /// A profile of the AWS configuration.
    #[arg(long, value_name = "NAME", conflicts_with = "snapshot")]
    pub(super) profile: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Lines for a person.
    Table,
    /// The report document.
    Json,
}
