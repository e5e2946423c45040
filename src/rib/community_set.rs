//! The communities of a route, including large communities (RFC 8092).

use std::fmt;
use std::str::FromStr;

use crate::rib::Community;

/// A large community: three 32-bit numbers, the first of which is an ASN (RFC 8092).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LargeCommunity {
    /// The ASN that defines the other two numbers ("global administrator").
    pub asn: u32,
    /// The first locally defined number ("local data part 1").
    pub first: u32,
    /// The second locally defined number ("local data part 2").
    pub second: u32,
}

/// The reason why a text is not a large community.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a large community: write three numbers from 0 to 4294967295 separated by colons, such as `64500:1:20`"
)]
pub struct LargeCommunityError {
    /// The text.
    pub text: String,
}

impl LargeCommunity {
    /// Returns the large community `asn:first:second`.
    pub const fn new(asn: u32, first: u32, second: u32) -> Self {
        Self { asn, first, second }
    }
}

impl fmt::Display for LargeCommunity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}:{}:{}", self.asn, self.first, self.second))
    }
}

impl fmt::Debug for LargeCommunity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for LargeCommunity {
    type Err = LargeCommunityError;

    /// Parses the canonical form of RFC 8092 section 5: plain decimal numbers without sign or leading zeros.
    fn from_str(text: &str) -> Result<Self, LargeCommunityError> {
        let number = |digits: &str| {
            let canonical = digits.bytes().all(|byte| byte.is_ascii_digit())
                && (digits == "0" || !digits.starts_with('0'));
            digits.parse::<u32>().ok().filter(|_| canonical)
        };
        let parse = || {
            let (asn, rest) = text.split_once(':')?;
            let (first, second) = rest.split_once(':')?;
            Some(Self::new(number(asn)?, number(first)?, number(second)?))
        };
        parse().ok_or_else(|| LargeCommunityError { text: text.to_owned() })
    }
}

/// The communities of one route: a set of standard and a set of large communities, both in numeric order.
///
/// Repetition and order have no meaning (RFC 1997, RFC 8092 section 4), so equal sets are equal values here. If the
/// communities of the route are unknown ([`Communities::UNKNOWN`]), the sets contain only communities that were added
/// later, and the route may have others.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Communities {
    standard: Vec<Community>,
    large: Vec<LargeCommunity>,
    unknown: bool,
}

impl Communities {
    /// Unknown communities, as in a plain list of prefixes.
    pub const UNKNOWN: Self = Self { standard: Vec::new(), large: Vec::new(), unknown: true };

    /// Builds a set of these communities.
    pub fn new(
        standard: impl IntoIterator<Item = Community>,
        large: impl IntoIterator<Item = LargeCommunity>,
    ) -> Self {
        let mut communities = Self {
            standard: standard.into_iter().collect(),
            large: large.into_iter().collect(),
            unknown: false,
        };
        communities.standard.sort_unstable();
        communities.standard.dedup();
        communities.large.sort_unstable();
        communities.large.dedup();
        communities
    }

    /// Returns the communities of RFC 1997, ascending.
    pub fn standard(&self) -> &[Community] {
        &self.standard
    }

    /// Returns the large communities, ascending.
    pub fn large(&self) -> &[LargeCommunity] {
        &self.large
    }

    /// Returns whether neither a standard nor a large community is known.
    pub fn is_empty(&self) -> bool {
        self.standard.is_empty() && self.large.is_empty()
    }

    /// Returns whether the set is known to be complete.
    pub fn is_known(&self) -> bool {
        !self.unknown
    }

    /// Returns whether this community is in the set. O(log n).
    pub fn contains(&self, community: Community) -> bool {
        self.standard.binary_search(&community).is_ok()
    }

    /// Returns whether this large community is in the set. O(log n).
    pub fn contains_large(&self, community: LargeCommunity) -> bool {
        self.large.binary_search(&community).is_ok()
    }

    /// Adds all communities of `other`.
    pub fn add(&mut self, other: &Self) {
        let joined = Self::new(
            self.standard.iter().chain(&other.standard).copied(),
            self.large.iter().chain(&other.large).copied(),
        );
        *self = Self { unknown: self.unknown || other.unknown, ..joined };
    }

    /// Keeps the standard communities for which the first function returns true, and the large communities for which
    /// the second function returns true.
    pub fn retain(
        &mut self,
        mut standard: impl FnMut(Community) -> bool,
        mut large: impl FnMut(LargeCommunity) -> bool,
    ) {
        self.standard.retain(|community| standard(*community));
        self.large.retain(|community| large(*community));
    }
}

impl FromIterator<Community> for Communities {
    fn from_iter<I: IntoIterator<Item = Community>>(communities: I) -> Self {
        Self::new(communities, [])
    }
}

impl fmt::Display for Communities {
    /// Writes all communities separated by spaces, large communities last. Writes nothing if there are none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for community in &self.standard {
            write!(f, "{separator}{community}")?;
            separator = " ";
        }
        for community in &self.large {
            write!(f, "{separator}{community}")?;
            separator = " ";
        }
        Ok(())
    }
}

impl fmt::Debug for Communities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{self}{}]", if self.unknown { " and possibly others" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_repetition_mean_nothing() {
        let parse = |text: &str| -> Communities {
            text.split(' ').map(|part| part.parse::<Community>().unwrap()).collect()
        };
        let communities = parse("12076:5030 12076:51004 12076:5030");
        assert_eq!(communities, parse("12076:51004 12076:5030"));
        assert_eq!(communities.to_string(), "12076:5030 12076:51004");
        assert!(
            communities.contains(Community::microsoft(5030)) && !communities.contains(Community::NO_EXPORT)
        );
    }

    #[test]
    fn large_ones_are_strict() {
        let community: LargeCommunity = "4200000000:0:4294967295".parse().unwrap();
        assert_eq!(community.to_string(), "4200000000:0:4294967295");
        for text in ["1:2", "1:2:3:4", "01:2:3", "1:2:4294967296", "1: 2:3", ""] {
            assert!(text.parse::<LargeCommunity>().is_err(), "{text}");
        }
        let mut communities = Communities::new([], [community]);
        assert!(communities.contains_large(community));
        communities.add(&Communities::new([Community::BLACKHOLE], [community]));
        assert_eq!(communities.to_string(), "65535:666 4200000000:0:4294967295");
    }
}
