//! The command line.

mod arguments;
mod check;
mod explain;
mod generate;
mod output;
#[cfg(feature = "aws")]
mod progress;
mod rules;
mod snapshot;
mod terminal;

use crate::app::{
    config::InvalidConfig,
    vocabulary::{SavedError, harmless},
};
use arguments::{Arguments, Command};
use clap::Parser as _;
use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

/// What `check` says through its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// Everything was seen and is clean.
    Clean = 0,
    /// At least one violation.
    Violations = 1,
    /// Wrong usage, or it could not run at all.
    CouldNotRun = 2,
    /// No violation, but something could not be judged.
    Incomplete = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A command that could not be carried out; prints what and why.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error("{path}: {source}")]
    Config { path: String, source: InvalidConfig },
    #[error(transparent)]
    Saved(#[from] SavedError),
    #[error("{path} cannot be {verb}: {source}")]
    File {
        path: String,
        verb: &'static str,
        source: io::Error,
    },
    #[error(transparent)]
    NoSuchSubnet(#[from] crate::app::explain::NoSuchSubnet),
    #[error("--addresses are those of a name: give a URL, a host name or a bucket as well")]
    AddressesOfNoName,
    #[error("the subnet could not be explained: run again, and report it if it stays so")]
    NotExplained,
    #[error("the output cannot be written: {0}")]
    Output(#[from] io::Error),
    #[error(
        "{} already holds {file}, which would be read back together with the snapshot: give a new folder",
        folder.display()
    )]
    Occupied { folder: PathBuf, file: String },
    #[error("nothing was read, so nothing is saved: {0}")]
    NothingSaved(String),
    #[cfg(not(feature = "aws"))]
    #[error(
        "this build has no AWS SDK: judge a saved account with --snapshot PATH, or build with the feature `aws`"
    )]
    NoAws,
    #[cfg(feature = "aws")]
    #[error(transparent)]
    Live(#[from] crate::app::check::CannotAsk),
    #[cfg(feature = "aws")]
    #[error("nothing could be judged: {0}")]
    NothingJudged(String),
}

/// Parses the arguments and carries them out.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version go to stdout, wrong usage to stderr.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::CouldNotRun.into()
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    let result = match arguments.command {
        Command::Check(options) => check::run(&options, arguments.quiet),
        Command::Explain(options) => explain::run(&options, arguments.quiet),
        Command::Snapshot(options) => snapshot::run(&options, arguments.quiet),
        Command::Rules { id } => rules::run(id.as_deref()).map(|()| Exit::Clean),
        Command::Completions { shell } => generate::completions(shell).map(|()| Exit::Clean),
        Command::Man { folder } => generate::man(&folder).map(|()| Exit::Clean),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(CliError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            // The reader has seen enough; that is no verdict.
            Exit::CouldNotRun.into()
        }
        Err(error) => {
            say("vpce-guard", &[error.to_string()]);
            Exit::CouldNotRun.into()
        }
    }
}

/// Says something beside the report. Names of files and tags may hold what
/// would move a terminal's cursor.
fn say(kind: &str, texts: &[String]) {
    let mut out = io::stderr().lock();
    for text in texts {
        let lines = text.lines().map(harmless).collect::<Vec<_>>().join("\n");
        // Nobody is left to tell where stderr is closed.
        let _ = writeln!(out, "{kind}: {lines}");
    }
}
