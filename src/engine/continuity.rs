//! What becomes of the flows that exist when a network changes, by its file or by what is up.
//!
//! A [`Departure`] is what a flow has of its way out: the session, its source after translation and the stateful
//! device that it passes. Two of them, from before and after, tell the rest; no address is asked for, so that one
//! answer serves all flows of a range that share decision and carrier.
//!
//! Sources: Microsoft, *Designing for high availability with ExpressRoute* (a NAT pool for each connection: flows
//! break when one fails; a common pool before the split survives), *ExpressRoute and site-to-site coexisting*
//! (nothing backs up Microsoft peering but the internet, with another source), *Asymmetric routing* (a stateful
//! device drops what it saw no beginning of).

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::addr::{AddressSet, Family, IpPrefix, Prefix};
use crate::diag::Spanned;
use crate::engine::decision::{Carrier, ContinuityReason, Decision, Disposition, ReturnVerdict};
use crate::engine::session::{Session, SessionKind, attachment};
use crate::network::{Network, PeeringKind, Site, SiteId};

/// What leaves a site, to tell the [`Departure`]s of its decisions.
#[derive(Clone, Copy, Debug)]
pub struct Departures<'a> {
    network: &'a Network,
    site: Option<&'a Site>,
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

/// The source addresses that flows have once they have left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Source<'a> {
    family: Family,
    /// Empty where nothing of the family is translated: clients keep their own addresses.
    pool: &'a [Spanned<IpPrefix>],
}

/// A device that drops what it saw no beginning of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Device<'a> {
    /// At the internet edge of this name.
    Internet(&'a str),
    /// Before the circuits that end at the site itself.
    Site,
    /// Before a circuit that ends elsewhere in the company's network.
    Circuit(&'a str),
}

impl<'a> Departures<'a> {
    /// Of a site, with the sessions of its engine or explanation, which `decision`s refer to.
    pub fn new(network: &'a Network, site: SiteId, sessions: &'a [Session]) -> Self {
        Self { network, site: network.site(site), sessions }
    }

    /// Of a subnet, with the sessions of its engine or explanation: no pool of the file's translates, and no device of a site
    /// is passed on the way out.
    pub fn of_subnet(network: &'a Network, sessions: &'a [Session]) -> Self {
        Self { network, site: None, sessions }
    }

    /// How a flow of a family leaves over a carrier of a decision; `None` where no session carries it.
    pub fn of(self, decision: &Decision, carrier: Option<Carrier>, family: Family) -> Departure<'a> {
        let session = carrier.and_then(|carrier| {
            usize::try_from(carrier.session.index()).ok().and_then(|index| self.sessions.get(index))
        });
        let (pool, device) = session.map_or((&[][..], None), |session| self.edge_of(session.kind));
        // A pool translates its own family only.
        let translates = pool.iter().any(|prefix| prefix.value.family() == family);
        let source = Source { family, pool: if translates { pool } else { &[] } };
        let disposition = decision.disposition;
        Departure { disposition, session, source, device, back: None, unknown_return: false }
    }

    /// How flows of a family leave by a decision, one for each of its carriers in their order; one without a
    /// session where nothing carries it.
    pub fn all(self, decision: &Decision, family: Family) -> Vec<Departure<'a>> {
        if decision.carriers().is_empty() {
            return vec![self.of(decision, None, family)];
        }
        decision.carriers().iter().map(|carrier| self.of(decision, Some(*carrier), family)).collect()
    }

    fn edge_of(self, kind: SessionKind) -> (&'a [Spanned<IpPrefix>], Option<Device<'a>>) {
        let Some(site) = self.site else { return (&[], None) };
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
    /// With what becomes of the answers, where it is known: a flow whose answers are dropped is lost although
    /// its way out stands.
    #[must_use]
    pub fn with_return(self, back: Option<ReturnVerdict>) -> Self {
        Self { back, ..self }
    }

    /// With whether it cannot be told if answers arrive ([`Comparison::is_unknown`](super::Comparison::is_unknown)):
    /// then nothing can be told of the flow.
    #[must_use]
    pub fn with_unknown_return(self, unknown_return: bool) -> Self {
        Self { unknown_return, ..self }
    }

    /// The name of its session, which is the same in any network.
    fn name(&self) -> Option<&'a str> {
        self.session.map(|session| session.name.as_str())
    }

    /// The circuit and peering that carry it: what stands before the connection in the session's name.
    fn peering(&self) -> Option<&'a str> {
        match self.session?.kind {
            SessionKind::Circuit(..) => Some(self.name()?.rsplit_once('/')?.0),
            _ => None,
        }
    }

    /// Whether packets leave at all, and their answers are not known to be dropped.
    fn carries(&self) -> bool {
        let gone = matches!(self.disposition, Disposition::Discarded | Disposition::Unreachable);
        !gone && self.back != Some(ReturnVerdict::Dropped)
    }

    fn is_known(&self) -> bool {
        !matches!(self.disposition, Disposition::Ambiguous | Disposition::Unknown | Disposition::Private)
    }
}

/// What becomes of a flow that left as `before` once it leaves as `after`; `None` where there was no flow, since
/// nothing carried it or its answers were dropped. Allocates only where the two pools differ.
pub fn continuity(before: &Departure<'_>, after: &Departure<'_>) -> Option<ContinuityReason> {
    use ContinuityReason as Why;
    if !before.carries() {
        return None;
    }
    Some(match after.disposition {
        Disposition::Discarded => Why::Discarded,
        Disposition::Unreachable => Why::NoRoute,
        _ if !after.carries() => Why::NoWayBack,
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

/// As [`continuity`], for all flows of a range: each reason that holds for some of them, the best first. `before`
/// and `after` are the departures of the range's decisions, by carrier.
///
/// Where the same sessions carry it in the same order every flow stays on its own. Otherwise any flow may go to
/// any of them: how routers spread flows is not published.
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

/// Over what a flow goes on that keeps its source and its device.
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

/// How many of the sources that flows may have are still theirs afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Survival {
    All,
    Some,
    None,
}

impl Source<'_> {
    fn survival(self, after: Self) -> Survival {
        if self.pool == after.pool {
            return Survival::All;
        }
        match self.family {
            Family::V4 => survival(&self.v4(), &after.v4()),
            Family::V6 => survival(&self.v6(), &after.v6()),
        }
    }

    fn v4(self) -> Vec<Prefix<Ipv4Addr>> {
        let of = |one: &Spanned<IpPrefix>| match one.value {
            IpPrefix::V4(prefix) => Some(prefix),
            IpPrefix::V6(_) => None,
        };
        self.pool.iter().filter_map(of).collect()
    }

    fn v6(self) -> Vec<Prefix<Ipv6Addr>> {
        let of = |one: &Spanned<IpPrefix>| match one.value {
            IpPrefix::V4(_) => None,
            IpPrefix::V6(prefix) => Some(prefix),
        };
        self.pool.iter().filter_map(of).collect()
    }
}

fn survival<A: crate::addr::Address>(before: &[Prefix<A>], after: &[Prefix<A>]) -> Survival {
    if before.is_empty() && after.is_empty() {
        return Survival::All;
    }
    let set = |prefixes: &[Prefix<A>]| AddressSet::from_prefixes(prefixes.iter().copied());
    let (before, after) = (set(before), set(after));
    // A pool on one side only: clients' own addresses and a pool's are not the same.
    if before.intersection(&after).is_empty() {
        Survival::None
    } else if before.difference(&after).is_empty() {
        Survival::All
    } else {
        Survival::Some
    }
}
