//! A saved account: a folder of AWS CLI answers as it is, or one document.
//!
//! Half an account is never judged: an answer that was cut, a file that cannot
//! be read, or two that contradict each other is an error, not a gap.
//!
//! `vpce-guard snapshot` writes the same files ([`mod@write`]), and adds keys of
//! its own where AWS has none:
//!
//! | key | where | holds |
//! |---|---|---|
//! | `Problems` | a target, or the top | questions without a usable answer: `AccountId`, `Region`, `Operation`, `Code`, `Message`, `Hint` |
//! | `Missing` | a target | by the key of a list that is missing (`RouteTables`): why |
//! | `Metrics` | a target | `StartTime`, `EndTime`, `Services`, `Answered`, `PrivateLinkAsked`, and `Readings` of `VpcEndpointId`, `Source`, `Quantity` (`Bytes` or `Count`), `Sum`, `Complete` |
//!
//! A folder called [`UNKNOWN_ACCOUNT`] (in a document `"account_id": null`)
//! says that the account was not known, so that none is concluded from owners.

mod error;
mod files;
mod notes;
mod own;
mod parse;
mod place;
mod region;
pub mod write;

pub use error::SavedError;
pub use files::{UNFINISHED, json_files};

use super::record::Record;
use crate::domain::{
    ids::{AccountId, Region},
    problem::Problem,
};
use jiff::Timestamp;
use notes::Notes;
use parse::{Contents, Whose};
use place::{Place, Sources};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// The schema of a document that holds a whole saved account.
pub const SCHEMA: &str = "vpce-guard/snapshot/1";

/// The folder of answers whose account was not known.
pub const UNKNOWN_ACCOUNT: &str = "unknown-account";

/// What a saved account holds.
#[derive(Debug)]
pub struct Saved {
    /// The answers.
    pub record: Record,
    /// When the oldest document was taken; folders do not say it.
    pub taken_at: Option<Timestamp>,
    /// What in the files was not used, or was concluded, for people.
    pub notes: Vec<String>,
}

/// Reads a folder of AWS CLI answers, or one document.
///
/// `regions` are those that are wanted, empty: all. Where it is one, answers
/// whose folder does not say their Region are of it.
///
/// # Errors
/// When a file cannot be read, was cut, or contradicts another, and when a
/// Region that is wanted is not there.
pub fn read(path: &Path, regions: &[Region]) -> Result<Saved, SavedError> {
    let mut collector = Collector::default();
    for file in json_files(path)? {
        collector.add_file(file)?;
    }
    if collector.places.is_empty() {
        return Err(SavedError::Nothing {
            path: path.to_owned(),
        });
    }
    let only = match regions {
        [one] => Some(one),
        _ => None,
    };
    collector.settle_regions(path, only)?;
    let there: BTreeSet<&Region> = collector.settled.keys().map(|(_, region)| region).collect();
    if let Some(region) = regions.iter().find(|region| !there.contains(region)) {
        return Err(SavedError::OtherRegions {
            path: path.to_owned(),
            region: region.clone(),
            there: there.into_iter().cloned().collect(),
        });
    }
    Ok(collector.into_saved(regions))
}

#[derive(Default)]
struct Collector {
    sources: Sources,
    places: BTreeMap<(Whose, Option<Region>), Place>,
    /// The places once each has a Region.
    settled: BTreeMap<(Whose, Region), Place>,
    problems: Vec<Problem>,
    taken_at: Option<Timestamp>,
    notes: Notes,
}

impl Collector {
    fn add_file(&mut self, path: PathBuf) -> Result<(), SavedError> {
        let file = parse::file(&path, &files::read(&path)?)?;
        if !file.is_object {
            self.notes.foreign(&path);
            return Ok(());
        }
        self.taken_at = match (self.taken_at, file.taken_at) {
            (Some(known), Some(new)) => Some(known.min(new)),
            (known, new) => known.or(new),
        };
        let (whose, region) = place_of(&path);
        let source = self.sources.add(path);
        self.add(source, (whose, region), file.lists)?;
        for part in file.parts {
            self.add(source, (part.whose, part.region), part.lists)?;
        }
        Ok(())
    }

    fn add(
        &mut self,
        source: usize,
        place: (Whose, Option<Region>),
        mut lists: Contents,
    ) -> Result<(), SavedError> {
        for key in lists.unused.drain(..) {
            self.notes.unused(key, self.sources.path(source));
        }
        if place.1.is_none() && lists.holds_problems_alone() {
            for problem in lists.problems.into_iter().flatten() {
                let problem = problem.read();
                self.problems.push(problem.map_err(|why| {
                    parse::other_shape(self.sources.path(source), "Problems", &why)
                })?);
            }
            return Ok(());
        }
        if !lists.is_used() {
            return Ok(());
        }
        let place = self.places.entry(place).or_default();
        place.add(&self.sources, source, lists)
    }

    /// Gives every place its Region: that of its folder, of its contents, or `only`.
    fn settle_regions(&mut self, path: &Path, only: Option<&Region>) -> Result<(), SavedError> {
        for ((whose, region), place) in std::mem::take(&mut self.places) {
            let region = match region {
                Some(region) => region,
                None => self.region_of(path, &place, only)?,
            };
            let settled = self.settled.entry((whose, region)).or_default();
            settled.absorb(&self.sources, place)?;
        }
        Ok(())
    }

    fn region_of(
        &mut self,
        path: &Path,
        place: &Place,
        only: Option<&Region>,
    ) -> Result<Region, SavedError> {
        let mut named: Vec<Region> = region::named_by(place).into_iter().collect();
        match (named.as_slice(), only) {
            ([_, _, ..], _) => Err(SavedError::MixedRegions {
                path: path.to_owned(),
                found: named,
            }),
            ([one], Some(only)) if one != only => Err(SavedError::OtherRegions {
                path: path.to_owned(),
                region: only.clone(),
                there: named,
            }),
            ([_] | [], Some(only)) => Ok(only.clone()),
            ([one], None) => {
                self.notes.say(format!(
                    "{}: no folder says the Region, its contents say {one}",
                    path.display()
                ));
                Ok(named.swap_remove(0))
            }
            ([], None) => Err(SavedError::NoRegion {
                path: self
                    .sources
                    .path(place.first.unwrap_or_default())
                    .to_owned(),
            }),
        }
    }

    fn into_saved(mut self, regions: &[Region]) -> Saved {
        let mut targets = Vec::new();
        for ((whose, region), place) in self.settled {
            if !regions.is_empty() && !regions.contains(&region) {
                continue;
            }
            let account = match whose {
                Whose::Of(account) => Some(account),
                Whose::Unknown => None,
                Whose::Unsaid => place.only_owner(),
            };
            targets.push(place.into_target(account, region, &self.sources, &mut self.notes));
        }
        targets.sort_by(|a, b| (&a.account, &a.region).cmp(&(&b.account, &b.region)));
        Saved {
            record: Record {
                targets,
                problems: self.problems,
            },
            taken_at: self.taken_at,
            notes: self.notes.into_texts(),
        }
    }
}

/// Account and Region from the names of the folders above a file, the nearest
/// first; those above the folder that was given count, too.
fn place_of(file: &Path) -> (Whose, Option<Region>) {
    // Without the current folder, `.` would have no name.
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let folders = || {
        file.ancestors()
            .skip(1)
            .filter_map(|folder| folder.file_name()?.to_str())
    };
    let whose = folders().find_map(|name| match name.parse::<AccountId>() {
        Ok(account) => Some(Whose::Of(account)),
        Err(_) => (name == UNKNOWN_ACCOUNT).then_some(Whose::Unknown),
    });
    let region = folders().find_map(|name| name.parse().ok());
    (whose.unwrap_or(Whose::Unsaid), region)
}
