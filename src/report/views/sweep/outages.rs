//! The results by outage.

use crate::engine::Continuity;
use crate::report::View;
use crate::report::columns::Columns;
use crate::report::views::shared::{worst_direction, worst_link, worst_permille};
use crate::report::views::sweep::{evaluated_outage, leaked, whole_rows};
use crate::sim::{End, OutageResult};

pub(super) fn outages<'r>(results: impl Iterator<Item = &'r OutageResult>) -> View {
    evaluated_outage()
        .group(|row| row.result, effects())
        .group(|row| row.result, leaked())
        .group(|row| row.result, losses())
        .group_if(|row| row.of.as_ref(), worst_link())
        .group_if(|row| row.of.as_ref(), worst_direction())
        .group_if(|row| row.of.as_ref(), worst_permille())
        .integer(
            "fits_thousandths",
            "the largest factor, in thousandths, by which the traffic of the capture can be multiplied so that it fits on every link \
             with a known rate in every time bucket; empty if there is no such link",
            |row| row.result.fits_thousandths(),
        )
        .view("sweep", whole_rows(results))
}

/// All bytes, by the effect of the outage on their flows.
fn effects<'c>() -> Columns<'c, OutageResult> {
    Columns::<OutageResult>::new()
        .bytes(
            "kept_ip_bytes",
            "bytes in flows that continue unchanged; this column and the next five add up to all bytes",
            |result| result.bytes(Some(Continuity::Kept)),
        )
        .bytes(
            "moved_ip_bytes",
            "bytes in flows that continue with the same source address over another forward or return path",
            |result| result.bytes(Some(Continuity::Moved)),
        )
        .bytes(
            "unknown_ip_bytes",
            "bytes in flows for which it is unknown whether they continue, or whether their replies arrive",
            |result| result.bytes(Some(Continuity::Unknown)),
        )
        .bytes("reset_ip_bytes", "bytes in flows that are interrupted and must be re-established", |result| {
            result.bytes(Some(Continuity::Reset))
        })
        .bytes(
            "lost_ip_bytes",
            "bytes in flows that are interrupted and cannot be re-established",
            |result| result.bytes(Some(Continuity::Lost)),
        )
        .bytes(
            "not_carried_ip_bytes",
            "bytes in flows whose packets or replies were already lost before the failure",
            |result| result.bytes(None),
        )
}

/// Bytes for which it is unknown whether they leak, and bytes that do not arrive.
fn losses<'c>() -> Columns<'c, OutageResult> {
    Columns::<OutageResult>::new()
        .bytes(
            "unjudged_ip_bytes",
            "bytes in the compliance scope whose path is unknown or ambiguous",
            OutageResult::undetermined,
        )
        .bytes(
            "asymmetric_ip_bytes",
            "bytes in replies that return over another path and are dropped, or that have no return path",
            |result| result.ended(End::Asymmetric),
        )
        .bytes(
            "discarded_ip_bytes",
            "bytes dropped where their route points, for example by a discard route",
            |result| result.ended(End::Discarded),
        )
        .bytes("no_route_ip_bytes", "bytes without a matching route", |result| result.ended(End::NoRoute))
        .bytes(
            "black_holed_ip_bytes",
            "bytes lost on dead links until the failure is detected, based on the mean traffic over the capture",
            |result| result.black_holed_ip_bytes,
        )
        .duration(
            "detection_ns",
            "the maximum time until the failure is detected, in nanoseconds; empty if both ends know immediately or no \
             traffic uses the dead links",
            |result| result.detection_ns,
        )
        .bytes(
            "over_capacity_ip_bytes",
            "bytes that exceed the rate of a link in a time bucket, summed over all links and directions",
            OutageResult::over_capacity,
        )
}
