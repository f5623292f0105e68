//! Known in full, or missing.

/// A fact that is either known in full or missing.
///
/// There is no "known in part": an answer that was cut, denied or garbled is
/// missing, so that no rule can judge half of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact<T> {
    /// Read to its end.
    Known(T),
    /// Not read; says why, as the end of a sentence.
    Missing(String),
}

impl<T> Fact<T> {
    /// The fact, where it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Missing(_) => None,
        }
    }
}
