//! Represents decisions as small ids. Equal decisions have equal ids.

use std::collections::HashMap;

use crate::engine::decision::{Decision, DecisionId};

/// Assigns equal ids to equal decisions.
#[derive(Default)]
pub(super) struct Interner {
    pub(in crate::engine) decisions: Vec<Decision>,
    ids: HashMap<Decision, DecisionId, foldhash::fast::FixedState>,
}

impl Interner {
    pub(in crate::engine) fn intern(&mut self, decision: Decision) -> DecisionId {
        if let Some(id) = self.ids.get(&decision) {
            return *id;
        }
        let id = self.push(decision.clone());
        self.ids.insert(decision, id);
        id
    }

    /// As [`Self::intern`], for a decision that is known to be new.
    pub(in crate::engine) fn push(&mut self, decision: Decision) -> DecisionId {
        let id = DecisionId(u32::try_from(self.decisions.len()).unwrap_or(u32::MAX - 1));
        self.decisions.push(decision);
        id
    }

    pub(in crate::engine) fn get(&self, id: DecisionId) -> Option<&Decision> {
        usize::try_from(id.0).ok().and_then(|index| self.decisions.get(index))
    }
}
