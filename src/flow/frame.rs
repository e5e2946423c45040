//! One frame, as stored in a capture.

use std::fmt;

use super::time::PacketTime;

/// How to interpret the first bytes of a frame: a `LINKTYPE_` number from the registry at
/// [tcpdump.org](https://www.tcpdump.org/linktypes.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u16);

impl LinkType {
    /// BSD loopback: a four-byte address family in the byte order of the capturing machine.
    pub const NULL: Self = Self(0);
    /// Ethernet.
    pub const ETHERNET: Self = Self(1);
    /// PPP, with or without the address and control bytes.
    pub const PPP: Self = Self(9);
    /// Raw IP, as numbered on some systems.
    pub const RAW_12: Self = Self(12);
    /// Raw IP, as numbered on OpenBSD.
    pub const RAW_14: Self = Self(14);
    /// PPP in HDLC-like framing.
    pub const PPP_HDLC: Self = Self(50);
    /// Raw IP; the first four bits are the version.
    pub const RAW: Self = Self(101);
    /// Cisco HDLC.
    pub const CISCO_HDLC: Self = Self(104);
    /// IEEE 802.11.
    pub const WIFI: Self = Self(105);
    /// OpenBSD loopback: a four-byte address family in network byte order.
    pub const LOOP: Self = Self(108);
    /// Linux cooked capture, version 1.
    pub const SLL: Self = Self(113);
    /// IEEE 802.11 after a radiotap header.
    pub const RADIOTAP: Self = Self(127);
    /// A per-packet information header, then any link type.
    pub const PPI: Self = Self(192);
    /// Raw IPv4.
    pub const IPV4: Self = Self(228);
    /// Raw IPv6.
    pub const IPV6: Self = Self(229);
    /// Linux cooked capture, version 2.
    pub const SLL2: Self = Self(276);
}

/// The registry names of the link types that are decoded.
const NAMES: &[(LinkType, &str)] = &[
    (LinkType::NULL, "null"),
    (LinkType::ETHERNET, "ethernet"),
    (LinkType::PPP, "ppp"),
    (LinkType::RAW_12, "raw"),
    (LinkType::RAW_14, "raw"),
    (LinkType::PPP_HDLC, "ppp-hdlc"),
    (LinkType::RAW, "raw"),
    (LinkType::CISCO_HDLC, "cisco-hdlc"),
    (LinkType::WIFI, "802.11"),
    (LinkType::LOOP, "loop"),
    (LinkType::SLL, "linux-sll"),
    (LinkType::RADIOTAP, "802.11-radiotap"),
    (LinkType::PPI, "ppi"),
    (LinkType::IPV4, "ipv4"),
    (LinkType::IPV6, "ipv6"),
    (LinkType::SLL2, "linux-sll2"),
];

impl fmt::Display for LinkType {
    /// Writes the name if the link type is decoded, else `link type N`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.iter().find(|(known, _)| known == self) {
            Some((_, name)) => f.pad(name),
            None => f.pad(&format!("link type {}", self.0)),
        }
    }
}

/// One frame of a capture, borrowed from the reader's buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The time when the frame was captured, if the capture records it.
    pub time: PacketTime,
    /// The frame's length on the wire in bytes. It may be greater (snaplen) or smaller (nonconforming
    /// writers) than the length of `data`.
    pub original_length: u32,
    /// The type of the header at the start of `data`.
    pub link_type: LinkType,
    /// The captured bytes.
    pub data: &'a [u8],
}

/// Returns the frame's length on the wire from `rest` on. `rest` must be the end of the frame's data.
#[inline]
pub(super) fn remainder(frame: &Frame<'_>, rest: &[u8]) -> u32 {
    let before = u32::try_from(frame.data.len() - rest.len().min(frame.data.len())).unwrap_or(u32::MAX);
    let captured = u32::try_from(frame.data.len()).unwrap_or(u32::MAX);
    frame.original_length.max(captured).saturating_sub(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_types_print_their_name_or_number() {
        assert_eq!(LinkType::SLL2.to_string(), "linux-sll2");
        assert_eq!(LinkType(147).to_string(), "link type 147");
    }
}
