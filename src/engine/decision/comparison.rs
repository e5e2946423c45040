//! What becomes of an answer, and why: its trace beside that of its packet.

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

/// What leads between a site and what is not that site: where the traces of a packet and of its answer may part.
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
    /// Its name; empty for one of another network.
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

/// Who chooses over what an answer comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Chooser {
    /// Microsoft's network, by what circuits advertise.
    Microsoft,
    /// The internet, by what internet edges announce.
    Internet,
    /// The virtual network that answers, or the virtual hub before the site.
    VirtualNetwork,
    /// The edge of the site that answers.
    Site,
}

/// Where no route leads an answer on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoRoute {
    /// The packet leaves over Microsoft peering, and nothing advertises its source.
    MicrosoftPeering,
    /// The packet leaves over the internet, and no edge announces its source.
    Internet,
    /// The virtual network's gateway learned no route to the source.
    Gateway,
    /// The gateway learned one, but the subnet's route table keeps the gateway's routes away.
    NotPropagated {
        /// Where the route table stands in the network file.
        table: Span,
    },
    /// A route of a route table leads the answer to an appliance, or to a next hop that is not known, but no gateway that
    /// anything could send it on to learned a route to the source.
    PastRoute {
        /// Where the route stands in the network file.
        route: Span,
    },
    /// What attracts the answer is the edge of a site from which no link that is up leads back.
    Links,
    /// The edge of the site that answers.
    Site,
}

/// Which router does with an answer what its packet does not need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LostAt {
    /// The subnet that answers, by a route of its route table.
    Subnet,
    /// The virtual network that answers, or one that it is peered with, takes the source for Azure's.
    Azure,
    /// The edge of the site that answers.
    Site,
    /// A router behind the first one.
    Router,
}

/// What the network file, or a document, does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unsaid {
    /// No virtual network of the network file holds the destination, or nothing says what its gateway learned.
    Responder,
    /// The packet passes appliances or turns at Microsoft's edge, and no subnet of the network file holds the destination, so
    /// that nobody knows the routes of what answers.
    Subnet,
    /// The packet leaves a virtual network over a circuit to which the network file attaches no site.
    Site,
    /// It cannot be told what the site does with the answer.
    SiteChoice,
    /// The packet, or its answer, leaves over a circuit or a tunnel for another virtual network: what sends it on there is not
    /// evaluated.
    Turn,
    /// A route leads the answer to where nobody can tell what becomes of it: to an appliance, or to a next hop that is not
    /// known.
    NextHop {
        /// Where the route stands in the network file.
        route: Span,
        /// Whether it is of the subnet that answers, not of a router behind it.
        first: bool,
    },
}

/// The trace of an answer beside that of its packet: what parts them first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Comparison {
    /// Both take the same links.
    SameLinks,
    /// The packet leaves a virtual network for the internet from a public address of Azure's, and the answer comes there.
    AzureTranslates,
    /// The answer comes over other links.
    OtherLinks {
        /// Those of the packet, ascending.
        packet: Vec<Crossing>,
        /// Those of the answer, ascending.
        answer: Vec<Crossing>,
        /// Who chooses them.
        by: Chooser,
    },
    /// Flows are shared among links, some of which the packet may take: each end chooses by a hash of its own.
    Shared {
        /// Those of the answer, ascending.
        answer: Vec<Crossing>,
        /// Who chooses among them.
        by: Chooser,
    },
    /// The site that answers learned the prefix over ways that are equal in all that is known, of which it uses one.
    SiteTie,
    /// The packet leaves over a circuit, and the internet attracts the answer.
    OverInternet {
        /// The prefix on the internet, where a circuit advertises a shorter one.
        longer: Option<IpPrefix>,
        /// Whether the internet edge drops what it saw no beginning of.
        stateful: bool,
    },
    /// The packet leaves over the internet, and circuits attract the answer.
    OverCircuits {
        /// The circuits.
        circuits: Vec<CircuitId>,
        /// Whether any of Microsoft's lists holds the destination: if not, the answer comes over a circuit only if it is
        /// Microsoft's all the same.
        listed: bool,
    },
    /// The answer may come in at the router at which the other connection of the packet's circuit ends, and which translates to
    /// another pool.
    OtherTranslator {
        /// The circuit.
        circuit: CircuitId,
    },
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
    /// Appliances share the flows, and the packet may pass one and the answer another.
    AnyDevice {
        /// The appliances, ascending.
        devices: Vec<Device>,
    },
    /// The packet passes an appliance on its way to a private endpoint, and whether the answer comes back over it is told
    /// in different ways, where the appliance does not translate the source.
    EndpointAnswers {
        /// The appliance.
        device: Device,
    },
    /// The source is a private address, which nothing translates.
    PrivateSource,
    /// The packet leaves a virtual network for the internet past an appliance of which nobody says that it translates.
    NotTranslated {
        /// The appliance.
        device: Device,
    },
    /// No route leads the answer on.
    NoRoute(NoRoute),
    /// The answer ends elsewhere than at the source.
    Lost {
        /// Where it goes.
        way: Disposition,
        /// What leads it there.
        at: LostAt,
        /// Where the route stands in the network file, if it does.
        route: Option<Span>,
    },
    /// The answer comes to a router that it passed before.
    Loop {
        /// Where the route stands in the network file, if it does.
        route: Option<Span>,
    },
    /// An appliance forwards the answer over a peering whose other side takes nothing that is forwarded: documents say that it
    /// is dropped, and it was seen to pass.
    Denied {
        /// Where that stands in the network file.
        peering: Span,
    },
    /// It cannot be told whether the answer arrives.
    Unknown(Unsaid),
}

impl Comparison {
    /// Of an answer that ends at a decision which nobody can tell, where `route` is the last line that is known.
    pub(in crate::engine) fn of_open_hop(decision: &Decision, route: Span) -> Self {
        match decision.reason() {
            Reason::ForwardedTraffic { span, .. } => Self::Denied { peering: *span },
            _ => Self::Unknown(Unsaid::NextHop { route, first: false }),
        }
    }

    /// Of an answer that a router behind the first one leads elsewhere by `decision`.
    pub(in crate::engine) fn of_lost_hop(decision: &Decision, route: Option<Span>) -> Self {
        match decision.reason() {
            Reason::Loop { .. } => Self::Loop { route },
            _ => Self::Lost { way: decision.disposition, at: LostAt::Router, route },
        }
    }

    /// What it means for the answer.
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

    /// Whether nobody can tell if the answer arrives: the network file lacks what decides it. Where ways that all lead
    /// back merely share the flows, it arrives over one of them, so that is not unknown.
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

    /// The links that the answer comes over, where they are what matters.
    pub fn links(&self) -> Vec<Crossing> {
        match self {
            Self::OtherLinks { answer, .. } | Self::Shared { answer, .. } => answer.clone(),
            Self::OverCircuits { circuits, .. } => circuits.iter().copied().map(Crossing::Circuit).collect(),
            Self::OtherTranslator { circuit } => vec![Crossing::Circuit(*circuit)],
            _ => Vec::new(),
        }
    }

    /// The appliance that only one direction passes, or that may not translate.
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
            Self::NoRoute(NoRoute::NotPropagated { table: span } | NoRoute::PastRoute { route: span })
            | Self::Denied { peering: span }
            | Self::Unknown(Unsaid::NextHop { route: span, .. }) => Some(*span),
            Self::Lost { route, .. } | Self::Loop { route } => *route,
            _ => None,
        }
    }
}
