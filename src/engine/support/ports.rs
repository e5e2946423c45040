//! The ports to which an endpoint set applies.
//!
//! Routing does not depend on ports, but documented support does: a Microsoft 365 endpoint set names the ports to which
//! it applies. The port space is divided into a few intervals (atoms). The same sets apply to all ports in an atom, so
//! a property of all ports is checked only once for each atom.

use std::fmt;
use std::ops::RangeInclusive;

use crate::catalog::EndpointSet;

/// A transport protocol with ports that endpoint sets can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Transport {
    /// Both protocols.
    pub const ALL: [Self; 2] = [Self::Tcp, Self::Udp];

    /// The word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }

    /// Returns the IANA protocol number.
    pub const fn number(self) -> u8 {
        match self {
            Self::Tcp => 6,
            Self::Udp => 17,
        }
    }

    /// Returns the ports that a set names for this protocol, ascending.
    fn ports(self, set: &EndpointSet) -> &[RangeInclusive<u16>] {
        match self {
            Self::Tcp => &set.tcp_ports,
            Self::Udp => &set.udp_ports,
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A destination port of a transport protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransportPort {
    /// The protocol.
    pub transport: Transport,
    /// The port number in host byte order.
    pub number: u16,
}

impl fmt::Display for TransportPort {
    /// Writes the port, such as `tcp 443`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.transport, self.number)
    }
}

/// Returns whether a set applies to a port. A set without ports applies to all ports. A set with ports of only one
/// protocol does not apply to the other protocol.
pub fn fits(set: &EndpointSet, port: TransportPort) -> bool {
    let any = set.tcp_ports.is_empty() && set.udp_ports.is_empty();
    any || port.transport.ports(set).iter().any(|range| range.contains(&port.number))
}

/// Ports of one protocol to which the same sets apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Atom {
    /// The protocol.
    pub transport: Transport,
    /// The ports, inclusive.
    pub ports: RangeInclusive<u16>,
    /// The indexes of the sets that apply, in the argument of [`atoms`].
    pub sets: Vec<usize>,
}

/// Returns all ports of both protocols, TCP first, ascending and without gaps. Splits them where a set starts or ceases
/// to apply.
///
/// # Complexity
///
/// `O(n²)` in the number of port ranges of the sets. There are only a few for one address.
pub fn atoms(sets: &[&EndpointSet]) -> Vec<Atom> {
    let mut all = Vec::new();
    for transport in Transport::ALL {
        let mut starts: Vec<u16> = vec![0];
        for range in sets.iter().flat_map(|set| transport.ports(set)) {
            starts.push(*range.start());
            starts.extend(range.end().checked_add(1));
        }
        starts.sort_unstable();
        starts.dedup();
        let ends = starts.iter().skip(1).map(|next| next - 1).chain([u16::MAX]);
        let first = all.len();
        for (start, end) in starts.iter().zip(ends) {
            let port = TransportPort { transport, number: *start };
            let speaking: Vec<usize> =
                sets.iter().enumerate().filter(|(_, set)| fits(set, port)).map(|(index, _)| index).collect();
            // Two ranges to which the same sets apply are merged.
            let before = all.get_mut(first..).and_then(<[Atom]>::last_mut);
            match before.filter(|atom| atom.sets == speaking) {
                Some(atom) => atom.ports = *atom.ports.start()..=end,
                None => all.push(Atom { transport, ports: *start..=end, sets: speaking }),
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Category, Instance};
    use proptest::prelude::*;

    type Ranges = Vec<RangeInclusive<u16>>;

    fn set(tcp_ports: Ranges, udp_ports: Ranges) -> EndpointSet {
        EndpointSet {
            id: 1,
            instance: Instance::Worldwide,
            service_area: "Exchange".to_owned(),
            display_name: "Exchange Online".to_owned(),
            urls: Vec::new(),
            tcp_ports,
            udp_ports,
            express_route: true,
            category: Category::Allow,
            required: true,
            notes: String::new(),
            prefixes: Vec::new(),
            source: 0,
        }
    }

    /// Generates port ranges from small numbers and from both ends of the port space.
    fn ranges() -> impl Strategy<Value = Ranges> {
        let port = prop_oneof![0..40_u16, 65_500..=u16::MAX];
        let range = (port.clone(), port).prop_map(|(one, two)| one.min(two)..=one.max(two));
        proptest::collection::vec(range, 0..4)
    }

    proptest! {
        // Each case checks 131,072 ports.
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// Compares [`atoms`] with a slow implementation that checks every port separately.
        #[test]
        fn atoms_say_of_each_port_what_asking_for_it_says(
            ports in proptest::collection::vec((ranges(), ranges()), 0..4)
        ) {
            let sets: Vec<EndpointSet> = ports.into_iter().map(|(tcp, udp)| set(tcp, udp)).collect();
            let sets: Vec<&EndpointSet> = sets.iter().collect();
            let mut slow: Vec<Atom> = Vec::new();
            for transport in Transport::ALL {
                for number in 0..=u16::MAX {
                    let fit = |(index, set): (usize, &&EndpointSet)| {
                        fits(set, TransportPort { transport, number }).then_some(index)
                    };
                    let speaking: Vec<usize> = sets.iter().enumerate().filter_map(fit).collect();
                    match slow.last_mut() {
                        Some(last) if last.transport == transport && last.sets == speaking => {
                            last.ports = *last.ports.start()..=number;
                        }
                        _ => slow.push(Atom { transport, ports: number..=number, sets: speaking }),
                    }
                }
            }
            prop_assert_eq!(atoms(&sets), slow);
        }
    }

    #[test]
    fn a_set_without_ports_speaks_of_all_and_one_with_tcp_alone_of_no_udp() {
        let udp = TransportPort { transport: Transport::Udp, number: 443 };
        assert!(fits(&set(vec![], vec![]), udp));
        assert!(!fits(&set(vec![443..=443], vec![]), udp));
    }
}
