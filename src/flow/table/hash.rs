//! The keyed hash of a five-tuple.
//!
//! Folded multiplication (the exclusive or of the two halves of a 128-bit product), as in wyhash and
//! foldhash, with every input masked by a key. The author of a capture does not know the keys and so cannot
//! target one slot. The contents of the table never depend on the seed.

/// Five secret numbers derived from one seed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keys([u64; 5]);

impl Keys {
    /// Derives the keys from a seed.
    pub(super) fn new(seed: u64) -> Self {
        let mut state = seed;
        Self(std::array::from_fn(|_| {
            // splitmix64 (Steele, Lea, Flood 2014).
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        }))
    }

    /// Hashes an IPv4 tuple: both addresses in one number, ports and protocol in the other.
    pub(super) fn v4(&self, addresses: u64, rest: u64) -> u64 {
        let [a, b, c, d, _] = self.0;
        fold(fold(addresses ^ a, rest ^ b) ^ c, d | 1)
    }

    /// Hashes an IPv6 tuple.
    pub(super) fn v6(&self, source: u128, destination: u128, rest: u64) -> u64 {
        let [a, b, c, d, e] = self.0;
        let source = fold(high(source) ^ a, low(source) ^ b);
        let destination = fold(high(destination) ^ c, low(destination) ^ d);
        fold(source.rotate_left(23) ^ destination ^ e, rest ^ a)
    }
}

fn fold(left: u64, right: u64) -> u64 {
    let product = u128::from(left) * u128::from(right);
    low(product) ^ high(product)
}

#[expect(clippy::cast_possible_truncation, reason = "only the lower half is used")]
fn low(number: u128) -> u64 {
    number as u64
}

fn high(number: u128) -> u64 {
    low(number >> 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tuples that differ only in the low bits of an address are spread about evenly over 256 slots.
    #[test]
    fn neighbours_spread() {
        for seed in [0, 1, u64::MAX] {
            let keys = Keys::new(seed);
            let mut slots4 = [0_u32; 256];
            let mut slots6 = [0_u32; 256];
            for number in 0..25_600_u64 {
                slots4[usize::try_from(keys.v4(number << 32, 443) & 255).unwrap()] += 1;
                slots6[usize::try_from(keys.v6(u128::from(number), 1, 443) & 255).unwrap()] += 1;
            }
            for count in slots4.into_iter().chain(slots6) {
                assert!((40..=180).contains(&count), "seed {seed}: {count} instead of about 100");
            }
        }
    }
}
