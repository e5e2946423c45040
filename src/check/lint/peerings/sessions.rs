//! Rules about sessions: redundancy, failure detection, limits.

use jiff::civil::date;

use crate::addr::{Family, IpPrefix};
use crate::check::lint::Subject;
use crate::check::lint::evidence::{Findings, Object};
use crate::check::lint::peerings::peering_addresses::examine_advertised;
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::engine::{Failure, Limit, detection};
use crate::network::{Circuit, Connection, Connections, PeeringKind, State};

/// A peering of either kind.
struct Peering<'n> {
    circuit: &'n Circuit,
    kind: PeeringKind,
    enabled: Spanned<bool>,
    connections: &'n Connections,
    advertised: [&'n [Spanned<IpPrefix>]; 2],
    span: Span,
}

/// All peerings of all circuits.
fn peerings<'n>(subject: &Subject<'n>) -> Vec<Peering<'n>> {
    let mut all = Vec::new();
    for circuit in &subject.network.circuits {
        if let Some(peering) = &circuit.microsoft_peering {
            all.push(Peering {
                circuit,
                kind: PeeringKind::Microsoft,
                enabled: peering.enabled,
                connections: &peering.connections,
                advertised: Connection::ALL.map(|connection| peering.advertised_on(connection)),
                span: peering.span,
            });
        }
        if let Some(peering) = &circuit.private_peering {
            all.push(Peering {
                circuit,
                kind: PeeringKind::Private,
                enabled: peering.enabled,
                connections: &peering.connections,
                advertised: Connection::ALL.map(|connection| peering.advertised_on(connection)),
                span: peering.span,
            });
        }
    }
    all
}

/// All enabled peerings of all circuits.
fn enabled<'n>(subject: &Subject<'n>) -> impl Iterator<Item = Peering<'n>> + use<'n> {
    peerings(subject).into_iter().filter(|peering| peering.enabled.value)
}

/// The display name of a kind of peering.
fn name_of(kind: PeeringKind) -> &'static str {
    match kind {
        PeeringKind::Microsoft => "Microsoft",
        PeeringKind::Private => "private",
    }
}

/// Reports peerings without a session that is up: both sessions are down, or the peering is disabled.
pub(in crate::check::lint) fn no_connection(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_NO_CONNECTION, Object::Peering, peerings(subject).len());
    for peering in peerings(subject) {
        let (kind, name) = (name_of(peering.kind), &peering.circuit.name);
        let (code, source) = (Code::LINT_NO_CONNECTION, &subject.network.source);
        if !peering.enabled.value {
            let message = format!("the {kind} peering of `{name}` is disabled");
            found.push(Diagnostic::advice(code, source, message).at(peering.enabled.span, "").help(
                "a disabled peering carries no traffic: enable the peering, or remove it from the file",
            ));
            continue;
        }
        let down: Vec<_> =
            peering.connections.iter().filter(|(_, one)| one.state.value != State::Up).collect();
        if down.len() < Connection::ALL.len() {
            continue;
        }
        let message = format!("no session of the {kind} peering of `{name}` is up");
        let mut diagnostic = Diagnostic::warning(code, source, message);
        for (connection, settings) in down {
            let text = format!("the {} is {}", connection.name(), settings.state.value.name());
            diagnostic = diagnostic.at(settings.state.span, text);
        }
        found.push(diagnostic.help(match peering.kind {
            PeeringKind::Microsoft => {
                "bring both sessions up: until then, traffic for this peering leaves over the internet with other source addresses, \
                 and no tunnel serves as backup"
            }
            PeeringKind::Private => "bring both sessions up: until then, virtual networks are reachable only over a tunnel, if there is one",
        }));
    }
}

/// Reports peerings with only one session up.
pub(in crate::check::lint) fn one_connection(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_ONE_CONNECTION, Object::Peering, enabled(subject).count());
    for peering in enabled(subject) {
        let (primary, secondary) = (&peering.connections.primary, &peering.connections.secondary);
        let (connection, state) = match (primary.state.value, secondary.state.value) {
            (State::Up, State::Down | State::Disabled) => (Connection::Secondary, secondary.state),
            (State::Down | State::Disabled, State::Up) => (Connection::Primary, primary.state),
            _ => continue,
        };
        let message = format!(
            "the {} peering of `{}` has only one connection up",
            name_of(peering.kind),
            peering.circuit.name
        );
        found.push(
            Diagnostic::warning(Code::LINT_ONE_CONNECTION, &subject.network.source, message)
                .at(state.span, format!("the {} is {}", connection.name(), state.value.name()))
                .help("bring both sessions up: Microsoft maintains one connection at a time"),
        );
    }
}

/// Reports sessions without BFD.
pub(in crate::check::lint) fn no_bfd(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_NO_BFD, Object::Peering, enabled(subject).count());
    for peering in enabled(subject) {
        let unwatched: Vec<_> = peering
            .connections
            .iter()
            .filter(|(_, settings)| settings.state.value == State::Up && !settings.bfd)
            .collect();
        let unseen = unwatched.iter().map(|(_, settings)| detection(settings, Failure::Silent).at_most).max();
        let Some(unseen) = unseen else { continue };
        let unwatched: Vec<&str> = unwatched.iter().map(|(connection, _)| connection.name()).collect();
        let sessions = if unwatched.len() == 1 { "session" } else { "sessions" };
        let message = format!(
            "the {} {sessions} of the {} peering of `{}` {} not use BFD",
            unwatched.join(" and "),
            name_of(peering.kind),
            peering.circuit.name,
            if unwatched.len() == 1 { "does" } else { "do" }
        );
        let keys: Vec<String> = unwatched.iter().map(|name| format!("`{name}: {{bfd: true}}`")).collect();
        found.push(
            Diagnostic::advice(Code::LINT_NO_BFD, &subject.network.source, message)
                .at(peering.span, "")
                .help(format!(
                    "without BFD, detecting a failure takes up to {} s: enable BFD{} and set {}",
                    unseen.as_secs(),
                    reset_hint(&peering),
                    keys.join(" and ")
                )),
        );
    }
}

/// The extra step that BFD needs on a peering created before Microsoft configured BFD on its side
/// (expressroute-bfd).
fn reset_hint(peering: &Peering<'_>) -> &'static str {
    let since = match peering.kind {
        PeeringKind::Private => date(2018, 8, 1),
        PeeringKind::Microsoft => date(2020, 1, 1),
    };
    let old = peering.circuit.created.is_some_and(|created| created.value < since);
    if old { ", reset the peering if it is as old as the circuit," } else { "" }
}

/// Reports prefixes near or above the limit of a session.
pub(in crate::check::lint) fn prefix_count(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_PREFIX_COUNT, Object::Peering, 0);
    for peering in peerings(subject) {
        let place = (peering.circuit, peering.kind);
        examine_advertised(Code::LINT_PREFIX_COUNT, Object::Peering, place, found);
        for (family, name) in [(Family::V4, "IPv4"), (Family::V6, "IPv6")] {
            let kind = match peering.kind {
                PeeringKind::Microsoft => Limit::Microsoft,
                PeeringKind::Private => Limit::Private,
            };
            let limit = kind.allowed(family, peering.circuit.sku.value);
            let of_family = |list: &&[Spanned<IpPrefix>]| {
                list.iter().filter(|prefix| prefix.value.family() == family).count()
            };
            let count = peering.advertised.iter().map(of_family).max().unwrap_or_default();
            if count * 10 < limit * 8 {
                continue;
            }
            let what = format!(
                "{count} {name} prefixes on the {} peering of `{}`",
                name_of(peering.kind),
                peering.circuit.name
            );
            let (code, source) = (Code::LINT_PREFIX_COUNT, &subject.network.source);
            let diagnostic = if count > limit {
                let message =
                    format!("{what}: a session accepts at most {limit} and is torn down above that");
                Diagnostic::warning(code, source, message)
            } else {
                Diagnostic::advice(code, source, format!("{what}: a session accepts at most {limit}"))
            };
            found.push(diagnostic.at(peering.span, "").help("aggregate the advertised prefixes"));
        }
    }
}
