//! The `peerpath` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    // If the allocator refuses these settings, it returns memory to the kernel as it does by default.
    let _ = keep_freed_memory();
    peerpath::cli::main()
}

/// Makes the allocator keep freed memory, large blocks included, for later allocations. Compiling lists, engines and
/// flows allocates blocks that live for milliseconds; returning each to the kernel and having it zeroed again costs 5
/// % of a replay of 1 GB. Returns whether the allocator accepted the settings.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the allocator has no safe call for this; see SAFETY")]
fn keep_freed_memory() -> bool {
    const TOP_PAD: libc::c_int = 16 << 20;
    // The greatest value that the allocator accepts; larger blocks get pages of their own.
    const MMAP_THRESHOLD: libc::c_int = 32 << 20;
    // SAFETY: no other thread exists yet, and the calls only set when the allocator requests and returns memory.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, libc::c_int::MAX) == 1
            && libc::mallopt(libc::M_TOP_PAD, TOP_PAD) == 1
            && libc::mallopt(libc::M_MMAP_THRESHOLD, MMAP_THRESHOLD) == 1
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn keep_freed_memory() -> bool {
    true
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_allocator_accepts_the_settings() {
        assert!(super::keep_freed_memory());
        // Memory that is allocated and freed afterwards stays intact.
        let pieces: Vec<Vec<u8>> = (0_u8..16).map(|fill| vec![fill; 1 << 20]).collect();
        assert!((0_u8..16).zip(&pieces).all(|(fill, piece)| piece.iter().all(|byte| *byte == fill)));
    }
}
