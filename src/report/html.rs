//! One page for browsers.

use super::{format::Context, wire};
use std::io;

/// Not written yet.
pub(super) fn write(_: &wire::Report, _: &Context, _: &mut dyn io::Write) -> io::Result<()> {
    Err(io::Error::other("this format is being written"))
}
