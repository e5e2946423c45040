//! Tables of routes as exports show them, and their plain text form.
//!
//! One route per line, first the prefix, then words and values in a fixed order; a missing value is
//! left out. `#` begins a comment. The text is made to be read by people, compared line by line and
//! read back by [`LearnedRoutes::parse`].
//!
//! ```text
//! # peerpath routes 1
//! 10.100.0.0/16 via 10.100.255.13 best path 65515 origin igp local-preference 100 weight 0 by microsoft
//! 0.0.0.0/0 type Internet source Default state Active
//! ```

use std::fmt::Write as _;
use std::net::IpAddr;
use std::str::FromStr;

use crate::addr::{IpPrefix, PrefixError};
use crate::network::{Connection, PeeringKind};
use crate::rib::Origin;

/// The first line of the text form, with the version of the form.
pub const HEADER: &str = "# peerpath routes 1";

/// Whose table it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Table {
    /// The edge router of Microsoft on one connection of a circuit (`list-route-tables`): what the
    /// customer and the virtual networks advertise to it.
    Circuit {
        /// The circuit's name, where it is known.
        circuit: Option<String>,
        /// The peering, where it is known.
        peering: Option<PeeringKind>,
        /// The connection, where it is known.
        connection: Option<Connection>,
    },
    /// The gateway of a virtual network: what it learned or advertises.
    Gateway {
        /// The gateway's name, where it is known.
        name: Option<String>,
    },
    /// A route server: what it learned from, or advertises to, a peer.
    RouteServer {
        /// The server's name, where it is known.
        name: Option<String>,
    },
    /// A network interface: the routes that Azure applies to it.
    Interface {
        /// The interface's name, where it is known.
        name: Option<String>,
    },
    /// A virtual hub or one of its gateways.
    Hub {
        /// The hub's name, where it is known.
        name: Option<String>,
    },
}

impl Table {
    /// What it is, in words.
    pub fn describe(&self) -> String {
        let named = |what: &str, name: &Option<String>| match name {
            Some(name) => format!("{what} {name}"),
            None => format!("a {what} that the export does not name"),
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

/// Who advertises a route to the edge router of Microsoft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Advertiser {
    /// The customer's edge, over the circuit.
    Customer,
    /// Microsoft: virtual networks, virtual hubs, public services.
    Microsoft,
}

impl Advertiser {
    /// The name in text: `customer`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Microsoft => "microsoft",
        }
    }
}

/// One route of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LearnedRoute {
    /// The destination.
    pub prefix: IpPrefix,
    /// Where packets go; several where the export lists several.
    pub next_hops: Vec<IpAddr>,
    /// Whether the table marks it as the best of its prefix.
    pub best: bool,
    /// The autonomous systems, the nearest first; `None` where the export has no path.
    pub as_path: Option<Vec<u32>>,
    /// The origin.
    pub origin: Option<Origin>,
    /// The local preference.
    pub local_preference: Option<u32>,
    /// The weight, in the sense of the router that shows it.
    pub weight: Option<u32>,
    /// The neighbour that it was learned from.
    pub peer: Option<IpAddr>,
    /// Who advertises it, in the table of a circuit whose peering is known: a customer's edge learns what
    /// Microsoft advertises.
    pub advertiser: Option<Advertiser>,
    /// The type of the next hop in Azure's words, without spaces: `VirtualNetworkGateway`.
    pub next_hop_type: Option<String>,
    /// Where Azure has it from: `Default`, `User`, `VirtualNetworkGateway`.
    pub source: Option<String>,
    /// Whether Azure uses it: `Active`, `Invalid`.
    pub state: Option<String>,
}

impl LearnedRoute {
    /// A route of which only the prefix is known.
    pub fn new(prefix: IpPrefix) -> Self {
        Self {
            prefix,
            next_hops: Vec::new(),
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

    /// The path; empty where the export has none.
    pub(super) fn numbers(&self) -> &[u32] {
        self.as_path.as_deref().unwrap_or_default()
    }

    fn write(&self, out: &mut String) {
        let mut line = self.prefix.to_string();
        let mut add = |key: &str, value: &dyn std::fmt::Display| {
            // Writing to a string cannot fail.
            let _ = write!(line, " {key} {value}");
        };
        for next_hop in &self.next_hops {
            add("via", next_hop);
        }
        if self.best {
            line.push_str(" best");
        }
        let mut add = |key: &str, value: &dyn std::fmt::Display| {
            let _ = write!(line, " {key} {value}");
        };
        if let Some(path) = &self.as_path {
            let path = path.iter().map(u32::to_string).collect::<Vec<_>>();
            add("path", &if path.is_empty() { "-".to_owned() } else { path.join(",") });
        }
        if let Some(origin) = self.origin {
            add("origin", &origin);
        }
        if let Some(preference) = self.local_preference {
            add("local-preference", &preference);
        }
        if let Some(weight) = self.weight {
            add("weight", &weight);
        }
        if let Some(peer) = self.peer {
            add("from", &peer);
        }
        if let Some(advertiser) = self.advertiser {
            add("by", &advertiser.name());
        }
        for (key, text) in [("type", &self.next_hop_type), ("source", &self.source), ("state", &self.state)] {
            if let Some(text) = text {
                add(key, text);
            }
        }
        out.push_str(&line);
        out.push('\n');
    }
}

/// Why a line is no route.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LearnedRouteError {
    /// It does not begin with a prefix.
    #[error(transparent)]
    Prefix(#[from] PrefixError),
    /// A word is unknown.
    #[error(
        "`{word}` is no word of a route; the words are via, best, path, origin, local-preference, weight, from, by, type, source, state"
    )]
    Word {
        /// The word.
        word: String,
    },
    /// A word lacks its value, or the value cannot be read.
    #[error("`{word}` needs {expected}, not `{found}`")]
    Value {
        /// The word.
        word: String,
        /// What should follow.
        expected: &'static str,
        /// What follows; empty at the end of the line.
        found: String,
    },
}

impl FromStr for LearnedRoute {
    type Err = LearnedRouteError;

    fn from_str(line: &str) -> Result<Self, LearnedRouteError> {
        let mut words = line.split_whitespace();
        let mut route = Self::new(words.next().unwrap_or_default().parse()?);
        while let Some(word) = words.next() {
            if word == "best" {
                route.best = true;
                continue;
            }
            let found = words.next().unwrap_or_default();
            let fail = |expected| LearnedRouteError::Value {
                word: word.to_owned(),
                expected,
                found: found.to_owned(),
            };
            let number = || found.parse::<u32>().map_err(|_| fail("a number below 4294967296"));
            let address = || found.parse::<IpAddr>().map_err(|_| fail("an address"));
            let text = || if found.is_empty() { Err(fail("a word")) } else { Ok(Some(found.to_owned())) };
            match word {
                "via" => route.next_hops.push(address()?),
                "path" => route.as_path = Some(path(found).ok_or_else(|| fail("numbers with commas"))?),
                "origin" => {
                    let origin = found.parse().map_err(|_| fail("igp, egp or incomplete"))?;
                    route.origin = Some(origin);
                }
                "local-preference" => route.local_preference = Some(number()?),
                "weight" => route.weight = Some(number()?),
                "from" => route.peer = Some(address()?),
                "by" => {
                    let advertisers = [Advertiser::Customer, Advertiser::Microsoft];
                    let advertiser = advertisers.into_iter().find(|advertiser| advertiser.name() == found);
                    route.advertiser = Some(advertiser.ok_or_else(|| fail("customer or microsoft"))?);
                }
                "type" => route.next_hop_type = text()?,
                "source" => route.source = text()?,
                "state" => route.state = text()?,
                _ => return Err(LearnedRouteError::Word { word: word.to_owned() }),
            }
        }
        Ok(route)
    }
}

fn path(text: &str) -> Option<Vec<u32>> {
    if text == "-" {
        return Some(Vec::new());
    }
    text.split(',').map(|number| number.parse().ok()).collect()
}

/// The routes of one table, in the export's order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LearnedRoutes {
    /// Whose table it is.
    pub table: Table,
    /// The routes.
    pub routes: Vec<LearnedRoute>,
    /// The file that they were taken from.
    pub file: String,
}

impl LearnedRoutes {
    /// The routes of a table.
    pub fn new(table: Table, routes: Vec<LearnedRoute>, file: impl Into<String>) -> Self {
        Self { table, routes, file: file.into() }
    }

    /// The text form.
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEADER}\n# table: {}\n# taken from: {}\n", self.table.describe(), self.file);
        for route in &self.routes {
            route.write(&mut text);
        }
        text
    }

    /// The routes of a text form.
    ///
    /// # Errors
    ///
    /// The line, from 1, and what is wrong with it.
    pub fn parse(text: &str) -> Result<Vec<LearnedRoute>, (usize, LearnedRouteError)> {
        let lines = text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line.split('#').next().unwrap_or_default().trim()));
        lines
            .filter(|(_, line)| !line.is_empty())
            .map(|(number, line)| line.parse().map_err(|error| (number, error)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn routes() -> impl Strategy<Value = LearnedRoute> {
        let prefix = (any::<IpAddr>(), 0_u8..=128).prop_filter_map("a prefix", |(address, length)| {
            IpPrefix::parse_clearing_host_bits(&format!("{address}/{length}")).ok().map(|(prefix, _)| prefix)
        });
        let word = prop::option::of("[A-Za-z]{1,12}");
        let origin =
            prop::option::of(prop_oneof![Just(Origin::Igp), Just(Origin::Egp), Just(Origin::Incomplete)]);
        let attributes =
            (prop::option::of(any::<Vec<u32>>()), origin, any::<Option<u32>>(), any::<Option<u32>>());
        let hops = (prop::collection::vec(any::<IpAddr>(), 0..3), any::<bool>(), any::<Option<IpAddr>>());
        let advertiser =
            prop::option::of(prop_oneof![Just(Advertiser::Customer), Just(Advertiser::Microsoft)]);
        (prefix, hops, attributes, advertiser, (word.clone(), word.clone(), word)).prop_map(
            |(prefix, (next_hops, best, peer), attributes, advertiser, (next_hop_type, source, state))| {
                let (as_path, origin, local_preference, weight) = attributes;
                LearnedRoute {
                    prefix,
                    next_hops,
                    best,
                    as_path,
                    origin,
                    local_preference,
                    weight,
                    peer,
                    advertiser,
                    next_hop_type,
                    source,
                    state,
                }
            },
        )
    }

    proptest! {
        #[test]
        fn text_round_trips(routes in prop::collection::vec(routes(), 0..8)) {
            let table = LearnedRoutes::new(Table::Hub { name: None }, routes, "f.json");
            prop_assert_eq!(LearnedRoutes::parse(&table.to_text()), Ok(table.routes));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*") {
            let _ = LearnedRoutes::parse(&text);
        }
    }
}
