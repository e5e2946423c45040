//! BGP communities (RFC 1997).

use std::fmt;
use std::str::FromStr;

/// A community: 16 bits of autonomous system number, 16 bits of its meaning there.
///
/// Microsoft's are `12076:…`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Community(u32);

/// Why a text is no community.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a community: two numbers from 0 to 65535 with a colon between them, such as `12076:51002`"
)]
pub struct CommunityError {
    /// What stood there.
    pub text: String,
}

impl Community {
    /// Microsoft's autonomous system number.
    pub const MICROSOFT: u16 = 12076;

    /// The community `asn:value`.
    pub const fn new(asn: u16, value: u16) -> Self {
        Self((asn as u32) << 16 | value as u32)
    }

    /// Microsoft's community of this value.
    pub const fn microsoft(value: u16) -> Self {
        Self::new(Self::MICROSOFT, value)
    }

    /// The autonomous system number.
    pub const fn asn(self) -> u16 {
        (self.0 >> 16) as u16
    }

    /// What it means to that autonomous system.
    pub const fn value(self) -> u16 {
        (self.0 & 0xffff) as u16
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

    /// Plain decimal numbers only: no sign, no leading zero, no white space.
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
    fn microsofts() {
        assert_eq!(Community::microsoft(5030).to_string(), "12076:5030");
        assert_eq!((Community::microsoft(51002).asn(), Community::microsoft(51002).value()), (12076, 51002));
    }
}
