//! The two connections of a peering, and what they have of their own.

use std::net::IpAddr;

use crate::addr::IpPrefix;
use crate::diag::{Span, Spanned};
use crate::network::{Bandwidth, RouteMapId};

/// Which of a circuit's two peerings.
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

    /// The name in the network file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Microsoft => "microsoft",
            Self::Private => "private",
        }
    }
}

/// Which of a peering's two connections, each to an edge router of Microsoft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Connection {
    /// The first.
    Primary,
    /// The second.
    Secondary,
}

impl Connection {
    /// Both, the primary first.
    pub const ALL: [Self; 2] = [Self::Primary, Self::Secondary];

    /// The name in the network file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
        }
    }
}

/// Whether a session works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It is established.
    #[default]
    Up,
    /// It is configured and not established.
    Down,
    /// It is switched off by an administrator.
    Disabled,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Up, Self::Down, Self::Disabled];

    /// The name in the network file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Disabled => "disabled",
        }
    }
}

/// A peering's connections; without a word in the file both are up and have nothing of their own.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Connections {
    /// The primary.
    pub primary: ConnectionSettings,
    /// The secondary.
    pub secondary: ConnectionSettings,
}

impl Connections {
    /// The settings of a connection.
    pub fn get(&self, connection: Connection) -> &ConnectionSettings {
        match connection {
            Connection::Primary => &self.primary,
            Connection::Secondary => &self.secondary,
        }
    }

    /// The settings of a connection, to change them.
    pub(crate) fn get_mut(&mut self, connection: Connection) -> &mut ConnectionSettings {
        match connection {
            Connection::Primary => &mut self.primary,
            Connection::Secondary => &mut self.secondary,
        }
    }

    /// Both, the primary first.
    pub fn iter(&self) -> impl Iterator<Item = (Connection, &ConnectionSettings)> {
        Connection::ALL.into_iter().map(|connection| (connection, self.get(connection)))
    }
}

/// What a connection has of its own.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ConnectionSettings {
    /// Whether its session is up.
    pub state: Spanned<State>,
    /// Whether it is watched by BFD: a failure shows within a second, not after the hold timer.
    pub bfd: bool,
    /// The BFD interval of the company's side in milliseconds, where the file says it; the slower side counts.
    pub bfd_interval: Option<Spanned<u32>>,
    /// The hold time of the company's side in seconds, where the file says it: from 10 to Microsoft's 180, and
    /// the smaller counts.
    pub hold_time: Option<Spanned<u32>>,
    /// Its route map, instead of the peering's.
    pub import: Option<Spanned<RouteMapId>>,
    /// What is put before the path of what is advertised here, instead of the peering's.
    pub prepend: Option<Vec<Spanned<u32>>>,
    /// What is advertised here, instead of the peering's.
    pub advertised: Option<Vec<Spanned<IpPrefix>>>,
    /// Its NAT pool, instead of the peering's; always `None` on private peering.
    pub nat: Option<Vec<Spanned<IpPrefix>>>,
    /// The file with the route table of this connection as Azure exports it, as written: relative to
    /// the network file. It replaces what would be derived.
    pub learned: Option<Spanned<String>>,
    /// The load at the busiest time in the busier direction, where the file says it.
    pub peak: Option<Spanned<Bandwidth>>,
    /// Microsoft's addresses on the session, one of a family at most.
    pub peer_addresses: Vec<Spanned<IpAddr>>,
    /// Its key in the file, or `None` where the file does not mention it.
    pub span: Option<Span>,
}
