//! What mends a report's findings, as commands or as code. To add a format:
//! its file, and one line in the list below.
//!
//! Two shapes of it: `commands` of one finding, which do all that its actions
//! say; and one document of a whole report, in which only what adds something
//! is code. What takes something away, or asks somebody to look first, stands
//! there as a comment with its command.

mod aws_cli;
mod cloudformation;
mod comments;
mod plan;
mod quote;
mod terraform;

use super::wire;
use crate::engine::fix::Action;
use plan::Plan;
use std::{fmt, str::FromStr};

pub(super) use plan::share_tables;

/// A format that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a format of fixes")]
pub struct UnknownFixFormat(String);

macro_rules! formats {
    ($($(#[doc = $about:literal])+ $variant:ident = $name:literal in $module:ident,)+) => {
        /// How fixes are written.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FixFormat {
            $($(#[doc = $about])+ $variant,)+
        }

        impl FixFormat {
            /// Every format, in the order of help.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name on the command line.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// What it is for, in a line.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($about),+).trim_ascii_start(),)+
                }
            }

            /// One action, as one command or one piece of code.
            fn action(self, action: &Action, place: Place<'_>) -> String {
                match self {
                    $(Self::$variant => $module::action(action, place),)+
                }
            }

            fn plan(self, plan: &Plan<'_>) -> String {
                match self {
                    $(Self::$variant => $module::document(plan),)+
                }
            }
        }
    };
}

formats! {
    /// Commands of the AWS CLI
    AwsCli = "aws-cli" in aws_cli,
    /// Resources of Terraform (HCL)
    Terraform = "terraform" in terraform,
    /// Resources of AWS CloudFormation (YAML)
    CloudFormation = "cloudformation" in cloudformation,
}

/// Where a finding's actions are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place<'a> {
    /// The account, where it is known.
    pub account: Option<&'a str>,
    /// The Region.
    pub region: &'a str,
}

impl FixFormat {
    /// The actions of one finding, one text each.
    #[must_use]
    pub fn commands(self, actions: &[Action], place: Place<'_>) -> Vec<String> {
        let write = |action| self.action(action, place);
        actions.iter().map(write).collect()
    }

    /// Writes the commands of every finding of a report in this format.
    pub fn rewrite(self, report: &mut wire::Report) {
        for finding in &mut report.findings {
            let place = place(finding);
            let commands = self.commands(&finding.remediation.actions, place);
            finding.remediation.commands = commands;
        }
    }

    /// All that mends a report's findings, once each and ready for a file.
    /// Exempt findings are left out.
    #[must_use]
    pub fn document(self, report: &wire::Report) -> String {
        self.plan(&Plan::of(report))
    }
}

/// Where a finding is; only findings without actions have no Region.
fn place(finding: &wire::Finding) -> Place<'_> {
    Place {
        account: finding.account_id.as_deref(),
        region: finding.region.as_deref().unwrap_or_default(),
    }
}

impl fmt::Display for FixFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for FixFormat {
    type Err = UnknownFixFormat;

    fn from_str(given: &str) -> Result<Self, UnknownFixFormat> {
        Self::ALL
            .iter()
            .copied()
            .find(|format| format.name() == given)
            .ok_or_else(|| UnknownFixFormat(given.to_owned()))
    }
}
