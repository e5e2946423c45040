//! Frames that were not decoded, by reason: nothing is lost silently.

use std::collections::BTreeMap;
use std::fmt;

/// The reason why a frame has no five-tuple.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DecodeSkip {
    /// ARP or RARP.
    Arp,
    /// Spanning tree.
    Stp,
    /// LLDP.
    Lldp,
    /// LLC traffic other than spanning tree: IS-IS, NetBEUI, Cisco's discovery protocols.
    Llc,
    /// PPPoE discovery.
    PppoeDiscovery,
    /// A control protocol of PPP (LCP, IPCP, CHAP, …).
    PppControl,
    /// An 802.11 management or control frame, or one without data.
    WifiNoData,
    /// An 802.11 frame whose payload is encrypted.
    Encrypted,
    /// MPLS that appears to contain neither IP nor Ethernet.
    MplsPayload,
    /// An EtherType that is not decoded.
    EtherType(u16),
    /// A PPP protocol that is not decoded.
    PppProtocol(u16),
    /// An address family other than IP in a null or loop header.
    AddressFamily(u32),
    /// A link type that is not decoded.
    LinkType(u16),
    /// The frame claims to contain IP, but the version field does not match.
    IpVersion,
    /// The frame claims to contain IP, but the header is invalid: an IPv4 header of less than 20 bytes, or
    /// longer than the packet.
    IpHeader,
    /// The captured bytes end before the IP addresses.
    Truncated,
    /// More nested headers than the decoder follows.
    TooDeep,
    /// A packet in a tunnel, if the innermost header was requested but could not be decoded.
    Tunnel(Encapsulation, TunnelSkip),
}

/// A tunnel, identified by its IP protocol or UDP port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Encapsulation {
    /// IPv4 in IP: protocol 4 (RFC 2003, RFC 2473).
    Ipv4,
    /// IPv6 in IP: protocol 41 (RFC 4213, RFC 2473).
    Ipv6,
    /// GRE: protocol 47 (RFC 2784, RFC 2637), UDP port 4754 (RFC 8086).
    Gre,
    /// MikroTik's Ethernet over IP: GRE version 1 with protocol type 0x6400. It is not decoded.
    Eoip,
    /// The payload of IPsec: protocol 50 (RFC 4303), UDP port 4500 (RFC 3948).
    Esp,
    /// Ethernet in IP: protocol 97 (RFC 3378).
    EtherIp,
    /// Compressed payload: protocol 108 (RFC 3173).
    IpComp,
    /// L2TP: protocol 115 (RFC 3931), UDP port 1701 (RFC 2661). Its data messages are not decoded.
    L2tp,
    /// MPLS in IP: protocol 137 (RFC 4023).
    Mpls,
    /// VXLAN: UDP port 4789 (RFC 7348), or 8472, which Linux used earlier.
    Vxlan,
    /// VXLAN-GPE: UDP port 4790.
    VxlanGpe,
    /// Geneve: UDP port 6081 (RFC 8926).
    Geneve,
    /// Teredo: UDP port 3544 (RFC 4380).
    Teredo,
    /// GTP-U: UDP port 2152 (3GPP TS 29.281).
    Gtp,
}

/// The reason why the header inside a tunnel could not be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TunnelSkip {
    /// A later fragment: the header is in the first fragment.
    Fragment,
    /// The captured bytes end before the IP addresses inside.
    Truncated,
    /// More nested headers than the decoder follows.
    TooDeep,
    /// The tunnel's own header, or the IP header inside, cannot be decoded.
    Header,
    /// The payload is encrypted or compressed.
    Encrypted,
    /// The payload is not IP: ARP, spanning tree, control protocols of PPP, another EtherType.
    NotIp,
}

impl Encapsulation {
    /// Returns the name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ipv4 => "ipv4-in-ip",
            Self::Ipv6 => "ipv6-in-ip",
            Self::Gre => "gre",
            Self::Eoip => "eoip",
            Self::Esp => "esp",
            Self::EtherIp => "etherip",
            Self::IpComp => "ipcomp",
            Self::L2tp => "l2tp",
            Self::Mpls => "mpls-in-ip",
            Self::Vxlan => "vxlan",
            Self::VxlanGpe => "vxlan-gpe",
            Self::Geneve => "geneve",
            Self::Teredo => "teredo",
            Self::Gtp => "gtp",
        }
    }
}

impl From<DecodeSkip> for TunnelSkip {
    /// Converts the reason why a frame inside a tunnel has no five-tuple.
    fn from(skip: DecodeSkip) -> Self {
        const MACSEC: u16 = 0x88e5;
        // Encrypted per RFC 1968 and RFC 2419, compressed (including MPPE) per RFC 1962 and RFC 3078.
        const PPP_ENCRYPTED_OR_COMPRESSED: [u16; 4] = [0x0053, 0x0055, 0x00fb, 0x00fd];
        match skip {
            DecodeSkip::Tunnel(_, why) => why,
            DecodeSkip::Truncated => Self::Truncated,
            DecodeSkip::TooDeep => Self::TooDeep,
            DecodeSkip::IpVersion | DecodeSkip::IpHeader => Self::Header,
            DecodeSkip::Encrypted | DecodeSkip::EtherType(MACSEC) => Self::Encrypted,
            DecodeSkip::PppProtocol(number) if PPP_ENCRYPTED_OR_COMPRESSED.contains(&number) => {
                Self::Encrypted
            }
            _ => Self::NotIp,
        }
    }
}

impl DecodeSkip {
    /// Returns whether a packet may be missing from the totals for this reason: the frame contains IP, or may
    /// contain it, and could not be decoded. The other reasons apply to traffic that is not IP.
    pub fn is_loss(self) -> bool {
        match self {
            Self::Truncated | Self::IpHeader | Self::IpVersion | Self::TooDeep | Self::LinkType(_) => true,
            Self::Tunnel(_, why) => why != TunnelSkip::NotIp,
            _ => false,
        }
    }

    /// Returns a stable name of the reason, without its number or tunnel.
    pub fn name(self) -> &'static str {
        match self {
            Self::Arp => "arp",
            Self::Stp => "stp",
            Self::Lldp => "lldp",
            Self::Llc => "llc",
            Self::PppoeDiscovery => "pppoe-discovery",
            Self::PppControl => "ppp-control",
            Self::WifiNoData => "802.11-no-data",
            Self::Encrypted => "encrypted",
            Self::MplsPayload => "mpls-payload",
            Self::EtherType(_) => "ethertype",
            Self::PppProtocol(_) => "ppp-protocol",
            Self::AddressFamily(_) => "address-family",
            Self::LinkType(_) => "link-type",
            Self::IpVersion => "ip-version",
            Self::IpHeader => "ip-header",
            Self::Truncated => "truncated",
            Self::TooDeep => "too-deep",
            Self::Tunnel(_, TunnelSkip::Fragment) => "tunnel-fragment",
            Self::Tunnel(_, TunnelSkip::Truncated) => "tunnel-truncated",
            Self::Tunnel(_, TunnelSkip::TooDeep) => "tunnel-too-deep",
            Self::Tunnel(_, TunnelSkip::Header) => "tunnel-header",
            Self::Tunnel(_, TunnelSkip::Encrypted) => "tunnel-encrypted",
            Self::Tunnel(_, TunnelSkip::NotIp) => "tunnel-not-ip",
        }
    }
}

impl fmt::Display for DecodeSkip {
    /// Writes the name, and the number or tunnel if the reason has one: `ethertype 0x88e5`, `link-type 147`,
    /// `tunnel-encrypted esp`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self {
            Self::EtherType(number) | Self::PppProtocol(number) => f.pad(&format!("{name} 0x{number:04x}")),
            Self::AddressFamily(number) => f.pad(&format!("{name} {number}")),
            Self::LinkType(number) => f.pad(&format!("{name} {number}")),
            Self::Tunnel(tunnel, _) => f.pad(&format!("{name} {}", tunnel.name())),
            _ => f.pad(name),
        }
    }
}

/// A number of frames, such as those that were skipped for one reason or have no time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SkipCount {
    /// The number of frames.
    pub packets: u64,
    /// The total length of the frames on the wire in bytes.
    pub frame_bytes: u64,
}

impl SkipCount {
    /// Adds another count.
    pub fn add(&mut self, other: Self) {
        self.packets = self.packets.saturating_add(other.packets);
        self.frame_bytes = self.frame_bytes.saturating_add(other.frame_bytes);
    }
}

/// Skipped frames by reason, in a fixed order.
///
/// The size is bounded, because every reason has at most 2¹⁶ values. The exception is address families in
/// null headers: those below [`Self::MAX_FAMILIES`] are counted individually, and all others together as
/// family 2³²−1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SkipCounts(BTreeMap<DecodeSkip, SkipCount>);

impl SkipCounts {
    /// The lowest address family in null headers that is not counted individually. The numbers used by
    /// operating systems are below 256.
    pub const MAX_FAMILIES: u32 = 4096;

    /// Creates counts that are all zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts one frame of `frame_bytes` bytes on the wire, in `O(log n)` for `n` reasons.
    pub fn add(&mut self, skip: DecodeSkip, frame_bytes: u32) {
        self.add_count(skip, SkipCount { packets: 1, frame_bytes: u64::from(frame_bytes) });
    }

    /// Adds the counts of another part of the same job; the order does not matter.
    pub fn merge(&mut self, other: &Self) {
        for (skip, count) in other.iter() {
            self.add_count(skip, count);
        }
    }

    /// Returns the reasons with their counts, in the order of [`DecodeSkip`].
    pub fn iter(&self) -> impl Iterator<Item = (DecodeSkip, SkipCount)> + '_ {
        self.0.iter().map(|(skip, count)| (*skip, *count))
    }

    /// Returns the total of all reasons.
    pub fn total(&self) -> SkipCount {
        let mut sum = SkipCount::default();
        self.0.values().for_each(|count| sum.add(*count));
        sum
    }

    /// Returns whether nothing was skipped.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add_count(&mut self, skip: DecodeSkip, count: SkipCount) {
        let skip = match skip {
            DecodeSkip::AddressFamily(Self::MAX_FAMILIES..) => DecodeSkip::AddressFamily(u32::MAX),
            other => other,
        };
        self.0.entry(skip).or_default().add(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_reason_in_a_fixed_order_and_merges() {
        let mut counts = SkipCounts::new();
        counts.add(DecodeSkip::LinkType(147), 60);
        counts.add(DecodeSkip::Arp, 42);
        let mut other = SkipCounts::new();
        other.add(DecodeSkip::Arp, 60);
        other.merge(&counts);
        let shown: Vec<String> =
            other.iter().map(|(skip, count)| format!("{skip}: {}", count.packets)).collect();
        assert_eq!(shown, ["arp: 2", "link-type 147: 1"]);
        assert_eq!(other.total(), SkipCount { packets: 3, frame_bytes: 162 });
        assert_eq!(DecodeSkip::EtherType(0x88e5).to_string(), "ethertype 0x88e5");
        assert_eq!(
            DecodeSkip::Tunnel(Encapsulation::Esp, TunnelSkip::Encrypted).to_string(),
            "tunnel-encrypted esp"
        );
    }
}
