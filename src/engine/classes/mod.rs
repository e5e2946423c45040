//! Determines which vantage points have the same engine in which states of links, and compiles each distinct engine
//! once.
//!
//! An engine is a function of the network, the lists, the route tables, the vantage point and the state of links.
//! Within one network only the vantage point and the state of links vary, so the key of an engine consists of
//!
//! - for the vantage point, its [`content`]: the properties of a site that compiling depends on, without its
//!   name, addresses and positions in the file. Where these occur in decisions, they are replaced for each site
//!   afterwards, and the rest is shared. A site to which anything else could refer shares with no other;
//! - for the links, the state of those on which it may depend ([`Dependencies`]), with its own links under names
//!   that are the same for every site.
//!
//! Under a failure, only the vantage points that may depend on the failing links are recompiled, and only one vantage
//! point of each kind.
//!
//! In each state, subnets share a common part outside of the address spaces of their own virtual networks
//! ([`Outward`]). The ranges in their own address space overlay the common part.

mod content;
mod dependencies;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::fast::FixedState;

use crate::addr::IpSet;
use crate::engine::compile::{Engine, SiteCompiler};
use crate::engine::decision::{Decision, DecisionId, Why};
use crate::engine::forwarding::Outward;
use crate::engine::inputs::{CompileError, Inputs};
use crate::engine::session::{Session, sessions};
use crate::engine::state::{Link, LinkState};
use crate::engine::vantage::Vantage;
use crate::network::{Network, SiteId, SubnetId, VirtualNetworkId};
use crate::parallel::side_by_side;

use content::{Contents, Own};
pub(crate) use dependencies::Dependents;
use dependencies::Graph;

/// Stands for the site itself in a state of links.
const ITSELF: SiteId = SiteId(u32::MAX);

/// Compiles the vantage points of one network in any state of its links.
#[derive(Debug)]
pub(crate) struct Classes<'a> {
    inputs: Inputs<'a>,
    contents: Contents,
    graph: Graph<'a>,
    /// The part of the address space that is evaluated; `None` for all of it.
    part: Option<IpSet>,
    /// The engines that are kept: their keys name no link except the site's own, so other sites may have the same key.
    kept: Mutex<HashMap<Key, Arc<Kind>, FixedState>>,
}

/// Everything that determines an engine within one network.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    class: Class,
    links: LinkState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Class {
    /// Sites with the same content.
    Alike(u32),
    /// A site that shares its engine with no other site.
    Alone(SiteId),
}

/// An engine that sites share, compiled for the first of them.
#[derive(Debug)]
struct Kind {
    first: SiteId,
    engine: Engine,
    /// The decisions that contain parts specific to the first site; `None` if these parts cannot be replaced.
    named: Option<Vec<DecisionId>>,
}

impl Kind {
    fn of(network: &Network, first: SiteId, engine: Engine) -> Self {
        let named = Own::of(network, first).and_then(|own| own.named(engine.decisions()));
        Self { first, engine, named }
    }
}

impl<'a> Classes<'a> {
    /// Creates the classes for a network, its lists and its tables. The state of links is passed with each request for
    /// engines.
    ///
    /// # Errors
    ///
    /// [`CompileError`] where an input that the network file names is missing.
    pub(crate) fn new(inputs: Inputs<'a>) -> Result<Self, CompileError> {
        inputs.check()?;
        let contents = Contents::of(inputs.network);
        Ok(Self { inputs, contents, graph: Graph::of(inputs.network), part: None, kept: Mutex::default() })
    }

    /// Limits evaluation to a part of the address space. Outside of it, the engines are undefined.
    #[must_use]
    pub(crate) fn within(self, part: IpSet) -> Self {
        Self { part: Some(part), kept: Mutex::default(), ..self }
    }

    /// Returns, for each link, the vantage points whose engines may depend on it. Where `returns` is set, the links of
    /// their return paths are included.
    pub(crate) fn dependents(&self, vantages: impl Iterator<Item = (Vantage, bool)>) -> Dependents {
        self.graph.dependents(vantages)
    }

    /// Returns the engines of some vantage points in the state `links`, in the order of the vantage points.
    /// Lookup tables are built on first use.
    ///
    /// # Complexity
    ///
    /// That of compiling each distinct engine; linear in the decisions of each vantage point.
    pub(crate) fn engines(&self, links: &LinkState, vantages: &[Vantage]) -> Vec<Engine> {
        let compiler = SiteCompiler::new(self.inputs.links(links)).within(self.part.as_ref());
        let mut sites = Vec::new();
        let mut subnets = Vec::new();
        for vantage in vantages {
            match *vantage {
                Vantage::Site(site) => sites.push(site),
                Vantage::Subnet(network, subnet) => subnets.push((network, subnet)),
            }
        }
        let mut of_sites = self.of_sites(&compiler, links, &sites).into_iter();
        let mut of_subnets = of_subnets(&compiler, &subnets).into_iter();
        let engine = |vantage: &Vantage| match vantage {
            Vantage::Site(_) => of_sites.next(),
            Vantage::Subnet(..) => of_subnets.next(),
        };
        vantages.iter().filter_map(engine).collect()
    }

    fn of_sites(&self, compiler: &SiteCompiler<'_>, links: &LinkState, sites: &[SiteId]) -> Vec<Engine> {
        let keys: Vec<Key> = sites.iter().map(|site| self.key(links, *site)).collect();
        let mut kinds: HashMap<&Key, Arc<Kind>, FixedState> = HashMap::default();
        let mut missing: Vec<(&Key, SiteId)> = Vec::new();
        {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            let mut asked: HashSet<&Key, FixedState> = HashSet::default();
            for (key, site) in keys.iter().zip(sites) {
                if !asked.insert(key) {
                    continue;
                }
                match kept.get(key) {
                    Some(known) => drop(kinds.insert(key, Arc::clone(known))),
                    None => missing.push((key, *site)),
                }
            }
        }
        let made = side_by_side(&missing, |(_, first)| {
            Arc::new(Kind::of(self.inputs.network, *first, compiler.site(*first)))
        });
        for ((key, _), kind) in missing.into_iter().zip(made) {
            if matches!(key.class, Class::Alike(_)) && key.links.is_of_site(ITSELF) {
                let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.insert(key.clone(), Arc::clone(&kind));
            }
            kinds.insert(key, kind);
        }
        let pairs: Vec<(&Key, SiteId)> = keys.iter().zip(sites.iter().copied()).collect();
        side_by_side(&pairs, |(key, site)| {
            let shared = kinds.get(*key).and_then(|kind| self.member(links, kind, *site));
            shared.unwrap_or_else(|| compiler.site(*site))
        })
    }

    /// Returns the engine of a site from the shared engine of its kind; `None` if the site's engine must be compiled
    /// separately.
    fn member(&self, links: &LinkState, kind: &Kind, site: SiteId) -> Option<Engine> {
        // An engine with ranges of its own belongs to one site.
        if kind.first == site && kind.engine.own::<std::net::Ipv4Addr>().is_some() {
            return Some(kind.engine.again());
        }
        if kind.first == site {
            let own = kind.named.iter().flatten().map(|id| (*id, kind.engine.decision(*id).clone()));
            return Some(kind.engine.like(kind.engine.sessions().to_vec(), own.collect()));
        }
        let own = Own::of(self.inputs.network, site)?;
        let mut own_sessions = sessions(self.inputs.network, links, site);
        // The sessions of other edges that packets pass follow those of the site's own edge. They are the same for all
        // sites of a kind.
        let theirs = kind.engine.sessions();
        own_sessions.extend(theirs.iter().skip(own_sessions.len()).cloned());
        // With different sessions, the carriers of shared decisions would differ.
        let same = |(one, other): (&Session, &Session)| one.states == other.states;
        if own_sessions.len() != theirs.len() || !own_sessions.iter().zip(theirs).all(same) {
            return None;
        }
        let mut known: HashMap<*const Why, Arc<Why>, FixedState> = HashMap::default();
        let mut decisions = Vec::new();
        for id in kind.named.as_ref()? {
            let decision = kind.engine.decision(*id);
            let place = Arc::as_ptr(&decision.why);
            let why = if let Some(why) = known.get(&place) {
                Arc::clone(why)
            } else {
                let why = Arc::new(own.put(&decision.why)?);
                known.insert(place, Arc::clone(&why));
                why
            };
            decisions.push((*id, Decision { why, ..decision.clone() }));
        }
        Some(kind.engine.like(own_sessions, decisions))
    }

    fn key(&self, links: &LinkState, site: SiteId) -> Key {
        let dependencies = self.graph.of_engine(Vantage::Site(site));
        let class = self.contents.get(site).map_or(Class::Alone(site), Class::Alike);
        let links = links.part(|link| self.graph.holds(&dependencies, link), |link| named(link, site));
        Key { class, links }
    }
}

/// Returns the engines of subnets, in order. Subnets share an engine if they decide equally everywhere outside of their
/// own virtual networks.
fn of_subnets(compiler: &SiteCompiler<'_>, subnets: &[(VirtualNetworkId, SubnetId)]) -> Vec<Engine> {
    let outward = side_by_side(subnets, |(network, subnet)| compiler.outward_of(*network, *subnet));
    let mut by_content: HashMap<&Outward, Vec<usize>, FixedState> = HashMap::default();
    for (place, outward) in outward.iter().enumerate() {
        let Some(outward) = outward else { continue };
        by_content.entry(outward).or_default().push(place);
    }
    let mut shared: Vec<(&Outward, Vec<usize>)> =
        by_content.into_iter().filter(|(_, places)| places.len() > 1).collect();
    shared.sort_unstable_by_key(|(_, places)| places.first().copied());
    let common = side_by_side(&shared, |(outward, places)| {
        let (network, subnet) = *subnets.get(*places.first()?)?;
        compiler.outward(network, subnet, outward)
    });
    let mut of_place: Vec<Option<&Engine>> = vec![None; subnets.len()];
    for ((_, places), common) in shared.iter().zip(&common) {
        for place in places {
            if let Some(slot) = of_place.get_mut(*place) {
                *slot = common.as_ref();
            }
        }
    }
    let all: Vec<_> = subnets.iter().zip(of_place).collect();
    side_by_side(&all, |((network, subnet), common)| {
        let inside = common.and_then(|common| compiler.inside(*network, *subnet, common));
        inside.unwrap_or_else(|| compiler.subnet(*network, *subnet))
    })
}

/// Returns a link of the site itself under a name that is the same for every site.
fn named(link: Link, site: SiteId) -> Link {
    match link {
        Link::Internet(own) if own == site => Link::Internet(ITSELF),
        Link::Vpn(own, index) if own == site => Link::Vpn(ITSELF, index),
        _ => link,
    }
}

#[cfg(test)]
pub(crate) mod generated;
#[cfg(test)]
mod tests;
