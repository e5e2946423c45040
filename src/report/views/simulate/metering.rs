//! The data that metered billing counts, by circuit.

use crate::report::View;
use crate::report::views::simulate::Named;
use crate::report::views::simulate::variant::{rows, variant};
use crate::sim::Metered;

pub(super) fn metering(results: &[Named<'_>]) -> View {
    variant::<&Metered>()
        .text("circuit", "the circuit", |row| row.of.circuit.clone())
        .text("sku", "`local`, `standard` or `premium`", |row| row.of.sku.name().to_owned())
        .text("billing", "`metered` or `unlimited`; empty if the network file does not contain it", |row| {
            row.of.billing.map(|billing| billing.name().to_owned())
        })
        .bytes(
            "from_microsoft_ip_bytes",
            "the bytes that both connections carried from Microsoft to the company, on both peerings: those that `metered` \
             bills",
            |row| row.of.from_microsoft,
        )
        .bytes("to_microsoft_ip_bytes", "the bytes that they carried to Microsoft, which are free", |row| {
            row.of.to_microsoft
        })
        .duration("covered_ns", "the time from the first to the last packet of the capture, in nanoseconds", |row| {
            row.of.covered_ns
        })
        .integer(
            "monthly_bytes",
            "from_microsoft_ip_bytes in a month of 730 hours with the traffic of the capture, rounded down; empty if the \
             capture covers no time",
            |row| row.of.monthly_bytes().and_then(|bytes| u64::try_from(bytes).ok()),
        )
        .text("egress_price", "the price of 10^9 bytes in the network file", |row| {
            row.of.price.as_ref().map(ToString::to_string)
        })
        .text(
            "monthly_cost",
            "monthly_bytes times egress_price, rounded to hundredths; `0` for `unlimited` and for the SKU `local`; empty if \
             `billing` or `egress_price` is missing",
            |row| row.of.monthly_cost(),
        )
        .view("metering", rows(results, |result| &result.metering))
}
