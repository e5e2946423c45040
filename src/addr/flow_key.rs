//! The five-tuple that identifies a flow (RFC 7011).

use std::fmt;
use std::net::IpAddr;

/// A unidirectional flow: the five-tuple of source, destination, their ports and the protocol.
///
/// The ports are 0 if the protocol has no ports or the packet is not the first fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowKey {
    /// The source address of the packet.
    pub source: IpAddr,
    /// The destination address, always of the same family as `source`.
    pub destination: IpAddr,
    /// The IANA protocol number. For IPv6, this is the last next-header value that was decoded.
    pub protocol: u8,
    /// The source port, in host byte order.
    pub source_port: u16,
    /// The destination port, in host byte order.
    pub destination_port: u16,
}

impl FlowKey {
    /// Returns the flow in the opposite direction of the same conversation.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self {
            source: self.destination,
            destination: self.source,
            protocol: self.protocol,
            source_port: self.destination_port,
            destination_port: self.source_port,
        }
    }
}

impl fmt::Display for FlowKey {
    /// Formats a flow such as `tcp 10.0.0.1:50000 > 52.112.0.1:443`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |address: IpAddr, port: u16| match address {
            _ if port == 0 => address.to_string(),
            IpAddr::V4(_) => format!("{address}:{port}"),
            IpAddr::V6(_) => format!("[{address}]:{port}"),
        };
        let source = end(self.source, self.source_port);
        let destination = end(self.destination, self.destination_port);
        write!(f, "{} {source} > {destination}", Protocol(self.protocol))
    }
}

/// An IANA protocol number. It is formatted as the protocol's common name, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Protocol(pub u8);

/// Protocol names as used by tcpdump and IANA, with their numbers.
const PROTOCOLS: &[(&str, u8)] = &[
    ("icmp", 1),
    ("igmp", 2),
    ("ipip", 4),
    ("tcp", 6),
    ("udp", 17),
    ("ipv6", 41),
    ("gre", 47),
    ("esp", 50),
    ("ah", 51),
    ("icmp6", 58),
    ("ospf", 89),
    ("pim", 103),
    ("sctp", 132),
];

impl Protocol {
    /// ICMP.
    pub const ICMP: u8 = 1;
    /// TCP.
    pub const TCP: u8 = 6;
    /// UDP.
    pub const UDP: u8 = 17;
    /// ICMP for IPv6.
    pub const ICMP6: u8 = 58;

    /// Parses the name or decimal number of a protocol.
    pub fn parse(text: &str) -> Option<Self> {
        let named = PROTOCOLS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        named.map(|(_, number)| Self(*number)).or_else(|| text.parse().ok().map(Self))
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match PROTOCOLS.iter().find(|(_, number)| *number == self.0) {
            Some((name, _)) => f.pad(name),
            None => f.pad(&self.0.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_like_tcpdump() {
        let key = FlowKey {
            source: "10.0.0.1".parse().unwrap(),
            destination: "2603:1061::1".parse().unwrap(),
            protocol: Protocol::TCP,
            source_port: 50_000,
            destination_port: 443,
        };
        assert_eq!(key.to_string(), "tcp 10.0.0.1:50000 > [2603:1061::1]:443");
        assert_eq!(key.reversed().reversed(), key);
    }

    #[test]
    fn protocols_by_name_and_number() {
        assert_eq!(Protocol::parse("UDP"), Some(Protocol(17)));
        assert_eq!(Protocol::parse("253"), Some(Protocol(253)));
        assert_eq!(Protocol::parse("256"), None);
        assert_eq!(Protocol(253).to_string(), "253");
    }
}
