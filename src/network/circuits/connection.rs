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
    /// Both.
    pub const ALL: [Self; 2] = [Self::Microsoft, Self::Private];

    /// Returns the name in the network file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Microsoft => "microsoft",
            Self::Private => "private",
        }
    }
}

/// One of the two connections of a peering, each to an edge router of Microsoft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Connection {
    /// The primary connection.
    Primary,
    /// The secondary connection.
    Secondary,
}

impl Connection {
    /// Both, the primary first.
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

/// The connections of a peering. By default both are up and have no settings of their own.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Connections {
    /// The primary.
    pub primary: ConnectionSettings,
    /// The secondary.
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

    /// Returns the settings of a connection, mutable.
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
    /// The BFD interval on the company's side in milliseconds, if configured. The slower side determines the
    /// interval.
    pub bfd_interval: Option<Spanned<u32>>,
    /// The hold time on the company's side in seconds, if configured: from 10 to Microsoft's 180. The smaller of the
    /// two applies.
    pub hold_time: Option<Spanned<u32>>,
    /// The route map of this connection, instead of the peering's.
    pub import: Option<Spanned<RouteMapId>>,
    /// The ASNs prepended to routes advertised over this connection, instead of the peering's.
    pub prepend: Option<Vec<Spanned<u32>>>,
    /// The prefixes advertised over this connection, instead of the peering's.
    pub advertised: Option<Vec<Spanned<IpPrefix>>>,
    /// The NAT pool of this connection, instead of the peering's. Always `None` on private peering.
    pub nat: Option<Vec<Spanned<IpPrefix>>>,
    /// The file with the route table of this connection as exported from Azure, as written: relative to the network
    /// file. It replaces the derived routes.
    pub learned: Option<Spanned<String>>,
    /// The load in the peak hour in the busier direction, if configured.
    pub peak: Option<Spanned<Bandwidth>>,
    /// Microsoft's addresses on the session, at most one of each family.
    pub peer_addresses: Vec<Spanned<IpAddr>>,
    /// The position of its key in the file, or `None` if the file does not mention it.
    pub span: Option<Span>,
}
