//! Commands and options: help, completions and man pages are made from this.

use crate::app::vocabulary::{FixFormat, Format, Region, Service, Severity, VpcId};
use clap::{
    Args, Parser, Subcommand,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use std::{path::PathBuf, str::FromStr};

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

/// Where the account is.
#[derive(Debug, Args)]
pub(super) struct SourceOptions {
    /// A folder of saved AWS CLI answers, or one document, instead of live AWS.
    #[arg(long, value_name = "PATH")]
    pub(super) snapshot: Option<PathBuf>,
    /// A Region; may be given several times.
    #[arg(long = "region", value_name = "REGION", conflicts_with = "all_regions")]
    pub(super) regions: Vec<Region>,
    /// Every Region that is enabled for the account.
    #[arg(long, conflicts_with = "snapshot")]
    pub(super) all_regions: bool,
    /// A profile of the AWS configuration.
    #[arg(long, value_name = "NAME", conflicts_with = "snapshot")]
    pub(super) profile: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct CheckOptions {
    #[command(flatten)]
    pub(super) source: SourceOptions,
    /// Check this VPC only; may be given several times.
    #[arg(long = "vpc", value_name = "ID")]
    pub(super) vpcs: Vec<VpcId>,
    /// A service; may be given several times [default: s3].
    #[arg(long = "service", value_name = "SERVICE", value_parser = services())]
    pub(super) services: Vec<Service>,
    /// How to print the report [default: table on a terminal, else json].
    #[arg(long, value_parser = formats())]
    pub(super) format: Option<Format>,
    /// How to print fixes [default: aws-cli]. Without --format, prints the fixes of the whole run
    /// and nothing else, ready for a file.
    #[arg(long, value_name = "FORMAT", value_parser = fix_formats())]
    pub(super) fix_format: Option<FixFormat>,
    /// Write the report to this file instead of stdout.
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// The least severity that gives exit code 1.
    #[arg(long, value_name = "SEVERITY", default_value = "low", value_parser = severities())]
    pub(super) fail_on: Severity,
    /// A configuration file (TOML).
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Ask no metrics.
    #[arg(long)]
    pub(super) no_metrics: bool,
}

/// Takes one of `names`, and offers the nearest on a typo.
fn one_of<T>(names: impl IntoIterator<Item = PossibleValue>) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(names).try_map(|name| name.parse::<T>())
}

fn services() -> impl TypedValueParser<Value = Service> {
    one_of(Service::ALL.map(|service| PossibleValue::new(service.name())))
}

fn severities() -> impl TypedValueParser<Value = Severity> {
    one_of(Severity::ALL.map(|severity| PossibleValue::new(severity.name())))
}

fn formats() -> impl TypedValueParser<Value = Format> {
    let named = |format: &Format| PossibleValue::new(format.name()).help(format.about());
    one_of(Format::ALL.iter().map(named))
}

fn fix_formats() -> impl TypedValueParser<Value = FixFormat> {
    let named = |format: &FixFormat| PossibleValue::new(format.name()).help(format.about());
    one_of(FixFormat::ALL.iter().map(named))
}
