//! The prefixes that Microsoft advertises on a circuit's Microsoft peering: the prefixes in the route filter, limited
//! by the reach of the SKU and by the circuit's authorizations.
//!
//! Source: Microsoft, *ExpressRoute routing requirements*, *FAQ* and *route filters*: nothing is advertised without a
//! filter, except Microsoft 365 on circuits created before 2017-08-01; reach of Local, Standard and Premium; "Microsoft
//! 365 services require premium add-on".

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

use super::origin::{Absence, RouteOrigin};

/// A prefix that Microsoft advertises, or may advertise, on a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Advertised {
    /// The prefix.
    pub(in crate::engine) prefix: IpPrefix,
    /// The index of the prefix's [`Source`] in [`Advertisement::sources`].
    pub(in crate::engine) source: u32,
}

/// The reason why a prefix is advertised. Many prefixes share a few reasons.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::engine) struct Source {
    /// The communities that contain the prefix.
    pub(in crate::engine) origin: RouteOrigin,
    /// The position in the network file of the community that determines the result.
    pub(in crate::engine) span: Span,
    /// The edge of another site that advertised the prefix; `None` if no edge did.
    pub(in crate::engine) internal: Option<Internal>,
}

/// Information about a route that another site's edge advertised over internal BGP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::engine) struct Internal {
    /// The site of that edge.
    pub(in crate::engine) site: SiteId,
    /// The path on which that edge itself forwards packets for the route.
    pub(in crate::engine) way: Disposition,
    /// How that edge learned the route.
    pub(in crate::engine) brought: Brought,
}

impl Internal {
    /// Returns the circuit from which that edge learned the route; `None` if it learned the route elsewhere.
    pub(in crate::engine) fn circuit(self) -> Option<CircuitId> {
        match self.brought {
            Brought::Circuit(circuit) => Some(circuit),
            Brought::Own | Brought::Default | Brought::Tunnel => None,
        }
    }
}

/// Everything that Microsoft advertises on a circuit. Both connections have the same advertisements.
#[derive(Debug, Default)]
pub(super) struct Advertisement {
    /// The advertised prefixes, in ascending order and without duplicates.
    pub(in crate::engine) routes: Vec<Advertised>,
    /// The sources to which the routes refer.
    pub(in crate::engine) sources: Vec<Source>,
}

/// Determines Microsoft's advertisements on one circuit.
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
        // A damaged built-in table would make the reach unknown, but loading the catalog would already have rejected
        // it.
        Self { id, circuit, catalog, links, reach: Reach::of(circuit, catalog.cloud()).ok() }
    }

    /// Returns why `community` contributes no route, or `None` if it contributes a route or may do so.
    pub(in crate::engine) fn absence(&self, community: Community) -> Option<Absence> {
        let Some(peering) = &self.circuit.microsoft_peering else { return Some(Absence::NoMicrosoftPeering) };
        if self.links.get(Link::RouteFilter(self.id)) == Some(false) {
            return Some(Absence::RouteFilterDetached);
        }
        let known = self.catalog.community(community);
        let microsoft_365 = known.is_some_and(requires_premium);
        match &peering.of_kind.route_filter {
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

    /// Returns whether private peering reaches a region: `false` only where the documentation says that it does not.
    pub(super) fn reaches_region(&self, region: &str) -> bool {
        let community = self.catalog.regional_community(region);
        community.is_none_or(|community| self.receives(community) != Receives::No)
    }

    /// Returns whether the circuit reaches the region of a community: `false` only where the documentation says that it
    /// does not.
    pub(in crate::engine) fn may_reach(&self, community: Community) -> bool {
        self.receives(community) != Receives::No
    }

    /// Returns all advertised prefixes for which `wanted` is true.
    pub(super) fn advertisement(&self, wanted: &dyn Fn(IpPrefix) -> bool) -> Advertisement {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for (community, span) in self.communities() {
            if self.absence(community).is_some() {
                continue;
            }
            let reached = self.receives(community) == Receives::Yes;
            for route in self.catalog.routes(community).iter().filter(|route| wanted(route.prefix)) {
                let carried = match route.evidence {
                    _ if !reached => Carried::Possibly(Doubt::Reach, community),
                    Evidence::Ambiguous => Carried::Possibly(Doubt::Conflict, community),
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
                let carried = Carried::Possibly(Doubt::Gcc, community);
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

    /// Returns the Microsoft 365 community through which a Government circuit may receive the GCC endpoints. They are
    /// the same as in the public cloud. Microsoft's *ExpressRoute FAQ* contradicts itself on this ([`Doubt::Gcc`]).
    fn perhaps_gcc(&self) -> Option<(Community, Span)> {
        if self.catalog.cloud() != Cloud::Government {
            return None;
        }
        let of_365 = |community: Community| self.catalog.community(community).is_some_and(requires_premium);
        let mut all = self.communities().into_iter();
        all.find(|(community, _)| of_365(*community) && self.absence(*community).is_none())
    }

    /// Returns the communities that may be advertised, each with its position in the network file.
    fn communities(&self) -> Vec<(Community, Span)> {
        let Some(peering) = &self.circuit.microsoft_peering else { return Vec::new() };
        match &peering.of_kind.route_filter {
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

/// The certainty that a community contains a prefix. Certain communities come first, ordered by their evidence.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Carried {
    Certainly(Evidence, Community),
    Possibly(Doubt, Community),
}

/// Distinct sources. Neighboring prefixes usually share a source.
#[derive(Default)]
struct Sources {
    all: Vec<Source>,
    known: HashMap<Vec<(Carried, Span)>, u32, foldhash::fast::FixedState>,
    /// The communities of the current prefix.
    own: Vec<(Carried, Span)>,
}

impl Sources {
    /// Returns a prefix that these communities contain, in the order of the filter. One certain community suffices.
    /// Without a certain community, the first doubt counts.
    fn advertised(&mut self, prefix: IpPrefix, group: &[(Carried, Span)]) -> Option<Advertised> {
        self.own.clear();
        self.own.extend_from_slice(group);
        self.own.sort_by_key(|(carried, _)| *carried);
        let (first, span) = *self.own.first()?;
        let counts = |other: Carried| match (first, other) {
            (Carried::Certainly(..), Carried::Certainly(..)) => true,
            (Carried::Possibly(doubt, _), Carried::Possibly(other, _)) => doubt == other,
            _ => false,
        };
        self.own.retain(|(carried, _)| counts(*carried));
        if let Some(source) = self.known.get(&self.own) {
            return Some(Advertised { prefix, source: *source });
        }
        let certain = self.own.iter().filter_map(|(carried, _)| match *carried {
            Carried::Certainly(evidence, community) => Some((evidence, community)),
            Carried::Possibly(..) => None,
        });
        let doubtful = self.own.iter().filter_map(|(carried, _)| match *carried {
            Carried::Possibly(_, community) => Some(community),
            Carried::Certainly(..) => None,
        });
        let origin = match first {
            Carried::Certainly(..) => RouteOrigin::Microsoft(certain.collect()),
            Carried::Possibly(doubt, _) => RouteOrigin::Doubtful(doubt, doubtful.collect()),
        };
        let source = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(Source { origin, span, internal: None });
        self.known.insert(self.own.clone(), source);
        Some(Advertised { prefix, source })
    }
}
