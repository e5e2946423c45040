//! Flow records as a source of packets: CSV and ndjson (and Parquet, in its own module) with the columns of
//! peerpath's own flow view.
//!
//! ```text
//! file ─▶ RecordFile { FlowRecord…, rejected rows } ─▶ EvenPackets ─▶ TimedPacket in order of time
//! ```
//!
//! The packets of a record without `first` and `last` have no time and come before all others. Any other
//! record states when its first and last packet arrived and the totals in between, but not the times in
//! between. [`EvenPackets`] spreads its packets evenly from the first to the last, and its bytes evenly over
//! the packets. Sums are exact, but bursts are lost, so queues see lower peaks than in the original traffic.

#[cfg(feature = "parquet")]
pub(super) mod parquet;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io::{self, BufRead};
use std::net::IpAddr;

use jiff::Timestamp;

use super::{FlowRecord, KeyV4, KeyV6, Packet, PacketKey, PacketTime, TimedPacket};
use crate::addr::{EmbeddedV4, FlowKey, Protocol};

/// The columns that are read; all others are ignored.
pub const RECORD_COLUMNS: [&str; 10] = [
    "protocol",
    "source",
    "source_port",
    "destination",
    "destination_port",
    "packets",
    "frame_bytes",
    "ip_bytes",
    "first",
    "last",
];

/// The reason why a file of flow records could not be read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Reading failed.
    #[error("`{name}` cannot be read")]
    Read {
        /// The file.
        name: String,
        /// The cause.
        source: io::Error,
    },
    /// A CSV or Parquet file lacks columns.
    #[error(
        "`{name}` has no column {}: flow records need {}, as written by `replay --by flow`",
        columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", "),
        RECORD_COLUMNS.join(", ")
    )]
    NoColumns {
        /// The file.
        name: String,
        /// The columns, in the order of [`RECORD_COLUMNS`].
        columns: Vec<&'static str>,
    },
}

/// The result of reading a file of flow records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordFile {
    /// The records, in the order of the file.
    pub records: Vec<FlowRecord>,
    /// The number of rows that are not valid records, by the column that could not be read.
    pub refused: BTreeMap<&'static str, u64>,
    /// The line number of the first row that is not a valid record, counted from 1.
    pub first_refused: Option<u64>,
    /// The number of IPv4-mapped addresses that were read as IPv4.
    pub mapped: u64,
}

impl RecordFile {
    /// Adds a row.
    pub(super) fn take(&mut self, row: Result<Row, &'static str>, line: u64) {
        match row {
            Ok(Row { record, mapped }) => {
                self.records.push(record);
                self.mapped += mapped;
            }
            Err(column) => self.refuse(column, line),
        }
    }

    /// Counts a row that is not a valid record.
    fn refuse(&mut self, column: &'static str, line: u64) {
        *self.refused.entry(column).or_default() += 1;
        self.first_refused.get_or_insert(line);
    }
}

/// Returns whether a file starts like Apache Parquet.
pub fn is_parquet(beginning: &[u8]) -> bool {
    beginning.starts_with(b"PAR1")
}

/// Returns whether a file starts like flow records: with a CSV header that has any of the record columns (so
/// that missing columns are reported), with a JSON object, or like Parquet. No capture starts like that. Of a
/// truncated header, the columns before the end are checked.
pub fn is_records(beginning: &[u8]) -> bool {
    let text = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
    text.starts_with(b"{\"") || is_parquet(beginning) || has_header(text)
}

fn has_header(text: &[u8]) -> bool {
    let line = text.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    let header = std::str::from_utf8(line).map(cells).unwrap_or_default();
    header.len() > 1 && header.iter().any(|cell| RECORD_COLUMNS.contains(&cell.as_str()))
}

/// Reads CSV (RFC 4180, with a header) or ndjson, depending on the first byte. In ndjson, lines of other
/// views are skipped. A row that is not a valid record is counted.
///
/// # Errors
///
/// Returns [`RecordError`] if nothing can be read.
pub fn read_records(name: &str, mut reader: impl BufRead) -> Result<RecordFile, RecordError> {
    let fail = |source| RecordError::Read { name: name.to_owned(), source };
    let mut file = RecordFile::default();
    let mut columns: Option<Vec<Option<usize>>> = None;
    let mut line = String::new();
    for number in 1.. {
        line.clear();
        if reader.read_line(&mut line).map_err(fail)? == 0 {
            break;
        }
        let text = line.trim_end_matches(['\r', '\n']).trim_start_matches('\u{feff}');
        if text.is_empty() {
            continue;
        }
        let fields: Option<BTreeMap<&str, String>> = if text.starts_with('{') {
            json_fields(text)
        } else if let Some(columns) = &columns {
            let cells = cells(text);
            let cell = |at: &Option<usize>| cells.get((*at)?).cloned();
            let named = RECORD_COLUMNS.iter().zip(columns);
            Some(named.filter_map(|(column, at)| Some((*column, cell(at)?))).collect())
        } else {
            let header = cells(text);
            let found = RECORD_COLUMNS.map(|column| header.iter().position(|cell| cell == column));
            lacking(name, |column| header.iter().any(|cell| cell == column))?;
            columns = Some(found.to_vec());
            None
        };
        let Some(fields) = fields else { continue };
        file.take(record(&fields), number);
    }
    Ok(file)
}

/// Rejects a file that lacks columns.
pub(super) fn lacking(name: &str, has: impl Fn(&str) -> bool) -> Result<(), RecordError> {
    let columns: Vec<_> = RECORD_COLUMNS.into_iter().filter(|column| !has(column)).collect();
    if columns.is_empty() { Ok(()) } else { Err(RecordError::NoColumns { name: name.to_owned(), columns }) }
}

/// Returns the columns of a JSON object that is a row of the flow view, or `None` for any other object.
fn json_fields(text: &str) -> Option<BTreeMap<&'static str, String>> {
    let Ok(serde_json::Value::Object(object)) = serde_json::from_str(text) else {
        return Some(BTreeMap::new());
    };
    if object.contains_key("schema") || object.get("view").is_some_and(|view| view != "flow") {
        return None;
    }
    let field = |column: &'static str| match object.get(column)? {
        serde_json::Value::String(text) => Some((column, text.clone())),
        serde_json::Value::Null => Some((column, String::new())),
        other => Some((column, other.to_string())),
    };
    Some(RECORD_COLUMNS.into_iter().filter_map(field).collect())
}

/// Returns the cells of a CSV line. A quoted cell ends on its line, because none of these columns contains a
/// line break.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                push(&mut cells, '"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            other => push(&mut cells, other),
        }
    }
    cells
}

fn push(cells: &mut [String], letter: char) {
    if let Some(cell) = cells.last_mut() {
        cell.push(letter);
    }
}

/// A row that is a valid record.
pub(super) struct Row {
    record: FlowRecord,
    /// The number of IPv4-mapped addresses in the row.
    mapped: u64,
}

/// Parses a record from its columns. The error is the first column that cannot be read. A record whose
/// `first` and `last` are both empty has no time.
pub(super) fn record(fields: &BTreeMap<&str, String>) -> Result<Row, &'static str> {
    fn parsed<T>(
        fields: &BTreeMap<&str, String>,
        column: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, &'static str> {
        fields.get(column).and_then(|text| parse(text)).ok_or(column)
    }
    let address = |text: &str| text.parse::<IpAddr>().ok();
    let number = |text: &str| text.parse::<u64>().ok();
    let port = |text: &str| text.parse::<u16>().ok();
    let moment = |text: &str| {
        let nanoseconds = u64::try_from(text.parse::<Timestamp>().ok()?.as_nanosecond()).ok()?;
        Some(PacketTime::at(nanoseconds)).filter(|_| nanoseconds <= PacketTime::MAX_NS)
    };
    let source: IpAddr = parsed(fields, "source", address)?;
    let ends = |text: &str| in_one_family(source, address(text)?);
    let protocol = parsed(fields, "protocol", Protocol::parse)?.0;
    let source_port = parsed(fields, "source_port", port)?;
    let ([source, destination], mapped) = parsed(fields, "destination", ends)?;
    let key = FlowKey {
        protocol,
        source,
        source_port,
        destination,
        destination_port: parsed(fields, "destination_port", port)?,
    };
    let packets = parsed(fields, "packets", |text| number(text).filter(|packets| *packets > 0))?;
    let fits = |text: &str| number(text).filter(|bytes| u32::try_from(bytes.div_ceil(packets)).is_ok());
    let frame_bytes = parsed(fields, "frame_bytes", fits)?;
    let ip_bytes = parsed(fields, "ip_bytes", fits)?;
    let no_time = |column| fields.get(column).is_some_and(String::is_empty);
    let (first, last) = if no_time("first") && no_time("last") {
        (PacketTime::NONE, PacketTime::NONE)
    } else {
        let first = parsed(fields, "first", moment)?;
        (first, parsed(fields, "last", |text| moment(text).filter(|last| *last >= first))?)
    };
    let (tcp_flags, first_tcp_flags, opened) = (0, 0, false);
    let record =
        FlowRecord { key, packets, frame_bytes, ip_bytes, first, last, tcp_flags, first_tcp_flags, opened };
    Ok(Row { record, mapped })
}

/// Returns both addresses in one family, with the number of IPv4-mapped addresses that are read as IPv4.
/// Returns `None` if one address is IPv4 and the other IPv6. If one address is IPv4-mapped and the other is
/// ordinary IPv6, the packets were IPv6, so the mapped address is not converted.
fn in_one_family(source: IpAddr, destination: IpAddr) -> Option<([IpAddr; 2], u64)> {
    let written = [source, destination];
    let read = written.map(EmbeddedV4::read_as_v4);
    if read.iter().all(|(address, _)| address.is_ipv4()) {
        return Some((
            read.map(|(address, _)| address),
            read.iter().map(|(_, mapped)| u64::from(*mapped)).sum(),
        ));
    }
    written.iter().all(IpAddr::is_ipv6).then_some((written, 0))
}

/// Packets generated from flow records, spread evenly over each record's duration, in order of time. Packets
/// with the same time are in the order of the records.
///
/// Packet `k` of `n` arrives at `first + (last − first) × k / (n − 1)`, rounded down, and has
/// `⌊total × (k + 1) / n⌋ − ⌊total × k / n⌋` bytes, which add up to exactly the record's bytes. The packets
/// of records without a time come first.
///
/// # Complexity
///
/// `O(log r)` per packet, where `r` records overlap in time.
#[derive(Debug)]
pub struct EvenPackets {
    /// The records that have not started yet, in descending order of start, so that the next record is the
    /// last element.
    waiting: Vec<FlowRecord>,
    open: BinaryHeap<Reverse<(Option<u64>, usize)>>,
    records: Vec<(FlowRecord, u64)>,
}

impl EvenPackets {
    /// Creates the packets for `records`, which may be in any order.
    pub fn new(mut records: Vec<FlowRecord>) -> Self {
        records.sort_by_key(|record| record.first.ns());
        records.reverse();
        Self { waiting: records, open: BinaryHeap::new(), records: Vec::new() }
    }
}

impl Iterator for EvenPackets {
    type Item = TimedPacket;

    fn next(&mut self) -> Option<TimedPacket> {
        let due = self.open.peek().map(|Reverse((at, _))| *at);
        while self.waiting.last().is_some_and(|next| due.is_none_or(|due| next.first.ns() <= due)) {
            let Some(record) = self.waiting.pop() else { break };
            self.open.push(Reverse((record.first.ns(), self.records.len())));
            self.records.push((record, 0));
            if due.is_none() {
                break;
            }
        }
        let Reverse((at, index)) = self.open.pop()?;
        let (record, sent) = self.records.get_mut(index)?;
        let packet = packet_of(record, *sent, at);
        *sent += 1;
        if *sent < record.packets {
            self.open.push(Reverse((moment_of(record, *sent), index)));
        }
        Some(packet)
    }
}

/// Returns the share of `total` for part `k` of `n`.
fn share(total: u64, k: u64, n: u64) -> u64 {
    let upto = |parts: u64| u128::from(total) * u128::from(parts) / u128::from(n.max(1));
    u64::try_from(upto(k + 1) - upto(k)).unwrap_or(u64::MAX)
}

fn moment_of(record: &FlowRecord, k: u64) -> Option<u64> {
    let (first, last) = (record.first.ns()?, record.last.ns()?);
    let span = u128::from(last.saturating_sub(first));
    let offset = span * u128::from(k) / u128::from((record.packets - 1).max(1));
    Some(first + u64::try_from(offset).unwrap_or(0))
}

fn packet_of(record: &FlowRecord, k: u64, at: Option<u64>) -> TimedPacket {
    let bytes = |total| u32::try_from(share(total, k, record.packets)).unwrap_or(u32::MAX);
    let FlowKey { source, destination, protocol, source_port, destination_port } = record.key;
    let key = match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => PacketKey::V4(KeyV4 {
            source: source.to_bits(),
            destination: destination.to_bits(),
            source_port,
            destination_port,
            protocol,
        }),
        (source, destination) => {
            let bits = |address: IpAddr| match address {
                IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
                IpAddr::V6(address) => address.to_bits(),
            };
            let (source, destination) = (bits(source), bits(destination));
            PacketKey::V6(KeyV6 { source, destination, source_port, destination_port, protocol })
        }
    };
    TimedPacket {
        packet: Packet { key, ip_bytes: bytes(record.ip_bytes), tcp_flags: 0, dscp: 0 },
        time: at.map_or(PacketTime::NONE, PacketTime::at),
        frame_bytes: bytes(record.frame_bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: &str = "protocol,source,source_port,destination,destination_port,packets,frame_bytes,ip_bytes,first,last,remote\n\
        tcp,10.0.0.1,50000,52.96.0.1,443,3,1042,1000,2026-01-01T00:00:00Z,2026-01-01T00:00:01Z,\"a, \"\"b\"\"\"\n\
        udp,fd10::1,1,2603::1,2,1,90,76,2026-01-01T00:00:00.5Z,2026-01-01T00:00:00.5Z,\n\
        udp,fd10::1,1,10.0.0.1,2,1,90,76,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,\n\
        tcp,10.0.0.1,1,10.0.0.2,2,0,90,76,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,\n";

    #[test]
    fn rows_that_are_no_records_are_counted() {
        let file = read_records("flows.csv", CSV.as_bytes()).unwrap();
        assert_eq!(file.records.len(), 2);
        assert_eq!(file.refused, BTreeMap::from([("destination", 1), ("packets", 1)]));
        assert_eq!(file.first_refused, Some(4));
        assert_eq!(file.records[0].key.to_string(), "tcp 10.0.0.1:50000 > 52.96.0.1:443");
        let error = read_records("flows.csv", &b"protocol,source\n"[..]).unwrap_err().to_string();
        assert!(error.starts_with("`flows.csv` has no column `source_port`, `destination`, "), "{error}");
        let json = "{\"schema\":\"peerpath.replay/1\"}\n{\"view\":\"path\",\"path\":\"internet\"}\n\
            {\"view\":\"flow\",\"protocol\":\"17\",\"source\":\"10.0.0.1\",\"source_port\":1,\"destination\":\"10.0.0.2\",\
            \"destination_port\":2,\"packets\":1,\"frame_bytes\":9,\"ip_bytes\":8,\"first\":\"1970-01-01T00:00:01Z\",\
            \"last\":\"1970-01-01T00:00:01Z\"}\n{\"view\":\"flow\"}\nnot json\n";
        let file = read_records("flows.ndjson", json.as_bytes());
        // A line that is neither JSON nor preceded by a header is parsed as a header.
        assert!(file.is_err());
        let file = read_records("flows.ndjson", json.replace("not json\n", "").as_bytes()).unwrap();
        assert_eq!((file.records.len(), file.refused.len(), file.first_refused), (1, 1, Some(4)));
    }

    #[test]
    fn packets_come_evenly_and_in_order() {
        let file = read_records("flows.csv", CSV.as_bytes()).unwrap();
        let start = file.records[0].first.ns().unwrap();
        let packets: Vec<_> = EvenPackets::new(file.records)
            .map(|one| (one.time.ns().unwrap() - start, one.packet.ip_bytes, one.frame_bytes))
            .collect();
        assert_eq!(
            packets,
            [(0, 333, 347), (500_000_000, 333, 347), (500_000_000, 76, 90), (1_000_000_000, 334, 348)]
        );
    }

    /// Records of packets without a time can be read again: their packets come first and have no time.
    #[test]
    fn records_without_a_time_have_packets_without_one() {
        let row = |ends: &str| format!("tcp,10.0.0.1,1,52.96.0.1,443,2,108,80,{ends},\n");
        let text = format!(
            "{}\n{}{}{}{}",
            CSV.lines().next().unwrap(),
            row("1970-01-01T00:00:00Z,1970-01-01T00:00:01Z"),
            row(","),
            row("1970-01-01T00:00:00Z,"),
            row(",1970-01-01T00:00:00Z"),
        );
        let file = read_records("flows.csv", text.as_bytes()).unwrap();
        assert_eq!(file.refused, BTreeMap::from([("first", 1), ("last", 1)]));
        let times: Vec<_> = EvenPackets::new(file.records).map(|packet| packet.time.ns()).collect();
        assert_eq!(times, [None, None, Some(0), Some(1_000_000_000)]);
        let line = |ends: &str| {
            format!(
                "{{\"protocol\":\"tcp\",\"source\":\"10.0.0.1\",\"source_port\":1,\"destination\":\"52.96.0.1\",\
                 \"destination_port\":443,\"packets\":1,\"frame_bytes\":54,\"ip_bytes\":40{ends}}}\n"
            )
        };
        let ends = [r#","first":null,"last":null"#, "", r#","first":true,"last":null"#];
        let file = read_records("flows.ndjson", ends.map(line).concat().as_bytes()).unwrap();
        assert_eq!((file.records.len(), file.refused), (1, BTreeMap::from([("first", 2)])));
        assert_eq!(file.records[0].first, PacketTime::NONE);
    }

    #[test]
    fn mapped_ends_are_read_as_ipv4_where_both_ends_are() {
        let row = |source: &str, destination: &str| {
            format!("tcp,{source},1,{destination},443,1,54,40,1970-01-01T00:00:00Z,1970-01-01T00:00:00Z,\n")
        };
        let rows = [
            row("::ffff:10.0.0.1", "::ffff:52.96.0.1"),
            row("::ffff:10.0.0.1", "52.96.0.1"),
            row("::ffff:10.0.0.1", "2603:1061::1"),
            row("10.0.0.1", "2603:1061::1"),
        ];
        let text = format!("{}\n{}", CSV.lines().next().unwrap(), rows.concat());
        let file = read_records("flows.csv", text.as_bytes()).unwrap();
        let keys: Vec<_> = file.records.iter().map(|record| record.key.to_string()).collect();
        let v4 = "tcp 10.0.0.1:1 > 52.96.0.1:443";
        assert_eq!(keys, [v4, v4, "tcp [::ffff:10.0.0.1]:1 > [2603:1061::1]:443"]);
        assert_eq!((file.mapped, file.refused), (3, BTreeMap::from([("destination", 1)])));
    }

    #[test]
    fn captures_and_records_begin_differently() {
        assert!(is_records(CSV.as_bytes()) && is_records(b"{\"schema\":1}"));
        assert!(is_records(b"destination,packets,path\n") && is_records(b"path,\"ip_bytes\"\r\n"));
        assert!(!is_records(b"packets\n") && !is_records(b"variant,account\npackets,packets\n"));
        assert!(
            !is_records(&[0xd4, 0xc3, 0xb2, 0xa1])
                && !is_records(&[0x0a, 0x0d, 0x0d, 0x0a])
                && !is_records(b"")
        );
    }
}
