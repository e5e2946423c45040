//! Finds the flows that are the two directions of one conversation.

use std::hash::BuildHasher;
use std::net::IpAddr;

use foldhash::quality::RandomState;

use crate::addr::FlowKey;
use crate::flow::{FlowRecord, Index};

const NONE: u32 = Index::NONE;
/// The number of records that are looked up side by side, so that their cache misses overlap.
const BATCH: usize = 64;

/// The partner of each record, by record index.
#[derive(Debug)]
pub(in crate::sim) struct Pairs(Vec<u32>);

impl Pairs {
    /// Finds the partners of records, which must have distinct keys.
    ///
    /// # Complexity
    ///
    /// Linear: for each record, one lookup in an index of 8 bytes per conversation, and one access to the partner.
    pub(in crate::sim) fn of(records: &[FlowRecord]) -> Self {
        let mut pairs = Self(vec![NONE; records.len()]);
        // At most five eighths of the index are occupied, or a third if most flows have both directions.
        let mut index = Index::with_room(records.len() - records.len() / 5);
        let hasher = RandomState::default();
        let mut tags = [0; BATCH];
        let mut found = [NONE; BATCH];
        let mut here = 0;
        for batch in records.chunks(BATCH) {
            for (tag, record) in tags.iter_mut().zip(batch) {
                *tag = tag_of(&hasher, &record.key);
            }
            for (found, tag) in found.iter_mut().zip(&tags).take(batch.len()) {
                *found = index.first(*tag);
            }
            for (found, record) in found.iter_mut().zip(batch) {
                let other = records.get(*found as usize);
                if !other.is_some_and(|other| is_reverse(&other.key, &record.key)) {
                    *found = NONE;
                }
            }
            for ((record, tag), found) in batch.iter().zip(tags).zip(found) {
                let other = if found == NONE {
                    find_or_put(&mut index, tag, here, &record.key, records)
                } else {
                    found
                };
                pairs.join(here, other);
                here += 1;
            }
        }
        pairs
    }

    /// Returns the index of the other direction of the record at `place`, or `None` if no packet in that direction was
    /// seen. If both ends are the same, the record is its own partner.
    pub(in crate::sim) fn partner(&self, place: usize) -> Option<usize> {
        self.0.get(place).filter(|partner| **partner != NONE).map(|partner| *partner as usize)
    }

    fn join(&mut self, here: u32, other: u32) {
        if other == NONE {
            return;
        }
        for (place, partner) in [(here, other), (other, here)] {
            if let Some(slot) = self.0.get_mut(place as usize) {
                *slot = partner;
            }
        }
    }
}

/// Returns the number of the record with the reverse of `key`, or inserts `here` if there is none.
fn find_or_put(index: &mut Index, tag: u32, here: u32, key: &FlowKey, records: &[FlowRecord]) -> u32 {
    if is_reverse(key, key) {
        return here;
    }
    let is_other =
        |number: u32| records.get(number as usize).is_some_and(|other| is_reverse(&other.key, key));
    index.locate(tag, is_other).unwrap_or_else(|place| {
        index.put(place, tag, here);
        NONE
    })
}

fn is_reverse(one: &FlowKey, other: &FlowKey) -> bool {
    one.destination == other.source
        && one.source == other.destination
        && one.destination_port == other.source_port
        && one.source_port == other.destination_port
        && one.protocol == other.protocol
}

/// Returns half of a hash that is the same for both directions.
fn tag_of(hasher: &RandomState, key: &FlowKey) -> u32 {
    let source = (bits(key.source), key.source_port);
    let destination = (bits(key.destination), key.destination_port);
    let ((low_end, low_port), (high_end, high_port)) =
        if source <= destination { (source, destination) } else { (destination, source) };
    let rest = u64::from(low_port) << 24 | u64::from(high_port) << 8 | u64::from(key.protocol);
    u32::try_from(hasher.hash_one((low_end, high_end, rest)) >> 32).unwrap_or_default()
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::*;
    use crate::flow::PacketTime;

    fn record(key: FlowKey) -> FlowRecord {
        FlowRecord {
            key,
            packets: 1,
            frame_bytes: 60,
            ip_bytes: 40,
            first: PacketTime::at(0),
            last: PacketTime::at(0),
            tcp_flags: 0,
            first_tcp_flags: 0,
            opened: false,
        }
    }

    fn key() -> impl Strategy<Value = FlowKey> {
        // The test uses only a few ends, so most records have partners, ends in both families have the same bits, and
        // some flows have the same end on both sides.
        let end = || (any::<bool>(), 0_u8..4, 0_u16..3);
        (end(), end(), prop_oneof![Just(6_u8), Just(17)]).prop_map(|(source, destination, protocol)| {
            let address = |(six, host, _): (bool, u8, u16)| {
                if six {
                    IpAddr::V6(Ipv6Addr::from_bits(u128::from(host)))
                } else {
                    IpAddr::V4(Ipv4Addr::from_bits(u32::from(host)))
                }
            };
            FlowKey {
                source: address(source),
                destination: address(destination),
                protocol,
                source_port: source.2,
                destination_port: destination.2,
            }
        })
    }

    proptest! {
        /// Compares with the slow reference, a map by key.
        #[test]
        fn partners_are_those_of_a_map(keys in prop::collection::btree_set(key(), 0..300), turn in any::<usize>()) {
            let mut keys: Vec<FlowKey> = keys.into_iter().collect();
            let most = keys.len().max(1);
            keys.rotate_left(turn % most);
            let places: BTreeMap<FlowKey, usize> = keys.iter().zip(0..).map(|(key, place)| (*key, place)).collect();
            let records: Vec<FlowRecord> = keys.iter().map(|key| record(*key)).collect();
            let pairs = Pairs::of(&records);
            for (place, key) in keys.iter().enumerate() {
                prop_assert_eq!(pairs.partner(place), places.get(&key.reversed()).copied());
            }
        }
    }
}
