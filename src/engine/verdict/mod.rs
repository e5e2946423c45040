//! The trace of a reply, compared with that of its packet: where the reply arrives, and its outcome there.
//!
//! ```text
//! decision of the packet ─▶ its destination ─▶ trace of the reply, for each part of the sources ─▶ comparison ─▶ verdict
//! ```
//!
//! `to_site` and `to_subnet` evaluate the replies to packets of each kind of vantage point, `judge` selects between
//! them, and `verdicts` evaluates them for the whole address space.
//!
//! Sources: Microsoft, *Asymmetric routing with ExpressRoute* (longest match; for the same prefix on ExpressRoute and
//! on the internet, always ExpressRoute), *Optimize ExpressRoute routing* and *routing requirements* (of several
//! circuits, the shorter AS path; private ASNs are stripped; otherwise Microsoft selects one), *ExpressRoute NAT*.

mod answer;
mod between_sites;
mod common;
mod crossings;
mod destination;
mod devices;
mod from_virtual_network;
mod judge;
mod list_facts;
mod own_tunnels;
mod responder;
mod shared;
mod source_parts;
mod stand_ins;
mod to_site;
mod to_subnet;
mod translated;
mod verdicts;

pub use answer::{ReturnPath, SourceReturn};
pub(crate) use common::{ResponderPartitions, ReturnCommon, responders};
pub use destination::ReturnDestination;
pub(crate) use judge::WayOut;
pub use judge::{ReturnJudge, return_at};
pub(crate) use list_facts::{RecordFact, RecordFacts, RecordSayings};
pub use responder::{Responder, Responders};
pub(in crate::engine) use source_parts::parts_with_address;
pub(in crate::engine) use to_site::WaysBack;
pub(crate) use to_site::has_return;
pub(in crate::engine) use to_subnet::return_to_subnet;
pub use verdicts::ReturnVerdicts;
pub(crate) use verdicts::{Destinations, ReturnTeller};
