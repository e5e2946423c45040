//! All diagnostic codes with their names, titles and explanations.

use std::fmt;

/// A stable name of a type of diagnostic, such as `network::unknown-key`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(&'static str);

impl Code {
    /// Returns the name.
    pub fn name(self) -> &'static str {
        self.0
    }

    /// Returns the code with this name.
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

/// A code with its meaning.
#[derive(Clone, Copy, Debug)]
pub struct CodeEntry {
    /// The code.
    pub code: Code,
    /// The problem in a few words.
    pub title: &'static str,
    /// What the code means, why it matters and how to fix it.
    pub explanation: &'static str,
}

/// Declares each code as a constant of [`Code`] and adds it to [`CODES`].
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
        "A check contains an address that is not a valid IPv4 or IPv6 address. Write the address without a prefix length, such as `10.20.5.4` or `2001:db8::4`. The source and destination of a flow must belong to the same address family.";
    CHECK_DUPLICATE_ID = "check::duplicate-id", "two checks have the same id",
        "Two checks use the same id. Outcomes, waivers and reports refer to a check by its id, so an id must be unique across the network file and the checks file that is used with it.";
    CHECK_DUPLICATE_KEY = "check::duplicate-key", "a mapping contains a key twice",
        "A mapping contains the same key more than once. Other readers silently keep the first or the last value. Often a `-` is missing where the next check begins.";
    CHECK_MISSING_KEY = "check::missing-key", "a required key is missing",
        "A check or an intent lacks a required key. The formats are described in docs/reference/checks.md and docs/reference/intent.md. `peerpath schema checks` and `peerpath schema intent` print JSON Schemas that editors can use to complete keys.";
    CHECK_PREFIX = "check::prefix", "a prefix cannot be read",
        "A value is not a valid prefix. A prefix is an address and a length, and its host bits must be zero. A prefix with host bits set is treated as a typo and rejected; the message suggests the prefix that was probably intended.";
    CHECK_REFERENCE = "check::reference", "a name refers to nothing",
        "A check names something that does not exist. Checks can name sites, subnets, circuits and virtual networks in the network file, and service tags, endpoint sets, communities and regions in Microsoft's lists. An unknown name is rejected, because a check that applies to nothing would always pass.";
    CHECK_SHAPE = "check::shape", "the keys of a check do not fit together",
        "A check has an incomplete or contradictory combination of keys. A check needs `scope` and `expect`, or `flow` and `expect`, or `budget`. A scope must select something, an expectation must contain a requirement in addition to `survives` and `return: any`, which cannot be combined with other values of `return`, and a budget must contain a limit.";
    CHECK_SYNTAX = "check::syntax", "a checks file or an intent file is not valid YAML",
        "The file is not a single valid YAML 1.2 document (JSON is a subset of YAML). YAML tags are not supported; anchors and aliases are supported.";
    CHECK_TYPE = "check::type", "a value has the wrong type",
        "A value has a different type than its key requires, such as text instead of a list, a mapping or a number. Quote text that looks like a number or a Boolean value, or that ends in a colon.";
    CHECK_UNKNOWN_KEY = "check::unknown-key", "a key has no meaning here",
        "The file contains a key that the format does not define here. Unknown keys are errors, so that typos are not silently ignored. The formats are described in docs/reference/checks.md and docs/reference/intent.md.";
    CHECK_VALUE = "check::value", "a value is not allowed",
        "The key does not accept this value. Depending on the key, use one of a fixed set of words, a date such as `2026-12-31`, a number of addresses such as `4096` or `2^64`, or a limit on bytes such as `500 MB` or `0.5%`.";
    CHECK_VERSION = "check::version", "this program does not support the version of the file",
        "This program does not support the `version` of the file. The meaning of keys may change between versions, so the rest of the file was not evaluated.";
    LINT_ADVERTISED_ALONE = "lint::advertised-alone", "a prefix is advertised on only one of several circuits",
        "Several circuits are connected to one gateway (or to the hubs of one Virtual WAN), but only one of them advertises a prefix of a site. If that circuit fails, packets from the site may still leave over another circuit, but the gateway has no route for the replies: connections fail although the path of the packets is up. Advertise the prefix, or one that covers it, on a second circuit too; prepend your ASN there if it is only the backup. Prefixes that a tunnel or an appliance advertises are not reported. If no site sends over another circuit, this is only advice, and not given for a circuit at a Metro location. Source: Microsoft, designing-for-disaster-recovery-with-expressroute-privatepeering.";
    LINT_ADVERTISED_TWICE = "lint::advertised-twice", "two circuits advertise the same prefix with equal preference",
        "Two circuits advertise the same prefix to Microsoft with AS paths of the same length. Microsoft routes replies by the longest matching prefix, then by the shortest AS path, so it may use either circuit. If a reply arrives over a circuit whose edge is stateful and has no session for the reply, the edge drops the reply. Advertise a different prefix on each circuit, or prepend a public ASN on one of the circuits. Source: Microsoft, expressroute-optimize-routing; Power Platform guidance, planning-expressroute.";
    LINT_APPLIANCE = "lint::appliance", "the routing of an appliance is not evaluated",
        "A route in a route table sends packets, or replies, to an appliance that the network file does not describe. The appliance forwards, translates or drops them according to its own routes and rules, which are not part of the network file. Beyond the appliance, the path of the packets and the outcome of the replies are `unknown`. Source: Microsoft, virtual-networks-udr-overview.";
    LINT_APPLIANCE_BYPASSED = "lint::appliance-bypassed", "a longer route of the gateway overtakes a user route to an appliance",
        "A route table sends a prefix to an appliance, such as a firewall, but the gateway of the virtual network learned a longer prefix from a site. Azure uses the longest prefix first, and a user route only before other routes to the same prefix. Packets to the site therefore bypass the appliance. Add a user route with the prefix that the gateway learned, or disable the propagation of gateway routes on the table. For the other direction, `GatewaySubnet` needs a route to the appliance with the prefix of the virtual network. A default route is not reported, because it is for what no other route covers. Source: Microsoft, virtual-networks-udr-overview.";
    LINT_AZURE_DEVOPS = "lint::azure-devops", "12076:5050 covers only Azure DevOps",
        "A route filter lists 12076:5050. The community is called `Azure Global Services`, but it contains only Azure DevOps prefixes. Other Azure services are advertised with their regional community. Source: Microsoft, expressroute-routing.";
    LINT_BACKUP_FILTER = "lint::backup-filter", "only one of several circuits has a community in its route filter",
        "A site uses several circuits with Microsoft peering, and their route filters overlap, so they back each other up. One of them has a community that no other has. If that circuit fails, Microsoft advertises the prefixes of this community on no other circuit, and the traffic leaves over the internet, or has no path. The finding states the number of addresses. Add the community to the route filter of the backup, whose SKU must reach the region. Circuits whose route filters have nothing in common are assumed to be separate on purpose. Source: Power Platform guidance, planning-expressroute; Microsoft, how-to-routefilter-portal.";
    LINT_CAPACITY = "lint::capacity", "the remaining bandwidth is not enough for the peak load",
        "The links do not have enough bandwidth for the peak load, either now or after a link or a circuit is lost. Each of the two links of a circuit has the full bandwidth of the circuit, shared by both peerings, and one link must carry all traffic when the other link fails or is under maintenance. Traffic above the bandwidth is dropped. Keep at least 20 % of headroom, and aim for 50 %. `peak` states the load of each connection. When a whole circuit is lost, its traffic moves to the other circuits of its sites, or to the internet edge. Both links of another circuit are then still up and together carry twice its bandwidth, as in the simulator; the finding states what is dropped if one more link fails. If no other circuit ends at the site, the traffic also crosses the links between sites (`wan` with `bandwidth` and `peak`). A gateway carries the throughput of its `sku`. Source: Microsoft, expressroute-faqs; expressroute-about-virtual-network-gateways; network-planning-with-expressroute; Power Platform guidance, checklist.";
    LINT_CIRCUITS_ALIKE = "lint::circuits-alike", "no setting determines which of two circuits is used for a service",
        "A site learns the same prefixes of a community from several circuits, and no setting prefers one of these circuits. The choice is arbitrary, so traffic may cross a continent to the farther circuit. To use the nearer circuit, set a local preference on the community of the region, or set the metrics from the site to the circuits. Source: Microsoft, expressroute-optimize-routing; Power Platform guidance, checklist (geographic distribution).";
    LINT_CONNECTIONS_DIFFER = "lint::connections-differ", "the two connections advertise different addresses",
        "The two connections of a peering do not advertise the same addresses. Microsoft sends replies over either connection and asks for the same routes on both. Addresses that are advertised on only one connection are unreachable while that connection is down or under maintenance. To prefer one connection, advertise the same addresses on both, and add longer prefixes on the preferred connection or a longer AS path on the other connection. Source: Microsoft, expressroute-routing; designing-for-high-availability-with-expressroute.";
    LINT_CRM_ONLINE = "lint::crm-online", "12076:5040 does not cover current versions of Dynamics 365",
        "A route filter lists 12076:5040 (`CRM Online`), which covers only Dynamics 365 version 8.2 and earlier. Version 9 and Power Platform are advertised with the regional communities of the environment's regions. The finding is a warning if the route filter has no regional community, because nothing of the current versions uses the circuit. Source: Microsoft, expressroute-routing.";
    LINT_EQUAL_CIRCUITS = "lint::equal-circuits", "more equal-cost circuits than a virtual network uses",
        "A virtual network has more equal-cost circuits than Azure uses at the same time. Flows from a virtual network are balanced over at most 4 circuits. Further circuits stay unused until one of these 4 fails. Source: Microsoft, expressroute-faqs.";
    LINT_FAST_PATH = "lint::fast-path", "FastPath does not work with this configuration",
        "FastPath is enabled where it does not work, or where it may bypass a firewall. FastPath needs an UltraPerformance or ErGw3AZ gateway, or ErGwScale with at least 10 scale units. On a provider circuit, FastPath can reach only the gateway's virtual network, and Microsoft's documentation is inconsistent about whether FastPath honours user routes on `GatewaySubnet`, so packets may bypass a firewall. On ExpressRoute Direct, FastPath honours these routes. Source: Microsoft, about-fastpath (2025-03-20); expressroute-about-virtual-network-gateways; expressroute-faqs.";
    LINT_FLOATING_ROUTE = "lint::floating-route", "a floating static route is used although BGP has a route",
        "A static route has a higher administrative distance than BGP, so that it is used only without a BGP route. Distances are compared only between routes to the same prefix: where BGP has a shorter prefix, the static route is longer and always used. So the route takes packets that a circuit or tunnel would carry, although nothing has failed. Use a route to the prefixes that BGP has (`community`), or to a shorter prefix. Source: RFC 4632 section 5.1 (the longest match is used); Cisco, Configure a floating static route.";
    LINT_FORCED_TUNNELLING = "lint::forced-tunnelling", "a default route on private peering draws all traffic on-premises",
        "Virtual networks learn a default route over private peering and send all their traffic on-premises, including traffic to Azure's public services. Inbound traffic from the internet and Windows activation fail unless they are handled separately. If the route is withdrawn, Azure's own default route sends all this traffic to the internet, unless a network security group denies it. Source: Microsoft, expressroute-routing; expressroute-faqs; virtual-networks-udr-overview.";
    LINT_GATEWAY_CIRCUITS = "lint::gateway-circuits", "more circuits than a gateway supports",
        "A gateway is connected to more circuits than it supports: 4 circuits at the same peering location, and 4, 8 or 16 in total, depending on its SKU. Source: Microsoft, expressroute-about-virtual-network-gateways; expressroute-faqs.";
    LINT_GATEWAY_DROPS = "lint::gateway-drops", "traffic that arrives over a gateway is dropped behind the gateway",
        "Packets from sites are dropped after they have arrived at a gateway, although the circuit and the peering are up. Behind the gateway, packets follow the effective routes of `GatewaySubnet`, including its route table, and then the effective routes of the subnet of each appliance on the path. A route to `none` or to the internet drops the packets, and so does an appliance whose subnet has no route to the destination. Source: Microsoft, virtual-networks-udr-overview; firewall-multi-hub-spoke.";
    LINT_GATEWAY_NEXT_HOP = "lint::gateway-next-hop", "a route points to a gateway that has no tunnel",
        "A route in a route table has the next hop `virtual-network-gateway`, but the gateway that the subnet uses has no tunnel, so packets that match the route are dropped. Such a route can point only to a VPN gateway. An ExpressRoute gateway learns its routes only by BGP. Source: Microsoft, virtual-networks-udr-overview; expressroute-about-virtual-network-gateways.";
    LINT_GATEWAY_PREFIX_COUNT = "lint::gateway-prefix-count", "the number of prefixes that a gateway advertises is near or above a limit",
        "The number of prefixes that a gateway advertises to a circuit is near or above the limit. The limit is 1,000 IPv4 and 100 IPv6 prefixes on each connection to a circuit. The prefixes of the gateway's own virtual network and of the peered virtual networks that use the gateway count towards the limit. Above the limit, the circuit and the gateway are disconnected. The rule reports numbers from 80 % of the limit. Source: Microsoft, expressroute-faqs.";
    LINT_GATEWAY_ROUTES = "lint::gateway-routes", "the number of routes on a gateway is near or above a limit",
        "The number of routes on a gateway is near or above a limit. A gateway can learn at most 4,000 routes (ErGw1AZ) or 9,500 (larger SKUs), and should have no more than 11,000 in total, including the routes of its own virtual network, of peered virtual networks and of sites. The rule reports numbers from 80 % of a limit. Source: Microsoft, expressroute-about-virtual-network-gateways; expressroute-faqs.";
    LINT_GATEWAY_SUBNET = "lint::gateway-subnet", "a gateway's subnet does not support its configuration",
        "`GatewaySubnet` is too small, or has routes that it does not support. It must be at least a /27, a /26 for 16 circuits, and a /64 for IPv6. A user-defined default route is not supported on this subnet. A route that contains the subnet's own addresses and points to an appliance or to `none` prevents the gateway from being created. If route propagation is disabled on the subnet, the gateway does not work. Source: Microsoft, expressroute-about-virtual-network-gateways; virtual-networks-udr-overview.";
    LINT_GATEWAY_THROUGHPUT = "lint::gateway-throughput", "a gateway has less throughput than its circuit",
        "A circuit has more bandwidth than the gateway that it is connected to. Gateways forward 1, 2 or 10 Gbps, depending on the SKU, and ErGwScale up to 40 Gbps. Traffic above the gateway's throughput is dropped, unless FastPath bypasses the gateway. Source: Microsoft, expressroute-about-virtual-network-gateways.";
    LINT_GEOGRAPHY_OUTSIDE_PAIR = "lint::geography-outside-pair", "a geography has Power Platform addresses outside its region pair",
        "A route filter contains all documented regions of a Power Platform geography, but Microsoft's lists have addresses of the platform in further regions of the geography. Traffic to these addresses uses the internet. The message gives their share, computed from the lists. Add the communities of these regions, or accept the finding if no environment is there: `Get-EnvironmentRegion` names the regions of an environment. Source: Microsoft, Power Platform guidance: ExpressRoute, architecture (2025-04-17); Virtual network support for Power Platform (2026-01-06); service tags PowerPlatformInfra and PowerPlatformPlex.";
    LINT_INTERNET_ALIKE = "lint::internet-alike", "no setting prefers ExpressRoute over the internet",
        "An edge learns Azure's prefixes from the internet and from ExpressRoute, and no setting prefers ExpressRoute. The prefixes have the same length in both cases, so the shorter AS path wins, and that may be either path. Set a higher local preference on routes from ExpressRoute. Source: Microsoft, expressroute-faqs; expressroute-optimize-routing.";
    LINT_INTERNET_AND_CIRCUIT = "lint::internet-and-circuit", "the same addresses are advertised to the internet and to Microsoft",
        "The same addresses are advertised to the internet and on a circuit. Microsoft routes replies by the longest matching prefix, and prefers ExpressRoute for prefixes of the same length. Packets that leave over the internet are therefore answered over the circuit, and a stateful edge drops the replies. Use one NAT pool for the internet and another for the circuit, and advertise each pool only on its own path. Source: Microsoft, expressroute-asymmetric-routing; expressroute-nat.";
    LINT_IPV6_WITHOUT_SESSION = "lint::ipv6-without-session", "IPv6 traffic bypasses circuits without IPv6 sessions",
        "A site has IPv6 clients and an IPv6 default route to the internet, and the route filters of its circuits contain IPv6 prefixes of Power Platform. No Microsoft peering of the site has an IPv6 session, so clients that prefer IPv6 use the internet although the IPv4 addresses of the same names use a circuit. Add IPv6 sessions to the Microsoft peering, with IPv6 in `advertised` and `nat`, or remove the IPv6 default route. Source: Microsoft, Power Platform URLs and IP address ranges (IPv6 since 2024-04); expressroute-routing (IPv6 sessions).";
    LINT_LOOP = "lint::loop", "packets loop",
        "Routes send packets back to an appliance that has already forwarded them. A packet that an appliance forwards is looked up again in the effective routes of the appliance's own subnet. If these routes point back to the appliance, directly or over another appliance, the packet loops until its TTL expires. Place the appliance in a subnet whose route table does not point to the appliance; of two appliances, at least one must forward packets towards their destination. Source: Microsoft, virtual-networks-udr-overview; RFC 1812 section 5.3.1.";
    LINT_MICROSOFT_365_AUTHORIZATION = "lint::microsoft-365-authorization", "Microsoft 365 needs Microsoft's authorization",
        "A route filter lists communities of Microsoft 365, but the circuit is not authorized for them, or the file does not state whether it is. The communities of Exchange, SharePoint, Skype for Business and other Office 365 services may be used only after Microsoft has authorized the circuit. Without authorization, attaching the route filter fails. If the circuit is authorized, set `authorized: [microsoft-365]` on the circuit. If not, remove the communities from the route filter. Source: Microsoft, how-to-routefilter-portal; expressroute-routing.";
    LINT_MICROSOFT_365_BESIDE_REGIONS = "lint::microsoft-365-beside-regions", "Microsoft 365 shares a circuit with regional services, perhaps unintentionally",
        "A route filter lists communities of Microsoft 365 in addition to regional communities. Power Platform and Azure need only regional communities. The Microsoft 365 communities draw Microsoft 365 traffic to the circuit, where it uses bandwidth and the NAT pool. If this is intended, set `authorized: [microsoft-365]` on the circuit. Source: Power Platform guidance, things-to-consider and checklist.";
    LINT_MICROSOFT_365_PREMIUM = "lint::microsoft-365-premium", "Microsoft 365 needs a Premium circuit",
        "A route filter lists communities of Microsoft 365 on a circuit without the Premium add-on. Microsoft advertises these communities only on Premium circuits. Source: Microsoft, expressroute-faqs.";
    LINT_NAT_PER_CONNECTION = "lint::nat-per-connection", "each connection has its own NAT pool",
        "The two connections of a circuit use different NAT pools. When a connection fails, its pool becomes unreachable: flows are interrupted and must be re-established from the other pool, and servers published at its addresses are unreachable until the connection is up again. A pool that both connections share, with the translation in front of both connections, survives the failure. Source: Microsoft, designing-for-high-availability-with-expressroute (NAT options).";
    LINT_NAT_SHARED = "lint::nat-shared", "two exits share a NAT pool",
        "Two circuits, or two internet edges, use the same NAT pool. Replies return over the circuit or the internet edge that Microsoft prefers for the pool, regardless of the path of the client's packets. Each exit has its own translation table and drops replies to flows that left over the other exit. Use a separate pool for each exit. Source: Power Platform guidance, planning-expressroute; Microsoft 365, routing-with-expressroute.";
    LINT_NEXT_HOP = "lint::next-hop", "a route points to an unreachable appliance",
        "A route in a route table has a next hop that its subnet cannot reach directly. The appliance must be in the subnet's virtual network or in a virtual network that is directly peered with it. An address at a site, behind a circuit or two peerings away is not valid, so the path of packets that match the route is `unknown`. Place the appliance where the subnet can reach it, or let the site advertise the prefix instead. Source: Microsoft, virtual-networks-udr-overview.";
    LINT_NO_BFD = "lint::no-bfd", "a session does not use BFD",
        "A BGP session does not use BFD. Without BFD, a dead link is detected only when the hold timer expires, after up to 180 s; with BFD, within about a second. Microsoft's side already has BFD configured. Enable BFD on your edge. Source: Microsoft, expressroute-bfd.";
    LINT_NO_CIRCUIT = "lint::no-circuit", "a site has no circuit to Microsoft's services",
        "The network has circuits with Microsoft peering, but the site uses none of them, so its traffic to Microsoft stays on the internet. This may be intended. Source: Power Platform guidance, checklist (geographic distribution).";
    LINT_NO_CONNECTION = "lint::no-connection", "a peering has no session",
        "Both connections of a peering are down or disabled, so it forwards no traffic. The only backup of Microsoft peering is the internet, where clients appear with different addresses and existing flows are interrupted. Source: Microsoft, expressroute-howto-coexist-resource-manager; expressroute-routing.";
    LINT_NO_DEFAULT_ROUTE = "lint::no-default-route", "a site has no default route",
        "A site has no default route, so clients cannot reach services that Microsoft never advertises over ExpressRoute: content delivery networks, certificate revocation lists, DNS, and Microsoft 365 endpoints without ExpressRoute support. Source: Power Platform guidance, checklist; Microsoft, expressroute-faqs.";
    LINT_NO_NAT = "lint::no-nat", "packets leave over Microsoft peering with untranslated addresses",
        "Packets leave over Microsoft peering with source addresses that are not advertised on the peering. Microsoft accepts only public addresses that are advertised on the peering, so other client addresses must be translated to a pool of such addresses. Without such a pool, the packets are dropped, or the replies return over the internet. Source: Microsoft, expressroute-nat.";
    LINT_NO_OUTBOUND = "lint::no-outbound", "a subnet has no outbound access to the internet",
        "A subnet without default outbound access (`default_outbound_access: false`, the default of virtual networks since 2026-03-31) has no other outbound access to the internet. The subnet needs a NAT gateway, public IP addresses, outbound rules of a load balancer, or a route to a firewall. A route to the internet alone is not enough. This is a warning if a route in the file points to the internet, or if an appliance must forward packets from other subnets. Otherwise, it is only advice, because the subnet may be isolated on purpose. Source: Microsoft, default-outbound-access (2025-12-03).";
    LINT_NO_ROUTE_FILTER = "lint::no-route-filter", "Microsoft advertises nothing without a route filter",
        "A Microsoft peering has no route filter. On a peering configured on or after 2017-08-01, Microsoft advertises no prefix until a route filter is attached, so all traffic to Microsoft stays on the internet. Source: Microsoft, how-to-routefilter-portal.";
    LINT_ONE_CONNECTION = "lint::one-connection", "a peering uses only one of its two connections",
        "A peering has a session on only one of its two connections. The two connections end at two Microsoft routers, which Microsoft maintains one at a time. With a single session, the peering fails whenever that session does, and the service level agreement does not apply. Source: Microsoft, expressroute-routing; designing-for-high-availability-with-expressroute.";
    LINT_ONE_WAY = "lint::one-way", "traffic passes through an appliance in only one direction",
        "Only the packets, or only the replies, pass through an appliance. A stateful firewall drops packets of sessions whose start it did not see, so both directions must pass through it. Between a site and a virtual network, the subnet needs a route to the firewall for the prefixes of the site. `GatewaySubnet` needs a route for each virtual network behind the gateway, with exactly the prefix that the peering adds (in the gateway's own virtual network, the prefix of the subnet), because a shorter prefix loses. Between two virtual networks, both subnets need a route. If the file does not state whether an appliance is `stateful`, this is only advice. Source: Microsoft, firewall-multi-hub-spoke; virtual-networks-udr-overview.";
    LINT_OTHER_CIRCUIT = "lint::other-circuit", "a virtual network replies over another circuit than the packet used",
        "Packets from a site reach a virtual network over one circuit, but the virtual network replies over another, or over one of several with equal cost. A gateway prefers the longest prefix, then the highest connection weight, then the shortest AS path, without regard to the circuit that the site prefers. A stateful device of a site in front of either circuit sees only one direction and drops the flow. Advertise longer prefixes on the circuit that the site prefers, or, if all sites prefer the same circuit, set a higher `weight` for it at the gateway. If the file does not declare `stateful` at the circuits of the sites, this is only advice; with `stateful: false` at all of them it is not reported. Source: Microsoft, expressroute-asymmetric-routing; designing-for-disaster-recovery-with-expressroute-privatepeering.";
    LINT_OTHER_EDGE = "lint::other-edge", "the edge at which a circuit ends is not evaluated",
        "A site that reaches a circuit over the company's network (`metric`) sends packets to the edge where the circuit ends. That edge looks them up in its own routing table and may forward them elsewhere: to its internet edge, if its provider advertises a longer prefix, or to another circuit. Paths are reported as if the edge used the circuit. Source: RFC 4271 section 9.1.";
    LINT_OUT_OF_REACH = "lint::out-of-reach", "a route filter lists a region that the circuit cannot reach",
        "A route filter lists the community of a region outside the reach of the circuit. Local circuits can reach the regions mapped to their peering location, Standard circuits the regions in the location's geopolitical region, and Premium circuits all regions of the cloud. Microsoft never advertises the community of another region, and the traffic to it stays on the internet. Source: Microsoft, expressroute-faqs; expressroute-locations.";
    LINT_PATH_LENGTH_IGNORED = "lint::path-length-ignored", "an edge ignores the length of AS paths",
        "An edge is configured to ignore the length of AS paths. Before Microsoft maintains a connection, it prepends the AS paths on it so that traffic moves to the other connection. An edge that ignores the length keeps sending packets over that connection, and these packets are lost. Source: Microsoft, expressroute-faqs; designing-for-high-availability-with-expressroute.";
    LINT_PEAK_MISSING = "lint::peak-missing", "the load of a link is unknown",
        "A link has no `peak`, or an internet edge or a link between sites has no `bandwidth`, although other links in the file have a `peak`. It is therefore unknown whether the link has enough bandwidth for the traffic that moves to it when another link is lost. If no link has a `peak`, the rule is not evaluated. Set `peak` on the connections of a circuit, and `bandwidth` and `peak` on an internet edge. Source: Power Platform guidance, checklist (bandwidth of the network).";
    LINT_PEER_ADDRESS = "lint::peer-address", "an address on a session is not the expected address",
        "The address of Microsoft's edge is not the second usable address of the session's subnet. Each session has a /30, or a /126 for IPv6. The first usable address is yours, and the second is Microsoft's. Source: Microsoft, expressroute-routing.";
    LINT_POWER_PLATFORM_PAIR = "lint::power-platform-pair", "a region of a Power Platform pair is missing",
        "A route filter lists only one region of a pair that Power Platform uses. Power Platform has no community of its own. Its environments run in a pair of Azure regions and need both regional communities. With only one of the two communities, part of the traffic stays on the internet. Ignore the finding if you do not use Power Platform. Source: Power Platform guidance, understanding-architecture; admin, vnet-support-overview.";
    LINT_PREFIX_COUNT = "lint::prefix-count", "the number of prefixes is near or above a limit",
        "The number of prefixes that a session advertises to Microsoft is near or above a limit. The limits per session are 200 prefixes of each address family on Microsoft peering, and 4,000 IPv4 prefixes (10,000 with Premium) and 100 IPv6 prefixes on private peering. Above the limit, the session goes down until there are fewer prefixes. Aggregate prefixes to reduce their number. The rule reports numbers from 80 % of the limit. Source: Microsoft, expressroute-routing; expressroute-faqs.";
    LINT_PUBLISHED = "lint::published", "a published server is unreachable, or its replies are dropped",
        "Microsoft's packets do not reach a published server, or the replies leave over another path and a stateful edge drops them. A server replies according to the routes of its site, regardless of how the packet arrived. Mail that Microsoft sends over the internet is answered over the circuit if the route filter includes the sender's prefix. Packets that Microsoft sends to a prefix advertised on a circuit are answered over the internet if no circuit advertises the sender's prefix. Translate the source address of inbound packets at the edge where they arrive, so that the server replies to that edge, and set `inbound_source_nat: true` on that edge. `peerpath explain ADDRESS --to SERVER` shows the path for one sender. Source: Microsoft, expressroute-nat; expressroute-asymmetric-routing; Microsoft 365, routing-with-expressroute.";
    LINT_RESERVED_PREPEND = "lint::reserved-prepend", "a route map prepends an ASN reserved for documentation",
        "A route map prepends an ASN between 64496 and 64511. These ASNs are reserved for documentation (RFC 5398). Microsoft rejects a route with such an ASN in its path, as do many networks on the internet. Source: Microsoft, expressroute-routing.";
    LINT_RESILIENCY = "lint::resiliency", "the loss of one peering location interrupts connectivity",
        "A virtual network or a service depends on a single peering location. Microsoft defines three levels of resiliency. Standard: one peering location, whose loss affects every circuit there. High: a circuit at a Metro location, whose two connections end at different sites in the same city. Maximum: circuits from two peering locations on the same gateway, both with the same prefixes; prefixes that only one location advertises have standard resiliency. A VPN tunnel is not recommended as a backup for traffic that needs high bandwidth or low latency. Source: Microsoft, design-architecture-for-resiliency (2024-04-18); metro (2024-06-03).";
    LINT_ROUTE_SERVER_EXCHANGE = "lint::route-server-exchange", "a Route Server and a VPN gateway do not exchange routes",
        "A Route Server has branch-to-branch enabled, but the VPN gateway in its virtual network does not exchange routes with it, or the file does not state whether the gateway is active-active. With branch-to-branch, a Route Server exchanges routes with the gateways of its virtual network. A VPN gateway exchanges routes only if it is active-active and has the ASN 65515. Source: Microsoft, route-server-faq; how-to-configure-coexisting-gateway-portal.";
    LINT_ROUTE_SERVER_IPV6 = "lint::route-server-ipv6", "a virtual network with a Route Server has IPv6 addresses",
        "A Route Server is deployed in a virtual network that has IPv6 addresses. Azure Route Server does not support IPv6, and IPv6 stops working in such a virtual network. Source: Microsoft, route-server-faq (2025).";
    LINT_ROUTE_SERVER_PREFIX = "lint::route-server-prefix", "a Route Server does not use routes that an appliance advertises",
        "An appliance advertises routes that the Route Server does not program or accept. A Route Server does not program a route to a prefix that equals, or is inside, a prefix of its own or a peered virtual network. It does program a route to a shorter prefix that covers such a prefix. It rejects routes with 65515 in their AS path, including all routes that another Route Server has readvertised. Source: Microsoft, route-server-faq.";
    LINT_ROUTE_SERVER_PREPEND = "lint::route-server-prepend", "a prepended AS path does not reach sites",
        "An appliance prepends a private ASN, which has no effect at sites. Microsoft's edge removes private ASNs, including prepended ones, from the AS paths that it advertises to sites over private peering. A route intended as a backup is therefore preferred equally. Source: Microsoft, route-server-faq.";
    LINT_ROUTE_SERVER_ROUTES = "lint::route-server-routes", "the number of routes that an appliance advertises to a Route Server is near or above a limit",
        "The number of routes that an appliance advertises to a Route Server is near or above the limit for one peer. The limit is 4,000 routes (1,000 in 2023). During an update, the current and the new routes are counted together. Above the limit, the session is torn down, and all routes from the appliance are lost. Source: Microsoft, route-server-faq.";
    LINT_ROUTE_TABLE_UNUSED = "lint::route-table-unused", "a route table has no effect",
        "A route table, or a route in it, is never used. A route table has an effect only if a subnet uses it, and a route only if no other route wins: the longest prefix wins, and among routes to the same prefix, a user route wins over gateway and system routes. On `GatewaySubnet`, only packets that arrive over the gateway are looked up. The address space of each peered virtual network is a route there, so a route to a summary of several address spaces is never selected. Source: Microsoft, virtual-networks-udr-overview; firewall-multi-hub-spoke.";
    LINT_SERVICE_TAG_ROUTES = "lint::service-tag-routes", "a route table has more routes to service tags than allowed",
        "A route table contains more than 25 routes to service tags, which is Azure's limit. Source: Microsoft, virtual-networks-udr-overview.";
    LINT_SESSION_IN_VIRTUAL_NETWORK = "lint::session-in-virtual-network", "a session uses addresses in a virtual network",
        "The subnet of a session overlaps the address space of a virtual network. This is not allowed, because each would make the other unreachable. Source: Microsoft, expressroute-routing.";
    LINT_SESSION_SUBNET_ADVERTISED = "lint::session-subnet-advertised", "the subnet of another circuit's session is advertised to Microsoft",
        "A circuit advertises the subnet of another circuit's session to Microsoft. The subnets of sessions must not be advertised to Microsoft over other circuits. Source: Microsoft, expressroute-nat.";
    LINT_SIGN_IN = "lint::sign-in", "sign-in stays on the internet",
        "Route filters contain regional communities, but neither 12076:5060 (Microsoft Entra ID) nor 12076:5100 (Microsoft 365 common, which needs authorization and Premium). Regional communities contain almost no address of Microsoft Entra ID, so sign-in uses the internet. The message gives the share, computed from the lists. Parts of sign-in use the internet in any case: static parts of the page and names without published addresses. Source: Microsoft, Power Platform guidance: ExpressRoute, things to consider (2025-04-17); expressroute-routing.";
    LINT_SPOKES_APART = "lint::spokes-apart", "virtual networks behind a hub cannot reach each other",
        "Two virtual networks that are peered with the same hub cannot reach each other. Virtual network peering is not transitive. They need a peering with each other, or an appliance in the hub, route tables on both sides that point to the appliance, and `allow_forwarded_traffic`. This is a warning if route tables point to an appliance but the two virtual networks still cannot reach each other. Otherwise, it is only advice, because they may be separate on purpose. Source: Microsoft, virtual-network-manage-peering; virtual-network-peering-overview; firewall-multi-hub-spoke.";
    LINT_TUNNEL_ALIKE = "lint::tunnel-alike", "no setting prefers a circuit over a tunnel",
        "A site learns the same prefix from a circuit and from a tunnel, and no setting prefers the circuit. Azure's gateway prefers the circuit over the tunnel for the same prefix. A site has no such rule, and Azure advertises AS paths of the same length over both. The older route wins, so the site may reply over the tunnel to traffic that arrived over the circuit. Set a local preference above 100 on routes from private peering to keep both directions on the circuit. Source: Microsoft, use-s2s-vpn-as-backup-for-expressroute-privatepeering.";
    LINT_TUNNEL_UNDERLAY = "lint::tunnel-underlay", "a tunnel over Microsoft peering uses the internet",
        "The packets of a tunnel that is intended to use Microsoft peering travel over the internet. Such a tunnel ends at the public address of the gateway. The circuit advertises that address only if the route filter contains the community of the gateway's region. Without it, the tunnel is established over the internet, and nothing indicates this. Source: Microsoft, site-to-site-vpn-over-microsoft-peering.";
    LINT_VIRTUAL_NETWORK_LINKS = "lint::virtual-network-links", "a circuit is connected to more virtual networks than allowed",
        "A circuit is connected to more virtual networks than its SKU and bandwidth allow: 10, or with Premium 20 (50 Mbps), 25 (100 and 200 Mbps), 40 (500 Mbps), 50 (1 Gbps), 60 (2 Gbps), 75 (5 Gbps) or 100. Azure does not create connections above the limit. Source: Microsoft, expressroute-faqs.";
    LINT_VIRTUAL_NETWORK_OUT_OF_REACH = "lint::virtual-network-out-of-reach", "a circuit cannot reach the region of its virtual network",
        "A circuit is connected to a virtual network in a region that the circuit cannot reach. Local circuits can reach the regions mapped to their peering location, and Standard circuits the regions in the location's geopolitical region. A virtual network in another region needs a Premium circuit. Source: Microsoft, expressroute-faqs.";
    LINT_VIRTUAL_NETWORK_UNREACHED = "lint::virtual-network-unreached", "no site can reach a virtual network",
        "A virtual network is connected to no site. Sites can reach a virtual network over a circuit's private peering, over a tunnel, over a peered virtual network whose gateway it uses, or over a virtual hub to which it is connected. Without any of these, its private endpoints are unreachable from every site as well. Source: Microsoft, expressroute-about-virtual-network-gateways.";
    LINT_ZONES = "lint::zones", "a gateway is not zone-redundant",
        "A gateway has the SKU Standard, HighPerformance or UltraPerformance, which is not spread over availability zones. The loss of a datacenter may interrupt all traffic over the gateway. Microsoft recommends zone-redundant gateways (ErGw1AZ to ErGw3AZ, ErGwScale) and migrates existing gateways. Source: Microsoft, design-architecture-for-resiliency (2024-04-18); expressroute-about-virtual-network-gateways.";
    NETWORK_ADDRESS = "network::address", "an address cannot be read or used",
        "An address is not valid, or is not allowed here. Write the address without a prefix length, such as `10.20.5.4` or `2001:db8::4`. A session or a published server can have at most one address of each family, and a server must be published at a public address.";
    NETWORK_APPLIANCE = "network::appliance", "an address cannot belong to an appliance",
        "An address cannot be used for an appliance. An appliance forwards packets according to the effective routes of its subnet, so all its addresses, including that of a load balancer in front of it, must be in one subnet. Describe an appliance with interfaces in two subnets as two appliances. `GatewaySubnet` is reserved for gateways. An address can be listed only once, and cannot also belong to a private endpoint. Source: Microsoft, expressroute-about-virtual-network-gateways.";
    NETWORK_AUTONOMOUS_SYSTEM = "network::autonomous-system", "an ASN cannot be used here",
        "The autonomous system number (ASN) is reserved, or not allowed here. 0, 23456, 65535 and 4294967295 are reserved. On sessions with Microsoft, 12076 is Microsoft's own, 65515 to 65520 are reserved by Microsoft, and Microsoft rejects 64496 to 64511 in any AS path (Microsoft, ExpressRoute routing requirements).";
    NETWORK_BANDWIDTH = "network::bandwidth", "a bandwidth cannot be read",
        "The value is not a valid bandwidth. Write a number above zero with its unit, Mbps or Gbps (decimal). A number without a unit is rejected, because the unit would be ambiguous.";
    NETWORK_BANDWIDTH_STEP = "network::bandwidth-step", "circuits are not available at this bandwidth",
        "Microsoft does not offer circuits at this bandwidth. Providers offer 50, 100, 200 and 500 Mbps and 1, 2, 5 and 10 Gbps. ExpressRoute Direct also offers 40, 100, 200 and 400 Gbps. The value is used as written.";
    NETWORK_CLOUD = "network::cloud", "the network, its locations and the catalog belong to different clouds",
        "The network file, the peering locations and the catalog (`--cloud`) do not name the same cloud. Microsoft's public, government and China clouds share neither addresses nor circuits, and a circuit in one cloud cannot reach another cloud.";
    NETWORK_COMMUNITY = "network::community", "a community is unknown",
        "A route filter or route map names an unknown community. A route filter lists communities by value (`12076:51002`), by the name that Microsoft exports or documents (`Exchange`), or by region (`West Europe`). In a route filter, an unknown community would silently leave traffic on the internet, so it is rejected. In a route map, any of your own communities is accepted, and an unknown Microsoft community is only a warning. In `match` and `remove_communities`, a value may contain `*`, as in `12076:51*`.";
    NETWORK_COMMUNITY_PRIVATE = "network::community-private", "a route filter names a community of private peering",
        "A route filter lists a value 12076:50NNN, which identifies a region on private peering. On Microsoft peering, the region has the value 12076:51NNN, and a route filter accepts only such values.";
    NETWORK_DEFAULT_ROUTE = "network::default-route", "a default route on Microsoft peering",
        "A default route is advertised on Microsoft peering. Microsoft accepts a default route only on private peering. On Microsoft peering, advertise public prefixes.";
    NETWORK_DENY = "network::deny", "a deny entry has no effect",
        "An entry of `deny` at an internet edge denies no packet: its exceptions cover all of its destinations, or earlier entries deny all of them. The first entry that selects a destination decides.";
    NETWORK_DUPLICATE_KEY = "network::duplicate-key", "a mapping contains a key twice",
        "A mapping contains the same key more than once. Other readers silently keep the first or the last value. Often a `-` is missing where the next list entry begins.";
    NETWORK_DUPLICATE_NAME = "network::duplicate-name", "two entries have the same name",
        "Two entries of the same type have the same name. Names must be unique among sites, among virtual networks and virtual hubs together, and among circuits, internet edges, tunnels and links between sites together. The same is true of published servers, route maps, prefix lists and route tables, and of the subnets, appliances and private endpoints of a virtual network. Reports and references use these names.";
    NETWORK_EMPTY = "network::empty", "an entry that is required to evaluate traffic is missing",
        "The file lacks an entry without which traffic cannot be evaluated. Traffic starts at a site, and a client's address determines its site. A network needs at least one site, and each site needs at least one client prefix. A site with circuits or an internet edge may have no client prefix; in that case, it is an edge router without clients. A published server needs an address at which it can be reached, and an appliance needs an address that routes can use as the next hop.";
    NETWORK_GATEWAY = "network::gateway", "a gateway lists something that is not connected to it",
        "A gateway or a virtual hub lists a connection that does not exist or is not possible. The virtual networks of a circuit are listed in its private peering, and the virtual networks of a tunnel are listed in the tunnel at its site. The lists of a gateway only add settings, such as weights, to such connections. They do not create connections.";
    NETWORK_LOCATION = "network::location", "a peering location is unknown",
        "A circuit names a peering location that peerpath does not know. The peering location determines which regions a Local or Standard circuit reaches, so both the reach and the path to regional services are unknown. Premium circuits reach every region from any location.";
    NETWORK_MISSING_KEY = "network::missing-key", "a required key is missing",
        "An entry lacks a required key. The format is described in docs/reference/network-file.md. `peerpath schema network` prints a JSON Schema that editors can use to complete keys.";
    NETWORK_NAT_NOT_ADVERTISED = "network::nat-not-advertised", "a NAT pool is not advertised on its peering",
        "A NAT pool contains addresses that are not advertised on its peering. Microsoft sends replies over a circuit only to addresses that are advertised there. Replies to other addresses return over the internet, and a stateful edge drops them.";
    NETWORK_NEXT_HOP = "network::next-hop", "the next hop of a route cannot be used",
        "The next hop of a route in a route table is not valid. Write `virtual-appliance ADDRESS`, `internet`, `none`, `virtual-network-gateway` or `virtual-network`. The address of an appliance must belong to the address family of the prefix.";
    NETWORK_NO_EFFECT = "network::no-effect", "a key has no effect",
        "A key has no effect, because the key that it modifies is missing, or because another key already determines its value.";
    NETWORK_NOT_PUBLIC = "network::not-public", "addresses on Microsoft peering are not public",
        "Private, shared, link-local or multicast addresses are used on Microsoft peering, where Microsoft rejects them. Translate the clients' addresses to a public pool before packets enter the circuit.";
    NETWORK_OVERLAP = "network::overlap", "the same addresses belong to two owners",
        "Two entries in the file claim the same addresses. An address determines the site or virtual network of a client. Two sites must not have the same prefix (one may be inside the other: the longest prefix wins), and the addresses of two virtual networks must not overlap. An overlap between a site and a virtual network is only a warning.";
    NETWORK_PEERING = "network::peering", "the two sides of a virtual network peering do not match",
        "A virtual network peering is missing on one side, or its settings do not match. A peering forwards packets only if both sides have it. A virtual network may use the gateway of a peered virtual network only if that virtual network has a gateway and allows its use. The virtual network itself must neither have a gateway nor use another remote gateway.";
    NETWORK_PREFIX = "network::prefix", "a prefix cannot be read",
        "A value is not a valid prefix. A prefix is an address and a length, and its host bits must be zero. In files that people write, a prefix with host bits set is treated as a typo and rejected; the message suggests the prefix that was probably intended.";
    NETWORK_PREFIX_LIST = "network::prefix-list", "an entry of a prefix list cannot be read",
        "An entry of a prefix list is not valid. Write `PREFIX` to match exactly that prefix, or `PREFIX ge N le M` to match the prefixes inside it with these lengths. Put `deny` in front to exclude the matching prefixes. The first entry that matches decides.";
    NETWORK_PREPEND_STRIPPED = "network::prepend-stripped", "a private ASN is prepended on Microsoft peering",
        "A route map prepends a private ASN (64512 to 65534, 4200000000 to 4294967294) on Microsoft peering, where Microsoft removes it. The AS path does not become longer. Only public ASNs affect the return path.";
    NETWORK_REFERENCE = "network::reference", "a name refers to nothing in the file",
        "An entry refers to a name that the file does not define. Sites name their circuits, private peerings name their virtual networks, and sessions name their route maps. Names must match exactly, including case.";
    NETWORK_REGION = "network::region", "an Azure region is unknown, or has no community",
        "The file names an Azure region that peerpath does not know, or a region without a known BGP community. Write regions as Azure Resource Manager does, such as `westeurope`. An unknown region is kept as written. For some regions, the service tags contain addresses but no BGP community is known. Whether a circuit's SKU reaches such a region is not evaluated.";
    NETWORK_REPEATED = "network::repeated", "a list contains the same entry twice",
        "A list contains the same entry more than once. The repetition is ignored.";
    NETWORK_ROUTE_MAP = "network::route-map", "a part of a route map has no effect",
        "A clause of a route map, or part of a clause, is never applied. The first clause that matches a route decides, unless its action is `continue`. A route that matches no clause is denied. A clause after a clause that matches every route is never reached, and the changes in a clause that denies routes are not applied.";
    NETWORK_ROUTE_SERVER = "network::route-server", "a Route Server does not support this configuration",
        "A Route Server has too many peers, a peer that is listed twice, or routes that it does not support. It supports at most 8 peers, each listed once, and only IPv4 routes whose next hops are in its virtual network. Source: Microsoft, route-server-faq.";
    NETWORK_ROUTE_TABLE = "network::route-table", "a routing table has rows that are not used as written",
        "Some rows of a routing table were skipped or corrected. A row that cannot be read is skipped, and a column with an unknown name is ignored. If a prefix has host bits set, they are cleared. Of two rows with the same prefix, peer and next hop, the later row is used. Paths are evaluated without the missing rows, so correct the table. With `--strict`, a table with rows that cannot be read is rejected.";
    NETWORK_SERVICE_ENDPOINT = "network::service-endpoint", "a service endpoint is unknown",
        "A subnet lists a service endpoint that peerpath does not know. Service endpoints have names such as `Microsoft.Storage`. An unknown service endpoint is kept as written and adds no route to the subnet.";
    NETWORK_SERVICE_TAG = "network::service-tag", "a route or a deny entry names an unknown service tag or product",
        "A route in a route table, a static route or an entry of `deny` names a service tag that this cloud does not have. The destination of such a route or entry is a prefix, or the prefixes of a service tag. A tag without known prefixes would silently match nothing, so it is rejected.";
    NETWORK_STATIC_ROUTE = "network::static-route", "a static route points to an exit that the site does not have",
        "A static route has a next hop that the site does not have. Write `internet`, `discard`, a tunnel of the site, or a peering of a circuit that the site is attached to, such as `er-ams/private` or `er-ams/microsoft/primary`.";
    NETWORK_SUBNET = "network::subnet", "a subnet, appliance or private endpoint is outside the range that must contain it",
        "An address or prefix is outside the range that must contain it. The prefixes of a subnet must be in the address space of its virtual network, the address of a private endpoint must be in its subnet, and the addresses of an appliance must be in a subnet of its virtual network.";
    NETWORK_SYNTAX = "network::syntax", "the network file is not valid YAML",
        "The file is not a single valid YAML 1.2 document (JSON is a subset of YAML). YAML tags are not supported; anchors and aliases are supported.";
    NETWORK_TYPE = "network::type", "a value has the wrong type",
        "A value has a different type than its key requires, such as text instead of a list, a mapping or a number. Quote text that looks like a number or a Boolean value, or that ends in a colon.";
    NETWORK_UNKNOWN_KEY = "network::unknown-key", "a key has no meaning here",
        "The file contains a key that the format does not define here. Unknown keys are errors, so that typos are not silently ignored. The format is described in docs/reference/network-file.md.";
    NETWORK_UNSUPPORTED = "network::unsupported", "a setting that affects routing is not in the file",
        "`peerpath import` found a setting or a resource that affects routing but could not be expressed in a network file or linked to the rest of the file. The setting is listed under `unsupported`, and all results ignore it. Describe the setting in the file as completely as possible (for example, omit a peering that forwards no packets), then remove the entry.";
    NETWORK_VALUE = "network::value", "a value is not allowed",
        "The key does not accept this value, or the value contradicts another key. Depending on the key, use one of a fixed set of words, or a name without characters that are reserved for reports and command lines.";
    NETWORK_VERSION = "network::version", "this program does not support the version of the file",
        "This program does not support the `version` of the file. The meaning of keys may change between versions, so the rest of the file was not evaluated.";
    SCENARIO_ACTION = "scenario::action", "an event does not have exactly one action",
        "An event has no action, or more than one. An event consists of `at`, one action, and the options of that action: `down` may have `detection`; `reset` and `maintenance` need `for`; `route_filter`, `nat`, `rate` and `metric` need `to`; `announce` and `withdraw` need `on`.";
    SCENARIO_DUPLICATE_KEY = "scenario::duplicate-key", "a mapping contains a key twice",
        "A mapping contains the same key more than once. Other readers silently keep the first or the last value. Often a `-` is missing where the next event begins.";
    SCENARIO_FILE = "scenario::file", "a file that an event loads cannot be used",
        "An event loads a network file or an edition of Microsoft's lists that cannot be read, or that contains errors. These errors are reported separately. The path is relative to the folder of the scenario file.";
    SCENARIO_MISSING_KEY = "scenario::missing-key", "a required key is missing",
        "The scenario or one of its events lacks a required key. The format is described in docs/reference/scenario.md. `peerpath schema scenario` prints a JSON Schema that editors can use to complete keys.";
    SCENARIO_PREFIX = "scenario::prefix", "a prefix cannot be read",
        "A value is not a valid prefix. A prefix is an address and a length, and its host bits must be zero. A prefix with host bits set is treated as a typo and rejected; the message suggests the prefix that was probably intended.";
    SCENARIO_REFERENCE = "scenario::reference", "a name refers to nothing in the network",
        "An event names something that the network does not contain. Events can name circuits, connections, peerings, sessions, internet edges, tunnels and links in the network file, or in a network file that the scenario loads. Names must match exactly, including case. An unknown name is rejected, because the event would silently have no effect.";
    SCENARIO_SYNTAX = "scenario::syntax", "the scenario file is not valid YAML",
        "The file is not a single valid YAML 1.2 document (JSON is a subset of YAML). YAML tags are not supported; anchors and aliases are supported.";
    SCENARIO_TIME = "scenario::time", "a moment or duration cannot be read",
        "A time in the scenario is not valid. Write a duration such as `2m`, `1h30m` or `300ms`. A moment is a duration after the first packet, in the time of the replay, or a time of the capture in RFC 3339 format with its time zone.";
    SCENARIO_TYPE = "scenario::type", "a value has the wrong type",
        "A value has a different type than its key requires, such as text instead of a list, a mapping or a number. Quote text that looks like a number or a Boolean value, or that ends in a colon.";
    SCENARIO_UNKNOWN_KEY = "scenario::unknown-key", "a key has no meaning here",
        "The file contains a key that the format does not define here. Unknown keys are errors, so that typos are not silently ignored. The format is described in docs/reference/scenario.md.";
    SCENARIO_VALUE = "scenario::value", "a value is not allowed",
        "A value is outside the range of its key, or has a unit that the key does not accept. The ranges and units are described in docs/reference/scenario.md.";
    SCENARIO_VERSION = "scenario::version", "this program does not support the version of the file",
        "This program does not support the `version` of the file. The meaning of keys may change between versions, so the rest of the file was not evaluated.";
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
