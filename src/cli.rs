//! The command line: `check` and `snapshot` of a live or a saved account, and `rules`.

mod arguments;
mod check;
mod snapshot;

use crate::app::vocabulary::{RULES, SavedError, find_rule};
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
    #[error(transparent)]
    Config(#[from] crate::app::config::InvalidConfig),
    #[error(transparent)]
    Saved(#[from] SavedError),
    #[error("{path} cannot be {verb}: {source}")]
    File {
        path: String,
        verb: &'static str,
        source: io::Error,
    },
    #[error("the output cannot be written: {0}")]
    Output(#[from] io::Error),
    #[error(
        "{} already holds {file}, which would be read back together with the snapshot: give a new folder",
        folder.display()
    )]
    Occupied { folder: PathBuf, file: String },
    #[error("nothing was read, so nothing is saved: {0}")]
    NothingSaved(String),
    #[error("there is no rule `{0}`; `vpce-guard rules` lists them")]
    NoSuchRule(String),
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
        Command::Check(options) => check::run(&options),
        Command::Snapshot(options) => snapshot::run(&options),
        Command::Rules { id } => show_rules(id.as_deref()).map(|()| Exit::Clean),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(CliError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            // The reader has seen enough; that is no verdict.
            Exit::CouldNotRun.into()
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "vpce-guard: {error}");
            Exit::CouldNotRun.into()
        }
    }
}

fn show_rules(id: Option<&str>) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    let Some(id) = id else {
        for rule in RULES {
            writeln!(out, "{:<28} {:<9} {}", rule.id, rule.severity, rule.summary)?;
        }
        return Ok(());
    };
    let rule = find_rule(id).ok_or_else(|| CliError::NoSuchRule(id.to_owned()))?;
    write!(out, "{}", rule.page)?;
    Ok(())
}
