//! Parses text into a [`Filter`].

use std::net::IpAddr;
use std::ops::RangeInclusive;

use super::{Direction, Filter, FilterError, MAX_DEPTH, MAX_TERMS, OurTerm, SCTP, Term, family_word};
use crate::addr::{Family, IpPrefix, PrefixError, Protocol};

/// Words that name a protocol by themselves; ICMP and IGMP imply IPv4, as in tcpdump.
const PROTOCOL_WORDS: &[(&str, Option<Family>, u8)] = &[
    ("tcp", None, 6),
    ("udp", None, 17),
    ("sctp", None, SCTP),
    ("icmp", Some(Family::V4), 1),
    ("icmp6", Some(Family::V6), 58),
    ("igmp", Some(Family::V4), 2),
    ("esp", None, 50),
    ("ah", None, 51),
    ("pim", None, 103),
];

const WORDS: &[&str] = &[
    "and",
    "or",
    "not",
    "src",
    "dst",
    "host",
    "net",
    "port",
    "portrange",
    "proto",
    "ip",
    "ip6",
    "path",
    "tag",
    "community",
];

const A_TERM: &str = "a term such as `host`, `net`, `port`, `tcp`, `ip6`, `tag`, `not` or `(`";
const A_JOIN: &str = "`and`, `or` or the end";

/// Returns the word that names a protocol by itself.
pub(super) fn protocol_word(family: Option<Family>, protocol: u8) -> Option<&'static str> {
    let found = PROTOCOL_WORDS.iter().find(|(_, of, number)| (*of, *number) == (family, protocol));
    found.map(|(word, ..)| *word)
}

pub(super) fn parse(text: &str) -> Result<Filter, FilterError> {
    let mut parser =
        Parser { tokens: tokens(text)?, next: 0, end: text.chars().count() + 1, terms: 0, last: None };
    let filter = parser.expression(0)?;
    match parser.peek() {
        Some(_) => Err(parser.unexpected(A_JOIN)),
        None => Ok(filter),
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Open,
    Close,
    Not,
    And,
    Or,
    /// A word. In quotes or after a backslash, it is never a keyword.
    Word {
        literal: bool,
    },
}

#[derive(Clone, Debug)]
struct Token {
    kind: Kind,
    text: String,
    column: usize,
}

impl Token {
    fn is_value(&self) -> bool {
        let Kind::Word { literal } = self.kind else { return false };
        let is_keyword =
            WORDS.contains(&self.text.as_str()) || PROTOCOL_WORDS.iter().any(|(word, ..)| *word == self.text);
        literal || !is_keyword
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().zip(1_usize..).peekable();
    while let Some((first, column)) = rest.next() {
        let mut word = String::from(first);
        let kind = match first {
            _ if first.is_whitespace() => continue,
            '(' => Kind::Open,
            ')' => Kind::Close,
            '!' => Kind::Not,
            '&' | '|' => {
                if rest.next_if(|(next, _)| *next == first).is_none() {
                    let expected = if first == '&' { "`&&`" } else { "`||`" };
                    return Err(FilterError::Unexpected { column, found: word, expected });
                }
                word.push(first);
                if first == '&' { Kind::And } else { Kind::Or }
            }
            '"' => {
                word.clear();
                loop {
                    match rest.next() {
                        Some(('"', _)) => break Kind::Word { literal: true },
                        Some((next, _)) => word.push(next),
                        None => {
                            let column = text.chars().count() + 1;
                            return Err(FilterError::End { column, expected: "a closing `\"`" });
                        }
                    }
                }
            }
            _ => {
                let part_of_word = |next: char| !next.is_whitespace() && !"()!&|\"".contains(next);
                while let Some((next, _)) = rest.next_if(|(next, _)| part_of_word(*next)) {
                    word.push(next);
                }
                let literal = word.strip_prefix('\\').map(str::to_owned);
                let is_literal = literal.is_some();
                word = literal.unwrap_or(word);
                match word.as_str() {
                    "and" if !is_literal => Kind::And,
                    "or" if !is_literal => Kind::Or,
                    "not" if !is_literal => Kind::Not,
                    _ => Kind::Word { literal: is_literal },
                }
            }
        };
        tokens.push(Token { kind, text: word, column });
    }
    Ok(tokens)
}

/// The qualifiers of a value, which also apply to later values without qualifiers.
#[derive(Clone, Copy, Debug, Default)]
struct Qualifiers {
    family: Option<Family>,
    /// TCP, UDP or SCTP, with the word for it.
    transport: Option<(&'static str, u8)>,
    direction: Direction,
    kind: ValueKind,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ValueKind {
    /// An address or, if it contains a slash, a prefix.
    #[default]
    UnknownInput,
    Host,
    Net,
    Port,
    PortRange,
    Protocol,
    Path,
    Tag,
    Community,
}

impl ValueKind {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "host" => Self::Host,
            "net" => Self::Net,
            "port" => Self::Port,
            "portrange" => Self::PortRange,
            "proto" => Self::Protocol,
            "path" => Self::Path,
            "tag" => Self::Tag,
            "community" => Self::Community,
            _ => return None,
        })
    }

    fn word(self) -> &'static str {
        match self {
            Self::UnknownInput | Self::Host => "host",
            Self::Net => "net",
            Self::Port => "port",
            Self::PortRange => "portrange",
            Self::Protocol => "proto",
            Self::Path => "path",
            Self::Tag => "tag",
            Self::Community => "community",
        }
    }
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    /// The column after the text.
    end: usize,
    terms: usize,
    /// The qualifiers of the last value.
    last: Option<Qualifiers>,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn peek_kind(&self, ahead: usize) -> Option<&Kind> {
        self.tokens.get(self.next + ahead).map(|token| &token.kind)
    }

    /// Returns the next word, unless it is quoted.
    fn peek_word(&self, ahead: usize) -> Option<&str> {
        let token = self.tokens.get(self.next + ahead)?;
        (token.kind == Kind::Word { literal: false }).then_some(token.text.as_str())
    }

    fn column(&self) -> usize {
        self.peek().map_or(self.end, |token| token.column)
    }

    fn unexpected(&self, expected: &'static str) -> FilterError {
        match self.peek() {
            Some(token) => {
                FilterError::Unexpected { column: token.column, found: token.text.clone(), expected }
            }
            None => FilterError::End { column: self.end, expected },
        }
    }

    fn expression(&mut self, depth: usize) -> Result<Filter, FilterError> {
        let mut left = self.term(depth)?;
        loop {
            let join = match self.peek_kind(0) {
                Some(Kind::And) => Filter::And,
                Some(Kind::Or) => Filter::Or,
                _ => return Ok(left),
            };
            self.next += 1;
            let right = self.term(depth)?;
            left = join(Box::new(left), Box::new(right));
        }
    }

    fn term(&mut self, depth: usize) -> Result<Filter, FilterError> {
        if depth > MAX_DEPTH || self.terms >= MAX_TERMS {
            return Err(FilterError::TooLarge { column: self.column() });
        }
        match self.peek_kind(0) {
            Some(Kind::Not) => {
                self.next += 1;
                Ok(Filter::Not(Box::new(self.term(depth + 1)?)))
            }
            Some(Kind::Open) => self.group(depth),
            Some(Kind::Word { .. }) => {
                self.terms += 1;
                self.primitive(depth)
            }
            _ => Err(self.unexpected(A_TERM)),
        }
    }

    fn group(&mut self, depth: usize) -> Result<Filter, FilterError> {
        self.next += 1;
        let inner = self.expression(depth + 1)?;
        if self.peek_kind(0) != Some(&Kind::Close) {
            return Err(self.unexpected("`and`, `or` or `)`"));
        }
        self.next += 1;
        Ok(inner)
    }

    fn primitive(&mut self, depth: usize) -> Result<Filter, FilterError> {
        if self.peek().is_some_and(Token::is_value) {
            let qualifiers = self.last.unwrap_or_default();
            return self.value(qualifiers).map(Filter::Term);
        }
        let mut qualifiers = Qualifiers::default();
        let mut alone = None;
        match self.peek_word(0) {
            Some("ip") => (qualifiers.family, alone) = (Some(Family::V4), Some(Term::Family(Family::V4))),
            Some("ip6") => (qualifiers.family, alone) = (Some(Family::V6), Some(Term::Family(Family::V6))),
            Some(word) => {
                if let Some((word, family, number)) = PROTOCOL_WORDS.iter().find(|(known, ..)| *known == word)
                {
                    alone = Some(Term::Protocol(*family, *number));
                    qualifiers.transport = Some((*word, *number));
                }
            }
            None => {}
        }
        self.next += usize::from(alone.is_some());
        let direction = self.direction()?;
        let kind = self.peek_word(0).and_then(ValueKind::of);
        self.next += usize::from(kind.is_some());
        let follows = direction.is_some() || kind.is_some();
        if let Some(alone) = alone.filter(|_| !follows) {
            // `ip 10.0.0.1` is `ip host 10.0.0.1`; no value may follow a protocol name.
            if qualifiers.family.is_none() || !self.peek().is_some_and(Token::is_value) {
                return Ok(Filter::Term(alone));
            }
        } else if !follows {
            return Err(self.unexpected(A_TERM));
        }
        qualifiers.direction = direction.unwrap_or_default();
        qualifiers.kind = kind.unwrap_or_default();
        self.last = Some(qualifiers);
        self.check(&qualifiers, direction.is_some())?;
        if self.peek_kind(0) == Some(&Kind::Open) {
            return self.group(depth);
        }
        self.value(qualifiers).map(Filter::Term)
    }

    fn direction(&mut self) -> Result<Option<Direction>, FilterError> {
        let direction = match self.peek_word(0) {
            Some("src") => Direction::Source,
            Some("dst") => Direction::Destination,
            _ => return Ok(None),
        };
        let other = if direction == Direction::Source { "dst" } else { "src" };
        let joined = match self.peek_kind(1) {
            Some(Kind::And) if self.peek_word(2) == Some(other) => Direction::Both,
            Some(Kind::Or) if self.peek_word(2) == Some(other) => Direction::Either,
            _ => {
                self.next += 1;
                return Ok(Some(direction));
            }
        };
        self.next += 3;
        if self.peek().is_none() {
            return Err(self.unexpected("`host`, `net`, `port` or a value"));
        }
        Ok(Some(joined))
    }

    /// Rejects qualifiers that cannot be combined.
    fn check(&self, qualifiers: &Qualifiers, directed: bool) -> Result<(), FilterError> {
        let Qualifiers { family, transport, kind, .. } = *qualifiers;
        let ports = matches!(kind, ValueKind::Port | ValueKind::PortRange);
        let addresses = matches!(kind, ValueKind::UnknownInput | ValueKind::Host | ValueKind::Net);
        let has_ports = |number| matches!(number, Protocol::TCP | Protocol::UDP | SCTP);
        let wrong = match (transport, family) {
            (Some((word, number)), _) if !ports || !has_ports(number) => Some(word),
            (_, Some(family)) if !addresses && kind != ValueKind::Protocol => Some(family_word(family)),
            _ if directed && !ports && !addresses => Some("src` or `dst"),
            _ => None,
        };
        match wrong {
            Some(qualifier) => {
                Err(FilterError::Qualifier { column: self.column(), qualifier, kind: kind.word() })
            }
            None => Ok(()),
        }
    }

    fn value(&mut self, qualifiers: Qualifiers) -> Result<Term, FilterError> {
        let Qualifiers { family, transport, direction, kind } = qualifiers;
        let our = matches!(kind, ValueKind::Path | ValueKind::Tag | ValueKind::Community);
        let is_value = match self.peek() {
            Some(token) if our || kind == ValueKind::Protocol => matches!(token.kind, Kind::Word { .. }),
            Some(token) => token.is_value(),
            None => false,
        };
        let Some(token) = self.peek().filter(|_| is_value).cloned() else {
            return Err(self.unexpected(expected(kind)));
        };
        let Token { text, column, .. } = token;
        let wrong = || FilterError::Unexpected { column, found: text.clone(), expected: expected(kind) };
        let term = match kind {
            ValueKind::UnknownInput if !text.contains('/') => {
                Term::Host(direction, address(&text, family).ok_or_else(wrong)?)
            }
            ValueKind::Host => Term::Host(direction, address(&text, family).ok_or_else(wrong)?),
            ValueKind::UnknownInput | ValueKind::Net => {
                let prefix = prefix(&text).map_err(|source| FilterError::Prefix { column, source })?;
                if family.is_some_and(|family| family != prefix.family()) {
                    return Err(wrong());
                }
                Term::Net(direction, prefix)
            }
            ValueKind::Port => {
                let port = number(&text).ok_or_else(wrong)?;
                Term::Port(direction, transport.map(|(_, number)| number), port..=port)
            }
            ValueKind::PortRange => {
                Term::Port(direction, transport.map(|(_, number)| number), ports(&text).ok_or_else(wrong)?)
            }
            ValueKind::Protocol => Term::Protocol(family, Protocol::parse(&text).ok_or_else(wrong)?.0),
            ValueKind::Path => Term::Our(OurTerm::Path(text)),
            ValueKind::Tag => Term::Our(OurTerm::Tag(text)),
            ValueKind::Community => Term::Our(OurTerm::Community(text)),
        };
        self.next += 1;
        Ok(term)
    }
}

fn expected(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::UnknownInput => "an address or a prefix",
        ValueKind::Host => "an IPv4 or IPv6 address (of the family that `ip` or `ip6` requires)",
        ValueKind::Net => "a prefix such as `10.0.0.0/8` (of the family that `ip` or `ip6` requires)",
        ValueKind::Port => "a port number from 0 to 65535",
        ValueKind::PortRange => "a port range such as `3478-3481`",
        ValueKind::Protocol => "a protocol name or a number from 0 to 255",
        ValueKind::Path => "a path name such as `microsoft-peering`",
        ValueKind::Tag => "a service tag name",
        ValueKind::Community => "a community such as `12076:5010`, or its name",
    }
}

fn address(text: &str, family: Option<Family>) -> Option<IpAddr> {
    let address: IpAddr = text.parse().ok()?;
    let of = if address.is_ipv4() { Family::V4 } else { Family::V6 };
    family.is_none_or(|family| family == of).then_some(address)
}

/// Parses a prefix. One to three numbers without a slash are the first bytes of an IPv4 prefix, as in
/// tcpdump.
fn prefix(text: &str) -> Result<IpPrefix, PrefixError> {
    let dots = text.matches('.').count();
    if !text.contains(['/', ':']) && dots < 3 {
        let missing = ".0".repeat(3 - dots);
        return format!("{text}{missing}/{}", 8 * (dots + 1))
            .parse()
            .map_err(|_| PrefixError::Address { text: text.to_owned() });
    }
    text.parse()
}

fn number(text: &str) -> Option<u16> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

fn ports(text: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = text.split_once('-')?;
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then_some(first..=last)
}
