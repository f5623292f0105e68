//! The rows of the table, and how they are laid out by what fits.

use crate::{
    engine::reason::percent,
    report::{
        text::{harmless, violations},
        wire,
    },
};
use std::{cmp::Reverse, collections::BTreeMap};
use unicode_width::UnicodeWidthStr as _;

/// A cell's text for each column of [`HEADS`].
pub(super) type Row = [String; 7];
/// The widest text of each column.
pub(super) type Widths = [usize; 7];

pub(super) const HEADS: [&str; 7] = [
    "VERDICT", "SERVICE", "PATH", "SUBNET", "NAME", "TABLE", "WAY",
];
/// The columns that a narrower terminal does without.
const WITHOUT_TABLE: [usize; 6] = [0, 1, 2, 3, 4, 6];
pub(super) const FIRST_LINE: [usize; 4] = [0, 1, 2, 3];

/// The most columns of a name; an id is never cut, since it is to be copied.
const WIDEST_NAME: usize = 28;
/// The columns of a way to one target, whose id is of today's length.
const USUAL_WAY: usize = 22;

/// The last column, which may flow into lines of its own.
pub(super) const WAY: usize = 6;

pub(super) const GAP: usize = 2;

/// How a row is laid out, by what fits.
pub(super) enum Layout {
    /// These columns, side by side.
    Columns(Vec<usize>),
    /// Verdict to subnet on one line, the rest below it.
    TwoLines,
    /// One below the other.
    Stack,
}

/// One VPC with its rows.
pub(super) struct Vpc<'a> {
    rank: u8,
    /// Its worst subnet.
    pub(super) first: &'a wire::Subnet,
    /// How many violations of every rule are in it.
    pub(super) findings: usize,
    pub(super) rows: Vec<(&'a wire::Subnet, Row)>,
}

/// The subnets by VPC: VPCs with a violation first, worst subnets first.
pub(super) fn vpcs(report: &wire::Report) -> Vec<Vpc<'_>> {
    let mut vpcs: BTreeMap<_, Vec<&wire::Subnet>> = BTreeMap::new();
    for subnet in report.subnets.iter().flatten() {
        let key = (&subnet.account_id, &subnet.region, &subnet.vpc_id);
        vpcs.entry(key).or_default().push(subnet);
    }
    let mut findings: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in violations(report) {
        if let Some(vpc) = finding.vpc_id.as_deref() {
            *findings.entry(vpc).or_default() += 1;
        }
    }
    let mut vpcs: Vec<Vpc<'_>> = vpcs
        .into_values()
        .filter_map(|mut subnets| {
            subnets.sort_by_key(|subnet| rank(subnet.verdict));
            let first = *subnets.first()?;
            Some(Vpc {
                rank: rank(first.verdict),
                first,
                findings: findings
                    .get(first.vpc_id.as_str())
                    .copied()
                    .unwrap_or_default(),
                rows: subnets.into_iter().map(|s| (s, row(s))).collect(),
            })
        })
        .collect();
    vpcs.sort_by_key(|vpc| {
        let as_bad = vpc.rows.iter().filter(|(s, _)| rank(s.verdict) == vpc.rank);
        (vpc.rank, vpc.findings == 0, Reverse(as_bad.count()))
    });
    vpcs
}

fn row(subnet: &wire::Subnet) -> Row {
    let table = match (&subnet.route_table_id, subnet.association) {
        (Some(table), Some("main")) => format!("{table} (main)"),
        (Some(table), _) => table.clone(),
        (None, _) => String::new(),
    };
    [
        subnet.verdict.to_owned(),
        subnet.service.to_owned(),
        subnet.path.to_owned(),
        subnet.subnet_id.clone(),
        subnet.name.as_deref().map(short_name).unwrap_or_default(),
        table,
        way(subnet),
    ]
}

fn short_name(name: &str) -> String {
    let name = harmless(name);
    if name.width() <= WIDEST_NAME {
        return name;
    }
    let mut short = String::new();
    for c in name.chars() {
        short.push(c);
        if short.width() >= WIDEST_NAME {
            short.pop();
            break;
        }
    }
    short + "…"
}

/// Where the packets go: endpoints first, then the other ways.
fn way(subnet: &wire::Subnet) -> String {
    let several = subnet.vpc_endpoint_ids.len() + subnet.via.len() > 1;
    let endpoints = subnet.vpc_endpoint_ids.iter().cloned();
    let others = subnet.via.iter().map(|via| {
        let name = match (via.kind, via.target.as_deref()) {
            ("none", _) => "no route".to_owned(),
            ("blackhole", Some(target)) => format!("blackhole {target}"),
            ("gateway_endpoint_other", Some(target)) => format!("{target} (unusable)"),
            ("gateway_load_balancer_endpoint", Some(target)) => format!("{target} (appliances)"),
            (_, Some(target)) => target.to_owned(),
            (kind, None) => kind.replace('_', " "),
        };
        if several {
            format!("{name} {}", percent(via.share))
        } else {
            name
        }
    });
    harmless(&endpoints.chain(others).collect::<Vec<_>>().join(", "))
}

pub(super) fn widths(vpcs: &[Vpc<'_>]) -> Widths {
    let mut widths = HEADS.map(str::len);
    for (_, row) in vpcs.iter().flat_map(|vpc| &vpc.rows) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.width().max(*width);
        }
    }
    widths
}

pub(super) fn layout(widths: &Widths, terminal: Option<usize>) -> Layout {
    let all: Vec<usize> = (0..HEADS.len()).collect();
    let Some(width) = terminal else {
        return Layout::Columns(all);
    };
    let widths = {
        let mut usual = *widths;
        usual[WAY] = usual[WAY].min(USUAL_WAY);
        usual
    };
    let taken = |columns: &[usize]| -> usize { columns.iter().map(|at| GAP + widths[*at]).sum() };
    if taken(&all) <= width {
        Layout::Columns(all)
    } else if taken(&WITHOUT_TABLE) <= width {
        Layout::Columns(WITHOUT_TABLE.into())
    } else if taken(&FIRST_LINE) <= width {
        Layout::TwoLines
    } else {
        Layout::Stack
    }
}

pub(super) fn cells(row: &Row, columns: &[usize], widths: &Widths) -> String {
    let mut line = String::new();
    for at in columns {
        line.push_str(&row[*at]);
        let missing = widths[*at].saturating_sub(row[*at].width()) + GAP;
        line.extend(std::iter::repeat_n(' ', missing));
    }
    line.truncate(line.trim_end().len());
    line
}

pub(super) fn rank(verdict: &str) -> u8 {
    match verdict {
        "violation" => 0,
        "unverifiable" => 1,
        "exempt" => 2,
        _ => 3,
    }
}
