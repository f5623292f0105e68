//! A saved account: a folder of AWS CLI answers as it is, or one document.
//!
//! Half an account is never judged: an answer that was cut, a file that cannot
//! be read, or two that contradict each other is an error, not a gap.

use super::{
    interpret::{self, Answers},
    shapes,
};
use crate::domain::{
    fact::Fact,
    ids::{AccountId, Region},
    snapshot::Snapshot,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// The schema of a document that holds a whole saved account.
pub const SCHEMA: &str = "vpce-guard/snapshot/1";

/// A saved account that cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum SavedError {
    /// A file or folder cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not JSON, or was cut.
    #[error("{} is not whole JSON: {source}", path.display())]
    NotJson {
        /// Which.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// A known key holds something of another shape.
    #[error("{}: `{key}` has another shape than AWS gives it: {why}", path.display())]
    OtherShape {
        /// Which file.
        path: PathBuf,
        /// Which key.
        key: String,
        /// Why.
        why: String,
    },
    /// The answer has further pages that were not saved.
    #[error(
        "{} is only one page of an answer (`NextToken` is left in it): save it again without --no-paginate or --max-items",
        path.display()
    )]
    Cut {
        /// Which file.
        path: PathBuf,
    },
    /// Two files say different things about one resource.
    #[error("{} contradicts another file about {id}: save both again at the same time", path.display())]
    Contradiction {
        /// The file that was read later.
        path: PathBuf,
        /// The resource.
        id: String,
    },
    /// Nobody says which Region it is.
    #[error("{} does not say which Region it is of: name a folder like the Region, or give --region", path.display())]
    NoRegion {
        /// Which file.
        path: PathBuf,
    },
    /// `Entries` name no list by themselves.
    #[error("{}: `Entries` belong to the list in the file's name: call it entries-pl-0123.json", path.display())]
    NamelessEntries {
        /// Which file.
        path: PathBuf,
    },
    /// There is nothing to judge.
    #[error(
        "{} holds none of Vpcs, Subnets, RouteTables, VpcEndpoints, PrefixLists: save the answers of describe-vpcs, describe-subnets, describe-route-tables, describe-vpc-endpoints and describe-prefix-lists there",
        path.display()
    )]
    Nothing {
        /// Which folder or file.
        path: PathBuf,
    },
}

/// What a saved account holds.
#[derive(Debug)]
pub struct Saved {
    /// The facts.
    pub snapshot: Snapshot,
    /// Keys that this release does not use, with the file of each.
    pub notes: Vec<String>,
}

/// Reads a folder of AWS CLI answers, or one document.
///
/// `region` is that of answers whose folder does not say it.
///
/// # Errors
/// When a file cannot be read, was cut, or contradicts another.
pub fn read(path: &Path, region: Option<&Region>) -> Result<Saved, SavedError> {
    let mut account = Collector {
        region,
        places: BTreeMap::new(),
        notes: Vec::new(),
    };
    for file in json_files(path)? {
        let value = parse(&file)?;
        account.add_file(&file, value)?;
    }
    if account.places.values().all(Place::is_empty) {
        return Err(SavedError::Nothing {
            path: path.to_owned(),
        });
    }
    Ok(account.into_saved())
}

/// Every `*.json` below a folder, in the order of their paths; a file is itself.
fn json_files(path: &Path) -> Result<Vec<PathBuf>, SavedError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| SavedError::Unreadable { path, source }
    };
    if !fs::metadata(path).map_err(unreadable(path))?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in read_dir(&folder).map_err(unreadable(&folder))? {
            let entry = entry.map_err(unreadable(&folder))?.path();
            if entry.is_dir() {
                folders.push(entry);
            } else if entry
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                files.push(entry);
            }
        }
    }
    files.sort();
    Ok(files)
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the reader of saved accounts"
)]
fn read_dir(folder: &Path) -> io::Result<fs::ReadDir> {
    fs::read_dir(folder)
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the reader of saved accounts"
)]
fn parse(file: &Path) -> Result<Value, SavedError> {
    let bytes = fs::read(file).map_err(|source| SavedError::Unreadable {
        path: file.to_owned(),
        source,
    })?;
    serde_json::from_slice(&bytes).map_err(|source| SavedError::NotJson {
        path: file.to_owned(),
        source,
    })
}

/// The account (where the path says it) and Region of an answer.
type Key = (Option<AccountId>, Region);

struct Collector<'a> {
    region: Option<&'a Region>,
    places: BTreeMap<Key, Place>,
    notes: Vec<String>,
}

/// The answers of one place. A list that no file holds is missing.
#[derive(Default)]
struct Place {
    vpcs: Option<BTreeMap<String, shapes::Vpc>>,
    subnets: Option<BTreeMap<String, shapes::Subnet>>,
    route_tables: Option<BTreeMap<String, shapes::RouteTable>>,
    vpc_endpoints: Option<BTreeMap<String, shapes::VpcEndpoint>>,
    prefix_lists: Option<BTreeMap<String, shapes::PrefixList>>,
}

impl Collector<'_> {
    fn add_file(&mut self, file: &Path, value: Value) -> Result<(), SavedError> {
        let Value::Object(object) = value else {
            self.notes
                .push(format!("{}: not an answer, passed over", file.display()));
            return Ok(());
        };
        if object.get("schema").and_then(Value::as_str) != Some(SCHEMA) {
            return self.add_answers(file, place_of(file), object);
        }
        let targets = match object.get("targets") {
            Some(Value::Array(targets)) => targets.clone(),
            _ => return Err(other_shape(file, "targets", &"not an array")),
        };
        for target in targets {
            let Value::Object(target) = target else {
                return Err(other_shape(file, "targets", &"an item is not an object"));
            };
            let text = |key: &str| target.get(key).and_then(Value::as_str);
            let account = text("account_id").and_then(|id| id.parse().ok());
            let region = text("region").and_then(|region| region.parse().ok());
            self.add_answers(file, (account, region), target)?;
        }
        Ok(())
    }

    fn add_answers(
        &mut self,
        file: &Path,
        (account, region): (Option<AccountId>, Option<Region>),
        object: Map<String, Value>,
    ) -> Result<(), SavedError> {
        if object
            .get("NextToken")
            .is_some_and(|token| !token.is_null() && token != "")
        {
            return Err(SavedError::Cut {
                path: file.to_owned(),
            });
        }
        if !object.keys().any(|key| is_known(key)) {
            self.notes
                .push(format!("{}: holds nothing that is used", file.display()));
            return Ok(());
        }
        let Some(region) = region.as_ref().or(self.region) else {
            return Err(SavedError::NoRegion {
                path: file.to_owned(),
            });
        };
        let lists = self.places.entry((account, region.clone())).or_default();
        for (key, value) in object {
            match key.as_str() {
                "Vpcs" => merge(&mut lists.vpcs, file, &key, value, |item| &item.vpc_id)?,
                "Subnets" => merge(&mut lists.subnets, file, &key, value, |item| {
                    &item.subnet_id
                })?,
                "RouteTables" => merge(&mut lists.route_tables, file, &key, value, |item| {
                    &item.route_table_id
                })?,
                "VpcEndpoints" => merge(&mut lists.vpc_endpoints, file, &key, value, |item| {
                    &item.vpc_endpoint_id
                })?,
                "PrefixLists" | "ManagedPrefixLists" => {
                    merge_prefix_lists(&mut lists.prefix_lists, file, &key, value)?;
                }
                "Entries" => {
                    let id = list_in_name(file).ok_or_else(|| SavedError::NamelessEntries {
                        path: file.to_owned(),
                    })?;
                    let list = shapes::PrefixList {
                        prefix_list_id: Some(id.clone()),
                        cidrs: Some(entries(file, &key, value)?),
                        ..shapes::PrefixList::default()
                    };
                    join(&mut lists.prefix_lists, file, id, list)?;
                }
                "account_id" | "region" | "NextToken" | "ResponseMetadata" => {}
                _ => self.notes.push(format!(
                    "{}: `{key}` is not used by this release",
                    file.display()
                )),
            }
        }
        Ok(())
    }

    fn into_saved(self) -> Saved {
        let networks = self
            .places
            .into_iter()
            .map(|((account, region), lists)| {
                let account = account.or_else(|| lists.only_owner());
                interpret::network(account, region, lists.into_answers(), Vec::new())
            })
            .collect();
        Saved {
            snapshot: Snapshot {
                networks,
                problems: Vec::new(),
            },
            notes: self.notes,
        }
    }
}

impl Place {
    fn is_empty(&self) -> bool {
        self.vpcs.is_none()
            && self.subnets.is_none()
            && self.route_tables.is_none()
            && self.vpc_endpoints.is_none()
            && self.prefix_lists.is_none()
    }

    /// The account, where everything has the same owner. A shared VPC among
    /// them leaves it open: then nothing says whose answers these are.
    fn only_owner(&self) -> Option<AccountId> {
        let vpcs = self.vpcs.iter().flat_map(|items| items.values());
        let subnets = self.subnets.iter().flat_map(|items| items.values());
        let mut owners: Vec<&String> = vpcs
            .filter_map(|vpc| vpc.owner_id.as_ref())
            .chain(subnets.filter_map(|subnet| subnet.owner_id.as_ref()))
            .collect();
        owners.sort();
        owners.dedup();
        match owners.as_slice() {
            [only] => only.parse().ok(),
            _ => None,
        }
    }

    fn into_answers(self) -> Answers {
        fn fact<T>(items: Option<BTreeMap<String, T>>, command: &str) -> Fact<Vec<T>> {
            match items {
                Some(items) => Fact::Known(items.into_values().collect()),
                None => Fact::Missing(format!(
                    "the answer of {command} is not among the saved files"
                )),
            }
        }
        Answers {
            vpcs: fact(self.vpcs, "describe-vpcs"),
            subnets: fact(self.subnets, "describe-subnets"),
            route_tables: fact(self.route_tables, "describe-route-tables"),
            vpc_endpoints: fact(self.vpc_endpoints, "describe-vpc-endpoints"),
            prefix_lists: fact(self.prefix_lists, "describe-prefix-lists"),
        }
    }
}

fn is_known(key: &str) -> bool {
    matches!(
        key,
        "Vpcs"
            | "Subnets"
            | "RouteTables"
            | "VpcEndpoints"
            | "PrefixLists"
            | "ManagedPrefixLists"
            | "Entries"
    )
}

/// Account and Region from the names of the folders above a file, the nearest first.
fn place_of(file: &Path) -> (Option<AccountId>, Option<Region>) {
    let folders = || {
        file.ancestors()
            .skip(1)
            .filter_map(|folder| folder.file_name()?.to_str())
    };
    (
        folders().find_map(|name| name.parse().ok()),
        folders().find_map(|name| name.parse().ok()),
    )
}

/// The id of the list in a name such as `entries-pl-0123.json`.
fn list_in_name(file: &Path) -> Option<String> {
    let name = file.file_stem()?.to_str()?;
    let at = name.find("pl-")?;
    let id: String = name[at..]
        .chars()
        .enumerate()
        .take_while(|(at, c)| *at < 3 || c.is_ascii_alphanumeric())
        .map(|(_, c)| c)
        .collect();
    (id.len() > 3).then_some(id)
}

fn other_shape(file: &Path, key: &str, why: &dyn std::fmt::Display) -> SavedError {
    SavedError::OtherShape {
        path: file.to_owned(),
        key: key.to_owned(),
        why: why.to_string(),
    }
}

fn items<T: DeserializeOwned>(file: &Path, key: &str, value: Value) -> Result<Vec<T>, SavedError> {
    serde_json::from_value(value).map_err(|error| other_shape(file, key, &error))
}

fn merge<T: DeserializeOwned + PartialEq>(
    list: &mut Option<BTreeMap<String, T>>,
    file: &Path,
    key: &str,
    value: Value,
    id: impl Fn(&T) -> &Option<String>,
) -> Result<(), SavedError> {
    let list = list.get_or_insert_default();
    for item in items::<T>(file, key, value)? {
        let id = id(&item)
            .clone()
            .ok_or_else(|| other_shape(file, key, &"an item has no id"))?;
        if list.get(&id).is_some_and(|known| *known != item) {
            return Err(SavedError::Contradiction {
                path: file.to_owned(),
                id,
            });
        }
        list.insert(id, item);
    }
    Ok(())
}

fn merge_prefix_lists(
    lists: &mut Option<BTreeMap<String, shapes::PrefixList>>,
    file: &Path,
    key: &str,
    value: Value,
) -> Result<(), SavedError> {
    lists.get_or_insert_default();
    let values: Vec<Map<String, Value>> = items(file, key, value)?;
    for mut object in values {
        // Our own documents hold the entries inside the list.
        let inside = object.remove("Entries");
        let mut list: shapes::PrefixList = serde_json::from_value(Value::Object(object))
            .map_err(|error| other_shape(file, key, &error))?;
        if let Some(inside) = inside {
            list.cidrs = Some(entries(file, key, inside)?);
        }
        let id = list
            .prefix_list_id
            .clone()
            .ok_or_else(|| other_shape(file, key, &"an item has no id"))?;
        join(lists, file, id, list)?;
    }
    Ok(())
}

/// Merges what two calls say of one list, member by member.
fn join(
    lists: &mut Option<BTreeMap<String, shapes::PrefixList>>,
    file: &Path,
    id: String,
    new: shapes::PrefixList,
) -> Result<(), SavedError> {
    fn member<T: PartialEq>(known: &mut Option<T>, new: Option<T>) -> bool {
        match (known.as_ref(), new) {
            (_, None) => true,
            (None, new) => {
                *known = new;
                true
            }
            (Some(known), Some(new)) => *known == new,
        }
    }
    let list = lists
        .get_or_insert_default()
        .entry(id.clone())
        .or_insert_with(|| shapes::PrefixList {
            prefix_list_id: Some(id.clone()),
            ..shapes::PrefixList::default()
        });
    let sorted = |cidrs: Option<Vec<String>>| {
        cidrs.map(|mut cidrs| {
            cidrs.sort();
            cidrs
        })
    };
    let agrees = member(&mut list.prefix_list_name, new.prefix_list_name)
        && member(&mut list.owner_id, new.owner_id)
        && member(&mut list.cidrs, sorted(new.cidrs));
    if agrees {
        Ok(())
    } else {
        Err(SavedError::Contradiction {
            path: file.to_owned(),
            id,
        })
    }
}

fn entries(file: &Path, key: &str, value: Value) -> Result<Vec<String>, SavedError> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Entry {
        cidr: String,
    }
    Ok(items::<Entry>(file, key, value)?
        .into_iter()
        .map(|entry| entry.cidr)
        .collect())
}
