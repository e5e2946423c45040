//! Reasons for missing routes, as sentences.

use crate::addr::Family;
use crate::engine::{Absence, Denial, DownReason};
use crate::report::explain::reason::Names;

impl Names<'_> {
    /// Returns the reason for a missing route.
    pub fn absence(&self, absence: &Absence) -> String {
        match absence {
            Absence::NoMicrosoftPeering
            | Absence::NoRouteFilter
            | Absence::RouteFilterDetached
            | Absence::NotInFilter { .. }
            | Absence::NeedsPremium { .. }
            | Absence::NotAuthorized { .. }
            | Absence::OutOfReach { .. }
            | Absence::NotInTable { .. } => self.not_advertised(absence),
            Absence::GatewayOverLimit(_)
            | Absence::RemoteVirtualNetworks { .. }
            | Absence::VirtualWan { .. }
            | Absence::NoIpv6AtHub { .. } => self.not_at_gateway(absence),
            Absence::RouteServerLoop { .. }
            | Absence::RouteServerLimit { .. }
            | Absence::HeldByNetwork { .. } => self.not_at_route_server(absence),
            Absence::SessionDown(reason) => self.down(*reason),
            Absence::Denied(denial) => self.denial(*denial),
            Absence::Hidden { site, span } => self.placed(
                format!(
                    "the edge of site `{}` advertises only its best route, which is a different route",
                    self.site(*site)
                ),
                *span,
            ),
            Absence::Loop { number, span } => self.placed(
                format!("the AS path contains {number}, the site's own ASN, so BGP rejects the route as a loop (RFC 4271 section 9.1.2)"),
                *span,
            ),
        }
    }

    /// Returns the reason if Microsoft does not advertise the route on a circuit.
    fn not_advertised(&self, absence: &Absence) -> String {
        match absence {
            Absence::NoMicrosoftPeering => "the circuit has no Microsoft peering".to_owned(),
            Absence::NoRouteFilter => "no route filter is attached, so nothing is advertised".to_owned(),
            Absence::RouteFilterDetached => {
                "the route filter is detached, so nothing is advertised".to_owned()
            }
            Absence::NotInFilter { span } => {
                self.placed("the route filter does not contain the community".to_owned(), *span)
            }
            Absence::NeedsPremium { span } => {
                self.placed("Microsoft 365 is available only on Premium circuits".to_owned(), *span)
            }
            Absence::NotAuthorized { span } => {
                self.placed("Microsoft has not authorized the circuit for Microsoft 365".to_owned(), *span)
            }
            Absence::OutOfReach { span } => {
                self.placed("the SKU does not reach the region from this peering location".to_owned(), *span)
            }
            Absence::NotInTable { span } => {
                self.placed("the route table of the connection does not contain the prefix".to_owned(), *span)
            }
            _ => String::new(),
        }
    }

    /// Returns the reason if a gateway or virtual hub does not accept the route.
    fn not_at_gateway(&self, absence: &Absence) -> String {
        match absence {
            Absence::GatewayOverLimit(exceeded) => {
                format!("the gateway's connection is dropped: {exceeded}")
            }
            Absence::RemoteVirtualNetworks { span: Some(span) } => self.placed(
                "the gateway does not accept routes from other virtual networks on the circuit".to_owned(),
                *span,
            ),
            Absence::RemoteVirtualNetworks { span: None } => {
                "the gateway does not accept routes from other virtual networks on the circuit, because \
                 `allow_remote_virtual_network_traffic` is off by default; the ExpressRoute FAQ states \
                 otherwise, so write the configured value in the network file"
                    .to_owned()
            }
            Absence::VirtualWan { span: Some(span) } => self.placed(
                "the gateway does not accept routes from virtual hubs on the circuit".to_owned(),
                *span,
            ),
            Absence::VirtualWan { span: None } => {
                "the gateway does not accept routes from virtual hubs on the circuit, because \
                 `allow_virtual_wan_traffic` is off by default"
                    .to_owned()
            }
            Absence::NoIpv6AtHub { span } => self
                .placed("a virtual hub does not support IPv6 (Microsoft, Virtual WAN FAQ)".to_owned(), *span),
            _ => String::new(),
        }
    }

    /// Returns the reason if a Route Server does not use the route.
    fn not_at_route_server(&self, absence: &Absence) -> String {
        match absence {
            Absence::RouteServerLoop { network } => format!(
                "a Route Server rejects the route because its AS path contains 65515, the ASN of every Route \
                 Server: the route passed the Route Server of `{}`; appliances that readvertise such routes \
                 over a tunnel of their own must override the ASN (`as-override`)",
                self.virtual_network(*network)
            ),
            Absence::RouteServerLimit { count, span } => self.placed(
                format!(
                    "the Route Server has closed the session: the appliance advertises {count} routes, and the limit is 4000"
                ),
                *span,
            ),
            Absence::HeldByNetwork { span } => self.placed(
                "a Route Server does not program a route that is equal to or inside a prefix of its virtual network or of a peered virtual network"
                    .to_owned(),
                *span,
            ),
            _ => String::new(),
        }
    }

    /// Returns the reason why a session is down.
    pub fn down(&self, reason: DownReason) -> String {
        match reason {
            DownReason::LinkDown => "the session is down".to_owned(),
            DownReason::NoLink => "no working link between sites leads to the other edge".to_owned(),
            DownReason::Down { span } => self.placed("the session is down".to_owned(), span),
            DownReason::Disabled { span } => self.placed("the session is disabled".to_owned(), span),
            DownReason::NoSession { family, span } => {
                let other = if family == Family::V4 { Family::V6 } else { Family::V4 };
                let sentence =
                    format!("the peering has no {family} session because it has only {other} addresses");
                self.placed(sentence, span)
            }
            DownReason::NotDualStack { stated: true, span } => {
                self.placed("the Azure gateway does not support IPv6".to_owned(), span)
            }
            DownReason::NotDualStack { stated: false, span } => self.placed(
                "an Azure gateway supports IPv6 only if it was deployed as dual stack, and the network \
                 file does not state this (`dual_stack: true` in the gateway's `vpn`)"
                    .to_owned(),
                span,
            ),
            DownReason::OverLimit(exceeded) => format!("Microsoft drops the session: {exceeded}"),
        }
    }

    fn denial(&self, denial: Denial) -> String {
        let map = self.network.and_then(|network| network.route_map(denial.map));
        let name = map.map_or("", |map| map.name.as_str());
        let sentence = match denial.clause {
            Some(clause) => format!("denied by clause {clause} of route map `{name}`"),
            None => format!("denied: no clause of route map `{name}` matches"),
        };
        self.placed(sentence, denial.span)
    }
}
