//! How the data that leave Microsoft over a circuit are billed.

use std::fmt;

/// The billing model of a circuit (`sku.family`: `MeteredData` or `UnlimitedData`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Billing {
    /// Data from Microsoft to the company are billed by volume; data to Microsoft are free.
    Metered,
    /// No charge by volume.
    Unlimited,
}

impl Billing {
    /// Every variant.
    pub const ALL: [Self; 2] = [Self::Metered, Self::Unlimited];

    /// Returns the name in the network file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Metered => "metered",
            Self::Unlimited => "unlimited",
        }
    }
}

/// A price for 10^9 bytes, in millionths of a currency unit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price {
    millionths: u64,
    currency: String,
}

impl Price {
    /// Parses a price such as `0.025 EUR`: a number with at most six decimal places, and the three letters of a currency
    /// (ISO 4217). Returns `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (figure, currency) = text.trim().split_once(' ')?;
        let currency = currency.trim_start();
        let (whole, fraction) = figure.split_once('.').unwrap_or((figure, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let is_currency = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
        if !is_currency || !digits(whole) || !digits(fraction) || fraction.len() > 6 {
            return None;
        }
        let fraction = format!("{fraction:0<6}").parse::<u64>().ok()?;
        let millionths = whole.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(fraction)?;
        Some(Self { millionths, currency: currency.to_owned() })
    }

    /// Returns the cost of a volume, rounded to hundredths with halves up: `12.30 EUR`.
    pub fn of_bytes(&self, bytes: u128) -> String {
        let hundredths =
            (bytes.saturating_mul(u128::from(self.millionths)) + 5_000_000_000_000) / 10_000_000_000_000;
        format!("{}.{:02} {}", hundredths / 100, hundredths % 100, self.currency)
    }
}

impl fmt::Display for Price {
    /// Formats the price as in the network file, without trailing zeros: `0.025 EUR`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fraction = format!("{:06}", self.millionths % 1_000_000);
        let fraction = fraction.trim_end_matches('0');
        let dot = if fraction.is_empty() { "" } else { "." };
        f.pad(&format!("{}{dot}{fraction} {}", self.millionths / 1_000_000, self.currency))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_exact() {
        for text in ["0.025 EUR", "1 USD", "0.000001 GBP", "12.5 EUR"] {
            assert_eq!(Price::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "0.025",
            "EUR",
            "0.025 eur",
            "-1 EUR",
            "0.0000001 EUR",
            ".5 EUR",
            "1. EUR",
            "1 EURO",
            "1,5 EUR",
        ] {
            assert_eq!(Price::parse(text), None, "{text}");
        }
        // 40 GB at 0.025 EUR is 1 EUR, and 0.2 GB is half a cent.
        let price = Price::parse("0.025 EUR").unwrap();
        let costs = [
            (40_000_000_000, "1.00 EUR"),
            (200_000_000, "0.01 EUR"),
            (199_999_999, "0.00 EUR"),
            (12_345_678_901_234, "308.64 EUR"),
        ];
        for (bytes, cost) in costs {
            assert_eq!(price.of_bytes(bytes), cost);
        }
    }
}
