//! The use case of `vpce-guard snapshot`: save what `check` would judge.

use super::check::CheckRequest;
use crate::{
    collect::{
        record::Record,
        redact::redact,
        saved::{self, SavedError, write},
    },
    domain::ids::Region,
};
use jiff::Timestamp;
use std::{io, path::Path};

pub use crate::{
    collect::saved::{UNFINISHED, json_files, write::Content},
    domain::problem::Problem,
};

/// A snapshot, ready to be written.
#[derive(Debug)]
pub struct Snapshot {
    record: Record,
    taken_at: Timestamp,
    /// What was not used of a saved account, for people.
    pub notes: Vec<String>,
}

impl Snapshot {
    /// Takes one of a saved account, to write it in another form.
    ///
    /// # Errors
    /// When the files cannot be read as one whole account.
    pub fn saved(
        request: &CheckRequest,
        path: &Path,
        regions: &[Region],
    ) -> Result<Self, SavedError> {
        let saved = saved::read(path, regions)?;
        Ok(Self {
            record: saved.record,
            // The facts do not get younger by being written anew.
            taken_at: saved.taken_at.unwrap_or_else(request.clock),
            notes: saved.notes,
        })
    }

    /// Takes one of a live account.
    ///
    /// # Errors
    /// When nothing says which Region, or the profile is nowhere.
    #[cfg(feature = "aws")]
    pub async fn live(
        request: &CheckRequest,
        place: &super::check::Live,
    ) -> Result<Self, super::check::CannotAsk> {
        let taken_at = (request.clock)();
        let record = Box::pin(super::check::ask(request, place, taken_at)).await?;
        Ok(Self {
            record,
            taken_at,
            notes: Vec::new(),
        })
    }

    /// Takes out what names people and accounts.
    pub fn redact(&mut self) {
        redact(&mut self.record);
    }

    /// What could not be read, and is missing.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.record.all_problems()
    }

    /// Whether it is not worth keeping: no list of subnets was read, and why is known.
    #[must_use]
    pub fn is_worthless(&self) -> bool {
        self.record.saw_no_subnets() && self.problems().next().is_some()
    }

    /// Writes it as one document.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn write_document(&self, out: &mut dyn io::Write) -> io::Result<()> {
        write::document(&self.record, self.taken_at, out)
    }

    /// Gives `write` every file of a folder, with its path in the folder.
    ///
    /// # Errors
    /// The first that `write` gives.
    pub fn write_folder<E>(
        &self,
        write: impl FnMut(&Path, &Content<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        write::folder(&self.record, write)
    }
}
