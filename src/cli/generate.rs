//! Shell completions and man pages, from the definitions of commands and options.

use super::{CliError, arguments::Arguments};
use clap::CommandFactory as _;
use clap_complete::{Shell, generate};
use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

/// Prints the completions of a shell.
pub(super) fn completions(shell: Shell) -> Result<(), CliError> {
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    // Written to memory first: the generator panics where a pipe is closed.
    let mut script = Vec::new();
    generate(shell, &mut command, name, &mut script);
    let mut out = io::stdout().lock();
    out.write_all(&script)?;
    Ok(out.flush()?)
}

/// Writes a man page for each command into a folder.
pub(super) fn man(folder: &Path) -> Result<(), CliError> {
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), folder))
        .map_err(|source| CliError::File {
            path: folder.display().to_string(),
            verb: "written",
            source,
        })
}
