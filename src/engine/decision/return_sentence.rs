//! What becomes of answers, in words.

use super::disposition::Disposition;
use super::return_reason::ReturnReason;

impl ReturnReason {
    /// What happens, as one sentence without a full stop.
    pub const fn sentence(&self) -> &'static str {
        match self {
            Self::SameWay => "the answer comes back the same way",
            Self::OnlyOnInternet { .. } => {
                "the source is advertised on the internet only, so the answer comes over the internet, \
                 whose edge saw no beginning of it"
            }
            Self::LongerOnInternet { .. } => {
                "the internet has a longer prefix of the source, so the answer comes over the internet, \
                 whose edge saw no beginning of it"
            }
            Self::NotAdvertised => "the source is advertised nowhere, so there is no way back",
            Self::CircuitAttracts { .. } => {
                "the source is advertised to Microsoft on ExpressRoute, which Microsoft prefers, so the answer \
                 comes over a circuit whose edge saw no beginning of it"
            }
            Self::CircuitMayAttract { .. } => {
                "the source is advertised to Microsoft on ExpressRoute; if the destination is Microsoft's \
                 although no list holds it, the answer comes over a circuit"
            }
            Self::NotAnnounced => "no internet edge announces the source, so there is no way back",
            Self::OtherSite => "another site's internet edge announces the source",
            Self::AnySite => {
                "the internet edges of several sites announce the source alike, and nothing says which of them the answer \
                 comes in at"
            }
            Self::AnyCircuit { .. } => {
                "several circuits advertise the source alike, and Microsoft does not say which it picks"
            }
            Self::OtherCircuit { .. } => "another circuit attracts the answer",
            Self::PrivateSource => "the source is a private address that nothing translates",
            Self::GatewayHasNone => "the virtual network's gateway learned no route to the source",
            Self::OverTunnel { .. } => "the virtual network answers over a tunnel",
            Self::GatewayOtherTunnel { .. } => "the virtual network answers over another tunnel",
            Self::GatewayAnyTunnel { .. } => {
                "flows are shared among tunnels, and the virtual network chooses without regard to the site"
            }
            Self::UserRouteAway { way, .. } => user_route(*way),
            Self::UserRouteUnknown { .. } => {
                "a route of the subnet's route table leads the answer to an appliance or to an unknown next hop, \
                 and nothing says what becomes of it there"
            }
            Self::NoGatewayRoute { .. } => {
                "a route of the subnet's route table leads the answer to an appliance or to an unknown next hop, but no \
                 gateway of its virtual network, or of those peered with it, learned a route to the source"
            }
            Self::NotPropagated { .. } => {
                "the subnet's route table keeps the gateway's routes away, so no route leads to the source"
            }
            Self::StaysInAzure => {
                "the virtual network, or one that it is peered with, takes the source for its own, so the \
                 answer stays in Azure"
            }
            Self::FarEndUnknown => {
                "no virtual network with a gateway in the network file holds the destination, so it cannot be told \
                 how it answers"
            }
            Self::OverExpressRoute { .. } => {
                "the virtual network answers over ExpressRoute, which its gateway prefers to the tunnel"
            }
            Self::GatewayOtherCircuit { .. } => "the virtual network answers over another circuit",
            Self::GatewayAnyCircuit { .. } => {
                "flows are shared among circuits, and the virtual network chooses without regard to the site"
            }
            Self::AzureTranslates => {
                "Azure gives the packet a public address of its own as its source, and the answer comes there"
            }
            Self::NoSite => {
                "the network file attaches no site to what carries the packet, or none that has a way on for it"
            }
            Self::SiteOtherCircuit { .. } => {
                "the site answers over a circuit over which the packet did not come"
            }
            Self::SiteAnyCircuit { .. } => {
                "flows are shared among circuits, and the site chooses without regard to the virtual network"
            }
            Self::SiteOverTunnel { .. } => {
                "the site answers over a tunnel over which the packet did not come"
            }
            Self::SiteOtherTunnel { .. } => "the site answers over another tunnel",
            Self::SiteAnyTunnel { .. } => {
                "flows are shared among tunnels, and the site chooses without regard to the virtual network"
            }
            Self::SiteAway { way } => away(*way),
            Self::OverLinks
            | Self::CutOff
            | Self::NotTranslated { .. }
            | Self::DeviceMissed { .. }
            | Self::DeviceUnseen { .. }
            | Self::HopAway { .. }
            | Self::NoSubnet
            | Self::EndpointAnswers { .. }
            | Self::TurnsAtEdge
            | Self::ForwardedTraffic { .. }
            | Self::HopUnknown { .. } => self.past_first(),
            Self::SiteTie => {
                "the site learned the prefix over a circuit and over a tunnel, equal in all that is known, and answers over one of them"
            }
            Self::SiteUnknown => "it cannot be told what the site does with the answer",
        }
    }

    /// What happens past the first router; empty where it is not there that the answer goes astray.
    const fn past_first(&self) -> &'static str {
        match self {
            Self::DeviceMissed { .. } => {
                "the packet passes an appliance that the answer does not pass, and one that keeps sessions drops what follows"
            }
            Self::DeviceUnseen { .. } => {
                "the answer comes to an appliance that the packet did not pass, and one that keeps sessions drops it"
            }
            Self::NotTranslated { .. } => {
                "an appliance sends the packet on to the internet, and nothing says that it gives it an address of its own: with \
                 a private source no answer would come"
            }
            Self::OverLinks => {
                "the answer comes back over the company's own links, past whatever keeps sessions there"
            }
            Self::CutOff => {
                "packets come in at the edge of a site from which no link that is up, and announces the prefix, leads on"
            }
            Self::HopAway { way, .. } => hop_away(*way),
            Self::NoSubnet => {
                "no subnet of the network file holds the destination, so nobody knows by which routes it answers"
            }
            Self::EndpointAnswers { .. } => {
                "the packet passes an appliance, and documents and reports differ on whether a private endpoint answers over it"
            }
            Self::TurnsAtEdge => {
                "the packet or its answer leaves over a circuit or tunnel for another virtual network, and what sends it on there is \
                 not evaluated"
            }
            Self::ForwardedTraffic { .. } => {
                "an appliance forwards the answer over a peering that takes nothing that is forwarded: documents say that it is \
                 dropped, and it was seen to pass"
            }
            Self::HopUnknown { .. } => {
                "an appliance or a gateway on the way back leads the answer to where nobody can tell what becomes of it"
            }
            _ => "",
        }
    }
}

/// Where a user's route leads an answer that does not come to the site.
const fn user_route(way: Disposition) -> &'static str {
    match way {
        Disposition::Discarded => "a route of the subnet's route table drops the answer",
        Disposition::Internet => "a route of the subnet's route table leads the answer to the internet",
        _ => "a route of the subnet's route table keeps the answer in Azure",
    }
}

/// Where a router past the first one leads an answer.
const fn hop_away(way: Disposition) -> &'static str {
    match way {
        Disposition::Discarded => "a router on the way back drops the answer, or it goes in a circle there",
        Disposition::Internet => "a router on the way back leads the answer to the internet",
        _ => "a router on the way back leads the answer elsewhere",
    }
}

/// Where an answer goes that does not go to the virtual network.
const fn away(way: Disposition) -> &'static str {
    match way {
        Disposition::Internet | Disposition::MicrosoftPeering => {
            "the site sends the answer out of its network, not to the virtual network"
        }
        Disposition::OnPremises => "the site takes the subnet's addresses for its own network's",
        _ => "the site has no route to the subnet, so there is no way back",
    }
}
