//! What becomes of answers in words, and what helps against those that go astray.

use super::comparison::{Chooser, Comparison, Crossing, LostAt, NoRoute, Unsaid};
use super::disposition::Disposition;

impl Comparison {
    /// What happens, as one sentence without a full stop.
    pub fn sentence(&self) -> &'static str {
        match self {
            Self::SameLinks => "the answer comes back the same way",
            Self::AzureTranslates => {
                "Azure gives the packet a public address of its own as its source, and the answer comes there"
            }
            Self::OtherLinks { packet, answer, by } => other_links(packet, answer, *by),
            Self::Shared { answer, by } => shared(answer, *by),
            Self::SiteTie => {
                "the site learned the prefix over a circuit and over a tunnel, equal in all that is known, and answers over one of them"
            }
            Self::OverInternet { longer: None, .. } => {
                "the source is advertised on the internet only, so the answer comes over the internet, \
                 whose edge saw no beginning of it"
            }
            Self::OverInternet { longer: Some(_), .. } => {
                "the internet has a longer prefix of the source, so the answer comes over the internet, \
                 whose edge saw no beginning of it"
            }
            Self::OverCircuits { listed: true, .. } => {
                "the source is advertised to Microsoft on ExpressRoute, which Microsoft prefers, so the answer \
                 comes over a circuit whose edge saw no beginning of it"
            }
            Self::OverCircuits { listed: false, .. } => {
                "the source is advertised to Microsoft on ExpressRoute; if the destination is Microsoft's \
                 although no list holds it, the answer comes over a circuit"
            }
            Self::OtherTranslator { .. } => {
                "the source is advertised over both connections of the circuit, so some answers come in at the other router, which \
                 translates to a pool of its own and saw no beginning of it"
            }
            Self::DeviceMissed { .. } => {
                "the packet passes an appliance that the answer does not pass, and one that keeps sessions drops what follows"
            }
            Self::DeviceUnseen { .. } => {
                "the answer comes to an appliance that the packet did not pass, and one that keeps sessions drops it"
            }
            Self::AnyDevice { .. } => {
                "several appliances share the flows: the answer may come back over one that did not see the packet, which drops it if it \
                 keeps sessions"
            }
            Self::EndpointAnswers { .. } => {
                "the packet passes an appliance, and documents and reports differ on whether a private endpoint answers over it"
            }
            Self::PrivateSource => "the source is a private address that nothing translates",
            Self::NotTranslated { .. } => {
                "an appliance sends the packet on to the internet, and nothing says that it gives it an address of its own: with \
                 a private source no answer would come"
            }
            Self::NoRoute(at) => at.sentence(),
            Self::Lost { way, at, .. } => lost(*way, *at),
            Self::Loop { .. } => "the answer goes in a circle",
            Self::Denied { .. } => {
                "an appliance forwards the answer over a peering that takes nothing that is forwarded: documents say that it is \
                 dropped, and it was seen to pass"
            }
            Self::Unknown(unsaid) => unsaid.sentence(),
        }
    }

    /// What helps; empty where nothing is wrong.
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
                "advertise each connection's pool over that connection alone, or translate to one pool before both routers"
            }
            Self::DeviceMissed { .. } | Self::DeviceUnseen { .. } => {
                "lead both directions over the appliance, or neither: `GatewaySubnet` needs a route to it for each prefix of a \
                 spoke, and in the gateway's own virtual network for that of the subnet; the subnet needs one to the site, and \
                 no propagation"
            }
            Self::AnyDevice { .. } => {
                "translate the source at the appliances, so that answers come back to the same one, or let one of them have a longer \
                 path, as a backup"
            }
            Self::EndpointAnswers { .. } => "translate the source at the appliance",
            Self::PrivateSource => "translate clients to a public NAT pool",
            Self::NotTranslated { .. } => {
                "write `snat_private_ranges` of the appliance where it translates: all that it sends to other addresses then has \
                 one of its own as the source"
            }
            Self::NoRoute(at) => at.remedy(),
            Self::Lost { at, .. } => match at {
                LostAt::Subnet => {
                    "take that route out of the subnet's route table, or let it end before the site's prefixes"
                }
                LostAt::Azure => {
                    "give the site and the virtual networks prefixes that do not overlap, or translate the clients"
                }
                LostAt::Site => "let the site learn the virtual network's prefixes over private peering",
                LostAt::Router => LEAD_ON,
            },
            Self::Loop { .. } => LEAD_ON,
            Self::Denied { .. } => {
                "let the peering take what is forwarded: `allow_forwarded_traffic: true` on the side of the virtual network that \
                 the appliance sends to"
            }
            Self::Unknown(unsaid) => unsaid.remedy(),
        }
    }
}

const ADVERTISE_POOL: &str =
    "advertise the NAT pool of the circuit on its Microsoft peering, and nowhere else";
const ADVERTISE_SITE: &str = "advertise the site's prefixes on private peering";
const LEAD_ON: &str =
    "give the subnet of the appliance, or `GatewaySubnet`, a route that leads the answer on";
const OWN_POOL: &str = "use a NAT pool that only this site announces";
const PREFER_EXPRESSROUTE: &str = "prefer what comes over ExpressRoute at the site, by a local preference above that of the tunnel and without \
                 a static route over it";
const ONE_CIRCUIT: &str =
    "give each circuit a NAT pool of its own, or prepend a public autonomous system on the others";
const ONE_TUNNEL: &str = "prefer one tunnel on both sides: advertise each prefix over one tunnel, or a longer one over it, and \
                 give it the higher local preference at the site";

fn over_circuit(links: &[Crossing]) -> bool {
    links.iter().any(|link| matches!(link, Crossing::Circuit(_)))
}

fn other_links(packet: &[Crossing], answer: &[Crossing], by: Chooser) -> &'static str {
    match by {
        _ if answer.contains(&Crossing::OnPremises) => {
            "the answer comes back over the company's own links, past whatever keeps sessions there"
        }
        Chooser::Microsoft => "another circuit attracts the answer",
        Chooser::Internet => "another site's internet edge announces the source",
        Chooser::VirtualNetwork => match (over_circuit(packet), over_circuit(answer)) {
            (true, true) => "the virtual network answers over another circuit",
            (false, true) => {
                "the virtual network answers over ExpressRoute, which its gateway prefers to the tunnel"
            }
            (true, false) => "the virtual network answers over a tunnel",
            (false, false) => "the virtual network answers over another tunnel",
        },
        Chooser::Site => match (over_circuit(packet), over_circuit(answer)) {
            (_, true) => "the site answers over a circuit over which the packet did not come",
            (true, false) => "the site answers over a tunnel over which the packet did not come",
            (false, false) => "the site answers over another tunnel",
        },
    }
}

fn other_links_remedy(packet: &[Crossing], answer: &[Crossing], by: Chooser) -> &'static str {
    match by {
        _ if answer.contains(&Crossing::OnPremises) => {
            "prefer one of both at each edge, by a local preference, so that both directions take it"
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
            "several circuits advertise the source alike, and Microsoft does not say which it picks"
        }
        (Chooser::Internet, _) => {
            "the internet edges of several sites announce the source alike, and nothing says which of them the answer \
                 comes in at"
        }
        (Chooser::VirtualNetwork, true) => {
            "flows are shared among circuits, and the virtual network chooses without regard to the site"
        }
        (Chooser::VirtualNetwork, false) => {
            "flows are shared among tunnels, and the virtual network chooses without regard to the site"
        }
        (Chooser::Site, true) => {
            "flows are shared among circuits, and the site chooses without regard to the virtual network"
        }
        (Chooser::Site, false) => {
            "flows are shared among tunnels, and the site chooses without regard to the virtual network"
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

/// How both sides come to prefer one circuit, the side that chose otherwise last.
const fn one_circuit(by: Chooser) -> &'static str {
    match by {
        Chooser::Site => {
            "prefer one circuit on both sides: by connection weight at the gateway, by local preference at the site"
        }
        _ => {
            "prefer one circuit on both sides: by local preference at the site, by connection weight at the \
                 gateway, which counts where the circuits advertise the same prefixes"
        }
    }
}

const fn lost(way: Disposition, at: LostAt) -> &'static str {
    match (at, way) {
        (LostAt::Subnet, Disposition::Discarded) => "a route of the subnet's route table drops the answer",
        (LostAt::Subnet, Disposition::Internet) => {
            "a route of the subnet's route table leads the answer to the internet"
        }
        (LostAt::Subnet, _) => "a route of the subnet's route table keeps the answer in Azure",
        (LostAt::Router, Disposition::Discarded) => "a router on the way back drops the answer",
        (LostAt::Router, Disposition::Internet) => {
            "a router on the way back leads the answer to the internet"
        }
        (LostAt::Router, _) => "a router on the way back leads the answer elsewhere",
        (LostAt::Azure, _) => {
            "the virtual network, or one that it is peered with, takes the source for its own, so the \
                 answer stays in Azure"
        }
        (LostAt::Site, Disposition::OnPremises) => {
            "the site takes the subnet's addresses for its own network's"
        }
        (LostAt::Site, Disposition::Discarded) => "the site drops the answer",
        (LostAt::Site, _) => "the site sends the answer out of its network, not to the virtual network",
    }
}

impl NoRoute {
    const fn sentence(self) -> &'static str {
        match self {
            Self::MicrosoftPeering => "the source is advertised nowhere, so there is no way back",
            Self::Internet => "no internet edge announces the source, so there is no way back",
            Self::Gateway => "the virtual network's gateway learned no route to the source",
            Self::NotPropagated { .. } => {
                "the subnet's route table keeps the gateway's routes away, so no route leads to the source"
            }
            Self::PastRoute { .. } => {
                "a route of the subnet's route table leads the answer to an appliance or to an unknown next hop, but no \
                 gateway of its virtual network, or of those peered with it, learned a route to the source"
            }
            Self::Links => {
                "packets come in at the edge of a site from which no link that is up, and announces the prefix, leads on"
            }
            Self::Site => "the site has no route to the subnet, so there is no way back",
        }
    }

    const fn remedy(self) -> &'static str {
        match self {
            Self::MicrosoftPeering => ADVERTISE_POOL,
            Self::Internet => "announce the NAT pool from the internet edge",
            Self::Gateway | Self::PastRoute { .. } => ADVERTISE_SITE,
            Self::NotPropagated { .. } => {
                "let the route table propagate the gateway's routes: leave out `disable_bgp_route_propagation`"
            }
            Self::Links => {
                "repair or add a link between the sites that announces `own`, or let another edge attract the packets"
            }
            Self::Site => "let the site learn the virtual network's prefixes over private peering",
        }
    }
}

impl Unsaid {
    const fn sentence(self) -> &'static str {
        match self {
            Self::Responder => {
                "no virtual network with a gateway in the network file holds the destination, so it cannot be told \
                 how it answers"
            }
            Self::Subnet => {
                "no subnet of the network file holds the destination, so nobody knows by which routes it answers"
            }
            Self::Site => {
                "the network file attaches no site to what carries the packet, or none that has a way on for it"
            }
            Self::SiteChoice => "it cannot be told what the site does with the answer",
            Self::Turn => {
                "the packet or its answer leaves over a circuit or tunnel for another virtual network, and what sends it on there is \
                 not evaluated"
            }
            Self::NextHop { first: true, .. } => {
                "a route of the subnet's route table leads the answer to an appliance or to an unknown next hop, \
                 and nothing says what becomes of it there"
            }
            Self::NextHop { first: false, .. } => {
                "an appliance or a gateway on the way back leads the answer to where nobody can tell what becomes of it"
            }
        }
    }

    const fn remedy(self) -> &'static str {
        match self {
            Self::Responder => {
                "write the virtual network that holds the destination, with its gateway, into the network file"
            }
            Self::Subnet => "write the subnet that holds the destination, with its route table",
            Self::Site => "name the circuit among the `circuits` of the site that it leads to",
            Self::SiteChoice => {
                "ask for the virtual network's prefix from the site: the reason is told there"
            }
            Self::Turn => "peer the virtual networks, or lead the packet over an appliance of the hub",
            Self::NextHop { first: true, .. } => {
                "see that the appliance sends the answer back the way that the packet came; where the answer need not \
                 pass it, take the route out"
            }
            Self::NextHop { first: false, .. } => LEAD_ON,
        }
    }
}
