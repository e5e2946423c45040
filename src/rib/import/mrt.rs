//! MRT table dumps (RFC 6396; several paths from one peer according to RFC 8050).
//!
//! `bgpkit-parser` frames and decodes the records; records that it cannot decode are counted here.

use std::io::{self, Read};
use std::net::IpAddr;

use bgpkit_parser::models as bgp;
use bgpkit_parser::{ParserError, chunk_mrt_record};

use super::{Builder, FilePlace, ImportNote, ImportedPeer};
use crate::addr::{IpPrefix, Prefix};
use crate::diag::InputError;
use crate::rib::{
    AsPath, AsPathSegment, Attributes, Communities, Community, LargeCommunity, Learned, Origin, SessionId,
};

/// The length of the MRT header of a record, in bytes (RFC 6396 section 2).
const HEADER: u64 = 12;

/// Reads all records. An unreadable remainder is counted as [`ImportNote::Truncated`].
///
/// # Errors
///
/// Fails if the input exceeds the maximum number of bytes.
pub(super) fn read(input: impl Read, table: &mut Builder) -> io::Result<()> {
    let mut input = Ended { inner: input, why: None };
    records(&mut input, table);
    input.why.map_or(Ok(()), |why| Err(why.into()))
}

/// Keeps the error that ended an input early, because the decoder reports the error only as text.
struct Ended<R> {
    inner: R,
    why: Option<InputError>,
}

impl<R: Read> Read for Ended<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer);
        let error = read.as_ref().err().and_then(io::Error::get_ref);
        self.why = error.and_then(|error| error.downcast_ref::<InputError>()).cloned().or(self.why.take());
        read
    }
}

fn records(mut input: impl Read, table: &mut Builder) {
    let mut reader = Reader { table, peers: Vec::new(), number: 0, offset: 0 };
    loop {
        reader.number += 1;
        match chunk_mrt_record(&mut input) {
            Ok(raw) => {
                let declared = declared_entries(&raw);
                let length = HEADER + u64::from(raw.common_header.length);
                match raw.parse() {
                    Ok(record) => reader.record(record.message, declared),
                    Err(error) => reader.note_of(unreadable(&error), &error),
                }
                reader.offset += length;
            }
            Err(error) if matches!(error.error, ParserError::EofExpected) => return,
            Err(error) => return reader.note(ImportNote::Truncated, &error.to_string()),
        }
    }
}

/// Classifies a record that cannot be parsed: either it belongs to another type of table, or it is damaged.
fn unreadable(error: &ParserError) -> ImportNote {
    if matches!(error, ParserError::Unsupported(_)) { ImportNote::OtherTable } else { ImportNote::BadRecord }
}

/// Returns the number of routes that a TABLE_DUMP_V2 record declares: sequence number (4), prefix length in bits (1),
/// the prefix, then the count (2). The decoder silently stops at the first damaged route.
fn declared_entries(raw: &bgpkit_parser::RawMrtRecord) -> Option<u64> {
    const TABLE_DUMP_V2: u16 = 13;
    if raw.common_header.entry_type as u16 != TABLE_DUMP_V2 {
        return None;
    }
    let body: &[u8] = &raw.message_bytes;
    let (length, rest) = body.get(4..)?.split_first()?;
    let count = rest.get(usize::from(length.div_ceil(8))..)?.first_chunk::<2>()?;
    Some(u16::from_be_bytes(*count).into())
}

struct Reader<'a> {
    table: &'a mut Builder,
    /// The peers in the index table, in the order of that table.
    peers: Vec<Option<(SessionId, bgp::Peer)>>,
    number: u64,
    offset: u64,
}

impl Reader<'_> {
    /// Like [`Self::note`], but formats the text only if it is kept.
    fn note_of(&mut self, note: ImportNote, text: &ParserError) {
        if self.table.table.notes.keeps_text(note) {
            self.note(note, &text.to_string());
        } else {
            self.note(note, "");
        }
    }

    fn note(&mut self, note: ImportNote, text: &str) {
        let place = FilePlace::Record { number: self.number, offset: self.offset };
        self.table.note(note, || place, text);
    }

    fn record(&mut self, message: bgp::MrtMessage, declared: Option<u64>) {
        use bgp::TableDumpV2Message as V2;
        match message {
            bgp::MrtMessage::TableDumpV2Message(V2::PeerIndexTable(index)) => self.peer_index(&index),
            bgp::MrtMessage::TableDumpV2Message(V2::RibAfi(rib)) => self.rib(rib, declared),
            bgp::MrtMessage::TableDumpV2Message(V2::RibGeneric(_)) => {
                self.note(ImportNote::OtherTable, "RIB_GENERIC");
            }
            bgp::MrtMessage::TableDumpV2Message(V2::GeoPeerTable(_)) => {
                self.note(ImportNote::NotARoute, "GEO_PEER_TABLE");
            }
            bgp::MrtMessage::TableDumpMessage(entry) => self.table_dump(entry),
            bgp::MrtMessage::TableDumpMessageBatch(entries) => {
                for entry in entries {
                    self.table_dump(entry);
                }
            }
            bgp::MrtMessage::Bgp4Mp(_) => self.note(ImportNote::NotARoute, "BGP4MP"),
            bgp::MrtMessage::LegacyBgp(_) => self.note(ImportNote::NotARoute, "BGP"),
        }
    }

    /// Reads an index table (RFC 6396 section 4.3.1). Every dump begins with an index table, and a later index table
    /// replaces it.
    fn peer_index(&mut self, index: &bgp::PeerIndexTable) {
        let highest = index.id_peer_map.keys().max().map_or(0, |highest| usize::from(*highest) + 1);
        self.peers = vec![None; highest];
        for at in 0..highest {
            let peer = u16::try_from(at).ok().and_then(|at| index.id_peer_map.get(&at));
            let known = peer.map(|peer| (self.session(peer.peer_ip, peer.peer_asn), *peer));
            if let Some(place) = self.peers.get_mut(at) {
                *place = known;
            }
        }
    }

    fn session(&mut self, address: IpAddr, asn: bgp::Asn) -> SessionId {
        let peer = ImportedPeer { name: String::new(), address: Some(address), asn: Some(asn.to_u32()) };
        self.table.session(peer)
    }

    /// Reads the routes to one prefix (RFC 6396 section 4.3.2, RFC 8050 section 4).
    fn rib(&mut self, rib: bgp::RibAfiEntries, declared: Option<u64>) {
        use bgp::TableDumpV2Type as Kind;
        let unicast = [
            Kind::RibIpv4Unicast,
            Kind::RibIpv6Unicast,
            Kind::RibIpv4UnicastAddPath,
            Kind::RibIpv6UnicastAddPath,
        ];
        let name = rib.prefix.prefix.to_string();
        if !unicast.contains(&rib.rib_type) {
            return self.note(ImportNote::OtherTable, &name);
        }
        let read = u64::try_from(rib.rib_entries.len()).unwrap_or(u64::MAX);
        let lost = declared.unwrap_or(read).saturating_sub(read);
        if lost > 0 {
            let place = FilePlace::Record { number: self.number, offset: self.offset };
            self.table.table.notes.add_many(ImportNote::BadEntry, lost, || place, &name);
        }
        let Some(prefix) = self.prefix(&rib.prefix) else { return };
        for entry in rib.rib_entries {
            let peer = self.peers.get(usize::from(entry.peer_index)).copied().flatten();
            let Some((session, peer)) = peer else {
                self.note(ImportNote::UnknownPeer, &format!("{name} of peer {}", entry.peer_index));
                continue;
            };
            let mut attributes = self.attributes(entry.attributes, &name);
            attributes.peer_address = peer.peer_ip;
            if attributes.router_id == 0 {
                attributes.router_id = peer.peer_bgp_id.to_bits();
            }
            self.table.push(prefix, attributes, session, None);
        }
    }

    /// Reads a TABLE_DUMP record (RFC 6396 section 4.2).
    fn table_dump(&mut self, entry: bgp::TableDumpMessage) {
        let Some(prefix) = self.prefix(&entry.prefix) else { return };
        let session = self.session(entry.peer_ip, entry.peer_asn);
        let mut attributes = self.attributes(entry.attributes, &entry.prefix.prefix.to_string());
        attributes.peer_address = entry.peer_ip;
        self.table.push(prefix, attributes, session, None);
    }

    fn prefix(&mut self, network: &bgp::NetworkPrefix) -> Option<IpPrefix> {
        let (address, length) = (network.prefix.addr(), network.prefix.prefix_len());
        let prefix = match address {
            IpAddr::V4(address) => Prefix::containing(address, length).map(IpPrefix::from),
            IpAddr::V6(address) => Prefix::containing(address, length).map(IpPrefix::from),
        };
        match prefix {
            Ok(prefix) => {
                if prefix.first() != address {
                    self.note(ImportNote::HostBitsCleared, &network.prefix.to_string());
                }
                Some(prefix)
            }
            Err(error) => {
                self.note(ImportNote::NotAPrefix, &error.to_string());
                None
            }
        }
    }

    fn attributes(&mut self, from: bgp::Attributes, name: &str) -> Attributes {
        if let Some(warning) = from.validation_warnings().first() {
            self.note(ImportNote::AttributeWarning, &format!("{name}: {warning}"));
        }
        let mut attributes = Attributes { origin: Origin::Incomplete, ..Attributes::default() };
        let (mut standard, mut large) = (Vec::new(), Vec::new());
        let mut extended = false;
        for value in &from {
            use bgp::AttributeValue as Value;
            match value {
                Value::Origin(origin) => {
                    attributes.origin = match origin {
                        bgp::Origin::IGP => Origin::Igp,
                        bgp::Origin::EGP => Origin::Egp,
                        bgp::Origin::INCOMPLETE => Origin::Incomplete,
                    };
                }
                Value::NextHop(address) => attributes.next_hop = Some(*address),
                Value::MpReachNlri(nlri) => {
                    attributes.next_hop = nlri.next_hop.map(|hop| hop.addr()).or(attributes.next_hop);
                }
                Value::MultiExitDiscriminator(med) => attributes.med = Some(*med),
                Value::LocalPreference(preference) => attributes.local_preference = *preference,
                Value::Communities(communities) => standard.extend(communities.iter().map(community)),
                Value::LargeCommunities(communities) => large.extend(communities.iter().map(|community| {
                    let [first, second] = community.local_data;
                    LargeCommunity::new(community.global_admin, first, second)
                })),
                Value::ExtendedCommunities(_) | Value::Ipv6AddressSpecificExtendedCommunities(_) => {
                    extended = true;
                }
                Value::OriginatorId(id) => {
                    attributes.router_id = id.to_bits();
                    attributes.learned = Learned::Ibgp;
                }
                Value::Clusters(clusters) => {
                    attributes.cluster_list_length = u32::try_from(clusters.len()).unwrap_or(u32::MAX);
                }
                _ => {}
            }
        }
        if extended {
            self.note(ImportNote::ExtendedCommunities, name);
        }
        // AS4_PATH, which old speakers send, has already been merged (RFC 6793 section 4.2.3).
        attributes.as_path = if from.as4_path().is_some() {
            from.effective_as_path().as_ref().map(as_path).unwrap_or_default()
        } else {
            from.as_path().map(as_path).unwrap_or_default()
        };
        attributes.communities = Communities::new(standard, large);
        attributes
    }
}

fn community(community: &bgp::Community) -> Community {
    match community {
        bgp::Community::NoExport => Community::NO_EXPORT,
        bgp::Community::NoAdvertise => Community::NO_ADVERTISE,
        bgp::Community::NoExportSubConfed => Community::NO_EXPORT_SUBCONFED,
        bgp::Community::Custom(asn, value) => {
            let asn = u16::try_from(asn.to_u32()).unwrap_or(u16::MAX);
            Community::new(asn, *value)
        }
    }
}

fn as_path(path: &bgp::AsPath) -> AsPath {
    let numbers = |list: &[bgp::Asn]| list.iter().copied().map(u32::from).collect();
    AsPath::new(path.iter_segments().map(|segment| match segment {
        bgp::AsPathSegment::AsSequence(list) => AsPathSegment::Sequence(numbers(list)),
        bgp::AsPathSegment::AsSet(list) => AsPathSegment::Set(numbers(list)),
        bgp::AsPathSegment::ConfedSequence(list) => AsPathSegment::ConfederationSequence(numbers(list)),
        bgp::AsPathSegment::ConfedSet(list) => AsPathSegment::ConfederationSet(numbers(list)),
    }))
}
