//! Every route that has a say about some addresses, in AWS's order, for
//! people. Who wins is not decided here: the router says it.

use super::{
    longest_prefix::{Rank, Winner},
    router::{self, Router},
};
use crate::domain::{
    address::{self, Family, Span},
    route::{Route, RouteTable},
};
use ipnet::IpNet;
use std::cmp::Reverse;

/// A route that matches at least one of the addresses.
#[derive(Debug, Clone, PartialEq)]
pub struct Match<'a> {
    /// Its place in the table.
    pub index: usize,
    /// The route.
    pub route: &'a Route,
    /// The longest of its blocks that matches.
    pub block: IpNet,
    /// How many of its blocks match.
    pub blocks: usize,
    /// Its rank between routes of equal length.
    pub rank: Rank,
    /// The addresses that it wins, as the fewest blocks.
    pub wins: Vec<IpNet>,
    /// The addresses that it and another route match equally well, which
    /// leaves open who wins them.
    pub ties: Vec<IpNet>,
}

/// What a table says about some addresses.
#[derive(Debug, Clone, PartialEq)]
pub struct Matching<'a> {
    /// The routes that match, in order of precedence: the longest prefix
    /// first, then by rank.
    pub matches: Vec<Match<'a>>,
    /// How many routes of the table match none of the addresses.
    pub others: usize,
    /// How many routes may match anything, since their blocks are not known.
    pub unplaced: usize,
    /// The addresses that no route matches.
    pub unrouted: Vec<IpNet>,
}

/// The routes of `table` that match any address of `space`.
#[must_use]
pub fn matching<'a>(
    router: &Router<'a>,
    table: &'a RouteTable,
    family: Family,
    space: &[Span],
) -> Matching<'a> {
    let pieces = router.pieces(family, space);
    let addresses = |holds: &dyn Fn(Winner) -> bool| -> Vec<IpNet> {
        let spans = pieces.iter().filter(|piece| holds(piece.winner));
        let merged = address::merge(spans.map(|piece| piece.span).collect());
        merged.iter().flat_map(|span| span.blocks(family)).collect()
    };
    let mut matches: Vec<Match<'a>> = Vec::new();
    let mut unplaced = 0;
    for (index, route) in table.routes.iter().enumerate() {
        let Some(blocks) = router.blocks(route) else {
            unplaced += 1;
            continue;
        };
        let matching: Vec<&IpNet> = blocks
            .iter()
            .filter(|block| Family::of(block) == family)
            .filter(|block| space.iter().any(|span| span.overlaps(&Span::of(block))))
            .collect();
        let longest = matching.iter().max_by_key(|block| block.prefix_len());
        let Some(block) = longest else { continue };
        matches.push(Match {
            index,
            route,
            block: **block,
            blocks: matching.len(),
            rank: router::rank(route),
            wins: addresses(&|winner| winner == Winner::Route(index)),
            ties: addresses(
                &|winner| matches!(winner, Winner::Undecided(a, b) if a == index || b == index),
            ),
        });
    }
    matches.sort_by_key(|found| (Reverse(found.block.prefix_len()), found.rank, found.index));
    Matching {
        others: table.routes.len() - matches.len() - unplaced,
        matches,
        unplaced,
        unrouted: addresses(&|winner| winner == Winner::None),
    }
}
