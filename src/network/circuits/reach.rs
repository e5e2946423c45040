//! The regions whose routes a circuit receives, derived from its SKU and peering location.
//!
//! Microsoft's rules (expressroute-faqs, expressroute-routing, the table of geopolitical regions):
//!
//! - Local: the one or two regions mapped to the peering location.
//! - Standard: the regions of the peering location's geopolitical region.
//! - Premium: the regions of the cloud.
//!
//! The SKU does not restrict a community that is not regional. Microsoft 365 nevertheless requires Premium. That is a
//! separate rule ([`requires_premium`]) and not part of the reach. If the documents do not state the location or
//! region, the result is [`Receives::Unknown`] with the missing fact, never a guess.

use std::collections::BTreeSet;
use std::fmt;

use crate::catalog::snapshot::SnapshotError;
use crate::catalog::{Cloud, CommunityKind, GeographyRecord, ServiceCommunity, geography};
use crate::network::{Circuit, Sku};
use crate::rib::Community;

/// The regions whose routes a circuit receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// These regions, in Azure Resource Manager's spelling.
    Regions {
        /// The reachable regions.
        reached: BTreeSet<String>,
        /// The regions that the table lists in another geopolitical region. `None` if all other regions are
        /// unreachable (Local). For Standard, a region may be in neither set, because a region can exist before the
        /// table lists it.
        elsewhere: Option<BTreeSet<String>>,
    },
    /// Every region of the cloud.
    Cloud,
    /// The reach is unknown.
    Unknown(UnknownReach),
}

/// The reason why a reach is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnknownReach {
    /// No table lists the peering location.
    Location {
        /// The location, as written in the file.
        location: String,
    },
    /// The documents do not state the geopolitical region of the location.
    GeopoliticalRegion {
        /// The location.
        location: String,
    },
    /// The documents do not state which region is local to the location.
    LocalRegion {
        /// The location.
        location: String,
    },
    /// The documents do not state the geopolitical region of the region.
    Region {
        /// The region.
        region: String,
    },
    /// The community is regional, but its region is unknown.
    Community {
        /// The community.
        community: Community,
    },
}

impl fmt::Display for UnknownReach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Location { location } => write!(f, "the peering location `{location}` is unknown"),
            Self::GeopoliticalRegion { location } => {
                write!(f, "the geopolitical region of the peering location `{location}` is not documented")
            }
            Self::LocalRegion { location } => {
                write!(f, "the local region of the peering location `{location}` is not documented")
            }
            Self::Region { region } => write!(f, "the geopolitical region of `{region}` is not documented"),
            Self::Community { community } => write!(f, "the region of `{community}` is not documented"),
        }
    }
}

/// Whether a circuit receives the routes of a community, considering only the community's region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receives {
    /// The circuit receives the routes, or the community is not regional.
    Yes,
    /// The community's region is unreachable.
    No,
    /// The result is unknown.
    Unknown(UnknownReach),
}

/// Returns the city of a peering location, and whether it is a Metro location such as `Amsterdam Metro`. The two
/// connections of a circuit at a Metro location end at two peering locations in the city (Microsoft, *about
/// ExpressRoute Metro*).
pub fn city_of(location: &str) -> (&str, bool) {
    const METRO: &str = "metro";
    let location = location.trim();
    let start = location.len().saturating_sub(METRO.len());
    let city = location.get(..start).map(str::trim_end).filter(|city| !city.is_empty());
    match (city, location.get(start..)) {
        (Some(city), Some(last)) if last.eq_ignore_ascii_case(METRO) => (city, true),
        _ => (location, false),
    }
}

impl Reach {
    /// Returns the reach of a circuit in a cloud.
    ///
    /// # Errors
    ///
    /// Returns [`SnapshotError`] if the shipped table was damaged before the program was built.
    pub fn of(circuit: &Circuit, cloud: Cloud) -> Result<Self, SnapshotError> {
        Ok(Self::by_table(circuit.sku.value, &circuit.peering_location.value, cloud, geography()?))
    }

    /// Returns the reach of a SKU at a peering location according to a table of regions and locations.
    ///
    /// Case and spaces in the location's name are ignored. A Metro location has the reach of its city.
    pub fn by_table(sku: Sku, location: &str, cloud: Cloud, table: &[GeographyRecord]) -> Self {
        if sku == Sku::Premium {
            return Self::Cloud;
        }
        let of_cloud = || table.iter().filter(|record| record.cloud == cloud);
        let wanted = crate::yaml::suggest::squeeze(city_of(location).0);
        let here = |record: &&GeographyRecord| {
            record
                .peering_location
                .as_deref()
                .is_some_and(|name| crate::yaml::suggest::squeeze(name) == wanted)
        };
        let location = location.to_owned();
        let Some(place) = of_cloud().find(here) else {
            return Self::Unknown(UnknownReach::Location { location });
        };
        if sku == Sku::Local {
            if of_cloud().filter(here).any(|record| !record.local_region_known) {
                return Self::Unknown(UnknownReach::LocalRegion { location });
            }
            let reached = of_cloud().filter(here).filter_map(|record| record.arm_region.clone()).collect();
            return Self::Regions { reached, elsewhere: None };
        }
        let Some(area) = &place.geopolitical_region else {
            return Self::Unknown(UnknownReach::GeopoliticalRegion { location });
        };
        let regions = |inside: bool| {
            of_cloud()
                .filter(|record| record.peering_location.is_none())
                .filter(|record| (record.geopolitical_region.as_ref() == Some(area)) == inside)
                .filter_map(|record| record.arm_region.clone())
                .collect::<BTreeSet<_>>()
        };
        let reached = regions(true);
        let elsewhere = regions(false).difference(&reached).cloned().collect();
        Self::Regions { reached, elsewhere: Some(elsewhere) }
    }

    /// Returns whether a circuit with this reach receives the routes of a community.
    pub fn receives(&self, community: &ServiceCommunity) -> Receives {
        if community.kind == CommunityKind::Service {
            return Receives::Yes;
        }
        match (self, &community.region) {
            (Self::Cloud, _) => Receives::Yes,
            (Self::Unknown(why), _) => Receives::Unknown(why.clone()),
            (Self::Regions { .. }, None) => {
                Receives::Unknown(UnknownReach::Community { community: community.value })
            }
            (Self::Regions { reached, elsewhere }, Some(region)) => {
                let listed = |regions: &BTreeSet<String>| {
                    regions.contains(region)
                        || community.other_regions.iter().any(|name| regions.contains(name))
                };
                match elsewhere {
                    _ if listed(reached) => Receives::Yes,
                    None => Receives::No,
                    Some(elsewhere) if listed(elsewhere) => Receives::No,
                    Some(_) => Receives::Unknown(UnknownReach::Region { region: region.clone() }),
                }
            }
        }
    }
}

/// The Microsoft 365 communities: Exchange, SharePoint, Skype for Business and Teams, and others, in the public and
/// the government cloud (expressroute-routing).
const MICROSOFT_365: [u16; 8] = [5010, 5020, 5030, 5100, 5110, 5120, 5130, 5200];

/// Returns whether Microsoft offers this community's routes on Premium circuits only. This applies to Microsoft 365
/// ("Microsoft 365 services require premium add-on", expressroute-faqs).
pub fn requires_premium(community: &ServiceCommunity) -> bool {
    community.service_group.as_deref() == Some("O365")
        || community.value.asn() == Community::MICROSOFT && MICROSOFT_365.contains(&community.value.value())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    fn reach(sku: Sku, location: &str) -> Reach {
        Reach::by_table(sku, location, Cloud::Public, geography().unwrap())
    }

    #[test]
    fn metro_locations_have_a_city() {
        for (location, city, is_metro) in [
            ("Amsterdam", "Amsterdam", false),
            ("Amsterdam Metro", "Amsterdam", true),
            ("washington dc metro ", "washington dc", true),
            ("Metro", "Metro", false),
            ("Zürich", "Zürich", false),
            ("", "", false),
        ] {
            assert_eq!(city_of(location), (city, is_metro), "{location}");
        }
    }

    #[test]
    fn each_sku_has_its_reach() {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let (yes, no) = (Receives::Yes, Receives::No);
        // West Europe, North Europe, East US, Storage West Europe, Exchange.
        let communities = [51002, 51003, 51004, 52002, 5010];
        for (sku, location, expected) in [
            (Sku::Local, "Amsterdam", [&yes, &no, &no, &yes, &yes]),
            (Sku::Standard, "Amsterdam", [&yes, &yes, &no, &yes, &yes]),
            (Sku::Standard, "amsterdam2", [&yes, &yes, &no, &yes, &yes]),
            (Sku::Local, "Amsterdam Metro", [&yes, &no, &no, &yes, &yes]),
            (Sku::Premium, "Amsterdam", [&yes; 5]),
            (Sku::Standard, "Washington DC", [&no, &no, &yes, &no, &yes]),
            (Sku::Local, "Copenhagen", [&no, &no, &no, &no, &yes]),
        ] {
            let reach = reach(sku, location);
            for (value, expected) in communities.into_iter().zip(expected) {
                let community = catalog.community(Community::microsoft(value)).unwrap();
                assert_eq!(&reach.receives(community), expected, "{sku} {location} {value}");
            }
        }
    }

    #[test]
    fn what_is_not_documented_is_unknown() {
        let unknown = |sku, location: &str| match reach(sku, location) {
            Reach::Unknown(why) => why.to_string(),
            known => panic!("{known:?}"),
        };
        assert_eq!(unknown(Sku::Standard, "Atlantis"), "the peering location `Atlantis` is unknown");
        assert!(unknown(Sku::Standard, "Bogota").contains("geopolitical region"));
        assert!(unknown(Sku::Local, "Tel Aviv2").contains("local region"));
        assert_eq!(reach(Sku::Premium, "Atlantis"), Reach::Cloud);
        // Every location of every cloud has a result for each SKU.
        for record in geography().unwrap() {
            let Some(location) = &record.peering_location else { continue };
            for sku in Sku::ALL {
                let reach = Reach::by_table(sku, location, record.cloud, geography().unwrap());
                assert_ne!(reach, Reach::Unknown(UnknownReach::Location { location: location.clone() }));
            }
        }
    }

    #[test]
    fn a_region_that_the_table_lacks_is_unknown_on_standard() {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let known = reach(Sku::Standard, "Amsterdam");
        let Reach::Regions { reached, elsewhere } = &known else { panic!("{known:?}") };
        assert!(elsewhere.as_ref().is_some_and(|elsewhere| elsewhere.is_disjoint(reached)));
        for community in catalog.communities() {
            let placed = community.region.as_ref().is_none_or(|region| {
                reached.contains(region) || elsewhere.as_ref().is_some_and(|regions| regions.contains(region))
            });
            if placed || !community.other_regions.is_empty() {
                continue;
            }
            assert!(matches!(known.receives(community), Receives::Unknown(_)), "{}", community.value);
        }
    }

    #[test]
    fn microsoft_365_requires_premium() {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let requires = |value| requires_premium(catalog.community(Community::microsoft(value)).unwrap());
        assert!([5010, 5020, 5030, 5100].into_iter().all(requires));
        assert!(![5040, 5050, 5060, 51002, 52002].into_iter().any(requires));
    }
}
