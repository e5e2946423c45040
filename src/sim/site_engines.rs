//! The engines that flows are placed by, made beside whatever comes before the first flow.

use std::sync::OnceLock;
use std::thread;

use crate::catalog::Catalog;
use crate::engine::{CompileError, Engine, Inputs};
use crate::network::Network;

/// One engine per site, or the eligibility engine without a network; with the tables of list records that every flow
/// asks for.
///
/// They are made once, when they are first asked for. Compiling takes longer than reading many a capture, and reading
/// needs none of it: so [`Self::prepare`] runs on a thread beside the reading.
#[derive(Debug)]
pub struct SiteEngines<'a> {
    catalog: &'a Catalog,
    inputs: Option<Inputs<'a>>,
    made: OnceLock<Vec<Engine>>,
}

impl<'a> SiteEngines<'a> {
    /// Of a network, or of the lists alone. Nothing is compiled yet.
    ///
    /// # Errors
    ///
    /// [`CompileError`] where an input that the network names is missing.
    pub fn new(catalog: &'a Catalog, inputs: Option<Inputs<'a>>) -> Result<Self, CompileError> {
        if let Some(inputs) = inputs {
            inputs.check()?;
        }
        Ok(Self { catalog, inputs, made: OnceLock::new() })
    }

    /// Makes what is not made yet, by as many threads as the machine has processors; who asks meanwhile waits.
    pub fn prepare(&self) {
        self.all();
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

    pub(super) fn network(&self) -> Option<&'a Network> {
        self.inputs.map(|inputs| inputs.network)
    }
}
