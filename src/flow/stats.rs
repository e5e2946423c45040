//! What was not decoded, by reason: nothing is lost in silence.

use std::collections::BTreeMap;
use std::fmt;

/// Why a frame has no five-tuple.
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
    /// MPLS that carries neither IP nor Ethernet, as far as can be seen.
    MplsPayload,
    /// An EtherType that is not decoded.
    EtherType(u16),
    /// A PPP protocol that is not decoded.
    PppProtocol(u16),
    /// An address family of a null or loop header that is not IP.
    AddressFamily(u32),
    /// A link type that is not decoded.
    LinkType(u16),
    /// Said to be IP, but the version field says otherwise.
    IpVersion,
    /// Said to be IP, but the header is impossible: an IPv4 header of less than 20 bytes, or longer
    /// than the packet.
    IpHeader,
    /// The captured bytes end before the addresses.
    Truncated,
    /// More headers in one another than are followed.
    TooDeep,
}

impl DecodeSkip {
    /// Whether a packet may be missing from the totals: it is, or may be, IP and could not be decoded.
    /// The other reasons are traffic that is not IP.
    pub fn is_loss(self) -> bool {
        matches!(self, Self::Truncated | Self::IpHeader | Self::IpVersion | Self::TooDeep | Self::LinkType(_))
    }

    /// A stable name of the reason, without its number.
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
        }
    }
}

impl fmt::Display for DecodeSkip {
    /// The name, and the number where the reason has one: `ethertype 0x88e5`, `link-type 147`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self {
            Self::EtherType(number) | Self::PppProtocol(number) => f.pad(&format!("{name} 0x{number:04x}")),
            Self::AddressFamily(number) => f.pad(&format!("{name} {number}")),
            Self::LinkType(number) => f.pad(&format!("{name} {number}")),
            _ => f.pad(name),
        }
    }
}

/// A number of frames: those that were skipped for one reason, or that have no time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SkipCount {
    /// Frames.
    pub packets: u64,
    /// Their bytes on the wire.
    pub frame_bytes: u64,
}

impl SkipCount {
    /// Adds another count.
    pub fn add(&mut self, other: Self) {
        self.packets = self.packets.saturating_add(other.packets);
        self.frame_bytes = self.frame_bytes.saturating_add(other.frame_bytes);
    }
}

/// What was skipped, by reason, in a fixed order.
///
/// Bounded: every reason has at most 2¹⁶ values but the families of null headers, which are counted
/// one by one below [`Self::MAX_FAMILIES`] and as family 2³²−1 from there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SkipCounts(BTreeMap<DecodeSkip, SkipCount>);

impl SkipCounts {
    /// From which number on a family of a null header is not counted by itself. Systems number theirs below 256.
    pub const MAX_FAMILIES: u32 = 4096;

    /// Nothing skipped.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts one frame of `frame_bytes` on the wire. O(log reasons).
    pub fn add(&mut self, skip: DecodeSkip, frame_bytes: u32) {
        self.add_count(skip, SkipCount { packets: 1, frame_bytes: u64::from(frame_bytes) });
    }

    /// Adds the counts of another part of the same job; the order of merging does not matter.
    pub fn merge(&mut self, other: &Self) {
        for (skip, count) in other.iter() {
            self.add_count(skip, count);
        }
    }

    /// The reasons with their counts, in the order of [`DecodeSkip`].
    pub fn iter(&self) -> impl Iterator<Item = (DecodeSkip, SkipCount)> + '_ {
        self.0.iter().map(|(skip, count)| (*skip, *count))
    }

    /// Everything skipped.
    pub fn total(&self) -> SkipCount {
        let mut sum = SkipCount::default();
        self.0.values().for_each(|count| sum.add(*count));
        sum
    }

    /// Whether nothing was skipped.
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
    }
}
