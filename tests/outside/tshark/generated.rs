//! Captures of TCP connections in which anything happens: loss, reordering, copies, probes, reused ports, numbers that
//! wrap around, times that stand still.

#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

/// A generator of numbers (splitmix64), the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self, below: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((mixed ^ (mixed >> 31)) % u64::from(below)).unwrap()
    }

    fn one_in(&mut self, count: u32) -> bool {
        self.next(count) == 0
    }
}

/// One end of a connection.
#[derive(Clone, Copy)]
struct End {
    initial: u32,
    /// The sequence number after all that was sent.
    sent: u32,
    /// What it acknowledges.
    received: u32,
    window: u16,
}

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;

/// Packets per connection.
const STEPS: usize = 220;
const CONNECTIONS: u16 = 12;

/// Returns a pcap of raw IP packets in nanoseconds: connections one after the other.
pub(super) fn capture(seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let mut file = Vec::new();
    file.extend(0xa1b2_3c4d_u32.to_le_bytes());
    file.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    file.extend(65_535_u32.to_le_bytes());
    file.extend(101_u32.to_le_bytes());
    let mut time_ns = 1_700_000_000_000_000_000;
    // Every packet has its identification (IPv4) and its checksum, so that no packet is the copy of another.
    let mut number = 0_u16;
    for connection in 0..CONNECTIONS {
        // Some connections use the ports of an earlier one.
        let port = 50_000 + if random.one_in(4) { 0 } else { connection };
        let six = random.one_in(3);
        for (delay_ns, forward, packet) in conversation(&mut random, port) {
            time_ns += delay_ns;
            number = number.wrapping_add(1).max(1);
            record(&mut file, time_ns, &ip(six, forward, number, &packet));
        }
    }
    file
}

/// Returns the segments of a connection, each with the time before it and its direction.
fn conversation(random: &mut Random, port: u16) -> Vec<(u64, bool, Vec<u8>)> {
    let near_wrap = |random: &mut Random| u32::MAX - random.next(4_000) - 10;
    let starts =
        [near_wrap(random), if random.one_in(2) { near_wrap(random) } else { random.next(u32::MAX) }];
    let mut ends = starts.map(|initial| End { initial, sent: initial, received: 0, window: 1_000 });
    ends[0].received = ends[1].initial;
    ends[1].received = ends[0].initial;
    let mut packets: Vec<(u64, bool, Vec<u8>)> = Vec::new();
    let wait = |random: &mut Random| match random.next(10) {
        0 => 0,
        1 => u64::from(random.next(60_000_000)),
        2 => u64::from(random.next(400_000_000)),
        _ => u64::from(random.next(4_000_000)),
    };
    let mut push = |random: &mut Random,
                    forward: bool,
                    number: u32,
                    acknowledged: u32,
                    flags: u8,
                    window: u16,
                    data: u32| {
        let ports = if forward { [port, 443] } else { [443, port] };
        let copies = 1 + u32::from(random.one_in(30));
        for _ in 0..copies {
            packets.push((wait(random), forward, tcp(ports, number, acknowledged, flags, window, data)));
        }
    };
    if !random.one_in(5) {
        let [client, server] = &mut ends;
        for _ in 0..=u32::from(random.one_in(4)) {
            push(random, true, client.initial, 0, SYN, client.window, 0);
        }
        for _ in 0..=u32::from(random.one_in(4)) {
            push(random, false, server.initial, client.initial.wrapping_add(1), SYN | ACK, server.window, 0);
        }
        (client.sent, server.sent) = (client.initial.wrapping_add(1), server.initial.wrapping_add(1));
        (client.received, server.received) = (server.sent, client.sent);
        if !random.one_in(5) {
            push(random, true, client.sent, client.received, ACK, client.window, 0);
        }
    }
    let mut forward = true;
    for _ in 0..STEPS {
        forward = if random.one_in(2) { forward } else { !forward };
        let [client, server] = &mut ends;
        let (from, other) = if forward { (client, server) } else { (server, client) };
        if random.one_in(12) {
            from.window = [0, 0, 1_000, 2_000][random.next(4) as usize];
        }
        let size = [1, 2, 100, 1_000][random.next(4) as usize];
        let back = random.next(3_000);
        let (number, flags, data) = match random.next(40) {
            0 => (from.initial, SYN, 0),
            1 => (from.initial, SYN | ACK, 0),
            2 => (from.sent, RST | ACK, 0),
            3 => (from.sent, RST, 0),
            4 => (from.sent, FIN | ACK, random.next(2) * size),
            5..8 => (from.sent.wrapping_sub(1), ACK, random.next(2)),
            8..10 => (from.sent.wrapping_sub(1), ACK, size),
            10..14 => (from.sent.wrapping_sub(back), ACK, size),
            14..16 => {
                (from.sent.wrapping_sub(back.min(from.sent.wrapping_sub(from.initial))), ACK, back.min(size))
            }
            16..18 => (from.sent.wrapping_add(size), ACK, size),
            18..20 => (other.received, ACK, size),
            20..32 => (from.sent, ACK, 0),
            32 if random.one_in(4) => (random.next(u32::MAX), SYN, 0),
            _ => (from.sent, ACK, size),
        };
        // Acknowledges all, nothing new, or what the capture lacks.
        match random.next(6) {
            0 | 1 => from.received = other.sent,
            2 if random.one_in(6) => from.received = other.sent.wrapping_add(random.next(2_000)),
            _ => {}
        }
        let acknowledged = if flags & ACK == 0 { 0 } else { from.received };
        push(random, forward, number, acknowledged, flags, from.window, data);
        let end = number.wrapping_add(data).wrapping_add(u32::from(flags & (SYN | FIN) != 0));
        if end.wrapping_sub(from.sent) < 1 << 31 {
            from.sent = end;
        }
    }
    packets
}

fn tcp(ports: [u16; 2], number: u32, acknowledged: u32, flags: u8, window: u16, data: u32) -> Vec<u8> {
    let mut segment = Vec::new();
    segment.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
    segment.extend(number.to_be_bytes());
    segment.extend(acknowledged.to_be_bytes());
    segment.extend([0x50, flags]);
    segment.extend(window.to_be_bytes());
    segment.extend([0; 4]);
    segment.resize(20 + data as usize, 0);
    segment
}

fn ip(six: bool, forward: bool, number: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap();
    let (from, to) = if forward { (1, 2) } else { (2, 1) };
    let mut packet = Vec::new();
    if six {
        packet.extend([0x60, 0, 0, 0]);
        packet.extend(length.to_be_bytes());
        packet.extend([6, 64]);
        for end in [from, to] {
            packet.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, end]);
        }
    } else {
        packet.extend([0x45, 0]);
        packet.extend((length + 20).to_be_bytes());
        packet.extend(number.to_be_bytes());
        packet.extend([0x40, 0, 64, 6, 0, 0]);
        packet.extend([10, 0, 0, from, 10, 0, 0, to]);
    }
    let header = packet.len();
    packet.extend(payload);
    packet[header + 16..header + 18].copy_from_slice(&number.to_be_bytes());
    packet
}

fn record(file: &mut Vec<u8>, time_ns: u64, packet: &[u8]) {
    let length = u32::try_from(packet.len()).unwrap();
    for field in [
        u32::try_from(time_ns / 1_000_000_000).unwrap(),
        u32::try_from(time_ns % 1_000_000_000).unwrap(),
        length,
        length,
    ] {
        file.extend(field.to_le_bytes());
    }
    file.extend(packet);
}
