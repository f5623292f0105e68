//! Arithmetic on address blocks: spans of addresses in both families.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{Ipv4Addr, Ipv6Addr};

/// IPv4 or IPv6. Routes of one never match addresses of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The family of a block.
    #[must_use]
    pub fn of(net: &IpNet) -> Self {
        match net {
            IpNet::V4(_) => Self::V4,
            IpNet::V6(_) => Self::V6,
        }
    }
}

/// Addresses `first..=last` of one family, as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first address.
    pub first: u128,
    /// The last address.
    pub last: u128,
}

impl Span {
    /// The addresses of a block.
    #[must_use]
    pub fn of(net: &IpNet) -> Self {
        match net {
            IpNet::V4(net) => Self {
                first: u32::from(net.network()).into(),
                last: u32::from(net.broadcast()).into(),
            },
            IpNet::V6(net) => Self {
                first: net.network().into(),
                last: net.broadcast().into(),
            },
        }
    }

    /// Whether every address of `other` is in this span.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        self.first <= other.first && other.last <= self.last
    }

    /// Whether the spans share an address.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// How many addresses it holds, less one (the whole of IPv6 has 2^128).
    #[must_use]
    pub fn size_less_one(&self) -> u128 {
        self.last - self.first
    }

    /// The fewest blocks that hold exactly these addresses.
    #[must_use]
    pub fn blocks(&self, family: Family) -> Vec<IpNet> {
        match family {
            Family::V4 => {
                let address = |n: u128| Ipv4Addr::from(u32::try_from(n).unwrap_or(u32::MAX));
                ipnet::Ipv4Subnets::new(address(self.first), address(self.last), 0)
                    .map(IpNet::V4)
                    .collect()
            }
            Family::V6 => {
                ipnet::Ipv6Subnets::new(Ipv6Addr::from(self.first), Ipv6Addr::from(self.last), 0)
                    .map(IpNet::V6)
                    .collect()
            }
        }
    }
}

/// The addresses of `nets` of one family as sorted spans that neither overlap nor touch.
#[must_use]
pub fn union(nets: &[IpNet], family: Family) -> Vec<Span> {
    merge(
        nets.iter()
            .filter(|net| Family::of(net) == family)
            .map(Span::of)
            .collect(),
    )
}

/// Sorted spans that neither overlap nor touch.
#[must_use]
pub fn merge(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(before) if span.first <= before.last.saturating_add(1) => {
                before.last = before.last.max(span.last);
            }
            Some(_) | None => merged.push(span),
        }
    }
    merged
}

/// The block of `64:ff9b::/96` that stands for an IPv4 block behind DNS64.
///
/// Source: RFC 6052, section 2.1 and 2.2.
#[must_use]
pub fn nat64(net: Ipv4Net) -> IpNet {
    let prefix: u128 = 0x0064_ff9b_u128 << 96;
    let address = prefix | u128::from(u32::from(net.network()));
    IpNet::V6(Ipv6Net::new_assert(
        Ipv6Addr::from(address),
        96 + net.prefix_len(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nets(texts: &[&str]) -> Vec<IpNet> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn overlapping_and_touching_blocks_become_one() {
        let spans = union(
            &nets(&["10.0.1.0/24", "10.0.0.0/24", "10.0.0.0/16", "10.1.0.0/16"]),
            Family::V4,
        );
        assert_eq!(spans.len(), 1);
        assert_eq!(spans[0].blocks(Family::V4), nets(&["10.0.0.0/15"]));
    }

    #[test]
    fn the_ends_of_the_address_space_are_no_special_case() {
        for (text, family) in [("0.0.0.0/0", Family::V4), ("::/0", Family::V6)] {
            let all = nets(&[text]);
            let spans = union(&all, family);
            assert_eq!(spans[0].blocks(family), all);
        }
        let last = nets(&["255.255.255.255/32"]);
        assert_eq!(union(&last, Family::V4)[0].blocks(Family::V4), last);
    }

    #[test]
    fn an_ipv4_block_behind_dns64_keeps_its_size() {
        assert_eq!(
            nat64("52.216.0.0/15".parse().unwrap()),
            "64:ff9b::34d8:0/111".parse::<IpNet>().unwrap()
        );
    }
}
