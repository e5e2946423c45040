//! What became of the traffic of each service.
//!
//! A conversation is counted under the name that a plain replay gives its remote end, by the lists of the epoch in which it began. It is
//! looked up once and added once, when the conversation ends: packets cost nothing here. There are as many rows as services
//! with traffic, which the lists bound.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use crate::addr::{IpPrefix, special};
use crate::catalog::{Catalog, RecordId};
use crate::engine::service_name;
use crate::sim::accounting::fate::{Fate, FlowFate};
use crate::sim::volumes::{Tally, Volume};

/// What became of a service's traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServiceSum {
    /// Conversations.
    pub flows: u64,
    /// Of these, those with any fate but `kept`.
    pub changed: u64,
    /// What was offered, and what became of it.
    pub tally: Tally,
    /// What conversations offered after their first move.
    pub moved: Volume,
    /// What they offered after it could first not be told whether they go on.
    pub doubtful: Volume,
    /// What they offered after their first reset.
    pub reset: Volume,
    /// What of the compliance scope went over the internet.
    pub leaked: Volume,
}

/// Index of a service in its [`Services`].
pub(in crate::sim) type ServiceIndex = u32;

/// The services of a run.
#[derive(Debug, Default)]
pub(in crate::sim) struct Services {
    sums: Vec<(String, ServiceSum)>,
    /// By record of the lists and special block, of the catalog at this address.
    known: HashMap<(usize, Option<RecordId>, Option<IpPrefix>), ServiceIndex, foldhash::fast::FixedState>,
}

impl Services {
    /// The service of a remote end.
    pub(in crate::sim) fn of(&mut self, catalog: &Catalog, remote: IpAddr) -> ServiceIndex {
        let block = special::block_of(remote).map(|block| block.prefix);
        let key = (std::ptr::from_ref(catalog).addr(), catalog.record(remote), block);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let name = service_name(remote, &catalog.lookup(remote));
        let known = self.sums.iter().position(|(known, _)| *known == name);
        let index = known.unwrap_or_else(|| {
            self.sums.push((name, ServiceSum::default()));
            self.sums.len() - 1
        });
        let index = ServiceIndex::try_from(index).unwrap_or(ServiceIndex::MAX);
        self.known.insert(key, index);
        index
    }

    /// Adds a conversation that has ended.
    pub(in crate::sim) fn add(&mut self, service: ServiceIndex, one: &FlowFate) {
        let Some((_, sum)) = self.sums.get_mut(service as usize) else { return };
        sum.flows += 1;
        sum.changed += u64::from(one.fates != [Fate::Kept]);
        sum.tally += one.tally;
        sum.moved += one.after_move;
        sum.doubtful += one.after_doubt;
        sum.reset += one.after_reset;
        sum.leaked += one.leaked;
    }

    /// By name.
    pub(in crate::sim) fn into_sums(self) -> BTreeMap<String, ServiceSum> {
        self.sums.into_iter().collect()
    }
}
