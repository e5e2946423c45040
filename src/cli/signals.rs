//! What a signal leaves behind: no unfinished file.

#[cfg(unix)]
pub(super) use unix::every_end;
#[cfg(all(unix, feature = "fetch"))]
pub(super) use unix::without_interrupt;

/// Elsewhere no signal is waited for: a process that is ended may leave a file `.NAME.….partial`.
#[cfg(not(unix))]
pub(super) fn every_end() {}

/// As [`every_end`].
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

    /// From now on Ctrl-C, SIGTERM and SIGHUP remove unfinished files before they end the process, as they would
    /// have: by the signal.
    pub(in super::super) fn every_end() {
        WAITING.call_once(|| wait_for(&[SIGINT, SIGTERM, SIGHUP]));
    }

    /// As [`every_end`], where the command itself answers to Ctrl-C.
    #[cfg(feature = "fetch")]
    pub(in super::super) fn without_interrupt() {
        WAITING.call_once(|| wait_for(&[SIGTERM, SIGHUP]));
    }

    fn wait_for(ends: &[c_int]) {
        // Past `ulimit -f` a write fails with an error that is told, instead of ending the process.
        let _ = signal_hook::flag::register(libc::SIGXFSZ, Arc::new(AtomicBool::new(false)));
        let ignored = ignored();
        let ends = ends.iter().filter(|signal| ignored >> (**signal - 1) & 1 == 0);
        // Where a signal cannot be waited for it ends the process as ever.
        let Ok(mut signals) = Signals::new(ends) else { return };
        std::thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                remove_unfinished();
                let _ = emulate_default_handler(signal);
            }
        });
    }

    /// The signals that whoever started us wants ignored, as `nohup` does SIGHUP: bit 0 is signal 1. Where there is no
    /// `/proc`, none.
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
    }
}
