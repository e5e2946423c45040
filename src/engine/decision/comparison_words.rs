//! Sentences for the comparison of packet and reply, and remedies.

use super::comparison::{Chooser, Comparison, Crossing, LostAt, NoRoute, UnknownInput};
use super::disposition::Disposition;

impl Comparison {
    /// Describes the outcome of the reply in one sentence without a full stop.
    pub fn sentence(&self) -> &'static str {
        match self {
            Self::SameLinks => "the reply takes the same path",
            Self::AzureTranslates => {
                "Azure translates the source to a public address, and the reply returns to that address"
            }
            Self::OtherLinks { packet, answer, by } => other_links(packet, answer, *by),
            Self::Shared { answer, by } => shared(answer, *by),
            Self::SiteTie => {
                "the site learned the prefix over a circuit and over a tunnel with equal attributes, and replies over one of them"
            }
            Self::OverInternet { longer: None, .. } => {
                "the source is advertised on the internet only, so the reply arrives over the internet; a stateful firewall there \
                has no session for the reply"
            }
            Self::OverInternet { longer: Some(_), .. } => {
                "the source is advertised with a longer prefix on the internet, so the reply arrives over the internet; a stateful \
                firewall there has no session for the reply"
            }
            Self::OverCircuits { listed: true, .. } => {
                "the source is advertised to Microsoft on ExpressRoute, and Microsoft prefers ExpressRoute, so the reply arrives over \
                a circuit; the stateful firewall there has no session for the reply"
            }
            Self::OverCircuits { listed: false, .. } => {
                "the source is advertised to Microsoft on ExpressRoute; if the destination belongs to Microsoft although no list \
                contains it, the reply arrives over a circuit"
            }
            Self::OtherTranslator { .. } => {
                "the source is advertised over both connections of the circuit, so some replies arrive at the router of the other \
                connection; that router has its own NAT pool and no session for these replies"
            }
            Self::DeviceMissed { .. } => {
                "the packet passes an appliance that the reply bypasses; a stateful appliance drops the packets that follow"
            }
            Self::DeviceUnseen { .. } => {
                "the reply reaches an appliance that the packet bypassed; a stateful appliance drops the reply"
            }
            Self::SiteDevice { by_packet, always, .. } => site_device(*by_packet, *always),
            Self::AnyDevice { .. } => {
                "flows are shared among several appliances: the reply may reach an appliance that did not see the packet, and a \
                stateful appliance drops the reply"
            }
            Self::EndpointAnswers { .. } => {
                "the packet passes an appliance; documents and reports differ on whether the private endpoint's reply returns over the appliance"
            }
            Self::PrivateSource => "the source is a private address and is not translated",
            Self::NotTranslated { .. } => {
                "an appliance forwards the packet to the internet, and the file does not state that the appliance translates the \
                source; without translation, no reply would reach a private source"
            }
            Self::NoRoute(at) => at.sentence(),
            Self::Lost { way, at, .. } => lost(*way, *at),
            Self::Loop { .. } => "the reply loops",
            Self::Denied { .. } => {
                "an appliance forwards the reply over a peering without `allow_forwarded_traffic`; according to the documentation the \
                reply is dropped, but packets have been observed to pass"
            }
            Self::Unknown(unsaid) => unsaid.sentence(),
        }
    }

    /// Returns the remedy; empty if nothing is wrong.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::SameLinks | Self::AzureTranslates => "",
            Self::OtherLinks { packet, answer, by } => other_links_remedy(packet, answer, *by),
            Self::Shared { answer, by } => shared_remedy(answer, *by),
            Self::SiteTie => PREFER_EXPRESSROUTE,
            Self::OverInternet { longer: None, .. } => ADVERTISE_POOL,
            Self::OverInternet { longer: Some(_), .. } => {
                "advertise a prefix of at least the same length on the Microsoft peering, or do not advertise the NAT pool on the internet"
            }
            Self::OverCircuits { .. } => {
                "use different NAT pools on the internet and on ExpressRoute, and advertise each pool in one place only"
            }
            Self::OtherTranslator { .. } => {
                "advertise each connection's pool over that connection only, or translate to one pool before both routers"
            }
            Self::DeviceMissed { .. } | Self::DeviceUnseen { .. } => {
                "route both directions over the appliance, or neither; for both directions, add routes with the appliance as the next \
                hop: on `GatewaySubnet` for each spoke prefix (and for the subnet's prefix if the subnet is in the gateway's virtual \
                network), and on the subnet for the site's prefixes; disable propagation of gateway routes on the subnet"
            }
            Self::SiteDevice { by: Chooser::Microsoft, .. } => ONE_CIRCUIT,
            Self::SiteDevice { by, .. } => one_circuit(*by),
            Self::AnyDevice { .. } => {
                "translate the source at the appliances, so that replies return to the appliance that the packet passed, or use one \
                appliance as a backup with a longer AS path"
            }
            Self::EndpointAnswers { .. } => "translate the source at the appliance",
            Self::PrivateSource => "translate client addresses to a public NAT pool",
            Self::NotTranslated { .. } => {
                "if the appliance translates, set `snat_private_ranges` on it: packets to addresses outside these ranges then have the \
                appliance's own address as their source"
            }
            Self::NoRoute(at) => at.remedy(),
            Self::Lost { at, .. } => match at {
                LostAt::Subnet => {
                    "in the subnet's route table, remove the route that diverts the reply, or replace it with routes that exclude the \
                    site's prefixes"
                }
                LostAt::Azure => {
                    "give the site and the virtual networks prefixes that do not overlap, or translate the source addresses of clients"
                }
                LostAt::Site => "advertise the virtual network's prefixes to the site over private peering",
                LostAt::Router => LEAD_ON,
            },
            Self::Loop { .. } => LEAD_ON,
            Self::Denied { .. } => {
                "set `allow_forwarded_traffic: true` on the peering, on the side of the virtual network to which the appliance forwards"
            }
            Self::Unknown(unsaid) => unsaid.remedy(),
        }
    }
}

const ADVERTISE_POOL: &str = "advertise the circuit's NAT pool on its Microsoft peering, and nowhere else";
const ADVERTISE_SITE: &str = "advertise the site's prefixes on private peering";
const LEAD_ON: &str =
    "in the route table of the appliance's subnet, or of `GatewaySubnet`, add a route for the reply";
const OWN_POOL: &str = "use a NAT pool that only this site advertises";
const PREFER_EXPRESSROUTE: &str = "prefer ExpressRoute at the site: raise its local preference above the tunnel's, and remove static \
routes over the tunnel";
const ONE_CIRCUIT: &str =
    "give each circuit its own NAT pool, or prepend a public ASN on every circuit except the preferred one";
const ONE_TUNNEL: &str = "make both sides prefer one tunnel: advertise more-specific prefixes on that tunnel, and raise the local \
preference of its routes at the site";

const fn site_device(by_packet: bool, always: bool) -> &'static str {
    match (by_packet, always) {
        (false, true) => {
            "the reply returns over another circuit, where the site's stateful device has no session for it and drops it"
        }
        (true, true) => {
            "the packet passes the site's stateful device in front of the circuit, but the reply returns over another link; the \
            device drops the packets that follow"
        }
        (_, false) => {
            "flows are shared among links: if the reply does not return over the packet's circuit, the site's stateful device there \
            has no session for it and drops it"
        }
    }
}

fn over_circuit(links: &[Crossing]) -> bool {
    links.iter().any(|link| matches!(link, Crossing::Circuit(_)))
}

fn other_links(packet: &[Crossing], answer: &[Crossing], by: Chooser) -> &'static str {
    match by {
        _ if answer.contains(&Crossing::OnPremises) => {
            "the reply returns over the company's own links, where any stateful device would have no session for it"
        }
        Chooser::Microsoft => "another circuit attracts the reply, so it returns over that circuit",
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
                "advertise prefixes on private peering that are at least as long as the tunnel's prefixes"
            }
            (false, true) | (true, false) => PREFER_EXPRESSROUTE,
            (false, false) => ONE_TUNNEL,
        },
    }
}

fn shared(answer: &[Crossing], by: Chooser) -> &'static str {
    match (by, over_circuit(answer)) {
        (Chooser::Microsoft, _) => {
            "several circuits advertise the source equally, and Microsoft does not document which circuit it selects"
        }
        (Chooser::Internet, _) => {
            "the internet edges of several sites advertise the source equally, and it is unknown at which edge the reply arrives"
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

/// Returns the remedy that makes both sides prefer one circuit. The side that chose another circuit is named last.
const fn one_circuit(by: Chooser) -> &'static str {
    match by {
        Chooser::Site => {
            "prefer the same circuit on both sides: set the connection weight at the gateway and the local preference at the site"
        }
        _ => {
            "prefer the same circuit on both sides: set the local preference at the site and the connection weight at the gateway; the \
            weight applies only if the circuits advertise the same prefixes"
        }
    }
}

const fn lost(way: Disposition, at: LostAt) -> &'static str {
    match (at, way) {
        (LostAt::Subnet, Disposition::Discarded) => "a route in the subnet's route table drops the reply",
        (LostAt::Subnet, Disposition::Internet) => {
            "a route in the subnet's route table sends the reply to the internet"
        }
        (LostAt::Subnet, _) => "a route in the subnet's route table keeps the reply in Azure",
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
            Self::MicrosoftPeering => "the source prefix is not advertised, so there is no return route",
            Self::Internet => "no internet edge advertises the source, so there is no return route",
            Self::Gateway => "the virtual network's gateway learned no route to the source",
            Self::NotPropagated { .. } => {
                "the subnet's route table does not propagate the gateway's routes, so there is no return route"
            }
            Self::PastRoute { .. } => {
                "a route in the subnet's route table sends the reply to an appliance or an unknown next hop, but neither the gateway \
                of the virtual network nor any gateway of its peers learned a route to the source"
            }
            Self::Links => {
                "the reply arrives at the edge of a site that has no working link over which the source prefix is advertised"
            }
            Self::Site => "the site has no route to the subnet, so there is no return route",
        }
    }

    const fn remedy(self) -> &'static str {
        match self {
            Self::MicrosoftPeering => ADVERTISE_POOL,
            Self::Internet => "advertise the NAT pool at the internet edge",
            Self::Gateway | Self::PastRoute { .. } => ADVERTISE_SITE,
            Self::NotPropagated { .. } => {
                "remove `disable_bgp_route_propagation` from the route table, so that it propagates the gateway's routes"
            }
            Self::Links => {
                "repair the link between the sites, or add a link with `own` in `announces`, or advertise the source at another edge"
            }
            Self::Site => "advertise the virtual network's prefixes to the site over private peering",
        }
    }
}

impl UnknownInput {
    const fn sentence(self) -> &'static str {
        match self {
            Self::Responder => {
                "no virtual network with a gateway in the network file contains the destination, so the return route is unknown"
            }
            Self::Subnet => {
                "no subnet in the network file contains the destination, so the return route is unknown"
            }
            Self::Site => {
                "the network file attaches no site to the circuit or tunnel of the packet, or none of the attached sites has a route for the packet"
            }
            Self::SiteChoice => "the site's route for the reply is unknown",
            Self::Turn => {
                "the packet or its reply leaves over a circuit or tunnel for another virtual network, and the router that forwards it \
                there is not evaluated"
            }
            Self::NextHop { first: true, .. } => {
                "a route in the subnet's route table sends the reply to an appliance or a next hop that the file does not describe"
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
            Self::Site => "add the circuit to `circuits` of the site at the circuit's other end",
            Self::SiteChoice => {
                "run `explain` from the site for the virtual network's prefix to see the reason"
            }
            Self::Turn => "peer the virtual networks, or route the packet over an appliance in the hub",
            Self::NextHop { first: true, .. } => {
                "make sure that the appliance returns the reply on the path of the packet, or remove the route if the reply need not \
                pass the appliance"
            }
            Self::NextHop { first: false, .. } => LEAD_ON,
        }
    }
}
