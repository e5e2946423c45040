//! The sites and destinations of two companies, as data: that of the demo, and that of the guide to Power Platform.
//!
//! Microsoft's prefixes are published ones (Microsoft 365 endpoints of 2026-05-31, service tags of
//! 2026-06-22). The companies' prefixes and all other internet prefixes are examples.

/// The traffic pattern of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// TCP to this port: requests, and replies with a limited number of segments.
    Web {
        /// The server's port.
        port: u16,
        /// The maximum number of requests.
        requests: u64,
        /// The maximum number of segments in a reply.
        reply: u64,
    },
    /// TCP to this port, where the client sends most of the data.
    Upload {
        /// The server's port.
        port: u16,
    },
    /// UDP, in both directions at a steady rate.
    Media,
    /// UDP, one query and one response.
    Dns,
}

/// One kind of traffic.
#[derive(Clone, Copy, Debug)]
pub(super) struct Service {
    /// The number of its conversations in the morning.
    pub(super) conversations: u32,
    pub(super) shape: Shape,
    pub(super) v4: &'static [&'static str],
    /// The IPv6 prefixes. If not empty, one conversation in three uses them.
    pub(super) v6: &'static [&'static str],
    /// Whether the remote side opens the connection.
    pub(super) inbound: bool,
}

/// A company: who talks to whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Company {
    /// The IPv4 and the IPv6 client prefix of each site. The first has half of the users, the second a third.
    pub(super) sites: [(&'static str, &'static str); 3],
    pub(super) services: &'static [Service],
}

const fn service(
    conversations: u32,
    shape: Shape,
    v4: &'static [&'static str],
    v6: &'static [&'static str],
) -> Service {
    Service { conversations, shape, v4, v6, inbound: false }
}

const WEB: Shape = Shape::Web { port: 443, requests: 4, reply: 9 };

/// The company of the demo.
pub(super) const DEMO: Company = Company {
    sites: [
        ("10.10.1.0/26", "fd10:0:0:1::/122"),
        ("10.10.2.0/27", "fd10:0:0:2::/123"),
        ("10.10.3.0/28", "fd10:0:0:3::/124"),
    ],
    services: DEMO_SERVICES,
};

/// Fabrikam, the company of the guide to Power Platform: two sites, one of them in two buildings.
pub(super) const FABRIKAM: Company = Company {
    sites: [
        ("10.10.1.0/27", "fd10:0:0:1::/123"),
        ("10.11.1.0/28", "fd11:0:0:1::/124"),
        ("10.10.2.0/28", "fd10:0:0:2::/124"),
    ],
    services: FABRIKAM_SERVICES,
};

const DEMO_SERVICES: &[Service] = &[
    // Teams: media, then signalling (endpoint sets 11 and 12).
    service(26, Shape::Media, &["52.112.0.0/14", "52.122.0.0/15"], &["2603:1063::/38"]),
    service(70, WEB, &["52.112.0.0/14", "52.122.0.0/15"], &["2603:1063::/38"]),
    // Exchange Online (endpoint set 1).
    service(110, WEB, &["40.96.0.0/13", "52.96.0.0/14"], &["2603:1006::/40", "2603:1026::/36"]),
    // SharePoint Online and OneDrive (endpoint set 31).
    service(60, WEB, &["13.107.136.0/22", "40.108.128.0/17", "52.104.0.0/14"], &["2620:1ec:8f8::/46"]),
    service(8, Shape::Upload { port: 443 }, &["13.107.136.0/22"], &["2620:1ec:8f8::/46"]),
    // PowerPlatformInfra.WestEurope, PowerPlatformInfra.NorthEurope.
    service(
        40,
        WEB,
        &["4.210.128.192/26", "4.210.130.128/25", "4.207.253.128/25", "20.50.68.192/26"],
        &["2603:1061:2002:800::/56", "2603:1061:2002:900::/56"],
    ),
    // Storage.WestEurope.
    service(25, WEB, &["20.38.108.0/23", "20.47.7.0/24", "20.33.145.0/24"], &["2603:1020:207::/48"]),
    service(4, Shape::Upload { port: 443 }, &["20.38.108.0/23"], &["2603:1020:207::/48"]),
    // Sql.WestEurope.
    service(
        30,
        Shape::Web { port: 1433, requests: 9, reply: 3 },
        &["13.69.104.0/26", "13.69.116.128/25", "20.50.202.0/25"],
        &["2603:1020:206:b::200/120"],
    ),
    // The company's virtual network, in both directions.
    service(60, WEB, &["10.20.1.0/28", "10.20.2.0/28"], &["fd20:0:0:1::/124"]),
    service(12, Shape::Web { port: 3389, requests: 12, reply: 4 }, &["10.20.3.0/29"], &["fd20:0:0:3::/125"]),
    Service { inbound: true, ..service(15, WEB, &["10.20.4.0/29"], &["fd20:0:0:4::/125"]) },
    // AzureFrontDoor.Frontend.
    service(35, WEB, &["4.208.127.240/29", "13.73.248.8/29"], &["2603:1010:101::5e0/123"]),
    // Anything else.
    service(
        90,
        WEB,
        &["93.184.216.0/28", "151.101.0.0/22", "104.16.0.0/14", "142.250.0.0/20", "185.15.59.224/28"],
        &["2a00:1450:4001::/64", "2606:4700::/48", "2a04:4e42::/64"],
    ),
    // The company's resolver.
    service(260, Shape::Dns, &["10.20.0.4/31"], &["fd20::4/127"]),
];

const FABRIKAM_SERVICES: &[Service] = &[
    // PowerPlatformInfra.WestEurope, PowerPlatformInfra.NorthEurope: apps and environments.
    service(
        40,
        WEB,
        &["4.210.128.192/26", "4.210.130.128/25", "4.207.253.128/25", "20.50.68.192/26"],
        &["2603:1061:2002:800::/56", "2603:1061:2002:900::/56"],
    ),
    service(3, Shape::Upload { port: 443 }, &["4.210.130.128/25"], &["2603:1061:2002:800::/56"]),
    // PowerPlatformPlex.WestEurope, AzureConnectors.WestEurope.
    service(8, WEB, &["172.199.131.64/26"], &[]),
    service(10, WEB, &["20.126.243.151/32", "52.174.180.160/32"], &["2603:1020:206:403::1c0/122"]),
    // The same connectors call the published server of Munich.
    Service { inbound: true, ..service(6, WEB, &["20.126.243.151/32", "52.174.180.160/32"], &[]) },
    // Sign-in: AzureActiveDirectory, in community 12076:5060 and in none.
    service(14, WEB, &["20.190.128.0/18"], &["2603:1007:200::/48"]),
    // Static content: AzureFrontDoor.Frontend.
    service(18, WEB, &["13.107.226.0/24", "150.171.112.0/24"], &["2603:1030:504:1::5a0/123"]),
    // Teams and SharePoint, which the route filters leave out.
    service(3, Shape::Media, &["52.112.0.0/14"], &["2603:1063::/38"]),
    service(12, WEB, &["13.107.136.0/22", "52.104.0.0/14"], &["2620:1ec:8f8::/46"]),
    // The workload behind the hub's firewall.
    service(16, WEB, &["10.21.1.0/28"], &[]),
    // Anything else.
    service(20, WEB, &["93.184.216.0/28", "151.101.0.0/22", "185.15.59.224/28"], &["2606:4700::/48"]),
];
