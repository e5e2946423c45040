//! A company of many branches that differ in their names and addresses alone.

/// So many sites on one circuit, and a check that must survive each single failure; with `metric` one of them is another
/// way from the circuit.
pub(crate) fn text(sites: usize, moved: bool) -> String {
    let mut text = "version: 1\nsites:\n".to_owned();
    for n in 0..sites {
        let (high, low) = (n / 256, n % 256);
        let circuit = if moved && n == sites / 2 { "{name: er1, metric: 20}" } else { "er1" };
        text += &format!(
            "  - {{name: br-{n}, prefixes: [10.{high}.{low}.0/24], internet: {{nat: [198.18.{high}.{low}/32]}}, circuits: [{circuit}]}}\n"
        );
    }
    text + "circuits:\n  - {name: er1, peering_location: London, sku: premium, bandwidth: 10 Gbps, microsoft_peering: \
            {route_filter: [UK South, UK West], advertised: [198.51.100.0/24], nat: [198.51.100.0/24], import: p}, \
            private_peering: {virtual_networks: [hub], advertised: [10.0.0.0/8], import: p}}\n\
            virtual_networks: [{name: hub, region: uksouth, prefixes: [172.16.0.0/16]}]\n\
            route_maps: [{name: p, clauses: [{set: {local_preference: 200}}]}]\n\
            checks:\n  - {id: priv, scope: {virtual_network: hub}, expect: {path: private-peering, survives: each-single}}\n"
}
