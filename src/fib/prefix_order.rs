//! Visits entries in the order of their prefixes, without moving them.

use std::thread;

use crate::addr::{Address, Prefix};

/// Passes each distinct prefix to `take` in ascending order, together with its entries in their original
/// order.
///
/// # Complexity
///
/// `O(n log n)`; linear if the entries are sorted by prefix or consist of a few sorted runs.
///
/// # Panics
///
/// Panics if there are 2^32 - 1 or more entries, because positions are 32 bits wide.
pub(crate) fn in_order<A: Address, T: Copy>(
    entries: &[(Prefix<A>, T)],
    mut take: impl FnMut(Prefix<A>, &[T]),
) {
    let mut group: Vec<T> = Vec::new();
    let mut now: Option<Prefix<A>> = None;
    let each = |(prefix, entry): (Prefix<A>, T)| {
        if now != Some(prefix) {
            if let Some(done) = now.replace(prefix) {
                take(done, &group);
            }
            group.clear();
        }
        group.push(entry);
    };
    if entries.is_sorted_by_key(|(prefix, _)| *prefix) {
        entries.iter().copied().for_each(each);
    } else if let Some(keys) = narrow_keys(entries) {
        gathered(&keys, entries, |key| key & PLACE, each);
    } else {
        gathered(&wide_keys(entries), entries, |(_, low)| low & 0xffff_ffff, each);
    }
    if let Some(last) = now {
        take(last, &group);
    }
}

/// Passes the entry at the position in each key to `each`. Entries are fetched in bursts, because they are
/// scattered and the memory latencies within a burst overlap.
fn gathered<K: Copy, E: Copy>(keys: &[K], entries: &[E], place: impl Fn(K) -> u64, mut each: impl FnMut(E)) {
    let mut burst: Vec<E> = Vec::with_capacity(BURST);
    for keys in keys.chunks(BURST) {
        let at = |key: &K| entries.get(usize::try_from(place(*key)).ok()?).copied();
        burst.extend(keys.iter().filter_map(at));
        burst.drain(..).for_each(&mut each);
    }
}

const BURST: usize = 256;

/// The bits of a narrow key that contain the position of an entry.
const PLACE: u64 = (1 << PLACE_BITS) - 1;
const PLACE_BITS: u32 = 26;

/// Returns one number per entry, for prefixes of up to 32 bits. The numbers sort by address, then length,
/// then position. Sorting takes most of the time to build a table, and one-word numbers sort fastest.
fn narrow_keys<A: Address, T>(entries: &[(Prefix<A>, T)]) -> Option<Vec<u64>> {
    if A::WIDTH > 32 || entries.len() as u64 > PLACE {
        return None;
    }
    let key = |(place, (prefix, _)): (u64, &(Prefix<A>, T))| {
        // At most 32 bits, as checked above.
        let address = (prefix.first().to_u128() & 0xffff_ffff) as u64;
        (address << 32) | (u64::from(prefix.length()) << PLACE_BITS) | place
    };
    Some(sorted((0..).zip(entries).map(key).collect()))
}

/// Returns one pair of numbers per entry, for wide prefixes or for more entries than a narrow key can
/// distinguish. The pairs sort by address, then length, then position.
fn wide_keys<A: Address, T>(entries: &[(Prefix<A>, T)]) -> Vec<(u128, u64)> {
    let key = |(place, (prefix, _)): (usize, &(Prefix<A>, T))| {
        (prefix.first().to_u128(), (u64::from(prefix.length()) << 32) | u64::from(small(place)))
    };
    sorted(entries.iter().enumerate().map(key).collect())
}

/// If there are more keys than this, the two halves are sorted in parallel.
const LARGE: usize = 1 << 16;

/// Sorts keys with an algorithm that exploits sorted runs, because each router's table is mostly in order
/// already.
fn sorted<K: Ord + Send>(mut keys: Vec<K>) -> Vec<K> {
    if keys.len() > LARGE {
        let middle = keys.len() / 2;
        let (left, right) = keys.split_at_mut(middle);
        thread::scope(|scope| {
            scope.spawn(|| left.sort());
            right.sort();
        });
    }
    keys.sort();
    keys
}

/// Converts a number of entries, or the position of an entry, to 32 bits.
#[expect(clippy::expect_used, reason = "the limit is documented; so many entries need over 30 GB")]
pub(super) fn small(number: usize) -> u32 {
    u32::try_from(number).ok().filter(|number| *number < u32::MAX).expect("fewer than 2^32 - 1 entries")
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::*;

    /// The slow reference: a stable sort of the entries themselves.
    fn by_sorting<A: Address>(entries: &[(Prefix<A>, u32)]) -> Vec<(Prefix<A>, Vec<u32>)> {
        let mut sorted = entries.to_vec();
        sorted.sort_by_key(|(prefix, _)| *prefix);
        let groups = sorted.chunk_by(|left, right| left.0 == right.0);
        groups.map(|group| (group[0].0, group.iter().map(|(_, entry)| *entry).collect())).collect()
    }

    fn taken<A: Address>(entries: &[(Prefix<A>, u32)]) -> Vec<(Prefix<A>, Vec<u32>)> {
        let mut groups = Vec::new();
        in_order(entries, |prefix, group: &[u32]| groups.push((prefix, group.to_vec())));
        groups
    }

    fn numbered<A: Address>(prefixes: &[(u32, u8)], address: impl Fn(u32) -> A) -> Vec<(Prefix<A>, u32)> {
        let prefix =
            |(bits, length): &(u32, u8)| Prefix::containing(address(*bits), *length % (A::WIDTH + 1));
        prefixes.iter().map(|one| prefix(one).unwrap()).zip(0..).collect()
    }

    proptest! {
        #[test]
        fn both_ways_agree(prefixes in prop::collection::vec((any::<u32>(), any::<u8>()), 0..300)) {
            let v4 = numbered(&prefixes, Ipv4Addr::from);
            prop_assert_eq!(taken(&v4), by_sorting(&v4));
            let v6 = numbered(&prefixes, |bits| Ipv6Addr::from(u128::from(bits) << 96 | u128::from(bits)));
            prop_assert_eq!(taken(&v6), by_sorting(&v6));
            let keys = wide_keys(&v4);
            let wide: Vec<u32> = keys.iter().map(|(_, low)| (low & 0xffff_ffff) as u32).collect();
            prop_assert_eq!(wide, by_sorting(&v4).into_iter().flat_map(|(_, group)| group).collect::<Vec<_>>());
        }
    }

    #[test]
    fn large_tables_are_sorted_in_halves() {
        let prefixes: Vec<(u32, u8)> =
            (0..200_000_u32).map(|n| (n.wrapping_mul(0x9e37_79b1), (n % 33) as u8)).collect();
        let entries = numbered(&prefixes, Ipv4Addr::from);
        assert_eq!(taken(&entries), by_sorting(&entries));
    }
}
