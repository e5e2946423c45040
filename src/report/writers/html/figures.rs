//! Numbers for people: three digits and a unit, rounded, with integer arithmetic only.
//! A number and its unit stay on one line.

use crate::report::text::grouped;

/// Formats bytes in decimal units: `996 bytes`, `12.9 MB`.
pub(super) fn bytes(amount: u64) -> String {
    match amount {
        1 => "1\u{a0}byte".to_owned(),
        0..1_000 => format!("{amount}\u{a0}bytes"),
        _ => scaled(amount, &["bytes", "kB", "MB", "GB", "TB", "PB", "EB"]),
    }
}

/// Formats bits per second: `170 kbps`, `1 Gbps`.
pub(super) fn rate(bits_per_second: u64) -> String {
    scaled(bits_per_second, &["bps", "kbps", "Mbps", "Gbps", "Tbps", "Pbps", "Ebps"])
}

/// Formats a number with its digits in groups.
pub(super) fn count(number: u64) -> String {
    grouped(&number.to_string())
}

/// Formats a share in percent; never `0 %` of a non-zero part, nor `100 %` of less than all.
pub(super) fn percent(part: u64, whole: u64) -> String {
    if part == 0 || whole == 0 {
        return "0\u{a0}%".to_owned();
    }
    let permille = (u128::from(part) * 1_000 + u128::from(whole) / 2) / u128::from(whole);
    match permille {
        0 => "<\u{a0}0.1\u{a0}%".to_owned(),
        1_000 if part < whole => "99.9\u{a0}%".to_owned(),
        1..100 | 900..1_000 => format!("{}.{}\u{a0}%", permille / 10, permille % 10),
        _ => format!("{}\u{a0}%", (permille + 5) / 10),
    }
}

/// Formats the utilization of a link from thousandths that were rounded down; a non-zero load may be 0.
pub(super) fn filled(permille: u64) -> String {
    if permille == 0 { percent(1, 1_000_000) } else { percent(permille, 1_000) }
}

/// Formats a duration: `617 ms`, `4.19 s`, `3 min 20 s`.
pub(super) fn duration(ns: u64) -> String {
    const SECOND: u64 = 1_000_000_000;
    match ns {
        0 => "0\u{a0}s".to_owned(),
        1..1_000_000 => scaled(ns, &["ns", "µs"]),
        1_000_000..SECOND => scaled(ns / 1_000, &["µs", "ms"]),
        _ if ns < 60 * SECOND => scaled(ns / 1_000_000, &["ms", "s"]),
        _ => {
            let seconds = ns / SECOND;
            let parts = [(seconds / 3_600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
            let shown = parts.into_iter().filter(|(number, _)| *number > 0).take(2);
            shown.map(|(number, unit)| format!("{number}\u{a0}{unit}")).collect::<Vec<_>>().join(" ")
        }
    }
}

/// Formats a time relative to the start of the replay: `2:00`, `1:02:03`, `0:00.9`.
pub(super) fn clock(ns: u64) -> String {
    let (seconds, tenths) = (ns / 1_000_000_000, ns / 100_000_000 % 10);
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let tenths = if tenths > 0 { format!(".{tenths}") } else { String::new() };
    if hours > 0 {
        format!("{hours}:{minutes:02}:{rest:02}{tenths}")
    } else {
        format!("{minutes}:{rest:02}{tenths}")
    }
}

/// Formats three digits and the largest unit not above the number, rounded half up.
fn scaled(amount: u64, units: &[&str]) -> String {
    let last = units.len().saturating_sub(1);
    let (mut step, mut divisor) = (0, 1_u128);
    // A number that rounds up to the next unit is shown in that unit.
    while step < last && u128::from(amount) * 2 >= divisor * 1_999 {
        step += 1;
        divisor *= 1_000;
    }
    let hundredths = (u128::from(amount) * 100 + divisor / 2) / divisor;
    let unit = units.get(step).copied().unwrap_or_default();
    let tenths = (u128::from(amount) * 10 + divisor / 2) / divisor;
    let (whole, fraction) = match hundredths {
        0..1_000 => (hundredths / 100, format!("{:02}", hundredths % 100)),
        1_000..9_995 => (tenths / 10, (tenths % 10).to_string()),
        _ => ((u128::from(amount) + divisor / 2) / divisor, String::new()),
    };
    let fraction = fraction.trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    format!("{}{dot}{fraction}\u{a0}{unit}", grouped(&whole.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spaced(text: String) -> String {
        text.replace('\u{a0}', " ")
    }

    #[test]
    fn numbers_have_three_digits_and_a_unit() {
        let cases = [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_000, "1 kB"),
            (1_234, "1.23 kB"),
            (12_649_464, "12.6 MB"),
            (999_499, "999 kB"),
            (999_500, "1 MB"),
            (u64::MAX, "18.4 EB"),
        ];
        for (amount, wanted) in cases {
            assert_eq!(spaced(bytes(amount)), wanted);
        }
        assert_eq!(spaced(rate(1_000_000_000)), "1 Gbps");
        assert_eq!(spaced(rate(170_170)), "170 kbps");
    }

    #[test]
    fn a_share_is_nothing_or_all_only_where_it_is() {
        let cases = [
            (0, 10, "0 %"),
            (1, 100_000, "< 0.1 %"),
            (99_999, 100_000, "99.9 %"),
            (10, 10, "100 %"),
            (383, 1_000, "38 %"),
            (43, 1_000, "4.3 %"),
            (891, 1_000, "89 %"),
            (1_500, 1_000, "150 %"),
        ];
        for (part, whole, wanted) in cases {
            assert_eq!(spaced(percent(part, whole)), wanted);
        }
    }

    #[test]
    fn times_are_said_in_two_units_at_most() {
        assert_eq!(spaced(duration(4_189_813_800)), "4.19 s");
        assert_eq!(spaced(duration(618_156_350)), "618 ms");
        assert_eq!(spaced(duration(200_000_000_000)), "3 min 20 s");
        assert_eq!(spaced(duration(16_460)), "16.5 µs");
        assert_eq!(clock(120_900_000_000), "2:00.9");
        assert_eq!(clock(3_723_000_000_000), "1:02:03");
    }
}
