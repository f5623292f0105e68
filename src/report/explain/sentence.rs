//! The answer in a sentence.

use crate::{
    domain::{destination::Target, ids::EndpointId},
    engine::{
        explain::{AddressPath, Answer, Explanation, Resolution, Sendable},
        path::{Fate, Path},
        reason,
    },
};
use std::collections::BTreeSet;

/// The subnet as people know it.
fn subnet(of: &Explanation<'_>) -> String {
    let subnet = of.case.subnet;
    match subnet.tags.name() {
        Some(name) => format!("{} ({name})", subnet.id),
        None => subnet.id.to_string(),
    }
}

fn destination(of: &Explanation<'_>) -> String {
    match &of.destination.target {
        Target::Service(service) => service.title().to_owned(),
        Target::Bucket => match &of.destination.bucket {
            Some(bucket) => format!("bucket {bucket}"),
            None => of.destination.given.clone(),
        },
        Target::Address(_) | Target::Host(_) => of.destination.given.clone(),
    }
}

/// The answer, in a sentence with its full stop.
///
/// `refuses`: the policy of an endpoint on the way does not let the bucket be read.
pub(super) fn sentence(of: &Explanation<'_>, refuses: bool) -> String {
    let (subnet, to) = (subnet(of), destination(of));
    let but = match &of.destination.bucket {
        Some(bucket) if refuses => {
            format!(", but the endpoint's policy does not allow reading from {bucket}")
        }
        Some(_) | None => String::new(),
    };
    match of.answer {
        Answer::Endpoint => format!(
            "Yes: traffic from {subnet} to {to} takes the gateway endpoint {}{but}.",
            endpoints(of)
        ),
        Answer::Partial => format!(
            "Only in part: traffic from {subnet} to {to} takes the gateway endpoint {} for some addresses{but}; {}.",
            endpoints(of),
            elsewhere(of)
        ),
        Answer::Elsewhere => match of.taken_by {
            Some(endpoint) => format!(
                "No: traffic from {subnet} to {to} goes to the interface endpoint {}, whose private DNS answers for {}, and not through a gateway endpoint.",
                endpoint.id,
                name(of)
            ),
            None => format!(
                "No: traffic from {subnet} to {to} does not take a gateway endpoint: {}.",
                elsewhere(of)
            ),
        },
        Answer::Undecided => format!(
            "Not known: whether traffic from {subnet} to {to} takes a gateway endpoint cannot be said: {}.",
            undecided(of).join("; ")
        ),
    }
}

/// The name that is asked for, which a bucket alone does not say.
fn name(of: &Explanation<'_>) -> String {
    match (&of.destination.target, &of.host) {
        (Target::Bucket, Some(host)) => format!("its Regional name {}", host.host),
        (_, _) => "this name".to_owned(),
    }
}

fn endpoints(of: &Explanation<'_>) -> String {
    let ids: BTreeSet<&str> = match (of.addresses.is_empty(), of.case.decision()) {
        (true, Some(decision)) => decision
            .ways
            .endpoints
            .iter()
            .map(EndpointId::as_str)
            .collect(),
        (true, None) => BTreeSet::new(),
        (false, _) => of
            .addresses
            .iter()
            .filter_map(|path| match &path.fate {
                Fate::Endpoint(id) => Some(id.as_str()),
                Fate::Elsewhere { .. } | Fate::Unknown(_) => None,
            })
            .collect(),
    };
    Vec::from_iter(ids).join(" and ")
}

/// Where what does not take the endpoint goes.
fn elsewhere(of: &Explanation<'_>) -> String {
    if of.addresses.is_empty() {
        return match of.case.decision() {
            Some(decision) if decision.path == Path::GatewayEndpoint => behind_dns64(of),
            Some(decision) => {
                let other = match of.answer {
                    Answer::Partial => "the other packets",
                    Answer::Endpoint | Answer::Elsewhere | Answer::Undecided => "packets",
                };
                format!("{other} {}", reason::rest(&of.case, decision))
            }
            None => String::new(),
        };
    }
    let mut ways: Vec<(String, Vec<&AddressPath<'_>>)> = Vec::new();
    let counts = |path: &&AddressPath<'_>| path.sendable != Sendable::Never;
    let any = of.addresses.iter().any(|path| counts(&path));
    // What hosts cannot send to says something only where there is nothing else.
    let counting = of.addresses.iter().filter(|path| counts(path) || !any);
    let all_count = counting.clone().count();
    for path in counting {
        let Some(way) = way_elsewhere(of, path) else {
            continue;
        };
        match ways.iter_mut().find(|(known, _)| *known == way) {
            Some((_, paths)) => paths.push(path),
            None => ways.push((way, vec![path])),
        }
    }
    let all = ways.len() == 1 && ways[0].1.len() == all_count;
    let texts: Vec<String> = ways
        .into_iter()
        .map(|(way, paths)| {
            if all {
                format!("packets {way}")
            } else {
                format!("packets to {} {way}", few(&paths))
            }
        })
        .collect();
    texts.join("; ")
}

/// Where packets go that DNS64 leads past a table that is right for IPv4.
fn behind_dns64(of: &Explanation<'_>) -> String {
    let ways: BTreeSet<String> = of
        .nat64_elsewhere()
        .map(|via| reason::way(&of.case, via.kind, via.target.as_deref()))
        .collect();
    format!(
        "DNS64 gives names with IPv4 addresses alone addresses of 64:ff9b::/96 as well, and packets to those {}",
        Vec::from_iter(ways).join(" or ")
    )
}

/// What packets to an address do, unless they take an endpoint or nobody knows.
pub(super) fn way_elsewhere(of: &Explanation<'_>, path: &AddressPath<'_>) -> Option<String> {
    if path.sendable == Sendable::Never {
        let family = if path.address.is_ipv4() {
            "IPv4"
        } else {
            "IPv6"
        };
        return Some(format!(
            "cannot be sent, since hosts of the subnet have no {family} addresses"
        ));
    }
    match &path.fate {
        Fate::Elsewhere { kind, target } => Some(reason::way(&of.case, *kind, target.as_deref())),
        Fate::Endpoint(_) | Fate::Unknown(_) => None,
    }
}

/// The first few addresses, and how many more there are.
fn few(paths: &[&AddressPath<'_>]) -> String {
    const MOST: usize = 3;
    let shown: Vec<String> = paths
        .iter()
        .take(MOST)
        .map(|path| match path.sendable {
            Sendable::Translated(translated) => format!("{} (as {translated})", path.address),
            Sendable::Directly | Sendable::Never => path.address.to_string(),
        })
        .collect();
    match paths.len().checked_sub(MOST) {
        None | Some(0) => shown.join(", "),
        Some(more) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Why the answer is not known; empty where it is.
fn undecided(of: &Explanation<'_>) -> Vec<String> {
    if of.answer != Answer::Undecided {
        return Vec::new();
    }
    let mut why: Vec<String> = match &of.destination.target {
        Target::Service(_) => {
            let behind_dns64 = of.nat64_unknown().map(|why| format!("behind DNS64: {why}"));
            of.case.unknown().into_iter().chain(behind_dns64).collect()
        }
        Target::Address(_) | Target::Bucket | Target::Host(_) => of
            .addresses
            .iter()
            .filter_map(|path| match &path.fate {
                Fate::Unknown(why) => Some(why.clone()),
                Fate::Endpoint(_) | Fate::Elsewhere { .. } => None,
            })
            .collect(),
    };
    if of.addresses.is_empty() && !matches!(of.destination.target, Target::Service(_)) {
        let host = of.host.as_ref().map_or("", |host| host.host.as_str());
        why.push(match of.resolution {
            Resolution::Failed(error) => format!("{host} could not be resolved ({error})"),
            Resolution::NotAsked | Resolution::Given(_) | Resolution::Asked(_) => {
                format!("no address of {host} is known")
            }
        });
    }
    if let Some(endpoint) = of.perhaps_taken_by {
        why.push(format!(
            "if the interface endpoint {} is available, which the answer of AWS does not say, its private DNS answers for {}",
            endpoint.id,
            name(of)
        ));
    }
    why.sort();
    why.dedup();
    why
}
