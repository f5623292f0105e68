//! One subnet and one destination: which way its packets go, address by
//! address, and by which routes. The router decides; this asks it.

use super::{
    case::SubnetCase,
    matching::{Matching, matching},
    model::{Effective, NetworkModel, TableModel},
    path::{Fate, Path, Via, ViaKind, Ways},
    private_names,
};
use crate::domain::{
    address::{self, Family, Span},
    destination::{Destination, Target},
    endpoint::Endpoint,
    host_name::HostName,
    prefix_list::PrefixList,
    service::Service,
    subnet::Subnet,
};
use ipnet::{IpNet, Ipv4Net};
use std::net::{IpAddr, Ipv4Addr};

/// What is known of the addresses of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// There is no name to ask about, or nobody asked.
    NotAsked,
    /// Somebody gave them, as what hosts of the subnet get.
    Given(Vec<IpAddr>),
    /// DNS gave them where this program runs, which may be outside the VPC.
    Asked(Vec<IpAddr>),
    /// DNS gave none: why.
    Failed(String),
}

impl Resolution {
    /// The addresses.
    #[must_use]
    pub fn addresses(&self) -> &[IpAddr] {
        match self {
            Self::Given(addresses) | Self::Asked(addresses) => addresses,
            Self::NotAsked | Self::Failed(_) => &[],
        }
    }
}

/// Whether the traffic takes a gateway endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// All of it does.
    Endpoint,
    /// Some addresses do, others do not.
    Partial,
    /// None does.
    Elsewhere,
    /// It cannot be said.
    Undecided,
}

impl Answer {
    /// The name in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Endpoint => "endpoint",
            Self::Partial => "partial",
            Self::Elsewhere => "elsewhere",
            Self::Undecided => "undecided",
        }
    }
}

/// A list that holds an address, by the block that does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Listed<'m> {
    /// The list.
    pub list: &'m PrefixList,
    /// The block.
    pub block: IpNet,
    /// The service whose list it is.
    pub service: Service,
}

/// Whether hosts of a subnet can send to an address at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sendable {
    /// As it is.
    Directly,
    /// Through NAT64, as this address.
    Translated(IpAddr),
    /// They have no address of that family.
    Never,
}

/// Where packets to one address go.
#[derive(Debug, Clone, PartialEq)]
pub struct AddressPath<'m> {
    /// The address.
    pub address: IpAddr,
    /// Whether hosts can send there.
    pub sendable: Sendable,
    /// The list of a service of this Region that holds it.
    pub listed: Option<Listed<'m>>,
    /// What happens.
    pub fate: Fate,
    /// The routes that match; `None` where the table is not known.
    pub matching: Option<Matching<'m>>,
}

/// One subnet and one destination, explained.
#[derive(Debug, Clone)]
pub struct Explanation<'m> {
    /// The subnet and the service that the destination belongs to; S3 where
    /// it belongs to none.
    pub case: SubnetCase<'m>,
    /// Whether the destination belongs to that service by its name or address.
    pub belongs: bool,
    /// What was asked.
    pub destination: &'m Destination,
    /// The name that hosts ask for.
    pub host: Option<HostName>,
    /// What is known of its addresses.
    pub resolution: &'m Resolution,
    /// The answer.
    pub answer: Answer,
    /// Where each address goes; empty for a whole service.
    pub addresses: Vec<AddressPath<'m>>,
    /// The routes that match an address of the service, where all of it was
    /// asked about and its addresses and the table are known.
    pub whole_list: Option<Matching<'m>>,
    /// The interface endpoint of S3 with whose private addresses the VPC's
    /// resolver answers for the name, or for Regional names where a whole
    /// service was asked about.
    pub private_dns: Option<&'m Endpoint>,
    /// The one that answers for the Regional names of the subnet's own Region.
    pub home_private_dns: Option<&'m Endpoint>,
    /// `private_dns`, where it takes the traffic away from the routes.
    pub taken_by: Option<&'m Endpoint>,
    /// `private_dns`, where it does so if it is available, which nothing says.
    pub perhaps_taken_by: Option<&'m Endpoint>,
}

/// Explains where packets of `subnet` to `destination` go. `model` must know
/// every service ([`Service::ALL`], in that order).
///
/// `None` where it does not know the service of the destination.
#[must_use]
pub fn explain<'m>(
    model: &'m NetworkModel<'m>,
    subnet: &'m Subnet,
    destination: &'m Destination,
    resolution: &'m Resolution,
) -> Option<Explanation<'m>> {
    let effective = model.effective(subnet);
    let network = model.network;
    let host = private_names::host(network, subnet, destination);
    let addresses = as_sent(match &destination.target {
        Target::Address(address) => std::slice::from_ref(address),
        Target::Service(_) => &[],
        Target::Bucket | Target::Host(_) => resolution.addresses(),
    });
    let listed = addresses.iter().find_map(|at| listed(model, *at));
    let service = destination
        .named_service()
        .or(listed.map(|listed| listed.service));
    let belongs = service.is_some();
    let service = service.unwrap_or(Service::S3);
    let service_index = model
        .services
        .iter()
        .position(|known| known.service == service)?;
    let case = SubnetCase {
        model,
        subnet,
        service_index,
        effective,
    };
    let named = !matches!(destination.target, Target::Address(_));
    let mut addresses: Vec<AddressPath<'m>> = addresses
        .into_iter()
        .map(|address| address_path(&case, address, sendable(subnet, address)))
        .collect();
    if named {
        addresses.extend(synthesised(&case, &addresses));
    }
    let home_private_dns = private_names::endpoint(network, subnet, &network.region, false);
    let private_dns = match (&destination.target, &host) {
        (Target::Service(Service::S3), _) => home_private_dns,
        (_, Some(host)) => private_names::region(host)
            .and_then(|region| private_names::endpoint(network, subnet, region, host.dual_stack)),
        (_, None) => None,
    };
    let taking = match (&destination.target, resolution) {
        // Other names of the service go by the routes as ever, and what
        // somebody gave is what hosts get.
        (Target::Service(_), _) | (_, Resolution::Given(_)) => None,
        (_, Resolution::NotAsked | Resolution::Asked(_) | Resolution::Failed(_)) => private_dns,
    };
    let (perhaps_taken_by, taken_by): (Option<&Endpoint>, _) = match taking {
        Some(endpoint) if endpoint.is_available().is_none() => (taking, None),
        Some(_) | None => (None, taking),
    };
    let (answer, whole_list) = match (&destination.target, taken_by) {
        (Target::Service(_), _) => (of_service(&case), whole_list(&case)),
        (_, Some(_)) => (Answer::Elsewhere, None),
        (_, None) => match (of_addresses(&addresses), perhaps_taken_by) {
            // What does not take a gateway endpoint does so in neither case.
            (Answer::Endpoint | Answer::Partial, Some(_)) => (Answer::Undecided, None),
            (answer, _) => (answer, None),
        },
    };
    Some(Explanation {
        case,
        belongs,
        destination,
        host,
        resolution,
        answer,
        addresses,
        whole_list,
        private_dns,
        home_private_dns,
        taken_by,
        perhaps_taken_by,
    })
}

/// Each address once, as packets carry it: `::ffff:52.218.1.1` is how a program
/// that knows IPv6 alone writes an IPv4 address.
fn as_sent(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let mut distinct: Vec<IpAddr> = Vec::with_capacity(addresses.len());
    for address in addresses.iter().map(IpAddr::to_canonical) {
        if !distinct.contains(&address) {
            distinct.push(address);
        }
    }
    distinct
}

fn of_path(path: Path) -> Answer {
    match path {
        Path::GatewayEndpoint => Answer::Endpoint,
        Path::Partial => Answer::Partial,
        Path::Bypass | Path::NoRoute => Answer::Elsewhere,
        Path::Unverifiable => Answer::Undecided,
    }
}

/// The answer for all of a service, of whose names most have IPv4 addresses alone.
fn of_service(case: &SubnetCase<'_>) -> Answer {
    let answer = of_path(case.path());
    let ways = nat64_ways(case).filter(|_| answer == Answer::Endpoint);
    match ways {
        Some(ways) if ways.via.iter().any(|via| goes_on(via.kind)) => {
            if case.subnet.ipv6_only {
                Answer::Elsewhere
            } else {
                Answer::Partial
            }
        }
        Some(ways) if !ways.unknown.is_empty() => Answer::Undecided,
        Some(_) | None => answer,
    }
}

/// Where the service's IPv4 addresses go behind DNS64, where hosts use it.
fn nat64_ways<'m>(case: &SubnetCase<'m>) -> Option<&'m Ways> {
    let subnet = case.subnet;
    let uses = subnet.dns64 && (subnet.ipv6 || subnet.ipv6_only);
    case.nat64_ways().filter(|_| uses)
}

/// Whether packets go anywhere: dropped ones make a host fall back to IPv4.
fn goes_on(kind: ViaKind) -> bool {
    !matches!(kind, ViaKind::None | ViaKind::Blackhole)
}

/// The ways that DNS64 adds for hosts that have IPv4, too: a name without
/// IPv6 addresses gets one for each IPv4 address, which many clients prefer.
///
/// Source: <https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-nat64-dns64.html>.
fn synthesised<'m>(case: &SubnetCase<'m>, known: &[AddressPath<'m>]) -> Vec<AddressPath<'m>> {
    let subnet = case.subnet;
    let adds = subnet.dns64 && subnet.ipv6 && !subnet.ipv6_only;
    if !adds || known.iter().any(|path| path.address.is_ipv6()) {
        return Vec::new();
    }
    let translated = known.iter().filter_map(|path| match path.address {
        IpAddr::V4(v4) => Some((path.address, translated(v4))),
        IpAddr::V6(_) => None,
    });
    translated
        .map(|(address, as_other)| address_path(case, address, as_other))
        .filter(|path| match path.fate {
            Fate::Elsewhere { kind, .. } => goes_on(kind),
            Fate::Endpoint(_) | Fate::Unknown(_) => true,
        })
        .collect()
}

/// The answer for addresses of which a host may use any. One that certainly
/// goes elsewhere decides, whatever is not known of the others.
fn of_addresses(addresses: &[AddressPath<'_>]) -> Answer {
    let usable = || {
        addresses
            .iter()
            .filter(|path| path.sendable != Sendable::Never)
    };
    if usable().next().is_none() && !addresses.is_empty() {
        return Answer::Elsewhere;
    }
    let endpoint = usable().any(|path| matches!(path.fate, Fate::Endpoint(_)));
    let elsewhere = usable().any(|path| matches!(path.fate, Fate::Elsewhere { .. }));
    let unknown = usable().any(|path| matches!(path.fate, Fate::Unknown(_)));
    match (endpoint, elsewhere) {
        (true, true) => Answer::Partial,
        (false, true) => Answer::Elsewhere,
        (true, false) if !unknown => Answer::Endpoint,
        (true | false, false) => Answer::Undecided,
    }
}

fn effective_table<'m>(case: &SubnetCase<'m>) -> Result<&'m TableModel<'m>, &'m str> {
    match case.effective {
        Effective::Table(table, _) => Ok(table),
        Effective::Unknown(why) => Err(why),
    }
}

fn whole_list<'m>(case: &SubnetCase<'m>) -> Option<Matching<'m>> {
    let table = effective_table(case).ok()?;
    let addresses = case.service_model().addresses.as_ref().ok()?;
    Some(matching(
        table.router(),
        table.table,
        Family::V4,
        &addresses.ipv4,
    ))
}

fn address_path<'m>(case: &SubnetCase<'m>, address: IpAddr, sendable: Sendable) -> AddressPath<'m> {
    let listed = listed(case.model, address);
    let sent_to = sent_to(address, sendable);
    let table = match effective_table(case) {
        Ok(table) => table,
        Err(why) => {
            return AddressPath {
                address,
                sendable,
                listed,
                fate: Fate::Unknown(why.to_owned()),
                matching: None,
            };
        }
    };
    let service = listed.map_or(case.service(), |listed| listed.service);
    let net = IpNet::from(sent_to);
    let (family, span) = (Family::of(&net), Span::of(&net));
    AddressPath {
        address,
        sendable,
        listed,
        fate: fate(table, service, family, span),
        matching: Some(matching(table.router(), table.table, family, &[span])),
    }
}

/// What the router says of one address: the same that it says of any block.
fn fate(table: &TableModel<'_>, service: Service, family: Family, span: Span) -> Fate {
    let router = table.router();
    let pieces = router.pieces(family, &[span]);
    if let Some(why) = router.doubts(family, &pieces).pop_first() {
        return Fate::Unknown(why);
    }
    match pieces.as_slice() {
        [piece] => router.fate(service, piece.winner),
        // One address is one piece; were it not, nothing would be known.
        _ => Fate::Unknown("the address has no single winner".to_owned()),
    }
}

/// Whether hosts of `subnet` have an address of the family.
fn sendable(subnet: &Subnet, address: IpAddr) -> Sendable {
    match address {
        IpAddr::V4(_) if !subnet.ipv6_only => Sendable::Directly,
        IpAddr::V6(_) if subnet.ipv6 || subnet.ipv6_only => Sendable::Directly,
        IpAddr::V4(v4) if subnet.dns64 => translated(v4),
        IpAddr::V4(_) | IpAddr::V6(_) => Sendable::Never,
    }
}

fn sent_to(address: IpAddr, sendable: Sendable) -> IpAddr {
    match sendable {
        Sendable::Directly | Sendable::Never => address,
        Sendable::Translated(translated) => translated,
    }
}

fn translated(address: Ipv4Addr) -> Sendable {
    Sendable::Translated(address::nat64(Ipv4Net::from(address)).addr())
}

/// The list of a service that holds an address; the narrowest block of it.
fn listed<'m>(model: &NetworkModel<'m>, address: IpAddr) -> Option<Listed<'m>> {
    let network = model.network;
    let lists = network.prefix_lists.known()?;
    lists
        .values()
        .filter(|list| list.aws_managed)
        .find_map(|list| {
            let name = list.name.as_deref()?;
            let service = Service::of_service_name(name, &network.region)
                .or_else(|| Service::of_ipv6_list_name(name, &network.region))?;
            let blocks = list.cidrs.known()?.iter();
            let block = blocks
                .filter(|block| block.contains(&address))
                .max_by_key(|block| block.prefix_len())?;
            Some(Listed {
                list,
                block: *block,
                service,
            })
        })
}

impl AddressPath<'_> {
    /// The address that packets carry.
    #[must_use]
    pub fn sent_to(&self) -> IpAddr {
        sent_to(self.address, self.sendable)
    }
}

impl Explanation<'_> {
    /// Where packets behind DNS64 go past the endpoint, where all of a
    /// service was asked about.
    pub fn nat64_elsewhere(&self) -> impl Iterator<Item = &Via> {
        let ways = nat64_ways(&self.case).into_iter();
        ways.flat_map(|ways| &ways.via)
            .filter(|via| goes_on(via.kind))
    }

    /// Why it is not known where packets behind DNS64 go.
    pub fn nat64_unknown(&self) -> impl Iterator<Item = &String> {
        let ways = nat64_ways(&self.case).into_iter();
        ways.flat_map(|ways| &ways.unknown)
    }

    /// Whether an address stays in the VPC: then an interface endpoint or a
    /// host of one's own stands behind the name.
    #[must_use]
    pub fn stays_local(&self) -> bool {
        self.addresses.iter().any(|path| {
            matches!(
                path.fate,
                Fate::Elsewhere {
                    kind: ViaKind::Local,
                    ..
                }
            )
        })
    }
}
