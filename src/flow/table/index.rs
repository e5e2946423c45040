//! Maps a hash to a number, with open addressing over cells of 8 bytes.
//!
//! The entries that the numbers refer to are stored elsewhere and compared by the caller. So the index stays
//! in the processor's caches, is cheap to clear, and grows without reading the entries.

use super::pages;

/// The smallest number of cells.
const FEWEST_CELLS: usize = 256;

/// Half of a hash (the tag) in the upper bits, and a number plus one in the lower bits; 0 is vacant.
#[derive(Clone, Copy, Debug, Default)]
struct Cell(u64);

impl Cell {
    fn new(tag: u32, number: u32) -> Self {
        Self(u64::from(tag) << 32 | (u64::from(number) + 1))
    }

    fn is_vacant(self) -> bool {
        self.0 == 0
    }

    fn tag(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// Returns the number; [`Index::NONE`] if the cell is vacant.
    #[expect(clippy::cast_possible_truncation, reason = "only the lower half is used")]
    fn number(self) -> u32 {
        (self.0 as u32).wrapping_sub(1)
    }
}

/// Maps half of a hash to numbers. There must always be vacant cells: see [`Index::reserve`].
#[derive(Debug)]
pub(crate) struct Index {
    /// The number of cells is a power of two.
    cells: Vec<Cell>,
}

impl Index {
    /// Represents "no number". All stored numbers are smaller.
    pub(crate) const NONE: u32 = u32::MAX;

    /// Creates an empty index that `numbers` numbers fill halfway.
    pub(crate) fn with_room(numbers: usize) -> Self {
        let cells = numbers.saturating_mul(2).max(FEWEST_CELLS).next_power_of_two();
        Self { cells: pages::filled(cells) }
    }

    /// Prefetches the home cell of a tag, so that it is in the cache when it is read.
    #[inline]
    pub(crate) fn ask(&self, tag: u32) {
        pages::ask(&self.cells, self.home(tag));
    }

    /// Returns the number in the home cell of a tag, or in the next cell if that cell has the tag; otherwise
    /// [`Self::NONE`]. Call this for many tags before anything else, so that their cache misses overlap.
    #[inline]
    pub(crate) fn first(&self, tag: u32) -> u32 {
        let home = self.home(tag);
        let cell = |place: usize| self.cells.get(place).copied().unwrap_or_default();
        let (cell, behind) = (cell(home), cell(home + 1));
        // A select rather than a branch, because the matching cell is unpredictable.
        let second = if behind.tag() == tag { behind.number() } else { Self::NONE };
        if cell.tag() == tag { cell.number() } else { second }
    }

    /// Returns the number with this tag for which `is` returns true.
    ///
    /// # Errors
    ///
    /// Returns the vacant place where the number belongs, for [`Self::put`].
    #[inline]
    pub(crate) fn locate(&self, tag: u32, is: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mut place = self.home(tag);
        while let Some(cell) = self.cells.get(place).filter(|cell| !cell.is_vacant()) {
            if cell.tag() == tag && is(cell.number()) {
                return Ok(cell.number());
            }
            place = (place + 1) & (self.cells.len() - 1);
        }
        Err(place)
    }

    /// Puts a number into a place that [`Self::locate`] returned.
    #[inline]
    pub(crate) fn put(&mut self, place: usize, tag: u32, number: u32) {
        if let Some(cell) = self.cells.get_mut(place) {
            *cell = Cell::new(tag, number);
        }
    }

    /// Makes room for `numbers` numbers in total, doubling the size if there is not enough room.
    #[inline]
    pub(crate) fn reserve(&mut self, numbers: usize) {
        if numbers * 2 > self.cells.len() {
            self.widen(numbers);
        }
    }

    /// Removes all numbers.
    pub(crate) fn clear(&mut self) {
        self.cells.fill(Cell::default());
    }

    /// Returns the size of the index in memory, in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.cells.capacity() * size_of::<Cell>()
    }

    fn home(&self, tag: u32) -> usize {
        tag as usize & (self.cells.len() - 1)
    }

    #[cold]
    fn widen(&mut self, numbers: usize) {
        let mut wider = Self::with_room(numbers.max(self.cells.len()));
        for cell in self.cells.iter().filter(|cell| !cell.is_vacant()) {
            // No two entries are equal, so nothing matches.
            if let Err(place) = wider.locate(cell.tag(), |_| false) {
                wider.put(place, cell.tag(), cell.number());
            }
        }
        *self = wider;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The slow reference: a map from keys to numbers, with tags of few bits, so that many keys share a
        /// tag.
        #[test]
        fn numbers_are_those_of_a_map(keys in prop::collection::vec(0_u32..600, 0..900), spread in 1_u32..64) {
            let tag = |key: u32| key % spread * 0x0101_0101;
            let (mut index, mut twin, mut list) = (Index::with_room(0), BTreeMap::new(), Vec::new());
            for key in keys {
                index.reserve(list.len() + 1);
                let found = index.locate(tag(key), |number| list[number as usize] == key);
                prop_assert_eq!(found.ok(), twin.get(&key).copied());
                let first = index.first(tag(key));
                prop_assert!(first == Index::NONE || tag(list[first as usize]) == tag(key));
                if let Err(place) = found {
                    let number = u32::try_from(list.len()).unwrap();
                    index.put(place, tag(key), number);
                    twin.insert(key, number);
                    list.push(key);
                }
            }
            index.clear();
            prop_assert!((0..600).all(|key| index.locate(tag(key), |_| true).is_err()));
        }
    }
}
