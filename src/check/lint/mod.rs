//! Rules about a network: Microsoft's readiness checklist and common mistakes.
//!
//! A rule is one function from the network to its findings. Each finding has its own code, whose explanation names the
//! document behind the rule. Problems that the reader of the network file already reports (a private ASN prepended, a
//! pool that is not advertised, a default route on Microsoft peering, mixed clouds) are not reported again here.

mod accepted_findings;
mod azure;
mod evidence;
mod hops;
mod outcomes;
mod peerings;
mod sites;
mod tables;

use std::cell::OnceCell;

use crate::addr::IpPrefix;
use crate::catalog::snapshot::SnapshotError;
use crate::catalog::{Catalog, GeographyRecord, PowerPlatformRegion, geography, power_platform};
use crate::diag::{Code, Diagnostics};
use crate::engine::{Inputs, RoutingTables};
use crate::network::reach::Reach;
use crate::network::{Circuit, Network};

pub use accepted_findings::{Acceptance, accept};
pub use outcomes::{lint_outcomes, unusable_outcomes};
pub use tables::unread_rows;

pub use evidence::LintEvidence;

use evidence::{Findings, Missing, Object};
use hops::sampled_flows::Trips;

/// The input of a rule.
struct Subject<'a> {
    inputs: Inputs<'a>,
    network: &'a Network,
    catalog: &'a Catalog,
    geography: &'static [GeographyRecord],
    power_platform: Vec<PowerPlatformRegion>,
    trips: OnceCell<Option<Trips>>,
}

/// A rule.
type Rule = fn(&Subject<'_>, &mut Findings);

/// All rules, the most important first.
const RULES: &[Rule] = &[
    peerings::filter::out_of_reach,
    peerings::filter::microsoft_365_premium,
    peerings::filter::power_platform_pair,
    peerings::filter::no_route_filter,
    peerings::filter::microsoft_365_authorization,
    peerings::filter::microsoft_365_beside_regions,
    peerings::filter::narrow_services,
    peerings::left_out::geography_outside_pair,
    peerings::left_out::ipv6_without_session,
    peerings::left_out::sign_in,
    sites::addresses::internet_and_circuit,
    sites::addresses::two_circuits,
    sites::addresses::two_edges,
    sites::addresses::no_default_route,
    sites::published::published,
    peerings::peering_addresses::no_nat,
    peerings::peering_addresses::nat_per_connection,
    peerings::peering_addresses::connections_differ,
    peerings::peering_addresses::session_subnet_advertised,
    peerings::peering_addresses::session_in_virtual_network,
    peerings::peering_addresses::peer_address,
    sites::edges::internet_alike,
    sites::edges::circuits_alike,
    sites::edges::tunnel_alike,
    sites::tunnels::underlay,
    sites::edges::path_length_ignored,
    sites::edges::reserved_prepend,
    sites::edges::no_circuit,
    sites::static_routes::floating,
    peerings::backup::advertised_alone,
    peerings::backup::backup_filter,
    peerings::capacity::capacity,
    peerings::capacity::peak_missing,
    peerings::sessions::no_connection,
    peerings::sessions::one_connection,
    peerings::sessions::no_bfd,
    peerings::sessions::prefix_count,
    azure::routes::gateway_next_hop,
    azure::routes::next_hop,
    azure::virtual_networks::unreached,
    azure::virtual_networks::out_of_reach,
    azure::gateways::advertised,
    azure::gateways::routes,
    azure::gateways::throughput,
    azure::gateways::circuits,
    azure::gateways::equal_circuits,
    azure::gateways::links,
    azure::gateways::subnet,
    azure::gateways::propagation,
    azure::gateways::own_addresses,
    azure::forced_tunnelling::forced_tunnelling,
    azure::forced_tunnelling::firewalls,
    azure::gateways::service_tag_routes,
    azure::route_servers::ipv6,
    azure::route_servers::prefixes,
    azure::route_servers::routes,
    azure::route_servers::exchange,
    azure::route_servers::prepends,
    hops::unevaluated::hops,
    azure::fast_path::fast_path,
    peerings::resiliency::locations,
    azure::zones::zones,
    azure::outbound::no_outbound,
    hops::one_way::one_way,
    hops::other_circuit::other_circuit,
    hops::appliance_bypassed::appliance_bypassed,
    hops::gateway_drops::gateway_drops,
    hops::loops::circles,
    azure::spokes::spokes_apart,
    azure::route_tables::without_effect,
];

/// The result of the rules.
#[derive(Clone, Debug, Default)]
pub struct Linted {
    /// The findings, ordered by their place in the file.
    pub findings: Diagnostics,
    /// What each rule examined, and which inputs it lacks. A rule without findings has passed only if it examined
    /// something and lacks nothing.
    pub evidence: LintEvidence,
}

/// Runs all rules. If a table of routes that the network names is missing from the inputs, rules that trace packets find
/// nothing and state that they lack it.
///
/// # Errors
///
/// [`SnapshotError`] if a shipped table was damaged before the program was built.
///
/// # Complexity
///
/// Quadratic in the prefixes that circuits and internet edges advertise, and in the kinds of places that routes
/// distinguish; linear in everything else.
pub fn lint(inputs: Inputs<'_>) -> Result<Linted, SnapshotError> {
    let Inputs { network, catalog, .. } = inputs;
    let (geography, power_platform) = (geography()?, power_platform()?);
    let subject = Subject { inputs, network, catalog, geography, power_platform, trips: OnceCell::new() };
    let mut found = Findings::default();
    for rule in RULES {
        rule(&subject, &mut found);
    }
    let (found, evidence) = found.into_parts();
    tracing::debug!(rules = RULES.len(), findings = found.len(), "network linted");
    let mut diagnostics = Diagnostics::new();
    for diagnostic in found {
        diagnostics.push(diagnostic);
    }
    Ok(Linted { findings: diagnostics.sorted(), evidence })
}

impl Subject<'_> {
    /// States what a rule about traced packets of subnets examined: every subnet, unless packets cannot be traced. A
    /// virtual network without subnets in the file is an input that the rule lacks.
    fn examine_subnets(&self, code: Code, found: &mut Findings) {
        let mut count = 0;
        for own in &self.network.virtual_networks {
            count += own.subnets.len();
            if own.subnets.is_empty() {
                let (of, span) = (format!("`{}`", own.name), own.span);
                let write = "list the `subnets` of the virtual network";
                found.lacks(code, Missing { what: "no `subnets`".to_owned(), of, span, write });
            }
        }
        if count > 0 && self.trips().is_none() {
            found.examined(code, Object::Subnet, 0);
            return self.lack_tables(code, found);
        }
        found.examined(code, Object::Subnet, count);
    }

    /// States that a rule lacks the tables of routes that the network file names.
    fn lack_tables(&self, code: Code, found: &mut Findings) {
        for name in RoutingTables::named(self.network) {
            let (of, span) = (format!("`{}`", name.value), name.span);
            let write = "correct the name of the file, or make the file readable";
            found.lacks(code, Missing { what: "no table of routes".to_owned(), of, span, write });
        }
    }

    /// Packets between places of each kind, traced once for all rules; `None` if they cannot be traced.
    fn trips(&self) -> Option<&Trips> {
        self.trips.get_or_init(|| Trips::of(self.inputs)).as_ref()
    }

    /// Returns the regions that a circuit reaches.
    fn reach(&self, circuit: &Circuit) -> Reach {
        let location = &circuit.peering_location.value;
        Reach::by_table(circuit.sku.value, location, self.network.cloud, self.geography)
    }

    /// Returns the display name of a region, or its name in Azure Resource Manager if none is known.
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
