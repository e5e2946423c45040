//! How long a failure goes undetected, and how long routes then take to converge.
//!
//! Sources of the figures: Microsoft, *ExpressRoute over BFD* (at least 300 ms, the slower side counts; the example has
//! a multiplier of 3; 60 s keepalive and 180 s hold time on Microsoft's edge, which can be negotiated down to a minimum
//! of 3 s and 10 s), *ExpressRoute FAQ* (a failed link is detected within 3 minutes), *Designing for high availability*
//! (gateway and edge converge within a minute). RFC 4271 section 4.2: the smaller hold time counts, with three
//! keepalives per hold time. RFC 5880 section 6.8.4: the detection time is the multiplier times the slower interval,
//! counted from the most recent packet.

use std::time::Duration;

use crate::network::ConnectionSettings;

/// The BFD interval of Microsoft's edge. If the interval is 750 ms instead, the network file must state it.
pub const BFD_INTERVAL: Duration = Duration::from_millis(300);

/// The number of BFD intervals without a packet after which a session is declared down.
pub const BFD_MULTIPLIER: u32 = 3;

/// The hold time of Microsoft's edge.
pub const HOLD_TIME: Duration = Duration::from_mins(3);

/// The minimum hold time that Microsoft's edge accepts.
pub const LEAST_HOLD_TIME: Duration = Duration::from_secs(10);

/// The maximum time until a virtual network's gateway and Microsoft's edge converge after a failure is detected.
pub const GATEWAY_CONVERGENCE: Duration = Duration::from_mins(1);

/// The way in which a session of a circuit fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Failure {
    /// Packets stop arriving without any notification, for example because of a cable cut behind a switch or a dead
    /// router.
    Silent,
    /// An administrator disables the session, and BGP sends a notification.
    Administrative,
}

/// The mechanism that detects that a session is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DetectedBy {
    /// A BGP notification.
    Notification,
    /// Bidirectional Forwarding Detection.
    Bfd,
    /// The hold timer of BGP.
    HoldTimer,
}

impl DetectedBy {
    /// The word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Notification => "notification",
            Self::Bfd => "bfd",
            Self::HoldTimer => "hold-timer",
        }
    }

    /// Returns the source of the mechanism's detection times.
    pub const fn reference(self) -> &'static str {
        match self {
            Self::Notification => "RFC 4271 section 8",
            Self::Bfd => "Microsoft, expressroute-bfd; RFC 5880 section 6.8.4",
            Self::HoldTimer => "Microsoft, expressroute-faqs and expressroute-bfd; RFC 4271 section 4.2",
        }
    }
}

/// How long a failure goes undetected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detection {
    /// The mechanism that detects the failure.
    pub by: DetectedBy,
    /// The mean detection time, if failures are spread evenly between two packets.
    pub typical: Duration,
    /// The maximum detection time: the most recent packet arrived just before the failure.
    pub at_most: Duration,
}

/// Returns how long a failure of a circuit's session goes undetected, given the connection's settings in the network
/// file.
pub fn detection(settings: &ConnectionSettings, failure: Failure) -> Detection {
    let (by, at_most, interval) = match failure {
        Failure::Administrative => (DetectedBy::Notification, Duration::ZERO, Duration::ZERO),
        Failure::Silent if settings.bfd => {
            let interval = bfd_interval(settings);
            (DetectedBy::Bfd, interval * BFD_MULTIPLIER, interval)
        }
        Failure::Silent => {
            let hold = hold_time(settings);
            (DetectedBy::HoldTimer, hold, hold / 3)
        }
    };
    // The failure happens up to one interval after the most recent packet, from which the time is counted.
    Detection { by, typical: at_most.saturating_sub(interval / 2), at_most }
}

/// Returns the negotiated hold time: the smaller of the two sides' values.
pub fn hold_time(settings: &ConnectionSettings) -> Duration {
    let own = settings.hold_time.map(|own| Duration::from_secs(own.value.into()));
    own.map_or(HOLD_TIME, |own| own.clamp(LEAST_HOLD_TIME, HOLD_TIME))
}

/// Returns the negotiated BFD interval: the slower of the two sides' intervals.
fn bfd_interval(settings: &ConnectionSettings) -> Duration {
    let own = settings.bfd_interval.map(|own| Duration::from_millis(own.value.into()));
    own.map_or(BFD_INTERVAL, |own| own.max(BFD_INTERVAL))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Span, Spanned};

    fn settings(bfd: bool, bfd_interval: Option<u32>, hold_time: Option<u32>) -> ConnectionSettings {
        let place = |value| Spanned::new(value, Span::default());
        ConnectionSettings {
            bfd,
            bfd_interval: bfd_interval.map(place),
            hold_time: hold_time.map(place),
            ..ConnectionSettings::default()
        }
    }

    #[test]
    fn figures() {
        for (bfd, interval, hold, by, typical_ms, at_most_ms) in [
            (false, None, None, DetectedBy::HoldTimer, 150_000, 180_000),
            (false, None, Some(30), DetectedBy::HoldTimer, 25_000, 30_000),
            (false, None, Some(10), DetectedBy::HoldTimer, 8_334, 10_000),
            // Values that the file reader would reject are limited to those that Microsoft's edge accepts.
            (false, None, Some(3), DetectedBy::HoldTimer, 8_334, 10_000),
            (false, None, Some(600), DetectedBy::HoldTimer, 150_000, 180_000),
            (true, None, Some(30), DetectedBy::Bfd, 750, 900),
            (true, Some(750), None, DetectedBy::Bfd, 1_875, 2_250),
            (true, Some(50), None, DetectedBy::Bfd, 750, 900),
        ] {
            let found = detection(&settings(bfd, interval, hold), Failure::Silent);
            assert_eq!(found.by, by);
            assert_eq!(found.typical.as_micros().div_ceil(1000), typical_ms, "{bfd} {interval:?} {hold:?}");
            assert_eq!(found.at_most.as_millis(), at_most_ms, "{bfd} {interval:?} {hold:?}");
        }
    }

    #[test]
    fn what_is_switched_off_is_seen_at_once() {
        let found = detection(&settings(true, None, None), Failure::Administrative);
        assert_eq!(
            (found.by, found.typical, found.at_most),
            (DetectedBy::Notification, Duration::ZERO, Duration::ZERO)
        );
    }
}
