//! Warnings on standard error, for outputs that have no place for them.

use crate::diag::Severity;
use crate::report::Report;
use crate::report::text::{packets_and_bytes, visible};

/// Returns the warnings of a report that were not yet printed, one per line, and the skipped packets. With
/// `grave_only`, omits expected skips, such as packets that are not IP.
pub(crate) fn warnings(report: &Report, grave_only: bool) -> Vec<String> {
    let notes = report.notes.iter().filter(|note| note.severity >= Severity::Warning && !note.is_told);
    let notes = notes.map(|note| format!("{}: {}", note.severity, visible(&note.text)));
    let skipped = report.skipped.iter().filter(|skip| skip.is_loss || !grave_only).map(|skip| {
        let amount = packets_and_bytes(skip.packets, skip.frame_bytes);
        format!("skipped: {}, {amount}", visible(&skip.reason))
    });
    notes.chain(skipped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Note, SkippedPackets};

    #[test]
    fn warnings_are_printed_once_and_escape_control_characters() {
        let mut report = Report::new("test/1", "0");
        let already_printed = Note { is_told: true, ..Note::warning("on standard error already") };
        report.notes = vec![Note::advice("a note"), Note::warning("cut\u{1b}[2J"), already_printed];
        let skip = |reason: &str, is_loss| SkippedPackets {
            reason: reason.to_owned(),
            packets: 1,
            frame_bytes: 60,
            is_loss,
        };
        report.skipped = vec![skip("arp", false), skip("too-deep", true)];
        let grave = ["warning: cut\\u{1b}[2J", "skipped: too-deep, 1 packet (60 bytes)"];
        assert_eq!(warnings(&report, true), grave);
        assert_eq!(warnings(&report, false), [grave[0], "skipped: arp, 1 packet (60 bytes)", grave[1]]);
    }
}
