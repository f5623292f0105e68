//! Commands and options: help, completions and man pages are made from this.

use crate::app::{
    environment::{DEFAULT_LOOKBACK_HOURS, LOOKBACK_HOURS},
    vocabulary::{
        Destination, FixFormat, Format, RULES, Region, Service, Severity, SubnetId, VpcId,
    },
};
use clap::{
    Args, Parser, Subcommand, ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use clap_complete::Shell;
use std::{net::IpAddr, path::PathBuf, str::FromStr};

const EXIT_CODES: &str = "\
Exit codes:
  0  everything was seen and is clean
  1  at least one violation
  2  wrong usage, or it could not run at all
  3  no violation, but something could not be judged

`vpce-guard help COMMAND` shows examples.";

const CHECK_EXAMPLES: &str = "\
Examples:
  vpce-guard check
  vpce-guard check --all-regions --service s3 --service dynamodb
  vpce-guard check --profile audit --region eu-west-1 --format html --output report.html
  vpce-guard check --snapshot answers/ --vpc vpc-0123456789abcdef0
  vpce-guard check --snapshot answers/ --format sarif --fail-on high

Exit codes: 0 everything was seen and is clean, 1 at least one violation,
2 could not run, 3 no violation, but something could not be judged.";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  vpce-guard explain subnet-0123456789abcdef0
  vpce-guard explain subnet-0123456789abcdef0 https://my-bucket.s3.amazonaws.com/file.jpg
  vpce-guard explain subnet-0123456789abcdef0 dynamodb --snapshot answers/
  vpce-guard explain subnet-0123456789abcdef0 my-bucket --addresses 52.218.1.1,52.218.2.2

Exit codes: 0 all packets take the gateway endpoint, 1 they do not, 2 could not run,
3 could not be decided.";

const SNAPSHOT_EXAMPLES: &str = "\
Examples:
  vpce-guard snapshot --all-regions --output acme.json
  vpce-guard snapshot --profile audit --region eu-west-1 --output answers/
  vpce-guard snapshot --snapshot answers/ --redact --output shown.json

Exit codes: 0 everything was read, 2 could not run,
3 saved, but something could not be read, and the snapshot says what.";

const RULES_EXAMPLES: &str = "\
Examples:
  vpce-guard rules
  vpce-guard rules gateway-route-shadowed";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  vpce-guard completions bash > ~/.local/share/bash-completion/completions/vpce-guard
  vpce-guard completions zsh > ~/.zfunc/_vpce-guard
  vpce-guard completions fish > ~/.config/fish/completions/vpce-guard.fish";

const MAN_EXAMPLES: &str = "\
Examples:
  vpce-guard man ~/.local/share/man/man1";

/// Proves for every subnet that traffic to S3 and DynamoDB stays on its VPC gateway endpoint.
#[derive(Debug, Parser)]
#[command(name = "vpce-guard", version, after_help = EXIT_CODES)]
pub(super) struct Arguments {
    /// Print the answer alone: no progress and no notes on stderr.
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Judge every subnet of an account, live or saved.
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckOptions),
    /// Say which way packets of one subnet go to one destination, and why.
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainOptions),
    /// Save the facts that `check` uses, to judge them later or elsewhere.
    ///
    /// Without --output one JSON document goes to stdout. A path that ends in .json gets the same
    /// document, any other a folder of files in the shapes of AWS CLI answers; `check --snapshot`
    /// reads all of them back to the same report. Saved are VPCs, subnets, route tables,
    /// endpoints with their policies and prefix lists, of these only the members that are used,
    /// traffic metrics, and what could not be read: no credentials and no user data. Tags are
    /// saved in full unless --redact is given.
    #[command(after_help = SNAPSHOT_EXAMPLES)]
    Snapshot(SnapshotOptions),
    /// List the rules, or explain one.
    #[command(after_help = RULES_EXAMPLES)]
    Rules {
        /// A rule's id, such as gateway-route-missing.
        #[arg(hide_possible_values = true, value_parser = rule_ids())]
        id: Option<String>,
    },
    /// Print the completions of a shell.
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Write man pages into a folder.
    #[command(after_help = MAN_EXAMPLES)]
    Man {
        /// The folder; made where it does not exist.
        folder: PathBuf,
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

/// What is asked about the account.
#[derive(Debug, Args)]
pub(super) struct QuestionOptions {
    /// A service; may be given several times [default: s3].
    #[arg(long = "service", value_name = "SERVICE", value_parser = services())]
    pub(super) services: Vec<Service>,
    /// A configuration file (TOML).
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// How many hours of metrics to look back on, 1 to 336.
    #[arg(long, value_name = "HOURS", default_value_t = DEFAULT_LOOKBACK_HOURS, value_parser = lookback_hours())]
    pub(super) lookback_hours: u16,
    /// Ask no metrics.
    #[arg(long)]
    pub(super) no_metrics: bool,
}

#[derive(Debug, Args)]
pub(super) struct CheckOptions {
    #[command(flatten)]
    pub(super) source: SourceOptions,
    /// Check this VPC only; may be given several times.
    #[arg(long = "vpc", value_name = "ID")]
    pub(super) vpcs: Vec<VpcId>,
    #[command(flatten)]
    pub(super) question: QuestionOptions,
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
}

#[derive(Debug, Args)]
pub(super) struct ExplainOptions {
    /// The subnet that packets leave from, such as subnet-0a1b2c.
    pub(super) subnet: SubnetId,
    /// A URL, host name, bucket, S3 URI, ARN, IP address, or a service: s3, dynamodb, s3express
    /// [default: s3].
    pub(super) destination: Option<Destination>,
    #[command(flatten)]
    pub(super) source: SourceOptions,
    /// What the name resolves to, instead of asking DNS; comma-separated, may be given several times.
    #[arg(long, value_name = "ADDRESSES", value_delimiter = ',')]
    pub(super) addresses: Vec<IpAddr>,
    /// How to print the explanation.
    #[arg(long, default_value = "text")]
    pub(super) format: ExplainFormat,
}

/// How an explanation is printed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ExplainFormat {
    /// Lines for a person
    Text,
    /// The document `vpce-guard/explain/1`
    Json,
}

#[derive(Debug, Args)]
pub(super) struct SnapshotOptions {
    #[command(flatten)]
    pub(super) source: SourceOptions,
    #[command(flatten)]
    pub(super) question: QuestionOptions,
    /// Write to this file (*.json) or folder (new or without *.json) instead of stdout.
    #[arg(long, value_name = "PATH")]
    pub(super) output: Option<PathBuf>,
    /// Take out what names people and accounts.
    ///
    /// Account ids become made-up ones, the same everywhere; values of the tags Name and
    /// vpce-guard:exempt and names of your own prefix lists become numbered words; all other tags
    /// but vpce-guard:exempt-until are left out, so exemptions by tag in a configuration no longer
    /// match; policies of endpoints and names in AWS's messages go. Ids of resources and address
    /// blocks stay.
    #[arg(long)]
    pub(super) redact: bool,
}

/// Takes one of `names`, and offers the nearest on a typo.
fn one_of<T>(names: impl IntoIterator<Item = PossibleValue>) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(names).try_map(|name| name.parse::<T>())
}

fn lookback_hours() -> impl TypedValueParser<Value = u16> {
    let (first, last) = LOOKBACK_HOURS.into_inner();
    clap::value_parser!(u16).range(i64::from(first)..=i64::from(last))
}

fn rule_ids() -> PossibleValuesParser {
    PossibleValuesParser::new(RULES.iter().map(|rule| rule.id))
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn every_command_shows_examples_that_are_understood() {
        for command in Arguments::command().get_subcommands() {
            let help = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            let examples = help
                .lines()
                .filter_map(|line| line.strip_prefix("  vpce-guard "))
                .inspect(|example| {
                    let words = example.split_whitespace();
                    let words = words.take_while(|word| !matches!(*word, ">" | "|"));
                    let parsed =
                        Arguments::try_parse_from(std::iter::once("vpce-guard").chain(words));
                    assert!(parsed.is_ok(), "{example}: {parsed:?}");
                });
            assert!(
                examples.count() > 0,
                "{} has no example",
                command.get_name()
            );
        }
    }

    #[test]
    fn options_do_not_contradict_each_other() {
        Arguments::command().debug_assert();
    }
}
