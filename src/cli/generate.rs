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
    if shell == Shell::Bash {
        script = with_one_name(&script);
    }
    let mut out = io::stdout().lock();
    out.write_all(&script)?;
    Ok(out.flush()?)
}

/// For a program with a hyphen in its name, the generated script calls a
/// command by one name where it sets it and by another where it looks it up,
/// so that nothing is completed after it.
/// Source: <https://github.com/clap-rs/clap/issues/6421>.
fn with_one_name(script: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(script)
        .replace("vpce__subcmd__guard", "vpce__guard")
        .into_bytes()
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
