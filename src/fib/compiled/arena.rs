//! Memory for a table: one allocation, aligned to huge pages if it fills at least one, else to cache lines.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::fmt;
use std::ops::Deref;
use std::ptr::NonNull;

/// The size of a huge page on the processors that matter here. On other processors, it is only an alignment.
const HUGE_PAGE: usize = 2 << 20;
/// The size of a cache line.
const LINE: usize = 64;

/// A frozen slice. Random reads from a table of several MiB miss the TLB nearly every time. Huge pages make
/// such misses rare.
pub(super) struct Arena<T> {
    place: NonNull<T>,
    length: usize,
}

impl<T: Copy> Arena<T> {
    /// Copies `items` into a new arena.
    #[expect(unsafe_code, reason = "`Vec` cannot allocate with this alignment; see SAFETY")]
    pub(super) fn of(items: &[T]) -> Self {
        let length = items.len();
        let layout = layout::<T>(length);
        if layout.size() == 0 {
            return Self { place: NonNull::dangling(), length };
        }
        // SAFETY: the size is not zero.
        let Some(place) = NonNull::new(unsafe { alloc(layout) }) else { handle_alloc_error(layout) };
        ask_huge_pages(place, layout);
        let place = place.cast::<T>();
        // SAFETY: the new memory has room for `length` items, is aligned for them, and does not overlap
        // `items`.
        unsafe { place.copy_from_nonoverlapping(NonNull::from(items).cast(), length) };
        Self { place, length }
    }

    /// Returns the size on the heap in bytes.
    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val::<[T]>(self)
    }
}

impl<T> Deref for Arena<T> {
    type Target = [T];

    #[inline(always)]
    #[expect(unsafe_code, reason = "see SAFETY")]
    fn deref(&self) -> &[T] {
        // SAFETY: `of` initialized `length` items, and they are freed only with the arena.
        unsafe { std::slice::from_raw_parts(self.place.as_ptr(), self.length) }
    }
}

impl<T> Drop for Arena<T> {
    #[expect(unsafe_code, reason = "see SAFETY")]
    fn drop(&mut self) {
        let layout = layout::<T>(self.length);
        if layout.size() > 0 {
            // SAFETY: `of` allocated the memory with the same layout, and `Copy` items need no drop.
            unsafe { dealloc(self.place.as_ptr().cast(), layout) };
        }
    }
}

impl<T: Copy> Clone for Arena<T> {
    fn clone(&self) -> Self {
        Self::of(self)
    }
}

impl<T> fmt::Debug for Arena<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arena").field("length", &self.length).finish_non_exhaustive()
    }
}

// SAFETY: an arena owns its items like a `Box<[T]>`.
#[expect(unsafe_code, reason = "a raw pointer is neither `Send` nor `Sync` by itself")]
unsafe impl<T: Send> Send for Arena<T> {}
// SAFETY: as above.
#[expect(unsafe_code, reason = "a raw pointer is neither `Send` nor `Sync` by itself")]
unsafe impl<T: Sync> Sync for Arena<T> {}

/// Returns the layout of `length` items, aligned to a huge page if they fill at least one, else to a cache
/// line.
fn layout<T>(length: usize) -> Layout {
    let plain = Layout::array::<T>(length);
    let aligned =
        plain.and_then(|plain| plain.align_to(if plain.size() >= HUGE_PAGE { HUGE_PAGE } else { LINE }));
    // The items are already in a slice, so their size is a valid layout and the fallback is unreachable.
    aligned.unwrap_or(Layout::new::<T>())
}

#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "see SAFETY; bursts over the full table with a cold cache become a third faster"
)]
fn ask_huge_pages(place: NonNull<u8>, layout: Layout) {
    if layout.align() == HUGE_PAGE {
        // SAFETY: the memory belongs to us and nothing refers to it yet. The call is only advice: if the
        // kernel ignores it, only the read latency changes.
        unsafe { libc::madvise(place.as_ptr().cast(), layout.size(), libc::MADV_HUGEPAGE) };
    }
}

#[cfg(not(target_os = "linux"))]
fn ask_huge_pages(_: NonNull<u8>, _: Layout) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_kept_and_aligned() {
        for length in [0, 1, 63, 70_000, 600_000] {
            let items: Vec<u32> = (0..length).collect();
            let arena = Arena::of(&items);
            let copy = arena.clone();
            drop(arena);
            assert_eq!(&*copy, items.as_slice());
            let aligned_to = if length == 600_000 { HUGE_PAGE } else { LINE };
            assert!(length == 0 || copy.as_ptr().addr().is_multiple_of(aligned_to), "{length}");
            assert_eq!(copy.memory_bytes(), items.len() * 4);
        }
    }
}
