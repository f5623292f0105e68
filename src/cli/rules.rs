//! `vpce-guard rules`.

use super::CliError;
use crate::app::vocabulary::{RULES, find_rule};
use std::io::{self, Write as _};

/// Lists the rules, or prints the page of one.
pub(super) fn run(id: Option<&str>) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    let Some(id) = id else {
        for rule in RULES {
            writeln!(out, "{:<28} {:<9} {}", rule.id, rule.severity, rule.summary)?;
        }
        return Ok(out.flush()?);
    };
    // The arguments take no other.
    if let Some(rule) = find_rule(id) {
        write!(out, "{}", rule.page)?;
    }
    Ok(out.flush()?)
}
