//! Memory for flows, in huge pages if it is large enough.
//!
//! Flows are accessed at random. A table of tens of MiB in pages of 4 KiB causes a TLB miss for nearly every
//! packet, and the kernel clears and maps it page by page.

/// The size of a huge page on the processors that matter here. On other processors, it is only a threshold.
const HUGE_PAGE: usize = 2 << 20;

/// Returns an empty vector with room for `items` items.
pub(super) fn with_room<T>(items: usize) -> Vec<T> {
    let room = Vec::with_capacity(items);
    ask_huge_pages(&room);
    room
}

/// Returns a vector of `length` default values.
pub(super) fn filled<T: Copy + Default>(length: usize) -> Vec<T> {
    let mut items = with_room(length);
    items.resize(length, T::default());
    items
}

/// Makes room for `more` items, and at least doubles the capacity.
pub(super) fn grow<T>(items: &mut Vec<T>, more: usize) {
    let mut larger = with_room((items.len() + more).max(items.len() * 2));
    larger.append(items);
    *items = larger;
}

/// Prefetches the cache line where an item starts. It is only a hint, so the number may be out of range.
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
#[expect(unsafe_code, reason = "there is no safe call for this advice; see SAFETY")]
fn ask_huge_pages<T>(items: &Vec<T>) {
    const PAGE: usize = 4096;
    let bytes = items.capacity() * size_of::<T>();
    // The range must start at a page boundary.
    let skipped = items.as_ptr().cast::<u8>().align_offset(PAGE);
    if bytes < HUGE_PAGE + skipped {
        return;
    }
    let start = items.as_ptr().cast::<u8>().wrapping_add(skipped);
    // SAFETY: the vector owns that many bytes from `start` on. The call only advises how they are mapped.
    // Their content does not change, and if the kernel ignores the advice, only the read latency changes.
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
