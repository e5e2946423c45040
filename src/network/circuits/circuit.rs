//! ExpressRoute circuits: SKU, bandwidth, Microsoft peering with its route filter, private peering.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use jiff::civil::{Date, date};

use crate::addr::Family;
use crate::diag::{Span, Spanned};
use crate::network::circuits::billing::{Billing, Price};
use crate::network::circuits::peering::{MicrosoftPeering, PrivatePeering};
use crate::network::ids::CircuitId;
use crate::network::{Bandwidth, Connection, PeeringKind};

/// An ExpressRoute circuit.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Circuit {
    /// The circuit's name, unique in the network.
    pub name: String,
    /// The peering location, such as `Amsterdam`; in Microsoft's spelling if known.
    pub peering_location: Spanned<String>,
    /// The SKU, which limits the regions that the circuit can reach.
    pub sku: Spanned<Sku>,
    /// The provisioned bandwidth. Each of the two connections has the full bandwidth.
    pub bandwidth: Spanned<Bandwidth>,
    /// The connectivity provider, as free text.
    pub provider: Option<String>,
    /// The owner of the port on which the circuit ends.
    pub port: PortOwner,
    /// How data from Microsoft are billed, if the file contains it.
    pub billing: Option<Spanned<Billing>>,
    /// The price for 10^9 bytes from Microsoft, if the file contains it.
    pub egress_price: Option<Spanned<Price>>,
    /// The day on which the circuit was configured, if the file contains it; see
    /// [`advertises_without_filter`](Self::advertises_without_filter).
    pub created: Option<Spanned<Date>>,
    /// The authorizations that Microsoft has granted for the circuit. `None` if the file does not list them. In that
    /// case, the circuit is assumed to be authorized for everything in the route filter.
    pub authorized: Option<Vec<Spanned<Authorization>>>,
    /// The peering for Microsoft's public services.
    pub microsoft_peering: Option<MicrosoftPeering>,
    /// The peering for virtual networks.
    pub private_peering: Option<PrivatePeering>,
    /// The circuits that the file lists here as connected to this circuit by Global Reach. The file may list the
    /// connection at the other circuit instead; see
    /// [`Network::global_reach`](crate::network::Network::global_reach).
    pub global_reach: Vec<Spanned<CircuitId>>,
    /// The position of the circuit's name in the file.
    pub span: Span,
}

impl Circuit {
    /// Returns the settings of a connection of a peering; `None` if the circuit has no such peering.
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

    /// Returns whether Microsoft advertises Microsoft 365 prefixes on the circuit even without a route filter, as on
    /// circuits that were configured before 2017-08-01 (how-to-routefilter-portal). Returns `false` if the day is
    /// unknown.
    pub fn advertises_without_filter(&self) -> bool {
        self.created.is_some_and(|created| created.value < date(2017, 8, 1))
    }

    /// Returns the full name of the session over a connection, such as `er-ams/microsoft/primary`.
    pub fn connection_name(&self, peering: PeeringKind, connection: Connection) -> String {
        format!("{}/{}/{}", self.name, peering.name(), connection.name())
    }

    /// Returns the position in the file that shows that a connection has no session for an address family, because
    /// all its addresses belong to the other family. `None` if there is a session for the family, if the file has no
    /// relevant address, or if the file names the connection's route table, because that table shows which families
    /// are present.
    ///
    /// Each family has its own BGP session with its own subnet (Microsoft, *ExpressRoute routing requirements*).
    /// Therefore, only the addresses on the connection's sessions are considered. If there are none, the addresses on
    /// the other connection's sessions are used, because both connections are usually configured the same way. If
    /// there are none on either connection, the advertised prefixes and NAT pools are used.
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

    /// Returns whether the circuit has this authorization: the file lists it, or lists no authorizations at all.
    pub fn is_authorized(&self, authorization: Authorization) -> bool {
        let named =
            |list: &Vec<Spanned<Authorization>>| list.iter().any(|entry| entry.value == authorization);
        self.authorized.as_ref().is_none_or(named)
    }
}

/// Returns the family and the position of each address.
fn families<'a>(addresses: impl IntoIterator<Item = &'a Spanned<IpAddr>>) -> Vec<(Family, Span)> {
    let family = |address: IpAddr| if address.is_ipv4() { Family::V4 } else { Family::V6 };
    addresses.into_iter().map(|address| (family(address.value), address.span)).collect()
}

/// The owner of the port on which a circuit ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PortOwner {
    /// A connectivity provider.
    #[default]
    Provider,
    /// The company: ExpressRoute Direct.
    Direct,
}

impl PortOwner {
    /// Every variant.
    pub const ALL: [Self; 2] = [Self::Provider, Self::Direct];

    /// Returns the name in the network file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Direct => "direct",
        }
    }
}

/// An authorization that Microsoft grants only on request (expressroute-routing, services marked with `*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Authorization {
    /// The Microsoft 365 communities.
    Microsoft365,
}

impl Authorization {
    /// Every variant.
    pub const ALL: [Self; 1] = [Self::Microsoft365];

    /// Returns the name in the network file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Microsoft365 => "microsoft-365",
        }
    }
}

/// The tier of a circuit, which limits the regions whose routes the circuit receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sku {
    /// The one or two regions mapped to the peering location.
    Local,
    /// Every region of the peering location's geopolitical region.
    Standard,
    /// Every region of the cloud. Microsoft 365 requires this tier.
    Premium,
}

impl Sku {
    /// Every variant, the smallest reach first.
    pub const ALL: [Self; 3] = [Self::Local, Self::Standard, Self::Premium];

    /// Returns the name in the network file.
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

/// The error for a text that is not a SKU.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a SKU; the SKUs are `local`, `standard` and `premium`")]
pub struct UnknownSku {
    /// The text.
    pub text: String,
}

impl FromStr for Sku {
    type Err = UnknownSku;

    /// Parses a SKU. Upper and lower case are equivalent, because the portal displays `Premium`.
    fn from_str(text: &str) -> Result<Self, UnknownSku> {
        Self::ALL
            .into_iter()
            .find(|sku| sku.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownSku { text: text.to_owned() })
    }
}
