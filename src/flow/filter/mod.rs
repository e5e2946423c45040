//! Filter expressions in tcpdump's grammar for header fields, evaluated on flows.
//!
//! libpcap compiles this grammar to BPF over packets, and no maintained library evaluates it on five-tuples,
//! so peerpath has its own parser. As in `pcap-filter(7)`, `and` and `or` have equal precedence and associate
//! to the left, `not` binds tighter, two terms always need an operator between them, and a bare value
//! inherits the qualifiers of the previous one (`host a or b`, `tcp port 80 or 443`, `port (80 or 443)`).
//!
//! ```text
//! EXPR   = TERM { ("and" | "&&" | "or" | "||") TERM }
//! TERM   = ("not" | "!") TERM | "(" EXPR ")" | PRIM | VALUE
//! PRIM   = [FAMILY] [DIR] ["host"] ADDRESS | [FAMILY] [DIR] ["net"] PREFIX
//!        | ["tcp" | "udp" | "sctp"] [DIR] "port" NUMBER | … "portrange" NUMBER "-" NUMBER
//!        | "tcp" | "udp" | "sctp" | "icmp" | "icmp6" | "igmp" | "esp" | "ah" | "pim"
//!        | FAMILY | [FAMILY] "proto" (NAME | NUMBER)
//!        | "path" NAME | "tag" NAME | "community" (VALUE | NAME)
//! FAMILY = "ip" | "ip6"          DIR = "src" | "dst" | "src or dst" | "src and dst"
//! ```
//!
//! The last line of `PRIM` is specific to peerpath. A name with spaces must be in double quotes. Not
//! supported: host and port names (nothing is resolved), `net … mask …`, arithmetic on bytes, link-layer
//! terms.

mod parse;

use std::fmt;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::addr::{Family, FlowKey, IpPrefix, PrefixError, Protocol};

const SCTP: u8 = 132;

/// The maximum number of terms in an expression.
pub const MAX_TERMS: usize = 2_048;
/// The maximum nesting depth of parentheses and `not`.
pub const MAX_DEPTH: usize = 128;

/// A parsed expression. Its `Display` form parses to the same expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Both sides match.
    And(Box<Filter>, Box<Filter>),
    /// At least one side matches.
    Or(Box<Filter>, Box<Filter>),
    /// The inner expression does not match.
    Not(Box<Filter>),
    /// One test.
    Term(Term),
}

/// Which endpoint of a flow a test applies to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// The source or the destination.
    #[default]
    Either,
    /// The source.
    Source,
    /// The destination.
    Destination,
    /// The source and the destination.
    Both,
}

/// One test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// An endpoint has this address.
    Host(Direction, IpAddr),
    /// An endpoint's address is in a prefix.
    Net(Direction, IpPrefix),
    /// An endpoint's port is in a range, for TCP, UDP and SCTP or for one of them.
    Port(Direction, Option<u8>, RangeInclusive<u16>),
    /// The flow's addresses belong to this family.
    Family(Family),
    /// The flow has this protocol, in one family or in both.
    Protocol(Option<Family>, u8),
    /// A test that depends on the evaluated paths.
    Our(OurTerm),
}

/// A test beyond header fields, with the name as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OurTerm {
    /// The flow uses this path.
    Path(String),
    /// An endpoint's address is in this service tag.
    Tag(String),
    /// An endpoint's prefix is advertised with this community, which is given by value or name.
    Community(String),
}

/// The reason why a text is not a filter. Columns count characters from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// Something else is expected at this position.
    #[error("column {column}: expected {expected}, found `{found}`")]
    Unexpected {
        /// The position.
        column: usize,
        /// The text found there.
        found: String,
        /// What may appear there.
        expected: &'static str,
    },
    /// The expression ends too early.
    #[error("column {column}: expected {expected} before the end")]
    End {
        /// One past the last character.
        column: usize,
        /// What may appear there.
        expected: &'static str,
    },
    /// A prefix is invalid.
    #[error("column {column}: {source}")]
    Prefix {
        /// The position.
        column: usize,
        /// The cause.
        source: PrefixError,
    },
    /// A qualifier cannot be combined with the value after it.
    #[error("column {column}: `{qualifier}` cannot qualify `{kind}`; join the two terms with `and`")]
    Qualifier {
        /// The position of the qualified value.
        column: usize,
        /// The qualifier.
        qualifier: &'static str,
        /// The kind of the value.
        kind: &'static str,
    },
    /// The expression exceeds the limits.
    #[error("column {column}: more than {MAX_TERMS} terms, or nesting deeper than {MAX_DEPTH}")]
    TooLarge {
        /// The position at which the limit was exceeded.
        column: usize,
    },
}

impl FilterError {
    /// Returns the position in the text, in characters from 1.
    pub fn column(&self) -> usize {
        match self {
            Self::Unexpected { column, .. }
            | Self::End { column, .. }
            | Self::Prefix { column, .. }
            | Self::Qualifier { column, .. }
            | Self::TooLarge { column } => *column,
        }
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        parse::parse(text)
    }
}

impl Filter {
    /// Returns whether a flow matches. `ours` evaluates the tests beyond header fields, and is called only if
    /// needed.
    pub fn matches(&self, key: &FlowKey, ours: &dyn Fn(&OurTerm) -> bool) -> bool {
        match self {
            Self::And(left, right) => left.matches(key, ours) && right.matches(key, ours),
            Self::Or(left, right) => left.matches(key, ours) || right.matches(key, ours),
            Self::Not(inner) => !inner.matches(key, ours),
            Self::Term(term) => term.matches(key, ours),
        }
    }

    /// Returns every test beyond header fields, in the order of the text, so that their names can be checked
    /// beforehand.
    pub fn our_terms(&self) -> Vec<&OurTerm> {
        match self {
            Self::And(left, right) | Self::Or(left, right) => {
                let mut terms = left.our_terms();
                terms.extend(right.our_terms());
                terms
            }
            Self::Not(inner) => inner.our_terms(),
            Self::Term(Term::Our(term)) => vec![term],
            Self::Term(_) => Vec::new(),
        }
    }

    fn is_compound(&self) -> bool {
        matches!(self, Self::And(..) | Self::Or(..))
    }
}

impl Term {
    fn matches(&self, key: &FlowKey, ours: &dyn Fn(&OurTerm) -> bool) -> bool {
        match self {
            Self::Host(direction, address) => {
                direction.of(key.source == *address, key.destination == *address)
            }
            Self::Net(direction, prefix) => {
                direction.of(prefix.contains(key.source), prefix.contains(key.destination))
            }
            Self::Port(direction, protocol, ports) => {
                let has_ports = match protocol {
                    Some(protocol) => key.protocol == *protocol,
                    None => matches!(key.protocol, Protocol::TCP | Protocol::UDP | SCTP),
                };
                has_ports
                    && direction.of(ports.contains(&key.source_port), ports.contains(&key.destination_port))
            }
            Self::Family(family) => family_of(key) == *family,
            Self::Protocol(family, protocol) => {
                key.protocol == *protocol && family.is_none_or(|family| family_of(key) == family)
            }
            Self::Our(term) => ours(term),
        }
    }
}

impl Direction {
    fn of(self, source: bool, destination: bool) -> bool {
        match self {
            Self::Either => source || destination,
            Self::Source => source,
            Self::Destination => destination,
            Self::Both => source && destination,
        }
    }
}

fn family_of(key: &FlowKey) -> Family {
    if key.source.is_ipv4() { Family::V4 } else { Family::V6 }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let binary = |f: &mut fmt::Formatter<'_>, left: &Self, word: &str, right: &Self| {
            if right.is_compound() {
                write!(f, "{left} {word} ({right})")
            } else {
                write!(f, "{left} {word} {right}")
            }
        };
        match self {
            Self::And(left, right) => binary(f, left, "and", right),
            Self::Or(left, right) => binary(f, left, "or", right),
            Self::Not(inner) if inner.is_compound() => write!(f, "not ({inner})"),
            Self::Not(inner) => write!(f, "not {inner}"),
            Self::Term(term) => fmt::Display::fmt(term, f),
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(direction, address) => write!(f, "{direction}host {address}"),
            Self::Net(direction, prefix) => write!(f, "{direction}net {prefix}"),
            Self::Port(direction, protocol, ports) => {
                if let Some(protocol) = protocol {
                    write!(f, "{} ", Protocol(*protocol))?;
                }
                let (first, last) = (ports.start(), ports.end());
                if first == last {
                    write!(f, "{direction}port {first}")
                } else {
                    write!(f, "{direction}portrange {first}-{last}")
                }
            }
            Self::Family(family) => f.write_str(family_word(*family)),
            Self::Protocol(family, protocol) => match parse::protocol_word(*family, *protocol) {
                Some(word) => f.write_str(word),
                None => match family {
                    Some(family) => write!(f, "{} proto {protocol}", family_word(*family)),
                    None => write!(f, "proto {protocol}"),
                },
            },
            Self::Our(OurTerm::Path(name)) => write!(f, "path \"{name}\""),
            Self::Our(OurTerm::Tag(name)) => write!(f, "tag \"{name}\""),
            Self::Our(OurTerm::Community(name)) => write!(f, "community \"{name}\""),
        }
    }
}

impl fmt::Display for Direction {
    /// Writes the word followed by a space, or nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Either => "",
            Self::Source => "src ",
            Self::Destination => "dst ",
            Self::Both => "src and dst ",
        })
    }
}

fn family_word(family: Family) -> &'static str {
    match family {
        Family::V4 => "ip",
        Family::V6 => "ip6",
    }
}

#[cfg(test)]
mod tests;
