//! Why a decision is what it is: for each reason what it rests on, and the line of the user's file.

use crate::addr::special::SpecialBlock;
use crate::catalog::Evidence;
use crate::diag::Span;
use crate::engine::support::SupportRule;
use crate::network::{ApplianceId, CircuitId, HubFirewallId, SiteId, VirtualHubId, VirtualNetworkId};
use crate::rib::{Community, Missing};

use super::disposition::Disposition;
use super::doubt::{Doubt, RouteServerDoubt, TurnDoubt};
use super::hub_doubt::HubDoubt;
use super::subject::{Reserved, TableFault, Tie};

/// Why a decision is what it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The address lies in a special-purpose block that decides by itself.
    SpecialPurpose {
        /// The block.
        block: &'static SpecialBlock,
    },
    /// Eligibility: these communities carry the address, best evidence first.
    Carried {
        /// The communities with the evidence for each.
        communities: Vec<(Community, Evidence)>,
    },
    /// Eligibility: only communities for which the sources conflict hold the address.
    PerhapsCarried {
        /// The communities.
        communities: Vec<Community>,
    },
    /// Eligibility: Microsoft documents that this is not reached over ExpressRoute, and no community
    /// holds it.
    DocumentedInternet {
        /// The documented rule.
        rule: &'static SupportRule,
    },
    /// Eligibility: one of Microsoft's lists holds the address, but no community is known to carry it.
    NoKnownCommunity,
    /// Eligibility: none of Microsoft's lists holds the address.
    NotListed,
    /// The address lies in a site's own prefixes.
    Site {
        /// The site.
        site: SiteId,
        /// Where the prefix stands in the network file.
        span: Span,
    },
    /// A virtual network, over private peering.
    VirtualNetwork {
        /// The virtual network.
        network: VirtualNetworkId,
        /// The circuits that it is linked to.
        circuits: Vec<CircuitId>,
        /// Where the prefix stands in the network file.
        span: Span,
    },
    /// Advertised on Microsoft peering because the route filter holds the community.
    Advertised {
        /// The circuits whose filters hold it.
        circuits: Vec<CircuitId>,
        /// The community.
        community: Community,
        /// How it is known that the community carries the prefix.
        evidence: Evidence,
        /// Where the community stands in the network file.
        span: Span,
    },
    /// It cannot be told whether a community of the route filter brings the prefix.
    PerhapsAdvertised {
        /// The circuits whose filters hold the community.
        circuits: Vec<CircuitId>,
        /// The community.
        community: Community,
        /// Why it cannot be told.
        doubt: Doubt,
        /// The path if it does not.
        otherwise: Disposition,
        /// Where the community stands in the network file.
        span: Span,
    },
    /// In the table of a connection that the user gave: what the circuit really learned.
    Learned {
        /// The circuits whose tables hold it.
        circuits: Vec<CircuitId>,
        /// Where the table is named in the network file.
        span: Span,
    },
    /// Global Reach: advertised on the private peering of another circuit of the company.
    GlobalReach {
        /// The circuits that bring it here.
        circuits: Vec<CircuitId>,
        /// The circuit that it is advertised on.
        partner: CircuitId,
        /// Where what is advertised stands in the network file.
        span: Span,
    },
    /// The edge of another site told it by internal BGP: that edge decides next.
    OtherEdge {
        /// The site.
        site: SiteId,
        /// Where what that edge learned stands in the network file.
        span: Span,
    },
    /// A tunnel of the site.
    Tunnel {
        /// The tunnel's index in [`Site::vpn`](crate::network::Site::vpn).
        vpn: u32,
        /// The virtual network at its end whose prefix it is; `None` for a prefix that the file lists.
        network: Option<VirtualNetworkId>,
        /// Where the prefix stands in the network file.
        span: Span,
    },
    /// A static route of the site.
    Static {
        /// The circuits that it leads over.
        circuits: Vec<CircuitId>,
        /// Where it stands in the network file.
        span: Span,
    },
    /// Where a packet ends is not known: a static route sends it over Microsoft peering, and none of Microsoft's lists
    /// holds the address. Microsoft's network is no way to other networks, but its lists do not name all that is its own.
    BeyondLists {
        /// The circuits that the route leads over.
        circuits: Vec<CircuitId>,
        /// Where it stands in the network file.
        span: Span,
    },
    /// In the table of routes that the internet edge learns.
    InternetRoute {
        /// The site whose edge it is.
        site: SiteId,
        /// Where the table is named in the network file.
        span: Span,
    },
    /// Inside a virtual network: its address space, or that of one it is peered with.
    VirtualNetworkLocal {
        /// The virtual network that holds the address.
        network: VirtualNetworkId,
        /// Where the prefix stands in the network file.
        span: Span,
    },
    /// Inside a virtual network: a private endpoint.
    PrivateEndpoint {
        /// The virtual network that holds it.
        network: VirtualNetworkId,
        /// Where it stands in the network file.
        span: Span,
    },
    /// Inside a virtual network: a service endpoint of the subnet.
    ServiceEndpoint {
        /// Where it stands in the network file.
        span: Span,
    },
    /// Inside a virtual network: a route of the subnet's route table.
    UserRoute {
        /// Whether it leads out of the virtual network, as to the internet.
        outside: bool,
        /// Where it stands in the network file.
        span: Span,
    },
    /// Inside a virtual network: a route of the subnet's route table leads to the gateway, and no tunnel that is up
    /// ends there; a circuit's gateway cannot be a next hop.
    NoTunnel {
        /// Where it stands in the network file.
        span: Span,
    },
    /// Inside a virtual network: a route of the subnet's route table leads to the gateway, and over none of the tunnels
    /// that end there a route was learned that holds the address.
    NoTunnelRoute {
        /// Where it stands in the network file.
        span: Span,
    },
    /// Inside a virtual network: the address of Azure's own services, at the host of the virtual machine.
    Platform,
    /// Inside a virtual network: learned by the gateway from a circuit or a tunnel.
    Gateway {
        /// The virtual network whose gateway it is.
        network: VirtualNetworkId,
        /// The circuits that it leads over; empty for tunnels.
        circuits: Vec<CircuitId>,
        /// Where what is advertised stands in the network file.
        span: Span,
    },
    /// Inside a virtual network: the system's default route; Microsoft's addresses stay on its backbone.
    SystemDefault,
    /// Inside a virtual network: the system drops what no other route wants of the prefixes that Azure reserves.
    SystemDropped {
        /// The prefix.
        block: &'static Reserved,
    },
    /// Inside a virtual network: what becomes of the packet depends on an appliance that the network file
    /// does not describe.
    Appliance {
        /// Its address.
        address: std::net::IpAddr,
        /// Where the route stands in the network file.
        span: Span,
    },
    /// Inside a virtual network: the subnet has no public address to leave with, neither by default nor of its own.
    NoOutbound {
        /// Where that stands in the network file.
        span: Span,
    },
    /// What comes over the circuit may go past the gateway and its route table (FastPath): documents differ on it.
    FastPath {
        /// Where FastPath stands in the network file.
        span: Span,
    },
    /// Inside a virtual network: the address is of one that is peered, and one of both sides allows no access, so that
    /// nothing passes although the peering is connected.
    PeeringClosed {
        /// The virtual network that holds the address.
        network: VirtualNetworkId,
        /// Where the access is forbidden in the network file.
        span: Span,
    },
    /// An appliance forwards the packet over a peering whose other side takes nothing that is forwarded: documents say that it
    /// is dropped, and it was seen to pass.
    ForwardedTraffic {
        /// The virtual network that takes nothing.
        network: VirtualNetworkId,
        /// Where that stands in the network file.
        span: Span,
    },
    /// Inside a virtual network: the next hop of a user's route lies in no virtual network that is peered directly, which
    /// Azure does not take.
    NextHopElsewhere {
        /// Its address.
        address: std::net::IpAddr,
        /// Where the route stands in the network file.
        span: Span,
    },
    /// Microsoft's edge of a circuit: the gateway of a virtual network announces a longer prefix than the site whose route
    /// the packet followed, or the one that it followed, so the packet turns there and comes in over that gateway.
    Turned {
        /// The virtual network whose gateway announces it.
        network: VirtualNetworkId,
        /// Where the prefix stands in the network file.
        span: Span,
    },
    /// Microsoft's edge of a circuit: it cannot be told whether the packet turns there.
    TurnUnknown {
        /// Why.
        doubt: TurnDoubt,
        /// Where the prefix that a gateway announces stands in the network file.
        span: Span,
    },
    /// A virtual hub announces it: to a site over circuits or a tunnel, or to a virtual network that is connected.
    VirtualHub {
        /// The hub.
        hub: VirtualHubId,
        /// The circuits that bring it to a site; empty over a tunnel, and inside a virtual network.
        circuits: Vec<CircuitId>,
        /// Where what is announced stands in the network file.
        span: Span,
    },
    /// An address of a virtual hub itself.
    HubItself {
        /// The hub.
        hub: VirtualHubId,
        /// Where its prefix stands in the network file.
        span: Span,
    },
    /// A virtual hub learned it from a circuit or a tunnel.
    HubLearned {
        /// The hub.
        hub: VirtualHubId,
        /// The circuits that it leads over; empty for tunnels.
        circuits: Vec<CircuitId>,
        /// The other hub that announces it on these circuits, where one does: packets turn at Microsoft's edge.
        turned: Option<VirtualHubId>,
        /// Where what is advertised stands in the network file.
        span: Span,
    },
    /// A virtual hub sends it on to another hub.
    OtherHub {
        /// That hub.
        hub: VirtualHubId,
        /// Where what it told stands in the network file.
        span: Span,
    },
    /// The routing intent of a virtual hub sends it through a firewall.
    HubFirewall {
        /// The hub.
        hub: VirtualHubId,
        /// Which of its firewalls.
        firewall: HubFirewallId,
        /// Where the firewall is named in the network file.
        span: Span,
    },
    /// A public address of Storage in the region of a virtual hub, which goes round the hub's firewall (Microsoft, *Virtual WAN FAQ*).
    HubStorage {
        /// The hub.
        hub: VirtualHubId,
        /// Where the firewall is named in the network file.
        span: Span,
    },
    /// A virtual hub: no document tells what becomes of the packet.
    HubUnknown {
        /// What is not told.
        doubt: HubDoubt,
        /// Where what raises the question stands in the network file.
        span: Span,
    },
    /// The gateway of a virtual network announces to a site what its Route Server was told by appliances, or by the gateway's
    /// other side.
    RouteServer {
        /// The virtual network.
        network: VirtualNetworkId,
        /// The circuits that bring it; empty over a tunnel.
        circuits: Vec<CircuitId>,
        /// Where what is advertised stands in the network file.
        span: Span,
    },
    /// Inside a virtual network: a Route Server was told it by appliances, which are the next hops.
    Injected {
        /// The virtual network of the Route Server.
        network: VirtualNetworkId,
        /// The next hops, ascending, several of which share the flows: appliances, or a load balancer in front of some.
        next_hops: Vec<std::net::IpAddr>,
        /// Where what is advertised stands in the network file.
        span: Span,
    },
    /// An appliance sends it on over a tunnel of its own.
    OwnTunnel {
        /// The appliance at the other end; `None` where the file does not hold what is there.
        to: Option<(VirtualNetworkId, ApplianceId)>,
        /// Where what the appliance advertises stands in the network file.
        span: Span,
    },
    /// A Route Server: no document tells which routes are used.
    RouteServerUnknown {
        /// What is not told.
        doubt: RouteServerDoubt,
        /// Where what raises the question stands in the network file.
        span: Span,
    },
    /// The packet comes back to a router that it passed before, until its time to live has run out.
    Loop {
        /// Where the route that leads back stands in the network file.
        span: Span,
    },
    /// The route table of a `GatewaySubnet` keeps the gateway from working, so that nothing can be told of what comes in
    /// over it.
    GatewayTable {
        /// What is wrong.
        fault: TableFault,
        /// Where it stands in the network file.
        span: Span,
    },
    /// An Azure Firewall learned a default route, and so has none to the internet: nothing can be told of what comes to it.
    FirewallDefault {
        /// Where what leads to the learned route stands in the network file.
        span: Span,
    },
    /// Nothing can tell which of two ways is used: the AS path of the internet's route is not known, and its length
    /// would decide.
    UnknownPath {
        /// The ways, in the order of the sessions.
        ways: [Disposition; 2],
        /// Where the table without AS paths is named in the network file.
        span: Span,
    },
    /// Nothing can tell which of two ways is used: a route map asks for what the table of the route does not give.
    UnknownPolicy {
        /// The ways.
        ways: [Disposition; 2],
        /// What the table does not give.
        missing: Missing,
        /// Where the table is named in the network file.
        span: Span,
    },
    /// Nothing can tell which of two ways is used: their routes are equal up to what is not known of them.
    UnknownTie {
        /// The ways, in the order of the sessions.
        ways: [Disposition; 2],
        /// What would part them.
        tie: Tie,
        /// Where what brings one of the routes stands in the network file.
        span: Span,
    },
    /// The default route of the site's internet edge.
    DefaultRoute {
        /// The site whose edge it is.
        site: SiteId,
        /// Where the edge stands in the network file.
        span: Span,
    },
    /// Only a default route to the internet matches, and the internet does not route the address.
    NotRoutedOnInternet {
        /// The special-purpose block.
        block: &'static SpecialBlock,
        /// Where the internet edge, or the user's default route, stands in the network file.
        span: Span,
    },
    /// A translator of the company's sends packets on to the IPv4 address that the address embeds; the path of that decides.
    Translated {
        /// Where the translator's prefix stands in the network file.
        span: Span,
    },
    /// The address embeds an IPv4 address that a translator refuses (RFC 6052 section 3.1).
    NotTranslated {
        /// The special-purpose block.
        block: &'static SpecialBlock,
        /// Where the translator's prefix stands in the network file.
        span: Span,
    },
    /// No route matches.
    NoRoute,
}

impl Reason {
    /// The place of the network file that it names; `None` where no line of the file caused it.
    pub const fn span(&self) -> Option<Span> {
        match self {
            Self::Site { span, .. }
            | Self::VirtualNetwork { span, .. }
            | Self::Advertised { span, .. }
            | Self::PerhapsAdvertised { span, .. }
            | Self::Learned { span, .. }
            | Self::GlobalReach { span, .. }
            | Self::OtherEdge { span, .. }
            | Self::Tunnel { span, .. }
            | Self::Static { span, .. }
            | Self::BeyondLists { span, .. }
            | Self::InternetRoute { span, .. }
            | Self::VirtualNetworkLocal { span, .. }
            | Self::PrivateEndpoint { span, .. }
            | Self::ServiceEndpoint { span }
            | Self::UserRoute { span, .. }
            | Self::NoTunnel { span }
            | Self::NoTunnelRoute { span }
            | Self::Gateway { span, .. }
            | Self::Appliance { span, .. }
            | Self::NoOutbound { span }
            | Self::FastPath { span }
            | Self::PeeringClosed { span, .. }
            | Self::ForwardedTraffic { span, .. }
            | Self::NextHopElsewhere { span, .. }
            | Self::Turned { span, .. }
            | Self::TurnUnknown { span, .. }
            | Self::VirtualHub { span, .. }
            | Self::HubItself { span, .. }
            | Self::HubLearned { span, .. }
            | Self::OtherHub { span, .. }
            | Self::HubFirewall { span, .. }
            | Self::HubStorage { span, .. }
            | Self::HubUnknown { span, .. }
            | Self::RouteServer { span, .. }
            | Self::Injected { span, .. }
            | Self::OwnTunnel { span, .. }
            | Self::RouteServerUnknown { span, .. }
            | Self::Loop { span }
            | Self::GatewayTable { span, .. }
            | Self::FirewallDefault { span }
            | Self::UnknownPath { span, .. }
            | Self::UnknownTie { span, .. }
            | Self::UnknownPolicy { span, .. }
            | Self::DefaultRoute { span, .. }
            | Self::NotRoutedOnInternet { span, .. }
            | Self::Translated { span }
            | Self::NotTranslated { span, .. } => Some(*span),
            Self::SpecialPurpose { .. }
            | Self::Carried { .. }
            | Self::PerhapsCarried { .. }
            | Self::DocumentedInternet { .. }
            | Self::NoKnownCommunity
            | Self::NotListed
            | Self::Platform
            | Self::SystemDefault
            | Self::SystemDropped { .. }
            | Self::NoRoute => None,
        }
    }
}
