//! The routes of a site's edge to some prefixes, by plain linear scans.

use std::net::IpAddr;

use crate::addr::IpPrefix;
use crate::engine::adj_rib_in::{Absence, Admission, Edge, Entry, Neighbors};
use crate::engine::decision::Decision;
use crate::engine::inputs::Inputs;
use crate::engine::loc_rib::{
    PLATFORM, Settled, beyond_lists, denied, platform, select, settle, special_purpose, translated,
};
use crate::network::SiteId;

/// The routes that a site's edge learned for some prefixes, with the best paths.
pub(super) struct SiteRoutes<'a> {
    pub(super) edge: Edge<'a>,
    /// The routes to each prefix, longest prefix first.
    pub(super) groups: Vec<(IpPrefix, Vec<Entry>)>,
    /// The result of each group, in the same order.
    settled: Vec<Settled>,
    /// Routes that were rejected or are missing.
    pub(super) absent: Vec<(IpPrefix, Entry, Absence)>,
    /// The prefixes that the rules of the internet edge distinguish.
    denied: Vec<IpPrefix>,
}

impl<'a> SiteRoutes<'a> {
    /// Learns the routes to prefixes for which `wanted` is true. With `all`, also collects routes that were rejected or
    /// are missing. `None` for a site of another network.
    ///
    /// # Complexity
    ///
    /// Linear in the routes of the site.
    pub(super) fn learn(
        inputs: Inputs<'a>,
        site: SiteId,
        neighbors: Neighbors<'_>,
        all: bool,
        wanted: &dyn Fn(IpPrefix) -> bool,
    ) -> Option<Self> {
        let mut edge = Edge::new(inputs, site)?;
        let mut taken: Vec<(IpPrefix, Entry)> = Vec::new();
        let mut absent: Vec<(IpPrefix, Entry, Absence)> = Vec::new();
        edge.learn(neighbors, all, wanted, &mut |prefix, entry, fate| match fate {
            Admission::Accepted => taken.push((prefix, entry)),
            Admission::Missing(absence) => absent.push((prefix, entry, absence)),
        });
        taken.sort_by_key(|(prefix, _)| (u8::MAX - prefix.length(), *prefix));
        let groups: Vec<(IpPrefix, Vec<Entry>)> = taken
            .chunk_by(|left, right| left.0 == right.0)
            .filter_map(|group| Some((group.first()?.0, group.iter().map(|(_, entry)| *entry).collect())))
            .collect();
        let settled = groups.iter().map(|(_, group)| settle(&edge, group)).collect();
        let rules = edge.site.internet.iter().flat_map(|edge| &edge.deny);
        let denied = rules.flat_map(|rule| rule.prefixes(inputs.catalog));
        let denied = denied.filter(|prefix| wanted(*prefix)).collect();
        Some(Self { edge, groups, settled, absent, denied })
    }

    /// Returns the prefixes that the edge's decisions distinguish: those of routes, and those of rules that deny packets.
    pub(super) fn prefixes(&self) -> impl Iterator<Item = IpPrefix> {
        self.groups.iter().map(|(prefix, _)| *prefix).chain(self.denied.iter().copied())
    }

    /// Returns the edge's decision about an address. All routes that cover the address must have been learned.
    /// `unlisted` states that none of Microsoft's lists contains the address.
    pub(super) fn decision(&self, address: IpAddr, unlisted: bool) -> Decision {
        let chain = self.groups.iter().zip(&self.settled).filter(|((prefix, _), _)| prefix.contains(address));
        let routed = select(chain.map(|((prefix, _), settled)| (*prefix, settled)));
        let routed = special_purpose(address, routed);
        let routed = if address == PLATFORM { platform(routed) } else { routed };
        let routed = if unlisted { beyond_lists(routed) } else { routed };
        let routed = denied(&self.edge, address, routed);
        translated(self.edge.inputs.network, address, routed)
    }
}
