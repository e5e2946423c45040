//! The rules that decide among several routes: their names in every output, and the source of each rule.

use crate::rib::DecisionStep;

/// The rule that decided among several routes to one prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SelectionStep {
    /// Administrative distance: connected routes before static routes, and static routes before learned routes.
    Distance,
    /// A step of the site's decision process.
    Step(DecisionStep),
    /// No rule: all routes are equal, and flows are shared among them.
    Shared,
    /// Unknown: the step compares an attribute that is unknown for some of the routes.
    Undetermined(DecisionStep),
    /// Inside a virtual network: one of Azure's rules.
    Azure(AzureStep),
}

impl SelectionStep {
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

    /// The source of the rule.
    pub const fn reference(self) -> &'static str {
        match self {
            Self::Distance => "vendors' practice",
            Self::Step(step) | Self::Undetermined(step) => step.reference(),
            Self::Shared => "RFC 2992",
            Self::Azure(rule) => rule.reference(),
        }
    }
}

/// A rule by which Azure selects a route inside a virtual network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AzureStep {
    /// User routes are preferred to gateway routes, and gateway routes to system routes.
    SourceOrder,
    /// System routes for the virtual network and its peerings are preferred even to longer gateway routes.
    SystemPreferred,
    /// The route of a service endpoint cannot be overridden.
    ServiceEndpoint,
    /// The route of a private endpoint is preferred.
    PrivateEndpoint,
    /// The longer prefix wins.
    LongerPrefix,
    /// A narrower service tag is preferred to a wider one.
    ServiceTagOrder,
    /// Packets to the address of Azure's own services follow no route.
    Platform,
    /// Inside the gateway: circuits are preferred to tunnels.
    CircuitBeforeTunnel,
    /// The routing preference of a Route Server: circuits first, or tunnels and appliances first.
    RoutingPreference,
    /// Inside the gateway: the connection with the highest weight.
    ConnectionWeight,
    /// Inside the gateway: the shorter AS path.
    ShorterPath,
    /// Inside the gateway: flows are shared among equal connections, over at most four circuits.
    EqualCost,
    /// No other route matched.
    Only,
}

impl AzureStep {
    /// The name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SourceOrder => "user routes, then gateway routes, then system routes",
            Self::SystemPreferred => "system routes for virtual networks are preferred",
            Self::ServiceEndpoint => "service endpoint",
            Self::PrivateEndpoint => "private endpoint",
            Self::LongerPrefix => "longer prefix",
            Self::ServiceTagOrder => "order of service tags",
            Self::Platform => "platform address",
            Self::CircuitBeforeTunnel => "ExpressRoute before VPN",
            Self::RoutingPreference => "routing preference of the Route Server",
            Self::ConnectionWeight => "connection weight",
            Self::ShorterPath => "shorter AS path",
            Self::EqualCost => "flows are shared among equal connections, over at most four circuits",
            Self::Only => "only candidate",
        }
    }

    /// The source of the rule.
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
