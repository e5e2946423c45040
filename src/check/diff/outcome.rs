//! Outcomes of an engine by name, interned over both sides.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;

use foldhash::fast::FixedState;

use crate::addr::IpPrefix;
use crate::engine::{Disposition, ReturnVerdict, SupportVerdict, TraceEnd};

/// The outcome of one side for an address. It contains names instead of ids, so that outcomes of two networks can
/// be compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AddressOutcome {
    /// The path.
    pub path: Disposition,
    /// The circuits used, by name; several if they have equal cost (ECMP).
    pub circuits: Vec<String>,
    /// The sessions used, by name, the best first: `er-ams/microsoft/primary`, `edge-ams`.
    pub connections: Vec<String>,
    /// The gateways with a route table and the appliances that packets pass after the first router, in order.
    pub hops: Vec<String>,
    /// The end of the trace.
    pub ends: TraceEnd,
    /// The deciding route.
    pub route: DecidingRoute,
    /// The return path; `None` if no packet leaves, or if the link over which it leaves is unknown.
    pub way_back: Option<ReplyOutcome>,
    /// The documented support of the endpoint.
    pub support: SupportVerdict,
}

/// The deciding route.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DecidingRoute {
    /// Its prefix; `None` if no route matched.
    pub prefix: Option<IpPrefix>,
    /// The kind of reason, with the community, site, tunnel or other name.
    pub origin: String,
    /// Why the path is unknown, if it is.
    pub gap: Option<MissingInput>,
}

/// The question that is open if a path is unknown, derived from the route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MissingInput {
    /// Which community contains the address.
    Community,
    /// Whether a circuit reaches the region of a community.
    Reach,
    /// Whether a Government circuit advertises the endpoints of Microsoft 365 GCC.
    Gcc,
    /// The AS path of an internet route, whose length is decisive.
    PathLength,
    /// The AS path or the communities of a route, which a route map matches.
    Policy,
    /// The addresses of two peers whose routes are otherwise equal.
    Peers,
    /// Which of two equal routes is the older one.
    Age,
    /// The next hop of a route in a route table.
    NextHop,
    /// Where packets end that a static route sends over Microsoft peering, if none of Microsoft's lists contains their
    /// destination.
    StaticRoute,
    /// The path to the IPv4 address to which a translator (NAT64) forwards packets.
    Translation,
    /// A next hop that is not in a reachable virtual network.
    FarNextHop,
    /// The destinations that a subnet without outbound access can reach.
    Outbound,
    /// Whether FastPath bypasses a route table.
    FastPath,
    /// The forwarding decision of a virtual hub.
    Hub,
    /// Which routes a Route Server uses.
    RouteServer,
    /// Whether a packet is hairpinned at Microsoft's edge.
    Turn,
    /// Whether a peering accepts traffic forwarded by an appliance.
    Peering,
    /// The behavior of a gateway with a route table that Azure does not accept.
    GatewayTable,
    /// The behavior of an Azure Firewall that learned a default route.
    FirewallDefault,
    /// The behavior of the appliance with this address.
    Appliance(IpAddr),
}

impl MissingInput {
    /// Returns the input that would resolve the gap; `None` if there is none.
    pub const fn settled_by(self) -> Option<&'static str> {
        match self {
            Self::Community => Some("your own `list-service-communities` export"),
            Self::Reach | Self::Gcc => Some("the route table of the peering"),
            Self::PathLength => Some("a table of internet routes with AS paths"),
            Self::Policy => Some("a table of routes with the AS paths and communities that route maps match"),
            Self::Peers => Some("the addresses of the peers (`peer_addresses`) or a local preference"),
            Self::Age => {
                Some("a local preference (or `compare_router_id` if the routers are configured that way)")
            }
            Self::NextHop => Some("a next hop instead of `unknown`"),
            Self::FarNextHop => Some("a next hop in the virtual network itself or in a directly peered one"),
            Self::Outbound => Some("a NAT gateway or public addresses for the subnet"),
            Self::FastPath => Some("disabling FastPath or using an ExpressRoute Direct circuit"),
            Self::Hub => Some("the hub's effective routes"),
            Self::RouteServer => Some("the effective routes of a network interface"),
            Self::Turn => {
                Some("a peering between the virtual networks or more specific prefixes from the site")
            }
            Self::Peering => Some("`allow_forwarded_traffic: true` on the peering"),
            Self::StaticRoute => {
                Some("a static route, limited to Microsoft's prefixes, over Microsoft peering")
            }
            Self::Translation => Some("the embedded IPv4 address (explained from the translator's site)"),
            Self::GatewayTable => Some("a route table of `GatewaySubnet` that Azure accepts"),
            Self::FirewallDefault => Some(
                "a default route to the internet in the firewall's subnet or an `AzureFirewallManagementSubnet`",
            ),
            Self::Appliance(_) => None,
        }
    }
}

/// The return path, over all source addresses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReplyOutcome {
    /// The worst verdict over all source addresses.
    pub verdict: ReturnVerdict,
    /// The reasons without duplicates, such as `same-links` or `other-links er-fra`.
    pub reasons: Vec<String>,
}

impl ReplyOutcome {
    /// Formats the return path, such as `dropped: device-missed er-ams`.
    pub fn text(&self) -> String {
        format!("{}: {}", self.verdict, self.reasons.join(", "))
    }
}

/// An aspect in which two outcomes can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// The path itself.
    Path,
    /// The circuits.
    Circuit,
    /// The sessions.
    Connection,
    /// The gateways and appliances on the path.
    Hops,
    /// The end of the trace.
    Ends,
    /// The kind of route.
    Route,
    /// The prefix of the route.
    Prefix,
    /// The return path.
    Return,
    /// Documented support.
    Support,
}

impl Aspect {
    /// All aspects.
    pub const ALL: [Self; 9] = [
        Self::Path,
        Self::Circuit,
        Self::Connection,
        Self::Hops,
        Self::Ends,
        Self::Route,
        Self::Prefix,
        Self::Return,
        Self::Support,
    ];

    /// The word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Circuit => "circuit",
            Self::Connection => "connection",
            Self::Hops => "hops",
            Self::Ends => "ends",
            Self::Route => "route",
            Self::Prefix => "prefix",
            Self::Return => "return",
            Self::Support => "support",
        }
    }

    /// Returns the value of the aspect as text; empty if the outcome has none.
    pub fn of(self, outcome: &AddressOutcome) -> String {
        match self {
            Self::Path => outcome.path.word().to_owned(),
            Self::Circuit => outcome.circuits.join(", "),
            Self::Connection => outcome.connections.join(", "),
            Self::Hops => outcome.hops.join(", "),
            Self::Ends => outcome.ends.word().to_owned(),
            Self::Route => outcome.route.origin.clone(),
            Self::Prefix => outcome.route.prefix.map(|prefix| prefix.to_string()).unwrap_or_default(),
            Self::Return => outcome.way_back.as_ref().map(ReplyOutcome::text).unwrap_or_default(),
            Self::Support => outcome.support.word().to_owned(),
        }
    }
}

impl AddressOutcome {
    /// Returns the aspects in which two outcomes differ.
    pub fn differs(&self, other: &Self) -> Vec<Aspect> {
        let differs = |aspect: &Aspect| match aspect {
            Aspect::Path => self.path != other.path,
            Aspect::Circuit => self.circuits != other.circuits,
            Aspect::Connection => self.connections != other.connections,
            Aspect::Hops => self.hops != other.hops,
            Aspect::Ends => self.ends != other.ends,
            Aspect::Route => self.route.origin != other.route.origin,
            Aspect::Prefix => self.route.prefix != other.route.prefix,
            Aspect::Return => self.way_back != other.way_back,
            Aspect::Support => self.support != other.support,
        };
        Aspect::ALL.into_iter().filter(differs).collect()
    }
}

/// Whether a path is unknown or ambiguous.
pub(super) fn is_unknown(path: Disposition) -> bool {
    matches!(path, Disposition::Unknown | Disposition::Ambiguous)
}

/// The part of an outcome that is the same for all prefixes with the same reason.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct WayOut {
    pub(super) path: Disposition,
    pub(super) circuits: Vec<String>,
    pub(super) connections: Vec<String>,
    pub(super) hops: Vec<String>,
    pub(super) ends: TraceEnd,
    pub(super) origin: String,
    pub(super) gap: Option<MissingInput>,
}

impl WayOut {
    /// Completes the outcome with the parts that depend on the prefix and the destination.
    pub(super) fn outcome(
        self,
        prefix: Option<IpPrefix>,
        way_back: Option<ReplyOutcome>,
        support: SupportVerdict,
    ) -> AddressOutcome {
        let Self { path, circuits, connections, hops, ends, origin, gap } = self;
        let route = DecidingRoute { prefix, origin, gap };
        AddressOutcome { path, circuits, connections, hops, ends, route, way_back, support }
    }
}

/// An outcome without its prefix, with its large parts replaced by their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Gist {
    pub(super) manner: u32,
    pub(super) way_back: u32,
    pub(super) support: SupportVerdict,
}

/// An outcome by id. The path is a copy of the gist's path, because it is needed at every range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) path: Disposition,
    pub(super) gist: u32,
    pub(super) prefix: Option<IpPrefix>,
}

/// An outcome during reading. The prefix is borrowed from the decision, because copying it at every range would
/// dominate the run time.
#[derive(Clone, Copy)]
pub(super) struct Stated<'s> {
    pub(super) path: Disposition,
    pub(super) gist: u32,
    pub(super) prefix: &'s Option<IpPrefix>,
}

impl Stated<'_> {
    /// Returns the same outcome as an owned key.
    pub(super) fn key(self) -> Key {
        Key { path: self.path, gist: self.gist, prefix: *self.prefix }
    }
}

impl PartialEq for Stated<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.gist == other.gist && self.path == other.path && self.prefix == other.prefix
    }
}

/// Outcomes of all sides of a comparison; equal outcomes have equal ids.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    pub(super) manners: Interner<WayOut>,
    pub(super) ways_back: Interner<Option<ReplyOutcome>>,
    pub(super) gists: Interner<Gist>,
    pub(super) keys: Interner<Key>,
}

impl Outcomes {
    /// The path of an outcome.
    pub(super) fn path(&self, id: u32) -> Disposition {
        self.keys.get(id).map_or(Disposition::Unknown, |key| key.path)
    }

    /// Returns the id of an outcome that was interned elsewhere; `known` caches earlier results.
    pub(super) fn adopt(&mut self, others: &Self, id: u32, known: &mut HashMap<u32, u32, FixedState>) -> u32 {
        if let Some(id) = known.get(&id) {
            return *id;
        }
        let own = others.keys.get(id).map(|key| {
            let gist = others.gists.get(key.gist).map_or(0, |gist| {
                let manner = others.manners.get(gist.manner).cloned();
                let way_back = others.ways_back.get(gist.way_back).cloned();
                let manner = manner.map_or(0, |manner| self.manners.intern(manner));
                let way_back = way_back.map_or(0, |way_back| self.ways_back.intern(way_back));
                self.gists.intern(Gist { manner, way_back, ..*gist })
            });
            self.keys.intern(Key { gist, ..*key })
        });
        // An id of the other interner always has a key.
        let own = own.unwrap_or_default();
        known.insert(id, own);
        own
    }

    /// Returns the full outcome.
    pub(super) fn outcome(&self, id: u32) -> Option<AddressOutcome> {
        let Key { gist, prefix, .. } = *self.keys.get(id)?;
        let Gist { manner, way_back, support } = *self.gists.get(gist)?;
        let way_back = self.ways_back.get(way_back)?.clone();
        Some(self.manners.get(manner)?.clone().outcome(prefix, way_back, support))
    }
}

/// Assigns equal values equal ids, in the order of their first appearance.
#[derive(Debug)]
pub(super) struct Interner<T> {
    values: Vec<T>,
    ids: HashMap<T, u32, FixedState>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self { values: Vec::new(), ids: HashMap::default() }
    }
}

impl<T: Clone + Eq + Hash> Interner<T> {
    pub(super) fn intern(&mut self, value: T) -> u32 {
        if let Some(id) = self.ids.get(&value) {
            return *id;
        }
        let id = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.push(value.clone());
        self.ids.insert(value, id);
        id
    }

    pub(super) fn get(&self, id: u32) -> Option<&T> {
        self.values.get(id as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_alone_is_a_difference() {
        let route = DecidingRoute { prefix: None, origin: String::new(), gap: None };
        let loses = |ends| AddressOutcome {
            path: Disposition::Discarded,
            circuits: Vec::new(),
            connections: Vec::new(),
            hops: Vec::new(),
            ends,
            route: route.clone(),
            way_back: None,
            support: SupportVerdict::NotApplicable,
        };
        let (one, other) = (loses(TraceEnd::Discarded), loses(TraceEnd::Loop));
        assert_eq!(one.differs(&other), [Aspect::Ends]);
        assert_eq!(Aspect::ALL.map(|aspect| aspect.of(&other))[4], "loop");
    }
}
