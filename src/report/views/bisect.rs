//! The views of `bisect`.

use std::net::IpAddr;

use crate::catalog::Provenance;
use crate::check::diff::{CarriedPath, Outcome, Step};
use crate::report::views::diff::{FROM, KIND, TO, VANTAGE, list, said, text};
use crate::report::{Cell, View};

/// What is said of an address on one edition of a list.
#[derive(Clone, Debug)]
pub struct Edition {
    /// The edition.
    pub provenance: Provenance,
    /// Where the packet starts.
    pub vantage: String,
    /// What is said.
    pub outcome: Outcome,
}

/// The views of `bisect`: every step at which anything changed, and every edition.
pub fn history(address: IpAddr, editions: &[Edition], steps: &[Step]) -> Vec<View> {
    let edition = text("edition", "the edition, as its publisher counts it");
    let date = text("date", "the day of the edition, where it is known");
    let mut changed = View::new(
        "steps",
        &[
            text("address", "the address"),
            VANTAGE,
            KIND,
            text("before", "the last edition before"),
            edition,
            date,
            FROM,
            TO,
            list("differs", "in what both differ"),
            list("was", "what held before, in the order of differs"),
            list("is", "what holds from this edition on, likewise"),
        ],
    );
    for step in steps {
        let Some((before, after)) =
            step.to.checked_sub(1).and_then(|at| editions.get(at)).zip(editions.get(step.to))
        else {
            continue;
        };
        let told = |outcome: &Outcome| {
            step.differs.iter().map(|aspect| said(&aspect.of(outcome))).collect::<Vec<_>>()
        };
        changed.push(vec![
            Cell::from(address.to_string()),
            Cell::from(after.vantage.as_str()),
            Cell::from(step.kind.word()),
            Cell::from(before.provenance.edition.as_str()),
            Cell::from(after.provenance.edition.as_str()),
            Cell::from(after.provenance.date.clone()),
            Cell::from(CarriedPath::of(&before.outcome).to_string()),
            Cell::from(CarriedPath::of(&after.outcome).to_string()),
            Cell::from(step.differs.iter().map(|aspect| aspect.word().to_owned()).collect::<Vec<_>>()),
            Cell::from(told(&before.outcome)),
            Cell::from(told(&after.outcome)),
        ]);
    }
    let path = text("path", "the path on it, with its circuits");
    let route = text("route", "the route that decides");
    let prefix = text("prefix", "its prefix");
    let mut all =
        View::new("editions", &[edition, date, text("name", "the file's name"), path, route, prefix]);
    for Edition { provenance, outcome, .. } in editions {
        all.push(vec![
            Cell::from(provenance.edition.as_str()),
            Cell::from(provenance.date.clone()),
            Cell::from(provenance.name.as_str()),
            Cell::from(CarriedPath::of(outcome).to_string()),
            Cell::from(outcome.route.origin.as_str()),
            Cell::from(outcome.route.prefix.map(|prefix| prefix.to_string())),
        ]);
    }
    vec![changed, all]
}
