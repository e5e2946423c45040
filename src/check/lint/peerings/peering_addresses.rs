//! Rules about the advertised prefixes, NAT pools and session addresses of the two connections of a peering.

use std::net::IpAddr;

use crate::addr::{IpPrefix, IpSet, Prefix};
use crate::check::lint::evidence::{Findings, Missing, Object};
use crate::check::lint::{Subject, overlap};
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::network::{Circuit, Connection, MicrosoftPeering, PeeringKind};

/// All circuits with an enabled Microsoft peering, each with that peering.
fn with_peering<'n>(subject: &Subject<'n>) -> impl Iterator<Item = (&'n Circuit, &'n MicrosoftPeering)> {
    let circuits = subject.network.circuits.iter();
    circuits
        .filter_map(|circuit| Some((circuit, circuit.microsoft_peering.as_ref()?)))
        .filter(|(_, peering)| peering.enabled.value)
}

/// Reports a separate NAT pool for each connection, because the sessions of the pool are lost if its connection fails.
pub(in crate::check::lint) fn nat_per_connection(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_NAT_PER_CONNECTION, Object::NatPool, 0);
    for (circuit, peering) in with_peering(subject) {
        let pools =
            peering.nat_on(Connection::Primary).len().max(peering.nat_on(Connection::Secondary).len());
        found.examined(Code::LINT_NAT_PER_CONNECTION, Object::NatPool, pools);
        let Some((own, _)) = pools_apart(peering) else { continue };
        let message = format!("the two connections of `{}` use separate NAT pools", circuit.name);
        found.push(
            Diagnostic::advice(Code::LINT_NAT_PER_CONNECTION, &subject.network.source, message)
                .at(own.span, "on one connection only")
                .help("if a connection fails, its flows break and must be re-established from the other pool: \
                    use one pool that both connections advertise, and translate before traffic is split between the connections"),
        );
    }
}

/// Returns a pool that only one connection has, with that connection.
fn pools_apart(peering: &MicrosoftPeering) -> Option<(Spanned<IpPrefix>, Connection)> {
    let [primary, secondary] = Connection::ALL.map(|connection| peering.nat_on(connection));
    let alone = |pools: &[Spanned<IpPrefix>], others: &[Spanned<IpPrefix>], connection| {
        let apart = |pool: &&Spanned<IpPrefix>| {
            let mut same =
                others.iter().filter(|other| other.value.family() == pool.value.family()).peekable();
            same.peek().is_some() && !same.any(|other| overlap(pool.value, other.value))
        };
        pools.iter().find(apart).map(|pool| (*pool, connection))
    };
    alone(secondary, primary, Connection::Secondary)
        .or_else(|| alone(primary, secondary, Connection::Primary))
}

/// Reports addresses that only one connection of a peering advertises.
pub(in crate::check::lint) fn connections_differ(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_CONNECTIONS_DIFFER, Object::Peering, 0);
    for circuit in &subject.network.circuits {
        for kind in PeeringKind::ALL {
            examine_advertised(Code::LINT_CONNECTIONS_DIFFER, Object::Peering, (circuit, kind), found);
            for connection in Connection::ALL {
                for prefix in advertised_alone(circuit, kind, connection) {
                    let name = circuit.connection_name(kind, connection);
                    let message = format!("`{}` is advertised on `{name}` only", prefix.value);
                    found.push(
                        Diagnostic::warning(Code::LINT_CONNECTIONS_DIFFER, &subject.network.source, message)
                            .at(prefix.span, "not on the other connection")
                            .help("advertise the same prefixes on both connections: otherwise this prefix is unreachable if its connection fails \
                                or is under maintenance; \
                                 to prefer one connection, use more specific prefixes or prepending"),
                    );
                }
            }
        }
    }
}

/// States that a rule about advertised prefixes examined an enabled peering, or that the peering advertises nothing.
pub(in crate::check::lint) fn examine_advertised(
    code: Code,
    object: Object,
    (circuit, kind): (&Circuit, PeeringKind),
    found: &mut Findings,
) {
    found.examined(code, object, 0);
    let Some(span) = enabled_peering(circuit, kind) else { return };
    let advertises = |side| match kind {
        PeeringKind::Microsoft => {
            circuit.microsoft_peering.as_ref().is_some_and(|own| !own.advertised_on(side).is_empty())
        }
        PeeringKind::Private => {
            circuit.private_peering.as_ref().is_some_and(|own| !own.advertised_on(side).is_empty())
        }
    };
    if Connection::ALL.into_iter().any(advertises) {
        return found.examined(code, object, 1);
    }
    let of = format!("`{}/{}`", circuit.name, kind.name());
    let write = "list the prefixes that your edge advertises under `advertised` of the peering";
    found.lacks(code, Missing { what: "no `advertised`".to_owned(), of, span, write });
}

/// Returns the position of an enabled peering in the network file; `None` if the circuit has no such peering.
pub(in crate::check::lint) fn enabled_peering(circuit: &Circuit, kind: PeeringKind) -> Option<Span> {
    match kind {
        PeeringKind::Microsoft => {
            circuit.microsoft_peering.as_ref().filter(|own| own.enabled.value).map(|own| own.span)
        }
        PeeringKind::Private => {
            circuit.private_peering.as_ref().filter(|own| own.enabled.value).map(|own| own.span)
        }
    }
}

/// Returns the prefixes on a connection that the other connection does not fully advertise. [`nat_per_connection`]
/// covers prefixes in a pool that only one connection has.
fn advertised_alone(circuit: &Circuit, kind: PeeringKind, connection: Connection) -> Vec<Spanned<IpPrefix>> {
    let other = match connection {
        Connection::Primary => Connection::Secondary,
        Connection::Secondary => Connection::Primary,
    };
    let (here, there, own) = match kind {
        PeeringKind::Microsoft => {
            let Some(peering) = circuit.microsoft_peering.as_ref().filter(|peering| peering.enabled.value)
            else {
                return Vec::new();
            };
            let own = pools_apart(peering).map_or(&[][..], |_| peering.nat_on(connection));
            (peering.advertised_on(connection), peering.advertised_on(other), own)
        }
        PeeringKind::Private => {
            let Some(peering) = circuit.private_peering.as_ref().filter(|peering| peering.enabled.value)
            else {
                return Vec::new();
            };
            (peering.advertised_on(connection), peering.advertised_on(other), &[][..])
        }
    };
    let pool = |prefix: IpPrefix| own.iter().any(|pool| overlap(pool.value, prefix));
    let there = IpSet::from_prefixes(there.iter().map(|prefix| prefix.value));
    here.iter().filter(|prefix| !pool(prefix.value) && !there.covers(prefix.value)).copied().collect()
}

/// Reports Microsoft peerings without a NAT pool for clients whose addresses are not advertised there.
pub(in crate::check::lint) fn no_nat(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_NO_NAT, Object::MicrosoftPeering, 0);
    for (id, circuit) in subject.network.circuits_with_ids() {
        let Some(peering) = circuit.microsoft_peering.as_ref().filter(|peering| peering.enabled.value) else {
            continue;
        };
        let clients = subject.network.sites.iter().filter(|site| site.circuits.contains(&id));
        if clients.flat_map(|site| &site.prefixes).next().is_none() {
            let (of, span) = (format!("`{}`", circuit.name), circuit.span);
            let write = "add the circuit to `circuits` of the site where it ends, with the site's `prefixes`";
            let what = "no site with `prefixes`".to_owned();
            found.lacks(Code::LINT_NO_NAT, Missing { what, of, span, write });
            continue;
        }
        found.examined(Code::LINT_NO_NAT, Object::MicrosoftPeering, 1);
        let without = |connection: &Connection| peering.nat_on(*connection).is_empty();
        if !Connection::ALL.iter().any(without) {
            continue;
        }
        let sites = subject.network.sites.iter().filter(|site| site.circuits.contains(&id));
        let unadvertised = |prefix: &&Spanned<IpPrefix>| {
            !peering.advertised.iter().any(|advertised| advertised.value.covers(prefix.value))
        };
        let Some(clients) = sites.flat_map(|site| &site.prefixes).find(unadvertised) else { continue };
        let message = format!(
            "packets from clients at `{}` leave over `{}` with source addresses that are not advertised there",
            clients.value, circuit.name
        );
        found.push(
            Diagnostic::warning(Code::LINT_NO_NAT, &subject.network.source, message)
                .at(peering.span, "has no NAT pool")
                .at(clients.span, "the clients")
                .help("set `nat` to the pool to which client addresses are translated, or advertise the clients' own public addresses"),
        );
    }
}

/// Returns the subnet of a session: /30, or /126 for IPv6 (expressroute-routing).
fn session_subnet(address: IpAddr) -> Option<IpPrefix> {
    Some(match address {
        IpAddr::V4(address) => IpPrefix::V4(Prefix::containing(address, 30).ok()?),
        IpAddr::V6(address) => IpPrefix::V6(Prefix::containing(address, 126).ok()?),
    })
}

/// Microsoft's addresses on the BGP sessions of a circuit.
fn peer_addresses(circuit: &Circuit) -> impl Iterator<Item = (PeeringKind, Spanned<IpAddr>)> {
    PeeringKind::ALL.into_iter().flat_map(move |kind| {
        let settings =
            Connection::ALL.into_iter().filter_map(move |connection| circuit.settings(kind, connection));
        settings.flat_map(move |settings| settings.peer_addresses.iter().map(move |address| (kind, *address)))
    })
}

/// States that a rule about session addresses examined the addresses of these circuits, or that they are missing.
fn examine_sessions<'n>(code: Code, circuits: impl Iterator<Item = &'n Circuit>, found: &mut Findings) {
    found.examined(code, Object::SessionAddress, 0);
    for circuit in circuits {
        for kind in PeeringKind::ALL {
            let addresses = peer_addresses(circuit).filter(|(of, _)| *of == kind).count();
            found.examined(code, Object::SessionAddress, addresses);
            if let Some(span) = enabled_peering(circuit, kind).filter(|_| addresses == 0) {
                let of = format!("`{}/{}`", circuit.name, kind.name());
                let write = "set `peer_addresses` on the connections of the peering";
                found.lacks(code, Missing { what: "no `peer_addresses`".to_owned(), of, span, write });
            }
        }
    }
}

/// Reports session subnets of another circuit that are advertised to Microsoft.
pub(in crate::check::lint) fn session_subnet_advertised(subject: &Subject<'_>, found: &mut Findings) {
    // A single circuit has no other circuit whose sessions it could advertise.
    let several = with_peering(subject).next().is_some() && subject.network.circuits.len() > 1;
    let circuits = subject.network.circuits.iter().filter(|_| several);
    examine_sessions(Code::LINT_SESSION_SUBNET_ADVERTISED, circuits, found);
    for (circuit, peering) in with_peering(subject) {
        let mut prefixes: Vec<_> =
            Connection::ALL.into_iter().flat_map(|one| peering.advertised_on(one)).collect();
        prefixes.sort_by_key(|prefix| prefix.span.start);
        prefixes.dedup_by_key(|prefix| prefix.span);
        for prefix in prefixes {
            let others = subject.network.circuits.iter().filter(|other| other.name != circuit.name);
            let hit = others.flat_map(|other| peer_addresses(other).map(move |(_, one)| (other, one))).find(
                |(_, address)| {
                    session_subnet(address.value).is_some_and(|subnet| overlap(subnet, prefix.value))
                },
            );
            let Some((other, address)) = hit else { continue };
            let message = format!(
                "`{}` on `{}` contains the subnet of a BGP session on `{}`",
                prefix.value, circuit.name, other.name
            );
            found.push(
                Diagnostic::warning(Code::LINT_SESSION_SUBNET_ADVERTISED, &subject.network.source, message)
                    .at(prefix.span, "advertised to Microsoft")
                    .at(address.span, "a session of the other circuit")
                    .help("do not advertise the session subnets of other circuits"),
            );
        }
    }
}

/// Reports sessions whose subnet overlaps with a virtual network.
pub(in crate::check::lint) fn session_in_virtual_network(subject: &Subject<'_>, found: &mut Findings) {
    let any = !subject.network.virtual_networks.is_empty();
    let circuits = subject.network.circuits.iter().filter(|_| any);
    examine_sessions(Code::LINT_SESSION_IN_VIRTUAL_NETWORK, circuits, found);
    for circuit in &subject.network.circuits {
        for (_, address) in peer_addresses(circuit) {
            let Some(subnet) = session_subnet(address.value) else { continue };
            let within = subject.network.virtual_networks.iter().find_map(|network| {
                let prefix = network.prefixes.iter().find(|prefix| overlap(prefix.value, subnet))?;
                Some((network, prefix))
            });
            let Some((network, prefix)) = within else { continue };
            let message = format!(
                "the subnet `{subnet}` of a BGP session on `{}` overlaps with `{}`",
                circuit.name, network.name
            );
            found.push(
                Diagnostic::warning(Code::LINT_SESSION_IN_VIRTUAL_NETWORK, &subject.network.source, message)
                    .at(address.span, "Microsoft's address on the session")
                    .at(prefix.span, "the virtual network")
                    .help("use session addresses that are not part of a virtual network"),
            );
        }
    }
}

/// Reports peer addresses that belong to the customer. The first address in the subnet is the customer's, the second is
/// Microsoft's.
pub(in crate::check::lint) fn peer_address(subject: &Subject<'_>, found: &mut Findings) {
    examine_sessions(Code::LINT_PEER_ADDRESS, subject.network.circuits.iter(), found);
    for circuit in &subject.network.circuits {
        for (_, address) in peer_addresses(circuit) {
            let last = match address.value {
                IpAddr::V4(address) => u128::from(address.to_bits()),
                IpAddr::V6(address) => address.to_bits(),
            };
            if last & 3 == 2 {
                continue;
            }
            let length = if address.value.is_ipv4() { 30 } else { 126 };
            let message = format!(
                "`{}` is not the second address of a /{length}, so it is not Microsoft's address for a BGP session on `{}`",
                address.value, circuit.name
            );
            found.push(
                Diagnostic::advice(Code::LINT_PEER_ADDRESS, &subject.network.source, message)
                    .at(address.span, "")
                    .help("use the second address in the session's subnet: the first is yours, the second is Microsoft's"),
            );
        }
    }
}
