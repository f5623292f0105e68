//! What is wrong, why, and what to do; and what could not be read.

use super::{map::named, visible::Visible, words};
use crate::{
    engine::severity::Severity,
    report::wire::{self, Weight},
};
use maud::{Markup, html};
use std::{cmp::Reverse, collections::BTreeMap, io};

/// The most problems that are open from the start.
const MOST_OPEN: usize = 12;

/// The most subnets of a problem that are shown at their full height.
const MOST_IDS: usize = 30;

/// One thing that is wrong, with every subnet that it concerns.
#[derive(Debug)]
pub(super) struct Problem<'a> {
    pub(super) finding: &'a wire::Finding,
    /// Ids and names.
    pub(super) subnets: Vec<(&'a str, Option<&'a str>)>,
    /// Each once, in the order in which they are to be run.
    commands: Vec<&'a str>,
}

/// Where a subnet is: its ids are unique in a Region only.
pub(super) type SubnetKey<'a> = (Option<&'a str>, Option<&'a str>, &'a str);

/// Findings that say the same of several subnets are one problem, worst first.
pub(super) fn problems(report: &wire::Report) -> Vec<Problem<'_>> {
    let mut names: BTreeMap<SubnetKey<'_>, &str> = BTreeMap::new();
    for subnet in report.subnets.iter().flatten() {
        if let Some(name) = &subnet.name {
            let (account, region) = (subnet.account_id.as_deref(), &*subnet.region);
            names.insert((account, Some(region), &*subnet.subnet_id), name);
        }
    }
    let mut problems: BTreeMap<_, Problem<'_>> = BTreeMap::new();
    for finding in &report.findings {
        let exemption = finding.exemption.as_ref();
        let key = (
            Reverse((finding.weight, finding.severity)),
            finding.rule,
            (&finding.account_id, &finding.region, &finding.vpc_id),
            (
                &finding.service,
                &finding.route_table_id,
                &finding.vpc_endpoint_id,
            ),
            (
                &finding.title,
                &finding.detail,
                &finding.remediation.summary,
            ),
            exemption.map(|why| (&why.reason, &why.until, &why.source)),
        );
        let problem = problems.entry(key).or_insert_with(|| Problem {
            finding,
            subnets: Vec::new(),
            commands: Vec::new(),
        });
        if let Some(id) = finding.subnet_id.as_deref() {
            let (account, region) = (finding.account_id.as_deref(), finding.region.as_deref());
            let name = names.get(&(account, region, id)).copied();
            problem.subnets.push((id, name));
        }
        for command in &finding.remediation.commands {
            if !problem.commands.contains(&command.as_str()) {
                problem.commands.push(command);
            }
        }
    }
    problems.into_values().collect()
}

/// The headings of the list, by what its problems mean.
fn heading(problem: &Problem<'_>) -> (&'static str, &'static str) {
    match problem.finding.weight {
        Weight::Violation => (
            "Violations",
            "What breaks the private path, or hides whether it holds.",
        ),
        Weight::NotJudged => ("Not judged", "Nobody may take these for clean."),
        Weight::Note if problem.finding.exemption.is_some() => (
            "Exempt",
            "Not on the private path, and accepted by somebody.",
        ),
        Weight::Note => ("Worth knowing", "No violation."),
    }
}

/// Writes the section with every problem, one by one: of a large account, all
/// of them at once would take more memory than the report.
///
/// # Errors
/// When the output cannot be written to.
pub(super) fn write(problems: &[Problem<'_>], out: &mut Visible<'_>) -> io::Result<()> {
    out.text("<section id=\"problems\" aria-labelledby=\"problems-heading\"><h2 id=\"problems-heading\">Findings</h2>")?;
    if problems.is_empty() {
        out.text("<p class=\"lead\">There are none.</p>")?;
    }
    // Stable, so that the worst stay first within each heading.
    let mut order: Vec<(usize, &Problem<'_>)> = problems.iter().enumerate().collect();
    order.sort_by_key(|(_, problem)| {
        (
            Reverse(problem.finding.weight),
            problem.finding.exemption.is_some(),
        )
    });
    let mut last = None;
    for (shown, (number, problem)) in order.into_iter().enumerate() {
        let heading = heading(problem);
        if last != Some(heading) {
            last = Some(heading);
            out.text(&html! { h3.group { (heading.0) } p.lead { (heading.1) } }.into_string())?;
        }
        let open = shown < MOST_OPEN && problem.finding.weight == Weight::Violation;
        out.text(&article(number, problem, open).into_string())?;
    }
    out.text("</section>")
}

/// The id of a problem's element.
pub(super) fn anchor(number: usize) -> String {
    format!("problem-{}", number + 1)
}

fn article(number: usize, problem: &Problem<'_>, open: bool) -> Markup {
    let finding = problem.finding;
    let place: [Option<&str>; 6] = [
        finding.service.map(words::service),
        finding.account_id.as_deref(),
        finding.region.as_deref(),
        finding.vpc_id.as_deref(),
        finding.route_table_id.as_deref(),
        finding.vpc_endpoint_id.as_deref(),
    ];
    let place: Vec<&str> = place.into_iter().flatten().collect();
    html! {
        details.problem id=(anchor(number)) open[open] data-rule=(finding.rule) {
            summary {
                (severity(finding.severity))
                h4 { (finding.title) }
                span.where {
                    @match problem.subnets.as_slice() {
                        [] => {}
                        [(id, name)] => { (named(*name, id)) }
                        several => { (words::plural(several.len(), "subnet")) }
                    }
                }
            }
            dl {
                dt { "Where" } dd { (place.join(" · ")) }
                @if !problem.subnets.is_empty() {
                    dt { "Subnets" }
                    dd { (ids(&problem.subnets)) }
                }
                dt { "Evidence" } dd { (finding.detail) }
                @if let Some(exemption) = &finding.exemption {
                    dt { "Exempt" }
                    dd {
                        "“" bdi { (exemption.reason) } "”, "
                        @if let Some(until) = &exemption.until { "until " (until) } @else { "without end" }
                        " (" (exemption.source) ")"
                    }
                }
                dt { "Fix" }
                dd {
                    (finding.remediation.summary)
                    @for command in &problem.commands {
                        div.command {
                            pre tabindex="0" role="region" aria-label="Command" { code { (command) } }
                            button.copy.needs-script type="button" { "Copy" }
                        }
                    }
                }
                dt { "Rule" } dd { a href={ "#rule-" (finding.rule) } { code { (finding.rule) } } }
            }
        }
    }
}

/// Subnets; many of them in a box that scrolls, also by keyboard.
fn ids(subnets: &[(&str, Option<&str>)]) -> Markup {
    let list = html! {
        ul.ids { @for (id, name) in subnets { li { (named(*name, id)) } } }
    };
    if subnets.len() <= MOST_IDS {
        return list;
    }
    html! {
        div.many tabindex="0" role="region" aria-label=(words::plural(subnets.len(), "subnet")) { (list) }
    }
}

/// A severity, as a word in its colour.
pub(super) fn severity(severity: Severity) -> Markup {
    html! { span.badge.(severity.name()) { (severity.name()) } }
}

/// The section with what could not be read; nothing where all was.
pub(super) fn errors(report: &wire::Report) -> Markup {
    if report.errors.is_empty() {
        return html! {};
    }
    html! {
        section.errors id="errors" aria-labelledby="errors-heading" {
            h2 id="errors-heading" { "What could not be read" }
            p.lead { "Whatever depends on these answers is not proved." }
            ul {
                @for error in &report.errors {
                    li {
                        strong { (error.operation) }
                        " in "
                        @if let Some(account) = &error.account_id { (account) ", " }
                        (error.region.as_deref().unwrap_or("all Regions"))
                        ": " code { (error.code) } ": " (error.message)
                        @if let Some(hint) = &error.hint { br; "To do: " (hint) }
                    }
                }
            }
        }
    }
}
