//! Places a flow: finds its client and remote end, the site, the decision, and the facts from Microsoft's lists.

use std::net::IpAddr;

use crate::addr::{FlowKey, IpPrefix, special};
use crate::catalog::{Catalog, RecordId};
use crate::engine::{
    Conversation, Decision, Disposition, Orientation, SupportVerdict, TraceEnd, Vantage, orient,
    product_name, service_name, support,
};
use crate::network::{Network, SiteId, SubnetId};

use crate::sim::counting::hash::HashMap;
use crate::sim::counting::unevaluated_hops::Passed;
use crate::sim::counting::vantage_engines::VantageEngines;

/// The index of [`Facts`] in its [`Placer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactsId(u32);

/// The index of a [`PathName`] in its [`Placer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathId(u32);

/// A path with its circuits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PathName {
    /// The path.
    pub disposition: Disposition,
    /// The names of the circuits, in the order of the network file; several if they have equal cost (ECMP).
    pub circuits: Vec<String>,
    /// The names of the routers after the first router, in order; with equal cost (ECMP), the routers on all paths.
    pub hops: Vec<String>,
    /// The end of the trace.
    pub ends: TraceEnd,
}

/// The facts about an address in Microsoft's lists, shared by all addresses of the same list record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The most specific prefix of any list that contains the address.
    pub prefix: Option<IpPrefix>,
    /// The name of the service under which the address is counted.
    pub service: String,
    /// The names of the products under which the address is counted, or its service.
    pub product: String,
    /// All service tags, the most specific prefix first.
    pub tags: Vec<String>,
    /// The endpoint sets as `id:area:category:er=true|false`.
    pub sets: Vec<String>,
    /// The most specific prefix of an endpoint set.
    pub set_prefix: Option<IpPrefix>,
    /// The communities that contain the address.
    pub communities: Vec<String>,
    /// The evidence for each of `communities`, in the same order.
    pub evidence: Vec<String>,
    /// Whether the address is supported on Microsoft peering according to the documentation.
    pub support: SupportVerdict,
}

/// The place of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowPlace {
    /// Whether the flow is from the client to the remote end; otherwise it is from the remote end to the client.
    pub sent: bool,
    /// How the client was identified.
    pub orientation: Orientation,
    /// The site or subnet of the client, which decides the path; `None` without a network file.
    pub vantage: Option<Vantage>,
    /// Whether the client is in the prefixes of the site or subnet, or in a site's NAT pools. If it is not, the first
    /// site was used instead.
    pub is_there: bool,
    /// The path to the remote end.
    pub path: PathId,
    /// The facts about the remote end in Microsoft's lists.
    pub facts: FactsId,
}

impl FlowPlace {
    /// Returns the remote end of the flow with this place.
    pub fn remote(&self, flow: &FlowKey) -> IpAddr {
        if self.sent { flow.destination } else { flow.source }
    }

    /// Returns the place of the other direction of the conversation, which is `flow`. Only the sender differs. An
    /// address that sends to itself is the remote end in both directions.
    #[must_use]
    pub(in crate::sim) fn of_reverse(self, flow: &FlowKey) -> Self {
        Self { sent: !self.sent || flow.source == flow.destination, ..self }
    }
}

/// Places flows, and caches lookups.
#[derive(Debug)]
pub struct Placer<'a> {
    catalog: &'a Catalog,
    network: Option<&'a Network>,
    engines: &'a VantageEngines<'a>,
    clients: Vec<IpPrefix>,
    /// The vantage points by prefix, the longest first.
    vantage_of: Vec<(IpPrefix, Vantage)>,
    facts: Vec<Facts>,
    /// The facts by record and family, for the usual case of an address outside all special-purpose blocks.
    facts_of4: Vec<Option<FactsId>>,
    facts_of6: Vec<Option<FactsId>>,
    facts_of_others: HashMap<(Option<RecordId>, Option<IpPrefix>), FactsId>,
    paths: Vec<PathName>,
    /// The paths by engine and decision.
    path_of: Vec<Vec<Option<PathId>>>,
    /// The flows seen; `None` if every hop in the network is evaluated.
    passed: Option<Passed<'a>>,
}

impl<'a> Placer<'a> {
    /// Creates a placer with these engines, which are compiled when the first flow needs them.
    pub fn new(engines: &'a VantageEngines<'a>) -> Self {
        let network = engines.network();
        let mut clients = Vec::new();
        let mut vantage_of = Vec::new();
        for (id, site) in network.iter().flat_map(|network| network.sites_with_ids()) {
            clients.extend(site.prefixes.iter().map(|prefix| prefix.value));
            let nat = site.internet.iter().flat_map(|edge| &edge.nat);
            let own = site.prefixes.iter().chain(nat);
            vantage_of.extend(own.map(|prefix| (prefix.value, Vantage::Site(id))));
        }
        for (id, own) in network.iter().flat_map(|network| network.virtual_networks_with_ids()) {
            for (subnet, index) in own.subnets.iter().zip(0..) {
                let vantage = Vantage::Subnet(id, SubnetId(index));
                vantage_of.extend(subnet.prefixes.iter().map(|prefix| (prefix.value, vantage)));
            }
        }
        vantage_of.sort_by_key(|(prefix, vantage)| (u8::MAX - prefix.length(), *vantage));
        Self {
            catalog: engines.catalog(),
            network,
            engines,
            clients,
            vantage_of,
            facts: Vec::new(),
            facts_of4: Vec::new(),
            facts_of6: Vec::new(),
            facts_of_others: HashMap::default(),
            paths: Vec::new(),
            path_of: Vec::new(),
            passed: engines.inputs().and_then(Passed::of),
        }
    }

    /// Returns a note for each hop on the path of flows or their replies that is not evaluated, ordered by text.
    pub fn unevaluated(&self) -> Vec<String> {
        let engine = |vantage| Some(self.engines.of(Some(vantage))?.1);
        self.passed.iter().flat_map(|passed| passed.notes(engine)).collect()
    }

    /// Places a unidirectional flow that belongs to `conversation`.
    pub fn place(&mut self, flow: &FlowKey, conversation: Conversation<'_>) -> FlowPlace {
        let orientation = orient(conversation, &self.clients);
        let FlowKey { source, destination, .. } = conversation.first;
        let (client, remote) =
            if orientation.client_is_source { (source, destination) } else { (destination, source) };
        let (vantage, is_there) = self.vantage_for(*client);
        let sent = flow.destination == *remote;
        let remote = self.translated(vantage, *remote);
        let (path, facts) = (self.path(vantage, remote), self.facts_of(remote));
        FlowPlace { sent, orientation, vantage, is_there, path, facts }
    }

    /// Returns the IPv4 address to which a NAT64 translator at the site translates a destination, or the address itself
    /// if no translator does.
    pub fn translated(&self, vantage: Option<Vantage>, address: IpAddr) -> IpAddr {
        let at = self.network.zip(vantage);
        let translated = at.and_then(|(network, vantage)| vantage.translated(network, address));
        translated.map_or(address, |translated| translated.destination)
    }

    /// Returns the site or subnet that decides for `client`, and whether the client is really in that site or subnet.
    pub fn vantage_for(&self, client: IpAddr) -> (Option<Vantage>, bool) {
        if self.network.is_none() {
            return (None, true);
        }
        match self.vantage_of.iter().find(|(prefix, _)| prefix.contains(client)) {
            Some((_, vantage)) => (Some(*vantage), true),
            None => (Some(Vantage::Site(SiteId(0))), false),
        }
    }

    /// Returns the path from a site or subnet to an address.
    pub fn path(&mut self, vantage: Option<Vantage>, address: IpAddr) -> PathId {
        let Some((index, engine)) = self.engines.of(vantage) else { return PathId(0) };
        let decision = engine.decide(address);
        if let (Some(passed), Some(vantage)) = (&mut self.passed, vantage) {
            passed.see(vantage, decision, address);
        }
        if self.path_of.len() <= index {
            self.path_of.resize(index + 1, Vec::new());
        }
        if let Some(paths) = self.path_of.get_mut(index).filter(|paths| paths.is_empty()) {
            paths.resize(engine.decisions().len(), None);
        }
        let place = decision.0 as usize;
        if let Some(Some(path)) = self.path_of.get(index).and_then(|paths| paths.get(place)) {
            return *path;
        }
        let name = self.path_name_of(engine.decision(decision));
        let path = if let Some(known) = self.paths.iter().position(|known| *known == name) {
            PathId(u32::try_from(known).unwrap_or(u32::MAX))
        } else {
            self.paths.push(name);
            PathId(u32::try_from(self.paths.len() - 1).unwrap_or(u32::MAX))
        };
        if let Some(known) = self.path_of.get_mut(index).and_then(|paths| paths.get_mut(place)) {
            *known = Some(path);
        }
        path
    }

    /// Returns the decision of a site or subnet for an address.
    pub fn decision(&self, vantage: Option<Vantage>, address: IpAddr) -> Option<&Decision> {
        let (_, engine) = self.engines.of(vantage)?;
        Some(engine.decision(engine.decide(address)))
    }

    /// Returns the facts in Microsoft's lists about an address, or about the address that it [stands
    /// for](Network::stands_for).
    pub fn facts_of(&mut self, address: IpAddr) -> FactsId {
        let address = self.stands_for(address);
        let block = special::block_of(address).map(|block| block.prefix);
        let record = self.catalog.record(address);
        let Some(index) = record.map(RecordId::index).filter(|_| block.is_none()) else {
            if let Some(known) = self.facts_of_others.get(&(record, block)) {
                return *known;
            }
            let id = self.new_facts(address);
            self.facts_of_others.insert((record, block), id);
            return id;
        };
        let by_record = match address {
            IpAddr::V4(_) => &self.facts_of4,
            IpAddr::V6(_) => &self.facts_of6,
        };
        if let Some(Some(known)) = by_record.get(index) {
            return *known;
        }
        let id = self.new_facts(address);
        let by_record = match address {
            IpAddr::V4(_) => &mut self.facts_of4,
            IpAddr::V6(_) => &mut self.facts_of6,
        };
        if by_record.len() <= index {
            by_record.resize(index + 1, None);
        }
        if let Some(known) = by_record.get_mut(index) {
            *known = Some(id);
        }
        id
    }

    fn new_facts(&mut self, address: IpAddr) -> FactsId {
        let id = FactsId(u32::try_from(self.facts.len()).unwrap_or(u32::MAX));
        self.facts.push(facts(self.catalog, address));
        id
    }

    /// Returns the facts about an address in Microsoft's lists, without the cache.
    pub fn known_facts(&self, address: IpAddr) -> Facts {
        facts(self.catalog, self.stands_for(address))
    }

    fn stands_for(&self, address: IpAddr) -> IpAddr {
        self.network.map_or(address, |network| network.stands_for(address))
    }

    /// Returns the facts with an id of this placer.
    ///
    /// # Panics
    ///
    /// Panics if the id belongs to another placer.
    #[expect(
        clippy::indexing_slicing,
        reason = "ids belong to this placer; any other id is a bug in the caller"
    )]
    pub fn facts(&self, id: FactsId) -> &Facts {
        &self.facts[id.0 as usize]
    }

    /// Returns the path with an id of this placer.
    ///
    /// # Panics
    ///
    /// Panics if the id belongs to another placer.
    #[expect(
        clippy::indexing_slicing,
        reason = "ids belong to this placer; any other id is a bug in the caller"
    )]
    pub fn path_name(&self, id: PathId) -> &PathName {
        &self.paths[id.0 as usize]
    }

    /// Returns whether a community, given by value or name, is among those that contain an address.
    pub fn forwards(&self, facts: &Facts, name: &str) -> bool {
        let named = self.catalog.communities_named(name);
        facts
            .communities
            .iter()
            .any(|community| community == name || named.iter().any(|value| value.to_string() == *community))
    }

    /// Returns the engines that place flows.
    pub fn engines(&self) -> &'a VantageEngines<'a> {
        self.engines
    }

    /// Returns the network in which flows are placed.
    pub fn network(&self) -> Option<&'a Network> {
        self.network
    }

    fn path_name_of(&self, decision: &Decision) -> PathName {
        let name = |id: &_| Some(self.network?.circuit(*id)?.name.clone());
        PathName {
            disposition: decision.disposition,
            circuits: decision.circuits().iter().filter_map(name).collect(),
            hops: self.network.map(|network| decision.hop_names(network)).unwrap_or_default(),
            ends: decision.end(),
        }
    }
}

fn facts(catalog: &Catalog, address: IpAddr) -> Facts {
    let lookup = catalog.lookup(address);
    Facts {
        prefix: lookup.prefix(),
        service: service_name(address, &lookup),
        product: product_name(address, &lookup),
        tags: lookup.tags.iter().map(|entry| entry.tag.name.clone()).collect(),
        sets: lookup.endpoint_sets.iter().map(|entry| entry.set.label()).collect(),
        set_prefix: lookup.endpoint_sets.first().map(|entry| entry.prefix),
        communities: lookup.communities.iter().map(|entry| entry.community.to_string()).collect(),
        evidence: lookup.communities.iter().map(|entry| entry.evidence.to_string()).collect(),
        support: support(&lookup).verdict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addr::Protocol;
    use crate::catalog::Cloud;
    use crate::diag::Source;
    use crate::engine::{Inputs, explain_at};

    /// Tests that the site or subnet of the client decides, in both families, with the same result as a freshly
    /// compiled engine.
    #[test]
    fn the_place_of_the_client_decides() {
        let text = "version: 1\nsites:\n  - name: here\n    prefixes: [10.10.0.0/16, \"fd10::/48\"]\n    internet: {name: edge}\n    \
                    vpn: [{name: t, virtual_networks: [hub]}]\nvirtual_networks:\n  - name: hub\n    region: westeurope\n    \
                    prefixes: [10.20.0.0/16, \"fd20::/48\"]\n    subnets:\n      - {name: app, prefixes: [10.20.1.0/24, \
                    \"fd20:0:0:1::/64\"]}\n      - {name: cut, prefixes: [10.20.2.0/24], route_table: cut}\nroute_tables:\n  \
                    - {name: cut, routes: [{prefix: 0.0.0.0/0, next_hop: none}]}\n";
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let network = crate::network::read(&Source::new("network.yaml", text), &catalog).0.unwrap();
        let inputs = Inputs::new(&network, &catalog);
        let engines = VantageEngines::new(&catalog, Some(inputs)).unwrap();
        let mut placer = Placer::new(&engines);
        for (client, remote, at, is_there) in [
            ("10.10.0.1", "8.8.8.8", "here", true),
            ("10.20.1.5", "8.8.8.8", "hub/app", true),
            ("10.20.1.5", "20.38.108.5", "hub/app", true),
            ("10.20.1.5", "10.20.2.9", "hub/app", true),
            ("10.20.2.5", "20.38.108.5", "hub/cut", true),
            ("fd20:0:0:1::5", "2603:1020:200::1", "hub/app", true),
            ("fd10::1", "2603:1020:200::1", "here", true),
            ("10.20.9.9", "8.8.8.8", "here", false),
        ] {
            let (source, destination): (IpAddr, IpAddr) = (client.parse().unwrap(), remote.parse().unwrap());
            let (source_port, destination_port) = (50_000, 443);
            let first =
                &FlowKey { source, destination, protocol: Protocol::TCP, source_port, destination_port };
            let conversation = Conversation { first, opened_by_source: true, opened_by_destination: false };
            let place = placer.place(first, conversation);
            let vantage = place.vantage.unwrap();
            assert_eq!((vantage.name(&network).as_str(), place.is_there), (at, is_there), "{client}");
            let slow = explain_at(inputs, vantage, destination).unwrap().decision;
            assert_eq!(placer.path_name(place.path).disposition, slow.disposition, "{client} to {remote}");
            assert_eq!(*placer.decision(place.vantage, destination).unwrap(), slow);
        }
    }

    /// Tests that hops that are not evaluated are reported once each, and only if a flow or its reply passes them.
    #[test]
    fn unevaluated_hops_on_the_path_of_flows_are_reported() {
        let text = "version: 1\nsites:\n  - name: here\n    prefixes: [10.10.0.0/16]\n    internet: {name: edge}\n    circuits: [c1]\n  \
                    - name: there\n    prefixes: [10.11.0.0/16]\n    circuits: [{name: c1, metric: 5}]\n  \
                    - name: second\n    prefixes: [10.12.0.0/16]\n    circuits: [c1]\ncircuits:\n  - name: c1\n    \
                    peering_location: Amsterdam\n    sku: standard\n    bandwidth: 1 Gbps\n    private_peering: {virtual_networks: [hub], \
                    advertised: [10.10.0.0/16, 10.11.0.0/16]}\nvirtual_networks:\n  - name: hub\n    prefixes: [10.20.0.0/16]\n    \
                    subnets:\n      - {name: plain, prefixes: [10.20.1.0/24]}\n      - {name: guarded, prefixes: [10.20.2.0/24], \
                    route_table: out}\n\
                    route_tables:\n  - {name: out, routes: [{prefix: 10.10.0.0/16, next_hop: virtual-appliance 10.20.9.4}]}\n";
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let network = crate::network::read(&Source::new("network.yaml", text), &catalog).0.unwrap();
        let engines = VantageEngines::new(&catalog, Some(Inputs::new(&network, &catalog))).unwrap();
        let (edge, appliance) = ("the edge at which `c1`", "the appliance 10.20.9.4");
        type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
        let cases: [Case<'_>; 6] = [
            (&[("10.10.0.1", "8.8.8.8")], &[]),
            (&[("10.10.0.1", "10.20.1.4"), ("10.10.0.2", "10.20.1.5")], &[]),
            (&[("10.10.0.1", "10.20.2.4")], &[appliance]),
            (&[("10.11.0.1", "10.20.1.4"), ("10.11.0.9", "10.20.2.4")], &[edge]),
            (&[("10.20.2.4", "10.10.0.1")], &[appliance]),
            (&[("10.20.1.4", "10.11.0.1")], &[edge]),
        ];
        for (flows, expected) in cases {
            let mut placer = Placer::new(&engines);
            for (client, remote) in flows {
                let (vantage, _) = placer.vantage_for(client.parse().unwrap());
                placer.path(vantage, remote.parse().unwrap());
            }
            let notes = placer.unevaluated();
            assert_eq!(notes.len(), expected.len(), "{flows:?}: {notes:?}");
            for part in expected {
                assert!(notes.iter().any(|note| note.contains(part)), "{flows:?}: {notes:?}");
            }
        }
    }
}
