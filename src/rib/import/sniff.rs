//! Detects the format of a file from its first bytes.

use std::net::IpAddr;

use super::{TableError, TableFormat};

/// MRT types of RFC 6396 section 4, including deprecated types that routers have written.
const MRT_TYPES: &[u16] = &[0, 1, 2, 3, 5, 11, 12, 13, 16, 17, 32, 33, 48, 49];

/// The longest MRT record that is accepted as one.
const MRT_LONGEST: u32 = 16 << 20;

/// Common files that are not tables. Each entry contains the beginnings of lines, the type of the file, and the
/// remedy. The first entry that matches any of the first lines is reported.
const OTHERS: &[(&[&str], &str, &str)] = &[
    (
        &["BGP4MP|", "TABLE_DUMP|", "TABLE_DUMP2|"],
        "text output of `bgpdump -m`",
        "use the MRT file from which `bgpdump` printed this text",
    ),
    (&["route-map "], "a route map as printed by a router", "write route maps in the network file"),
    (
        &["Codes: "],
        "a router's `show ip route`, which has no BGP attributes",
        "use FRR `show bgp ipv4 unicast json`, BIRD `show route all`, an MRT dump, or a plain list of prefixes",
    ),
    (
        &["BGP router identifier", "BGP summary", "Neighbor "],
        "a summary of BGP sessions",
        "use the table itself: FRR `show bgp ipv4 unicast json`, BIRD `show route all`, or an MRT dump",
    ),
    (
        &["BGP routing table information", "BGP table version", "Network ", "Peer "],
        "a router's `show ip bgp`, whose columns differ by vendor and truncate long prefixes",
        "use FRR `show bgp ipv4 unicast json`, BIRD `show route all`, an MRT dump, or CSV with a column `prefix`",
    ),
    (
        &["Router ID is", "Access restricted", "name ", "Name "],
        "BIRD's status or list of protocols",
        "use `show route all`",
    ),
];

/// The remedy for output that is meant for humans. Every router can provide one of these formats.
const INSTEAD: &str =
    "use FRR `show bgp ipv4 unicast json`, BIRD `show route all`, an MRT dump, or CSV with a column `prefix`";

type Router = (fn(&str) -> bool, &'static str, &'static str);

/// Router output that can be identified by any of its lines.
const ROUTERS: &[Router] = &[
    (
        is_junos,
        "Junos `show route`, which mixes routes of all protocols and has no communities",
        "use only the BGP routes: either CSV with the columns `prefix,as_path,communities,local_preference,med,next_hop`, made from \
         `show route protocol bgp table inet.0 detail`, or an MRT dump from a collector that peers with the router",
    ),
    (is_rib_row, "a router's `show ip route`, which has no BGP attributes", INSTEAD),
    (
        is_bgp_row,
        "a router's `show ip bgp`, whose columns differ by vendor and truncate long prefixes",
        INSTEAD,
    ),
    (is_linux_row, "Linux `ip route`, which has no BGP attributes", INSTEAD),
];

/// Magic numbers of files that must be decompressed first or are not tables.
const MAGICS: &[(&[u8], &str, &str)] = &[
    (b"BZh", "compressed with bzip2", "decompress the file first: `bunzip2 FILE`"),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard", "decompress the file first: `zstd -d FILE`"),
    (b"\xfd7zXZ", "compressed with xz", "decompress the file first: `unxz FILE`"),
    (b"\x1f\x8b", "compressed twice with gzip", "decompress the file first: `gunzip FILE`"),
    (b"\xd4\xc3\xb2\xa1", "a packet capture", "use `peerpath replay`"),
    (b"\xa1\xb2\xc3\xd4", "a packet capture", "use `peerpath replay`"),
    (b"\x0a\x0d\x0d\x0a", "a packet capture", "use `peerpath replay`"),
];

/// Returns the format of a file that begins with these bytes.
pub(super) fn format(name: &str, head: &[u8]) -> Result<TableFormat, TableError> {
    let other = |what, remedy| Err(TableError::NotATable { name: name.to_owned(), what, remedy });
    if let Some((_, what, remedy)) = MAGICS.iter().find(|(magic, ..)| head.starts_with(magic)) {
        return other(what, remedy);
    }
    if is_mrt(head) {
        return Ok(TableFormat::Mrt);
    }
    if head.contains(&0) {
        return other(
            "a binary file in an unknown format",
            "use an MRT dump, FRR JSON, BIRD `show route all`, CSV or a list of prefixes",
        );
    }
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with(['{', '[']) {
        return Ok(TableFormat::FrrJson);
    }
    for (is, what, remedy) in ROUTERS {
        if text.lines().any(is) {
            return other(what, remedy);
        }
    }
    let rows = Rows { name, text: whole_lines(text, head.len()) };
    if text.lines().any(is_bird_route) {
        rows.all_fit(TableFormat::Bird, fits_bird)?;
        return Ok(TableFormat::Bird);
    }
    for (starts, what, remedy) in OTHERS {
        if text.lines().map(str::trim_start).any(|line| starts.iter().any(|start| line.starts_with(start))) {
            return other(what, remedy);
        }
    }
    let header =
        text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#')).unwrap_or_default();
    if super::csv::is_header(header) {
        return Ok(TableFormat::Csv);
    }
    // If no line fits a list, the reader reports the lines that it found.
    let is_prefix = |line: &str| crate::addr::IpPrefix::parse_clearing_host_bits(uncommented(line)).is_ok();
    if text.lines().any(is_prefix) {
        rows.all_fit(TableFormat::List, fits_list)?;
    }
    Ok(TableFormat::List)
}

/// The first lines of a file.
struct Rows<'t> {
    name: &'t str,
    text: &'t str,
}

impl Rows<'_> {
    /// Checks that every line fits the format.
    fn all_fit(&self, like: TableFormat, fits: fn(&str) -> bool) -> Result<(), TableError> {
        const LONGEST: usize = 80;
        let Some((index, line)) = self.text.lines().enumerate().find(|(_, line)| !fits(line)) else {
            return Ok(());
        };
        Err(TableError::OddLine {
            name: self.name.to_owned(),
            like,
            line: index + 1,
            text: line.trim().chars().take(LONGEST).collect(),
        })
    }
}

/// Returns the complete lines at the start of the file. If the buffer is full, its last line may be incomplete.
fn whole_lines(text: &str, bytes: usize) -> &str {
    match text.rfind('\n') {
        Some(end) if bytes >= super::HEAD => text.get(..end).unwrap_or_default(),
        _ => text,
    }
}

/// Returns a line without its comment.
fn uncommented(line: &str) -> &str {
    line.split(['#', ';']).next().unwrap_or_default().trim()
}

/// Returns whether a line is one word, or only a comment.
fn fits_list(line: &str) -> bool {
    !uncommented(line).contains([' ', '\t', ',', '|'])
}

/// Returns whether a line is a route, an attribute of a route, or part of the frame of the table.
fn fits_bird(line: &str) -> bool {
    let line = super::bird::without_code(line);
    let frames = line.trim().is_empty() || line.starts_with('\t') || super::bird::is_frame(line);
    frames || is_bird_route(line) || (line.starts_with(' ') && has_protocol(line))
}

/// Returns whether a line is output from Junos: a heading `inet.0: 5 destinations, 7 routes (5 active, …)`, the
/// legend below the heading, or a route `20.38.108.0/23  *[BGP/170] 1w2d 03:04:05, localpref 100`.
fn is_junos(line: &str) -> bool {
    let counts = line.contains(" destinations, ") && line.contains(" holddown, ");
    let protocol = || {
        let inside = line.split_once('[')?.1.split_once(']')?.0;
        let (protocol, preference) = inside.split_once('/')?;
        let named = protocol.starts_with(|letter: char| letter.is_ascii_uppercase());
        let number =
            !preference.is_empty() && preference.bytes().all(|byte| byte.is_ascii_digit() || byte == b'/');
        Some(named && number)
    };
    counts || line.starts_with("+ = Active Route") || protocol() == Some(true)
}

/// Returns whether a line is a route in the output of `show ip bgp` from IOS, NX-OS, EOS or FRR:
/// `*> 10.0.0.0/8  192.0.2.1  0  100  0 65001 i`.
fn is_bgp_row(line: &str) -> bool {
    let (status, rest) = line.trim_start().split_at_checked(2).unwrap_or_default();
    let marked = status.starts_with(['*', 'r', 's', 'd', 'h', 'S', 'R'])
        && status.ends_with(['>', '=', 'i', '*', 'd', 'b', ' ', '|']);
    let words =
        rest.trim_start_matches(['>', '=', 'i', 'e', '|', 'b', 'a']).split_whitespace().collect::<Vec<_>>();
    let address = |at: usize| {
        words
            .get(at)
            .is_some_and(|word| word.split('/').next().is_some_and(|word| word.parse::<IpAddr>().is_ok()))
    };
    let origin = words.last().is_some_and(|word| matches!(*word, "i" | "e" | "?"));
    marked && address(0) && (address(1) || origin)
}

/// Returns whether a line is a route in the output of `show ip route` from IOS, EOS, FRR
/// (`B  10.0.0.0/8 [20/0] via 192.0.2.1, 1w2d`) or NX-OS (`10.0.0.0/8, ubest/mbest: 1/0`).
fn is_rib_row(line: &str) -> bool {
    let preference =
        line.split_once('[').and_then(|(_, rest)| rest.split_once(']')).is_some_and(|(inside, _)| {
            let numbers = inside.split('/').collect::<Vec<_>>();
            numbers.len() == 2 && numbers.iter().all(|number| number.parse::<u32>().is_ok())
        });
    (preference && line.contains(" via "))
        || line.contains(" ubest/mbest: ")
        || line.ends_with(" is directly connected")
}

/// Returns whether a line is a Linux route: `10.0.0.0/8 via 192.0.2.1 dev eth0 proto bgp`.
fn is_linux_row(line: &str) -> bool {
    line.contains(" dev ") && (line.contains(" via ") || line.contains(" proto ") || line.contains(" scope "))
}

/// Returns whether the bytes begin with a complete header of an existing type and a plausible length (RFC 6396
/// section 2).
fn is_mrt(head: &[u8]) -> bool {
    let header = head.first_chunk::<12>();
    header.is_some_and(|&[_, _, _, _, t0, t1, _, _, l0, l1, l2, l3]| {
        MRT_TYPES.contains(&u16::from_be_bytes([t0, t1]))
            && u32::from_be_bytes([l0, l1, l2, l3]) <= MRT_LONGEST
    })
}

/// Returns whether a line is `PREFIX … [protocol since …]`, the form of a route in every version of BIRD.
fn is_bird_route(line: &str) -> bool {
    let line = super::bird::without_code(line);
    let begins = line
        .split_whitespace()
        .next()
        .is_some_and(|word| word.contains('/') && word.parse::<crate::addr::IpPrefix>().is_ok());
    begins && has_protocol(line)
}

/// Returns whether a line contains `[protocol since …]`. BIRD always prints the time; Junos prints only the protocol,
/// and Cisco routers print two numbers.
fn has_protocol(line: &str) -> bool {
    let inside = line.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    inside.is_some_and(|(inside, _)| inside.split_whitespace().nth(1).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        match format("t", text.as_bytes()) {
            Ok(format) => format.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn outputs_of_routers_are_named() {
        let junos_head = "inet.0: 5 destinations, 7 routes (5 active, 0 holddown, 0 hidden)\n";
        for (text, name) in [
            (junos_head, "Junos"),
            (
                "10.0.0.0/8         *[BGP/170] 1w2d 03:04:05, localpref 100\n                      AS path: 65001 I\n",
                "Junos",
            ),
            ("2001:db8::/32      *[Static/5] 1w2d 03:04:05\n                      Discard\n", "Junos"),
            ("10.0.0.0/8          [OSPF/10/1] 1d, metric 2\n", "Junos"),
            ("*>  10.0.0.0/8       192.0.2.1                0             0 65001 i\n", "show ip bgp"),
            ("*>i10.0.0.0         192.0.2.1                0    100      0 ?\n", "show ip bgp"),
            (
                "*>e10.0.0.0/8        192.0.2.1                                      0 65001 i\n",
                "show ip bgp",
            ),
            (
                " * >      10.0.0.0/8             192.0.2.1             0       -          100     0       65001 i\n",
                "show ip bgp",
            ),
            (" *> 2001:db8::/32    2001:db8::1              0             0 65001 i\n", "show ip bgp"),
            ("BGP table version is 5, local router ID is 192.0.2.9\n", "show ip bgp"),
            ("B        10.0.0.0/8 [20/0] via 192.0.2.1, 1w2d\n", "show ip route"),
            (
                "C        10.0.0.0/8 is directly connected, Ethernet0\nS* 0.0.0.0/0 [1/0] via 192.0.2.1\n",
                "show ip route",
            ),
            (
                "10.0.0.0/8, ubest/mbest: 1/0\n    *via 192.0.2.1, [20/0], 1w2d, bgp-65001, external\n",
                "show ip route",
            ),
            ("Codes: C - connected\n", "show ip route"),
            ("10.0.0.0/8 via 192.0.2.1 dev eth0 proto bgp metric 20\n", "ip route"),
        ] {
            let message = message(text);
            assert!(
                message.contains(name) && message.contains("not a supported routing table"),
                "{text}: {message}"
            );
        }
    }

    #[test]
    fn a_format_is_one_that_all_lines_fit() {
        let bird = "10.0.0.0/8  via 192.0.2.1 on eth0 [a 12:00] * (100) [AS1i]\n\tType: BGP univ\n";
        for (text, expected) in [
            (bird.to_owned(), "BIRD `show route all`".to_owned()),
            (format!("BIRD 2.0.7 ready.\nTable master4:\n{bird}                     unicast [b 12:00] (100) [AS1i]\n"), "BIRD `show route all`".to_owned()),
            ("10.0.0.0/8\n# 11.0.0.0/8 and more\n\n11.0.0.1 ; one\n".to_owned(), "list of prefixes".to_owned()),
            ("10.0.0.0/8\nnothing\n".to_owned(), "list of prefixes".to_owned()),
            ("prefix,med\n10.0.0.0/8,1\n".to_owned(), "CSV".to_owned()),
            (
                format!("{bird}10.1.0.0/16 is variably subnetted\n"),
                "line 3 of `t` does not fit the detected format, BIRD `show route all`: `10.1.0.0/16 is variably subnetted`; \
                 use the complete output of one command, or CSV with a column `prefix`".to_owned(),
            ),
            (
                "10.0.0.0/8\n11.0.0.0/8 65001 65002\n".to_owned(),
                "line 2 of `t` does not fit the detected format, list of prefixes: `11.0.0.0/8 65001 65002`; \
                 use the complete output of one command, or CSV with a column `prefix`".to_owned(),
            ),
        ] {
            assert_eq!(message(&text), expected, "{text}");
        }
        // A full buffer ends in the middle of a line.
        let long = format!("{}10.0.0.0/8 and", "10.0.0.0/8\n".repeat(super::super::HEAD / 11 - 1));
        let head = long.get(..long.len().min(super::super::HEAD)).unwrap();
        let full = format!("{head}{}", " ".repeat(super::super::HEAD - head.len()));
        assert_eq!(message(&full), "list of prefixes");
    }
}
