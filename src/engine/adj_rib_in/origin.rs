//! The sources of routes. Compiling and explaining share these types.

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
pub enum RouteOrigin {
    /// The site's own prefixes, or another site's.
    Site(SiteId),
    /// A prefix of a virtual network, over private peering or a tunnel.
    VirtualNetwork(VirtualNetworkId),
    /// A prefix that is advertised on the private peering of a circuit that Global Reach connects to the session's
    /// circuit.
    GlobalReach(CircuitId),
    /// A prefix that a virtual hub announces, over private peering or a tunnel.
    VirtualHub(VirtualHubId),
    /// A prefix that the gateway of a virtual network learned from its Route Server and announces.
    RouteServer(VirtualNetworkId),
    /// A prefix that is advertised on Microsoft peering, with the communities in the route filter that are known to
    /// contain it: best evidence first, then by value; never empty.
    Microsoft(Vec<(Evidence, Community)>),
    /// A prefix for which it is unknown whether it is advertised on Microsoft peering.
    Doubtful(Doubt, Vec<Community>),
    /// A prefix in the user's table of a connection.
    Learned,
    /// A prefix that the network file lists under a tunnel.
    TunnelPrefix,
    /// A static route.
    Static {
        /// Its administrative distance.
        distance: u8,
    },
    /// A prefix in the route table of the internet edge.
    InternetTable,
    /// The default route of the internet edge.
    Default,
    /// A route of a virtual network's subnet, with the reason for decisions based on the route.
    Azure(Box<Reason>),
}

/// The reason why a route was rejected or is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Absence {
    /// The circuit has no Microsoft peering.
    NoMicrosoftPeering,
    /// The Microsoft peering has no route filter, so nothing is advertised.
    NoRouteFilter,
    /// The route filter is detached in the link state, so nothing is advertised.
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
    /// Microsoft 365 is available on Premium circuits only.
    NeedsPremium {
        /// The position of the SKU in the network file.
        span: Span,
    },
    /// Microsoft has not authorized the circuit for Microsoft 365.
    NotAuthorized {
        /// The position of the circuit in the network file.
        span: Span,
    },
    /// The user's table of the connection does not contain the route.
    NotInTable {
        /// The position in the network file where the table is named.
        span: Span,
    },
    /// The edge that learned the route does not advertise it. A router advertises only its best route to internal peers
    /// (RFC 4271 section 9.2), and the edge's best route is a different one.
    Hidden {
        /// The site of that edge.
        site: SiteId,
        /// The position in the network file of the route that the edge learned.
        span: Span,
    },
    /// The session that would provide the route is down.
    SessionDown(DownReason),
    /// The gateway of the virtual network exceeds a limit, so its connection to the circuit is cut.
    GatewayOverLimit(Exceeded),
    /// The gateway accepts no prefixes from other virtual networks on the circuit.
    RemoteVirtualNetworks {
        /// The position of the setting; `None` if the network file does not contain the setting and the default
        /// applies.
        span: Option<Span>,
    },
    /// The gateway accepts no routes from virtual hubs on the circuit.
    VirtualWan {
        /// The position of the setting; `None` if the network file does not contain the setting and the default
        /// applies.
        span: Option<Span>,
    },
    /// A Route Server rejects the route: its path contains the ASN that all Route Servers share (RFC 4271 section
    /// 9.1.2).
    RouteServerLoop {
        /// The virtual network with the Route Server that advertised or learned the route.
        network: VirtualNetworkId,
    },
    /// The appliance advertises more routes than the Route Server accepts, so the session is torn down.
    RouteServerLimit {
        /// The number of routes.
        count: usize,
        /// The position in the network file where the appliance is named as a peer.
        span: Span,
    },
    /// A Route Server does not program a route whose prefix equals, or lies within, a prefix of its virtual network or
    /// of a directly peered one (Microsoft, *Azure Route Server FAQ*).
    HeldByNetwork {
        /// The position of the virtual network's prefix in the network file.
        span: Span,
    },
    /// The route is an IPv6 route, and virtual hubs do not carry IPv6.
    NoIpv6AtHub {
        /// The position of the prefix in the network file.
        span: Span,
    },
    /// A route map rejected the route.
    Denied(Denial),
    /// The route's AS path already contains the site's own ASN (RFC 4271 section 9.1.2).
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
    /// The session that would provide the route; `None` if the circuit as a whole provides no such route.
    pub session: Option<SessionId>,
    /// The circuit, if the route belongs to a circuit.
    pub circuit: Option<CircuitId>,
    /// The community that contains the address.
    pub community: Option<Community>,
    /// The prefix that covers the address.
    pub prefix: IpPrefix,
    /// The reason why the route was rejected or is missing.
    pub absence: Absence,
}

/// The clause of a route map that rejected a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Denial {
    /// The route map.
    pub map: RouteMapId,
    /// The clause, from 1; `None` where no clause matched.
    pub clause: Option<u32>,
    /// The position of the clause in the network file, or of the route map if no clause matched.
    pub span: Span,
}
