//! Questions about connections that begin outside.

use std::collections::BTreeSet;

use libtest_mimic::Failed;
use peerpath::engine::{Inputs, to_server};
use serde::{Deserialize, Serialize};

use super::{Wrong, down};

/// What must become of a connection that a remote end begins to a published server.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    remote: String,
    /// The published server.
    to: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    links_down: Vec<String>,
    /// The sessions that its packets may come in over; none where nothing leads to the server.
    arrives: BTreeSet<String>,
    /// What becomes of it.
    verdict: String,
    /// The path of the answer, where the source says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
    /// Part of what helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    #[serde(default)]
    derived: Derived,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Derived {
    answer: String,
    prefixes: BTreeSet<String>,
    reasons: BTreeSet<String>,
}

pub(super) fn ask(inputs: Inputs<'_>, question: &mut Question, wrong: &mut Wrong) -> Result<(), Failed> {
    let network = inputs.network;
    let links = down(network, &question.links_down)?;
    let about = format!("{} to {} without {:?}", question.remote, question.to, question.links_down);
    let (id, _) = network.published_named(&question.to).ok_or_else(|| format!("{about}: no such server"))?;
    let found = to_server(inputs.links(&links), id, question.remote.parse()?)?;
    let over = found.arrivals.iter().filter_map(|arrival| arrival.over.as_ref());
    let arrives: BTreeSet<String> = over.flat_map(|over| over.names(network)).collect();
    wrong.unless(&format!("{about}: arrives"), &question.arrives, &arrives);
    wrong.unless(&format!("{about}: verdict"), question.verdict.as_str(), found.verdict.word());
    let answer = found.reply.decision.disposition.word();
    if let Some(expected) = &question.answer {
        wrong.unless(&format!("{about}: answer"), expected.as_str(), answer);
    }
    let remedies: Vec<&str> = found.arrivals.iter().map(|arrival| arrival.reason.remedy()).collect();
    wrong.unless_within(&format!("{about}: remedy"), question.remedy.as_ref(), &remedies.join("; "));
    let derived = Derived {
        answer: answer.to_owned(),
        prefixes: found.arrivals.iter().map(|arrival| arrival.prefix.value.to_string()).collect(),
        reasons: found.arrivals.iter().map(|arrival| arrival.reason.word().to_owned()).collect(),
    };
    wrong.or_pin(&about, &mut question.derived, derived);
    Ok(())
}
