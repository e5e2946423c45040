//! The company's wide-area network: links between sites.

use std::collections::{BTreeSet, HashMap};

use crate::diag::{Span, Spanned};
use crate::network::{Bandwidth, Network, SiteId, State, WanLinkId};

/// A link between the edges of sites, over which they are internal BGP peers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WanLink {
    /// The link's name, unique among circuits, internet edges, tunnels and links.
    pub name: String,
    /// The sites that the link connects, at least two.
    pub sites: Vec<SiteId>,
    /// The metric that the link adds to the internal metric between two of its sites; 10 by default.
    pub metric: u32,
    /// The bandwidth in each direction, if configured.
    pub bandwidth: Option<Spanned<Bandwidth>>,
    /// The load at the busiest time in the busier direction while all links and circuits are up, if configured.
    pub peak: Option<Spanned<Bandwidth>>,
    /// The state of the link.
    pub state: Spanned<State>,
    /// The routes that the sites advertise to each other over the link, including routes learned from sites behind
    /// them.
    pub announces: Announces,
    /// The position of the link's name in the file.
    pub span: Span,
}

/// The types of routes that edges advertise to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Announces {
    /// The prefixes of the sites.
    pub own: bool,
    /// The routes learned from circuits.
    pub circuits: bool,
    /// The default route of the internet edge.
    pub default_route: bool,
    /// The routes learned over tunnels.
    pub tunnels: bool,
}

impl Default for Announces {
    /// Returns the default: the sites' prefixes and the routes learned from circuits.
    fn default() -> Self {
        Self { own: true, circuits: true, default_route: false, tunnels: false }
    }
}

impl Announces {
    /// No routes.
    pub const NOTHING: Self = Self { own: false, circuits: false, default_route: false, tunnels: false };
}

impl Network {
    /// Returns the sites that are connected to a site over links for which `counts` returns true, including the site
    /// itself.
    ///
    /// # Complexity
    ///
    /// Linear in the links and their sites.
    pub fn joined(&self, site: SiteId, counts: impl Fn(WanLinkId, &WanLink) -> bool) -> BTreeSet<SiteId> {
        let links: Vec<&WanLink> =
            self.wan_links_with_ids().filter(|(id, link)| counts(*id, link)).map(|(_, link)| link).collect();
        let at = at_sites(&links);
        let (mut all, mut next) = (BTreeSet::from([site]), vec![site]);
        while let Some(site) = next.pop() {
            for other in at.get(&site).into_iter().flatten().flat_map(|link| &link.sites) {
                if all.insert(*other) {
                    next.push(*other);
                }
            }
        }
        all
    }
}

/// Groups links by the sites that they connect, and keeps the order of the links.
pub(crate) fn at_sites<'l>(links: &[&'l WanLink]) -> HashMap<SiteId, Vec<&'l WanLink>> {
    let mut at: HashMap<SiteId, Vec<&WanLink>> = HashMap::new();
    for link in links {
        for site in &link.sites {
            let here = at.entry(*site).or_default();
            // A link that names a site twice connects the site only once.
            if here.last().is_none_or(|last| !std::ptr::eq(*last, *link)) {
                here.push(link);
            }
        }
    }
    at
}
