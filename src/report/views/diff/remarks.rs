//! Remarks that readers of a difference need in addition to its views.

use std::collections::BTreeSet;

use crate::check::diff::{Change, ChangeKind, Diff, MissingInput, Presence};
use crate::engine::unevaluated;
use crate::network::Network;

/// Returns remarks about vantage points that exist on only one side, and about unknown paths.
pub fn remarks(diff: &Diff) -> Vec<String> {
    let mut all = Vec::new();
    for vantage in &diff.vantages {
        let side = match vantage.presence {
            Presence::Both => continue,
            Presence::Added => "head",
            Presence::Removed => "base",
        };
        all.push(format!("`{}` exists only in the {side}, so paths from it are not compared", vantage.name));
    }
    let unknown = diff.changes.iter().filter(|change| change.kind == ChangeKind::Unknown);
    let (doubtful, alike): (Vec<&Change>, Vec<&Change>) =
        unknown.partition(|change| diff.is_doubtful(change));
    if !doubtful.is_empty() {
        all.push(
            "the path to some addresses is unknown on both sides, with different possible paths, so it is unknown \
             whether these addresses move; the view `reasons` lists them"
                .to_owned(),
        );
    }
    if !alike.is_empty() {
        // Both sides have the same possible paths and therefore the same reasons.
        let gaps: BTreeSet<MissingInput> =
            alike.iter().filter_map(|change| diff.outcome(change.from).route.gap).collect();
        let mut remark =
            "the path to some addresses is unknown on both sides, with the same possible paths; these addresses are not \
             counted as unchanged"
                .to_owned();
        for sentence in settled_by(&gaps) {
            remark.push_str("; ");
            remark.push_str(&sentence);
        }
        all.push(remark);
    }
    all
}

/// Returns a note for each hop on either side that is not evaluated, without duplicates. Changes at such a hop are not
/// detected.
pub fn unseen(base: &Network, head: &Network) -> Vec<String> {
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut all = Vec::new();
    for network in [base, head] {
        for hop in unevaluated(network) {
            if known.insert(hop.sentence(network)) {
                all.push(hop.note(network));
            }
        }
    }
    all
}

/// Returns a sentence for each input that would settle paths that are unknown for these reasons, and a sentence about
/// the appliances for which there is no such input.
fn settled_by(gaps: &BTreeSet<MissingInput>) -> Vec<String> {
    let whose = if gaps.len() == 1 { "these paths" } else { "the paths for which the community is unknown" };
    let mut sentences = Vec::new();
    let mut appliances = Vec::new();
    for gap in gaps {
        let settles = match gap {
            MissingInput::Community => format!("settles most of {whose}"),
            MissingInput::Reach => "settles whether a circuit reaches a region".to_owned(),
            MissingInput::Gcc => {
                "settles whether a Government circuit advertises the endpoints of GCC".to_owned()
            }
            MissingInput::PathLength => "settles the paths for which the AS path length decides".to_owned(),
            MissingInput::Policy => "settles how the route maps change the routes".to_owned(),
            MissingInput::Peers | MissingInput::Age => {
                "settles which of several equal routes is used".to_owned()
            }
            MissingInput::Outbound => "settle which destinations the subnet can reach".to_owned(),
            MissingInput::FastPath => "settles whether the gateway's route table applies".to_owned(),
            MissingInput::Hub => "settle how a virtual hub forwards packets to these addresses".to_owned(),
            MissingInput::RouteServer => "settle which routes from a Route Server are used".to_owned(),
            MissingInput::Turn => "settle the path of packets to other virtual networks".to_owned(),
            MissingInput::Peering => "settles whether the peering accepts forwarded packets".to_owned(),
            MissingInput::NextHop | MissingInput::FarNextHop => "settles the path over the route".to_owned(),
            MissingInput::StaticRoute => {
                "settles the path of packets that the current route matches".to_owned()
            }
            MissingInput::Translation => "settles where the translator sends the packets".to_owned(),
            MissingInput::GatewayTable => {
                "settles the path of packets that arrive over the gateway".to_owned()
            }
            MissingInput::FirewallDefault => "settles which packets an Azure Firewall forwards".to_owned(),
            MissingInput::Appliance(address) => {
                appliances.push(address.to_string());
                continue;
            }
        };
        sentences.extend(gap.settled_by().map(|input| format!("{input} {settles}")));
    }
    if !appliances.is_empty() {
        sentences.push(format!(
            "the path of packets that route tables send to an appliance ({}) stays unknown, because the network file does \
             not describe its routing",
            appliances.join(", ")
        ));
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_helpful_inputs_are_named() {
        let named = |gaps: &[MissingInput]| settled_by(&gaps.iter().copied().collect()).join("; ");
        let appliance = MissingInput::Appliance([10, 0, 0, 4].into());
        assert!(!named(&[appliance]).contains("export"), "{}", named(&[appliance]));
        assert!(named(&[appliance]).contains("an appliance (10.0.0.4) stays unknown"));
        assert_eq!(
            named(&[MissingInput::Community]),
            "your own `list-service-communities` export settles most of these paths"
        );
        let both = named(&[appliance, MissingInput::Community]);
        assert!(
            both.contains(
                "most of the paths for which the community is unknown; the path of packets that route tables"
            ),
            "{both}"
        );
        assert!(named(&[MissingInput::Reach]).starts_with("the route table of the peering"));
    }

    /// A hop on both sides is reported once, regardless of its line. A hop on only one side is reported too.
    #[test]
    fn a_hop_of_both_sides_is_reported_once() {
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
        let notes = unseen(&base, &head);
        assert_eq!(notes.len(), 2, "{notes:?}");
        assert!(notes[0].contains("`c1` ends") && notes[0].ends_with("[base.yaml:2]"), "{notes:?}");
        assert!(
            notes[1].contains("the appliance 10.20.9.4") && notes[1].contains("[head.yaml:"),
            "{notes:?}"
        );
        assert!(unseen(&read("base.yaml", &without.replace(", metric: 5", "")), &base).len() == 1);
    }
}
