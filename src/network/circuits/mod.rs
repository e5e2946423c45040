//! ExpressRoute circuits with their peerings and connections, and the regions that they can reach.

mod billing;
mod circuit;
mod connection;
mod peering;
pub mod reach;

pub use billing::{Billing, Price};
pub use circuit::{Authorization, Circuit, PortOwner, Sku, UnknownSku};
pub use connection::{Connection, ConnectionSettings, Connections, PeeringKind, State};
pub use peering::{
    MicrosoftPeering, MicrosoftSettings, Peering, PrivatePeering, PrivateSettings, RouteFilter,
};
