//! Three seconds in which uploads compete with critical applications.

use std::io::{self, Write};
use std::net::IpAddr;

use super::company::address_in;
use super::frame::{ACK, PSH, Segment, Tcp};
use super::random::Random;
use super::{PcapWriter, Written};

/// Monday 2026-06-22, 09:00 UTC, in microseconds since 1970.
const START_US: u64 = 1_782_118_800_000_000;
const LENGTH_US: u64 = 3_000_000;
/// The payload of a full segment.
const FULL: u16 = 1_440;
/// Expedited forwarding (RFC 3246): calls.
const EF: u8 = 46;
/// Assured forwarding (RFC 2597): apps.
const AF21: u8 = 18;

/// A client and a server, with the ports.
#[derive(Clone, Copy)]
struct Pair {
    client: (IpAddr, u16),
    server: (IpAddr, u16),
}

/// Model-driven apps: the client prefix and the prefix of the environment (PowerPlatformInfra.WestEurope), in both
/// families.
const APPS: [(&str, &str); 4] = [
    ("10.10.1.0/27", "20.50.68.192/26"),
    ("10.11.1.0/28", "20.50.68.192/26"),
    ("fd10:0:0:1::/123", "2603:1061:2002:800::/56"),
    ("fd11:0:0:1::/124", "2603:1061:2002:800::/56"),
];
/// Users of each pair of prefixes.
const USERS: u64 = 2;
/// Calls: the client prefix, and Teams (endpoint set 11).
const CALLS: [(&str, &str); 2] = [("10.10.1.0/27", "52.112.0.0/14"), ("fd10:0:0:1::/123", "2603:1063::/38")];
/// Uploads: a client, the prefix of the server, the time between two full packets in microseconds, and the packets of a
/// burst. Storage.WestEurope uses the circuits; SharePoint (endpoint set 31) uses the internet.
const UPLOADS: [(&str, &str, u64, u64); 5] = [
    ("10.10.1.0/27", "20.38.108.0/23", 180, 350),
    ("10.11.1.0/28", "20.38.108.0/23", 180, 350),
    ("10.10.1.0/27", "20.38.108.0/23", 180, 350),
    ("fd11:0:0:1::/124", "2603:1020:207::/48", 180, 350),
    ("10.10.1.0/27", "13.107.136.0/22", 250, 320),
];
/// The starts of bursts after the first packet, in microseconds.
const BURSTS_US: [u64; 2] = [600_000, 1_900_000];

pub(super) fn write<W: Write>(random: &mut Random, out: PcapWriter<W>) -> io::Result<Written> {
    let mut packets = Vec::new();
    for (near, far) in APPS {
        for _ in 0..USERS {
            let Some(pair) = pair(random, near, far, 443) else { continue };
            app(random, pair, &mut packets);
        }
    }
    for (near, far) in CALLS {
        let Some(pair) = pair(random, near, far, 3_480) else { continue };
        call(random, pair, &mut packets);
    }
    for (near, far, gap, count) in UPLOADS {
        let Some(pair) = pair(random, near, far, 443) else { continue };
        upload(pair, gap, count, &mut packets);
    }
    out.write_segments(packets)
}

fn pair(random: &mut Random, near: &str, far: &str, server_port: u16) -> Option<Pair> {
    let client = address_in(random, near, 60)?;
    let server = address_in(random, far, 7)?;
    Some(Pair { client: (client, random.port(49_152, 65_535)), server: (server, server_port) })
}

/// A request about every 50 ms, and its reply. The client marks its packets; marks of replies do not survive the
/// internet and Microsoft's network.
fn app(random: &mut Random, pair: Pair, packets: &mut Vec<(u64, Segment)>) {
    let (mut sent, mut received) = (1, 1);
    let mut now = START_US + random.below(50_000);
    while now < START_US + LENGTH_US {
        let request = random.port(300, 900);
        packets.push((now, segment(pair, true, Some((sent, received)), AF21, request)));
        sent += u32::from(request);
        let reply = random.port(200, FULL);
        let back = now + random.between(12_000, 18_000);
        packets.push((back, segment(pair, false, Some((received, sent)), 0, reply)));
        received += u32::from(reply);
        packets.push((back + 40, segment(pair, true, Some((sent, received)), AF21, 0)));
        now += random.between(40_000, 60_000);
    }
}

/// A packet every 20 ms in each direction.
fn call(random: &mut Random, pair: Pair, packets: &mut Vec<(u64, Segment)>) {
    let start = START_US + random.below(20_000);
    for number in 0..LENGTH_US / 20_000 {
        let now = start + number * 20_000;
        packets.push((now, segment(pair, true, None, EF, random.port(150, 170))));
        packets.push((now + 9_000, segment(pair, false, None, 0, random.port(150, 170))));
    }
}

/// Bursts of full packets, which nobody marks, and acknowledgements of every tenth.
fn upload(pair: Pair, gap_us: u64, count: u64, packets: &mut Vec<(u64, Segment)>) {
    let mut sent = 1;
    for burst in BURSTS_US {
        for number in 0..count {
            let now = START_US + burst + number * gap_us;
            packets.push((now, segment(pair, true, Some((sent, 1)), 0, FULL)));
            sent += u32::from(FULL);
            if number % 10 == 9 {
                packets.push((now + 14_000, segment(pair, false, Some((1, sent)), 0, 0)));
            }
        }
    }
}

/// Returns a packet, with the sequence numbers of TCP or as UDP.
fn segment(pair: Pair, from_client: bool, tcp: Option<(u32, u32)>, dscp: u8, payload: u16) -> Segment {
    let (source, destination) =
        if from_client { (pair.client, pair.server) } else { (pair.server, pair.client) };
    let flags = if payload > 0 { PSH | ACK } else { ACK };
    Segment {
        source: source.0,
        destination: destination.0,
        source_port: source.1,
        destination_port: destination.1,
        tcp: tcp.map(|(sequence, acknowledged)| Tcp { sequence, acknowledged, flags }),
        dscp,
        payload,
    }
}
