//! The use case of `explain`: one subnet and one destination, live or saved.

#[cfg(feature = "aws")]
use super::check;
use crate::{
    collect::{
        record::Record,
        saved::{self, SavedError},
    },
    domain::{
        ids::{Region, SubnetId},
        problem::Problem,
        service::Service,
        snapshot::{Network, Snapshot},
    },
    engine::{explain, model::Model, private_names},
    evidence::Window,
    report::explain as document,
    rules::RULES,
};
use jiff::Timestamp;
use std::path::Path;

pub use crate::{
    domain::destination::{Destination, InvalidDestination},
    engine::explain::Resolution,
    report::explain::Document,
};

/// A subnet that is in none of the networks that were looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{subnet} is nowhere: looked {looked}; {}",
    if nearest.is_empty() {
        "check the id, the account and the Region".to_owned()
    } else {
        format!("the nearest ids are {}", nearest.join(", "))
    }
)]
pub struct NoSuchSubnet {
    subnet: SubnetId,
    looked: String,
    nearest: Vec<String>,
}

/// The network that has the subnet.
#[derive(Debug)]
pub struct Found {
    snapshot: Snapshot,
    subnet: SubnetId,
}

/// An account in which a subnet is looked for.
#[derive(Debug)]
pub struct Account {
    /// Its facts.
    pub snapshot: Snapshot,
    /// What in its files was not used.
    pub notes: Vec<String>,
}

impl Account {
    fn of(record: Record, notes: &[String], now: Timestamp) -> Self {
        // Where traffic may go needs no window of metrics.
        let window = Window {
            start: now,
            end: now,
        };
        Self {
            snapshot: record.interpret(window).snapshot,
            notes: notes.iter().map(|note| document::harmless(note)).collect(),
        }
    }
}

/// Reads a saved account.
///
/// # Errors
/// When the files cannot be read as one whole account.
pub fn saved(path: &Path, regions: &[Region], now: Timestamp) -> Result<Account, SavedError> {
    let saved = saved::read(path, regions)?;
    Ok(Account::of(saved.record, &saved.notes, now))
}

/// Asks AWS.
///
/// # Errors
/// When nothing says which Region, or the profile is nowhere.
#[cfg(feature = "aws")]
pub async fn live(
    place: &check::Live,
    clock: fn() -> Timestamp,
) -> Result<Account, check::CannotAsk> {
    let now = clock();
    let request = check::CheckRequest {
        services: Service::ALL.into(),
        vpcs: std::collections::BTreeSet::new(),
        config: super::config::Config {
            // Where traffic may go needs no metrics.
            metrics: Vec::new(),
            ..super::config::Config::default()
        },
        lookback_hours: super::environment::DEFAULT_LOOKBACK_HOURS,
        clock,
    };
    let record = Box::pin(check::ask(&request, place, now)).await?;
    Ok(Account::of(record, &[], now))
}

/// Finds the network that has the subnet; of one that is shared, its owner's.
///
/// # Errors
/// When none has.
pub fn find(mut account: Snapshot, subnet: &SubnetId) -> Result<Found, NoSuchSubnet> {
    account.leave_shared_to_owner();
    let has = |network: &Network| {
        let subnets = network.subnets.known();
        subnets.is_some_and(|subnets| subnets.contains_key(subnet))
    };
    let Some(at) = account.networks.iter().position(has) else {
        return Err(nowhere(&account, subnet));
    };
    let network = account.networks.swap_remove(at);
    Ok(Found {
        snapshot: Snapshot {
            networks: vec![network],
            problems: account.problems,
        },
        subnet: subnet.clone(),
    })
}

impl Found {
    /// The name whose addresses are wanted; `None` where there is none to ask.
    #[must_use]
    pub fn host(&self, destination: &Destination) -> Option<String> {
        let network = self.snapshot.networks.first()?;
        let subnet = network.subnets.known()?.get(&self.subnet)?;
        Some(private_names::host(network, subnet, destination)?.host)
    }

    /// What could not be read, one line each.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let networks = self.snapshot.networks.iter();
        networks
            .flat_map(|network| &network.problems)
            .chain(&self.snapshot.problems)
            .map(Problem::line)
            .collect()
    }

    /// Explains; `None` never happens for a subnet that was found.
    #[must_use]
    pub fn explain(&self, destination: &Destination, resolution: &Resolution) -> Option<Document> {
        let model = Model::new(&self.snapshot, &Service::ALL);
        let network = model.networks.first()?;
        let subnet = network.network.subnets.known()?.get(&self.subnet)?;
        let explanation = explain::explain(network, subnet, destination, resolution)?;
        Some(document::document(&explanation, RULES))
    }
}

/// Says where was looked, and which ids look alike.
fn nowhere(account: &Snapshot, subnet: &SubnetId) -> NoSuchSubnet {
    /// As many as a person compares at a glance.
    const MOST: usize = 3;
    /// How alike two ids are that may be one mistyped, from 0 to 1. All ids
    /// share their beginning.
    const ALIKE: f64 = 0.85;
    let mut places = Vec::new();
    let mut alike: Vec<(f64, &str)> = Vec::new();
    for network in &account.networks {
        let owner = network
            .account
            .as_ref()
            .map_or("an unknown account", |id| id.as_str());
        match network.subnets.known() {
            Some(subnets) => {
                places.push(format!(
                    "{owner} {} ({} subnets)",
                    network.region,
                    subnets.len()
                ));
                alike.extend(subnets.keys().map(|known| {
                    let likeness = strsim::jaro_winkler(known.as_str(), subnet.as_str());
                    (likeness, known.as_str())
                }));
            }
            None => places.push(format!(
                "{owner} {} (its subnets could not be read)",
                network.region
            )),
        }
    }
    alike.retain(|(likeness, _)| *likeness >= ALIKE);
    alike.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let mut looked = if places.is_empty() {
        "in no Region".to_owned()
    } else {
        format!("in {}", places.join(", "))
    };
    for problem in &account.problems {
        looked.push_str("; ");
        looked.push_str(&problem.line());
    }
    NoSuchSubnet {
        subnet: subnet.clone(),
        looked,
        nearest: alike
            .into_iter()
            .take(MOST)
            .map(|(_, id)| id.to_owned())
            .collect(),
    }
}
