//! Rules over a network: Microsoft's readiness checklist and the mistakes that people really make.
//!
//! A rule is one function from the network to what it finds; each finding has its own code, whose
//! explanation names the document that the rule comes from. What the network file's reader says
//! already (a private number prepended, a pool that is not advertised, a default route on Microsoft
//! peering, mixed clouds) is not said again here.

mod accepted;
mod addresses;
mod capacity;
mod circles;
mod edges;
mod fast_path;
mod filter;
mod forced_tunnelling;
mod gateway_drops;
mod gateways;
mod one_way;
mod outbound;
mod outcomes;
mod peering_addresses;
mod published;
mod resiliency;
mod route_servers;
mod route_tables;
mod routes;
mod sessions;
mod spokes;
mod tables;
mod trips;
mod tunnels;
mod unevaluated;
mod virtual_networks;
mod zones;

use std::cell::OnceCell;

use crate::addr::IpPrefix;
use crate::catalog::snapshot::SnapshotError;
use crate::catalog::{Catalog, GeographyRecord, PowerPlatformRegion, geography, power_platform};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::Inputs;
use crate::network::reach::Reach;
use crate::network::{Circuit, Network};

pub use accepted::{Acceptance, accept};
pub use outcomes::{lint_outcomes, unusable_outcomes};
pub use tables::unread_rows;

use trips::Trips;

/// What a rule looks at.
struct Subject<'a> {
    inputs: Inputs<'a>,
    network: &'a Network,
    catalog: &'a Catalog,
    geography: &'static [GeographyRecord],
    power_platform: Vec<PowerPlatformRegion>,
    trips: OnceCell<Option<Trips>>,
}

/// A rule.
type Rule = fn(&Subject<'_>, &mut Vec<Diagnostic>);

/// Every rule, in the order of their codes' importance.
const RULES: &[Rule] = &[
    filter::out_of_reach,
    filter::microsoft_365_premium,
    filter::power_platform_pair,
    filter::no_route_filter,
    filter::microsoft_365_authorization,
    filter::microsoft_365_beside_regions,
    filter::narrow_services,
    addresses::internet_and_circuit,
    addresses::two_circuits,
    addresses::two_edges,
    addresses::no_default_route,
    published::published,
    peering_addresses::no_nat,
    peering_addresses::nat_per_connection,
    peering_addresses::connections_differ,
    peering_addresses::session_subnet_advertised,
    peering_addresses::session_in_virtual_network,
    peering_addresses::peer_address,
    edges::internet_alike,
    edges::circuits_alike,
    edges::tunnel_alike,
    tunnels::underlay,
    edges::path_length_ignored,
    edges::reserved_prepend,
    edges::no_circuit,
    capacity::capacity,
    capacity::peak_missing,
    sessions::no_connection,
    sessions::one_connection,
    sessions::no_bfd,
    sessions::prefix_count,
    routes::gateway_next_hop,
    routes::next_hop,
    virtual_networks::unreached,
    virtual_networks::out_of_reach,
    gateways::advertised,
    gateways::routes,
    gateways::throughput,
    gateways::circuits,
    gateways::equal_circuits,
    gateways::links,
    gateways::subnet,
    gateways::propagation,
    gateways::own_addresses,
    forced_tunnelling::forced_tunnelling,
    forced_tunnelling::firewalls,
    gateways::service_tag_routes,
    route_servers::ipv6,
    route_servers::prefixes,
    route_servers::routes,
    route_servers::exchange,
    route_servers::prepends,
    unevaluated::hops,
    fast_path::fast_path,
    resiliency::locations,
    zones::zones,
    outbound::no_outbound,
    one_way::one_way,
    gateway_drops::gateway_drops,
    circles::circles,
    spokes::spokes_apart,
    route_tables::without_effect,
];

/// All that the rules find, ordered by place in the file. Where a table of routes that the network names is not in the
/// inputs, rules that follow packets find nothing.
///
/// # Errors
///
/// [`SnapshotError`] when a shipped table was damaged before the program was built.
///
/// # Complexity
///
/// Quadratic in the prefixes that circuits and internet edges advertise, and in the kinds of places that routes tell apart;
/// linear in all else.
pub fn lint(inputs: Inputs<'_>) -> Result<Diagnostics, SnapshotError> {
    let Inputs { network, catalog, .. } = inputs;
    let (geography, power_platform) = (geography()?, power_platform()?);
    let subject = Subject { inputs, network, catalog, geography, power_platform, trips: OnceCell::new() };
    let mut found = Vec::new();
    for rule in RULES {
        rule(&subject, &mut found);
    }
    tracing::debug!(rules = RULES.len(), findings = found.len(), "network linted");
    let mut diagnostics = Diagnostics::new();
    for diagnostic in found {
        diagnostics.push(diagnostic);
    }
    Ok(diagnostics.sorted())
}

impl Subject<'_> {
    /// Packets between places of each kind, followed once for all rules; `None` where they cannot be.
    fn trips(&self) -> Option<&Trips> {
        self.trips.get_or_init(|| Trips::of(self.inputs)).as_ref()
    }

    /// The regions that a circuit reaches.
    fn reach(&self, circuit: &Circuit) -> Reach {
        let location = &circuit.peering_location.value;
        Reach::by_table(circuit.sku.value, location, self.network.cloud, self.geography)
    }

    /// A region's name for people, or as Azure Resource Manager spells it where none is known.
    fn region_name<'n>(&'n self, region: &'n str) -> &'n str {
        let named = |record: &&GeographyRecord| record.arm_region.as_deref() == Some(region);
        let mut records = self.geography.iter().filter(named);
        records.find_map(|record| record.region_name.as_deref()).unwrap_or(region)
    }
}

/// Whether two prefixes have addresses in common.
fn overlap(left: IpPrefix, right: IpPrefix) -> bool {
    left.covers(right) || right.covers(left)
}
