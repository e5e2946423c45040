//! ExpressRoute circuits with their peerings and connections, and the regions that they reach.

mod circuit;
mod connection;
pub mod reach;

pub use circuit::{
    Authorization, Circuit, MicrosoftPeering, Port, PrivatePeering, RouteFilter, Sku, UnknownSku,
};
pub use connection::{Connection, ConnectionSettings, Connections, PeeringKind, State};
