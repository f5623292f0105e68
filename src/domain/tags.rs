//! Tags of a resource.

use compact_str::CompactString;
use std::collections::BTreeMap;

/// Tags by key. Keys are case-sensitive, as in AWS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags(BTreeMap<CompactString, CompactString>);

impl Tags {
    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(CompactString::as_str)
    }

    /// What people call the resource: the tag `Name`, which consoles show.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.get("Name").filter(|name| !name.trim().is_empty())
    }
}

impl<K: Into<CompactString>, V: Into<CompactString>> FromIterator<(K, V)> for Tags {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(tags: I) -> Self {
        Self(
            tags.into_iter()
                .map(|(k, v)| (k.into(), v.into()))
                .collect(),
        )
    }
}
