//! Route tables with user-defined routes.

use crate::addr::IpPrefix;
use crate::diag::{Code, Spanned};
use crate::network::read::{Conversion, keys};
use crate::network::{RouteTable, UserNextHop, UserRoute, UserRouteDestination};
use crate::yaml::suggest::nearest;
use crate::yaml::tree::Node;

/// The next hops that need no address.
const NEXT_HOPS: [(&str, UserNextHop); 5] = [
    ("internet", UserNextHop::Internet),
    ("none", UserNextHop::None),
    ("virtual-network-gateway", UserNextHop::VirtualNetworkGateway),
    ("virtual-network", UserNextHop::VirtualNetwork),
    ("unknown", UserNextHop::Unknown),
];

/// The next hop that is followed by an address.
const APPLIANCE: &str = "virtual-appliance";

impl Conversion<'_> {
    pub(in crate::network::read) fn route_table(&mut self, node: &Node) -> Option<RouteTable> {
        let fields = self.reader.fields(node, "a route table", keys::ROUTE_TABLE, node.span)?;
        let name = self.name(&fields, "to-firewall");
        let disable = self.reader.optional_truth(&fields, "disable_bgp_route_propagation");
        let mut routes: Vec<UserRoute> = Vec::new();
        for route in self.entries(&fields, "routes", Self::user_route).into_iter().flatten() {
            if routes.iter().any(|other| other.destination == route.destination) {
                let message = "the route table already has a route to this destination";
                self.reader.warning(
                    Code::NETWORK_REPEATED,
                    route.destination.span,
                    message,
                    "remove one of the two routes",
                );
            } else {
                routes.push(route);
            }
        }
        let name = name?;
        Some(RouteTable {
            name: name.value,
            disable_bgp_route_propagation: disable.unwrap_or(false),
            routes,
            span: name.span,
        })
    }

    fn user_route(&mut self, node: &Node) -> Option<UserRoute> {
        let fields = self.reader.fields(node, "a route of a route table", keys::USER_ROUTE, node.span)?;
        let destination = self.reader.required_text(&fields, "prefix", "0.0.0.0/0");
        let destination = destination.and_then(|text| self.destination(text));
        let next_hop = self.reader.required_text(&fields, "next_hop", "virtual-appliance 10.20.0.4");
        let next_hop = next_hop.and_then(|text| self.next_hop(&text));
        let (destination, next_hop) = (destination?, next_hop?);
        if let (UserRouteDestination::Prefix(prefix), UserNextHop::VirtualAppliance(address)) =
            (&destination.value, next_hop.value)
            && matches!(prefix, IpPrefix::V4(_)) != address.is_ipv4()
        {
            let message = format!("`{address}` and `{prefix}` belong to different address families");
            let help = "use an IPv4 address for an IPv4 prefix, or an IPv6 address for an IPv6 prefix";
            self.reader.error(Code::NETWORK_NEXT_HOP, next_hop.span, message, help);
        }
        Some(UserRoute { destination, next_hop })
    }

    /// Parses a prefix or the name of a service tag. Names start with a letter and contain neither `/` nor `:`.
    fn destination(&mut self, text: Spanned<String>) -> Option<Spanned<UserRouteDestination>> {
        let letter = text.value.starts_with(|first: char| first.is_ascii_alphabetic());
        if !letter || text.value.contains(['/', ':']) {
            let prefix = self.reader.prefix(&text)?;
            return Some(Spanned::new(UserRouteDestination::Prefix(prefix.value), text.span));
        }
        let Some(tag) = self.names.tag(&text.value) else {
            let help = match nearest(&text.value, self.names.tags()) {
                Some(name) => format!("did you mean `{name}`?"),
                None => "write a prefix, or a service tag such as `Storage.WestEurope`; run `peerpath catalog list` to list all service tags"
                    .to_owned(),
            };
            let message = format!("the catalog has no service tag `{}`", text.value);
            self.reader.error(Code::NETWORK_SERVICE_TAG, text.span, message, help);
            return None;
        };
        Some(Spanned::new(UserRouteDestination::ServiceTag(tag.to_owned()), text.span))
    }

    fn next_hop(&mut self, text: &Spanned<String>) -> Option<Spanned<UserNextHop>> {
        let mut words = text.value.split_whitespace();
        let (word, address, more) = (words.next().unwrap_or_default(), words.next(), words.next());
        let known = NEXT_HOPS.iter().find(|(name, _)| *name == word);
        let (message, help) = match (known, address) {
            (Some((_, next_hop)), None) => return Some(Spanned::new(*next_hop, text.span)),
            (None, Some(address)) if word == APPLIANCE && more.is_none() => {
                let address = self.reader.address(&Spanned::new(address.to_owned(), text.span))?;
                return Some(Spanned::new(UserNextHop::VirtualAppliance(address.value), text.span));
            }
            (None, _) if word == APPLIANCE => {
                let message = format!(
                    "`{}` is not a valid next hop: `virtual-appliance` needs one address",
                    text.value
                );
                (message, "write `virtual-appliance 10.20.0.4` with the appliance's address".to_owned())
            }
            _ => {
                let words = || NEXT_HOPS.iter().map(|(name, _)| *name).chain([APPLIANCE]);
                let help = match nearest(word, words()) {
                    Some(name) if address.is_none() => format!("did you mean `{name}`?"),
                    _ => format!(
                        "use one of {}; the last one must be followed by an address",
                        crate::network::read::quoted(words())
                    ),
                };
                (format!("`{}` is not a valid next hop", text.value), help)
            }
        };
        self.reader.error(Code::NETWORK_NEXT_HOP, text.span, message, help);
        None
    }
}
