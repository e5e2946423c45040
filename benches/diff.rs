//! Comparing two networks over the whole catalog, and with a million internet routes on both sides.
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::net::Ipv4Addr;

use criterion::{Criterion, criterion_group, criterion_main};
use peerpath::addr::{Family, IpPrefix, Prefix};
use peerpath::catalog::{Catalog, Cloud};
use peerpath::check::diff::{ChangeKind, Diff, Side, diff};
use peerpath::diag::Source;
use peerpath::engine::{Inputs, RouteTables};
use peerpath::network::{Network, read};
use peerpath::rib::{AsPath, Attributes};

/// Two sites and a circuit whose filter holds every community that has routes, but for one.
fn network(catalog: &Catalog, without: &str, internet: &str) -> Network {
    let all = catalog.communities().iter().filter(|known| !catalog.routes(known.value).is_empty());
    let all = all.map(|known| known.value.to_string()).filter(|value| value != without);
    let filter = all.collect::<Vec<_>>().join(", ");
    let text = format!(
        "version: 1\ncloud: public\nsites:\n  \
         - {{name: s1, prefixes: [10.1.0.0/16], internet: {{name: e1, {internet}}}, circuits: [c1]}}\n  \
         - {{name: s2, prefixes: [10.2.0.0/16], internet: {{name: e2, {internet}}}, circuits: []}}\n\
         circuits:\n  - name: c1\n    peering_location: Amsterdam\n    sku: premium\n    bandwidth: 1 Gbps\n    \
         microsoft_peering:\n      route_filter: [{filter}]\n      nat: [198.51.100.0/28]\n      \
         advertised: [198.51.100.0/28]\n"
    );
    read(&Source::new("network.yaml", text), catalog).0.unwrap()
}

/// A million routes of an internet edge, by arithmetic.
fn tables() -> RouteTables {
    let routes = (0..1_000_000_u32).map(|n| {
        let first = 0x0100_0000 + n.wrapping_mul(0x9e37_79b1) % 0xd000_0000;
        let length = 16 + u8::try_from(n % 9).unwrap();
        let as_path = AsPath::sequence([64_500, 1 + n % 60_000, 1 + n / 7 % 60_000]);
        let prefix: IpPrefix = Prefix::containing(Ipv4Addr::from(first), length).unwrap().into();
        (prefix, Attributes { as_path, ..Attributes::default() })
    });
    let mut tables = RouteTables::none();
    tables.insert("t".to_owned(), routes.collect());
    tables
}

/// Both sides compiled and compared.
fn compared(base: Inputs<'_>, head: Inputs<'_>) -> Diff {
    let (base, head) = std::thread::scope(|scope| {
        let base = scope.spawn(move || Side::compile(base).unwrap());
        (scope.spawn(move || Side::compile(head).unwrap()).join().unwrap(), base.join().unwrap())
    });
    diff(&head, &base).unwrap()
}

fn compare(criterion: &mut Criterion) {
    let catalog = Catalog::shipped(Cloud::Public).unwrap();
    let mut group = criterion.benchmark_group("check/diff");
    group.sample_size(10);
    for (name, internet) in
        [("whole catalog", "default_route: both"), ("1 M routes on both sides", "routes: t")]
    {
        let tables = if internet == "routes: t" { tables() } else { RouteTables::none() };
        let (base, head) = (network(&catalog, "", internet), network(&catalog, "12076:51002", internet));
        let inputs = |network| Inputs::new(network, &catalog).tables(&tables);
        let found = compared(inputs(&base), inputs(&head));
        assert!(!found.count(Family::V4, ChangeKind::Move).is_zero(), "West Europe moves");
        assert_eq!((found.matrices.len(), found.vantages.len()), (4, 2));
        let (was, is) = (Side::compile(inputs(&base)).unwrap(), Side::compile(inputs(&head)).unwrap());
        group
            .bench_function(format!("{name}, compiled"), |bencher| bencher.iter(|| diff(&was, &is).unwrap()));
        group.bench_function(format!("{name}, compile included"), |bencher| {
            bencher.iter(|| compared(inputs(&base), inputs(&head)));
        });
    }
    group.finish();
}

criterion_group!(benches, compare);
criterion_main!(benches);
