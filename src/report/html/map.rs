//! The map of a VPC and a service, drawn as SVG, and the same in words.

use super::{
    layout::{self, Frame, Layout, Line, Row, Sources},
    ways::{Exit, Kind, Map, Place},
    words,
};
use crate::{engine::reason::percent, report::wire};
use maud::{Markup, Render, html};

/// The most characters that fit into a box, by column.
const SUBNET_NAME: usize = 34;
const BOX_NAME: usize = 25;

/// The most subnets that a sentence names.
const MOST_NAMES: usize = 8;

/// A VPC with its maps.
pub(super) fn vpc(place: &Place<'_>, number: usize, open: bool) -> Markup {
    html! {
        details.vpc id={ "vpc-" (number) } open[open] data-vpc=(place.vpc) data-region=(place.region) {
            summary {
                h3 { (named(place.name, place.vpc)) }
                span.where { @if let Some(account) = place.account { (account) " · " } (place.region) }
                span.tally {
                    @for (verdict, count) in [
                        ("violation", place.verdicts("violation")),
                        ("unverifiable", place.verdicts("unverifiable")),
                        ("exempt", place.verdicts("exempt")),
                        ("compliant", place.verdicts("compliant")),
                    ] {
                        @if count > 0 { span.badge.(verdict) { (words::tally(count, verdict)) } }
                    }
                    @if place.other_findings() > 0 {
                        span.badge.medium { (words::plural(place.other_findings(), "other violation")) }
                    }
                }
            }
            @for (at, map) in place.maps.iter().enumerate() {
                (figure(place, map, &format!("map-{number}-{at}")))
            }
        }
    }
}

/// A name with the id behind it, or the id alone.
pub(super) fn named(name: Option<&str>, id: &str) -> Markup {
    html! {
        @if let Some(name) = name { bdi { (name) } " " code.id { (id) } }
        @else { code { (id) } }
    }
}

fn figure(place: &Place<'_>, map: &Map<'_>, id: &str) -> Markup {
    let service = words::service(map.service);
    let layout = layout::layout(map);
    let vpc = place.name.unwrap_or(place.vpc);
    let subnets: usize = map.groups.iter().map(|group| group.subnets.len()).sum();
    let tables = map.groups.len();
    html! {
        figure.map data-service=(map.service) data-vpc=(place.vpc) data-region=(place.region) {
            figcaption { "To " strong { (service) } ": " (words::plural(subnets, "subnet")) ", " (words::plural(tables, "route table")) }
            div.scroll tabindex="0" role="region" aria-label={ "Map to " (service) " in " (vpc) ", " (place.region) } {
                svg role="img" aria-labelledby={ (id) "-title " (id) "-text" } width=(layout::WIDTH) height=(layout.height)
                    viewBox={ "0 0 " (layout::WIDTH) " " (layout.height) } xmlns="http://www.w3.org/2000/svg" {
                    title id={ (id) "-title" } { "Where subnets of " (vpc) " in " (place.region) " send " (service) " traffic" }
                    desc id={ (id) "-text" } { (summary(&layout)) }
                    @for (x, heading) in layout::headings() { text.heading x=(x) y="16" { (heading) } }
                    @for line in &layout.lines { (curve(line)) }
                    @for (frame, source) in &layout.sources { (source_box(*frame, source)) }
                    @for (frame, row) in layout.tables.iter().zip(&layout.rows) { (table_box(*frame, row)) }
                    @for (frame, exit) in &layout.exits { (exit_box(*frame, exit)) }
                    @for (frame, endpoint) in &layout.spare { (spare_box(*frame, endpoint, map)) }
                    @for (frame, end) in &layout.ends { (end_box(*frame, end)) }
                    @for line in &layout.lines { (label(line)) }
                }
            }
            @if layout.left_out.0 > 0 {
                p.note { "Not drawn: " (words::plural(layout.left_out.0, "more route table")) " with " (words::plural(layout.left_out.1, "subnet"))
                    ", none worse than those above. The table of subnets has them all." }
            }
            details.astext {
                summary { "This map in words" }
                ul { @for row in &layout.rows { li { (sentence(row)) } } }
            }
        }
    }
}

fn summary(layout: &Layout<'_>) -> String {
    let ends: Vec<String> = layout
        .ends
        .iter()
        .map(|(_, end)| format!("{}: {}", end.kind.words(), count_of(end)))
        .collect();
    ends.join("; ")
}

fn count_of(end: &layout::End) -> String {
    let subnets = words::plural(end.subnets, "subnet");
    match end.partly {
        0 => subnets,
        all if all == end.subnets => format!("{subnets} in part"),
        some => format!("{subnets}, {} in part", words::count(some)),
    }
}

/// What a row of the map shows, in a sentence.
fn sentence(row: &Row<'_>) -> Markup {
    let names: Vec<String> = row
        .subnets
        .iter()
        .map(|subnet| match &subnet.name {
            Some(name) => format!("{name} ({})", subnet.subnet_id),
            None => subnet.subnet_id.clone(),
        })
        .collect();
    let ways: Vec<String> = row
        .exits
        .iter()
        .map(|(exit, share)| {
            let share = share.filter(|_| row.exits.len() > 1).map(percent);
            let share = share.map(|share| format!("{share} ")).unwrap_or_default();
            let target = exit.target.map(|id| format!(" {id}")).unwrap_or_default();
            format!("{share}to {}{target} ({})", exit.title, exit.kind.words())
        })
        .collect();
    html! {
        (words::some(&names, MOST_NAMES)) ", by " (tables_of(row)) ": " (words::listed(&ways)) @if row.exempt() { ", exempt" } "."
    }
}

fn tables_of(row: &Row<'_>) -> String {
    match row.tables.as_slice() {
        [Some(id)] => format!("route table {id}"),
        [None] => "a route table that is not known".to_owned(),
        several => words::plural(several.len(), "more route table"),
    }
}

/// A number of the drawing; a tenth of a unit is finer than anybody sees.
struct Number(f64);

impl Render for Number {
    fn render_to(&self, out: &mut String) {
        use std::fmt::Write as _;
        // Writing to a string cannot fail.
        let _ = write!(out, "{}", (self.0 * 10.0).round() / 10.0);
    }
}

fn curve(line: &Line<'_>) -> Markup {
    let [(x1, y1), (x2, y2)] = line.points;
    let bend = f64::midpoint(x1, x2);
    let (x1, y1, x2, y2, bend) = (Number(x1), Number(y1), Number(x2), Number(y2), Number(bend));
    html! {
        path.line.(line.kind.name()).exempt[line.exempt] data-from=(line.from) data-to=(line.to) data-kind=(line.kind.name())
            data-share=[line.share] data-subnets=(line.subnets) data-exempt[line.exempt]
            d={ "M" (x1) " " (y1) "C" (bend) " " (y1) " " (bend) " " (y2) " " (x2) " " (y2) } {
            title { (line.from) " to " (line.to) ": " (line.kind.words()) @if let Some(share) = line.share { ", " (percent(share)) " of the addresses" } }
        }
    }
}

/// The words on a line.
fn label(line: &Line<'_>) -> Markup {
    let Some(text) = &line.label else {
        return html! {};
    };
    let [(x1, y1), (x2, y2)] = line.points;
    let (x, y) = (f64::midpoint(x1, x2), f64::midpoint(y1, y2));
    #[expect(clippy::cast_precision_loss, reason = "a few characters")]
    let width = text.chars().count() as f64 * 7.0 + 14.0;
    html! {
        g.label.(line.kind.name()) {
            rect x=(Number(x - width / 2.0)) y=(Number(y - 10.0)) width=(Number(width)) height="20" rx="10" {}
            text x=(Number(x)) y=(Number(y + 4.0)) text-anchor="middle" { (text) }
        }
    }
}

fn rect(frame: Frame) -> Markup {
    html! {
        rect.box x=(Number(frame.x)) y=(Number(frame.y)) width=(Number(frame.width)) height=(Number(frame.height)) rx="6" {}
    }
}

fn edge(frame: Frame) -> Markup {
    html! {
        rect.edge x=(Number(frame.x)) y=(Number(frame.y)) width="5" height=(Number(frame.height)) rx="2" {}
    }
}

fn text(class: &str, x: f64, y: f64, text: &str) -> Markup {
    html! { text class=(class) x=(Number(x)) y=(Number(y)) { (text) } }
}

fn at_right(class: &str, frame: Frame, y: f64, text: &str) -> Markup {
    html! {
        text class=(class) x=(Number(frame.x + frame.width - 10.0)) y=(Number(y)) text-anchor="end" { (text) }
    }
}

fn source_box(frame: Frame, source: &Sources<'_>) -> Markup {
    let x = frame.x + 15.0;
    match source {
        Sources::One(subnet) => {
            let (first, second) = match &subnet.name {
                Some(name) => (cut(name, SUBNET_NAME), subnet.subnet_id.clone()),
                None => (subnet.subnet_id.clone(), String::new()),
            };
            let cidr = subnet.cidr_block.as_deref().unwrap_or_default();
            html! {
                g.subnet.(subnet.verdict) data-subnet=(subnet.subnet_id) data-verdict=(subnet.verdict) {
                    title { @if let Some(name) = &subnet.name { (name) ", " } (subnet.subnet_id) " " (cidr) ": " (subnet.reason) }
                    (rect(frame)) (edge(frame))
                    (text("name", x, frame.y + 18.0, &first))
                    (text("mono", x, frame.y + 34.0, &second))
                    (at_right("verdict", frame, frame.y + 18.0, words::verdict(subnet.verdict)))
                    (at_right("mono", frame, frame.y + 34.0, cidr))
                }
            }
        }
        Sources::More(more) => {
            let worst = more.first().map_or("unverifiable", |subnet| subnet.verdict);
            let tally: Vec<String> = ["violation", "unverifiable", "exempt", "compliant"]
                .into_iter()
                .filter_map(|verdict| {
                    let count = more.iter().filter(|s| s.verdict == verdict).count();
                    (count > 0).then(|| words::tally(count, verdict))
                })
                .collect();
            html! {
                g.subnet.more.(worst) data-more=(more.len()) {
                    (rect(frame)) (edge(frame))
                    (text("name", x, frame.y + 18.0, &format!("+ {} more subnet{}", words::count(more.len()), if more.len() == 1 { "" } else { "s" })))
                    (text("small", x, frame.y + 34.0, &tally.join(", ")))
                }
            }
        }
    }
}

fn table_box(frame: Frame, row: &Row<'_>) -> Markup {
    let (title, detail) = match row.tables.as_slice() {
        [Some(id)] => (cut(id, BOX_NAME), "route table"),
        [None] => ("Not visible".to_owned(), "route table not known"),
        several => (
            format!("+ {} more tables", words::count(several.len())),
            "that do the same",
        ),
    };
    let detail = if row.main && row.tables.len() == 1 {
        "main route table"
    } else {
        detail
    };
    let x = frame.x + 12.0;
    html! {
        g.table data-table=(row.id()) {
            (rect(frame))
            (text("mono strong", x, frame.y + 20.0, &title))
            (text("small", x, frame.y + 36.0, detail))
            (text("small", x, frame.y + 50.0, &words::plural(row.subnets.len(), "subnet")))
        }
    }
}

fn exit_box(frame: Frame, exit: &Exit<'_>) -> Markup {
    let x = frame.x + 15.0;
    html! {
        g.exit.(exit.kind.name()) data-exit=(exit.id()) data-kind=(exit.kind.name()) {
            (rect(frame)) (edge(frame))
            (text("name", x, frame.y + 20.0, exit.title))
            (text("mono", x, frame.y + 36.0, &cut(exit.target.unwrap_or_default(), BOX_NAME)))
            (text("word", x, frame.y + 51.0, &format!("{} {}", exit.kind.sign(), exit.kind.words())))
        }
    }
}

fn spare_box(frame: Frame, endpoint: &wire::Endpoint, map: &Map<'_>) -> Markup {
    let x = frame.x + 15.0;
    let state = endpoint.state.as_deref().unwrap_or("state not known");
    // Where one way is not known, it may lead here.
    let mut exits = map.groups.iter().flat_map(|group| &group.exits);
    let unknown = exits.any(|(exit, _)| exit.kind == Kind::Unknown);
    let used = if unknown {
        "use not known"
    } else {
        "carries no subnet"
    };
    html! {
        g.exit.spare data-endpoint=(endpoint.vpc_endpoint_id) {
            (rect(frame)) (edge(frame))
            (text("name", x, frame.y + 20.0, "Gateway endpoint"))
            (text("mono", x, frame.y + 36.0, &cut(&endpoint.vpc_endpoint_id, BOX_NAME)))
            (text("word", x, frame.y + 51.0, &cut(&format!("{state}, {used}"), 32)))
        }
    }
}

fn end_box(frame: Frame, end: &layout::End) -> Markup {
    let x = frame.x + 15.0;
    let title = match end.kind {
        Kind::Endpoint => "Private path",
        Kind::Around => "Around the endpoint",
        Kind::Dropped => "Dropped",
        Kind::Unknown => "Not known",
    };
    let details: Vec<String> = [(end.partly, "in part"), (end.exempt, "exempt")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{} {word}", words::count(number)))
        .collect();
    html! {
        g.end.(end.kind.name()) data-kind=(end.kind.name()) {
            (rect(frame)) (edge(frame))
            (text("name", x, frame.y + 20.0, &format!("{} {title}", end.kind.sign())))
            (text("small", x, frame.y + 36.0, &words::plural(end.subnets, "subnet")))
            (text("small", x, frame.y + 50.0, &details.join(", ")))
        }
    }
}

/// A text that fits into a box; the whole stands in the title and the table.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some(_) => {
            let kept: String = text.chars().take(most - 1).collect();
            format!("{kept}…")
        }
        None => text.to_owned(),
    }
}
