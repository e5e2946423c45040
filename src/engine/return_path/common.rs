//! Data shared by the return paths to all vantage points of a network, computed once.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::addr::IpPrefix;
use crate::engine::adj_rib_in::Advertiser;
use crate::engine::attraction::Attractions;
use crate::engine::covering_prefixes::within;
use crate::engine::forwarding::Forwarding;
use crate::engine::inputs::Inputs;
use crate::engine::vantage::Vantage;
use crate::network::{SiteId, SubnetId, VirtualNetworkId};

use crate::engine::return_path::alike_subnets::StandIns;
use crate::engine::return_path::responder::Responder;

/// Data shared by the return paths in one state of a network.
pub(crate) struct ReturnCommon<'a> {
    pub(super) inputs: Inputs<'a>,
    pub(super) forwarding: Forwarding<'a>,
    /// The regions that each circuit reaches, indexed by circuit id.
    circuits: OnceLock<Vec<Advertiser<'a>>>,
    attractions: OnceLock<Attractions>,
    /// The owner of each site prefix.
    sites: OnceLock<BTreeMap<IpPrefix, SiteId>>,
    /// Whether responders with equivalent replies are evaluated only once.
    stands_in: bool,
    stand_ins: OnceLock<StandIns>,
}

impl std::fmt::Debug for ReturnCommon<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReturnCommon").field("inputs", &self.inputs).finish_non_exhaustive()
    }
}

impl<'a> ReturnCommon<'a> {
    /// Creates the shared data of a network in a state of its links. Everything is computed on first use.
    pub(crate) fn new(inputs: Inputs<'a>) -> Self {
        let forwarding = Forwarding::new(inputs);
        Self {
            inputs,
            forwarding,
            circuits: OnceLock::new(),
            attractions: OnceLock::new(),
            sites: OnceLock::new(),
            stands_in: true,
            stand_ins: OnceLock::new(),
        }
    }

    /// Returns the inputs.
    pub(in crate::engine) fn inputs(&self) -> Inputs<'a> {
        self.inputs
    }

    /// Returns the routers of the network.
    pub(in crate::engine) fn forwarding(&self) -> &Forwarding<'a> {
        &self.forwarding
    }

    /// As [`Self::new`], but evaluates each responder separately. This is faster for a single address, and tests
    /// compare the shared results with it.
    pub(crate) fn plain(inputs: Inputs<'a>) -> Self {
        Self { stands_in: false, ..Self::new(inputs) }
    }

    /// Whether responders with equivalent replies are evaluated only once.
    pub(super) fn stands_in(&self) -> bool {
        self.stands_in
    }

    /// Returns a responder that replies to a vantage point as the given one does. All responders with equivalent
    /// replies get the same one.
    pub(crate) fn stand_in(&self, vantage: Vantage, responder: Option<Responder>) -> Option<Responder> {
        match (vantage, responder) {
            (Vantage::Subnet(from, _), Some(responder)) if self.stands_in => {
                Some(self.stand_ins().get(from, responder))
            }
            _ => responder,
        }
    }

    /// As [`Self::stand_in`], but treats the responder as outside the vantage point's virtual network, even if it also
    /// stands for responders inside it.
    pub(crate) fn stand_in_outside(
        &self,
        vantage: Vantage,
        responder: Option<Responder>,
    ) -> Option<Responder> {
        match (vantage, responder) {
            (Vantage::Subnet(from, _), Some(responder)) if self.stands_in => {
                Some(self.stand_ins().outside(from, responder))
            }
            _ => responder,
        }
    }

    /// Returns a subnet that replies to packets from a site as the given subnet does, if the site has no address in
    /// either. Returns the given subnet if there is no such subnet.
    pub(super) fn stand_in_for(&self, place: (VirtualNetworkId, SubnetId)) -> (VirtualNetworkId, SubnetId) {
        if self.stands_in { self.stand_ins().first(place) } else { place }
    }

    fn stand_ins(&self) -> &StandIns {
        self.stand_ins.get_or_init(|| StandIns::of(&self.forwarding))
    }

    pub(super) fn circuits(&self) -> &[Advertiser<'a>] {
        self.circuits.get_or_init(|| {
            let all = self.inputs.network.circuits_with_ids();
            all.map(|(id, circuit)| Advertiser::new(self.inputs.catalog, self.inputs.links, id, circuit))
                .collect()
        })
    }

    pub(super) fn attractions(&self) -> &Attractions {
        self.attractions.get_or_init(|| Attractions::of(self.inputs))
    }

    /// Returns the prefixes of other sites inside a site's prefix.
    pub(super) fn nested(&self, site: SiteId, prefix: IpPrefix) -> impl Iterator<Item = IpPrefix> {
        let sites = self.sites.get_or_init(|| {
            let all = self.inputs.network.sites_with_ids();
            all.flat_map(|(id, site)| site.prefixes.iter().map(move |prefix| (prefix.value, id))).collect()
        });
        within(sites, prefix)
            .filter(move |(inner, owner)| *inner != prefix && **owner != site)
            .map(|(inner, _)| inner)
    }
}
