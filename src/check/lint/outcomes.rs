//! Findings of the reader and of the rules, as outcomes of checks.

use std::collections::BTreeSet;

use super::super::outcome::{CheckKind, CheckOutcome, FindingPlace, Status};
use super::evidence::{LintEvidence, RuleEvidence};
use crate::diag::{CODES, Code, CodeEntry, Diagnostic, Diagnostics, Severity};
use crate::network::Network;

/// Returns one outcome for each finding, in the order given, then at most one for each rule, ordered by code, and finally
/// the `accepted` outcomes. `found` contains the findings of the reader and of [`lint`](super::lint()), without errors
/// and without accepted findings; `evidence` is that of the same run.
///
/// A rule that lacks an input is not evaluated, with or without findings. Otherwise, a rule without findings has passed
/// if it examined something, and does not apply if the network has nothing to examine.
pub fn lint_outcomes(
    network: &Network,
    found: &Diagnostics,
    evidence: &LintEvidence,
    accepted: Vec<CheckOutcome>,
) -> Vec<CheckOutcome> {
    let mut outcomes: Vec<CheckOutcome> =
        found.iter().map(|diagnostic| outcome(diagnostic, Status::Warned)).collect();
    let words: BTreeSet<Code> = found.iter().map(|diagnostic| diagnostic.code).collect();
    let waived = |name: &str| accepted.iter().any(|one| one.kind == CheckKind::Lint && one.id == name);
    for entry in CODES.iter().filter(|entry| is_rule(entry.code)) {
        let of_rule = evidence.of(entry.code);
        if let Some(open) = of_rule.and_then(|of_rule| not_evaluated(network, entry, of_rule)) {
            outcomes.push(open);
        } else if !words.contains(&entry.code) && !waived(entry.code.name()) {
            outcomes.push(silent(entry, of_rule));
        }
    }
    outcomes.extend(accepted);
    outcomes
}

/// Returns the outcomes for an unusable file. No rule ran; each error becomes a check that cannot be evaluated, and
/// the other findings of the reader follow as warnings.
pub fn unusable_outcomes(found: &Diagnostics) -> Vec<CheckOutcome> {
    let status = |severity| if severity == Severity::Error { Status::CannotJudge } else { Status::Warned };
    found.iter().map(|diagnostic| outcome(diagnostic, status(diagnostic.severity))).collect()
}

/// Whether a code belongs to a rule about the whole network. Other codes are reported while the file is read.
fn is_rule(code: Code) -> bool {
    code.name().starts_with("lint::")
}

pub(super) fn outcome(diagnostic: &Diagnostic, status: Status) -> CheckOutcome {
    let entry = CODES.iter().find(|entry| entry.code == diagnostic.code);
    let place = diagnostic.labels.first();
    CheckOutcome {
        id: diagnostic.code.name().to_owned(),
        kind: CheckKind::Lint,
        title: entry.map_or_else(|| diagnostic.code.name(), |entry| entry.title).to_owned(),
        severity: diagnostic.severity,
        status,
        message: diagnostic.message.clone(),
        remedy: diagnostic.help.clone(),
        explanation: entry.map(|entry| entry.explanation),
        place: place.map(|label| FindingPlace { source: diagnostic.source.clone(), span: label.span }),
        covered: None,
        witness: None,
        waiver: None,
    }
}

/// Returns the outcome of a rule that lacks an input, at the first object that lacks one.
fn not_evaluated(network: &Network, entry: &CodeEntry, evidence: &RuleEvidence) -> Option<CheckOutcome> {
    let first = evidence.missing().first()?;
    // Objects that lack the same input are named together.
    let mut whats: Vec<&str> = Vec::new();
    let mut writes: Vec<&str> = Vec::new();
    for missing in evidence.missing() {
        if !whats.contains(&missing.what.as_str()) {
            whats.push(&missing.what);
        }
        if !writes.contains(&missing.write) {
            writes.push(missing.write);
        }
    }
    let lacking = whats.iter().map(|what| {
        let of = evidence.missing().iter().filter(|missing| missing.what == *what);
        format!("{what} for {}", joined(&of.map(|missing| missing.of.as_str()).collect::<Vec<_>>()))
    });
    let mut message = lacking.collect::<Vec<_>>().join("; ");
    if evidence.has_examined() {
        message.push_str(&format!("; examined: {}", evidence.examined()));
    }
    let place = FindingPlace { source: network.source.clone(), span: first.span };
    Some(CheckOutcome {
        remedy: Some(writes.join("; ")),
        place: Some(place),
        ..of_rule(entry, Status::NotEvaluated, message)
    })
}

/// Lists the first names and the number of the others.
fn joined(names: &[&str]) -> String {
    const MOST: usize = 3;
    let shown = names.iter().take(MOST).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Returns the outcome of a rule that has no findings and lacks no input.
fn silent(entry: &CodeEntry, evidence: Option<&RuleEvidence>) -> CheckOutcome {
    match evidence {
        Some(evidence) if evidence.has_examined() => {
            of_rule(entry, Status::Passed, format!("nothing found in {}", evidence.examined()))
        }
        Some(evidence) => {
            let message = format!("the network file has no {}", evidence.sought());
            of_rule(entry, Status::NotApplicable, message)
        }
        None => of_rule(entry, Status::NotApplicable, "nothing was examined".to_owned()),
    }
}

fn of_rule(entry: &CodeEntry, status: Status, message: String) -> CheckOutcome {
    CheckOutcome {
        id: entry.code.name().to_owned(),
        kind: CheckKind::Lint,
        title: entry.title.to_owned(),
        severity: Severity::Warning,
        status,
        message,
        remedy: None,
        explanation: Some(entry.explanation),
        place: None,
        covered: None,
        witness: None,
        waiver: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Cloud};
    use crate::check::lint::{Linted, lint};
    use crate::diag::{Source, Span};
    use crate::engine::Inputs;
    use std::collections::BTreeMap;

    #[test]
    fn every_rule_has_an_outcome() {
        let source = Source::new("network.yaml", "version: 1\n");
        let mut found = Diagnostics::new();
        for _ in 0..2 {
            found.push(Diagnostic::advice(Code::LINT_NO_BFD, &source, "m").at(Span::new(0, 7), "").help("h"));
        }
        found.push(Diagnostic::warning(Code::NETWORK_NO_EFFECT, &source, "w"));
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let demo = Source::new("network.yaml", include_str!("../../../examples/demo/network.yaml"));
        let network = crate::network::read(&demo, &catalog).0.unwrap();
        let linted = lint(Inputs::new(&network, &catalog)).unwrap();
        let outcomes = lint_outcomes(&network, &found, &linted.evidence, Vec::new());
        let rules: BTreeSet<&str> =
            CODES.iter().map(|entry| entry.code).filter(|code| is_rule(*code)).map(Code::name).collect();
        let evaluated: BTreeSet<&str> = outcomes.iter().map(|outcome| outcome.id.as_str()).collect();
        assert!(rules.len() >= 17 && rules.is_subset(&evaluated));
        assert_eq!(outcomes.len(), rules.len() + 2);
        let first = outcomes.first().unwrap();
        assert_eq!(
            (first.status, first.severity, first.remedy.as_deref()),
            (Status::Warned, Severity::Advice, Some("h"))
        );
        let silent = |outcome: &&CheckOutcome| outcome.status == Status::Passed || outcome.status.is_open();
        assert_eq!(outcomes.iter().filter(silent).count(), rules.len() - 1);
    }

    /// Rows of a network: what its rules report.
    fn statuses(text: &str) -> Rows {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let (network, diagnostics) = crate::network::read(&Source::new("network.yaml", text), &catalog);
        let network = network.unwrap_or_else(|| panic!("{diagnostics:?}"));
        let Linted { findings, evidence } = lint(Inputs::new(&network, &catalog)).unwrap();
        for entry in CODES.iter().filter(|entry| is_rule(entry.code)) {
            assert!(evidence.of(entry.code).is_some(), "{} states no evidence", entry.code.name());
        }
        let outcomes = lint_outcomes(&network, &findings, &evidence, Vec::new());
        outcomes.into_iter().map(|one| (one.id, (one.status, one.message, one.remedy))).collect()
    }

    const CIRCUITS: &str = "version: 1\nsites:\n  - name: dc\n    prefixes: [10.1.0.0/16]\n    internet: {nat: [203.0.113.0/28]}\n    \
        circuits: [er-one, er-two]\ncircuits:\n";

    fn circuit(name: &str, peak: &str) -> String {
        format!(
            "  - name: {name}\n    peering_location: London\n    sku: standard\n    bandwidth: 2 Gbps\n    private_peering: \
             {{virtual_networks: [hub], advertised: [10.1.0.0/16]{peak}}}\n"
        )
    }

    type Rows = BTreeMap<String, (Status, String, Option<String>)>;

    /// Two circuits to one hub, with a load each, more lines of the first circuit, and the gateway of the hub.
    fn two_circuits([one, two]: [&str; 2], more: &str, gateway: &str) -> Rows {
        let (one, two) = (circuit("er-one", one), circuit("er-two", two));
        statuses(&format!(
            "{CIRCUITS}{one}{more}{two}virtual_networks: [{{name: hub, region: uksouth, prefixes: [10.20.0.0/16]{gateway}}}]\n"
        ))
    }

    fn hold(rows: &Rows, expected: &[(&str, Status, &str)]) {
        for (rule, status, message) in expected {
            let (found, words, remedy) = rows.get(*rule).unwrap();
            assert_eq!((found, words.as_str()), (status, *message), "{rule}");
            assert!(remedy.is_some() || matches!(found, Status::Passed | Status::NotApplicable), "{rule}");
        }
    }

    #[test]
    fn a_rule_without_input_does_not_pass() {
        use Status::{NotApplicable, NotEvaluated, Passed};
        hold(
            &two_circuits(["", ""], "", ""),
            &[
                ("lint::capacity", NotEvaluated, "no `peak` for `er-one`, `er-two`"),
                ("lint::peak-missing", NotEvaluated, "no `peak` for `er-one`, `er-two`"),
                ("lint::gateway-throughput", NotEvaluated, "no `sku` for the gateway of `hub`"),
                ("lint::zones", NotEvaluated, "no `sku` for the gateway of `hub`"),
                ("lint::loop", NotEvaluated, "no `subnets` for `hub`"),
                (
                    "lint::peer-address",
                    NotEvaluated,
                    "no `peer_addresses` for `er-one/private`, `er-two/private`",
                ),
                ("lint::prefix-count", Passed, "nothing found in 2 peerings"),
                ("lint::route-server-ipv6", NotApplicable, "the network file has no Route Server"),
                ("lint::out-of-reach", NotApplicable, "the network file has no entry of a route filter"),
            ],
        );
        hold(
            &two_circuits(["", ""], "", ", gateway: {sku: ErGw2AZ}"),
            &[("lint::gateway-throughput", Passed, "nothing found in 1 gateway with a circuit")],
        );
    }

    #[test]
    fn a_rule_with_partial_input_does_not_pass() {
        use Status::{NotEvaluated, Passed, Warned};
        const PEAK: &str = ", primary: {peak: 200 Mbps}, secondary: {peak: 200 Mbps}";
        hold(
            &two_circuits([PEAK, ""], "", ""),
            &[
                ("lint::capacity", NotEvaluated, "no `peak` for `er-two`; examined: 1 circuit"),
                (
                    "lint::peak-missing",
                    Warned,
                    "it is unknown whether `er-two` can carry the load after the loss of a circuit",
                ),
            ],
        );
        // The load of one peering does not tell the load of the other.
        let microsoft = "    microsoft_peering:\n      {route_filter: [12076:51024], advertised: [198.51.100.0/28], nat: [198.51.100.0/28]}\n";
        hold(
            &two_circuits([PEAK, PEAK], microsoft, ""),
            &[("lint::capacity", NotEvaluated, "no `peak` for `er-one/microsoft`; examined: 1 circuit")],
        );
        hold(
            &two_circuits([PEAK, PEAK], "", ""),
            &[
                ("lint::capacity", Passed, "nothing found in 2 circuits"),
                ("lint::peak-missing", Passed, "nothing found in 2 circuits"),
            ],
        );
    }

    /// A site alone: the rules about anything else do not apply, and none of them has passed.
    #[test]
    fn a_rule_without_objects_does_not_apply() {
        let rows = statuses(
            "version: 1\nsites: [{name: dc, prefixes: [10.1.0.0/16], internet: {default_route: both}}]\n",
        );
        let passed: Vec<&str> =
            rows.iter().filter(|(_, row)| row.0 == Status::Passed).map(|(id, _)| id.as_str()).collect();
        assert_eq!(passed, ["lint::no-default-route"]);
        let open: Vec<_> = rows.iter().filter(|(_, row)| row.0 == Status::NotEvaluated).collect();
        assert!(open.is_empty(), "{open:?}");
    }

    #[test]
    fn an_error_is_a_check_that_cannot_be_judged() {
        let source = Source::new("network.yaml", "");
        let mut found = Diagnostics::new();
        found.push(Diagnostic::error(Code::NETWORK_EMPTY, &source, "the network has no site"));
        found.push(Diagnostic::warning(Code::NETWORK_REPEATED, &source, "twice"));
        let statuses: Vec<Status> = unusable_outcomes(&found).iter().map(|outcome| outcome.status).collect();
        assert_eq!(statuses, [Status::CannotJudge, Status::Warned]);
    }
}
