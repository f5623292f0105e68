//! One page for browsers: the answer, a map of every VPC, every problem and a
//! table of every subnet, in one file that loads nothing.
//!
//! All but the table is written here and can be read without script. The table
//! of a large account would not open in reasonable time as HTML, so its rows
//! are data, of which a script shows a window.

mod answer;
mod data;
mod endpoints;
mod layout;
mod map;
mod page;
mod problems;
mod rules;
mod security;
mod visible;
mod ways;
mod words;

use super::{format::Context, wire};
use std::io;

/// Writes the report as one page.
pub(super) fn write(
    report: &wire::Report,
    context: &Context,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    page::write(report, context, &mut visible::Visible::new(out))
}
