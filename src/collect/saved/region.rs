//! Which Region answers are of, where neither a folder nor an option says it.

use super::place::Place;
use crate::domain::ids::Region;
use std::collections::BTreeSet;

/// The Regions that the contents name: zones of subnets and names of AWS's
/// prefix lists, which are never of another Region than their account's
/// answer; where there is neither, services of gateway endpoints.
pub(super) fn named_by(place: &Place) -> BTreeSet<Region> {
    let zones = place
        .subnets()
        .filter_map(|subnet| of_zone(subnet.availability_zone.as_deref()?));
    let lists = place.prefix_lists().filter(|list| {
        let owner = list.owner_id.as_deref();
        owner.is_none_or(|owner| owner == "AWS")
    });
    let lists = lists.filter_map(|list| of_service(list.prefix_list_name.as_deref()?));
    let certain: BTreeSet<Region> = zones.chain(lists).collect();
    if certain.is_empty() {
        services_of_gateway_endpoints(place)
    } else {
        certain
    }
}

fn services_of_gateway_endpoints(place: &Place) -> BTreeSet<Region> {
    place
        .vpc_endpoints()
        .filter(|endpoint| {
            let kind = endpoint.vpc_endpoint_type.as_deref();
            kind.map_or(!endpoint.route_table_ids.is_empty(), |kind| {
                kind.eq_ignore_ascii_case("Gateway")
            })
        })
        .filter_map(|endpoint| of_service(endpoint.service_name.as_deref()?))
        .collect()
}

/// The Region of a zone: `eu-west-1a`, or a local one such as `us-west-2-lax-1a`.
fn of_zone(zone: &str) -> Option<Region> {
    let mut end = 0;
    for part in zone.split('-') {
        let digits = part.trim_end_matches(|c: char| c.is_ascii_lowercase());
        if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
            return zone[..end + digits.len()].parse().ok();
        }
        end += part.len() + 1;
    }
    None
}

/// The Region in `com.amazonaws.eu-west-1.s3`.
fn of_service(name: &str) -> Option<Region> {
    name.split('.').find_map(|part| part.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_of_every_kind_lie_in_their_region() {
        for (zone, region) in [
            ("eu-west-1a", "eu-west-1"),
            ("us-gov-west-1b", "us-gov-west-1"),
            ("us-west-2-lax-1a", "us-west-2"),
            ("us-east-1-wl1-bos-wlz-1", "us-east-1"),
        ] {
            assert_eq!(of_zone(zone).unwrap().as_str(), region, "{zone}");
        }
        assert_eq!(of_zone("nowhere"), None);
    }
}
