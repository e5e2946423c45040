//! The network at one moment of a scenario, and the changes that events make to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::addr::IpPrefix;
use crate::addr::special::{SpecialScope, block_of};
use crate::catalog::Catalog;
use crate::diag::{Span, Spanned};
use crate::engine::{Inputs, Link, LinkState, RoutingTables};
use crate::network::{Circuit, Connection, Network, PeeringKind, RouteFilter};
use crate::rib::Community;
use crate::sim::scenario::{LinkName, SessionName, Target};

/// The number of ASNs prepended on a connection that Microsoft maintains. Microsoft does not document this number. It
/// is assumed to exceed any prepending by a company, because the connection must carry no traffic during maintenance.
const MAINTENANCE_PREPENDS: u8 = 8;

/// The base of a replay: a network with Microsoft's lists and its routing tables.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The network file.
    pub network: &'a Network,
    /// Microsoft's lists.
    pub catalog: &'a Catalog,
    /// The routing tables that the network file names.
    pub tables: &'a RoutingTables,
}

/// The network at one moment.
#[derive(Clone, Debug)]
pub(in crate::sim) struct State<'a> {
    pub(in crate::sim) network: Arc<Network>,
    pub(in crate::sim) catalog: &'a Catalog,
    pub(in crate::sim) tables: &'a RoutingTables,
    /// Sessions whose link forwards nothing.
    pub(in crate::sim) dead: BTreeSet<SessionName>,
    /// Sessions that provide no routes, because their failure was detected or because they were shut down.
    pub(in crate::sim) down: BTreeSet<SessionName>,
    /// Sessions that an event brought up although they are down in the network file.
    pub(in crate::sim) raised: BTreeSet<SessionName>,
    /// Connections under maintenance by Microsoft.
    pub(in crate::sim) drained: BTreeSet<(String, Connection)>,
    /// Rates set by events.
    pub(in crate::sim) rates: BTreeMap<LinkName, u64>,
}

impl<'a> State<'a> {
    pub(in crate::sim) fn new(setting: Setting<'a>) -> Self {
        Self {
            network: Arc::new(setting.network.clone()),
            catalog: setting.catalog,
            tables: setting.tables,
            dead: BTreeSet::new(),
            down: BTreeSet::new(),
            raised: BTreeSet::new(),
            drained: BTreeSet::new(),
            rates: BTreeMap::new(),
        }
    }

    /// Replaces the network file. Failed sessions stay failed; they are matched by name.
    pub(in crate::sim) fn swap(&mut self, setting: Setting<'a>) {
        self.network = Arc::new(setting.network.clone());
        self.tables = setting.tables;
    }

    /// Returns the state of links as engines expect it.
    pub(in crate::sim) fn links(&self) -> LinkState {
        let mut links = LinkState::as_written();
        let raised = self.raised.iter().map(|session| (session, true));
        for (session, up) in raised.chain(self.down.iter().map(|session| (session, false))) {
            if let Some(link) = link_of(&self.network, session) {
                links.set(link, up);
            }
        }
        for (circuit, connection) in &self.drained {
            if let Some((id, _)) = self.network.circuit_named(circuit) {
                links.set_prepended(id, *connection, MAINTENANCE_PREPENDS);
            }
        }
        links
    }

    /// Returns the inputs from which engines are compiled.
    pub(in crate::sim) fn inputs<'s>(&'s self, links: &'s LinkState) -> Inputs<'s> {
        Inputs::new(&self.network, self.catalog).tables(self.tables).links(links)
    }

    /// Replaces a route filter. Returns whether the circuit has Microsoft peering.
    pub(in crate::sim) fn filter(&mut self, circuit: &str, communities: &[Community]) -> bool {
        let network = Arc::make_mut(&mut self.network);
        let Some(peering) = circuit_of(network, circuit).and_then(|one| one.microsoft_peering.as_mut())
        else {
            return false;
        };
        let span = peering.of_kind.route_filter.as_ref().map_or(peering.span, |filter| filter.span);
        let spanned = communities.iter().map(|community| Spanned::new(*community, span)).collect();
        peering.of_kind.route_filter =
            (!communities.is_empty()).then_some(RouteFilter { communities: spanned, span });
        true
    }

    /// Replaces the metric of a link between sites. Returns whether the link exists.
    pub(in crate::sim) fn measure(&mut self, link: &str, metric: u32) -> bool {
        let network = Arc::make_mut(&mut self.network);
        let Some(link) = network.wan.iter_mut().flatten().find(|own| own.name == link) else { return false };
        link.metric = metric;
        true
    }

    /// Replaces a NAT pool. Returns whether the owner of the pool exists.
    pub(in crate::sim) fn translate(&mut self, at: &Target, pool: &[IpPrefix]) -> bool {
        let network = Arc::make_mut(&mut self.network);
        let spanned = |span| pool.iter().map(|prefix| Spanned::new(*prefix, span)).collect::<Vec<_>>();
        match at {
            Target::Internet(name) => {
                let edges = network.sites.iter_mut().filter_map(|site| site.internet.as_mut());
                let Some(edge) = edges.into_iter().find(|edge| edge.name == *name) else { return false };
                edge.nat = spanned(edge.span);
                true
            }
            Target::Circuit(name) | Target::Connection(name, _) => {
                let peering = circuit_of(network, name).and_then(|one| one.microsoft_peering.as_mut());
                let Some(peering) = peering else { return false };
                let pool = spanned(peering.span);
                if let Target::Connection(_, connection) = at {
                    peering.connections.get_mut(*connection).nat = Some(pool);
                } else {
                    peering.of_kind.nat = pool;
                    for connection in Connection::ALL {
                        peering.connections.get_mut(connection).nat = None;
                    }
                }
                true
            }
            _ => false,
        }
    }

    /// Advertises or withdraws a prefix. Returns whether anything changed, or `None` if `on` does not exist.
    pub(in crate::sim) fn advertise(&mut self, prefix: IpPrefix, on: &Target, add: bool) -> Option<bool> {
        let network = Arc::make_mut(&mut self.network);
        let change = |list: &mut Vec<Spanned<IpPrefix>>, span| {
            let before = list.len();
            if add {
                if list.iter().all(|known| known.value != prefix) {
                    list.push(Spanned::new(prefix, span));
                }
            } else {
                list.retain(|known| known.value != prefix);
            }
            before != list.len()
        };
        let kind = if is_private(prefix) { PeeringKind::Private } else { PeeringKind::Microsoft };
        let (name, kind, only) = match on {
            Target::Circuit(name) => (name, kind, None),
            Target::Connection(name, connection) => (name, kind, Some(*connection)),
            Target::Peering(name, kind) => (name, *kind, None),
            Target::Session(SessionName::Circuit(name, kind, connection)) => (name, *kind, Some(*connection)),
            Target::Internet(name) | Target::Session(SessionName::Internet(name)) => {
                return advertise_on_internet(network, name, change);
            }
            Target::Session(SessionName::Vpn(name)) => return advertise_on_tunnel(network, name, change),
            Target::Session(SessionName::Wan(_) | SessionName::Appliance(_)) => return None,
        };
        let circuit = circuit_of(network, name)?;
        let span = circuit.span;
        let (shared, connections) = match kind {
            PeeringKind::Microsoft => {
                let peering = circuit.microsoft_peering.as_mut()?;
                (&mut peering.advertised, &mut peering.connections)
            }
            PeeringKind::Private => {
                let peering = circuit.private_peering.as_mut()?;
                (&mut peering.advertised, &mut peering.connections)
            }
        };
        if let Some(connection) = only {
            let own = connections.get_mut(connection).advertised.get_or_insert_with(|| shared.clone());
            return Some(change(own, span));
        }
        let mut changed = change(shared, span);
        for connection in Connection::ALL {
            if let Some(own) = &mut connections.get_mut(connection).advertised {
                changed |= change(own, span);
            }
        }
        Some(changed)
    }
}

/// Returns a session as a link of the engine, or `None` if the engine has no such link or the network has no such
/// session.
pub(in crate::sim) fn link_of(network: &Network, session: &SessionName) -> Option<Link> {
    match session {
        SessionName::Circuit(name, peering, connection) => {
            let (id, _) = network.circuit_named(name)?;
            Some(Link::Session(id, *peering, *connection))
        }
        SessionName::Internet(name) => {
            let mut sites = network.sites_with_ids();
            let named = |(_, site): &(_, &crate::network::Site)| {
                site.internet.as_ref().is_some_and(|edge| edge.name == *name)
            };
            sites.find(named).map(|(id, _)| Link::Internet(id))
        }
        SessionName::Vpn(name) => network.sites_with_ids().find_map(|(id, site)| {
            let index = site.vpn.iter().position(|vpn| vpn.name == *name)?;
            Some(Link::Vpn(id, u32::try_from(index).ok()?))
        }),
        SessionName::Wan(name) => {
            network.wan_links_with_ids().find(|(_, link)| link.name == *name).map(|(id, _)| Link::Wan(id))
        }
        // No route depends on an appliance.
        SessionName::Appliance(_) => None,
    }
}

fn circuit_of<'n>(network: &'n mut Network, name: &str) -> Option<&'n mut Circuit> {
    network.circuits.iter_mut().find(|circuit| circuit.name == name)
}

fn is_private(prefix: IpPrefix) -> bool {
    block_of(prefix.first()).is_some_and(|block| block.scope == SpecialScope::Private)
}

/// Changes the prefixes that an internet edge advertises. Returns whether they changed, or `None` if there is no such
/// edge.
fn advertise_on_internet(
    network: &mut Network,
    name: &str,
    change: impl Fn(&mut Vec<Spanned<IpPrefix>>, Span) -> bool,
) -> Option<bool> {
    let mut edges = network.sites.iter_mut().filter_map(|site| site.internet.as_mut());
    let edge = edges.find(|edge| edge.name == name)?;
    let mut list = edge.announced().to_vec();
    let changed = change(&mut list, edge.span);
    edge.advertised = Some(list);
    Some(changed)
}

/// Changes the prefixes that a site advertises over a tunnel. Returns whether they changed, or `None` if there is no
/// such tunnel.
fn advertise_on_tunnel(
    network: &mut Network,
    name: &str,
    change: impl Fn(&mut Vec<Spanned<IpPrefix>>, Span) -> bool,
) -> Option<bool> {
    let site = network.sites.iter_mut().find(|site| site.vpn.iter().any(|vpn| vpn.name == name))?;
    let own = site.prefixes.clone();
    let vpn = site.vpn.iter_mut().find(|vpn| vpn.name == name)?;
    let mut list = vpn.advertised.clone().unwrap_or(own);
    let changed = change(&mut list, vpn.span);
    vpn.advertised = Some(list);
    Some(changed)
}
