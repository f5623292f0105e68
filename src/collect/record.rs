//! What AWS answered, not yet interpreted: what can be saved and read back.

use super::interpret::{self, Answers};
use crate::{
    domain::{
        ids::{AccountId, Region},
        problem::Problem,
        service::Service,
        snapshot::Snapshot,
    },
    evidence::{Evidence, Window, metrics::MetricsAnswer},
};

/// The answers of one run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    /// One per account and Region.
    pub targets: Vec<Target>,
    /// What could not be read and belongs to no target, such as the list of Regions.
    pub problems: Vec<Problem>,
}

/// The answers of one account in one Region.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The account that was asked; `None` where even that is not known.
    pub account: Option<AccountId>,
    /// The Region.
    pub region: Region,
    /// The five lists.
    pub answers: Answers,
    /// What could not be read, and why.
    pub problems: Vec<Problem>,
    /// What was asked about traffic; `None`: nothing.
    pub traffic: Option<Traffic>,
}

/// What metrics say about one account and Region.
#[derive(Debug, Clone, PartialEq)]
pub struct Traffic {
    /// The time that was asked about.
    pub window: Window,
    /// The services whose endpoints were asked about.
    pub services: Vec<Service>,
    /// The answer.
    pub answer: MetricsAnswer,
}

/// Facts, ready to be judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Collected {
    /// The facts.
    pub snapshot: Snapshot,
    /// What was seen of traffic.
    pub evidence: Evidence,
}

impl Record {
    /// Reads the answers, and lets go of each once it is read. `window` stands
    /// where nobody asked about traffic.
    #[must_use]
    pub fn interpret(self, window: Window) -> Collected {
        let mut snapshot = Snapshot {
            networks: Vec::with_capacity(self.targets.len()),
            problems: self.problems,
        };
        let mut evidence = Evidence::none(window);
        for target in self.targets {
            if let Some(traffic) = target.traffic {
                let key = (target.account.clone(), target.region.clone());
                if traffic.window != window {
                    evidence.windows.insert(key.clone(), traffic.window);
                }
                evidence.metrics.insert(key, traffic.answer);
            }
            snapshot.networks.push(interpret::network(
                target.account,
                target.region,
                target.answers,
                target.problems,
            ));
        }
        Collected { snapshot, evidence }
    }

    /// Whether not one list of subnets was read.
    #[must_use]
    pub fn saw_no_subnets(&self) -> bool {
        let mut lists = self.targets.iter().map(|target| &target.answers.subnets);
        lists.all(|list| list.known().is_none())
    }

    /// Every problem, those of the targets last.
    pub fn all_problems(&self) -> impl Iterator<Item = &Problem> {
        let of_targets = self.targets.iter().flat_map(|target| &target.problems);
        self.problems.iter().chain(of_targets)
    }
}
