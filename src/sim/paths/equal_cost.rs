//! Selects one of several equal-cost paths (ECMP) for a conversation.

use std::num::NonZeroUsize;

use crate::addr::FlowKey;
use crate::rib::{flow_hash, flow_path};

/// Returns the index of the path that a flow uses if there are `members` equal-cost paths; `None` if there are none.
/// Seed 0 selects the hash of all other commands. Other seeds represent routers with other hashes.
pub(in crate::sim) fn member(key: &FlowKey, seed: u64, members: usize) -> Option<usize> {
    let members = NonZeroUsize::new(members)?;
    if seed == 0 {
        return Some(flow_path(key, members));
    }
    let region = (u128::from(mixed(flow_hash(key), seed)) * members.get() as u128) >> 64;
    usize::try_from(region).ok()
}

/// Mixes a hash with a seed, using the finalizer of SplitMix64.
pub(in crate::sim) fn mixed(hash: u64, seed: u64) -> u64 {
    let state = hash ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
