//! Rules about replies that a virtual network sends over another circuit than the packet's.

use std::collections::BTreeMap;

use crate::addr::IpPrefix;
use crate::check::lint::Subject;
use crate::check::lint::evidence::{Findings, Object};
use crate::check::lint::hops::one_way::reason;
use crate::check::lint::hops::sampled_flows::{Trip, listed, names};
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::engine::{Chooser, Comparison, Crossing, Probe, Vantage};
use crate::network::{CircuitId, Connection, Network, SiteId};

/// Reports sites whose packets to a virtual network leave over one circuit while replies return, or may return, over
/// another.
pub(in crate::check::lint) fn other_circuit(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_OTHER_CIRCUIT, Object::PrivatePeering, 0);
    let private = subject.network.circuits.iter().filter(|circuit| circuit.private_peering.is_some()).count();
    if private > 1 {
        subject.examine_subnets(Code::LINT_OTHER_CIRCUIT, found);
        found.examined(Code::LINT_OTHER_CIRCUIT, Object::PrivatePeering, private);
    }
    let Some(trips) = subject.trips() else { return };
    let mut all: BTreeMap<(SiteId, Vec<CircuitId>, Vec<CircuitId>), Asymmetry> = BTreeMap::new();
    for one in trips.inward.iter().filter_map(|trip| Asymmetry::of(subject.network, trip)) {
        let key = (one.site, one.packet.clone(), one.answer.clone());
        let Some(known) = all.get_mut(&key) else {
            all.insert(key, one);
            continue;
        };
        known.to.extend(one.to);
    }
    found.extend(all.into_values().map(|one| one.finding(subject)));
}

/// What happens to replies over another circuit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// A declared device drops all of them.
    Dropped(SiteId),
    /// A declared device drops those over another circuit.
    SomeDropped(SiteId),
    /// The file does not state whether a device keeps sessions.
    Unknown,
}

/// A site and a virtual network that use different circuits.
struct Asymmetry {
    site: SiteId,
    from: Probe,
    to: Vec<Probe>,
    packet: Vec<CircuitId>,
    answer: Vec<CircuitId>,
    outcome: Outcome,
}

impl Asymmetry {
    fn of(network: &Network, trip: &Trip) -> Option<Self> {
        let Vantage::Site(site) = trip.from.at else { return None };
        let reason = reason(trip)?;
        let outcome = match reason {
            Comparison::SiteDevice { site, always: true, by: Chooser::VirtualNetwork, .. } => {
                Outcome::Dropped(*site)
            }
            Comparison::SiteDevice { site, always: false, by: Chooser::VirtualNetwork, .. } => {
                Outcome::SomeDropped(*site)
            }
            Comparison::OtherLinks { by: Chooser::VirtualNetwork, .. }
            | Comparison::Shared { by: Chooser::VirtualNetwork, .. } => Outcome::Unknown,
            _ => return None,
        };
        let answer: Vec<CircuitId> = reason.links().into_iter().filter_map(circuit).collect();
        let packet = trip.traced.decision.circuits().to_vec();
        if packet.is_empty() || answer.is_empty() {
            return None;
        }
        let both = || packet.iter().chain(&answer);
        let harmless = both().all(|id| has_no_device(network, site, *id)) || end_together(network, both());
        if outcome == Outcome::Unknown && harmless {
            return None;
        }
        Some(Self { site, from: trip.from, to: trip.to_kind.to_vec(), packet, answer, outcome })
    }

    fn finding(self, subject: &Subject<'_>) -> Diagnostic {
        let (network, source, code) = (subject.network, &subject.network.source, Code::LINT_OTHER_CIRCUIT);
        let circuit = |id: &CircuitId| network.circuit(*id).map_or("", |own| &own.name).to_owned();
        let any = |all: &[CircuitId]| {
            all.iter().map(|id| format!("`{}`", circuit(id))).collect::<Vec<_>>().join(" or ")
        };
        let site = self.from.at.name(network);
        let device = |id: SiteId| listed(network.site(id).map(|own| own.name.clone()).into_iter());
        let effect = match self.outcome {
            Outcome::Dropped(at) => format!("the stateful device of {} drops the flows", device(at)),
            Outcome::SomeDropped(at) => {
                format!(
                    "the stateful device of {} drops the flows whose replies use another circuit",
                    device(at)
                )
            }
            Outcome::Unknown => "a stateful device on either circuit would drop them".to_owned(),
        };
        let message = format!(
            "replies from {} to `{site}` use {}, but packets use {}: {effect}",
            names(network, &self.to),
            any(&self.answer),
            any(&self.packet)
        );
        let make = if self.outcome == Outcome::Unknown { Diagnostic::advice } else { Diagnostic::warning };
        let mut diagnostic = make(code, source, message);
        let mut spans: Vec<Span> = Vec::new();
        for id in &self.answer {
            let Some(prefix) = advertised(network, *id, &self.from) else { continue };
            if !spans.contains(&prefix.span) {
                spans.push(prefix.span);
                diagnostic = diagnostic.at(prefix.span, format!("advertised on `{}`", circuit(id)));
            }
        }
        if spans.is_empty() {
            diagnostic = diagnostic.at(self.from.prefix.span, "");
        }
        let witness = self.to.first().map_or_else(String::new, |to| {
            format!("for example from {} to {}: ", self.from.address, to.address)
        });
        let undeclared = match self.outcome {
            Outcome::Unknown => {
                "; declare `stateful` on the circuits of the sites where they end (`false` if no device keeps sessions)"
            }
            _ => "",
        };
        diagnostic.help(format!(
            "{witness}make the virtual network prefer the circuit that the site prefers: advertise longer prefixes of the site on that \
             circuit or, if all sites prefer it, set a higher `weight` for it at the gateway{undeclared}"
        ))
    }
}

fn circuit(crossing: Crossing) -> Option<CircuitId> {
    match crossing {
        Crossing::Circuit(id) => Some(id),
        _ => None,
    }
}

/// Whether the file states that no stateful device of a site stands in front of a circuit.
fn has_no_device(network: &Network, site: SiteId, circuit: CircuitId) -> bool {
    Connection::ALL.into_iter().all(|connection| {
        let ends = |id: SiteId| {
            let all = network.site(id).into_iter().flat_map(|own| &own.attachments);
            all.into_iter().find(|own| own.circuit == circuit && own.ends(connection))
        };
        let end = ends(site).or_else(|| ends(network.edge_of(circuit, connection)?));
        end.is_some_and(|own| own.stateful == Some(false))
    })
}

/// Whether all circuits end at one site, whose device sees both directions.
fn end_together<'c>(network: &Network, circuits: impl Iterator<Item = &'c CircuitId>) -> bool {
    let mut ends: Vec<Option<SiteId>> = circuits.flat_map(|id| network.edges_of(*id)).collect();
    ends.sort_unstable();
    ends.dedup();
    matches!(ends.as_slice(), [Some(_)])
}

/// Returns the longest prefix with which a circuit advertises the source on private peering.
fn advertised(network: &Network, circuit: CircuitId, from: &Probe) -> Option<Spanned<IpPrefix>> {
    let peering = network.circuit(circuit)?.private_peering.as_ref()?;
    let all = Connection::ALL.into_iter().flat_map(|connection| peering.advertised_on(connection));
    let covering = all.filter(|prefix| prefix.value.contains(from.address));
    covering.max_by_key(|prefix| prefix.value.length()).copied()
}
