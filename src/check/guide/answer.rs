//! The answer to an item before attestations.

use crate::addr::AddressCount;
use crate::check::outcome::Witness;
use crate::diag::Span;

/// The verdict about an item of a guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemVerdict {
    /// The answer is yes for everything that was counted.
    Proved,
    /// A person answers for the item.
    Attested,
    /// The item does not concern this network.
    DoesNotApply,
    /// The answer is yes for a part.
    Partly,
    /// The answer is no, with a witness or a line of the file.
    Refuted,
    /// A key of the file, or another file, is missing.
    NotEvaluated,
    /// No file can answer the item.
    Manual,
}

impl ItemVerdict {
    /// Every verdict.
    pub const ALL: [Self; 7] = [
        Self::Proved,
        Self::Attested,
        Self::DoesNotApply,
        Self::Partly,
        Self::Refuted,
        Self::NotEvaluated,
        Self::Manual,
    ];

    /// The word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Attested => "attested",
            Self::DoesNotApply => "does-not-apply",
            Self::Partly => "partly",
            Self::Refuted => "refuted",
            Self::NotEvaluated => "not-evaluated",
            Self::Manual => "manual",
        }
    }
}

/// What an evaluation covered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EvidenceCount {
    /// The number of IPv4 addresses, if addresses were evaluated.
    pub ipv4: Option<AddressCount>,
    /// The number of IPv6 addresses, if addresses were evaluated.
    pub ipv6: Option<AddressCount>,
    /// The number of vantage points; 0 if none were needed.
    pub vantages: usize,
    /// The number of failures, beside the state without failures.
    pub failures: usize,
}

/// The part for which an answer is yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// The part.
    pub part: AddressCount,
    /// The whole.
    pub whole: AddressCount,
    /// What is counted, such as `circuits`.
    pub unit: &'static str,
}

/// The answer to an item.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) verdict: ItemVerdict,
    pub(super) sentence: String,
    pub(super) covered: EvidenceCount,
    pub(super) share: Option<Share>,
    pub(super) witness: Option<Witness>,
    pub(super) span: Option<Span>,
    pub(super) remedy: Option<String>,
    pub(super) needs: Option<String>,
}

impl Answer {
    pub(super) fn new(verdict: ItemVerdict, sentence: impl Into<String>) -> Self {
        Self {
            verdict,
            sentence: sentence.into(),
            covered: EvidenceCount::default(),
            share: None,
            witness: None,
            span: None,
            remedy: None,
            needs: None,
        }
    }

    pub(super) fn manual(sentence: impl Into<String>) -> Self {
        Self::new(ItemVerdict::Manual, sentence)
    }

    pub(super) fn does_not_apply(sentence: impl Into<String>) -> Self {
        Self::new(ItemVerdict::DoesNotApply, sentence)
    }

    pub(super) fn refuted(sentence: impl Into<String>) -> Self {
        Self::new(ItemVerdict::Refuted, sentence)
    }

    /// Returns the answer that a key or file is missing.
    pub(super) fn missing(sentence: impl Into<String>, needs: impl Into<String>) -> Self {
        Self { needs: Some(needs.into()), ..Self::new(ItemVerdict::NotEvaluated, sentence) }
    }

    /// Returns the answer that `part` of `whole` things have a property. Nothing to count is never a proof.
    pub(super) fn counted(
        part: usize,
        whole: usize,
        unit: &'static str,
        sentence: impl Into<String>,
    ) -> Self {
        let verdict = match part {
            _ if whole == 0 => ItemVerdict::NotEvaluated,
            0 => ItemVerdict::Refuted,
            part if part < whole => ItemVerdict::Partly,
            _ => ItemVerdict::Proved,
        };
        let count = |number: usize| AddressCount::from(u128::try_from(number).unwrap_or(u128::MAX));
        let share = Some(Share { part: count(part), whole: count(whole), unit });
        Self { share, ..Self::new(verdict, sentence) }
    }

    pub(super) fn at(self, span: impl Into<Option<Span>>) -> Self {
        Self { span: span.into().or(self.span), ..self }
    }

    pub(super) fn help(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }

    pub(super) fn covers(self, covered: EvidenceCount) -> Self {
        Self { covered, ..self }
    }
}
