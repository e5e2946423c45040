//! The engines that place flows, compiled in parallel with the work before the first flow.

use std::sync::OnceLock;
use std::thread;

use crate::catalog::Catalog;
use crate::engine::{CompileError, Engine, Inputs, SiteCompiler, Vantage};
use crate::network::{Network, SiteId};

/// The maximum number of sites whose engines are compiled in advance. If there are more sites, the engine of a site is
/// compiled on its first packet, because most captures contain packets from only a few of many sites, and an engine
/// contains a decision for each range in Microsoft's lists.
const SITES_AT_ONCE: usize = 16;

/// One engine per site, or the eligibility engine without a network, with the tables of list records that every flow needs.
///
/// The engines of a few sites are compiled together. Compiling takes longer than reading many captures, and reading
/// does not need the engines, so [`Self::prepare`] runs in a thread next to the reader. The engine of a subnet, or of
/// one of many sites, is compiled when its first client is seen. Most captures never contain such a client.
#[derive(Debug)]
pub struct VantageEngines<'a> {
    catalog: &'a Catalog,
    inputs: Option<Inputs<'a>>,
    together: OnceLock<Vec<Engine>>,
    /// The engines that are compiled individually, in ascending order: the engines of subnets, and of sites if there
    /// are many sites.
    alone: Vec<(Vantage, OnceLock<Engine>)>,
    compiler: OnceLock<SiteCompiler<'a>>,
}

impl<'a> VantageEngines<'a> {
    /// Creates the engines of a network, or of only Microsoft's lists, without compiling them yet.
    ///
    /// # Errors
    ///
    /// Returns [`CompileError`] if an input that the network names is missing.
    pub fn new(catalog: &'a Catalog, inputs: Option<Inputs<'a>>) -> Result<Self, CompileError> {
        if let Some(inputs) = inputs {
            inputs.check()?;
        }
        let few = inputs.is_none_or(|inputs| inputs.network.sites.len() <= SITES_AT_ONCE);
        let vantages = inputs.into_iter().flat_map(|inputs| Vantage::all(inputs.network));
        let alone = vantages.filter(|vantage| !few || matches!(vantage, Vantage::Subnet(..)));
        let alone = alone.map(|vantage| (vantage, OnceLock::new())).collect();
        Ok(Self { catalog, inputs, together: OnceLock::new(), alone, compiler: OnceLock::new() })
    }

    /// Compiles the engines that will be needed, with as many threads as the machine has processors. Threads that need an
    /// engine meanwhile wait for it.
    pub fn prepare(&self) {
        self.together();
    }

    /// Returns the engine of a site or subnet with its index among all engines, or the only engine without a network file.
    pub(in crate::sim) fn of(&self, vantage: Option<Vantage>) -> Option<(usize, &Engine)> {
        let together = self.together();
        let vantage = vantage.unwrap_or(Vantage::Site(SiteId(0)));
        if let (Vantage::Site(site), false) = (vantage, together.is_empty()) {
            return Some((site.index(), together.get(site.index())?));
        }
        let index = self.alone.binary_search_by_key(&vantage, |(own, _)| *own).ok()?;
        let (own, made) = self.alone.get(index)?;
        let engine = if let Some(engine) = made.get() {
            engine
        } else {
            let engine = self.compile(*own)?;
            made.get_or_init(|| engine)
        };
        Some((together.len() + index, engine))
    }

    fn compile(&self, vantage: Vantage) -> Option<Engine> {
        let inputs = self.inputs?;
        match vantage {
            Vantage::Site(site) => {
                Some(self.compiler.get_or_init(|| SiteCompiler::new(inputs)).compile(site))
            }
            Vantage::Subnet(..) => Engine::compile_at(inputs, vantage).ok(),
        }
    }

    /// Returns the engines that are compiled together, in the order of the network's sites; none if there are many sites.
    fn together(&self) -> &[Engine] {
        self.together.get_or_init(|| {
            thread::scope(|scope| {
                scope.spawn(|| self.catalog.cover4());
                scope.spawn(|| self.catalog.cover6());
                match self.inputs {
                    None => vec![Engine::eligibility(self.catalog)],
                    Some(inputs) if inputs.network.sites.len() <= SITES_AT_ONCE => Engine::sites(inputs),
                    Some(_) => Vec::new(),
                }
            })
        })
    }

    pub(in crate::sim) fn catalog(&self) -> &'a Catalog {
        self.catalog
    }

    pub(in crate::sim) fn inputs(&self) -> Option<Inputs<'a>> {
        self.inputs
    }

    pub(in crate::sim) fn network(&self) -> Option<&'a Network> {
        self.inputs.map(|inputs| inputs.network)
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::catalog::Cloud;
    use crate::diag::Source;

    /// Returns a network with `sites` sites, in which every other site uses the circuit.
    fn text(sites: usize) -> String {
        let site = |at: usize| {
            let circuits = if at.is_multiple_of(2) { "[c]" } else { "[]" };
            format!(
                "  - {{name: s{at}, prefixes: [10.{at}.0.0/16], internet: {{name: e{at}, nat: [203.0.{at}.0/28]}}, circuits: {circuits}}}\n"
            )
        };
        let sites: String = (0..sites).map(site).collect();
        format!(
            "version: 1\nsites:\n{sites}circuits:\n  - {{name: c, peering_location: Amsterdam, sku: premium, bandwidth: 1 Gbps, \
             microsoft_peering: {{route_filter: [\"12076:51002\"], nat: [198.18.0.0/28], advertised: [198.18.0.0/28]}}}}\n"
        )
    }

    #[test]
    fn many_sites_are_decided_as_few_are_and_made_when_they_are_asked_for() {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        for count in [SITES_AT_ONCE, SITES_AT_ONCE + 1] {
            let network =
                crate::network::read(&Source::new("network.yaml", text(count)), &catalog).0.unwrap();
            let inputs = Inputs::new(&network, &catalog);
            let engines = VantageEngines::new(&catalog, Some(inputs)).unwrap();
            engines.prepare();
            let made = |engines: &VantageEngines<'_>| {
                engines.together().len()
                    + engines.alone.iter().filter(|(_, made)| made.get().is_some()).count()
            };
            assert_eq!(made(&engines), if count <= SITES_AT_ONCE { count } else { 0 });
            for (asked, site) in [1, 2, count - 1].into_iter().enumerate() {
                let id = SiteId(u32::try_from(site).unwrap());
                let (index, engine) = engines.of(Some(Vantage::Site(id))).unwrap();
                assert_eq!(index, site);
                let alone = Engine::compile(inputs, id).unwrap();
                for address in ["20.38.108.5", "52.112.0.1", "8.8.8.8", "10.2.0.1", "2603:1020:200::1"] {
                    let address: IpAddr = address.parse().unwrap();
                    let path = |engine: &Engine| engine.decision(engine.decide(address)).disposition;
                    assert_eq!(path(engine), path(&alone), "{address} from {site} of {count}");
                }
                if count > SITES_AT_ONCE {
                    assert_eq!(made(&engines), asked + 1);
                }
            }
        }
    }
}
