//! Floor 5: derives decisions from the lists and the network.
//!
//! ```text
//! Catalog ────────────────────────────────────────▶ eligibility ─┐
//! Network, LinkState, RoutingTables ─▶ sessions ─▶ import policy │
//!     ─▶ best path per prefix ─▶ longest-prefix match ───────────┴─▶ Partition<DecisionId> ─▶ CompiledFib  (Engine)
//! ```
//!
//! Two results are always kept separate. The *network path* ([`Decision`]) follows from routes only. *Documented
//! support* ([`Support`]) is Microsoft's documentation about the endpoint.
//!
//! # Modules, bottom up
//!
//! No module imports a module that comes after it.
//!
//! | module | contents |
//! |---|---|
//! | `state` | the state of links, outages, and how soon a failure is detected |
//! | `inputs`, `vantage` | the inputs of an engine, and the points where packets start |
//! | `support` | Microsoft's documentation about an endpoint |
//! | `decision` | dispositions, reasons and selection steps: the vocabulary of every result |
//! | `session` | the sessions of an edge, and Microsoft's limits on prefixes |
//! | `virtual_hub` | the routes that virtual hubs learn, select, exchange and announce |
//! | `route_server` | the Route Server routes that gateways announce to sites |
//! | `adj_rib_in` | the routes of each session after import policy (RFC 4271 section 3.2) |
//! | `loc_rib` | the best path to each prefix, and longest-prefix match |
//! | `internal_bgp` | the routes that the edges of sites advertise to each other |
//! | `site_routes` | the routes of a site's edge to some prefixes, by linear scans |
//! | `effective_routes` | the routes of a subnet, and the routes that its gateway learned |
//! | `forwarding` | routers after the first one: other edges, gateways and appliances |
//! | `compile` | one exact function per address family: [`Engine`] |
//! | `covering_prefixes`, `classes` | search by prefix; vantage points and link states that share an engine |
//! | `continuity` | whether existing flows continue when a decision changes |
//! | `return_path` | the trace of a reply, compared with the trace of its packet |
//! | `explain` | a slow counterpart of [`Engine`], with every route that lost |
//! | `survey` | questions about many places, evaluated for one place of each kind |
//! | `shared_paths` | the paths of a set of addresses |
//! | `host_name`, `product` | the addresses and documented support of a host name and of a product |
//! | `to_server`, `orientation` | connections from outside, and which end of a flow is the client |
//!
//! Without a network file, the lists determine which path an address is eligible for:
//!
//! ```
//! use peerpath::catalog::{Catalog, Cloud};
//! use peerpath::engine::{Disposition, Engine};
//!
//! let catalog = Catalog::shipped(Cloud::Public)?;
//! let engine = Engine::eligibility(&catalog);
//! let path = |address: &str| engine.decision(engine.decide(address.parse().unwrap())).disposition;
//! assert_eq!(path("52.113.194.132"), Disposition::MicrosoftPeering);
//! assert_eq!(path("8.8.8.8"), Disposition::Internet);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod adj_rib_in;
mod attraction;
mod classes;
mod compile;
mod continuity;
mod covering_prefixes;
mod decision;
mod effective_routes;
mod explain;
mod forwarding;
mod host_name;
mod inputs;
mod internal_bgp;
mod loc_rib;
mod microsoft_edge;
mod orientation;
mod peering_crossing;
mod product;
mod return_path;
mod route_server;
mod session;
mod shared_paths;
mod site_routes;
mod state;
mod support;
mod survey;
mod to_server;
mod unevaluated;
mod vantage;
mod virtual_hub;

/// The ports to which an endpoint set applies, and the documented support for each port.
pub mod ports {
    pub use super::support::ports::{Atom, Transport, TransportPort, atoms, fits};
    pub use super::support::support_by_port;
}

pub use adj_rib_in::{Absence, AbsentRoute, Denial, RouteOrigin};
#[doc(hidden)]
pub use attraction::{Attracted, Attractions, OnCircuit, OnInternet};
#[cfg(test)]
pub(crate) use classes::generated;
pub(crate) use classes::{Classes, Dependents};
pub(crate) use compile::SiteCompiler;
pub use compile::{Engine, eligibility};
pub use continuity::{Departure, Departures, continuities, continuity};
#[doc(hidden)]
pub use decision::{At, Attracting, Chooser, Crossing, TableFault};
pub use decision::{
    AzureStep, Comparison, Continuity, ContinuityReason, Decision, DecisionId, Device, Disposition, Doubt,
    Hop, HubDoubt, LostAt, MicrosoftEdge, NextHop, NoRoute, Reason, ReplyArrival, ReplyOutcome, ReplyStart,
    ReplyTrace, ReturnVerdict, RouteServerDoubt, Router, SelectionStep, ServerReason, SystemPrefix, Tie,
    TraceEnd, Tunnel, TurnDoubt, UnknownInput, Why,
};
pub use explain::{
    Candidate, Explanation, RouteStatus, explain, explain_at, explain_eligibility, explain_from_subnet,
};
pub use host_name::{HostAddresses, HostFacts, RESOLVED, host_facts};
pub use inputs::{CompileError, Inputs, RoutingTable, RoutingTables};
#[doc(hidden)]
pub use orientation::{Conversation, Orientation, OrientationRule, orient};
pub use product::{ProductFacts, product_facts, product_name, products_of};
pub(crate) use return_path::{
    Destinations, RecordFact, RecordFacts, RecordSayings, ReturnCommon, VerdictEvaluator, WayOut, has_return,
    is_one_sided,
};
pub use return_path::{
    Responder, Responders, ReturnDestination, ReturnEvaluator, ReturnPath, ReturnVerdicts, SourceReturn,
    return_at,
};
#[doc(hidden)]
pub use session::Exceeded;
pub(crate) use session::neighbors_towards;
pub use session::{DownReason, Limit, Session, SessionKind, SessionState};
pub use shared_paths::{PathVerdict, SharedPath, path_verdict, paths_of};
#[doc(hidden)]
pub use state::{
    BFD_INTERVAL, BFD_MULTIPLIER, DetectedBy, Detection, Failure, GATEWAY_CONVERGENCE, HOLD_TIME,
    LEAST_HOLD_TIME, detection, hold_time,
};
pub use state::{Link, LinkState, Outage};
pub use support::{Ignored, Support, SupportNote, SupportVerdict, service_name, support, support_at};
#[doc(hidden)]
pub use survey::{Kind, Kinds, Probe, RoundTrip, Survey};
pub use to_server::{IngressLink, ServerIngress, ToServer, ToServerError, to_server};
#[doc(hidden)]
pub use unevaluated::{Passing, Unevaluated, UnevaluatedHop, unevaluated};
pub use vantage::{Families, Vantage};
