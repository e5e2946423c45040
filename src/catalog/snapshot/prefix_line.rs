//! Reads a prefix line in one pass, because nearly all lines in a snapshot are prefixes.
//!
//! The bytes are matched with patterns, without calls, because this code runs at every start of the program,
//! and in tests even without optimization. Only prefixes in the form that snapshots are written in (RFC 5952
//! for IPv6) are accepted. Everything else is left to the general parser, which reports the errors.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::addr::{Address, IpPrefix, Prefix};

/// Reads the prefix in the first line, ` 192.0.2.0/24` or ` 2001:db8::/32`, and returns the text after that
/// line.
pub(super) fn next(text: &str) -> Option<(IpPrefix, &str)> {
    let [b' ', bytes @ ..] = text.as_bytes() else { return None };
    let (prefix, rest) = v4(bytes).or_else(|| v6(bytes))?;
    Some((prefix, text.get(text.len() - rest..)?))
}

/// A prefix, and the number of bytes after its line.
type Found = (IpPrefix, usize);

fn v4(mut bytes: &[u8]) -> Option<Found> {
    let (mut bits, mut parts) = (0, 0);
    while parts < 4 {
        let (part, rest) = decimal(bytes)?;
        bits = bits << 8 | part;
        parts += 1;
        match rest {
            [b'.', rest @ ..] if part < 256 && parts < 4 => bytes = rest,
            [b'/', rest @ ..] if part < 256 && parts == 4 => bytes = rest,
            _ => return None,
        }
    }
    end(Ipv4Addr::from_bits(bits), bytes)
}

fn v6(mut bytes: &[u8]) -> Option<Found> {
    // The groups before `::` are filled from the top, and the groups after it from the bottom.
    let (mut before, mut behind) = (0_u128, 0_u128);
    // The number of groups read, and the number of groups before `::`.
    let (mut groups, mut gap) = (0, None);
    if let [b':', b':', rest @ ..] = bytes {
        (gap, bytes) = (Some(0), rest);
    }
    loop {
        if let Some((group, rest)) = hexadecimal(bytes) {
            match gap {
                None => before |= u128::from(group) << (112 - 16 * groups),
                Some(_) => behind = behind << 16 | u128::from(group),
            }
            (groups, bytes) = (groups + 1, rest);
        } else if gap != Some(groups) {
            // A group without digits is only valid directly after `::`.
            return None;
        }
        match bytes {
            // `::` stands for at least one group.
            [b'/', rest @ ..] if (groups < 8) == gap.is_some() => {
                return end(Ipv6Addr::from_bits(before | behind), rest);
            }
            [b':', b':', rest @ ..] if gap.is_none() && groups < 8 => (gap, bytes) = (Some(groups), rest),
            [b':', rest @ ..] if groups < 8 && gap != Some(groups) => bytes = rest,
            _ => return None,
        }
    }
}

/// Reads a decimal number of up to three digits, without leading zeros, and returns the bytes after it.
fn decimal(bytes: &[u8]) -> Option<(u32, &[u8])> {
    number::<10, 3>(bytes)
}

/// Reads a hexadecimal number of up to four lower-case digits, without leading zeros, and returns the bytes
/// after it.
fn hexadecimal(bytes: &[u8]) -> Option<(u32, &[u8])> {
    number::<16, 4>(bytes)
}

/// Reads a number of at most `LONGEST` digits. A further digit is left for the caller, which rejects it.
#[inline]
fn number<const BASE: u32, const LONGEST: usize>(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (mut number, mut length, mut rest) = (0, 0, bytes);
    while length < LONGEST
        && let [byte, behind @ ..] = rest
    {
        let digit = match byte {
            b'0'..=b'9' => *byte - b'0',
            b'a'..=b'f' if BASE == 16 => *byte - b'a' + 10,
            _ => break,
        };
        number = number * BASE + u32::from(digit);
        (length, rest) = (length + 1, behind);
    }
    match bytes {
        [b'0', ..] if length > 1 => None,
        _ if length == 0 => None,
        _ => Some((number, rest)),
    }
}

/// Completes the prefix with the length at the end of the line.
fn end<A: Address>(address: A, bytes: &[u8]) -> Option<Found> {
    let (length, rest) = decimal(bytes)?;
    let rest = if let [b'\r', behind @ ..] = rest { behind } else { rest };
    let rest = match rest {
        [b'\n', rest @ ..] => rest,
        [] => rest,
        _ => return None,
    };
    let prefix = Prefix::new(address, u8::try_from(length).ok()?).ok()?;
    Some((prefix.into(), rest.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Texts that resemble a prefix, most of them invalid.
    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![
            "[0-9./]{0,20}",
            "[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}/[0-9]{1,2}",
            "[0-9a-f:/]{0,24}",
            "([0-9a-f]{0,4}:){1,9}[0-9a-f]{0,4}/[0-9]{1,3}",
            (any::<u32>(), 0_u8..=32).prop_map(|(bits, length)| {
                Prefix::containing(Ipv4Addr::from_bits(bits), length).unwrap().to_string()
            }),
            (any::<u128>(), any::<u128>(), 0_u8..=128).prop_map(|(bits, mask, length)| {
                Prefix::containing(Ipv6Addr::from_bits(bits & mask), length).unwrap().to_string()
            }),
            (prop::array::uniform8(0_u16..2), 0_u8..=128).prop_map(|(groups, length)| {
                Prefix::containing(Ipv6Addr::from(groups), length).unwrap().to_string()
            }),
        ]
    }

    proptest! {
        #[test]
        fn the_short_way_agrees_with_the_parser(text in texts(), ends in prop::sample::select(vec!["", "\n", "\r\n", "\n 0"])) {
            let line = format!(" {text}{ends}");
            let parsed = text.parse::<IpPrefix>().ok();
            if let Some((prefix, rest)) = next(&line) {
                prop_assert_eq!(parsed, Some(prefix));
                prop_assert_eq!(rest, ends.trim_start_matches(['\r', '\n']));
            } else if let Some(prefix) = parsed {
                // Only texts in a form that snapshots do not use are left to the parser.
                prop_assert!(prefix.to_string() != text || text.contains('.') && text.contains(':'));
            }
        }
    }
}
