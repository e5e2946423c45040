//! ExpressRoute circuits: SKU, bandwidth, Microsoft peering with its route filter, private peering.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use jiff::civil::{Date, date};

use crate::addr::{Family, IpPrefix};
use crate::diag::{Span, Spanned};
use crate::network::ids::CircuitId;
use crate::network::{Bandwidth, Connection, Connections, PeeringKind, RouteMapId, VirtualNetworkId};
use crate::rib::{Community, is_private_autonomous_system};

/// An ExpressRoute circuit.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Circuit {
    /// Its name, unique in the network.
    pub name: String,
    /// Where it meets Microsoft, such as `Amsterdam`; in Microsoft's spelling where known.
    pub peering_location: Spanned<String>,
    /// Which regions it reaches.
    pub sku: Spanned<Sku>,
    /// What was bought; each of the two connections carries it in full.
    pub bandwidth: Spanned<Bandwidth>,
    /// The connectivity provider, free text.
    pub provider: Option<String>,
    /// Whose port it ends on.
    pub port: Port,
    /// The day it was configured, where the file says it; see
    /// [`advertises_without_filter`](Self::advertises_without_filter).
    pub created: Option<Spanned<Date>>,
    /// What Microsoft has authorized the circuit for, or `None` where the file does not say: whatever
    /// the route filter asks for is then taken as authorized.
    pub authorized: Option<Vec<Spanned<Authorization>>>,
    /// The peering for Microsoft's public services.
    pub microsoft_peering: Option<MicrosoftPeering>,
    /// The peering for virtual networks.
    pub private_peering: Option<PrivatePeering>,
    /// The circuits that Global Reach joins with it, as far as the file says it here; the other circuit may say it in
    /// its place, see [`Network::global_reach`](crate::network::Network::global_reach).
    pub global_reach: Vec<Spanned<CircuitId>>,
    /// Its name in the file.
    pub span: Span,
}

impl Circuit {
    /// What the file says of a connection of a peering; `None` where the circuit has no such peering.
    pub fn settings(
        &self,
        peering: PeeringKind,
        connection: Connection,
    ) -> Option<&crate::network::ConnectionSettings> {
        let connections = match peering {
            PeeringKind::Microsoft => &self.microsoft_peering.as_ref()?.connections,
            PeeringKind::Private => &self.private_peering.as_ref()?.connections,
        };
        Some(connections.get(connection))
    }

    /// Whether Microsoft advertises Microsoft 365's prefixes on it even without a route filter: circuits
    /// that were configured before 2017-08-01 (how-to-routefilter-portal). Without a date it does not.
    pub fn advertises_without_filter(&self) -> bool {
        self.created.is_some_and(|created| created.value < date(2017, 8, 1))
    }

    /// The full name of the session over a connection, as in `er-ams/microsoft/primary`.
    pub fn connection_name(&self, peering: PeeringKind, connection: Connection) -> String {
        format!("{}/{}/{}", self.name, peering.name(), connection.name())
    }

    /// Where the file tells that a connection has no session of a family: it has addresses of the other family only.
    /// `None` where there is such a session, where the file has no address from which to tell, and where it has the
    /// connection's route table, which tells by itself.
    ///
    /// Each family has a BGP session of its own, with a subnet of its own (Microsoft, *ExpressRoute routing
    /// requirements*), so the addresses on the sessions of the connection count alone; without any those of the other
    /// connection, since the two are set up alike; without any what is advertised and translated to.
    pub fn lacks_session(
        &self,
        peering: PeeringKind,
        connection: Connection,
        family: Family,
    ) -> Option<Span> {
        let (connections, advertised, nat) = match peering {
            PeeringKind::Microsoft => {
                let own = self.microsoft_peering.as_ref()?;
                (&own.connections, own.advertised_on(connection), own.nat_on(connection))
            }
            PeeringKind::Private => {
                let own = self.private_peering.as_ref()?;
                (&own.connections, own.advertised_on(connection), [].as_slice())
            }
        };
        let own = connections.get(connection);
        if own.learned.is_some() {
            return None;
        }
        let others = connections.iter().flat_map(|(_, settings)| &settings.peer_addresses);
        let prefixes = advertised.iter().chain(nat).map(|prefix| (prefix.value.family(), prefix.span));
        [families(&own.peer_addresses), families(others), prefixes.collect()]
            .into_iter()
            .find(|named| !named.is_empty())
            .filter(|named| named.iter().all(|(other, _)| *other != family))
            .and_then(|named| named.first().map(|(_, span)| *span))
    }

    /// Whether it may use what needs this authorization.
    pub fn is_authorized(&self, authorization: Authorization) -> bool {
        let named =
            |list: &Vec<Spanned<Authorization>>| list.iter().any(|entry| entry.value == authorization);
        self.authorized.as_ref().is_none_or(named)
    }
}

/// The families of addresses, with where each address stands.
fn families<'a>(addresses: impl IntoIterator<Item = &'a Spanned<IpAddr>>) -> Vec<(Family, Span)> {
    let family = |address: IpAddr| if address.is_ipv4() { Family::V4 } else { Family::V6 };
    addresses.into_iter().map(|address| (family(address.value), address.span)).collect()
}

/// Whose port a circuit ends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Port {
    /// A connectivity provider's.
    #[default]
    Provider,
    /// The company's own: ExpressRoute Direct.
    Direct,
}

impl Port {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Provider, Self::Direct];

    /// The name in the network file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Direct => "direct",
        }
    }
}

/// What Microsoft lets a circuit use only after asking (expressroute-routing, services with a star).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Authorization {
    /// The communities of Microsoft 365.
    Microsoft365,
}

impl Authorization {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::Microsoft365];

    /// The name in the network file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Microsoft365 => "microsoft-365",
        }
    }
}

/// The tier of a circuit, which bounds the regions whose routes it receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sku {
    /// The one or two regions mapped to the peering location.
    Local,
    /// Every region of the peering location's geopolitical region.
    Standard,
    /// Every region of the cloud; Microsoft 365 needs it.
    Premium,
}

impl Sku {
    /// All of them, the smallest reach first.
    pub const ALL: [Self; 3] = [Self::Local, Self::Standard, Self::Premium];

    /// The name in the network file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Standard => "standard",
            Self::Premium => "premium",
        }
    }
}

impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why a text is no SKU.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a SKU: one of `local`, `standard`, `premium`")]
pub struct UnknownSku {
    /// What stood there.
    pub text: String,
}

impl FromStr for Sku {
    type Err = UnknownSku;

    /// Letter case does not count, since the portal writes `Premium`.
    fn from_str(text: &str) -> Result<Self, UnknownSku> {
        Self::ALL
            .into_iter()
            .find(|sku| sku.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownSku { text: text.to_owned() })
    }
}

/// Microsoft peering: public services of Microsoft over the circuit.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MicrosoftPeering {
    /// What Microsoft is asked to advertise; `None`: no filter is attached and nothing is advertised.
    pub route_filter: Option<RouteFilter>,
    /// The public prefixes that are advertised to Microsoft.
    pub advertised: Vec<Spanned<IpPrefix>>,
    /// The public prefixes that clients appear from; one outside of what is advertised is a warning.
    pub nat: Vec<Spanned<IpPrefix>>,
    /// Whether connections that come in over the peering are translated to a source of its edge's own, so that
    /// what they reach answers to that edge; they are not by default.
    pub inbound_source_nat: bool,
    /// The company's autonomous system on the sessions, where the file says it; the site's otherwise.
    pub autonomous_system: Option<Spanned<u32>>,
    /// Whether the peering is switched on; disabled, neither connection has a session.
    pub enabled: Spanned<bool>,
    /// The route map that what is learned passes through, unless a connection has its own.
    pub import: Option<Spanned<RouteMapId>>,
    /// The autonomous systems put before the path of what is advertised, unless a connection has its own.
    pub prepend: Vec<Spanned<u32>>,
    /// The two connections.
    pub connections: Connections,
    /// Its key in the file.
    pub span: Span,
}

impl MicrosoftPeering {
    /// The pool that clients appear from over a connection.
    pub fn nat_on(&self, connection: Connection) -> &[Spanned<IpPrefix>] {
        self.connections.get(connection).nat.as_deref().unwrap_or(&self.nat)
    }

    /// What is advertised over a connection.
    pub fn advertised_on(&self, connection: Connection) -> &[Spanned<IpPrefix>] {
        self.connections.get(connection).advertised.as_deref().unwrap_or(&self.advertised)
    }

    /// The route map of a connection.
    pub fn import_on(&self, connection: Connection) -> Option<Spanned<RouteMapId>> {
        self.connections.get(connection).import.or(self.import)
    }

    /// What is put before the path of what is advertised over a connection.
    pub fn prepend_on(&self, connection: Connection) -> &[Spanned<u32>] {
        self.connections.get(connection).prepend.as_deref().unwrap_or(&self.prepend)
    }

    /// By how many numbers what is advertised over a connection has a longer path at Microsoft, which
    /// takes private numbers out (expressroute-optimize-routing).
    pub fn lengthened_on(&self, connection: Connection) -> usize {
        self.prepend_on(connection)
            .iter()
            .filter(|number| !is_private_autonomous_system(number.value))
            .count()
    }

    /// Whether the session of a connection is up.
    pub fn is_up(&self, connection: Connection) -> bool {
        self.enabled.value && self.connections.get(connection).state.value == crate::network::State::Up
    }
}

/// The communities whose prefixes Microsoft advertises on a Microsoft peering.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RouteFilter {
    /// No community twice, in the file's order; several where a name stands for several.
    pub communities: Vec<Spanned<Community>>,
    /// Its key in the file.
    pub span: Span,
}

/// Private peering: virtual networks over the circuit.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PrivatePeering {
    /// The virtual networks whose gateways are connected to the circuit.
    pub virtual_networks: Vec<VirtualNetworkId>,
    /// The prefixes that are advertised to Microsoft.
    pub advertised: Vec<Spanned<IpPrefix>>,
    /// The company's autonomous system on the sessions, where the file says it; the site's otherwise.
    pub autonomous_system: Option<Spanned<u32>>,
    /// Whether the peering is switched on; disabled, neither connection has a session.
    pub enabled: Spanned<bool>,
    /// The route map that what is learned passes through, unless a connection has its own.
    pub import: Option<Spanned<RouteMapId>>,
    /// The autonomous systems put before the path of what is advertised, unless a connection has its own.
    pub prepend: Vec<Spanned<u32>>,
    /// The two connections.
    pub connections: Connections,
    /// Its key in the file.
    pub span: Span,
}

impl PrivatePeering {
    /// What is advertised over a connection.
    pub fn advertised_on(&self, connection: Connection) -> &[Spanned<IpPrefix>] {
        self.connections.get(connection).advertised.as_deref().unwrap_or(&self.advertised)
    }

    /// How many numbers the shortest AS path of a prefix has that is advertised: the site's own, and those put before it.
    /// `None` where it is not advertised.
    pub fn shortest_path(&self, prefix: IpPrefix) -> Option<usize> {
        let has =
            |connection: &Connection| self.advertised_on(*connection).iter().any(|own| own.value == prefix);
        let with = Connection::ALL.into_iter().filter(has);
        with.map(|connection| self.prepend_on(connection).len() + 1).min()
    }

    /// The route map of a connection.
    pub fn import_on(&self, connection: Connection) -> Option<Spanned<RouteMapId>> {
        self.connections.get(connection).import.or(self.import)
    }

    /// What is put before the path of what is advertised over a connection.
    pub fn prepend_on(&self, connection: Connection) -> &[Spanned<u32>] {
        self.connections.get(connection).prepend.as_deref().unwrap_or(&self.prepend)
    }

    /// Whether the session of a connection is up.
    pub fn is_up(&self, connection: Connection) -> bool {
        self.enabled.value && self.connections.get(connection).state.value == crate::network::State::Up
    }
}
