//! The values in the format: times, durations, sizes and scales.

use jiff::Timestamp;

use super::When;

/// Parses a duration such as `2m`, `1h30m` or `300ms` in nanoseconds. The units are `d`, `h`, `m`, `s`, `ms`, `us` and
/// `ns`. Each unit may occur at most once, and larger units come before smaller units.
pub(super) fn duration(text: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 7] = [
        ("d", 86_400_000_000_000),
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
        ("ns", 1),
    ];
    let mut rest = text;
    let (mut sum, mut last) = (0_u64, u64::MAX);
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let (figure, behind) = rest.split_at(digits);
        let letters = behind.find(|letter: char| !letter.is_ascii_lowercase()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(letters);
        let (_, nanoseconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
        if *nanoseconds >= last {
            return None;
        }
        last = *nanoseconds;
        sum = sum.checked_add(figure.parse::<u64>().ok()?.checked_mul(*nanoseconds)?)?;
        rest = behind;
    }
    (last != u64::MAX).then_some(sum)
}

/// Parses the time of an event: a duration after the first packet, or a time in RFC 3339 format with its time zone.
pub(super) fn when(text: &str) -> Option<When> {
    if let Some(offset) = duration(text) {
        return Some(When::Offset(offset));
    }
    let moment: Timestamp = text.parse().ok()?;
    Some(When::Wall(moment.as_nanosecond()))
}

/// Parses a number of bytes such as `64 kB`, `2 MB` or `1500 B`, in decimal units.
pub(super) fn bytes(text: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 4] = [("gb", 1_000_000_000), ("mb", 1_000_000), ("kb", 1_000), ("b", 1)];
    let text = text.trim().to_ascii_lowercase();
    let (figure, factor) =
        UNITS.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)))?;
    let figure = figure.trim_end();
    let digits = !figure.is_empty() && figure.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| figure.parse::<u64>().ok()?.checked_mul(factor)).flatten()
}

/// Parses a factor such as `2` or `1.5`, from 0.001 to 1,000 with at most three decimals, in thousandths.
pub(crate) fn thousandths(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 3 {
        return None;
    }
    let value =
        whole.parse::<u64>().ok()?.checked_mul(1_000)? + format!("{fraction:0<3}").parse::<u64>().ok()?;
    (1..=1_000_000).contains(&value).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, wanted) in [
            ("2m", Some(120_000_000_000)),
            ("1h30m", Some(5_400_000_000_000)),
            ("300ms", Some(300_000_000)),
            ("0s", Some(0)),
            ("1s500ms", Some(1_500_000_000)),
            ("5", None),
            ("", None),
            ("m", None),
            ("1m1h", None),
            ("1s1s", None),
            ("-1s", None),
            ("1.5s", None),
            ("999999999d", None),
        ] {
            assert_eq!(duration(text), wanted, "{text}");
        }
    }

    #[test]
    fn moments_sizes_and_factors() {
        assert_eq!(when("1970-01-01T00:00:01+00:00"), Some(When::Wall(1_000_000_000)));
        assert_eq!(when("1970-01-01T00:00:01"), None);
        assert_eq!(when("2m"), Some(When::Offset(120_000_000_000)));
        let sizes = ["64 kB", "1500B", "2 MB", "2", "1.5 MB", "-1 B"].map(bytes);
        assert_eq!(sizes, [Some(64_000), Some(1_500), Some(2_000_000), None, None, None]);
        let factors = ["2", "1.5", "0.001", "1000", "0", "1001", "1.2345", "x"].map(thousandths);
        assert_eq!(factors, [Some(2_000), Some(1_500), Some(1), Some(1_000_000), None, None, None, None]);
    }
}
