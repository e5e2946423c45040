//! From a hash to a number: open addressing over cells of 8 bytes.
//!
//! What the numbers stand for lies elsewhere and is compared by the caller, so the index stays in the processor's caches, is cheap
//! to clear, and grows without a look at what it leads to.

use super::pages;

/// The least number of cells.
const FEWEST_CELLS: usize = 256;

/// Half of a hash, the tag, above a number and one; 0 is vacant.
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

    /// [`Index::NONE`] where the cell is vacant.
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
    fn number(self) -> u32 {
        (self.0 as u32).wrapping_sub(1)
    }
}

/// Numbers by half of a hash. There must always be vacant cells: see [`Index::reserve`].
#[derive(Debug)]
pub(crate) struct Index {
    /// A power of two of them.
    cells: Vec<Cell>,
}

impl Index {
    /// No number: those that are put in lie below.
    pub(crate) const NONE: u32 = u32::MAX;

    /// An empty index, half full with so many numbers.
    pub(crate) fn with_room(numbers: usize) -> Self {
        let cells = numbers.saturating_mul(2).max(FEWEST_CELLS).next_power_of_two();
        Self { cells: pages::filled(cells) }
    }

    /// Asks for the home of a tag, so that it is at hand when it is looked at.
    #[inline]
    pub(crate) fn ask(&self, tag: u32) {
        pages::ask(&self.cells, self.home(tag));
    }

    /// The number in the home of a tag or behind it, if it is of that tag; else [`Self::NONE`]. To be looked at before anything else is: the
    /// misses of many such looks overlap.
    #[inline]
    pub(crate) fn first(&self, tag: u32) -> u32 {
        let home = self.home(tag);
        let cell = |place: usize| self.cells.get(place).copied().unwrap_or_default();
        let (cell, behind) = (cell(home), cell(home + 1));
        // Numbers are chosen, not branched to: which cell it is cannot be foreseen.
        let second = if behind.tag() == tag { behind.number() } else { Self::NONE };
        if cell.tag() == tag { cell.number() } else { second }
    }

    /// The number for which `is` holds among those of a tag; else the vacant place where it belongs.
    ///
    /// # Errors
    ///
    /// The place, for [`Self::put`].
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

    /// Puts a number into a place that [`Self::locate`] gave.
    #[inline]
    pub(crate) fn put(&mut self, place: usize, tag: u32, number: u32) {
        if let Some(cell) = self.cells.get_mut(place) {
            *cell = Cell::new(tag, number);
        }
    }

    /// Makes room for `numbers` in all, twice as much where there is too little.
    #[inline]
    pub(crate) fn reserve(&mut self, numbers: usize) {
        if numbers * 2 > self.cells.len() {
            self.widen(numbers);
        }
    }

    /// Takes out all numbers.
    pub(crate) fn clear(&mut self) {
        self.cells.fill(Cell::default());
    }

    /// Bytes of memory that it takes.
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
            // No two are the same.
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
        /// The slow twin: a map from keys to numbers, with tags of few bits, so that many share one.
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
