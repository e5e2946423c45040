//! BGP communities (RFC 1997), including the well-known communities.

use std::fmt;
use std::str::FromStr;

/// A community: a 16-bit ASN and a 16-bit value whose meaning this autonomous system defines.
///
/// Microsoft's communities are `12076:…`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Community(u32);

/// The reason why a text is not a community.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a community: write two numbers from 0 to 65535 separated by a colon, such as `12076:51002`"
)]
pub struct CommunityError {
    /// The text.
    pub text: String,
}

/// The communities in the IANA registry "BGP Well-known Communities", with the RFC that defines each, in numeric
/// order.
const WELL_KNOWN: &[(&str, Community, &str)] = &[
    ("graceful-shutdown", Community::new(65535, 0), "RFC 8326"),
    ("accept-own", Community::new(65535, 1), "RFC 7611"),
    ("llgr-stale", Community::new(65535, 6), "RFC 9494"),
    ("no-llgr", Community::new(65535, 7), "RFC 9494"),
    ("blackhole", Community::new(65535, 666), "RFC 7999"),
    ("no-export", Community::new(65535, 65281), "RFC 1997"),
    ("no-advertise", Community::new(65535, 65282), "RFC 1997"),
    ("no-export-subconfed", Community::new(65535, 65283), "RFC 1997"),
    ("no-peer", Community::new(65535, 65284), "RFC 3765"),
];

impl Community {
    /// Do not advertise beyond the confederation (RFC 1997).
    pub const NO_EXPORT: Self = Self::new(65535, 65281);
    /// Do not advertise to any other peer (RFC 1997).
    pub const NO_ADVERTISE: Self = Self::new(65535, 65282);
    /// Do not advertise beyond the member autonomous system (RFC 1997).
    pub const NO_EXPORT_SUBCONFED: Self = Self::new(65535, 65283);
    /// Do not advertise over bilateral peerings (RFC 3765).
    pub const NO_PEER: Self = Self::new(65535, 65284);
    /// Discard traffic to this prefix (RFC 7999).
    pub const BLACKHOLE: Self = Self::new(65535, 666);

    /// Microsoft's ASN.
    pub const MICROSOFT: u16 = 12076;

    /// Returns the community `asn:value`.
    pub const fn new(asn: u16, value: u16) -> Self {
        Self((asn as u32) << 16 | value as u32)
    }

    /// Returns Microsoft's community with this value.
    pub const fn microsoft(value: u16) -> Self {
        Self::new(Self::MICROSOFT, value)
    }

    /// Returns the ASN.
    pub const fn asn(self) -> u16 {
        (self.0 >> 16) as u16
    }

    /// Returns the value, whose meaning the autonomous system defines.
    pub const fn value(self) -> u16 {
        (self.0 & 0xffff) as u16
    }

    /// Returns the community that BGP encodes as this 32-bit number.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// Returns the 32-bit number as encoded in BGP.
    pub const fn to_bits(self) -> u32 {
        self.0
    }

    /// Returns the well-known community with a name. `no-export`, `NO_EXPORT` and `no_export` are equivalent, and
    /// `local-as`, a router keyword, is `no-export-subconfed`.
    pub fn well_known(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase().replace('_', "-");
        let name = match name.as_str() {
            "nopeer" => "no-peer",
            "local-as" => "no-export-subconfed",
            name => name,
        };
        WELL_KNOWN.iter().find(|(known, _, _)| *known == name).map(|(_, community, _)| *community)
    }

    /// Returns the name of a well-known community, such as `no-export`, and the RFC that defines it.
    pub fn name(self) -> Option<(&'static str, &'static str)> {
        let entry = WELL_KNOWN.iter().find(|(_, community, _)| *community == self);
        entry.map(|(name, _, rfc)| (*name, *rfc))
    }
}

impl fmt::Display for Community {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}:{}", self.asn(), self.value()))
    }
}

impl fmt::Debug for Community {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Community {
    type Err = CommunityError;

    /// Parses plain decimal numbers only: no sign, no leading zero, no white space.
    fn from_str(text: &str) -> Result<Self, CommunityError> {
        let number = |digits: &str| {
            let canonical = digits.bytes().all(|byte| byte.is_ascii_digit())
                && (digits == "0" || !digits.starts_with('0'));
            digits.parse::<u16>().ok().filter(|_| canonical)
        };
        text.split_once(':')
            .and_then(|(asn, value)| Some(Self::new(number(asn)?, number(value)?)))
            .ok_or_else(|| CommunityError { text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_and_print_agree() {
        for text in ["12076:51002", "0:0", "65535:65535"] {
            assert_eq!(text.parse::<Community>().unwrap().to_string(), text);
        }
        for text in ["12076", "12076:", "12076:65536", "+1:1", "12076:05040", " 1:1", "1:1:1"] {
            assert!(text.parse::<Community>().is_err(), "{text}");
        }
    }

    #[test]
    fn well_known_by_name_and_back() {
        for (name, community, rfc) in WELL_KNOWN {
            assert_eq!(Community::well_known(name), Some(*community));
            assert_eq!(community.name(), Some((*name, *rfc)));
        }
        assert_eq!(Community::well_known("NO_EXPORT"), Some(Community::NO_EXPORT));
        assert_eq!(Community::well_known("NOPEER"), Some(Community::NO_PEER));
        assert_eq!(Community::well_known("exchange"), None);
        assert!(WELL_KNOWN.is_sorted_by_key(|(_, community, _)| *community));
        assert_eq!(Community::from_bits(0xFFFF_FF01), Community::NO_EXPORT);
    }

    #[test]
    fn microsofts() {
        assert_eq!(Community::microsoft(5030).to_string(), "12076:5030");
        assert_eq!((Community::microsoft(51002).asn(), Community::microsoft(51002).value()), (12076, 51002));
    }
}
