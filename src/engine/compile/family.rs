//! The special-purpose blocks of a family.

use crate::addr::special::{self, SpecialBlock};
use crate::addr::{Address, Partition};

/// Returns the special-purpose blocks of a family as a function of the address. Pass the index to [`block_at`].
pub(super) fn blocks<A: Address>() -> Partition<A, Option<usize>> {
    let routes = special::blocks()
        .iter()
        .enumerate()
        .filter_map(|(index, block)| Some((block.prefix.of_family()?, Some(index))));
    Partition::from_lpm(routes, None)
}

/// Returns the block with an index from [`blocks`].
pub(super) fn block_at(index: usize) -> Option<&'static SpecialBlock> {
    special::blocks().get(index)
}
