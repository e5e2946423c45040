//! The only clock: today's date. `SOURCE_DATE_EPOCH` sets it, so that recorded runs can be repeated
//! (<https://reproducible-builds.org/specs/source-date-epoch/>).

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The variable that sets the time, in seconds since 1970.
const EPOCH: &str = "SOURCE_DATE_EPOCH";

/// Returns today's date in UTC.
pub(super) fn today() -> Date {
    let set = std::env::var(EPOCH).ok().and_then(|text| text.parse().ok());
    let set = set.and_then(|seconds| Timestamp::from_second(seconds).ok());
    set.unwrap_or_else(Timestamp::now).to_zoned(TimeZone::UTC).date()
}
