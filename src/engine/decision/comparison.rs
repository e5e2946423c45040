//! The outcome of a reply, and its reason: the reply's trace compared with the packet's trace.

use std::fmt;

use crate::addr::IpPrefix;
use crate::diag::Span;
use crate::network::{CircuitId, Network, SiteId};

use super::device::Device;
use super::disposition::Disposition;
use super::{Decision, Reason};

/// The outcome of the reply to a packet, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReturnVerdict {
    /// The reply returns on the path of the packet.
    Symmetric,
    /// No rule determines the return path.
    Unspecified,
    /// The reply returns, or may return, on another path, where a device may drop it.
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

/// Whether a reply arrives, best first. Unlike a [`ReturnVerdict`], this does not tell over which links it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReplyArrival {
    /// The reply arrives, possibly over other links than the packet.
    Arrives,
    /// It is unknown whether the reply arrives: an input is missing, documents differ, or a device that did not see the
    /// packet may drop it.
    Unknown,
    /// The reply does not arrive.
    Lost,
}

/// The outcome of one reply, or the worst outcomes of several. A reply that may be lost is worse than a reply that
/// arrives over other links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyOutcome {
    /// Whether all replies arrive.
    pub arrival: ReplyArrival,
    /// The worst verdict.
    pub verdict: ReturnVerdict,
}

/// A tunnel of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tunnel {
    /// The site.
    pub site: SiteId,
    /// The tunnel's index in [`Site::vpn`](crate::network::Site::vpn).
    pub vpn: u32,
}

impl Tunnel {
    /// Returns the name; empty if `network` does not contain the item.
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
    /// Returns the name; empty if `network` does not contain the item.
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
    /// Microsoft's network, based on the prefixes advertised on circuits.
    Microsoft,
    /// The internet, based on the prefixes that internet edges advertise.
    Internet,
    /// The virtual network that sends the reply, or the virtual hub before the site.
    VirtualNetwork,
    /// The edge of the site that sends the reply.
    Site,
}

/// Where the reply has no route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoRoute {
    /// The packet leaves over Microsoft peering, and no link advertises its source.
    MicrosoftPeering,
    /// The packet leaves over the internet, and no edge advertises its source.
    Internet,
    /// The virtual network's gateway learned no route to the source.
    Gateway,
    /// The gateway learned a route to the source, but the subnet's route table does not propagate gateway routes.
    NotPropagated {
        /// The position of the route table in the network file.
        table: Span,
    },
    /// A route in a route table sends the reply to an appliance or an unknown next hop, but no gateway to which the
    /// reply could be forwarded learned a route to the source.
    PastRoute {
        /// The position of the route in the network file.
        route: Span,
    },
    /// The reply arrives at the edge of a site from which no link that is up leads to the source.
    Links,
    /// The edge of the site that sends the reply.
    Site,
}

/// The router that sends the reply elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LostAt {
    /// The subnet that sends the reply, because of a route in its route table.
    Subnet,
    /// The virtual network that sends the reply, or one of its peers, treats the source as an Azure address.
    Azure,
    /// The edge of the site that sends the reply.
    Site,
    /// A router after the first one.
    Router,
}

/// Information that the network file or a document does not contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnknownInput {
    /// No virtual network in the network file contains the destination, or the routes that its gateway learned are
    /// unknown.
    Responder,
    /// The packet passes appliances or turns at Microsoft's edge, and no subnet in the network file contains the
    /// destination, so the routes of the responder are unknown.
    Subnet,
    /// The packet leaves a virtual network over a circuit to which the network file attaches no site.
    Site,
    /// The site's decision about the reply is unknown.
    SiteChoice,
    /// The packet or its reply leaves over a circuit or a tunnel for another virtual network. The router that
    /// forwards it there is not evaluated.
    Turn,
    /// A route sends the reply to an appliance or an unknown next hop. After that hop, the path of the reply is
    /// unknown.
    NextHop {
        /// The position of the route in the network file.
        route: Span,
        /// Whether the route belongs to the subnet that sends the reply, not to a later router.
        first: bool,
    },
}

/// The first difference between the trace of a reply and the trace of its packet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Comparison {
    /// The packet and the reply use the same links.
    SameLinks,
    /// The packet leaves a virtual network for the internet from a public address of Azure. The reply returns to this
    /// address.
    AzureTranslates,
    /// The reply arrives over other links.
    OtherLinks {
        /// The links of the packet, ascending.
        packet: Vec<Crossing>,
        /// The links of the reply, ascending.
        answer: Vec<Crossing>,
        /// Who chooses the links of the reply.
        by: Chooser,
    },
    /// Flows are shared among links, at least one of which the packet may use. Each end selects a link by its own hash.
    Shared {
        /// The links of the reply, ascending.
        answer: Vec<Crossing>,
        /// Who chooses among the links.
        by: Chooser,
    },
    /// The site that sends the reply learned the prefix over several paths. Their known attributes are equal, and the
    /// site uses one of the paths.
    SiteTie,
    /// The packet leaves over a circuit, and the internet attracts the reply.
    OverInternet {
        /// The prefix advertised on the internet, if a circuit advertises a shorter prefix.
        longer: Option<IpPrefix>,
        /// Whether the internet edge drops packets for which it has no session.
        stateful: bool,
    },
    /// The packet leaves over the internet, and circuits attract the reply.
    OverCircuits {
        /// The circuits.
        circuits: Vec<CircuitId>,
        /// Whether any of Microsoft's lists contains the destination. If no list does, the reply arrives over a circuit
        /// only if the destination belongs to Microsoft anyway.
        listed: bool,
    },
    /// The reply may arrive over the other connection of the packet's circuit, at a router that translates to another
    /// pool.
    OtherTranslator {
        /// The circuit.
        circuit: CircuitId,
    },
    /// The packet passes an appliance that the reply bypasses.
    DeviceMissed {
        /// The appliance.
        device: Device,
        /// Whether the appliance drops packets of a session if it sees only one direction; `false` if that is unknown.
        stateful: bool,
    },
    /// The reply reaches an appliance that the packet bypassed.
    DeviceUnseen {
        /// The appliance.
        device: Device,
        /// Whether the appliance drops packets for which it has no session; `false` if that is unknown.
        stateful: bool,
    },
    /// A site's own stateful device in front of circuits sees one direction only.
    SiteDevice {
        /// The site of the device.
        site: SiteId,
        /// The position in the network file of the circuit at the site.
        circuit: Span,
        /// Whether the packet passes the device; otherwise the reply does.
        by_packet: bool,
        /// Whether every flow is affected. If not, flows whose reply returns over the packet's circuit continue.
        always: bool,
        /// The links of the reply, ascending.
        answer: Vec<Crossing>,
        /// Who chooses the links of the reply.
        by: Chooser,
    },
    /// Flows are shared among appliances, so the packet may pass one appliance and the reply another.
    AnyDevice {
        /// The appliances, ascending.
        devices: Vec<Device>,
    },
    /// The packet passes an appliance on its path to a private endpoint. If the appliance does not translate the
    /// source, documents and reports differ on whether the reply returns over it.
    EndpointAnswers {
        /// The appliance.
        device: Device,
    },
    /// The source is a private address, and no device translates it.
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
        /// The router that sends the reply there.
        at: LostAt,
        /// The position of the route in the network file, if it has one.
        route: Option<Span>,
    },
    /// The reply returns to a router that it already passed.
    Loop {
        /// The position of the route in the network file, if it has one.
        route: Option<Span>,
    },
    /// An appliance forwards the reply over a peering whose remote side does not allow forwarded traffic. According to
    /// the documentation the reply is dropped, but packets have been observed to pass.
    Denied {
        /// The position in the network file of the peering that does not allow forwarded traffic.
        peering: Span,
    },
    /// It is unknown whether the reply arrives.
    Unknown(UnknownInput),
}

impl Comparison {
    /// Returns the comparison for a reply that ends at an unknown decision. `route` is the last known line.
    pub(in crate::engine) fn of_open_hop(decision: &Decision, route: Span) -> Self {
        match decision.reason() {
            Reason::ForwardedTraffic { span, .. } => Self::Denied { peering: *span },
            _ => Self::Unknown(UnknownInput::NextHop { route, first: false }),
        }
    }

    /// Returns the comparison for a reply that a router after the first one sends elsewhere according to `decision`.
    pub(in crate::engine) fn of_lost_hop(decision: &Decision, route: Option<Span>) -> Self {
        match decision.reason() {
            Reason::Loop { .. } => Self::Loop { route },
            _ => Self::Lost { way: decision.disposition, at: LostAt::Router, route },
        }
    }

    /// Returns the outcome for the reply.
    pub const fn verdict(&self) -> ReturnVerdict {
        match self {
            Self::SameLinks | Self::AzureTranslates => ReturnVerdict::Symmetric,
            Self::Shared { .. } | Self::NotTranslated { .. } | Self::Unknown(_) => ReturnVerdict::Unspecified,
            Self::OtherLinks { .. }
            | Self::SiteTie
            | Self::AnyDevice { .. }
            | Self::SiteDevice { always: false, .. }
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
            | Self::SiteDevice { always: true, .. }
            | Self::DeviceMissed { stateful: true, .. }
            | Self::DeviceUnseen { stateful: true, .. } => ReturnVerdict::Dropped,
        }
    }

    /// Returns whether the reply arrives. A reply to a translated source that returns over other links may reach another
    /// translator, so its arrival is unknown.
    pub const fn arrival(&self) -> ReplyArrival {
        match self {
            Self::SameLinks
            | Self::AzureTranslates
            | Self::OtherLinks { by: Chooser::VirtualNetwork | Chooser::Site, .. }
            | Self::Shared { by: Chooser::VirtualNetwork | Chooser::Site, .. }
            | Self::SiteTie
            | Self::OverInternet { stateful: false, .. } => ReplyArrival::Arrives,
            _ => match self.verdict() {
                ReturnVerdict::Dropped => ReplyArrival::Lost,
                _ => ReplyArrival::Unknown,
            },
        }
    }

    /// Returns both [`Self::arrival`] and [`Self::verdict`].
    pub const fn outcome(&self) -> ReplyOutcome {
        ReplyOutcome { arrival: self.arrival(), verdict: self.verdict() }
    }

    /// Returns whether it is unknown if the reply arrives, because the network file lacks the deciding input. If flows
    /// are shared among several paths that all lead back, the reply arrives over one of them, so the result is `false`.
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_) | Self::NotTranslated { .. } | Self::Denied { .. })
    }

    /// Returns the word used in every output. The list of words is closed.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::SameLinks | Self::AzureTranslates => "same-links",
            Self::OtherLinks { .. } | Self::OverInternet { stateful: false, .. } => "other-links",
            Self::Shared { .. }
            | Self::SiteTie
            | Self::AnyDevice { .. }
            | Self::SiteDevice { always: false, .. } => "shared",
            Self::OverCircuits { .. }
            | Self::DeviceMissed { .. }
            | Self::SiteDevice { by_packet: true, .. }
            | Self::EndpointAnswers { .. } => "device-missed",
            Self::OverInternet { stateful: true, .. }
            | Self::OtherTranslator { .. }
            | Self::SiteDevice { by_packet: false, .. }
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

    /// Returns the links of the reply, if the comparison depends on them.
    pub fn links(&self) -> Vec<Crossing> {
        match self {
            Self::OtherLinks { answer, .. }
            | Self::Shared { answer, .. }
            | Self::SiteDevice { answer, .. } => answer.clone(),
            Self::OverCircuits { circuits, .. } => circuits.iter().copied().map(Crossing::Circuit).collect(),
            Self::OtherTranslator { circuit } => vec![Crossing::Circuit(*circuit)],
            _ => Vec::new(),
        }
    }

    /// Returns the appliance that only one direction passes, or that is not known to translate.
    pub const fn device(&self) -> Option<Device> {
        match self {
            Self::DeviceMissed { device, .. }
            | Self::DeviceUnseen { device, .. }
            | Self::NotTranslated { device }
            | Self::EndpointAnswers { device } => Some(*device),
            _ => None,
        }
    }

    /// Returns the position in the network file of the route or setting that diverts or drops the reply; `None` if only
    /// the position of the source is known.
    pub const fn span(&self) -> Option<Span> {
        match self {
            Self::NoRoute(NoRoute::NotPropagated { table: span } | NoRoute::PastRoute { route: span })
            | Self::Denied { peering: span }
            | Self::SiteDevice { circuit: span, .. }
            | Self::Unknown(UnknownInput::NextHop { route: span, .. }) => Some(*span),
            Self::Lost { route, .. } | Self::Loop { route } => *route,
            _ => None,
        }
    }
}
