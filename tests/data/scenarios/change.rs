//! Questions about a change of what is up: what becomes of flows, and when the change shows.

use std::collections::BTreeSet;

use libtest_mimic::Failed;
use peerpath::addr::Family;
use peerpath::engine::{
    ContinuityReason, Decision, Departures, Engine, Failure, Inputs, Link, continuities, detection, explain,
};
use peerpath::network::{CircuitId, Connection, Network};
use serde::{Deserialize, Serialize};

use super::{Wrong, down, link};

/// What must become of flows from a site to an address when other links are down than before.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// A site.
    from: String,
    address: String,
    /// The links that are down before, and those that are down afterwards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    before: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    after: Vec<String>,
    /// The path afterwards.
    path: String,
    /// What becomes of flows: each word that holds for some of them.
    flows: BTreeSet<String>,
    /// What circuits can carry before and afterwards, in Mbps, where the source says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bandwidth_mbps: Option<[u64; 2]>,
    /// How soon a failure shows, where the source says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detection: Option<Detected>,
    #[serde(default)]
    derived: Derived,
}

/// How soon the failure of a session shows.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Detected {
    session: String,
    /// `silent` or `administrative`.
    failure: String,
    by: String,
    at_most_ms: u128,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Derived {
    reasons: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    typical_ms: Option<u128>,
}

/// A side of the change.
struct Side {
    engine: Engine,
    decision: Decision,
    back: Option<peerpath::engine::ReturnVerdict>,
}

pub(super) fn ask(inputs: Inputs<'_>, question: &mut Question, wrong: &mut Wrong) -> Result<(), Failed> {
    let network = inputs.network;
    let about =
        format!("{} from {}, {:?} to {:?}", question.address, question.from, question.before, question.after);
    let (site, _) = network.site_named(&question.from).ok_or_else(|| format!("{about}: no such site"))?;
    let address: std::net::IpAddr = question.address.parse()?;
    let family = if address.is_ipv4() { Family::V4 } else { Family::V6 };
    let side = |names: &[String]| -> Result<Side, Failed> {
        let links = down(network, names)?;
        let engine = Engine::compile(inputs.links(&links), site)?;
        let decision = engine.decision(engine.decide(address)).clone();
        let back = explain(inputs.links(&links), site, address)?.return_path.map(|back| back.verdict);
        Ok(Side { engine, decision, back })
    };
    let [before, after] = [side(&question.before)?, side(&question.after)?];
    let [left, leaves] = [&before, &after].map(|side| {
        let all = Departures::new(network, site, side.engine.sessions()).all(&side.decision, family);
        all.into_iter().map(|one| one.with_return(side.back)).collect::<Vec<_>>()
    });
    let reasons = continuities(&left, &leaves);
    let flows: BTreeSet<String> =
        reasons.iter().map(|reason| reason.continuity().word().to_owned()).collect();
    wrong.unless(&format!("{about}: path"), question.path.as_str(), after.decision.disposition.word());
    wrong.unless(&format!("{about}: flows"), &question.flows, &flows);
    if let Some(expected) = question.bandwidth_mbps {
        let found = [&before, &after].map(|side| bandwidth_mbps(network, &side.decision));
        wrong.unless(&format!("{about}: bandwidth"), expected, found);
    }
    let mut derived = Derived {
        reasons: reasons.into_iter().map(|one| ContinuityReason::word(one).to_owned()).collect(),
        typical_ms: None,
    };
    if let Some(expected) = &question.detection {
        let Some(Link::Session(circuit, peering, connection)) = link(network, &expected.session) else {
            return Err(format!("{about}: no session `{}`", expected.session).into());
        };
        let failure = match expected.failure.as_str() {
            "silent" => Failure::Silent,
            "administrative" => Failure::Administrative,
            other => return Err(format!("{about}: no failure `{other}`").into()),
        };
        let settings = network.circuit(circuit).and_then(|circuit| circuit.settings(peering, connection));
        let found = detection(settings.ok_or("no such peering")?, failure);
        wrong.unless(&format!("{about}: detected by"), expected.by.as_str(), found.by.word());
        wrong.unless(&format!("{about}: detected"), expected.at_most_ms, found.at_most.as_millis());
        derived.typical_ms = Some(found.typical.as_millis());
    }
    wrong.or_pin(&about, &mut question.derived, derived);
    Ok(())
}

/// What the connections that carry a decision can carry together: each has the circuit's bandwidth in full.
fn bandwidth_mbps(network: &Network, decision: &Decision) -> u64 {
    let connections: BTreeSet<(CircuitId, Connection)> =
        decision.next_hops().iter().filter_map(|next_hop| next_hop.circuit).collect();
    let of = |(circuit, _): (CircuitId, Connection)| {
        network.circuit(circuit).map(|circuit| circuit.bandwidth.value.bits_per_second())
    };
    connections.into_iter().filter_map(of).sum::<u64>() / 1_000_000
}
