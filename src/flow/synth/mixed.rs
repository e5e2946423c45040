//! Traffic for benchmarks: packets drawn individually from a fixed set of conversations.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::company::address_in;
use super::frame::{ACK, Segment, Tag, Tcp};
use super::random::Random;
use super::services::DEMO;
use super::{PcapWriter, Written};

/// 2026-06-22, 09:00 UTC, in microseconds since 1970.
const START_US: u64 = 1_782_118_800_000_000;
const CONVERSATIONS: u64 = 100_000;

struct Talk {
    near: (IpAddr, u16),
    far: (IpAddr, u16),
    tcp: bool,
    tags: &'static [Tag],
    seen: [bool; 2],
}

pub(super) fn write<W: Write>(
    random: &mut Random,
    bytes: u64,
    mut out: PcapWriter<W>,
) -> io::Result<Written> {
    let mut conversations: Vec<Talk> = (0..CONVERSATIONS).map(|number| talk(random, number)).collect();
    let mut now = START_US;
    while out.written.file_bytes < bytes {
        // Ranks follow approximately a Zipf distribution: each doubling of the rank is equally likely.
        let doubling = random.below(18);
        let rank = random.below(1 << doubling) % CONVERSATIONS;
        let Some(talk) = conversations.get_mut(usize::try_from(rank).unwrap_or(0)) else { continue };
        let outbound = random.percent(50);
        let (source, destination) = if outbound { (talk.near, talk.far) } else { (talk.far, talk.near) };
        let [forth, back] = &mut talk.seen;
        *(if outbound { forth } else { back }) = true;
        let mut segment = Segment {
            source: source.0,
            destination: destination.0,
            source_port: source.1,
            destination_port: destination.1,
            tcp: talk.tcp.then_some(Tcp { sequence: 1, acknowledged: 1, flags: ACK }),
            payload: 0,
        };
        let length = match random.below(100) {
            0..58 => random.port(60, 90),
            58..78 => random.port(200, 1_000),
            _ => 1_514,
        };
        segment.payload = length.saturating_sub(segment.header_bytes());
        out.write(now, talk.tags, &segment)?;
        now += random.below(8);
    }
    let flows = conversations.iter().flat_map(|talk| talk.seen).filter(|seen| *seen).count();
    out.finish(flows as u64)
}

fn talk(random: &mut Random, number: u64) -> Talk {
    let six = random.percent(20);
    let service = random.pick(DEMO.services).filter(|_| random.percent(55));
    let prefix = service.and_then(|service| random.pick(if six { service.v6 } else { service.v4 }));
    let known = prefix.and_then(|prefix| address_in(random, prefix, 5_000));
    let elsewhere = random.next();
    // 11.0.0.0/8 to 126.0.0.0/8, or 2a00::/16: anything that does not belong to the company.
    let elsewhere = if six {
        IpAddr::from(Ipv6Addr::from(0x2a00_u128 << 112 | u128::from(elsewhere)))
    } else {
        let host = u32::try_from(elsewhere >> 40).unwrap_or(0);
        IpAddr::from(Ipv4Addr::from((11 + u32::try_from(elsewhere % 116).unwrap_or(0)) << 24 | host))
    };
    let host = u32::try_from(number).unwrap_or(0);
    let near = if six {
        IpAddr::from(Ipv6Addr::from(0xfd10_u128 << 112 | u128::from(host)))
    } else {
        // The host bits and the port encode the number of the conversation.
        IpAddr::from(Ipv4Addr::from(0x0a0a_0000 | host & 0xffff))
    };
    let near_port = 32_768 + u16::try_from(host >> 16).unwrap_or(0);
    let tags: &[Tag] = match random.below(100) {
        0..15 => &[Tag(0x8100, 100)],
        15..20 => &[Tag(0x88a8, 10), Tag(0x8100, 100)],
        _ => &[],
    };
    let tcp = random.percent(85);
    Talk { near: (near, near_port), far: (known.unwrap_or(elsewhere), 443), tcp, tags, seen: [false; 2] }
}
