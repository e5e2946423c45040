//! Explanations as text for people.

use crate::addr::{AddressCount, IpPrefix};
use crate::catalog::Cloud;
use crate::engine::{
    AzureStep, Candidate, Decision, Disposition, Doubt, Explanation, Reason, ReturnPath, RouteStatus,
    SelectionStep, Session,
};
use crate::report::explain::page::Page;
use crate::report::explain::reason::{Names, session_name};
use crate::report::explain::support::{Asked, flow, support};
use crate::report::explain::trace;
use crate::rib::DecisionStep;

/// Returns one explanation as text, with a final newline.
pub fn text(explanation: &Explanation<'_>, asked: Asked, names: Names<'_>) -> String {
    let mut page = Page::default();
    page.line(&explanation.address.to_string());
    if let Some((asked, span)) = explanation.translated_from {
        let place = names.place(span).unwrap_or_default();
        page.field("NAT64", &format!("translated from {asked}   {place}"));
    }
    path(&mut page, explanation, names);
    cloud(&mut page, explanation, names);
    sessions(&mut page, explanation, names);
    flow(&mut page, explanation, asked);
    page.field("service", &explanation.service);
    support(&mut page, &explanation.support, asked);
    if names.network.is_some() {
        routes(&mut page, explanation, names);
    }
    way_back(&mut page, explanation, names);
    records(&mut page, explanation, names);
    page.text()
}

/// A part of a prefix in which all addresses have the same decision.
#[derive(Clone, Debug)]
pub struct PrefixPart<'a> {
    /// The prefixes of the part.
    pub prefixes: Vec<IpPrefix>,
    /// The number of addresses in the part.
    pub count: AddressCount,
    /// The decision for these addresses.
    pub decision: &'a Decision,
}

/// Returns a prefix as text, with its parts grouped by decision and with a final newline.
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

/// Writes the path with its hops. Without hops, writes the reason for the decision.
fn path(page: &mut Page, explanation: &Explanation<'_>, names: Names<'_>) {
    let decision = &explanation.decision;
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
}

/// Writes a note about an address that only the lists of another cloud contain.
fn cloud(page: &mut Page, explanation: &Explanation<'_>, names: Names<'_>) {
    let Some(cloud) = other_cloud(explanation, names) else { return };
    let own = names.catalog.cloud();
    let reason = explanation.decision.reason();
    let open = matches!(reason, Reason::PossiblyAdvertised { doubt: Doubt::Gcc, .. });
    let reach = if open { "may or may not reach" } else { "do not reach" };
    page.field(
        "cloud",
        &format!("in the lists for the {cloud} cloud, which circuits in the {own} cloud {reach}"),
    );
}

/// Writes the circuits and sessions, and the step that selected them.
fn sessions(page: &mut Page, explanation: &Explanation<'_>, names: Names<'_>) {
    let decision = &explanation.decision;
    if !decision.circuits().is_empty() {
        page.field("circuits", &names.circuits(decision.circuits()));
    }
    if let Some(step) = decision.step() {
        let carrying = explanation.candidates.iter().find(|one| one.standing == RouteStatus::Carries(step));
        let lengths = carrying.and_then(|one| lengths(one, &explanation.candidates)).unwrap_or_default();
        page.field("decided by", &format!("{}{lengths} [{}]", step.name(), step.reference()));
    }
    if !decision.next_hops().is_empty() {
        page.field("sessions", &carrier_names(decision, &explanation.sessions).join(", "));
    }
}

/// Writes the return path, or that there is none.
fn way_back(page: &mut Page, explanation: &Explanation<'_>, names: Names<'_>) {
    if let Some(back) = &explanation.return_path {
        returns(page, back, names);
        return;
    }
    let leaves = matches!(
        explanation.decision.disposition,
        Disposition::Internet
            | Disposition::MicrosoftPeering
            | Disposition::PrivatePeering
            | Disposition::Vpn
    );
    if leaves && names.network.is_some() {
        page.heading("Return path: none");
        page.line("    there is no source address of this family, so no packet can start here");
    }
}

/// Returns the other cloud whose lists contain the address, or `None` if the lists for this cloud contain it.
pub(super) fn other_cloud(explanation: &Explanation<'_>, names: Names<'_>) -> Option<Cloud> {
    if explanation.lookup.is_empty() { names.catalog.other_cloud(explanation.address) } else { None }
}

/// Returns the AS path lengths, such as ` (1 against 2)`, if they decided about a route. The first is the length of the
/// route itself. The second is the length of the route that won, or of the closest rival if the route itself won.
fn lengths(candidate: &Candidate, all: &[Candidate]) -> Option<String> {
    const BY_LENGTH: [SelectionStep; 2] =
        [SelectionStep::Step(DecisionStep::AsPathLength), SelectionStep::Azure(AzureStep::ShorterPath)];
    let length = |one: &Candidate| one.attributes.as_path.length();
    let own = length(candidate)?;
    let mut group = all.iter().filter(|other| other.prefix == candidate.prefix);
    let rival = match candidate.standing {
        RouteStatus::Lost(by) if BY_LENGTH.contains(&by) => {
            let won = |other: &&Candidate| !matches!(other.standing, RouteStatus::Lost(_));
            group.find(won).and_then(length).filter(|rival| *rival < own)
        }
        RouteStatus::Carries(by) if BY_LENGTH.contains(&by) => {
            let lost = |other: &&Candidate| other.standing == RouteStatus::Lost(by);
            group.filter(lost).filter_map(length).min().filter(|rival| *rival > own)
        }
        _ => None,
    };
    rival.map(|rival| format!(" ({own} against {rival})"))
}

/// Returns the names of the sessions over which packets leave.
pub(super) fn carrier_names(decision: &Decision, sessions: &[Session]) -> Vec<String> {
    decision.next_hops().iter().map(|next_hop| session_name(sessions, next_hop.session)).collect()
}

/// Returns the first prefixes, and how many more there are.
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
            RouteStatus::Carries(_) => "*",
            RouteStatus::Doubtful | RouteStatus::Undetermined | RouteStatus::Unsettled => "?",
            RouteStatus::Lost(_) | RouteStatus::ShorterPrefix => " ",
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
        // Hops shared by the replies to several source prefixes are shown only once.
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
