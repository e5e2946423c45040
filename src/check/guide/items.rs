//! Which evaluator answers which item.

use crate::check::guide::answer::Answer;
use crate::check::guide::evidence::Evidence;
use crate::check::guide::{on_circuits, on_filters, on_paths, on_people, on_servers};
use crate::engine::CompileError;

/// Evaluates an item.
#[derive(Clone, Copy)]
pub(super) enum Evaluator {
    /// From the network file and the shared evidence.
    Counted(fn(&Evidence<'_>) -> Answer),
    /// From the map, with a witness whose path is traced.
    Traced(fn(&Evidence<'_>) -> Result<Answer, CompileError>),
}

use Evaluator::{Counted, Traced};

/// The evaluators by item.
const EVALUATORS: &[(&str, Evaluator)] = &[
    ("G1", Traced(on_paths::reach_the_circuit)),
    ("G2", Counted(on_circuits::public_addresses)),
    ("G3", Traced(on_paths::internet_still_serves)),
    ("G4", Counted(on_circuits::wan_capacity)),
    ("G5", Counted(on_circuits::peering_set_up)),
    ("G6", Traced(on_paths::replies_arrive)),
    ("G7", Counted(on_circuits::nearest_circuit)),
    ("G8", Counted(on_circuits::several_locations)),
    ("G9", Counted(on_servers::filtered_like_internet)),
    ("G10", Counted(on_circuits::different_lines)),
    ("G11", Counted(on_circuits::both_peerings_fit)),
    ("G12", Traced(on_paths::never_private_peering)),
    ("G13", Counted(on_filters::microsoft_365_on_purpose)),
    ("G14", Counted(on_circuits::pools_by_path)),
    ("G15", Counted(on_filters::all_regions)),
    ("G16", Counted(on_filters::sku_reaches)),
    ("G17", Traced(on_paths::sign_in)),
    ("G18", Counted(on_people::connectors_to_others)),
    ("G19", Traced(on_paths::relay)),
    ("G20", Traced(on_paths::relay)),
    ("G21", Traced(on_paths::circuit_takes_over)),
    ("G22", Counted(on_circuits::own_prefixes_per_circuit)),
    ("G23", Counted(on_servers::published_work)),
    ("G24", Counted(on_people::between_services)),
    ("G25", Traced(on_paths::no_leak)),
    ("G26", Counted(on_people::mobile_users)),
    ("G27", Counted(on_circuits::preferred_over_internet)),
    ("G28", Counted(on_circuits::same_cloud)),
    ("G29", Counted(on_people::costs)),
    ("G30", Counted(on_people::business_reason)),
    ("G31", Counted(on_people::no_encryption)),
    ("M1", Counted(on_filters::authorized)),
    ("M2", Counted(on_filters::premium)),
    ("M3", Counted(on_filters::microsoft_365_communities)),
    ("M4", Traced(on_paths::reach_the_circuit)),
    ("M5", Counted(on_circuits::pools_by_path)),
    ("M6", Traced(on_paths::internet_still_serves)),
    ("M7", Traced(on_paths::replies_arrive)),
    ("M8", Counted(on_servers::published_work)),
    ("M9", Traced(on_paths::path_under_failures)),
    ("M10", Counted(on_people::business_reason)),
    ("R1", Counted(on_circuits::several_locations)),
    ("R2", Counted(on_circuits::both_connections)),
    ("R3", Counted(on_circuits::bfd)),
    ("R4", Counted(on_circuits::zones)),
    ("R5", Counted(on_circuits::capacity_after_failure)),
    ("R6", Counted(on_circuits::same_prefixes)),
    ("R7", Traced(on_paths::path_under_failures)),
    ("R8", Traced(on_paths::replies_arrive)),
    ("R9", Counted(on_circuits::different_lines)),
    ("R10", Counted(on_people::tested)),
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
