//! Peerings of a circuit: the settings that both types have, and the settings that only one type has.

use crate::addr::IpPrefix;
use crate::diag::{Span, Spanned};
use crate::network::circuits::connection::{Connection, Connections, State};
use crate::network::ids::{RouteMapId, VirtualNetworkId};
use crate::rib::{Community, is_private_autonomous_system};

/// A peering of a circuit. `K` contains the settings that only this type of peering has.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Peering<K> {
    /// The settings that only this type of peering has.
    pub of_kind: K,
    /// The prefixes that are advertised to Microsoft. On Microsoft peering, they are public.
    pub advertised: Vec<Spanned<IpPrefix>>,
    /// The company's ASN on the sessions, if configured; otherwise, the site's ASN applies.
    pub autonomous_system: Option<Spanned<u32>>,
    /// Whether the peering is enabled. If the peering is disabled, neither connection has a session.
    pub enabled: Spanned<bool>,
    /// The route map for the learned routes, unless a connection has its own route map.
    pub import: Option<Spanned<RouteMapId>>,
    /// The ASNs prepended to the AS path of advertised routes, unless a connection has its own list.
    pub prepend: Vec<Spanned<u32>>,
    /// The two connections.
    pub connections: Connections,
    /// The position of the peering's key in the file.
    pub span: Span,
}

/// Microsoft peering: Microsoft's public services over the circuit.
pub type MicrosoftPeering = Peering<MicrosoftSettings>;

/// Private peering: virtual networks over the circuit.
pub type PrivatePeering = Peering<PrivateSettings>;

/// The settings that only Microsoft peering has.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MicrosoftSettings {
    /// The route filter: the communities whose prefixes Microsoft advertises. `None` means that no route filter is
    /// attached, so Microsoft advertises nothing.
    pub route_filter: Option<RouteFilter>,
    /// The public prefixes to which clients are translated (NAT pool). The reader warns about a pool outside the
    /// advertised prefixes.
    pub nat: Vec<Spanned<IpPrefix>>,
    /// Whether the circuit's edge translates the source address of inbound connections to one of its own addresses,
    /// so that servers reply to that edge; `false` by default.
    pub inbound_source_nat: bool,
}

/// The settings that only private peering has.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PrivateSettings {
    /// The virtual networks whose gateways are connected to the circuit.
    pub virtual_networks: Vec<VirtualNetworkId>,
}

/// The communities whose prefixes Microsoft advertises on a Microsoft peering.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RouteFilter {
    /// The communities in file order, without repetition. One name may denote several communities.
    pub communities: Vec<Spanned<Community>>,
    /// The position of the route filter's key in the file.
    pub span: Span,
}

impl<K> Peering<K> {
    /// Returns the prefixes that are advertised over a connection.
    pub fn advertised_on(&self, connection: Connection) -> &[Spanned<IpPrefix>] {
        self.connections.get(connection).advertised.as_deref().unwrap_or(&self.advertised)
    }

    /// Returns the route map that applies on a connection.
    pub fn import_on(&self, connection: Connection) -> Option<Spanned<RouteMapId>> {
        self.connections.get(connection).import.or(self.import)
    }

    /// Returns the ASNs prepended to routes advertised over a connection.
    pub fn prepend_on(&self, connection: Connection) -> &[Spanned<u32>] {
        self.connections.get(connection).prepend.as_deref().unwrap_or(&self.prepend)
    }

    /// Returns whether the session on a connection is up.
    pub fn is_up(&self, connection: Connection) -> bool {
        self.enabled.value && self.connections.get(connection).state.value == State::Up
    }
}

impl MicrosoftPeering {
    /// Returns the NAT pool that applies on a connection.
    pub fn nat_on(&self, connection: Connection) -> &[Spanned<IpPrefix>] {
        self.connections.get(connection).nat.as_deref().unwrap_or(&self.of_kind.nat)
    }

    /// Returns the number of prepended ASNs that Microsoft sees on a connection. Microsoft removes private ASNs
    /// (expressroute-optimize-routing).
    pub fn prepended_on(&self, connection: Connection) -> usize {
        self.prepend_on(connection)
            .iter()
            .filter(|number| !is_private_autonomous_system(number.value))
            .count()
    }
}

impl PrivatePeering {
    /// Returns the length of the shortest AS path with which a prefix is advertised: the site's own ASN and the
    /// prepended ASNs. `None` if the prefix is not advertised.
    pub fn shortest_path(&self, prefix: IpPrefix) -> Option<usize> {
        let has =
            |connection: &Connection| self.advertised_on(*connection).iter().any(|own| own.value == prefix);
        let with = Connection::ALL.into_iter().filter(has);
        with.map(|connection| self.prepend_on(connection).len() + 1).min()
    }
}
