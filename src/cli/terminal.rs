//! What the terminal can show.

use crate::app::vocabulary::Terminal;
use anstream::{AutoStream, ColorChoice};
use std::{
    env,
    io::{self, IsTerminal as _},
};
use terminal_size::{Width, terminal_size_of};

/// How text on stdout is shown: as wide as the terminal, in colours only on a
/// terminal and never with `NO_COLOR`. `COLUMNS` gives the width of anything
/// that is not a terminal.
pub(super) fn of_stdout() -> Terminal {
    let stdout = io::stdout();
    let width = if stdout.is_terminal() {
        terminal_size_of(&stdout).map(|(Width(columns), _)| columns.into())
    } else {
        columns()
    };
    Terminal {
        width,
        colours: AutoStream::choice(&stdout) != ColorChoice::Never,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a door reads the environment and passes it in"
)]
fn columns() -> Option<usize> {
    let columns = env::var("COLUMNS").ok()?.parse().ok()?;
    (columns > 0).then_some(columns)
}
