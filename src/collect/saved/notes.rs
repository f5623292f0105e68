//! What in the files was not used, said once each and not once per file.

use std::{
    collections::BTreeMap,
    fmt::Display,
    path::{Path, PathBuf},
};

/// Notes for people; nothing is judged by them.
#[derive(Debug, Default)]
pub(super) struct Notes {
    said: Vec<String>,
    /// How many files, and the first of them.
    unused: BTreeMap<String, (usize, PathBuf)>,
    foreign: Option<(usize, PathBuf)>,
}

impl Notes {
    /// Says something once.
    pub(super) fn say(&mut self, note: String) {
        self.said.push(note);
    }

    /// A key that this release does not use.
    pub(super) fn unused(&mut self, key: String, file: &Path) {
        let first = || (0, file.to_owned());
        self.unused.entry(key).or_insert_with(first).0 += 1;
    }

    /// A file that holds no object.
    pub(super) fn foreign(&mut self, file: &Path) {
        self.foreign.get_or_insert_with(|| (0, file.to_owned())).0 += 1;
    }

    /// Every note.
    pub(super) fn into_texts(self) -> Vec<String> {
        let foreign = self.foreign.map(|(count, first)| {
            format!(
                "{}: no AWS answer, passed over",
                files(count, first.display())
            )
        });
        let unused = self.unused.into_iter().map(|(key, (count, first))| {
            format!("{}: `{key}` is not used", files(count, first.display()))
        });
        self.said.into_iter().chain(foreign).chain(unused).collect()
    }
}

fn files(count: usize, first: impl Display) -> String {
    match count {
        0 | 1 => first.to_string(),
        more => format!("{first} and {} more", more - 1),
    }
}
