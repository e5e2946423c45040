//! Columns that several views share. Each is defined for the part of a row that it shows.

use crate::addr::{Family, IpPrefix, Protocol};
use crate::engine::SupportVerdict;
use crate::report::columns::Columns;
use crate::sim::scenario::LinkName;
use crate::sim::{Direction, Facts, PathLabel, PathName, Volume};

/// A link in one direction, with its load in thousandths of the link's rate.
pub(super) type LoadedLink<'c> = (&'c LinkName, Direction, u64);

/// The meaning of the column `path` in views that add nothing to it.
pub(super) const TO_REMOTE_END: &str = "the path to the remote end";

/// The path of a packet, with its circuits, hops and end.
pub(super) fn path_name<'c>(meaning: &'static str) -> Columns<'c, PathName> {
    Columns::<PathName>::new()
        .text("path", meaning, |path| path.disposition.word())
        .group(|path| path, next_hops())
}

/// The circuits and hops of a path, and its end.
pub(super) fn next_hops<'c>() -> Columns<'c, PathName> {
    Columns::<PathName>::new()
        .list("circuits", "the circuits on the path; if there are several, they have equal cost", |path| {
            path.circuits.clone()
        })
        .list("hops", "the gateways, appliances, hubs and other edges on the path", |path| path.hops.clone())
        .text(
            "ends",
            "how the trace of the path ends: delivered, exits-network, no-route, discarded, loop, unknown",
            |path| path.ends.word(),
        )
}

/// The path of conversations, and the session on it.
pub(super) fn path_label<'c>() -> Columns<'c, PathLabel> {
    path_label_as(
        ("path", "the path from the client to the remote end"),
        ("via", "the session over which packets leave"),
    )
}

/// The columns of [`path_label`] with other names and meanings.
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

/// The most specific prefix that contains an address.
pub(super) fn list_prefix<'c>() -> Columns<'c, IpPrefix> {
    Columns::<IpPrefix>::new().text(
        "prefix",
        "the most specific prefix in Microsoft's lists that contains the address",
        IpPrefix::to_string,
    )
}

/// All service tags that contain an address.
pub(super) fn tags<'c>() -> Columns<'c, Facts> {
    Columns::<Facts>::new().list(
        "tags",
        "all service tags that contain the address, most specific prefix first",
        |facts| facts.tags.clone(),
    )
}

/// All endpoint sets that contain an address.
pub(super) fn endpoint_sets<'c>() -> Columns<'c, Facts> {
    Columns::<Facts>::new().list(
        "m365_sets",
        "the Microsoft 365 endpoint sets that contain the address, as id:area:category:er=true|false",
        |facts| facts.sets.clone(),
    )
}

/// The products of an address.
pub(super) fn product<'c>() -> Columns<'c, str> {
    Columns::<str>::new().text(
        "product",
        "the products under which the address is counted; its service if it belongs to no product",
        str::to_owned,
    )
}

/// The communities that contain an address.
pub(super) fn communities<'c>() -> Columns<'c, [String]> {
    Columns::<[String]>::new().list(
        "communities",
        "the communities that contain the address",
        <[String]>::to_vec,
    )
}

/// The evidence that each community contains an address.
pub(super) fn evidence<'c>() -> Columns<'c, [String]> {
    Columns::<[String]>::new().list(
        "evidence",
        "how it is known that each community contains the address",
        <[String]>::to_vec,
    )
}

/// The documented support of an endpoint.
pub(super) fn support<'c>() -> Columns<'c, SupportVerdict> {
    Columns::<SupportVerdict>::new().text(
        "support",
        "the documented support of the endpoint on ExpressRoute",
        |support| support.word(),
    )
}

/// The protocol of a flow, from its number.
pub(super) fn protocol<'c>() -> Columns<'c, u8> {
    Columns::<u8>::new()
        .text("protocol", "the name or number of the protocol", |number| Protocol(*number).to_string())
}

/// A number of packets.
pub(super) fn packets<'c>() -> Columns<'c, u64> {
    Columns::<u64>::new().integer("packets", "the number of packets", |packets| *packets)
}

/// The bytes in whole frames.
pub(super) fn frame_bytes<'c>() -> Columns<'c, u64> {
    Columns::<u64>::new().bytes("frame_bytes", "bytes in whole frames on the wire", |bytes| *bytes)
}

/// The bytes in IP packets.
pub(super) fn ip_bytes<'c>() -> Columns<'c, u64> {
    Columns::<u64>::new().bytes(
        "ip_bytes",
        "bytes according to the IP header, including the header",
        |bytes| *bytes,
    )
}

/// The number of packets in an amount of traffic, and their IP bytes.
pub(super) fn volume<'c>() -> Columns<'c, Volume> {
    Columns::<Volume>::new()
        .group(|volume| &volume.packets, packets())
        .group(|volume| &volume.ip_bytes, ip_bytes())
}

/// The part of `ip_bytes` that clients sent.
pub(super) fn sent<'c>() -> Columns<'c, Volume> {
    Columns::<Volume>::new()
        .bytes("sent_ip_bytes", "the part of ip_bytes that the client sent", |volume| volume.ip_bytes)
}

/// A number of conversations.
pub(super) fn conversations<'c>() -> Columns<'c, u64> {
    Columns::<u64>::new().integer(
        "flows",
        "the number of conversations (both directions of a five-tuple)",
        |flows| *flows,
    )
}

const DIRECTION: &str = "the direction: `out` is from the company to Microsoft and the internet, `in` is to the company; on \
     a link between sites, `out` follows the order of `sites`; at an appliance and on `SITE/wan`, `out` is from the client";

/// A link and a direction.
pub(super) fn link_and_direction<'c>() -> Columns<'c, (&'c LinkName, Direction)> {
    Columns::<(&LinkName, Direction)>::new()
        .text(
            "link",
            "the link: an internet edge, connection, circuit (the limit shared by its connections), gateway, \
             link from a site to the company's network, tunnel, link between sites, or appliance",
            |(link, _)| link.to_string(),
        )
        .text("direction", DIRECTION, |(_, direction)| direction.word())
}

/// The peak load on a link in thousandths of the link's rate.
pub(super) fn peak_permille<'c>() -> Columns<'c, u64> {
    Columns::<u64>::new().integer(
        "peak_permille",
        "the peak in thousandths of the link's rate; above 1,000, the peak exceeds the rate",
        |permille| *permille,
    )
}

/// The link with the highest load.
pub(super) fn worst_link<'c>() -> Columns<'c, LoadedLink<'c>> {
    Columns::<LoadedLink<'_>>::new().text(
        "worst_link",
        "the link with the highest load relative to its rate, among links with a known rate",
        |(link, ..)| link.to_string(),
    )
}

/// The direction of the highest load.
pub(super) fn worst_direction<'c>() -> Columns<'c, LoadedLink<'c>> {
    Columns::<LoadedLink<'_>>::new().text("worst_direction", DIRECTION, |(_, direction, _)| direction.word())
}

/// The highest load in thousandths of the link's rate.
pub(super) fn worst_permille<'c>() -> Columns<'c, LoadedLink<'c>> {
    Columns::<LoadedLink<'_>>::new().integer(
        "worst_permille",
        "the load on worst_link in its busiest time bucket, in thousandths of the link's rate, rounded down",
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

/// An address family.
pub(super) fn family<'c>() -> Columns<'c, Family> {
    Columns::<Family>::new().text("family", "the address family: IPv4 or IPv6", Family::to_string)
}
