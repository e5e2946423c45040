//! The `peerpath` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    keep_freed_memory();
    peerpath::cli::main()
}

/// Keeps what is freed for what is allocated next. Lists, engines and flows are made by way of large pieces that live for milliseconds; to give
/// each back to the kernel and have it cleared again is a twentieth of a replay of 1 GB.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the allocator has no safe call for this; see SAFETY")]
fn keep_freed_memory() {
    const TOP_PAD: libc::c_int = 16 << 20;
    // SAFETY: there is no other thread yet, and both calls only set when the allocator asks for memory and gives it back.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, libc::c_int::MAX);
        libc::mallopt(libc::M_TOP_PAD, TOP_PAD);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn keep_freed_memory() {}
