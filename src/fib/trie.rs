//! The table that can be edited: a trie based on the crate `prefix-trie`.
//!
//! Routes are added and removed one by one, and the prefixes that cover an address are found by walking down.
//! The value type is generic: a routing table can store whole destinations, and a lookup table can store
//! [`NextHopId`]s. Only the lookup table implements [`Lpm`].

use std::fmt;

use prefix_trie::PrefixMap;

use super::{Lpm, NextHopId};
use crate::addr::{Address, Prefix};

/// An ordered map from prefixes to values, with longest-prefix match. Prefixes can be inserted and removed in
/// place.
#[derive(Clone)]
pub struct TrieTable<A: Address, T = NextHopId> {
    map: PrefixMap<Key<A>, T>,
}

impl<A: Address, T> TrieTable<A, T> {
    /// Creates an empty table.
    pub fn new() -> Self {
        Self { map: PrefixMap::new() }
    }

    /// Sets the value of a prefix and returns the previous one.
    pub fn insert(&mut self, prefix: Prefix<A>, value: T) -> Option<T> {
        self.map.insert(Key(prefix), value)
    }

    /// Removes exactly this prefix (the prefixes inside it remain) and returns its value.
    pub fn remove(&mut self, prefix: Prefix<A>) -> Option<T> {
        self.map.remove(&Key(prefix))
    }

    /// Returns the value of exactly this prefix.
    pub fn get(&self, prefix: Prefix<A>) -> Option<&T> {
        self.map.get(&Key(prefix))
    }

    /// Returns a mutable reference to the value of exactly this prefix.
    pub fn get_mut(&mut self, prefix: Prefix<A>) -> Option<&mut T> {
        self.map.get_mut(&Key(prefix))
    }

    /// Returns the most specific prefix that contains `address`, with its value.
    pub fn lookup_route(&self, address: A) -> Option<(Prefix<A>, &T)> {
        self.map.get_lpm(&Key(Prefix::host(address))).map(|(key, value)| (key.0, value))
    }

    /// Returns every prefix that covers `prefix`, itself included, least specific first.
    pub fn covering(&self, prefix: Prefix<A>) -> impl Iterator<Item = (Prefix<A>, &T)> {
        self.map.cover(&Key(prefix)).map(|(key, value)| (key.0, value))
    }

    /// Returns every prefix inside `prefix`, itself included, ascending.
    pub fn inside(&self, prefix: Prefix<A>) -> impl Iterator<Item = (Prefix<A>, &T)> {
        self.map.children(&Key(prefix)).map(|(key, value)| (key.0, value))
    }

    /// Returns all prefixes with their values, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (Prefix<A>, &T)> {
        self.map.iter().map(|(key, value)| (key.0, value))
    }

    /// Returns the number of prefixes.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Returns whether the table has no prefixes.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }
}

impl<A: Address, T> Default for TrieTable<A, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A: Address, T> FromIterator<(Prefix<A>, T)> for TrieTable<A, T> {
    /// If two values have the same prefix, the later one wins.
    fn from_iter<I: IntoIterator<Item = (Prefix<A>, T)>>(routes: I) -> Self {
        let mut table = Self::new();
        for (prefix, value) in routes {
            table.insert(prefix, value);
        }
        table
    }
}

impl<A: Address, T: fmt::Debug> fmt::Debug for TrieTable<A, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<A: Address> Lpm<A> for TrieTable<A> {
    fn lookup(&self, address: A) -> Option<NextHopId> {
        self.lookup_route(address).map(|(_, id)| *id)
    }
}

/// A prefix in the form that `prefix-trie` needs. It is private so that its traits stay out of the public
/// types.
#[derive(Clone, Copy, Debug)]
struct Key<A: Address>(Prefix<A>);

impl<A: Address> Key<A> {
    /// Both families are stored in 128 bits, with the address in the top bits.
    const UNUSED_BITS: u32 = 128 - A::WIDTH as u32;
}

impl<A: Address> prefix_trie::Prefix for Key<A> {
    type R = u128;

    fn repr(&self) -> u128 {
        self.0.first().to_u128() << Self::UNUSED_BITS
    }

    fn prefix_len(&self) -> u8 {
        self.0.length()
    }

    fn from_repr_len(repr: u128, length: u8) -> Self {
        let address = A::from_u128(repr >> Self::UNUSED_BITS);
        // The trie only returns lengths that it was given, so the fallback is never used.
        Self(Prefix::containing(address, length).unwrap_or(Prefix::host(address)))
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    #[test]
    fn removing_a_prefix_uncovers_the_one_around_it() {
        let mut table = TrieTable::<Ipv4Addr, &str>::new();
        table.insert("10.0.0.0/8".parse().unwrap(), "outer");
        table.insert("10.1.0.0/16".parse().unwrap(), "inner");
        let at = |table: &TrieTable<Ipv4Addr, &'static str>| {
            table.lookup_route(Ipv4Addr::new(10, 1, 2, 3)).map(|(prefix, value)| (prefix.to_string(), *value))
        };
        assert_eq!(at(&table), Some(("10.1.0.0/16".to_owned(), "inner")));
        assert_eq!(table.remove("10.1.0.0/16".parse().unwrap()), Some("inner"));
        assert_eq!(at(&table), Some(("10.0.0.0/8".to_owned(), "outer")));
        assert_eq!(table.remove("10.1.0.0/16".parse().unwrap()), None);
        assert_eq!(table.len(), 1);
    }

    #[test]
    fn chains_run_from_the_whole_space_down_to_a_host() {
        let texts = ["::/0", "2603::/16", "2603:1000::/24", "2603:1000::1/128"];
        let table: TrieTable<Ipv6Addr, usize> =
            texts.iter().enumerate().map(|(index, text)| (text.parse().unwrap(), index)).collect();
        let chain: Vec<String> = table
            .covering("2603:1000::1/128".parse().unwrap())
            .map(|(prefix, _)| prefix.to_string())
            .collect();
        assert_eq!(chain, texts);
        let inside: Vec<usize> = table.inside("2603:1000::/20".parse().unwrap()).map(|(_, at)| *at).collect();
        assert_eq!(inside, [2, 3]);
    }
}
