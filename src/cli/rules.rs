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
    let rule = find_rule(id).ok_or_else(|| CliError::NoSuchRule {
        id: id.to_owned(),
        hint: nearest(id, RULES.iter().map(|rule| rule.id)),
    })?;
    write!(out, "{}", rule.page)?;
    Ok(out.flush()?)
}

/// The hint for a typo: the name that is most like `given`, where one is.
fn nearest(given: &str, names: impl Iterator<Item = &'static str>) -> String {
    // As alike as clap asks of the names that it offers itself.
    const ALIKE: f64 = 0.7;
    names
        .map(|name| (strsim::jaro(given, name), name))
        .filter(|(alike, _)| *alike > ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map_or_else(String::new, |(_, name)| format!("did you mean `{name}`? "))
}
