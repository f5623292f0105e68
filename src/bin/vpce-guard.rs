//! The command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    vpce_guard::cli::run()
}
