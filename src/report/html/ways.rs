//! The ways that the subnets of a VPC take to a service, by route table.

use super::words;
use crate::report::wire;
use std::collections::BTreeMap;

/// What becomes of packets on a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// They leave around the endpoint.
    Around,
    /// They go nowhere.
    Dropped,
    /// Nobody could tell.
    Unknown,
    /// They take the endpoint.
    Endpoint,
}

impl Kind {
    /// The name in attributes and classes.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Around => "around",
            Self::Dropped => "dropped",
            Self::Unknown => "unknown",
            Self::Endpoint => "endpoint",
        }
    }

    /// The same in words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Around => "around the endpoint",
            Self::Dropped => "dropped",
            Self::Unknown => "not known",
            Self::Endpoint => "private path",
        }
    }

    /// A sign that can be told without colour.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Around => "!",
            Self::Dropped => "✕",
            Self::Unknown => "?",
            Self::Endpoint => "✓",
        }
    }
}

/// Where some packets go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Exit<'a> {
    pub(super) kind: Kind,
    /// What it is.
    pub(super) title: &'static str,
    /// Its id, where it has one.
    pub(super) target: Option<&'a str>,
}

impl<'a> Exit<'a> {
    /// What names it in attributes: its id, else what it is.
    pub(super) fn id(&self) -> &'a str {
        self.target.unwrap_or(self.title)
    }
}

/// Subnets of one service that share a route table, and so their ways.
#[derive(Debug)]
pub(super) struct Group<'a> {
    pub(super) table: Option<&'a str>,
    /// Whether some of them have the table because it is the VPC's main one.
    pub(super) main: bool,
    /// Where they lead, each with its share of the addresses where it is known.
    pub(super) exits: Vec<(Exit<'a>, Option<f64>)>,
    /// Worst first.
    pub(super) subnets: Vec<&'a wire::Subnet>,
}

impl Group<'_> {
    /// The way that matters most.
    pub(super) fn worst(&self) -> Kind {
        let kinds = self.exits.iter().map(|(exit, _)| exit.kind);
        kinds.min().unwrap_or(Kind::Unknown)
    }
}

/// A VPC and one service.
#[derive(Debug)]
pub(super) struct Map<'a> {
    pub(super) service: &'a str,
    /// Worst first.
    pub(super) groups: Vec<Group<'a>>,
    /// The service's gateway endpoints in the VPC.
    pub(super) endpoints: Vec<&'a wire::Endpoint>,
}

/// A VPC with the maps of its services.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) account: Option<&'a str>,
    pub(super) region: &'a str,
    pub(super) vpc: &'a str,
    pub(super) name: Option<&'a str>,
    pub(super) maps: Vec<Map<'a>>,
    /// Violations of every rule.
    pub(super) findings: usize,
}

impl Place<'_> {
    /// How many judgements have a verdict.
    pub(super) fn verdicts(&self, verdict: &str) -> usize {
        let groups = self.maps.iter().flat_map(|map| &map.groups);
        groups
            .flat_map(|group| &group.subnets)
            .filter(|subnet| subnet.verdict == verdict)
            .count()
    }

    /// Violations beside those that a verdict shows: a subnet is compliant by
    /// its IPv4 path alone.
    pub(super) fn other_findings(&self) -> usize {
        self.findings.saturating_sub(self.verdicts("violation"))
    }

    /// Whether every subnet takes the endpoint to every service, and no rule objects.
    pub(super) fn is_clean(&self) -> bool {
        let groups = self.maps.iter().flat_map(|map| &map.groups);
        let mut subnets = groups.flat_map(|group| &group.subnets);
        self.findings == 0 && subnets.all(|subnet| subnet.verdict == "compliant")
    }
}

type PlaceKey<'a> = (Option<&'a str>, &'a str, &'a str);

/// Every VPC that has something to draw, worst first.
pub(super) fn places(report: &wire::Report) -> Vec<Place<'_>> {
    let mut by_place: BTreeMap<PlaceKey<'_>, Vec<&wire::Subnet>> = BTreeMap::new();
    for subnet in report.subnets.iter().flatten() {
        let key = (
            subnet.account_id.as_deref(),
            &*subnet.region,
            &*subnet.vpc_id,
        );
        by_place.entry(key).or_default().push(subnet);
    }
    let mut endpoints: BTreeMap<PlaceKey<'_>, Vec<&wire::Endpoint>> = BTreeMap::new();
    for endpoint in &report.endpoints {
        let key = (
            endpoint.account_id.as_deref(),
            &*endpoint.region,
            &*endpoint.vpc_id,
        );
        if endpoint.kind == "Gateway" {
            endpoints.entry(key).or_default().push(endpoint);
        }
    }
    let names: BTreeMap<PlaceKey<'_>, &str> = report
        .vpcs
        .iter()
        .flatten()
        .filter_map(|vpc| {
            let key = (vpc.account_id.as_deref(), &*vpc.region, &*vpc.vpc_id);
            Some((key, vpc.name.as_deref()?))
        })
        .collect();
    let mut findings: BTreeMap<PlaceKey<'_>, usize> = BTreeMap::new();
    for finding in &report.findings {
        if let (wire::Weight::Violation, Some(region), Some(vpc)) =
            (finding.weight, &finding.region, &finding.vpc_id)
        {
            let key = (finding.account_id.as_deref(), &**region, &**vpc);
            *findings.entry(key).or_default() += 1;
        }
    }
    let mut places: Vec<Place<'_>> = by_place
        .into_iter()
        .map(|(key, subnets)| Place {
            account: key.0,
            region: key.1,
            vpc: key.2,
            name: names.get(&key).copied(),
            findings: findings.get(&key).copied().unwrap_or_default(),
            maps: maps(
                report,
                &subnets,
                endpoints.get(&key).map_or(&[], Vec::as_slice),
            ),
        })
        .collect();
    places.sort_by_cached_key(|place| {
        let of = |verdict| std::cmp::Reverse(place.verdicts(verdict));
        (
            of("violation"),
            of("unverifiable"),
            std::cmp::Reverse(place.findings),
            of("exempt"),
        )
    });
    places
}

fn maps<'a>(
    report: &'a wire::Report,
    subnets: &[&'a wire::Subnet],
    endpoints: &[&'a wire::Endpoint],
) -> Vec<Map<'a>> {
    let of_service = |service: &'static str| {
        let groups = groups(subnets.iter().copied().filter(|s| s.service == service));
        (!groups.is_empty()).then(|| Map {
            service,
            groups,
            endpoints: endpoints
                .iter()
                .copied()
                .filter(|endpoint| endpoint.service == service)
                .collect(),
        })
    };
    let services = report.scope.services.iter().copied();
    services.filter_map(of_service).collect()
}

/// A way as a key: shares are compared by their bits.
type WayKey<'a> = (Option<&'a str>, &'a str, u64);

fn groups<'a>(subnets: impl Iterator<Item = &'a wire::Subnet>) -> Vec<Group<'a>> {
    let mut groups: BTreeMap<_, Group<'a>> = BTreeMap::new();
    for subnet in subnets {
        let via = subnet.via.iter();
        let ways: Vec<WayKey<'a>> = via
            .map(|via| (via.target.as_deref(), via.kind, via.share.to_bits()))
            .collect();
        let table = subnet.route_table_id.as_deref();
        let key = (table, subnet.path, &subnet.vpc_endpoint_ids, ways);
        let group = groups.entry(key).or_insert_with(|| Group {
            table,
            main: false,
            exits: exits(subnet),
            subnets: Vec::new(),
        });
        group.main |= subnet.association == Some("main");
        group.subnets.push(subnet);
    }
    let mut groups: Vec<Group<'a>> = groups.into_values().collect();
    for group in &mut groups {
        group
            .subnets
            .sort_by_key(|subnet| words::rank(subnet.verdict));
    }
    groups.sort_by_key(|group| {
        let first = group.subnets.first();
        (
            first.map(|subnet| words::rank(subnet.verdict)),
            group.worst(),
            std::cmp::Reverse(group.subnets.len()),
        )
    });
    groups
}

/// Where a subnet's packets to the service go.
pub(super) fn exits(subnet: &wire::Subnet) -> Vec<(Exit<'_>, Option<f64>)> {
    let not_known = (
        Exit {
            kind: Kind::Unknown,
            title: "Not known",
            target: None,
        },
        None,
    );
    // Some of its ways may be known; drawn, they would look like all of them.
    if subnet.path == "unverifiable" {
        return vec![not_known];
    }
    let around: f64 = subnet.via.iter().map(|via| via.share).sum();
    let rest = match subnet.vpc_endpoint_ids.len() {
        1 => Some(1.0 - around),
        _ => None,
    };
    let endpoints = subnet.vpc_endpoint_ids.iter().map(|id| {
        let exit = Exit {
            kind: Kind::Endpoint,
            title: "Gateway endpoint",
            target: Some(id),
        };
        (exit, rest)
    });
    let others = subnet.via.iter().map(|via| {
        let (title, kind) = other(via.kind);
        let exit = Exit {
            kind,
            title,
            target: via.target.as_deref(),
        };
        (exit, Some(via.share))
    });
    let exits: Vec<_> = endpoints.chain(others).collect();
    if exits.is_empty() {
        vec![not_known]
    } else {
        exits
    }
}

/// What a way that is not the endpoint is called, and what becomes of packets.
pub(super) fn other(kind: &str) -> (&'static str, Kind) {
    match kind {
        "internet_gateway" => ("Internet gateway", Kind::Around),
        "nat_gateway" => ("NAT gateway", Kind::Around),
        "egress_only_internet_gateway" => ("Egress-only gateway", Kind::Around),
        "transit_gateway" => ("Transit gateway", Kind::Around),
        "vpc_peering" => ("VPC peering", Kind::Around),
        "virtual_private_gateway" => ("Virtual private gateway", Kind::Around),
        "network_interface" => ("Network interface", Kind::Around),
        "gateway_load_balancer_endpoint" => ("Load balancer endpoint", Kind::Around),
        "gateway_endpoint_other" => ("Unusable endpoint", Kind::Around),
        "local_gateway" => ("Local gateway", Kind::Around),
        "carrier_gateway" => ("Carrier gateway", Kind::Around),
        "core_network" => ("Core network", Kind::Around),
        "local" => ("Stays in the VPC", Kind::Dropped),
        "blackhole" => ("Blackhole", Kind::Dropped),
        "none" => ("No route", Kind::Dropped),
        // A word of a later release is never a good way.
        _ => ("Unknown target", Kind::Unknown),
    }
}
