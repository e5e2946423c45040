//! The addresses in DNS answers against tshark's.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;

use libtest_mimic::Failed;
use peerpath::flow::CaptureReader;
use peerpath::flow::dns::{DnsData, read_dns};
use serde_json::Value;

use super::tshark;

/// Compares the addresses in all answers of a capture; their number.
pub(super) fn compare(path: &Path) -> Result<usize, Failed> {
    let mut ours = BTreeSet::new();
    let mut reader = CaptureReader::open(path).map_err(|error| error.to_string())?;
    let (_, counts) = read_dns(&mut reader, &mut |answer| {
        if let DnsData::Address(address) = answer.data {
            ours.insert(address);
        }
    })
    .map_err(|error| error.to_string())?;
    let path = path.display().to_string();
    let filter =
        "dns.flags.response == 1 and dns.flags.opcode == 0 and (udp.srcport == 53 or tcp.srcport == 53)";
    let arguments = ["-n", "-r", &path, "-Y", filter, "-T", "json", "-J", "dns", "--no-duplicate-keys"];
    let text = tshark(&arguments)?;
    // Without a whole packet in a damaged capture, tshark prints nothing.
    let text = if text.is_empty() { "[]" } else { &text };
    let packets: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut theirs = BTreeSet::new();
    addresses(&packets, false, &mut theirs);
    let only_ours: Vec<_> = ours.difference(&theirs).collect();
    let only_theirs: Vec<_> = theirs.difference(&ours).collect();
    if only_ours.is_empty() && only_theirs.is_empty() {
        return Ok(ours.len());
    }
    Err(format!("only ours {only_ours:?}, only tshark's {only_theirs:?}, {counts:?}").into())
}

/// Collects the addresses of all records in the section of answers; tshark's tree has it below each message.
fn addresses(tree: &Value, in_answers: bool, found: &mut BTreeSet<IpAddr>) {
    match tree {
        Value::Array(parts) => parts.iter().for_each(|part| addresses(part, in_answers, found)),
        Value::Object(fields) => {
            for (name, part) in fields {
                match part.as_str() {
                    Some(text) if in_answers && matches!(name.as_str(), "dns.a" | "dns.aaaa") => {
                        found.insert(text.parse().unwrap());
                    }
                    _ => addresses(part, in_answers || name == "Answers", found),
                }
            }
        }
        _ => {}
    }
}
