//! The records of the catalog as plain data.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::provenance::{FeedKind, Instance, NameError, Provenance};
use crate::addr::IpPrefix;
use crate::rib::Community;

/// One Azure service tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceTag {
    /// The name, such as `Storage.WestEurope`.
    pub name: String,
    /// The feed's id, usually equal to the name.
    pub id: String,
    /// The feed's short region name (`westeurope`, `centralfrance`); empty for a global tag.
    pub region: String,
    /// The feed's region number, which is the same for all spellings of a region; 0 for a global tag.
    pub region_id: u32,
    /// Always `Azure` so far.
    pub platform: String,
    /// The service, such as `AzureStorage`; may be empty.
    pub system_service: String,
    /// The change number of this tag, independent of the feed's change number.
    pub change_number: u64,
    /// Where Azure accepts the tag: `API`, `NSG`, `UDR`, `FW`, `VSE`.
    pub network_features: Vec<String>,
    /// Its prefixes, IPv4 before IPv6, ascending, without duplicates.
    pub prefixes: Vec<IpPrefix>,
    /// The index of its feed in [`super::Catalog::sources`].
    pub source: usize,
}

/// The category of a Microsoft 365 endpoint set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Most sensitive to network performance.
    Optimize,
    /// Required, less sensitive.
    Allow,
    /// May be treated as ordinary internet traffic.
    Default,
}

impl Category {
    /// Returns the name in the web service: `Optimize`, `Allow`, `Default`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Optimize => "Optimize",
            Self::Allow => "Allow",
            Self::Default => "Default",
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Category {
    type Err = NameError;

    /// Parses the name, ignoring case.
    fn from_str(text: &str) -> Result<Self, NameError> {
        [Self::Optimize, Self::Allow, Self::Default]
            .into_iter()
            .find(|category| category.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| NameError {
                text: text.to_owned(),
                what: "an endpoint category",
                choices: "Optimize, Allow, Default",
            })
    }
}

/// One Microsoft 365 endpoint set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointSet {
    /// The set's number in the web service, unique within the instance.
    pub id: u32,
    /// The instance.
    pub instance: Instance,
    /// `Exchange`, `SharePoint`, `Skype` (Teams), `Common`, and [`Self::INTUNE`].
    pub service_area: String,
    /// The display name, such as `Exchange Online`.
    pub display_name: String,
    /// Host names, possibly with wildcards.
    pub urls: Vec<String>,
    /// TCP ports, ascending; empty if none are listed.
    pub tcp_ports: Vec<RangeInclusive<u16>>,
    /// UDP ports, ascending; empty if none are listed.
    pub udp_ports: Vec<RangeInclusive<u16>>,
    /// Whether Microsoft supports the set over ExpressRoute. This is documented support, not a route.
    pub express_route: bool,
    /// The category.
    pub category: Category,
    /// Whether Microsoft 365 needs the set.
    pub required: bool,
    /// Microsoft's notes on the set; usually empty.
    pub notes: String,
    /// Its prefixes, IPv4 before IPv6, ascending, without duplicates; often none.
    pub prefixes: Vec<IpPrefix>,
    /// The index of its feed in [`super::Catalog::sources`].
    pub source: usize,
}

impl EndpointSet {
    /// The service area of Intune. The web service leaves its sets out unless asked for them.
    pub const INTUNE: &str = "MEM";

    /// Returns the kind of list that the set belongs to: [`FeedKind::Intune`] or [`FeedKind::Endpoints`].
    pub fn kind(&self) -> FeedKind {
        if self.service_area.eq_ignore_ascii_case(Self::INTUNE) {
            FeedKind::Intune
        } else {
            FeedKind::Endpoints
        }
    }

    /// Returns `id:area:category:er=true|false`, which identifies the set in tables of addresses.
    pub fn label(&self) -> String {
        format!("{}:{}:{}:er={}", self.id, self.service_area, self.category, self.express_route)
    }

    /// Returns the set's ports for display: `tcp 80,443 udp 3478-3481`; `any port` if none are listed.
    pub fn ports(&self) -> String {
        let list = |name: &str, ports: &[RangeInclusive<u16>]| {
            let ports: Vec<String> = ports
                .iter()
                .map(|range| match (range.start(), range.end()) {
                    (start, end) if start == end => start.to_string(),
                    (start, end) => format!("{start}-{end}"),
                })
                .collect();
            (!ports.is_empty()).then(|| format!("{name} {}", ports.join(",")))
        };
        let both = [list("tcp", &self.tcp_ports), list("udp", &self.udp_ports)];
        let text = both.into_iter().flatten().collect::<Vec<_>>().join(" ");
        if text.is_empty() { "any port".to_owned() } else { text }
    }
}

/// One entry of a `bgpServiceCommunities` export. A community has one entry for IPv4 and often one for IPv6;
/// the communities of the two regions with canary regions have four entries each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommunityEntry {
    /// The community.
    pub value: Community,
    /// The entry's name, such as `Azure West Europe IPv6`.
    pub name: String,
    /// The service that lists the community, such as `AzureWestEurope`.
    pub service: String,
    /// The group, such as `O365` or `AzureStorage`; empty if there is none.
    pub group: String,
    /// Always `Global` so far.
    pub supported_region: String,
    /// Whether the subscription that created the export may use the community, if the export states it.
    pub authorized: Option<bool>,
    /// The advertised prefixes, IPv4 before IPv6, ascending, without duplicates; may be empty.
    pub prefixes: Vec<IpPrefix>,
}

/// The meaning of a community according to Microsoft's numbering scheme (`12076:FFNNN`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CommunityKind {
    /// A service in any region: values below 50000.
    Service,
    /// All prefixes of a region on Microsoft peering: 51NNN.
    Regional,
    /// Azure Storage in a region: 52NNN.
    Storage,
    /// Azure SQL in a region: 53NNN.
    Sql,
    /// Azure Cosmos DB in a region: 54NNN.
    CosmosDb,
    /// Azure Backup in a region: 55NNN.
    Backup,
    /// A region on private peering: 50NNN. Such a community never appears on Microsoft peering, so it has no
    /// routes here.
    RegionalPrivate,
}

impl CommunityKind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::Service,
        Self::Regional,
        Self::Storage,
        Self::Sql,
        Self::CosmosDb,
        Self::Backup,
        Self::RegionalPrivate,
    ];

    /// Returns the kind of a value according to the numbering scheme.
    pub const fn of(community: Community) -> Self {
        match community.value() / 1000 {
            50 => Self::RegionalPrivate,
            51 => Self::Regional,
            52 => Self::Storage,
            53 => Self::Sql,
            54 => Self::CosmosDb,
            55 => Self::Backup,
            _ => Self::Service,
        }
    }

    /// Returns the name in files and output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Regional => "regional",
            Self::Storage => "storage",
            Self::Sql => "sql",
            Self::CosmosDb => "cosmosdb",
            Self::Backup => "backup",
            Self::RegionalPrivate => "regional-private",
        }
    }
}

impl fmt::Display for CommunityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Everything that is known about one community, from the export and from the documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceCommunity {
    /// The community.
    pub value: Community,
    /// The community's names: the exported names in the order of the export, then the documented name.
    pub names: Vec<String>,
    /// The export's group, such as `O365`.
    pub service_group: Option<String>,
    /// The kind of the community.
    pub kind: CommunityKind,
    /// The region in Azure Resource Manager's spelling (`francecentral`), for the regional kinds.
    pub region: Option<String>,
    /// Canary regions that share the value (`eastus2euap` with `eastus2`).
    pub other_regions: Vec<String>,
    /// Whether Microsoft's documentation lists the community.
    pub documented: bool,
    /// Whether an export lists the community.
    pub exported: bool,
    /// Whether the user's subscription may use the community, if the user's own export states it.
    pub authorized: Option<bool>,
    /// The index of the export in [`super::Catalog::sources`], if an export lists the community.
    pub source: Option<usize>,
}

/// How certain it is that a prefix is advertised with a community; ordered, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// A `bgpServiceCommunities` export lists the prefix.
    Exported,
    /// A rule that agrees with the export derives the prefix from other feeds.
    Derived,
    /// Only a related tag contains the prefix, and the export is known to contain less than that tag.
    Ambiguous,
}

impl Evidence {
    /// Returns the name in output: `exported`, `derived`, `ambiguous`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exported => "exported",
            Self::Derived => "derived",
            Self::Ambiguous => "ambiguous",
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A prefix that carries a community, with the evidence for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommunityRoute {
    /// The community.
    pub community: Community,
    /// The prefix. A derived prefix may be only the part of the tag's prefix that the export lacks.
    pub prefix: IpPrefix,
    /// How certain the route is.
    pub evidence: Evidence,
    /// The index in [`super::Catalog::sources`] of the feed that the route comes from.
    pub source: usize,
}

/// A feed as read: its records and their source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// The source of the records.
    pub provenance: Provenance,
    /// The records.
    pub records: Records,
}

/// The records of a feed, in canonical order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Records {
    /// Ordered by name.
    ServiceTags(Vec<ServiceTag>),
    /// Ordered by id.
    Endpoints(Vec<EndpointSet>),
    /// Ordered by value, then name.
    Communities(Vec<CommunityEntry>),
}

impl Records {
    /// Returns the number of records.
    pub fn len(&self) -> usize {
        match self {
            Self::ServiceTags(tags) => tags.len(),
            Self::Endpoints(sets) => sets.len(),
            Self::Communities(entries) => entries.len(),
        }
    }

    /// Returns whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the total number of prefixes that the records list.
    pub fn prefix_count(&self) -> usize {
        match self {
            Self::ServiceTags(tags) => tags.iter().map(|tag| tag.prefixes.len()).sum(),
            Self::Endpoints(sets) => sets.iter().map(|set| set.prefixes.len()).sum(),
            Self::Communities(entries) => entries.iter().map(|entry| entry.prefixes.len()).sum(),
        }
    }

    /// Sorts records and prefixes into canonical order and removes duplicate prefixes. Returns the number of
    /// prefixes removed.
    pub(crate) fn canonicalise(&mut self) -> usize {
        self.sort();
        match self {
            Self::ServiceTags(tags) => tags.iter_mut().map(|tag| sort_prefixes(&mut tag.prefixes)).sum(),
            Self::Endpoints(sets) => sets.iter_mut().map(|set| sort_prefixes(&mut set.prefixes)).sum(),
            Self::Communities(entries) => {
                entries.iter_mut().map(|entry| sort_prefixes(&mut entry.prefixes)).sum()
            }
        }
    }

    /// Sorts records whose prefixes are already in canonical order.
    pub(crate) fn sort(&mut self) {
        match self {
            Self::ServiceTags(tags) => tags.sort_by(|left, right| left.name.cmp(&right.name)),
            Self::Endpoints(sets) => sets.sort_by_key(|set| set.id),
            Self::Communities(entries) => {
                entries.sort_by(|left, right| (left.value, &left.name).cmp(&(right.value, &right.name)));
            }
        }
    }
}

/// Sorts prefixes into canonical order and removes duplicates. Returns the number of prefixes removed.
pub(crate) fn sort_prefixes(prefixes: &mut Vec<IpPrefix>) -> usize {
    let before = prefixes.len();
    if !prefixes.is_sorted_by(|left, right| left < right) {
        prefixes.sort_unstable();
        prefixes.dedup();
    }
    before - prefixes.len()
}
