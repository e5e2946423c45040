//! What is decided about an address: a closed list of paths, and the reason in types.

use std::fmt;

use crate::addr::IpPrefix;
use crate::addr::special::SpecialBlock;
use crate::catalog::Evidence;
use crate::diag::Span;
use crate::network::{CircuitId, SiteId, VirtualNetworkId};
use crate::rib::Community;

use super::candidates::Doubt;
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

/// What is decided about an address, and why.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decision {
    /// Where the packet goes.
    pub disposition: Disposition,
    /// The prefix of the route, or of the list entry, that decided; `None` where none matched.
    pub prefix: Option<IpPrefix>,
    /// Why.
    pub reason: Reason,
}

impl Decision {
    /// The circuits that carry it; several where they tie.
    pub fn circuits(&self) -> &[CircuitId] {
        match &self.reason {
            Reason::VirtualNetwork { circuits, .. }
            | Reason::Advertised { circuits, .. }
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
    /// The default route of the site's internet edge.
    DefaultRoute {
        /// The site whose edge it is.
        site: SiteId,
        /// Where the edge stands in the network file.
        span: Span,
    },
    /// Only the default route matches, and the internet does not route the address.
    NotRoutedOnInternet {
        /// The special-purpose block.
        block: &'static SpecialBlock,
        /// Where the internet edge stands in the network file.
        span: Span,
    },
    /// No route matches.
    NoRoute,
}
