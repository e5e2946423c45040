//! Every diagnostic code once: its name, title and explanation.

use std::fmt;

/// A stable name of a kind of diagnostic, such as `network::unknown-key`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(&'static str);

impl Code {
    /// The name.
    pub fn name(self) -> &'static str {
        self.0
    }

    /// The code of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        CODES.iter().find(|entry| entry.code.0 == name).map(|entry| entry.code)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

/// A code with what it means.
#[derive(Clone, Copy, Debug)]
pub struct CodeEntry {
    /// The code.
    pub code: Code,
    /// What it says, in a few words.
    pub title: &'static str,
    /// Why it is said and how to mend it.
    pub explanation: &'static str,
}

/// Declares each code as a constant of [`Code`] and lists it in [`CODES`].
macro_rules! codes {
    ($($constant:ident = $name:literal, $title:literal, $explanation:literal;)*) => {
        impl Code {
            $(#[doc = $title] pub const $constant: Self = Self($name);)*
        }

        /// Every code, ordered by name.
        pub const CODES: &[CodeEntry] = &[
            $(CodeEntry { code: Code::$constant, title: $title, explanation: $explanation },)*
        ];
    };
}

codes! {
    CHECK_ADDRESS = "check::address", "an address cannot be read",
        "An address stands without a length, as `10.20.5.4` or `2001:db8::4`. Source and destination of a flow are of one family.";
    CHECK_DUPLICATE_ID = "check::duplicate-id", "two checks have one id",
        "Outcomes, waivers and reports go by the id, so it is unique among the checks of the network file and of the file beside it.";
    CHECK_DUPLICATE_KEY = "check::duplicate-key", "a key stands twice in one mapping",
        "Other readers keep the first or the last and say nothing. Often a `-` is missing where the next check begins.";
    CHECK_MISSING_KEY = "check::missing-key", "a required key is missing",
        "The formats are described in docs/reference/checks.md and docs/reference/intent.md; `peerpath schema checks` and `peerpath schema intent` print the JSON Schemas, by which editors complete keys.";
    CHECK_PREFIX = "check::prefix", "a prefix cannot be read",
        "A prefix is an address and a length, with all bits behind the length zero. Other bits are taken for a slip and refused with the prefix that was probably meant.";
    CHECK_REFERENCE = "check::reference", "a name refers to nothing",
        "Checks name sites, subnets, circuits and virtual networks of the network file, and service tags, endpoint sets, communities and regions of Microsoft's lists. A check about nothing would hold unnoticed, so an unknown name is refused.";
    CHECK_SHAPE = "check::shape", "the parts of a check do not fit together",
        "A check has `scope` and `expect`, or `flow` and `expect`, or `budget`. A scope names something, an expectation demands something beside what it survives, and a budget bounds something.";
    CHECK_SYNTAX = "check::syntax", "a file of checks or an intent is not valid YAML",
        "The file could not be read as one YAML 1.2 document (JSON is a subset of it). Tags are not used; anchors and aliases may be.";
    CHECK_TYPE = "check::type", "a value has the wrong type",
        "A list, a mapping, a number or text was asked for and something else stands there. Text that looks like a number or a truth value, or that ends in a colon, must be quoted.";
    CHECK_UNKNOWN_KEY = "check::unknown-key", "a key has no meaning here",
        "Unknown keys are errors, so that typos are not silently ignored. The formats are described in docs/reference/checks.md and docs/reference/intent.md.";
    CHECK_VALUE = "check::value", "a value is none of those allowed",
        "The key takes one of a few words, a day as `2026-12-31`, a number of addresses as `4096` or `2^64`, or a bound on bytes as `500 MB` or `0.5%`.";
    CHECK_VERSION = "check::version", "the file has a version that this program does not read",
        "The meaning of keys may change between versions, so nothing else of the file was judged.";
    LINT_ADVERTISED_TWICE = "lint::advertised-twice", "a prefix is advertised on two circuits alike",
        "Microsoft sends answers to the longest prefix, then by the shorter AS path. Where two circuits advertise one prefix with paths of one length, it happens to pick one; a stateful edge at the other drops the answers. Advertise a prefix of its own on each circuit, or prepend a public number on one. Source: Microsoft, expressroute-optimize-routing; Power Platform guidance, planning-expressroute.";
    LINT_APPLIANCE = "lint::appliance", "what an appliance does is not evaluated",
        "A route of a route table leads packets, or answers, to an appliance. It forwards, translates or drops them by routes and rules of its own, which the network file does not hold. The path of packets that it gets is `unknown`, and so is what becomes of answers that it gets. Source: Microsoft, virtual-networks-udr-overview.";
    LINT_AZURE_DEVOPS = "lint::azure-devops", "12076:5050 is Azure DevOps alone",
        "The community is called `Azure Global Services`, but carries Azure DevOps and nothing else. Other Azure services come with the community of their region. Source: Microsoft, expressroute-routing.";
    LINT_CAPACITY = "lint::capacity", "what is left does not carry the peak",
        "Each of the two links of a circuit carries its full bandwidth, for both peerings together, and one has to carry everything when the other fails or is maintained. Offered more, it drops the rest. 20 % of headroom is the least, 50 % the aim. The load is what `peak` says of each connection. When a whole circuit is lost, the other circuits of its sites take over, or the internet edge. Source: Microsoft, expressroute-faqs; network-planning-with-expressroute; Power Platform guidance, checklist.";
    LINT_CIRCUITS_ALIKE = "lint::circuits-alike", "nothing tells which of two circuits carries a service",
        "All circuits bring the same prefixes of a community. A site with several picks one by chance, and may cross a continent to the farther one. A local preference by the region's community, or the metric of the way to the circuit, sends traffic over the nearer. Source: Microsoft, expressroute-optimize-routing; Power Platform guidance, checklist (geographic distribution).";
    LINT_CONNECTIONS_DIFFER = "lint::connections-differ", "the two connections advertise different addresses",
        "Microsoft sends answers over either connection and asks for the same routes on both. What one alone advertises is not reached while that connection fails or is maintained. To prefer one, advertise longer prefixes or a longer path beside the same addresses. Source: Microsoft, expressroute-routing; designing-for-high-availability-with-expressroute.";
    LINT_CRM_ONLINE = "lint::crm-online", "12076:5040 does not carry Dynamics 365 of today",
        "The community `CRM Online` is for Dynamics 365 version 8.2 and earlier. Version 9 and Power Platform come with the regional communities of the environment's regions. Source: Microsoft, expressroute-routing.";
    LINT_EQUAL_CIRCUITS = "lint::equal-circuits", "more equal circuits than share flows",
        "Flows from a virtual network are shared among 4 equal circuits at most; others wait unused until one fails. Source: Microsoft, expressroute-faqs.";
    LINT_FAST_PATH = "lint::fast-path", "FastPath does not work as it is set up",
        "FastPath needs a gateway of UltraPerformance or ErGw3AZ, or of ErGwScale with 10 units at least. On a circuit of a provider it leads into the virtual network of the gateway alone: whether user routes of `GatewaySubnet` count there is told in different ways, so packets may pass a firewall by. On ExpressRoute Direct they count. Source: Microsoft, about-fastpath (2025-03-20); expressroute-about-virtual-network-gateways; expressroute-faqs.";
    LINT_FORCED_TUNNELLING = "lint::forced-tunnelling", "a default route on private peering draws all traffic",
        "Virtual networks that learn a default route send everything on-premises, to Azure's public services too. Entry from the internet and Windows activation break unless provided for. When the route is withdrawn, Azure's own default route takes all to the internet, unless a security group denies it. Source: Microsoft, expressroute-routing; expressroute-faqs; virtual-networks-udr-overview.";
    LINT_GATEWAY_CIRCUITS = "lint::gateway-circuits", "more circuits than a gateway takes",
        "A gateway takes 4 circuits of one peering location, and 4, 8 or 16 in all by its size. Source: Microsoft, expressroute-about-virtual-network-gateways; expressroute-faqs.";
    LINT_GATEWAY_DROPS = "lint::gateway-drops", "what comes in over a gateway is dropped behind it",
        "Packets from sites follow the effective routes of `GatewaySubnet`, its route table included, and those of the subnet of each appliance that they are led to. A route to `none` or to the internet there, or an appliance from which nothing leads on, drops what a site sends to a virtual network, although the circuit and the peering are up. Source: Microsoft, virtual-networks-udr-overview; firewall-multi-hub-spoke.";
    LINT_GATEWAY_NEXT_HOP = "lint::gateway-next-hop", "a route leads to a gateway that ends no tunnel",
        "A route of a route table can lead to a VPN gateway, but never to an ExpressRoute gateway, whose routes come by BGP alone. Where no tunnel ends at the gateway that the subnet uses, what the route matches is dropped. Source: Microsoft, virtual-networks-udr-overview; expressroute-about-virtual-network-gateways.";
    LINT_GATEWAY_PREFIX_COUNT = "lint::gateway-prefix-count", "a gateway advertises near or past a limit",
        "A gateway advertises 1,000 IPv4 and 100 IPv6 prefixes on a connection to a circuit, of its own virtual network and of those peered that use it. Past it, the circuit and the gateway are disconnected. Reported from 80 %. Source: Microsoft, expressroute-faqs.";
    LINT_GATEWAY_ROUTES = "lint::gateway-routes", "a gateway has routes near or past a limit",
        "A gateway learns 4,000 routes (ErGw1AZ), or 9,500 (larger ones), and should have no more than 11,000 in all, virtual networks, peered ones and on-premises together. Reported from 80 %. Source: Microsoft, expressroute-about-virtual-network-gateways; expressroute-faqs.";
    LINT_GATEWAY_SUBNET = "lint::gateway-subnet", "a gateway's subnet cannot be used so",
        "`GatewaySubnet` needs a /27 at least, a /26 for 16 circuits, and a /64 for IPv6. A default route of one's own is not supported on it, a route that holds its own addresses and leads to an appliance or to none keeps the gateway from being made, and with propagation of routes switched off there it does not work. Source: Microsoft, expressroute-about-virtual-network-gateways; virtual-networks-udr-overview.";
    LINT_GATEWAY_THROUGHPUT = "lint::gateway-throughput", "a gateway carries less than its circuit",
        "Gateways carry 1, 2 or 10 Gbps by size, ErGwScale up to 40. What a larger circuit brings above that is dropped, unless FastPath goes past the gateway. Source: Microsoft, expressroute-about-virtual-network-gateways.";
    LINT_INTERNET_ALIKE = "lint::internet-alike", "nothing prefers ExpressRoute to the internet",
        "Azure's prefixes are on the internet too, as long as on ExpressRoute. Where an edge learns both, the shorter path wins, which may be either. A local preference on what ExpressRoute brings settles it. Source: Microsoft, expressroute-faqs; expressroute-optimize-routing.";
    LINT_INTERNET_AND_CIRCUIT = "lint::internet-and-circuit", "the same addresses are announced to the internet and to Microsoft",
        "Microsoft answers to the longest prefix, and over ExpressRoute where both are as long. Clients that left over the internet then get their answers over the circuit, and a stateful edge drops them. Use one pool for the internet and another for the circuit, each announced on its own way only. Source: Microsoft, expressroute-asymmetric-routing; expressroute-nat.";
    LINT_LOOP = "lint::loop", "packets circle",
        "A packet that an appliance forwards is looked up again in the effective routes of its own subnet. Where these lead back, to itself or over another appliance, the packet circles until its time to live has run out. An appliance needs a subnet of its own, whose route table does not lead to it, and of two appliances one has to lead on. Source: Microsoft, virtual-networks-udr-overview; RFC 1812 section 5.3.1.";
    LINT_MICROSOFT_365_AUTHORIZATION = "lint::microsoft-365-authorization", "Microsoft 365 needs Microsoft's authorization",
        "The communities of Exchange, SharePoint, Skype for Business and other Office 365 may be used only after Microsoft has authorized the circuit. Without it, attaching the route filter fails. Where it is given, write `authorized: [microsoft-365]` at the circuit; where not, take the entries out. Source: Microsoft, how-to-routefilter-portal; expressroute-routing.";
    LINT_MICROSOFT_365_BESIDE_REGIONS = "lint::microsoft-365-beside-regions", "Microsoft 365 travels with regional services, perhaps unmeant",
        "Power Platform and Azure need regional communities only. Communities of Microsoft 365 in the same filter draw its traffic onto the circuit too, with its bandwidth and its NAT. Where that is meant, `authorized: [microsoft-365]` at the circuit says so. Source: Power Platform guidance, things-to-consider and checklist.";
    LINT_MICROSOFT_365_PREMIUM = "lint::microsoft-365-premium", "Microsoft 365 needs a Premium circuit",
        "Microsoft offers the communities of Microsoft 365 on circuits with the Premium add-on only. On another, they are never advertised. Source: Microsoft, expressroute-faqs.";
    LINT_NAT_PER_CONNECTION = "lint::nat-per-connection", "each connection has a NAT pool of its own",
        "With a pool for each connection, the failure of a connection makes its pool unreachable: flows break and begin anew from the other pool, and servers published on it are gone until it is back. A pool that both connections share, translated before they part, survives. Source: Microsoft, designing-for-high-availability-with-expressroute (NAT options).";
    LINT_NAT_SHARED = "lint::nat-shared", "two ways out share a NAT pool",
        "Answers come back over the circuit, or to the internet edge, that Microsoft prefers for the pool, whichever circuit the client's packets took. Each circuit has a translation table of its own, and drops answers of the other's. Give each circuit a pool of its own. Source: Power Platform guidance, planning-expressroute; Microsoft 365, routing-with-expressroute.";
    LINT_NEXT_HOP = "lint::next-hop", "a route leads to an appliance that is not at hand",
        "The next hop of a route to an appliance has to be reachable without a gateway: in the virtual network of the subnet, or in one that is peered with it directly. An address at a site, behind a circuit or two peerings away is not valid, so the path of packets that the route takes is `unknown`. Put the appliance where the subnet reaches it, or let the site announce the prefix instead. Source: Microsoft, virtual-networks-udr-overview.";
    LINT_NO_BFD = "lint::no-bfd", "a session is not watched by BFD",
        "Without BFD a dead link shows when the hold timer ends, after up to 180 s; with it within about a second. Microsoft's side has it configured; switch it on at your edge. Source: Microsoft, expressroute-bfd.";
    LINT_NO_CIRCUIT = "lint::no-circuit", "a site has no circuit to Microsoft's services",
        "The network has circuits with Microsoft peering and the site uses none of them, so its traffic to Microsoft stays on the internet. That may be meant. Source: Power Platform guidance, checklist (geographic distribution).";
    LINT_NO_CONNECTION = "lint::no-connection", "a peering has no session",
        "With both connections down, or switched off, nothing travels over the peering. Microsoft peering has no other backup than the internet, where clients appear with other addresses and existing flows break. Source: Microsoft, expressroute-howto-coexist-resource-manager; expressroute-routing.";
    LINT_NO_DEFAULT_ROUTE = "lint::no-default-route", "a site has no default route",
        "Much of Microsoft's services never comes over ExpressRoute: content delivery networks, certificate revocation lists, DNS, the Microsoft 365 endpoints without ExpressRoute support. A site without a default route does not reach them. Source: Power Platform guidance, checklist; Microsoft, expressroute-faqs.";
    LINT_NO_NAT = "lint::no-nat", "clients leave over Microsoft peering untranslated",
        "Microsoft takes public addresses that are advertised on the peering, and no others. Clients with other addresses are translated to a pool that is. Without one, their packets are dropped or answered over the internet. Source: Microsoft, expressroute-nat.";
    LINT_NO_OUTBOUND = "lint::no-outbound", "nothing leaves a subnet for the internet",
        "A subnet without default outbound access (`default_outbound_access: false`, the default of virtual networks since 2026-03-31) needs a NAT gateway, public addresses or outbound rules of a load balancer, or a route to a firewall; a route to the internet alone does not help. Where a route of the file leads to the internet, or an appliance is to send on what others give it, this is a warning, else an advice: a subnet may be closed on purpose. Source: Microsoft, default-outbound-access (2025-12-03).";
    LINT_NO_ROUTE_FILTER = "lint::no-route-filter", "Microsoft advertises nothing without a route filter",
        "On a Microsoft peering configured on or after 2017-08-01, Microsoft advertises no prefix until a route filter is attached. All traffic to Microsoft stays on the internet. Source: Microsoft, how-to-routefilter-portal.";
    LINT_ONE_CONNECTION = "lint::one-connection", "a peering stands on one of its two connections",
        "Each peering has two connections to two routers of Microsoft, which maintains one at a time. With one session the peering fails with it, and the service level agreement does not hold. Source: Microsoft, expressroute-routing; designing-for-high-availability-with-expressroute.";
    LINT_ONE_WAY = "lint::one-way", "traffic passes an appliance in one direction alone",
        "A firewall that keeps sessions drops what belongs to none that it saw from the start. Both directions have to pass it: the subnet needs a route to it for the site, and `GatewaySubnet` one for each virtual network behind the gateway, with exactly the prefix that peering brings (in its own virtual network, with that of the subnet), since a shorter one loses. Between virtual networks both subnets need one. Where the file does not say whether an appliance keeps sessions (`stateful`), this is an advice. Source: Microsoft, firewall-multi-hub-spoke; virtual-networks-udr-overview.";
    LINT_OTHER_EDGE = "lint::other-edge", "the edge at which a circuit ends is not evaluated",
        "A site that reaches a circuit over the company's network (`metric`) hands packets to the edge at which the circuit ends. That edge looks them up in its own table and may send them elsewhere: to its internet edge, where its provider announces a longer prefix, or to another circuit. Paths are told as if it took the circuit. Source: RFC 4271 section 9.1.";
    LINT_OUT_OF_REACH = "lint::out-of-reach", "a route filter asks for a region that the circuit does not reach",
        "Local circuits reach the regions of their peering location, Standard circuits those of its geopolitical region, Premium circuits all of the cloud. A community of another region is never advertised, and its traffic stays on the internet. Source: Microsoft, expressroute-faqs; expressroute-locations.";
    LINT_PATH_LENGTH_IGNORED = "lint::path-length-ignored", "an edge does not look at the length of paths",
        "Before Microsoft maintains a connection it lengthens the paths on it, so that traffic leaves it. An edge that ignores the length keeps sending, and its packets are lost. Source: Microsoft, expressroute-faqs; designing-for-high-availability-with-expressroute.";
    LINT_PEAK_MISSING = "lint::peak-missing", "the load of a link is not known",
        "Other links of the file have a `peak`, this one has none, so whether it carries what comes to it when another is lost cannot be told. Write `peak` at the connections of a circuit, `bandwidth` and `peak` at an internet edge. Source: Power Platform guidance, checklist (bandwidth of the network).";
    LINT_PEER_ADDRESS = "lint::peer-address", "an address on a session is not Microsoft's",
        "Each session has a /30, or a /126 for IPv6. The first usable address is the customer's, the second Microsoft's. Source: Microsoft, expressroute-routing.";
    LINT_POWER_PLATFORM_PAIR = "lint::power-platform-pair", "a region of a Power Platform pair is missing",
        "Power Platform has no community of its own: its environments run in a pair of Azure regions, and both regional communities are needed. With one, a part of its traffic stays on the internet. Where no Power Platform is used, the finding can be left. Source: Power Platform guidance, understanding-architecture; admin, vnet-support-overview.";
    LINT_PREFIX_COUNT = "lint::prefix-count", "the number of prefixes is near or past a limit",
        "Microsoft takes a limited number of prefixes on a session: 200 of each family on Microsoft peering; 4,000 IPv4 (Premium 10,000) and 100 IPv6 on private peering. Past it, the session drops until there are fewer. Reported from 80 %. Aggregate prefixes. Source: Microsoft, expressroute-routing; expressroute-faqs.";
    LINT_PUBLISHED = "lint::published", "a published server is not reached, or its answers are dropped",
        "A server answers by the routes of its site, whatever the packet came in by. Mail that Microsoft sends over the internet is answered over the circuit, where the route filter brings the sender's prefix; what any of Microsoft's servers sends to a prefix that is advertised on a circuit is answered over the internet, where no circuit brings the sender's. A stateful edge drops both. Translate the source of what comes in at that edge, so that the server answers to it, and write `inbound_source_nat: true` there; `peerpath explain ADDRESS --to SERVER` tells it for one sender. Source: Microsoft, expressroute-nat; expressroute-asymmetric-routing; Microsoft 365, routing-with-expressroute.";
    LINT_RESERVED_PREPEND = "lint::reserved-prepend", "a route map prepends a number for documents",
        "The numbers 64496 to 64511 are kept for documents (RFC 5398). Microsoft refuses a route with one in its path, and so does much of the internet. Source: Microsoft, expressroute-routing.";
    LINT_RESILIENCY = "lint::resiliency", "the loss of one peering location cuts off",
        "Microsoft grades circuits by the places that they depend on. Standard resiliency: one peering location, whose loss takes every circuit there. High: a circuit of a Metro location, of which each connection ends at a site of its own in one city. Maximum: circuits of two peering locations at one gateway, both with the same prefixes; what one location alone advertises is standard again. A tunnel as backup is not recommended for what needs bandwidth or short delays. Source: Microsoft, design-architecture-for-resiliency (2024-04-18); metro (2024-06-03).";
    LINT_ROUTE_SERVER_EXCHANGE = "lint::route-server-exchange", "a Route Server and a VPN gateway exchange no routes",
        "With branch-to-branch a Route Server exchanges routes with the gateways of its virtual network. With a VPN gateway it does so only where that one is active-active and has the autonomous system 65515. Source: Microsoft, route-server-faq; how-to-configure-coexisting-gateway-portal.";
    LINT_ROUTE_SERVER_IPV6 = "lint::route-server-ipv6", "a virtual network with a Route Server has IPv6 addresses",
        "Azure Route Server does not support IPv6, and where it is deployed in a virtual network with IPv6 addresses, IPv6 does not work there any more. Source: Microsoft, route-server-faq (2025).";
    LINT_ROUTE_SERVER_PREFIX = "lint::route-server-prefix", "a Route Server does not use what an appliance advertises",
        "A Route Server programs no route that is equal to a prefix of its virtual network or of a peered one, or lies in one; a shorter one that covers it is used. It refuses what has 65515 in its path, as all that another Route Server passed on has. Source: Microsoft, route-server-faq.";
    LINT_ROUTE_SERVER_PREPEND = "lint::route-server-prepend", "a longer path does not reach sites",
        "Microsoft's edge takes private autonomous systems out of what it passes on to sites over private peering, those that an appliance prepends too. A route that is meant as a backup is as good as others there. Source: Microsoft, route-server-faq.";
    LINT_ROUTE_SERVER_ROUTES = "lint::route-server-routes", "an appliance tells a Route Server near or past a limit",
        "A Route Server takes 4,000 routes of a peer (1,000 in 2023), current and new ones of an update together. Past it the session is torn down, and all routes of the appliance are gone. Source: Microsoft, route-server-faq.";
    LINT_ROUTE_TABLE_UNUSED = "lint::route-table-unused", "a route table does nothing",
        "A route table counts where a subnet has it, and a route of it where none wins against it: the longest prefix first, then user routes before those of the gateway and of the system. At a gateway only what comes in over it is looked up, and the address space of each peered virtual network is a route there, so that a summary of several is never chosen. Source: Microsoft, virtual-networks-udr-overview; firewall-multi-hub-spoke.";
    LINT_SERVICE_TAG_ROUTES = "lint::service-tag-routes", "more routes to service tags than a route table takes",
        "A route table takes 25 routes to service tags. Source: Microsoft, virtual-networks-udr-overview.";
    LINT_SESSION_IN_VIRTUAL_NETWORK = "lint::session-in-virtual-network", "a session is numbered from a virtual network",
        "The subnets of sessions must not overlap with the address space of any virtual network: the one hides the other. Source: Microsoft, expressroute-routing.";
    LINT_SESSION_SUBNET_ADVERTISED = "lint::session-subnet-advertised", "the subnet of another circuit's session is advertised to Microsoft",
        "The subnets that the sessions of circuits are numbered from must not be advertised to Microsoft over another circuit. Source: Microsoft, expressroute-nat.";
    LINT_SPOKES_APART = "lint::spokes-apart", "virtual networks behind a hub do not reach each other",
        "Peering passes nothing on: two virtual networks that are peered with a third reach each other over an appliance in it, by route tables on both sides and with `allow_forwarded_traffic`, or over a peering of their own. Where route tables lead them to an appliance and they do not meet all the same, this is a warning; where none does, an advice, since they may be kept apart on purpose. Source: Microsoft, virtual-network-manage-peering; virtual-network-peering-overview; firewall-multi-hub-spoke.";
    LINT_TUNNEL_ALIKE = "lint::tunnel-alike", "nothing prefers a circuit to a tunnel",
        "A gateway prefers the circuit to the tunnel for the same prefix. A site has no such rule, and what Azure announces has a path as long over both: the older route counts, so that it may send over the tunnel what comes back over the circuit. A local preference above 100 on what private peering brings keeps both directions on the circuit. Source: Microsoft, use-s2s-vpn-as-backup-for-expressroute-privatepeering.";
    LINT_TUNNEL_UNDERLAY = "lint::tunnel-underlay", "a tunnel over Microsoft peering travels over the internet",
        "A tunnel over Microsoft peering goes to the public address of the gateway. The circuit brings it only if the route filter holds the community of the gateway's region; without, the tunnel comes up over the internet, and nothing shows it. Source: Microsoft, site-to-site-vpn-over-microsoft-peering.";
    LINT_VIRTUAL_NETWORK_LINKS = "lint::virtual-network-links", "more virtual networks than a circuit leads to",
        "A circuit leads to 10 virtual networks; with Premium to 20 (50 Mbps), 25 (100 and 200 Mbps), 40 (500 Mbps), 50 (1 Gbps), 60 (2 Gbps), 75 (5 Gbps) or 100. The next connection cannot be made. Source: Microsoft, expressroute-faqs.";
    LINT_VIRTUAL_NETWORK_OUT_OF_REACH = "lint::virtual-network-out-of-reach", "a circuit does not reach the region of its virtual network",
        "Local circuits reach the regions of their peering location, Standard circuits those of its geopolitical region. A virtual network of another region needs a Premium circuit. Source: Microsoft, expressroute-faqs.";
    LINT_VIRTUAL_NETWORK_UNREACHED = "lint::virtual-network-unreached", "no site reaches a virtual network",
        "A virtual network is reached over a circuit's private peering, over a tunnel of a site, or over a peered virtual network whose gateway it uses. With none of them, its private endpoints are not reached from any site either. Source: Microsoft, expressroute-about-virtual-network-gateways.";
    LINT_ZONES = "lint::zones", "a gateway is not zone-redundant",
        "Gateways of the sizes Standard, HighPerformance and UltraPerformance are not spread over availability zones, so that the loss of a datacenter may cut off what is behind them. Microsoft recommends zone-redundant gateways and migrates existing ones (ErGw1AZ to ErGw3AZ, ErGwScale). Source: Microsoft, design-architecture-for-resiliency (2024-04-18); expressroute-about-virtual-network-gateways.";
    NETWORK_ADDRESS = "network::address", "an address cannot be read or used",
        "An address stands without a length, as `10.20.5.4` or `2001:db8::4`. A session and a published server have one of a family at most, and a server is published at a public one.";
    NETWORK_APPLIANCE = "network::appliance", "an address cannot be an appliance's",
        "An appliance forwards by the effective routes of its subnet, so all its addresses, a load balancer's before it included, lie in one subnet; what has an interface in each of two is two appliances. `GatewaySubnet` is for gateways alone. An address stands once, and is no private endpoint's. Source: Microsoft, expressroute-about-virtual-network-gateways.";
    NETWORK_AUTONOMOUS_SYSTEM = "network::autonomous-system", "an autonomous system number that cannot be used here",
        "0, 23456, 65535 and 4294967295 are reserved. Towards Microsoft, 12076 is its own, 65515 to 65520 are kept by it, and 64496 to 64511 are refused in any path (Microsoft, ExpressRoute routing requirements).";
    NETWORK_BANDWIDTH = "network::bandwidth", "a bandwidth cannot be read",
        "A bandwidth is a figure above zero with its unit, Mbps or Gbps (decimal). A figure alone is refused, because it has been read as either.";
    NETWORK_BANDWIDTH_STEP = "network::bandwidth-step", "circuits are not sold with this bandwidth",
        "Providers sell 50, 100, 200 and 500 Mbps and 1, 2, 5 and 10 Gbps; ExpressRoute Direct also 40, 100, 200 and 400 Gbps. Another figure is taken as it stands.";
    NETWORK_CLOUD = "network::cloud", "the network, its locations and the catalog are of different clouds",
        "Microsoft's public, government and China clouds share neither addresses nor circuits, and a circuit of one reaches nothing of another. The network file, the peering locations and the catalog (`--cloud`) must name the same.";
    NETWORK_COMMUNITY = "network::community", "a community is unknown",
        "A route filter lists communities by value (`12076:51002`), by the name that Microsoft exports or documents (`Exchange`), or by region (`West Europe`). A community without known routes would let traffic stay on the internet unnoticed, so it is refused. In a route map a value may have stars (`12076:51*`), and any value of your own is taken.";
    NETWORK_COMMUNITY_PRIVATE = "network::community-private", "a route filter names a community of private peering",
        "The values 12076:50NNN mark regions on private peering. On Microsoft peering the region has 12076:51NNN, and a route filter takes only those.";
    NETWORK_DEFAULT_ROUTE = "network::default-route", "a default route on Microsoft peering",
        "Microsoft accepts a default route on private peering only. On Microsoft peering, public prefixes are advertised.";
    NETWORK_DUPLICATE_KEY = "network::duplicate-key", "a key stands twice in one mapping",
        "Other readers keep the first or the last and say nothing. Often a `-` is missing where the next list entry begins.";
    NETWORK_DUPLICATE_NAME = "network::duplicate-name", "two things have one name",
        "Sites, virtual networks, and the ways out (circuits, internet edges and tunnels together) have unique names; so have published servers, route maps, prefix lists, route tables, and the subnets, appliances and private endpoints of a virtual network. Reports and references go by them.";
    NETWORK_EMPTY = "network::empty", "there is nothing to judge traffic by",
        "Traffic begins at a site, and a client's site is known by its address. A network needs one site at least, and each site one client prefix, unless it has circuits or an internet edge: an edge router without clients. A published server needs an address that it is reached at, and an appliance one that routes name.";
    NETWORK_GATEWAY = "network::gateway", "a gateway lists what does not lead to it",
        "Which virtual networks a circuit leads to is said at its private peering, and which a tunnel leads to at its site. A gateway's lists add the weight of such connections; they make none.";
    NETWORK_LOCATION = "network::location", "a peering location is unknown",
        "The peering location decides which regions a Local or Standard circuit reaches. For an unknown one that reach is unknown, and so is the path to regional services; Premium reaches every region from anywhere.";
    NETWORK_MISSING_KEY = "network::missing-key", "a required key is missing",
        "The format is described in docs/reference/network-file.md; `peerpath schema network` prints its JSON Schema, by which editors complete keys.";
    NETWORK_NAT_NOT_ADVERTISED = "network::nat-not-advertised", "a NAT pool is not advertised on its peering",
        "Microsoft sends answers over a circuit only to addresses that are advertised there. Otherwise they come back over the internet, and a stateful edge drops them.";
    NETWORK_NEXT_HOP = "network::next-hop", "a route table's next hop cannot be used",
        "A route of a route table leads to `virtual-appliance ADDRESS`, `internet`, `none`, `virtual-network-gateway` or `virtual-network`. An appliance's address has the family of the prefix.";
    NETWORK_NO_EFFECT = "network::no-effect", "a key has no effect without another",
        "The key changes how another works that is not there. It is ignored.";
    NETWORK_NOT_PUBLIC = "network::not-public", "addresses that are not public on Microsoft peering",
        "Microsoft refuses private, shared, link-local and multicast addresses on Microsoft peering. Clients are translated to a public pool before the circuit.";
    NETWORK_OVERLAP = "network::overlap", "the same addresses belong to two owners",
        "A client's site is known by its address, and so is a virtual network. Two sites must not have the same prefix (one may lie inside another's: the longest prefix counts), and addresses of two virtual networks must not overlap; a site that overlaps with a virtual network is a warning.";
    NETWORK_PEERING = "network::peering", "the two sides of a virtual networks' peering do not fit",
        "A peering of virtual networks carries packets when both sides have it. One side may use the other's gateway if that one has a gateway and allows it, if it has none of its own, and if it uses no other.";
    NETWORK_PREFIX = "network::prefix", "a prefix cannot be read",
        "A prefix is an address and a length, with all bits behind the length zero. In a file that people write, other bits are taken for a slip and refused with the prefix that was probably meant.";
    NETWORK_PREFIX_LIST = "network::prefix-list", "an entry of a prefix list cannot be read",
        "An entry is `PREFIX`, which is that prefix alone, or `PREFIX ge N le M`, which are the prefixes inside it of these lengths; `deny` before it keeps them out of the list. The first entry that matches decides.";
    NETWORK_PREPEND_STRIPPED = "network::prepend-stripped", "a private number is put before a path on Microsoft peering",
        "Microsoft takes private autonomous system numbers (64512 to 65534, 4200000000 to 4294967294) out of paths on Microsoft peering, so they make no path longer. Only public numbers steer the way back.";
    NETWORK_REFERENCE = "network::reference", "a name refers to nothing in the file",
        "Entries of the file name each other (sites their circuits, private peerings their virtual networks, sessions their route maps), letter for letter.";
    NETWORK_REGION = "network::region", "an Azure region is unknown, or has no community",
        "Regions are written as Azure Resource Manager does, such as `westeurope`. An unknown one is kept as it stands. Of some regions the service tags have addresses while no BGP community of Microsoft is known: whether a circuit's SKU reaches them is not judged.";
    NETWORK_REPEATED = "network::repeated", "a list holds the same thing twice",
        "The second is ignored.";
    NETWORK_ROUTE_MAP = "network::route-map", "a part of a route map has no effect",
        "The first clause that matches a route decides, unless it continues; a route that none matches is denied. A clause behind one that matches all is never asked, and a clause that denies changes nothing.";
    NETWORK_ROUTE_SERVER = "network::route-server", "a Route Server cannot be set up so",
        "A Route Server takes 8 peers, each of which is named once, and routes of IPv4 whose next hops lie in its virtual network. Source: Microsoft, route-server-faq.";
    NETWORK_ROUTE_TABLE = "network::route-table", "a table of routes has rows that are not taken as written",
        "A row that cannot be read is left out, and a prefix with bits set behind its length is taken without them; a column of an unknown name is passed over; of two rows for one prefix of one peer by one next hop the later stands. Paths are judged without what is missing, so correct the table. With `--strict` a table with rows that cannot be read is refused.";
    NETWORK_SERVICE_ENDPOINT = "network::service-endpoint", "a service endpoint is unknown",
        "Service endpoints have names such as `Microsoft.Storage`. An unknown one is kept as it stands and gives the subnet no route.";
    NETWORK_SERVICE_TAG = "network::service-tag", "a route table names an unknown service tag",
        "A route of a route table leads to a prefix or to the prefixes of a service tag of this cloud. Without known prefixes it would lead nowhere unnoticed, so it is refused.";
    NETWORK_STATIC_ROUTE = "network::static-route", "a static route leads to a way out that the site does not have",
        "A static route leads to `internet`, `discard`, a tunnel of the site, or a peering of a circuit that the site is attached to, as `er-ams/private` or `er-ams/microsoft/primary`.";
    NETWORK_SUBNET = "network::subnet", "a subnet, appliance or private endpoint lies outside of where it belongs",
        "The prefixes of a subnet lie in the address space of its virtual network, the address of a private endpoint in its subnet, and those of an appliance in a subnet of its virtual network.";
    NETWORK_SYNTAX = "network::syntax", "the network file is not valid YAML",
        "The file could not be read as one YAML 1.2 document (JSON is a subset of it). Tags are not used; anchors and aliases may be.";
    NETWORK_TYPE = "network::type", "a value has the wrong type",
        "A list, a mapping, a number or text was asked for and something else stands there. Text that looks like a number or a truth value, or that ends in a colon, must be quoted.";
    NETWORK_UNKNOWN_KEY = "network::unknown-key", "a key has no meaning here",
        "Unknown keys are errors, so that typos are not silently ignored. The format is described in docs/reference/network-file.md.";
    NETWORK_UNSUPPORTED = "network::unsupported", "something that affects routing is not in the file",
        "`peerpath import` met a setting or a resource that affects routing and that a network file cannot express, or that could not be joined to the rest, and listed it under `unsupported`. Every answer is given without it. Say it in the file as far as it can be said, such as a peering that is left out where no packet passes it, then remove the entry.";
    NETWORK_VALUE = "network::value", "a value is none of those allowed",
        "The key takes one of a few words, or a name without characters that reports and command lines need for themselves.";
    NETWORK_VERSION = "network::version", "the file has a version that this program does not read",
        "The meaning of keys may change between versions, so nothing else of the file was judged.";
    SCENARIO_ACTION = "scenario::action", "an event does not have exactly one action",
        "An event is `at`, one action, and what that action takes: `down` may have `detection`; `reset` and `maintenance` take `for`; `route_filter`, `nat` and `rate` take `to`; `announce` and `withdraw` take `on`.";
    SCENARIO_DUPLICATE_KEY = "scenario::duplicate-key", "a key stands twice in one mapping",
        "Other readers keep the first or the last and say nothing. Often a `-` is missing where the next event begins.";
    SCENARIO_FILE = "scenario::file", "a file that an event swaps in cannot be used",
        "A network file or an edition of the lists is named by its path from the folder of the scenario file. It cannot be read, or has errors of its own, which are told apart.";
    SCENARIO_MISSING_KEY = "scenario::missing-key", "a required key is missing",
        "The format is described in docs/reference/scenario.md; `peerpath schema scenario` prints its JSON Schema, by which editors complete keys.";
    SCENARIO_PREFIX = "scenario::prefix", "a prefix cannot be read",
        "A prefix is an address and a length, with all bits behind the length zero. Other bits are taken for a slip and refused with the prefix that was probably meant.";
    SCENARIO_REFERENCE = "scenario::reference", "a name refers to nothing in the network",
        "Events name circuits, connections, peerings, sessions, internet edges, tunnels and links of the network file, or of one that the scenario swaps in, letter for letter. An event about nothing would change nothing unnoticed, so it is refused.";
    SCENARIO_SYNTAX = "scenario::syntax", "the scenario file is not valid YAML",
        "The file could not be read as one YAML 1.2 document (JSON is a subset of it). Tags are not used; anchors and aliases may be.";
    SCENARIO_TIME = "scenario::time", "a moment or duration cannot be read",
        "A duration is written as `2m`, `1h30m` or `300ms`. A moment is a duration after the first packet, in the time of the replay, or a time of the capture in RFC 3339 with its zone.";
    SCENARIO_TYPE = "scenario::type", "a value has the wrong type",
        "A list, a mapping, a number or text was asked for and something else stands there. Text that looks like a number or a truth value, or that ends in a colon, must be quoted.";
    SCENARIO_UNKNOWN_KEY = "scenario::unknown-key", "a key has no meaning here",
        "Unknown keys are errors, so that typos are not silently ignored. The format is described in docs/reference/scenario.md.";
    SCENARIO_VALUE = "scenario::value", "a value is none of those allowed",
        "The key takes a figure of a range or unit that is described in docs/reference/scenario.md.";
    SCENARIO_VERSION = "scenario::version", "the file has a version that this program does not read",
        "The meaning of keys may change between versions, so nothing else of the file was judged.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_ordered() {
        assert!(CODES.is_sorted_by(|left, right| left.code < right.code));
        assert_eq!(Code::by_name("network::syntax"), Some(Code::NETWORK_SYNTAX));
    }
}
