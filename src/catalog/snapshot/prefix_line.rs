//! The line of a prefix, read in one pass: nearly all lines of a snapshot are such.
//!
//! The bytes are taken by patterns, without calls: this runs at every start, and in tests as often without optimisation.
//! Taken are prefixes in the one form that snapshots are written in (RFC 5952 for IPv6). Anything else is left to the
//! general parser, which knows what to say.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::addr::{Address, IpPrefix, Prefix};

/// The prefix in the first line, ` 192.0.2.0/24` or ` 2001:db8::/32`, and what stands behind that line.
pub(super) fn next(text: &str) -> Option<(IpPrefix, &str)> {
    let [b' ', bytes @ ..] = text.as_bytes() else { return None };
    let (prefix, rest) = v4(bytes).or_else(|| v6(bytes))?;
    Some((prefix, text.get(text.len() - rest..)?))
}

/// A prefix with how many bytes stand behind its line.
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
    // The groups before `::` from the top, those behind it from the bottom.
    let (mut before, mut behind) = (0_u128, 0_u128);
    // How many groups were read, and how many of them before `::`.
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
            // No digit stands only right behind `::`.
            return None;
        }
        match bytes {
            // `::` stands for one group at least.
            [b'/', rest @ ..] if (groups < 8) == gap.is_some() => {
                return end(Ipv6Addr::from_bits(before | behind), rest);
            }
            [b':', b':', rest @ ..] if gap.is_none() && groups < 8 => (gap, bytes) = (Some(groups), rest),
            [b':', rest @ ..] if groups < 8 && gap != Some(groups) => bytes = rest,
            _ => return None,
        }
    }
}

/// A decimal number of up to three digits, without a zero before it, and what stands behind it.
fn decimal(bytes: &[u8]) -> Option<(u32, &[u8])> {
    number::<10, 3>(bytes)
}

/// A hexadecimal number of up to four lower-case digits, without a zero before it, and what stands behind it.
fn hexadecimal(bytes: &[u8]) -> Option<(u32, &[u8])> {
    number::<16, 4>(bytes)
}

/// A number of at most `LONGEST` digits; a further digit is left to stand behind it, where nothing takes it.
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

/// The prefix of this length up to the end of the line.
fn end<A: Address>(address: A, bytes: &[u8]) -> Option<Found>
where
    IpPrefix: From<Prefix<A>>,
{
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

    /// Texts near a prefix, most of them none.
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
                // Only what snapshots are not written in is left to the parser.
                prop_assert!(prefix.to_string() != text || text.contains('.') && text.contains(':'));
            }
        }
    }
}
