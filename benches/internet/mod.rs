//! What benches of compiling and comparing share: an internet table, and a filter with every community.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench fails by panicking")]

use std::collections::HashSet;
use std::net::Ipv4Addr;

use peerpath::addr::Prefix;
use peerpath::catalog::Catalog;
use peerpath::engine::RoutingTables;
use peerpath::rib::{AsPath, Attributes};

/// Every community that has routes but `without`, as a route filter holds them.
pub(crate) fn filter(catalog: &Catalog, without: &str) -> String {
    let all = catalog.communities().iter().filter(|known| !catalog.routes(known.value).is_empty());
    let all = all.map(|known| known.value.to_string()).filter(|value| value != without);
    all.collect::<Vec<_>>().join(", ")
}

/// The lengths of an internet table, as often as they occur there.
const LENGTHS: [u8; 16] = [24, 24, 22, 24, 24, 23, 24, 20, 24, 24, 22, 24, 24, 19, 24, 16];

/// The table `t` of a million routes of one session, by arithmetic: a route to each prefix, in no order, with some
/// 140,000 AS paths.
pub(crate) fn tables() -> RoutingTables {
    let mut known = HashSet::new();
    let routes = (0_u32..)
        .filter_map(|n| {
            let first = 0x0100_0000 + n.wrapping_mul(0x9e37_79b1) % 0xd000_0000;
            let prefix = Prefix::containing(Ipv4Addr::from(first), LENGTHS[n as usize % 16]).unwrap();
            known.insert(prefix).then(|| {
                let origin = n / 7;
                let as_path = AsPath::sequence([64_500, 1 + origin % 80, 1 + origin % 75_000]);
                (prefix.into(), Attributes { as_path, ..Attributes::default() })
            })
        })
        .take(1_000_000)
        .collect();
    let mut tables = RoutingTables::none();
    tables.insert("t".to_owned(), routes);
    tables
}
