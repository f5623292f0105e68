//! The report document as it is.

use super::{format::Context, wire};
use std::io;

/// Writes the document, indented.
pub(super) fn write(report: &wire::Report, _: &Context, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    writeln!(out)
}
