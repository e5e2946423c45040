//! The effect of outages on traffic, as lines of blocks.

use crate::engine::Continuity;
use crate::report::View;
use crate::report::views::shared::{worst_link, worst_permille};
use crate::report::views::sweep::{evaluated_outage, leaked, whole_rows};
use crate::sim::OutageResult;

/// The number of blocks in a line of the view.
const BLOCKS: u64 = 40;
/// The effects on flows with their blocks; `None` for flows whose packets or replies were already lost before the
/// failure.
const SHAPES: [(Option<Continuity>, char); 6] = [
    (Some(Continuity::Kept), '█'),
    (Some(Continuity::Moved), '▓'),
    (Some(Continuity::Unknown), '?'),
    (Some(Continuity::Reset), '▒'),
    (Some(Continuity::Lost), '░'),
    (None, '·'),
];

/// The legend of the blocks of the view `shape`.
pub const SHAPE_LEGEND: &str = "`shape` shows all bytes in the capture as 40 blocks: █ kept, ▓ moved, ? unknown, ▒ reset, ░ lost, \
     · lost even before the failure; every amount above zero has at least one block";

pub(super) fn shape<'r>(results: impl Iterator<Item = &'r OutageResult>) -> View {
    evaluated_outage()
        .text(
            "becomes",
            "all bytes as 40 blocks, by the effect on their flows: `█` kept, `▓` moved, `?` unknown, `▒` reset, `░` lost, `·` lost \
             even before the failure; every amount above zero has at least one block",
            |row| blocks(&SHAPES.map(|(fate, block)| (row.result.bytes(fate), block))),
        )
        .group(|row| row.result, leaked())
        .group_if(|row| row.of.as_ref(), worst_link())
        .group_if(|row| row.of.as_ref(), worst_permille())
        .view("shape", whole_rows(results))
}

/// Returns amounts as [`BLOCKS`] blocks. Each amount above zero has at least one block, and the largest amount gets the
/// remaining blocks.
fn blocks(amounts: &[(u64, char)]) -> String {
    let all: u128 = amounts.iter().map(|(amount, _)| u128::from(*amount)).sum();
    let mut shares: Vec<u64> = amounts
        .iter()
        .map(|(amount, _)| {
            let share = u128::from(*amount) * u128::from(BLOCKS) / all.max(1);
            u64::try_from(share).unwrap_or(BLOCKS).max(u64::from(*amount > 0))
        })
        .collect();
    let others = |shares: &[u64], largest: usize| -> u64 {
        shares.iter().enumerate().filter(|(index, _)| *index != largest).map(|(_, share)| share).sum()
    };
    let largest = (0..).zip(amounts).max_by_key(|(_, (amount, _))| *amount).map_or(0, |(index, _)| index);
    let rest = BLOCKS.saturating_sub(others(&shares, largest));
    if let Some(share) = shares.get_mut(largest).filter(|share| **share > 0) {
        *share = rest;
    }
    let lines = shares.iter().zip(amounts);
    lines.flat_map(|(share, (_, block))| (0..*share).map(move |_| *block)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_amount_above_zero_has_a_block() {
        let line = |amounts: [u64; 3]| blocks(&[(amounts[0], 'a'), (amounts[1], 'b'), (amounts[2], 'c')]);
        assert_eq!(line([1_000_000, 1, 0]), format!("{}b", "a".repeat(39)));
        assert_eq!(line([1, 1, 2]), format!("{}{}{}", "a".repeat(10), "b".repeat(10), "c".repeat(20)));
        assert_eq!(line([0, 0, 0]), "");
        assert_eq!(line([u64::MAX, u64::MAX, u64::MAX]).chars().count(), 40);
    }
}
