//! Why routes are not there, as sentences.

use crate::addr::Family;
use crate::engine::{Absence, Denial, DownReason};
use crate::report::explain::reason::Names;

impl Names<'_> {
    /// Why there is no route, in words.
    pub fn absence(&self, absence: &Absence) -> String {
        match absence {
            Absence::NoMicrosoftPeering => "the circuit has no Microsoft peering".to_owned(),
            Absence::NoRouteFilter => "no route filter is attached, so nothing is advertised".to_owned(),
            Absence::RouteFilterDetached => {
                "the route filter is detached, so nothing is advertised".to_owned()
            }
            Absence::NotInFilter { span } => {
                self.placed("the route filter does not hold the community".to_owned(), *span)
            }
            Absence::NeedsPremium { span } => {
                self.placed("Microsoft 365 is offered on Premium circuits only".to_owned(), *span)
            }
            Absence::NotAuthorized { span } => {
                self.placed("Microsoft has not authorized the circuit for Microsoft 365".to_owned(), *span)
            }
            Absence::OutOfReach { span } => {
                self.placed("the SKU does not reach the region from this peering location".to_owned(), *span)
            }
            Absence::NotInTable { span } => {
                self.placed("the route table of the connection does not hold it".to_owned(), *span)
            }
            Absence::SessionDown(reason) => self.down(*reason),
            Absence::GatewayOverLimit(exceeded) => {
                format!("the gateway's connection is cut: {exceeded}")
            }
            Absence::RemoteVirtualNetworks { span: Some(span) } => self.placed(
                "the gateway takes nothing that other virtual networks announce on the circuit".to_owned(),
                *span,
            ),
            Absence::RemoteVirtualNetworks { span: None } => {
                "the gateway takes nothing that other virtual networks announce on the circuit, since \
                 `allow_remote_virtual_network_traffic` is off by default; the ExpressRoute FAQ says otherwise, so write what is set"
                    .to_owned()
            }
            Absence::VirtualWan { span: Some(span) } => self.placed(
                "the gateway takes nothing that virtual hubs announce on the circuit".to_owned(),
                *span,
            ),
            Absence::VirtualWan { span: None } => {
                "the gateway takes nothing that virtual hubs announce on the circuit, since `allow_virtual_wan_traffic` is off by \
                 default"
                    .to_owned()
            }
            Absence::RouteServerLoop { network } => format!(
                "a Route Server refuses it, since 65515, which all of them have, is in its AS path: it went through the Route Server of \
                 `{}`; appliances that pass routes on override the number (`as-override`), over a tunnel of their own",
                self.virtual_network(*network)
            ),
            Absence::RouteServerLimit { count, span } => self.placed(
                format!(
                    "the Route Server has torn the session down: the appliance tells {count} routes, and 4000 are allowed"
                ),
                *span,
            ),
            Absence::HeldByNetwork { span } => self.placed(
                "a Route Server programs no route that is as long as a prefix of its virtual network or of a peered one, or longer"
                    .to_owned(),
                *span,
            ),
            Absence::NoIpv6AtHub { span } => self.placed(
                "a virtual hub carries no IPv6 (Microsoft, Virtual WAN FAQ)".to_owned(),
                *span,
            ),
            Absence::Denied(denial) => self.denial(*denial),
            Absence::Hidden { site, span } => self.placed(
                format!(
                    "the edge of site `{}` announces its best route alone, which is another",
                    self.site(*site)
                ),
                *span,
            ),
            Absence::Loop { number, span } => self.placed(
                format!("its AS path holds {number}, the site's own: a loop, which BGP refuses (RFC 4271 section 9.1.2)"),
                *span,
            ),
        }
    }

    /// Why a session is down, in words.
    pub fn down(&self, reason: DownReason) -> String {
        match reason {
            DownReason::LinkDown => "the session is down".to_owned(),
            DownReason::NoLink => "no link between sites that is up leads there".to_owned(),
            DownReason::Down { span } => self.placed("the session is down".to_owned(), span),
            DownReason::Disabled { span } => self.placed("the session is disabled".to_owned(), span),
            DownReason::NoSession { family, span } => {
                let other = if family == Family::V4 { Family::V6 } else { Family::V4 };
                let sentence = format!("the peering has no {family} session: its addresses are {other} only");
                self.placed(sentence, span)
            }
            DownReason::NotDualStack { said: true, span } => {
                self.placed("the gateway of Azure carries no IPv6".to_owned(), span)
            }
            DownReason::NotDualStack { said: false, span } => self.placed(
                "a gateway of Azure carries IPv6 only where it was deployed as dual stack, which the network file does not say \
                 (`dual_stack: true` in the gateway's `vpn`)"
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
