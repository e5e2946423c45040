//! Explanations as JSON with typed steps.

use serde_json::{Value, json};

use crate::addr::IpPrefix;
use crate::catalog::Cloud;
use crate::engine::{Candidate, Decision, Explanation, ReturnPath, RouteStatus, Session};
use crate::network::CircuitId;
use crate::report::explain::address::{PrefixPart, carrier_names, other_cloud};
use crate::report::explain::reason::{Names, session_name};
use crate::report::explain::support::{Asked, flow_json, set_json, support_json};
use crate::report::explain::trace;

/// Returns one explanation as JSON. The keys are documented in `docs/reference/json.md`.
pub fn json(explanation: &Explanation<'_>, asked: Asked, names: Names<'_>) -> Value {
    let lookup = &explanation.lookup;
    let sessions = &explanation.sessions;
    let mut steps: Vec<Value> =
        explanation.candidates.iter().map(|candidate| candidate_json(candidate, sessions, names)).collect();
    steps.extend(explanation.absent.iter().map(|absent| {
        json!({
            "step": "absent",
            "prefix": absent.prefix.to_string(),
            "community": absent.community.map(|community| community.to_string()),
            "circuit": absent.circuit.map(|circuit| names.circuits(&[circuit])),
            "session": absent.session.map(|session| session_name(sessions, session)),
            "why": names.absence(&absent.absence),
        })
    }));
    json!({
        "address": explanation.address.to_string(),
        "translated_from": explanation.translated_from.map(|(asked, _)| asked.to_string()),
        "decision": decision_json(&explanation.decision, sessions, names),
        "forward": trace::forward_json(explanation, names),
        "service": explanation.service,
        "other_cloud": other_cloud(explanation, names).map(Cloud::name),
        "port": asked.port.map(|port| port.to_string()),
        "flow": flow_json(explanation, asked),
        "support": support_json(&explanation.support),
        "steps": steps,
        "return": explanation.return_path.as_ref().map(|back| return_json(back, names)),
        "tags": lookup.tags.iter().map(|entry| json!({
            "prefix": entry.prefix.to_string(),
            "name": entry.tag.name,
            "region": entry.tag.region,
            "system_service": entry.tag.system_service,
        })).collect::<Vec<_>>(),
        "m365_sets": lookup.endpoint_sets.iter().map(|entry| {
            let mut set = set_json(entry.set);
            if let Value::Object(map) = &mut set {
                map.insert("prefix".to_owned(), json!(entry.prefix.to_string()));
            }
            set
        }).collect::<Vec<_>>(),
        "communities": lookup.communities.iter().map(|entry| json!({
            "prefix": entry.prefix.to_string(),
            "community": entry.community.to_string(),
            "name": names.catalog.community(entry.community).and_then(|known| known.names.first()),
            "evidence": entry.evidence.name(),
        })).collect::<Vec<_>>(),
    })
}

/// Returns a prefix as JSON.
pub fn prefix_json(
    prefix: IpPrefix,
    parts: &[PrefixPart<'_>],
    covering: &[String],
    names: Names<'_>,
) -> Value {
    json!({
        "prefix": prefix.to_string(),
        "addresses": prefix.count().to_string(),
        "held_by": covering,
        "parts": parts.iter().map(|part| json!({
            "addresses": part.count.to_string(),
            "prefixes": part.prefixes.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "decision": decision_json(part.decision, &[], names),
        })).collect::<Vec<_>>(),
    })
}

pub(super) fn decision_json(decision: &Decision, sessions: &[Session], names: Names<'_>) -> Value {
    let name = |id: &CircuitId| Some(names.network?.circuit(*id)?.name.as_str());
    let circuits: Vec<&str> = decision.circuits().iter().filter_map(name).collect();
    json!({
        "path": decision.disposition.word(),
        "prefix": decision.prefix.map(|prefix| prefix.to_string()),
        "circuits": circuits,
        "connections": decision.next_hops().iter().filter_map(|next_hop| next_hop.circuit).map(|(id, connection)| {
            json!({ "circuit": name(&id), "connection": connection.name() })
        }).collect::<Vec<_>>(),
        "sessions": carrier_names(decision, sessions),
        "decided_by": decision.step().map(|step| json!({
            "step": step.name(),
            "reference": step.reference(),
        })),
        "why": names.reason(decision),
    })
}

fn return_json(back: &ReturnPath, names: Names<'_>) -> Value {
    json!({
        "verdict": back.verdict.word(),
        "sources": back.sources.iter().map(|source| json!({
            "source": source.source.to_string(),
            "site": source.site.and_then(|site| names.network?.site(site)).map(|site| site.name.as_str()),
            "circuit": source.over.map(|(circuit, _)| names.circuits(&[circuit])),
            "connection": source.over.map(|(_, connection)| connection.name()),
            "verdict": source.verdict.word(),
            "reason": source.reason.word(),
            "links": names.links(&source.reason.links()),
            "trace": trace::answer_json(&source.trace, names),
            "why": names.return_sentence(&source.reason),
            "remedy": source.reason.remedy(),
            "place": names.place(source.span),
            "caused_by": source.reason.span().and_then(|span| names.place(span)),
        })).collect::<Vec<_>>(),
    })
}

fn candidate_json(candidate: &Candidate, sessions: &[Session], names: Names<'_>) -> Value {
    let attributes = &candidate.attributes;
    let session = session_name(sessions, candidate.session);
    json!({
        "step": "candidate",
        "prefix": candidate.prefix.to_string(),
        "origin": names.origin(&candidate.origin, &session),
        "won": matches!(candidate.standing, RouteStatus::Carries(_) | RouteStatus::Doubtful),
        "place": names.place(candidate.span),
        "session": session,
        "standing": standing_word(candidate.standing),
        "decided_by": match candidate.standing {
            RouteStatus::Carries(step) | RouteStatus::Lost(step) => Some(step.name()),
            RouteStatus::Doubtful | RouteStatus::Undetermined | RouteStatus::Unsettled | RouteStatus::ShorterPrefix => {
                None
            }
        },
        "attributes": {
            "weight": attributes.weight,
            "local_preference": attributes.local_preference,
            "as_path": attributes.as_path.is_known().then(|| attributes.as_path.to_string()),
            "as_path_length": attributes.as_path.length(),
            "origin": attributes.origin.to_string(),
            "med": attributes.med,
            "communities": attributes.communities.to_string(),
            "learned": attributes.learned.to_string(),
            "igp_metric": attributes.igp_metric,
            "peer_address": attributes.next_hop.map(|address| address.to_string()),
        },
    })
}

/// Returns the word for a standing in JSON.
fn standing_word(standing: RouteStatus) -> &'static str {
    match standing {
        RouteStatus::Carries(_) => "carries",
        RouteStatus::Doubtful => "doubtful",
        RouteStatus::Undetermined | RouteStatus::Unsettled => "undetermined",
        RouteStatus::Lost(_) => "lost",
        RouteStatus::ShorterPrefix => "shorter-prefix",
    }
}
