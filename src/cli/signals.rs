//! Removes unfinished files when a signal ends the process.

#[cfg(unix)]
pub(super) use unix::every_end;
#[cfg(all(unix, feature = "fetch"))]
pub(super) use unix::without_interrupt;

/// Does nothing: on other systems an interrupted process may leave a file `.NAME.….partial`.
#[cfg(not(unix))]
pub(super) fn every_end() {}

/// Like [`every_end`].
#[cfg(all(not(unix), feature = "fetch"))]
pub(super) fn without_interrupt() {}

#[cfg(unix)]
mod unix {
    use std::ffi::c_int;
    use std::sync::atomic::AtomicBool;
    use std::sync::{Arc, Once};

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    use crate::atomic_file::remove_unfinished;

    static WAITING: Once = Once::new();

    /// Makes Ctrl-C, SIGTERM and SIGHUP remove unfinished files before they end the process. The process still ends by
    /// the signal.
    pub(in super::super) fn every_end() {
        WAITING.call_once(|| wait_for(&[SIGINT, SIGTERM, SIGHUP]));
    }

    /// Like [`every_end`], for a command that handles Ctrl-C itself.
    #[cfg(feature = "fetch")]
    pub(in super::super) fn without_interrupt() {
        WAITING.call_once(|| wait_for(&[SIGTERM, SIGHUP]));
    }

    fn wait_for(ends: &[c_int]) {
        // Beyond `ulimit -f`, a write then fails with an error that is reported, instead of ending the process.
        let _ = signal_hook::flag::register(libc::SIGXFSZ, Arc::new(AtomicBool::new(false)));
        let ignored = ignored();
        let ends = ends.iter().filter(|signal| ignored >> (**signal - 1) & 1 == 0);
        // A signal that cannot be handled ends the process as usual.
        let Ok(mut signals) = Signals::new(ends) else { return };
        std::thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                remove_unfinished();
                let _ = emulate_default_handler(signal);
            }
        });
    }

    /// Returns the signals that the parent process set to ignored, as `nohup` does with SIGHUP; bit 0 is signal 1. Without
    /// `/proc` there are none.
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
    }
}
