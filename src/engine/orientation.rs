//! Determines which end of a flow is the client: the customer's side, from which the path is evaluated.

use std::net::IpAddr;

use crate::addr::special::{self, SpecialScope};
use crate::addr::{FlowKey, IpPrefix, Protocol};

/// The known facts about a conversation, that is, both directions of a five-tuple.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conversation<'a> {
    /// The direction whose packet was seen first.
    pub first: &'a FlowKey,
    /// TCP: a segment with SYN and without ACK was seen in the direction of `first`.
    pub opened_by_source: bool,
    /// TCP: a segment with SYN and without ACK was seen against the direction of `first`.
    pub opened_by_destination: bool,
}

/// Which end of [`Conversation::first`] is the client, and which rule determined it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Orientation {
    /// Whether the client is the source of `first`. Otherwise the client is the destination of `first`.
    pub client_is_source: bool,
    /// The rule that determined the client.
    pub by: OrientationRule,
}

/// A rule that distinguishes the client from the remote end. The rules are tried in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrientationRule {
    /// Exactly one end lies in the client prefixes of a site.
    SitePrefix,
    /// Exactly one end has a private, shared or link-local address.
    PrivateAddress,
    /// One end opened the TCP connection: a SYN without ACK.
    Opener,
    /// One end sent the first captured packet.
    FirstPacket,
}

impl OrientationRule {
    /// The word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::SitePrefix => "site-prefix",
            Self::PrivateAddress => "private-address",
            Self::Opener => "opener",
            Self::FirstPacket => "first-packet",
        }
    }
}

/// Determines the client according to the first rule that decides.
///
/// `sites` are the client prefixes of all sites; empty without a network file. A group address (multicast,
/// broadcast) is never a client.
pub fn orient(conversation: Conversation<'_>, sites: &[IpPrefix]) -> Orientation {
    let FlowKey { source, destination, protocol, .. } = *conversation.first;
    let at_site = |address: IpAddr| sites.iter().any(|prefix| prefix.contains(address));
    match (at_site(source), at_site(destination)) {
        (true, false) => return known(true, OrientationRule::SitePrefix),
        (false, true) => return known(false, OrientationRule::SitePrefix),
        _ => {}
    }
    match (is_inside(source), is_inside(destination)) {
        (true, false) => return known(true, OrientationRule::PrivateAddress),
        (false, true) => return known(false, OrientationRule::PrivateAddress),
        _ => {}
    }
    if protocol == Protocol::TCP && conversation.opened_by_source != conversation.opened_by_destination {
        return known(conversation.opened_by_source, OrientationRule::Opener);
    }
    known(true, OrientationRule::FirstPacket)
}

fn known(client_is_source: bool, by: OrientationRule) -> Orientation {
    Orientation { client_is_source, by }
}

/// Returns whether an address can exist only inside the customer's network, not on the internet.
fn is_inside(address: IpAddr) -> bool {
    special::block_of(address).is_some_and(|block| match block.scope {
        SpecialScope::Private | SpecialScope::Shared | SpecialScope::Link => !is_broadcast(address),
        SpecialScope::Multicast | SpecialScope::Reserved | SpecialScope::Translated => false,
    })
}

fn is_broadcast(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(address) if address.is_broadcast())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(source: &str, destination: &str) -> FlowKey {
        FlowKey {
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
            protocol: Protocol::TCP,
            source_port: 1,
            destination_port: 2,
        }
    }

    #[test]
    fn rules_in_their_order() {
        let sites: Vec<IpPrefix> = vec!["198.51.100.0/24".parse().unwrap()];
        let found = |source, destination, opened_by_destination, sites: &[IpPrefix]| {
            let first = &key(source, destination);
            let conversation = Conversation { first, opened_by_source: false, opened_by_destination };
            let orientation = orient(conversation, sites);
            (orientation.client_is_source, orientation.by)
        };
        for (source, destination, opened, sites, says) in [
            ("52.112.0.1", "198.51.100.7", false, &sites[..], (false, OrientationRule::SitePrefix)),
            ("52.112.0.1", "10.0.0.1", false, &[], (false, OrientationRule::PrivateAddress)),
            ("8.8.8.8", "9.9.9.9", true, &[], (false, OrientationRule::Opener)),
            ("8.8.8.8", "9.9.9.9", false, &[], (true, OrientationRule::FirstPacket)),
            ("10.0.0.1", "255.255.255.255", false, &[], (true, OrientationRule::PrivateAddress)),
            ("fd00::1", "2603:1061::1", false, &[], (true, OrientationRule::PrivateAddress)),
        ] {
            assert_eq!(found(source, destination, opened, sites), says, "{source} to {destination}");
        }
    }
}
