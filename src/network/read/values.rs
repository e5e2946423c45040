//! Words and numbers in the format.

use std::ops::RangeInclusive;

use crate::diag::{Code, Spanned};
use crate::network::read::Conversion;
use crate::network::{Bandwidth, DefaultRoute};
use crate::yaml::fields::Fields;
use crate::yaml::tree::{Entry, Kind};

/// The BFD intervals that routers support. Microsoft's edge never uses an interval shorter than 300 ms
/// (expressroute-bfd).
pub(super) const BFD_INTERVAL_MS: RangeInclusive<u32> = 50..=60_000;

/// The possible hold times of a session with Microsoft's edge. Microsoft's edge proposes 180 s and accepts 10 s or
/// more (expressroute-bfd).
pub(super) const HOLD_TIME_SECONDS: RangeInclusive<u32> = 10..=180;

/// The values of `default_route`.
pub(super) const DEFAULT_ROUTES: [&str; 4] = ["both", "ipv4", "ipv6", "none"];

/// Parses a value of `default_route`.
pub(super) fn default_route(word: &str) -> Option<DefaultRoute> {
    Some(match word {
        "both" => DefaultRoute { ipv4: true, ipv6: true },
        "ipv4" => DefaultRoute { ipv4: true, ipv6: false },
        "ipv6" => DefaultRoute { ipv4: false, ipv6: true },
        "none" => DefaultRoute { ipv4: false, ipv6: false },
        _ => return None,
    })
}

/// The bandwidths at which circuits are available, in Mbps. Those from 40 Gbps are available only with ExpressRoute
/// Direct (Microsoft, expressroute-faqs and expressroute-erdirect-about).
pub(super) const BANDWIDTH_STEPS_MBPS: [u64; 12] =
    [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 40_000, 100_000, 200_000, 400_000];

impl Conversion<'_> {
    /// Reads the rate of an optional key.
    pub(super) fn optional_rate(&mut self, fields: &Fields<'_>, key: &str) -> Option<Spanned<Bandwidth>> {
        fields.get(key).and_then(|entry| self.rate(entry))
    }

    /// Reads a rate with its unit.
    pub(super) fn rate(&mut self, entry: &Entry) -> Option<Spanned<Bandwidth>> {
        let key = &entry.key.value;
        if let Kind::Scalar { text, plain: true } = &entry.value.kind
            && entry.value.what() == "a number"
        {
            let message = format!("the {key} `{text}` has no unit");
            let help = format!("write `{text} Mbps` or `{text} Gbps`");
            self.reader.error(Code::NETWORK_BANDWIDTH, entry.value.span, message, help);
            return None;
        }
        let text = self.reader.text(&entry.value, entry.key.span, &format!("`{key}`"))?;
        let Some(rate) = Bandwidth::parse(&text.value) else {
            let message = format!("`{}` is not a bandwidth", text.value);
            let help = "write a number above zero and a unit, such as `500 Mbps` or `1 Gbps`";
            self.reader.error(Code::NETWORK_BANDWIDTH, text.span, message, help);
            return None;
        };
        Some(Spanned::new(rate, text.span))
    }
}

/// Returns whether circuits are available at this bandwidth.
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
            assert_eq!(Bandwidth::parse(text).map(Bandwidth::bits_per_second), bits, "{text}");
        }
    }
}
