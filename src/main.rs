//! The `peerpath` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Where the allocator does not take it, memory is given back as ever.
    let _ = keep_freed_memory();
    peerpath::cli::main()
}

/// Keeps what is freed for what is allocated next, large pieces too. Lists, engines and flows are made by way of pieces
/// that live for milliseconds; to give each back to the kernel and have it cleared again is a twentieth of a replay of
/// 1 GB. Tells whether the allocator took it.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the allocator has no safe call for this; see SAFETY")]
fn keep_freed_memory() -> bool {
    const TOP_PAD: libc::c_int = 16 << 20;
    // The most that the allocator takes: from there on a piece has pages of its own.
    const MMAP_THRESHOLD: libc::c_int = 32 << 20;
    // SAFETY: there is no other thread yet, and the calls only set when the allocator asks for memory and gives it back.
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
    fn the_allocator_is_told() {
        assert!(super::keep_freed_memory());
        // What is allocated and freed afterwards is whole.
        let pieces: Vec<Vec<u8>> = (0_u8..16).map(|fill| vec![fill; 1 << 20]).collect();
        assert!((0_u8..16).zip(&pieces).all(|(fill, piece)| piece.iter().all(|byte| *byte == fill)));
    }
}
