//! A company's morning: conversations, merged in time order.

use std::io::{self, Write};
use std::net::IpAddr;

use super::frame::{ACK, FIN, PSH, RST, SYN, Segment, Tcp};
use super::random::Random;
use super::services::{Company, Service, Shape};
use super::{PcapWriter, Written};
use crate::addr::IpPrefix;

/// Monday 2026-06-22, 07:30 UTC, in microseconds since 1970.
const START_US: u64 = 1_782_113_400_000_000;
/// All conversations start within four hours.
const LENGTH_US: u64 = 4 * 3_600 * 1_000_000;
/// The payload of a full segment.
const FULL: u16 = 1_440;

pub(super) fn write<W: Write>(
    random: &mut Random,
    company: Company,
    out: PcapWriter<W>,
) -> io::Result<Written> {
    let mut packets = Vec::new();
    for service in company.services {
        for _ in 0..service.conversations {
            if let Some(mut conversation) = Conversation::begin(random, &company, service) {
                conversation.run(random, service.shape);
                packets.append(&mut conversation.packets);
            }
        }
    }
    out.write_segments(packets)
}

/// A conversation that is being generated, seen from the side that opened it.
struct Conversation {
    client: IpAddr,
    server: IpAddr,
    client_port: u16,
    server_port: u16,
    now: u64,
    /// The round-trip time.
    round_trip: u64,
    sent: u32,
    received: u32,
    packets: Vec<(u64, Segment)>,
}

impl Conversation {
    fn begin(random: &mut Random, company: &Company, service: &Service) -> Option<Self> {
        let six = !service.v6.is_empty() && random.below(3) == 0;
        let site = random.below(6);
        let site = company.sites.get(usize::from(site >= 3) + usize::from(site >= 5))?;
        let near = address_in(random, if six { site.1 } else { site.0 }, 60)?;
        let prefix = *random.pick(if six { service.v6 } else { service.v4 })?;
        let far = address_in(random, prefix, 7)?;
        let (client, server) = if service.inbound { (far, near) } else { (near, far) };
        // Users arrive from half past seven on; traffic declines towards eleven.
        let now = START_US + random.below(LENGTH_US).midpoint(random.below(LENGTH_US));
        Some(Self {
            client,
            server,
            client_port: random.port(49_152, 65_535),
            server_port: 0,
            now,
            round_trip: random.between(2_000, 40_000),
            sent: random.port(0, u16::MAX).into(),
            received: random.port(0, u16::MAX).into(),
            packets: Vec::new(),
        })
    }

    fn run(&mut self, random: &mut Random, shape: Shape) {
        match shape {
            Shape::Web { port, requests, reply } => {
                self.server_port = port;
                self.open();
                for _ in 0..random.between(1, requests) {
                    self.now += random.between(1_000, 20_000_000);
                    self.up(size(random, 180, 900));
                    self.now += self.round_trip;
                    let segments = random.between(1, reply);
                    self.send_down(random, segments);
                }
                self.close(random);
            }
            Shape::Upload { port } => {
                self.server_port = port;
                self.open();
                for _ in 0..random.between(40, 140) {
                    self.now += random.between(100, 900);
                    self.up(FULL);
                    if random.percent(50) {
                        self.tcp(false, ACK, 0);
                    }
                }
                self.close(random);
            }
            Shape::Media => self.media(random),
            Shape::Dns => {
                self.server_port = 53;
                self.udp(true, size(random, 36, 60));
                self.now += random.between(300, 12_000);
                self.udp(false, size(random, 80, 300));
            }
        }
    }

    /// Generates audio, video or a shared screen: 50 packets a second in each direction, for some seconds.
    fn media(&mut self, random: &mut Random) {
        self.client_port = random.port(50_000, 50_059);
        self.server_port = random.port(3_478, 3_481);
        let (least, most) = if self.server_port <= 3_479 { (90, 210) } else { (600, 1_180) };
        for _ in 0..random.between(40, 105) {
            self.udp(true, size(random, least, most));
            self.now += random.between(8_000, 11_000);
            self.udp(false, size(random, least, most));
            self.now += random.between(8_000, 11_000);
        }
    }

    fn open(&mut self) {
        self.tcp(true, SYN, 0);
        self.now += self.round_trip;
        self.tcp(false, SYN | ACK, 0);
        self.now += 60;
        self.tcp(true, ACK, 0);
    }

    /// Closes the connection from both sides or, occasionally, resets it.
    fn close(&mut self, random: &mut Random) {
        self.now += random.between(1_000, 30_000_000);
        if random.percent(6) {
            self.tcp(true, RST | ACK, 0);
            return;
        }
        self.tcp(true, FIN | ACK, 0);
        self.now += self.round_trip;
        self.tcp(false, FIN | ACK, 0);
        self.now += 60;
        self.tcp(true, ACK, 0);
    }

    /// Sends data to the server.
    fn up(&mut self, payload: u16) {
        self.tcp(true, PSH | ACK, payload);
    }

    /// Sends `segments` segments to the client, which acknowledges every other one.
    fn send_down(&mut self, random: &mut Random, segments: u64) {
        for number in 1..=segments {
            self.now += random.between(12, 400);
            let last = number == segments;
            let payload = if last { size(random, 40, FULL) } else { FULL };
            self.tcp(false, if last { PSH | ACK } else { ACK }, payload);
            if last || number % 2 == 0 {
                self.now += 40;
                self.tcp(true, ACK, 0);
            }
        }
    }

    fn tcp(&mut self, from_client: bool, flags: u8, payload: u16) {
        let (sequence, acknowledged) =
            if from_client { (self.sent, self.received) } else { (self.received, self.sent) };
        let acknowledged = if flags & ACK == 0 { 0 } else { acknowledged };
        self.push(from_client, Some(Tcp { sequence, acknowledged, flags }), payload);
        let step = u32::from(payload) + u32::from(flags & (SYN | FIN) != 0);
        let counter = if from_client { &mut self.sent } else { &mut self.received };
        *counter = counter.wrapping_add(step);
    }

    fn udp(&mut self, from_client: bool, payload: u16) {
        self.push(from_client, None, payload);
    }

    fn push(&mut self, from_client: bool, tcp: Option<Tcp>, payload: u16) {
        let client = (self.client, self.client_port);
        let server = (self.server, self.server_port);
        let (source, destination) = if from_client { (client, server) } else { (server, client) };
        let segment = Segment {
            source: source.0,
            destination: destination.0,
            source_port: source.1,
            destination_port: destination.1,
            tcp,
            dscp: 0,
            payload,
        };
        self.packets.push((self.now, segment));
    }
}

fn size(random: &mut Random, least: u16, most: u16) -> u16 {
    random.port(least, most)
}

/// Picks one of about `hosts` addresses, spread over a prefix; a few of them recur often.
pub(super) fn address_in(random: &mut Random, prefix: &str, hosts: u64) -> Option<IpAddr> {
    let prefix: IpPrefix = prefix.parse().ok()?;
    let host = random.below(hosts);
    let spread = u128::from(Random::new(host).next());
    Some(match prefix {
        IpPrefix::V4(prefix) => {
            let size = u64::from(u32::from(prefix.last()) - u32::from(prefix.first())) + 1;
            let offset = u32::try_from(spread % u128::from(size)).unwrap_or(0);
            IpAddr::from(std::net::Ipv4Addr::from(u32::from(prefix.first()) + offset))
        }
        IpPrefix::V6(prefix) => {
            let (first, last) = (u128::from(prefix.first()), u128::from(prefix.last()));
            IpAddr::from(std::net::Ipv6Addr::from(first + spread % (last - first).saturating_add(1)))
        }
    })
}
