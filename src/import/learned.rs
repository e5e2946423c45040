//! Route tables in Azure exports, and their CSV form, which [`crate::rib::import`] reads.
//!
//! [`LearnedRoutes::to_csv`] writes the whole table, one line per route, with the columns in [`HEADER`]. Lines that
//! begin with `#` above the header name the table and the file that it was exported to.
//! [`LearnedRoutes::to_customer_csv`] writes the routes that a customer's edge learns on one connection, for the key
//! `learned` in a network file.

use std::fmt::Write as _;
use std::net::IpAddr;

use crate::addr::IpPrefix;
use crate::network::{Connection, PeeringKind};
use crate::rib::Origin;

/// The columns of a whole table. The column `best` and those after it are specific to peerpath, and the import of
/// routes ignores them.
pub const HEADER: &str =
    "prefix,next_hop,as_path,origin,local_preference,weight,peer,best,by,type,source,state";

/// The columns for routes that a customer's edge learns.
pub const CUSTOMER_HEADER: &str = "prefix,as_path,origin";

/// Microsoft's ASN at the edge.
pub(super) const MICROSOFT: u32 = 12076;

/// The router or interface that a table is from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Table {
    /// Microsoft's edge router on one connection of a circuit (`list-route-tables`): routes that the customer and the
    /// virtual networks advertise to it.
    Circuit {
        /// The circuit's name, if known.
        circuit: Option<String>,
        /// The peering, if known.
        peering: Option<PeeringKind>,
        /// The connection, if known.
        connection: Option<Connection>,
    },
    /// The gateway of a virtual network: routes that the gateway learned or advertises.
    Gateway {
        /// The gateway's name, if known.
        name: Option<String>,
    },
    /// A Route Server: routes that the server learned from a peer or advertises to a peer.
    RouteServer {
        /// The server's name, if known.
        name: Option<String>,
    },
    /// A network interface: routes that Azure applies to the interface.
    Interface {
        /// The interface's name, if known.
        name: Option<String>,
    },
    /// A virtual hub or one of its gateways.
    Hub {
        /// The hub's name, if known.
        name: Option<String>,
    },
}

impl Table {
    /// Returns a description of the table's router or interface.
    pub fn describe(&self) -> String {
        let named = |what: &str, name: &Option<String>| match name {
            Some(name) => format!("{what} {name}"),
            None => format!("unnamed {what}"),
        };
        match self {
            Self::Circuit { circuit, peering, connection } => {
                let peering = match peering {
                    Some(PeeringKind::Microsoft) => "Microsoft peering",
                    Some(PeeringKind::Private) => "private peering",
                    None => "unknown peering",
                };
                let connection = connection.map_or("unknown", Connection::name);
                format!("{}, {peering}, {connection} connection", named("circuit", circuit))
            }
            Self::Gateway { name } => named("gateway", name),
            Self::RouteServer { name } => named("route server", name),
            Self::Interface { name } => named("network interface", name),
            Self::Hub { name } => named("virtual hub", name),
        }
    }
}

/// The party that advertises a route to Microsoft's edge router.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Advertiser {
    /// The customer's edge, over the circuit.
    Customer,
    /// Microsoft: virtual networks, virtual hubs, public services.
    Microsoft,
}

impl Advertiser {
    /// Returns the advertiser's name in output, such as `customer`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Microsoft => "microsoft",
        }
    }
}

/// One route in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LearnedRoute {
    /// The destination.
    pub prefix: IpPrefix,
    /// The next hop. A prefix with several next hops has one route for each of them.
    pub next_hop: Option<IpAddr>,
    /// Whether the table marks the route as the best path to its prefix.
    pub best: bool,
    /// The AS path, nearest ASN first; `None` if the export has no path.
    pub as_path: Option<Vec<u32>>,
    /// The origin.
    pub origin: Option<Origin>,
    /// The local preference.
    pub local_preference: Option<u32>,
    /// The weight, as defined by the router.
    pub weight: Option<u32>,
    /// The neighbour from which the route was learned.
    pub peer: Option<IpAddr>,
    /// The advertiser, if the table is from a circuit and its peering is known. A customer's edge learns the routes
    /// that Microsoft advertises.
    pub advertiser: Option<Advertiser>,
    /// Azure's name for the type of the next hop, without spaces: `VirtualNetworkGateway`.
    pub next_hop_type: Option<String>,
    /// The source of the route according to Azure: `Default`, `User`, `VirtualNetworkGateway`.
    pub source: Option<String>,
    /// The state, which shows whether Azure uses the route: `Active`, `Invalid`.
    pub state: Option<String>,
}

impl LearnedRoute {
    /// Returns a route that has only a prefix.
    pub fn new(prefix: IpPrefix) -> Self {
        Self {
            prefix,
            next_hop: None,
            best: false,
            as_path: None,
            origin: None,
            local_preference: None,
            weight: None,
            peer: None,
            advertiser: None,
            next_hop_type: None,
            source: None,
            state: None,
        }
    }

    /// Returns the AS path; empty if the export has none.
    pub(super) fn numbers(&self) -> &[u32] {
        self.as_path.as_deref().unwrap_or_default()
    }

    fn write(&self, out: &mut String) {
        fn field(value: Option<impl std::fmt::Display>) -> String {
            value.map(|value| value.to_string()).unwrap_or_default()
        }
        // Writing to a string cannot fail, and no field contains a comma.
        let _ = writeln!(
            out,
            "{},{},{},{},{},{},{},{},{},{},{},{}",
            self.prefix,
            field(self.next_hop),
            path_text(self.numbers()),
            field(self.origin),
            field(self.local_preference),
            field(self.weight),
            field(self.peer),
            if self.best { "best" } else { "" },
            field(self.advertiser.map(Advertiser::name)),
            field(self.next_hop_type.as_ref()),
            field(self.source.as_ref()),
            field(self.state.as_ref()),
        );
    }
}

fn path_text(path: &[u32]) -> String {
    path.iter().map(u32::to_string).collect::<Vec<_>>().join(" ")
}

/// The routes in one table, in the order of the export.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LearnedRoutes {
    /// The router or interface that the table is from.
    pub table: Table,
    /// The routes in the table.
    pub routes: Vec<LearnedRoute>,
    /// The file from which the routes were read.
    pub file: String,
}

impl LearnedRoutes {
    /// Combines a table, its routes and the name of its file.
    pub fn new(table: Table, routes: Vec<LearnedRoute>, file: impl Into<String>) -> Self {
        Self { table, routes, file: file.into() }
    }

    /// Returns the whole table as CSV.
    pub fn to_csv(&self) -> String {
        let mut text = self.heading();
        text.push_str(HEADER);
        text.push('\n');
        for route in &self.routes {
            route.write(&mut text);
        }
        text
    }

    /// Returns the routes that the customer's edge learns over the connection, as CSV. Each prefix that Microsoft
    /// advertises is listed once, with the route that the table marks as best or else with the first route. The AS path
    /// is as Microsoft sends it: 12076 is prepended, and private ASNs are removed. In a lab, the circuit's route table
    /// and the table of the router at the circuit's other end show this; the page expressroute-routing states it for
    /// the other direction.
    ///
    /// `None` if no route is known to be advertised by Microsoft.
    pub fn to_customer_csv(&self) -> Option<String> {
        let mut chosen: Vec<&LearnedRoute> = Vec::new();
        for route in self.routes.iter().filter(|route| route.advertiser == Some(Advertiser::Microsoft)) {
            match chosen.iter_mut().find(|known| known.prefix == route.prefix) {
                Some(known) if route.best && !known.best => *known = route,
                Some(_) => {}
                None => chosen.push(route),
            }
        }
        if chosen.is_empty() {
            return None;
        }
        chosen.sort_by_key(|route| route.prefix);
        let mut text = self.heading();
        text.push_str(CUSTOMER_HEADER);
        text.push('\n');
        for route in chosen {
            let kept = route
                .numbers()
                .iter()
                .copied()
                .filter(|number| !crate::rib::is_private_autonomous_system(*number));
            let path = std::iter::once(MICROSOFT).chain(kept).collect::<Vec<_>>();
            let origin = route.origin.unwrap_or_default();
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{},{},{origin}", route.prefix, path_text(&path));
        }
        Some(text)
    }

    fn heading(&self) -> String {
        format!("# {}\n# taken from {}\n", self.table.describe(), self.file)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::rib::import;

    fn table() -> LearnedRoutes {
        let route = |prefix: &str, hop: &str, path: &[u32], best, advertiser| LearnedRoute {
            next_hop: hop.parse().ok(),
            as_path: Some(path.to_vec()),
            origin: Some(Origin::Igp),
            local_preference: Some(100),
            weight: Some(0),
            best,
            advertiser: Some(advertiser),
            ..LearnedRoute::new(prefix.parse().unwrap())
        };
        let routes = vec![
            route("10.100.0.0/16", "10.100.255.12", &[65515], false, Advertiser::Microsoft),
            route("10.100.0.0/16", "10.100.255.13", &[65515, 8075], true, Advertiser::Microsoft),
            route("10.50.0.0/16", "169.254.194.41", &[64512], false, Advertiser::Customer),
            route("fd00:1::/48", "fd00:1::c", &[65515], true, Advertiser::Microsoft),
        ];
        let table = Table::Circuit {
            circuit: Some("er".to_owned()),
            peering: Some(PeeringKind::Private),
            connection: Some(Connection::Primary),
        };
        LearnedRoutes::new(table, routes, "a.json")
    }

    #[test]
    fn the_reader_of_routes_reads_both_forms() {
        let whole = table().to_csv();
        let imported = import::read("t", Cursor::new(whole.into_bytes())).unwrap();
        assert_eq!(imported.routes.len(), 4);
        let customer = table().to_customer_csv().unwrap();
        let imported = import::read("t", Cursor::new(customer.clone().into_bytes())).unwrap();
        assert_eq!(imported.routes.len(), 2);
        assert_eq!(
            customer,
            "# circuit er, private peering, primary connection\n# taken from a.json\nprefix,as_path,origin\n\
             10.100.0.0/16,12076 8075,igp\nfd00:1::/48,12076,igp\n"
        );
    }

    #[test]
    fn without_an_advertiser_nothing_is_learned() {
        let mut table = table();
        for route in &mut table.routes {
            route.advertiser = None;
        }
        assert_eq!(table.to_customer_csv(), None);
    }
}
