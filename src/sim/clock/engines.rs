//! The engines for one state of a network.

use std::sync::{Arc, OnceLock};

use crate::engine::{CompileError, Engine, Inputs, Vantage};
use crate::network::SiteId;

/// One engine for each site, compiled in advance. The engine of a subnet is compiled when a client or a reply first
/// needs it.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Engines {
    sites: Arc<Vec<Engine>>,
    /// The engines of subnets, ascending by vantage point.
    subnets: Arc<Vec<(Vantage, OnceLock<Engine>)>>,
}

impl Engines {
    /// Compiles the engines of the sites.
    ///
    /// # Errors
    ///
    /// Returns [`CompileError`] if an input that the network names is missing.
    pub(in crate::sim) fn compile(inputs: Inputs<'_>) -> Result<Self, CompileError> {
        let sites = Arc::new(Engine::compile_sites(inputs)?);
        let subnets = Vantage::all(inputs.network);
        let subnets = subnets.filter(|vantage| matches!(vantage, Vantage::Subnet(..)));
        let subnets = Arc::new(subnets.map(|vantage| (vantage, OnceLock::new())).collect());
        Ok(Self { sites, subnets })
    }

    /// Returns the engines of the sites, in the order of the network file.
    pub(in crate::sim) fn sites(&self) -> &[Engine] {
        &self.sites
    }

    /// Returns the engine of a site.
    pub(in crate::sim) fn site(&self, site: SiteId) -> Option<&Engine> {
        self.sites.get(site.index())
    }

    /// Returns the engine of a site or subnet. `inputs` must be those from which the sites were compiled.
    pub(in crate::sim) fn of(&self, inputs: Inputs<'_>, vantage: Vantage) -> Option<&Engine> {
        if let Vantage::Site(site) = vantage {
            return self.site(site);
        }
        let index = self.subnets.binary_search_by_key(&vantage, |(own, _)| *own).ok()?;
        let (_, made) = self.subnets.get(index)?;
        if let Some(engine) = made.get() {
            return Some(engine);
        }
        let engine = Engine::compile_at(inputs, vantage).ok()?;
        Some(made.get_or_init(|| engine))
    }
}
