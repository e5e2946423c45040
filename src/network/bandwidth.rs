//! Rates of circuits, links and appliances.

use std::fmt;

/// A rate, in bits per second (decimal units: 1 Gbps is 10^9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bandwidth(u64);

impl Bandwidth {
    /// No bandwidth.
    pub const ZERO: Self = Self(0);

    /// Returns a rate of this many bits per second.
    pub const fn from_bits_per_second(bits: u64) -> Self {
        Self(bits)
    }

    /// Returns the bits per second.
    pub const fn bits_per_second(self) -> u64 {
        self.0
    }

    /// Parses a rate such as `500 Mbps` or `2.5 Gbps`. Upper and lower case are equivalent, and the space is optional.
    ///
    /// Returns `None` for anything else, for zero, and for 2^64 bits per second or more.
    pub fn parse(text: &str) -> Option<Self> {
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
        (bits > 0).then_some(Self::from_bits_per_second(bits))
    }
}

impl fmt::Display for Bandwidth {
    /// Formats the rate exactly, in Gbps from 1 Gbps and otherwise in Mbps, without trailing zeros: `1.2 Gbps`, `200
    /// Mbps`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, digits, name) =
            if self.0 >= 1_000_000_000 { (1_000_000_000, 9, "Gbps") } else { (1_000_000, 6, "Mbps") };
        let fraction = format!("{:0digits$}", self.0 % unit);
        let fraction = fraction.trim_end_matches('0');
        let dot = if fraction.is_empty() { "" } else { "." };
        f.pad(&format!("{}{dot}{fraction} {name}", self.0 / unit))
    }
}
