//! A list that is made while it is written: a large report stands in memory
//! once, whatever it is written as.

use serde::{Serialize, Serializer};

/// What the function's iterator gives, as a list.
pub(super) struct Streamed<F>(pub(super) F);

impl<F, I> Serialize for Streamed<F>
where
    F: Fn() -> I,
    I: IntoIterator<Item: Serialize>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}
