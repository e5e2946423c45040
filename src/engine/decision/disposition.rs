//! The path of a packet, from a closed list of words.

use std::fmt;

use crate::engine::support::{Support, SupportVerdict};

/// The path of a packet. The list is closed, and each word is used with this meaning only.
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
    /// Leaves the network and is dropped outside: the internet does not route the address.
    Discarded,
    /// No route matches the address.
    Unreachable,
    /// A private-use address, evaluated without a network file. The network file would determine whether it is reached
    /// over private peering, over a VPN or on premises.
    Private,
    /// The sources conflict. The reason states what would resolve the conflict.
    Ambiguous,
    /// An input is missing. The reason states which one.
    Unknown,
}

impl Disposition {
    /// All dispositions, in the order of reports.
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

    /// Returns the disposition named by a word.
    pub fn by_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|disposition| disposition.word() == word)
    }
}

impl fmt::Display for Disposition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl Support {
    /// Returns the path according to the documents, if they agree. A service that they exclude from ExpressRoute is
    /// reached over the internet. Actual routes may differ, but the documents are the only source for a name without an
    /// address.
    pub fn documented_path(&self) -> Disposition {
        match self.verdict {
            SupportVerdict::Unsupported => Disposition::Internet,
            _ => Disposition::Unknown,
        }
    }
}
