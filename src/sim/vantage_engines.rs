//! The engines that flows are placed by, made beside whatever comes before the first flow.

use std::sync::OnceLock;
use std::thread;

use crate::catalog::Catalog;
use crate::engine::{CompileError, Engine, Inputs, Vantage};
use crate::network::Network;

/// One engine per site, or the eligibility engine without a network; with the tables of list records that every flow
/// asks for. Of a subnet there is one from the first client on that is seen in it, which most captures never show.
///
/// The others are made once, when they are first asked for. Compiling takes longer than reading many a capture, and reading
/// needs none of it: so [`Self::prepare`] runs on a thread beside the reading.
#[derive(Debug)]
pub struct VantageEngines<'a> {
    catalog: &'a Catalog,
    inputs: Option<Inputs<'a>>,
    made: OnceLock<Vec<Engine>>,
    /// Every subnet, ascending.
    subnets: Vec<(Vantage, OnceLock<Engine>)>,
}

impl<'a> VantageEngines<'a> {
    /// Of a network, or of the lists alone. Nothing is compiled yet.
    ///
    /// # Errors
    ///
    /// [`CompileError`] where an input that the network names is missing.
    pub fn new(catalog: &'a Catalog, inputs: Option<Inputs<'a>>) -> Result<Self, CompileError> {
        if let Some(inputs) = inputs {
            inputs.check()?;
        }
        let vantages = inputs.into_iter().flat_map(|inputs| Vantage::all(inputs.network));
        let subnets = vantages.filter(|vantage| matches!(vantage, Vantage::Subnet(..)));
        let subnets = subnets.map(|vantage| (vantage, OnceLock::new())).collect();
        Ok(Self { catalog, inputs, made: OnceLock::new(), subnets })
    }

    /// Makes what is not made yet, by as many threads as the machine has processors; who asks meanwhile waits.
    pub fn prepare(&self) {
        self.all();
    }

    /// The engine of a site or subnet, with its index among all of both; without a network file the only one.
    pub(super) fn of(&self, vantage: Option<Vantage>) -> Option<(usize, &Engine)> {
        let sites = self.all();
        let vantage = match vantage {
            None => return Some((0, sites.first()?)),
            Some(Vantage::Site(site)) => return Some((site.index(), sites.get(site.index())?)),
            Some(subnet) => subnet,
        };
        let index = self.subnets.binary_search_by_key(&vantage, |(own, _)| *own).ok()?;
        let (own, made) = self.subnets.get(index)?;
        let engine = if let Some(engine) = made.get() {
            engine
        } else {
            let engine = Engine::compile_at(self.inputs?, *own).ok()?;
            made.get_or_init(|| engine)
        };
        Some((sites.len() + index, engine))
    }

    /// The engines, in the order of the network's sites.
    pub(super) fn all(&self) -> &[Engine] {
        self.made.get_or_init(|| {
            thread::scope(|scope| {
                scope.spawn(|| self.catalog.cover4());
                scope.spawn(|| self.catalog.cover6());
                match self.inputs {
                    None => vec![Engine::eligibility(self.catalog)],
                    Some(inputs) => Engine::sites(inputs),
                }
            })
        })
    }

    pub(super) fn catalog(&self) -> &'a Catalog {
        self.catalog
    }

    pub(super) fn inputs(&self) -> Option<Inputs<'a>> {
        self.inputs
    }

    pub(super) fn network(&self) -> Option<&'a Network> {
        self.inputs.map(|inputs| inputs.network)
    }
}
