//! Every conversation explained alone, and added up: what a sweep must equal.

use super::*;

/// What the twin counts under an outage: bytes by fate and by path, and of the scope on the internet.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) fates: BTreeMap<Option<Continuity>, u64>,
    pub(super) paths: BTreeMap<(Disposition, String), u64>,
    pub(super) leaked: u64,
}

/// Both directions of every five-tuple, from the client's side: bytes out and in.
pub(super) fn conversations(given: &Given) -> BTreeMap<FlowKey, [u64; 2]> {
    let mut all: BTreeMap<FlowKey, [u64; 2]> = BTreeMap::new();
    for packet in &given.packets {
        let key = FlowKey::from(packet.packet.key);
        let at_site = |key: &FlowKey| {
            let client = key.source.to_string();
            ["10.10.", "10.11.", "fd10:", "fd11:"].iter().any(|begin| client.starts_with(begin))
        };
        let (key, way) = if at_site(&key) { (key, 0) } else { (key.reversed(), 1) };
        assert!(at_site(&key), "{key}");
        all.entry(key).or_default()[way] += u64::from(packet.packet.ip_bytes);
    }
    all
}

/// Every conversation, explained under the written network and under an outage.
pub(super) fn twin(given: &Given, outage: &Outage, conversations: &BTreeMap<FlowKey, [u64; 2]>) -> Told {
    let mut reported = Told::default();
    let written = LinkState::as_written();
    let after = outage.applied_to(&written);
    let scope = given.scenario(SCOPE).compliance;
    let mut known = BTreeMap::new();
    for (key, bytes) in conversations {
        let sum: u64 = bytes.iter().sum();
        let client = key.source.to_string();
        let site = SiteId(u32::from(client.starts_with("10.11.") || client.starts_with("fd11:")));
        let family = if key.source.is_ipv4() { Family::V4 } else { Family::V6 };
        let both = known.entry((site, key.destination)).or_insert_with(|| {
            [&written, &after].map(|links| {
                let inputs = Inputs::new(&given.network, &given.catalog).links(links);
                let one = explain(inputs, site, key.destination).unwrap();
                (one.decision, one.sessions, one.return_path)
            })
        });
        let leaving = both.each_ref().map(|(decision, sessions, back)| {
            let next_hops = decision.next_hops();
            let members = NonZeroUsize::new(next_hops.len());
            let chosen = members.map(|members| next_hops[flow_path(key, members)]);
            // Each pool is one prefix of a family, so all sources over a connection share the verdict.
            let over = chosen.and_then(|chosen| chosen.circuit);
            let over = over.filter(|_| decision.disposition == Disposition::MicrosoftPeering);
            let sources = back.iter().flat_map(|path| &path.sources).filter(|source| source.over == over);
            let sources = sources.filter(|source| {
                let translated = decision.disposition != Disposition::PrivatePeering;
                translated || source.source.contains(key.source)
            });
            let sources: Vec<_> = sources.collect();
            let verdict = sources.iter().map(|source| source.verdict).max();
            let unknown = sources.iter().any(|source| source.reason.is_unknown());
            let via = chosen.map(|one| sessions[one.session.index() as usize].name.clone());
            (decision, sessions, chosen, (verdict, unknown), via.unwrap_or_default())
        });
        let departures = leaving.each_ref().map(|(decision, sessions, chosen, (verdict, unknown), _)| {
            Departures::new(&given.network, site, sessions)
                .of(decision, *chosen, family)
                .with_return(*verdict)
                .with_unknown_return(*unknown)
        });
        let fate = continuity(&departures[0], &departures[1]).map(ContinuityReason::continuity);
        // Whether answers alone come another way is left to the simulation.
        let fate = if fate == Some(Continuity::Moved) { Some(Continuity::Kept) } else { fate };
        *reported.fates.entry(fate).or_default() += sum;
        let (decision, .., via) = &leaving[1];
        *reported.paths.entry((decision.disposition, via.clone())).or_default() += sum;
        let lookup = given.catalog.lookup(key.destination);
        let scoped = lookup.tags.iter().any(|entry| scope.tags.contains(&entry.tag.name))
            || lookup.communities.iter().any(|entry| scope.communities.contains(&entry.community));
        reported.leaked += if scoped && decision.disposition == Disposition::Internet { sum } else { 0 };
    }
    reported
}

fn equals_the_twin(given: &Given, step: usize) {
    let conversations = conversations(given);
    let outages = given.outages();
    let result = given.sweep(outages.clone(), 1_000_000, 1_000_000);
    assert_eq!(result.flows, conversations.len() as u64);
    assert_eq!(result.outages.len(), outages.len());
    let mut seen = BTreeSet::new();
    for outage in outages.iter().step_by(step) {
        let found = result.outages.iter().find(|one| one.outage.as_ref() == Some(&outage.name)).unwrap();
        let mut reported = Told { leaked: found.leaked(), ..Told::default() };
        for (fate, count) in &found.fates {
            let fate = if *fate == Some(Continuity::Moved) { Some(Continuity::Kept) } else { *fate };
            *reported.fates.entry(fate).or_default() += count.volume.ip_bytes;
            seen.insert(fate);
        }
        for (path, sum) in &found.paths {
            let via = path.via.as_ref().map(ToString::to_string).unwrap_or_default();
            *reported.paths.entry((path.disposition, via)).or_default() += sum.tally.offered.ip_bytes;
        }
        assert_eq!(reported, twin(given, outage, &conversations), "{}", outage.name);
    }
    // Each of them occurs, or the comparison would say nothing.
    let wanted = [Continuity::Kept, Continuity::Reset, Continuity::Lost].map(Some);
    assert!(wanted.iter().all(|fate| seen.contains(fate)), "{seen:?}");
}

#[test]
fn the_demo_equals_each_conversation_explained() {
    equals_the_twin(demo(), 4);
}

/// Two circuits of one pool: whether flows live through is `unknown`.
#[test]
fn three_circuits_equal_each_conversation_explained() {
    equals_the_twin(three(), 8);
    let result = three().sweep(three().outages(), 1_000_000, 1_000_000);
    let one = result.outages.iter().find(|one| one.outage.as_deref() == Some("circuit er-one")).unwrap();
    assert!(one.bytes(Some(Continuity::Unknown)) > 0);
}
