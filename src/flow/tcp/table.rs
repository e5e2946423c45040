//! The TCP connections of a capture, in bounded memory.

use std::fmt;
use std::net::IpAddr;

use foldhash::quality::RandomState;
use hashbrown::HashMap;

use crate::addr::FlowKey;
use crate::flow::tcp::conversation::{Connection, TcpConversation};
use crate::flow::tcp::order::SegmentKind;
use crate::flow::tcp::segment::{Tcp, TcpSegment};

/// The two ends of a connection, the smaller first.
type Ends = [(IpAddr, u16); 2];

/// A connection in the table.
struct Entry {
    connection: Connection,
    /// The number of its first packet, which orders the result.
    opened: u64,
    /// The number of its last packet.
    seen: u64,
}

/// The function that receives finished connections.
type DoneFn<'e> = Box<dyn FnMut(TcpConversation) + Send + 'e>;

/// Measures TCP connections.
///
/// A connection ends when a SYN with another sequence number reuses its ports, at the end of the capture, or if more than
/// the maximum number of connections are open: then the eighth that was not seen for longest is evicted and counted.
/// Later packets of an evicted connection count as another connection, without a handshake.
///
/// The order of packets must be that of the capture. A capture that begins before the end of the one before it was taken
/// at another place: it has the same packets again, so its connections are other connections. Memory: about 1,300 bytes
/// per connection.
pub struct TcpTable<'e> {
    max: usize,
    entries: HashMap<Ends, Entry, RandomState>,
    packets: u64,
    evicted: u64,
    /// The time of the latest segment.
    latest_ns: u64,
    /// Whether no segment of the current capture has been added.
    begins: bool,
    done: DoneFn<'e>,
}

impl<'e> TcpTable<'e> {
    /// Creates a table of at most `max` connections (at least 1), which passes each finished connection to `done`.
    pub fn new(max: usize, done: impl FnMut(TcpConversation) + Send + 'e) -> Self {
        let entries = HashMap::default();
        let (max, done) = (max.max(1), Box::new(done));
        Self { max, entries, packets: 0, evicted: 0, latest_ns: 0, begins: false, done }
    }

    /// Call this before the packets of each capture.
    pub fn begin_capture(&mut self) {
        self.begins = true;
    }

    /// Returns the number of connections in the table.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns the number of connections that were evicted to stay within the limit.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Adds the TCP part of a packet with this five-tuple. Returns how its segment continues the connection; `None` if
    /// the packet has no readable segment.
    ///
    /// # Complexity
    ///
    /// Constant on average. An eviction takes time linear in the number of connections, at most once for every eighth of
    /// `max` new connections.
    pub fn add(&mut self, key: FlowKey, tcp: &Tcp) -> Option<SegmentKind> {
        match tcp {
            Tcp::Other => None,
            Tcp::Unreadable(_) => {
                self.connection(key).add_unreadable(&key);
                None
            }
            Tcp::Segment(segment) => Some(self.add_segment(segment)),
        }
    }

    fn add_segment(&mut self, segment: &TcpSegment) -> SegmentKind {
        if std::mem::take(&mut self.begins) && segment.time_ns < self.latest_ns {
            self.end_all();
        }
        self.latest_ns = self.latest_ns.max(segment.time_ns);
        let ends = ends(&segment.key);
        if self.entries.get(&ends).is_some_and(|entry| entry.connection.is_followed_by(segment))
            && let Some(entry) = self.entries.remove(&ends)
        {
            (self.done)(entry.connection.finish());
        }
        self.connection(segment.key).add(segment)
    }

    /// Passes on the remaining connections, in the order of their first packets. Returns the number of evicted connections.
    pub fn finish(mut self) -> u64 {
        self.end_all();
        self.evicted
    }

    fn end_all(&mut self) {
        let mut entries: Vec<Entry> = self.entries.drain().map(|(_, entry)| entry).collect();
        entries.sort_unstable_by_key(|entry| entry.opened);
        for entry in entries {
            (self.done)(entry.connection.finish());
        }
    }

    fn connection(&mut self, key: FlowKey) -> &mut Connection {
        let ends = ends(&key);
        if self.entries.len() >= self.max && !self.entries.contains_key(&ends) {
            self.evict();
        }
        self.packets += 1;
        let number = self.packets;
        let create = || Entry { connection: Connection::new(key), opened: number, seen: number };
        let entry = self.entries.entry(ends).or_insert_with(create);
        entry.seen = number;
        &mut entry.connection
    }

    fn evict(&mut self) {
        let mut seen: Vec<u64> = self.entries.values().map(|entry| entry.seen).collect();
        let eighth = (self.max / 8).max(1).min(seen.len());
        let (_, last, _) = seen.select_nth_unstable(eighth - 1);
        let last = *last;
        let old = self.entries.extract_if(|_, entry| entry.seen <= last);
        let mut old: Vec<Entry> = old.map(|(_, entry)| entry).collect();
        old.sort_unstable_by_key(|entry| entry.opened);
        self.evicted += old.len() as u64;
        for entry in old {
            (self.done)(entry.connection.finish());
        }
    }
}

impl fmt::Debug for TcpTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("TcpTable");
        out.field("max", &self.max).field("connections", &self.entries.len()).finish_non_exhaustive()
    }
}

fn ends(key: &FlowKey) -> Ends {
    let (source, destination) = ((key.source, key.source_port), (key.destination, key.destination_port));
    if source <= destination { [source, destination] } else { [destination, source] }
}
