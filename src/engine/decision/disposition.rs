//! Where a packet goes: a closed list of words.

use std::fmt;

use crate::engine::support::{Support, SupportVerdict};

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

impl Support {
    /// The path that the documents give, where they are one in it: what they exclude from ExpressRoute
    /// leaves over the internet. Routes may say otherwise; for a name without address, nothing else speaks.
    pub fn documented_path(&self) -> Disposition {
        match self.verdict {
            SupportVerdict::Unsupported => Disposition::Internet,
            _ => Disposition::Unknown,
        }
    }
}
