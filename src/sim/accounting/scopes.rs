//! The critical scopes of packets.

use std::net::IpAddr;

use crate::addr::FlowKey;
use crate::catalog::Catalog;
use crate::sim::accounting::scope::Scope;
use crate::sim::flight::{OTHER, ScopeIndex};
use crate::sim::scenario::CriticalScope;

/// The critical scopes of a scenario.
#[derive(Debug)]
pub(in crate::sim) struct Scopes {
    scopes: Vec<(CriticalScope, Scope)>,
}

/// The critical scopes that may contain the packets of a conversation, one bit each: which of them does depends on the
/// mark of each packet. A scenario has at most 64 scopes.
pub(in crate::sim) type Candidates = u64;

impl Scopes {
    pub(in crate::sim) fn new(scopes: &[CriticalScope]) -> Self {
        let with_ends = |scope: &CriticalScope| (scope.clone(), Scope::new(scope.remote_ends.clone()));
        Self { scopes: scopes.iter().map(with_ends).collect() }
    }

    /// Returns the candidates for a conversation, seen from its client. `remote` is the remote end in Microsoft's lists.
    pub(in crate::sim) fn candidates(
        &mut self,
        catalog: &Catalog,
        key: &FlowKey,
        remote: IpAddr,
    ) -> Candidates {
        let mut candidates = 0;
        for (index, (scope, ends)) in (0_u32..64).zip(&mut self.scopes) {
            let far = scope.remote_ends.is_empty() || ends.holds(catalog, remote);
            let protocol = scope.protocol.is_none_or(|protocol| key.protocol == protocol);
            let mut ports = scope.ports.iter();
            let port = scope.ports.is_empty() || ports.any(|ports| ports.contains(&key.destination_port));
            if far && protocol && port {
                candidates |= 1 << index;
            }
        }
        candidates
    }

    /// Returns the scope of a packet: the first of the candidates that has its mark, or [`OTHER`].
    pub(in crate::sim) fn of(&self, candidates: Candidates, dscp: u8) -> ScopeIndex {
        if candidates == 0 {
            return OTHER;
        }
        let mut scopes = (0..64).zip(&self.scopes);
        let found = scopes.find(|(index, (scope, _))| {
            candidates & (1 << index) != 0 && (scope.dscp.is_empty() || scope.dscp.contains(dscp))
        });
        found.map_or(OTHER, |(index, _)| index)
    }
}
