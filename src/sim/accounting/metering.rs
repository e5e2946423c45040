//! The data that leave Microsoft over each circuit, which metered billing counts.

use crate::network::{Billing, Price, Sku};
use crate::sim::accounting::result::LinkResult;
use crate::sim::clock::timeline::Epoch;
use crate::sim::link::Direction;
use crate::sim::scenario::LinkName;

/// The hours of a month: 8,760 hours of a year by twelve months.
const HOURS_A_MONTH: u128 = 730;
const NS_AN_HOUR: u128 = 3_600_000_000_000;

/// The traffic of a circuit on both of its connections and peerings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metered {
    /// The circuit's name.
    pub circuit: String,
    /// The circuit's SKU. The `local` SKU has no charge by volume (ExpressRoute FAQ).
    pub sku: Sku,
    /// The billing model, if the file contains it.
    pub billing: Option<Billing>,
    /// The price for 10^9 bytes from Microsoft, if the file contains it.
    pub price: Option<Price>,
    /// The IP bytes that the circuit carried from Microsoft to the company.
    pub from_microsoft: u64,
    /// The IP bytes that the circuit carried to Microsoft.
    pub to_microsoft: u64,
    /// The time that the capture covers, in nanoseconds.
    pub covered_ns: u64,
}

impl Metered {
    /// Returns the circuits of all epochs, in order of appearance. A circuit has the settings of its first epoch.
    pub(in crate::sim) fn of(epochs: &[Epoch<'_>], links: &[LinkResult], covered_ns: u64) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for circuit in epochs.iter().flat_map(|epoch| &epoch.state.network.circuits) {
            if all.iter().any(|known| known.circuit == circuit.name) {
                continue;
            }
            let carried = |direction: Direction| {
                let own = links.iter().filter(
                    |link| matches!(&link.name, LinkName::Connection(name, _) if *name == circuit.name),
                );
                let totals = own.filter_map(|link| link.totals.get(direction as usize));
                totals.map(|carried| carried.delivered.ip_bytes).sum()
            };
            all.push(Self {
                circuit: circuit.name.clone(),
                sku: circuit.sku.value,
                billing: circuit.billing.as_ref().map(|billing| billing.value),
                price: circuit.egress_price.as_ref().map(|price| price.value.clone()),
                from_microsoft: carried(Direction::In),
                to_microsoft: carried(Direction::Out),
                covered_ns,
            });
        }
        all
    }

    /// Returns the bytes from Microsoft in a month of 730 hours with the traffic of the capture, rounded down; `None` if
    /// the capture covers no time.
    pub fn monthly_bytes(&self) -> Option<u128> {
        let covered = u128::from(self.covered_ns);
        (u128::from(self.from_microsoft) * HOURS_A_MONTH * NS_AN_HOUR).checked_div(covered)
    }

    /// Returns the cost of such a month: `0` if nothing is charged by volume; `None` if the billing model or the price is
    /// unknown.
    pub fn monthly_cost(&self) -> Option<String> {
        if self.sku == Sku::Local || self.billing == Some(Billing::Unlimited) {
            return Some("0".to_owned());
        }
        self.billing?;
        Some(self.price.as_ref()?.of_bytes(self.monthly_bytes()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metered(sku: Sku, billing: Option<Billing>, price: Option<&str>, covered_ns: u64) -> Metered {
        Metered {
            circuit: "er-ams".to_owned(),
            sku,
            billing,
            price: price.map(|price| Price::parse(price).unwrap()),
            from_microsoft: 1_000_000_000,
            to_microsoft: 7,
            covered_ns,
        }
    }

    #[test]
    fn a_month_is_730_hours_of_the_capture() {
        const HOUR: u64 = 3_600_000_000_000;
        let metering = Some(Billing::Metered);
        let hour = metered(Sku::Standard, metering, Some("0.025 EUR"), HOUR);
        assert_eq!(hour.monthly_bytes(), Some(730_000_000_000));
        assert_eq!(hour.monthly_cost().unwrap(), "18.25 EUR");
        let cases = [
            (metered(Sku::Standard, metering, None, HOUR), None),
            (metered(Sku::Standard, None, Some("0.025 EUR"), HOUR), None),
            (metered(Sku::Standard, metering, Some("0.025 EUR"), 0), None),
            (metered(Sku::Premium, Some(Billing::Unlimited), None, HOUR), Some("0".to_owned())),
            (metered(Sku::Local, metering, Some("0.025 EUR"), HOUR), Some("0".to_owned())),
        ];
        for (circuit, cost) in cases {
            assert_eq!(circuit.monthly_cost(), cost, "{circuit:?}");
        }
    }
}
