//! The views of `bisect`.

use std::net::IpAddr;

use crate::catalog::Provenance;
use crate::check::diff::{AddressOutcome, CarriedPath, Step};
use crate::report::View;
use crate::report::columns::Columns;
use crate::report::views::diff::{from, kind, or_none, to};
use crate::report::views::shared::vantage;

/// The result for an address, based on one edition of a list.
#[derive(Clone, Debug)]
pub struct Edition {
    /// The edition.
    pub provenance: Provenance,
    /// The vantage point.
    pub vantage: String,
    /// The result.
    pub outcome: AddressOutcome,
}

/// Returns the views of `bisect`: every step at which anything changed, and every edition.
pub fn history(address: IpAddr, editions: &[Edition], steps: &[Step]) -> Vec<View> {
    vec![changes(address, editions, steps), all(editions)]
}

/// A step between two editions.
struct Change<'e> {
    step: &'e Step,
    before: &'e Edition,
    after: &'e Edition,
    from: CarriedPath,
    to: CarriedPath,
}

impl<'e> Change<'e> {
    fn new(step: &'e Step, editions: &'e [Edition]) -> Option<Self> {
        let (before, after) = (editions.get(step.to.checked_sub(1)?)?, editions.get(step.to)?);
        let (from, to) = (CarriedPath::of(&before.outcome), CarriedPath::of(&after.outcome));
        Some(Self { step, before, after, from, to })
    }

    /// Returns the values of the properties that differ.
    fn values(&self, outcome: &AddressOutcome) -> Vec<String> {
        self.step.differs.iter().map(|aspect| or_none(&aspect.of(outcome))).collect()
    }
}

fn changes(address: IpAddr, editions: &[Edition], steps: &[Step]) -> View {
    Columns::<Change<'_>>::new()
        .text("address", "the address", |_| address.to_string())
        .group(|change| change.after.vantage.as_str(), vantage())
        .group(|change| &change.step.kind, kind())
        .text("before", "the previous edition", |change| change.before.provenance.edition.clone())
        .group(|change| &change.after.provenance, edition())
        .group(|change| &change.from, from())
        .group(|change| &change.to, to())
        .list("differs", "the properties that differ", |change| {
            change.step.differs.iter().map(|aspect| aspect.word().to_owned()).collect::<Vec<_>>()
        })
        .list(
            "was",
            "the values of the differing properties with the previous edition, in the order of differs",
            |change| change.values(&change.before.outcome),
        )
        .list(
            "is",
            "the values of the differing properties with the new edition, in the order of differs",
            |change| change.values(&change.after.outcome),
        )
        .view("steps", steps.iter().filter_map(|step| Change::new(step, editions)))
}

fn all(editions: &[Edition]) -> View {
    Columns::<&Edition>::new()
        .group(|one| &one.provenance, edition())
        .text("name", "the name of the file", |one| one.provenance.name.clone())
        .text("path", "the path based on this edition, with its circuits", |one| {
            CarriedPath::of(&one.outcome).to_string()
        })
        .text("route", "the deciding route", |one| one.outcome.route.origin.clone())
        .text("prefix", "the prefix of the deciding route", |one| {
            one.outcome.route.prefix.map(|prefix| prefix.to_string())
        })
        .view("editions", editions)
}

/// The edition of a list and its date.
fn edition<'c>() -> Columns<'c, Provenance> {
    Columns::<Provenance>::new()
        .text("edition", "the edition, as named by its publisher", |list| list.edition.clone())
        .text("date", "the date of the edition, if known", |list| list.date.clone())
}
