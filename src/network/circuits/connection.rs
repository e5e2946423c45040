//! The two connections of a peering and their settings.

use std::net::IpAddr;

use crate::addr::IpPrefix;
use crate::diag::{Span, Spanned};
use crate::network::{Bandwidth, RouteMapId};

/// One of the two peerings of a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeeringKind {
    /// Microsoft's public services.
    Microsoft,
    /// Virtual networks.
    Private,
}

impl PeeringKind {
    /// Both peerings.
    pub const ALL: [Self; 2] = [Self::Microsoft, Self::Private];

    /// Returns the name in the network file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Microsoft => "microsoft",
            Self::Private => "private",
        }
    }
}

/// One of the two connections of a peering. Each ends at a different Microsoft edge router.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Connection {
    /// The primary connection.
    Primary,
    /// The secondary connection.
    Secondary,
}

impl Connection {
    /// Both connections, the primary first.
    pub const ALL: [Self; 2] = [Self::Primary, Self::Secondary];

    /// Returns the name in the network file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
        }
    }
}

/// The state of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// The session is established.
    #[default]
    Up,
    /// The session is configured but not established.
    Down,
    /// The session is shut down by an administrator.
    Disabled,
}

impl State {
    /// Every variant.
    pub const ALL: [Self; 3] = [Self::Up, Self::Down, Self::Disabled];

    /// Returns the name in the network file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Disabled => "disabled",
        }
    }
}

/// The connections of a peering. By default, both are up and have the settings of the peering.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Connections {
    /// The settings of the primary connection.
    pub primary: ConnectionSettings,
    /// The settings of the secondary connection.
    pub secondary: ConnectionSettings,
}

impl Connections {
    /// Returns the settings of a connection.
    pub fn get(&self, connection: Connection) -> &ConnectionSettings {
        match connection {
            Connection::Primary => &self.primary,
            Connection::Secondary => &self.secondary,
        }
    }

    /// Returns a mutable reference to the settings of a connection.
    pub(crate) fn get_mut(&mut self, connection: Connection) -> &mut ConnectionSettings {
        match connection {
            Connection::Primary => &mut self.primary,
            Connection::Secondary => &mut self.secondary,
        }
    }

    /// Returns the settings of both connections, the primary first.
    pub fn iter(&self) -> impl Iterator<Item = (Connection, &ConnectionSettings)> {
        Connection::ALL.into_iter().map(|connection| (connection, self.get(connection)))
    }
}

/// The settings of one connection.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ConnectionSettings {
    /// The state of its session.
    pub state: Spanned<State>,
    /// Whether BFD monitors the session, so that a failure is detected within a second instead of after the hold
    /// time.
    pub bfd: bool,
    /// The BFD interval on the company's side in milliseconds, if configured. The longer interval of the two sides
    /// applies.
    pub bfd_interval: Option<Spanned<u32>>,
    /// The hold time on the company's side in seconds, if configured: from 10 to 180, Microsoft's own value. The
    /// shorter hold time of the two sides applies.
    pub hold_time: Option<Spanned<u32>>,
    /// The route map on this connection, which replaces the peering's route map.
    pub import: Option<Spanned<RouteMapId>>,
    /// The ASNs prepended to routes advertised over this connection, which replace those of the peering.
    pub prepend: Option<Vec<Spanned<u32>>>,
    /// The prefixes advertised over this connection, which replace those of the peering.
    pub advertised: Option<Vec<Spanned<IpPrefix>>>,
    /// The NAT pool on this connection, which replaces the peering's NAT pool. Always `None` on private peering.
    pub nat: Option<Vec<Spanned<IpPrefix>>>,
    /// The path of the file with this connection's route table as exported from Azure, as written in the network file
    /// and relative to it. The routes in the file replace the derived routes.
    pub learned: Option<Spanned<String>>,
    /// The load at the busiest time in the busier direction, if configured.
    pub peak: Option<Spanned<Bandwidth>>,
    /// Microsoft's addresses on the session, at most one of each family.
    pub peer_addresses: Vec<Spanned<IpAddr>>,
    /// The position of the connection's key in the file, or `None` if the file does not have the key.
    pub span: Option<Span>,
}
