//! What a comparison found.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::addr::{AddressCount, Family, IpRange};
use crate::engine::Disposition;

use super::outcome::{Aspect, Outcome};

/// What became of an address from one side to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// It takes another path, or a path that is known on one side only.
    Move,
    /// It takes the same path in another way: other circuit, connection, route, return verdict or support.
    Reason,
    /// Its path is `unknown` or `ambiguous` on both sides: whether it moved cannot be told, even where both sides
    /// say so in the same words.
    Unknown,
    /// Only the head has the vantage point.
    Added,
    /// Only the base has the vantage point.
    Removed,
    /// Everything that is said of it is the same, and its path is known.
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

/// Which change alone brings an address to what the head says of it. Of a move that is its path, of anything
/// else all that is said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The head's network on the base's lists does, the base's network on the head's lists does not.
    Policy,
    /// The base's network on the head's lists does, the head's network on the base's lists does not.
    Feed,
    /// Neither does.
    OnlyBoth,
    /// Each does.
    Either,
    /// Both network and lists changed, and one of them could not be evaluated with the other side's.
    Untold,
    /// Nothing differs: unknown on both sides, in the same words.
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

/// Index of an [`Outcome`] in its [`Diff`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutcomeId(pub(super) u32);

/// A maximal range of addresses with one outcome on each side and one cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Index into [`Diff::vantages`].
    pub vantage: usize,
    /// The addresses.
    pub range: IpRange,
    /// What became of them: [`ChangeKind::Move`], [`ChangeKind::Reason`] or [`ChangeKind::Unknown`].
    pub kind: ChangeKind,
    /// What the base says; ask [`Diff::outcome`].
    pub from: OutcomeId,
    /// What the head says. Equal to `from` only where both sides do not know in the same words.
    pub to: OutcomeId,
    /// What brought it.
    pub cause: Cause,
}

/// On which sides a vantage point is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Presence {
    /// On both: it is compared.
    Both,
    /// Only in the base.
    Removed,
    /// Only in the head.
    Added,
}

/// A vantage point of either side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VantagePoint {
    /// Its name: a site, or `VIRTUAL-NETWORK/SUBNET`.
    pub name: String,
    /// Where it is.
    pub presence: Presence,
}

/// A cell of a transition matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The path in the base; `None` where the base has no such vantage point.
    pub from: Option<Disposition>,
    /// The path in the head; `None` where the head has no such vantage point.
    pub to: Option<Disposition>,
    /// What became of the addresses.
    pub kind: ChangeKind,
    /// How many.
    pub addresses: AddressCount,
}

/// From which path to which path, of every address of a family at a vantage point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// Index into [`Diff::vantages`].
    pub vantage: usize,
    /// The family.
    pub family: Family,
    /// The cells that hold an address, by kind, then in the order of paths.
    pub cells: Vec<Transition>,
}

impl Matrix {
    /// What the cells add up to.
    pub fn sum(&self) -> AddressCount {
        self.cells.iter().map(|cell| cell.addresses).sum()
    }

    /// How many addresses the family has: 2^32 or 2^128.
    pub fn whole(&self) -> AddressCount {
        AddressCount::power_of_two(match self.family {
            Family::V4 => 32,
            Family::V6 => 128,
        })
    }

    /// How many addresses are in cells of a kind.
    pub fn count(&self, kind: ChangeKind) -> AddressCount {
        self.cells.iter().filter(|cell| cell.kind == kind).map(|cell| cell.addresses).sum()
    }
}

/// Addresses were lost or counted twice: a fault of peerpath itself.
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
        /// The sum.
        found: AddressCount,
        /// What it should be.
        whole: AddressCount,
    },
    /// The listed ranges of a kind do not add up to the matrix's cells of it.
    #[error("from `{vantage}` the {family} ranges of kind `{}` hold {found} addresses, the matrix {cells}", kind.word())]
    Listing {
        /// The vantage point.
        vantage: String,
        /// The family.
        family: Family,
        /// The kind.
        kind: ChangeKind,
        /// What the ranges hold.
        found: AddressCount,
        /// What the cells hold.
        cells: AddressCount,
    },
}

/// What a comparison comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DiffVerdict {
    /// No address differs; where the path is unknown, it is so on both sides, and the same ways are open.
    Same,
    /// Nothing is known to differ, but of some addresses the path is unknown on both sides, and what it may be
    /// differs.
    CannotJudge,
    /// Some addresses move or change their reason, or a vantage point came or went.
    Differs,
}

/// The difference of two sides: total, exact, in names.
#[derive(Clone, Debug)]
pub struct Diff {
    /// The vantage points: those of the base in its order, then those that only the head has.
    pub vantages: Vec<VantagePoint>,
    /// A matrix per vantage point and family; each is known to add up to the whole space.
    pub matrices: Vec<Matrix>,
    /// Every range that is not unchanged, by vantage point, family and address; disjoint and maximal.
    pub changes: Vec<Change>,
    pub(super) outcomes: Vec<Outcome>,
}

impl Diff {
    /// The outcome of an id of this diff.
    ///
    /// # Panics
    ///
    /// Where the id comes from another diff.
    #[expect(clippy::indexing_slicing, reason = "ids come from this diff; another one's is a caller's bug")]
    pub fn outcome(&self, id: OutcomeId) -> &Outcome {
        &self.outcomes[id.0 as usize]
    }

    /// The name of a vantage point by its index; empty for one of another diff.
    pub fn vantage(&self, index: usize) -> &str {
        self.vantages.get(index).map_or("", |vantage| &vantage.name)
    }

    /// Whether a vantage point is on both sides.
    pub fn is_compared(&self, vantage: usize) -> bool {
        self.vantages.get(vantage).is_some_and(|vantage| vantage.presence == Presence::Both)
    }

    /// The change that an address is in, seen from a vantage point; `None` where it is unchanged.
    ///
    /// # Complexity
    ///
    /// `O(log n)` in the number of changes.
    pub fn change_at(&self, vantage: usize, address: IpAddr) -> Option<&Change> {
        self.changes.get(self.index_at(vantage, address)?)
    }

    /// The index of [`Self::change_at`].
    pub(super) fn index_at(&self, vantage: usize, address: IpAddr) -> Option<usize> {
        // IPv4 sorts before IPv6, among addresses as among changes.
        let place = (vantage, address);
        let behind = self.changes.partition_point(|change| (change.vantage, change.range.first()) <= place);
        let index = behind.checked_sub(1)?;
        let change = self.changes.get(index)?;
        (change.vantage == vantage && change.range.contains(address)).then_some(index)
    }

    /// How many addresses of a family are of a kind, over all vantage points.
    pub fn count(&self, family: Family, kind: ChangeKind) -> AddressCount {
        self.matrices.iter().filter(|matrix| matrix.family == family).map(|matrix| matrix.count(kind)).sum()
    }

    /// Whether any address moves, or may do so because a vantage point came or went.
    pub fn has_moves(&self) -> bool {
        let one_sided = self.vantages.iter().any(|vantage| vantage.presence != Presence::Both);
        one_sided || self.changes.iter().any(|change| change.kind == ChangeKind::Move)
    }

    /// What it all comes to.
    pub fn verdict(&self) -> DiffVerdict {
        if self.has_moves() || self.changes.iter().any(|change| change.kind == ChangeKind::Reason) {
            DiffVerdict::Differs
        } else if self.changes.iter().any(|change| self.is_doubtful(change)) {
            DiffVerdict::CannotJudge
        } else {
            DiffVerdict::Same
        }
    }

    /// Whether a change of what is unknown may hide a move: where the ways that it may be differ. Where only the
    /// prefix, the way back or support do, both sides leave open the same ways.
    pub fn is_doubtful(&self, change: &Change) -> bool {
        let open = [Aspect::Path, Aspect::Circuit, Aspect::Connection, Aspect::Route];
        change.kind == ChangeKind::Unknown
            && change.from != change.to
            && self.outcome(change.from).differs(self.outcome(change.to)).iter().any(|one| open.contains(one))
    }

    /// Holds the matrices and the ranges to the sums that they must have.
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
        let outcome = |circuit: &str, prefix: &str| Outcome {
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
            "the same ways are open"
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
