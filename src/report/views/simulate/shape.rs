//! Delivered and lost traffic over time, as lines of blocks.

use std::collections::BTreeMap;

use crate::report::View;
use crate::report::views::shared::path_label;
use crate::report::views::simulate::Named;
use crate::report::views::simulate::variant::{rows, variant};
use crate::sim::{End, PathLabel, SimResult};

/// The maximum number of blocks in a line.
const BLOCKS: u64 = 60;

/// The traffic on a path by period.
struct Line<'r> {
    path: &'r PathLabel,
    delivered: Vec<u64>,
    lost: Vec<u64>,
    /// The highest amount in any line of the variant.
    highest: u64,
}

pub(super) fn shape(results: &[Named<'_>]) -> View {
    variant::<Line<'_>>()
        .group(|row| row.of.path, path_label())
        .bytes("delivered_ip_bytes", "bytes that arrived", |row| row.of.delivered.iter().sum::<u64>())
        .bytes("lost_ip_bytes", "bytes that were lost", |row| row.of.lost.iter().sum::<u64>())
        .text(
            "delivered_over_time",
            "delivered bytes from the first packet to the last: one block for each period, with its height relative to the \
             variant's maximum",
            |row| sparkline(&row.of.delivered, row.of.highest),
        )
        .text("lost_over_time", "lost bytes from the first packet to the last: one block for each period, on the scale of delivered_over_time", |row| {
            sparkline(&row.of.lost, row.of.highest)
        })
        .view("shape", rows(results, lines))
}

fn lines(result: &SimResult) -> Vec<Line<'_>> {
    let buckets = result.ended_ns / result.series_bucket_ns + 1;
    let per_block = buckets.div_ceil(BLOCKS);
    let length = usize::try_from(buckets.div_ceil(per_block)).unwrap_or(0);
    let mut paths: BTreeMap<&PathLabel, [Vec<u64>; 2]> = BTreeMap::new();
    for ((bucket, path), tally) in &result.series {
        let lines = paths.entry(path).or_insert_with(|| [vec![0; length], vec![0; length]]);
        let at = usize::try_from(bucket / per_block).unwrap_or(usize::MAX).min(length.saturating_sub(1));
        let amounts = [tally.get(End::Delivered).ip_bytes, tally.lost().ip_bytes];
        for (line, amount) in lines.iter_mut().zip(amounts) {
            if let Some(sum) = line.get_mut(at) {
                *sum += amount;
            }
        }
    }
    let highest = paths.values().flatten().flatten().copied().max().unwrap_or(0);
    paths.into_iter().map(|(path, [delivered, lost])| Line { path, delivered, lost, highest }).collect()
}

/// Returns one block for each number. The block of a number above zero is never blank.
fn sparkline(amounts: &[u64], highest: u64) -> String {
    const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let block = |amount: &u64| {
        let level = (u128::from(*amount) * 8).div_ceil(u128::from(highest.max(1)));
        let level = usize::try_from(level).unwrap_or(0).checked_sub(1);
        level.map_or('·', |level| LEVELS.get(level).copied().unwrap_or('█'))
    };
    amounts.iter().map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_above_zero_are_visible() {
        assert_eq!(sparkline(&[0, 1, 500, 1_000], 1_000), "·▁▄█");
        assert_eq!(sparkline(&[0], 0), "·");
    }
}
