//! The naive way to find the winning route, an address at a time, against the
//! engine's way, a block at a time. The oracle knows nothing of the engine's
//! spans, ranks or sorting: it scans every block of every route and says what
//! AWS's documentation says.

use crate::random::Random;
use compact_str::CompactString;
use ipnet::IpNet;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};
use vpce_guard::{
    domain::{
        address::{self, Family, Span},
        endpoint::{Endpoint, EndpointType, PrivateDns},
        fact::Fact,
        prefix_list::PrefixList,
        route::{Route, RouteDestination, RouteOrigin, RouteState, RouteTable, RouteTarget},
        service::Service,
        snapshot::Network,
    },
    engine::{
        longest_prefix::{self, Candidate, Piece, Rank, Table, Winner},
        path::{Router, ViaKind, Ways},
    },
};

/// What a row of a random table is, in AWS's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Static,
    PrefixList,
    Propagated,
    /// Made by something whose place in the order AWS does not document.
    Undocumented,
}

/// A row of a random table.
#[derive(Debug, Clone)]
struct Row {
    blocks: Vec<IpNet>,
    kind: Kind,
    /// Which of the few targets; two rows may share one.
    target: usize,
    active: bool,
}

/// What the oracle says of one address.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    NoRoute,
    /// Any of these rows; it makes no difference which.
    Rows(Vec<usize>),
    /// These rows are as good as each other and differ.
    Undecided(Vec<usize>),
}

fn oracle(address: IpAddr, rows: &[Row]) -> Verdict {
    let longest = |row: &Row| {
        row.blocks
            .iter()
            .filter(|block| block.contains(&address))
            .map(IpNet::prefix_len)
            .max()
    };
    let Some(length) = rows.iter().filter_map(longest).max() else {
        return Verdict::NoRoute;
    };
    let matching: Vec<usize> = (0..rows.len())
        .filter(|at| longest(&rows[*at]) == Some(length))
        .collect();
    let of = |kind: Kind| -> Vec<usize> {
        let of_kind = matching.iter().copied();
        of_kind.filter(|at| rows[*at].kind == kind).collect()
    };
    let mut possible = of(Kind::Static);
    if possible.is_empty() {
        possible = of(Kind::PrefixList);
        if possible.is_empty() {
            possible = of(Kind::Propagated);
        }
        possible.extend(of(Kind::Undocumented));
    }
    let first = &rows[possible[0]];
    let same = |at: &usize| rows[*at].target == first.target && rows[*at].active == first.active;
    if possible.iter().all(same) {
        Verdict::Rows(possible)
    } else {
        Verdict::Undecided(possible)
    }
}

/// A corner of the address space with 64 addresses: small, so that blocks
/// collide; at the very ends too, where arithmetic could overflow.
#[derive(Debug, Clone, Copy)]
struct Corner {
    family: Family,
    base: u128,
}

const SIZE: u128 = 64;

const CORNERS: [Corner; 6] = [
    Corner {
        family: Family::V4,
        base: 0,
    },
    Corner {
        family: Family::V4,
        base: 0x3405_0000,
    },
    Corner {
        family: Family::V4,
        base: u32::MAX as u128 - SIZE + 1,
    },
    Corner {
        family: Family::V6,
        base: 0,
    },
    Corner {
        family: Family::V6,
        base: 0x2a05_d050 << 96,
    },
    Corner {
        family: Family::V6,
        base: u128::MAX - SIZE + 1,
    },
];

impl Corner {
    fn bits(self) -> u8 {
        match self.family {
            Family::V4 => 32,
            Family::V6 => 128,
        }
    }

    fn address(self, number: u128) -> IpAddr {
        match self.family {
            Family::V4 => Ipv4Addr::from(u32::try_from(number).unwrap()).into(),
            Family::V6 => Ipv6Addr::from(number).into(),
        }
    }

    fn block(self, random: &mut Random) -> IpNet {
        let length = match random.below(16) {
            0 => 0,
            1 => self.bits() - 8,
            _ => self.bits() - u8::try_from(random.below(7)).unwrap(),
        };
        let address = self.address(self.base + u128::from(random.next()) % SIZE);
        IpNet::new(address, length).unwrap().trunc()
    }

    fn rows(self, random: &mut Random) -> Vec<Row> {
        (0..random.below(9))
            .map(|_| {
                let kind = random.pick(&[
                    Kind::Static,
                    Kind::Static,
                    Kind::PrefixList,
                    Kind::PrefixList,
                    Kind::PrefixList,
                    Kind::Propagated,
                    Kind::Propagated,
                    Kind::Undocumented,
                ]);
                let blocks = if kind == Kind::PrefixList {
                    1 + random.below(4)
                } else {
                    1
                };
                Row {
                    blocks: (0..blocks).map(|_| self.block(random)).collect(),
                    kind,
                    target: random.below(3),
                    active: random.below(5) > 0,
                }
            })
            .collect()
    }

    /// The addresses of a service: one to three blocks of the corner.
    fn space(self, random: &mut Random) -> Vec<Span> {
        let corner = Span {
            first: self.base,
            last: self.base + (SIZE - 1),
        };
        let mut spans = address::union(
            &(0..=random.below(3))
                .map(|_| self.block(random))
                .collect::<Vec<_>>(),
            self.family,
        );
        // A block may be as wide as the whole space; its part here is enough.
        for span in &mut spans {
            span.first = span.first.max(corner.first);
            span.last = span.last.min(corner.last);
        }
        address::merge(spans)
    }
}

fn addresses(space: &[Span]) -> impl Iterator<Item = u128> {
    space.iter().flat_map(|span| span.first..=span.last)
}

/// The first and last address of every block, and their neighbours, as far as they are in `space`.
fn boundaries(rows: &[Row], space: &[Span]) -> BTreeSet<u128> {
    let blocks = rows.iter().flat_map(|row| &row.blocks).map(Span::of);
    blocks
        .chain(space.iter().copied())
        .flat_map(|span| {
            [
                Some(span.first),
                Some(span.last),
                span.first.checked_sub(1),
                span.first.checked_add(1),
                span.last.checked_sub(1),
                span.last.checked_add(1),
            ]
        })
        .flatten()
        .filter(|at| {
            space
                .iter()
                .any(|span| span.first <= *at && *at <= span.last)
        })
        .collect()
}

fn candidates(rows: &[Row]) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for (route, row) in rows.iter().enumerate() {
        for block in &row.blocks {
            candidates.push(Candidate {
                span: Span::of(block),
                rank: match row.kind {
                    Kind::Static => Rank::Static,
                    Kind::PrefixList => Rank::PrefixList,
                    Kind::Propagated => Rank::Propagated,
                    Kind::Undocumented => Rank::Unknown,
                },
                route,
            });
        }
    }
    candidates
}

fn assert_agrees(winner: Winner, verdict: &Verdict, rows: &[Row], at: IpAddr) {
    let agrees = match (winner, verdict) {
        (Winner::None, Verdict::NoRoute) => true,
        (Winner::Route(row), Verdict::Rows(possible)) => possible.contains(&row),
        (Winner::Undecided(a, b), Verdict::Undecided(possible)) => {
            let differ = (rows[a].target, rows[a].active) != (rows[b].target, rows[b].active);
            differ && possible.contains(&a) && possible.contains(&b)
        }
        _ => false,
    };
    assert!(
        agrees,
        "{at}: the engine says {winner:?}, the oracle {verdict:?}\n{rows:#?}"
    );
}

/// Every address of `space` is in exactly one piece, and pieces are in order.
fn assert_partition(pieces: &[Piece], space: &[Span]) {
    let mut pieces = pieces.iter();
    for span in space {
        let mut next = Some(span.first);
        while let Some(first) = next {
            let piece = pieces.next().unwrap();
            assert_eq!(piece.span.first, first);
            assert!(piece.span.last <= span.last);
            next = (piece.span.last < span.last).then(|| piece.span.last + 1);
        }
    }
    assert!(pieces.next().is_none());
}

#[test]
fn the_engine_agrees_with_the_oracle_at_every_boundary_of_120_000_tables() {
    let mut random = Random::new(1);
    let (mut undecided, mut decided) = (0_u32, 0_u32);
    for _ in 0..120_000 {
        let corner = random.pick(&CORNERS);
        let rows = corner.rows(&mut random);
        let space = corner.space(&mut random);
        let table = Table::new(candidates(&rows), |a, b| {
            (rows[a].target, rows[a].active) == (rows[b].target, rows[b].active)
        });
        let pieces = longest_prefix::split(&space, &table);
        assert_partition(&pieces, &space);
        for at in boundaries(&rows, &space) {
            let piece = pieces
                .iter()
                .find(|piece| piece.span.first <= at && at <= piece.span.last)
                .unwrap();
            let at = corner.address(at);
            let verdict = oracle(at, &rows);
            match verdict {
                Verdict::Undecided(_) => undecided += 1,
                Verdict::Rows(_) | Verdict::NoRoute => decided += 1,
            }
            assert_agrees(piece.winner, &verdict, &rows, at);
        }
    }
    // The comparison is worth something only if ties are frequent.
    assert!(
        undecided > 30_000 && decided > 300_000,
        "{undecided} {decided}"
    );
}

/// The targets of random rows: a good endpoint, a NAT gateway, a transit gateway.
fn target(row: &Row) -> RouteTarget {
    match row.target {
        0 => RouteTarget::VpcEndpoint("vpce-good".parse().unwrap()),
        1 => RouteTarget::NatGateway(CompactString::from("nat-1")),
        _ => RouteTarget::TransitGateway(CompactString::from("tgw-2")),
    }
}

fn route(at: usize, row: &Row) -> Route {
    Route {
        destination: match row.kind {
            Kind::PrefixList => RouteDestination::PrefixList(format!("pl-{at}").parse().unwrap()),
            Kind::Static | Kind::Propagated | Kind::Undocumented => {
                RouteDestination::Cidr(row.blocks[0])
            }
        },
        target: target(row),
        state: if row.active {
            RouteState::Active
        } else {
            RouteState::Blackhole
        },
        origin: match row.kind {
            Kind::Static | Kind::PrefixList => RouteOrigin::Static,
            Kind::Propagated => RouteOrigin::Propagated,
            Kind::Undocumented => RouteOrigin::Unrecognised,
        },
    }
}

fn network(rows: &[Row]) -> Network {
    let endpoint = Endpoint {
        id: "vpce-good".parse().unwrap(),
        vpc: "vpc-1".parse().unwrap(),
        kind: EndpointType::Gateway,
        service_name: "com.amazonaws.eu-west-1.s3".to_owned(),
        state: Some("available".to_owned()),
        service_region: None,
        private_dns: PrivateDns::Off,
        ip_address_type: None,
        policy: None,
    };
    let lists = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| row.kind == Kind::PrefixList)
        .map(|(at, row)| {
            let list = PrefixList {
                id: format!("pl-{at}").parse().unwrap(),
                name: None,
                aws_managed: false,
                family: None,
                cidrs: Fact::Known(row.blocks.clone()),
            };
            (list.id.clone(), list)
        });
    Network {
        account: Some("111122223333".parse().unwrap()),
        region: "eu-west-1".parse().unwrap(),
        vpcs: Fact::Known(BTreeMap::new()),
        subnets: Fact::Known(BTreeMap::new()),
        route_tables: Fact::Known(BTreeMap::new()),
        endpoints: Fact::Known(BTreeMap::from([(endpoint.id.clone(), endpoint)])),
        prefix_lists: Fact::Known(lists.collect()),
        problems: Vec::new(),
    }
}

/// Which way the oracle sends an address, or `None` where it reaches the
/// endpoint or is undecided.
fn expected_way(verdict: &Verdict, rows: &[Row]) -> Option<(ViaKind, Option<CompactString>)> {
    let row = match verdict {
        Verdict::NoRoute => return Some((ViaKind::None, None)),
        Verdict::Undecided(_) => return None,
        Verdict::Rows(possible) => &rows[possible[0]],
    };
    let kind = match (row.active, row.target) {
        (false, _) => ViaKind::Blackhole,
        (true, 0) => return None,
        (true, 1) => ViaKind::NatGateway,
        (true, _) => ViaKind::TransitGateway,
    };
    Some((kind, target(row).id().map(CompactString::from)))
}

#[test]
fn ways_hold_the_addresses_that_the_oracle_sends_there_and_shares_sum_to_one() {
    let mut random = Random::new(2);
    for _ in 0..20_000 {
        let corner = random.pick(&CORNERS);
        let rows = corner.rows(&mut random);
        let space = corner.space(&mut random);
        let network = network(&rows);
        let table = RouteTable {
            id: "rtb-1".parse().unwrap(),
            vpc: "vpc-1".parse().unwrap(),
            owner: None,
            main: true,
            subnets: Vec::new(),
            routes: rows
                .iter()
                .enumerate()
                .map(|(at, row)| route(at, row))
                .collect(),
        };
        let router = Router::new(&network, &table, None);
        let ways = match corner.family {
            Family::V4 => router.ipv4_ways(Service::S3, &space),
            Family::V6 => router.ipv6_ways(Service::S3, &space, 128),
        };
        compare_ways(&ways, corner, &rows, &space);
    }
}

fn compare_ways(ways: &Ways, corner: Corner, rows: &[Row], space: &[Span]) {
    let mut counts: BTreeMap<(ViaKind, Option<CompactString>), u32> = BTreeMap::new();
    let (mut total, mut elsewhere, mut undecided, mut good) = (0_u32, 0_u32, 0_u32, 0_u32);
    for number in addresses(space) {
        let at = corner.address(number);
        let verdict = oracle(at, rows);
        let expected = expected_way(&verdict, rows);
        let holding: Vec<_> = ways
            .via
            .iter()
            .filter(|via| via.cidrs.iter().any(|block| block.contains(&at)))
            .map(|via| (via.kind, via.target.clone()))
            .collect();
        assert_eq!(holding, Vec::from_iter(expected.clone()), "{at}\n{rows:#?}");
        total += 1;
        match (expected, verdict) {
            (Some(way), _) => {
                elsewhere += 1;
                *counts.entry(way).or_default() += 1;
            }
            (None, Verdict::Undecided(_)) => undecided += 1,
            (None, Verdict::Rows(_) | Verdict::NoRoute) => good += 1,
        }
    }
    assert_eq!(ways.via.len(), counts.len());
    for via in &ways.via {
        let share = f64::from(counts[&(via.kind, via.target.clone())]) / f64::from(total);
        assert!((via.share - share).abs() < 1e-12, "{via:?}: {share}");
        let spans = address::union(&via.cidrs, corner.family);
        let blocks: usize = spans
            .iter()
            .map(|span| span.blocks(corner.family).len())
            .sum();
        assert_eq!(blocks, via.cidrs.len(), "the fewest blocks: {via:?}");
    }
    let shares: f64 = ways.via.iter().map(|via| via.share).sum();
    let rest = f64::from(total - elsewhere) / f64::from(total);
    assert!((shares + rest - 1.0).abs() < 1e-9);
    assert_eq!(ways.unknown.is_empty(), undecided == 0);
    assert_eq!(ways.endpoints.is_empty(), good == 0);
}
