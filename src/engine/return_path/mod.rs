//! The trace of a reply, compared with the trace of its packet: where the reply arrives, and its outcome there.
//!
//! ```text
//! decision of the packet ─▶ its destination ─▶ trace of the reply, for each part of the sources ─▶ comparison ─▶ verdict
//! ```
//!
//! `to_site` and `to_subnet` evaluate the replies to packets from each kind of vantage point, `every_vantage` selects
//! between them, and `every_address` evaluates the replies for the whole address space.
//!
//! Sources: Microsoft, *Asymmetric routing with ExpressRoute* (longest match; if ExpressRoute and the internet have the
//! same prefix, always ExpressRoute), *Optimize ExpressRoute routing* and *routing requirements* (among several
//! circuits, the shorter AS path without private ASNs; if the paths are equal, Microsoft selects a circuit),
//! *ExpressRoute NAT*.

mod alike_subnets;
mod appliance_nat;
mod appliance_tunnels;
mod between_sites;
mod circuit_devices;
mod common;
mod crossings;
mod destination;
mod every_address;
mod every_vantage;
mod from_virtual_network;
mod list_facts;
mod reply;
mod responder;
mod shared_flows;
mod source_parts;
mod stateful_devices;
mod to_site;
mod to_subnet;

pub(in crate::engine) use circuit_devices::device_of;
pub(crate) use circuit_devices::is_one_sided;
pub(crate) use common::ReturnCommon;
pub use destination::ReturnDestination;
pub use every_address::ReturnVerdicts;
pub(crate) use every_address::{Destinations, VerdictEvaluator};
pub(crate) use every_vantage::WayOut;
pub use every_vantage::{ReturnEvaluator, return_at};
pub(crate) use list_facts::{RecordFact, RecordFacts, RecordSayings};
pub use reply::{ReturnPath, SourceReturn};
pub use responder::{Responder, Responders};
pub(in crate::engine) use source_parts::parts_with_address;
pub(in crate::engine) use to_site::ReturnPaths;
pub(crate) use to_site::has_return;
pub(in crate::engine) use to_subnet::return_to_subnet;
