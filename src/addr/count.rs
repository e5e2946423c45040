//! Exact numbers of addresses, from 0 to more than 2^128.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

/// An exact number of addresses.
///
/// The IPv6 space contains 2^128 addresses, one more than [`u128`] can represent, and sums over several vantage
/// points can be larger. The value range is `0..2^192`, so that no sum of address counts in this crate overflows.
/// Floating point is never used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressCount {
    // The order of the fields determines the derived ordering: most significant first.
    high: u64,
    low: u128,
}

impl AddressCount {
    /// Counts of this size and above are approximate in [`Self::grouped`].
    const LONG: u128 = 1_000_000_000_000_000;

    /// No addresses.
    pub const ZERO: Self = Self { high: 0, low: 0 };

    /// Returns `2^exponent` addresses. Exponents above 128 are treated as 128.
    pub const fn power_of_two(exponent: u8) -> Self {
        if exponent >= 128 { Self { high: 1, low: 0 } } else { Self { high: 0, low: 1 << exponent } }
    }

    /// Returns the count as a [`u128`], or `None` for 2^128 and above.
    pub const fn to_u128(self) -> Option<u128> {
        if self.high == 0 { Some(self.low) } else { None }
    }

    /// Returns whether the count is zero.
    pub const fn is_zero(self) -> bool {
        self.high == 0 && self.low == 0
    }

    /// Formats the count for a sentence: `9,582`; powers of two from 2^16 as `2^k`, other counts of more than 15 digits as
    /// `about 2^k`, rounded down.
    pub fn grouped(self) -> String {
        match self.exponent() {
            Some(exponent @ 16..) => format!("2^{exponent}"),
            _ if self.high > 0 => format!("about 2^{}", 128 + self.high.ilog2()),
            _ if self.low >= Self::LONG => format!("about 2^{}", self.low.ilog2()),
            _ => grouped(&self.low.to_string()),
        }
    }

    /// Returns `self - other`, or `None` if `other` is larger.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        let (low, borrow) = self.low.overflowing_sub(other.low);
        match self.high.checked_sub(other.high) {
            Some(high) => match high.checked_sub(borrow as u64) {
                Some(high) => Some(Self { high, low }),
                None => None,
            },
            None => None,
        }
    }

    /// Returns the share of `whole` in tenths of a percent, rounded. A share that is not zero is at least 1, and a
    /// share that is not complete is at most 999, so that neither is mistaken for nothing or everything. `None` if
    /// `whole` is zero or smaller.
    pub fn permille_of(self, whole: Self) -> Option<u16> {
        if whole.is_zero() || self > whole {
            return None;
        }
        if self.is_zero() || self == whole {
            return Some(if self.is_zero() { 0 } else { 1000 });
        }
        // Both are scaled to 64 bits, so that the product fits.
        let bits = |count: Self| {
            if count.high == 0 { 128 - count.low.leading_zeros() } else { 192 - count.high.leading_zeros() }
        };
        let shift = bits(whole).saturating_sub(64);
        let scaled = |count: Self| match shift {
            0 => count.low,
            1..128 => count.low >> shift | u128::from(count.high) << (128 - shift),
            _ => u128::from(count.high),
        };
        let all = scaled(whole).max(1);
        let share = (scaled(self) * 1000 + all / 2) / all;
        u16::try_from(share).ok().map(|share| share.clamp(1, 999))
    }

    /// Returns the count in a few characters for people: digits below 2^40, otherwise a power of two, `about 2^k` if it is
    /// only near one.
    pub fn short(self) -> String {
        if let Some(k @ 16..) = self.exponent() {
            return format!("2^{k}");
        }
        match self.to_u128() {
            Some(count) if count < 1 << 40 => count.to_string(),
            Some(count) => format!("about 2^{}", count.ilog2()),
            None => "about 2^128".to_owned(),
        }
    }

    /// Returns the exponent `k` if the count is exactly `2^k`, and `None` otherwise.
    pub const fn exponent(self) -> Option<u32> {
        match (self.high, self.low) {
            (0, low) if low.is_power_of_two() => Some(low.trailing_zeros()),
            (high, 0) if high.is_power_of_two() => Some(128 + high.trailing_zeros()),
            _ => None,
        }
    }
}

/// Groups the digits of a number in threes: `1,310,720`.
pub(crate) fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl From<u128> for AddressCount {
    fn from(low: u128) -> Self {
        Self { high: 0, low }
    }
}

impl Add for AddressCount {
    type Output = Self;

    /// Adds two counts. The result saturates at 2^192 - 1, which no sum of address counts in this crate reaches.
    fn add(self, other: Self) -> Self {
        let (low, carry) = self.low.overflowing_add(other.low);
        match self.high.checked_add(other.high).and_then(|high| high.checked_add(u64::from(carry))) {
            Some(high) => Self { high, low },
            None => Self { high: u64::MAX, low: u128::MAX },
        }
    }
}

impl Sum for AddressCount {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for AddressCount {
    /// Formats the count as decimal digits. With `{:#}`, powers of two from 2^16 are written as `2^k`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (true, Some(k @ 16..)) = (f.alternate(), self.exponent()) {
            return f.pad(&format!("2^{k}"));
        }
        if self.high == 0 {
            return f.pad(&self.low.to_string());
        }
        // Long division by 10^18 in 64-bit limbs, most significant first.
        const CHUNK: u128 = 1_000_000_000_000_000_000;
        let mut limbs = [u128::from(self.high), self.low >> 64, self.low & u128::from(u64::MAX)];
        let mut groups = Vec::with_capacity(4);
        while limbs.iter().any(|limb| *limb != 0) {
            let mut remainder = 0;
            for limb in &mut limbs {
                let value = (remainder << 64) | *limb;
                *limb = value / CHUNK;
                remainder = value % CHUNK;
            }
            groups.push(remainder);
        }
        let mut text = String::new();
        for (index, group) in groups.iter().rev().enumerate() {
            text.push_str(&if index == 0 { group.to_string() } else { format!("{group:018}") });
        }
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_spaces_are_exact() {
        assert_eq!(AddressCount::power_of_two(32).to_string(), "4294967296");
        let ipv6 = AddressCount::power_of_two(128);
        assert_eq!(ipv6.to_string(), "340282366920938463463374607431768211456");
        assert_eq!(format!("{ipv6:#}"), "2^128");
        assert_eq!((ipv6 + ipv6).to_string(), "680564733841876926926749214863536422912");
        assert_eq!(ipv6.to_u128(), None);
        assert_eq!(ipv6.checked_sub(AddressCount::from(1)), Some(AddressCount::from(u128::MAX)));
        assert_eq!(AddressCount::ZERO.checked_sub(ipv6), None);
    }

    #[test]
    fn sentences_have_short_counts() {
        let of = |count: u128| AddressCount::from(count).grouped();
        for (count, wanted) in [
            (0, "0"),
            (9_582, "9,582"),
            (1 << 15, "32,768"),
            (1 << 16, "2^16"),
            (999_999_999_999_999, "999,999,999,999,999"),
            (1_000_000_000_000_001, "about 2^49"),
            ((1 << 80) + 1, "about 2^80"),
        ] {
            assert_eq!(of(count), wanted);
        }
        let more = AddressCount::power_of_two(128) + AddressCount::from(1);
        assert_eq!(more.grouped(), "about 2^128");
        assert_eq!((AddressCount::power_of_two(128)).grouped(), "2^128");
    }

    #[test]
    fn halves_sum_to_the_whole() {
        let half = AddressCount::power_of_two(127);
        assert_eq!([half, half].into_iter().sum::<AddressCount>(), AddressCount::power_of_two(128));
        assert!(half < AddressCount::power_of_two(128));
        assert_eq!(format!("{:#}", AddressCount::from(256)), "256");
    }

    #[test]
    fn large_counts_are_shown_as_powers() {
        let short = |number: u128| AddressCount::from(number).short();
        assert_eq!([short(0), short(4788), short(65_536), short(65_537)], ["0", "4788", "2^16", "65537"]);
        assert_eq!([short(1 << 72), short((1 << 72) + 1)], ["2^72", "about 2^72"]);
        assert_eq!(AddressCount::power_of_two(128).short(), "2^128");
    }

    #[test]
    fn shares_are_neither_nothing_nor_everything_by_rounding() {
        let count = |number: u128| AddressCount::from(number);
        for (part, whole, share) in [
            (count(0), count(5), Some(0)),
            (count(5), count(5), Some(1000)),
            (count(1), count(3), Some(333)),
            (count(1), count(1 << 40), Some(1)),
            (count((1 << 40) - 1), count(1 << 40), Some(999)),
            (count(11_590), count(13_738), Some(844)),
            (AddressCount::power_of_two(127), AddressCount::power_of_two(128), Some(500)),
            (AddressCount::power_of_two(64), AddressCount::power_of_two(128), Some(1)),
            (count(1), count(0), None),
            (count(2), count(1), None),
        ] {
            assert_eq!(part.permille_of(whole), share, "{part} of {whole}");
        }
    }
}
