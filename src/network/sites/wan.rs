//! The company's wide-area network: links between sites.

use std::collections::{BTreeSet, HashMap};

use crate::diag::{Span, Spanned};
use crate::network::{Bandwidth, Network, SiteId, State, WanLinkId};

/// A link between the edges of sites, over which they are internal peers of each other.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WanLink {
    /// Its name, unique among ways out and links.
    pub name: String,
    /// The sites that it joins, two at least.
    pub sites: Vec<SiteId>,
    /// What it adds to the internal metric between two of its sites; 10 by default.
    pub metric: u32,
    /// What it carries in each direction, where the file says it.
    pub bandwidth: Option<Spanned<Bandwidth>>,
    /// Whether it is up.
    pub state: Spanned<State>,
    /// What its sites tell each other over it, and pass on of what sites behind them tell.
    pub announces: Announces,
    /// Its name in the file.
    pub span: Span,
}

/// What edges tell each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Announces {
    /// The prefixes of the sites.
    pub own: bool,
    /// What circuits bring.
    pub circuits: bool,
    /// The default route of the internet edge.
    pub default_route: bool,
    /// What tunnels bring.
    pub tunnels: bool,
}

impl Default for Announces {
    /// The sites' prefixes, and what circuits bring.
    fn default() -> Self {
        Self { own: true, circuits: true, default_route: false, tunnels: false }
    }
}

impl Announces {
    /// Nothing.
    pub const NOTHING: Self = Self { own: false, circuits: false, default_route: false, tunnels: false };
}

impl Network {
    /// The sites that links for which `counts` holds join with one, over each other; that one is among them.
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

/// Some links by each site that they join, in their order.
pub(crate) fn at_sites<'l>(links: &[&'l WanLink]) -> HashMap<SiteId, Vec<&'l WanLink>> {
    let mut at: HashMap<SiteId, Vec<&WanLink>> = HashMap::new();
    for link in links {
        for site in &link.sites {
            let here = at.entry(*site).or_default();
            // A link that names a site twice joins it once.
            if here.last().is_none_or(|last| !std::ptr::eq(*last, *link)) {
                here.push(link);
            }
        }
    }
    at
}
