//! Rules about circuits that back each other up: both must advertise the same prefixes and have the same route filter.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::addr::{Family, IpPrefix, IpSet};
use crate::catalog::CommunityKind;
use crate::check::lint::Subject;
use crate::check::lint::evidence::{Findings, Object};
use crate::check::lint::hops::sampled_flows::listed;
use crate::check::lint::peerings::filter::named;
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::network::reach::{Receives, city_of, requires_premium};
use crate::network::{
    Authorization, Circuit, CircuitId, Connection, Network, RouteFilter, Site, SiteId, VirtualHub,
    VirtualNetwork, VirtualNetworkId,
};
use crate::rib::Community;

/// Circuits that back each other up at one end in Azure.
struct Group<'n> {
    /// The names of the virtual network with the gateway, or of the virtual hubs.
    name: String,
    circuits: Vec<(CircuitId, &'n Circuit)>,
    /// The prefixes learned over tunnels and from appliances.
    besides: Vec<IpPrefix>,
}

impl<'n> Group<'n> {
    /// Returns the groups of a network that have several circuits: one for each gateway, and one for the virtual hubs,
    /// which advertise the routes of circuits to each other.
    fn all(network: &'n Network) -> Vec<Self> {
        let gateways = network.virtual_networks_with_ids();
        let gateways = gateways.filter_map(|(id, own)| Self::of_gateway(network, id, own));
        let hubs = Self::of_hubs(network, &network.virtual_hubs);
        let mut all: Vec<Self> = gateways.chain([hubs]).collect();
        all.retain(|group| group.circuits.len() > 1);
        all
    }

    fn of_gateway(network: &'n Network, id: VirtualNetworkId, own: &'n VirtualNetwork) -> Option<Self> {
        let gateway = own.gateway.as_ref()?;
        let tunnels = gateway.vpn.iter().flat_map(|end| tunnelled(network, (end.site, end.vpn)));
        let injected = network.injected(id).map(|(_, route)| route.prefix.value);
        Some(Self {
            name: format!("`{}`", own.name),
            circuits: private(network, gateway.circuits.iter().map(|link| link.circuit)),
            besides: tunnels.chain(injected).collect(),
        })
    }

    fn of_hubs(network: &'n Network, hubs: &'n [VirtualHub]) -> Self {
        let tunnels = hubs.iter().flat_map(|hub| &hub.vpn);
        let tunnels = tunnels.flat_map(|end| tunnelled(network, (end.site, end.vpn)));
        let injected = hubs.iter().flat_map(|hub| &hub.bgp_peers).flat_map(|peer| &peer.advertised);
        Self {
            name: listed(hubs.iter().filter(|hub| !hub.circuits.is_empty()).map(|hub| hub.name.clone())),
            circuits: private(network, hubs.iter().flat_map(|hub| &hub.circuits).map(|link| link.circuit)),
            besides: tunnels.chain(injected.map(|prefix| prefix.value)).collect(),
        }
    }

    /// Returns the addresses that remain reachable if a circuit fails.
    fn without(&self, circuit: CircuitId) -> IpSet {
        let others = self.circuits.iter().filter(|(id, _)| *id != circuit);
        let others = others.flat_map(|(_, circuit)| advertised(circuit)).map(|prefix| prefix.value);
        IpSet::from_prefixes(others.chain(self.besides.iter().copied()))
    }
}

/// Returns the circuits whose private peering is up, without repetition.
fn private(network: &Network, all: impl Iterator<Item = CircuitId>) -> Vec<(CircuitId, &Circuit)> {
    let mut found: Vec<(CircuitId, &Circuit)> = Vec::new();
    for id in all {
        let Some(circuit) = network.circuit(id) else { continue };
        let is_up = circuit
            .private_peering
            .as_ref()
            .is_some_and(|own| Connection::ALL.into_iter().any(|connection| own.is_up(connection)));
        if is_up && !found.iter().any(|(known, _)| *known == id) {
            found.push((id, circuit));
        }
    }
    found
}

/// Returns the prefixes that a circuit advertises on private peering over a connection that is up.
fn advertised(circuit: &Circuit) -> impl Iterator<Item = Spanned<IpPrefix>> {
    let peering = circuit.private_peering.as_ref();
    peering.into_iter().flat_map(|own| {
        let up = Connection::ALL.into_iter().filter(|connection| own.is_up(*connection));
        up.flat_map(|connection| own.advertised_on(connection)).copied()
    })
}

fn tunnelled(network: &Network, (site, vpn): (SiteId, u32)) -> impl Iterator<Item = IpPrefix> {
    let site = network.site(site);
    let tunnel = site.and_then(|site| site.vpn.get(usize::try_from(vpn).ok()?));
    let own = tunnel.and_then(|tunnel| tunnel.advertised.as_ref()).or(site.map(|site| &site.prefixes));
    own.into_iter().flatten().map(|prefix| prefix.value)
}

/// A prefix that one circuit alone advertises.
struct Alone {
    prefix: Spanned<IpPrefix>,
    /// The first address that no other circuit covers.
    witness: IpAddr,
}

/// Reports prefixes that only one of several circuits at a gateway advertises.
pub(in crate::check::lint) fn advertised_alone(subject: &Subject<'_>, found: &mut Findings) {
    let groups = Group::all(subject.network);
    let circuits = groups.iter().map(|group| group.circuits.len()).sum();
    found.examined(Code::LINT_ADVERTISED_ALONE, Object::CircuitBesideOthers, circuits);
    for group in groups {
        for (id, circuit) in &group.circuits {
            let elsewhere = group.without(*id);
            let mut alone: Vec<Alone> =
                advertised(circuit).filter_map(|prefix| Alone::of(prefix, &elsewhere)).collect();
            alone.sort_by_key(|one| one.prefix.span);
            alone.dedup_by_key(|one| one.prefix.value);
            found.extend(alone_finding(subject, &group, (*id, circuit), &alone));
        }
    }
}

impl Alone {
    fn of(prefix: Spanned<IpPrefix>, elsewhere: &IpSet) -> Option<Self> {
        let left = IpSet::from_prefixes([prefix.value]).difference(elsewhere);
        let v4 = left.v4.ranges().next().map(|range| IpAddr::V4(range.first()));
        let witness = v4.or_else(|| left.v6.ranges().next().map(|range| IpAddr::V6(range.first())))?;
        Some(Self { prefix, witness })
    }
}

fn alone_finding(
    subject: &Subject<'_>,
    group: &Group<'_>,
    (id, circuit): (CircuitId, &Circuit),
    alone: &[Alone],
) -> Option<Diagnostic> {
    let first = alone.first()?;
    let (network, source, code) = (subject.network, &subject.network.source, Code::LINT_ADVERTISED_ALONE);
    let (verb, more) = match alone.len() {
        1 => ("is", String::new()),
        all => ("are", format!(" and {} more", all - 1)),
    };
    let what = format!("`{}`{more} {verb} advertised on `{}` alone", first.prefix.value, circuit.name);
    // A site that sends over another circuit gets no reply; any other site has lost both directions.
    let mut sending = network.sites_with_ids().filter_map(|(site, own)| {
        let one = alone.iter().find(|one| owns(own, one))?;
        let (_, other) =
            group.circuits.iter().find(|(other, _)| *other != id && uses(network, site, *other))?;
        Some((own, one, other))
    });
    let name = &group.name;
    if let Some((site, one, other)) = sending.next() {
        let message = format!("{what}: if `{}` fails, {name} cannot answer `{}`", circuit.name, site.name);
        let help = format!(
            "packets from {} at `{}` still leave over `{}`, but {name} has no route for the replies: advertise the prefix, or one that \
             covers it, on `{}` too, with `prepend` if it is the backup",
            one.witness, site.name, other.name, other.name
        );
        let backup = other.private_peering.as_ref().map_or(other.span, |own| own.span);
        return Some(
            Diagnostic::warning(code, source, message)
                .at(one.prefix.span, "here alone")
                .at(backup, "the backup does not advertise it")
                .help(help),
        );
    }
    if city_of(&circuit.peering_location.value).1 {
        return None;
    }
    let message = format!("{what}: if `{}` fails, {name} cannot reach it", circuit.name);
    Some(
        Diagnostic::advice(code, source, message).at(first.prefix.span, "here alone").help(
            "advertise the prefix, or one that covers it, on another circuit of a site that can reach it",
        ),
    )
}

/// Whether a site contains addresses of a prefix.
fn owns(site: &Site, one: &Alone) -> bool {
    site.prefixes.iter().any(|prefix| {
        prefix.value.contains(one.witness)
            || one.prefix.value.covers(prefix.value)
            || prefix.value.covers(one.prefix.value)
    })
}

/// Whether a site sends packets over a circuit: its own, or one that another site advertises over a link.
fn uses(network: &Network, site: SiteId, circuit: CircuitId) -> bool {
    let origins = network.joined(site, |_, link| link.announces.circuits);
    origins.into_iter().filter_map(|origin| network.site(origin)).any(|own| own.circuits.contains(&circuit))
}

/// A circuit with a route filter, and the addresses of each community that it receives.
struct Filtered<'n> {
    id: CircuitId,
    circuit: &'n Circuit,
    filter: &'n RouteFilter,
    received: Vec<(Spanned<Community>, IpSet)>,
}

impl Filtered<'_> {
    fn has(&self, community: Community) -> bool {
        self.received.iter().any(|(entry, _)| entry.value == community)
    }
}

/// Reports communities that only one of several circuits of a site has in its route filter, if the circuits have
/// another community in common.
pub(in crate::check::lint) fn backup_filter(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_BACKUP_FILTER, Object::CircuitBesideOthers, 0);
    let network = subject.network;
    let all: Vec<Filtered<'_>> =
        network.circuits_with_ids().filter_map(|(id, circuit)| filtered(subject, id, circuit)).collect();
    let mut lost: BTreeMap<Span, Lost<'_, '_>> = BTreeMap::new();
    for (site, own) in network.sites_with_ids() {
        let origins = network.joined(site, |_, link| link.announces.default_route);
        let mut origins = origins.into_iter().filter_map(|origin| network.site(origin));
        let internet = origins.any(|origin| origin.internet.is_some());
        let used: Vec<&Filtered<'_>> = all.iter().filter(|one| uses(network, site, one.id)).collect();
        if used.len() > 1 {
            found.examined(Code::LINT_BACKUP_FILTER, Object::CircuitBesideOthers, used.len());
        }
        for one in &used {
            let others = || used.iter().filter(|other| other.id != one.id);
            let backup = others().find(|other| one.received.iter().any(|(entry, _)| other.has(entry.value)));
            let Some(backup) = backup else { continue };
            let elsewhere = others().flat_map(|other| &other.received).map(|(_, set)| set);
            let elsewhere = elsewhere.fold(IpSet::empty(), |sum, set| sum.union(set));
            for (entry, set) in &one.received {
                let left = set.difference(&elsewhere);
                if left.is_empty() || others().any(|other| other.has(entry.value)) {
                    continue;
                }
                let known = lost.entry(entry.span).or_insert_with(|| Lost {
                    entry: *entry,
                    circuit: one,
                    backup,
                    left,
                    internet: false,
                    sites: Vec::new(),
                });
                known.internet |= internet;
                known.sites.push(own);
            }
        }
    }
    found.extend(lost.into_values().filter_map(|one| one.finding(subject)));
}

/// Returns the communities that a circuit receives; `None` if its Microsoft peering is down, or if its routes come from
/// a table or need no filter.
fn filtered<'n>(subject: &Subject<'n>, id: CircuitId, circuit: &'n Circuit) -> Option<Filtered<'n>> {
    let peering = circuit.microsoft_peering.as_ref()?;
    let is_up = Connection::ALL.into_iter().any(|connection| peering.is_up(connection));
    let has_table = Connection::ALL.into_iter().any(|one| peering.connections.get(one).learned.is_some());
    let filter = peering.of_kind.route_filter.as_ref().filter(|_| is_up && !has_table)?;
    let reach = subject.reach(circuit);
    let received = filter.communities.iter().filter(|entry| {
        let known = subject.catalog.community(entry.value);
        let allowed = |known| !requires_premium(known) || circuit.is_authorized(Authorization::Microsoft365);
        known.is_some_and(|known| reach.receives(known) == Receives::Yes && allowed(known))
    });
    let prefixes = |community| subject.catalog.routes(community).iter().map(|route| route.prefix);
    let received = received.map(|entry| (*entry, IpSet::from_prefixes(prefixes(entry.value)))).collect();
    Some(Filtered { id, circuit, filter, received })
}

/// Formats the number of IPv4 addresses and of IPv6 prefixes in a set. IPv6 addresses are too many to be counted.
fn amount(set: &IpSet) -> String {
    let v4 = set.count(Family::V4);
    let v4 = (!v4.is_zero()).then(|| format!("{v4} IPv4 addresses"));
    let v6 = set.v6.prefixes().count();
    let v6 = (v6 > 0).then(|| format!("{v6} IPv6 {}", if v6 == 1 { "prefix" } else { "prefixes" }));
    v4.into_iter().chain(v6).collect::<Vec<_>>().join(" and ")
}

/// A community that sites lose with one circuit.
struct Lost<'f, 'n> {
    entry: Spanned<Community>,
    circuit: &'f Filtered<'n>,
    backup: &'f Filtered<'n>,
    /// The addresses that no other circuit receives.
    left: IpSet,
    /// Whether any of the sites reaches the internet.
    internet: bool,
    sites: Vec<&'n Site>,
}

impl Lost<'_, '_> {
    fn finding(self, subject: &Subject<'_>) -> Option<Diagnostic> {
        let community = subject.catalog.community(self.entry.value)?;
        let (name, backup) = (&self.circuit.circuit.name, &self.backup.circuit.name);
        let message = format!(
            "{} is in the route filter of `{name}` alone: if `{name}` fails, {} {} from {}",
            named(community),
            amount(&self.left),
            if self.internet { "take the internet" } else { "have no path" },
            listed(self.sites.iter().map(|site| site.name.clone()))
        );
        let reaches = subject.reach(self.backup.circuit).receives(community) == Receives::Yes;
        let help = match community.kind {
            CommunityKind::Regional if !reaches => format!(
                "`{backup}` does not reach this region: order a larger SKU and add the community to its route filter, or accept the finding"
            ),
            _ => format!("add the community to the route filter of `{backup}`, or accept the finding"),
        };
        let code = Code::LINT_BACKUP_FILTER;
        Some(
            Diagnostic::warning(code, &subject.network.source, message)
                .at(self.entry.span, "here alone")
                .at(self.backup.filter.span, "the backup does not have it")
                .help(help),
        )
    }
}
