//! The route table files that a network file names.

use crate::network::file::NetworkFile;

/// Replaces the path of every route table that a network file names with the result of a function.
pub fn rebase(file: &mut NetworkFile, path: impl Fn(&str) -> String) {
    let change = |slot: &mut Option<String>| {
        if let Some(old) = slot {
            *old = path(old);
        }
    };
    for site in &mut file.sites {
        if let Some(internet) = &mut site.internet {
            change(&mut internet.routes);
        }
    }
    for circuit in &mut file.circuits {
        if let Some(peering) = &mut circuit.microsoft_peering {
            let connections = [&mut peering.primary, &mut peering.secondary];
            connections.into_iter().flatten().for_each(|connection| change(&mut connection.learned));
        }
        if let Some(peering) = &mut circuit.private_peering {
            let connections = [&mut peering.primary, &mut peering.secondary];
            connections.into_iter().flatten().for_each(|connection| change(&mut connection.learned));
        }
    }
}
