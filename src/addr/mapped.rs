//! IPv4-mapped IPv6 addresses: `::ffff:192.0.2.1` (RFC 4291 section 2.5.5.2).
//!
//! A program that listens on both families logs its IPv4 peers in this form. The address denotes the IPv4 node and
//! never occurs in a packet. Therefore, lists, logs and arguments are read with [`EmbeddedV4`], which converts a
//! mapped address to the IPv4 address. In headers of captured packets and in routing tables from routers, mapped
//! addresses stay IPv6.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{IpPrefix, Prefix, PrefixError};

/// The prefix length of the block of all mapped addresses, `::ffff:0:0/96`.
const BLOCK: u8 = 96;

/// A type whose values may embed an IPv4 value.
pub trait EmbeddedV4: Sized {
    /// Returns the IPv4 form of an IPv4-mapped value; `None` for any other value.
    fn embedded_v4(self) -> Option<Self>;

    /// Returns the IPv4 form if there is one, or else the value itself. The flag is true if the value was mapped.
    fn read_as_v4(self) -> (Self, bool)
    where
        Self: Copy,
    {
        self.embedded_v4().map_or((self, false), |embedded| (embedded, true))
    }
}

impl EmbeddedV4 for IpAddr {
    fn embedded_v4(self) -> Option<Self> {
        match self {
            Self::V4(_) => None,
            Self::V6(address) => address.to_ipv4_mapped().map(Self::V4),
        }
    }
}

impl EmbeddedV4 for IpPrefix {
    /// Converts `::ffff:10.0.0.0/104` to `10.0.0.0/8`. The block itself, `::ffff:0:0/96`, and shorter prefixes stay
    /// IPv6, because they denote the mapped addresses (in filters or discard routes) and not the IPv4 default route.
    fn embedded_v4(self) -> Option<Self> {
        let Self::V6(prefix) = self else { return None };
        let length = prefix.length().checked_sub(BLOCK).filter(|length| *length > 0)?;
        let address: Ipv4Addr = Ipv6Addr::to_ipv4_mapped(&prefix.first())?;
        Prefix::new(address, length).ok().map(Self::V4)
    }
}

/// A prefix in a list written by a third party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedPrefix {
    /// The prefix without host bits; an IPv4 prefix if the text is IPv4-mapped.
    pub prefix: IpPrefix,
    /// Whether the text had host bits set. They are cleared in `prefix`.
    pub had_host_bits: bool,
    /// Whether the text is IPv4-mapped.
    pub was_mapped: bool,
}

impl ListedPrefix {
    /// Parses a prefix from a list.
    ///
    /// # Errors
    ///
    /// Those of [`IpPrefix::parse_clearing_host_bits`].
    pub fn parse(text: &str) -> Result<Self, PrefixError> {
        let (written, had_host_bits) = IpPrefix::parse_clearing_host_bits(text)?;
        let (prefix, was_mapped) = written.read_as_v4();
        Ok(Self { prefix, had_host_bits, was_mapped })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mapped_addresses_are_read_as_the_ipv4_that_they_embed() {
        for (text, embedded) in [
            ("::ffff:52.112.0.1", Some("52.112.0.1")),
            ("::FFFF:3470:1", Some("52.112.0.1")),
            ("0:0:0:0:0:ffff:0:0", Some("0.0.0.0")),
            ("52.112.0.1", None),
            // IPv4-compatible (deprecated), translated (RFC 6052, RFC 2765) and 6to4 addresses have other meanings.
            ("::52.112.0.1", None),
            ("64:ff9b::52.112.0.1", None),
            ("::ffff:0:52.112.0.1", None),
            ("2002:3470:1::1", None),
            ("::1", None),
        ] {
            let address: IpAddr = text.parse().unwrap();
            assert_eq!(address.embedded_v4(), embedded.map(|text| text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn mapped_prefixes_are_read_as_ipv4_but_for_the_whole_block() {
        for (text, embedded) in [
            ("::ffff:10.0.0.0/104", Some("10.0.0.0/8")),
            ("::ffff:0.0.0.0/97", Some("0.0.0.0/1")),
            ("::ffff:a00:1", Some("10.0.0.1/32")),
            ("::ffff:52.112.0.0/110", Some("52.112.0.0/14")),
            ("::ffff:0:0/96", None),
            ("::fffe:0:0/95", None),
            ("::/0", None),
            ("2603:1061::/48", None),
            ("10.0.0.0/8", None),
        ] {
            let prefix: IpPrefix = text.parse().unwrap();
            assert_eq!(prefix.embedded_v4(), embedded.map(|text| text.parse().unwrap()), "{text}");
        }
        let listed = ListedPrefix::parse("::ffff:10.1.2.3/104").unwrap();
        assert_eq!(listed.prefix.to_string(), "10.0.0.0/8");
        assert!(listed.had_host_bits && listed.was_mapped);
    }
}
