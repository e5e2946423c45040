//! Findings that the network file accepts, with a reason and an expiry date.

use jiff::civil::Date;

use crate::check::{CheckKind, CheckOutcome, FindingPlace, Status, Waiver};
use crate::diag::{Diagnostic, Diagnostics, Severity};
use crate::network::{Accepted, Network};

use crate::check::lint::outcomes::outcome;

/// Findings, split into accepted and remaining ones.
#[derive(Clone, Debug, Default)]
pub struct Acceptance {
    /// Findings that are not accepted.
    pub left: Diagnostics,
    /// One outcome for each accepted finding, followed by a warning for each unused acceptance.
    pub outcomes: Vec<CheckOutcome>,
}

/// Separates the findings that the network file accepts on a given day from the remaining findings. An entry accepts a
/// finding if it names the finding's code. With `at`, the finding must also contain that name in backticks in its
/// message or at one of its places. If an acceptance has expired, the message of the finding states that.
///
/// # Complexity
///
/// The product of the findings and the acceptances.
pub fn accept(network: &Network, found: &Diagnostics, today: Date) -> Acceptance {
    let mut all = Acceptance::default();
    let mut used = vec![false; network.accepted.len()];
    for diagnostic in found.iter() {
        let mut fitting = Vec::new();
        for (entry, used) in network.accepted.iter().zip(&mut used) {
            if fits(entry, diagnostic) {
                *used = true;
                fitting.push(entry);
            }
        }
        let counts = fitting.iter().find(|entry| entry.until >= today);
        if let Some(entry) = counts {
            let waiver = Some(Waiver { reason: entry.reason.clone(), expires: entry.until });
            all.outcomes.push(CheckOutcome { waiver, ..outcome(diagnostic, Status::Waived) });
            continue;
        }
        let mut diagnostic = diagnostic.clone();
        if let Some(entry) = fitting.first() {
            diagnostic
                .message
                .push_str(&format!("; the acceptance of this finding expired on {}", entry.until));
        }
        all.left.push(diagnostic);
    }
    let unused = network.accepted.iter().zip(used).filter(|(_, used)| !used);
    all.outcomes.extend(unused.map(|(entry, _)| superfluous(network, entry)));
    all
}

fn fits(entry: &Accepted, diagnostic: &Diagnostic) -> bool {
    if diagnostic.code.name() != entry.code.value || diagnostic.severity == Severity::Error {
        return false;
    }
    let Some(at) = &entry.at else { return true };
    let text = diagnostic.source.text();
    let stands = diagnostic.labels.iter().any(|label| {
        let end = label.span.start.saturating_add(label.span.length);
        text.get(label.span.start..end).is_some_and(|text| text.trim_matches(['"', '\'']) == at.value)
    });
    stands || diagnostic.message.contains(&format!("`{}`", at.value))
}

/// Returns the warning for an unused acceptance.
fn superfluous(network: &Network, entry: &Accepted) -> CheckOutcome {
    let at = entry.at.as_ref().map(|at| format!(" at `{}`", at.value)).unwrap_or_default();
    CheckOutcome {
        id: entry.code.value.clone(),
        kind: CheckKind::Waiver,
        title: format!("accepted until {}: {}", entry.until, entry.reason),
        severity: Severity::Warning,
        status: Status::Warned,
        message: format!("the rule `{}` has no finding{at} to accept", entry.code.value),
        remedy: Some("remove the entry; otherwise it would hide a later finding".to_owned()),
        explanation: None,
        place: Some(FindingPlace { source: network.source.clone(), span: entry.code.span }),
        covered: None,
        witness: None,
        waiver: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Cloud};
    use crate::check::lint;
    use crate::diag::Source;
    use crate::engine::Inputs;

    /// Accepted findings, remaining findings of the rule, and warnings about unused entries.
    #[test]
    fn findings_are_accepted_by_code_and_name_until_their_day() {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let network = |accepted: &str| {
            let text = format!(
                "version: 1\nsites: [{{name: dc, prefixes: [10.1.0.0/16], internet: {{nat: [203.0.113.0/28]}}, circuits: [er1]}}]\n\
                 circuits:\n  - name: er1\n    peering_location: London\n    sku: standard\n    bandwidth: 1 Gbps\n    private_peering: \
                 {{virtual_networks: [hub], advertised: [10.1.0.0/16]}}\nvirtual_networks: [{{name: hub, region: uksouth, prefixes: \
                 [10.20.0.0/16]}}]\naccepted: [{accepted}]\n"
            );
            crate::network::read(&Source::new("network.yaml", text), &catalog).0.unwrap()
        };
        let bfd = |more: &str| format!("{{code: \"lint::no-bfd\", reason: legacy{more}}}");
        for (accepted, waived, left, unused) in [
            (String::new(), 0, 1, 0),
            (bfd(", until: 2027-06-30"), 1, 0, 0),
            // The expiry date itself is included; the next day is not.
            (bfd(", until: 2026-11-29"), 1, 0, 0),
            (bfd(", until: 2026-11-28"), 0, 1, 0),
            (bfd(", at: er1, until: 2027-06-30"), 1, 0, 0),
            (bfd(", at: er2, until: 2027-06-30"), 0, 1, 1),
            ("{code: \"lint::no-circuit\", reason: none, until: 2027-06-30}".to_owned(), 0, 1, 1),
            // A valid entry next to an expired one.
            (format!("{}, {}", bfd(", until: 2026-01-01"), bfd(", until: 2027-01-01")), 1, 0, 0),
        ] {
            let network = network(&accepted);
            let found = lint(Inputs::new(&network, &catalog)).unwrap().findings;
            let acceptance = accept(&network, &found, "2026-11-29".parse().unwrap());
            let of_rule = |id: &str| id == "lint::no-bfd";
            let statuses = |status| acceptance.outcomes.iter().filter(|one| one.status == status).count();
            let remaining = acceptance.left.iter().filter(|one| of_rule(one.code.name())).count();
            assert_eq!(
                (statuses(Status::Waived), remaining, statuses(Status::Warned)),
                (waived, left, unused),
                "{accepted}"
            );
            let expired = acceptance
                .left
                .iter()
                .any(|one| one.message.contains("the acceptance of this finding expired on 2026-11-28"));
            assert_eq!(expired, accepted.contains("2026-11-28"), "{accepted}");
        }
    }
}
