//! Columns that several views have in common, each over the part of a row that it shows.

use crate::addr::{Family, IpPrefix, Protocol};
use crate::engine::SupportVerdict;
use crate::report::columns::Columns;
use crate::sim::scenario::LinkName;
use crate::sim::{Direction, Facts, PathLabel, PathName, Volume};

/// A link in one direction, with its load in thousandths of its rate.
pub(super) type LoadedLink<'c> = (&'c LinkName, Direction, u64);

/// The meaning of the path of a packet, if nothing needs to be added.
pub(super) const TO_REMOTE_END: &str = "the path to the remote end";

/// The path of a packet with its circuits, hops and end.
pub(super) fn path_name<'c>(meaning: &'static str) -> Columns<'c, PathName> {
    Columns::<PathName>::new()
        .text("path", meaning, |path| path.disposition.word())
        .group(|path| path, carriers())
}

/// The circuits and hops of a path, and its end.
pub(super) fn carriers<'c>() -> Columns<'c, PathName> {
    Columns::<PathName>::new()
        .list("circuits", "the circuits of the path; several have equal cost", |path| path.circuits.clone())
        .list("hops", "the gateways, appliances, hubs and other edges on the path", |path| path.hops.clone())
        .text(
            "ends",
            "the end of its trace: delivered, exits-network, no-route, discarded, loop, unknown",
            |path| path.ends.word(),
        )
}

/// The path of conversations and its session.
pub(super) fn path_label<'c>() -> Columns<'c, PathLabel> {
    path_label_as(
        ("path", "the path from the client to the remote end"),
        ("via", "the session over which packets leave"),
    )
}

/// The same under other names, each with its meaning.
pub(super) fn path_label_as<'c>(
    path: (&'static str, &'static str),
    via: (&'static str, &'static str),
) -> Columns<'c, PathLabel> {
    Columns::<PathLabel>::new().text(path.0, path.1, |label| label.disposition.word()).text(
        via.0,
        via.1,
        |label| label.via.as_ref().map(ToString::to_string),
    )
}

/// The most specific prefix of an address.
pub(super) fn list_prefix<'c>() -> Columns<'c, IpPrefix> {
    Columns::<IpPrefix>::new().text(
        "prefix",
        "the most specific prefix of any list that contains the address",
        IpPrefix::to_string,
    )
}

/// All service tags of an address.
pub(super) fn tags<'c>() -> Columns<'c, Facts> {
    Columns::<Facts>::new()
        .list("tags", "all service tags, the most specific prefix first", |facts| facts.tags.clone())
}

/// All endpoint sets of an address.
pub(super) fn endpoint_sets<'c>() -> Columns<'c, Facts> {
    Columns::<Facts>::new().list(
        "m365_sets",
        "Microsoft 365 endpoint sets as id:area:category:er=true|false",
        |facts| facts.sets.clone(),
    )
}

/// The communities of an address.
pub(super) fn communities<'c>() -> Columns<'c, [String]> {
    Columns::<[String]>::new().list(
        "communities",
        "the communities that contain the address",
        <[String]>::to_vec,
    )
}

/// The evidence for each of the communities.
pub(super) fn evidence<'c>() -> Columns<'c, [String]> {
    Columns::<[String]>::new().list(
        "evidence",
        "how it is known that each of the communities contains it",
        <[String]>::to_vec,
    )
}

/// The support of a service.
pub(super) fn support<'c>() -> Columns<'c, SupportVerdict> {
    Columns::<SupportVerdict>::new()
        .text("support", "its documented support on ExpressRoute", |support| support.word())
}

/// The protocol of a flow, from its number.
pub(super) fn protocol<'c>() -> Columns<'c, u8> {
    Columns::<u8>::new()
        .text("protocol", "the name or number of the protocol", |number| Protocol(*number).to_string())
}

/// A number of packets.
pub(super) fn packets<'c>() -> Columns<'c, u64> {
    Columns::<u64>::new().integer("packets", "packets", |packets| *packets)
}

/// The bytes of whole frames.
pub(super) fn frame_bytes<'c>() -> Columns<'c, u64> {
    Columns::<u64>::new().bytes("frame_bytes", "bytes of whole frames on the wire", |bytes| *bytes)
}

/// The bytes of IP packets.
pub(super) fn ip_bytes<'c>() -> Columns<'c, u64> {
    Columns::<u64>::new().bytes(
        "ip_bytes",
        "bytes according to the IP header, including the header",
        |bytes| *bytes,
    )
}

/// The packets of an amount of traffic and their IP bytes.
pub(super) fn volume<'c>() -> Columns<'c, Volume> {
    Columns::<Volume>::new()
        .group(|volume| &volume.packets, packets())
        .group(|volume| &volume.ip_bytes, ip_bytes())
}

/// The part of `ip_bytes` that clients sent.
pub(super) fn sent<'c>() -> Columns<'c, Volume> {
    Columns::<Volume>::new()
        .bytes("sent_ip_bytes", "of ip_bytes, those from the client", |volume| volume.ip_bytes)
}

/// A number of conversations.
pub(super) fn conversations<'c>() -> Columns<'c, u64> {
    Columns::<u64>::new().integer("flows", "conversations (both directions of a five-tuple)", |flows| *flows)
}

const DIRECTION: &str = "`out` from the company to Microsoft and the internet, `in` to the company; on \
     a link between sites, `out` in the order of its `sites`; at an appliance and on `SITE/wan`, `out` from the client";

/// A link and a direction.
pub(super) fn link_and_direction<'c>() -> Columns<'c, (&'c LinkName, Direction)> {
    Columns::<(&LinkName, Direction)>::new()
        .text(
            "link",
            "internet edge, connection, circuit (the limit that its connections share), gateway, \
             link of a site to the company's network, tunnel, link between sites, or appliance",
            |(link, _)| link.to_string(),
        )
        .text("direction", DIRECTION, |(_, direction)| direction.word())
}

/// The load of a link in thousandths of its rate.
pub(super) fn peak_permille<'c>() -> Columns<'c, u64> {
    Columns::<u64>::new().integer(
        "peak_permille",
        "the same in thousandths of the rate; above 1,000 it exceeds the rate",
        |permille| *permille,
    )
}

/// The link with the highest load.
pub(super) fn worst_link<'c>() -> Columns<'c, LoadedLink<'c>> {
    Columns::<LoadedLink<'_>>::new().text(
        "worst_link",
        "the link with the highest load relative to its rate",
        |(link, ..)| link.to_string(),
    )
}

/// The direction of that load.
pub(super) fn worst_direction<'c>() -> Columns<'c, LoadedLink<'c>> {
    Columns::<LoadedLink<'_>>::new().text("worst_direction", DIRECTION, |(_, direction, _)| direction.word())
}

/// That load in thousandths of the link's rate.
pub(super) fn worst_permille<'c>() -> Columns<'c, LoadedLink<'c>> {
    Columns::<LoadedLink<'_>>::new().integer(
        "worst_permille",
        "the load in its busiest time bucket in thousandths of its rate, rounded down",
        |(.., permille)| *permille,
    )
}

/// A vantage point.
pub(super) fn vantage<'c>() -> Columns<'c, str> {
    Columns::<str>::new().text(
        "vantage",
        "where packets start: a site, or VIRTUAL-NETWORK/SUBNET",
        str::to_owned,
    )
}

/// A family of addresses.
pub(super) fn family<'c>() -> Columns<'c, Family> {
    Columns::<Family>::new().text("family", "IPv4 or IPv6", Family::to_string)
}
