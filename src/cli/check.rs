//! `vpce-guard check`.

#[cfg(feature = "aws")]
use super::arguments::SourceOptions;
use super::{
    CliError, Exit,
    arguments::{CheckOptions, QuestionOptions},
    output::File,
    say, terminal,
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
    let output = options.output.as_deref().map(File::at).transpose()?;
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
            if !quiet {
                say("note", &judged.notes);
            }
            judged.report
        }
        None => live(options, &request, quiet)?,
    };
    if let Some(format) = options.fix_format {
        format.rewrite(&mut report);
    }
    write(options, output, &report)?;
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
            return Err(CliError::NothingJudged(error.line()));
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

fn write(
    options: &CheckOptions,
    output: Option<File>,
    report: &check::Report,
) -> Result<(), CliError> {
    if let Some(file) = output {
        return file.write(|out| write_to(options, report, Format::Json, Terminal::default(), out));
    }
    let stdout = io::stdout();
    let otherwise = if stdout.is_terminal() {
        Format::Table
    } else {
        Format::Json
    };
    let mut out = BufWriter::new(stdout.lock());
    write_to(options, report, otherwise, terminal::of_stdout(), &mut out)?;
    Ok(out.flush()?)
}

/// Writes the report, or its fixes alone where only their format was given.
fn write_to(
    options: &CheckOptions,
    report: &check::Report,
    otherwise: Format,
    terminal: Terminal,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match (options.format, options.fix_format) {
        (None, Some(fixes)) => check::write_fixes(report, fixes, out),
        (format, _) => check::write(report, format.unwrap_or(otherwise), terminal, out),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a door reads the clock and passes it in"
)]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}
