//! Which evaluator answers which item.

use crate::check::guide::answer::Answer;
use crate::check::guide::evidence::Evidence;
use crate::check::guide::{on_circuits, on_filters, on_paths, on_people, on_servers};
use crate::engine::CompileError;

/// Evaluates an item.
pub(super) type Evaluator = fn(&Evidence<'_>) -> Result<Answer, CompileError>;

/// The evaluators by item.
const EVALUATORS: &[(&str, Evaluator)] = &[
    ("G1", on_paths::reach_the_circuit),
    ("G2", on_circuits::public_addresses),
    ("G3", on_paths::internet_still_serves),
    ("G4", on_circuits::wan_capacity),
    ("G5", on_circuits::peering_set_up),
    ("G6", on_paths::replies_arrive),
    ("G7", on_circuits::nearest_circuit),
    ("G8", on_circuits::several_locations),
    ("G9", on_servers::filtered_like_internet),
    ("G10", on_circuits::different_lines),
    ("G11", on_circuits::both_peerings_fit),
    ("G12", on_paths::never_private_peering),
    ("G13", on_filters::microsoft_365_on_purpose),
    ("G14", on_circuits::pools_by_path),
    ("G15", on_filters::all_regions),
    ("G16", on_filters::sku_reaches),
    ("G17", on_paths::sign_in),
    ("G18", on_people::connectors_to_others),
    ("G19", on_paths::relay),
    ("G20", on_paths::relay),
    ("G21", on_paths::circuit_takes_over),
    ("G22", on_circuits::own_prefixes_per_circuit),
    ("G23", on_servers::published_work),
    ("G24", on_people::between_services),
    ("G25", on_paths::no_leak),
    ("G26", on_people::mobile_users),
    ("G27", on_circuits::preferred_over_internet),
    ("G28", on_circuits::same_cloud),
    ("G29", on_people::costs),
    ("G30", on_people::business_reason),
    ("G31", on_people::no_encryption),
    ("M1", on_filters::authorized),
    ("M2", on_filters::premium),
    ("M3", on_filters::microsoft_365_communities),
    ("M4", on_paths::reach_the_circuit),
    ("M5", on_circuits::pools_by_path),
    ("M6", on_paths::internet_still_serves),
    ("M7", on_paths::replies_arrive),
    ("M8", on_servers::published_work),
    ("M9", on_paths::path_under_failures),
    ("M10", on_people::business_reason),
    ("R1", on_circuits::several_locations),
    ("R2", on_circuits::both_connections),
    ("R3", on_circuits::bfd),
    ("R4", on_circuits::zones),
    ("R5", on_circuits::capacity_after_failure),
    ("R6", on_circuits::same_prefixes),
    ("R7", on_paths::path_under_failures),
    ("R8", on_paths::replies_arrive),
    ("R9", on_circuits::different_lines),
    ("R10", on_people::tested),
];

/// Returns the evaluator of an item.
pub(super) fn evaluator(id: &str) -> Option<Evaluator> {
    EVALUATORS.iter().find(|(own, _)| *own == id).map(|(_, evaluate)| *evaluate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::GUIDES;

    #[test]
    fn every_item_has_one_evaluator() {
        let items: Vec<&str> = GUIDES.iter().flat_map(|guide| guide.items).map(|item| item.id).collect();
        let evaluated: Vec<&str> = EVALUATORS.iter().map(|(id, _)| *id).collect();
        assert_eq!(items, evaluated);
    }
}
