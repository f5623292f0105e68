//! The page as a whole.

use super::{
    answer, data, endpoints, map, problems, rules, security,
    visible::Visible,
    ways::{self, Place},
    words,
};
use crate::report::{format::Context, wire};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::io;

/// Writes the page.
///
/// # Errors
/// When the output cannot be written to.
pub(super) fn write(
    report: &wire::Report,
    context: &Context,
    out: &mut Visible<'_>,
) -> io::Result<()> {
    let problems = problems::problems(report);
    let places = ways::places(report);
    out.text(&DOCTYPE.into_string())?;
    out.text("<html lang=\"en\">")?;
    out.text(&head(report).into_string())?;
    out.text("<body>")?;
    out.text(&top(report, &places).into_string())?;
    out.text("<main id=\"main\">")?;
    out.text(&problems::errors(report).into_string())?;
    maps(&places, out)?;
    problems::write(&problems, out)?;
    out.text(&data::section(report).into_string())?;
    out.text(&endpoints::section(report).into_string())?;
    let findings = |rule: &str| report.findings.iter().filter(|f| f.rule == rule).count();
    out.text(&rules::section(context.rules, findings).into_string())?;
    out.text("</main>")?;
    out.text(&footer(report).into_string())?;
    out.text(&data::block(report, &problems).into_string())?;
    out.text(&html! { script { (PreEscaped(security::SCRIPT)) } }.into_string())?;
    out.text("</body></html>\n")
}

fn head(report: &wire::Report) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(security::policy());
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="referrer" content="no-referrer";
            title { (answer::sentence(report)) " – " (report.tool.name) }
            // Without it a browser would ask a server for one.
            link rel="icon" href="data:,";
            style { (PreEscaped(security::STYLE)) }
        }
    }
}

fn top(report: &wire::Report, places: &[Place<'_>]) -> Markup {
    html! {
        a.skip href="#main" { "Skip to the report" }
        div.top {
            p.product { strong { (report.tool.name) } " " span { "private path report" } }
            nav aria-label="Sections" {
                @if !report.errors.is_empty() { a href="#errors" { "Not read" } }
                @if !places.is_empty() { a href="#maps" { "Maps" } }
                a href="#problems" { "Findings" }
                a href="#subnets" { "Subnets" }
                a href="#endpoints" { "Endpoints" }
                a href="#rules" { "Rules" }
            }
        }
        (answer::header(report))
    }
}

/// The most VPCs that are open from the start.
const MOST_OPEN: usize = 12;

fn maps(places: &[Place<'_>], out: &mut Visible<'_>) -> io::Result<()> {
    if places.is_empty() {
        return Ok(());
    }
    out.text("<section id=\"maps\" aria-labelledby=\"maps-heading\">")?;
    let intro = html! {
        h2 id="maps-heading" { "Where the traffic goes" }
        p.lead { "One map per VPC and service. The worst VPC comes first." }
        ul.legend {
            @for kind in [ways::Kind::Endpoint, ways::Kind::Around, ways::Kind::Dropped, ways::Kind::Unknown] {
                li {
                    svg width="44" height="12" viewBox="0 0 44 12" aria-hidden="true" { path.line.(kind.name()) d="M1 6H43" {} }
                    (kind.sign()) " " (kind.words())
                }
            }
        }
    };
    out.text(&intro.into_string())?;
    for (number, place) in places.iter().enumerate() {
        let open = (places.len() == 1 || !place.is_clean()) && number < MOST_OPEN;
        out.text(&map::vpc(place, number + 1, open).into_string())?;
    }
    out.text("</section>")
}

fn footer(report: &wire::Report) -> Markup {
    let scope = &report.scope;
    html! {
        footer {
            h2 { "About this report" }
            dl {
                dt { "Made by" } dd { (report.tool.name) " " (report.tool.version) ", document " code { (report.schema) } }
                dt { "Run" } dd { (words::time(&report.started_at)) " to " (words::time(&report.finished_at)) }
                dt { "Accounts" } dd { (or_none(&scope.accounts)) }
                dt { "Regions" } dd { (or_none(&scope.regions)) }
                @if !scope.vpc_ids.is_empty() {
                    dt { "VPCs" } dd { (words::listed(&scope.vpc_ids)) ", no others" }
                }
                dt { "Services" } dd { (or_none(&scope.services)) }
                dt { "Complete" } dd { @if report.complete { "yes: everything was read and judged" } @else { "no: see what could not be read or judged" } }
                dt { "How" } dd {
                    "For every subnet, the route table that is in effect is asked for each IPv4 address of the service's AWS-managed prefix list which route wins. "
                    "Only a subnet whose every address reaches an available gateway endpoint of that service in its VPC is on the private path. "
                    "IPv6 and traffic stand among the findings."
                }
            }
        }
    }
}

fn or_none<S: AsRef<str>>(items: &[S]) -> String {
    if items.is_empty() {
        return "none".to_owned();
    }
    words::listed(items)
}
