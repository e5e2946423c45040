//! Reasons for decisions: the rule or fact behind each decision, and the line in the user's file that caused it.

use crate::addr::special::SpecialBlock;
use crate::catalog::{Evidence, Statement};
use crate::diag::Span;
use crate::network::{
    ApplianceId, CircuitId, HubFirewallId, ProxyPath, SiteId, VirtualHubId, VirtualNetworkId,
};
use crate::rib::{Community, Missing};

use super::device::Device;
use super::disposition::Disposition;
use super::doubt::{Doubt, RouteServerDoubt, TurnDoubt};
use super::hub_doubt::HubDoubt;
use super::subject::{SystemPrefix, TableFault, Tie};

/// The reason for a decision.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The address belongs to a special-purpose block that determines its path.
    SpecialPurpose {
        /// The block.
        block: &'static SpecialBlock,
    },
    /// Eligibility: these communities contain the address.
    Carried {
        /// The communities with the evidence for each, best evidence first.
        communities: Vec<(Community, Evidence)>,
    },
    /// Eligibility: only communities about which the sources conflict contain the address.
    PossiblyCarried {
        /// The communities.
        communities: Vec<Community>,
    },
    /// Eligibility: Microsoft documents that this service is not reached over ExpressRoute, and no community contains
    /// the address.
    DocumentedInternet {
        /// The product that owns the address.
        product: &'static str,
        /// The statement of the document.
        statement: &'static Statement<'static>,
    },
    /// Eligibility: one of Microsoft's lists contains the address, but no community is known to contain it.
    NoKnownCommunity,
    /// Eligibility: none of Microsoft's lists contains the address.
    NotListed,
    /// The address belongs to a site's own prefixes.
    Site {
        /// The site.
        site: SiteId,
        /// The position of the prefix in the network file.
        span: Span,
    },
    /// The address belongs to a virtual network, reached over private peering.
    VirtualNetwork {
        /// The virtual network.
        network: VirtualNetworkId,
        /// The circuits to which the virtual network is linked.
        circuits: Vec<CircuitId>,
        /// The position of the prefix in the network file.
        span: Span,
    },
    /// Microsoft peering advertises the prefix because the route filter contains its community.
    Advertised {
        /// The circuits whose route filters contain the community.
        circuits: Vec<CircuitId>,
        /// The community.
        community: Community,
        /// The evidence that the community contains the prefix.
        evidence: Evidence,
        /// The position of the community in the network file.
        span: Span,
    },
    /// It is unknown whether Microsoft advertises the prefix because of a community in the route filter.
    PossiblyAdvertised {
        /// The circuits whose filters contain the community.
        circuits: Vec<CircuitId>,
        /// The community.
        community: Community,
        /// Why it is unknown.
        doubt: Doubt,
        /// The path if the prefix is not advertised.
        otherwise: Disposition,
        /// The position of the community in the network file.
        span: Span,
    },
    /// The user's table of a connection contains the prefix. Such a table shows the routes that the circuit learned.
    Learned {
        /// The circuits whose tables contain the prefix.
        circuits: Vec<CircuitId>,
        /// Where the table is named in the network file.
        span: Span,
    },
    /// Global Reach: the prefix is advertised on the private peering of another circuit of the company.
    GlobalReach {
        /// The circuits over which the site learns the prefix.
        circuits: Vec<CircuitId>,
        /// The circuit on which the prefix is advertised.
        partner: CircuitId,
        /// The position of the advertised prefix in the network file.
        span: Span,
    },
    /// The edge of another site advertised the prefix over internal BGP. That edge decides next.
    OtherEdge {
        /// The site.
        site: SiteId,
        /// The position in the network file of the route that this edge learned.
        span: Span,
    },
    /// The site's clients send the packet to their proxy at another site. The packet continues from there.
    Proxied {
        /// The site of the proxy.
        site: SiteId,
        /// The position of the proxy in the network file.
        span: Span,
    },
    /// The site's clients use a proxy at another site, and no path leads to that site. The packet is dropped.
    ProxyUnreachable {
        /// The site of the proxy.
        site: SiteId,
        /// The path that does not lead to it.
        over: ProxyPath,
        /// The position of the proxy in the network file.
        span: Span,
    },
    /// A tunnel of the site.
    Tunnel {
        /// The tunnel's index in [`Site::vpn`](crate::network::Site::vpn).
        vpn: u32,
        /// The virtual network at the tunnel's end to which the prefix belongs; `None` for a prefix that the file lists
        /// under the tunnel.
        network: Option<VirtualNetworkId>,
        /// The position of the prefix in the network file.
        span: Span,
    },
    /// A static route of the site.
    Static {
        /// The circuits over which the static route sends packets.
        circuits: Vec<CircuitId>,
        /// The position of the route in the network file.
        span: Span,
    },
    /// The destination is unknown: a static route sends the packet over Microsoft peering, and none of Microsoft's
    /// lists contains the address. Microsoft does not provide transit to other networks, but its lists do not name
    /// all of its own prefixes.
    BeyondLists {
        /// The circuits over which the route sends packets.
        circuits: Vec<CircuitId>,
        /// The position of the route in the network file.
        span: Span,
    },
    /// The internet edge's table of learned routes contains the prefix.
    InternetRoute {
        /// The site to which the edge belongs.
        site: SiteId,
        /// Where the table is named in the network file.
        span: Span,
    },
    /// Inside a virtual network: the address is in its own address space, or in that of a peered virtual network.
    VirtualNetworkLocal {
        /// The virtual network that contains the address.
        network: VirtualNetworkId,
        /// The position of the prefix in the network file.
        span: Span,
    },
    /// Inside a virtual network: the address belongs to a private endpoint.
    PrivateEndpoint {
        /// The virtual network that contains the private endpoint.
        network: VirtualNetworkId,
        /// The position of the endpoint in the network file.
        span: Span,
    },
    /// Inside a virtual network: a service endpoint of the subnet matches.
    ServiceEndpoint {
        /// The position of the service endpoint in the network file.
        span: Span,
    },
    /// Inside a virtual network: a route in the subnet's route table matches.
    UserRoute {
        /// Whether the next hop is outside the virtual network, such as the internet.
        outside: bool,
        /// The position of the route in the network file.
        span: Span,
    },
    /// Inside a virtual network: a route in the subnet's route table points to the gateway, but no tunnel that ends
    /// there is up. An ExpressRoute gateway cannot be the next hop of a user route.
    NoTunnel {
        /// The position of the route in the network file.
        span: Span,
    },
    /// Inside a virtual network: a route in the subnet's route table points to the gateway, but the gateway learned no
    /// route to the address over its tunnels.
    NoTunnelRoute {
        /// The position of the route in the network file.
        span: Span,
    },
    /// Inside a virtual network: the address belongs to Azure's own services on the host of the virtual machine.
    Platform,
    /// Inside a virtual network: the gateway learned the prefix from a circuit or a tunnel.
    Gateway {
        /// The virtual network to which the gateway belongs.
        network: VirtualNetworkId,
        /// The circuits over which the prefix was learned; empty for tunnels.
        circuits: Vec<CircuitId>,
        /// The position of the advertised prefix in the network file.
        span: Span,
    },
    /// Inside a virtual network: the default system route applies. Traffic to Microsoft's addresses stays on
    /// Microsoft's backbone.
    SystemDefault,
    /// Inside a virtual network: a system route drops packets to a prefix that Azure reserves, because no other route
    /// matches.
    SystemDropped {
        /// The prefix.
        block: &'static SystemPrefix,
    },
    /// Inside a virtual network: the path depends on an appliance that the network file does not describe.
    Appliance {
        /// The address of the next hop.
        address: std::net::IpAddr,
        /// The position of the route in the network file.
        span: Span,
    },
    /// Inside a virtual network: the subnet has neither a default nor an explicit public address for outbound traffic.
    NoOutbound {
        /// The position of that setting in the network file.
        span: Span,
    },
    /// Packets that arrive over the circuit may bypass the gateway and its route table (FastPath). The documents
    /// contradict each other on this.
    FastPath {
        /// The position of the FastPath setting in the network file.
        span: Span,
    },
    /// Inside a virtual network: the address, or the next hop of its route, belongs to a peered virtual network, and one
    /// side of the peering denies access. No packet passes, although the peering is connected.
    PeeringClosed {
        /// The virtual network that contains the address or the next hop.
        network: VirtualNetworkId,
        /// The position in the network file of the setting that denies access.
        span: Span,
    },
    /// An appliance forwards the packet over a peering whose remote side does not allow forwarded traffic. According to
    /// the documentation the packet is dropped, but packets have been observed to pass.
    ForwardedTraffic {
        /// The virtual network that does not allow forwarded traffic.
        network: VirtualNetworkId,
        /// The position of that setting in the network file.
        span: Span,
    },
    /// Inside a virtual network: the next hop of a user route is neither in the virtual network nor in a directly
    /// peered one. Azure does not accept such a next hop.
    NextHopElsewhere {
        /// The address of the next hop.
        address: std::net::IpAddr,
        /// The position of the route in the network file.
        span: Span,
    },
    /// Microsoft's edge of a circuit: the packet turns and arrives over the gateway of a virtual network. The packet
    /// followed a route that this gateway advertises, or a site's route with a shorter prefix than this gateway's.
    Turned {
        /// The virtual network whose gateway advertises the prefix.
        network: VirtualNetworkId,
        /// The position of the prefix in the network file.
        span: Span,
    },
    /// Microsoft's edge of a circuit: it is unknown whether the packet turns there.
    TurnUnknown {
        /// The reason why it is unknown.
        doubt: TurnDoubt,
        /// The position in the network file of the prefix that a gateway advertises.
        span: Span,
    },
    /// A virtual hub advertises the prefix to a site over circuits or a tunnel, or to a connected virtual network.
    VirtualHub {
        /// The hub.
        hub: VirtualHubId,
        /// The circuits over which a site learns the prefix; empty for a tunnel, and inside a virtual network.
        circuits: Vec<CircuitId>,
        /// The position of the advertised prefix in the network file.
        span: Span,
    },
    /// An address of a virtual hub itself.
    HubItself {
        /// The hub.
        hub: VirtualHubId,
        /// The position of the hub's prefix in the network file.
        span: Span,
    },
    /// A virtual hub learned the prefix from a circuit or a tunnel.
    HubLearned {
        /// The hub.
        hub: VirtualHubId,
        /// The circuits over which the prefix was learned; empty for tunnels.
        circuits: Vec<CircuitId>,
        /// The other hub that advertises the prefix on these circuits, if there is one. In that case, packets turn at
        /// Microsoft's edge.
        turned: Option<VirtualHubId>,
        /// The position of the advertised prefix in the network file.
        span: Span,
    },
    /// A virtual hub forwards the packet to another hub.
    OtherHub {
        /// The hub to which the packet is forwarded.
        hub: VirtualHubId,
        /// The position in the network file of the route that the other hub advertised.
        span: Span,
    },
    /// The routing intent of a virtual hub sends the packet through a firewall.
    HubFirewall {
        /// The hub.
        hub: VirtualHubId,
        /// The firewall of the hub.
        firewall: HubFirewallId,
        /// Where the firewall is named in the network file.
        span: Span,
    },
    /// A public address of Azure Storage in the region of a virtual hub. Packets to it bypass the hub's firewall
    /// (Microsoft, *Virtual WAN FAQ*).
    HubStorage {
        /// The hub.
        hub: VirtualHubId,
        /// Where the firewall is named in the network file.
        span: Span,
    },
    /// A virtual hub: the outcome for the packet is not documented.
    HubUnknown {
        /// What is not documented.
        doubt: HubDoubt,
        /// The position in the network file of the prefix or setting with the undocumented effect.
        span: Span,
    },
    /// The gateway of a virtual network advertises routes to a site. Its Route Server learned these routes from
    /// appliances, or from the gateway's other connections.
    RouteServer {
        /// The virtual network.
        network: VirtualNetworkId,
        /// The circuits over which the site learns the prefix; empty for a tunnel.
        circuits: Vec<CircuitId>,
        /// The position of the advertised prefix in the network file.
        span: Span,
    },
    /// Inside a virtual network: a Route Server learned the prefix from appliances, which are the next hops.
    Injected {
        /// The virtual network of the Route Server.
        network: VirtualNetworkId,
        /// The next hops, ascending: appliances, or a load balancer in front of appliances. If there are several, flows
        /// are shared among them.
        next_hops: Vec<std::net::IpAddr>,
        /// The position of the advertised prefix in the network file.
        span: Span,
    },
    /// An appliance forwards the packet over a tunnel of its own.
    OwnTunnel {
        /// The appliance at the other end of the tunnel; `None` if the file does not describe it.
        to: Option<(VirtualNetworkId, ApplianceId)>,
        /// The position in the network file of the prefix that the appliance advertises.
        span: Span,
    },
    /// No document states which routes a Route Server uses.
    RouteServerUnknown {
        /// What is not documented.
        doubt: RouteServerDoubt,
        /// The position in the network file of the prefix or setting with the undocumented effect.
        span: Span,
    },
    /// The packet returns to a router that it already passed, and loops until its time to live expires.
    Loop {
        /// The position in the network file of the route that points back.
        span: Span,
    },
    /// The route table of a `GatewaySubnet` prevents the gateway from working, so the path of packets that arrive
    /// over it is unknown.
    GatewayTable {
        /// What is wrong.
        fault: TableFault,
        /// The position of the fault in the network file.
        span: Span,
    },
    /// An Azure Firewall learned a default route and therefore has no default route to the internet. The path of
    /// packets that reach the firewall is unknown.
    FirewallDefault {
        /// The position in the network file of the line from which the firewall learned the default route.
        span: Span,
    },
    /// It is unknown which of two paths is used, because the decision depends on the unknown AS path length of the
    /// internet route.
    UnknownPath {
        /// The paths, in the order of the sessions.
        ways: [Disposition; 2],
        /// Where the table without AS paths is named in the network file.
        span: Span,
    },
    /// It is unknown which of two paths is used, because a route map matches on an attribute that the route table does
    /// not contain.
    UnknownPolicy {
        /// The paths.
        ways: [Disposition; 2],
        /// The attribute that the table does not contain.
        missing: Missing,
        /// Where the table is named in the network file.
        span: Span,
    },
    /// It is unknown which of two paths is used, because their routes are equal in all known attributes.
    UnknownTie {
        /// The paths, in the order of the sessions.
        ways: [Disposition; 2],
        /// The property that would decide between the two paths.
        tie: Tie,
        /// The position in the network file of the line that produced one of the routes.
        span: Span,
    },
    /// The default route of the site's internet edge.
    DefaultRoute {
        /// The site to which the edge belongs.
        site: SiteId,
        /// The position of the edge in the network file.
        span: Span,
    },
    /// The site's internet edge denies packets to the destination.
    Denied {
        /// The site to which the edge belongs.
        site: SiteId,
        /// The position of the rule in the network file.
        span: Span,
    },
    /// An appliance denies packets to the destination.
    DeniedByAppliance {
        /// The appliance.
        device: Device,
        /// The position of the rule in the network file.
        span: Span,
    },
    /// Only a default route to the internet matches, and the internet does not route the address.
    NotRoutedOnInternet {
        /// The special-purpose block.
        block: &'static SpecialBlock,
        /// The position in the network file of the internet edge, or of the user's default route.
        span: Span,
    },
    /// A NAT64 translator of the company forwards packets to the IPv4 address embedded in the address. The path to that
    /// IPv4 address decides.
    Translated {
        /// The position of the translator's prefix in the network file.
        span: Span,
    },
    /// The address embeds an IPv4 address that a NAT64 translator does not translate (RFC 6052 section 3.1).
    NotTranslated {
        /// The special-purpose block.
        block: &'static SpecialBlock,
        /// The position of the translator's prefix in the network file.
        span: Span,
    },
    /// No route matches.
    NoRoute,
}
