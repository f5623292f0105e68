//! Writes a saved account: one document, or the files of a folder. Only the
//! members that the shapes know are there to write, so nothing else is.

use super::{
    SCHEMA, UNKNOWN_ACCOUNT,
    own::{Metrics, SavedProblem},
};
use crate::{
    collect::{
        record::{Record, Target},
        shapes,
    },
    domain::{fact::Fact, ids::AccountId, problem::Problem},
};
use jiff::Timestamp;
use serde::{Serialize, Serializer, ser::SerializeMap as _};
use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

/// What a file of a folder holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Content<'a>(Keys<'a>);

impl Content<'_> {
    /// Writes it.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        json(self, out)
    }
}

fn json(value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

/// Writes everything as one document.
///
/// # Errors
/// When `out` cannot be written to.
pub fn document(record: &Record, taken_at: Timestamp, out: &mut dyn io::Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Document<'a> {
        schema: &'static str,
        taken_at: Timestamp,
        #[serde(rename = "Problems", skip_serializing_if = "Vec::is_empty")]
        problems: Vec<SavedProblem>,
        targets: Vec<TargetDocument<'a>>,
    }

    #[derive(Serialize)]
    struct TargetDocument<'a> {
        /// Written where it is not known, too: then none is concluded.
        account_id: Option<&'a str>,
        region: &'a str,
        #[serde(flatten)]
        keys: Keys<'a>,
    }

    let targets = record.targets.iter().map(|target| TargetDocument {
        account_id: target.account.as_ref().map(AccountId::as_str),
        region: target.region.as_str(),
        keys: files(target)
            .into_iter()
            .flat_map(|(_, keys)| keys.0)
            .collect(),
    });
    let document = Document {
        schema: SCHEMA,
        taken_at,
        problems: saved(&record.problems),
        targets: targets.collect(),
    };
    json(&document, out)
}

/// Gives `write` every file of a folder, with its path in the folder.
///
/// # Errors
/// The first that `write` gives.
pub fn folder<E>(
    record: &Record,
    mut write: impl FnMut(&Path, &Content<'_>) -> Result<(), E>,
) -> Result<(), E> {
    if !record.problems.is_empty() {
        let keys = [Key::Problems(saved(&record.problems))];
        write(
            Path::new("problems.json"),
            &Content(keys.into_iter().collect()),
        )?;
    }
    for target in &record.targets {
        let account = target.account.as_ref();
        let account = account.map_or(UNKNOWN_ACCOUNT, AccountId::as_str);
        let folder = PathBuf::from(account).join(target.region.as_str());
        for (name, keys) in files(target) {
            write(&folder.join(name), &Content(keys))?;
        }
    }
    Ok(())
}

/// A top-level key with its value, in the shape of the AWS CLI's answer, or
/// one of our own.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
enum Key<'a> {
    Vpcs(&'a [shapes::Vpc]),
    Subnets(&'a [shapes::Subnet]),
    RouteTables(&'a [shapes::RouteTable]),
    VpcEndpoints(&'a [shapes::VpcEndpoint]),
    PrefixLists(Vec<&'a shapes::PrefixList>),
    ManagedPrefixLists(Vec<ManagedPrefixList<'a>>),
    Problems(Vec<SavedProblem>),
    Missing(BTreeMap<&'static str, &'a str>),
    Metrics(Metrics),
}

impl Key<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::Vpcs(_) => "Vpcs",
            Self::Subnets(_) => "Subnets",
            Self::RouteTables(_) => "RouteTables",
            Self::VpcEndpoints(_) => "VpcEndpoints",
            Self::PrefixLists(_) => "PrefixLists",
            Self::ManagedPrefixLists(_) => "ManagedPrefixLists",
            Self::Problems(_) => "Problems",
            Self::Missing(_) => "Missing",
            Self::Metrics(_) => "Metrics",
        }
    }
}

/// Keys of one object.
#[derive(Debug, Clone, PartialEq)]
struct Keys<'a>(Vec<Key<'a>>);

impl<'a> FromIterator<Key<'a>> for Keys<'a> {
    fn from_iter<I: IntoIterator<Item = Key<'a>>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

impl Serialize for Keys<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for key in &self.0 {
            map.serialize_entry(key.name(), key)?;
        }
        map.end()
    }
}

/// The files of one target. A list that is missing has no file; why stands in
/// the one of the problems.
fn files(target: &Target) -> Vec<(&'static str, Keys<'_>)> {
    let answers = &target.answers;
    let mut missing = BTreeMap::new();
    let mut files = Vec::new();
    let mut file = |name, key| files.push((name, [key].into_iter().collect()));
    if let Some(items) = known("Vpcs", &answers.vpcs, &mut missing) {
        file("vpcs.json", Key::Vpcs(items));
    }
    if let Some(items) = known("Subnets", &answers.subnets, &mut missing) {
        file("subnets.json", Key::Subnets(items));
    }
    if let Some(items) = known("RouteTables", &answers.route_tables, &mut missing) {
        file("route-tables.json", Key::RouteTables(items));
    }
    if let Some(items) = known("VpcEndpoints", &answers.vpc_endpoints, &mut missing) {
        file("vpc-endpoints.json", Key::VpcEndpoints(items));
    }
    if let Some(lists) = known("PrefixLists", &answers.prefix_lists, &mut missing) {
        let (own, managed): (Vec<_>, Vec<_>) = lists.iter().partition(|list| is_from_aws(list));
        file("prefix-lists.json", Key::PrefixLists(own));
        let managed: Vec<_> = managed.into_iter().map(ManagedPrefixList::of).collect();
        if !managed.is_empty() {
            let key = Key::ManagedPrefixLists(managed);
            file("managed-prefix-lists.json", key);
        }
    }
    if let Some(traffic) = &target.traffic {
        file("metrics.json", Key::Metrics(traffic.into()));
    }
    let problems = saved(&target.problems);
    let problems = (!problems.is_empty()).then_some(Key::Problems(problems));
    let missing = (!missing.is_empty()).then_some(Key::Missing(missing));
    let keys: Keys<'_> = problems.into_iter().chain(missing).collect();
    if !keys.0.is_empty() {
        files.push(("problems.json", keys));
    }
    files
}

fn known<'a, T>(
    key: &'static str,
    fact: &'a Fact<Vec<T>>,
    missing: &mut BTreeMap<&'static str, &'a str>,
) -> Option<&'a [T]> {
    match fact {
        Fact::Known(items) => Some(items),
        Fact::Missing(why) => {
            missing.insert(key, why);
            None
        }
    }
}

fn saved(problems: &[Problem]) -> Vec<SavedProblem> {
    problems.iter().map(SavedProblem::from).collect()
}

/// Whether a list is as `describe-prefix-lists` gives it. An empty set of
/// blocks says nothing there, so a list that is known to be empty is not.
fn is_from_aws(list: &shapes::PrefixList) -> bool {
    list.owner_id.is_none()
        && list.prefix_list_name.is_some()
        && list.cidrs.as_ref().is_none_or(|cidrs| !cidrs.is_empty())
}

/// A list as `describe-managed-prefix-lists` gives it, with what
/// `get-managed-prefix-list-entries` says of it inside.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ManagedPrefixList<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix_list_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix_list_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address_family: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entries: Option<Vec<Entry<'a>>>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    cidr: &'a str,
}

impl<'a> ManagedPrefixList<'a> {
    fn of(list: &'a shapes::PrefixList) -> Self {
        let entries = list.cidrs.as_ref().map(|cidrs| {
            let entries = cidrs.iter().map(|cidr| Entry { cidr });
            entries.collect()
        });
        Self {
            prefix_list_id: list.prefix_list_id.as_deref(),
            prefix_list_name: list.prefix_list_name.as_deref(),
            owner_id: list.owner_id.as_deref(),
            address_family: list.address_family.as_deref(),
            entries,
        }
    }
}
