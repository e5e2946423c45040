//! Patterns in route maps: communities with wildcards, and AS paths.

use std::fmt;
use std::str::FromStr;

use super::{AsPath, AsPathSegment, Communities, Community, LargeCommunity};

/// A pattern for standard or large communities: a single community or a wildcard.
///
/// `*` in any of the numbers matches any digits, including none: `12076:51*` matches every Microsoft community whose
/// decimal value begins with 51, and `12076:*` matches every Microsoft community. Well-known communities are written
/// by name (`no-export`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommunityPattern(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Standard(Community),
    Large(LargeCommunity),
    StandardWildcard([NumberPattern; 2]),
    LargeWildcard([NumberPattern; 3]),
}

/// Decimal digits and `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct NumberPattern(Box<str>);

/// The reason why a text is not a community pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a community pattern: write a value (`12076:51004`, large `64500:1:20`), a wildcard (`12076:51*`) or a well-known name (`no-export`)"
)]
pub struct CommunityPatternError {
    /// The text.
    pub text: String,
}

impl CommunityPattern {
    /// Returns whether the pattern matches a community.
    pub fn matches(&self, community: Community) -> bool {
        match &self.0 {
            Kind::Standard(meant) => *meant == community,
            Kind::StandardWildcard([asn, value]) => {
                asn.matches(community.asn().into()) && value.matches(community.value().into())
            }
            Kind::Large(_) | Kind::LargeWildcard(_) => false,
        }
    }

    /// Returns whether the pattern matches a large community.
    pub fn matches_large(&self, community: LargeCommunity) -> bool {
        match &self.0 {
            Kind::Large(meant) => *meant == community,
            Kind::LargeWildcard([asn, first, second]) => {
                asn.matches(community.asn)
                    && first.matches(community.first)
                    && second.matches(community.second)
            }
            Kind::Standard(_) | Kind::StandardWildcard(_) => false,
        }
    }

    /// Returns whether the pattern matches any of a route's communities.
    pub fn matches_any(&self, communities: &Communities) -> bool {
        match &self.0 {
            Kind::Standard(meant) => communities.contains(*meant),
            Kind::Large(meant) => communities.contains_large(*meant),
            Kind::StandardWildcard(_) => communities.standard().iter().any(|one| self.matches(*one)),
            Kind::LargeWildcard(_) => communities.large().iter().any(|one| self.matches_large(*one)),
        }
    }

    /// Returns the single community that the pattern matches, or `None` for wildcards and large communities.
    pub fn community(&self) -> Option<Community> {
        match &self.0 {
            Kind::Standard(community) => Some(*community),
            _ => None,
        }
    }
}

impl From<Community> for CommunityPattern {
    fn from(community: Community) -> Self {
        Self(Kind::Standard(community))
    }
}

impl From<LargeCommunity> for CommunityPattern {
    fn from(community: LargeCommunity) -> Self {
        Self(Kind::Large(community))
    }
}

impl FromStr for CommunityPattern {
    type Err = CommunityPatternError;

    fn from_str(text: &str) -> Result<Self, CommunityPatternError> {
        let error = || CommunityPatternError { text: text.to_owned() };
        if let Some(community) = Community::well_known(text) {
            return Ok(community.into());
        }
        if !text.contains('*') {
            let standard = text.parse().map(Kind::Standard).ok();
            return standard.or_else(|| text.parse().map(Kind::Large).ok()).map(Self).ok_or_else(error);
        }
        let patterns: Option<Vec<NumberPattern>> = {
            let numbers: Vec<&str> = text.split(':').collect();
            let most = if numbers.len() == 2 { u32::from(u16::MAX) } else { u32::MAX };
            numbers.into_iter().map(|number| NumberPattern::parse(number, most)).collect()
        };
        match patterns.ok_or_else(error)?.try_into() {
            Ok(two) => Ok(Self(Kind::StandardWildcard(two))),
            Err(more) => {
                more.try_into().map(|three| Self(Kind::LargeWildcard(three))).map_err(|_: Vec<_>| error())
            }
        }
    }
}

impl fmt::Display for CommunityPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Standard(community) => fmt::Display::fmt(community, f),
            Kind::Large(community) => fmt::Display::fmt(community, f),
            Kind::StandardWildcard([asn, value]) => write!(f, "{}:{}", asn.0, value.0),
            Kind::LargeWildcard([asn, first, second]) => write!(f, "{}:{}:{}", asn.0, first.0, second.0),
        }
    }
}

impl NumberPattern {
    /// Parses a non-empty text of digits and `*`. Without `*`, the text must be a canonical number up to `most`. With
    /// `*`, it must not have more digits than `most`, because it could not match any number otherwise.
    fn parse(text: &str, most: u32) -> Option<Self> {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let stars = text.bytes().filter(|byte| *byte == b'*').count();
        let canonical = text == "0" || !text.starts_with('0') || stars > 0;
        let possible = if stars == 0 {
            canonical && text.parse::<u32>().is_ok_and(|number| number <= most)
        } else {
            digits <= most.to_string().len()
        };
        (!text.is_empty() && digits + stars == text.len() && possible).then(|| Self(text.into()))
    }

    fn matches(&self, number: u32) -> bool {
        let mut pieces = self.0.split('*');
        let text = number.to_string();
        let Some(mut rest) = pieces.next().and_then(|first| text.strip_prefix(first)) else { return false };
        let Some(last) = pieces.next_back() else { return rest.is_empty() };
        for piece in pieces {
            // The leftmost match leaves the longest text for the following pieces.
            let Some(at) = rest.find(piece) else { return false };
            rest = rest.get(at + piece.len()..).unwrap_or_default();
        }
        rest.ends_with(last)
    }
}

/// A small pattern language for AS paths: the commonly used subset of router regular expressions, applied to whole
/// ASNs.
///
/// | pattern | meaning |
/// |---|---|
/// | `12076` or `_12076_` | contains AS 12076 |
/// | `^12076` | begins with 12076, the neighbour |
/// | `12076$` | ends with 12076, the origin |
/// | `^$` | the empty path: the router's own routes |
/// | `^64500 .* 12076$` | learned from neighbour 64500, originated in 12076 |
/// | `^[0-9]+$` or `^.$` | exactly one AS |
///
/// A space and `_` separate ASNs. `.` and `[0-9]+` match one AS; `.*` matches any number of autonomous systems,
/// including none. An AS set counts as one AS and matches if any of its members matches; confederation segments are
/// ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsPathPattern {
    text: String,
    parts: Vec<PathPart>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PathPart {
    Number(u32),
    One,
    Any,
}

/// The reason why a text is not an AS path pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not an AS path pattern, because `{word}` is not understood; \
    use ASNs, `.` for one AS, `.*` for any number of autonomous systems, `^` for the start and `$` for the end"
)]
pub struct AsPathPatternError {
    /// The whole text.
    pub text: String,
    /// The word that is not valid.
    pub word: String,
}

impl AsPathPattern {
    /// Returns whether the pattern matches a path. An unknown path matches only if the pattern matches every path.
    pub fn matches(&self, path: &AsPath) -> bool {
        if !path.is_known() {
            // A pattern without parts matches only the empty path.
            return !self.parts.is_empty() && self.parts.iter().all(|part| *part == PathPart::Any);
        }
        let outside = path.segments().iter().flat_map(|segment| match segment {
            AsPathSegment::Sequence(numbers) => numbers.chunks(1),
            AsPathSegment::Set(numbers) => numbers.chunks(numbers.len().max(1)),
            _ => [].chunks(1),
        });
        let hops: Vec<&[u32]> = outside.collect();
        fits(&self.parts, &hops)
    }
}

/// Matches wildcards with a single backtracking point: O(parts × hops).
fn fits(parts: &[PathPart], hops: &[&[u32]]) -> bool {
    let (mut part, mut hop) = (0, 0);
    let mut retry: Option<(usize, usize)> = None; // the part after the last `Any`, and the hop up to which `Any` matches
    while let Some(numbers) = hops.get(hop) {
        let one = match parts.get(part) {
            Some(PathPart::Any) => {
                retry = Some((part + 1, hop));
                part += 1;
                continue;
            }
            Some(PathPart::One) => true,
            Some(PathPart::Number(number)) => numbers.contains(number),
            None => false,
        };
        if one {
            (part, hop) = (part + 1, hop + 1);
        } else if let Some((behind, reached)) = retry {
            retry = Some((behind, reached + 1));
            (part, hop) = (behind, reached + 1);
        } else {
            return false;
        }
    }
    parts.iter().skip(part).all(|part| *part == PathPart::Any)
}

impl FromStr for AsPathPattern {
    type Err = AsPathPatternError;

    fn from_str(text: &str) -> Result<Self, AsPathPatternError> {
        let trimmed = text.trim();
        let (start, inner) = trimmed.strip_prefix('^').map_or((false, trimmed), |rest| (true, rest));
        let (end, inner) = inner.strip_suffix('$').map_or((false, inner), |rest| (true, rest));
        let mut parts = if start { Vec::new() } else { vec![PathPart::Any] };
        for word in inner.split([' ', '_']).filter(|word| !word.is_empty()) {
            parts.push(match word {
                ".*" | "*" => PathPart::Any,
                "." | "[0-9]+" => PathPart::One,
                _ => match word.parse::<AsPath>().as_ref().map(AsPath::segments) {
                    Ok([AsPathSegment::Sequence(numbers)]) if numbers.len() == 1 => {
                        PathPart::Number(numbers.first().copied().unwrap_or_default())
                    }
                    _ => return Err(AsPathPatternError { text: text.to_owned(), word: word.to_owned() }),
                },
            });
        }
        if trimmed.is_empty() {
            return Err(AsPathPatternError { text: text.to_owned(), word: String::new() });
        }
        if !end {
            parts.push(PathPart::Any);
        }
        Ok(Self { text: trimmed.to_owned(), parts })
    }
}

impl fmt::Display for AsPathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}
