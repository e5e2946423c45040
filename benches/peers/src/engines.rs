//! Ours and the peers' tables behind one contract.

use std::ffi::c_void;
use std::net::{Ipv4Addr, Ipv6Addr};

use peerpath::addr::{Partition, Prefix};
use peerpath::fib::{CompiledV4, CompiledV6, Lpm, NextHopId};

use crate::dpdk::{DpdkFib, Family};

/// A table under test. Answers are checked before anything is timed.
pub trait Engine<A> {
    fn name(&self) -> &str;
    /// Looks all up, in bursts of 64 where the engine takes bursts; keeps the answers.
    fn bulk(&mut self, addresses: &[A]);
    /// Looks up one burst.
    fn burst(&mut self, addresses: &[A]);
    /// Each look-up waits for the one before.
    fn dependent(&mut self, addresses: &[A]) -> u64;
    /// The answers of the last bulk.
    fn answers(&self) -> Vec<u32>;
    fn memory_bytes(&self) -> Option<usize> {
        None
    }
}

pub struct Ours<T, A> {
    table: T,
    memory: usize,
    out: Vec<Option<NextHopId>>,
    of: std::marker::PhantomData<A>,
}

impl<T: Lpm<A>, A: Family> Ours<T, A> {
    fn new(table: T, memory: usize, count: usize) -> Self {
        Self { table, memory, out: vec![None; count], of: std::marker::PhantomData }
    }
}

pub fn ours4(partition: &Partition<Ipv4Addr, Option<NextHopId>>, count: usize) -> Ours<CompiledV4, Ipv4Addr> {
    let table = CompiledV4::from_partition(partition);
    let memory = table.memory_bytes();
    Ours::new(table, memory, count)
}

pub fn ours6(partition: &Partition<Ipv6Addr, Option<NextHopId>>, count: usize) -> Ours<CompiledV6, Ipv6Addr> {
    let table = CompiledV6::from_partition(partition);
    let memory = table.memory_bytes();
    Ours::new(table, memory, count)
}

impl<T: Lpm<A>, A: Family> Engine<A> for Ours<T, A> {
    fn name(&self) -> &str {
        "peerpath"
    }
    fn bulk(&mut self, addresses: &[A]) {
        self.table.lookup_batch(addresses, &mut self.out);
    }
    fn burst(&mut self, addresses: &[A]) {
        self.table.lookup_batch(addresses, &mut self.out);
    }
    fn dependent(&mut self, addresses: &[A]) -> u64 {
        let mut sum = 0_u64;
        let mut carry = 0_u128;
        for address in addresses {
            let found = self.table.lookup(A::from_word(address.to_u128() ^ carry));
            let found = found.map_or(0, |found| found.index() + 1);
            sum += u64::from(found);
            carry = u128::from(std::hint::black_box(found) & 0x8000_0000);
        }
        sum
    }
    fn answers(&self) -> Vec<u32> {
        self.out.iter().map(|found| found.map_or(0, |found| found.index() + 1)).collect()
    }
    fn memory_bytes(&self) -> Option<usize> {
        Some(self.memory)
    }
}

pub struct DpdkEngine<A> {
    name: String,
    fib: DpdkFib,
    words: Vec<u128>,
    bytes: Vec<u8>,
    out: Vec<u64>,
    of: std::marker::PhantomData<A>,
}

impl<A: Family> DpdkEngine<A> {
    pub fn new(name: String, fib: DpdkFib, addresses: &[A]) -> Self {
        let mut bytes = Vec::new();
        for address in addresses {
            address.write(&mut bytes);
        }
        let words = vec![0; addresses.len() * A::BYTES / 16 + 1];
        let mut engine =
            Self { name, fib, words, bytes, out: vec![0; addresses.len()], of: std::marker::PhantomData };
        // The addresses lie aligned, as a driver would give them.
        for (word, bytes) in engine.words.iter_mut().zip(engine.bytes.chunks(16)) {
            let mut whole = [0; 16];
            whole[..bytes.len()].copy_from_slice(bytes);
            *word = u128::from_ne_bytes(whole);
        }
        engine
    }

    fn at(&self, index: usize) -> *const c_void {
        // SAFETY: `words` holds all the addresses, and callers ask for one of them.
        unsafe { self.words.as_ptr().cast::<u8>().add(index * A::BYTES).cast() }
    }
}

impl<A: Family> Engine<A> for DpdkEngine<A> {
    fn name(&self) -> &str {
        &self.name
    }
    fn bulk(&mut self, addresses: &[A]) {
        for from in (0..addresses.len()).step_by(64) {
            let to = (from + 64).min(addresses.len());
            let at = self.at(from);
            if let Some(out) = self.out.get_mut(from..to) {
                self.fib.lookup(at, out);
            }
        }
    }
    fn burst(&mut self, addresses: &[A]) {
        // The addresses of a burst are copied as for the others: all read them from the caller's slice.
        let mut words = [0_u128; 64];
        let mut bytes = Vec::with_capacity(addresses.len() * A::BYTES);
        for address in addresses {
            address.write(&mut bytes);
        }
        for (word, bytes) in words.iter_mut().zip(bytes.chunks(16)) {
            let mut whole = [0; 16];
            whole[..bytes.len()].copy_from_slice(bytes);
            *word = u128::from_ne_bytes(whole);
        }
        self.fib.lookup(words.as_ptr().cast(), &mut self.out[..addresses.len()]);
    }
    fn dependent(&mut self, addresses: &[A]) -> u64 {
        let mut sum = 0_u64;
        let mut carry = 0_u128;
        let mut out = [0_u64];
        for address in addresses {
            let word = [address.to_u128() ^ carry];
            if A::BYTES == 4 {
                self.fib.lookup([word[0] as u32].as_ptr().cast(), &mut out);
            } else {
                self.fib.lookup(word[0].to_be_bytes().as_ptr().cast(), &mut out);
            }
            sum += out[0];
            carry = u128::from(std::hint::black_box(out[0]) & 0x8000_0000);
        }
        sum
    }
    fn answers(&self) -> Vec<u32> {
        self.out.iter().map(|found| *found as u32).collect()
    }
}

/// A Rust crate's table by a closure from address to value.
pub struct CrateEngine<A, F> {
    name: &'static str,
    lookup: F,
    out: Vec<u32>,
    of: std::marker::PhantomData<A>,
}

impl<A: Family, F: Fn(A) -> u32> CrateEngine<A, F> {
    pub fn new(name: &'static str, count: usize, lookup: F) -> Self {
        Self { name, lookup, out: vec![0; count], of: std::marker::PhantomData }
    }
}

impl<A: Family, F: Fn(A) -> u32> Engine<A> for CrateEngine<A, F> {
    fn name(&self) -> &str {
        self.name
    }
    fn bulk(&mut self, addresses: &[A]) {
        for (out, address) in self.out.iter_mut().zip(addresses) {
            *out = (self.lookup)(*address);
        }
    }
    fn burst(&mut self, addresses: &[A]) {
        self.bulk(addresses);
    }
    fn dependent(&mut self, addresses: &[A]) -> u64 {
        let mut carry = 0_u128;
        let mut sum = 0;
        for address in addresses {
            let found = (self.lookup)(A::from_word(address.to_u128() ^ carry));
            sum += u64::from(found);
            carry = u128::from(std::hint::black_box(found) & 0x8000_0000);
        }
        sum
    }
    fn answers(&self) -> Vec<u32> {
        self.out.clone()
    }
}

/// The Rust crates that do longest-prefix match.
pub trait Crates: Family {
    fn crates(prefixes: &[(Prefix<Self>, u32)], count: usize) -> Vec<Box<dyn Engine<Self>>>;
}

impl Crates for Ipv4Addr {
    fn crates(prefixes: &[(Prefix<Self>, u32)], count: usize) -> Vec<Box<dyn Engine<Self>>> {
        let mut trie = prefix_trie::PrefixMap::<ipnet::Ipv4Net, u32>::new();
        let mut bitmap = ip_network_table_deps_treebitmap::IpLookupTable::<Self, u32>::new();
        let mut radix = iptrie::map::RTrieMap::<iptrie::Ipv4Prefix, u32>::with_root(0);
        for (prefix, value) in prefixes {
            let net = ipnet::Ipv4Net::new_assert(prefix.first(), prefix.length());
            trie.insert(net, *value);
            bitmap.insert(prefix.first(), u32::from(prefix.length()), *value);
            let key =
                iptrie::Ipv4Prefix::new(prefix.first(), prefix.length()).expect("a length of the family");
            radix.insert(key, *value);
        }
        let levels = radix.compress();
        let pop: poptrie::Poptrie<(Self, u8), u32> =
            prefixes.iter().map(|(prefix, value)| ((prefix.first(), prefix.length()), *value)).collect();
        vec![
            Box::new(CrateEngine::new("prefix-trie", count, move |address: Self| {
                trie.get_lpm(&ipnet::Ipv4Net::new_assert(address, 32)).map_or(0, |(_, value)| *value)
            })),
            Box::new(CrateEngine::new("treebitmap", count, move |address: Self| {
                bitmap.longest_match(address).map_or(0, |(_, _, value)| *value)
            })),
            Box::new(CrateEngine::new("poptrie", count, move |address: Self| {
                pop.lookup(address).copied().unwrap_or_default()
            })),
            Box::new(CrateEngine::new("iptrie", count, move |address: Self| *levels.lookup(&address).1)),
        ]
    }
}

impl Crates for Ipv6Addr {
    fn crates(prefixes: &[(Prefix<Self>, u32)], count: usize) -> Vec<Box<dyn Engine<Self>>> {
        let mut trie = prefix_trie::PrefixMap::<ipnet::Ipv6Net, u32>::new();
        let mut bitmap = ip_network_table_deps_treebitmap::IpLookupTable::<Self, u32>::new();
        let mut radix = iptrie::map::RTrieMap::<iptrie::Ipv6Prefix, u32>::with_root(0);
        for (prefix, value) in prefixes {
            let net = ipnet::Ipv6Net::new_assert(prefix.first(), prefix.length());
            trie.insert(net, *value);
            bitmap.insert(prefix.first(), u32::from(prefix.length()), *value);
            let key =
                iptrie::Ipv6Prefix::new(prefix.first(), prefix.length()).expect("a length of the family");
            radix.insert(key, *value);
        }
        let levels = radix.compress();
        let pop: poptrie::Poptrie<(Self, u8), u32> =
            prefixes.iter().map(|(prefix, value)| ((prefix.first(), prefix.length()), *value)).collect();
        vec![
            Box::new(CrateEngine::new("prefix-trie", count, move |address: Self| {
                trie.get_lpm(&ipnet::Ipv6Net::new_assert(address, 128)).map_or(0, |(_, value)| *value)
            })),
            Box::new(CrateEngine::new("treebitmap", count, move |address: Self| {
                bitmap.longest_match(address).map_or(0, |(_, _, value)| *value)
            })),
            Box::new(CrateEngine::new("poptrie", count, move |address: Self| {
                pop.lookup(address).copied().unwrap_or_default()
            })),
            Box::new(CrateEngine::new("iptrie", count, move |address: Self| *levels.lookup(&address).1)),
        ]
    }
}
