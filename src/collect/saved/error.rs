//! What makes a saved account unfit to be judged.

use crate::domain::ids::Region;
use std::{io, path::PathBuf};

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
    /// A file is larger than any answer.
    #[error(
        "{} has {size} bytes, more than the {limit} that are read: save one Region per file, without other output",
        path.display()
    )]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
        /// The largest size that is read, in bytes.
        limit: u64,
    },
    /// A file holds nothing, as a command leaves it that failed.
    #[error("{} is empty: the command that wrote it has failed, so run it again", path.display())]
    Empty {
        /// Which.
        path: PathBuf,
    },
    /// A file is not JSON, or was cut.
    #[error("{} is not whole JSON: {why}: save it again with --output json", path.display())]
    NotJson {
        /// Which.
        path: PathBuf,
        /// Why, with line and column.
        why: String,
    },
    /// A known key holds something of another shape.
    #[error("{}: `{key}` has another shape than AWS gives it: {why}", path.display())]
    OtherShape {
        /// Which file.
        path: PathBuf,
        /// Which key.
        key: String,
        /// Why, with line and column.
        why: String,
    },
    /// A document of another release.
    #[error("{} is of schema {schema}, which this release cannot read: it reads {}", path.display(), super::SCHEMA)]
    OtherSchema {
        /// Which file.
        path: PathBuf,
        /// Its schema.
        schema: String,
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
    #[error("{} and {} contradict each other about {id}: save both again at the same time", path.display(), other.display())]
    Contradiction {
        /// The file that was read later.
        path: PathBuf,
        /// The file that was read before.
        other: PathBuf,
        /// The resource.
        id: String,
    },
    /// Nobody says which Region it is.
    #[error("{} does not say which Region it is of: name a folder like the Region, or give --region", path.display())]
    NoRegion {
        /// Which file.
        path: PathBuf,
    },
    /// Answers of several Regions lie where nothing tells them apart.
    #[error(
        "{} holds answers of several Regions ({}) that no folder tells apart: put those of each into a folder named like the Region",
        path.display(),
        list(found)
    )]
    MixedRegions {
        /// Which folder or file.
        path: PathBuf,
        /// The Regions that the contents name.
        found: Vec<Region>,
    },
    /// A Region that was asked for is not there.
    #[error("{} holds nothing of {region}: it holds {}", path.display(), list(there))]
    OtherRegions {
        /// Which folder or file.
        path: PathBuf,
        /// The Region that was asked for.
        region: Region,
        /// The Regions that are there.
        there: Vec<Region>,
    },
    /// `Entries` name no list by themselves.
    #[error("{}: `Entries` belong to the list in the file's name: call it entries-pl-0123.json", path.display())]
    NamelessEntries {
        /// Which file.
        path: PathBuf,
    },
    /// Writing it was broken off.
    #[error("{} holds a snapshot that was not finished: remove it and take it again", path.display())]
    Unfinished {
        /// The folder.
        path: PathBuf,
    },
    /// There is nothing to judge.
    #[error(
        "{} holds none of Vpcs, Subnets, RouteTables, VpcEndpoints, PrefixLists: save the answers of describe-vpcs, describe-subnets, describe-route-tables, describe-vpc-endpoints and describe-prefix-lists there, as *.json",
        path.display()
    )]
    Nothing {
        /// Which folder or file.
        path: PathBuf,
    },
}

fn list(regions: &[Region]) -> String {
    let names: Vec<&str> = regions.iter().map(Region::as_str).collect();
    names.join(", ")
}
