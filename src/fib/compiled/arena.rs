//! Memory of a table: one piece, aligned to lines, in huge pages where it fills them.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::fmt;
use std::ops::Deref;
use std::ptr::NonNull;

/// The size of a huge page on the processors that matter here; elsewhere only an alignment.
const HUGE_PAGE: usize = 2 << 20;
/// The size of a cache line.
const LINE: usize = 64;

/// A frozen slice. A table of several MiB that is read at random misses the processor's cache of page addresses on
/// nearly every read; huge pages make that rare.
pub(super) struct Arena<T> {
    place: NonNull<T>,
    length: usize,
}

impl<T: Copy> Arena<T> {
    /// A copy of `items`.
    #[expect(unsafe_code, reason = "an alignment that `Vec` cannot be asked for; see SAFETY")]
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
        // SAFETY: the new memory has room for as many items, is aligned for them, and does not overlap them.
        unsafe { place.copy_from_nonoverlapping(NonNull::from(items).cast(), length) };
        Self { place, length }
    }

    /// Bytes on the heap.
    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val::<[T]>(self)
    }
}

impl<T> Deref for Arena<T> {
    type Target = [T];

    #[inline(always)]
    #[expect(unsafe_code, reason = "see SAFETY")]
    fn deref(&self) -> &[T] {
        // SAFETY: `of` filled as many items, and they are freed with the arena only.
        unsafe { std::slice::from_raw_parts(self.place.as_ptr(), self.length) }
    }
}

impl<T> Drop for Arena<T> {
    #[expect(unsafe_code, reason = "see SAFETY")]
    fn drop(&mut self) {
        let layout = layout::<T>(self.length);
        if layout.size() > 0 {
            // SAFETY: `of` took it with the same layout, and items that are `Copy` need no drop.
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
#[expect(unsafe_code, reason = "the pointer hides that from the compiler")]
unsafe impl<T: Send> Send for Arena<T> {}
// SAFETY: as above.
#[expect(unsafe_code, reason = "the pointer hides that from the compiler")]
unsafe impl<T: Sync> Sync for Arena<T> {}

/// From a huge page's boundary on where at least one is filled, else from a line's on.
fn layout<T>(length: usize) -> Layout {
    let plain = Layout::array::<T>(length);
    let aligned =
        plain.and_then(|plain| plain.align_to(if plain.size() >= HUGE_PAGE { HUGE_PAGE } else { LINE }));
    // The items lie in a slice already, so their size is a layout; the other arm cannot be reached.
    aligned.unwrap_or(Layout::new::<T>())
}

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "see SAFETY; on the full table bursts from a cold cache gain a third")]
fn ask_huge_pages(place: NonNull<u8>, layout: Layout) {
    if layout.align() == HUGE_PAGE {
        // SAFETY: memory of ours that nothing refers to yet. It is advice: where the kernel does not follow it,
        // nothing is different but the time of reads.
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
