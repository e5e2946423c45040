//! The outcome of a reply, and its reason: the reply's trace compared with that of its packet.

use std::fmt;

use crate::addr::IpPrefix;
use crate::diag::Span;
use crate::network::{CircuitId, Network, SiteId};

use super::disposition::Disposition;
use super::hop::Device;
use super::{Decision, Reason};

/// The outcome of the reply to a packet, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReturnVerdict {
    /// The reply returns on the path of the packet.
    Symmetric,
    /// No rule determines the return path.
    Unspecified,
    /// The reply returns, or may return, on another path, which may or may not admit it.
    AtRisk,
    /// The reply does not arrive: a stateful device on the return path drops it, or there is no return path.
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

/// A tunnel of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tunnel {
    /// The site.
    pub site: SiteId,
    /// Its index in [`Site::vpn`](crate::network::Site::vpn).
    pub vpn: u32,
}

impl Tunnel {
    /// Its name; empty if it belongs to another network.
    pub fn name(self, network: &Network) -> &str {
        let site = network.site(self.site);
        let vpn = site.and_then(|site| site.vpn.get(usize::try_from(self.vpn).ok()?));
        vpn.map_or("", |vpn| &vpn.name)
    }
}

/// A link between a site and the outside, where the paths of a packet and its reply may diverge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Crossing {
    /// A circuit, over either of its connections.
    Circuit(CircuitId),
    /// A tunnel.
    Tunnel(Tunnel),
    /// The internet edge of a site.
    Internet(SiteId),
    /// The company's own links between sites.
    OnPremises,
}

impl Crossing {
    /// Its name; empty if it belongs to another network.
    pub fn name(self, network: &Network) -> &str {
        match self {
            Self::Circuit(id) => network.circuit(id).map_or("", |circuit| &circuit.name),
            Self::Tunnel(tunnel) => tunnel.name(network),
            Self::Internet(site) => {
                network.site(site).and_then(|site| site.internet.as_ref()).map_or("", |edge| &edge.name)
            }
            Self::OnPremises => "links between sites",
        }
    }
}

/// Who chooses the links of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Chooser {
    /// Microsoft's network, based on what circuits advertise.
    Microsoft,
    /// The internet, based on what internet edges advertise.
    Internet,
    /// The virtual network that replies, or the virtual hub before the site.
    VirtualNetwork,
    /// The edge of the site that replies.
    Site,
}

/// Where the reply has no route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoRoute {
    /// The packet leaves over Microsoft peering, and nothing advertises its source.
    MicrosoftPeering,
    /// The packet leaves over the internet, and no edge advertises its source.
    Internet,
    /// The virtual network's gateway learned no route to the source.
    Gateway,
    /// The gateway learned one, but the subnet's route table does not propagate gateway routes.
    NotPropagated {
        /// The position of the route table in the network file.
        table: Span,
    },
    /// A route of a route table sends the reply to an appliance or an unknown next hop, but no gateway to which the
    /// reply could be forwarded learned a route to the source.
    PastRoute {
        /// The position of the route in the network file.
        route: Span,
    },
    /// The reply arrives at the edge of a site that has no link that is up towards the source.
    Links,
    /// The edge of the site that replies.
    Site,
}

/// The router that sends the reply elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LostAt {
    /// The subnet that replies, by a route of its route table.
    Subnet,
    /// The virtual network that replies, or one of its peers, treats the source as an Azure address.
    Azure,
    /// The edge of the site that replies.
    Site,
    /// A router after the first one.
    Router,
}

/// Information that the network file or a document does not contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unsaid {
    /// No virtual network of the network file contains the destination, or the routes that its gateway learned are
    /// unknown.
    Responder,
    /// The packet passes appliances or turns at Microsoft's edge, and no subnet of the network file contains the
    /// destination, so the routes of the responder are unknown.
    Subnet,
    /// The packet leaves a virtual network over a circuit to which the network file attaches no site.
    Site,
    /// The site's decision about the reply is unknown.
    SiteChoice,
    /// The packet or its reply leaves over a circuit or a tunnel for another virtual network. The router that
    /// forwards it there is not evaluated.
    Turn,
    /// A route sends the reply to an appliance or an unknown next hop, after which its path is unknown.
    NextHop {
        /// The position of the route in the network file.
        route: Span,
        /// Whether it belongs to the subnet that replies, not to a router after it.
        first: bool,
    },
}

/// The trace of a reply compared with that of its packet: the first difference.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Comparison {
    /// Both use the same links.
    SameLinks,
    /// The packet leaves a virtual network for the internet from one of Azure's public addresses, to which the reply
    /// returns.
    AzureTranslates,
    /// The reply arrives over other links.
    OtherLinks {
        /// The links of the packet, ascending.
        packet: Vec<Crossing>,
        /// The links of the reply, ascending.
        answer: Vec<Crossing>,
        /// Who chooses them.
        by: Chooser,
    },
    /// Flows are shared among links, including those of the packet: each end selects by its own hash.
    Shared {
        /// The links of the reply, ascending.
        answer: Vec<Crossing>,
        /// Who chooses among them.
        by: Chooser,
    },
    /// The site that replies learned the prefix over paths with equal known attributes, and uses one of them.
    SiteTie,
    /// The packet leaves over a circuit, and the internet attracts the reply.
    OverInternet {
        /// The prefix on the internet, where a circuit advertises a shorter one.
        longer: Option<IpPrefix>,
        /// Whether the internet edge drops packets for which it has no session.
        stateful: bool,
    },
    /// The packet leaves over the internet, and circuits attract the reply.
    OverCircuits {
        /// The circuits.
        circuits: Vec<CircuitId>,
        /// Whether any of Microsoft's lists contains the destination. If not, the reply arrives over a circuit only
        /// if the destination nevertheless belongs to Microsoft.
        listed: bool,
    },
    /// The reply may arrive at the router of the other connection of the packet's circuit, which translates to
    /// another pool.
    OtherTranslator {
        /// The circuit.
        circuit: CircuitId,
    },
    /// The packet passes an appliance that the reply bypasses.
    DeviceMissed {
        /// The appliance.
        device: Device,
        /// Whether it drops packets of a session of which it sees one direction only; `false` if that is unknown.
        stateful: bool,
    },
    /// The reply reaches an appliance that the packet bypassed.
    DeviceUnseen {
        /// The appliance.
        device: Device,
        /// Whether it drops packets for which it has no session; `false` if that is unknown.
        stateful: bool,
    },
    /// Appliances share the flows, and the packet may pass one and the reply another.
    AnyDevice {
        /// The appliances, ascending.
        devices: Vec<Device>,
    },
    /// The packet passes an appliance on its path to a private endpoint. Documents and reports differ on whether the
    /// reply returns over the appliance if it does not translate the source.
    EndpointAnswers {
        /// The appliance.
        device: Device,
    },
    /// The source is a private address, which no device translates.
    PrivateSource,
    /// The packet leaves a virtual network for the internet through an appliance that is not known to translate.
    NotTranslated {
        /// The appliance.
        device: Device,
    },
    /// The reply has no route.
    NoRoute(NoRoute),
    /// The reply ends elsewhere than at the source.
    Lost {
        /// The path of the reply.
        way: Disposition,
        /// The router that sends it there.
        at: LostAt,
        /// The position of the route in the network file, if it has one.
        route: Option<Span>,
    },
    /// The reply returns to a router that it already passed.
    Loop {
        /// The position of the route in the network file, if it has one.
        route: Option<Span>,
    },
    /// An appliance forwards the reply over a peering whose remote side does not allow forwarded traffic. According
    /// to the documentation it is dropped, but packets have been observed to pass.
    Denied {
        /// The position of that setting in the network file.
        peering: Span,
    },
    /// It is unknown whether the reply arrives.
    Unknown(Unsaid),
}

impl Comparison {
    /// Compares a reply that ends at an unknown decision, where `route` is the last known line.
    pub(in crate::engine) fn of_open_hop(decision: &Decision, route: Span) -> Self {
        match decision.reason() {
            Reason::ForwardedTraffic { span, .. } => Self::Denied { peering: *span },
            _ => Self::Unknown(Unsaid::NextHop { route, first: false }),
        }
    }

    /// Compares a reply that a router after the first one sends elsewhere by `decision`.
    pub(in crate::engine) fn of_lost_hop(decision: &Decision, route: Option<Span>) -> Self {
        match decision.reason() {
            Reason::Loop { .. } => Self::Loop { route },
            _ => Self::Lost { way: decision.disposition, at: LostAt::Router, route },
        }
    }

    /// What it means for the reply.
    pub const fn verdict(&self) -> ReturnVerdict {
        match self {
            Self::SameLinks | Self::AzureTranslates => ReturnVerdict::Symmetric,
            Self::Shared { .. } | Self::NotTranslated { .. } | Self::Unknown(_) => ReturnVerdict::Unspecified,
            Self::OtherLinks { .. }
            | Self::SiteTie
            | Self::AnyDevice { .. }
            | Self::OverInternet { stateful: false, .. }
            | Self::OverCircuits { listed: false, .. }
            | Self::EndpointAnswers { .. }
            | Self::Denied { .. }
            | Self::DeviceMissed { stateful: false, .. }
            | Self::DeviceUnseen { stateful: false, .. } => ReturnVerdict::AtRisk,
            Self::OverInternet { stateful: true, .. }
            | Self::OverCircuits { listed: true, .. }
            | Self::OtherTranslator { .. }
            | Self::PrivateSource
            | Self::NoRoute(_)
            | Self::Lost { .. }
            | Self::Loop { .. }
            | Self::DeviceMissed { stateful: true, .. }
            | Self::DeviceUnseen { stateful: true, .. } => ReturnVerdict::Dropped,
        }
    }

    /// Whether it is unknown if the reply arrives, because the network file lacks what decides it. If all of several
    /// shared paths lead back, the reply arrives over one of them, so that is not unknown.
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_) | Self::NotTranslated { .. } | Self::Denied { .. })
    }

    /// The word used in every output; the list is closed.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::SameLinks | Self::AzureTranslates => "same-links",
            Self::OtherLinks { .. } | Self::OverInternet { stateful: false, .. } => "other-links",
            Self::Shared { .. } | Self::SiteTie | Self::AnyDevice { .. } => "shared",
            Self::OverCircuits { .. } | Self::DeviceMissed { .. } | Self::EndpointAnswers { .. } => {
                "device-missed"
            }
            Self::OverInternet { stateful: true, .. }
            | Self::OtherTranslator { .. }
            | Self::DeviceUnseen { .. } => "device-unseen",
            Self::PrivateSource | Self::NotTranslated { .. } => "not-translated",
            Self::NoRoute(_) | Self::Lost { way: Disposition::Unreachable, .. } => "no-route",
            Self::Lost { way: Disposition::Discarded, .. } => "discarded",
            Self::Lost { .. } => "elsewhere",
            Self::Loop { .. } => "loop",
            Self::Denied { .. } => "denied",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The links of the reply, if the comparison depends on them.
    pub fn links(&self) -> Vec<Crossing> {
        match self {
            Self::OtherLinks { answer, .. } | Self::Shared { answer, .. } => answer.clone(),
            Self::OverCircuits { circuits, .. } => circuits.iter().copied().map(Crossing::Circuit).collect(),
            Self::OtherTranslator { circuit } => vec![Crossing::Circuit(*circuit)],
            _ => Vec::new(),
        }
    }

    /// The appliance that only one direction passes, or that is not known to translate.
    pub const fn device(&self) -> Option<Device> {
        match self {
            Self::DeviceMissed { device, .. }
            | Self::DeviceUnseen { device, .. }
            | Self::NotTranslated { device }
            | Self::EndpointAnswers { device } => Some(*device),
            _ => None,
        }
    }

    /// The position in the network file of the route or setting that diverts the reply, if it is not that of the
    /// source.
    pub const fn span(&self) -> Option<Span> {
        match self {
            Self::NoRoute(NoRoute::NotPropagated { table: span } | NoRoute::PastRoute { route: span })
            | Self::Denied { peering: span }
            | Self::Unknown(Unsaid::NextHop { route: span, .. }) => Some(*span),
            Self::Lost { route, .. } | Self::Loop { route } => *route,
            _ => None,
        }
    }
}
