//! One file, straight from its bytes into AWS's shapes: no tree of values in
//! between, so that a large account is read in little time and memory.

use super::{
    SCHEMA,
    error::SavedError,
    own::{Metrics, SavedProblem},
};
use crate::{
    collect::shapes,
    domain::ids::{AccountId, Region},
};
use jiff::Timestamp;
use serde::{
    Deserialize,
    de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;
use std::{collections::BTreeMap, fmt, path::Path};

/// Whose answers these are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whose {
    /// This account's.
    Of(AccountId),
    /// Nobody knew when they were saved, and nothing is concluded.
    Unknown,
    /// Nothing says it; the owner of everything in them may.
    Unsaid,
}

/// Answers of one place, from one file.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) whose: Whose,
    pub(super) region: Option<Region>,
    pub(super) lists: Contents,
}

/// What one object holds under the keys that are used.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) vpcs: Option<Vec<shapes::Vpc>>,
    pub(super) subnets: Option<Vec<shapes::Subnet>>,
    pub(super) route_tables: Option<Vec<shapes::RouteTable>>,
    pub(super) vpc_endpoints: Option<Vec<shapes::VpcEndpoint>>,
    pub(super) prefix_lists: Option<Vec<shapes::PrefixList>>,
    pub(super) entries: Option<Vec<String>>,
    pub(super) problems: Option<Vec<SavedProblem>>,
    /// Why a list is missing, by its key.
    pub(super) missing: Option<BTreeMap<String, String>>,
    pub(super) metrics: Option<Metrics>,
    /// Whether a token says that there are more pages.
    pub(super) is_cut: bool,
    /// Keys that are not used.
    pub(super) unused: Vec<String>,
}

impl Contents {
    /// Whether anything in it is used.
    pub(super) fn is_used(&self) -> bool {
        self.holds_answers()
            || self.problems.is_some()
            || self.missing.is_some()
            || self.metrics.is_some()
    }

    /// Whether it holds problems and nothing else that is used.
    pub(super) fn holds_problems_alone(&self) -> bool {
        self.problems.is_some()
            && !self.holds_answers()
            && self.missing.is_none()
            && self.metrics.is_none()
    }

    fn holds_answers(&self) -> bool {
        self.vpcs.is_some()
            || self.subnets.is_some()
            || self.route_tables.is_some()
            || self.vpc_endpoints.is_some()
            || self.prefix_lists.is_some()
            || self.entries.is_some()
    }

    /// Takes the value of `key`, whatever it is.
    fn take<'de, A: MapAccess<'de>>(&mut self, key: String, map: &mut A) -> Result<(), A::Error> {
        fn more<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
            list: &mut Option<Vec<T>>,
            map: &mut A,
        ) -> Result<(), A::Error> {
            list.get_or_insert_default().append(&mut map.next_value()?);
            Ok(())
        }
        match key.as_str() {
            "Vpcs" => more(&mut self.vpcs, map)?,
            "Subnets" => more(&mut self.subnets, map)?,
            "RouteTables" => more(&mut self.route_tables, map)?,
            "VpcEndpoints" => more(&mut self.vpc_endpoints, map)?,
            "PrefixLists" => {
                let mut lists: Vec<shapes::PrefixList> = map.next_value()?;
                for list in &mut lists {
                    // No service's list is empty: an empty set says nothing.
                    list.cidrs.take_if(|cidrs| cidrs.is_empty());
                }
                self.prefix_lists.get_or_insert_default().append(&mut lists);
            }
            "ManagedPrefixLists" => {
                let lists: Vec<ManagedPrefixList> = map.next_value()?;
                let lists = lists.into_iter().map(ManagedPrefixList::merged);
                self.prefix_lists.get_or_insert_default().extend(lists);
            }
            "Entries" => {
                let entries: Vec<Entry> = map.next_value()?;
                let cidrs = entries.into_iter().map(|entry| entry.cidr);
                self.entries.get_or_insert_default().extend(cidrs);
            }
            "Problems" => more(&mut self.problems, map)?,
            "Missing" => self.missing = Some(map.next_value()?),
            "Metrics" => self.metrics = Some(map.next_value()?),
            "NextToken" => match map.next_value()? {
                Value::Null => {}
                Value::String(token) if token.is_empty() => {}
                Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Array(_)
                | Value::Object(_) => self.is_cut = true,
            },
            "ResponseMetadata" => drop(map.next_value::<IgnoredAny>()?),
            _ => {
                map.next_value::<IgnoredAny>()?;
                self.unused.push(key);
            }
        }
        Ok(())
    }
}

/// An item of `ManagedPrefixLists`; documents hold the entries inside it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ManagedPrefixList {
    prefix_list_id: Option<String>,
    prefix_list_name: Option<String>,
    owner_id: Option<String>,
    address_family: Option<String>,
    entries: Option<Vec<Entry>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    cidr: String,
}

impl ManagedPrefixList {
    fn merged(self) -> shapes::PrefixList {
        shapes::PrefixList {
            prefix_list_id: self.prefix_list_id,
            prefix_list_name: self.prefix_list_name,
            owner_id: self.owner_id,
            address_family: self.address_family,
            cidrs: self
                .entries
                .map(|entries| entries.into_iter().map(|entry| entry.cidr).collect()),
        }
    }
}

/// What a file holds.
#[derive(Debug)]
pub(super) struct File {
    /// What stands at its top, which the folders above the file place.
    pub(super) lists: Contents,
    /// The targets of a document.
    pub(super) parts: Vec<Part>,
    /// When a document says that it was taken.
    pub(super) taken_at: Option<Timestamp>,
    /// Whether it is an object at all.
    pub(super) is_object: bool,
}

/// Reads one file.
pub(super) fn file(path: &Path, bytes: &[u8]) -> Result<File, SavedError> {
    let mut key = String::new();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let seed = FileSeed { key: &mut key };
    let read = seed.deserialize(&mut json).and_then(|found| {
        json.end()?;
        Ok(found)
    });
    let found = read.map_err(|error| {
        if error.is_data() {
            other_shape(path, &key, &error)
        } else {
            SavedError::NotJson {
                path: path.to_owned(),
                why: error.to_string(),
            }
        }
    })?;
    found.check(path)
}

pub(super) fn other_shape(path: &Path, key: &str, why: &dyn fmt::Display) -> SavedError {
    SavedError::OtherShape {
        path: path.to_owned(),
        key: key.to_owned(),
        why: why.to_string(),
    }
}

#[derive(Default)]
struct Found {
    lists: Contents,
    schema: Option<Value>,
    taken_at: Option<Timestamp>,
    targets: Option<Vec<Part>>,
    /// `targets` that came before `schema`, or without it.
    early: Option<Value>,
    is_object: bool,
}

impl Found {
    fn check(mut self, path: &Path) -> Result<File, SavedError> {
        let schema = self.schema.as_ref().and_then(Value::as_str);
        let is_ours = schema == Some(SCHEMA);
        if let Some(schema) = schema
            && !is_ours
            && schema.starts_with("vpce-guard/snapshot/")
        {
            return Err(SavedError::OtherSchema {
                path: path.to_owned(),
                schema: schema.to_owned(),
            });
        }
        if is_ours {
            if let Some(early) = self.early.take() {
                let mut key = String::new();
                let read = TargetsSeed { key: &mut key }.deserialize(early);
                self.targets = Some(read.map_err(|error| other_shape(path, &key, &error))?);
            }
            if self.targets.is_none() {
                return Err(other_shape(path, "targets", &"it is not there"));
            }
        } else {
            let foreign = [
                ("schema", self.schema.is_some()),
                ("targets", self.early.is_some()),
            ];
            let foreign = foreign.into_iter().filter(|(_, there)| *there);
            self.lists
                .unused
                .extend(foreign.map(|(key, _)| key.to_owned()));
        }
        let parts = self.targets.unwrap_or_default();
        let mut all = std::iter::once(&self.lists).chain(parts.iter().map(|part| &part.lists));
        if all.any(|lists| lists.is_cut && lists.is_used()) {
            return Err(SavedError::Cut {
                path: path.to_owned(),
            });
        }
        Ok(File {
            lists: self.lists,
            parts,
            taken_at: self.taken_at,
            is_object: self.is_object,
        })
    }
}

/// Reads the top of a file; `key` is the one that was read last.
struct FileSeed<'k> {
    key: &'k mut String,
}

impl<'de> DeserializeSeed<'de> for FileSeed<'_> {
    type Value = Found;

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<Found, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for FileSeed<'_> {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found, A::Error> {
        let mut found = Found {
            is_object: true,
            ..Found::default()
        };
        let mut is_ours = false;
        while let Some(key) = map.next_key::<String>()? {
            self.key.clone_from(&key);
            match key.as_str() {
                "schema" => {
                    let schema: Value = map.next_value()?;
                    is_ours = schema == SCHEMA;
                    found.schema = Some(schema);
                }
                "targets" if is_ours => {
                    found.targets = Some(map.next_value_seed(TargetsSeed { key: self.key })?);
                }
                "targets" => found.early = Some(map.next_value()?),
                "taken_at" if is_ours => found.taken_at = Some(map.next_value()?),
                _ => found.lists.take(key, &mut map)?,
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Found, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Found::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Found, E> {
        Ok(Found::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Found, E> {
        Ok(Found::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Found, E> {
        Ok(Found::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Found, E> {
        Ok(Found::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Found, E> {
        Ok(Found::default())
    }

    fn visit_unit<E>(self) -> Result<Found, E> {
        Ok(Found::default())
    }
}

struct TargetsSeed<'k> {
    key: &'k mut String,
}

impl<'de> DeserializeSeed<'de> for TargetsSeed<'_> {
    type Value = Vec<Part>;

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<Vec<Part>, D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for TargetsSeed<'_> {
    type Value = Vec<Part>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of targets")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<Part>, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = seq.next_element_seed(TargetSeed { key: self.key })? {
            parts.push(part);
        }
        Ok(parts)
    }
}

struct TargetSeed<'k> {
    key: &'k mut String,
}

impl<'de> DeserializeSeed<'de> for TargetSeed<'_> {
    type Value = Part;

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<Part, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for TargetSeed<'_> {
    type Value = Part;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a target, an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Part, A::Error> {
        let mut part = Part {
            whose: Whose::Unsaid,
            region: None,
            lists: Contents::default(),
        };
        while let Some(key) = map.next_key::<String>()? {
            self.key.clone_from(&key);
            match key.as_str() {
                "account_id" => {
                    part.whose = match map.next_value::<Option<String>>()? {
                        None => Whose::Unknown,
                        Some(id) => Whose::Of(id.parse().map_err(A::Error::custom)?),
                    };
                }
                "region" => {
                    let region: Option<String> = map.next_value()?;
                    let region = region.map(|text| text.parse()).transpose();
                    part.region = region.map_err(A::Error::custom)?;
                }
                _ => part.lists.take(key, &mut map)?,
            }
        }
        Ok(part)
    }
}
