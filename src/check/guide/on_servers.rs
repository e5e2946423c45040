//! Items about connections from Microsoft to published servers.

use std::collections::BTreeSet;

use crate::addr::AddressCount;
use crate::check::callers::Caller;
use crate::check::guide::answer::{Answer, ItemVerdict, Share};
use crate::check::guide::evidence::Evidence;
use crate::check::guide::tally::number;
use crate::diag::Code;
use crate::engine::{ReturnVerdict, ServerReason};

/// The addresses of callers, in total and those whose replies arrive.
fn counts(callers: &[Caller]) -> (AddressCount, AddressCount) {
    let mut good = AddressCount::ZERO;
    let mut all = AddressCount::ZERO;
    for outcome in callers.iter().flat_map(|caller| &caller.outcomes) {
        let count = outcome.remotes.iter().copied().sum();
        all = all + count;
        if outcome.verdict == ReturnVerdict::Symmetric {
            good = good + count;
        }
    }
    (good, all)
}

/// Describes the callers in a few words.
fn described(callers: &[Caller]) -> String {
    let servers: BTreeSet<_> = callers.iter().map(|caller| caller.server).collect();
    let products: BTreeSet<&str> = callers.iter().map(|caller| caller.product.name).collect();
    let arrive: BTreeSet<&str> = callers
        .iter()
        .flat_map(|caller| &caller.outcomes)
        .flat_map(|outcome| outcome.over.iter().map(String::as_str))
        .collect();
    format!(
        "{} may open connections to {}, which arrive over {}",
        products.into_iter().collect::<Vec<_>>().join(", "),
        number(servers.len(), "published server", "published servers"),
        arrive.into_iter().collect::<Vec<_>>().join(", ")
    )
}

fn nothing_published(evidence: &Evidence<'_>) -> Option<Answer> {
    if evidence.network.published_with_ids().next().is_none() {
        return Some(Answer::missing(
            "the file lists no server that connections from outside may reach",
            "`published` at the sites, or an attestation that there is none",
        ));
    }
    if evidence.callers.is_empty() {
        return Some(Answer::missing(
            "no document names the addresses from which these products open connections",
            "`--products` with products that open connections",
        ));
    }
    None
}

/// G9: who may call is known; whether a firewall filters it is in no file.
pub(super) fn filtered_like_internet(evidence: &Evidence<'_>) -> Answer {
    let Some(answer) = nothing_published(evidence) else {
        return Answer::manual(format!(
            "{}; the file does not describe what the firewalls there permit",
            described(&evidence.callers)
        ));
    };
    let mut advertised = 0;
    for circuit in &evidence.network.circuits {
        let peering = circuit.microsoft_peering.as_ref();
        advertised += peering.map_or(0, |own| own.advertised.len());
    }
    Answer {
        sentence: format!(
            "any Microsoft server can send packets to {advertised} advertised prefixes; {}",
            answer.sentence
        ),
        ..answer
    }
}

/// G23, M8: connections to published servers arrive, and replies return.
pub(super) fn published_work(evidence: &Evidence<'_>) -> Answer {
    if let Some(answer) = nothing_published(evidence) {
        return answer;
    }
    let (good, all) = counts(&evidence.callers);
    let permille = good.permille_of(all).unwrap_or_default();
    let sentence = format!(
        "{}; replies arrive for {}.{} % of the remote addresses",
        described(&evidence.callers),
        permille / 10,
        permille % 10
    );
    let worst = evidence.callers.iter().filter_map(|caller| Some((caller.worst()?, caller)));
    let worst = worst.max_by_key(|(verdict, _)| *verdict);
    let Some((verdict, caller)) = worst else {
        return Answer::missing(sentence, "a published address of the callers' family");
    };
    let item = match verdict {
        ReturnVerdict::Symmetric => ItemVerdict::Proved,
        ReturnVerdict::Dropped if good.is_zero() => ItemVerdict::Refuted,
        _ => ItemVerdict::Partly,
    };
    let answer = Answer {
        share: Some(Share { part: good, whole: all, unit: "remote addresses" }),
        ..Answer::new(item, sentence)
    };
    if item == ItemVerdict::Proved {
        return answer;
    }
    let remedy = caller.outcomes.iter().flat_map(|outcome| &outcome.reasons);
    let remedy = remedy.map(ServerReason::remedy).find(|remedy| !remedy.is_empty());
    let finding = evidence.found(&[Code::LINT_PUBLISHED]).and_then(|finding| finding.help.clone());
    let place = caller.addresses.first().map(|address| address.span);
    answer.at(place).help(remedy.map(str::to_owned).or(finding).unwrap_or_default())
}
