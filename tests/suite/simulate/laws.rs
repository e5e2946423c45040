//! What holds of every simulation, whatever happens in it.

use super::*;
use proptest::prelude::*;

fn event() -> impl Strategy<Value = String> {
    let targets = prop::sample::select(vec![
        "er-ams",
        "er-ams/primary",
        "er-ams/secondary",
        "er-ams/microsoft",
        "er-ams/private",
        "er-ams/microsoft/primary",
        "er-ams/private/secondary",
        "edge-ams",
        "edge-utr",
    ]);
    let links = prop::sample::select(vec![
        "er-ams",
        "er-ams/primary",
        "er-ams/secondary",
        "edge-ams",
        "edge-utr",
        "hub-weu/gateway",
    ]);
    let action = prop_oneof![
        4 => targets.clone().prop_map(|target| format!("down: {target}")),
        1 => (targets.clone(), 0..200_u32).prop_map(|(target, s)| format!("down: {target}, detection: {s}s")),
        4 => targets.clone().prop_map(|target| format!("up: {target}")),
        1 => (targets, 1..200_u32).prop_map(|(target, s)| format!("reset: {target}, for: {s}s")),
        1 => (1..200_u32).prop_map(|s| format!("maintenance: er-ams, for: {s}s")),
        1 => Just("route_filter: er-ams, to: []".to_owned()),
        1 => Just("route_filter: er-ams, to: [North Europe, 12076:5030]".to_owned()),
        2 => (links, 1..40_u32).prop_map(|(link, tenths)| format!("rate: {link}, to: 0.{tenths:02} Mbps")),
        1 => Just("announce: 203.0.113.0/28, on: er-ams/microsoft".to_owned()),
        1 => Just("nat: er-ams/primary, to: [198.51.100.8/29]".to_owned()),
        1 => Just("nat: edge-ams, to: []".to_owned()),
    ];
    (0..700_u32, action).prop_map(|(at, action)| format!("  - {{at: {at}s, {action}}}\n"))
}

fn scenario() -> impl Strategy<Value = String> {
    let figures = (1..60_u32, 2..60_u32, 0..30_u32);
    (figures, 1..4_000_u32, 0..3_u32, prop::collection::vec(event(), 0..8)).prop_map(
        |((rate, buffer, delay), scale, seed, events)| {
            let links = ["edge-ams", "er-ams", "er-ams/primary", "hub-weu/gateway"].map(|link| {
                format!(
                    "  - {{link: {link}, rate: 0.{rate:02} Mbps, buffer: {buffer} kB, delay: {delay}ms}}\n"
                )
            });
            format!(
                "version: 1\ncompress: 20\nseed: {seed}\nscale: {}.{:03}\nlinks:\n{}events:\n{}",
                scale / 1_000,
                scale % 1_000,
                links.concat(),
                if events.is_empty() { "  []\n".to_owned() } else { events.concat() },
            )
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing is lost, and nothing comes from nowhere: the run itself checks its sums and fails where one does
    /// not hold; here they are summed once more, apart from it.
    #[test]
    fn bytes_in_are_bytes_accounted_for(text in scenario()) {
        let demo = demo();
        let result = demo.run(&demo.scenario(&text), 64, 50);
        let mut captured = [0_u64; 3];
        for packet in &demo.packets {
            captured[0] += 1;
            captured[1] += u64::from(packet.frame_bytes);
            captured[2] += u64::from(packet.packet.ip_bytes);
        }
        let parts = |volume: Volume| [volume.packets, volume.frame_bytes, volume.ip_bytes];
        prop_assert_eq!(parts(result.captured), captured);
        let mut sum = [0; 3];
        for end in End::ALL {
            for (sum, part) in sum.iter_mut().zip(parts(result.total().get(end))) {
                *sum += part;
            }
        }
        prop_assert_eq!(sum, parts(result.offered));
        let mut services = [0; 3];
        for service in result.services.values() {
            prop_assert_eq!(service.tally.accounted(), service.tally.offered);
            for (sum, part) in services.iter_mut().zip(parts(service.tally.offered)) {
                *sum += part;
            }
        }
        prop_assert_eq!(services, parts(result.offered));
        for link in &result.links {
            for one in &link.totals {
                let gone = one.delivered.ip_bytes + one.dropped.ip_bytes + one.black_holed.ip_bytes;
                prop_assert_eq!(gone, one.offered.ip_bytes);
            }
        }
        // What queues dropped and wires lost is the same by link and by packet.
        let by_link = |of: fn(&peerpath::sim::Carried) -> u64| -> u64 {
            result.links.iter().flat_map(|link| &link.totals).map(of).sum()
        };
        prop_assert_eq!(by_link(|one| one.dropped.ip_bytes), result.total().get(End::Congested).ip_bytes);
        prop_assert_eq!(by_link(|one| one.black_holed.ip_bytes), result.total().get(End::BlackHoled).ip_bytes);
    }
}
