//! Makes tiny captures: see README.md.

pub(crate) mod tunnels;

/// The times of the two frames of a pcap, and of a pcapng.
pub(crate) const TIMES_NS: [u64; 2] = [1_700_000_000_123_456_000, 1_700_000_001_000_001_000];

/// The byte order of a file or section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Little,
    Big,
}

impl Order {
    fn half(self, value: u16) -> [u8; 2] {
        if self == Self::Big { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    fn word(self, value: u32) -> [u8; 4] {
        if self == Self::Big { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    fn upper(self, value: u64) -> [u8; 4] {
        self.word(u32::try_from(value >> 32).unwrap())
    }

    fn lower(self, value: u64) -> [u8; 4] {
        self.word(u32::try_from(value & 0xffff_ffff).unwrap())
    }
}

/// A pcap of two Ethernet frames, one longer on the wire than captured, snaplen too small for both.
pub(crate) fn pcap(order: Order, nanoseconds: bool) -> Vec<u8> {
    let magic = if nanoseconds { 0xa1b2_3c4d } else { 0xa1b2_c3d4 };
    let mut data = [order.word(magic).as_slice(), &order.half(2), &order.half(4), &[0; 8]].concat();
    data.extend(order.word(8));
    data.extend(order.word(1));
    for (time, length, original) in [(TIMES_NS[0], 20_u32, 1500), (TIMES_NS[1], 1500, 1500)] {
        let unit = if nanoseconds { 1 } else { 1000 };
        data.extend(order.lower(time / 1_000_000_000));
        data.extend(order.lower(time % 1_000_000_000 / unit));
        data.extend(order.word(length));
        data.extend(order.word(original));
        data.extend(std::iter::repeat_n(0x5a, length as usize));
    }
    data
}

/// A pcapng that is being made.
pub(crate) struct Pcapng {
    order: Order,
    pub(crate) data: Vec<u8>,
}

impl Pcapng {
    pub(crate) fn new(order: Order) -> Self {
        let mut file = Self { order, data: Vec::new() };
        file.section(order);
        file
    }

    pub(crate) fn section(&mut self, order: Order) -> &mut Self {
        self.order = order;
        let body = [&order.word(0x1a2b_3c4d)[..], &order.half(1), &order.half(0), &[0xff; 8]].concat();
        self.block(0x0a0d_0d0a, &body)
    }

    pub(crate) fn block(&mut self, block_type: u32, body: &[u8]) -> &mut Self {
        let padded = body.len().next_multiple_of(4);
        let length = self.order.word(u32::try_from(padded + 12).unwrap());
        self.data.extend(self.order.word(block_type));
        self.data.extend(length);
        self.data.extend(body);
        self.data.extend(std::iter::repeat_n(0, padded - body.len()));
        self.data.extend(length);
        self
    }

    /// An interface with options of a number and a value.
    pub(crate) fn interface(&mut self, link_type: u16, snaplen: u32, options: &[(u16, &[u8])]) -> &mut Self {
        let order = self.order;
        let mut body = [&order.half(link_type)[..], &order.half(0), &order.word(snaplen)].concat();
        for (number, value) in options {
            body.extend(order.half(*number));
            body.extend(order.half(u16::try_from(value.len()).unwrap()));
            body.extend(*value);
            body.extend(std::iter::repeat_n(0, value.len().next_multiple_of(4) - value.len()));
        }
        self.block(1, &body)
    }

    pub(crate) fn enhanced(&mut self, interface: u32, ticks: u64, data: &[u8], original: u32) -> &mut Self {
        let order = self.order;
        let captured = order.word(u32::try_from(data.len()).unwrap());
        let body = [
            &order.word(interface)[..],
            &order.upper(ticks),
            &order.lower(ticks),
            &captured,
            &order.word(original),
            data,
        ];
        self.block(6, &body.concat())
    }

    pub(crate) fn simple(&mut self, data: &[u8], original: u32) -> &mut Self {
        self.block(3, &[&self.order.word(original)[..], data].concat())
    }

    pub(crate) fn obsolete(&mut self, interface: u16, ticks: u64, data: &[u8], original: u32) -> &mut Self {
        let order = self.order;
        let captured = order.word(u32::try_from(data.len()).unwrap());
        let body = [
            &order.half(interface)[..],
            &order.half(0),
            &order.upper(ticks),
            &order.lower(ticks),
            &captured,
            &order.word(original),
            data,
        ];
        self.block(2, &body.concat())
    }
}

/// Two sections with interfaces of several time resolutions, every packet block, and unknown blocks,
/// one of them of `unknown` bytes.
pub(crate) fn pcapng_two_sections(first: Order, second: Order, unknown: usize) -> Vec<u8> {
    let hour = if first == Order::Big { 3600_u64.to_be_bytes() } else { 3600_u64.to_le_bytes() };
    let mut file = Pcapng::new(first);
    file.interface(1, 0, &[])
        .interface(101, 0, &[(9, &[0x8a]), (14, &hour), (0, &[])])
        .enhanced(0, TIMES_NS[0] / 1000, &[0x11; 21], 1500)
        .block(5, &[0; 24])
        .enhanced(1, 1024 + 512, &[0x45; 3], 3)
        .block(0x0bad, &vec![7; unknown])
        .simple(&[1, 2, 3, 4, 5], 5)
        .section(second)
        .interface(101, 96, &[(9, &[9])])
        .interface(101, 96, &[(9, &[6])])
        .enhanced(0, TIMES_NS[1], &[0x60; 40], 40)
        .obsolete(1, TIMES_NS[1] / 1000, &[0x60; 41], 41);
    file.data
}

/// A snoop file of two Ethernet frames, one with padding behind it.
pub(crate) fn snoop() -> Vec<u8> {
    let mut data = b"snoop\0\0\0".to_vec();
    data.extend([0, 0, 0, 2, 0, 0, 0, 4]);
    for frame in [&[1_u8, 2, 3, 4, 5][..], &[0x5a; 60]] {
        let length = u32::try_from(frame.len()).unwrap();
        let padded = (24 + length).next_multiple_of(4);
        for word in [length, length, padded, 0, 1_700_000_000, 5] {
            data.extend(word.to_be_bytes());
        }
        data.extend(frame);
        data.extend(std::iter::repeat_n(0, (padded - 24 - length) as usize));
    }
    data
}

/// The first second of 2026.
const NEW_YEAR_S: u64 = 1_767_225_600;

/// A pcapng of one packet without a time and, where `timed`, five behind it, a second apart from 2026 on, of one conversation.
fn simple(timed: bool) -> Vec<u8> {
    let frame = tunnels::ethernet(0x0800, &tunnels::packet());
    let length = u32::try_from(frame.len()).unwrap();
    let mut file = Pcapng::new(Order::Little);
    file.interface(1, 0, &[]).simple(&frame, length);
    for second in 0..if timed { 5 } else { 0 } {
        file.enhanced(0, (NEW_YEAR_S + second) * 1_000_000, &frame, length);
    }
    file.data
}

/// The files that are kept beside this one, for other tests and as seeds of the fuzzers.
pub(crate) fn kept() -> Vec<(&'static str, Vec<u8>)> {
    let mut small = Pcapng::new(Order::Big);
    small.interface(1, 0, &[(9, &[9])]).enhanced(0, TIMES_NS[0], &[0x11; 21], 1500).simple(&[1, 2, 3], 3);
    vec![
        ("little_us.pcap", pcap(Order::Little, false)),
        ("big_ns.pcap", pcap(Order::Big, true)),
        ("big.pcapng", small.data),
        ("two.snoop", snoop()),
        ("simple.pcapng", simple(true)),
        ("simple_only.pcapng", simple(false)),
        ("tunnels.pcap", tunnels::pcap(&tunnels::cases().into_iter().filter(is_small).collect::<Vec<_>>())),
        (
            "cut.pcap",
            tunnels::pcap(&tunnels::cases().into_iter().take(3).collect::<Vec<_>>())
                .into_iter()
                .take(200)
                .collect(),
        ),
    ]
}

fn is_small(case: &tunnels::Case) -> bool {
    case.captured < 300
}
