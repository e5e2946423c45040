//! Reads the text of a snapshot into a feed. The parser is written by hand, because it runs at every start of
//! the program.

use std::ops::RangeInclusive;
use std::thread;

use super::lines::Lines;
use super::prefix_line;
use super::{CONTENT_SHA256, MAGIC, SnapshotError, SnapshotProblem, VERSION};
use crate::addr::IpPrefix;
use crate::catalog::model::sort_prefixes;
use crate::catalog::{
    Category, CommunityEntry, EndpointSet, Feed, FeedKind, FeedOrigin, Instance, Provenance, Records,
    ServiceTag,
};

/// Reads the text of a snapshot. The origin of the feed is [`FeedOrigin::User`]; the catalog marks shipped feeds.
/// The digest of the records must be present but is not verified here, because this function runs at every
/// start of the program. [`crate::catalog::verify_folder`] verifies the digest.
///
/// # Errors
///
/// Returns a [`SnapshotError`] with the line of the first violation of the format.
///
/// # Complexity
///
/// Linear in the length of the text.
pub fn read(text: &str) -> Result<Feed, SnapshotError> {
    read_beside(text, 0, || ()).0
}

/// Reads the text of a snapshot like [`read`], and runs another task that takes as long as reading `bytes` of
/// text. A long text is read by two threads. The second thread also runs the task and gets the smaller part
/// of the text, so that both threads finish together.
pub(crate) fn read_beside<T: Send>(
    text: &str,
    bytes: usize,
    beside: impl FnOnce() -> T + Send,
) -> (Result<Feed, SnapshotError>, T) {
    let mut lines = Lines::new(text);
    let provenance = match read_metadata(&mut lines) {
        Ok(provenance) => provenance,
        Err(error) => return (Err(error), beside()),
    };
    let share = Share { lines: lines.clone(), bytes, beside };
    let (records, beside) = match provenance.kind {
        FeedKind::ServiceTags => share.read(Records::ServiceTags),
        FeedKind::Endpoints | FeedKind::Intune => share.read(Records::Endpoints),
        FeedKind::Communities => share.read(Records::Communities),
    };
    let feed = records.and_then(|mut records| {
        if let Records::Endpoints(sets) = &mut records {
            let missing = SnapshotProblem::MetadataMissing { key: "instance" };
            let instance = provenance.instance.ok_or_else(|| lines.error(missing))?;
            for set in sets {
                set.instance = instance;
            }
        }
        records.sort();
        Ok(Feed { provenance, records })
    });
    (feed, beside)
}

/// Reads only the metadata.
///
/// # Errors
///
/// Returns a [`SnapshotError`] with the line if the metadata violates the format.
pub fn read_provenance(text: &str) -> Result<Provenance, SnapshotError> {
    read_metadata(&mut Lines::new(text))
}

/// Returns the SHA-256 of the records as stated in the metadata.
pub(crate) fn read_content_sha256(text: &str) -> Option<&str> {
    let metadata = Lines::new(text).take_while(|line| !line.is_empty());
    metadata
        .filter_map(|line| line.split_once(": "))
        .find(|(key, _)| *key == CONTENT_SHA256)
        .map(|(_, value)| value)
}

/// Returns everything below the metadata, unchanged.
pub(crate) fn body(text: &str) -> &str {
    let mut lines = Lines::new(text);
    while lines.next().is_some_and(|line| !line.is_empty()) {}
    lines.rest()
}

/// A record with prefixes.
trait Record: Send {
    /// The start of the record's header.
    const HEADER: &str;

    /// Creates an empty record from a header.
    fn start(line: &str) -> Result<Self, SnapshotProblem>
    where
        Self: Sized;
    fn attribute(&mut self, key: &str, value: &str) -> Result<(), SnapshotProblem>;
    fn prefixes(&mut self) -> &mut Vec<IpPrefix>;
}

impl Record for ServiceTag {
    const HEADER: &str = "tag ";

    fn start(line: &str) -> Result<Self, SnapshotProblem> {
        start_tag(line)
    }
    fn attribute(&mut self, key: &str, value: &str) -> Result<(), SnapshotProblem> {
        tag_attribute(self, key, value)
    }
    fn prefixes(&mut self) -> &mut Vec<IpPrefix> {
        &mut self.prefixes
    }
}

impl Record for EndpointSet {
    const HEADER: &str = "set ";

    fn start(line: &str) -> Result<Self, SnapshotProblem> {
        start_set(line)
    }
    fn attribute(&mut self, key: &str, value: &str) -> Result<(), SnapshotProblem> {
        set_attribute(self, key, value)
    }
    fn prefixes(&mut self) -> &mut Vec<IpPrefix> {
        &mut self.prefixes
    }
}

impl Record for CommunityEntry {
    const HEADER: &str = "community ";

    fn start(line: &str) -> Result<Self, SnapshotProblem> {
        start_entry(line)
    }
    fn attribute(&mut self, key: &str, value: &str) -> Result<(), SnapshotProblem> {
        entry_attribute(self, key, value)
    }
    fn prefixes(&mut self) -> &mut Vec<IpPrefix> {
        &mut self.prefixes
    }
}

/// A text shorter than this is read in one or two milliseconds. Another thread would not save time, because
/// other texts are read in parallel.
const WORTH_A_THREAD: usize = 512 << 10;

/// The records of a text, and the task that runs in addition to reading them.
struct Share<'a, B> {
    lines: Lines<'a>,
    /// The amount of text that takes as long to read as `beside` takes to run.
    bytes: usize,
    beside: B,
}

impl<T: Send, B: FnOnce() -> T + Send> Share<'_, B> {
    fn read<R: Record>(self, records: fn(Vec<R>) -> Records) -> (Result<Records, SnapshotError>, T) {
        let Self { lines, bytes, beside } = self;
        let length = lines.rest().len();
        let parts =
            if length < WORTH_A_THREAD { None } else { lines.parted(R::HEADER, length.midpoint(bytes)) };
        let Some((first, second)) = parts else { return (read_part(lines).map(records), beside()) };
        let (first, (second, beside)) = thread::scope(|scope| {
            let second = scope.spawn(|| (read_part(second), beside()));
            let first = read_part(first);
            (first, second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        // The first error in the text counts, whichever thread was faster.
        let all = first.and_then(|mut first: Vec<R>| {
            first.append(&mut second?);
            Ok(records(first))
        });
        (all, beside)
    }
}

fn read_part<R: Record>(mut lines: Lines<'_>) -> Result<Vec<R>, SnapshotError> {
    let mut records: Vec<R> = Vec::new();
    // The prefixes of the last record. They are collected here so that each record gets a list of exactly the
    // right size.
    let mut prefixes: Vec<IpPrefix> = Vec::new();
    loop {
        if let Some((prefix, rest)) = prefix_line::next(lines.rest()).filter(|_| !records.is_empty()) {
            prefixes.push(prefix);
            lines.skip_to(rest);
            continue;
        }
        let Some(line) = lines.next() else { break };
        let Some(indented) = line.strip_prefix(' ') else {
            keep(&mut records, &mut prefixes);
            records.push(R::start(line).map_err(|problem| lines.error(problem))?);
            continue;
        };
        let record: &mut R = records.last_mut().ok_or_else(|| lines.error(SnapshotProblem::Orphan))?;
        // Attributes contain a space, prefixes never do.
        if let Some((key, value)) = indented.split_once(": ") {
            record.attribute(key, value).map_err(|problem| lines.error(problem))?;
        } else {
            prefixes.push(indented.parse().map_err(|error| lines.error(SnapshotProblem::Prefix(error)))?);
        }
    }
    keep(&mut records, &mut prefixes);
    Ok(records)
}

/// Adds the prefixes that were read to the last record, in canonical order. They are sorted here because they
/// are still in the cache of this thread.
fn keep<R: Record>(records: &mut [R], prefixes: &mut Vec<IpPrefix>) {
    if let Some(record) = records.last_mut() {
        sort_prefixes(prefixes);
        record.prefixes().extend_from_slice(prefixes);
    }
    prefixes.clear();
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
        origin: FeedOrigin::User,
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
