//! Stateful devices of sites in front of their circuits: sweep and simulation drop the same replies.

use std::net::IpAddr;

use peerpath::addr::Protocol;
use peerpath::flow::{KeyV4, KeyV6, Packet, PacketKey};

use super::*;

/// Seconds of every conversation, and the bytes of a packet. Each end sends one packet in a second.
const SECONDS: u64 = 30;
const BYTES: u16 = 100;

/// Conversations from 16 clients of each family at each site to the virtual network, and back from it.
fn keys() -> Vec<FlowKey> {
    let ends = (0..16).flat_map(|host| {
        [
            (format!("10.10.0.{host}"), format!("10.20.1.{host}")),
            (format!("10.11.0.{host}"), format!("10.20.1.{host}")),
            (format!("fd10::{host}"), format!("fd20:0:0:1::{host}")),
            (format!("fd11::{host}"), format!("fd20:0:0:1::{host}")),
        ]
    });
    let from_sites = ends.map(|(client, server)| (client, server, 50_000));
    let from_azure = from_sites.clone().map(|(client, server, _)| (server, client, 51_000));
    let all = from_sites.chain(from_azure);
    all.map(|(source, destination, source_port)| FlowKey {
        source: source.parse().unwrap(),
        destination: destination.parse().unwrap(),
        protocol: Protocol::TCP,
        source_port,
        destination_port: 443,
    })
    .collect()
}

fn packet(key: FlowKey, second: u64) -> TimedPacket {
    let FlowKey { source_port, destination_port, .. } = key;
    let protocol = Protocol::TCP;
    let key = match (key.source, key.destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let (source, destination) = (source.to_bits(), destination.to_bits());
            PacketKey::V4(KeyV4 { source, destination, source_port, destination_port, protocol })
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            let (source, destination) = (source.to_bits(), destination.to_bits());
            PacketKey::V6(KeyV6 { source, destination, source_port, destination_port, protocol })
        }
        other => panic!("{other:?}"),
    };
    let packet = Packet { key, ip_bytes: BYTES.into(), tcp_flags: 0, dscp: 0 };
    TimedPacket { packet, time: PacketTime::at((1_000 + second) * 1_000_000_000), frame_bytes: 114 }
}

/// The network of a scenario, with or without the devices, and the conversations that `wanted` names.
fn given(name: &str, stateful: bool, wanted: impl Fn(&FlowKey) -> bool) -> Given {
    let text = std::fs::read_to_string(format!("tests/scenarios/return-path/{name}/network.yaml")).unwrap();
    assert_eq!(text.matches("stateful: true").count(), 2);
    let given = Given::load(&if stateful { text } else { text.replace("stateful: true", "stateful: false") });
    let keys: Vec<FlowKey> = keys().into_iter().filter(wanted).collect();
    assert!(!keys.is_empty());
    let packets = (0..SECONDS).flat_map(|second| {
        keys.iter().flat_map(move |key| [packet(*key, second), packet(key.reversed(), second)])
    });
    Given { packets: packets.collect(), ..given }
}

fn is_from_site(key: &FlowKey) -> bool {
    !is_azure(key.source)
}

fn is_azure(address: IpAddr) -> bool {
    ["10.20.", "fd20:"].iter().any(|begin| address.to_string().starts_with(begin))
}

/// Whether the site at either end is Rotterdam.
fn is_of_rotterdam(key: &FlowKey) -> bool {
    [key.source, key.destination]
        .iter()
        .any(|one| ["10.11.", "fd11:"].iter().any(|begin| one.to_string().starts_with(begin)))
}

/// Bytes that a simulation and a sweep drop at devices, which must be equal. `down` is a circuit that is down throughout.
fn dropped(given: &Given, down: Option<&str>) -> u64 {
    let sweep = given.sweep(given.outages(), 1_000_000, 1_000_000);
    let name = down.map(|down| format!("circuit {down}"));
    let swept = sweep.rows().find(|row| row.outage == name).unwrap();
    let events =
        down.map(|down| format!("detection: {{bfd: 0s, hold: 0s}}\nevents: [{{at: 0s, down: {down}}}]\n"));
    let scenario = given.scenario(&format!("version: 1\n{}", events.unwrap_or_default()));
    let setup = Setup { start: given.setting(), networks: BTreeMap::new(), catalogs: BTreeMap::new() };
    let options = SimOptions { max_flows: 1_000_000, bucket_ns: MINUTE };
    let mut simulation = Simulation::new(setup, &scenario, options);
    simulation.take(&given.packets).unwrap();
    let simulated = simulation.finish(Volume::default()).unwrap();
    assert_eq!(swept.ended(End::Asymmetric), simulated.total().get(End::Asymmetric).ip_bytes);
    swept.ended(End::Asymmetric)
}

/// The weight at the gateway answers both sites over `er-fra`, and Rotterdam answers over `er-ams`: every reply to or from
/// Rotterdam is dropped. With one circuit left, both directions use it.
#[test]
fn a_device_drops_all_replies_over_another_circuit() {
    let guarded = given("firewall-at-each-circuit", true, |_| true);
    let replies =
        keys().iter().filter(|key| is_of_rotterdam(key)).count() as u64 * SECONDS * u64::from(BYTES);
    assert_eq!(dropped(&guarded, None), replies);
    assert_eq!(dropped(&guarded, Some("er-ams")), 0);
    assert_eq!(dropped(&guarded, Some("er-fra")), 0);
    assert_eq!(dropped(&given("firewall-at-each-circuit", false, |_| true), None), 0);
}

/// At equal cost the hash of the packet's flow in Azure chooses among the two connections of `er-fra`, then of `er-ams`.
/// Where the other end is behind the other circuit, the reply is dropped.
#[test]
fn a_device_drops_only_the_flows_that_return_elsewhere() {
    let guarded = given("firewalls-before-equal-circuits", true, |_| true);
    let mut flows = 0;
    for key in keys() {
        // What a site's flow gets as its reply, and what Azure's own flow uses.
        let azure = if is_from_site(&key) { key.reversed() } else { key };
        let over_ams = if is_from_site(&key) {
            // Circuits first, then the connection.
            flow_path(&azure, NonZeroUsize::new(2).unwrap()) == 1
        } else {
            flow_path(&azure, NonZeroUsize::new(4).unwrap()) >= 2
        };
        flows += u64::from(over_ams != is_of_rotterdam(&key));
    }
    assert!(0 < flows && flows < keys().len() as u64);
    assert_eq!(dropped(&guarded, None), flows * SECONDS * u64::from(BYTES));
    assert_eq!(dropped(&guarded, Some("er-ams")), 0);
}

/// Flows that move to a circuit behind the device of another site have no session there. Without devices they move.
#[test]
fn flows_that_move_behind_another_device_are_interrupted() {
    for from_site in [true, false] {
        let bytes = |stateful: bool| {
            let given =
                given("firewalls-before-equal-circuits", stateful, |key| is_from_site(key) == from_site);
            let result = given.sweep(given.outages(), 1_000_000, 1_000_000);
            let down =
                result.outages.iter().find(|one| one.outage.as_deref() == Some("circuit er-ams")).unwrap();
            [Continuity::Reset, Continuity::Moved].map(|fate| down.bytes(Some(fate)))
        };
        let ([reset, moved], [without, all]) = (bytes(true), bytes(false));
        assert!(reset > 0 && without == 0 && moved < all, "{from_site}: {reset} {moved}, {without} {all}");
    }
}
