//! The formats of a report. To add one: its file, and one line in the list below.

use super::wire::Report;
use crate::engine::rule::Rule;
use std::{fmt, io, str::FromStr};

/// What a format may use beside the report.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// Every rule, for formats that describe them.
    pub rules: &'static [&'static Rule],
    /// Where a table is shown.
    pub terminal: Terminal,
}

/// Where text for people is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terminal {
    /// How many columns there are; `None`: as many as it takes.
    pub width: Option<usize>,
    /// Whether colours may be used.
    pub colours: bool,
}

/// A format that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a format")]
pub struct UnknownFormat(String);

macro_rules! formats {
    ($($(#[doc = $about:literal])+ $variant:ident = $module:ident,)+) => {
        /// How a report is written.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Format {
            $($(#[doc = $about])+ $variant,)+
        }

        impl Format {
            /// Every format, in the order of help.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name on the command line.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($module),)+
                }
            }

            /// What it is for, in a line.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($about),+).trim_ascii_start(),)+
                }
            }

            /// Writes a report.
            ///
            /// # Errors
            /// When `out` cannot be written to.
            pub fn write(
                self,
                report: &Report,
                context: &Context,
                out: &mut dyn io::Write,
            ) -> io::Result<()> {
                match self {
                    $(Self::$variant => super::$module::write(report, context, out),)+
                }
            }
        }
    };
}

formats! {
    /// Lines for a person
    Table = table,
    /// The report document
    Json = json,
    /// One line of JSON for each subnet, endpoint, finding and error
    Jsonl = jsonl,
    /// One row per subnet, endpoint, finding and error, for spreadsheets
    Csv = csv,
    /// A page for an issue, a wiki or a pull request
    Markdown = markdown,
    /// One page with a map, for browsers and auditors
    Html = html,
    /// SARIF 2.1.0, for code scanning
    Sarif = sarif,
    /// JUnit XML, for pipelines
    Junit = junit,
    /// AWS Security Finding Format, for Security Hub's BatchImportFindings
    Asff = asff,
    /// OCSF Compliance Findings, for Security Lake and SIEMs
    Ocsf = ocsf,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(given: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .iter()
            .copied()
            .find(|format| format.name() == given)
            .ok_or_else(|| UnknownFormat(given.to_owned()))
    }
}
