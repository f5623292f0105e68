//! Which route wins for which addresses.
//!
//! AWS's order: the longest prefix; at equal length a static route before a
//! prefix list's before a propagated one; two prefix lists of equal length
//! with different targets are not decided (AWS picks one).
//! Source: <https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html>.

use crate::domain::address::Span;

/// Order of precedence between routes of equal prefix length, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Written by hand.
    Static,
    /// A prefix list's.
    PrefixList,
    /// Learned.
    Propagated,
    /// Not known: decides nothing against a route of equal length.
    Unknown,
}

/// One address block that a route matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// The block.
    pub span: Span,
    /// Its rank at equal length.
    pub rank: Rank,
    /// The route, as an index that means something to the caller.
    pub route: usize,
}

/// Who carries some addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Winner {
    /// No route matches.
    None,
    /// This route.
    Route(usize),
    /// These two routes, and perhaps more, match equally well.
    Undecided(usize, usize),
}

/// Addresses with one winner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// The addresses.
    pub span: Span,
    /// Who carries them.
    pub winner: Winner,
}

/// Candidates in the order that [`split`] needs, one winner per block.
#[derive(Debug)]
pub struct Table {
    blocks: Vec<(Span, Winner)>,
}

impl Table {
    /// Sorts candidates and decides between those of the same block.
    ///
    /// `same_target(a, b)` says whether two routes lead to the same place in
    /// the same state, so that it does not matter which one AWS picks.
    pub fn new(mut candidates: Vec<Candidate>, same_target: impl Fn(usize, usize) -> bool) -> Self {
        // An enclosing block stands before the blocks inside it.
        candidates.sort_by(|a, b| {
            (
                a.span.first,
                std::cmp::Reverse(a.span.last),
                a.rank,
                a.route,
            )
                .cmp(&(
                    b.span.first,
                    std::cmp::Reverse(b.span.last),
                    b.rank,
                    b.route,
                ))
        });
        let blocks = candidates
            .chunk_by(|a, b| a.span == b.span)
            .map(|group| (group[0].span, decide(group, &same_target)))
            .collect();
        Self { blocks }
    }
}

fn decide(group: &[Candidate], same_target: &impl Fn(usize, usize) -> bool) -> Winner {
    let best = group[0];
    let rival = group[1..].iter().find(|other| {
        // A table holds one static route per block, so whatever else matches
        // the block beside it was learned or comes from a prefix list.
        let as_good =
            other.rank == best.rank || (other.rank == Rank::Unknown && best.rank != Rank::Static);
        as_good && !same_target(best.route, other.route)
    });
    match rival {
        Some(rival) => Winner::Undecided(best.route, rival.route),
        None => Winner::Route(best.route),
    }
}

/// Splits every span of `space` into pieces with one winner each.
///
/// Every address of `space` is in exactly one piece; pieces are in order.
#[must_use]
pub fn split(space: &[Span], table: &Table) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(space.len());
    for span in space {
        sweep(*span, table, &mut pieces);
    }
    pieces
}

/// Walks the addresses of `span` from the first to the last. Blocks are
/// nested or apart, so the innermost open one is the last one opened.
fn sweep(span: Span, table: &Table, pieces: &mut Vec<Piece>) {
    let mut open: Vec<&(Span, Winner)> = Vec::new();
    let mut walk = Walk {
        next: Some(span.first),
        last: span.last,
        pieces,
    };
    for block in table
        .blocks
        .iter()
        .filter(|(block, _)| block.overlaps(&span))
    {
        while let Some((inner, winner)) = open.pop_if(|(inner, _)| inner.last < block.0.first) {
            walk.until(inner.last, *winner);
        }
        if let Some(before) = block.0.first.checked_sub(1) {
            walk.until(
                before,
                open.last().map_or(Winner::None, |(_, winner)| *winner),
            );
        }
        open.push(block);
    }
    while let Some((inner, winner)) = open.pop() {
        walk.until(inner.last, *winner);
    }
    walk.until(span.last, Winner::None);
}

struct Walk<'a> {
    /// The first address without a piece; `None` at the end of the address space.
    next: Option<u128>,
    last: u128,
    pieces: &'a mut Vec<Piece>,
}

impl Walk<'_> {
    /// Gives the addresses up to `end` to `winner`, unless they have one.
    fn until(&mut self, end: u128, winner: Winner) {
        let Some(first) = self.next else { return };
        let last = end.min(self.last);
        if first > last {
            return;
        }
        self.pieces.push(Piece {
            span: Span { first, last },
            winner,
        });
        self.next = last.checked_add(1);
    }
}
