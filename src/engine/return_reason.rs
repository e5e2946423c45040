//! What becomes of an answer, why, and what helps against it.

use std::fmt;

use crate::addr::IpPrefix;
use crate::network::CircuitId;

use super::decision::Disposition;

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
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// The virtual network answers over a tunnel.
    OverTunnel,
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
    /// The site answers over a tunnel over which the virtual network does not send.
    SiteOverTunnel,
    /// The site's answer does not go to the virtual network.
    SiteAway {
        /// Where it goes.
        way: Disposition,
    },
    /// It cannot be told what the site does with the answer.
    SiteUnknown,
}

impl ReturnReason {
    /// What it means for the answer.
    pub fn verdict(&self) -> ReturnVerdict {
        match self {
            Self::SameWay | Self::AzureTranslates => ReturnVerdict::Symmetric,
            Self::AnyCircuit { .. }
            | Self::GatewayAnyCircuit { .. }
            | Self::NoSite
            | Self::SiteAnyCircuit { .. }
            | Self::SiteUnknown => ReturnVerdict::Unspecified,
            Self::OnlyOnInternet { stateful: false }
            | Self::LongerOnInternet { stateful: false, .. }
            | Self::CircuitMayAttract { .. }
            | Self::OtherSite
            | Self::OtherCircuit { .. }
            | Self::OverTunnel
            | Self::OverExpressRoute { .. }
            | Self::GatewayOtherCircuit { .. }
            | Self::SiteOtherCircuit { .. }
            | Self::SiteOverTunnel => ReturnVerdict::AtRisk,
            Self::OnlyOnInternet { stateful: true }
            | Self::LongerOnInternet { stateful: true, .. }
            | Self::NotAdvertised
            | Self::CircuitAttracts { .. }
            | Self::NotAnnounced
            | Self::PrivateSource
            | Self::GatewayHasNone
            | Self::SiteAway { .. } => ReturnVerdict::Dropped,
        }
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
            Self::AnyCircuit { .. } => "any-circuit",
            Self::OtherCircuit { .. } => "other-circuit",
            Self::PrivateSource => "private-source",
            Self::GatewayHasNone => "gateway-has-none",
            Self::OverTunnel => "over-tunnel",
            Self::OverExpressRoute { .. } => "over-expressroute",
            Self::GatewayOtherCircuit { .. } => "gateway-other-circuit",
            Self::GatewayAnyCircuit { .. } => "gateway-any-circuit",
            Self::AzureTranslates => "azure-translates",
            Self::NoSite => "no-site",
            Self::SiteOtherCircuit { .. } => "site-other-circuit",
            Self::SiteAnyCircuit { .. } => "site-any-circuit",
            Self::SiteOverTunnel => "site-over-tunnel",
            Self::SiteAway { .. } => "site-away",
            Self::SiteUnknown => "site-unknown",
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

    /// What happens, as one sentence without a full stop.
    pub const fn sentence(&self) -> &'static str {
        match self {
            Self::SameWay => "the answer comes back the same way",
            Self::OnlyOnInternet { .. } => {
                "the source is advertised on the internet only, so the answer comes over the internet, \
                 whose edge saw no beginning of it"
            }
            Self::LongerOnInternet { .. } => {
                "the internet has a longer prefix of the source, so the answer comes over the internet, \
                 whose edge saw no beginning of it"
            }
            Self::NotAdvertised => "the source is advertised nowhere, so there is no way back",
            Self::CircuitAttracts { .. } => {
                "the source is advertised to Microsoft on ExpressRoute, which Microsoft prefers, so the answer \
                 comes over a circuit whose edge saw no beginning of it"
            }
            Self::CircuitMayAttract { .. } => {
                "the source is advertised to Microsoft on ExpressRoute; if the destination is Microsoft's \
                 although no list holds it, the answer comes over a circuit"
            }
            Self::NotAnnounced => "no internet edge announces the source, so there is no way back",
            Self::OtherSite => "another site's internet edge announces the source",
            Self::AnyCircuit { .. } => {
                "several circuits advertise the source alike, and Microsoft does not say which it picks"
            }
            Self::OtherCircuit { .. } => "another circuit attracts the answer",
            Self::PrivateSource => "the source is a private address that nothing translates",
            Self::GatewayHasNone => "the virtual network's gateway learned no route to the source",
            Self::OverTunnel => "the virtual network answers over a tunnel",
            Self::OverExpressRoute { .. } => {
                "the virtual network answers over ExpressRoute, which its gateway prefers to the tunnel"
            }
            Self::GatewayOtherCircuit { .. } => "the virtual network answers over another circuit",
            Self::GatewayAnyCircuit { .. } => {
                "flows are shared among circuits, and the virtual network chooses without regard to the site"
            }
            Self::AzureTranslates => {
                "Azure gives the packet a public address of its own as its source, and the answer comes there"
            }
            Self::NoSite => "the network file attaches no site to what carries the packet",
            Self::SiteOtherCircuit { .. } => {
                "the site answers over a circuit over which the packet did not come"
            }
            Self::SiteAnyCircuit { .. } => {
                "flows are shared among circuits, and the site chooses without regard to the virtual network"
            }
            Self::SiteOverTunnel => "the site answers over a tunnel over which the packet did not come",
            Self::SiteAway { way } => away(*way),
            Self::SiteUnknown => "it cannot be told what the site does with the answer",
        }
    }

    /// What helps; empty where nothing is wrong.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::SameWay | Self::AzureTranslates => "",
            Self::OnlyOnInternet { .. } | Self::NotAdvertised => {
                "advertise the NAT pool of the circuit on its Microsoft peering, and nowhere else"
            }
            Self::LongerOnInternet { .. } => {
                "advertise a prefix at least as long on the Microsoft peering, or keep the pool off the internet"
            }
            Self::CircuitAttracts { .. } | Self::CircuitMayAttract { .. } => {
                "use different NAT pools on the internet and on ExpressRoute, and advertise each in one place only"
            }
            Self::NotAnnounced => "announce the NAT pool from the internet edge",
            Self::OtherSite => "use a NAT pool that only this site announces",
            Self::AnyCircuit { .. } | Self::OtherCircuit { .. } => {
                "give each circuit a NAT pool of its own, or prepend a public autonomous system on the others"
            }
            Self::PrivateSource => "translate clients to a public NAT pool",
            Self::GatewayHasNone => "advertise the site's prefixes on private peering",
            Self::OverTunnel => {
                "advertise prefixes on private peering that are no shorter than those on the tunnel"
            }
            Self::NoSite => "name the circuit among the `circuits` of the site that it leads to",
            Self::GatewayOtherCircuit { .. } | Self::GatewayAnyCircuit { .. } => {
                "prefer one circuit on both sides: by local preference at the site, by connection weight at the \
                 gateway, which counts where the circuits advertise the same prefixes"
            }
            Self::SiteOtherCircuit { .. } | Self::SiteAnyCircuit { .. } => {
                "prefer one circuit on both sides: by connection weight at the gateway, by local preference at the site"
            }
            Self::SiteOverTunnel | Self::OverExpressRoute { .. } => {
                "prefer what comes over ExpressRoute at the site, by a local preference above that of the tunnel"
            }
            Self::SiteAway { .. } => "let the site learn the virtual network's prefixes over private peering",
            Self::SiteUnknown => {
                "ask for the virtual network's prefix from the site: the reason is told there"
            }
        }
    }
}

/// Where an answer goes that does not go to the virtual network.
const fn away(way: Disposition) -> &'static str {
    match way {
        Disposition::Internet | Disposition::MicrosoftPeering => {
            "the site sends the answer out of its network, not to the virtual network"
        }
        Disposition::OnPremises => "the site takes the subnet's addresses for its own network's",
        _ => "the site has no route to the subnet, so there is no way back",
    }
}
