//! Where routes come from: the words shared by compiling and explaining.

use crate::addr::IpPrefix;
use crate::catalog::Evidence;
use crate::diag::Span;
use crate::engine::decision::{Doubt, Reason};
use crate::engine::session::{DownReason, Exceeded};
use crate::network::{CircuitId, RouteMapId, SiteId, VirtualHubId, VirtualNetworkId};
use crate::rib::{Community, SessionId};

/// Where a route comes from. What it was learned over is its session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// The site's own prefixes, or another site's.
    Site(SiteId),
    /// A prefix of a virtual network, over private peering or a tunnel.
    VirtualNetwork(VirtualNetworkId),
    /// A prefix that is advertised on the private peering of a circuit that Global Reach joins with the session's.
    GlobalReach(CircuitId),
    /// A prefix that a virtual hub announces, over private peering or a tunnel.
    VirtualHub(VirtualHubId),
    /// A prefix that the gateway of a virtual network announces of its Route Server.
    RouteServer(VirtualNetworkId),
    /// Advertised on Microsoft peering: the communities that are known to carry the prefix there and that the
    /// route filter holds, best evidence first, then by value; never empty.
    Microsoft(Vec<(Evidence, Community)>),
    /// The same, but it cannot be told whether the prefix is really advertised.
    Doubtful(Doubt, Vec<Community>),
    /// In the table of a connection that the user gave.
    Learned,
    /// A prefix that the network file lists under a tunnel.
    TunnelPrefix,
    /// A static route.
    Static,
    /// In the table of routes of the internet edge.
    InternetTable,
    /// The default route of the internet edge.
    Default,
    /// A route of a subnet of a virtual network, by the reason that a decision by it would have.
    Azure(Box<Reason>),
}

/// Why there is no route where one could be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Absence {
    /// The circuit has no Microsoft peering.
    NoMicrosoftPeering,
    /// The Microsoft peering has no route filter: nothing is advertised.
    NoRouteFilter,
    /// The link state says that the route filter is detached: nothing is advertised.
    RouteFilterDetached,
    /// The route filter does not hold the community.
    NotInFilter {
        /// Where the filter stands.
        span: Span,
    },
    /// The SKU does not reach the region from this peering location.
    OutOfReach {
        /// Where the SKU stands.
        span: Span,
    },
    /// Microsoft 365 is offered on Premium circuits only.
    NeedsPremium {
        /// Where the SKU stands.
        span: Span,
    },
    /// Microsoft has not authorized the circuit for Microsoft 365.
    NotAuthorized {
        /// Where the circuit stands.
        span: Span,
    },
    /// The table of the connection that the user gave does not hold it.
    NotInTable {
        /// Where the table is named.
        span: Span,
    },
    /// The edge that learned it does not tell it: a router tells internal peers its best route alone (RFC 4271 section
    /// 9.2), and its own is another.
    Hidden {
        /// Whose edge it is.
        site: SiteId,
        /// Where what that edge learned stands in the network file.
        span: Span,
    },
    /// The session that would bring it is down.
    SessionDown(DownReason),
    /// The gateway of the virtual network is over a limit, so its connection to the circuit is cut.
    GatewayOverLimit(Exceeded),
    /// The gateway takes no prefixes of other virtual networks on the circuit.
    RemoteVirtualNetworks {
        /// Where the network file says so; `None` where it says nothing, and the default counts.
        span: Option<Span>,
    },
    /// The gateway takes nothing that virtual hubs announce on the circuit.
    VirtualWan {
        /// Where the network file says so; `None` where it says nothing, and the default counts.
        span: Option<Span>,
    },
    /// A Route Server refuses it: its own autonomous system, which all Route Servers have, is in the path (RFC 4271 section
    /// 9.1.2).
    RouteServerLoop {
        /// The virtual network of the Route Server that passed it on, or that was told it.
        network: VirtualNetworkId,
    },
    /// The appliance tells the Route Server more routes than it takes, so that the session is torn down.
    RouteServerLimit {
        /// How many.
        count: usize,
        /// Where the appliance is named as a peer.
        span: Span,
    },
    /// A Route Server programs no route that is as long as a prefix of its virtual network, or of one that is peered with it,
    /// or lies in one (Microsoft, *Azure Route Server FAQ*).
    HeldByNetwork {
        /// Where that prefix stands in the network file.
        span: Span,
    },
    /// It is of IPv6, which no virtual hub carries.
    NoIpv6AtHub {
        /// Where the prefix stands in the network file.
        span: Span,
    },
    /// A route map refused it.
    Denied(Denial),
    /// It went through the site's own network already (RFC 4271 section 9.1.2).
    Loop {
        /// The site's own number, which is in the AS path.
        number: u32,
        /// Where the table is named.
        span: Span,
    },
}

/// A route that could be there and is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbsentRoute {
    /// The session that would bring it; `None` where it is the circuit that brings none.
    pub session: Option<SessionId>,
    /// The circuit, where it is a circuit's.
    pub circuit: Option<CircuitId>,
    /// The community that carries the address.
    pub community: Option<Community>,
    /// The prefix that covers the address.
    pub prefix: IpPrefix,
    /// Why it is not there.
    pub absence: Absence,
}

/// Which clause of which route map refused a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Denial {
    /// The route map.
    pub map: RouteMapId,
    /// The clause, from 1; `None` where no clause matched.
    pub clause: Option<u32>,
    /// Where the clause stands, or the map where none matched.
    pub span: Span,
}
