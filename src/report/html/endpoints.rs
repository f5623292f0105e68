//! The endpoints, with their tables and what was seen of traffic.

use super::words;
use crate::report::wire;
use maud::{Markup, html};

/// The section with every endpoint.
pub(super) fn section(report: &wire::Report) -> Markup {
    html! {
        section id="endpoints" aria-labelledby="endpoints-heading" {
            h2 id="endpoints-heading" { "Endpoints" }
            @if report.endpoints.is_empty() {
                p.lead { "No endpoint of the audited services was seen." }
            } @else {
                div.scroll tabindex="0" role="region" aria-labelledby="endpoints-heading" {
                    table.plain {
                        caption.hidden { "Endpoints of the audited services" }
                        thead { tr {
                            @for heading in ["Endpoint", "Service", "Type", "State", "Region", "VPC", "Route tables", "Traffic"] {
                                th scope="col" { (heading) }
                            }
                        } }
                        tbody { @for endpoint in &report.endpoints { (row(endpoint)) } }
                    }
                }
            }
        }
    }
}

fn row(endpoint: &wire::Endpoint) -> Markup {
    html! {
        tr data-endpoint=(endpoint.vpc_endpoint_id) {
            th scope="row" { code { (endpoint.vpc_endpoint_id) } }
            td { (words::service(endpoint.service)) }
            td { (endpoint.kind) }
            td { (endpoint.state.as_deref().unwrap_or("not known")) }
            td { @if let Some(account) = &endpoint.account_id { (account) br; } (endpoint.region) }
            td { code { (endpoint.vpc_id) } }
            td { (tables(&endpoint.route_table_ids)) }
            td { (traffic(endpoint.traffic.as_ref())) }
        }
    }
}

fn tables(ids: &[String]) -> Markup {
    html! {
        @match ids {
            [] => { "none" }
            [one] => { code { (one) } }
            several => {
                details {
                    summary { (words::plural(several.len(), "table")) }
                    ul { @for id in several { li { code { (id) } } } }
                }
            }
        }
    }
}

fn traffic(traffic: Option<&wire::Traffic>) -> Markup {
    let Some(traffic) = traffic else {
        return html! { "not looked at, or not known" };
    };
    let words = match traffic.status {
        "observed" => "traffic was seen",
        "idle" => "no traffic",
        "no_telemetry" => "nothing measures it",
        other => other,
    };
    html! {
        strong { (words) }
        @if let Some(bytes) = traffic.bytes_endpoint { @if bytes > 0 { br; (words::bytes(bytes)) } }
        @if let Some(bytes) = traffic.bytes_elsewhere { br; (words::bytes(bytes)) " around it" }
        br; span.small { (words::time(&traffic.window.start)) " to " (words::time(&traffic.window.end)) }
        @if !traffic.sources.is_empty() { br; span.small { (words::listed(&traffic.sources)) } }
    }
}
