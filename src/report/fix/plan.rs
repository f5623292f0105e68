//! What a whole report needs, once each: a new endpoint per VPC and service
//! with every table that lacks one, and each table once per endpoint.

use super::{Place, place};
use crate::{
    domain::{
        ids::{EndpointId, RouteTableId, VpcId},
        service::Service,
    },
    engine::fix::{Action, NewEndpoint},
    report::wire,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

/// A VPC and a service in it: what gets one new endpoint.
type Wanting<'r> = (Place<'r>, &'r VpcId, Service);

/// What a report's findings need.
#[derive(Debug)]
pub(super) struct Plan<'r> {
    /// The endpoints to make.
    pub(super) create: Vec<Create<'r>>,
    /// The endpoints that are there, with the tables to add.
    pub(super) attach: Vec<Attach<'r>>,
    /// What no code does.
    pub(super) by_hand: Vec<ByHand<'r>>,
    /// How many findings are accepted, and left out.
    pub(super) exempt: usize,
    /// What was not seen, so that fixes for it may be missing; empty where
    /// everything was.
    pub(super) gaps: Vec<String>,
}

/// An endpoint to make.
#[derive(Debug)]
pub(super) struct Create<'r> {
    pub(super) place: Place<'r>,
    pub(super) endpoint: NewEndpoint,
    pub(super) mends: BTreeSet<&'r str>,
}

impl<'r> Create<'r> {
    fn empty(place: Place<'r>, new: &NewEndpoint) -> Self {
        Self {
            place,
            endpoint: NewEndpoint {
                tables: Vec::new(),
                ..new.clone()
            },
            mends: BTreeSet::new(),
        }
    }
}

/// Tables to add to an endpoint.
#[derive(Debug)]
pub(super) struct Attach<'r> {
    pub(super) place: Place<'r>,
    pub(super) endpoint: &'r EndpointId,
    pub(super) tables: BTreeSet<&'r RouteTableId>,
    pub(super) mends: BTreeSet<&'r str>,
}

impl<'r> Attach<'r> {
    fn empty(place: Place<'r>, endpoint: &'r EndpointId) -> Self {
        Self {
            place,
            endpoint,
            tables: BTreeSet::new(),
            mends: BTreeSet::new(),
        }
    }
}

/// What somebody has to do, or to look at first.
#[derive(Debug)]
pub(super) struct ByHand<'r> {
    pub(super) finding: &'r wire::Finding,
    pub(super) place: Place<'r>,
    pub(super) actions: Vec<Action>,
    pub(super) concerns: BTreeSet<&'r str>,
}

impl<'r> Plan<'r> {
    /// The plan of a report.
    pub(super) fn of(report: &'r wire::Report) -> Self {
        let mut create: BTreeMap<Wanting<'r>, Create<'r>> = BTreeMap::new();
        let mut attach: BTreeMap<(Place<'r>, &'r EndpointId), Attach<'r>> = BTreeMap::new();
        let mut others = Vec::new();
        let counted = || {
            report
                .findings
                .iter()
                .filter(|finding| finding.exemption.is_none())
        };
        for finding in counted() {
            let place = place(finding);
            let [action] = finding.remediation.actions.as_slice() else {
                others.push(finding);
                continue;
            };
            if let Some(new) = action.makes().filter(|new| !new.tables.is_empty()) {
                let made = create
                    .entry((place, &new.vpc, new.service))
                    .or_insert_with(|| Create::empty(place, new));
                made.endpoint.tables.extend_from_slice(&new.tables);
                made.mends.insert(subject(finding));
            } else if let Some((endpoint, tables)) =
                action.attaches().filter(|(_, tables)| !tables.is_empty())
            {
                let attached = attach
                    .entry((place, endpoint))
                    .or_insert_with(|| Attach::empty(place, endpoint));
                attached.tables.extend(tables);
                attached.mends.insert(subject(finding));
            } else {
                others.push(finding);
            }
        }
        for made in create.values_mut() {
            made.endpoint.tables.sort();
            made.endpoint.tables.dedup();
        }
        let by_hand = by_hand(&others, &create);
        Self {
            create: create.into_values().collect(),
            attach: attach.into_values().collect(),
            by_hand,
            exempt: report.findings.len() - counted().count(),
            gaps: gaps(report),
        }
    }

    /// Whether anything in it is code.
    pub(super) fn has_code(&self) -> bool {
        !self.create.is_empty() || !self.attach.is_empty()
    }

    /// The accounts that the code is for.
    pub(super) fn accounts(&self) -> BTreeSet<&'r str> {
        let created = self.create.iter().map(|create| create.place);
        let attached = self.attach.iter().map(|attach| attach.place);
        created
            .chain(attached)
            .filter_map(|place| place.account)
            .collect()
    }
}

/// Findings with the same fix become one: the subnets of a table share it.
fn by_hand<'r>(
    findings: &[&'r wire::Finding],
    create: &BTreeMap<Wanting<'r>, Create<'r>>,
) -> Vec<ByHand<'r>> {
    let mut together: BTreeMap<_, ByHand<'r>> = BTreeMap::new();
    for finding in findings.iter().copied() {
        let place = place(finding);
        let remediation = &finding.remediation;
        // The command itself tells apart what the sentence does not.
        let key = (
            place,
            finding.rule,
            &remediation.summary,
            &remediation.commands,
        );
        together
            .entry(key)
            .or_insert_with(|| ByHand {
                finding,
                place,
                actions: remediation
                    .actions
                    .iter()
                    .map(|action| after(action, place, create))
                    .collect(),
                concerns: BTreeSet::new(),
            })
            .concerns
            .insert(subject(finding));
    }
    together.into_values().collect()
}

/// An action as it stands after the plan's code has run: an endpoint that the
/// code makes is not made twice.
fn after<'r>(
    action: &'r Action,
    place: Place<'r>,
    create: &BTreeMap<Wanting<'r>, Create<'r>>,
) -> Action {
    match action.makes() {
        Some(new) if create.contains_key(&(place, &new.vpc, new.service)) => Action::Attach {
            endpoint: None,
            tables: new.tables.clone(),
        },
        Some(_) | None => action.clone(),
    }
}

/// What a finding is about.
fn subject(finding: &wire::Finding) -> &str {
    let names = [
        &finding.subnet_id,
        &finding.vpc_endpoint_id,
        &finding.route_table_id,
        &finding.vpc_id,
    ];
    names
        .into_iter()
        .find_map(|name| name.as_deref())
        .unwrap_or("the configuration")
}

/// Lets the command of each finding do for all tables of its VPC that need no
/// more than a new endpoint, so that nobody makes one per table; and tells a
/// finding about an unused endpoint which tables wait for it. Tables of exempt
/// findings are left as they are.
pub(in crate::report) fn share_tables(findings: &mut [wire::Finding]) {
    let mut wanting: BTreeMap<Key, BTreeSet<RouteTableId>> = BTreeMap::new();
    for finding in findings.iter() {
        if finding.exemption.is_none()
            && let [action] = finding.remediation.actions.as_slice()
            && let Some((key, tables)) = tables_of(finding, action)
        {
            wanting
                .entry(key)
                .or_default()
                .extend(tables.iter().cloned());
        }
    }
    for finding in findings.iter_mut() {
        if finding.exemption.is_some() {
            continue;
        }
        let [action] = finding.remediation.actions.as_slice() else {
            continue;
        };
        let Some(all) = tables_of(finding, action).and_then(|(key, _)| wanting.get(&key)) else {
            continue;
        };
        share(&mut finding.remediation, all);
    }
}

/// Account, Region, and the endpoint or what is to become one.
type Key = (Option<String>, Option<String>, String, Option<Service>);

fn tables_of<'f>(finding: &wire::Finding, action: &'f Action) -> Option<(Key, &'f [RouteTableId])> {
    let (what, service, tables) = if let Some(new) = action.makes() {
        (
            new.vpc.to_string(),
            Some(new.service),
            new.tables.as_slice(),
        )
    } else {
        let (endpoint, tables) = action.attaches()?;
        (endpoint.to_string(), None, tables)
    };
    let (account, region) = (finding.account_id.clone(), finding.region.clone());
    Some(((account, region, what, service), tables))
}

fn share(remediation: &mut wire::Remediation, all: &BTreeSet<RouteTableId>) {
    match remediation.actions.as_mut_slice() {
        [Action::Create(new)] if new.tables.len() < all.len() => {
            let others = all.len() - new.tables.len();
            new.tables = all.iter().cloned().collect();
            // Writing to a string cannot fail.
            let _ = match others {
                1 => write!(
                    remediation.summary,
                    "; run once, it serves the other table of the VPC that lacks one, too"
                ),
                n => write!(
                    remediation.summary,
                    "; run once, it serves the {n} other tables of the VPC that lack one, too"
                ),
            };
        }
        [Action::Attach { tables, .. }] if tables.is_empty() => {
            *tables = all.iter().cloned().collect();
        }
        _ => {}
    }
}

/// What was not seen, one line each, the sum of it first.
fn gaps(report: &wire::Report) -> Vec<String> {
    if report.complete {
        return Vec::new();
    }
    let mut lines = vec![format!(
        "Not complete: {} judgements and {} answers are missing, so fixes may be, too.",
        report.summary.unverifiable,
        report.errors.len()
    )];
    lines.extend(
        report
            .errors
            .iter()
            .map(|error| format!("  {}", error.line())),
    );
    lines
}
