//! Decisions in words: explanations as text for people and as JSON, and sentences shared with other outputs.

mod address;
mod azure_reason;
mod missing_routes;
mod page;
pub mod reason;
mod route_server_reason;
pub mod sentences;
pub mod support;
pub mod to_server;
mod trace;

pub use address::{PrefixPart, json, prefix_json, prefix_text, text};
