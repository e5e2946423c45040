//! What helps against answers that go astray.

use super::return_reason::ReturnReason;

impl ReturnReason {
    /// What helps; empty where nothing is wrong.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::SameWay | Self::AzureTranslates => "",
            Self::OnlyOnInternet { .. } | Self::NotAdvertised => {
                "advertise the NAT pool of the circuit on its Microsoft peering, and nowhere else"
            }
            Self::LongerOnInternet { .. } => {
                "advertise a prefix at least as long on the Microsoft peering, or keep the pool off the internet"
            }
            Self::CircuitAttracts { .. } | Self::CircuitMayAttract { .. } => {
                "use different NAT pools on the internet and on ExpressRoute, and advertise each in one place only"
            }
            Self::NotAnnounced => "announce the NAT pool from the internet edge",
            Self::OtherSite | Self::AnySite => "use a NAT pool that only this site announces",
            Self::AnyCircuit { .. } | Self::OtherCircuit { .. } => {
                "give each circuit a NAT pool of its own, or prepend a public autonomous system on the others"
            }
            Self::PrivateSource => "translate clients to a public NAT pool",
            Self::GatewayHasNone | Self::NoGatewayRoute { .. } => {
                "advertise the site's prefixes on private peering"
            }
            Self::OverTunnel { .. } => {
                "advertise prefixes on private peering that are no shorter than those on the tunnel"
            }
            Self::GatewayOtherTunnel { .. }
            | Self::GatewayAnyTunnel { .. }
            | Self::SiteOtherTunnel { .. }
            | Self::SiteAnyTunnel { .. } => {
                "prefer one tunnel on both sides: advertise each prefix over one tunnel, or a longer one over it, and \
                 give it the higher local preference at the site"
            }
            Self::UserRouteAway { .. } => {
                "take that route out of the subnet's route table, or let it end before the site's prefixes"
            }
            Self::UserRouteUnknown { .. } => {
                "see that the appliance sends the answer back the way that the packet came; where the answer need not \
                 pass it, take the route out"
            }
            Self::NotPropagated { .. } => {
                "let the route table propagate the gateway's routes: leave out `disable_bgp_route_propagation`"
            }
            Self::StaysInAzure => {
                "give the site and the virtual networks prefixes that do not overlap, or translate the clients"
            }
            Self::FarEndUnknown => {
                "write the virtual network that holds the destination, with its gateway, into the network file"
            }
            Self::NotTranslated { .. } => {
                "write `snat_private_ranges` of the appliance where it translates: all that it sends to other addresses then has \
                 one of its own as the source"
            }
            Self::NoSite => "name the circuit among the `circuits` of the site that it leads to",
            Self::GatewayOtherCircuit { .. } | Self::GatewayAnyCircuit { .. } => {
                "prefer one circuit on both sides: by local preference at the site, by connection weight at the \
                 gateway, which counts where the circuits advertise the same prefixes"
            }
            Self::SiteOtherCircuit { .. } | Self::SiteAnyCircuit { .. } => {
                "prefer one circuit on both sides: by connection weight at the gateway, by local preference at the site"
            }
            Self::SiteOverTunnel { .. } | Self::OverExpressRoute { .. } | Self::SiteTie => {
                "prefer what comes over ExpressRoute at the site, by a local preference above that of the tunnel and without \
                 a static route over it"
            }
            Self::OverLinks => {
                "prefer one of both at each edge, by a local preference, so that both directions take it"
            }
            Self::CutOff => {
                "repair or add a link between the sites that announces `own`, or let another edge attract the packets"
            }
            Self::SiteAway { .. } => "let the site learn the virtual network's prefixes over private peering",
            Self::DeviceMissed { .. } | Self::DeviceUnseen { .. } => {
                "lead both directions over the appliance, or neither: `GatewaySubnet` needs a route to it for each prefix of a \
                 spoke, and in the gateway's own virtual network for that of the subnet; the subnet needs one to the site, and \
                 no propagation"
            }
            Self::NoSubnet => "write the subnet that holds the destination, with its route table",
            Self::EndpointAnswers { .. } => "translate the source at the appliance",
            Self::TurnsAtEdge => "peer the virtual networks, or lead the packet over an appliance of the hub",
            Self::ForwardedTraffic { .. } => {
                "let the peering take what is forwarded: `allow_forwarded_traffic: true` on the side of the virtual network that \
                 the appliance sends to"
            }
            Self::HopAway { .. } | Self::HopUnknown { .. } => {
                "give the subnet of the appliance, or `GatewaySubnet`, a route that leads the answer on"
            }
            Self::SiteUnknown => {
                "ask for the virtual network's prefix from the site: the reason is told there"
            }
        }
    }
}
