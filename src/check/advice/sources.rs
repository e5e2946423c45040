//! The documents behind the rules.

use crate::catalog::{Catalog, Cloud, Document, FeedKind, FeedOrigin, Provenance};

/// Where an advice comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdviceSource {
    /// The publisher and title of the document, or the name and edition of the list.
    pub title: String,
    /// The date of the edition, as `YYYY-MM-DD`; `None` if a list has none.
    pub date: Option<String>,
    /// The address; `None` for a list of the user.
    pub url: Option<String>,
}

impl std::fmt::Display for AdviceSource {
    /// Writes the title and the date.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.title)?;
        self.date.iter().try_for_each(|date| write!(f, ", {date}"))
    }
}

impl From<Document<'_>> for AdviceSource {
    fn from(document: Document<'_>) -> Self {
        Self {
            title: document.title.to_owned(),
            date: Some(document.date.to_owned()),
            url: Some(document.url.to_owned()),
        }
    }
}

/// Returns the list of a kind that the catalog uses, as a source; the user's own list before the shipped one.
pub(super) fn list(catalog: &Catalog, kind: FeedKind) -> Option<AdviceSource> {
    let of_kind = || catalog.sources().iter().filter(|one| one.kind == kind);
    let user = of_kind().find(|one| one.origin == FeedOrigin::User);
    user.or_else(|| of_kind().next()).map(|provenance| AdviceSource {
        title: format!("{}, edition {}", title(kind), provenance.edition),
        date: provenance
            .date
            .clone()
            .or_else(|| published(catalog, provenance).map(|one| one.date.to_owned())),
        url: published(catalog, provenance).map(|one| one.url.to_owned()),
    })
}

fn title(kind: FeedKind) -> &'static str {
    match kind {
        FeedKind::ServiceTags => "Azure service tags",
        FeedKind::Endpoints => "Microsoft 365 endpoints",
        FeedKind::Intune => "Intune endpoints",
        FeedKind::Communities => "BGP service communities",
    }
}

/// Returns the page of a shipped list.
fn published(catalog: &Catalog, list: &Provenance) -> Option<Document<'static>> {
    let id = match (list.origin, list.kind, list.cloud) {
        (FeedOrigin::Shipped, FeedKind::ServiceTags, Cloud::Public) => "TAGSPUB",
        (FeedOrigin::Shipped, FeedKind::ServiceTags, Cloud::Government) => "TAGSGOV",
        (FeedOrigin::Shipped, FeedKind::ServiceTags, Cloud::China) => "TAGSCHN",
        (FeedOrigin::Shipped, FeedKind::Communities, _) => "COMMEXP",
        _ => return None,
    };
    catalog.product_table().documents.iter().find(|document| document.id == id).copied()
}

/// Writes the constants of the documents, and the list of all for the test.
macro_rules! documents {
    ($($name:ident: $id:literal, $title:literal, $date:literal, $url:literal;)*) => {
        $(pub(super) const $name: Document<'static> =
            Document { id: $id, title: $title, date: $date, url: $url };)*
        #[cfg(test)]
        const ALL: &[Document<'static>] = &[$($name),*];
    };
}

documents! {
    GUIDE_ARCHITECTURE: "G-A", "Microsoft, Power Platform guidance: ExpressRoute, architecture", "2025-04-17",
        "https://learn.microsoft.com/power-platform/architecture/key-concepts/expressroute/understanding-architecture";
    GUIDE_PLANNING: "G-P", "Microsoft, Power Platform guidance: ExpressRoute, planning", "2025-04-17",
        "https://learn.microsoft.com/power-platform/architecture/key-concepts/expressroute/planning-expressroute";
    GUIDE_CONSIDER: "G-T", "Microsoft, Power Platform guidance: ExpressRoute, things to consider", "2025-04-17",
        "https://learn.microsoft.com/power-platform/architecture/key-concepts/expressroute/things-to-consider";
    GUIDE_SETUP: "G-S", "Microsoft, Power Platform guidance: ExpressRoute, setup", "2025-04-17",
        "https://learn.microsoft.com/power-platform/architecture/key-concepts/expressroute/setup";
    PLATFORM_URLS: "PPURL", "Microsoft, Power Platform URLs and IP address ranges", "2025-09-15",
        "https://learn.microsoft.com/power-platform/admin/online-requirements";
    VIRTUAL_NETWORKS: "VNET", "Microsoft, Virtual network support for Power Platform", "2026-01-06",
        "https://learn.microsoft.com/power-platform/admin/vnet-support-overview";
    FAQ: "FAQ", "Microsoft, ExpressRoute FAQ", "2026-03-31",
        "https://learn.microsoft.com/azure/expressroute/expressroute-faqs";
    ROUTING: "ROUTING", "Microsoft, ExpressRoute routing requirements", "2026-03-12",
        "https://learn.microsoft.com/azure/expressroute/expressroute-routing";
    ROUTE_FILTERS: "RF", "Microsoft, Route filters for Microsoft peering", "2025-07-10",
        "https://learn.microsoft.com/azure/expressroute/how-to-routefilter-portal";
    MICROSOFT_365: "M365ER", "Microsoft, Azure ExpressRoute for Microsoft 365", "2024-03-15",
        "https://learn.microsoft.com/microsoft-365/enterprise/azure-expressroute";
    DOMAINS: "CLOUDMS", "Microsoft, Unified cloud.microsoft domain for Microsoft 365 apps", "2024-04-18",
        "https://learn.microsoft.com/microsoft-365/enterprise/cloud-microsoft-domain";
    TAGS: "TAGDOC", "Microsoft, Azure service tags overview", "2023-01-26",
        "https://learn.microsoft.com/azure/virtual-network/service-tags-overview";
    NAT: "NAT", "Microsoft, ExpressRoute NAT requirements", "2019-09-18",
        "https://learn.microsoft.com/azure/expressroute/expressroute-nat";
    OPTIMIZE: "OPT", "Microsoft, Optimize ExpressRoute routing", "2025-01-31",
        "https://learn.microsoft.com/azure/expressroute/expressroute-optimize-routing";
    AVAILABILITY: "HA", "Microsoft, Designing for high availability with ExpressRoute", "2024-11-18",
        "https://learn.microsoft.com/azure/expressroute/designing-for-high-availability-with-expressroute";
    BFD: "BFD", "Microsoft, BFD over ExpressRoute", "2023-06-30",
        "https://learn.microsoft.com/azure/expressroute/expressroute-bfd";
    LOCATIONS: "LOC", "Microsoft, ExpressRoute peering locations and partners", "2023-08-28",
        "https://learn.microsoft.com/azure/expressroute/expressroute-locations-providers";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::shipped_products;

    /// A document that the table of products cites too is the same edition there.
    #[test]
    fn documents_are_those_of_the_products() {
        let table = shipped_products().unwrap();
        let shared: Vec<_> = ALL
            .iter()
            .filter_map(|own| Some((own, table.documents.iter().find(|known| known.id == own.id)?)))
            .collect();
        assert!(shared.len() > 8);
        for (own, known) in shared {
            assert_eq!(own, known);
        }
        assert!(ALL.iter().all(|own| own.url.starts_with("https://") && own.date.len() == 10));
    }

    #[test]
    fn a_list_names_its_edition() {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        for kind in [FeedKind::ServiceTags, FeedKind::Communities] {
            let source = list(&catalog, kind).unwrap();
            assert!(source.url.is_some() && source.title.contains("edition "), "{source}");
        }
    }
}
