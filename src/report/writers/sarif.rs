//! Checks as SARIF 2.1.0 (OASIS), which GitHub code scanning and editors read.
//!
//! The structures below are the part of the format that is written; `tests/outside/readers` validates them against
//! the SARIF schema. There is one result for each finding and one notification for each rule that was not evaluated; the
//! tally under `properties` counts the rest.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::catalog::sha256_hex;
use crate::check::{CheckOutcome, FindingPlace, Status, StatusCounts};
use crate::diag::Severity;
use crate::report::check_text::{Lines, file_path, names, path_of, sentences, shortened, where_the_rest_is};
use crate::report::writers::json;
use crate::report::{Format, Input, Render, Report};

/// The schema that the document declares.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// Maximum number of results that GitHub shows for one run.
const MOST_RESULTS: usize = 5_000;
/// Maximum size that GitHub accepts, in bytes; peerpath measures its output before compression.
const MOST_BYTES: usize = 10_000_000;
/// Maximum size of a text in bytes.
const LONGEST_TEXT: usize = 10_000;

/// Writes checks as a SARIF log of one run, within 5,000 results and 10 MB.
///
/// The least severe results beyond these limits are omitted, and a notification of the run reports how many.
#[derive(Clone, Copy, Debug, Default)]
pub struct SarifRenderer;

impl Render for SarifRenderer {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        Format::Sarif.check(report)?;
        let artifacts = artifacts(&report.inputs);
        let mut notifications: Vec<Notification> =
            report.notes.iter().map(|note| Notification::new(level_of(note.severity), &note.text)).collect();
        let open = report.checks.iter().filter(|outcome| outcome.status == Status::NotEvaluated);
        notifications.extend(open.map(|outcome| {
            let text = format!("{} is not evaluated: {}", outcome.id, sentences(outcome).join("; "));
            Notification::new("note", &text)
        }));
        let used = size(&artifacts)? + size(&notifications)?;
        let chosen = choose(report, MOST_BYTES.saturating_sub(used))?;
        if chosen.left_out > 0 {
            let text = format!("{} results are omitted: {}", chosen.left_out, where_the_rest_is(report));
            notifications.push(Notification::new("warning", &text));
        }
        let tally = StatusCounts::of(&report.checks);
        let evaluated = tally.cannot_judge == 0;
        let invocation =
            Invocation { execution_successful: evaluated, tool_execution_notifications: notifications };
        let properties = Properties {
            schema: report.schema,
            checks_run: tally.ran,
            passed: tally.passed,
            not_evaluated: tally.not_evaluated,
            not_applicable: tally.not_applicable,
        };

        write!(
            out,
            "{{\n  \"$schema\":\"{SCHEMA}\",\n  \"version\":\"2.1.0\",\n  \"runs\":[{{\n    \"tool\":{{\"driver\":{{\"name\":\"peerpath\",\"version\":"
        )?;
        json::value(&report.tool_version, out)?;
        out.write_all(b",\"rules\":")?;
        json::list(&chosen.rules, "    ", out)?;
        out.write_all(b"}},\n    \"columnKind\":\"unicodeCodePoints\",\n    \"invocations\":")?;
        json::list([&invocation], "    ", out)?;
        out.write_all(b",\n    \"artifacts\":")?;
        json::list(&artifacts, "    ", out)?;
        out.write_all(b",\n    \"results\":")?;
        json::list(&chosen.results, "    ", out)?;
        out.write_all(b",\n    \"properties\":")?;
        json::value(&properties, out)?;
        out.write_all(b"\n  }]\n}\n")
    }
}

/// Returns the inputs, each path once, as the schema requires; for a file in two revisions, returns the later one.
fn artifacts(inputs: &[Input]) -> Vec<Artifact<'_>> {
    let again = |index: usize, name: &str| {
        inputs.iter().skip(index + 1).any(|later| file_path(&later.name) == file_path(name))
    };
    let once = inputs.iter().enumerate().filter(|(index, input)| !again(*index, &input.name));
    once.map(|(_, input)| Artifact::of(input)).collect()
}

/// Whether an outcome is a result. A pass and a rule that does not apply are only counted; a rule that was not evaluated
/// is a notification, because it is no statement about the network.
fn is_finding(outcome: &CheckOutcome) -> bool {
    outcome.status != Status::Passed && !outcome.status.is_open()
}

struct Chosen<'a> {
    rules: Vec<Rule<'a>>,
    results: Vec<Outcome<'a>>,
    left_out: usize,
}

/// Returns the most severe outcomes that fit, in the order of the checks.
fn choose(report: &Report, room: usize) -> io::Result<Chosen<'_>> {
    let names = names(&report.checks);
    let mut open: Vec<(usize, &CheckOutcome)> =
        report.checks.iter().enumerate().filter(|(_, outcome)| is_finding(outcome)).collect();
    let all = open.len();
    open.sort_by_key(|(_, outcome)| std::cmp::Reverse((outcome.status, outcome.severity)));
    // Results are measured before their rule index is set. `PER_LINE` is never less than the size of its JSON.
    const PER_LINE: usize = 32;
    let (mut left, mut rules) = (room.saturating_sub(2_000), BTreeMap::<&str, Rule<'_>>::new());
    let mut taken = Vec::new();
    for (index, outcome) in open.into_iter().take(MOST_RESULTS) {
        let Some(name) = names.get(index) else { break };
        let result = Outcome::of(outcome, name);
        let mut bytes = size(&result)? + PER_LINE;
        let rule = (!rules.contains_key(outcome.id.as_str())).then(|| Rule::of(outcome));
        if let Some(rule) = &rule {
            bytes += size(rule)? + PER_LINE;
        }
        let Some(rest) = left.checked_sub(bytes) else { break };
        left = rest;
        rules.extend(rule.map(|rule| (outcome.id.as_str(), rule)));
        taken.push((index, result));
    }
    taken.sort_by_key(|(index, _)| *index);
    let numbers: BTreeMap<&str, usize> = rules.keys().copied().zip(0..).collect();
    let mut results: Vec<Outcome<'_>> = taken.into_iter().map(|(_, result)| result).collect();
    for result in &mut results {
        result.rule_index = numbers.get(result.rule_id).copied();
    }
    Ok(Chosen { rules: rules.into_values().collect(), left_out: all - results.len(), results })
}

fn size(value: &impl Serialize) -> io::Result<usize> {
    Ok(json::to_vec(value)?.len())
}

/// Returns SARIF's level for a severity.
fn level_of(severity: Severity) -> &'static str {
    match severity {
        Severity::Advice => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// Returns a path as a URI reference; a relative path stays relative to the repository.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    let path = file_path(path);
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[derive(Serialize)]
struct Message {
    text: String,
}

impl Message {
    fn new(text: &str) -> Self {
        Self { text: shortened(text, LONGEST_TEXT) }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    id: &'a str,
    short_description: Message,
    #[serde(skip_serializing_if = "Option::is_none")]
    full_description: Option<Message>,
    default_configuration: Configuration,
    properties: RuleProperties,
}

impl<'a> Rule<'a> {
    fn of(outcome: &'a CheckOutcome) -> Self {
        Self {
            id: &outcome.id,
            short_description: Message::new(&outcome.title),
            full_description: outcome.explanation.map(Message::new),
            default_configuration: Configuration { level: level_of(outcome.severity) },
            properties: RuleProperties { tags: [outcome.kind.word()] },
        }
    }
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct RuleProperties {
    tags: [&'static str; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    rule_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Message,
    locations: Vec<Location>,
    partial_fingerprints: Fingerprints,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression<'a>>,
}

impl<'a> Outcome<'a> {
    fn of(outcome: &'a CheckOutcome, name: &str) -> Self {
        let level = match outcome.status {
            Status::CannotJudge | Status::Failed => "error",
            Status::Warned => level_of(outcome.severity),
            Status::Waived | Status::NotEvaluated | Status::NotApplicable | Status::Passed => "note",
        };
        let unsure = if outcome.status == Status::CannotJudge { "cannot judge: " } else { "" };
        let name = format!("{}\n{name}", outcome.kind.word());
        Self {
            rule_id: &outcome.id,
            rule_index: None,
            level,
            message: Message::new(&format!("{unsure}{}", sentences(outcome).join("\n"))),
            locations: outcome.place.iter().map(Location::of).collect(),
            partial_fingerprints: Fingerprints { check: sha256_hex(name.as_bytes()) },
            suppressions: outcome
                .waiver
                .iter()
                .filter(|_| outcome.status == Status::Waived)
                .map(|waiver| Suppression { kind: "external", justification: &waiver.reason })
                .collect(),
        }
    }
}

/// A fingerprint that stays the same when lines above a finding change, so that an alert is recognized.
#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "peerpathCheck/v1")]
    check: String,
}

#[derive(Serialize)]
struct Suppression<'a> {
    kind: &'static str,
    justification: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

impl Location {
    fn of(place: &FindingPlace) -> Self {
        let Lines { line, column, end_line, end_column } = Lines::of(place);
        Self {
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation { uri: uri(&path_of(place)) },
                region: Region { start_line: line, start_column: column, end_line, end_column },
            },
        }
    }
}

#[derive(Serialize)]
struct Artifact<'a> {
    location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hashes: Option<Hashes<'a>>,
}

#[derive(Serialize)]
struct Hashes<'a> {
    #[serde(rename = "sha-256")]
    sha256: &'a str,
}

impl<'a> Artifact<'a> {
    fn of(input: &'a Input) -> Self {
        Self {
            location: ArtifactLocation { uri: uri(&input.name) },
            length: input.bytes,
            hashes: input.sha256.as_deref().map(|sha256| Hashes { sha256 }),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Message,
}

impl Notification {
    fn new(level: &'static str, text: &str) -> Self {
        Self { level, message: Message::new(text) }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Properties<'a> {
    schema: &'a str,
    checks_run: usize,
    passed: usize,
    not_evaluated: usize,
    not_applicable: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        let cases = [
            ("./routing/network.yaml", "routing/network.yaml"),
            ("a b%.yaml", "a%20b%25.yaml"),
            ("/srv/n.yaml", "file:///srv/n.yaml"),
            ("r\\n.yaml", "r/n.yaml"),
            ("git:main:n.yaml", "n.yaml"),
            ("main:n.yaml", "main%3An.yaml"),
            ("é", "%C3%A9"),
        ];
        for (path, wanted) in cases {
            assert_eq!(uri(path), wanted);
        }
    }
}
