//! The document of an explanation.

use super::{
    super::{
        fix::{FixFormat, Place},
        wire::{Remediation, Tool},
    },
    Address, Destination, Document, Finding, MatchedRoute, RouteTable, Routes, SCHEMA,
    ShownEndpoint, Subnet, advice, notes, sentence,
};
use crate::{
    domain::{
        destination::Target,
        endpoint::{Endpoint, EndpointType, PrivateDns},
        host_name::NameKind,
        ids::{AccountId, EndpointId},
        route::{Route, RouteDestination, RouteState, RouteTarget},
        service::Service,
    },
    engine::{
        endpoint_policy::{Access, EndpointPolicy},
        explain::{AddressPath, Explanation, Resolution, Sendable},
        longest_prefix::Rank,
        matching::{Match, Matching},
        path::{Fate, ViaKind},
        rule::{Check, Outcome, Rule},
    },
};
use ipnet::IpNet;
use std::collections::BTreeSet;

/// Makes the document. `rules` say what is wrong with the subnet.
#[must_use]
pub fn document(of: &Explanation<'_>, rules: &[&'static Rule]) -> Document {
    let endpoints = endpoints(of);
    let mut notes = notes::notes(of);
    let refuses = endpoints
        .iter()
        .any(|(_, access)| *access == Some(Access::DoesNotAllow));
    if let Some(bucket) = &of.destination.bucket {
        notes.extend(endpoints.iter().filter_map(|(endpoint, access)| {
            Some(notes::access(endpoint.id.as_str(), bucket, (*access)?))
        }));
    }
    Document {
        schema: SCHEMA,
        tool: Tool {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
        },
        verdict: of.answer.name(),
        sentence: sentence::sentence(of, refuses),
        notes,
        subnet: subnet(of),
        destination: destination(of),
        route_table: of.case.table().map(|(table, association)| RouteTable {
            route_table_id: table.id.to_string(),
            association: association.name(),
            routes: table.routes.len(),
        }),
        service_path: of.belongs.then(|| of.case.path().name()),
        addresses: of.addresses.iter().map(|path| address(of, path)).collect(),
        routes: routes(of),
        endpoints: endpoints
            .into_iter()
            .map(|(endpoint, access)| shown(of, endpoint, access))
            .collect(),
        findings: findings(of, rules),
        advice: advice::advice(of),
    }
}

fn subnet(of: &Explanation<'_>) -> Subnet {
    let (case, subnet) = (&of.case, of.case.subnet);
    let name = |name: &str| name.to_owned();
    Subnet {
        account_id: case.model.network.account.as_ref().map(ToString::to_string),
        region: case.region().to_string(),
        vpc_id: subnet.vpc.to_string(),
        vpc_name: case
            .model
            .vpc(&subnet.vpc)
            .and_then(|vpc| vpc.tags.name())
            .map(name),
        subnet_id: subnet.id.to_string(),
        name: subnet.tags.name().map(name),
        cidr_block: subnet.cidr_block.map(|block| block.to_string()),
        ipv6: subnet.ipv6 || subnet.ipv6_only,
    }
}

fn destination(of: &Explanation<'_>) -> Destination {
    let asked = of.destination;
    let host = of.host.as_ref();
    Destination {
        given: asked.given.clone(),
        kind: asked.kind(),
        service: of.belongs.then(|| of.case.service().name()),
        host: host.map(|host| host.host.clone()),
        host_kind: host.map(|host| host.kind.name()),
        host_title: host.map(|host| host.kind.title()),
        region: host
            .and_then(|host| host.region.as_ref())
            .map(ToString::to_string),
        bucket: asked.bucket.clone(),
        key: asked.key.clone(),
        addresses_from: match (&asked.target, of.resolution) {
            (Target::Address(_), _) | (_, Resolution::Given(_)) => "given",
            (_, Resolution::Asked(_)) => "dns",
            (_, Resolution::NotAsked | Resolution::Failed(_)) => "none",
        },
        dns_error: match of.resolution {
            Resolution::Failed(error) => Some(error.clone()),
            Resolution::NotAsked | Resolution::Given(_) | Resolution::Asked(_) => None,
        },
    }
}

fn address(of: &Explanation<'_>, path: &AddressPath<'_>) -> Address {
    let (goes_to, target) = match &path.fate {
        // What the table would do matters to nobody then.
        _ if path.sendable == Sendable::Never => (ViaKind::None.name(), None),
        Fate::Endpoint(id) => ("endpoint", Some(id.to_string())),
        Fate::Elsewhere { kind, target } => (kind.name(), target.as_ref().map(ToString::to_string)),
        Fate::Unknown(_) => ("unknown", None),
    };
    let text = match (&path.fate, sentence::way_elsewhere(of, path)) {
        (_, Some(way)) => way,
        (Fate::Endpoint(id), None) => format!("take the gateway endpoint {id}"),
        (Fate::Unknown(why), None) => format!("not known: {why}"),
        (Fate::Elsewhere { kind, .. }, None) => kind.title().to_owned(),
    };
    Address {
        address: path.address.to_string(),
        prefix_list_id: path.listed.map(|listed| listed.list.id.to_string()),
        prefix_list_cidr: path.listed.map(|listed| listed.block.to_string()),
        service: path.listed.map(|listed| listed.service.name()),
        sendable: path.sendable != Sendable::Never,
        translated: match path.sendable {
            Sendable::Translated(address) => Some(address.to_string()),
            Sendable::Directly | Sendable::Never => None,
        },
        goes_to,
        target,
        text,
    }
}

/// One group per set of routes: a bucket's addresses mostly share theirs.
fn routes(of: &Explanation<'_>) -> Vec<Routes> {
    if let (Some(matching), Ok(addresses)) = (&of.whole_list, &of.case.service_model().addresses) {
        return vec![group(vec![addresses.list.to_string()], matching, true)];
    }
    let mut groups: Vec<(&Matching<'_>, Routes)> = Vec::new();
    for path in &of.addresses {
        let counts = path.sendable != Sendable::Never;
        let Some(matching) = path.matching.as_ref().filter(|_| counts) else {
            continue;
        };
        let of_one = group(vec![path.sent_to().to_string()], matching, false);
        let same = groups
            .iter_mut()
            .find(|(known, _)| outcome(known) == outcome(matching));
        match same {
            Some((_, routes)) => join(routes, of_one),
            None => groups.push((matching, of_one)),
        }
    }
    groups.into_iter().map(|(_, routes)| routes).collect()
}

/// Which routes match, in which order, and which of them win or tie.
fn outcome(matching: &Matching<'_>) -> Vec<(usize, bool, bool)> {
    let of = |found: &Match<'_>| (found.index, found.wins.is_empty(), found.ties.is_empty());
    matching.matches.iter().map(of).collect()
}

/// Adds an address to a group of the same outcome: only the blocks may differ.
fn join(routes: &mut Routes, other: Routes) {
    routes.of.extend(other.of);
    for (route, other) in routes.matches.iter_mut().zip(other.matches) {
        for cidr in other.cidrs {
            if !route.cidrs.contains(&cidr) {
                route.cidrs.push(cidr);
                route.blocks += 1;
            }
        }
    }
    routes.unrouted.extend(other.unrouted);
}

fn group(of: Vec<String>, matching: &Matching<'_>, blocks: bool) -> Routes {
    let texts = |nets: &[IpNet]| nets.iter().map(ToString::to_string).collect();
    let mut winner: Option<&Match<'_>> = None;
    let mut matches = Vec::with_capacity(matching.matches.len());
    for found in &matching.matches {
        let alone = matching.unrouted.is_empty()
            && matching
                .matches
                .iter()
                .all(|other| other.index == found.index || other.wins.is_empty())
            && matching.matches.iter().all(|other| other.ties.is_empty());
        let wins = match (found.wins.is_empty(), found.ties.is_empty()) {
            (_, false) => "undecided",
            (false, true) if is_odd(found.route) => "undecided",
            (false, true) if alone => "all",
            (false, true) => "some",
            (true, true) => "none",
        };
        matches.push(MatchedRoute {
            destination: found.route.destination.to_string(),
            cidrs: vec![found.block.to_string()],
            blocks: found.blocks,
            rank: rank(found.rank),
            target: found.route.target.id().map(ToString::to_string),
            state: state(found.route),
            wins,
            wins_cidrs: if blocks {
                texts(&found.wins)
            } else {
                Vec::new()
            },
            why: why(found, winner, blocks),
        });
        if winner.is_none() && !found.wins.is_empty() {
            winner = Some(found);
        }
    }
    Routes {
        of,
        matches,
        others: matching.others,
        unplaced: matching.unplaced,
        unrouted: texts(&matching.unrouted),
    }
}

/// Why a route wins or not, against the first winner before it.
fn why(found: &Match<'_>, winner: Option<&Match<'_>>, blocks: bool) -> String {
    if !found.ties.is_empty() {
        return "as good as another route; AWS does not say which one wins".to_owned();
    }
    if is_odd(found.route) && !found.wins.is_empty() {
        return "would win, state unknown".to_owned();
    }
    if blocks {
        return match found.wins.len() {
            0 => "other routes come first for every address".to_owned(),
            1 => "wins 1 block".to_owned(),
            many => format!("wins {many} blocks"),
        };
    }
    match winner {
        _ if !found.wins.is_empty() => "wins".to_owned(),
        Some(winner) if winner.block.prefix_len() > found.block.prefix_len() => {
            "shorter prefix".to_owned()
        }
        Some(winner) if winner.rank != found.rank => format!(
            "equal length, but {} comes before {}",
            rank(winner.rank).replace('_', " "),
            rank(found.rank).replace('_', " ")
        ),
        Some(_) => "same target".to_owned(),
        None => "another route comes first".to_owned(),
    }
}

/// Whether the route is in a state of which AWS does not say what it does.
fn is_odd(route: &Route) -> bool {
    match route.state {
        RouteState::Active | RouteState::Blackhole => false,
        RouteState::Unrecognised(_) => true,
    }
}

fn rank(rank: Rank) -> &'static str {
    match rank {
        Rank::Static => "static",
        Rank::PrefixList => "prefix_list",
        Rank::Propagated => "propagated",
        Rank::Unknown => "unknown",
    }
}

fn state(route: &Route) -> String {
    match &route.state {
        RouteState::Active => "active".to_owned(),
        RouteState::Blackhole => "blackhole".to_owned(),
        RouteState::Unrecognised(state) => state.clone(),
    }
}

/// The endpoints that have a part in it: those that the effective table leads
/// the service to, the VPC's own gateway endpoints of it, and the one that
/// takes the name. With each, what its policy says about the bucket, where
/// requests for it can come that way.
fn endpoints<'m>(of: &Explanation<'m>) -> Vec<(&'m Endpoint, Option<Access>)> {
    let network = of.case.model.network;
    let Some(known) = network.endpoints.known() else {
        return Vec::new();
    };
    let service = of.case.service();
    let fates = of.addresses.iter().map(|path| &path.fate);
    let carrying = fates.filter_map(|fate| match fate {
        Fate::Endpoint(id) => Some(id),
        Fate::Elsewhere { .. } | Fate::Unknown(_) => None,
    });
    let taking = of.taken_by.iter().map(|endpoint| &endpoint.id);
    let used: BTreeSet<&EndpointId> = carrying.chain(taking).collect();
    let mut ids = used.clone();
    ids.extend(of.private_dns.iter().map(|endpoint| &endpoint.id));
    let named_otherwise = of.home_private_dns.filter(|_| {
        let host = of.host.as_ref();
        host.is_some_and(|host| host.kind == NameKind::LegacyGlobal)
    });
    ids.extend(named_otherwise.map(|endpoint| &endpoint.id));
    ids.extend(of.host.iter().filter_map(|host| host.endpoint.as_ref()));
    let others = known.values().filter(|_| of.belongs);
    if let Some((table, _)) = of.case.table().filter(|_| of.belongs) {
        ids.extend(
            table
                .routes
                .iter()
                .filter_map(|route| match (&route.destination, &route.target) {
                    (RouteDestination::PrefixList(_), RouteTarget::VpcEndpoint(id)) => Some(id),
                    (_, _) => None,
                })
                .filter(|id| {
                    known
                        .get(*id)
                        .is_some_and(|found| found.service(&network.region) == Some(service))
                }),
        );
    }
    ids.extend(others.filter_map(|endpoint| {
        let own = endpoint.vpc == of.case.subnet.vpc
            && endpoint.kind == EndpointType::Gateway
            && endpoint.service(&network.region) == Some(service);
        own.then_some(&endpoint.id)
    }));
    ids.into_iter()
        .filter_map(|id| known.get(id))
        .map(|endpoint| {
            let asked = service == Service::S3
                && endpoint.service(&network.region) == Some(Service::S3)
                && used.contains(&endpoint.id);
            (endpoint, if asked { reading(of, endpoint) } else { None })
        })
        .collect()
}

fn reading(of: &Explanation<'_>, endpoint: &Endpoint) -> Option<Access> {
    let bucket = of.destination.bucket.as_deref()?;
    let policy = endpoint.policy.as_deref()?;
    // An encoded key would be compared letter by letter and wrongly.
    let key = of
        .destination
        .key
        .as_deref()
        .filter(|key| !key.contains('%'));
    Some(EndpointPolicy::read(policy).reading(of.case.region().partition(), bucket, key))
}

fn shown(of: &Explanation<'_>, endpoint: &Endpoint, access: Option<Access>) -> ShownEndpoint {
    let policy = endpoint.policy.as_deref().map(EndpointPolicy::read);
    let routed = of.case.table().is_some_and(|(table, _)| {
        let leads_there = |route: &Route| matches!(&route.target, RouteTarget::VpcEndpoint(id) if *id == endpoint.id);
        table.routes.iter().any(leads_there)
    });
    ShownEndpoint {
        vpc_endpoint_id: endpoint.id.to_string(),
        kind: endpoint.kind.as_str().to_owned(),
        service_name: endpoint.service_name.clone(),
        state: endpoint.state.clone(),
        ip_address_type: endpoint.ip_address_type.clone(),
        private_dns: (endpoint.kind == EndpointType::Interface).then_some(
            match endpoint.private_dns {
                PrivateDns::Off => "off",
                PrivateDns::WholeVpc => "whole_vpc",
                PrivateDns::InboundOnly => "inbound_only",
            },
        ),
        in_route_table: routed,
        policy: policy.as_ref().map(EndpointPolicy::summary),
        full_access: policy.as_ref().and_then(EndpointPolicy::is_full_access),
        bucket_access: access.map(Access::name),
    }
}

/// What a rule says to do, without a remark in parentheses on the report of
/// an audit, which nobody has here: what failed is said beside the answer.
fn without_report(fix: &str) -> String {
    let Some((before, rest)) = fix.split_once(" (") else {
        return fix.to_owned();
    };
    match rest.split_once(')') {
        Some((remark, after)) if remark.contains("report") => {
            format!("{before}{}", without_report(after))
        }
        Some((remark, after)) => format!("{before} ({remark}){}", without_report(after)),
        None => fix.to_owned(),
    }
}

/// What the rules about subnets find, each with its own remediation.
fn findings(of: &Explanation<'_>, rules: &[&'static Rule]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !of.belongs {
        return findings;
    }
    for rule in rules {
        let (severity, text) = match rule.check {
            Check::Subnet { judge, explain } => match judge(&of.case) {
                Outcome::Violated(severity) => (severity, explain(&of.case)),
                Outcome::Clear | Outcome::NotJudged(_) => continue,
            },
            Check::NotJudged { explain } => {
                let unknown = of.case.unknown();
                if unknown.is_empty() {
                    continue;
                }
                (rule.severity, explain(&of.case, &unknown))
            }
            Check::Endpoint { .. } | Check::Exemption { .. } => continue,
        };
        findings.push(Finding {
            rule: rule.id,
            severity,
            title: text.title,
            detail: text.detail,
            remediation: Remediation {
                summary: without_report(&text.fix),
                commands: FixFormat::AwsCli.commands(
                    &text.actions,
                    Place {
                        account: of
                            .case
                            .model
                            .network
                            .account
                            .as_ref()
                            .map(AccountId::as_str),
                        region: of.case.region().as_str(),
                    },
                ),
                actions: text.actions,
            },
        });
    }
    findings
}
