//! Accepted exceptions: by tag on a subnet or its VPC, or in the configuration.

use super::{
    case::{EndpointCase, SubnetCase},
    model::{Model, NetworkModel},
    policy::{ConfiguredExemption, IsolatedSubnets, Policy, Scope},
};
use crate::domain::{
    ids::{SubnetId, VpcId},
    subnet::Subnet,
    tags::Tags,
    vpc::Vpc,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use std::{
    cell::Cell,
    collections::{BTreeMap, HashMap},
};

/// The tag whose value is the reason.
pub const TAG: &str = "vpce-guard:exempt";
/// The tag whose value is the last day.
pub const TAG_UNTIL: &str = "vpce-guard:exempt-until";

/// Who granted an exemption.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'m> {
    /// A tag on a subnet.
    SubnetTag(&'m NetworkModel<'m>, &'m Subnet),
    /// A tag on a VPC.
    VpcTag(&'m NetworkModel<'m>, &'m Vpc),
    /// The configuration.
    Configured(&'m ConfiguredExemption),
    /// `policy.isolated_subnets = "allowed"`.
    IsolatedAllowed,
}

/// How long an exemption holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Until {
    /// Without end.
    Open,
    /// Through the end of this day, UTC.
    Day(Date),
    /// The date cannot be read, so it does not hold.
    Unreadable(String),
}

/// An accepted exception.
#[derive(Debug)]
pub struct Exemption<'m> {
    /// Who granted it.
    pub origin: Origin<'m>,
    /// Why.
    pub reason: &'m str,
    /// How long it holds.
    pub until: Until,
    /// Whether it holds today.
    pub active: bool,
    used: Cell<bool>,
}

impl Exemption<'_> {
    /// Whether it covered a finding.
    #[must_use]
    pub fn was_used(&self) -> bool {
        self.used.get()
    }

    /// The id of the subnet or VPC whose tag it is.
    #[must_use]
    pub fn tagged(&self) -> Option<&str> {
        match self.origin {
            Origin::SubnetTag(_, subnet) => Some(subnet.id.as_str()),
            Origin::VpcTag(_, vpc) => Some(vpc.id.as_str()),
            Origin::Configured(_) | Origin::IsolatedAllowed => None,
        }
    }

    /// Where it stands, for reports.
    #[must_use]
    pub fn source(&self) -> String {
        match self.origin {
            Origin::SubnetTag(_, subnet) => format!("tag {TAG} on {}", subnet.id),
            Origin::VpcTag(_, vpc) => format!("tag {TAG} on {}", vpc.id),
            Origin::Configured(configured) => format!("configuration {}", configured.place),
            Origin::IsolatedAllowed => "configuration policy.isolated_subnets".to_owned(),
        }
    }
}

impl Exemption<'_> {
    /// What tells it from others, wherever it stands in the configuration.
    #[must_use]
    pub fn identity(&self) -> String {
        match self.origin {
            Origin::SubnetTag(..) | Origin::VpcTag(..) | Origin::IsolatedAllowed => self.source(),
            Origin::Configured(configured) => {
                let of = |part: Option<&dyn std::fmt::Display>| {
                    part.map_or_else(String::new, ToString::to_string)
                };
                let tag = configured
                    .tag
                    .as_ref()
                    .map(|(key, value)| format!("{key}={}", value.as_deref().unwrap_or("*")));
                [
                    of(configured.account.as_ref().map(|id| id as _)),
                    of(configured.region.as_ref().map(|region| region as _)),
                    of(configured.vpc.as_ref().map(|id| id as _)),
                    of(configured.subnet.as_ref().map(|id| id as _)),
                    tag.unwrap_or_default(),
                    configured.reason.clone(),
                ]
                .join("|")
            }
        }
    }
}

/// Every exemption of a run.
#[derive(Debug)]
pub struct Exemptions<'m> {
    all: Vec<Exemption<'m>>,
    by_subnet: HashMap<(usize, &'m SubnetId), usize>,
    by_vpc: BTreeMap<(usize, &'m VpcId), usize>,
    configured: Vec<usize>,
    isolated: Option<usize>,
}

impl<'m> Exemptions<'m> {
    /// Reads tags and configuration. `today` decides which still hold.
    #[must_use]
    pub fn new(model: &'m Model<'m>, policy: &'m Policy, scope: &Scope, today: Date) -> Self {
        let mut book = Self {
            all: Vec::new(),
            by_subnet: HashMap::new(),
            by_vpc: BTreeMap::new(),
            configured: Vec::new(),
            isolated: None,
        };
        for (index, network) in model.networks.iter().enumerate() {
            let vpcs = network.network.vpcs.known().into_iter().flatten();
            for (id, vpc) in vpcs.filter(|(id, _)| scope.includes(id)) {
                if let Some((reason, until)) = tagged(&vpc.tags) {
                    let at = book.add(Origin::VpcTag(network, vpc), reason, until, today);
                    book.by_vpc.insert((index, id), at);
                }
            }
            let subnets = network.network.subnets.known().into_iter().flatten();
            for (id, subnet) in subnets.filter(|(_, subnet)| scope.includes(&subnet.vpc)) {
                if let Some((reason, until)) = tagged(&subnet.tags) {
                    let at = book.add(Origin::SubnetTag(network, subnet), reason, until, today);
                    book.by_subnet.insert((index, id), at);
                }
            }
        }
        for configured in &policy.exemptions {
            let until = configured.until.map_or(Until::Open, Until::Day);
            let at = book.add(
                Origin::Configured(configured),
                &configured.reason,
                until,
                today,
            );
            book.configured.push(at);
        }
        if policy.isolated_subnets == IsolatedSubnets::Allowed {
            let reason = "subnets without any way out need none to the service";
            book.isolated = Some(book.add(Origin::IsolatedAllowed, reason, Until::Open, today));
        }
        book
    }

    /// Every exemption: tags by network, then the configuration in its order.
    #[must_use]
    pub fn all(&self) -> &[Exemption<'m>] {
        &self.all
    }

    /// The exemption that covers a finding about a subnet, now marked as used.
    /// `is_isolated`: whether the finding is that the subnet has no way at all.
    #[must_use]
    pub fn cover_subnet(
        &self,
        network: usize,
        case: &SubnetCase<'m>,
        is_isolated: impl FnOnce() -> bool,
    ) -> Option<usize> {
        if self.all.is_empty() {
            return None;
        }
        let by_tag = [
            self.by_subnet.get(&(network, &case.subnet.id)),
            self.by_vpc.get(&(network, &case.subnet.vpc)),
        ];
        let tagged = by_tag.into_iter().flatten().copied();
        let configured = self.configured.iter().copied().filter(|at| {
            matches!(self.all[*at].origin, Origin::Configured(exemption)
                if matches_subnet(exemption, case))
        });
        let isolated = self.isolated.filter(|_| is_isolated());
        self.take(tagged.chain(configured).chain(isolated))
    }

    /// The exemption that covers a finding about an endpoint, now marked as used.
    #[must_use]
    pub fn cover_endpoint(&self, network: usize, case: &EndpointCase<'m>) -> Option<usize> {
        let tagged = self.by_vpc.get(&(network, &case.endpoint.vpc)).copied();
        let configured = self.configured.iter().copied().filter(|at| {
            matches!(self.all[*at].origin, Origin::Configured(exemption)
                if matches_endpoint(exemption, case))
        });
        self.take(tagged.into_iter().chain(configured))
    }

    fn take(&self, mut candidates: impl Iterator<Item = usize>) -> Option<usize> {
        let found = candidates.find(|at| self.all[*at].active)?;
        self.all[found].used.set(true);
        Some(found)
    }

    fn add(&mut self, origin: Origin<'m>, reason: &'m str, until: Until, today: Date) -> usize {
        let active = match &until {
            Until::Open => true,
            Until::Day(day) => today <= *day,
            Until::Unreadable(_) => false,
        };
        self.all.push(Exemption {
            origin,
            reason,
            until,
            active,
            used: Cell::new(false),
        });
        self.all.len() - 1
    }
}

fn tagged(tags: &Tags) -> Option<(&str, Until)> {
    let reason = match tags.get(TAG)?.trim() {
        "" => "no reason given",
        reason => reason,
    };
    let until = match tags.get(TAG_UNTIL).map(str::trim) {
        None => Until::Open,
        Some(text) => day(text).map_or_else(|| Until::Unreadable(text.to_owned()), Until::Day),
    };
    Some((reason, until))
}

/// The day of an ISO 8601 date, or of a time, in UTC.
fn day(text: &str) -> Option<Date> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.to_zoned(TimeZone::UTC).date());
    }
    text.parse().ok()
}

fn matches_subnet(exemption: &ConfiguredExemption, case: &SubnetCase<'_>) -> bool {
    matches_place(exemption, case.model, &case.subnet.vpc)
        && exemption
            .subnet
            .as_ref()
            .is_none_or(|id| *id == case.subnet.id)
        && exemption.tag.as_ref().is_none_or(|tag| {
            has(&case.subnet.tags, tag)
                || case
                    .model
                    .vpc(&case.subnet.vpc)
                    .is_some_and(|vpc| has(&vpc.tags, tag))
        })
}

fn matches_endpoint(exemption: &ConfiguredExemption, case: &EndpointCase<'_>) -> bool {
    matches_place(exemption, case.model, &case.endpoint.vpc)
        && exemption.subnet.is_none()
        && exemption.tag.as_ref().is_none_or(|tag| {
            case.model
                .vpc(&case.endpoint.vpc)
                .is_some_and(|vpc| has(&vpc.tags, tag))
        })
}

fn matches_place(exemption: &ConfiguredExemption, model: &NetworkModel<'_>, vpc: &VpcId) -> bool {
    exemption.speaks_of(model.network) && exemption.vpc.as_ref().is_none_or(|id| id == vpc)
}

fn has(tags: &Tags, (key, value): &(String, Option<String>)) -> bool {
    tags.get(key)
        .is_some_and(|found| value.as_deref().is_none_or(|wanted| wanted == found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_from_a_date_or_a_time() {
        let expected = jiff::civil::date(2026, 12, 31);
        for text in [
            "2026-12-31",
            "20261231",
            "2026-12-31T23:30:00Z",
            "2027-01-01T00:30:00+01:00",
        ] {
            assert_eq!(day(text), Some(expected), "{text}");
        }
        for text in ["", "31.12.2026", "soon", "2026-13-01"] {
            assert_eq!(day(text), None, "{text}");
        }
    }
}
