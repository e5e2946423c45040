//! What a reader of a difference must know beside its views.

use std::collections::BTreeSet;

use crate::check::diff::{Change, ChangeKind, Diff, Gap, Presence};
use crate::engine::unevaluated;
use crate::network::Network;

/// Sentences that a reader must know: vantage points of one side, and paths that nobody knows.
pub fn remarks(diff: &Diff) -> Vec<String> {
    let mut all = Vec::new();
    for vantage in &diff.vantages {
        let side = match vantage.presence {
            Presence::Both => continue,
            Presence::Added => "head",
            Presence::Removed => "base",
        };
        all.push(format!("only the {side} has `{}`: none of its addresses is compared", vantage.name));
    }
    let unknown = diff.changes.iter().filter(|change| change.kind == ChangeKind::Unknown);
    let (doubtful, alike): (Vec<&Change>, Vec<&Change>) =
        unknown.partition(|change| diff.is_doubtful(change));
    if !doubtful.is_empty() {
        all.push(
            "of some addresses the path is unknown on both sides, and what it may be differs: whether they move \
             cannot be told; `reasons` lists them"
                .to_owned(),
        );
    }
    if !alike.is_empty() {
        // Both sides leave open the same ways, so for the same reason.
        let gaps: BTreeSet<Gap> =
            alike.iter().filter_map(|change| diff.outcome(change.from).route.gap).collect();
        let mut told =
            "of some addresses the path is unknown on both sides, and the same ways are open: they are not counted as \
             unchanged"
                .to_owned();
        for sentence in settled_by(&gaps) {
            told.push_str("; ");
            told.push_str(&sentence);
        }
        all.push(told);
    }
    all
}

/// Hops of either side that nothing evaluates, each once: what changes there is not seen.
pub fn unseen(base: &Network, head: &Network) -> Vec<String> {
    let mut told: BTreeSet<String> = BTreeSet::new();
    let mut all = Vec::new();
    for network in [base, head] {
        for hop in unevaluated(network) {
            if told.insert(hop.sentence(network)) {
                all.push(hop.note(network));
            }
        }
    }
    all
}

/// What settles paths that are not known for these reasons, or why nothing does.
fn settled_by(gaps: &BTreeSet<Gap>) -> Vec<String> {
    let whose = if gaps.len() == 1 { "them" } else { "those whose community is not known" };
    let mut told = Vec::new();
    let mut appliances = Vec::new();
    for gap in gaps {
        let settles = match gap {
            Gap::Community => format!("settles most of {whose}"),
            Gap::Reach => "settles whether a circuit reaches a region".to_owned(),
            Gap::Gcc => "settles whether a Government circuit brings the endpoints of GCC".to_owned(),
            Gap::PathLength => "settles where their length decides".to_owned(),
            Gap::Policy => "settles what the maps make of its routes".to_owned(),
            Gap::Peers | Gap::Age => "settles which of equal routes is used".to_owned(),
            Gap::Outbound => "settles what it reaches".to_owned(),
            Gap::FastPath => "settles whether the gateway's route table counts".to_owned(),
            Gap::Hub => "settles what a virtual hub does with it".to_owned(),
            Gap::RouteServer => "settles which routes of a Route Server are used".to_owned(),
            Gap::Turn => "settles where packets for other virtual networks go".to_owned(),
            Gap::Peering => "settles whether it takes what is forwarded".to_owned(),
            Gap::NextHop | Gap::FarNextHop => "settles where such a route leads".to_owned(),
            Gap::StaticRoute => "settles where packets go that it takes now".to_owned(),
            Gap::Translation => "settles where the translator sends it".to_owned(),
            Gap::GatewayTable => "settles what becomes of what comes in over the gateway".to_owned(),
            Gap::FirewallDefault => "settles what an Azure Firewall sends on".to_owned(),
            Gap::Appliance(address) => {
                appliances.push(address.to_string());
                continue;
            }
        };
        told.extend(gap.settled_by().map(|input| format!("{input} {settles}")));
    }
    if !appliances.is_empty() {
        told.push(format!(
            "what route tables send to an appliance ({}) stays unknown, since the network file does not say what it \
             does",
            appliances.join(", ")
        ));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_helps_is_told() {
        let told = |gaps: &[Gap]| settled_by(&gaps.iter().copied().collect()).join("; ");
        let appliance = Gap::Appliance([10, 0, 0, 4].into());
        assert!(!told(&[appliance]).contains("export"), "{}", told(&[appliance]));
        assert!(told(&[appliance]).contains("an appliance (10.0.0.4) stays unknown"));
        assert_eq!(
            told(&[Gap::Community]),
            "your own `list-service-communities` export settles most of them"
        );
        let both = told(&[appliance, Gap::Community]);
        assert!(both.contains("most of those whose community is not known; what route tables"), "{both}");
        assert!(told(&[Gap::Reach]).starts_with("the route table of the peering"));
    }

    /// A hop of both sides is told once, whatever line it has; one of a single side is told too.
    #[test]
    fn a_hop_of_both_sides_is_told_once() {
        use crate::catalog::{Catalog, Cloud};
        use crate::diag::Source;
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let read = |name: &str, text: &str| {
            let (network, found) = crate::network::read(&Source::new(name, text), &catalog);
            network.unwrap_or_else(|| panic!("{found:?}"))
        };
        let text = "version: 1\nsites: [{name: a, prefixes: [10.10.0.0/16], circuits: [{name: c1, metric: 5}]}]\ncircuits:\n  - name: c1\n    \
                    peering_location: Amsterdam\n    sku: standard\n    bandwidth: 1 Gbps\n    private_peering: {virtual_networks: [hub]}\n\
                    virtual_networks:\n  - name: hub\n    prefixes: [10.20.0.0/16]\n    subnets: [{name: app, prefixes: \
                    [10.20.1.0/24], route_table: out}]\nroute_tables: [{name: out, routes: [{prefix: 10.9.0.0/16, next_hop: \
                    virtual-appliance 10.20.9.4}]}]\n";
        let without = text.replace(", route_table: out", "");
        let (base, head) = (read("base.yaml", &without), read("head.yaml", &format!("# moved\n{text}")));
        let told = unseen(&base, &head);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("`c1` ends") && told[0].ends_with("[base.yaml:2]"), "{told:?}");
        assert!(told[1].contains("the appliance 10.20.9.4") && told[1].contains("[head.yaml:"), "{told:?}");
        assert!(unseen(&read("base.yaml", &without.replace(", metric: 5", "")), &base).len() == 1);
    }
}
