//! What a file is, from its first bytes.

use super::{ImportError, TableFormat};

/// MRT types of RFC 6396 section 4 and its deprecated ones, as far as routers wrote them.
const MRT_TYPES: &[u16] = &[0, 1, 2, 3, 5, 11, 12, 13, 16, 17, 32, 33, 48, 49];

/// The longest MRT record that is taken for one.
const MRT_LONGEST: u32 = 16 << 20;

/// Things that people have at hand and that are no table: how a line of it begins, what it is, what
/// to give instead. The first that fits any of the first lines is named.
const OTHERS: &[(&[&str], &str, &str)] = &[
    (
        &["BGP4MP|", "TABLE_DUMP|", "TABLE_DUMP2|"],
        "text of `bgpdump -m`",
        "give the MRT file that it was made from",
    ),
    (&["route-map "], "a route map as a router prints it", "route maps are written in the network file"),
    (
        &["Codes: "],
        "a router's `show ip route`, which has no BGP attributes",
        "give FRR `show bgp ipv4 unicast json`, BIRD `show route all`, an MRT dump, or a plain list of prefixes",
    ),
    (
        &["BGP router identifier", "BGP summary", "Neighbor "],
        "a summary of BGP sessions",
        "give the table: FRR `show bgp ipv4 unicast json`, BIRD `show route all`, or an MRT dump",
    ),
    (
        &["BGP routing table information", "BGP table version", "Network ", "Peer "],
        "a router's `show ip bgp`, a table for the eye whose columns differ by vendor and cut long prefixes",
        "give FRR `show bgp ipv4 unicast json`, BIRD `show route all`, an MRT dump, or CSV with a column `prefix`",
    ),
    (
        &["Router ID is", "Access restricted", "name ", "Name "],
        "BIRD's status or list of protocols",
        "give `show route all`",
    ),
];

/// Magic numbers of files that must be unpacked first or are no table.
const MAGICS: &[(&[u8], &str, &str)] = &[
    (b"BZh", "compressed with bzip2", "unpack it first: `bunzip2 FILE`"),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard", "unpack it first: `zstd -d FILE`"),
    (b"\xfd7zXZ", "compressed with xz", "unpack it first: `unxz FILE`"),
    (b"\x1f\x8b", "compressed twice with gzip", "unpack it first: `gunzip FILE`"),
    (b"\xd4\xc3\xb2\xa1", "a packet capture", "give it to `peerpath replay`"),
    (b"\xa1\xb2\xc3\xd4", "a packet capture", "give it to `peerpath replay`"),
    (b"\x0a\x0d\x0d\x0a", "a packet capture", "give it to `peerpath replay`"),
];

/// The format of a file that begins so.
pub(super) fn format(name: &str, head: &[u8]) -> Result<TableFormat, ImportError> {
    let other = |what, remedy| Err(ImportError::NotATable { name: name.to_owned(), what, remedy });
    if let Some((_, what, remedy)) = MAGICS.iter().find(|(magic, ..)| head.starts_with(magic)) {
        return other(what, remedy);
    }
    if is_mrt(head) {
        return Ok(TableFormat::Mrt);
    }
    if head.contains(&0) {
        return other(
            "binary and none of the known formats",
            "give an MRT dump, FRR JSON, BIRD `show route all`, CSV or a list of prefixes",
        );
    }
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with(['{', '[']) {
        return Ok(TableFormat::FrrJson);
    }
    if text.lines().any(is_bird_route) {
        return Ok(TableFormat::Bird);
    }
    for (starts, what, remedy) in OTHERS {
        if text.lines().map(str::trim_start).any(|line| starts.iter().any(|start| line.starts_with(start))) {
            return other(what, remedy);
        }
    }
    let header =
        text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#')).unwrap_or_default();
    Ok(if super::csv::is_header(header) { TableFormat::Csv } else { TableFormat::List })
}

/// A whole header with a type that exists and a length that is sane (RFC 6396 section 2).
fn is_mrt(head: &[u8]) -> bool {
    let header = head.first_chunk::<12>();
    header.is_some_and(|&[_, _, _, _, t0, t1, _, _, l0, l1, l2, l3]| {
        MRT_TYPES.contains(&u16::from_be_bytes([t0, t1]))
            && u32::from_be_bytes([l0, l1, l2, l3]) <= MRT_LONGEST
    })
}

/// `PREFIX … [protocol …]`, as every version of BIRD prints a route.
fn is_bird_route(line: &str) -> bool {
    let line = super::bird::without_code(line);
    let begins = line
        .split_whitespace()
        .next()
        .is_some_and(|word| word.contains('/') && word.parse::<crate::addr::IpPrefix>().is_ok());
    begins && line.contains('[') && line.contains(']')
}
