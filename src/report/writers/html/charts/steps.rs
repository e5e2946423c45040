//! Runs of equal steps in a series, which charts and their tables show as one.

use std::ops::Range;

/// Returns the runs of consecutive steps below `length` that are equal; together they cover all steps.
pub(in crate::report::writers::html) fn runs(
    length: usize,
    equal: impl Fn(usize, usize) -> bool,
) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for step in 0..length {
        match runs.last_mut() {
            Some(run) if equal(run.start, step) => run.end = step + 1,
            _ => runs.push(step..step + 1),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_cover_every_step_once() {
        let values = [3, 3, 1, 1, 1, 3];
        assert_eq!(runs(values.len(), |a, b| values[a] == values[b]), [0..2, 2..5, 5..6]);
        assert_eq!(runs(0, |_, _| true), [] as [Range<usize>; 0]);
    }
}
