//! Cells as text: for people (grouped digits, escaped controls) and for machines (raw).

use jiff::Timestamp;

use super::Cell;
pub(super) use crate::addr::grouped;
pub(super) use crate::diag::{is_unsafe, visible};

/// Formats a time as RFC 3339 in UTC, always with nine decimals: `2026-05-25T08:00:00.000000001Z`.
pub(super) fn timestamp(nanoseconds: u64) -> String {
    // Every `u64` of nanoseconds ends before the year 2555, well within jiff's range.
    let moment = Timestamp::from_nanosecond(i128::from(nanoseconds)).unwrap_or(Timestamp::MAX);
    format!("{moment:.9}")
}

/// Formats a cell for machines: raw digits, `true`/`false`, lists joined by `;`, nothing for no value.
pub(super) fn raw(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Integer(number) | Cell::Duration(number) => number.to_string(),
        Cell::Count(count) => count.to_string(),
        Cell::Flag(flag) => flag.to_string(),
        Cell::List(items) => items.join(";"),
        Cell::Time(nanoseconds) => timestamp(*nanoseconds),
    }
}

/// Formats a duration with at most three digits, rounded down: `618 ms`, `4.18 s`, `3 min 20 s`.
pub(crate) fn duration(nanoseconds: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("s", 1_000_000_000), ("ms", 1_000_000), ("µs", 1_000)];
    let seconds = nanoseconds / 1_000_000_000;
    if seconds >= 100 {
        let (minutes, rest) = (seconds / 60, seconds % 60);
        return if rest == 0 { format!("{minutes} min") } else { format!("{minutes} min {rest} s") };
    }
    let Some((unit, size)) = UNITS.iter().find(|(_, size)| nanoseconds >= *size) else {
        return if nanoseconds == 0 { "0".to_owned() } else { format!("{nanoseconds} ns") };
    };
    let (whole, thousandths) = (nanoseconds / size, nanoseconds % size * 1_000 / size);
    match whole {
        0..10 if thousandths >= 10 => format!("{whole}.{:02} {unit}", thousandths / 10),
        10..100 if thousandths >= 100 => format!("{whole}.{} {unit}", thousandths / 100),
        _ => format!("{whole} {unit}"),
    }
}

/// Formats a cell for people, not yet escaped; a list shows its first `list_limit` items and `+n`.
pub(super) fn for_people(cell: &Cell, list_limit: usize) -> String {
    match cell {
        Cell::Empty | Cell::Text(_) | Cell::Time(_) => raw(cell),
        Cell::Integer(number) => grouped(&number.to_string()),
        Cell::Duration(nanoseconds) => duration(*nanoseconds),
        Cell::Count(count) if count.exponent().is_some_and(|exponent| exponent >= 64) => {
            format!("{count:#}")
        }
        Cell::Count(count) => grouped(&count.to_string()),
        Cell::Flag(flag) => (if *flag { "yes" } else { "no" }).to_owned(),
        Cell::List(items) => {
            let mut shown = items.iter().take(list_limit).cloned().collect::<Vec<_>>();
            if items.len() > shown.len() {
                shown.push(format!("+{}", items.len() - shown.len()));
            }
            shown.join(", ")
        }
    }
}

/// Formats `2,048 packets (1,310,720 bytes)`, with `packet` and `byte` for one.
pub(super) fn packets_and_bytes(packets: u64, bytes: u64) -> String {
    let plural = |number: u64| if number == 1 { "" } else { "s" };
    format!(
        "{} packet{} ({} byte{})",
        grouped(&packets.to_string()),
        plural(packets),
        grouped(&bytes.to_string()),
        plural(bytes)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addr::AddressCount;

    #[test]
    fn digits_are_grouped_from_the_right() {
        let cases = [("0", "0"), ("999", "999"), ("1000", "1,000"), ("1310720", "1,310,720")];
        for (digits, wanted) in cases {
            assert_eq!(grouped(digits), wanted);
        }
    }

    #[test]
    fn moments_are_utc_with_nine_decimals() {
        assert_eq!(timestamp(0), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(timestamp(1_779_696_000_000_000_001), "2026-05-25T08:00:00.000000001Z");
        assert_eq!(timestamp(u64::MAX), "2554-07-21T23:34:33.709551615Z");
    }

    #[test]
    fn nothing_that_steers_a_terminal_survives() {
        assert_eq!(
            visible("a\u{1b}[31m\u{9b}b\n\u{202e}c\u{7f}"),
            "a\\u{1b}[31m\\u{9b}b\\n\\u{202e}c\\u{7f}"
        );
        assert_eq!(visible("Zürich 🛰 — fine"), "Zürich 🛰 — fine");
    }

    #[test]
    fn lists_are_cut_with_the_number_left() {
        let list = Cell::List(["a", "b", "c", "d", "e"].map(String::from).to_vec());
        assert_eq!(for_people(&list, 3), "a, b, c, +2");
        assert_eq!(for_people(&list, 5), "a, b, c, d, e");
        assert_eq!(for_people(&Cell::List(Vec::new()), 3), "");
        assert_eq!(for_people(&Cell::Count(AddressCount::power_of_two(128)), 3), "2^128");
        assert_eq!(for_people(&Cell::Count(AddressCount::power_of_two(32)), 3), "4,294,967,296");
    }

    #[test]
    fn stretches_of_time_have_three_digits() {
        let formatted =
            [0, 999, 1_500, 618_156_350, 999_999_999, 4_189_813_800, 60_000_000_000, 180_000_000_000]
                .map(duration);
        assert_eq!(formatted, ["0", "999 ns", "1.50 µs", "618 ms", "999 ms", "4.18 s", "60 s", "3 min"]);
        assert_eq!(duration(200_999_000_000), "3 min 20 s");
        assert_eq!(duration(12_340_000_000), "12.3 s");
    }
}
