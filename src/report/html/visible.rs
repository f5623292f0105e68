//! Characters that nobody sees, as text. A name tag that turns the direction
//! of the text around could otherwise let a line say what is not so.

use std::io;

/// An output in which no invisible character is left. The whole page goes
/// through it, so that no place can be forgotten.
pub(super) struct Visible<'a> {
    out: &'a mut dyn io::Write,
}

impl<'a> Visible<'a> {
    pub(super) fn new(out: &'a mut dyn io::Write) -> Self {
        Self { out }
    }

    /// Writes markup, with `[U+202E]` for such a character.
    ///
    /// # Errors
    /// When the output cannot be written to.
    pub(super) fn text(&mut self, text: &str) -> io::Result<()> {
        let mut written = 0;
        for (at, found) in text.match_indices(is_invisible) {
            self.out.write_all(&text.as_bytes()[written..at])?;
            for c in found.chars() {
                write!(self.out, "[U+{:04X}]", u32::from(c))?;
            }
            written = at + found.len();
        }
        self.out.write_all(&text.as_bytes()[written..])
    }
}

/// Control characters and those that only change how others are shown. The
/// joiners of U+200C and U+200D stay: some scripts cannot be written without.
fn is_invisible(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(
            c,
            '\u{61c}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}'
                | '\u{feff}'
        )
}
