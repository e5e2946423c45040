//! Frames of packets in tunnels, byte by byte, with what the innermost header is or why it is not reached.

/// A frame, how much of it was captured, and what the inner view makes of it: `source > destination`, or the reason of a skip.
pub(crate) struct Case {
    pub(crate) frame: Vec<u8>,
    pub(crate) captured: usize,
    pub(crate) inner: &'static str,
}

const OUTER: ([u8; 4], [u8; 4]) = ([192, 0, 2, 1], [192, 0, 2, 2]);
const INNER: ([u8; 4], [u8; 4]) = ([10, 10, 0, 5], [52, 112, 0, 1]);
const REACHED: &str = "10.10.0.5 > 52.112.0.1";
const OWN: &str = "192.0.2.1 > 192.0.2.2";
const UDP: u8 = 17;
const GRE: u8 = 47;
const ESP: u8 = 50;

/// An IPv4 packet; `fragment` is the field of flags and offset.
fn ipv4_fragment(
    (source, destination): ([u8; 4], [u8; 4]),
    protocol: u8,
    fragment: u16,
    payload: &[u8],
) -> Vec<u8> {
    let length = u16::try_from(20 + payload.len()).unwrap();
    let mut packet = vec![0x45, 0];
    packet.extend(length.to_be_bytes());
    packet.extend([0, 7]);
    packet.extend(fragment.to_be_bytes());
    packet.extend([64, protocol, 0, 0]);
    packet.extend(source);
    packet.extend(destination);
    packet.extend(payload);
    packet
}

/// An IPv4 packet between the ends of the tunnel.
fn outer(protocol: u8, payload: &[u8]) -> Vec<u8> {
    ipv4_fragment(OUTER, protocol, 0, payload)
}

/// The packet in the tunnel: TCP to Microsoft, 40 bytes of payload.
pub(crate) fn packet() -> Vec<u8> {
    let mut tcp = [50_000_u16.to_be_bytes(), 443_u16.to_be_bytes()].concat();
    tcp.extend([0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 0xff, 0xff, 0, 0, 0, 0]);
    tcp.extend([0; 40]);
    ipv4_fragment(INNER, 6, 0, &tcp)
}

fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
    packet.extend([next, 64]);
    packet.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    packet.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
    packet.extend(payload);
    packet
}

pub(crate) fn ethernet(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    [&[2; 6][..], &[4; 6], &ether_type.to_be_bytes(), payload].concat()
}

fn udp(source: u16, destination: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + payload.len()).unwrap();
    let words = [source, destination, length, 0];
    outer(UDP, &[&words.map(u16::to_be_bytes).concat()[..], payload].concat())
}

fn gre(protocol: u16, payload: &[u8]) -> Vec<u8> {
    outer(GRE, &[&[0, 0], &protocol.to_be_bytes()[..], payload].concat())
}

fn vxlan(frame: &[u8]) -> Vec<u8> {
    [&[8, 0, 0, 0, 0, 0, 42, 0], frame].concat()
}

/// So many tunnels in one another around the packet.
fn nested(levels: usize, wrap: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    (0..levels).fold(packet(), |inside, _| wrap(&inside))
}

fn whole(packet: Vec<u8>, inner: &'static str) -> Case {
    let frame = ethernet(0x0800, &packet);
    Case { captured: frame.len(), frame, inner }
}

fn cut(packet: &[u8], behind: usize, inner: &'static str) -> Case {
    Case { frame: ethernet(0x0800, packet), captured: 14 + behind, inner }
}

/// All of them.
pub(crate) fn cases() -> Vec<Case> {
    let inside = packet();
    let arp = ethernet(0x0806, &[0; 28]);
    let sealed = [&[0, 0, 0, 9, 0, 0, 0, 1][..], &[0xee; 48]].concat();
    let ike = [&[0; 4][..], &[0xee; 28]].concat();
    let mut cases = vec![
        // No tunnel: the only header is the innermost.
        whole(inside.clone(), REACHED),
        whole(outer(1, &[3, 1, 0, 0, 0, 0, 0, 0]), OWN),
        // Entered.
        whole(outer(4, &inside), REACHED),
        whole(ipv4_fragment(OUTER, 4, 0x2000, &inside), REACHED),
        whole(gre(0x0800, &inside), REACHED),
        whole(udp(50_001, 4789, &vxlan(&ethernet(0x0800, &inside))), REACHED),
        whole(udp(50_001, 8472, &vxlan(&ethernet(0x0800, &inside))), REACHED),
        whole(udp(50_001, 4754, &[&[0, 0, 8, 0], &inside[..]].concat()), REACHED),
        whole(udp(50_001, 6081, &[&[0, 0, 8, 0, 0, 0, 42, 0], &inside[..]].concat()), REACHED),
        whole(udp(2152, 50_001, &[&[0x30, 255, 0, 80, 0, 0, 0, 1], &inside[..]].concat()), REACHED),
        whole(outer(41, &ipv6(59, &[])), "2001:db8::1 > 2001:db8::2"),
        whole(udp(3544, 50_001, &ipv6(59, &[])), "2001:db8::1 > 2001:db8::2"),
        whole(nested(14, |inside| gre(0x0800, inside)), REACHED),
        // Messages of the tunnels' own protocols carry no packet.
        whole(gre(0, &[]), OWN),
        whole(outer(GRE, &[0x20, 0x81, 0x88, 0x0b, 0, 0, 0, 1, 0, 0, 0, 1]), OWN),
        whole(udp(4500, 4500, &ike), OWN),
        whole(udp(4500, 4500, &[0xff]), OWN),
        whole(udp(2152, 2152, &[0x32, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0]), OWN),
        whole(udp(1701, 1701, &[0xc8, 2, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0]), OWN),
        // A client whose port is a tunnel's by chance.
        whole(udp(4789, 53, &[0; 40]), OWN),
        // Encrypted or compressed.
        whole(outer(ESP, &sealed), "tunnel-encrypted esp"),
        whole(udp(4500, 50_001, &sealed), "tunnel-encrypted esp"),
        whole(ipv4_fragment(OUTER, ESP, 0x00b9, &sealed), "tunnel-fragment esp"),
        whole(outer(108, &sealed), "tunnel-encrypted ipcomp"),
        whole(gre(0x88e5, &sealed), "tunnel-encrypted gre"),
        whole(
            outer(GRE, &[&[0x30, 1, 0x88, 0x0b, 0, 8, 0, 1, 0, 0, 0, 1, 0, 0xfd], &sealed[..]].concat()),
            "tunnel-encrypted gre",
        ),
        // What they carry is no IP.
        whole(udp(50_001, 4789, &vxlan(&arp)), "tunnel-not-ip vxlan"),
        whole(gre(0x00fe, &[0x83; 30]), "tunnel-not-ip gre"),
        whole(udp(50_001, 4790, &[12, 0, 0, 77, 0, 0, 42, 0]), "tunnel-not-ip vxlan-gpe"),
        // Headers that are not decoded.
        whole(
            outer(GRE, &[&[0x20, 1, 0x64, 0, 0, 114, 42, 0], &ethernet(0x0800, &inside)[..]].concat()),
            "tunnel-header eoip",
        ),
        whole(outer(GRE, &[&[0, 5, 8, 0], &inside[..]].concat()), "tunnel-header gre"),
        whole(udp(50_001, 4789, &[0; 50]), "tunnel-header vxlan"),
        whole(
            udp(50_001, 6081, &[&[0xc0, 0, 8, 0, 0, 0, 42, 0], &inside[..]].concat()),
            "tunnel-header geneve",
        ),
        whole(
            udp(1701, 1701, &[&[0, 2, 0, 1, 0, 1, 0xff, 3, 0, 0x21], &inside[..]].concat()),
            "tunnel-header l2tp",
        ),
        whole(outer(115, &[&[0, 0, 0, 1], &inside[..]].concat()), "tunnel-header l2tp"),
        whole(gre(0x0800, &ipv6(59, &[])), "tunnel-header gre"),
        whole(outer(4, &ipv6(59, &[])), "tunnel-header ipv4-in-ip"),
        // Later fragments, over IPv6 too.
        whole(ipv4_fragment(OUTER, GRE, 0x00b9, &inside), "tunnel-fragment gre"),
        whole(ipv4_fragment(OUTER, 4, 0x00b9, &inside), "tunnel-fragment ipv4-in-ip"),
        // Deeper than headers are followed.
        whole(nested(64, |inside| gre(0x0800, inside)), "tunnel-too-deep gre"),
        whole(
            nested(64, |inside| udp(50_001, 4789, &vxlan(&ethernet(0x0800, inside)))),
            "tunnel-too-deep vxlan",
        ),
        whole(nested(2_000, |inside| outer(4, inside)), "tunnel-too-deep ipv4-in-ip"),
        whole(gre(0x6558, &nested_tags(64)), "tunnel-too-deep gre"),
    ];
    let in_gre = gre(0x0800, &inside);
    // The tunnel's header is cut, then the one inside; then nothing that counts.
    cases.push(cut(&in_gre, 22, "tunnel-truncated gre"));
    cases.push(cut(&in_gre, 43, "tunnel-truncated gre"));
    cases.push(cut(&in_gre, 44, REACHED));
    cases.push(cut(&udp(50_001, 4789, &vxlan(&ethernet(0x0800, &inside))), 27, "tunnel-truncated vxlan"));
    let later = [&[GRE, 0, 0, 8, 0, 0, 0, 7][..], &inside].concat();
    let frame = ethernet(0x86dd, &ipv6(44, &later));
    cases.push(Case { captured: frame.len(), frame, inner: "tunnel-fragment gre" });
    cases
}

/// An Ethernet frame with so many VLAN tags.
fn nested_tags(tags: usize) -> Vec<u8> {
    let mut payload = packet();
    let mut ether_type = 0x0800;
    for _ in 0..tags {
        payload = [&[0, 1][..], &u16::to_be_bytes(ether_type), &payload].concat();
        ether_type = 0x8100;
    }
    ethernet(ether_type, &payload)
}

/// A pcap of cases, a second apart from 2026 on.
pub(crate) fn pcap(cases: &[Case]) -> Vec<u8> {
    let mut data = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];
    for (second, case) in (1_767_225_600_u32..).zip(cases) {
        let [captured, length] =
            [case.captured, case.frame.len()].map(|length| u32::try_from(length).unwrap());
        for word in [second, 0, captured, length] {
            data.extend(word.to_le_bytes());
        }
        data.extend(case.frame.iter().take(case.captured));
    }
    data
}
