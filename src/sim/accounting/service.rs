//! The outcome of the traffic with each service.
//!
//! A conversation is counted under the name that a plain replay gives its remote end, according to Microsoft's lists in
//! the epoch in which the conversation began. The name is looked up once, and the conversation is added once when it
//! ends, so there is no cost per packet. The number of rows is limited by the number of services in the lists.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use crate::addr::{IpPrefix, special};
use crate::catalog::{Catalog, RecordId};
use crate::engine::service_name;
use crate::sim::accounting::fate::{Fate, FlowFate};
use crate::sim::volumes::{Tally, Volume};

/// The outcome of the traffic with a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServiceSum {
    /// The number of conversations.
    pub flows: u64,
    /// The number of conversations with a fate other than `kept`.
    pub changed: u64,
    /// The offered traffic and its outcome.
    pub tally: Tally,
    /// The traffic that conversations offered after their first move.
    pub moved: Volume,
    /// The traffic that conversations offered on a known path after it first became unknown whether they continue or
    /// whether replies arrive.
    pub doubtful: Volume,
    /// The traffic that conversations offered after their first reset.
    pub reset: Volume,
    /// The traffic in the compliance scope that used the internet.
    pub leaked: Volume,
}

/// The index of a service in its [`Services`].
pub(in crate::sim) type ServiceIndex = u32;

/// The services of a run.
#[derive(Debug, Default)]
pub(in crate::sim) struct Services {
    sums: Vec<(String, ServiceSum)>,
    /// The services by the memory address of the catalog, the list record and the special-purpose block.
    known: HashMap<(usize, Option<RecordId>, Option<IpPrefix>), ServiceIndex, foldhash::fast::FixedState>,
}

impl Services {
    /// Returns the service of a remote end.
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

    /// Returns the sums by name.
    pub(in crate::sim) fn into_sums(self) -> BTreeMap<String, ServiceSum> {
        self.sums.into_iter().collect()
    }
}
