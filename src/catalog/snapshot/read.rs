//! From the text of a snapshot to its feed: by hand, because it runs at every start of the program.

use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use super::{CONTENT_SHA256, MAGIC, SnapshotError, SnapshotProblem, VERSION};
use crate::addr::{IpPrefix, Prefix};
use crate::catalog::{
    Category, CommunityEntry, EndpointSet, Feed, FeedKind, Instance, Origin, Provenance, Records, ServiceTag,
};

/// Reads the text of a snapshot. Its origin is [`Origin::User`]; the shipped ones are marked by the
/// catalog. The digest of the records must be there, but is not compared with them: that is for
/// [`crate::catalog::verify_folder`], while this runs at every start of the program.
///
/// # Errors
///
/// [`SnapshotError`] with the line, at the first thing that is not of the format.
///
/// # Complexity
///
/// Linear in the length of the text.
pub fn read(text: &str) -> Result<Feed, SnapshotError> {
    let mut lines = Lines::new(text);
    let provenance = read_metadata(&mut lines)?;
    let mut records = match provenance.kind {
        FeedKind::ServiceTags => Records::ServiceTags(read_records(&mut lines, start_tag, tag_attribute)?),
        FeedKind::Endpoints => {
            let instance = provenance
                .instance
                .ok_or_else(|| lines.error(SnapshotProblem::MetadataMissing { key: "instance" }))?;
            let mut sets: Vec<EndpointSet> = read_records(&mut lines, start_set, set_attribute)?;
            for set in &mut sets {
                set.instance = instance;
            }
            Records::Endpoints(sets)
        }
        FeedKind::Communities => {
            Records::Communities(read_records(&mut lines, start_entry, entry_attribute)?)
        }
    };
    records.canonicalise();
    Ok(Feed { provenance, records })
}

/// Reads the metadata alone.
///
/// # Errors
///
/// [`SnapshotError`] with the line, where the metadata is not of the format.
pub fn read_provenance(text: &str) -> Result<Provenance, SnapshotError> {
    read_metadata(&mut Lines::new(text))
}

/// What the metadata says the SHA-256 of the records is.
pub(crate) fn read_content_sha256(text: &str) -> Option<&str> {
    let metadata = Lines::new(text).take_while(|line| !line.is_empty());
    metadata
        .filter_map(|line| line.split_once(": "))
        .find(|(key, _)| *key == CONTENT_SHA256)
        .map(|(_, value)| value)
}

/// All that stands below the metadata, as it stands there.
pub(crate) fn body(text: &str) -> &str {
    let mut lines = Lines::new(text);
    while lines.next().is_some_and(|line| !line.is_empty()) {}
    lines.rest
}

/// The lines of a text with their numbers; a carriage return at the end of a line is no part of it.
pub(crate) struct Lines<'a> {
    rest: &'a str,
    number: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { rest: text, number: 0 }
    }

    /// An error at the line that was read last.
    pub(crate) fn error(&self, problem: SnapshotProblem) -> SnapshotError {
        SnapshotError { line: self.number.max(1), problem }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        self.number += 1;
        Some(line.strip_suffix('\r').unwrap_or(line))
    }
}

/// A record that takes prefixes.
trait Record {
    fn prefixes(&mut self) -> &mut Vec<IpPrefix>;
}

impl Record for ServiceTag {
    fn prefixes(&mut self) -> &mut Vec<IpPrefix> {
        &mut self.prefixes
    }
}

impl Record for EndpointSet {
    fn prefixes(&mut self) -> &mut Vec<IpPrefix> {
        &mut self.prefixes
    }
}

impl Record for CommunityEntry {
    fn prefixes(&mut self) -> &mut Vec<IpPrefix> {
        &mut self.prefixes
    }
}

fn read_records<R: Record>(
    lines: &mut Lines<'_>,
    start: fn(&str) -> Result<R, SnapshotProblem>,
    attribute: fn(&mut R, &str, &str) -> Result<(), SnapshotProblem>,
) -> Result<Vec<R>, SnapshotError> {
    let mut records = Vec::new();
    while let Some(line) = lines.next() {
        let Some(indented) = line.strip_prefix(' ') else {
            records.push(start(line).map_err(|problem| lines.error(problem))?);
            continue;
        };
        let record: &mut R = records.last_mut().ok_or_else(|| lines.error(SnapshotProblem::Orphan))?;
        // No prefix holds a space, every attribute does; a byte is found faster than a text.
        let has_space = indented.as_bytes().contains(&b' ');
        if let Some((key, value)) = has_space.then(|| indented.split_once(": ")).flatten() {
            attribute(record, key, value).map_err(|problem| lines.error(problem))?;
        } else {
            let prefix = match canonical_v4(indented.as_bytes()) {
                Some(prefix) => prefix,
                None => indented.parse().map_err(|error| lines.error(SnapshotProblem::Prefix(error)))?,
            };
            record.prefixes().push(prefix);
        }
    }
    Ok(records)
}

/// An IPv4 prefix in the one form that snapshots are written in, read without a detour: most of the
/// lines are such. Anything else is `None` and left to the general parser, which knows what to say.
fn canonical_v4(text: &[u8]) -> Option<IpPrefix> {
    let (mut bits, mut part, mut digits, mut dots) = (0_u32, 0_u32, 0, 0);
    for (index, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' if digits < 3 && (digits == 0 || part != 0) => {
                part = part * 10 + u32::from(byte - b'0');
                digits += 1;
            }
            b'.' if dots < 3 && digits > 0 && part < 256 => {
                bits = bits << 8 | part;
                (part, digits, dots) = (0, 0, dots + 1);
            }
            b'/' if dots == 3 && digits > 0 && part < 256 => {
                let length = match text.get(index + 1..)? {
                    [units @ b'0'..=b'9'] => units - b'0',
                    [tens @ b'1'..=b'3', units @ b'0'..=b'9'] => (tens - b'0') * 10 + (units - b'0'),
                    _ => return None,
                };
                return Prefix::new(Ipv4Addr::from_bits(bits << 8 | part), length).ok().map(IpPrefix::V4);
            }
            _ => return None,
        }
    }
    None
}

fn read_metadata(lines: &mut Lines<'_>) -> Result<Provenance, SnapshotError> {
    let version = lines.next().and_then(|line| line.strip_prefix(MAGIC)).and_then(|text| text.parse().ok());
    if version != Some(VERSION) {
        return Err(lines.error(SnapshotProblem::Magic));
    }
    let (mut kind, mut cloud, mut instance) = (None, None, None);
    let (mut name, mut edition, mut date, mut sha256) = (None, None, None, None);
    let (mut change_number, mut has_digest) = (None, false);
    while let Some(line) = lines.next().filter(|line| !line.is_empty()) {
        let (key, value) = line
            .split_once(": ")
            .ok_or_else(|| lines.error(SnapshotProblem::Metadata { text: line.to_owned() }))?;
        match key {
            "kind" => kind = Some(value.parse().map_err(|error| lines.error(SnapshotProblem::Name(error)))?),
            "cloud" => {
                cloud = Some(value.parse().map_err(|error| lines.error(SnapshotProblem::Name(error)))?);
            }
            "instance" => {
                instance = Some(value.parse().map_err(|error| lines.error(SnapshotProblem::Name(error)))?);
            }
            "name" => name = Some(value.to_owned()),
            "edition" => edition = Some(value.to_owned()),
            "change" => change_number = Some(number(key, value).map_err(|problem| lines.error(problem))?),
            "date" => date = Some(value.to_owned()),
            "sha256" => sha256 = Some(value.to_owned()),
            CONTENT_SHA256 => has_digest = true,
            _ => return Err(lines.error(SnapshotProblem::Metadata { text: line.to_owned() })),
        }
    }
    let missing = |key| lines.error(SnapshotProblem::MetadataMissing { key });
    let provenance = Provenance {
        kind: kind.ok_or_else(|| missing("kind"))?,
        cloud: cloud.ok_or_else(|| missing("cloud"))?,
        name: name.ok_or_else(|| missing("name"))?,
        edition: edition.ok_or_else(|| missing("edition"))?,
        change_number,
        date,
        sha256: sha256.ok_or_else(|| missing("sha256"))?,
        origin: Origin::User,
        instance,
    };
    if has_digest { Ok(provenance) } else { Err(missing(CONTENT_SHA256)) }
}

fn start_tag(line: &str) -> Result<ServiceTag, SnapshotProblem> {
    let name = line.strip_prefix("tag ").filter(|name| !name.is_empty()).ok_or_else(|| header(line))?;
    Ok(ServiceTag {
        name: name.to_owned(),
        id: name.to_owned(),
        region: String::new(),
        region_id: 0,
        platform: "Azure".to_owned(),
        system_service: String::new(),
        change_number: 0,
        network_features: Vec::new(),
        prefixes: Vec::new(),
        source: 0,
    })
}

fn tag_attribute(tag: &mut ServiceTag, key: &str, value: &str) -> Result<(), SnapshotProblem> {
    match key {
        "id" => value.clone_into(&mut tag.id),
        "change" => tag.change_number = number(key, value)?,
        "region" => {
            let (id, region) = value.split_once(' ').unwrap_or((value, ""));
            tag.region_id = number(key, id)?;
            region.clone_into(&mut tag.region);
        }
        "platform" => if value == "-" { "" } else { value }.clone_into(&mut tag.platform),
        "service" => value.clone_into(&mut tag.system_service),
        "features" => tag.network_features = value.split(' ').map(str::to_owned).collect(),
        _ => return Err(SnapshotProblem::Attribute { key: key.to_owned() }),
    }
    Ok(())
}

fn start_set(line: &str) -> Result<EndpointSet, SnapshotProblem> {
    let id = line.strip_prefix("set ").and_then(|id| id.parse().ok()).ok_or_else(|| header(line))?;
    Ok(EndpointSet {
        id,
        instance: Instance::Worldwide,
        service_area: String::new(),
        display_name: String::new(),
        urls: Vec::new(),
        tcp_ports: Vec::new(),
        udp_ports: Vec::new(),
        express_route: false,
        category: Category::Default,
        required: false,
        notes: String::new(),
        prefixes: Vec::new(),
        source: 0,
    })
}

fn set_attribute(set: &mut EndpointSet, key: &str, value: &str) -> Result<(), SnapshotProblem> {
    match key {
        "area" => value.clone_into(&mut set.service_area),
        "display" => value.clone_into(&mut set.display_name),
        "category" => set.category = value.parse()?,
        "express-route" => set.express_route = yes_no(key, value)?,
        "required" => set.required = yes_no(key, value)?,
        "tcp" => set.tcp_ports = ports(key, value)?,
        "udp" => set.udp_ports = ports(key, value)?,
        "notes" => value.clone_into(&mut set.notes),
        "url" => set.urls.push(value.to_owned()),
        _ => return Err(SnapshotProblem::Attribute { key: key.to_owned() }),
    }
    Ok(())
}

fn start_entry(line: &str) -> Result<CommunityEntry, SnapshotProblem> {
    let rest = line.strip_prefix("community ").ok_or_else(|| header(line))?;
    let (value, name) = rest.split_once(' ').ok_or_else(|| header(line))?;
    Ok(CommunityEntry {
        value: value.parse()?,
        name: name.to_owned(),
        service: String::new(),
        group: String::new(),
        supported_region: String::new(),
        authorized: None,
        prefixes: Vec::new(),
    })
}

fn entry_attribute(entry: &mut CommunityEntry, key: &str, value: &str) -> Result<(), SnapshotProblem> {
    match key {
        "service" => value.clone_into(&mut entry.service),
        "group" => value.clone_into(&mut entry.group),
        "region" => value.clone_into(&mut entry.supported_region),
        "authorized" => entry.authorized = Some(yes_no(key, value)?),
        _ => return Err(SnapshotProblem::Attribute { key: key.to_owned() }),
    }
    Ok(())
}

fn header(line: &str) -> SnapshotProblem {
    SnapshotProblem::Header { text: line.to_owned() }
}

fn value(key: &str, text: &str) -> SnapshotProblem {
    SnapshotProblem::Value { key: key.to_owned(), text: text.to_owned() }
}

fn number<N: std::str::FromStr>(key: &str, text: &str) -> Result<N, SnapshotProblem> {
    text.parse().map_err(|_| value(key, text))
}

fn yes_no(key: &str, text: &str) -> Result<bool, SnapshotProblem> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(value(key, text)),
    }
}

fn ports(key: &str, text: &str) -> Result<Vec<RangeInclusive<u16>>, SnapshotProblem> {
    let mut ports = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u16, u16) = (number(key, first)?, number(key, last)?);
        if first > last {
            return Err(value(key, part));
        }
        ports.push(first..=last);
    }
    Ok(ports)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_short_way_agrees_with_the_parser(text in "[0-9./]{0,20}|[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}/[0-9]{1,2}") {
            if let Some(prefix) = canonical_v4(text.as_bytes()) {
                prop_assert_eq!(text.parse::<IpPrefix>().ok(), Some(prefix));
                prop_assert_eq!(prefix.to_string(), text);
            } else if let Ok(prefix) = text.parse::<IpPrefix>() {
                // Only an address without a length is left to the parser.
                prop_assert!(prefix.to_string() != text);
            }
        }
    }
}
