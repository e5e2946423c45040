//! What Microsoft advertises on a circuit's Microsoft peering: route filter, cut by what the SKU reaches and by
//! what the circuit is authorized for.
//!
//! Source: Microsoft, *ExpressRoute routing requirements*, *FAQ* and *route filters*: nothing without a filter,
//! but for Microsoft 365 on circuits from before 2017-08-01; Local, Standard and Premium reach; "Microsoft 365
//! services require premium add-on".

use std::collections::HashMap;

use crate::addr::IpPrefix;
use crate::catalog::{Catalog, Cloud, Evidence, gcc_prefixes};
use crate::diag::Span;
use crate::engine::decision::{Disposition, Doubt};
use crate::engine::session::Brought;
use crate::engine::state::{Link, LinkState};
use crate::fib::in_order;
use crate::network::reach::{Reach, Receives, UnknownReach, requires_premium};
use crate::network::{Authorization, Circuit, CircuitId, SiteId, Sku};
use crate::rib::Community;

use super::origin::{Absence, Origin};

/// A prefix that Microsoft advertises, or may advertise, on a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Advertised {
    /// The prefix.
    pub(in crate::engine) prefix: IpPrefix,
    /// Index of its [`Source`] in [`Advertisement::sources`].
    pub(in crate::engine) source: u32,
}

/// Why a prefix is advertised; few for many prefixes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::engine) struct Source {
    /// By which communities.
    pub(in crate::engine) origin: Origin,
    /// Where the community that counts stands in the network file.
    pub(in crate::engine) span: Span,
    /// The edge of another site that told it, where one did.
    pub(in crate::engine) internal: Option<Internal>,
}

/// What is known of a route that another site's edge told by internal BGP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::engine) struct Internal {
    /// Whose edge it is.
    pub(in crate::engine) site: SiteId,
    /// Where that edge sends what the route itself is used for there.
    pub(in crate::engine) way: Disposition,
    /// What brought it there.
    pub(in crate::engine) brought: Brought,
}

impl Internal {
    /// The circuit that brought it, where one did.
    pub(in crate::engine) fn circuit(self) -> Option<CircuitId> {
        match self.brought {
            Brought::Circuit(circuit) => Some(circuit),
            Brought::Own | Brought::Default | Brought::Tunnel => None,
        }
    }
}

/// All that Microsoft advertises on a circuit; both connections carry the same.
#[derive(Debug, Default)]
pub(super) struct Advertisement {
    /// Ascending, no prefix twice.
    pub(in crate::engine) routes: Vec<Advertised>,
    /// What the routes refer to.
    pub(in crate::engine) sources: Vec<Source>,
}

/// Tells what Microsoft advertises on one circuit.
pub(in crate::engine) struct Advertiser<'a> {
    id: CircuitId,
    circuit: &'a Circuit,
    catalog: &'a Catalog,
    links: &'a LinkState,
    reach: Option<Reach>,
}

impl<'a> Advertiser<'a> {
    pub(in crate::engine) fn new(
        catalog: &'a Catalog,
        links: &'a LinkState,
        id: CircuitId,
        circuit: &'a Circuit,
    ) -> Self {
        // A damaged shipped table leaves the reach unknown; loading the catalog has refused it before.
        Self { id, circuit, catalog, links, reach: Reach::of(circuit, catalog.cloud()).ok() }
    }

    /// Why `community` brings no route, or `None` where it does or may.
    pub(in crate::engine) fn absence(&self, community: Community) -> Option<Absence> {
        let Some(peering) = &self.circuit.microsoft_peering else { return Some(Absence::NoMicrosoftPeering) };
        if self.links.get(Link::RouteFilter(self.id)) == Some(false) {
            return Some(Absence::RouteFilterDetached);
        }
        let known = self.catalog.community(community);
        let microsoft_365 = known.is_some_and(requires_premium);
        match &peering.route_filter {
            Some(filter) if !filter.communities.iter().any(|entry| entry.value == community) => {
                return Some(Absence::NotInFilter { span: filter.span });
            }
            None if !(microsoft_365 && self.circuit.advertises_without_filter()) => {
                return Some(Absence::NoRouteFilter);
            }
            _ => {}
        }
        let span = self.circuit.sku.span;
        if microsoft_365 && self.circuit.sku.value != Sku::Premium {
            return Some(Absence::NeedsPremium { span });
        }
        if microsoft_365 && !self.circuit.is_authorized(Authorization::Microsoft365) {
            return Some(Absence::NotAuthorized { span: self.circuit.span });
        }
        (self.receives(community) == Receives::No).then_some(Absence::OutOfReach { span })
    }

    /// Whether a region is in reach for private peering: `false` only where the documents say that it is not.
    pub(super) fn reaches_region(&self, region: &str) -> bool {
        let community = self.catalog.regional_community(region);
        community.is_none_or(|community| self.receives(community) != Receives::No)
    }

    /// Whether the region of a community is in reach: `false` only where the documents say that it is not.
    pub(in crate::engine) fn may_reach(&self, community: Community) -> bool {
        self.receives(community) != Receives::No
    }

    /// Everything that is advertised of prefixes for which `wanted` holds.
    pub(super) fn advertisement(&self, wanted: &dyn Fn(IpPrefix) -> bool) -> Advertisement {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for (community, span) in self.communities() {
            if self.absence(community).is_some() {
                continue;
            }
            let reached = self.receives(community) == Receives::Yes;
            for route in self.catalog.routes(community).iter().filter(|route| wanted(route.prefix)) {
                let carried = match route.evidence {
                    _ if !reached => Carried::Perhaps(Doubt::Reach, community),
                    Evidence::Ambiguous => Carried::Perhaps(Doubt::Conflict, community),
                    evidence => Carried::Certainly(evidence, community),
                };
                match route.prefix {
                    IpPrefix::V4(prefix) => v4.push((prefix, (carried, span))),
                    IpPrefix::V6(prefix) => v6.push((prefix, (carried, span))),
                }
            }
        }
        if let Some((community, span)) = self.perhaps_gcc() {
            for prefix in gcc_prefixes().iter().filter(|prefix| wanted(**prefix)) {
                let carried = Carried::Perhaps(Doubt::Gcc, community);
                match *prefix {
                    IpPrefix::V4(prefix) => v4.push((prefix, (carried, span))),
                    IpPrefix::V6(prefix) => v6.push((prefix, (carried, span))),
                }
            }
        }
        let mut sources = Sources::default();
        let mut routes = Vec::with_capacity(v4.len() + v6.len());
        in_order(&v4, |prefix, group| routes.extend(sources.advertised(prefix.into(), group)));
        in_order(&v6, |prefix, group| routes.extend(sources.advertised(prefix.into(), group)));
        routes.shrink_to_fit();
        Advertisement { routes, sources: sources.all }
    }

    /// The community of Microsoft 365 by which a Government circuit may bring the endpoints of GCC, which are those of the
    /// public cloud: Microsoft's *ExpressRoute FAQ* says that it does and that it does not ([`Doubt::Gcc`]).
    fn perhaps_gcc(&self) -> Option<(Community, Span)> {
        if self.catalog.cloud() != Cloud::Government {
            return None;
        }
        let of_365 = |community: Community| self.catalog.community(community).is_some_and(requires_premium);
        let mut all = self.communities().into_iter();
        all.find(|(community, _)| of_365(*community) && self.absence(*community).is_none())
    }

    /// The communities that may be advertised, each with its place in the network file.
    fn communities(&self) -> Vec<(Community, Span)> {
        let Some(peering) = &self.circuit.microsoft_peering else { return Vec::new() };
        match &peering.route_filter {
            Some(filter) => filter.communities.iter().map(|entry| (entry.value, entry.span)).collect(),
            None if self.circuit.advertises_without_filter() => {
                let all = self.catalog.communities().iter().filter(|known| requires_premium(known));
                all.map(|known| (known.value, peering.span)).collect()
            }
            None => Vec::new(),
        }
    }

    fn receives(&self, community: Community) -> Receives {
        match (&self.reach, self.catalog.community(community)) {
            (Some(reach), Some(known)) => reach.receives(known),
            _ => Receives::Unknown(UnknownReach::Community { community }),
        }
    }
}

/// That a community carries a prefix; what is certain comes first, and of it the best evidence.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Carried {
    Certainly(Evidence, Community),
    Perhaps(Doubt, Community),
}

/// Distinct sources; neighbours mostly have the same.
#[derive(Default)]
struct Sources {
    all: Vec<Source>,
    known: HashMap<Vec<(Carried, Span)>, u32, foldhash::fast::FixedState>,
    /// The communities of the prefix at hand.
    own: Vec<(Carried, Span)>,
}

impl Sources {
    /// A prefix that these communities carry, in the order of the filter: one that is certain suffices; without one the
    /// first doubt counts.
    fn advertised(&mut self, prefix: IpPrefix, group: &[(Carried, Span)]) -> Option<Advertised> {
        self.own.clear();
        self.own.extend_from_slice(group);
        self.own.sort_by_key(|(carried, _)| *carried);
        let (first, span) = *self.own.first()?;
        let counts = |other: Carried| match (first, other) {
            (Carried::Certainly(..), Carried::Certainly(..)) => true,
            (Carried::Perhaps(doubt, _), Carried::Perhaps(other, _)) => doubt == other,
            _ => false,
        };
        self.own.retain(|(carried, _)| counts(*carried));
        if let Some(source) = self.known.get(&self.own) {
            return Some(Advertised { prefix, source: *source });
        }
        let certain = self.own.iter().filter_map(|(carried, _)| match *carried {
            Carried::Certainly(evidence, community) => Some((evidence, community)),
            Carried::Perhaps(..) => None,
        });
        let doubtful = self.own.iter().filter_map(|(carried, _)| match *carried {
            Carried::Perhaps(_, community) => Some(community),
            Carried::Certainly(..) => None,
        });
        let origin = match first {
            Carried::Certainly(..) => Origin::Microsoft(certain.collect()),
            Carried::Perhaps(doubt, _) => Origin::Doubtful(doubt, doubtful.collect()),
        };
        let source = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(Source { origin, span, internal: None });
        self.known.insert(self.own.clone(), source);
        Some(Advertised { prefix, source })
    }
}
