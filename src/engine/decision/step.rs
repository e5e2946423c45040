//! What decided among several routes: the words of every output, each with where its rule stands.

use crate::rib::DecisionStep;

/// What decided among several routes to one prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deciding {
    /// Connected routes before static ones, and these before learned ones, as routers' administrative
    /// distance has it.
    Distance,
    /// A step of the site's decision process.
    Step(DecisionStep),
    /// Nothing: all are equally good and share the flows.
    Shared,
    /// Nothing can tell: the step passed over routes of which it compares what is not known.
    Undetermined(DecisionStep),
    /// Inside a virtual network: an order of Azure's.
    Azure(AzureRule),
}

impl Deciding {
    /// The name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Distance => "administrative distance",
            Self::Step(step) => step.name(),
            Self::Shared => "equal cost (ECMP)",
            Self::Undetermined(DecisionStep::PeerAddress) => "unknown peer address",
            Self::Undetermined(DecisionStep::RouterId) => "unknown age of routes",
            Self::Undetermined(_) => "unknown AS path",
            Self::Azure(rule) => rule.name(),
        }
    }

    /// Where the rule stands.
    pub const fn reference(self) -> &'static str {
        match self {
            Self::Distance => "vendors' practice",
            Self::Step(step) | Self::Undetermined(step) => step.reference(),
            Self::Shared => "RFC 2992",
            Self::Azure(rule) => rule.reference(),
        }
    }
}

/// A rule of Azure's choice inside a virtual network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AzureRule {
    /// User routes before gateway routes, and these before system routes.
    SourceOrder,
    /// System routes of the virtual network and its peerings stand even against longer gateway routes.
    SystemPreferred,
    /// The route of a service endpoint cannot be overridden.
    ServiceEndpoint,
    /// The route of a private endpoint.
    PrivateEndpoint,
    /// The longer prefix.
    LongerPrefix,
    /// A narrower service tag before a wider one.
    ServiceTagOrder,
    /// The address of Azure's own services, which follows no route.
    Platform,
    /// Inside the gateway: circuits before tunnels.
    CircuitBeforeTunnel,
    /// What a Route Server prefers: circuits or tunnels and appliances.
    RoutingPreference,
    /// Inside the gateway: the connection of the highest weight.
    ConnectionWeight,
    /// Inside the gateway: the shorter AS path.
    ShorterPath,
    /// Inside the gateway: equally good connections share the flows, those of four circuits at most.
    EqualCost,
    /// Nothing else led there.
    Only,
}

impl AzureRule {
    /// The name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SourceOrder => "user routes, then gateway routes, then system routes",
            Self::SystemPreferred => "system routes of virtual networks are preferred",
            Self::ServiceEndpoint => "service endpoint",
            Self::PrivateEndpoint => "private endpoint",
            Self::LongerPrefix => "longer prefix",
            Self::ServiceTagOrder => "order of service tags",
            Self::Platform => "platform address",
            Self::CircuitBeforeTunnel => "ExpressRoute before VPN",
            Self::RoutingPreference => "routing preference of the Route Server",
            Self::ConnectionWeight => "connection weight",
            Self::ShorterPath => "shorter AS path",
            Self::EqualCost => "equally good connections share the flows, of four circuits at most",
            Self::Only => "only candidate",
        }
    }

    /// Where the rule stands.
    pub const fn reference(self) -> &'static str {
        match self {
            Self::SourceOrder
            | Self::SystemPreferred
            | Self::ServiceEndpoint
            | Self::LongerPrefix
            | Self::ServiceTagOrder => "Microsoft, virtual network traffic routing",
            Self::PrivateEndpoint => "Microsoft, network policies for private endpoints",
            Self::Platform => "Microsoft, what is IP address 168.63.129.16",
            Self::CircuitBeforeTunnel => "Microsoft, S2S VPN as a backup for ExpressRoute private peering",
            Self::RoutingPreference => "Microsoft, Azure Route Server routing preference",
            Self::ConnectionWeight | Self::ShorterPath => "Microsoft, optimize ExpressRoute routing",
            Self::EqualCost => "Microsoft, ExpressRoute FAQ",
            Self::Only => "RFC 2992",
        }
    }
}
