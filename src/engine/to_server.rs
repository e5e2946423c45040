//! Connections from outside: how a packet reaches a published server, and whether the server's reply leaves over the
//! same link.
//!
//! Sources: Microsoft, *Asymmetric routing with ExpressRoute* (longest match among the prefixes advertised on
//! ExpressRoute and on the internet; if both advertise the same prefix, always ExpressRoute), *ExpressRoute NAT* (a
//! server that is reached over the internet needs source NAT at the internet edge; otherwise its replies match
//! ExpressRoute routes), *Routing requirements* and *Optimize routing* (among several circuits, the shorter AS path),
//! *Microsoft 365, routing with ExpressRoute* and Power Platform guidance, *set up* (an advertised prefix attracts
//! packets from any Microsoft server; from servers in other geographies only on Premium circuits).

use std::net::IpAddr;

use crate::addr::special::{SpecialScope, block_of};
use crate::addr::{Family, IpPrefix};
use crate::catalog::CommunityKind;
use crate::diag::Spanned;
use crate::engine::adj_rib_in::Advertiser;
use crate::engine::attraction::{Attracted, Attractions, OnCircuit};
use crate::engine::decision::{Decision, Disposition, Reason, ReturnVerdict, ServerReason};
use crate::engine::explain::{Explanation, explain_as_edge};
use crate::engine::inputs::{CompileError, Inputs};
use crate::network::{CircuitId, Connection, Network, PeeringKind, Published, PublishedId, SiteId};
use crate::rib::Community;

/// The outcome of a connection from outside to a published server.
#[derive(Debug)]
pub struct ToServer<'a> {
    /// The server.
    pub server: &'a Published,
    /// The server's id in the network.
    pub id: PublishedId,
    /// The public address at which the server is reached. It has the same address family as the remote end.
    pub address: Spanned<IpAddr>,
    /// Whether one of Microsoft's lists contains the remote end. Packets from remote ends in no list arrive over the
    /// internet.
    pub microsoft: bool,
    /// The outcome of the connection: the common outcome of all arrivals, or `unspecified` if they differ.
    pub verdict: ReturnVerdict,
    /// The links over which packets of the connection may arrive, with the outcome of the replies. There is one link,
    /// unless circuits or internet edges tie. If no link leads to the server, there is one entry with
    /// [`ServerReason::NotAdvertised`].
    pub arrivals: Vec<ServerIngress>,
    /// The path of the reply: the explanation of the remote end from the server's site.
    pub reply: Explanation<'a>,
}

/// A link over which packets arrive, with the outcome of the replies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerIngress {
    /// The link; `None` if no link that is up leads to the server.
    pub over: Option<IngressLink>,
    /// The advertised prefix that attracts the packets, with its position in the network file; the server's own address
    /// if no prefix attracts them.
    pub prefix: Spanned<IpPrefix>,
    /// The outcome of the replies.
    pub verdict: ReturnVerdict,
    /// The reason for the outcome.
    pub reason: ServerReason,
}

/// The link over which packets arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IngressLink {
    /// The Microsoft peering of a circuit, over one of these connections.
    Circuit(CircuitId, Vec<Connection>),
    /// The internet edge of a site.
    Internet(SiteId),
}

/// Why a connection to a published server cannot be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ToServerError {
    /// The server has no address of the remote end's family.
    #[error("`{server}` is published at no {family} address, so `{remote}` cannot reach it")]
    NoAddress {
        /// The server's name.
        server: String,
        /// The remote end.
        remote: IpAddr,
        /// The address family of the remote end.
        family: Family,
    },
    /// The address of the remote end cannot exist outside the company.
    #[error("`{remote}` ({block}) cannot start a connection from outside")]
    NotOutside {
        /// The remote end.
        remote: IpAddr,
        /// The special-purpose block that contains it.
        block: &'static str,
    },
    /// The id belongs to another network.
    #[error("the network has no published server with this id")]
    NoServer,
    /// The path of the reply cannot be evaluated.
    #[error(transparent)]
    Compile(#[from] CompileError),
}

/// Evaluates a connection that `remote` opens to a published server.
///
/// # Complexity
///
/// Linear in the number of routes, like [`explain`](super::explain::explain).
///
/// # Errors
///
/// [`ToServerError`].
pub fn to_server(inputs: Inputs<'_>, id: PublishedId, remote: IpAddr) -> Result<ToServer<'_>, ToServerError> {
    let server = inputs.network.published(id).ok_or(ToServerError::NoServer)?;
    if let Some(block) = block_of(remote).filter(|block| block.scope != SpecialScope::Reserved) {
        return Err(ToServerError::NotOutside { remote, block: block.name });
    }
    let family = family_of(remote);
    let address = server.address(family).ok_or_else(|| ToServerError::NoAddress {
        server: server.name.clone(),
        remote,
        family,
    })?;
    let reply = explain_as_edge(inputs, id.site, remote)?;
    let microsoft = !reply.lookup.is_empty();
    let attractions = attractions(inputs, address.value, microsoft.then_some(&reply));
    let arrivals: Vec<ServerIngress> = if attractions.is_empty() {
        let reason = ServerReason::NotAdvertised;
        let prefix = Spanned::new(IpPrefix::host(address.value), address.span);
        vec![ServerIngress { over: None, prefix, verdict: reason.verdict(), reason }]
    } else {
        let evaluated = attractions.into_iter().map(|(over, prefix)| {
            let reason = evaluate(inputs.network, id.site, &over, &reply.decision);
            ServerIngress { over: Some(over), prefix, verdict: reason.verdict(), reason }
        });
        evaluated.collect()
    };
    let first = arrivals.first().map(|arrival| arrival.verdict);
    let agreed = first.filter(|first| arrivals.iter().all(|arrival| arrival.verdict == *first));
    let verdict = agreed.unwrap_or(ReturnVerdict::Unspecified);
    Ok(ToServer { server, id, address, microsoft, verdict, arrivals, reply })
}

/// Returns the links over which packets to an address may arrive, each with the prefix that attracts the packets.
/// Packets from Microsoft's servers may arrive over circuits or the internet; the explanation of the reply gives the
/// server's region. All other packets arrive over the internet.
fn attractions(
    inputs: Inputs<'_>,
    address: IpAddr,
    microsoft: Option<&Explanation<'_>>,
) -> Vec<(IngressLink, Spanned<IpPrefix>)> {
    let (all, ours) = (Attractions::of(inputs), IpPrefix::host(address));
    let attracted = match microsoft {
        Some(reply) => all.microsoft(ours, |circuit| reaches(inputs, circuit, reply)),
        None => Attracted::Internet(all.internet(ours)),
    };
    match attracted {
        Attracted::Circuits(tied) => circuits(&tied),
        Attracted::Internet(tied) => {
            tied.into_iter().map(|edge| (IngressLink::Internet(edge.site), edge.prefix)).collect()
        }
        Attracted::Nowhere => Vec::new(),
    }
}

/// Returns whether packets from a Microsoft server can arrive over a circuit. Packets from other geographies can arrive
/// only over a Premium circuit.
fn reaches(inputs: Inputs<'_>, id: CircuitId, reply: &Explanation<'_>) -> bool {
    let Inputs { network, catalog, links, .. } = inputs;
    let region: Option<Community> =
        reply.lookup.communities.iter().map(|entry| entry.community).find(|community| {
            catalog.community(*community).is_some_and(|known| known.kind == CommunityKind::Regional)
        });
    let circuit = network.circuit(id);
    let advertiser = circuit.map(|circuit| Advertiser::new(catalog, links, id, circuit));
    advertiser.is_some_and(|advertiser| region.is_none_or(|region| advertiser.may_reach(region)))
}

/// Lists each circuit once, with its connections and the prefix of the first connection.
fn circuits(tied: &[&OnCircuit]) -> Vec<(IngressLink, Spanned<IpPrefix>)> {
    let mut won: Vec<(IngressLink, Spanned<IpPrefix>)> = Vec::new();
    for one in tied {
        match won.last_mut() {
            Some((IngressLink::Circuit(last, connections), _)) if *last == one.circuit => {
                connections.push(one.connection);
            }
            _ => won.push((IngressLink::Circuit(one.circuit, vec![one.connection]), one.prefix)),
        }
    }
    won
}

/// Returns the outcome for a reply that the site sends according to the decision `reply`. The packet arrived over the
/// link `over`.
fn evaluate(network: &Network, site: SiteId, over: &IngressLink, reply: &Decision) -> ServerReason {
    if translates(network, over) {
        return ServerReason::SourceTranslated;
    }
    match reply.disposition {
        Disposition::Discarded if is_known_session(network, over, reply) => return ServerReason::SameWay,
        Disposition::Discarded | Disposition::Unreachable => return ServerReason::NoWayOut,
        Disposition::Ambiguous | Disposition::Unknown | Disposition::Private => {
            return ServerReason::AnswerUnknown;
        }
        _ => {}
    }
    let out = reply.circuits().to_vec();
    let exits = reply.exits();
    let exits = if exits.is_empty() { vec![site] } else { exits };
    let stateful = || {
        exits.iter().any(|exit| {
            let edge = network.site(*exit).and_then(|site| site.internet.as_ref());
            edge.is_none_or(|edge| edge.stateful)
        })
    };
    match (over, reply.disposition) {
        (IngressLink::Internet(edge), Disposition::Internet) if exits == [*edge] => ServerReason::SameWay,
        (IngressLink::Internet(_), Disposition::Internet) => ServerReason::OtherSite,
        (IngressLink::Internet(_), Disposition::MicrosoftPeering) => {
            ServerReason::AnswerOverCircuit { circuits: out }
        }
        (IngressLink::Circuit(..), Disposition::Internet) => {
            ServerReason::AnswerOverInternet { stateful: stateful() }
        }
        (IngressLink::Circuit(id, _), Disposition::MicrosoftPeering) if out == [*id] => ServerReason::SameWay,
        (IngressLink::Circuit(id, _), Disposition::MicrosoftPeering) if out.contains(id) => {
            ServerReason::AnyCircuit { circuits: out }
        }
        (IngressLink::Circuit(..), Disposition::MicrosoftPeering) => {
            ServerReason::OtherCircuit { circuits: out }
        }
        _ => ServerReason::OtherPath,
    }
}

/// Returns whether a reply belongs to a session of the internet edge that denies packets to its destination: a stateful
/// device permits the replies of connections that it accepted.
fn is_known_session(network: &Network, over: &IngressLink, reply: &Decision) -> bool {
    let (IngressLink::Internet(arrived), Reason::Denied { site, .. }) = (over, reply.last_reason()) else {
        return false;
    };
    let edge = network.site(*site).and_then(|site| site.internet.as_ref());
    arrived == site && edge.is_some_and(|edge| edge.stateful)
}

/// Returns whether the edge at which packets arrive translates the packets' source.
fn translates(network: &Network, over: &IngressLink) -> bool {
    match over {
        IngressLink::Internet(site) => network
            .site(*site)
            .and_then(|site| site.internet.as_ref())
            .is_some_and(|edge| edge.inbound_source_nat),
        IngressLink::Circuit(id, _) => network
            .circuit(*id)
            .and_then(|circuit| circuit.microsoft_peering.as_ref())
            .is_some_and(|peering| peering.of_kind.inbound_source_nat),
    }
}

fn family_of(address: IpAddr) -> Family {
    if address.is_ipv4() { Family::V4 } else { Family::V6 }
}

impl IngressLink {
    /// Returns the path that corresponds to the link.
    pub const fn disposition(&self) -> Disposition {
        match self {
            Self::Circuit(..) => Disposition::MicrosoftPeering,
            Self::Internet(_) => Disposition::Internet,
        }
    }

    /// Returns the names of the link's sessions, such as `edge-ams` or `er-ams/microsoft/primary`.
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
