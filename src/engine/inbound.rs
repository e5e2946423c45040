//! Connections that begin outside: over what a packet to a published server comes in, and whether the server's
//! answer leaves the same way.
//!
//! Sources: Microsoft, *Asymmetric routing with ExpressRoute* (longest match over what is advertised on
//! ExpressRoute and on the internet; of the same prefix on both always ExpressRoute), *ExpressRoute NAT* (a server
//! that is reached over the internet needs source NAT at the internet edge, or its answers match ExpressRoute),
//! *Routing requirements* and *Optimize routing* (several circuits: the shorter AS path), *Microsoft 365, routing
//! with ExpressRoute* and Power Platform guidance, *set up* (what is advertised attracts any server of Microsoft's;
//! of other geographies on Premium circuits only).

use std::net::IpAddr;

use crate::addr::special::{Scope, block_of};
use crate::addr::{Family, IpPrefix};
use crate::catalog::CommunityKind;
use crate::diag::Spanned;
use crate::engine::adj_rib_in::Advertiser;
use crate::engine::decision::{Decision, Disposition, InboundReason, ReturnVerdict};
use crate::engine::explain::{Explanation, explain};
use crate::engine::inputs::{CompileError, Inputs};
use crate::engine::session::{SessionState, connection_state};
use crate::engine::state::Link;
use crate::network::{CircuitId, Connection, Network, PeeringKind, Published, PublishedId, SiteId, State};
use crate::rib::Community;

/// What becomes of a connection from outside to a published server.
#[derive(Debug)]
pub struct Inbound<'a> {
    /// The server.
    pub server: &'a Published,
    /// Where it stands.
    pub id: PublishedId,
    /// The public address that it is reached at, of the family of the remote end.
    pub address: Spanned<IpAddr>,
    /// Whether one of Microsoft's lists holds the remote end; everybody else comes over the internet.
    pub microsoft: bool,
    /// What becomes of the connection: that of its arrivals where they agree, else `unspecified`.
    pub verdict: ReturnVerdict,
    /// Over what its packets may come in, and what then becomes of the answers; one, but where circuits or
    /// internet edges tie. One that is [`InboundReason::NotAdvertised`] where nothing leads to the server.
    pub arrivals: Vec<Arrival>,
    /// The answer's way: all about the remote end from the server's site.
    pub reply: Explanation<'a>,
}

/// A way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Over what; `None` where nothing that is up leads to the server.
    pub over: Option<WayIn>,
    /// The advertised prefix that attracts the packets, and where it stands in the network file; the server's own
    /// address where none does.
    pub prefix: Spanned<IpPrefix>,
    /// What becomes of the answers.
    pub verdict: ReturnVerdict,
    /// Why.
    pub reason: InboundReason,
}

/// Over what packets come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WayIn {
    /// The Microsoft peering of a circuit, over one of these connections.
    Circuit(CircuitId, Vec<Connection>),
    /// The internet edge of a site.
    Internet(SiteId),
}

/// Why an inbound connection cannot be judged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InboundError {
    /// The server has no address of the remote end's family.
    #[error("`{server}` is published at no {family} address, so `{remote}` cannot reach it")]
    NoAddress {
        /// The server's name.
        server: String,
        /// The remote end.
        remote: IpAddr,
        /// Its family.
        family: Family,
    },
    /// The remote end is nobody outside.
    #[error("`{remote}` ({block}) begins no connection from outside")]
    NotOutside {
        /// The remote end.
        remote: IpAddr,
        /// The special-purpose block that it lies in.
        block: &'static str,
    },
    /// The id is of another network.
    #[error("the network has no published server of this id")]
    NoServer,
    /// The answer's way cannot be told.
    #[error(transparent)]
    Compile(#[from] CompileError),
}

/// What becomes of a connection that `remote` begins to a published server.
///
/// # Complexity
///
/// Linear in the number of routes, as [`explain`].
///
/// # Errors
///
/// [`InboundError`].
pub fn inbound(inputs: Inputs<'_>, id: PublishedId, remote: IpAddr) -> Result<Inbound<'_>, InboundError> {
    let server = inputs.network.published(id).ok_or(InboundError::NoServer)?;
    if let Some(block) = block_of(remote).filter(|block| block.scope != Scope::Reserved) {
        return Err(InboundError::NotOutside { remote, block: block.name });
    }
    let family = family_of(remote);
    let address = server.address(family).ok_or_else(|| InboundError::NoAddress {
        server: server.name.clone(),
        remote,
        family,
    })?;
    let reply = explain(inputs, id.site, remote)?;
    let microsoft = !reply.lookup.is_empty();
    let attractions = attractions(inputs, address.value, microsoft.then_some(&reply));
    let arrivals: Vec<Arrival> = if attractions.is_empty() {
        let reason = InboundReason::NotAdvertised;
        let prefix = Spanned::new(IpPrefix::host(address.value), address.span);
        vec![Arrival { over: None, prefix, verdict: reason.verdict(), reason }]
    } else {
        let judged = attractions.into_iter().map(|(over, prefix)| {
            let reason = judge(inputs.network, id.site, &over, &reply.decision);
            Arrival { over: Some(over), prefix, verdict: reason.verdict(), reason }
        });
        judged.collect()
    };
    let first = arrivals.first().map(|arrival| arrival.verdict);
    let agreed = first.filter(|first| arrivals.iter().all(|arrival| arrival.verdict == *first));
    let verdict = agreed.unwrap_or(ReturnVerdict::Unspecified);
    Ok(Inbound { server, id, address, microsoft, verdict, arrivals, reply })
}

/// Over what packets to an address come in, each with the prefix that attracts them: from one of Microsoft's
/// servers, of which all about the answer tells the region, over circuits and the internet; from anybody else over
/// the internet.
fn attractions(
    inputs: Inputs<'_>,
    address: IpAddr,
    microsoft: Option<&Explanation<'_>>,
) -> Vec<(WayIn, Spanned<IpPrefix>)> {
    let internet = internet(inputs, address);
    let longest = internet.first().map(|(_, prefix)| prefix.value.length());
    let circuits = microsoft.map(|reply| circuits(inputs, address, reply)).unwrap_or_default();
    // Of the same length on both, always ExpressRoute.
    let attracts = circuits.first().is_some_and(|(_, prefix)| Some(prefix.value.length()) >= longest);
    if attracts { circuits } else { internet }
}

/// The internet edges that announce the longest prefix of an address.
fn internet(inputs: Inputs<'_>, address: IpAddr) -> Vec<(WayIn, Spanned<IpPrefix>)> {
    let edges = inputs.network.sites_with_ids().filter_map(|(id, site)| {
        let edge = site.internet.as_ref()?;
        let up = inputs.links.get(Link::Internet(id)).unwrap_or(edge.state.value == State::Up);
        let prefix = longest(site.announced(family_of(address)), address).filter(|_| up)?;
        Some((WayIn::Internet(id), prefix))
    });
    longest_of(edges.collect())
}

/// The circuits that Microsoft sends to the address over: by the longest prefix, then the shortest path.
fn circuits(inputs: Inputs<'_>, address: IpAddr, reply: &Explanation<'_>) -> Vec<(WayIn, Spanned<IpPrefix>)> {
    let Inputs { network, catalog, links, .. } = inputs;
    let region: Option<Community> =
        reply.lookup.communities.iter().map(|entry| entry.community).find(|community| {
            catalog.community(*community).is_some_and(|known| known.kind == CommunityKind::Regional)
        });
    let family = family_of(address);
    let mut all = Vec::new();
    for (id, circuit) in network.circuits_with_ids() {
        let Some(peering) = &circuit.microsoft_peering else { continue };
        // Only on a Premium circuit do servers of other geographies come this way.
        let advertiser = Advertiser::new(catalog, links, id, circuit);
        if !region.is_none_or(|region| advertiser.may_reach(region)) {
            continue;
        }
        for connection in Connection::ALL {
            let kind = PeeringKind::Microsoft;
            let state = connection_state(links, id, circuit, kind, connection, family);
            if let Some(prefix) = longest(peering.advertised_on(connection).iter().copied(), address)
                && state == SessionState::Up
            {
                all.push((peering.lengthened_on(connection), (id, connection), prefix));
            }
        }
    }
    let length = all.iter().map(|(_, _, prefix)| prefix.value.length()).max();
    all.retain(|(_, _, prefix)| Some(prefix.value.length()) == length);
    let shortest = all.iter().map(|(path, ..)| *path).min();
    let mut won: Vec<(WayIn, Spanned<IpPrefix>)> = Vec::new();
    for (_, (id, connection), prefix) in all.into_iter().filter(|(path, ..)| Some(*path) == shortest) {
        match won.last_mut() {
            Some((WayIn::Circuit(last, connections), _)) if *last == id => connections.push(connection),
            _ => won.push((WayIn::Circuit(id, vec![connection]), prefix)),
        }
    }
    won
}

/// What becomes of an answer that the site sends by `reply` to what came in `over`.
fn judge(network: &Network, site: SiteId, over: &WayIn, reply: &Decision) -> InboundReason {
    if translates(network, over) {
        return InboundReason::SourceTranslated;
    }
    match reply.disposition {
        Disposition::Discarded | Disposition::Unreachable => return InboundReason::NoWayOut,
        Disposition::Ambiguous | Disposition::Unknown | Disposition::Private => {
            return InboundReason::AnswerUnknown;
        }
        _ => {}
    }
    let out = reply.circuits().to_vec();
    let stateful =
        || network.site(site).and_then(|site| site.internet.as_ref()).is_none_or(|edge| edge.stateful);
    match (over, reply.disposition) {
        (WayIn::Internet(edge), Disposition::Internet) if *edge == site => InboundReason::SameWay,
        (WayIn::Internet(_), Disposition::Internet) => InboundReason::OtherSite,
        (WayIn::Internet(_), Disposition::MicrosoftPeering) => {
            InboundReason::AnswerOverCircuit { circuits: out }
        }
        (WayIn::Circuit(..), Disposition::Internet) => {
            InboundReason::AnswerOverInternet { stateful: stateful() }
        }
        (WayIn::Circuit(id, _), Disposition::MicrosoftPeering) if out == [*id] => InboundReason::SameWay,
        (WayIn::Circuit(id, _), Disposition::MicrosoftPeering) if out.contains(id) => {
            InboundReason::AnyCircuit { circuits: out }
        }
        (WayIn::Circuit(..), Disposition::MicrosoftPeering) => InboundReason::OtherCircuit { circuits: out },
        _ => InboundReason::OtherPath,
    }
}

/// Whether the edge that packets come in at puts a source of its own into them.
fn translates(network: &Network, over: &WayIn) -> bool {
    match over {
        WayIn::Internet(site) => network
            .site(*site)
            .and_then(|site| site.internet.as_ref())
            .is_some_and(|edge| edge.inbound_source_nat),
        WayIn::Circuit(id, _) => network
            .circuit(*id)
            .and_then(|circuit| circuit.microsoft_peering.as_ref())
            .is_some_and(|peering| peering.inbound_source_nat),
    }
}

/// The longest prefix of a list that holds an address.
fn longest(prefixes: impl Iterator<Item = Spanned<IpPrefix>>, address: IpAddr) -> Option<Spanned<IpPrefix>> {
    prefixes.filter(|prefix| prefix.value.contains(address)).max_by_key(|prefix| prefix.value.length())
}

fn family_of(address: IpAddr) -> Family {
    if address.is_ipv4() { Family::V4 } else { Family::V6 }
}

fn longest_of(mut all: Vec<(WayIn, Spanned<IpPrefix>)>) -> Vec<(WayIn, Spanned<IpPrefix>)> {
    let length = all.iter().map(|(_, prefix)| prefix.value.length()).max();
    all.retain(|(_, prefix)| Some(prefix.value.length()) == length);
    all
}

impl WayIn {
    /// The path that it is.
    pub const fn disposition(&self) -> Disposition {
        match self {
            Self::Circuit(..) => Disposition::MicrosoftPeering,
            Self::Internet(_) => Disposition::Internet,
        }
    }

    /// The names of its sessions, as `edge-ams` or `er-ams/microsoft/primary`.
    pub fn names(&self, network: &Network) -> Vec<String> {
        match self {
            Self::Circuit(id, connections) => {
                let name = |connection: &Connection| {
                    Some(network.circuit(*id)?.connection_name(PeeringKind::Microsoft, *connection))
                };
                connections.iter().filter_map(name).collect()
            }
            Self::Internet(site) => {
                let edge = network.site(*site).and_then(|site| site.internet.as_ref());
                edge.map(|edge| edge.name.clone()).into_iter().collect()
            }
        }
    }
}
