//! Comparisons of packet and reply as sentences, and remedies.

use super::comparison::{Chooser, Comparison, Crossing, LostAt, NoRoute, Unsaid};
use super::disposition::Disposition;

impl Comparison {
    /// Describes what happens in one sentence without a full stop.
    pub fn sentence(&self) -> &'static str {
        match self {
            Self::SameLinks => "the reply takes the same path",
            Self::AzureTranslates => {
                "Azure translates the source to a public address, and the reply returns there"
            }
            Self::OtherLinks { packet, answer, by } => other_links(packet, answer, *by),
            Self::Shared { answer, by } => shared(answer, *by),
            Self::SiteTie => {
                "the site learned the prefix over a circuit and over a tunnel with equal attributes, and replies over one of them"
            }
            Self::OverInternet { longer: None, .. } => {
                "the source is advertised on the internet only, so the reply comes over the internet, and \
                 the stateful firewall there has no session for it"
            }
            Self::OverInternet { longer: Some(_), .. } => {
                "the source is advertised with a longer prefix on the internet, so the reply comes over \
                 the internet, and the stateful firewall there has no session for it"
            }
            Self::OverCircuits { listed: true, .. } => {
                "the source is advertised to Microsoft on ExpressRoute, which Microsoft prefers, so the \
                 reply comes over a circuit, and the stateful firewall there has no session for it"
            }
            Self::OverCircuits { listed: false, .. } => {
                "the source is advertised to Microsoft on ExpressRoute; if the destination belongs to \
                 Microsoft, although no list contains it, the reply comes over a circuit"
            }
            Self::OtherTranslator { .. } => {
                "the source is advertised over both connections of the circuit, so some replies arrive at \
                 the other router, which has its own NAT pool and no session for them"
            }
            Self::DeviceMissed { .. } => {
                "the packet passes an appliance that the reply bypasses, and a stateful one drops what follows"
            }
            Self::DeviceUnseen { .. } => {
                "the reply reaches an appliance that the packet bypassed, and a stateful one drops it"
            }
            Self::AnyDevice { .. } => {
                "several appliances share the flows: the reply may reach one that did not see the packet, and a stateful one drops it"
            }
            Self::EndpointAnswers { .. } => {
                "the packet passes an appliance, and documents and reports differ on whether a private endpoint replies over it"
            }
            Self::PrivateSource => "the source is a private address and is not translated",
            Self::NotTranslated { .. } => {
                "an appliance forwards the packet to the internet, and the file does not state that it \
                 translates the source: with a private source no reply would arrive"
            }
            Self::NoRoute(at) => at.sentence(),
            Self::Lost { way, at, .. } => lost(*way, *at),
            Self::Loop { .. } => "the reply loops",
            Self::Denied { .. } => {
                "an appliance forwards the reply over a peering without `allow_forwarded_traffic`: \
                 according to the documentation it is dropped, but packets have been observed to pass"
            }
            Self::Unknown(unsaid) => unsaid.sentence(),
        }
    }

    /// The remedy; empty where nothing is wrong.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::SameLinks | Self::AzureTranslates => "",
            Self::OtherLinks { packet, answer, by } => other_links_remedy(packet, answer, *by),
            Self::Shared { answer, by } => shared_remedy(answer, *by),
            Self::SiteTie => PREFER_EXPRESSROUTE,
            Self::OverInternet { longer: None, .. } => ADVERTISE_POOL,
            Self::OverInternet { longer: Some(_), .. } => {
                "advertise a prefix at least as long on the Microsoft peering, or keep the pool off the internet"
            }
            Self::OverCircuits { .. } => {
                "use different NAT pools on the internet and on ExpressRoute, and advertise each in one place only"
            }
            Self::OtherTranslator { .. } => {
                "advertise each connection's pool over that connection only, or translate to one pool before both routers"
            }
            Self::DeviceMissed { .. } | Self::DeviceUnseen { .. } => {
                "route both directions over the appliance, or neither: `GatewaySubnet` needs a route to \
                 it for each spoke prefix, and for the subnet's prefix if the subnet is in the gateway's \
                 virtual network; the subnet needs a route to it for the site, and no propagation of \
                 gateway routes"
            }
            Self::AnyDevice { .. } => {
                "translate the source at the appliances, so that replies return to the same one, or give one of them a longer AS path, as a backup"
            }
            Self::EndpointAnswers { .. } => "translate the source at the appliance",
            Self::PrivateSource => "translate clients to a public NAT pool",
            Self::NotTranslated { .. } => {
                "set `snat_private_ranges` of the appliance if it translates: packets to all other \
                 addresses then have its own address as their source"
            }
            Self::NoRoute(at) => at.remedy(),
            Self::Lost { at, .. } => match at {
                LostAt::Subnet => {
                    "remove that route from the subnet's route table, or make it exclude the site's prefixes"
                }
                LostAt::Azure => {
                    "give the site and the virtual networks prefixes that do not overlap, or translate the clients"
                }
                LostAt::Site => "advertise the virtual network's prefixes to the site over private peering",
                LostAt::Router => LEAD_ON,
            },
            Self::Loop { .. } => LEAD_ON,
            Self::Denied { .. } => {
                "set `allow_forwarded_traffic: true` at the peering, on the side of the virtual network that the appliance sends to"
            }
            Self::Unknown(unsaid) => unsaid.remedy(),
        }
    }
}

const ADVERTISE_POOL: &str =
    "advertise the NAT pool of the circuit on its Microsoft peering, and nowhere else";
const ADVERTISE_SITE: &str = "advertise the site's prefixes on private peering";
const LEAD_ON: &str = "give the subnet of the appliance, or `GatewaySubnet`, a route for the reply";
const OWN_POOL: &str = "use a NAT pool that only this site advertises";
const PREFER_EXPRESSROUTE: &str = "prefer ExpressRoute at the site: raise its local preference above that of the tunnel, and use no \
     static route over the tunnel";
const ONE_CIRCUIT: &str = "give each circuit a NAT pool of its own, or prepend a public ASN on the others";
const ONE_TUNNEL: &str = "make both sides prefer one tunnel: advertise more-specific prefixes on it and raise its local preference at the site";

fn over_circuit(links: &[Crossing]) -> bool {
    links.iter().any(|link| matches!(link, Crossing::Circuit(_)))
}

fn other_links(packet: &[Crossing], answer: &[Crossing], by: Chooser) -> &'static str {
    match by {
        _ if answer.contains(&Crossing::OnPremises) => {
            "the reply returns over the company's own links, past any stateful device there"
        }
        Chooser::Microsoft => "the reply returns over another circuit, which attracts it",
        Chooser::Internet => "another site's internet edge advertises the source",
        Chooser::VirtualNetwork => match (over_circuit(packet), over_circuit(answer)) {
            (true, true) => "the virtual network replies over another circuit",
            (false, true) => {
                "the virtual network replies over ExpressRoute, which its gateway prefers to the tunnel"
            }
            (true, false) => "the virtual network replies over a tunnel",
            (false, false) => "the virtual network replies over another tunnel",
        },
        Chooser::Site => match (over_circuit(packet), over_circuit(answer)) {
            (_, true) => "the site replies over a circuit that the packet did not use",
            (true, false) => "the site replies over a tunnel that the packet did not use",
            (false, false) => "the site replies over another tunnel",
        },
    }
}

fn other_links_remedy(packet: &[Crossing], answer: &[Crossing], by: Chooser) -> &'static str {
    match by {
        _ if answer.contains(&Crossing::OnPremises) => {
            "use local preference at each edge to prefer the same path, so that both directions use it"
        }
        Chooser::Microsoft => ONE_CIRCUIT,
        Chooser::Internet => OWN_POOL,
        Chooser::VirtualNetwork | Chooser::Site => match (over_circuit(packet), over_circuit(answer)) {
            (true, true) => one_circuit(by),
            (false, true) if by == Chooser::Site => one_circuit(by),
            (true, false) if by == Chooser::VirtualNetwork => {
                "advertise prefixes on private peering that are no shorter than those on the tunnel"
            }
            (false, true) | (true, false) => PREFER_EXPRESSROUTE,
            (false, false) => ONE_TUNNEL,
        },
    }
}

fn shared(answer: &[Crossing], by: Chooser) -> &'static str {
    match (by, over_circuit(answer)) {
        (Chooser::Microsoft, _) => {
            "several circuits advertise the source alike, and Microsoft does not document which one it selects"
        }
        (Chooser::Internet, _) => {
            "the internet edges of several sites advertise the source alike, and it is unknown at which one the reply arrives"
        }
        (Chooser::VirtualNetwork, true) => {
            "flows are shared among circuits (ECMP), and the virtual network selects independently of the site"
        }
        (Chooser::VirtualNetwork, false) => {
            "flows are shared among tunnels (ECMP), and the virtual network selects independently of the site"
        }
        (Chooser::Site, true) => {
            "flows are shared among circuits (ECMP), and the site selects independently of the virtual network"
        }
        (Chooser::Site, false) => {
            "flows are shared among tunnels (ECMP), and the site selects independently of the virtual network"
        }
    }
}

fn shared_remedy(answer: &[Crossing], by: Chooser) -> &'static str {
    match by {
        Chooser::Microsoft => ONE_CIRCUIT,
        Chooser::Internet => OWN_POOL,
        Chooser::VirtualNetwork | Chooser::Site if over_circuit(answer) => one_circuit(by),
        Chooser::VirtualNetwork | Chooser::Site => ONE_TUNNEL,
    }
}

/// Returns how to make both sides prefer one circuit; the side that chose another one comes last.
const fn one_circuit(by: Chooser) -> &'static str {
    match by {
        Chooser::Site => {
            "prefer one circuit on both sides: by connection weight at the gateway, by local preference at the site"
        }
        _ => {
            "prefer one circuit on both sides: by local preference at the site, by connection weight at \
             the gateway, which applies where the circuits advertise the same prefixes"
        }
    }
}

const fn lost(way: Disposition, at: LostAt) -> &'static str {
    match (at, way) {
        (LostAt::Subnet, Disposition::Discarded) => "a route of the subnet's route table drops the reply",
        (LostAt::Subnet, Disposition::Internet) => {
            "a route of the subnet's route table sends the reply to the internet"
        }
        (LostAt::Subnet, _) => "a route of the subnet's route table keeps the reply in Azure",
        (LostAt::Router, Disposition::Discarded) => "a router on the return path drops the reply",
        (LostAt::Router, Disposition::Internet) => {
            "a router on the return path sends the reply to the internet"
        }
        (LostAt::Router, _) => "a router on the return path sends the reply elsewhere",
        (LostAt::Azure, _) => {
            "the source overlaps the virtual network or one of its peers, so the reply stays in Azure"
        }
        (LostAt::Site, Disposition::OnPremises) => "the subnet's addresses overlap the site's own network",
        (LostAt::Site, Disposition::Discarded) => "the site drops the reply",
        (LostAt::Site, _) => "the site sends the reply out of its network, not to the virtual network",
    }
}

impl NoRoute {
    const fn sentence(self) -> &'static str {
        match self {
            Self::MicrosoftPeering => "the source prefix is not advertised: no return route",
            Self::Internet => "no internet edge advertises the source: no return route",
            Self::Gateway => "the virtual network's gateway learned no route to the source",
            Self::NotPropagated { .. } => {
                "the subnet's route table does not propagate the gateway's routes: no return route"
            }
            Self::PastRoute { .. } => {
                "a route of the subnet's route table sends the reply to an appliance or an unknown next \
                 hop, but no gateway of its virtual network, or of its peers, learned a route to the \
                 source"
            }
            Self::Links => {
                "the reply arrives at the edge of a site that has no working link over which the source prefix is advertised"
            }
            Self::Site => "the site has no route to the subnet: no return route",
        }
    }

    const fn remedy(self) -> &'static str {
        match self {
            Self::MicrosoftPeering => ADVERTISE_POOL,
            Self::Internet => "advertise the NAT pool at the internet edge",
            Self::Gateway | Self::PastRoute { .. } => ADVERTISE_SITE,
            Self::NotPropagated { .. } => {
                "let the route table propagate the gateway's routes: remove `disable_bgp_route_propagation`"
            }
            Self::Links => {
                "repair or add a link between the sites that advertises `own`, or advertise the source at another edge"
            }
            Self::Site => "advertise the virtual network's prefixes to the site over private peering",
        }
    }
}

impl Unsaid {
    const fn sentence(self) -> &'static str {
        match self {
            Self::Responder => {
                "no virtual network with a gateway in the network file contains the destination: its return route is unknown"
            }
            Self::Subnet => {
                "no subnet of the network file contains the destination: its return route is unknown"
            }
            Self::Site => {
                "the network file attaches no site to the circuit or tunnel of the packet, or no site with a route for it"
            }
            Self::SiteChoice => "the site's route for the reply is unknown",
            Self::Turn => {
                "the packet or its reply leaves over a circuit or tunnel for another virtual network, and the router there is not evaluated"
            }
            Self::NextHop { first: true, .. } => {
                "a route of the subnet's route table sends the reply to an appliance or a next hop that the file does not describe"
            }
            Self::NextHop { first: false, .. } => {
                "an appliance or gateway on the return path sends the reply to a hop that the file does not describe"
            }
        }
    }

    const fn remedy(self) -> &'static str {
        match self {
            Self::Responder => {
                "add the virtual network that contains the destination, with its gateway, to the network file"
            }
            Self::Subnet => "add the subnet that contains the destination, with its route table",
            Self::Site => "add the circuit to the `circuits` of the site at its other end",
            Self::SiteChoice => {
                "explain the virtual network's prefix from the site: the reason is shown there"
            }
            Self::Turn => "peer the virtual networks, or route the packet over an appliance of the hub",
            Self::NextHop { first: true, .. } => {
                "make sure that the appliance returns the reply on the path of the packet; if the reply need not pass it, remove the route"
            }
            Self::NextHop { first: false, .. } => LEAD_ON,
        }
    }
}
