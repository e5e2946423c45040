//! The values in the format: times, durations, sizes and scales.

use std::ops::RangeInclusive;

use jiff::Timestamp;

use super::When;

/// Parses a duration such as `2m`, `1h30m`, `300ms` or `20 ms` in nanoseconds. The units are `d`, `h`, `m`, `s`, `ms`, `us` and
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
        let behind = behind.strip_prefix(' ').unwrap_or(behind);
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

/// Parses a share such as `0.1 %`, from 0 to 100 with at most four decimals, in millionths.
pub(super) fn millionths(text: &str) -> Option<u64> {
    let figure = text.strip_suffix('%')?.trim_end();
    let (whole, fraction) = figure.split_once('.').unwrap_or((figure, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 4 {
        return None;
    }
    let value =
        whole.parse::<u64>().ok()?.checked_mul(10_000)? + format!("{fraction:0<4}").parse::<u64>().ok()?;
    (value <= 1_000_000).then_some(value)
}

/// Parses a value of the DSCP field: a number, or a name of RFC 2474 (`default`, `cs1` to `cs7`), RFC 2597 (`af11` to
/// `af43`), RFC 3246 (`ef`), RFC 5865 (`va`) or RFC 8622 (`le`).
pub(super) fn dscp(text: &str) -> Option<u8> {
    let text = text.to_ascii_lowercase();
    let digit = |digit: Option<char>, last: u32| {
        let digit = digit?.to_digit(10).filter(|digit| (1..=last).contains(digit))?;
        u8::try_from(digit).ok()
    };
    match text.as_str() {
        "default" | "be" | "cs0" => return Some(0),
        "le" => return Some(1),
        "ef" => return Some(46),
        "va" => return Some(44),
        _ => {}
    }
    if let Some(class) = text.strip_prefix("cs") {
        let mut digits = class.chars();
        return digit(digits.next(), 7).filter(|_| digits.next().is_none()).map(|class| class * 8);
    }
    if let Some(rest) = text.strip_prefix("af") {
        let mut digits = rest.chars();
        let (class, precedence) = (digit(digits.next(), 4)?, digit(digits.next(), 3)?);
        return digits.next().is_none().then_some(class * 8 + precedence * 2);
    }
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|value| plain && *value < 64)
}

/// Parses a port or a range of ports, such as `443` or `3478-3481`.
pub(super) fn ports(text: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let port = |text: &str| {
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|_| plain)
    };
    let (first, last) = (port(first)?, port(last)?);
    (first <= last).then_some(first..=last)
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
            ("20 ms", Some(20_000_000)),
            ("1h 30m", None),
            ("20  ms", None),
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
    fn shares_marks_and_ports() {
        let shares =
            ["0.1 %", "0%", "100 %", "0.0001 %", "101 %", "0.1", ".1 %", "0.00001 %"].map(millionths);
        assert_eq!(shares, [Some(1_000), Some(0), Some(1_000_000), Some(1), None, None, None, None]);
        for (text, wanted) in [
            ("ef", Some(46)),
            ("EF", Some(46)),
            ("af11", Some(10)),
            ("af41", Some(34)),
            ("af43", Some(38)),
            ("cs0", Some(0)),
            ("cs3", Some(24)),
            ("default", Some(0)),
            ("le", Some(1)),
            ("va", Some(44)),
            ("63", Some(63)),
            ("64", None),
            ("+5", None),
            ("af51", None),
            ("af14", None),
            ("af411", None),
            ("cs8", None),
            ("cs", None),
            ("", None),
        ] {
            assert_eq!(dscp(text), wanted, "{text}");
        }
        for (text, wanted) in [
            ("443", Some(443..=443)),
            ("3478-3481", Some(3_478..=3_481)),
            ("3481-3478", None),
            ("65536", None),
            ("-1", None),
            ("+1", None),
        ] {
            assert_eq!(ports(text), wanted, "{text}");
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
