//! Routes and their BGP attributes. Each distinct set of attributes is stored once.

use std::fmt;
use std::hash::BuildHasher;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::{AsPath, Communities, Unsettled};
use crate::addr::IpPrefix;

/// How a prefix entered BGP (RFC 4271 section 5.1.1), the most preferred origin first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// From inside the autonomous system.
    #[default]
    Igp,
    /// From the protocol EGP.
    Egp,
    /// By other means, such as redistribution.
    Incomplete,
}

/// The reason why a text is not an origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an origin; write `igp`, `egp` or `incomplete`")]
pub struct OriginError {
    /// The text.
    pub text: String,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Igp => "igp",
            Self::Egp => "egp",
            Self::Incomplete => "incomplete",
        })
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    /// Parses `igp`, `egp` and `incomplete` in upper or lower case, and `i`, `e` and `?` as in router output.
    fn from_str(text: &str) -> Result<Self, OriginError> {
        match text.to_ascii_lowercase().as_str() {
            "igp" | "i" => Ok(Self::Igp),
            "egp" | "e" => Ok(Self::Egp),
            "incomplete" | "?" => Ok(Self::Incomplete),
            _ => Err(OriginError { text: text.to_owned() }),
        }
    }
}

/// How a router learned a route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Learned {
    /// The route is the router's own: connected, static, aggregated or redistributed on this router.
    Local,
    /// The route was learned from a peer in another autonomous system.
    #[default]
    Ebgp,
    /// The route was learned from a peer in the router's own autonomous system.
    Ibgp,
}

impl fmt::Display for Learned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Local => "local",
            Self::Ebgp => "ebgp",
            Self::Ibgp => "ibgp",
        })
    }
}

/// The attributes of a route that the decision process compares.
///
/// `Default` is a route from an external peer with default values: set the fields that matter and add
/// `..Attributes::default()`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attributes {
    /// LOCAL_PREF. The higher value is preferred (RFC 4271 section 5.1.5); 100 if not set, as on routers.
    pub local_preference: u32,
    /// The vendor-specific weight, local to one router. The higher value is preferred; 0 if not set.
    pub weight: u32,
    /// AS_PATH. The shorter path is preferred; [`AsPath::UNKNOWN`] if unknown.
    pub as_path: AsPath,
    /// ORIGIN. The lower value is preferred.
    pub origin: Origin,
    /// MULTI_EXIT_DISC. The lower value is preferred; `None` if the route has no MED (RFC 4271 section 5.1.4).
    pub med: Option<u32>,
    /// COMMUNITIES and LARGE_COMMUNITY.
    pub communities: Communities,
    /// NEXT_HOP; `None` if unknown, as in a plain list of prefixes.
    pub next_hop: Option<IpAddr>,
    /// How the route was learned.
    pub learned: Learned,
    /// The interior cost to the next hop. The lower cost is preferred (RFC 4271 section 9.1.2.2 e).
    pub igp_metric: u32,
    /// The peer's BGP identifier as a number, or ORIGINATOR_ID on a reflected route (RFC 4456 section 9). Lower is
    /// preferred.
    pub router_id: u32,
    /// The number of route reflectors that the route passed through (length of CLUSTER_LIST, RFC 4456 section 9).
    pub cluster_list_length: u32,
    /// The address of the peer. The lower address is preferred; IPv4 addresses sort before IPv6 addresses.
    pub peer_address: IpAddr,
    /// The other possible results of route maps whose conditions depend on unknown attributes; `None` if the
    /// attributes are certain. The decision process ignores it.
    pub unsettled: Option<Box<Unsettled>>,
}

impl Attributes {
    /// The local preference of a route if no policy sets it.
    pub const DEFAULT_LOCAL_PREFERENCE: u32 = 100;
}

impl Default for Attributes {
    fn default() -> Self {
        Self {
            local_preference: Self::DEFAULT_LOCAL_PREFERENCE,
            weight: 0,
            as_path: AsPath::EMPTY,
            origin: Origin::Igp,
            med: None,
            communities: Communities::default(),
            next_hop: None,
            learned: Learned::Ebgp,
            igp_metric: 0,
            router_id: 0,
            cluster_list_length: 0,
            peer_address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            unsettled: None,
        }
    }
}

/// The index of a session among the sessions of a site. The code that creates the sessions assigns the indexes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(u32);

impl SessionId {
    /// Returns the session with this index.
    pub const fn new(index: u32) -> Self {
        Self(index)
    }

    /// Returns the index.
    pub const fn index(self) -> u32 {
        self.0
    }
}

/// The index of a set of attributes in its [`AttributeTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributesId(u32);

impl AttributesId {
    /// Returns the index, from 0 in order of first appearance.
    pub const fn index(self) -> u32 {
        self.0
    }
}

/// A prefix with its attributes from one session: 28 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Route {
    /// The destination prefix.
    pub prefix: IpPrefix,
    /// The index of its attributes in the shared table.
    pub attributes: AttributesId,
    /// The session on which the route was learned.
    pub session: SessionId,
}

/// Distinct sets of attributes, each stored once.
///
/// A full table of a million routes has a few hundred thousand distinct sets; each route then needs only its prefix
/// and an index. Indexes are in order of first appearance, so that equal input gives equal output.
#[derive(Clone, Debug, Default)]
pub struct AttributeTable {
    sets: Vec<Attributes>,
    // The hashes of the sets, in the order of the sets. Storing a hash is cheaper than computing it again.
    hashes: Vec<u64>,
    index: HashTable<u32>,
    hasher: FixedState,
}

impl AttributeTable {
    /// Returns an empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the index of these attributes and stores them if they are new. O(1) on average.
    ///
    /// The limit is `u32::MAX` sets, more than could fit in memory.
    pub fn intern(&mut self, attributes: Attributes) -> AttributesId {
        let Self { sets, hashes, index, hasher } = self;
        let hash = hasher.hash_one(&attributes);
        let is_same = |at: &u32| get(hashes, *at) == Some(&hash) && get(sets, *at) == Some(&attributes);
        if let Some(found) = index.find(hash, is_same) {
            return AttributesId(*found);
        }
        let id = u32::try_from(sets.len()).unwrap_or(u32::MAX);
        sets.push(attributes);
        hashes.push(hash);
        index.insert_unique(hash, id, |at| get(hashes, *at).copied().unwrap_or_default());
        AttributesId(id)
    }

    /// Returns the attributes with an index, or `None` if the index belongs to another table.
    pub fn get(&self, id: AttributesId) -> Option<&Attributes> {
        get(&self.sets, id.0)
    }

    /// Returns all sets of attributes, in the order of their indexes.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Attributes> {
        self.sets.iter()
    }

    /// Returns the number of distinct sets.
    pub fn len(&self) -> usize {
        self.sets.len()
    }

    /// Returns whether the table is empty.
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }
}

fn get<T>(items: &[T], at: u32) -> Option<&T> {
    usize::try_from(at).ok().and_then(|at| items.get(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_attributes_share_an_index() {
        let mut table = AttributeTable::new();
        let plain = Attributes::default();
        let preferred = Attributes { local_preference: 200, ..Attributes::default() };
        let ids = [&plain, &preferred, &plain].map(|attributes| table.intern(attributes.clone()));
        assert_eq!(ids.map(AttributesId::index), [0, 1, 0]);
        assert_eq!((table.len(), table.get(ids[1])), (2, Some(&preferred)));
        assert_eq!(AttributeTable::new().get(ids[0]), None);
    }

    #[test]
    fn a_thousand_sets_are_all_found_again() {
        let mut table = AttributeTable::new();
        let set = |med| Attributes { med: Some(med), ..Attributes::default() };
        let first: Vec<_> = (0..1000).map(|med| table.intern(set(med))).collect();
        let again: Vec<_> = (0..1000).map(|med| table.intern(set(med))).collect();
        assert_eq!((first, table.len()), (again, 1000));
    }

    #[test]
    fn a_route_is_small() {
        assert_eq!(size_of::<Route>(), 28);
    }

    #[test]
    fn origins_print_and_parse() {
        for origin in [Origin::Igp, Origin::Egp, Origin::Incomplete] {
            assert_eq!(origin.to_string().parse(), Ok(origin));
        }
        assert_eq!("IGP".parse(), Ok(Origin::Igp));
        assert!("".parse::<Origin>().is_err());
    }
}
