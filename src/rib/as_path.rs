//! AS paths (RFC 4271 section 5.1.2; confederations RFC 5065).

use std::fmt;
use std::str::FromStr;

/// One segment of an AS path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AsPathSegment {
    /// Autonomous systems that the route passed through, nearest first.
    Sequence(Vec<u32>),
    /// Autonomous systems that the route passed through in unknown order; stored ascending, without duplicates.
    Set(Vec<u32>),
    /// Like `Sequence`, but for members of the local confederation (RFC 5065).
    ConfederationSequence(Vec<u32>),
    /// Like `Set`, but for members of the local confederation (RFC 5065).
    ConfederationSet(Vec<u32>),
}

/// The autonomous systems that a route passed through, nearest first; empty for the router's own routes.
///
/// Displays and parses in router notation: `64500 64501 {64510,64511}`, confederations in `( )` and `[ ]`. An unknown
/// path ([`AsPath::UNKNOWN`]) displays as `unknown`.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AsPath {
    segments: Vec<AsPathSegment>,
    // If true, `segments` is empty.
    unknown: bool,
}

/// The reason why a text is not an AS path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AsPathError {
    /// A word is not an ASN.
    #[error("`{text}` is not an ASN: write a number from 0 to 4294967295, or `high.low` as in RFC 5396")]
    Number {
        /// The word.
        text: String,
    },
    /// A bracket has no matching bracket.
    #[error("`{text}` has an unmatched bracket; write a set as `{{64500,64501}}`")]
    Bracket {
        /// The whole text.
        text: String,
    },
}

/// The neighbouring autonomous system from which a route was learned, as needed for MED comparison (RFC 4271 section
/// 9.1.2.2 c).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NeighborAs {
    /// The path is empty: the route originated in the local autonomous system.
    Local,
    /// The first ASN of the path.
    Number(u32),
    /// The path is unknown or begins with a set, so the neighbour is unknown.
    Unknown,
}

impl AsPath {
    /// The empty path.
    pub const EMPTY: Self = Self { segments: Vec::new(), unknown: false };

    /// An unknown path, as in a plain list of prefixes. It has no length to compare, and it matches only patterns
    /// that match every path.
    pub const UNKNOWN: Self = Self { segments: Vec::new(), unknown: true };

    /// Builds a path from segments. Drops empty segments, joins adjacent sequences and sorts sets.
    pub fn new(segments: impl IntoIterator<Item = AsPathSegment>) -> Self {
        let mut path = Self::EMPTY;
        for segment in segments {
            path.push(segment);
        }
        path
    }

    /// Builds a path from one sequence, nearest first.
    pub fn sequence(numbers: impl IntoIterator<Item = u32>) -> Self {
        Self::new([AsPathSegment::Sequence(numbers.into_iter().collect())])
    }

    /// Returns the segments, nearest first; none is empty.
    pub fn segments(&self) -> &[AsPathSegment] {
        &self.segments
    }

    /// Returns whether the path is known to be empty.
    pub fn is_empty(&self) -> bool {
        self.is_known() && self.segments.is_empty()
    }

    /// Returns whether the path is known.
    pub fn is_known(&self) -> bool {
        !self.unknown
    }

    /// Returns the length that the decision process compares. A set counts as 1 regardless of its size (RFC 4271
    /// section 9.1.2.2 a), and confederation segments count as 0 (RFC 5065 section 5.3). `None` if the path is
    /// unknown.
    pub fn length(&self) -> Option<usize> {
        let length = self
            .segments
            .iter()
            .map(|segment| match segment {
                AsPathSegment::Sequence(numbers) => numbers.len(),
                AsPathSegment::Set(_) => 1,
                AsPathSegment::ConfederationSequence(_) | AsPathSegment::ConfederationSet(_) => 0,
            })
            .sum();
        self.is_known().then_some(length)
    }

    /// Returns the neighbouring autonomous system; confederation segments are ignored (RFC 5065).
    pub fn neighbor(&self) -> NeighborAs {
        let outside = self
            .segments
            .iter()
            .find(|segment| matches!(segment, AsPathSegment::Sequence(_) | AsPathSegment::Set(_)));
        match outside {
            None if self.unknown => NeighborAs::Unknown,
            None => NeighborAs::Local,
            Some(AsPathSegment::Sequence(numbers)) => {
                numbers.first().map_or(NeighborAs::Unknown, |number| NeighborAs::Number(*number))
            }
            Some(_) => NeighborAs::Unknown,
        }
    }

    /// Returns the ASN that originated the route; `None` for an empty path and for a path that ends in a set.
    pub fn origin_as(&self) -> Option<u32> {
        match self.segments.last()? {
            AsPathSegment::Sequence(numbers) => numbers.last().copied(),
            _ => None,
        }
    }

    /// Returns whether the path contains this ASN, also in sets and confederations, as required for loop detection
    /// (RFC 4271 section 9.1.2).
    pub fn contains(&self, asn: u32) -> bool {
        self.segments.iter().any(|segment| segment.numbers().contains(&asn))
    }

    /// Returns the path with `asn` prepended `times` times (RFC 4271 section 5.1.2); an unknown path stays unknown.
    #[must_use]
    pub fn prepended(&self, asn: u32, times: u8) -> Self {
        if self.unknown {
            return Self::UNKNOWN;
        }
        let added = AsPathSegment::Sequence(vec![asn; usize::from(times)]);
        Self::new(std::iter::once(added).chain(self.segments.iter().cloned()))
    }

    fn push(&mut self, mut segment: AsPathSegment) {
        if let AsPathSegment::Set(numbers) | AsPathSegment::ConfederationSet(numbers) = &mut segment {
            numbers.sort_unstable();
            numbers.dedup();
        }
        match (self.segments.last_mut(), segment) {
            (_, segment) if segment.numbers().is_empty() => {}
            (Some(AsPathSegment::Sequence(last)), AsPathSegment::Sequence(more))
            | (
                Some(AsPathSegment::ConfederationSequence(last)),
                AsPathSegment::ConfederationSequence(more),
            ) => last.extend(more),
            (_, segment) => self.segments.push(segment),
        }
    }
}

impl AsPathSegment {
    /// Returns the ASNs of the segment.
    pub fn numbers(&self) -> &[u32] {
        match self {
            Self::Sequence(numbers)
            | Self::Set(numbers)
            | Self::ConfederationSequence(numbers)
            | Self::ConfederationSet(numbers) => numbers,
        }
    }

    /// Returns the opening bracket, the separator and the closing bracket.
    const fn punctuation(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Sequence(_) => ("", " ", ""),
            Self::Set(_) => ("{", ",", "}"),
            Self::ConfederationSequence(_) => ("(", " ", ")"),
            Self::ConfederationSet(_) => ("[", ",", "]"),
        }
    }
}

impl fmt::Display for AsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.unknown {
            return f.write_str("unknown");
        }
        for (index, segment) in self.segments.iter().enumerate() {
            let (open, between, close) = segment.punctuation();
            f.write_str(if index == 0 { open } else { " " })?;
            if index > 0 {
                f.write_str(open)?;
            }
            for (index, number) in segment.numbers().iter().enumerate() {
                f.write_str(if index == 0 { "" } else { between })?;
                fmt::Display::fmt(number, f)?;
            }
            f.write_str(close)?;
        }
        Ok(())
    }
}

impl fmt::Debug for AsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

impl FromStr for AsPath {
    type Err = AsPathError;

    /// Parses ASNs separated by white space. Inside `{ }`, `( )` and `[ ]`, commas also separate ASNs.
    fn from_str(text: &str) -> Result<Self, AsPathError> {
        type Build = fn(Vec<u32>) -> AsPathSegment;
        const BRACKETS: [(char, char, Build); 3] = [
            ('{', '}', AsPathSegment::Set),
            ('(', ')', AsPathSegment::ConfederationSequence),
            ('[', ']', AsPathSegment::ConfederationSet),
        ];
        let numbers = |words: &str, commas: bool| {
            words
                .split(|c: char| c.is_whitespace() || (commas && c == ','))
                .filter(|word| !word.is_empty())
                .map(as_number)
                .collect::<Result<Vec<u32>, AsPathError>>()
        };
        let bracket = || AsPathError::Bracket { text: text.to_owned() };
        let mut path = Self::EMPTY;
        let mut rest = text;
        while let Some(at) = rest.find(['{', '(', '[', '}', ')', ']']) {
            let (before, after) = rest.split_at(at);
            path.push(AsPathSegment::Sequence(numbers(before, false)?));
            let (open, after) = after.split_at(1);
            let (_, close, build) =
                BRACKETS.iter().find(|(known, _, _)| open.starts_with(*known)).ok_or_else(bracket)?;
            let (inside, after) = after.split_once(*close).ok_or_else(bracket)?;
            if inside.contains(['{', '(', '[', '}', ')', ']']) {
                return Err(bracket());
            }
            path.push(build(numbers(inside, true)?));
            rest = after;
        }
        path.push(AsPathSegment::Sequence(numbers(rest, false)?));
        Ok(path)
    }
}

/// Parses an ASN in plain (`4200000000`) or dotted (`64086.59904`) notation of RFC 5396.
fn as_number(word: &str) -> Result<u32, AsPathError> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let parsed = match word.split_once('.') {
        None => word.parse::<u32>().ok().filter(|_| digits(word)),
        Some((high, low)) if digits(high) && digits(low) => high
            .parse::<u16>()
            .ok()
            .zip(low.parse::<u16>().ok())
            .map(|(high, low)| u32::from(high) << 16 | u32::from(low)),
        Some(_) => None,
    };
    parsed.ok_or_else(|| AsPathError::Number { text: word.to_owned() })
}

/// Returns whether an ASN is reserved for private use (RFC 6996 section 5).
pub const fn is_private_autonomous_system(number: u32) -> bool {
    matches!(number, 64_512..=65_534 | 4_200_000_000..=4_294_967_294)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> AsPath {
        text.parse().unwrap()
    }

    #[test]
    fn reads_and_prints_what_routers_print() {
        for text in [
            "",
            "12076",
            "64500 64500 12076",
            "64102 {64201,64202} 64203",
            "(65001 65002) 64500 [65003,65004]",
        ] {
            assert_eq!(path(text).to_string(), text);
        }
        assert_eq!(path("{64202 64201 64201}").to_string(), "{64201,64202}");
        assert_eq!(path("64500.2345").to_string(), (64500_u32 * 65536 + 2345).to_string());
        for text in ["12076i", "{1", "1}", "{1(2}", "-1", "1,2", "4294967296", "1.65536", "+1"] {
            assert!(text.parse::<AsPath>().is_err(), "{text}");
        }
    }

    #[test]
    fn sets_count_one_and_confederations_nothing() {
        assert_eq!(path("(65001 65002) 64500 64501 {1,2,3}").length(), Some(3));
        assert_eq!(path("").length(), Some(0));
        assert_eq!(path("1 1 1").prepended(7, 2), path("7 7 1 1 1"));
        assert_eq!(path("{1,2}").prepended(7, 1).to_string(), "7 {1,2}");
        assert_eq!(path("1").prepended(7, 0), path("1"));
    }

    #[test]
    fn what_is_not_known_has_no_length_and_no_neighbour() {
        let unknown = AsPath::UNKNOWN;
        assert_eq!(
            (unknown.length(), unknown.neighbor(), unknown.is_empty()),
            (None, NeighborAs::Unknown, false)
        );
        assert_eq!(unknown.prepended(1, 3), unknown);
        assert_ne!(unknown, AsPath::EMPTY);
        assert_eq!(unknown.to_string(), "unknown");
        for (text, fits) in
            [("^$", false), ("^64500", false), ("64500$", false), (".*", true), ("^.*$", true)]
        {
            let pattern: crate::rib::AsPathPattern = text.parse().unwrap();
            assert_eq!(pattern.matches(&unknown), fits, "{text}");
        }
    }

    #[test]
    fn neighbor_and_origin() {
        assert_eq!(path("").neighbor(), NeighborAs::Local);
        assert_eq!(path("(65001) 64500 12076").neighbor(), NeighborAs::Number(64500));
        assert_eq!(path("{1,2} 3").neighbor(), NeighborAs::Unknown);
        assert_eq!(
            (path("1 2").origin_as(), path("1 {2}").origin_as(), path("").origin_as()),
            (Some(2), None, None)
        );
        assert!(path("1 {2,3}").contains(3) && !path("1 {2,3}").contains(4));
    }
}
