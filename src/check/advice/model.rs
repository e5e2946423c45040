//! One advice, and its parts.

use std::fmt;

use crate::check::advice::AdviceSource;
use crate::diag::Span;
use crate::network::CircuitId;
use crate::rib::Community;

/// What an advice is about, in the order of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AdviceTopic {
    /// The Microsoft cloud of the circuits.
    Cloud,
    /// Communities for the route filter.
    RouteFilter,
    /// Microsoft 365 over ExpressRoute.
    Microsoft365,
    /// The SKU of the circuits.
    Sku,
    /// NAT pools.
    Nat,
    /// Prefixes advertised to Microsoft.
    Advertised,
    /// IPv6.
    Ipv6,
    /// Route preference, ASNs and BFD.
    Routing,
    /// Connections and peering locations.
    Redundancy,
    /// What stays on the internet.
    Internet,
    /// What happens if no circuit is up.
    FailClosed,
    /// What clients must be able to reach.
    FirewallOut,
    /// Who opens connections to the company.
    FirewallIn,
    /// Traffic inside Microsoft's network.
    InsideMicrosoft,
    /// Users outside the sites.
    MobileUsers,
    /// Costs.
    Cost,
    /// The age of the lists.
    Lists,
}

impl AdviceTopic {
    /// Every topic, in the order of reports.
    pub const ALL: [Self; 17] = [
        Self::Cloud,
        Self::RouteFilter,
        Self::Microsoft365,
        Self::Sku,
        Self::Nat,
        Self::Advertised,
        Self::Ipv6,
        Self::Routing,
        Self::Redundancy,
        Self::Internet,
        Self::FailClosed,
        Self::FirewallOut,
        Self::FirewallIn,
        Self::InsideMicrosoft,
        Self::MobileUsers,
        Self::Cost,
        Self::Lists,
    ];

    /// Returns the name in machine formats.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cloud => "cloud",
            Self::RouteFilter => "route-filter",
            Self::Microsoft365 => "microsoft-365",
            Self::Sku => "sku",
            Self::Nat => "nat",
            Self::Advertised => "advertised",
            Self::Ipv6 => "ipv6",
            Self::Routing => "routing",
            Self::Redundancy => "redundancy",
            Self::Internet => "internet",
            Self::FailClosed => "fail-closed",
            Self::FirewallOut => "firewall-out",
            Self::FirewallIn => "firewall-in",
            Self::InsideMicrosoft => "inside-microsoft",
            Self::MobileUsers => "mobile-users",
            Self::Cost => "cost",
            Self::Lists => "lists",
        }
    }

    /// Returns the heading in text.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Cloud => "Cloud",
            Self::RouteFilter => "Communities for the route filter",
            Self::Microsoft365 => "Microsoft 365",
            Self::Sku => "SKU of the circuits",
            Self::Nat => "NAT",
            Self::Advertised => "Prefixes to advertise",
            Self::Ipv6 => "IPv6",
            Self::Routing => "Routing and BFD",
            Self::Redundancy => "Redundancy",
            Self::Internet => "Stays on the internet",
            Self::FailClosed => "If no circuit is up",
            Self::FirewallOut => "Firewall and proxy, outbound",
            Self::FirewallIn => "Firewall, inbound over the circuits",
            Self::InsideMicrosoft => "Inside Microsoft's network",
            Self::MobileUsers => "Users outside the sites",
            Self::Cost => "Costs",
            Self::Lists => "Microsoft's lists",
        }
    }
}

impl fmt::Display for AdviceTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Whether an advice is followed; ordered, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AdviceState {
    /// The network lacks something that the products need.
    Missing,
    /// It is needed, and no network was given or the network file does not describe it.
    Needed,
    /// The network has something that the products do not need; without a network, what to leave out.
    Superfluous,
    /// The network lacks something that improves the result but is not required.
    Optional,
    /// Only people can know or decide it.
    People,
    /// The network has it.
    Present,
}

impl AdviceState {
    /// Every state, the most urgent first.
    pub const ALL: [Self; 6] =
        [Self::Missing, Self::Needed, Self::Superfluous, Self::Optional, Self::People, Self::Present];

    /// Returns the name in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Superfluous => "superfluous",
            Self::Optional => "optional",
            Self::People => "people",
            Self::Needed => "needed",
            Self::Present => "present",
        }
    }
}

impl fmt::Display for AdviceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The kind of thing that an advice names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SubjectKind {
    /// A BGP community.
    Community,
    /// An ExpressRoute circuit.
    Circuit,
    /// A service tag.
    Tag,
    /// Host names and patterns.
    Host,
    /// A product of Microsoft.
    Product,
    /// A site.
    Site,
    /// A prefix.
    Prefix,
    /// The network as a whole.
    Network,
}

impl SubjectKind {
    /// Returns the name in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Community => "community",
            Self::Circuit => "circuit",
            Self::Tag => "tag",
            Self::Host => "host",
            Self::Product => "product",
            Self::Site => "site",
            Self::Prefix => "prefix",
            Self::Network => "network",
        }
    }
}

/// One thing to order, to configure, or to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// What it is about.
    pub topic: AdviceTopic,
    /// Whether it is followed.
    pub state: AdviceState,
    /// The kind of its subjects.
    pub kind: SubjectKind,
    /// What it names: communities, circuits, tags, host names. Empty if it concerns the network as a whole.
    pub subjects: Vec<String>,
    /// The circuit whose settings it concerns, if the subject is a part of one.
    pub circuit: Option<String>,
    /// What to do, and why.
    pub text: String,
    /// Where it comes from.
    pub source: AdviceSource,
    /// The position in the network file.
    pub place: Option<Span>,
}

impl Advice {
    /// Creates an advice without a subject, circuit or position.
    pub(super) fn new(
        topic: AdviceTopic,
        state: AdviceState,
        source: impl Into<AdviceSource>,
        text: impl Into<String>,
    ) -> Self {
        Self {
            topic,
            state,
            kind: SubjectKind::Network,
            subjects: Vec::new(),
            circuit: None,
            text: text.into(),
            source: source.into(),
            place: None,
        }
    }

    /// Sets the subjects.
    pub(super) fn about(
        mut self,
        kind: SubjectKind,
        subjects: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.kind = kind;
        self.subjects = subjects.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the circuit whose settings the advice concerns.
    pub(super) fn on(mut self, circuit: &str) -> Self {
        self.circuit = Some(circuit.to_owned());
        self
    }

    /// Sets the position.
    pub(super) fn at(mut self, place: impl Into<Option<Span>>) -> Self {
        self.place = place.into();
        self
    }
}

/// A community of a route filter, with its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FilterEntry {
    /// The community.
    pub value: Community,
    /// Its name for people, such as `West Europe`.
    pub name: String,
}

/// The route filter that a circuit needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterAdvice {
    /// The circuit; `None` without a network.
    pub circuit: Option<CircuitId>,
    /// The name of the circuit; `er` without a network.
    pub name: String,
    /// Whether the circuit has a route filter.
    pub exists: bool,
    /// The communities that it has.
    pub present: Vec<FilterEntry>,
    /// The communities that it lacks and the products need.
    pub missing: Vec<FilterEntry>,
}

impl FilterAdvice {
    /// Returns the communities that it has or needs, ascending.
    pub fn whole(&self) -> Vec<&FilterEntry> {
        let mut all: Vec<&FilterEntry> = self.present.iter().chain(&self.missing).collect();
        all.sort_unstable();
        all.dedup_by_key(|entry| entry.value);
        all
    }
}
