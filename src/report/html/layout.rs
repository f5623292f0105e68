//! Where the boxes of a map stand, and the lines between them. Numbers only;
//! `map` draws them.

use super::ways::{Exit, Group, Kind, Map};
use crate::{engine::reason::percent, report::wire};
use std::collections::BTreeMap;

/// The width of every map, in the units of its view box.
pub(super) const WIDTH: f64 = 1180.0;

/// The columns: left edge and width.
const SUBNETS: (f64, f64) = (1.0, 330.0);
const TABLES: (f64, f64) = (415.0, 190.0);
const EXITS: (f64, f64) = (735.0, 200.0);
const ENDS: (f64, f64) = (1000.0, 179.0);

/// Heights and gaps.
const TOP: f64 = 34.0;
const SUBNET: f64 = 42.0;
const BOX: f64 = 58.0;
const GAP: f64 = 8.0;
const GROUP_GAP: f64 = 22.0;

/// The most subnets that are drawn at one table.
const MOST_SUBNETS: usize = 5;

/// The most tables that are drawn one by one although they send packets the
/// same ways; fewer where all is well.
const MOST_ALIKE: usize = 6;
const MOST_ALIKE_GOOD: usize = 3;

/// The most rows of a map. Beyond it the table of subnets is easier to read.
const MOST_ROWS: usize = 40;

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Frame {
    fn new(column: (f64, f64), y: f64, height: f64) -> Self {
        Self {
            x: column.0,
            y,
            width: column.1,
            height,
        }
    }

    fn middle(&self) -> f64 {
        self.y + self.height / 2.0
    }

    fn right(&self) -> f64 {
        self.x + self.width
    }
}

/// One subnet, or those that are not drawn one by one.
#[derive(Debug)]
pub(super) enum Sources<'a> {
    One(&'a wire::Subnet),
    More(Vec<&'a wire::Subnet>),
}

/// One or several tables whose subnets go the same ways.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) tables: Vec<Option<&'a str>>,
    pub(super) main: bool,
    pub(super) exits: Vec<(Exit<'a>, Option<f64>)>,
    pub(super) worst: Kind,
    pub(super) subnets: Vec<&'a wire::Subnet>,
}

/// A line from a box to another.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    pub(super) kind: Kind,
    /// The share of the addresses, where it is not all of them.
    pub(super) share: Option<f64>,
    /// What is written on it.
    pub(super) label: Option<String>,
    /// How many subnets it stands for.
    pub(super) subnets: usize,
    /// Whether every one of them is exempt.
    pub(super) exempt: bool,
    /// Start and end.
    pub(super) points: [(f64, f64); 2],
}

/// What happens in the end, and to how many subnets.
#[derive(Debug)]
pub(super) struct End {
    pub(super) kind: Kind,
    pub(super) subnets: usize,
    /// How many of them in part.
    pub(super) partly: usize,
    /// How many of them are exempt.
    pub(super) exempt: usize,
}

/// All boxes and lines of a map.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    pub(super) height: f64,
    pub(super) rows: Vec<Row<'a>>,
    pub(super) sources: Vec<(Frame, Sources<'a>)>,
    /// One per row.
    pub(super) tables: Vec<Frame>,
    pub(super) exits: Vec<(Frame, Exit<'a>)>,
    /// Endpoints that no subnet of the map is known to use.
    pub(super) spare: Vec<(Frame, &'a wire::Endpoint)>,
    pub(super) ends: Vec<(Frame, End)>,
    pub(super) lines: Vec<Line<'a>>,
    /// Tables that are not drawn, and their subnets.
    pub(super) left_out: (usize, usize),
}

/// Where the columns begin, with their headings.
pub(super) fn headings() -> [(f64, &'static str); 4] {
    [
        (SUBNETS.0, "Subnets"),
        (TABLES.0, "Route tables"),
        (EXITS.0, "Ways out"),
        (ENDS.0, "In the end"),
    ]
}

/// Lays a map out.
pub(super) fn layout<'a>(map: &Map<'a>) -> Layout<'a> {
    let mut rows = rows(&map.groups);
    let rest = rows.split_off(rows.len().min(MOST_ROWS));
    let left_out = (
        rest.iter().map(|row| row.tables.len()).sum(),
        rest.iter().map(|row| row.subnets.len()).sum(),
    );
    let mut lines = Vec::new();
    let (sources, tables) = left_side(&rows, &mut lines);
    let (exits, spare) = middle(map, &rows, &tables, &mut lines);
    let ends = right_side(&rows, &exits, &mut lines);
    let bottoms = sources
        .iter()
        .map(|(frame, _)| frame)
        .chain(&tables)
        .chain(exits.iter().map(|(frame, _)| frame))
        .chain(spare.iter().map(|(frame, _)| frame))
        .chain(ends.iter().map(|(frame, _)| frame))
        .map(|frame| frame.y + frame.height);
    Layout {
        height: bottoms.fold(TOP, f64::max) + 2.0,
        rows,
        sources,
        tables,
        exits,
        spare,
        ends,
        lines,
        left_out,
    }
}

/// Groups as rows; those that go the same ways are folded after the first few.
fn rows<'a>(groups: &[Group<'a>]) -> Vec<Row<'a>> {
    let mut alike: BTreeMap<_, (usize, usize)> = BTreeMap::new();
    let mut rows: Vec<Row<'a>> = Vec::new();
    for group in groups {
        let exits = group.exits.iter();
        let ways: Vec<_> = exits
            .map(|(exit, share)| (exit, share.map(f64::to_bits)))
            .collect();
        let verdict = group.subnets.first().map(|subnet| subnet.verdict);
        let (seen, last) = alike.entry((ways, verdict)).or_default();
        *seen += 1;
        let most = match group.worst() {
            Kind::Endpoint => MOST_ALIKE_GOOD,
            Kind::Around | Kind::Dropped | Kind::Unknown => MOST_ALIKE,
        };
        if *seen > most {
            let row = &mut rows[*last];
            row.tables.push(group.table);
            row.main |= group.main;
            row.subnets.extend(&group.subnets);
            continue;
        }
        *last = rows.len();
        rows.push(Row {
            tables: vec![group.table],
            main: group.main,
            exits: group.exits.clone(),
            worst: group.worst(),
            subnets: group.subnets.clone(),
        });
    }
    rows
}

impl<'a> Row<'a> {
    /// What names it in attributes.
    pub(super) fn id(&self) -> &'a str {
        match self.tables.as_slice() {
            [Some(one)] => one,
            [None] => "unknown route table",
            _ => "more route tables",
        }
    }

    /// Whether every one of its subnets is exempt.
    pub(super) fn exempt(&self) -> bool {
        self.subnets.iter().all(|subnet| subnet.verdict == "exempt")
    }
}

fn left_side<'a>(
    rows: &[Row<'a>],
    lines: &mut Vec<Line<'a>>,
) -> (Vec<(Frame, Sources<'a>)>, Vec<Frame>) {
    let (mut sources, mut tables) = (Vec::new(), Vec::new());
    let mut y = TOP;
    for row in rows {
        let drawn = match row.subnets.len() {
            _ if row.tables.len() > 1 => 0,
            few if few <= MOST_SUBNETS => few,
            _ => MOST_SUBNETS - 1,
        };
        let (one_by_one, more) = row.subnets.split_at(drawn);
        let mut boxes: Vec<Sources<'a>> = one_by_one.iter().map(|s| Sources::One(s)).collect();
        if !more.is_empty() {
            boxes.push(Sources::More(more.to_vec()));
        }
        let top = y;
        let frames: Vec<(Frame, Sources<'a>)> = boxes
            .into_iter()
            .map(|source| {
                let frame = Frame::new(SUBNETS, y, SUBNET);
                y += SUBNET + GAP;
                (frame, source)
            })
            .collect();
        // A single subnet is less high than its table.
        y = (y - GAP).max(top + BOX);
        let table = Frame::new(TABLES, f64::midpoint(top, y) - BOX / 2.0, BOX);
        let lift = ((y - top) - stack(frames.len())) / 2.0;
        for (mut frame, source) in frames {
            frame.y += lift;
            lines.push(from_source(
                row,
                &source,
                (frame.right(), frame.middle()),
                &table,
            ));
            sources.push((frame, source));
        }
        tables.push(table);
        y += GROUP_GAP;
    }
    (sources, tables)
}

#[expect(clippy::cast_precision_loss, reason = "a handful of boxes")]
fn stack(boxes: usize) -> f64 {
    boxes as f64 * (SUBNET + GAP) - GAP
}

fn from_source<'a>(
    row: &Row<'a>,
    source: &Sources<'a>,
    start: (f64, f64),
    table: &Frame,
) -> Line<'a> {
    let (from, subnets, exempt) = match source {
        Sources::One(subnet) => (&*subnet.subnet_id, 1, subnet.verdict == "exempt"),
        Sources::More(more) => (
            "more subnets",
            more.len(),
            more.iter().all(|subnet| subnet.verdict == "exempt"),
        ),
    };
    Line {
        from,
        to: row.id(),
        kind: row.worst,
        share: None,
        label: None,
        subnets,
        exempt,
        points: [start, (table.x, table.middle())],
    }
}

type Exits<'a> = Vec<(Frame, Exit<'a>)>;
type Spare<'a> = Vec<(Frame, &'a wire::Endpoint)>;

fn middle<'a>(
    map: &Map<'a>,
    rows: &[Row<'a>],
    tables: &[Frame],
    lines: &mut Vec<Line<'a>>,
) -> (Exits<'a>, Spare<'a>) {
    let mut wanted: BTreeMap<Exit<'a>, Vec<f64>> = BTreeMap::new();
    for (row, table) in rows.iter().zip(tables) {
        for (exit, _) in &row.exits {
            wanted.entry(exit.clone()).or_default().push(table.middle());
        }
    }
    let unused: Vec<&wire::Endpoint> = map
        .endpoints
        .iter()
        .copied()
        .filter(|endpoint| {
            let id = Some(&*endpoint.vpc_endpoint_id);
            let mut exits = map.groups.iter().flat_map(|group| &group.exits);
            !exits.any(|(exit, _)| exit.target == id)
        })
        .collect();
    let exits = near(EXITS, BOX, wanted);
    for (row, table) in rows.iter().zip(tables) {
        let mut targets: Vec<(&(Frame, Exit<'a>), Option<f64>)> = row
            .exits
            .iter()
            .filter_map(|(exit, share)| {
                let found = exits.iter().find(|(_, candidate)| candidate == exit)?;
                Some((found, *share))
            })
            .collect();
        targets.sort_by(|(a, _), (b, _)| a.0.y.total_cmp(&b.0.y));
        let count = targets.len();
        for (at, ((frame, exit), share)) in targets.into_iter().enumerate() {
            let start = (table.right(), spread(table, at, count));
            let share = share.filter(|_| count > 1);
            let label = match share {
                Some(share) => Some(format!("{} {}", exit.kind.sign(), percent(share))),
                None => row.exempt().then(|| "exempt".to_owned()),
            };
            lines.push(Line {
                from: row.id(),
                to: exit.id(),
                kind: exit.kind,
                share,
                label,
                subnets: row.subnets.len(),
                exempt: row.exempt(),
                points: [start, (frame.x, frame.middle())],
            });
        }
    }
    let mut y = exits
        .last()
        .map_or(TOP, |(frame, _)| frame.y + BOX + GROUP_GAP);
    let spare = unused
        .into_iter()
        .map(|endpoint| {
            let frame = Frame::new(EXITS, y, BOX);
            y += BOX + GROUP_GAP;
            (frame, endpoint)
        })
        .collect();
    (exits, spare)
}

/// The point on a box's right edge where one of several lines starts.
#[expect(clippy::cast_precision_loss, reason = "a handful of lines")]
fn spread(frame: &Frame, at: usize, count: usize) -> f64 {
    frame.y + frame.height * (at as f64 + 1.0) / (count as f64 + 1.0)
}

/// Boxes of a column, each as near to what leads to it as the others let it.
fn near<T: Ord>(column: (f64, f64), height: f64, wanted: BTreeMap<T, Vec<f64>>) -> Vec<(Frame, T)> {
    let mut boxes: Vec<(f64, T)> = wanted
        .into_iter()
        .map(|(item, from)| (mean(&from) - height / 2.0, item))
        .collect();
    boxes.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let mut y = TOP;
    boxes
        .into_iter()
        .map(|(top, item)| {
            let frame = Frame::new(column, top.max(y), height);
            y = frame.y + height + GROUP_GAP;
            (frame, item)
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "as many as a map has rows")]
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn right_side<'a>(
    rows: &[Row<'a>],
    exits: &[(Frame, Exit<'a>)],
    lines: &mut Vec<Line<'a>>,
) -> Vec<(Frame, End)> {
    let mut wanted: BTreeMap<Kind, Vec<f64>> = BTreeMap::new();
    for (frame, exit) in exits {
        wanted.entry(exit.kind).or_default().push(frame.middle());
    }
    let ends = near(ENDS, BOX, wanted);
    for (frame, exit) in exits {
        let through = rows
            .iter()
            .filter(|row| row.exits.iter().any(|(e, _)| e == exit));
        let Some((end, _)) = ends.iter().find(|(_, kind)| *kind == exit.kind) else {
            continue;
        };
        let (subnets, exempt) = through.fold((0, true), |(count, exempt), row| {
            (count + row.subnets.len(), exempt && row.exempt())
        });
        lines.push(Line {
            from: exit.id(),
            to: exit.kind.words(),
            kind: exit.kind,
            share: None,
            label: None,
            subnets,
            exempt,
            points: [(frame.right(), frame.middle()), (end.x, end.middle())],
        });
    }
    ends.into_iter()
        .map(|(frame, kind)| (frame, end(rows, kind)))
        .collect()
}

fn end(rows: &[Row<'_>], kind: Kind) -> End {
    let mut end = End {
        kind,
        subnets: 0,
        partly: 0,
        exempt: 0,
    };
    for row in rows {
        let here = row.exits.iter().filter(|(exit, _)| exit.kind == kind);
        let here = here.count();
        if here == 0 {
            continue;
        }
        end.subnets += row.subnets.len();
        if here < row.exits.len() {
            end.partly += row.subnets.len();
        }
        let exempt = row.subnets.iter().filter(|s| s.verdict == "exempt");
        end.exempt += exempt.count();
    }
    end
}
