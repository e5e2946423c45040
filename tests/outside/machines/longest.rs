//! A longest-prefix match of the test's own.

use std::collections::BTreeMap;
use std::net::IpAddr;

/// Prefix (its first address as a number, and its length) to what stands there, for each family.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Longest<T> {
    tables: [BTreeMap<(u128, u8), T>; 2],
}

impl<T> Default for Longest<T> {
    fn default() -> Self {
        Self { tables: [BTreeMap::new(), BTreeMap::new()] }
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)) << 96,
        IpAddr::V6(address) => address.into(),
    }
}

fn cut(bits: u128, length: u8) -> u128 {
    if length == 0 { 0 } else { bits >> (128 - length) << (128 - length) }
}

impl<T: Default> Longest<T> {
    /// What stands at a prefix.
    pub(crate) fn at(&mut self, address: IpAddr, length: u8) -> &mut T {
        let table = &mut self.tables[usize::from(address.is_ipv6())];
        table.entry((cut(bits(address), length), length)).or_default()
    }

    /// What stands at the longest prefix that holds an address.
    pub(crate) fn of(&self, address: IpAddr) -> Option<&T> {
        let bits = bits(address);
        let table = &self.tables[usize::from(address.is_ipv6())];
        let mut last = (bits, 128);
        loop {
            let ((first, length), found) = table.range(..=last).next_back()?;
            let shared = u8::try_from((first ^ bits).leading_zeros()).unwrap();
            if shared >= *length {
                return Some(found);
            }
            // Whatever holds the address and is longer than what both share would stand behind this one.
            last = (cut(bits, shared), shared);
        }
    }
}

/// A destination as `ip` writes it, in a family: `default`, an address, or a prefix.
pub(crate) fn destination(text: &str, is_v6: bool) -> Result<(IpAddr, u8), String> {
    let every = if is_v6 { "::/0" } else { "0.0.0.0/0" };
    let text = if text == "default" { every } else { text };
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, length.parse().map_err(|_| text.to_owned())?),
        None => (text, if is_v6 { 128 } else { 32 }),
    };
    Ok((address.parse().map_err(|_| format!("not understood: {text}"))?, length))
}
