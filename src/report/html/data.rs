//! The rows of the table as data, and the table that a script fills with them.
//!
//! What subnets share (their VPC, their way) is written once: of 20,000
//! subnets, most take one of a few ways.

use super::{
    problems::{Problem, anchor},
    ways::{exits, other},
    words,
};
use crate::{engine::reason::percent, report::wire};
use maud::{Markup, PreEscaped, html};
use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, Serializer};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

/// What `script.js` reads.
#[derive(Serialize)]
struct Data<'a> {
    places: Vec<Place<'a>>,
    ways: Vec<Way<'a>>,
    problems: Vec<Link<'a>>,
    /// Worst first.
    rows: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    account: Option<&'a str>,
    region: &'a str,
    vpc: &'a str,
    name: Option<&'a str>,
}

#[derive(Serialize)]
struct Way<'a> {
    place: usize,
    service: &'a str,
    table: Option<&'a str>,
    association: Option<&'a str>,
    path: &'a str,
    to: Vec<To<'a>>,
    reason: &'a str,
}

#[derive(Serialize)]
struct To<'a> {
    kind: &'a str,
    title: &'a str,
    target: Option<&'a str>,
    /// In words; none where it is all, or not known.
    share: Option<String>,
    cidrs: &'a [String],
}

#[derive(Serialize)]
struct Link<'a> {
    anchor: String,
    severity: &'a str,
    title: &'a str,
}

/// The way, the id, the name, the block, the verdict and the problems.
#[derive(Serialize)]
struct Row<'a>(
    usize,
    &'a str,
    Option<&'a str>,
    Option<&'a str>,
    &'a str,
    Vec<usize>,
);

/// The data, as a block that no browser runs.
pub(super) fn block(report: &wire::Report, problems: &[Problem<'_>]) -> Markup {
    let mut json = Vec::new();
    // Our data holds strings, numbers and lists only: always serializable.
    let _ = data(report, problems).serialize(&mut Serializer::with_formatter(&mut json, Inert));
    html! {
        script id="data" type="application/json" { (PreEscaped(String::from_utf8_lossy(&json))) }
    }
}

/// JSON in which nothing can end the block that holds it, and in which control
/// characters stand as they do elsewhere on the page.
struct Inert;

impl Formatter for Inert {
    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        out: &mut W,
        text: &str,
    ) -> io::Result<()> {
        let mut rest = text;
        while let Some(at) = rest.find(['<', '>', '&']) {
            let (before, found) = rest.split_at(at);
            out.write_all(before.as_bytes())?;
            write!(out, "\\u{:04x}", found.as_bytes()[0])?;
            rest = &found[1..];
        }
        out.write_all(rest.as_bytes())
    }

    fn write_char_escape<W: Write + ?Sized>(
        &mut self,
        out: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        match escape {
            CharEscape::Quote => out.write_all(b"\\\""),
            CharEscape::ReverseSolidus => out.write_all(b"\\\\"),
            CharEscape::Solidus => out.write_all(b"/"),
            CharEscape::LineFeed => out.write_all(b"\\n"),
            CharEscape::Tab => out.write_all(b"\\t"),
            CharEscape::Backspace => out.write_all(b"[U+0008]"),
            CharEscape::FormFeed => out.write_all(b"[U+000C]"),
            CharEscape::CarriageReturn => out.write_all(b"[U+000D]"),
            CharEscape::AsciiControl(byte) => write!(out, "[U+{byte:04X}]"),
        }
    }
}

fn data<'a>(report: &'a wire::Report, problems: &[Problem<'a>]) -> Data<'a> {
    let mut subnets: Vec<&wire::Subnet> = report.subnets.iter().flatten().collect();
    subnets.sort_by_key(|subnet| words::rank(subnet.verdict));
    let mut places = Places::new(report);
    let mut ways: Vec<Way<'a>> = Vec::new();
    let mut known: BTreeMap<_, usize> = BTreeMap::new();
    let of_subnet = problems_by_subnet(problems);
    let rows = subnets
        .into_iter()
        .map(|subnet| {
            let place = places.index(subnet);
            let via: Vec<_> = subnet
                .via
                .iter()
                .map(|via| (via.kind, via.target.as_deref(), via.share.to_bits()))
                .collect();
            let table = (subnet.route_table_id.as_deref(), subnet.association);
            let key = (
                place,
                subnet.service,
                table,
                subnet.path,
                via,
                &*subnet.reason,
            );
            let way = *known.entry(key).or_insert_with(|| {
                ways.push(way(place, subnet));
                ways.len() - 1
            });
            let id = (
                subnet.account_id.as_deref(),
                Some(&*subnet.region),
                &*subnet.subnet_id,
            );
            let found = of_subnet.get(&id).into_iter().flatten();
            let problems = found
                .filter(|(service, _)| service.is_none_or(|service| service == subnet.service))
                .map(|(_, number)| *number)
                .collect();
            Row(
                way,
                &subnet.subnet_id,
                subnet.name.as_deref(),
                subnet.cidr_block.as_deref(),
                subnet.verdict,
                problems,
            )
        })
        .collect();
    Data {
        places: places.list,
        ways,
        problems: problems
            .iter()
            .enumerate()
            .map(|(number, problem)| Link {
                anchor: anchor(number),
                severity: problem.finding.severity.name(),
                title: &problem.finding.title,
            })
            .collect(),
        rows,
    }
}

type PlaceKey<'a> = (Option<&'a str>, &'a str, &'a str);

struct Places<'a> {
    names: BTreeMap<PlaceKey<'a>, &'a str>,
    known: BTreeMap<PlaceKey<'a>, usize>,
    list: Vec<Place<'a>>,
}

impl<'a> Places<'a> {
    fn new(report: &'a wire::Report) -> Self {
        let named = report.vpcs.iter().flatten().filter_map(|vpc| {
            let key = (vpc.account_id.as_deref(), &*vpc.region, &*vpc.vpc_id);
            Some((key, vpc.name.as_deref()?))
        });
        Self {
            names: named.collect(),
            known: BTreeMap::new(),
            list: Vec::new(),
        }
    }

    fn index(&mut self, subnet: &'a wire::Subnet) -> usize {
        let key = (
            subnet.account_id.as_deref(),
            &*subnet.region,
            &*subnet.vpc_id,
        );
        *self.known.entry(key).or_insert_with(|| {
            self.list.push(Place {
                account: key.0,
                region: key.1,
                vpc: key.2,
                name: self.names.get(&key).copied(),
            });
            self.list.len() - 1
        })
    }
}

fn way(place: usize, subnet: &wire::Subnet) -> Way<'_> {
    let exits = exits(subnet);
    let only = exits.len() == 1;
    let to = exits
        .into_iter()
        .map(|(exit, share)| {
            let mut via = subnet.via.iter();
            let via = via.find(|via| {
                via.target.as_deref() == exit.target && other(via.kind) == (exit.title, exit.kind)
            });
            To {
                kind: exit.kind.name(),
                title: exit.title,
                target: exit.target,
                share: share.filter(|_| !only).map(percent),
                cidrs: via.map_or(&[], |via| via.cidrs.as_slice()),
            }
        })
        .collect();
    Way {
        place,
        service: subnet.service,
        table: subnet.route_table_id.as_deref(),
        association: subnet.association,
        path: subnet.path,
        to,
        reason: &subnet.reason,
    }
}

type ProblemsOf<'a> =
    BTreeMap<(Option<&'a str>, Option<&'a str>, &'a str), Vec<(Option<&'a str>, usize)>>;

/// The problems of each subnet, with the service that each is about.
fn problems_by_subnet<'a>(problems: &[Problem<'a>]) -> ProblemsOf<'a> {
    let mut map = ProblemsOf::new();
    for (number, problem) in problems.iter().enumerate() {
        let finding = problem.finding;
        for (id, _) in &problem.subnets {
            let key = (
                finding.account_id.as_deref(),
                finding.region.as_deref(),
                *id,
            );
            map.entry(key).or_default().push((finding.service, number));
        }
    }
    map
}

/// The columns, with the name that the script sorts by.
const COLUMNS: [(&str, &str); 6] = [
    ("verdict", "Verdict"),
    ("subnet", "Subnet"),
    ("service", "Service"),
    ("vpc", "Region and VPC"),
    ("table", "Route table"),
    ("path", "Way"),
];

/// The section with the table and its filters.
pub(super) fn section(report: &wire::Report) -> Markup {
    let Some(subnets) = &report.subnets else {
        return html! {
            section id="subnets" aria-labelledby="subnets-heading" {
                h2 id="subnets-heading" { "Subnets" }
                p.lead { "This report was made without its list of subnets." }
            }
        };
    };
    let vpcs: BTreeSet<&str> = subnets.iter().map(|s| &*s.vpc_id).collect();
    let regions: BTreeSet<&str> = subnets.iter().map(|s| &*s.region).collect();
    let options = |values: &[&'static str], word: fn(&str) -> &str| -> Vec<(String, String)> {
        let option = |value: &&str| ((*value).to_owned(), word(value).to_owned());
        values.iter().map(option).collect()
    };
    let same = |values: BTreeSet<&str>| -> Vec<(String, String)> {
        let pair = |value: &str| (value.to_owned(), value.to_owned());
        values.into_iter().map(pair).collect()
    };
    let filters = [
        (
            "verdict",
            "Verdict",
            options(
                &["violation", "unverifiable", "exempt", "compliant"],
                words::verdict,
            ),
        ),
        (
            "path",
            "Way",
            options(
                &[
                    "gateway_endpoint",
                    "partial",
                    "bypass",
                    "no_route",
                    "unverifiable",
                ],
                words::path,
            ),
        ),
        (
            "service",
            "Service",
            options(&report.scope.services, words::service),
        ),
        ("region", "Region", same(regions)),
        ("vpc", "VPC", same(vpcs)),
    ];
    html! {
        section id="subnets" aria-labelledby="subnets-heading" {
            h2 id="subnets-heading" { "Subnets" }
            p.lead.without-script { "The table of subnets needs script. The maps and the findings above need none: every violation is among them." }
            form.filters.needs-script role="search" aria-label="Filter the table of subnets" {
                label.search { "Search" input type="search" name="search" placeholder="Name, id, block, target…" autocomplete="off" spellcheck="false"; }
                @for (name, title, options) in &filters {
                    label {
                        (title)
                        select name=(name) {
                            option value="" { "All" }
                            @for (value, text) in options { option value=(value) { (text) } }
                        }
                    }
                }
                button type="reset" { "Clear" }
            }
            p.count.needs-script id="count" role="status" {}
            div.needs-script {
                table.rows aria-labelledby="subnets-heading" aria-describedby="count" {
                    thead { tr {
                        @for (key, title) in COLUMNS {
                            th scope="col" aria-sort="none" { button type="button" data-sort=(key) { (title) } }
                        }
                        th scope="col" { span { "Why" } }
                    } }
                    tbody id="rows" {}
                }
                button.more type="button" id="more" hidden { "Show more" }
            }
        }
    }
}
