//! Words and figures of the format.

use std::ops::RangeInclusive;

use crate::network::{Bandwidth, DefaultRoute};

/// The BFD intervals that routers take; Microsoft's edge is never faster than 300 ms (expressroute-bfd).
pub(super) const BFD_INTERVAL_MS: RangeInclusive<u32> = 50..=60_000;

/// The hold times that a session with Microsoft's edge can have: it offers 180 s and agrees to 10 s at least
/// (expressroute-bfd).
pub(super) const HOLD_TIME_SECONDS: RangeInclusive<u32> = 10..=180;

/// The words for a default route.
pub(super) const DEFAULT_ROUTES: [&str; 4] = ["both", "ipv4", "ipv6", "none"];

/// The default route of a word.
pub(super) fn default_route(word: &str) -> Option<DefaultRoute> {
    Some(match word {
        "both" => DefaultRoute { ipv4: true, ipv6: true },
        "ipv4" => DefaultRoute { ipv4: true, ipv6: false },
        "ipv6" => DefaultRoute { ipv4: false, ipv6: true },
        "none" => DefaultRoute { ipv4: false, ipv6: false },
        _ => return None,
    })
}

/// The bandwidths that circuits are sold with, in Mbps: through providers, and on ExpressRoute
/// Direct from 40 Gbps (Microsoft, expressroute-faqs and expressroute-erdirect-about).
pub(super) const BANDWIDTH_STEPS_MBPS: [u64; 12] =
    [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 40_000, 100_000, 200_000, 400_000];

/// A bandwidth such as `500 Mbps` or `2.5 Gbps`; letter case and the space do not count.
///
/// `None` for anything else, for zero, and past 2^64 bits per second.
pub(super) fn bandwidth(text: &str) -> Option<Bandwidth> {
    let text = text.trim().to_ascii_lowercase();
    let (figure, unit_digits) = match text.strip_suffix("mbps") {
        Some(figure) => (figure, 6_u32),
        None => (text.strip_suffix("gbps")?, 9),
    };
    let figure = figure.trim_end();
    let (whole, fraction) = figure.split_once('.').unwrap_or((figure, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let fraction_digits = u32::try_from(fraction.len()).ok().filter(|length| *length <= unit_digits)?;
    let whole = whole.parse::<u64>().ok()?.checked_mul(10_u64.pow(unit_digits))?;
    let fraction = fraction.parse::<u64>().ok()? * 10_u64.pow(unit_digits - fraction_digits);
    let bits = whole.checked_add(fraction)?;
    (bits > 0).then_some(Bandwidth::from_bits_per_second(bits))
}

/// Whether circuits are sold with it.
pub(super) fn is_step(bandwidth: Bandwidth) -> bool {
    BANDWIDTH_STEPS_MBPS.iter().any(|step| step * 1_000_000 == bandwidth.bits_per_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bandwidths() {
        for (text, bits) in [
            ("1 Gbps", Some(1_000_000_000)),
            ("500Mbps", Some(500_000_000)),
            ("2.5 gbps", Some(2_500_000_000)),
            ("0.000001 Mbps", Some(1)),
            ("0 Mbps", None),
            ("0.0000001 Mbps", None),
            ("1", None),
            ("1 GB", None),
            ("-1 Gbps", None),
            ("1. Gbps", None),
            (".5 Gbps", None),
            ("Gbps", None),
            ("99999999999 Gbps", None),
        ] {
            assert_eq!(bandwidth(text).map(Bandwidth::bits_per_second), bits, "{text}");
        }
    }
}
