//! A guide as text: a summary, then each item with its verdict and sentence, and the details indented below.

use crate::addr::AddressCount;
use crate::check::{Caller, CallerOutcome, Checklist, GuideFinding, ItemVerdict};
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
    for caller in &checklist.callers {
        self::caller(&mut text, caller);
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
        let shown = witness.explanation.first().map_or(1, |first| 1 + usize::from(first.starts_with("with ")));
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

fn caller(text: &mut String, caller: &Caller) {
    let source = match caller.initiates.tag {
        Some(tag) => {
            let [v4, v6] = caller.remotes;
            format!(
                "from {tag}, {} ranges with {} IPv4 and {} IPv6 addresses",
                caller.ranges,
                v4.short(),
                v6.short()
            )
        }
        None => "from addresses that no document names".to_owned(),
    };
    let lead = format!("{:<19}", "");
    let title = format!("{} to `{}`: {}", caller.product.name, caller.server_name, caller.initiates.text);
    wrapped(text, "    ", title.trim());
    wrapped(text, &lead, &source);
    if caller.outcomes.is_empty() && caller.initiates.tag.is_some() {
        wrapped(text, &lead, "the server has no address of their family");
    }
    for outcome in &caller.outcomes {
        wrapped(text, &lead, &arrival(outcome));
    }
}

fn arrival(outcome: &CallerOutcome) -> String {
    let sum: AddressCount = outcome.remotes.iter().copied().sum();
    let over = match outcome.over.as_slice() {
        [] => "no packet arrives".to_owned(),
        over => format!("arrive over {}", over.join(", ")),
    };
    let reason = outcome.reasons.iter().find(|reason| reason.verdict() != ReturnVerdict::Symmetric);
    let reason = reason.map(|reason| format!(" ({})", reason.sentence())).unwrap_or_default();
    let replies = match outcome.verdict {
        ReturnVerdict::Symmetric => "arrive",
        worse => worse.word(),
    };
    format!("{} addresses: {over}; replies {replies}{reason}", sum.short())
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
