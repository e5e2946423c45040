//! Counts exactly how many changed addresses belong to each of Microsoft's lists.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::rc::Rc;

use crate::addr::{Address, AddressCount, AddressRange, IpRange};
use crate::catalog::{Catalog, RecordId};

/// The kind of list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListKind {
    /// A service tag.
    Tag,
    /// A Microsoft 365 endpoint set.
    EndpointSet,
    /// A BGP community, regardless of the evidence for its prefixes.
    Community,
    /// An Azure region of a tag or a community.
    Region,
}

impl ListKind {
    /// The word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::EndpointSet => "endpoint-set",
            Self::Community => "community",
            Self::Region => "region",
        }
    }
}

/// How many of the given addresses a list contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The kind of list.
    pub kind: ListKind,
    /// The name of the list.
    pub name: String,
    /// How many of the addresses the base's edition of the list contains.
    pub base: AddressCount,
    /// How many of the addresses the head's edition of the list contains.
    pub head: AddressCount,
}

/// The lists of both sides, with a cache of lookups.
#[derive(Debug)]
pub struct Lists<'a> {
    base: Records<'a>,
    /// `None` if both sides have the same catalog.
    head: Option<Records<'a>>,
}

impl<'a> Lists<'a> {
    /// Creates the lists of two sides.
    pub fn new(base: &'a Catalog, head: &'a Catalog) -> Self {
        let head = (!std::ptr::eq(base, head)).then(|| Records::of(head));
        Self { base: Records::of(base), head }
    }

    /// Returns all lists that contain any address in these disjoint ranges, by kind and name.
    ///
    /// # Complexity
    ///
    /// Linear in the list records that the ranges touch.
    pub fn of(&mut self, ranges: &[IpRange]) -> Vec<Membership> {
        let base = self.base.sums(ranges);
        let head = self.head.as_mut().map(|head| head.sums(ranges));
        let head = head.as_ref().unwrap_or(&base);
        let names: BTreeSet<&Name> = base.keys().chain(head.keys()).collect();
        let sum =
            |sums: &BTreeMap<Name, AddressCount>, name: &Name| sums.get(name).copied().unwrap_or_default();
        let membership = |key: &Name| {
            let (kind, name) = key.clone();
            Membership { kind, name, base: sum(&base, key), head: sum(head, key) }
        };
        names.into_iter().map(membership).collect()
    }
}

type Name = (ListKind, String);

#[derive(Debug)]
struct Records<'a> {
    catalog: &'a Catalog,
    names: Vec<Option<Rc<BTreeSet<Name>>>>,
}

impl<'a> Records<'a> {
    fn of(catalog: &'a Catalog) -> Self {
        Self { catalog, names: vec![None; catalog.record_count()] }
    }

    fn sums(&mut self, ranges: &[IpRange]) -> BTreeMap<Name, AddressCount> {
        let mut by_record: BTreeMap<RecordId, AddressCount> = BTreeMap::new();
        for range in ranges {
            match range {
                IpRange::V4(range) => touched::<Ipv4Addr>(self.catalog, *range, &mut by_record),
                IpRange::V6(range) => touched::<Ipv6Addr>(self.catalog, *range, &mut by_record),
            }
        }
        let mut sums: BTreeMap<Name, AddressCount> = BTreeMap::new();
        for (record, count) in by_record {
            for name in self.names(record).iter() {
                match sums.get_mut(name) {
                    Some(sum) => *sum = *sum + count,
                    None => drop(sums.insert(name.clone(), count)),
                }
            }
        }
        sums
    }

    /// Returns all lists that contain a record, without duplicates, so that nothing is counted twice.
    fn names(&mut self, record: RecordId) -> Rc<BTreeSet<Name>> {
        let catalog = self.catalog;
        let look_up = || Rc::new(names(catalog, record));
        match self.names.get_mut(catalog.record_index(record)) {
            Some(known) => Rc::clone(known.get_or_insert_with(look_up)),
            None => look_up(),
        }
    }
}

fn names(catalog: &Catalog, record: RecordId) -> BTreeSet<Name> {
    let lookup = catalog.lookup_record(record);
    let mut all = BTreeSet::new();
    let region = |name: &str, all: &mut BTreeSet<Name>| {
        if !name.is_empty() {
            all.insert((ListKind::Region, name.to_owned()));
        }
    };
    for entry in &lookup.tags {
        all.insert((ListKind::Tag, entry.tag.name.clone()));
        region(&entry.tag.region, &mut all);
    }
    all.extend(lookup.endpoint_sets.iter().map(|entry| (ListKind::EndpointSet, entry.set.label())));
    for entry in &lookup.communities {
        all.insert((ListKind::Community, entry.community.to_string()));
        let known = catalog.community(entry.community).and_then(|known| known.region.as_deref());
        region(known.unwrap_or_default(), &mut all);
    }
    all
}

fn touched<A: Address>(
    catalog: &Catalog,
    range: AddressRange<A>,
    sums: &mut BTreeMap<RecordId, AddressCount>,
) {
    for (part, node) in catalog.cover::<A>().partition().within(range) {
        if let Some(node) = node {
            let sum = sums.entry(RecordId::of_family::<A>(*node)).or_default();
            *sum = *sum + part.count();
        }
    }
}
