//! The sources of routes, shared by compiling and explaining.

use crate::addr::IpPrefix;
use crate::catalog::Evidence;
use crate::diag::Span;
use crate::engine::decision::{Doubt, Reason};
use crate::engine::session::{DownReason, Exceeded};
use crate::network::{CircuitId, RouteMapId, SiteId, VirtualHubId, VirtualNetworkId};
use crate::rib::{Community, SessionId};

/// The source of a route. The session over which it was learned is stored separately.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// The site's own prefixes, or another site's.
    Site(SiteId),
    /// A prefix of a virtual network, over private peering or a tunnel.
    VirtualNetwork(VirtualNetworkId),
    /// A prefix that is advertised on the private peering of a circuit that Global Reach joins with the session's
    /// circuit.
    GlobalReach(CircuitId),
    /// A prefix that a virtual hub announces, over private peering or a tunnel.
    VirtualHub(VirtualHubId),
    /// A prefix that the gateway of a virtual network learned from its Route Server and announces.
    RouteServer(VirtualNetworkId),
    /// Advertised on Microsoft peering: the communities that are known to contain the prefix there and that are
    /// in the route filter, the best evidence first, then by value; never empty.
    Microsoft(Vec<(Evidence, Community)>),
    /// The same, but it is unknown whether the prefix is really advertised.
    Doubtful(Doubt, Vec<Community>),
    /// In the table of a connection that the user provided.
    Learned,
    /// A prefix that the network file lists under a tunnel.
    TunnelPrefix,
    /// A static route.
    Static,
    /// In the table of routes of the internet edge.
    InternetTable,
    /// The default route of the internet edge.
    Default,
    /// A route of a subnet of a virtual network, with the reason of a decision by it.
    Azure(Box<Reason>),
}

/// The reason why a route was rejected or is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Absence {
    /// The circuit has no Microsoft peering.
    NoMicrosoftPeering,
    /// The Microsoft peering has no route filter: nothing is advertised.
    NoRouteFilter,
    /// The link state says that the route filter is detached: nothing is advertised.
    RouteFilterDetached,
    /// The route filter does not contain the community.
    NotInFilter {
        /// The position of the filter in the network file.
        span: Span,
    },
    /// The SKU does not reach the region from this peering location.
    OutOfReach {
        /// The position of the SKU in the network file.
        span: Span,
    },
    /// Microsoft 365 is offered on Premium circuits only.
    NeedsPremium {
        /// The position of the SKU in the network file.
        span: Span,
    },
    /// Microsoft has not authorized the circuit for Microsoft 365.
    NotAuthorized {
        /// The position of the circuit in the network file.
        span: Span,
    },
    /// The table of the connection that the user provided does not contain it.
    NotInTable {
        /// The position in the network file where the table is named.
        span: Span,
    },
    /// The edge that learned it does not advertise it: a router advertises only its best route to internal peers
    /// (RFC 4271 section 9.2), and its best route is another one.
    Hidden {
        /// The site of that edge.
        site: SiteId,
        /// The position in the network file of the route that the edge learned.
        span: Span,
    },
    /// The session that would provide it is down.
    SessionDown(DownReason),
    /// The gateway of the virtual network exceeds a limit, so its connection to the circuit is cut.
    GatewayOverLimit(Exceeded),
    /// The gateway accepts no prefixes of other virtual networks on the circuit.
    RemoteVirtualNetworks {
        /// The position of the setting; `None` where the network file does not contain it, so that the default
        /// applies.
        span: Option<Span>,
    },
    /// The gateway accepts no routes of virtual hubs on the circuit.
    VirtualWan {
        /// The position of the setting; `None` where the network file does not contain it, so that the default
        /// applies.
        span: Option<Span>,
    },
    /// A Route Server rejects it: the path contains its own ASN, which all Route Servers share (RFC 4271 section
    /// 9.1.2).
    RouteServerLoop {
        /// The virtual network of the Route Server that advertised it, or that learned it.
        network: VirtualNetworkId,
    },
    /// The appliance advertises more routes to the Route Server than it accepts, so that the session is torn
    /// down.
    RouteServerLimit {
        /// The number of routes.
        count: usize,
        /// The position in the network file where the appliance is named as a peer.
        span: Span,
    },
    /// A Route Server does not program a route to a prefix of its virtual network, of one that is peered with it,
    /// or to a part of such a prefix (Microsoft, *Azure Route Server FAQ*).
    HeldByNetwork {
        /// The position of that prefix in the network file.
        span: Span,
    },
    /// It is an IPv6 route, and virtual hubs carry no IPv6.
    NoIpv6AtHub {
        /// The position of the prefix in the network file.
        span: Span,
    },
    /// A route map rejected it.
    Denied(Denial),
    /// Its path already contains the site's own ASN (RFC 4271 section 9.1.2).
    Loop {
        /// The site's own ASN, which is in the AS path.
        number: u32,
        /// The position in the network file where the table is named.
        span: Span,
    },
}

/// A route that was rejected or is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbsentRoute {
    /// The session that would provide it; `None` where the circuit as a whole provides none.
    pub session: Option<SessionId>,
    /// The circuit, where it is a route of a circuit.
    pub circuit: Option<CircuitId>,
    /// The community that contains the address.
    pub community: Option<Community>,
    /// The prefix that covers the address.
    pub prefix: IpPrefix,
    /// The reason why it was rejected or is missing.
    pub absence: Absence,
}

/// The clause of a route map that rejected a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Denial {
    /// The route map.
    pub map: RouteMapId,
    /// The clause, from 1; `None` where no clause matched.
    pub clause: Option<u32>,
    /// The position of the clause in the network file, or of the map where none matched.
    pub span: Span,
}
