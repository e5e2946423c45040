//! What becomes of an answer, why, and what helps against it.

use std::fmt;

use crate::addr::IpPrefix;
use crate::diag::Span;
use crate::network::{CircuitId, Network, SiteId};

use super::disposition::Disposition;
use super::hop::Device;
use super::{Decision, Reason};

/// What becomes of the answer to a packet; the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReturnVerdict {
    /// It comes back the way that the packet went.
    Symmetric,
    /// No rule says which way it comes back.
    Unspecified,
    /// It comes back, or may come back, another way, which may or may not let it in.
    AtRisk,
    /// It does not arrive: a stateful device on its way back drops it, or there is no way back.
    Dropped,
}

impl ReturnVerdict {
    /// The word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Symmetric => "symmetric",
            Self::Unspecified => "unspecified",
            Self::AtRisk => "at-risk",
            Self::Dropped => "dropped",
        }
    }
}

impl fmt::Display for ReturnVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Why the answer comes back as it does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ReturnReason {
    /// What attracts the answer is where the packet left.
    SameWay,
    /// The packet leaves over a circuit, and its source is advertised on the internet only.
    OnlyOnInternet {
        /// Whether the internet edge drops what it saw no beginning of.
        stateful: bool,
    },
    /// The packet leaves over a circuit, and the internet has the longer prefix of its source.
    LongerOnInternet {
        /// The prefix on the internet.
        prefix: IpPrefix,
        /// Whether the internet edge drops what it saw no beginning of.
        stateful: bool,
    },
    /// The packet goes to another site over Global Reach, and the answer comes back over the company's own links.
    OverLinks,
    /// What attracts the answer is the edge of a site from which no link that is up leads back.
    CutOff,
    /// The packet leaves over a circuit, and its source is advertised nowhere.
    NotAdvertised,
    /// The packet leaves over the internet, and a circuit advertises its source to Microsoft.
    CircuitAttracts {
        /// The circuits.
        circuits: Vec<CircuitId>,
    },
    /// As before, but none of Microsoft's lists holds the destination: if it is Microsoft's all the same, the
    /// answer comes over the circuit.
    CircuitMayAttract {
        /// The circuits.
        circuits: Vec<CircuitId>,
    },
    /// The packet leaves over the internet, and no edge announces its source.
    NotAnnounced,
    /// The packet leaves over the internet, and another site's edge announces its source.
    OtherSite,
    /// The packet leaves over the internet, and the edges of several sites, its own among them, announce its source alike.
    AnySite,
    /// The packet leaves over Microsoft peering, and several circuits attract the answer equally, its own among them.
    AnyCircuit {
        /// The circuits.
        circuits: Vec<CircuitId>,
    },
    /// The packet leaves over Microsoft peering, and other circuits attract the answer.
    OtherCircuit {
        /// The circuits.
        circuits: Vec<CircuitId>,
    },
    /// The source is a private address, which nothing translates.
    PrivateSource,
    /// The virtual network's gateway learned no route to the source.
    GatewayHasNone,
    /// The packet leaves over a circuit, and the virtual network answers over a tunnel.
    OverTunnel {
        /// The tunnels.
        tunnels: Vec<Tunnel>,
    },
    /// The packet leaves over a tunnel, and the virtual network answers over others.
    GatewayOtherTunnel {
        /// The tunnels of the answer.
        tunnels: Vec<Tunnel>,
    },
    /// As before, but over some tunnels that the packet may leave over, too: each side shares its flows by a choice of
    /// its own.
    GatewayAnyTunnel {
        /// The tunnels of the answer.
        tunnels: Vec<Tunnel>,
    },
    /// A route of the route table leads the answer elsewhere, in the subnet that holds the destination.
    UserRouteAway {
        /// Where it leads.
        way: Disposition,
        /// Where the route stands in the network file.
        route: Span,
    },
    /// A route of that route table leads the answer to where nobody can tell what becomes of it: to an appliance, or to
    /// a next hop that is not known.
    UserRouteUnknown {
        /// Where the route stands in the network file.
        route: Span,
    },
    /// A route of that route table leads the answer to an appliance, or to a next hop that is not known, but no gateway that
    /// anything could send it on to learned a route to the source.
    NoGatewayRoute {
        /// Where the route stands in the network file.
        route: Span,
    },
    /// The gateway learned a route to the source, but the subnet's route table keeps the gateway's routes away.
    NotPropagated {
        /// Where the route table stands in the network file.
        table: Span,
    },
    /// The source lies in what the virtual network, or one that it is peered with, takes for Azure's.
    StaysInAzure,
    /// No virtual network of the network file holds the destination, or nothing says what its gateway learned.
    FarEndUnknown,
    /// The packet leaves over a tunnel, and the virtual network answers over ExpressRoute, which its gateway prefers.
    OverExpressRoute {
        /// The circuits.
        circuits: Vec<CircuitId>,
    },
    /// The packet leaves over private peering, and the virtual network answers over other circuits.
    GatewayOtherCircuit {
        /// The circuits of the answer.
        circuits: Vec<CircuitId>,
    },
    /// As before, but over some circuits that the packet may leave over, too: each side shares its flows by a choice of
    /// its own.
    GatewayAnyCircuit {
        /// The circuits of the answer.
        circuits: Vec<CircuitId>,
    },
    /// The packet leaves a virtual network for the internet, from a public address of Azure's.
    AzureTranslates,
    /// The packet leaves a virtual network for the internet past an appliance of which nobody says that it translates.
    NotTranslated {
        /// The appliance.
        device: Device,
    },
    /// The packet leaves a virtual network over a circuit to which the network file attaches no site.
    NoSite,
    /// The site answers over other circuits than the virtual network sends over.
    SiteOtherCircuit {
        /// The circuits of the answer.
        circuits: Vec<CircuitId>,
    },
    /// The site or the virtual network shares its flows among circuits, each by a choice of its own.
    SiteAnyCircuit {
        /// The circuits of the answer.
        circuits: Vec<CircuitId>,
    },
    /// The packet comes over a circuit, and the site answers over a tunnel.
    SiteOverTunnel {
        /// The tunnels of the answer.
        tunnels: Vec<Tunnel>,
    },
    /// The packet comes over a tunnel, and the site answers over others.
    SiteOtherTunnel {
        /// The tunnels of the answer.
        tunnels: Vec<Tunnel>,
    },
    /// The site or the virtual network shares its flows among tunnels, each by a choice of its own.
    SiteAnyTunnel {
        /// The tunnels of the answer.
        tunnels: Vec<Tunnel>,
    },
    /// The site learned the virtual network's prefix over ways that are equal in all that is known, of which it uses one.
    SiteTie,
    /// The site's answer does not go to the virtual network.
    SiteAway {
        /// Where it goes.
        way: Disposition,
    },
    /// It cannot be told what the site does with the answer.
    SiteUnknown,
    /// An appliance saw the packet, and the answer does not pass it.
    DeviceMissed {
        /// The appliance.
        device: Device,
        /// Whether it drops what follows on half a session; else nobody says.
        stateful: bool,
    },
    /// The answer comes to an appliance that did not see the packet.
    DeviceUnseen {
        /// The appliance.
        device: Device,
        /// Whether it drops what it saw no beginning of; else nobody says.
        stateful: bool,
    },
    /// The answer ends at a router past the first one: where a route drops it, leads it elsewhere or in a circle.
    HopAway {
        /// Where it leads.
        way: Disposition,
        /// Where the route stands in the network file; `None` for a system route.
        route: Option<Span>,
    },
    /// The packet passes appliances or turns at Microsoft's edge, and no subnet of the network file holds the destination, so
    /// that nobody knows the routes of what answers.
    NoSubnet,
    /// The packet passes an appliance on its way to a private endpoint, and whether the answer comes back over it is told
    /// in different ways, where the appliance does not translate the source.
    EndpointAnswers {
        /// The appliance.
        device: Device,
    },
    /// The packet, or its answer, leaves over a circuit or a tunnel for another virtual network: what sends it on there is not
    /// evaluated.
    TurnsAtEdge,
    /// An appliance forwards the answer over a peering whose other side takes nothing that is forwarded: documents say that it
    /// is dropped, and it was seen to pass.
    ForwardedTraffic {
        /// Where that stands in the network file.
        peering: Span,
    },
    /// It cannot be told what a router past the first one does with the answer.
    HopUnknown {
        /// Where the route stands in the network file.
        route: Span,
    },
}

impl ReturnReason {
    /// Of an answer that ends at a decision which nobody can tell, where `route` is the last line that is known.
    pub(in crate::engine) fn of_open_hop(decision: &Decision, route: Span) -> Self {
        match decision.reason() {
            Reason::ForwardedTraffic { span, .. } => Self::ForwardedTraffic { peering: *span },
            _ => Self::HopUnknown { route },
        }
    }

    /// What it means for the answer.
    pub fn verdict(&self) -> ReturnVerdict {
        match self {
            Self::SameWay | Self::AzureTranslates => ReturnVerdict::Symmetric,
            Self::AnySite
            | Self::AnyCircuit { .. }
            | Self::GatewayAnyCircuit { .. }
            | Self::GatewayAnyTunnel { .. }
            | Self::UserRouteUnknown { .. }
            | Self::FarEndUnknown
            | Self::NotTranslated { .. }
            | Self::NoSite
            | Self::SiteAnyCircuit { .. }
            | Self::SiteAnyTunnel { .. }
            | Self::SiteUnknown
            | Self::NoSubnet
            | Self::TurnsAtEdge
            | Self::HopUnknown { .. } => ReturnVerdict::Unspecified,
            Self::OnlyOnInternet { stateful: false }
            | Self::LongerOnInternet { stateful: false, .. }
            | Self::CircuitMayAttract { .. }
            | Self::OtherSite
            | Self::OtherCircuit { .. }
            | Self::OverTunnel { .. }
            | Self::OverExpressRoute { .. }
            | Self::GatewayOtherCircuit { .. }
            | Self::GatewayOtherTunnel { .. }
            | Self::OverLinks
            | Self::SiteOtherCircuit { .. }
            | Self::SiteOverTunnel { .. }
            | Self::SiteOtherTunnel { .. }
            | Self::SiteTie
            | Self::EndpointAnswers { .. }
            | Self::ForwardedTraffic { .. }
            | Self::DeviceMissed { stateful: false, .. }
            | Self::DeviceUnseen { stateful: false, .. } => ReturnVerdict::AtRisk,
            Self::OnlyOnInternet { stateful: true }
            | Self::LongerOnInternet { stateful: true, .. }
            | Self::NotAdvertised
            | Self::CircuitAttracts { .. }
            | Self::NotAnnounced
            | Self::PrivateSource
            | Self::GatewayHasNone
            | Self::UserRouteAway { .. }
            | Self::NoGatewayRoute { .. }
            | Self::NotPropagated { .. }
            | Self::StaysInAzure
            | Self::SiteAway { .. }
            | Self::CutOff
            | Self::DeviceMissed { stateful: true, .. }
            | Self::DeviceUnseen { stateful: true, .. }
            | Self::HopAway { .. } => ReturnVerdict::Dropped,
        }
    }

    /// Whether nobody can tell if the answer arrives: the network file lacks what decides it. Where ways that all lead
    /// back merely share the flows, it arrives over one of them, so that is not unknown.
    pub const fn is_unknown(&self) -> bool {
        matches!(
            self,
            Self::UserRouteUnknown { .. }
                | Self::FarEndUnknown
                | Self::NotTranslated { .. }
                | Self::NoSite
                | Self::SiteUnknown
                | Self::NoSubnet
                | Self::TurnsAtEdge
                | Self::ForwardedTraffic { .. }
                | Self::HopUnknown { .. }
        )
    }

    /// The name used in JSON.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::SameWay => "same-way",
            Self::OnlyOnInternet { .. } => "only-on-internet",
            Self::LongerOnInternet { .. } => "longer-on-internet",
            Self::NotAdvertised => "not-advertised",
            Self::CircuitAttracts { .. } => "circuit-attracts",
            Self::CircuitMayAttract { .. } => "circuit-may-attract",
            Self::NotAnnounced => "not-announced",
            Self::OtherSite => "other-site",
            Self::AnySite => "any-site",
            Self::AnyCircuit { .. } => "any-circuit",
            Self::OtherCircuit { .. } => "other-circuit",
            Self::PrivateSource => "private-source",
            Self::GatewayHasNone => "gateway-has-none",
            Self::OverTunnel { .. } => "over-tunnel",
            Self::GatewayOtherTunnel { .. } => "gateway-other-tunnel",
            Self::GatewayAnyTunnel { .. } => "gateway-any-tunnel",
            Self::UserRouteAway { .. } => "user-route-away",
            Self::UserRouteUnknown { .. } => "user-route-unknown",
            Self::NoGatewayRoute { .. } => "no-gateway-route",
            Self::NotPropagated { .. } => "not-propagated",
            Self::StaysInAzure => "stays-in-azure",
            Self::FarEndUnknown => "far-end-unknown",
            Self::OverExpressRoute { .. } => "over-expressroute",
            Self::GatewayOtherCircuit { .. } => "gateway-other-circuit",
            Self::GatewayAnyCircuit { .. } => "gateway-any-circuit",
            Self::AzureTranslates => "azure-translates",
            Self::NotTranslated { .. } => "not-translated",
            Self::NoSite => "no-site",
            Self::SiteOtherCircuit { .. } => "site-other-circuit",
            Self::SiteAnyCircuit { .. } => "site-any-circuit",
            Self::SiteOverTunnel { .. } => "site-over-tunnel",
            Self::SiteOtherTunnel { .. } => "site-other-tunnel",
            Self::SiteAnyTunnel { .. } => "site-any-tunnel",
            Self::SiteTie => "site-tie",
            Self::SiteAway { .. } => "site-away",
            Self::CutOff => "cut-off",
            Self::OverLinks => "over-links",
            Self::SiteUnknown => "site-unknown",
            Self::DeviceMissed { .. } => "device-missed",
            Self::DeviceUnseen { .. } => "device-unseen",
            Self::HopAway { .. } => "hop-away",
            Self::HopUnknown { .. } => "hop-unknown",
            Self::NoSubnet => "no-subnet",
            Self::EndpointAnswers { .. } => "endpoint-answers",
            Self::TurnsAtEdge => "turns-at-edge",
            Self::ForwardedTraffic { .. } => "forwarded-traffic",
        }
    }

    /// The circuits that the answer comes over, where they are what matters.
    pub fn circuits(&self) -> &[CircuitId] {
        match self {
            Self::CircuitAttracts { circuits }
            | Self::CircuitMayAttract { circuits }
            | Self::AnyCircuit { circuits }
            | Self::OtherCircuit { circuits }
            | Self::OverExpressRoute { circuits }
            | Self::GatewayOtherCircuit { circuits }
            | Self::GatewayAnyCircuit { circuits }
            | Self::SiteOtherCircuit { circuits }
            | Self::SiteAnyCircuit { circuits } => circuits,
            _ => &[],
        }
    }

    /// The tunnels that the answer comes over, where they are what matters.
    pub fn tunnels(&self) -> &[Tunnel] {
        match self {
            Self::OverTunnel { tunnels }
            | Self::GatewayOtherTunnel { tunnels }
            | Self::GatewayAnyTunnel { tunnels }
            | Self::SiteOverTunnel { tunnels }
            | Self::SiteOtherTunnel { tunnels }
            | Self::SiteAnyTunnel { tunnels } => tunnels,
            _ => &[],
        }
    }

    /// The appliance that only one direction passes.
    pub const fn device(&self) -> Option<Device> {
        match self {
            Self::DeviceMissed { device, .. }
            | Self::DeviceUnseen { device, .. }
            | Self::NotTranslated { device }
            | Self::EndpointAnswers { device } => Some(*device),
            _ => None,
        }
    }

    /// The place of the network file that leads the answer astray, where it is another than that of the source.
    pub const fn span(&self) -> Option<Span> {
        match self {
            Self::UserRouteAway { route: span, .. }
            | Self::UserRouteUnknown { route: span }
            | Self::NoGatewayRoute { route: span }
            | Self::NotPropagated { table: span }
            | Self::ForwardedTraffic { peering: span }
            | Self::HopUnknown { route: span } => Some(*span),
            Self::HopAway { route, .. } => *route,
            _ => None,
        }
    }
}

/// A tunnel of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tunnel {
    /// The site.
    pub site: SiteId,
    /// Its index in [`Site::vpn`](crate::network::Site::vpn).
    pub vpn: u32,
}

impl Tunnel {
    /// Its name; empty for one of another network.
    pub fn name(self, network: &Network) -> &str {
        let site = network.site(self.site);
        let vpn = site.and_then(|site| site.vpn.get(usize::try_from(self.vpn).ok()?));
        vpn.map_or("", |vpn| &vpn.name)
    }
}
