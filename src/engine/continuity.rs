//! The outcome for existing flows when a network changes, through its file or through the state of its links.
//!
//! A [`Departure`] describes how a flow leaves: its session, its source address after translation and the stateful
//! device that it passes. The departures before and after the change determine the outcome. They do not depend on the
//! destination address, so one result applies to all flows to a range that share a decision and a carrier.
//!
//! Sources: Microsoft, *Designing for high availability with ExpressRoute* (with a NAT pool for each connection, flows
//! break when a connection fails; with a common pool before the split they survive), *ExpressRoute and site-to-site
//! coexisting* (only the internet backs up Microsoft peering, with another source address), *Asymmetric routing* (a
//! stateful device drops packets of sessions whose start it did not see).

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::addr::{Address, AddressSet, Family, IpPrefix};
use crate::diag::Spanned;
use crate::engine::decision::{ContinuityReason, Decision, Disposition, NextHop, ReturnVerdict};
use crate::engine::return_path::device_of;
use crate::engine::session::{Session, SessionKind, attachment};
use crate::network::{Network, PeeringKind, Site, SiteId};

/// A site or subnet from which flows leave. It derives the [`Departure`]s of its decisions.
#[derive(Clone, Copy, Debug)]
pub struct Departures<'a> {
    network: &'a Network,
    site: Option<(SiteId, &'a Site)>,
    sessions: &'a [Session],
}

/// How a flow leaves a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departure<'a> {
    disposition: Disposition,
    session: Option<&'a Session>,
    source: Source<'a>,
    device: Option<Device<'a>>,
    back: Option<ReturnVerdict>,
    unknown_return: bool,
}

/// The source addresses of flows after translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Source<'a> {
    family: Family,
    /// The NAT pool. Empty if no address of the family is translated; in that case clients keep their own addresses.
    pool: &'a [Spanned<IpPrefix>],
    /// The name of the site whose proxy sends the packets instead of the client, if any.
    proxy: Option<&'a str>,
}

/// A stateful device. It drops packets of sessions whose start it did not see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Device<'a> {
    /// At the internet edge with this name.
    Internet(&'a str),
    /// In front of the circuits that end at the site itself.
    Site,
    /// In front of a circuit that ends at another site of the company.
    Circuit(&'a str),
    /// In front of the circuits with private peering that end at a site, if the file declares the device.
    Declared(SiteId),
}

impl<'a> Departures<'a> {
    /// Creates the departures of a site. `sessions` are those of its engine or explanation, to which decisions refer.
    pub fn new(network: &'a Network, site: SiteId, sessions: &'a [Session]) -> Self {
        Self { network, site: network.site(site).map(|own| (site, own)), sessions }
    }

    /// Creates the departures of a subnet, with the sessions of its engine or explanation. No NAT pool in the network
    /// file translates packets from the subnet.
    pub fn of_subnet(network: &'a Network, sessions: &'a [Session]) -> Self {
        Self { network, site: None, sessions }
    }

    /// Returns how a flow of a family leaves over a carrier of a decision. The carrier is `None` if no session carries
    /// the flow.
    pub fn of(self, decision: &Decision, next_hop: Option<NextHop>, family: Family) -> Departure<'a> {
        let session = next_hop.and_then(|next_hop| {
            usize::try_from(next_hop.session.index()).ok().and_then(|index| self.sessions.get(index))
        });
        // The packets of a proxy leave as those of its site.
        let proxy = decision.proxy().and_then(|id| Some((id, self.network.site(id)?)));
        let leaving = Self { site: proxy.or(self.site), ..self };
        let (pool, device) = session.map_or((&[][..], None), |session| leaving.edge_of(session.kind));
        // A pool translates only addresses of its own family.
        let translates = pool.iter().any(|prefix| prefix.value.family() == family);
        let proxy = proxy.map(|(_, site)| site.name.as_str());
        let source = Source { family, pool: if translates { pool } else { &[] }, proxy };
        let disposition = decision.disposition;
        Departure { disposition, session, source, device, back: None, unknown_return: false }
    }

    /// Returns how flows of a family leave according to a decision: one departure for each carrier, in order, or a
    /// single departure without a session if no session carries the flows.
    pub fn all(self, decision: &Decision, family: Family) -> Vec<Departure<'a>> {
        if decision.next_hops().is_empty() {
            return vec![self.of(decision, None, family)];
        }
        decision.next_hops().iter().map(|next_hop| self.of(decision, Some(*next_hop), family)).collect()
    }

    fn edge_of(self, kind: SessionKind) -> (&'a [Spanned<IpPrefix>], Option<Device<'a>>) {
        if let SessionKind::Circuit(id, PeeringKind::Private, connection) = kind {
            let site = self.site.map(|(id, _)| id);
            return (&[], device_of(self.network, site, (id, connection)).map(Device::Declared));
        }
        let Some((_, site)) = self.site else { return (&[], None) };
        match kind {
            SessionKind::Internet(exit) => {
                let edge = self.network.site(exit).and_then(|site| site.internet.as_ref());
                edge.map_or((&[], None), |edge| {
                    (&edge.nat, edge.stateful.then_some(Device::Internet(&edge.name)))
                })
            }
            SessionKind::Circuit(id, PeeringKind::Microsoft, connection) => {
                let Some(circuit) = self.network.circuit(id) else { return (&[], None) };
                let pool = circuit.microsoft_peering.as_ref().map_or(&[][..], |own| own.nat_on(connection));
                let here = attachment(site, id).is_some_and(|own| own.metric.is_none());
                (pool, Some(if here { Device::Site } else { Device::Circuit(&circuit.name) }))
            }
            _ => (&[], None),
        }
    }
}

impl<'a> Departure<'a> {
    /// Adds the outcome of the replies, if it is known. A flow whose replies are dropped is lost even if its outbound
    /// path stays the same.
    #[must_use]
    pub fn with_return(self, back: Option<ReturnVerdict>) -> Self {
        Self { back, ..self }
    }

    /// Records whether the arrival of replies is unknown ([`Comparison::is_unknown`](super::Comparison::is_unknown)).
    /// If it is unknown, the outcome of the flow is unknown as well.
    #[must_use]
    pub fn with_unknown_return(self, unknown_return: bool) -> Self {
        Self { unknown_return, ..self }
    }

    /// Returns the name of the session. A name identifies the same session before and after the change.
    fn name(&self) -> Option<&'a str> {
        self.session.map(|session| session.name.as_str())
    }

    /// Returns the circuit and peering that carry the flow: the part of the session's name before the connection.
    fn peering(&self) -> Option<&'a str> {
        match self.session?.kind {
            SessionKind::Circuit(..) => Some(self.name()?.rsplit_once('/')?.0),
            _ => None,
        }
    }

    /// Returns whether packets leave and their replies are not known to be dropped.
    fn forwards(&self) -> bool {
        let gone = matches!(self.disposition, Disposition::Discarded | Disposition::Unreachable);
        !gone && self.back != Some(ReturnVerdict::Dropped)
    }

    fn is_known(&self) -> bool {
        !matches!(self.disposition, Disposition::Ambiguous | Disposition::Unknown | Disposition::Private)
    }
}

/// Returns the outcome for a flow that left as `before` and now leaves as `after`; `None` if there was no flow, because
/// no session carried it or its replies were dropped. Allocates only if the two pools differ.
pub fn continuity(before: &Departure<'_>, after: &Departure<'_>) -> Option<ContinuityReason> {
    use ContinuityReason as Why;
    if !before.forwards() {
        return None;
    }
    Some(match after.disposition {
        Disposition::Discarded => Why::Discarded,
        Disposition::Unreachable => Why::NoRoute,
        _ if !after.forwards() => Why::NoWayBack,
        _ if !before.is_known() || !after.is_known() => Why::PathUnknown,
        _ if before.unknown_return || after.unknown_return => Why::ReturnUnknown,
        _ => match before.source.survival(after.source) {
            Survival::None => Why::SourceChanges,
            _ if after.device.is_some_and(|device| before.device != Some(device)) => Why::OtherDevice,
            Survival::Some => Why::SourceMayChange,
            Survival::All => moved(before, after),
        },
    })
}

/// As [`continuity`], for all flows to a range: each reason that applies to some of the flows, best first. `before` and
/// `after` are the departures of the range's decisions, one for each carrier.
///
/// If the same sessions carry the range in the same order, every flow stays on its session. Otherwise any flow may move
/// to any of the sessions, because vendors do not publish how routers distribute flows.
///
/// # Complexity
///
/// The product of the numbers of carriers.
pub fn continuities(before: &[Departure<'_>], after: &[Departure<'_>]) -> BTreeSet<ContinuityReason> {
    let same = before.iter().map(Departure::name).eq(after.iter().map(Departure::name));
    if same {
        return before.iter().zip(after).filter_map(|(before, after)| continuity(before, after)).collect();
    }
    before.iter().flat_map(|before| after.iter().filter_map(|after| continuity(before, after))).collect()
}

/// Returns how a flow that keeps its source address and its stateful device continues.
fn moved(before: &Departure<'_>, after: &Departure<'_>) -> ContinuityReason {
    if before.disposition != after.disposition {
        return ContinuityReason::OtherPath;
    }
    if before.name() == after.name() {
        return ContinuityReason::SameSession;
    }
    match (before.peering(), after.peering()) {
        (Some(before), Some(after)) if before == after => ContinuityReason::OtherConnection,
        (Some(_), Some(_)) if after.source.pool.is_empty() => ContinuityReason::OtherCircuit,
        (Some(_), Some(_)) => ContinuityReason::OtherTranslation,
        _ => ContinuityReason::OtherPath,
    }
}

/// Whether all, some or none of the possible source addresses of flows remain valid after the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Survival {
    All,
    Some,
    None,
}

impl Source<'_> {
    fn survival(self, after: Self) -> Survival {
        // A connection to a proxy is one to another destination.
        if self.proxy != after.proxy {
            return Survival::None;
        }
        if self.pool == after.pool {
            return Survival::All;
        }
        match self.family {
            Family::V4 => survival::<Ipv4Addr>(self.pool, after.pool),
            Family::V6 => survival::<Ipv6Addr>(self.pool, after.pool),
        }
    }
}

fn survival<A: Address>(before: &[Spanned<IpPrefix>], after: &[Spanned<IpPrefix>]) -> Survival {
    let set = |pool: &[Spanned<IpPrefix>]| -> AddressSet<A> {
        pool.iter().filter_map(|prefix| prefix.value.of_family()).collect()
    };
    let (before, after) = (set(before), set(after));
    if before.is_empty() && after.is_empty() {
        return Survival::All;
    }
    // Clients' own addresses differ from pool addresses, so no source is kept if only one side has a pool.
    if before.intersection(&after).is_empty() {
        Survival::None
    } else if before.difference(&after).is_empty() {
        Survival::All
    } else {
        Survival::Some
    }
}
