//! What is decided about an address: a closed list of paths, and the reason in types.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::addr::special::SpecialBlock;
use crate::addr::{FlowKey, IpPrefix};
use crate::catalog::Evidence;
use crate::diag::Span;
use crate::network::{CircuitId, Connection, SiteId, VirtualNetworkId};
use crate::rib::{Community, Missing, SessionId, flow_path};

use super::deciding::Deciding;
use super::reserved::Reserved;
use super::routes::Doubt;
use super::support::SupportRule;

/// Where a packet goes. The list is closed; each word is used with this meaning only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Disposition {
    /// Over the internet.
    Internet,
    /// Over the Microsoft peering of an ExpressRoute circuit.
    MicrosoftPeering,
    /// Over the private peering of an ExpressRoute circuit, to a virtual network.
    PrivatePeering,
    /// Over a site-to-site VPN.
    Vpn,
    /// Stays within the customer's own network, or never leaves the link.
    OnPremises,
    /// Stays inside the virtual network or Microsoft's network.
    AzureBackbone,
    /// Leaves, and is dropped where it arrives: the internet does not route the address.
    Discarded,
    /// No route at all.
    Unreachable,
    /// Without a network file: a private-use address. Private peering, VPN or on-premises: only a
    /// network file can tell.
    Private,
    /// The sources conflict: what would settle it is part of the reason.
    Ambiguous,
    /// An input is missing: which one is part of the reason.
    Unknown,
}

impl Disposition {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 11] = [
        Self::MicrosoftPeering,
        Self::PrivatePeering,
        Self::Vpn,
        Self::Internet,
        Self::OnPremises,
        Self::AzureBackbone,
        Self::Private,
        Self::Discarded,
        Self::Unreachable,
        Self::Ambiguous,
        Self::Unknown,
    ];

    /// The word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Internet => "internet",
            Self::MicrosoftPeering => "microsoft-peering",
            Self::PrivatePeering => "private-peering",
            Self::Vpn => "vpn",
            Self::OnPremises => "on-premises",
            Self::AzureBackbone => "azure-backbone",
            Self::Discarded => "discarded",
            Self::Unreachable => "unreachable",
            Self::Private => "private",
            Self::Ambiguous => "ambiguous",
            Self::Unknown => "unknown",
        }
    }

    /// The disposition of a word.
    pub fn by_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|disposition| disposition.word() == word)
    }
}

impl fmt::Display for Disposition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Index of a [`Decision`] in its engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DecisionId(pub u32);

/// What is decided about an address, and why. Small and cheap to copy: what many decisions have in
/// common is shared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decision {
    /// Where the packet goes.
    pub disposition: Disposition,
    /// The prefix of the route, or of the list entry, that decided; `None` where none matched.
    pub prefix: Option<IpPrefix>,
    /// Why, and over what.
    pub why: Arc<Why>,
}

/// The part of a decision that many prefixes have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Why {
    /// The reason.
    pub reason: Reason,
    /// The sessions that carry it, the best first; several share the flows by a hash of the five-tuple.
    /// Empty without a network file, and where no session carries it.
    pub carriers: Vec<Carrier>,
    /// What decided among the routes to the prefix; `None` where no route decided.
    pub step: Option<Deciding>,
}

/// A session that carries a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Carrier {
    /// The session, of the engine's.
    pub session: SessionId,
    /// The circuit and its connection, where it is a circuit's.
    pub circuit: Option<(CircuitId, Connection)>,
}

impl Decision {
    /// A decision that no session carries.
    pub(super) fn plain(disposition: Disposition, prefix: Option<IpPrefix>, reason: Reason) -> Self {
        let why = Arc::new(Why { reason, carriers: Vec::new(), step: None });
        Self { disposition, prefix, why }
    }

    /// Why it is what it is.
    pub fn reason(&self) -> &Reason {
        &self.why.reason
    }

    /// The sessions that carry it, the best first.
    pub fn carriers(&self) -> &[Carrier] {
        &self.why.carriers
    }

    /// What decided among the routes to the prefix.
    pub fn step(&self) -> Option<Deciding> {
        self.why.step
    }

    /// The session that carries a flow: where several do, by a hash of its five-tuple.
    pub fn carrier_of(&self, flow: &FlowKey) -> Option<Carrier> {
        let carriers = self.carriers();
        let paths = NonZeroUsize::new(carriers.len())?;
        carriers.get(flow_path(flow, paths)).copied()
    }

    /// The circuits that carry it; several where they tie.
    pub fn circuits(&self) -> &[CircuitId] {
        match self.reason() {
            Reason::VirtualNetwork { circuits, .. }
            | Reason::Advertised { circuits, .. }
            | Reason::Learned { circuits, .. }
            | Reason::Static { circuits, .. }
            | Reason::BeyondLists { circuits, .. }
            | Reason::Gateway { circuits, .. }
            | Reason::PerhapsAdvertised { circuits, .. } => circuits,
            _ => &[],
        }
    }
}

/// Why a decision is what it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The address lies in a special-purpose block that decides by itself.
    SpecialPurpose {
        /// The block.
        block: &'static SpecialBlock,
    },
    /// Eligibility: these communities carry the address, best evidence first.
    Carried {
        /// The communities with the evidence for each.
        communities: Vec<(Community, Evidence)>,
    },
    /// Eligibility: only communities for which the sources conflict hold the address.
    PerhapsCarried {
        /// The communities.
        communities: Vec<Community>,
    },
    /// Eligibility: Microsoft documents that this is not reached over ExpressRoute, and no community
    /// holds it.
    DocumentedInternet {
        /// The documented rule.
        rule: &'static SupportRule,
    },
    /// Eligibility: one of Microsoft's lists holds the address, but no community is known to carry it.
    NoKnownCommunity,
    /// Eligibility: none of Microsoft's lists holds the address.
    NotListed,
    /// The address lies in a site's own prefixes.
    Site {
        /// The site.
        site: SiteId,
        /// Where the prefix stands in the network file.
        span: Span,
    },
    /// A virtual network, over private peering.
    VirtualNetwork {
        /// The virtual network.
        network: VirtualNetworkId,
        /// The circuits that it is linked to.
        circuits: Vec<CircuitId>,
        /// Where the prefix stands in the network file.
        span: Span,
    },
    /// Advertised on Microsoft peering because the route filter holds the community.
    Advertised {
        /// The circuits whose filters hold it.
        circuits: Vec<CircuitId>,
        /// The community.
        community: Community,
        /// How it is known that the community carries the prefix.
        evidence: Evidence,
        /// Where the community stands in the network file.
        span: Span,
    },
    /// It cannot be told whether a community of the route filter brings the prefix.
    PerhapsAdvertised {
        /// The circuits whose filters hold the community.
        circuits: Vec<CircuitId>,
        /// The community.
        community: Community,
        /// Why it cannot be told.
        doubt: Doubt,
        /// The path if it does not.
        otherwise: Disposition,
        /// Where the community stands in the network file.
        span: Span,
    },
    /// In the table of a connection that the user gave: what the circuit really learned.
    Learned {
        /// The circuits whose tables hold it.
        circuits: Vec<CircuitId>,
        /// Where the table is named in the network file.
        span: Span,
    },
    /// A tunnel of the site.
    Tunnel {
        /// The tunnel's index in [`Site::vpn`](crate::network::Site::vpn).
        vpn: u32,
        /// The virtual network at its end whose prefix it is; `None` for a prefix that the file lists.
        network: Option<VirtualNetworkId>,
        /// Where the prefix stands in the network file.
        span: Span,
    },
    /// A static route of the site.
    Static {
        /// The circuits that it leads over.
        circuits: Vec<CircuitId>,
        /// Where it stands in the network file.
        span: Span,
    },
    /// Where a packet ends is not known: a static route sends it over Microsoft peering, and none of Microsoft's lists
    /// holds the address. Microsoft's network is no way to other networks, but its lists do not name all that is its own.
    BeyondLists {
        /// The circuits that the route leads over.
        circuits: Vec<CircuitId>,
        /// Where it stands in the network file.
        span: Span,
    },
    /// In the table of routes that the internet edge learns.
    InternetRoute {
        /// The site whose edge it is.
        site: SiteId,
        /// Where the table is named in the network file.
        span: Span,
    },
    /// Inside a virtual network: its address space, or that of one it is peered with.
    VirtualNetworkLocal {
        /// The virtual network that holds the address.
        network: VirtualNetworkId,
        /// Where the prefix stands in the network file.
        span: Span,
    },
    /// Inside a virtual network: a private endpoint.
    PrivateEndpoint {
        /// The virtual network that holds it.
        network: VirtualNetworkId,
        /// Where it stands in the network file.
        span: Span,
    },
    /// Inside a virtual network: a service endpoint of the subnet.
    ServiceEndpoint {
        /// Where it stands in the network file.
        span: Span,
    },
    /// Inside a virtual network: a route of the subnet's route table.
    UserRoute {
        /// Where it stands in the network file.
        span: Span,
    },
    /// Inside a virtual network: a route of the subnet's route table leads to the gateway, and no tunnel that is up
    /// ends there; a circuit's gateway cannot be a next hop.
    NoTunnel {
        /// Where it stands in the network file.
        span: Span,
    },
    /// Inside a virtual network: a route of the subnet's route table leads to the gateway, and over none of the tunnels
    /// that end there a route was learned that holds the address.
    NoTunnelRoute {
        /// Where it stands in the network file.
        span: Span,
    },
    /// Inside a virtual network: the address of Azure's own services, at the host of the virtual machine.
    Platform,
    /// Inside a virtual network: learned by the gateway from a circuit or a tunnel.
    Gateway {
        /// The virtual network whose gateway it is.
        network: VirtualNetworkId,
        /// The circuits that it leads over; empty for tunnels.
        circuits: Vec<CircuitId>,
        /// Where what is advertised stands in the network file.
        span: Span,
    },
    /// Inside a virtual network: the system's default route; Microsoft's addresses stay on its backbone.
    SystemDefault,
    /// Inside a virtual network: the system drops what no other route wants of the prefixes that Azure reserves.
    SystemDropped {
        /// The prefix.
        block: &'static Reserved,
    },
    /// Inside a virtual network: what becomes of the packet depends on an appliance that the network file
    /// does not describe.
    Appliance {
        /// Its address.
        address: std::net::IpAddr,
        /// Where the route stands in the network file.
        span: Span,
    },
    /// Nothing can tell which of two ways is used: the AS path of the internet's route is not known, and its length
    /// would decide.
    UnknownPath {
        /// The ways, in the order of the sessions.
        ways: [Disposition; 2],
        /// Where the table without AS paths is named in the network file.
        span: Span,
    },
    /// Nothing can tell which of two ways is used: a route map asks for what the table of the route does not give.
    UnknownPolicy {
        /// The ways.
        ways: [Disposition; 2],
        /// What the table does not give.
        missing: Missing,
        /// Where the table is named in the network file.
        span: Span,
    },
    /// Nothing can tell which of two ways is used: their routes are equal up to the addresses of the peers, which the
    /// network file does not give.
    UnknownTie {
        /// The ways, in the order of the sessions.
        ways: [Disposition; 2],
        /// Where what brings one of the routes stands in the network file.
        span: Span,
    },
    /// The default route of the site's internet edge.
    DefaultRoute {
        /// The site whose edge it is.
        site: SiteId,
        /// Where the edge stands in the network file.
        span: Span,
    },
    /// Only a default route to the internet matches, and the internet does not route the address.
    NotRoutedOnInternet {
        /// The special-purpose block.
        block: &'static SpecialBlock,
        /// Where the internet edge, or the user's default route, stands in the network file.
        span: Span,
    },
    /// No route matches.
    NoRoute,
}

impl Reason {
    /// The place of the network file that it names; `None` where no line of the file caused it.
    pub const fn span(&self) -> Option<Span> {
        match self {
            Self::Site { span, .. }
            | Self::VirtualNetwork { span, .. }
            | Self::Advertised { span, .. }
            | Self::PerhapsAdvertised { span, .. }
            | Self::Learned { span, .. }
            | Self::Tunnel { span, .. }
            | Self::Static { span, .. }
            | Self::BeyondLists { span, .. }
            | Self::InternetRoute { span, .. }
            | Self::VirtualNetworkLocal { span, .. }
            | Self::PrivateEndpoint { span, .. }
            | Self::ServiceEndpoint { span }
            | Self::UserRoute { span }
            | Self::NoTunnel { span }
            | Self::NoTunnelRoute { span }
            | Self::Gateway { span, .. }
            | Self::Appliance { span, .. }
            | Self::UnknownPath { span, .. }
            | Self::UnknownTie { span, .. }
            | Self::UnknownPolicy { span, .. }
            | Self::DefaultRoute { span, .. }
            | Self::NotRoutedOnInternet { span, .. } => Some(*span),
            Self::SpecialPurpose { .. }
            | Self::Carried { .. }
            | Self::PerhapsCarried { .. }
            | Self::DocumentedInternet { .. }
            | Self::NoKnownCommunity
            | Self::NotListed
            | Self::Platform
            | Self::SystemDefault
            | Self::SystemDropped { .. }
            | Self::NoRoute => None,
        }
    }
}
