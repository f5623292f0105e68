//! `vpce-guard snapshot`.

use super::{CliError, Exit, arguments::SnapshotOptions, check, output, say};
use crate::app::{
    check::CheckRequest,
    snapshot::{self, Problem, Snapshot},
};
use std::{
    fs,
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};
#[cfg(feature = "aws")]
use {super::progress::Watch, std::sync::Arc};

pub(super) fn run(options: &SnapshotOptions, quiet: bool) -> Result<Exit, CliError> {
    let request = CheckRequest {
        services: options.question.services.clone(),
        vpcs: std::collections::BTreeSet::new(),
        config: check::config(&options.question)?,
        lookback_hours: options.question.lookback_hours,
        clock: check::now,
    };
    // Before AWS is asked, which may take minutes.
    let output = options.output.as_deref().map(Output::at).transpose()?;
    let mut snapshot = match &options.source.snapshot {
        Some(path) => Snapshot::saved(&request, path, &options.source.regions)?,
        None => live(options, &request, quiet)?,
    };
    if !quiet {
        say("note", &snapshot.notes);
    }
    if options.redact {
        snapshot.redact();
    }
    let problems: Vec<&Problem> = snapshot.problems().collect();
    if snapshot.is_worthless() {
        let first = problems
            .iter()
            .min_by_key(|problem| check::weight(problem.region.is_some(), &problem.operation));
        return Err(CliError::NothingSaved(
            first.map_or_else(String::new, |problem| problem.line()),
        ));
    }
    match output {
        None => {
            let mut out = BufWriter::new(io::stdout().lock());
            snapshot.write_document(&mut out)?;
            out.flush()?;
        }
        Some(Output::Document(file)) => file.write(|out| snapshot.write_document(out))?,
        Some(Output::Folder(path)) => write_folder(&snapshot, &path)?,
    }
    if !quiet {
        let lines: Vec<String> = problems.iter().map(|problem| problem.line()).collect();
        say("missing", &lines);
    }
    Ok(if problems.is_empty() {
        Exit::Clean
    } else {
        Exit::Incomplete
    })
}

#[cfg(feature = "aws")]
fn live(
    options: &SnapshotOptions,
    request: &CheckRequest,
    quiet: bool,
) -> Result<Snapshot, CliError> {
    let place = check::place(&options.source);
    let watch = Watch::new(Arc::clone(&place.progress), quiet);
    Ok(check::wait_for(
        watch.over(Box::pin(Snapshot::live(request, &place))),
    )??)
}

#[cfg(not(feature = "aws"))]
fn live(_: &SnapshotOptions, _: &CheckRequest, _: bool) -> Result<Snapshot, CliError> {
    Err(CliError::NoAws)
}

/// Where to write, in which form.
enum Output {
    Document(output::File),
    Folder(PathBuf),
}

impl Output {
    fn at(path: &Path) -> Result<Self, CliError> {
        let extension = path.extension();
        if extension.is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
            return Ok(Self::Document(output::File::at(path)?));
        }
        if path.exists() {
            if !path.is_dir() {
                let source = io::Error::from(io::ErrorKind::NotADirectory);
                return Err(output::unwritable(path)(source));
            }
            if let Some(file) = snapshot::json_files(path)?.first() {
                return Err(CliError::Occupied {
                    folder: path.to_owned(),
                    file: file
                        .strip_prefix(path)
                        .unwrap_or(file)
                        .display()
                        .to_string(),
                });
            }
        }
        Ok(Self::Folder(path.to_owned()))
    }
}

/// Writes into a folder inside that no reader takes for an account, and moves
/// everything out once all is there. That folder goes last: a reader that
/// finds it knows that the snapshot is not whole.
fn write_folder(snapshot: &Snapshot, path: &Path) -> Result<(), CliError> {
    let unfinished = path.join(snapshot::UNFINISHED);
    let mut moved = Vec::new();
    let written = write_files(snapshot, path, &unfinished, &mut moved);
    written.map_err(|error| {
        for entry in &moved {
            let _ = fs::remove_dir_all(entry).or_else(|_| fs::remove_file(entry));
        }
        let _ = fs::remove_dir_all(&unfinished);
        output::unwritable(path)(error)
    })
}

fn write_files(
    snapshot: &Snapshot,
    path: &Path,
    unfinished: &Path,
    moved: &mut Vec<PathBuf>,
) -> io::Result<()> {
    fs::create_dir_all(unfinished)?;
    let mut names = std::collections::BTreeSet::new();
    snapshot.write_folder(|file, content| {
        let target = unfinished.join(file);
        names.extend(file.iter().next().map(std::ffi::OsStr::to_owned));
        fs::create_dir_all(target.parent().unwrap_or(unfinished))?;
        output::create(&target, |out| content.write(out))
    })?;
    for name in names {
        let to = path.join(&name);
        if to.exists() {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                format!("there is already {}", to.display()),
            ));
        }
        fs::rename(unfinished.join(&name), &to)?;
        moved.push(to);
    }
    fs::remove_dir(unfinished)
}
