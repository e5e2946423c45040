//! Memory for flows, in huge pages where it fills them.
//!
//! Flows are read at random. A table of tens of MiB in pages of 4 KiB misses the processor's cache of page addresses on nearly every
//! packet, and the kernel clears and maps it page by page.

/// The size of a huge page on the processors that matter here; elsewhere a bound.
const HUGE_PAGE: usize = 2 << 20;

/// An empty vector with room for so many items.
pub(super) fn with_room<T>(items: usize) -> Vec<T> {
    let room = Vec::with_capacity(items);
    ask_huge_pages(&room);
    room
}

/// So many items of their default value.
pub(super) fn filled<T: Copy + Default>(length: usize) -> Vec<T> {
    let mut items = with_room(length);
    items.resize(length, T::default());
    items
}

/// Makes room for `more` items, for twice as many as there are at least.
pub(super) fn grow<T>(items: &mut Vec<T>, more: usize) {
    let mut larger = with_room((items.len() + more).max(items.len() * 2));
    larger.append(items);
    *items = larger;
}

/// Asks for the cache line where an item begins; a hint, for any number.
#[inline]
pub(super) fn ask<T>(items: &[T], number: usize) {
    let place = items.as_ptr().wrapping_add(number);
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: prefetching any address is allowed, and SSE is part of x86-64.
        #[expect(unsafe_code, reason = "the intrinsic takes a pointer; replays need the hint")]
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(place.cast());
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "no safe call gives this advice; see SAFETY")]
fn ask_huge_pages<T>(items: &Vec<T>) {
    const PAGE: usize = 4096;
    let bytes = items.capacity() * size_of::<T>();
    // The advice must begin at a page.
    let skipped = items.as_ptr().cast::<u8>().align_offset(PAGE);
    if bytes < HUGE_PAGE + skipped {
        return;
    }
    let start = items.as_ptr().cast::<u8>().wrapping_add(skipped);
    // SAFETY: from `start` on there are as many bytes of memory that the vector owns. It is advice about how they are mapped: their
    // content stays, and where the kernel does not follow it, nothing is different but the time that reads take.
    unsafe { libc::madvise(start.cast_mut().cast(), bytes - skipped, libc::MADV_HUGEPAGE) };
}

#[cfg(not(target_os = "linux"))]
fn ask_huge_pages<T>(_: &Vec<T>) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_length_the_items_are_there() {
        for length in [0, 1, HUGE_PAGE / 8 - 1, HUGE_PAGE / 8 + 600, HUGE_PAGE] {
            let mut items: Vec<u64> = with_room(length);
            assert!(items.is_empty() && items.capacity() >= length, "{length}");
            items.extend(0..length as u64);
            let before = items.capacity();
            grow(&mut items, before + 1 - length);
            assert!(items.capacity() > before && items.len() == length);
            assert!((0..).zip(&items).all(|(number, item)| number == *item), "{length}");
        }
    }
}
