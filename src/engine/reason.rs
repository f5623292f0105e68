//! The one sentence that says why a subnet got its verdict.

use super::{
    case::SubnetCase,
    model::Association,
    path::{Cause, Decision, OwnRoute, Path, ViaKind},
};

/// Why a subnet's packets to the service go where they go: one sentence, no full stop.
#[must_use]
pub fn reason(case: &SubnetCase<'_>) -> String {
    let service = case.service().title();
    let Some(decision) = case.decision() else {
        return format!("not judged: {}", case.unknown().join("; "));
    };
    let table = table(case);
    match decision.path {
        Path::Unverifiable => format!("not judged: {}", case.unknown().join("; ")),
        Path::GatewayEndpoint => {
            format!(
                "{table} sends every {service} address to {}",
                endpoints(decision)
            )
        }
        Path::Partial => format!(
            "{table} sends {} of the {service} addresses to {}, the rest {}",
            percent(1.0 - decision.ways.via.iter().map(|via| via.share).sum::<f64>()),
            endpoints(decision),
            rest(case, decision)
        ),
        Path::Bypass | Path::NoRoute => {
            let why = match decision.cause() {
                Some(Cause::RouteMissing) | None => {
                    format!("{table} has no route to the {service} prefix list")
                }
                Some(Cause::RouteBlackhole) => {
                    format!("the {service} prefix-list route of {table} is a blackhole")
                }
                Some(Cause::WrongTarget) => format!(
                    "the {service} prefix-list route of {table} leads to {}, which is no gateway endpoint of {service} in this VPC",
                    own_target(&decision.own)
                ),
                Some(Cause::EndpointUnavailable) => format!(
                    "the {service} prefix-list route of {table} leads to {}",
                    own_target(&decision.own)
                ),
                Some(Cause::Shadowed) => format!(
                    "other routes of {table} take every {service} address from its prefix-list route"
                ),
            };
            format!("{why}; packets {}", rest(case, decision))
        }
    }
}

/// The effective table in words, e.g. `main route table rtb-1`.
#[must_use]
pub fn table(case: &SubnetCase<'_>) -> String {
    match case.table() {
        Some((table, Association::Explicit)) => format!("route table {}", table.id),
        Some((table, Association::Main)) => format!("main route table {}", table.id),
        None => "an unknown route table".to_owned(),
    }
}

/// Where what does not reach the endpoint goes, as a verb phrase.
#[must_use]
pub fn rest(case: &SubnetCase<'_>, decision: &Decision) -> String {
    let ways: Vec<String> = decision
        .ways
        .via
        .iter()
        .map(|via| {
            let way = way(case, via.kind, via.target.as_deref());
            if decision.ways.via.len() > 1 {
                format!("{way} ({})", percent(via.share))
            } else {
                way
            }
        })
        .collect();
    ways.join(" and ")
}

/// What packets do that are carried to `target`, as a verb phrase.
#[must_use]
pub fn way(case: &SubnetCase<'_>, kind: ViaKind, target: Option<&str>) -> String {
    let target = target.unwrap_or("an unnamed target");
    match kind {
        ViaKind::None => "find no route and are dropped".to_owned(),
        ViaKind::Blackhole => "are dropped by a blackhole route".to_owned(),
        ViaKind::Local => "stay in the VPC by a local route".to_owned(),
        ViaKind::InternetGateway
        | ViaKind::NatGateway
        | ViaKind::EgressOnlyInternetGateway
        | ViaKind::TransitGateway
        | ViaKind::VpcPeering
        | ViaKind::VirtualPrivateGateway
        | ViaKind::NetworkInterface
        | ViaKind::GatewayLoadBalancerEndpoint
        | ViaKind::GatewayEndpointOther
        | ViaKind::LocalGateway
        | ViaKind::CarrierGateway
        | ViaKind::CoreNetwork
        | ViaKind::Unknown => {
            let name = kind.title();
            if case.is_cut_off(kind) {
                format!("are led to {name} {target}, where Block Public Access drops them")
            } else {
                format!("leave by {name} {target}")
            }
        }
    }
}

/// What the table's own prefix-list route leads to, in words.
#[must_use]
pub fn own_target(own: &OwnRoute) -> String {
    match own {
        OwnRoute::Missing | OwnRoute::Unknown => "nothing".to_owned(),
        OwnRoute::Good(endpoint) => endpoint.to_string(),
        OwnRoute::Blackhole { target } => target
            .as_deref()
            .unwrap_or("a target that is gone")
            .to_owned(),
        OwnRoute::WrongTarget { kind, target } => match target {
            Some(target) => format!("{} {target}", kind.title()),
            None => kind.title().to_owned(),
        },
        OwnRoute::Unavailable { endpoint, state } => {
            format!("{endpoint}, whose state is `{state}`")
        }
    }
}

/// The good endpoints, joined.
#[must_use]
pub fn endpoints(decision: &Decision) -> String {
    decision
        .ways
        .endpoints
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" and ")
}

/// A share of addresses, never rounded to "all" or "none".
#[must_use]
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.1 {
        "less than 0.1 %".to_owned()
    } else if percent > 99.9 && percent < 100.0 {
        "more than 99.9 %".to_owned()
    } else if (percent - percent.round()).abs() < 0.05 {
        format!("{percent:.0} %")
    } else {
        format!("{percent:.1} %")
    }
}
