//! `vpce-guard check`.

#[cfg(feature = "aws")]
use super::arguments::SourceOptions;
use super::{
    CliError, Exit,
    arguments::{CheckOptions, QuestionOptions},
    terminal,
};
use crate::app::{
    check::{self, CheckRequest},
    config::Config,
    vocabulary::{Format, Terminal},
};
use jiff::Timestamp;
use std::{
    fs,
    io::{self, BufWriter, IsTerminal as _, Write as _},
};
#[cfg(feature = "aws")]
use {super::progress::Watch, crate::app::check::Progress, std::sync::Arc};

pub(super) fn run(options: &CheckOptions, quiet: bool) -> Result<Exit, CliError> {
    let config = config(&options.question)?;
    let request = CheckRequest {
        services: options.question.services.clone(),
        vpcs: options.vpcs.iter().cloned().collect(),
        config,
        lookback_hours: options.question.lookback_hours,
        clock: now,
    };
    let mut report = match &options.source.snapshot {
        Some(path) => {
            let judged = check::saved(&request, path, &options.source.regions)?;
            for note in judged.notes.iter().filter(|_| !quiet) {
                writeln!(io::stderr(), "note: {note}")?;
            }
            judged.report
        }
        None => live(options, &request, quiet)?,
    };
    if let Some(format) = options.fix_format {
        format.rewrite(&mut report);
    }
    write(options, &report)?;
    Ok(match report {
        report if report.has_violation_from(options.fail_on) => Exit::Violations,
        report if report.complete => Exit::Clean,
        _ => Exit::Incomplete,
    })
}

#[cfg(feature = "aws")]
fn live(
    options: &CheckOptions,
    request: &CheckRequest,
    quiet: bool,
) -> Result<check::Report, CliError> {
    let place = place(&options.source);
    let watch = Watch::new(Arc::clone(&place.progress), quiet);
    let report = wait_for(watch.over(Box::pin(check::live(request, &place))))??;
    watch.end(report.summary.findings);
    if report.scope.regions.is_empty() || report.subnets_seen_nowhere() {
        let first = report
            .errors
            .iter()
            .min_by_key(|error| weight(error.region.is_some(), &error.operation));
        if let Some(error) = first {
            return Err(CliError::NothingJudged(format!(
                "{} in {} failed ({}): {}; {}",
                error.operation,
                error.region.as_deref().unwrap_or("all Regions"),
                error.code,
                error.message,
                error.hint.as_deref().unwrap_or("run again")
            )));
        }
    }
    Ok(report)
}

/// Which of many errors to show, the least first: one that names its Region
/// says more than others, and without EC2's lists nothing can be judged.
pub(super) fn weight(names_its_region: bool, operation: &str) -> (bool, bool) {
    (!names_its_region, !operation.starts_with("ec2:"))
}

#[cfg(feature = "aws")]
pub(super) fn place(source: &SourceOptions) -> check::Live {
    check::Live {
        profile: source.profile.clone(),
        regions: source.regions.clone(),
        all_regions: source.all_regions,
        progress: Arc::new(Progress::default()),
    }
}

#[cfg(feature = "aws")]
pub(super) fn wait_for<T>(future: impl Future<Output = T>) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(Box::pin(future)))
}

#[cfg(not(feature = "aws"))]
fn live(_: &CheckOptions, _: &CheckRequest, _: bool) -> Result<check::Report, CliError> {
    Err(CliError::NoAws)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a door reads files and passes them in"
)]
pub(super) fn config(options: &QuestionOptions) -> Result<Config, CliError> {
    let mut config = match &options.config {
        None => Config::default(),
        Some(path) => {
            let text = fs::read_to_string(path).map_err(|source| CliError::File {
                path: path.display().to_string(),
                verb: "read",
                source,
            })?;
            Config::from_toml(&text).map_err(|source| CliError::Config {
                path: path.display().to_string(),
                source,
            })?
        }
    };
    if options.no_metrics {
        config.metrics.clear();
    }
    Ok(config)
}

#[expect(clippy::disallowed_methods, reason = "a door writes files")]
fn write(options: &CheckOptions, report: &check::Report) -> Result<(), CliError> {
    let Some(path) = &options.output else {
        let stdout = io::stdout();
        let otherwise = if stdout.is_terminal() {
            Format::Table
        } else {
            Format::Json
        };
        let terminal = terminal::of_stdout();
        return write_to(options, report, otherwise, terminal, stdout.lock());
    };
    let file = fs::File::create(path).map_err(|source| CliError::File {
        path: path.display().to_string(),
        verb: "written",
        source,
    })?;
    write_to(options, report, Format::Json, Terminal::default(), file)
}

/// Writes the report, or its fixes alone where only their format was given.
fn write_to(
    options: &CheckOptions,
    report: &check::Report,
    otherwise: Format,
    terminal: Terminal,
    out: impl io::Write,
) -> Result<(), CliError> {
    let mut out = BufWriter::new(out);
    match (options.format, options.fix_format) {
        (None, Some(fixes)) => check::write_fixes(report, fixes, &mut out)?,
        (format, _) => {
            let format = format.unwrap_or(otherwise);
            check::write(report, format, terminal, &mut out)?;
        }
    }
    Ok(out.flush()?)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a door reads the clock and passes it in"
)]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}
