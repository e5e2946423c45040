//! Explanations as text for people and as JSON with typed steps.

use serde_json::{Value, json};

use crate::addr::{AddressCount, IpPrefix};
use crate::catalog::Cloud;
use crate::engine::{
    AzureRule, Candidate, Deciding, Decision, Disposition, Doubt, Explanation, Reason, ReturnPath, Session,
    Standing,
};
use crate::network::CircuitId;
use crate::report::explain::page::Page;
use crate::report::explain::reason::{Names, session_name};
use crate::report::explain::support::{Asked, flow, flow_json, set_json, support, support_json};
use crate::report::explain::trace;
use crate::rib::DecisionStep;

/// Returns one explanation as text, with a final newline.
pub fn text(explanation: &Explanation<'_>, asked: Asked, names: Names<'_>) -> String {
    let decision = &explanation.decision;
    let mut page = Page::default();
    page.line(&explanation.address.to_string());
    if let Some((asked, span)) = explanation.translated_from {
        let place = names.place(span).unwrap_or_default();
        page.field("NAT64", &format!("translated from {asked}   {place}"));
    }
    page.field("path", decision.disposition.word());
    let traces = trace::forward(explanation, names);
    if traces.is_empty() {
        page.field("why", &names.first_reason(decision));
    } else {
        page.field("ends", decision.end().word());
    }
    for (index, trace) in traces.iter().enumerate() {
        for (place, line) in trace::aligned(trace).iter().enumerate() {
            match (index, place) {
                (0, 0) => page.field("hops", line),
                (_, 0) => page.field("or", line),
                _ => page.item(line),
            }
        }
    }
    if let Some(cloud) = other_cloud(explanation, names) {
        let own = names.catalog.cloud();
        let open = matches!(decision.reason(), Reason::PerhapsAdvertised { doubt: Doubt::Gcc, .. });
        let reach = if open { "may or may not reach" } else { "do not reach" };
        page.field(
            "cloud",
            &format!("in the lists of the {cloud} cloud, which circuits of the {own} cloud {reach}"),
        );
    }
    if !decision.circuits().is_empty() {
        page.field("circuits", &names.circuits(decision.circuits()));
    }
    if let Some(step) = decision.step() {
        let carrying = explanation.candidates.iter().find(|one| one.standing == Standing::Carries(step));
        let lengths = carrying.and_then(|one| lengths(one, &explanation.candidates)).unwrap_or_default();
        page.field("decided by", &format!("{}{lengths} [{}]", step.name(), step.reference()));
    }
    if !decision.carriers().is_empty() {
        page.field("sessions", &carrier_names(decision, &explanation.sessions).join(", "));
    }
    flow(&mut page, explanation, asked);
    page.field("service", &explanation.service);
    support(&mut page, &explanation.support, asked);
    if names.network.is_some() {
        routes(&mut page, explanation, names);
    }
    let leaves = matches!(
        explanation.decision.disposition,
        Disposition::Internet
            | Disposition::MicrosoftPeering
            | Disposition::PrivatePeering
            | Disposition::Vpn
    );
    if explanation.return_path.is_none() && leaves && names.network.is_some() {
        page.heading("Return path: none");
        page.line("    no source address of this family, so no packet starts here");
    }
    if let Some(back) = &explanation.return_path {
        returns(&mut page, back, names);
    }
    records(&mut page, explanation, names);
    page.text()
}

/// Returns one explanation as JSON. The keys are pinned in `docs/reference/json.md`.
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

/// A part of a prefix with one decision.
#[derive(Clone, Debug)]
pub struct PrefixPart<'a> {
    /// The prefixes of the part.
    pub prefixes: Vec<IpPrefix>,
    /// The number of addresses in it.
    pub count: AddressCount,
    /// Its decision.
    pub decision: &'a Decision,
}

/// Returns a prefix as text, its parts grouped by decision, with a final newline.
pub fn prefix_text(
    prefix: IpPrefix,
    parts: &[PrefixPart<'_>],
    covering: &[String],
    names: Names<'_>,
) -> String {
    let mut page = Page::default();
    page.line(&format!("{prefix}   {} addresses", format_args!("{:#}", prefix.count())));
    for line in covering {
        page.field("listed in", line);
    }
    page.heading("Paths by part");
    for part in parts {
        page.line(&format!(
            "    {:<18} {:>12} addresses   {}",
            part.decision.disposition,
            format!("{:#}", part.count),
            names.reason(part.decision)
        ));
        page.line(&format!("        {}", shortened(&part.prefixes)));
    }
    page.text()
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
        "connections": decision.carriers().iter().filter_map(|carrier| carrier.circuit).map(|(id, connection)| {
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
        "won": matches!(candidate.standing, Standing::Carries(_) | Standing::Doubtful),
        "place": names.place(candidate.span),
        "session": session,
        "standing": standing_word(candidate.standing),
        "decided_by": match candidate.standing {
            Standing::Carries(step) | Standing::Lost(step) => Some(step.name()),
            Standing::Doubtful | Standing::Undetermined | Standing::Unsettled | Standing::ShorterPrefix => {
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

/// Returns the other cloud whose lists contain the address. It is looked up only if the lists of this cloud do not
/// contain it.
fn other_cloud(explanation: &Explanation<'_>, names: Names<'_>) -> Option<Cloud> {
    if explanation.lookup.is_empty() { names.catalog.other_cloud(explanation.address) } else { None }
}

/// Returns the AS path lengths if they decided about a route: its own, against that of the route to the same prefix
/// that won or came closest, as in ` (1 against 2)`.
fn lengths(candidate: &Candidate, all: &[Candidate]) -> Option<String> {
    const BY_LENGTH: [Deciding; 2] =
        [Deciding::Step(DecisionStep::AsPathLength), Deciding::Azure(AzureRule::ShorterPath)];
    let length = |one: &Candidate| one.attributes.as_path.length();
    let own = length(candidate)?;
    let mut group = all.iter().filter(|other| other.prefix == candidate.prefix);
    let rival = match candidate.standing {
        Standing::Lost(by) if BY_LENGTH.contains(&by) => {
            let won = |other: &&Candidate| !matches!(other.standing, Standing::Lost(_));
            group.find(won).and_then(length).filter(|rival| *rival < own)
        }
        Standing::Carries(by) if BY_LENGTH.contains(&by) => {
            let lost = |other: &&Candidate| other.standing == Standing::Lost(by);
            group.filter(lost).filter_map(length).min().filter(|rival| *rival > own)
        }
        _ => None,
    };
    rival.map(|rival| format!(" ({own} against {rival})"))
}

/// The word of a standing in JSON.
fn standing_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Carries(_) => "carries",
        Standing::Doubtful => "doubtful",
        Standing::Undetermined | Standing::Unsettled => "undetermined",
        Standing::Lost(_) => "lost",
        Standing::ShorterPrefix => "shorter-prefix",
    }
}

fn carrier_names(decision: &Decision, sessions: &[Session]) -> Vec<String> {
    decision.carriers().iter().map(|carrier| session_name(sessions, carrier.session)).collect()
}

/// Returns the first prefixes, and the number of further ones.
fn shortened(prefixes: &[IpPrefix]) -> String {
    const SHOWN: usize = 8;
    let mut text = prefixes.iter().take(SHOWN).map(ToString::to_string).collect::<Vec<_>>().join(" ");
    if prefixes.len() > SHOWN {
        text.push_str(&format!(" and {} more", prefixes.len() - SHOWN));
    }
    text
}

fn routes(page: &mut Page, explanation: &Explanation<'_>, names: Names<'_>) {
    page.heading("Matching routes, longest prefix first");
    for candidate in &explanation.candidates {
        let mark = match candidate.standing {
            Standing::Carries(_) => "*",
            Standing::Doubtful | Standing::Undetermined | Standing::Unsettled => "?",
            Standing::Lost(_) | Standing::ShorterPrefix => " ",
        };
        let place = names.place(candidate.span).unwrap_or_default();
        let session = session_name(&explanation.sessions, candidate.session);
        page.line(&format!(
            "  {mark} {:<22} {}   {place}",
            candidate.prefix.to_string(),
            names.origin(&candidate.origin, &session)
        ));
        let lengths = lengths(candidate, &explanation.candidates).unwrap_or_default();
        page.line(&format!("      {}{lengths}", names.standing(candidate.standing)));
    }
    if explanation.candidates.is_empty() {
        page.line("    none");
    }
    if !explanation.absent.is_empty() {
        page.heading("Filtered or missing routes");
        for absent in &explanation.absent {
            let session = absent.session.map(|session| session_name(&explanation.sessions, session));
            let over = session.or_else(|| absent.circuit.map(|circuit| names.circuits(&[circuit])));
            let community = absent.community.map(|community| names.community(community) + " ");
            page.line(&format!(
                "    {:<22} {}on {}: {}",
                absent.prefix.to_string(),
                community.unwrap_or_default(),
                over.unwrap_or_default(),
                names.absence(&absent.absence)
            ));
        }
    }
}

fn returns(page: &mut Page, back: &ReturnPath, names: Names<'_>) {
    page.heading(&format!("Return path: {}", back.verdict));
    let mut shown: Vec<String> = Vec::new();
    for source in &back.sources {
        let place = names.place(source.span).unwrap_or_default();
        let site = source.site.and_then(|site| names.network?.site(site));
        let from = site.map(|site| format!(" from `{}`", site.name)).unwrap_or_default();
        page.row(
            source.source,
            &format!("{}{from}: {}   {place}", source.verdict, names.return_sentence(&source.reason)),
        );
        let over = names.links(&source.reason.links());
        if !over.is_empty() {
            page.line(&format!("        over {}", over.join(", ")));
        }
        // Hops that the replies to several parts share are shown only once.
        let hops = trace::aligned(&trace::answer(&source.trace, names));
        if hops != shown {
            for line in &hops {
                page.line(&format!("        {line}"));
            }
            shown = hops;
        }
        if let Some(cause) = source.reason.span().and_then(|span| names.place(span)) {
            page.line(&format!("        caused by {cause}"));
        }
        if !source.reason.remedy().is_empty() {
            page.line(&format!("        help: {}", source.reason.remedy()));
        }
    }
}

fn records(page: &mut Page, explanation: &Explanation<'_>, names: Names<'_>) {
    let lookup = &explanation.lookup;
    page.heading("Communities");
    for entry in &lookup.communities {
        page.row(entry.prefix, &format!("{} {}", names.community(entry.community), entry.evidence));
    }
    page.none_if(lookup.communities.is_empty());
    page.heading("Microsoft 365 endpoint sets");
    for entry in &lookup.endpoint_sets {
        let set = entry.set;
        let support = if set.express_route { "ExpressRoute supported" } else { "ExpressRoute not supported" };
        page.row(
            entry.prefix,
            &format!("{} {}, {}, {}, {support}", set.id, set.display_name, set.category, set.ports()),
        );
    }
    page.none_if(lookup.endpoint_sets.is_empty());
    page.heading("Service tags, most specific prefix first");
    for entry in &lookup.tags {
        page.row(entry.prefix, &entry.tag.name);
    }
    page.none_if(lookup.tags.is_empty());
}
