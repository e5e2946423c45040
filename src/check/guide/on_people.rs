//! Items that no file can answer, or that are not about the customer's network.

use crate::check::guide::answer::Answer;
use crate::check::guide::evidence::Evidence;
use crate::network::PortOwner;

/// G18.
pub(super) fn connectors_to_others(_: &Evidence<'_>) -> Answer {
    Answer::does_not_apply(
        "connectors to other companies use the internet from Microsoft's network, not from this one",
    )
}

/// G24.
pub(super) fn between_services(_: &Evidence<'_>) -> Answer {
    Answer::does_not_apply(
        "traffic between Microsoft's services stays in Microsoft's network; with virtual network support it starts in \
        your subnet: `explain --from VIRTUAL-NETWORK/SUBNET` evaluates it",
    )
}

/// G26.
pub(super) fn mobile_users(_: &Evidence<'_>) -> Answer {
    Answer::manual(
        "the file does not describe users outside the sites: add a VPN for users as a site, and state what conditional \
        access permits",
    )
}

/// G29.
pub(super) fn costs(evidence: &Evidence<'_>) -> Answer {
    let circuits = evidence.network.circuits.iter();
    let circuits = circuits.map(|circuit| {
        let billing = circuit.billing.map_or("billing not given", |billing| billing.value.name());
        let (sku, bandwidth) = (circuit.sku.value, circuit.bandwidth.value);
        format!("`{}` is {sku} with {bandwidth} ({billing})", circuit.name)
    });
    let circuits: Vec<String> = circuits.collect();
    Answer::manual(format!(
        "{}; prices of circuits, ports, provider and own work are in no file, and `replay --scenario … --view metering` \
         counts what a metered circuit bills",
        circuits.join(", ")
    ))
}

/// G30, M10.
pub(super) fn business_reason(_: &Evidence<'_>) -> Answer {
    Answer::manual("a business reason is in no file; `peerpath replay` measures the traffic before and after")
}

/// G31.
pub(super) fn no_encryption(evidence: &Evidence<'_>) -> Answer {
    let all = &evidence.network.circuits;
    let direct = all.iter().filter(|circuit| circuit.port == PortOwner::Direct).count();
    Answer::manual(format!(
        "{direct} of {} circuits are ExpressRoute Direct, on which MACsec is possible; the file has no key for encryption",
        all.len()
    ))
}

/// R10.
pub(super) fn tested(evidence: &Evidence<'_>) -> Answer {
    Answer::manual(format!(
        "no file records a test; `peerpath sweep` computes what each of {} single failures changes",
        evidence.single_outages.len()
    ))
}
