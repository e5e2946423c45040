//! The limit of a priority class: a token bucket.

use crate::sim::scenario::RateLimit;

const NS: u128 = 1_000_000_000;

/// A token bucket. Tokens are bits × 10⁹, so that every nanosecond adds exactly `rate` of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct TokenBucket {
    rate: u128,
    size: u128,
    tokens: u128,
    filled_ns: u64,
}

impl TokenBucket {
    /// Returns a full bucket.
    pub(super) fn new(limit: RateLimit) -> Self {
        let size = u128::from(limit.burst) * 8 * NS;
        Self { rate: u128::from(limit.rate), size, tokens: size, filled_ns: 0 }
    }

    /// Takes the tokens of a packet, and returns whether there were enough. Otherwise takes none. Moments must not go
    /// backwards.
    pub(super) fn take(&mut self, now_ns: u64, bytes: u64) -> bool {
        let since = u128::from(now_ns.saturating_sub(self.filled_ns));
        self.filled_ns = self.filled_ns.max(now_ns);
        self.tokens = (self.tokens + since * self.rate).min(self.size);
        let cost = u128::from(bytes) * 8 * NS;
        let conforms = cost <= self.tokens;
        if conforms {
            self.tokens -= cost;
        }
        conforms
    }
}
