//! BIRD's `show route all`, versions 1 to 3.
//!
//! The first line of a route begins with its prefix, or with white space if it is another route to the same prefix,
//! and contains the route's protocol in brackets. The attributes follow on separate lines. BIRD does not print
//! whether a peer is internal. A BGP route with an originator or with an empty AS path is treated as internal, every
//! other BGP route as external, and a route from any other protocol as the router's own.

use std::io::{self, BufRead};

use super::input::for_each_line;
use super::{Builder, FilePlace, ImportNote, ImportedPeer};
use crate::addr::IpPrefix;
use crate::rib::{Attributes, Communities, Community, LargeCommunity, Learned};

/// Returns the line without the code that the daemon's socket puts in front of it: `1007-`, `1008 `.
pub(super) fn without_code(line: &str) -> &str {
    match line.split_at_checked(4) {
        Some((code, rest)) if code.bytes().all(|byte| byte.is_ascii_digit()) => {
            rest.strip_prefix(['-', ' ']).unwrap_or(line)
        }
        _ => line,
    }
}

/// The beginnings of lines that frame the table and contain no route.
const FRAME: &[&str] = &["BIRD ", "Table ", "Access restricted", "bird>", "birdc>"];

/// Returns whether a line frames the table.
pub(super) fn is_frame(line: &str) -> bool {
    FRAME.iter().any(|frame| line.starts_with(frame))
}

pub(super) fn read(input: impl BufRead, table: &mut Builder) -> io::Result<()> {
    let mut reader = Reader { table, prefix: None, route: None, attribute: String::new() };
    for_each_line(input, |number, line| reader.line(number, without_code(line)))?;
    reader.finish_route();
    Ok(())
}

struct Reader<'a> {
    table: &'a mut Builder,
    /// The prefix of the routes; `None` before the first route and if the prefix is not valid.
    prefix: Option<IpPrefix>,
    route: Option<Open>,
    /// The name of the attribute to which an unlabelled continuation line belongs.
    attribute: String,
}

/// A route whose attributes are being read.
struct Open {
    line: u64,
    prefix: IpPrefix,
    peer: ImportedPeer,
    best: bool,
    attributes: Attributes,
    standard: Vec<Community>,
    large: Vec<LargeCommunity>,
    reflected: bool,
    is_bgp: bool,
    bad: Option<String>,
}

/// The maximum number of four-byte communities in the longest BGP message (RFC 8654).
const MOST_COMMUNITIES: usize = 65_535 / 4;

impl Reader<'_> {
    fn line(&mut self, number: u64, line: &str) {
        let text = line.trim();
        if text.is_empty() || is_frame(line) {
            return;
        }
        if line.starts_with("\t\t") {
            let name = std::mem::take(&mut self.attribute);
            self.attribute_line(number, &name, text);
            self.attribute = name;
        } else if line.starts_with('\t') {
            match text.split_once(':') {
                Some((name, value)) if !name.contains(' ') => {
                    name.clone_into(&mut self.attribute);
                    self.attribute_line(number, name, value.trim());
                }
                _ => self.plain_line(text),
            }
        } else if let Some((before, after)) = line.split_once('[') {
            self.header(number, line, before, after);
        } else {
            self.finish_route();
            self.table.note(ImportNote::BadRecord, || FilePlace::Line(number), line);
        }
    }

    /// Parses `16.0.0.0/24  via 1.2.3.16 on eno7 [NAME since] * (100/20) [AS1340i]`; from version 2, `unicast` takes
    /// the place of `via`, which follows on a later line.
    fn header(&mut self, number: u64, line: &str, before: &str, after: &str) {
        self.finish_route();
        let mut words = before.split_whitespace();
        if !line.starts_with(' ') {
            let first = words.next().unwrap_or_default();
            self.prefix = self.table.prefix(first, ImportNote::NotAPrefix, || FilePlace::Line(number));
        }
        let Some(prefix) = self.prefix else {
            if line.starts_with(' ') {
                self.table.note(ImportNote::NotAPrefix, || FilePlace::Line(number), line);
            }
            return;
        };
        let next_hop = words.skip_while(|word| *word != "via").nth(1);
        let (protocol, after) = after.split_once(']').unwrap_or((after, ""));
        let name = protocol.split_whitespace().next().unwrap_or_default().to_owned();
        let metric =
            after.split_once('(').and_then(|(_, rest)| rest.split_once(')')).and_then(|(inside, _)| {
                inside.split_once('/').and_then(|(_, metric)| metric.parse::<u32>().ok())
            });
        let attributes = Attributes {
            next_hop: next_hop.and_then(|address| address.parse().ok()),
            igp_metric: metric.unwrap_or(0),
            ..Attributes::default()
        };
        self.route = Some(Open {
            line: number,
            prefix,
            peer: ImportedPeer { name, address: None, asn: None },
            best: after.trim_start().starts_with('*'),
            attributes,
            standard: Vec::new(),
            large: Vec::new(),
            reflected: false,
            is_bgp: false,
            bad: None,
        });
    }

    /// Parses `via 1.2.3.16 on eno7` and ignores any other line, which is internal to the daemon.
    fn plain_line(&mut self, text: &str) {
        let Some(route) = &mut self.route else { return };
        if let Some(rest) = text.strip_prefix("via ") {
            let address = rest.split_whitespace().next().and_then(|word| word.parse().ok());
            route.attributes.next_hop = route.attributes.next_hop.or(address);
        }
    }

    fn attribute_line(&mut self, number: u64, name: &str, value: &str) {
        let Some(route) = &mut self.route else { return };
        if name.ends_with("ext_community") {
            let line = || FilePlace::Line(number);
            return self.table.note(ImportNote::ExtendedCommunities, line, value);
        }
        if route.set(name, value).is_none() && route.bad.is_none() {
            route.bad = Some(format!("{name}: {value}"));
        }
        if route.standard.len().max(route.large.len()) > MOST_COMMUNITIES {
            route.standard.clear();
            route.large.clear();
            route.bad = Some(format!("{name}: more communities than a BGP message can contain"));
        }
    }

    fn finish_route(&mut self) {
        let Some(mut route) = self.route.take() else { return };
        let place = || FilePlace::Line(route.line);
        if let Some(bad) = route.bad {
            return self.table.note(ImportNote::BadField, place, &bad);
        }
        let attributes = &mut route.attributes;
        attributes.communities = Communities::new(route.standard, route.large);
        attributes.learned = if !route.is_bgp {
            Learned::Local
        } else if route.reflected || attributes.as_path.is_empty() {
            Learned::Ibgp
        } else {
            Learned::Ebgp
        };
        if let Some(address) = route.peer.address {
            attributes.peer_address = address;
        }
        let session = self.table.session(route.peer);
        self.table.push(route.prefix, route.attributes, session, Some(route.best));
    }
}

impl Open {
    /// Sets one attribute; returns `None` if the attribute's value is not valid. Attributes that the decision process
    /// does not use are ignored.
    fn set(&mut self, name: &str, value: &str) -> Option<()> {
        let name = name.to_ascii_lowercase().replace('.', "_");
        let attributes = &mut self.attributes;
        self.is_bgp |= name.starts_with("bgp_");
        match name.as_str() {
            "type" | "source" => self.is_bgp |= value.starts_with("BGP"),
            "from" => self.peer.address = Some(first_word(value)?),
            "igp_metric" => attributes.igp_metric = value.parse().ok()?,
            "bgp_origin" => attributes.origin = value.parse().ok()?,
            "bgp_as_path" | "bgp_path" => attributes.as_path = value.parse().ok()?,
            "bgp_next_hop" => attributes.next_hop = Some(first_word(value)?),
            "bgp_local_pref" => attributes.local_preference = value.parse().ok()?,
            "bgp_med" => attributes.med = Some(value.parse().ok()?),
            "bgp_originator_id" => {
                let id: std::net::Ipv4Addr = value.parse().ok()?;
                attributes.router_id = id.to_bits();
                self.reflected = true;
            }
            "bgp_cluster_list" => {
                let length = value.split_whitespace().count();
                attributes.cluster_list_length = u32::try_from(length).unwrap_or(u32::MAX);
            }
            "bgp_community" => self.standard.extend(community_tuples(value)?),
            "bgp_large_community" => self.large.extend(large_tuples(value)?),
            _ => {}
        }
        Some(())
    }
}

fn first_word<T: std::str::FromStr>(value: &str) -> Option<T> {
    value.split_whitespace().next()?.parse().ok()
}

/// Returns the numbers in each pair of parentheses, as in `(1,2) (3, 4)`.
fn tuples(value: &str) -> impl Iterator<Item = Option<Vec<u32>>> {
    value.split(')').map(str::trim).filter(|tuple| !tuple.is_empty()).map(|tuple| {
        let inside = tuple.strip_prefix('(')?;
        inside.split(',').map(|number| number.trim().parse().ok()).collect()
    })
}

fn community_tuples(value: &str) -> Option<Vec<Community>> {
    tuples(value)
        .map(|numbers| match numbers?.as_slice() {
            [asn, value] => Some(Community::new(u16::try_from(*asn).ok()?, u16::try_from(*value).ok()?)),
            _ => None,
        })
        .collect()
}

fn large_tuples(value: &str) -> Option<Vec<LargeCommunity>> {
    tuples(value)
        .map(|numbers| match numbers?.as_slice() {
            [asn, first, second] => Some(LargeCommunity::new(*asn, *first, *second)),
            _ => None,
        })
        .collect()
}
