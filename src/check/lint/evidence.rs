//! The evidence behind the rules: what each rule examined, and which inputs it lacks.
//!
//! A rule without findings has passed only if it examined something. Therefore, every rule states for each of its codes
//! how many objects it examined (none, if the network has no such object) and which inputs the network file lacks.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, Span};

/// A kind of object that rules examine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::check::lint) enum Object {
    Appliance,
    Circuit,
    CircuitAtSite,
    CircuitBesideOthers,
    CircuitLink,
    CircuitPair,
    EdgePair,
    FastPathLink,
    FilterEntry,
    Gateway,
    GatewaySubnet,
    InternetTable,
    MicrosoftPeering,
    Microsoft365Entry,
    NatPool,
    Peering,
    PeeringBesideEdge,
    PrivatePeering,
    PublishedAddress,
    RouteMap,
    RouteServer,
    RouteServerExchange,
    RouteTable,
    RouteToAppliance,
    RouteToGateway,
    SessionAddress,
    Site,
    FloatingRoute,
    Spoke,
    Subnet,
    TunnelBesideCircuit,
    TunnelOverPeering,
    VirtualNetwork,
}

impl Object {
    /// Returns the singular and the plural.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Appliance => ("appliance", "appliances"),
            Self::Circuit => ("circuit", "circuits"),
            Self::CircuitAtSite => ("circuit at a site", "circuits at sites"),
            Self::CircuitBesideOthers => {
                ("circuit beside others of a site or gateway", "circuits beside others of a site or gateway")
            }
            Self::CircuitLink => {
                ("connection of a circuit to a gateway", "connections of circuits to gateways")
            }
            Self::CircuitPair => {
                ("pair of circuits with Microsoft peering", "pairs of circuits with Microsoft peering")
            }
            Self::EdgePair => ("pair of internet edges", "pairs of internet edges"),
            Self::FastPathLink => ("connection with FastPath", "connections with FastPath"),
            Self::FilterEntry => ("entry of a route filter", "entries of route filters"),
            Self::Gateway => ("gateway with a circuit", "gateways with circuits"),
            Self::GatewaySubnet => ("gateway subnet", "gateway subnets"),
            Self::InternetTable => {
                ("table of internet routes beside a circuit", "tables of internet routes beside circuits")
            }
            Self::MicrosoftPeering => ("Microsoft peering", "Microsoft peerings"),
            Self::Microsoft365Entry => {
                ("entry for Microsoft 365 in a route filter", "entries for Microsoft 365 in route filters")
            }
            Self::NatPool => ("NAT pool on Microsoft peering", "NAT pools on Microsoft peering"),
            Self::Peering => ("peering", "peerings"),
            Self::PeeringBesideEdge => {
                ("Microsoft peering beside an internet edge", "Microsoft peerings beside internet edges")
            }
            Self::PrivatePeering => ("private peering", "private peerings"),
            Self::PublishedAddress => ("address of a published server", "addresses of published servers"),
            Self::RouteMap => ("route map", "route maps"),
            Self::RouteServer => ("Route Server", "Route Servers"),
            Self::RouteServerExchange => ("Route Server beside a gateway", "Route Servers beside gateways"),
            Self::RouteToAppliance => ("user route to an appliance", "user routes to appliances"),
            Self::RouteToGateway => ("user route to a gateway", "user routes to gateways"),
            Self::RouteTable => ("route table", "route tables"),
            Self::SessionAddress => ("session address", "session addresses"),
            Self::FloatingRoute => ("floating static route", "floating static routes"),
            Self::Site => ("site", "sites"),
            Self::Spoke => ("virtual network behind a hub", "virtual networks behind a hub"),
            Self::Subnet => ("subnet", "subnets"),
            Self::TunnelBesideCircuit => ("tunnel beside a circuit", "tunnels beside circuits"),
            Self::TunnelOverPeering => ("tunnel over Microsoft peering", "tunnels over Microsoft peering"),
            Self::VirtualNetwork => ("virtual network", "virtual networks"),
        }
    }

    fn counted(self, number: usize) -> String {
        let (one, many) = self.names();
        format!("{number} {}", if number == 1 { one } else { many })
    }
}

/// An input of a rule that the network file lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::check::lint) struct Missing {
    /// The missing input, such as ``no `peak` ``.
    pub(in crate::check::lint) what: String,
    /// The object that lacks it, such as `` `er-ams` ``.
    pub(in crate::check::lint) of: String,
    /// The position of the object in the network file.
    pub(in crate::check::lint) span: Span,
    /// Where to write the input.
    pub(in crate::check::lint) write: &'static str,
}

/// What the rules of one code examined, and which inputs they lack.
#[derive(Clone, Debug, Default)]
pub(in crate::check::lint) struct RuleEvidence {
    examined: BTreeMap<Object, usize>,
    missing: Vec<Missing>,
}

impl RuleEvidence {
    /// Whether the rule examined at least one object.
    pub(in crate::check::lint) fn has_examined(&self) -> bool {
        self.examined.values().any(|count| *count > 0)
    }

    /// Returns the missing inputs, in the order in which the rule needs them.
    pub(in crate::check::lint) fn missing(&self) -> &[Missing] {
        &self.missing
    }

    /// Names the examined objects with their numbers: `2 sites and 3 circuits`.
    pub(in crate::check::lint) fn examined(&self) -> String {
        let counted = self.examined.iter().filter(|(_, count)| **count > 0);
        let counted: Vec<String> = counted.map(|(object, count)| object.counted(*count)).collect();
        counted.join(" and ")
    }

    /// Names the objects that the rule would examine: `gateway with a circuit`.
    pub(in crate::check::lint) fn sought(&self) -> String {
        let names: Vec<&str> = self.examined.keys().map(|object| object.names().0).collect();
        names.join(" or ")
    }
}

/// What each rule examined, and which inputs it lacks.
#[derive(Clone, Debug, Default)]
pub struct LintEvidence {
    by_code: BTreeMap<Code, RuleEvidence>,
}

impl LintEvidence {
    pub(in crate::check::lint) fn of(&self, code: Code) -> Option<&RuleEvidence> {
        self.by_code.get(&code)
    }
}

/// The findings and the evidence that rules collect.
#[derive(Debug, Default)]
pub(in crate::check::lint) struct Findings {
    found: Vec<Diagnostic>,
    evidence: LintEvidence,
}

impl Findings {
    /// Adds a finding.
    pub(in crate::check::lint) fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// Adds findings.
    pub(in crate::check::lint) fn extend(&mut self, all: impl IntoIterator<Item = Diagnostic>) {
        self.found.extend(all);
    }

    /// Returns the number of findings so far.
    pub(in crate::check::lint) fn len(&self) -> usize {
        self.found.len()
    }

    /// States that a rule examined a number of objects; 0 if the network has none.
    pub(in crate::check::lint) fn examined(&mut self, code: Code, object: Object, count: usize) {
        let evidence = self.evidence.by_code.entry(code).or_default();
        *evidence.examined.entry(object).or_default() += count;
    }

    /// States that a rule could not examine an object because an input is missing. Repetitions have no effect.
    pub(in crate::check::lint) fn lacks(&mut self, code: Code, missing: Missing) {
        let all = &mut self.evidence.by_code.entry(code).or_default().missing;
        if !all.contains(&missing) {
            all.push(missing);
        }
    }

    /// Returns the findings, in the order in which they were added, and the evidence.
    pub(in crate::check::lint) fn into_parts(self) -> (Vec<Diagnostic>, LintEvidence) {
        (self.found, self.evidence)
    }
}
