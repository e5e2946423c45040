//! Microsoft's limits on the number of routes, and whether they are exceeded.
//!
//! If a family exceeds a limit, its session drops. The session is re-established when the count is below the limit
//! again (Microsoft, *ExpressRoute FAQ* and *routing requirements*). All routes over the session are lost, not only the
//! surplus.

use std::fmt;

use crate::addr::{Family, IpPrefix};
use crate::diag::Spanned;
use crate::network::{Circuit, Connection, Network, PeeringKind, Sku, VirtualNetworkId};

/// A limit on the number of prefixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// Prefixes that a customer advertises over a session on private peering.
    Private,
    /// Prefixes that a customer advertises over a session on Microsoft peering.
    Microsoft,
    /// Prefixes that the gateway of a virtual network advertises to a circuit, including those of peered virtual
    /// networks and of its Route Server.
    Gateway,
}

impl Limit {
    /// Returns the maximum number of prefixes.
    ///
    /// Private peering: 4,000 IPv4 prefixes, 10,000 with Premium; 100 IPv6 prefixes. Microsoft peering: 200 of
    /// each family. A gateway: 1,000 IPv4 and 100 IPv6 prefixes.
    pub fn allowed(self, family: Family, sku: Sku) -> usize {
        match (self, family, sku) {
            (Self::Private, Family::V4, Sku::Premium) => 10_000,
            (Self::Private, Family::V4, Sku::Local | Sku::Standard) => 4_000,
            (Self::Microsoft, ..) => 200,
            (Self::Gateway, Family::V4, _) => 1_000,
            (Self::Private | Self::Gateway, Family::V6, _) => 100,
        }
    }
}

/// A limit that is exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exceeded {
    /// The limit.
    pub limit: Limit,
    /// The family that is counted.
    pub family: Family,
    /// The number of prefixes.
    pub count: usize,
    /// The maximum number of prefixes.
    pub allowed: usize,
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limit, family, count, allowed } = self;
        let whose = match limit {
            Limit::Private => "advertised on private peering",
            Limit::Microsoft => "advertised on Microsoft peering",
            Limit::Gateway => "advertised by the gateway of the virtual network",
        };
        write!(f, "{count} {family} prefixes are {whose}, but only {allowed} are allowed")
    }
}

/// Returns the limit that the session of a family on a connection exceeds, if any.
pub(in crate::engine) fn session(
    circuit: &Circuit,
    peering: PeeringKind,
    connection: Connection,
    family: Family,
) -> Option<Exceeded> {
    let (limit, advertised) = match peering {
        PeeringKind::Microsoft => {
            (Limit::Microsoft, circuit.microsoft_peering.as_ref()?.advertised_on(connection))
        }
        PeeringKind::Private => (Limit::Private, circuit.private_peering.as_ref()?.advertised_on(connection)),
    };
    exceeded(limit, family, circuit.sku.value, advertised.iter())
}

/// Returns the limit that the gateway of a virtual network exceeds on its connection to a circuit, if any. The whole
/// connection is cut, regardless of the family that exceeds the limit (Microsoft, *ExpressRoute FAQ*).
pub(in crate::engine) fn gateway(
    network: &Network,
    circuit: &Circuit,
    id: VirtualNetworkId,
) -> Option<Exceeded> {
    let found = network.advertised_to_circuits(id);
    let announced = network.announced_by(id).iter().map(|(_, prefix)| prefix).chain(&found);
    let of = |family| exceeded(Limit::Gateway, family, circuit.sku.value, announced.clone());
    [Family::V4, Family::V6].into_iter().find_map(of)
}

fn exceeded<'p>(
    limit: Limit,
    family: Family,
    sku: Sku,
    prefixes: impl Iterator<Item = &'p Spanned<IpPrefix>>,
) -> Option<Exceeded> {
    let count = prefixes.filter(|prefix| prefix.value.family() == family).count();
    let allowed = limit.allowed(family, sku);
    (count > allowed).then_some(Exceeded { limit, family, count, allowed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_microsofts() {
        let allowed = |limit: Limit, sku| (limit.allowed(Family::V4, sku), limit.allowed(Family::V6, sku));
        assert_eq!(allowed(Limit::Private, Sku::Standard), (4_000, 100));
        assert_eq!(allowed(Limit::Private, Sku::Premium), (10_000, 100));
        assert_eq!(allowed(Limit::Microsoft, Sku::Premium), (200, 200));
        assert_eq!(allowed(Limit::Gateway, Sku::Local), (1_000, 100));
    }
}
