//! What the rules look at: the products, the communities that carry them, and the circuits to compare with.

use crate::catalog::snapshot::SnapshotError;
use crate::catalog::{
    Catalog, Cloud, Document, GeographyRecord, Need, Product, ProductCommunity, ProductPart, TenantRegion,
    geography,
};
use crate::check::advice::{AdviceRequest, FilterAdvice, FilterEntry};
use crate::diag::{Span, Spanned};
use crate::engine::{SupportVerdict, product_facts};
use crate::network::reach::requires_premium;
use crate::network::{Circuit, CircuitId, MicrosoftPeering, Network, RouteFilter};
use crate::rib::Community;

/// A community that carries products.
pub(super) struct Wanted {
    /// The community.
    pub(super) entry: FilterEntry,
    /// Whether a product that was asked for needs it; otherwise only a product that its clients need.
    pub(super) is_required: bool,
    /// Whether it belongs to Microsoft 365.
    pub(super) is_microsoft_365: bool,
    /// The products that it carries.
    pub(super) products: Vec<&'static Product<'static>>,
    /// What it is needed for, if only a product that its clients need uses it.
    pub(super) purpose: Option<&'static str>,
    /// Whether several regions are possible, and the product has addresses in one of them.
    pub(super) one_of_several: bool,
    /// The document that names it.
    pub(super) source: Document<'static>,
}

/// A circuit with Microsoft peering.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    /// The id of the circuit.
    pub(super) id: CircuitId,
    /// The circuit.
    pub(super) circuit: &'a Circuit,
    /// Its Microsoft peering.
    pub(super) peering: &'a MicrosoftPeering,
}

impl<'a> Line<'a> {
    /// Returns the route filter.
    pub(super) fn filter(&self) -> Option<&'a RouteFilter> {
        self.peering.of_kind.route_filter.as_ref()
    }

    /// Returns the entry of a community in the route filter.
    pub(super) fn entry(&self, community: Community) -> Option<Spanned<Community>> {
        self.filter()?.communities.iter().find(|entry| entry.value == community).copied()
    }

    /// Returns the position of the route filter; without one, that of the peering.
    pub(super) fn place(&self) -> Span {
        self.filter().map_or(self.peering.span, |filter| filter.span)
    }
}

/// The input of the rules.
pub(super) struct Subject<'a> {
    /// The products.
    pub(super) products: &'a [&'static Product<'static>],
    /// Where the environments are.
    pub(super) region: &'a TenantRegion,
    /// The lists.
    pub(super) catalog: &'a Catalog,
    /// The network.
    pub(super) network: Option<&'a Network>,
    /// The circuits with Microsoft peering.
    pub(super) lines: Vec<Line<'a>>,
    /// The communities that carry the products.
    pub(super) wanted: Vec<Wanted>,
    /// The addresses of the products in the region by service tag, each tag once.
    pub(super) parts: Vec<ProductPart>,
    /// The table of regions and peering locations.
    pub(super) geography: &'static [GeographyRecord],
}

impl<'a> Subject<'a> {
    /// Collects what the rules look at.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`] if a shipped table was damaged when the program was built.
    pub(super) fn of(request: AdviceRequest<'a>) -> Result<Self, SnapshotError> {
        let AdviceRequest { products, region, catalog, network } = request;
        let mut parts: Vec<ProductPart> = Vec::new();
        for part in products.iter().flat_map(|product| catalog.product_tag_parts(product, Some(region))) {
            if !parts.iter().any(|known| known.list == part.list) {
                parts.push(part);
            }
        }
        let circuits = network.into_iter().flat_map(Network::circuits_with_ids);
        let lines = circuits.filter_map(|(id, circuit)| {
            Some(Line { id, circuit, peering: circuit.microsoft_peering.as_ref()? })
        });
        let lines = lines.collect();
        let wanted = Vec::new();
        let mut subject =
            Self { products, region, catalog, network, lines, wanted, parts, geography: geography()? };
        subject.want();
        Ok(subject)
    }

    /// Returns the cloud of the environments, if their circuits belong to another one.
    pub(super) fn other_cloud(&self) -> Option<Cloud> {
        let of_region = |record: &&GeographyRecord| {
            record.arm_region.as_ref().is_some_and(|region| self.region.pair.contains(region))
        };
        let found = self.geography.iter().find(of_region)?;
        (found.cloud != self.catalog.cloud()).then_some(found.cloud)
    }

    /// Returns whether Microsoft 365 was asked for: a product that only its communities carry.
    pub(super) fn asks_for_microsoft_365(&self) -> bool {
        self.wanted.iter().any(|wanted| wanted.is_required && wanted.is_microsoft_365)
    }

    /// Returns what the clients of the products need in addition, each product once, with its need.
    pub(super) fn needs(&self) -> Vec<(&'static Product<'static>, &'static Need<'static>)> {
        let mut all: Vec<(&'static Product<'static>, &'static Need<'static>)> = Vec::new();
        let platforms = self.products.iter().flat_map(|product| self.catalog.platforms_of(product));
        for need in platforms.flat_map(|product| &product.needs) {
            let Some(other) = self.catalog.product(need.product) else { continue };
            let known = self.products.iter().copied().chain(all.iter().map(|(one, _)| *one));
            if !known.into_iter().any(|one| one.id == other.id) {
                all.push((other, need));
            }
        }
        all
    }

    /// Returns the documented support of a product.
    pub(super) fn support(&self, product: &'static Product<'static>) -> SupportVerdict {
        product_facts(self.catalog, product, Some(self.region)).support.verdict
    }

    /// Returns the display name of a region.
    pub(super) fn region_name<'n>(&'n self, region: &'n str) -> &'n str {
        let named = |record: &&GeographyRecord| record.arm_region.as_deref() == Some(region);
        let mut records = self.geography.iter().filter(named);
        records.find_map(|record| record.region_name.as_deref()).unwrap_or(region)
    }

    /// Returns the name of a community that a network file accepts: that of its region, or its own; the value if
    /// neither is unambiguous.
    pub(super) fn named(&self, value: Community) -> FilterEntry {
        let known = self.catalog.community(value);
        let region = known.and_then(|known| known.region.as_deref()).map(|region| self.region_name(region));
        let names = known.into_iter().flat_map(|known| known.names.iter().map(String::as_str).rev());
        let unambiguous = |name: &&str| self.catalog.communities_named(name) == [value];
        let name = region.into_iter().chain(names).find(unambiguous);
        FilterEntry { value, name: name.map_or_else(|| value.to_string(), str::to_owned) }
    }

    /// Returns the communities that a circuit lacks.
    pub(super) fn missing_on(&self, line: &Line<'_>) -> impl Iterator<Item = &Wanted> {
        self.wanted.iter().filter(|wanted| wanted.is_required && line.entry(wanted.entry.value).is_none())
    }

    /// Returns the route filter of each circuit.
    pub(super) fn filters(&self) -> Vec<FilterAdvice> {
        if self.network.is_none() {
            let missing = self.wanted.iter().filter(|wanted| wanted.is_required);
            let missing = missing.map(|wanted| wanted.entry.clone()).collect();
            let name = "er".to_owned();
            return vec![FilterAdvice { circuit: None, name, exists: false, present: Vec::new(), missing }];
        }
        let of_line = |line: &Line<'_>| FilterAdvice {
            circuit: Some(line.id),
            name: line.circuit.name.clone(),
            exists: line.filter().is_some(),
            present: line
                .filter()
                .into_iter()
                .flat_map(|filter| &filter.communities)
                .map(|entry| self.named(entry.value))
                .collect(),
            missing: self.missing_on(line).map(|wanted| wanted.entry.clone()).collect(),
        };
        self.lines.iter().map(of_line).collect()
    }

    /// Collects the communities that carry the products and what their clients need.
    fn want(&mut self) {
        for product in self.products {
            if self.support(product) == SupportVerdict::Unsupported {
                continue;
            }
            let needs_only_365 = product.communities.iter().all(|cited| self.is_microsoft_365(cited.value));
            for cited in &product.communities {
                for value in self.values(cited.value) {
                    let is_required = needs_only_365 || !self.is_microsoft_365(cited.value);
                    self.add(value, cited.value, is_required, product, None, cited.source);
                }
            }
        }
        for (product, need) in self.needs() {
            if self.support(product) != SupportVerdict::Supported {
                continue;
            }
            for cited in &product.communities {
                let ProductCommunity::Value(value) = cited.value else { continue };
                if !self.is_microsoft_365(cited.value) {
                    self.add(value, cited.value, false, product, Some(need.text), cited.source);
                }
            }
        }
    }

    fn is_microsoft_365(&self, community: ProductCommunity) -> bool {
        let ProductCommunity::Value(value) = community else { return false };
        self.catalog.community(value).is_some_and(requires_premium)
    }

    /// Returns the communities of a product's entry in the region.
    fn values(&self, community: ProductCommunity) -> Vec<Community> {
        match community {
            ProductCommunity::Value(value) => vec![value],
            ProductCommunity::Pair | ProductCommunity::Region => {
                let regions = self.region.pair.iter();
                regions.filter_map(|region| self.catalog.regional_community(region)).collect()
            }
        }
    }

    fn add(
        &mut self,
        value: Community,
        community: ProductCommunity,
        is_required: bool,
        product: &'static Product<'static>,
        purpose: Option<&'static str>,
        source: Document<'static>,
    ) {
        let one_of_several = community == ProductCommunity::Region && self.region.pair.len() > 1;
        if let Some(known) = self.wanted.iter_mut().find(|known| known.entry.value == value) {
            if is_required {
                known.is_required = true;
                known.one_of_several &= one_of_several;
                known.products.push(product);
            }
            return;
        }
        let (entry, is_microsoft_365) =
            (self.named(value), self.is_microsoft_365(ProductCommunity::Value(value)));
        self.wanted.push(Wanted {
            entry,
            is_required,
            is_microsoft_365,
            products: vec![product],
            purpose,
            one_of_several,
            source,
        });
    }
}
