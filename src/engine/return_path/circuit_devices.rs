//! The stateful devices of sites in front of circuits: such a device must see both directions.
//!
//! Source: Microsoft, *Asymmetric routing with multiple network paths* (a stateful firewall at one path drops replies to
//! packets that left over another path).

use crate::diag::Span;
use crate::engine::decision::{Chooser, Comparison, Crossing, Tunnel};
use crate::engine::return_path::reply::chosen;
use crate::engine::session::attachment;
use crate::network::{CircuitId, Connection, Network, SiteId};

/// The end of a link at a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct End {
    /// The site; `None` if unknown.
    site: Option<SiteId>,
    /// Whether the site's device stands in front of the link; `None` if unknown.
    stateful: Option<bool>,
    /// The position of the circuit at the site.
    span: Span,
}

/// A device that sees one direction only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OneSided {
    site: SiteId,
    span: Span,
    by_packet: bool,
}

impl End {
    /// Returns the end of a connection. A circuit that ends at `own` by that site's own entry ends there, even if other
    /// sites have the same entry.
    fn of(network: &Network, own: SiteId, (circuit, connection): (CircuitId, Connection)) -> Self {
        let entry = |id: SiteId| {
            let entry = attachment(network.site(id)?, circuit)?;
            entry.ends(connection).then_some((id, entry))
        };
        let found = entry(own).or_else(|| entry(network.edge_of(circuit, connection)?));
        found.map_or(Self { site: None, stateful: None, span: Span::default() }, |(id, entry)| Self {
            site: Some(id),
            stateful: entry.stateful,
            span: entry.span,
        })
    }

    /// Returns the ends of a link, without repetition. No device is known in front of tunnels and internet edges.
    fn all(network: &Network, own: SiteId, crossing: Crossing) -> Vec<Self> {
        let without = |site| vec![Self { site: Some(site), stateful: None, span: Span::default() }];
        match crossing {
            Crossing::Circuit(id) => {
                let mut ends: Vec<Self> =
                    Connection::ALL.map(|connection| Self::of(network, own, (id, connection))).to_vec();
                ends.dedup();
                ends
            }
            Crossing::Tunnel(Tunnel { site, .. }) | Crossing::Internet(site) => without(site),
            Crossing::OnPremises => Vec::new(),
        }
    }

    fn device(self) -> Option<SiteId> {
        self.site.filter(|_| self.stateful == Some(true))
    }

    /// Whether a link with this end certainly does not pass the device of a site.
    fn avoids(self, site: SiteId) -> bool {
        self.stateful == Some(false) || self.site.is_some_and(|own| own != site)
    }
}

/// Returns the device that sees only one direction of a flow whose packets and replies use links with these ends;
/// `None` if there is none, or if it is unknown. The device that the reply reaches comes first, because the reply
/// precedes the next packet.
fn one_sided(out: End, back: End) -> Option<OneSided> {
    let unseen = back.device().filter(|site| out.avoids(*site));
    let missed = out.device().filter(|site| back.avoids(*site));
    unseen
        .map(|site| OneSided { site, span: back.span, by_packet: false })
        .or_else(|| missed.map(|site| OneSided { site, span: out.span, by_packet: true }))
}

/// As [`chosen`], and considers the stateful devices in front of circuits at sites. `site` is the site that sends the
/// packets, or the replies to packets from Azure.
pub(super) fn chosen_at(
    network: &Network,
    site: SiteId,
    (packet, answer): (Vec<Crossing>, Vec<Crossing>),
    by: Chooser,
) -> Comparison {
    let ends = |crossings: &[Crossing]| -> Vec<End> {
        crossings.iter().flat_map(|crossing| End::all(network, site, *crossing)).collect()
    };
    let (outs, backs) = (ends(&packet), ends(&answer));
    let pairs = || outs.iter().flat_map(|out| backs.iter().map(|back| one_sided(*out, *back)));
    let Some(device) = pairs().flatten().next() else { return chosen(packet, answer, by) };
    Comparison::SiteDevice {
        site: device.site,
        circuit: device.span,
        by_packet: device.by_packet,
        always: pairs().all(|pair| pair.is_some()),
        answer,
        by,
    }
}

/// Returns the worse of a difference between the appliances of both directions and the comparison of their links; the
/// difference if both are equally bad.
pub(super) fn worse(difference: Option<Comparison>, links: Comparison) -> Comparison {
    match difference {
        Some(difference) if !is_site_device(&links) || difference.verdict() >= links.verdict() => difference,
        _ => links,
    }
}

fn is_site_device(links: &Comparison) -> bool {
    matches!(links, Comparison::SiteDevice { .. })
}

/// Returns whether a stateful device of a site in front of a circuit sees only one direction of a flow whose packets
/// and replies use these connections. `site` is the site that sends the packets, or the replies to packets from Azure.
pub(crate) fn is_one_sided(
    network: &Network,
    site: SiteId,
    out: (CircuitId, Connection),
    back: (CircuitId, Connection),
) -> bool {
    one_sided(End::of(network, site, out), End::of(network, site, back)).is_some()
}

/// Returns the site whose stateful device stands in front of a connection. `site` is the site that sends packets over
/// it.
pub(in crate::engine) fn device_of(
    network: &Network,
    site: Option<SiteId>,
    connection: (CircuitId, Connection),
) -> Option<SiteId> {
    let site = site.or_else(|| network.edge_of(connection.0, connection.1))?;
    End::of(network, site, connection).device()
}
