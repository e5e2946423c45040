//! Reads one DNS message (RFC 1035 section 4).

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{DnsAnswer, DnsData};

/// The longest name on the wire (RFC 1035 section 2.3.4).
const MAX_NAME: usize = 255;
const A: u16 = 1;
const CNAME: u16 = 5;
const AAAA: u16 = 28;
/// The class of the internet.
const IN: u16 = 1;

/// A message contradicts the format, or ends too early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed DNS message")]
pub struct Malformed;

/// Reads the answers of a message and passes those with an address or an alias to `take`. Returns whether the message is
/// a response to a query; queries and other kinds are ignored.
///
/// A name may continue at an earlier place only, so that reading ends.
///
/// # Errors
///
/// Returns [`Malformed`] if the message contradicts the format. Answers before the error were passed on.
///
/// # Complexity
///
/// Linear in the number of records; each has at most two names of 255 bytes.
pub fn read_message(message: &[u8], take: &mut dyn FnMut(DnsAnswer)) -> Result<bool, Malformed> {
    let mut cursor = Cursor { message, at: 0 };
    let [_, flags, questions, answers, ..] = cursor.numbers::<6>()?;
    let (is_response, operation) = (flags & 0x8000 != 0, flags >> 11 & 0xf);
    if !is_response || operation != 0 {
        return Ok(false);
    }
    for _ in 0..questions {
        cursor.name()?;
        cursor.numbers::<2>()?;
    }
    for _ in 0..answers {
        let name = cursor.name()?;
        // Type, class, time to live (two numbers), length of the data.
        let [kind, class, _, _, length] = cursor.numbers::<5>()?;
        let data = cursor.take(usize::from(length))?;
        let data = match (class, kind) {
            (IN, A) => DnsData::Address(Ipv4Addr::from(whole::<4>(data)?).into()),
            (IN, AAAA) => DnsData::Address(IpAddr::V6(Ipv6Addr::from(whole::<16>(data)?))),
            (IN, CNAME) => {
                let end = cursor.at;
                let mut cursor = Cursor { message, at: end - data.len() };
                let alias = cursor.name()?;
                if cursor.at != end {
                    return Err(Malformed);
                }
                DnsData::Alias(alias)
            }
            _ => continue,
        };
        take(DnsAnswer { name, data });
    }
    Ok(true)
}

fn whole<const N: usize>(data: &[u8]) -> Result<[u8; N], Malformed> {
    data.try_into().map_err(|_| Malformed)
}

struct Cursor<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let end = self.at + length;
        let taken = self.message.get(self.at..end).ok_or(Malformed)?;
        self.at = end;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        self.take(1)?.first().copied().ok_or(Malformed)
    }

    /// Reads numbers of 16 bits.
    fn numbers<const N: usize>(&mut self) -> Result<[u16; N], Malformed> {
        let mut numbers = [0; N];
        for number in &mut numbers {
            *number = u16::from_be_bytes(whole(self.take(2)?)?);
        }
        Ok(numbers)
    }

    /// Reads a name, which may continue at an earlier place (RFC 1035 section 4.1.4).
    fn name(&mut self) -> Result<String, Malformed> {
        let (mut name, mut bytes) = (String::new(), 1);
        let mut part = Cursor { message: self.message, at: self.at };
        // Each continuation is before the start of the part that it ends.
        let mut start = self.at;
        let mut after = None;
        loop {
            let length = part.byte()?;
            match length {
                0 => break,
                1..=63 => {
                    bytes += 1 + usize::from(length);
                    if bytes > MAX_NAME {
                        return Err(Malformed);
                    }
                    push_label(&mut name, part.take(usize::from(length))?);
                }
                0xc0..=0xff => {
                    let to = usize::from(length & 0x3f) << 8 | usize::from(part.byte()?);
                    after.get_or_insert(part.at);
                    if to >= start {
                        return Err(Malformed);
                    }
                    (start, part.at) = (to, to);
                }
                _ => return Err(Malformed),
            }
        }
        self.at = after.unwrap_or(part.at);
        Ok(name)
    }
}

fn push_label(name: &mut String, label: &[u8]) {
    if !name.is_empty() {
        name.push('.');
    }
    for byte in label {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => {
                name.push(char::from(byte.to_ascii_lowercase()));
            }
            // Writing to a string succeeds.
            other => drop(write!(name, "\\{other:03}")),
        }
    }
}
