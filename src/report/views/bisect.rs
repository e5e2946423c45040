//! The views of `bisect`.

use std::net::IpAddr;

use crate::catalog::Provenance;
use crate::check::diff::{CarriedPath, Outcome, Step};
use crate::report::views::diff::{FROM, KIND, TO, VANTAGE, list, or_none, text};
use crate::report::{Cell, View};

/// The result for an address with one edition of a list.
#[derive(Clone, Debug)]
pub struct Edition {
    /// The edition.
    pub provenance: Provenance,
    /// The vantage point.
    pub vantage: String,
    /// The result.
    pub outcome: Outcome,
}

/// Returns the views of `bisect`: every step at which anything changed, and every edition.
pub fn history(address: IpAddr, editions: &[Edition], steps: &[Step]) -> Vec<View> {
    let edition = text("edition", "the edition, as named by its publisher");
    let date = text("date", "the date of the edition, if known");
    let mut changed = View::new(
        "steps",
        &[
            text("address", "the address"),
            VANTAGE,
            KIND,
            text("before", "the previous edition"),
            edition,
            date,
            FROM,
            TO,
            list("differs", "the properties that differ"),
            list("was", "their values in the previous edition, in the order of differs"),
            list("is", "their values from this edition, in the order of differs"),
        ],
    );
    for step in steps {
        let Some((before, after)) =
            step.to.checked_sub(1).and_then(|at| editions.get(at)).zip(editions.get(step.to))
        else {
            continue;
        };
        let values = |outcome: &Outcome| {
            step.differs.iter().map(|aspect| or_none(&aspect.of(outcome))).collect::<Vec<_>>()
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
            Cell::from(values(&before.outcome)),
            Cell::from(values(&after.outcome)),
        ]);
    }
    let path = text("path", "the path with this edition, with its circuits");
    let route = text("route", "the route that decides");
    let prefix = text("prefix", "its prefix");
    let mut all =
        View::new("editions", &[edition, date, text("name", "the name of the file"), path, route, prefix]);
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
