//! A guide as text: a summary, then each item with its verdict and sentence, and the details indented below.

use crate::addr::AddressCount;
use crate::check::{Caller, Checklist, GuideFinding, ItemVerdict};
use crate::engine::ReturnVerdict;
use crate::report::check_text::Lines;
use crate::report::text::visible;

/// The number of characters of a line.
const WIDTH: usize = 110;

/// Returns the text of a guide. Of each witness it has the first reason; the view has all.
pub fn text(checklist: &Checklist) -> String {
    let mut text = format!("{}\n{}\n\n", checklist.guide.title, summary(checklist));
    for finding in &checklist.findings {
        item(&mut text, finding);
    }
    if !checklist.callers.is_empty() {
        text.push_str("\nWho may connect to us\n");
    }
    let mut servers: Vec<&str> = Vec::new();
    for caller in &checklist.callers {
        if !servers.contains(&caller.server_name.as_str()) {
            servers.push(&caller.server_name);
        }
    }
    for server in servers {
        let callers = checklist.callers.iter().filter(|caller| caller.server_name == server);
        self::server(&mut text, server, &callers.collect::<Vec<_>>());
    }
    text
}

/// Returns the number of items by verdict.
pub fn summary(checklist: &Checklist) -> String {
    let counts = ItemVerdict::ALL.into_iter().map(|verdict| (verdict, checklist.count(verdict)));
    let counts = counts.filter(|(_, count)| *count > 0);
    let counts: Vec<String> = counts.map(|(verdict, count)| format!("{count} {}", verdict.word())).collect();
    format!("{} items: {}", checklist.findings.len(), counts.join(", "))
}

fn item(text: &mut String, finding: &GuideFinding) {
    let GuideFinding { item, verdict, .. } = finding;
    let lead = format!("{:<4}{:<15}", item.id, verdict.word());
    wrapped(text, &lead, item.question);
    wrapped(text, "", &finding.sentence);
    if let Some((by, on)) = &finding.attested {
        wrapped(text, "", &format!("attested by {by} on {on}"));
    }
    if let Some(needs) = &finding.needs {
        wrapped(text, "", &format!("needs {needs}"));
    }
    if let Some(witness) = &finding.witness {
        wrapped(text, "", &format!("witness: {} from {}", witness.address, witness.vantage));
        // The first sentence under a failure only names the failure.
        let shown =
            witness.explanation.first().map_or(1, |first| 1 + usize::from(first.starts_with("with ")));
        for sentence in witness.explanation.iter().take(shown) {
            wrapped(text, "", &format!("- {sentence}"));
        }
    }
    if let Some(place) = &finding.place {
        wrapped(text, "", &format!("at {}:{}", place.source.name(), Lines::of(place).line));
    }
    if let Some(remedy) = &finding.remedy {
        wrapped(text, "", &format!("help: {remedy}"));
    }
}

/// Appends the callers of one server, then each reason why replies may not arrive once.
fn server(text: &mut String, name: &str, callers: &[&Caller]) {
    let addresses = callers.first().map_or(&[][..], |caller| &caller.addresses);
    let addresses: Vec<String> = addresses.iter().map(|address| address.value.to_string()).collect();
    wrapped(text, "    ", &format!("`{name}` ({})", addresses.join(", ")));
    let mut reasons: Vec<(&str, &str)> = Vec::new();
    for caller in callers {
        wrapped(text, "", &described(caller));
        for reason in caller.outcomes.iter().flat_map(|outcome| &outcome.reasons) {
            let words = (reason.verdict().word(), reason.sentence());
            if reason.verdict() != ReturnVerdict::Symmetric && !reasons.contains(&words) {
                reasons.push(words);
            }
        }
    }
    for (verdict, sentence) in reasons {
        wrapped(text, "", &format!("{verdict}: {sentence}"));
    }
}

/// Describes a caller: its sources, the links over which they arrive, and the fate of replies with counts.
fn described(caller: &Caller) -> String {
    let (product, purpose) = (caller.product.name, caller.initiates.text);
    let Some(tag) = caller.initiates.tag else {
        return format!("{product}: {purpose}; no document names the addresses");
    };
    let from = format!("{product} from {tag} ({} ranges), {purpose}", caller.ranges);
    if caller.outcomes.is_empty() {
        return format!("{from}: the server has no address of their family");
    }
    let mut over: Vec<&str> = Vec::new();
    let mut replies: Vec<(&str, AddressCount)> = Vec::new();
    for outcome in &caller.outcomes {
        over.extend(
            outcome.over.iter().map(String::as_str).filter(|one| !over.contains(one)).collect::<Vec<_>>(),
        );
        let word = match outcome.verdict {
            ReturnVerdict::Symmetric => "arrive",
            worse => worse.word(),
        };
        let count: AddressCount = outcome.remotes.iter().copied().sum();
        match replies.iter_mut().find(|(known, _)| *known == word) {
            Some((_, sum)) => *sum = *sum + count,
            None => replies.push((word, count)),
        }
    }
    let replies = replies.iter().map(|(word, count)| format!("{word} for {}", count.short()));
    let replies = replies.collect::<Vec<_>>().join(", ");
    match over.as_slice() {
        [] => format!("{from}: no packet arrives"),
        over => format!("{from}: packets arrive over {}; replies {replies} addresses", over.join(", ")),
    }
}

/// Appends a text after `lead`; later lines and texts without a lead are indented by the width of a verdict.
fn wrapped(text: &mut String, lead: &str, words: &str) {
    const INDENT: usize = 19;
    let mut line = if lead.is_empty() { " ".repeat(INDENT) } else { lead.to_owned() };
    let mut is_empty = true;
    for word in visible(words).split(' ') {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            text.push_str(line.trim_end());
            text.push('\n');
            line = " ".repeat(INDENT);
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    text.push_str(line.trim_end());
    text.push('\n');
}
