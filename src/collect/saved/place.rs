//! What several files say of one account and Region, merged.

use super::{error::SavedError, notes::Notes, own, parse::Contents};
use crate::{
    collect::{
        interpret::{Answers, Item},
        record::{Target, Traffic},
        shapes,
    },
    domain::{
        fact::Fact,
        ids::{AccountId, Region},
        problem::Problem,
    },
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// The files that were read, in their order; items point to theirs by index.
#[derive(Debug, Default)]
pub(super) struct Sources(Vec<PathBuf>);

impl Sources {
    pub(super) fn add(&mut self, path: PathBuf) -> usize {
        self.0.push(path);
        self.0.len() - 1
    }

    pub(super) fn path(&self, source: usize) -> &Path {
        self.0.get(source).map_or(Path::new(""), PathBuf::as_path)
    }

    fn contradiction(&self, (a, b): (usize, usize), id: &str) -> SavedError {
        SavedError::Contradiction {
            path: self.path(a.max(b)).to_owned(),
            other: self.path(a.min(b)).to_owned(),
            id: id.to_owned(),
        }
    }
}

/// Items by id, with the file of each.
type Merged<T> = BTreeMap<String, (T, usize)>;

/// The answers of one place. A list that no file holds is missing.
#[derive(Debug, Default)]
pub(super) struct Place {
    vpcs: Option<Merged<shapes::Vpc>>,
    subnets: Option<Merged<shapes::Subnet>>,
    route_tables: Option<Merged<shapes::RouteTable>>,
    vpc_endpoints: Option<Merged<shapes::VpcEndpoint>>,
    prefix_lists: Merged<shapes::PrefixList>,
    /// Whether a file lists prefix lists: entries alone do not say which there are.
    are_lists_listed: bool,
    missing: BTreeMap<String, String>,
    problems: Vec<Problem>,
    traffic: Option<(Traffic, usize)>,
    /// The first file that says something of this place.
    pub(super) first: Option<usize>,
}

impl Place {
    /// Adds what one file says.
    pub(super) fn add(
        &mut self,
        sources: &Sources,
        source: usize,
        lists: Contents,
    ) -> Result<(), SavedError> {
        self.first.get_or_insert(source);
        merge(&mut self.vpcs, sources, source, lists.vpcs)?;
        merge(&mut self.subnets, sources, source, lists.subnets)?;
        merge(&mut self.route_tables, sources, source, lists.route_tables)?;
        merge(
            &mut self.vpc_endpoints,
            sources,
            source,
            lists.vpc_endpoints,
        )?;
        self.are_lists_listed |= lists.prefix_lists.is_some();
        for list in lists.prefix_lists.into_iter().flatten() {
            self.join(sources, source, list)?;
        }
        if let Some(cidrs) = lists.entries {
            let path = sources.path(source);
            let id = list_in_name(path).ok_or_else(|| SavedError::NamelessEntries {
                path: path.to_owned(),
            })?;
            let list = shapes::PrefixList {
                prefix_list_id: Some(id),
                cidrs: Some(cidrs),
                ..shapes::PrefixList::default()
            };
            self.join(sources, source, list)?;
        }
        let unreadable =
            |key| move |why: String| super::parse::other_shape(sources.path(source), key, &why);
        for problem in lists.problems.into_iter().flatten() {
            let problem = problem.read().map_err(unreadable("Problems"))?;
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
        self.missing.extend(lists.missing.into_iter().flatten());
        if let Some(metrics) = lists.metrics {
            let traffic = own::Metrics::read(metrics).map_err(unreadable("Metrics"))?;
            self.set_traffic(sources, source, traffic)?;
        }
        Ok(())
    }

    /// Adds what another place says that turns out to be this one.
    pub(super) fn absorb(&mut self, sources: &Sources, other: Self) -> Result<(), SavedError> {
        fn all<T: Item + PartialEq>(
            list: &mut Option<Merged<T>>,
            sources: &Sources,
            other: Option<Merged<T>>,
        ) -> Result<(), SavedError> {
            let Some(other) = other else {
                return Ok(());
            };
            // Known to be empty is not missing.
            list.get_or_insert_default();
            for (item, source) in other.into_values() {
                merge(list, sources, source, Some(vec![item]))?;
            }
            Ok(())
        }
        self.first = self.first.or(other.first);
        all(&mut self.vpcs, sources, other.vpcs)?;
        all(&mut self.subnets, sources, other.subnets)?;
        all(&mut self.route_tables, sources, other.route_tables)?;
        all(&mut self.vpc_endpoints, sources, other.vpc_endpoints)?;
        self.are_lists_listed |= other.are_lists_listed;
        for (list, source) in other.prefix_lists.into_values() {
            self.join(sources, source, list)?;
        }
        self.missing.extend(other.missing);
        self.problems.extend(other.problems);
        if let Some((traffic, source)) = other.traffic {
            self.set_traffic(sources, source, traffic)?;
        }
        Ok(())
    }

    fn set_traffic(
        &mut self,
        sources: &Sources,
        source: usize,
        traffic: Traffic,
    ) -> Result<(), SavedError> {
        match &self.traffic {
            Some((known, other)) if *known != traffic => {
                Err(sources.contradiction((source, *other), "Metrics"))
            }
            Some(_) => Ok(()),
            None => {
                self.traffic = Some((traffic, source));
                Ok(())
            }
        }
    }

    /// Merges what two calls say of one prefix list, member by member.
    fn join(
        &mut self,
        sources: &Sources,
        source: usize,
        new: shapes::PrefixList,
    ) -> Result<(), SavedError> {
        fn member<T>(known: &mut Option<T>, new: Option<T>, same: fn(&T, &T) -> bool) -> bool {
            match (known.as_ref(), new) {
                (_, None) => true,
                (None, new) => {
                    *known = new;
                    true
                }
                (Some(known), Some(new)) => same(known, &new),
            }
        }
        let id = new.prefix_list_id.clone().unwrap_or_default();
        let Some((list, other)) = self.prefix_lists.get_mut(&id) else {
            self.prefix_lists.insert(id, (new, source));
            return Ok(());
        };
        let agrees = member(&mut list.prefix_list_name, new.prefix_list_name, String::eq)
            && member(&mut list.owner_id, new.owner_id, String::eq)
            && member(&mut list.address_family, new.address_family, String::eq)
            && member(&mut list.cidrs, new.cidrs, |a, b| same_set(a, b));
        if agrees {
            Ok(())
        } else {
            Err(sources.contradiction((source, *other), &id))
        }
    }

    /// The account: that of the endpoints, since AWS shows nobody those of
    /// others, else that of VPCs and subnets where all have the same owner. A
    /// shared VPC among them leaves it open whose answers these are.
    pub(super) fn only_owner(&self) -> Option<AccountId> {
        let endpoints = self.vpc_endpoints();
        only(endpoints.filter_map(|endpoint| endpoint.owner_id.as_ref()))
            .or_else(|| self.only_owner_of_networks())
    }

    fn only_owner_of_networks(&self) -> Option<AccountId> {
        let vpcs = self.vpcs.iter().flatten();
        let subnets = self.subnets.iter().flatten();
        only(
            vpcs.filter_map(|(_, (vpc, _))| vpc.owner_id.as_ref())
                .chain(subnets.filter_map(|(_, (subnet, _))| subnet.owner_id.as_ref())),
        )
    }

    pub(super) fn subnets(&self) -> impl Iterator<Item = &shapes::Subnet> {
        self.subnets.iter().flatten().map(|(_, (subnet, _))| subnet)
    }

    pub(super) fn vpc_endpoints(&self) -> impl Iterator<Item = &shapes::VpcEndpoint> {
        let endpoints = self.vpc_endpoints.iter().flatten();
        endpoints.map(|(_, (endpoint, _))| endpoint)
    }

    pub(super) fn prefix_lists(&self) -> impl Iterator<Item = &shapes::PrefixList> {
        self.prefix_lists.values().map(|(list, _)| list)
    }

    /// The answers, and a note on each list that cannot be read, with the file
    /// that the reason stands in.
    pub(super) fn into_target(
        self,
        account: Option<AccountId>,
        region: Region,
        sources: &Sources,
        notes: &mut Notes,
    ) -> Target {
        let mut missing = self.missing;
        let prefix_lists = self.are_lists_listed.then_some(self.prefix_lists);
        let mut lists = Reader {
            sources,
            notes,
            missing: &mut missing,
            not_saved: Vec::new(),
        };
        let answers = Answers {
            vpcs: lists.fact(self.vpcs, "Vpcs", "describe-vpcs"),
            subnets: lists.fact(self.subnets, "Subnets", "describe-subnets"),
            route_tables: lists.fact(self.route_tables, "RouteTables", "describe-route-tables"),
            vpc_endpoints: lists.fact(self.vpc_endpoints, "VpcEndpoints", "describe-vpc-endpoints"),
            prefix_lists: lists.fact(prefix_lists, "PrefixLists", "describe-prefix-lists"),
        };
        let mut problems = self.problems;
        for (key, command) in lists.not_saved {
            problems.push(Problem {
                account: account.clone(),
                region: Some(region.clone()),
                operation: format!("ec2:Describe{key}"),
                code: "NotSaved".to_owned(),
                message: format!("the answer of {command} is not among the saved files"),
                hint: Some(format!(
                    "save it beside the others: aws ec2 {command} --region {region}"
                )),
            });
        }
        Target {
            account,
            region,
            answers,
            problems,
            traffic: self.traffic.map(|(traffic, _)| traffic),
        }
    }
}

struct Reader<'a> {
    sources: &'a Sources,
    notes: &'a mut Notes,
    missing: &'a mut BTreeMap<String, String>,
    /// Lists that nobody saved, by key and command. One that a snapshot calls
    /// missing has its problem there, too.
    not_saved: Vec<(&'static str, &'static str)>,
}

impl Reader<'_> {
    fn fact<T: Item>(
        &mut self,
        items: Option<Merged<T>>,
        key: &'static str,
        command: &'static str,
    ) -> Fact<Vec<T>> {
        let why = self.missing.remove(key);
        let Some(items) = items else {
            return Fact::Missing(why.unwrap_or_else(|| {
                self.not_saved.push((key, command));
                format!("the answer of {command} is not among the saved files")
            }));
        };
        let flaw = items
            .values()
            .find_map(|(item, source)| Some((item.id(), source, item.flaw()?)));
        if let Some((id, source, flaw)) = flaw {
            self.notes.say(format!(
                "{}: `{key}` cannot be used, because of {}: {flaw}",
                self.sources.path(*source).display(),
                id.unwrap_or("an item without an id")
            ));
        }
        Fact::Known(items.into_values().map(|(item, _)| item).collect())
    }
}

fn merge<T: Item + PartialEq>(
    list: &mut Option<Merged<T>>,
    sources: &Sources,
    source: usize,
    items: Option<Vec<T>>,
) -> Result<(), SavedError> {
    let Some(items) = items else {
        return Ok(());
    };
    let list = list.get_or_insert_default();
    for item in items {
        // One without an id stays, so that the list counts as unreadable.
        let id = item.id().unwrap_or_default();
        if let Some((known, other)) = list.get(id) {
            if *known != item {
                return Err(sources.contradiction((source, *other), id));
            }
        } else {
            list.insert(id.to_owned(), (item, source));
        }
    }
    Ok(())
}

fn same_set(a: &[String], b: &[String]) -> bool {
    let sorted = |texts: &[String]| {
        let mut texts = texts.to_vec();
        texts.sort();
        texts
    };
    sorted(a) == sorted(b)
}

/// The account that all of these name.
fn only<'a>(mut owners: impl Iterator<Item = &'a String>) -> Option<AccountId> {
    let first = owners.next()?;
    owners
        .all(|owner| owner == first)
        .then(|| first.parse().ok())?
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
