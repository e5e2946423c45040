//! Items about paths: which path the addresses take from every site, under every failure, and whether replies arrive.

use crate::check::guide::answer::{Answer, ItemVerdict, Share};
use crate::check::guide::evidence::{Evidence, Scope};
use crate::check::guide::tally::{Tally, Under, failure_names, number};
use crate::check::map::ProductPath;
use crate::diag::Code;
use crate::engine::{CompileError, Disposition, ReturnVerdict};

type Result = std::result::Result<Answer, CompileError>;

/// G1, M4: without failures, all addresses use Microsoft peering from every site.
pub(super) fn reach_the_circuit(evidence: &Evidence<'_>) -> Result {
    let tally = evidence.tally(Scope::Asked, Under::Nothing, &on_circuit);
    if tally.is_empty() {
        return Ok(no_addresses(evidence));
    }
    let sites = number(tally.covered.vantages, "site", "sites");
    let sentence = format!("{} addresses use Microsoft peering, from {sites}", tally.text());
    let answer = by_share(&tally, sentence);
    let answer = answer.help("add the missing communities to the route filter, or give every site a circuit");
    evidence.with_witness(unless_proved(answer), Scope::Asked, Under::Nothing, &tally)
}

/// G3, M6: the addresses that never use ExpressRoute have a path, and replies arrive.
pub(super) fn internet_still_serves(evidence: &Evidence<'_>) -> Result {
    let served = |path: &ProductPath| has_path(path) && path.back != Some(ReturnVerdict::Dropped);
    let tally = evidence.tally(Scope::Static, Under::Nothing, &served);
    if tally.is_empty() {
        return Ok(Answer::missing(
            "no list contains addresses of static content",
            "a list with the service tag AzureFrontDoor.Frontend",
        ));
    }
    let sites = number(tally.covered.vantages, "site", "sites");
    let sentence = format!(
        "{} addresses that ExpressRoute never serves have a path with replies, from {sites}",
        tally.text()
    );
    let answer = by_share(&tally, sentence);
    let answer =
        answer.help("give the site a default route to the internet, and do not deny these addresses there");
    evidence.with_witness(unless_proved(answer), Scope::Static, Under::Nothing, &tally)
}

/// G6, M7, R8: replies arrive on the path of the packet, also under every single failure.
pub(super) fn replies_arrive(evidence: &Evidence<'_>) -> Result {
    const CODES: &[Code] =
        &[Code::LINT_INTERNET_AND_CIRCUIT, Code::LINT_ADVERTISED_TWICE, Code::LINT_NAT_SHARED];
    if let Some(finding) = evidence.found(CODES) {
        return Ok(Evidence::answer_of(finding));
    }
    let arrives = |path: &ProductPath| path.back.is_none_or(|back| back == ReturnVerdict::Symmetric);
    let tally = evidence.tally(Scope::Asked, Under::Singles, &arrives);
    if tally.is_empty() {
        return Ok(no_addresses(evidence));
    }
    let subject = format!("replies from {} addresses return on the packet's path", tally.text());
    let dropped = tally.first.as_ref().is_some_and(|one| one.path.back == Some(ReturnVerdict::Dropped));
    let mut answer = under_failures(evidence, &subject, &tally);
    if dropped {
        answer.verdict = ItemVerdict::Refuted;
    }
    evidence.with_witness(unless_proved(answer), Scope::Asked, Under::Singles, &tally)
}

/// G12: no address uses private peering.
pub(super) fn never_private_peering(evidence: &Evidence<'_>) -> Result {
    let other = |path: &ProductPath| path.disposition != Disposition::PrivatePeering;
    let tally = evidence.tally(Scope::Asked, Under::Singles, &other);
    if tally.is_empty() {
        return Ok(no_addresses(evidence));
    }
    let subject = format!("{} addresses do not use private peering", tally.text());
    let answer = under_failures(evidence, &subject, &tally);
    evidence.with_witness(unless_proved(answer), Scope::Asked, Under::Singles, &tally)
}

/// G17: the share of sign-in on the circuit. The guide says that it is never all of it.
pub(super) fn sign_in(evidence: &Evidence<'_>) -> Result {
    let tally = evidence.tally(Scope::SignIn, Under::Nothing, &on_circuit);
    if tally.is_empty() {
        return Ok(Answer::missing(
            "no list contains addresses of sign-in",
            "a list with Microsoft Entra ID",
        ));
    }
    let uncertain = |path: &ProductPath| path.disposition == Disposition::Ambiguous;
    let unknown = evidence.tally(Scope::SignIn, Under::Nothing, &uncertain);
    let disputed = if unknown.good.iter().all(|count| count.is_zero()) {
        String::new()
    } else {
        format!("; the lists disagree about {}", unknown.text())
    };
    let sentence = format!(
        "{} addresses of Microsoft Entra ID use Microsoft peering{}; names without \
        published addresses and the admin portals stay on the internet",
        tally.text(),
        disputed
    );
    let mut answer = by_share(&tally, sentence);
    // The static parts of the sign-in page have no published addresses and are not supported.
    if answer.verdict == ItemVerdict::Proved {
        answer.verdict = ItemVerdict::Partly;
    }
    if let Some(finding) = evidence.found(&[Code::LINT_SIGN_IN]) {
        answer.verdict = ItemVerdict::Refuted;
        answer = answer.at(finding.labels.first().map(|label| label.span));
        answer.remedy.clone_from(&finding.help);
    } else if answer.verdict == ItemVerdict::Refuted {
        answer = answer.help(
            "add `12076:5060` (Microsoft Entra ID) to the route filter, if sign-in must use the circuit",
        );
    } else {
        answer = answer.help("decide who may sign in over the internet, and attest the item");
    }
    evidence.with_witness(answer, Scope::SignIn, Under::Nothing, &tally)
}

/// G19, G20: the relay of the regions is on the circuit. No list names the relay, only the region's addresses.
pub(super) fn relay(evidence: &Evidence<'_>) -> Result {
    let tally = evidence.tally(Scope::Relay, Under::Nothing, &on_circuit);
    if tally.is_empty() {
        return Ok(Answer::missing(
            "the region of the relay is unknown, and no service tag contains it",
            "`--region` with the region of the gateway, or a region in a route filter",
        ));
    }
    let sentence = format!(
        "no service tag contains Azure Relay; of AzureCloud in {}, which does, {} addresses use Microsoft peering",
        evidence.geography(),
        tally.text()
    );
    let answer =
        by_share(&tally, sentence).help(
        "`explain NAME --resolve FILE` evaluates the addresses of the relay's own name, `….servicebus.windows.net`",
    );
    evidence.with_witness(unless_proved(answer), Scope::Relay, Under::Nothing, &tally)
}

/// G21, M9: under every single failure, all addresses still use a circuit.
pub(super) fn circuit_takes_over(evidence: &Evidence<'_>) -> Result {
    let tally = evidence.tally(Scope::Asked, Under::Singles, &on_circuit);
    if tally.is_empty() {
        return Ok(no_addresses(evidence));
    }
    let subject = format!("{} addresses use Microsoft peering", tally.text());
    let answer = under_failures(evidence, &subject, &tally)
        .help("give every site a second circuit with the same route filter");
    evidence.with_witness(unless_proved(answer), Scope::Asked, Under::Singles, &tally)
}

/// G25: no address uses the internet, also under single and double failures.
pub(super) fn no_leak(evidence: &Evidence<'_>) -> Result {
    let inside = |path: &ProductPath| !leaks(path);
    let singles = evidence.tally(Scope::Asked, Under::Singles, &inside);
    let doubles = evidence.tally(Scope::Asked, Under::Doubles, &inside);
    if singles.is_empty() {
        return Ok(no_addresses(evidence));
    }
    let sentence = format!(
        "{} addresses stay off the internet without failures, under {} of {} single and {} of {} double failures",
        singles.text(),
        singles.failures_good,
        singles.failures,
        doubles.failures_good,
        doubles.failures
    );
    let (under, tally) =
        if singles.is_complete() { (Under::Doubles, &doubles) } else { (Under::Singles, &singles) };
    let leaks_now = singles.first.as_ref().is_some_and(|one| one.failure.is_none());
    let sentence = match tally.names.as_slice() {
        _ if leaks_now => format!("{} addresses stay off the internet without failures", singles.text()),
        [] => sentence,
        names => format!("{sentence}; not with {}", failure_names(names)),
    };
    let (good, failures) =
        (singles.failures_good + doubles.failures_good, singles.failures + doubles.failures);
    let mut answer = Answer::counted(good, failures, "failures", sentence);
    if leaks_now {
        answer = Answer { verdict: ItemVerdict::Refuted, share: Some(singles.share()), ..answer };
    }
    let mut covered = singles.covered;
    covered.failures = failures;
    let answer =
        answer.covers(covered).help("deny these addresses at the internet edges (`deny: [{product: …}]`)");
    evidence.with_witness(unless_proved(answer), Scope::Asked, under, tally)
}

/// R7: under every single failure, every address has a path.
pub(super) fn path_under_failures(evidence: &Evidence<'_>) -> Result {
    let tally = evidence.tally(Scope::Asked, Under::Singles, &has_path);
    if tally.is_empty() {
        return Ok(no_addresses(evidence));
    }
    let subject = format!("{} addresses have a path", tally.text());
    let answer = under_failures(evidence, &subject, &tally).help("add a second link for the part that fails");
    evidence.with_witness(unless_proved(answer), Scope::Asked, Under::Singles, &tally)
}

/// Returns the answer about a property without failures and under every single failure.
fn under_failures(evidence: &Evidence<'_>, subject: &str, tally: &Tally) -> Answer {
    let sites = number(evidence.vantages.len(), "site", "sites");
    if tally.first.as_ref().is_some_and(|one| one.failure.is_none()) {
        return by_share(tally, format!("{subject}, from {sites}, already without failures"));
    }
    let mut sentence = format!(
        "{subject}, from {sites}, and under {} of {} single failures",
        tally.failures_good, tally.failures
    );
    if tally.failures_good < tally.failures {
        sentence.push_str(&format!("; not with {}", failure_names(&tally.names)));
    }
    let answer = match tally.failures {
        0 => by_share(tally, sentence),
        failures => Answer::counted(tally.failures_good, failures, "failures", sentence),
    };
    // Without failures the answer is yes, so it is never no as a whole.
    let verdict = match answer.verdict {
        ItemVerdict::Refuted => ItemVerdict::Partly,
        verdict => verdict,
    };
    Answer { verdict, ..answer }.covers(tally.covered)
}

/// Returns the answer by the share of addresses without failures.
fn by_share(tally: &Tally, sentence: String) -> Answer {
    let Share { part, whole, unit } = tally.share();
    let verdict = match tally.good.iter().all(|count| count.is_zero()) {
        true => ItemVerdict::Refuted,
        false if tally.good == tally.all => ItemVerdict::Proved,
        false => ItemVerdict::Partly,
    };
    let share = Some(Share { part, whole, unit });
    Answer { share, ..Answer::new(verdict, sentence) }.covers(tally.covered)
}

/// Removes the remedy of what is proved.
fn unless_proved(answer: Answer) -> Answer {
    if answer.verdict == ItemVerdict::Proved { Answer { remedy: None, ..answer } } else { answer }
}

fn no_addresses(evidence: &Evidence<'_>) -> Answer {
    let names = evidence.without.join(", ");
    let needs = "`--products` with products whose addresses are published";
    Answer::missing(format!("no list contains addresses of {names}"), needs)
}

fn on_circuit(path: &ProductPath) -> bool {
    path.disposition == Disposition::MicrosoftPeering
}

fn has_path(path: &ProductPath) -> bool {
    !matches!(
        path.disposition,
        Disposition::Discarded | Disposition::Unreachable | Disposition::Ambiguous | Disposition::Unknown
    )
}

/// Whether packets may reach the internet: also if the path is unknown.
fn leaks(path: &ProductPath) -> bool {
    matches!(path.disposition, Disposition::Internet | Disposition::Ambiguous | Disposition::Unknown)
}
