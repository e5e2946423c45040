//! Learns the routes that the edge of another site advertises over internal BGP.

use std::collections::HashMap;

use crate::addr::Family;
use crate::engine::session::Brought;
use crate::network::SiteId;
use crate::rib::{Attributes, AttributesId, Learned, Missing, Unsettled};

use super::advertisement::{Internal, Source};
use super::announcement::{Announcements, Export};
use super::learn::Learning;
use super::{Admission, Entry};

impl Learning<'_, '_> {
    /// Learns the best routes of another site's edge. Weight is omitted because it is local to one router.
    pub(super) fn other_edge(&mut self, edges: &Announcements, site: SiteId, all: bool) {
        let Some(announcement) = edges.get(site) else { return };
        let Some(peer) = self.edge.peers.iter().find(|peer| peer.site == site).cloned() else { return };
        // Advertised routes share a few sets of attributes and sources, so each set and each source is created once.
        let mut sources: HashMap<(u32, Brought), u32> = HashMap::new();
        let mut sets: HashMap<(AttributesId, Brought, Family, bool), AttributesId> = HashMap::new();
        for route in &announcement.routes {
            let Some(metric) = peer.metric(route.brought).filter(|_| (self.wanted)(route.prefix)) else {
                continue;
            };
            let (prefix, brought) = (route.prefix, route.brought);
            let source = if let Some(source) = sources.get(&(route.source, brought)) {
                *source
            } else {
                let index = usize::try_from(route.source).unwrap_or(usize::MAX);
                let Some(theirs) = announcement.sources.get(index).cloned() else { continue };
                let internal = Some(Internal { site, way: route.way, brought });
                let source = self.edge.source_id(Source { internal, ..theirs });
                sources.insert((route.source, brought), source);
                source
            };
            let possibly = route.export == Export::Possibly;
            let key = (route.attributes, brought, prefix.family(), possibly);
            let attributes = if let Some(known) = sets.get(&key) {
                *known
            } else {
                let Some(theirs) = announcement.attributes.get(route.attributes) else { continue };
                let here = self.received(theirs, prefix.family(), metric, possibly);
                let id = self.edge.attributes.intern(here);
                sets.insert(key, id);
                id
            };
            match &route.export {
                Export::Yes | Export::Possibly => self.offer(prefix, source, attributes),
                Export::No(absence) if all => {
                    let entry = Entry { session: self.session.id, source, attributes };
                    (self.take)(prefix, entry, Admission::Missing(absence.clone()));
                }
                Export::No(_) => {}
            }
        }
    }

    /// Returns the attributes of another edge's route as this edge receives them.
    fn received(&self, theirs: &Attributes, family: Family, metric: u32, possibly: bool) -> Attributes {
        let mut here = Attributes {
            weight: 0,
            learned: Learned::Ibgp,
            igp_metric: metric,
            // The other edge sets itself as next hop, and the network file does not give its address.
            next_hop: None,
            router_id: 0,
            cluster_list_length: 0,
            peer_address: self.stand_in(family),
            ..theirs.clone()
        };
        if possibly {
            let mut unsettled = here.unsettled.map_or_else(
                || Unsettled { denied: true, others: Vec::new(), more: false, missing: Missing::Preference },
                |known| *known,
            );
            unsettled.denied = true;
            unsettled.missing = unsettled.missing.and(Missing::Preference);
            here.unsettled = Some(Box::new(unsettled));
        }
        here
    }
}
