//! The pages of the rules, from Markdown.

use crate::engine::rule::Rule;
use maud::{Markup, PreEscaped, html};
use pulldown_cmark::{CowStr, Event, HeadingLevel, Parser, Tag, TagEnd};

/// The section with every rule; `findings` counts those of a rule.
pub(super) fn section(rules: &[&Rule], findings: impl Fn(&str) -> usize) -> Markup {
    html! {
        section id="rules" aria-labelledby="rules-heading" {
            h2 id="rules-heading" { "What was checked" }
            p.lead { "Every rule, what it says, why it matters and how it decides." }
            @for rule in rules {
                @let count = findings(rule.id);
                details.rule id={ "rule-" (rule.id) } {
                    summary {
                        h3 { code { (rule.id) } }
                        span.where { (rule.summary) }
                        span.tally { (super::words::plural(count, "finding")) }
                    }
                    div.prose { (PreEscaped(page(rule.page))) }
                }
            }
        }
    }
}

/// A page as HTML, below the headings of the report. Markup in it stays text.
fn page(markdown: &str) -> String {
    // The title stands in the summary.
    let body = markdown.split_once('\n').map_or("", |(_, rest)| rest);
    let mut out = String::new();
    pulldown_cmark::html::push_html(&mut out, Parser::new(body).map(event));
    out
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser's enum grows, and what carries no markup or link stays as it is"
)]
fn event(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Start(Tag::Heading {
            level,
            id,
            classes,
            attrs,
        }) => Event::Start(Tag::Heading {
            level: below(level),
            id,
            classes,
            attrs,
        }),
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(below(level))),
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Link {
            link_type,
            dest_url: destination(dest_url),
            title,
            id,
        }),
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        other => other,
    }
}

/// Two levels below: the report's own headings come first.
fn below(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

/// Where a link leads: another rule's page is part of this one.
fn destination(link: CowStr<'_>) -> CowStr<'_> {
    match link.strip_suffix(".md") {
        Some(rule) => format!("#rule-{rule}").into(),
        None if link.starts_with("https://") => link,
        None => "#rules".into(),
    }
}
