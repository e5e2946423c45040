//! The questions of Microsoft's guides to ExpressRoute, in our own words, with the page that asks each.
//!
//! The table contains only questions. `check::guide` evaluates them for a network.

use crate::catalog::Document;

/// A question of a guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuideItem {
    /// The id, unique among all guides, such as `G15`.
    pub id: &'static str,
    /// The question, in our own words.
    pub question: &'static str,
    /// The page that asks it.
    pub page: Document<'static>,
}

/// A guide: a list of questions in the order of the guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guide {
    /// The name on the command line, such as `power-platform`.
    pub id: &'static str,
    /// The title.
    pub title: &'static str,
    /// The questions.
    pub items: &'static [GuideItem],
}

/// All guides.
pub const GUIDES: [Guide; 3] = [POWER_PLATFORM, MICROSOFT_365, RESILIENCY];

/// Returns the item with this id, in any guide.
pub fn guide_item(id: &str) -> Option<&'static GuideItem> {
    static ALL: [Guide; 3] = GUIDES;
    ALL.iter().flat_map(|guide| guide.items).find(|item| item.id == id)
}

/// Declares a page.
macro_rules! page {
    ($name:ident = $id:literal, $title:literal, $date:literal, $url:literal) => {
        const $name: Document<'static> = Document { id: $id, title: $title, date: $date, url: $url };
    };
}

page!(
    CHECKLIST = "G-C",
    "Microsoft, Power Platform guidance: ExpressRoute, checklist",
    "2025-04-17",
    "https://learn.microsoft.com/power-platform/architecture/key-concepts/expressroute/checklist"
);
page!(
    HOW = "G-H",
    "Microsoft, Power Platform guidance: ExpressRoute, how it works",
    "2025-04-17",
    "https://learn.microsoft.com/power-platform/architecture/key-concepts/expressroute/how-expressroute-works"
);
page!(
    CONSIDER = "G-T",
    "Microsoft, Power Platform guidance: ExpressRoute, things to consider",
    "2025-04-17",
    "https://learn.microsoft.com/power-platform/architecture/key-concepts/expressroute/things-to-consider"
);
page!(
    ARCHITECTURE = "G-A",
    "Microsoft, Power Platform guidance: ExpressRoute, architecture",
    "2025-04-17",
    "https://learn.microsoft.com/power-platform/architecture/key-concepts/expressroute/understanding-architecture"
);
page!(
    PLANNING = "G-P",
    "Microsoft, Power Platform guidance: ExpressRoute, planning",
    "2025-04-17",
    "https://learn.microsoft.com/power-platform/architecture/key-concepts/expressroute/planning-expressroute"
);
page!(
    SETUP = "G-S",
    "Microsoft, Power Platform guidance: ExpressRoute, set up",
    "2025-04-17",
    "https://learn.microsoft.com/power-platform/architecture/key-concepts/expressroute/setup"
);
page!(
    OVERVIEW = "G-O",
    "Microsoft, Power Platform guidance: ExpressRoute, overview",
    "2025-04-17",
    "https://learn.microsoft.com/power-platform/architecture/key-concepts/expressroute/overview"
);
page!(
    M365 = "M365ER",
    "Microsoft, Azure ExpressRoute for Microsoft 365",
    "2024-03-15",
    "https://learn.microsoft.com/microsoft-365/enterprise/azure-expressroute"
);
page!(
    ENDPOINTS = "M365EP",
    "Microsoft, Microsoft 365 URLs and IP address ranges",
    "2026-05-31",
    "https://learn.microsoft.com/microsoft-365/enterprise/urls-and-ip-address-ranges"
);
page!(
    ROUTING = "ROUTING",
    "Microsoft, ExpressRoute routing requirements",
    "2026-03-12",
    "https://learn.microsoft.com/azure/expressroute/expressroute-routing"
);
page!(
    NAT = "NAT",
    "Microsoft, ExpressRoute NAT requirements",
    "2019-09-18",
    "https://learn.microsoft.com/azure/expressroute/expressroute-nat"
);
page!(
    FAQ = "FAQ",
    "Microsoft, ExpressRoute FAQ",
    "2026-03-31",
    "https://learn.microsoft.com/azure/expressroute/expressroute-faqs"
);
page!(
    RESILIENT = "RES",
    "Microsoft, Design architecture for resiliency with ExpressRoute",
    "2024-04-18",
    "https://learn.microsoft.com/azure/expressroute/design-architecture-for-resiliency"
);
page!(
    BFD = "BFD",
    "Microsoft, Configure BFD over ExpressRoute",
    "2023-06-30",
    "https://learn.microsoft.com/azure/expressroute/expressroute-bfd"
);
page!(
    AVAILABILITY = "HA",
    "Microsoft, Designing for high availability with ExpressRoute",
    "2024-11-18",
    "https://learn.microsoft.com/azure/expressroute/designing-for-high-availability-with-expressroute"
);

/// Declares an item.
const fn item(id: &'static str, page: Document<'static>, question: &'static str) -> GuideItem {
    GuideItem { id, question, page }
}

const POWER_PLATFORM: Guide = Guide {
    id: "power-platform",
    title: "Power Platform over ExpressRoute",
    items: &[
        item("G1", CHECKLIST, "Do clients reach the circuit instead of the internet?"),
        item("G2", CHECKLIST, "Do clients have public addresses, or is their address translated?"),
        item(
            "G3",
            CHECKLIST,
            "Does the internet still serve what never uses the circuit, such as static content?",
        ),
        item("G4", CHECKLIST, "Are the capacity and speed of the WAN sufficient?"),
        item("G5", CHECKLIST, "Is Microsoft peering set up for what is needed?"),
        item("G6", CHECKLIST, "Is asymmetric routing avoided?"),
        item("G7", CHECKLIST, "Do distributed users reach the circuit that is best for them?"),
        item("G8", CHECKLIST, "Are there circuits for several areas?"),
        item("G9", CHECKLIST, "Is traffic from Microsoft's cloud filtered like traffic from the internet?"),
        item("G10", HOW, "Do the two BGP sessions use physically different lines?"),
        item("G11", HOW, "Is the bandwidth sufficient for both peerings together?"),
        item("G12", HOW, "Does Power Platform use Microsoft peering, and never private peering?"),
        item("G13", CONSIDER, "Is Microsoft 365 kept off the circuit, or on it on purpose?"),
        item("G14", CONSIDER, "If only some services use the circuit: do replies return by source address?"),
        item("G15", CONSIDER, "Does every circuit have the communities of all regions of the environment?"),
        item("G16", CONSIDER, "Does the circuit's SKU reach the environment's regions?"),
        item("G17", CONSIDER, "How much of sign-in and of the admin portals uses the circuit?"),
        item("G18", ARCHITECTURE, "Are connectors to other companies' services known to use the internet?"),
        item("G19", ARCHITECTURE, "Does the on-premises data gateway reach its relay over the circuit?"),
        item("G20", ARCHITECTURE, "Do desktop flows reach their relay over the circuit?"),
        item("G21", PLANNING, "Does another circuit take over when a part fails?"),
        item("G22", PLANNING, "Does each circuit have its own public prefixes?"),
        item("G23", PLANNING, "Do connections of Power Platform to published servers work, with replies?"),
        item("G24", PLANNING, "Is traffic between Microsoft's services kept out of the calculation?"),
        item("G25", SETUP, "Does client traffic never leak to the internet, even during failures?"),
        item("G26", SETUP, "Are mobile users considered?"),
        item("G27", SETUP, "Are routes over ExpressRoute preferred where the internet has them too?"),
        item("G28", CONSIDER, "Does the circuit belong to the environment's cloud?"),
        item("G29", CONSIDER, "Are the costs known: billing model, SKU, provider, own work?"),
        item("G30", OVERVIEW, "Is there a business reason, and would better internet access not suffice?"),
        item("G31", CONSIDER, "Is it known that ExpressRoute neither encrypts nor filters?"),
    ],
};

const MICROSOFT_365: Guide = Guide {
    id: "microsoft-365",
    title: "Microsoft 365 over ExpressRoute",
    items: &[
        item("M1", M365, "Has Microsoft authorized the circuits for Microsoft 365?"),
        item("M2", FAQ, "Do the circuits with Microsoft 365 have the SKU Premium?"),
        item("M3", ROUTING, "Do the route filters have the communities of the services?"),
        item("M4", ENDPOINTS, "Do the addresses marked for ExpressRoute use the circuit?"),
        item("M5", NAT, "Are clients translated to own pools for each circuit and for the internet?"),
        item("M6", M365, "Does the internet still serve what is not marked for ExpressRoute?"),
        item("M7", M365, "Is asymmetric routing avoided?"),
        item("M8", M365, "Do connections of Microsoft 365 to own servers work, with replies?"),
        item("M9", M365, "Does another circuit or the internet take over when a part fails?"),
        item("M10", M365, "Has the need been assessed with Microsoft?"),
    ],
};

const RESILIENCY: Guide = Guide {
    id: "expressroute-resiliency",
    title: "Resiliency of ExpressRoute",
    items: &[
        item("R1", RESILIENT, "Are there two circuits in two peering locations?"),
        item("R2", AVAILABILITY, "Are both connections of every peering up?"),
        item("R3", BFD, "Does BFD monitor every session?"),
        item("R4", RESILIENT, "Are the gateways redundant across zones?"),
        item("R5", AVAILABILITY, "Is the remaining capacity sufficient when a connection or circuit fails?"),
        item("R6", RESILIENT, "Are the same prefixes advertised over all connections and locations?"),
        item("R7", AVAILABILITY, "Does every destination have a path under every single failure?"),
        item("R8", AVAILABILITY, "Do replies arrive under every single failure?"),
        item("R9", AVAILABILITY, "Are the lines of the providers physically different?"),
        item("R10", RESILIENT, "Has failover been tested?"),
    ],
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn items_are_named_once_and_have_a_page() {
        let all: Vec<&GuideItem> = GUIDES.iter().flat_map(|guide| guide.items).collect();
        let ids: BTreeSet<&str> = all.iter().map(|item| item.id).collect();
        assert_eq!((all.len(), ids.len()), (51, 51));
        for item in all {
            assert_eq!(guide_item(item.id), Some(item));
            assert!(item.question.ends_with('?') && item.page.url.starts_with("https://"), "{}", item.id);
        }
        assert_eq!(guide_item("G32"), None);
    }
}
