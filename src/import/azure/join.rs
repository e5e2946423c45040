//! Joins the records from many exports into one network. It contains each resource once, with references resolved.

use super::arm::ArmId;
use super::finding::Finding;
use super::records::{
    Circuit, Gateway, GatewayConnection, Peering, PeeringType, Record, RouteFilter, RouteTable, Tunnel,
    VirtualNetwork,
};
use crate::addr::IpPrefix;
use crate::import::learned::{Advertiser, LearnedRoutes, MICROSOFT, Table};
use crate::network::PeeringKind;

/// All records, each resource once.
#[derive(Debug, Default)]
pub(super) struct Joined {
    pub(super) circuits: Vec<Circuit>,
    pub(super) filters: Vec<RouteFilter>,
    pub(super) virtual_networks: Vec<VirtualNetwork>,
    pub(super) route_tables: Vec<RouteTable>,
    pub(super) gateways: Vec<Gateway>,
    pub(super) connections: Vec<GatewayConnection>,
    pub(super) tunnels: Vec<Tunnel>,
    pub(super) tables: Vec<LearnedRoutes>,
    pub(super) findings: Vec<Finding>,
}

/// A resource that several exports may contain.
trait Resource {
    const WHAT: &'static str;
    fn id(&self) -> Option<&ArmId>;
    fn name(&self) -> &str;
}

macro_rules! resource {
    ($($record:ident = $what:literal),*) => {
        $(impl Resource for $record {
            const WHAT: &'static str = $what;

            fn id(&self) -> Option<&ArmId> {
                self.id.as_ref()
            }

            fn name(&self) -> &str {
                &self.name
            }
        })*
    };
}

resource!(
    Circuit = "circuit",
    RouteFilter = "route filter",
    VirtualNetwork = "virtual network",
    RouteTable = "route table",
    Gateway = "gateway"
);

/// Joins the records from the files, in order, with the user's descriptions of circuits.
pub(super) fn join(records: Vec<Record>, described: &[super::CircuitOption]) -> Joined {
    let mut joined = Joined::default();
    let mut peerings = Vec::new();
    let mut circuits = Unique::default();
    let mut filters = Unique::default();
    let mut virtual_networks = Unique::default();
    let mut route_tables = Unique::default();
    let mut gateways = Unique::default();
    for record in records {
        match record {
            Record::Circuit(circuit) => circuits.add(*circuit, merge_circuit),
            Record::Peering(peering) => peerings.push(*peering),
            Record::RouteFilter(filter) => filters.add(filter, |known, new| *known = new),
            Record::VirtualNetwork(network) => virtual_networks.add(network, |known, new| *known = new),
            Record::RouteTable(table) => route_tables.add(table, |known, new| *known = new),
            Record::Gateway(gateway) => gateways.add(gateway, |known, new| *known = new),
            Record::Connection(connection) => joined.connections.push(connection),
            Record::Tunnel(tunnel) => joined.tunnels.push(tunnel),
            Record::Routes(table) => joined.tables.push(table),
            // A resource in several exports is reported once.
            Record::Finding(finding) if joined.findings.contains(&finding) => {}
            Record::Finding(finding) => joined.findings.push(finding),
        }
    }
    joined.circuits = circuits.finish(&mut joined.findings);
    for circuit in described {
        fill_in(circuit, &mut joined.circuits);
    }
    joined.filters = filters.finish(&mut joined.findings);
    joined.virtual_networks = virtual_networks.finish(&mut joined.findings);
    joined.route_tables = route_tables.finish(&mut joined.findings);
    joined.gateways = gateways.finish(&mut joined.findings);
    for peering in peerings {
        attach(peering, &mut joined);
    }
    peerings_of_tables(&mut joined);
    attach_tables(&mut joined);
    joined
}

/// Fills in properties of a circuit that exports lack, or adds the circuit if no export contains it.
fn fill_in(described: &super::CircuitOption, circuits: &mut Vec<Circuit>) {
    let same = |known: &&mut Circuit| known.name.eq_ignore_ascii_case(&described.name);
    let (location, tier) = (described.peering_location.clone(), described.sku.name().to_owned());
    let megabits = described.bandwidth.bits_per_second() / 1_000_000;
    if let Some(known) = circuits.iter_mut().find(same) {
        known.peering_location.get_or_insert(location);
        known.tier.get_or_insert(tier);
        known.bandwidth_mbps.get_or_insert(megabits);
        return;
    }
    circuits.push(Circuit {
        id: None,
        name: described.name.clone(),
        peering_location: Some(location),
        tier: Some(tier),
        tier_differs: false,
        bandwidth_mbps: Some(megabits),
        provider: None,
        direct: false,
        billing: None,
        in_service: None,
        peerings: Vec::new(),
    });
}

/// Adds the peerings of route tables: a table shows that its peering exists, even if nothing else does.
fn peerings_of_tables(joined: &mut Joined) {
    for table in &joined.tables {
        let Table::Circuit { circuit: Some(name), peering: Some(kind), .. } = &table.table else { continue };
        let mut same = joined.circuits.iter_mut().filter(|circuit| circuit.name.eq_ignore_ascii_case(name));
        let (Some(circuit), None) = (same.next(), same.next()) else { continue };
        if circuit.peerings.iter().any(|known| known.kind.kind() == Some(*kind)) {
            continue;
        }
        circuit.peerings.push(Peering {
            kind: match kind {
                PeeringKind::Microsoft => PeeringType::Microsoft,
                PeeringKind::Private => PeeringType::Private,
            },
            circuit: circuit.id.clone(),
            circuit_name: Some(name.clone()),
            enabled: true,
            peer_asn: None,
            primary: Vec::new(),
            secondary: Vec::new(),
            advertised: Vec::new(),
            validation_needed: false,
            route_filter: None,
        });
    }
}

/// Resources by id, or by name if an export lacks the id.
struct Unique<T> {
    all: Vec<(T, usize)>,
}

impl<T> Default for Unique<T> {
    fn default() -> Self {
        Self { all: Vec::new() }
    }
}

impl<T: Resource> Unique<T> {
    fn add(&mut self, new: T, merge: impl FnOnce(&mut T, T)) {
        let same = |known: &T| match (known.id(), new.id()) {
            (Some(known), Some(new)) => known == new,
            _ => known.name().eq_ignore_ascii_case(new.name()),
        };
        match self.all.iter_mut().find(|(known, _)| same(known)) {
            Some((known, count)) => {
                *count += 1;
                merge(known, new);
            }
            None => self.all.push((new, 1)),
        }
    }

    fn finish(self, findings: &mut Vec<Finding>) -> Vec<T> {
        for (resource, count) in self.all.iter().filter(|(_, count)| *count > 1) {
            let name = resource.name().to_owned();
            findings.push(Finding::Repeated { what: T::WHAT, name, count: *count });
        }
        self.all.into_iter().map(|(resource, _)| resource).collect()
    }
}

/// Merges two exports of a circuit: values in the later export take precedence, and values that it lacks are kept.
fn merge_circuit(known: &mut Circuit, new: Circuit) {
    let old = std::mem::replace(known, new);
    known.id = known.id.take().or(old.id);
    known.peering_location = known.peering_location.take().or(old.peering_location);
    if known.tier.is_none() {
        known.tier = old.tier;
        known.tier_differs = old.tier_differs;
    }
    known.bandwidth_mbps = known.bandwidth_mbps.or(old.bandwidth_mbps);
    known.provider = known.provider.take().or(old.provider);
    known.in_service = known.in_service.or(old.in_service);
    known.direct |= old.direct;
    for peering in old.peerings {
        if !known.peerings.iter().any(|new| new.kind == peering.kind) {
            known.peerings.push(peering);
        }
    }
}

/// Adds a separately exported peering to its circuit.
fn attach(peering: Peering, joined: &mut Joined) {
    let index = match (&peering.circuit, &peering.circuit_name) {
        (Some(id), _) => joined.circuits.iter().position(|circuit| circuit.id.as_ref() == Some(id)),
        (None, Some(name)) => joined.circuit_named(name),
        (None, None) => None,
    };
    let Some(circuit) = index.and_then(|index| joined.circuits.get_mut(index)) else {
        let circuit = peering.circuit_name.unwrap_or_else(|| "unknown".to_owned());
        joined.findings.push(Finding::PeeringWithoutCircuit { circuit });
        return;
    };
    match circuit.peerings.iter_mut().find(|known| known.kind == peering.kind) {
        Some(known) => *known = peering,
        None => circuit.peerings.push(peering),
    }
}

/// Assigns each table to its circuit and each route to its advertiser, and keeps only the last of several tables from
/// the same connection.
fn attach_tables(joined: &mut Joined) {
    let mut tables = std::mem::take(&mut joined.tables);
    for table in &mut tables {
        attach_table(table, joined);
    }
    for table in tables {
        let complete =
            matches!(table.table, Table::Circuit { circuit: Some(_), peering: Some(_), connection: Some(_) });
        match joined.tables.iter_mut().find(|known| complete && known.table == table.table) {
            Some(known) => {
                let name = table.table.describe();
                joined.findings.push(Finding::Repeated { what: "the route table of", name, count: 2 });
                *known = table;
            }
            None => joined.tables.push(table),
        }
    }
}

fn attach_table(table: &mut LearnedRoutes, joined: &mut Joined) {
    let Table::Circuit { circuit, peering, connection } = &mut table.table else { return };
    let unattached = |missing| Finding::TableUnattached { file: table.file.clone(), missing };
    let index = match circuit {
        Some(name) => joined.circuit_named(name),
        None if joined.circuits.len() == 1 => {
            let name = joined.circuits.first().map(|only| only.name.clone()).unwrap_or_default();
            joined.findings.push(Finding::TableAssumed { file: table.file.clone(), circuit: name.clone() });
            *circuit = Some(name);
            Some(0)
        }
        None => None,
    };
    let Some(found) = index.and_then(|index| joined.circuits.get(index)) else {
        let missing =
            if circuit.is_some() { "everything about its circuit except the name" } else { "its circuit" };
        joined.findings.push(unattached(missing));
        return;
    };
    *circuit = Some(found.name.clone());
    if peering.is_none() {
        let kinds = found.peerings.iter().filter_map(|peering| peering.kind.kind()).collect::<Vec<_>>();
        if let [only] = kinds.as_slice() {
            *peering = Some(*only);
        }
    }
    if connection.is_none() || peering.is_none() {
        let missing = if peering.is_none() { "its peering" } else { "its connection" };
        joined.findings.push(unattached(missing));
    }
    let wanted = peering.unwrap_or(PeeringKind::Private);
    let Some(peering) = found.peerings.iter().find(|peering| peering.kind.kind() == Some(wanted)) else {
        return;
    };
    for route in &mut table.routes {
        let networks = || peering.primary.iter().chain(&peering.secondary);
        let over_circuit = match route.next_hop {
            Some(hop) if networks().next().is_some() => Some(networks().any(|network| network.contains(hop))),
            _ => {
                let neighbour = route.as_path.as_ref().and_then(|path| path.first().copied());
                // If the customer's ASN is unknown, any ASN that is neither Microsoft's nor reserved counts as the
                // customer's.
                neighbour.map(|neighbour| match peering.peer_asn {
                    Some(asn) => neighbour == asn,
                    None => !AZURE.contains(&neighbour),
                })
            }
        };
        route.advertiser =
            over_circuit.map(|yes| if yes { Advertiser::Customer } else { Advertiser::Microsoft });
    }
}

impl Joined {
    /// Returns the index of the circuit with this name, if there is exactly one.
    fn circuit_named(&self, name: &str) -> Option<usize> {
        let mut found =
            self.circuits.iter().enumerate().filter(|(_, circuit)| circuit.name.eq_ignore_ascii_case(name));
        let (index, _) = found.next()?;
        found.next().is_none().then_some(index)
    }

    /// Returns the tables from the private peering of a circuit.
    fn private_tables(&self, circuit: &str) -> impl Iterator<Item = &LearnedRoutes> {
        self.tables.iter().filter(move |table| {
            matches!(&table.table, Table::Circuit { circuit: Some(name), peering: Some(PeeringKind::Private), .. } if name == circuit)
        })
    }

    /// Returns the prefixes advertised to Microsoft on the private peering of a circuit: the customer's own prefixes,
    /// and prefixes that are learned from Microsoft and advertised back. They are read from the circuit's tables, or
    /// else from the routes that its connected gateways learned.
    pub(super) fn advertised(&self, circuit: &Circuit) -> (Vec<IpPrefix>, Vec<IpPrefix>) {
        let peering = circuit.peerings.iter().find(|peering| peering.kind == PeeringType::Private);
        let links = peering.into_iter().flat_map(|peering| peering.primary.iter().chain(&peering.secondary));
        let links = links.collect::<Vec<_>>();
        let (mut own, mut back) = (Vec::new(), Vec::new());
        let tables = self.private_tables(&circuit.name).collect::<Vec<_>>();
        for route in tables.iter().flat_map(|table| &table.routes) {
            if route.advertiser == Some(Advertiser::Customer) {
                let returned = route.numbers().contains(&MICROSOFT);
                if returned { &mut back } else { &mut own }.push(route.prefix);
            }
        }
        if tables.is_empty() {
            let gateways = self.connections_to(circuit).filter_map(|connection| connection.gateway.as_ref());
            let names = gateways.filter_map(|id| id.behind("virtualNetworkGateways")).collect::<Vec<_>>();
            let of = |table: &&LearnedRoutes| matches!(&table.table, Table::Gateway { name: Some(name) } if names.contains(name));
            for route in self.tables.iter().filter(of).flat_map(|table| &table.routes) {
                let path = route.numbers();
                if path.first() == Some(&MICROSOFT) && path.iter().any(|number| !AZURE.contains(number)) {
                    own.push(route.prefix);
                }
            }
        }
        for list in [&mut own, &mut back] {
            list.retain(|prefix| !links.iter().any(|link| link.covers(*prefix)));
            list.sort_unstable();
            list.dedup();
        }
        back.retain(|prefix| !own.contains(prefix));
        (own, back)
    }

    /// Returns the connections to a circuit.
    pub(super) fn connections_to(&self, circuit: &Circuit) -> impl Iterator<Item = &GatewayConnection> {
        let id = circuit.id.clone();
        self.connections.iter().filter(move |connection| id.is_some() && connection.circuit == id)
    }

    /// Returns whether a connection of a virtual network's gateway to a circuit uses FastPath, which bypasses the
    /// gateway.
    pub(super) fn has_fast_path(&self, circuit: &Circuit, network: &VirtualNetwork) -> bool {
        self.connections_to(circuit).filter(|connection| connection.fast_path).any(|connection| {
            let Some(gateway) = &connection.gateway else { return false };
            let record = self.gateways.iter().find(|record| record.id.as_ref() == Some(gateway));
            let by_subnet = record.is_some_and(|record| {
                record.virtual_networks.iter().any(|id| Some(id) == network.id.as_ref())
            });
            by_subnet || network.gateways.contains(gateway)
        })
    }

    /// Returns the index of each virtual network whose gateway is connected to a circuit, with the connection's weight.
    /// The connections and the next hops in the circuit's tables show which gateways are connected.
    pub(super) fn linked(&self, circuit: &Circuit) -> Vec<(usize, u32)> {
        let mut found: Vec<(usize, u32)> = Vec::new();
        for connection in self.connections_to(circuit) {
            let Some(gateway) = &connection.gateway else { continue };
            let record = self.gateways.iter().find(|record| record.id.as_ref() == Some(gateway));
            for (index, network) in self.virtual_networks.iter().enumerate() {
                let by_subnet = record.is_some_and(|record| {
                    record.virtual_networks.iter().any(|id| Some(id) == network.id.as_ref())
                });
                if (by_subnet || network.gateways.contains(gateway))
                    && !found.iter().any(|(known, _)| *known == index)
                {
                    found.push((index, connection.weight));
                }
            }
        }
        for route in self.private_tables(&circuit.name).flat_map(|table| &table.routes) {
            if route.advertiser != Some(Advertiser::Microsoft) {
                continue;
            }
            let position = self.virtual_networks.iter().position(|network| {
                let holds = |prefix: &IpPrefix| route.next_hop.is_some_and(|hop| prefix.contains(hop));
                network.prefixes.contains(&route.prefix) && network.prefixes.iter().any(holds)
            });
            if let Some(index) = position
                && !found.iter().any(|(known, _)| *known == index)
            {
                found.push((index, 0));
            }
        }
        found.sort_unstable();
        found
    }

    /// Returns the route filter of a Microsoft peering: the filter that the peering references, or the filter that
    /// references the peering.
    pub(super) fn filter(&self, peering: &Peering) -> Option<&RouteFilter> {
        if let Some(id) = &peering.route_filter {
            return self.filters.iter().find(|filter| filter.id.as_ref() == Some(id));
        }
        let circuit = peering.circuit.as_ref()?;
        self.filters.iter().find(|filter| {
            let attached = filter.peerings.iter().filter(|id| {
                id.behind("peerings").as_deref().and_then(PeeringType::parse) == Some(PeeringType::Microsoft)
            });
            attached.filter_map(|id| id.up_to("expressRouteCircuits")).any(|id| id == *circuit)
        })
    }
}

/// Microsoft's ASNs: the ASN of the edge, and the ASNs reserved for Azure (expressroute-routing).
const AZURE: [u32; 7] = [12076, 65515, 65516, 65517, 65518, 65519, 65520];
