//! Which vantage points, in which states of links, have the same engine: each distinct one is compiled once.
//!
//! An engine is a function of the network, the lists, the tables of routes, the vantage point and what is said of links.
//! Within one network only the last two vary, so the key of an engine is
//!
//! - of the vantage point its [`content`]: what compiling reads of a site, with its name, addresses and places in the file
//!   left out. What these put into decisions is put into those of each site afterwards, and the rest is shared. A site of
//!   which anything else could name it, and every subnet, shares with nothing but itself;
//! - of the links what is said of those that it may depend on ([`Dependencies`]), its own by a name that is every site's.
//!
//! Under a failure only the vantage points that may depend on what fails are compiled again, and of these one of a kind.

mod content;
mod dependencies;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::fast::FixedState;

use crate::engine::compile::{Engine, SiteCompiler};
use crate::engine::decision::{Decision, DecisionId, Why};
use crate::engine::inputs::{CompileError, Inputs};
use crate::engine::session::{Session, sessions};
use crate::engine::state::{Link, LinkState};
use crate::engine::vantage::Vantage;
use crate::network::{Network, SiteId};
use crate::parallel::side_by_side;

use content::{Contents, Own};
pub(crate) use dependencies::Dependents;
use dependencies::Graph;

/// Stands for the site itself among what is said of links.
const ITSELF: SiteId = SiteId(u32::MAX);

/// Compiles the vantage points of one network in any state of its links.
#[derive(Debug)]
pub(crate) struct Classes<'a> {
    inputs: Inputs<'a>,
    contents: Contents,
    graph: Graph<'a>,
    /// What is worth keeping: engines whose key names no link but a site's own, which other sites may have as well.
    kept: Mutex<HashMap<Key, Arc<Kind>, FixedState>>,
}

/// What an engine follows from, within one network.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    class: Class,
    said: LinkState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Class {
    /// Sites of one content.
    Alike(u32),
    /// A vantage point that shares with no other.
    Alone(Vantage),
}

/// An engine that sites share, as that of the first of them.
#[derive(Debug)]
struct Kind {
    first: Vantage,
    engine: Engine,
    /// The decisions that name what is the first one's own; `None` where they do so in a way that cannot be changed.
    named: Option<Vec<DecisionId>>,
}

impl Kind {
    fn of(network: &Network, first: Vantage, engine: Engine) -> Self {
        let named = match first {
            Vantage::Site(site) => Own::of(network, site).and_then(|own| own.named(engine.decisions())),
            Vantage::Subnet(..) => None,
        };
        Self { first, engine, named }
    }
}

impl<'a> Classes<'a> {
    /// Of a network, lists and tables; what is up is said for each engine.
    ///
    /// # Errors
    ///
    /// [`CompileError`] where an input that the network names is missing.
    pub(crate) fn new(inputs: Inputs<'a>) -> Result<Self, CompileError> {
        inputs.check()?;
        let contents = Contents::of(inputs.network);
        Ok(Self { inputs, contents, graph: Graph::of(inputs.network), kept: Mutex::default() })
    }

    /// By link those of some vantage points that may depend on it: their engines, and what is told of ways back with
    /// `returns`.
    pub(crate) fn dependents(&self, vantages: impl Iterator<Item = (Vantage, bool)>) -> Dependents {
        self.graph.dependents(vantages)
    }

    /// The engines of some vantage points while `links` are as they are, in their order. No table is built before it is
    /// asked for.
    ///
    /// # Complexity
    ///
    /// As compiling each distinct one; linear in the decisions of each vantage point.
    pub(crate) fn engines(&self, links: &LinkState, vantages: &[Vantage]) -> Vec<Engine> {
        let keys: Vec<Key> = vantages.iter().map(|vantage| self.key(links, *vantage)).collect();
        let mut kinds: HashMap<&Key, Arc<Kind>, FixedState> = HashMap::default();
        let mut missing: Vec<(&Key, Vantage)> = Vec::new();
        {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            let mut asked: HashSet<&Key, FixedState> = HashSet::default();
            for (key, vantage) in keys.iter().zip(vantages) {
                if !asked.insert(key) {
                    continue;
                }
                match kept.get(key) {
                    Some(known) => drop(kinds.insert(key, Arc::clone(known))),
                    None => missing.push((key, *vantage)),
                }
            }
        }
        let compiler = SiteCompiler::new(self.inputs.links(links));
        let made = side_by_side(&missing, |(_, first)| {
            Arc::new(Kind::of(self.inputs.network, *first, compiler.engine(*first)))
        });
        for ((key, _), kind) in missing.into_iter().zip(made) {
            if matches!(key.class, Class::Alike(_)) && key.said.is_of_site(ITSELF) {
                let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.insert(key.clone(), Arc::clone(&kind));
            }
            kinds.insert(key, kind);
        }
        let pairs: Vec<(&Key, Vantage)> = keys.iter().zip(vantages.iter().copied()).collect();
        side_by_side(&pairs, |(key, vantage)| {
            let shared = kinds.get(*key).and_then(|kind| self.member(links, kind, *vantage));
            shared.unwrap_or_else(|| compiler.engine(*vantage))
        })
    }

    /// The engine of a vantage point of a kind; `None` where it has to be compiled by itself.
    fn member(&self, links: &LinkState, kind: &Kind, vantage: Vantage) -> Option<Engine> {
        if kind.first == vantage {
            let own = kind.named.iter().flatten().map(|id| (*id, kind.engine.decision(*id).clone()));
            return Some(kind.engine.like(kind.engine.sessions().to_vec(), own.collect()));
        }
        let (Vantage::Site(_), Vantage::Site(site)) = (kind.first, vantage) else { return None };
        let own = Own::of(self.inputs.network, site)?;
        let mut own_sessions = sessions(self.inputs.network, links, site);
        // Behind those of the edge stand those of other edges that packets pass: the same ones.
        let theirs = kind.engine.sessions();
        own_sessions.extend(theirs.iter().skip(own_sessions.len()).cloned());
        // With others the carriers of shared decisions would be other ones.
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

    fn key(&self, links: &LinkState, vantage: Vantage) -> Key {
        let dependencies = self.graph.of_engine(vantage);
        let class = match vantage {
            Vantage::Site(site) => self.contents.get(site).map_or(Class::Alone(vantage), Class::Alike),
            Vantage::Subnet(..) => Class::Alone(vantage),
        };
        let said = links.part(|link| self.graph.holds(&dependencies, link), |link| named(link, vantage));
        Key { class, said }
    }
}

/// A link of the site itself by the name that is every site's.
fn named(link: Link, vantage: Vantage) -> Link {
    match (link, vantage) {
        (Link::Internet(own), Vantage::Site(site)) if own == site => Link::Internet(ITSELF),
        (Link::Vpn(own, index), Vantage::Site(site)) if own == site => Link::Vpn(ITSELF, index),
        _ => link,
    }
}

#[cfg(test)]
pub(crate) mod generated;
#[cfg(test)]
mod tests;
