//! The result of a comparison.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::addr::{AddressCount, Family, IpRange};
use crate::engine::Disposition;

use super::outcome::{AddressOutcome, Aspect};

/// How the outcome of an address differs between the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// The path differs, or is known on one side only.
    Move,
    /// The path is the same, but the circuit, connection, route, return verdict or support differs.
    Reason,
    /// The path is `unknown` or `ambiguous` on both sides. Whether the address moved is unknown, even if both sides
    /// have the same outcome.
    Unknown,
    /// The vantage point exists only in the head.
    Added,
    /// The vantage point exists only in the base.
    Removed,
    /// The whole outcome is the same, and the path is known.
    Unchanged,
}

impl ChangeKind {
    /// The word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Move => "move",
            Self::Reason => "reason-only",
            Self::Unknown => "unknown on both sides",
            Self::Added => "vantage point added",
            Self::Removed => "vantage point removed",
            Self::Unchanged => "unchanged",
        }
    }
}

/// The change that is sufficient to produce the head's outcome. For a move, only the path is compared; for all
/// other kinds, the whole outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The head's network with the base's lists is sufficient, the base's network with the head's lists is not.
    Policy,
    /// The base's network with the head's lists is sufficient, the head's network with the base's lists is not.
    Feed,
    /// Neither is sufficient; both changes are needed.
    OnlyBoth,
    /// Each of the two changes is sufficient on its own.
    Either,
    /// Network and lists both changed, and at least one of them could not be evaluated together with the other from the
    /// opposite side.
    Untold,
    /// No difference: unknown on both sides, with the same outcome.
    Nothing,
}

impl Cause {
    /// The word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Feed => "feed",
            Self::OnlyBoth => "only-both",
            Self::Either => "either",
            Self::Untold => "untold",
            Self::Nothing => "none",
        }
    }
}

/// Index of an [`AddressOutcome`] in its [`Diff`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutcomeId(pub(super) u32);

/// A maximal range of addresses with one outcome on each side and one cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Index into [`Diff::vantages`].
    pub vantage: usize,
    /// The addresses.
    pub range: IpRange,
    /// The kind of change: [`ChangeKind::Move`], [`ChangeKind::Reason`] or [`ChangeKind::Unknown`].
    pub kind: ChangeKind,
    /// The base's outcome, see [`Diff::outcome`].
    pub from: OutcomeId,
    /// The head's outcome. Equal to `from` only if the path is unknown on both sides for the same reason.
    pub to: OutcomeId,
    /// The cause.
    pub cause: Cause,
}

/// The sides on which a vantage point exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Presence {
    /// On both sides: it is compared.
    Both,
    /// Only in the base.
    Removed,
    /// Only in the head.
    Added,
}

/// A vantage point of either side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VantagePoint {
    /// The name: a site, or `VIRTUAL-NETWORK/SUBNET`.
    pub name: String,
    /// The sides on which the vantage point exists.
    pub presence: Presence,
}

/// A cell of a transition matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The path in the base; `None` if the base does not contain the vantage point.
    pub from: Option<Disposition>,
    /// The path in the head; `None` if the head does not contain the vantage point.
    pub to: Option<Disposition>,
    /// The kind of change.
    pub kind: ChangeKind,
    /// The number of addresses.
    pub addresses: AddressCount,
}

/// The path of every address in a family before and after the change, as seen from a vantage point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// Index into [`Diff::vantages`].
    pub vantage: usize,
    /// The family.
    pub family: Family,
    /// The cells with at least one address, by kind, then in the order of paths.
    pub cells: Vec<Transition>,
}

impl Matrix {
    /// Returns the sum of all cells.
    pub fn sum(&self) -> AddressCount {
        self.cells.iter().map(|cell| cell.addresses).sum()
    }

    /// Returns the size of the family's address space: 2^32 or 2^128.
    pub fn whole(&self) -> AddressCount {
        AddressCount::power_of_two(match self.family {
            Family::V4 => 32,
            Family::V6 => 128,
        })
    }

    /// Returns the number of addresses in cells of a kind.
    pub fn count(&self, kind: ChangeKind) -> AddressCount {
        self.cells.iter().filter(|cell| cell.kind == kind).map(|cell| cell.addresses).sum()
    }
}

/// Addresses were lost or counted twice, which is a bug in peerpath.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SumError {
    /// The cells of a matrix do not add up to the whole space.
    #[error(
        "from `{vantage}` the {family} transition matrix adds up to {found} addresses instead of {whole}"
    )]
    Matrix {
        /// The vantage point.
        vantage: String,
        /// The family.
        family: Family,
        /// The sum of the cells.
        found: AddressCount,
        /// The expected sum of the cells.
        whole: AddressCount,
    },
    /// The listed ranges of a kind do not add up to the matrix cells of that kind.
    #[error("from `{vantage}` the {family} ranges of kind `{}` contain {found} addresses, but the matrix has {cells}", kind.word())]
    Listing {
        /// The vantage point.
        vantage: String,
        /// The family.
        family: Family,
        /// The kind.
        kind: ChangeKind,
        /// The number of addresses in the ranges.
        found: AddressCount,
        /// The number of addresses in the cells.
        cells: AddressCount,
    },
}

/// The verdict of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DiffVerdict {
    /// No address differs. Where the path is unknown, it is unknown on both sides with the same alternatives.
    Same,
    /// No difference is known, but for some addresses the path is unknown on both sides with different
    /// alternatives.
    CannotJudge,
    /// Some addresses move or change their reason, or a vantage point was added or removed.
    Differs,
}

/// The exact difference between two sides over the whole address space. Outcomes contain names, not ids.
#[derive(Clone, Debug)]
pub struct Diff {
    /// The vantage points in the base, in its order, followed by the vantage points that exist only in the head.
    pub vantages: Vec<VantagePoint>,
    /// A matrix per vantage point and family. Each matrix is verified to add up to the whole space.
    pub matrices: Vec<Matrix>,
    /// All ranges in which anything changed, by vantage point, family and address. The ranges are disjoint and maximal.
    pub changes: Vec<Change>,
    pub(super) outcomes: Vec<AddressOutcome>,
}

impl Diff {
    /// Returns the outcome with an id of this diff.
    ///
    /// # Panics
    ///
    /// If the id comes from another diff.
    #[expect(
        clippy::indexing_slicing,
        reason = "ids come from this diff; an id from another diff is a bug in the caller"
    )]
    pub fn outcome(&self, id: OutcomeId) -> &AddressOutcome {
        &self.outcomes[id.0 as usize]
    }

    /// Returns the name of a vantage point by its index; empty for an unknown index.
    pub fn vantage(&self, index: usize) -> &str {
        self.vantages.get(index).map_or("", |vantage| &vantage.name)
    }

    /// Whether a vantage point exists on both sides.
    pub fn is_compared(&self, vantage: usize) -> bool {
        self.vantages.get(vantage).is_some_and(|vantage| vantage.presence == Presence::Both)
    }

    /// Returns the change that contains an address, as seen from a vantage point; `None` if it is unchanged.
    ///
    /// # Complexity
    ///
    /// `O(log n)` in the number of changes.
    pub fn change_at(&self, vantage: usize, address: IpAddr) -> Option<&Change> {
        self.changes.get(self.index_at(vantage, address)?)
    }

    /// Returns the index of the change that [`Self::change_at`] returns.
    pub(super) fn index_at(&self, vantage: usize, address: IpAddr) -> Option<usize> {
        // IPv4 sorts before IPv6, both for addresses and for changes.
        let place = (vantage, address);
        let behind = self.changes.partition_point(|change| (change.vantage, change.range.first()) <= place);
        let index = behind.checked_sub(1)?;
        let change = self.changes.get(index)?;
        (change.vantage == vantage && change.range.contains(address)).then_some(index)
    }

    /// Returns the number of addresses in a family with a kind of change, over all vantage points.
    pub fn count(&self, family: Family, kind: ChangeKind) -> AddressCount {
        self.matrices.iter().filter(|matrix| matrix.family == family).map(|matrix| matrix.count(kind)).sum()
    }

    /// Whether any address moves, or may move because a vantage point was added or removed.
    pub fn has_moves(&self) -> bool {
        let one_sided = self.vantages.iter().any(|vantage| vantage.presence != Presence::Both);
        one_sided || self.changes.iter().any(|change| change.kind == ChangeKind::Move)
    }

    /// Returns the verdict.
    pub fn verdict(&self) -> DiffVerdict {
        if self.has_moves() || self.changes.iter().any(|change| change.kind == ChangeKind::Reason) {
            DiffVerdict::Differs
        } else if self.changes.iter().any(|change| self.is_doubtful(change)) {
            DiffVerdict::CannotJudge
        } else {
            DiffVerdict::Same
        }
    }

    /// Whether a change between unknown paths may hide a move because the alternatives differ. If only the prefix,
    /// return path or support differs, the alternatives are the same.
    pub fn is_doubtful(&self, change: &Change) -> bool {
        let open = [Aspect::Path, Aspect::Circuit, Aspect::Connection, Aspect::Route];
        change.kind == ChangeKind::Unknown
            && change.from != change.to
            && self.outcome(change.from).differs(self.outcome(change.to)).iter().any(|one| open.contains(one))
    }

    /// Verifies the sums of matrices and ranges.
    pub(super) fn check(&self) -> Result<(), SumError> {
        let mut listed: HashMap<(usize, Family, ChangeKind), AddressCount> = HashMap::new();
        for change in &self.changes {
            let sum = listed.entry((change.vantage, change.range.family(), change.kind)).or_default();
            *sum = *sum + change.range.count();
        }
        for matrix in &self.matrices {
            let family = matrix.family;
            let (found, whole) = (matrix.sum(), matrix.whole());
            if found != whole {
                let vantage = self.vantage(matrix.vantage).to_owned();
                return Err(SumError::Matrix { vantage, family, found, whole });
            }
            for kind in [ChangeKind::Move, ChangeKind::Reason, ChangeKind::Unknown] {
                let found = listed.get(&(matrix.vantage, family, kind)).copied().unwrap_or_default();
                let cells = matrix.count(kind);
                if found != cells {
                    let vantage = self.vantage(matrix.vantage).to_owned();
                    return Err(SumError::Listing { vantage, family, kind, found, cells });
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::outcome::DecidingRoute;
    use super::*;

    fn diff() -> Diff {
        let unchanged = |exponent: u8| Transition {
            from: Some(Disposition::Internet),
            to: Some(Disposition::Internet),
            kind: ChangeKind::Unchanged,
            addresses: AddressCount::power_of_two(exponent),
        };
        let matrix = |family, exponent| Matrix { vantage: 0, family, cells: vec![unchanged(exponent)] };
        Diff {
            vantages: vec![VantagePoint { name: "ams".to_owned(), presence: Presence::Both }],
            matrices: vec![matrix(Family::V4, 32), matrix(Family::V6, 128)],
            changes: Vec::new(),
            outcomes: Vec::new(),
        }
    }

    #[test]
    fn a_lost_address_is_an_error() {
        assert_eq!(diff().check(), Ok(()));
        let mut lost = diff();
        lost.matrices[1].cells[0].addresses = AddressCount::from(u128::MAX);
        let error = lost.check().unwrap_err();
        assert!(matches!(error, SumError::Matrix { family: Family::V6, .. }), "{error}");
    }

    #[test]
    fn a_difference_in_what_is_unknown_cannot_be_judged() {
        let range = IpRange::V4(crate::addr::AddressRange::ALL);
        let change = |kind, from, to| Change {
            vantage: 0,
            range,
            kind,
            from: OutcomeId(from),
            to: OutcomeId(to),
            cause: Cause::Policy,
        };
        let outcome = |circuit: &str, prefix: &str| AddressOutcome {
            path: Disposition::Ambiguous,
            circuits: vec![circuit.to_owned()],
            hops: Vec::new(),
            ends: crate::engine::TraceEnd::Unknown,
            connections: Vec::new(),
            route: DecidingRoute { prefix: prefix.parse().ok(), origin: String::new(), gap: None },
            way_back: None,
            support: crate::engine::SupportVerdict::Supported,
        };
        let outcomes =
            vec![outcome("a", "10.0.0.0/8"), outcome("b", "10.0.0.0/8"), outcome("a", "10.0.0.0/9")];
        let verdict = |changes: &[Change]| {
            Diff { changes: changes.to_vec(), outcomes: outcomes.clone(), ..diff() }.verdict()
        };
        let (alike, other) = (change(ChangeKind::Unknown, 0, 0), change(ChangeKind::Unknown, 0, 1));
        assert_eq!(verdict(&[alike]), DiffVerdict::Same);
        assert_eq!(
            verdict(&[change(ChangeKind::Unknown, 0, 2)]),
            DiffVerdict::Same,
            "the alternatives are the same"
        );
        assert_eq!(verdict(&[alike, other]), DiffVerdict::CannotJudge);
        assert_eq!(verdict(&[other, change(ChangeKind::Reason, 0, 1)]), DiffVerdict::Differs);
        assert_eq!(verdict(&[change(ChangeKind::Move, 0, 1)]), DiffVerdict::Differs);
    }

    #[test]
    fn a_cell_without_its_ranges_is_an_error() {
        let mut lost = diff();
        lost.matrices[0].cells[0].kind = ChangeKind::Move;
        let error = lost.check().unwrap_err();
        assert!(matches!(error, SumError::Listing { kind: ChangeKind::Move, .. }), "{error}");
    }
}
