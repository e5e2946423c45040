//! Checks that involve several entries of the network. Each check is a separate function.

use std::net::IpAddr;

use crate::addr::special::{SpecialScope, block_of};
use crate::addr::{IpPrefix, IpSet};
use crate::diag::{Code, Diagnostic, Severity, Span, Spanned};
use crate::network::read::duplicate;
use crate::network::{Connection, MicrosoftPeering, Network};
use crate::yaml::fields::Reader;

/// Runs all checks.
pub(super) fn check(reader: &mut Reader<'_>, network: &Network) {
    names(reader, network);
    overlaps(reader, network);
    for peering in network.circuits.iter().filter_map(|circuit| circuit.microsoft_peering.as_ref()) {
        default_route(reader, peering);
        public_only(reader, peering);
        nat_advertised(reader, peering);
    }
}

/// Checks that no two entries of the same type share a name. The types are sites, published servers, virtual
/// networks and hubs, route maps, prefix lists and route tables. Circuits, internet edges, tunnels and links between
/// sites count as one type.
fn names(reader: &mut Reader<'_>, network: &Network) {
    let edges = network.sites.iter().filter_map(|site| site.internet.as_ref());
    let tunnels = network.sites.iter().flat_map(|site| &site.vpn);
    let ways = network
        .circuits
        .iter()
        .map(|circuit| (circuit.name.as_str(), circuit.span))
        .chain(edges.map(|edge| (edge.name.as_str(), edge.span)))
        .chain(tunnels.map(|tunnel| (tunnel.name.as_str(), tunnel.span)))
        .chain(network.wan.iter().flatten().map(|link| (link.name.as_str(), link.span)));
    unique(reader, "sites", network.sites.iter().map(|site| (site.name.as_str(), site.span)));
    unique(reader, "circuits, internet edges, tunnels or links between sites", ways);
    let published = network.sites.iter().flat_map(|site| &site.published);
    unique(reader, "published servers", published.map(|server| (server.name.as_str(), server.span)));
    let networks = network.virtual_networks.iter().map(|network| (network.name.as_str(), network.span));
    let hubs = network.virtual_hubs.iter().map(|hub| (hub.name.as_str(), hub.span));
    let what =
        if network.virtual_hubs.is_empty() { "virtual networks" } else { "virtual networks or virtual hubs" };
    unique(reader, what, networks.chain(hubs));
    unique(reader, "route maps", network.route_maps.iter().map(|map| (map.name.as_str(), map.span)));
    unique(reader, "prefix lists", network.prefix_lists.iter().map(|list| (list.name.as_str(), list.span)));
    unique(
        reader,
        "route tables",
        network.route_tables.iter().map(|table| (table.name.as_str(), table.span)),
    );
}

/// Reports names that two entries share.
pub(super) fn unique<'n>(reader: &mut Reader<'_>, what: &str, names: impl Iterator<Item = (&'n str, Span)>) {
    let mut seen = std::collections::BTreeMap::new();
    for (name, span) in names {
        match seen.get(name) {
            Some(first) => duplicate(reader, what, name, span, *first),
            None => drop(seen.insert(name, span)),
        }
    }
}

/// A prefix and its owner.
#[derive(Clone, Copy)]
struct Owned<'n> {
    prefix: IpPrefix,
    span: Span,
    owner: &'n str,
    owner_index: usize,
    site: bool,
    hub: bool,
}

/// Checks that each address belongs to only one site or virtual network. Among sites, the longest matching prefix
/// decides.
///
/// In sorted order, a prefix precedes the prefixes that it covers, so each prefix is compared only with the prefixes
/// that cover it.
fn overlaps(reader: &mut Reader<'_>, network: &Network) {
    let sites = network
        .sites
        .iter()
        .enumerate()
        .flat_map(|(index, site)| owned(&site.prefixes, &site.name, index, true));
    let networks = network
        .virtual_networks
        .iter()
        .enumerate()
        .flat_map(|(index, network)| owned(&network.prefixes, &network.name, index, false));
    let hubs = network.virtual_hubs.iter().enumerate().flat_map(|(index, hub)| {
        let all = owned(std::slice::from_ref(&hub.prefix), &hub.name, index, false);
        all.map(|owned| Owned { hub: true, ..owned })
    });
    let mut all = sites.chain(networks).chain(hubs).collect::<Vec<_>>();
    all.sort_by_key(|owned| (owned.prefix, owned.span.start));
    let mut covers: Vec<Owned<'_>> = Vec::new();
    for inner in all {
        while covers.last().is_some_and(|cover| !cover.prefix.covers(inner.prefix)) {
            covers.pop();
        }
        for outer in &covers {
            // A site's prefix may be inside another site's prefix, because the longest match decides.
            let nested = outer.site && inner.site && outer.prefix != inner.prefix;
            let owner = |owned: Owned<'_>| (owned.owner_index, owned.site, owned.hub);
            if owner(*outer) != owner(inner) && !nested {
                overlap(reader, *outer, inner);
            }
        }
        covers.push(inner);
    }
}

fn owned<'n>(
    prefixes: &'n [Spanned<IpPrefix>],
    owner: &'n str,
    owner_index: usize,
    site: bool,
) -> impl Iterator<Item = Owned<'n>> {
    prefixes.iter().map(move |prefix| Owned {
        prefix: prefix.value,
        span: prefix.span,
        owner,
        owner_index,
        site,
        hub: false,
    })
}

fn overlap(reader: &mut Reader<'_>, outer: Owned<'_>, inner: Owned<'_>) {
    let (first, second) = if outer.span <= inner.span { (outer, inner) } else { (inner, outer) };
    let (severity, help) = match (outer.site, inner.site) {
        (true, true) => {
            (Severity::Error, "assign each address to only one site; a client's address identifies its site")
        }
        (false, false) => (
            Severity::Error,
            "assign each address to only one virtual network; routes to the two networks cannot be distinguished",
        ),
        _ => (
            Severity::Warning,
            "assign each address to only one of the two; packets follow the longest matching prefix, and the site's prefix wins if both are equally long",
        ),
    };
    let whose = |owned: Owned<'_>| {
        let what = match (owned.site, owned.hub) {
            (true, _) => "site",
            (false, true) => "virtual hub",
            (false, false) => "virtual network",
        };
        format!("{what} `{}`", owned.owner)
    };
    let message = if outer.prefix == inner.prefix {
        format!("`{}` belongs to {} and to {}", inner.prefix, whose(first), whose(second))
    } else {
        format!("`{}` in {} is inside `{}` in {}", inner.prefix, whose(inner), outer.prefix, whose(outer))
    };
    let diagnostic = Diagnostic::error(Code::NETWORK_OVERLAP, reader.source, message)
        .at(second.span, format!("belongs to {}", whose(second)))
        .at(first.span, format!("belongs to {}", whose(first)))
        .help(help);
    reader.diagnostics.push(Diagnostic { severity, ..diagnostic });
}

/// Returns the prefixes advertised on a peering, over either connection.
fn advertised(peering: &MicrosoftPeering) -> Vec<&Spanned<IpPrefix>> {
    let own = peering.connections.iter().flat_map(|(_, connection)| connection.advertised.iter().flatten());
    peering.advertised.iter().chain(own).collect()
}

/// Returns the NAT pools of a peering, on either connection.
fn nat(peering: &MicrosoftPeering) -> Vec<&Spanned<IpPrefix>> {
    let own = peering.connections.iter().flat_map(|(_, connection)| connection.nat.iter().flatten());
    peering.of_kind.nat.iter().chain(own).collect()
}

/// Rejects a default route. Microsoft accepts it on private peering only (expressroute-routing).
fn default_route(reader: &mut Reader<'_>, peering: &MicrosoftPeering) {
    let (advertised, nat) = (advertised(peering), nat(peering));
    for prefix in advertised.into_iter().chain(nat).filter(|prefix| prefix.value.length() == 0) {
        reader.error(
            Code::NETWORK_DEFAULT_ROUTE,
            prefix.span,
            format!("the default route `{}` cannot be used on Microsoft peering", prefix.value),
            "advertise the public prefixes that you own; Microsoft accepts a default route on private peering only",
        );
    }
}

/// Reports private addresses on Microsoft peering, which Microsoft rejects (expressroute-faqs).
fn public_only(reader: &mut Reader<'_>, peering: &MicrosoftPeering) {
    let advertised = advertised(peering).into_iter().map(|prefix| (prefix, "is advertised"));
    for (prefix, use_) in advertised.chain(nat(peering).into_iter().map(|prefix| (prefix, "is a NAT pool"))) {
        let Some(kind) = not_public(prefix.value) else { continue };
        reader.error(
            Code::NETWORK_NOT_PUBLIC,
            prefix.span,
            format!("`{}` ({kind}) {use_} on Microsoft peering", prefix.value),
            "use public addresses that are registered to you or to your provider",
        );
    }
}

/// Returns the name of the special-purpose block that contains a prefix, if the block is not public. Documentation
/// prefixes are allowed, because examples use them.
pub(super) fn not_public(prefix: IpPrefix) -> Option<&'static str> {
    let ends: [IpAddr; 2] = [prefix.first(), prefix.last()];
    ends.into_iter().filter(|_| prefix.length() > 0).filter_map(block_of).find_map(|block| {
        matches!(
            block.scope,
            SpecialScope::Private | SpecialScope::Shared | SpecialScope::Link | SpecialScope::Multicast
        )
        .then_some(block.name)
    })
}

/// Checks that NAT pools are advertised. Replies return over the circuit only to prefixes that are advertised there
/// (expressroute-asymmetric-routing).
fn nat_advertised(reader: &mut Reader<'_>, peering: &MicrosoftPeering) {
    let pools = Connection::ALL
        .into_iter()
        .flat_map(|side| peering.nat_on(side).iter().map(move |pool| (side, pool)));
    // Several more specific prefixes may cover a pool together.
    let advertised = Connection::ALL.map(|side| {
        (side, IpSet::from_prefixes(peering.advertised_on(side).iter().map(|prefix| prefix.value)))
    });
    let mut reported = Vec::new();
    for (side, pool) in pools.filter(|(_, pool)| pool.value.length() > 0) {
        let covered = advertised.iter().any(|(other, set)| *other == side && set.covers(pool.value));
        if reported.contains(&pool.span) || covered {
            continue;
        }
        reported.push(pool.span);
        reader.warning(
            Code::NETWORK_NAT_NOT_ADVERTISED,
            pool.span,
            format!("the NAT pool `{}` is not in any prefix advertised on this peering", pool.value),
            format!(
                "add `{}` to `advertised`; otherwise, replies return over the internet, and a stateful edge drops them",
                pool.value
            ),
        );
    }
}
