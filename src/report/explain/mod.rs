//! Decisions in words: explanations as text for people and as JSON, and sentences shared with other outputs.

mod address;
mod address_json;
mod azure_reason;
mod host;
mod hub_reason;
mod internet_reason;
mod missing_routes;
mod page;
mod product;
pub mod reason;
mod route_server_reason;
pub mod sentences;
mod shares;
mod site_reason;
pub mod support;
pub mod to_server;
mod trace;

pub use address::{PrefixPart, prefix_text, text};
pub use address_json::{json, prefix_json};
pub use host::{Host, host_json, host_text};
pub use product::{NeededProduct, ProductPage, product_json, product_text};
