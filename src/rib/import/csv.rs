//! Reads comma-separated values (RFC 4180) with a header.

use std::borrow::Cow;
use std::hash::BuildHasher;
use std::io::{self, BufRead};
use std::net::IpAddr;

use foldhash::fast::FixedState;

use super::input::for_each_line;
use super::{Builder, FilePlace, ImportNote, ImportedPeer};
use crate::addr::IpPrefix;
use crate::rib::{AsPath, Attributes, AttributesId, Communities, CommunityPattern, Learned, SessionId};

/// The meaning of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Prefix,
    NextHop,
    AsPath,
    LocalPreference,
    Med,
    Weight,
    Origin,
    Communities,
    Learned,
    Peer,
    Unknown,
}

/// The names of columns, in lower case with `_` between words.
const COLUMNS: &[(&str, Column)] = &[
    ("prefix", Column::Prefix),
    ("network", Column::Prefix),
    ("address_prefix", Column::Prefix),
    ("next_hop", Column::NextHop),
    ("nexthop", Column::NextHop),
    ("as_path", Column::AsPath),
    ("path", Column::AsPath),
    ("local_preference", Column::LocalPreference),
    ("local_pref", Column::LocalPreference),
    ("med", Column::Med),
    ("metric", Column::Med),
    ("weight", Column::Weight),
    ("origin", Column::Origin),
    ("communities", Column::Communities),
    ("community", Column::Communities),
    ("learned", Column::Learned),
    ("peer", Column::Peer),
];

fn column(name: &str) -> Column {
    let name = name.trim().to_ascii_lowercase().replace([' ', '-'], "_");
    COLUMNS.iter().find(|(known, _)| *known == name).map_or(Column::Unknown, |(_, column)| *column)
}

/// Returns whether a line is a header with two or more columns, one of which is the prefix.
pub(super) fn is_header(line: &str) -> bool {
    let names = fields(line).unwrap_or_default();
    names.len() > 1 && names.iter().any(|name| column(name) == Column::Prefix)
}

/// Reads the header, then one route per line. An empty field means no value. An empty AS path is unknown, and
/// communities are unknown if the column is missing. Communities are separated by spaces or `;`. The peer is a name
/// or an address.
pub(super) fn read(input: impl BufRead, table: &mut Builder) -> io::Result<()> {
    let mut columns: Option<Vec<Column>> = None;
    let mut stated = Stated::default();
    for_each_line(input, |number, line| {
        let place = || FilePlace::Line(number);
        if line.trim().is_empty() || line.starts_with('#') {
            return;
        }
        let rest = line.split_once(',').filter(|_| !line.contains('"'));
        let rest = rest.filter(|_| columns.as_ref().is_some_and(|all| all.first() == Some(&Column::Prefix)));
        if let Some((prefix, rest)) = rest
            && let Some((attributes, session)) = stated.get(rest)
        {
            if let Some(prefix) = table.prefix(prefix.trim(), ImportNote::NotAPrefix, place) {
                table.push_row(prefix, attributes, session, number);
            }
            return;
        }
        let Some(values) = fields(line) else {
            return table.note(ImportNote::BadRecord, place, line);
        };
        let Some(columns) = &columns else {
            for name in values.iter().filter(|name| column(name) == Column::Unknown) {
                table.note(ImportNote::UnknownColumn, place, name);
            }
            columns = Some(values.iter().map(|name| column(name)).collect());
            return;
        };
        if values.len() != columns.len() {
            return table.note(ImportNote::BadRecord, place, line);
        }
        let named = columns.iter().copied().zip(&values);
        let Some(text) = named.clone().find(|(column, _)| *column == Column::Prefix).map(|(_, text)| text)
        else {
            return table.note(ImportNote::BadRecord, place, line);
        };
        let mut row = Row::default();
        if !columns.contains(&Column::Communities) {
            row.attributes.communities = Communities::UNKNOWN;
        }
        if let Some((_, value)) = named
            .into_iter()
            .find(|(column, value)| !value.trim().is_empty() && row.set(*column, value.trim()).is_none())
        {
            return table.note(ImportNote::BadField, place, value);
        }
        if let Some(prefix) = table.prefix(text.trim(), ImportNote::NotAPrefix, place) {
            let (attributes, session) = row.push(prefix, number, table);
            if let Some((_, rest)) = rest.filter(|(_, rest)| rest.len() <= Stated::LONGEST) {
                stated.put(rest, attributes, session);
            }
        }
    })
}

/// A cache of parsed attributes, keyed by the text after the prefix. In a table of a million routes, most lines
/// repeat that text from a recent line. Each text maps to one slot, which keeps the most recent text.
struct Stated {
    places: Vec<Option<(String, AttributesId, SessionId)>>,
    hasher: FixedState,
}

impl Stated {
    /// The longest text that is cached.
    const LONGEST: usize = 4 << 10;
}

impl Default for Stated {
    fn default() -> Self {
        Self { places: vec![None; 1 << 12], hasher: FixedState::default() }
    }
}

impl Stated {
    fn get(&self, rest: &str) -> Option<(AttributesId, SessionId)> {
        let (text, attributes, session) = self.places.get(self.place(rest))?.as_ref()?;
        (text == rest).then_some((*attributes, *session))
    }

    fn put(&mut self, rest: &str, attributes: AttributesId, session: SessionId) {
        let place = self.place(rest);
        if let Some(place) = self.places.get_mut(place) {
            *place = Some((rest.to_owned(), attributes, session));
        }
    }

    fn place(&self, rest: &str) -> usize {
        usize::try_from(self.hasher.hash_one(rest) % self.places.len().max(1) as u64).unwrap_or_default()
    }
}

struct Row {
    attributes: Attributes,
    peer: ImportedPeer,
}

impl Default for Row {
    fn default() -> Self {
        let attributes = Attributes { as_path: AsPath::UNKNOWN, ..Attributes::default() };
        Self { attributes, peer: ImportedPeer::default() }
    }
}

impl Row {
    /// Parses one field; returns `None` if the field is not valid.
    fn set(&mut self, column: Column, value: &str) -> Option<()> {
        let attributes = &mut self.attributes;
        match column {
            Column::NextHop => attributes.next_hop = Some(value.parse().ok()?),
            Column::AsPath => attributes.as_path = value.parse().ok()?,
            Column::LocalPreference => attributes.local_preference = value.parse().ok()?,
            Column::Med => attributes.med = Some(value.parse().ok()?),
            Column::Weight => attributes.weight = value.parse().ok()?,
            Column::Origin => attributes.origin = value.parse().ok()?,
            Column::Communities => attributes.communities = communities(value)?,
            Column::Learned => {
                attributes.learned = match value.to_ascii_lowercase().as_str() {
                    "local" => Learned::Local,
                    "ebgp" | "external" => Learned::Ebgp,
                    "ibgp" | "internal" => Learned::Ibgp,
                    _ => return None,
                };
            }
            Column::Peer => match value.parse::<IpAddr>() {
                Ok(address) => {
                    attributes.peer_address = address;
                    self.peer.address = Some(address);
                }
                Err(_) => value.clone_into(&mut self.peer.name),
            },
            Column::Prefix | Column::Unknown => {}
        }
        Some(())
    }

    fn push(self, prefix: IpPrefix, line: u64, table: &mut Builder) -> (AttributesId, SessionId) {
        let session = table.session(self.peer);
        let attributes = table.table.attributes.intern(self.attributes);
        table.push_row(prefix, attributes, session, line);
        (attributes, session)
    }
}

/// Parses communities and large communities by value or well-known name, separated by spaces, commas or `;`.
pub(super) fn communities(text: &str) -> Option<Communities> {
    let mut standard = Vec::new();
    let mut large = Vec::new();
    for word in text.split([' ', ';', ',']).filter(|word| !word.is_empty()) {
        if let Ok(community) = word.parse() {
            large.push(community);
        } else {
            standard.push(word.parse::<CommunityPattern>().ok()?.community()?);
        }
    }
    Some(Communities::new(standard, large))
}

/// Returns the fields of a line. Quoted fields may contain commas and doubled quotes. `None` if a quote is not closed.
/// Only a field with doubled quotes is copied.
fn fields(line: &str) -> Option<Vec<Cow<'_, str>>> {
    let mut found = Vec::with_capacity(8);
    let mut rest = line;
    loop {
        let field;
        if let Some(quoted) = rest.trim_start().strip_prefix('"') {
            (field, rest) = quoted_field(quoted)?;
        } else {
            let (plain, after) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
            (field, rest) = (Cow::Borrowed(plain), after);
        }
        found.push(field);
        match rest.trim_start().strip_prefix(',') {
            Some(after) => rest = after,
            None if rest.trim().is_empty() => return Some(found),
            None => return None,
        }
    }
}

/// Returns a field after its opening quote, and the text after its closing quote.
fn quoted_field(quoted: &str) -> Option<(Cow<'_, str>, &str)> {
    let (first, mut rest) = quoted.split_once('"')?;
    let mut field = Cow::Borrowed(first);
    while let Some(more) = rest.strip_prefix('"') {
        let (inside, after) = more.split_once('"')?;
        let field = field.to_mut();
        field.push('"');
        field.push_str(inside);
        rest = after;
    }
    Some((field, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line with quotes is always parsed field by field.
    #[test]
    fn what_was_said_before_is_read_the_same() {
        let mut state = 1_u32;
        let mut random = move |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        let mut texts = ["prefix,as_path,peer,med\n".to_owned(), "prefix,as_path,peer,med\n".to_owned()];
        for _ in 0..20_000 {
            let prefix = match random(50) {
                0 => "10.0.0.1/8".to_owned(),
                1 => "nothing".to_owned(),
                n => format!("10.{n}.{}.0/24", random(256)),
            };
            let med = ["", "5", "x"].get(random(3) as usize).unwrap();
            let rest = format!("64500 {} {},p{},{med}", random(3000), random(2), random(2));
            texts[0] += &format!("{prefix},{rest}\n");
            texts[1] += &format!("\"{prefix}\",{rest}\n");
        }
        let [plain, quoted] = texts.map(|text| {
            let mut table = Builder::new(crate::rib::import::TableFormat::Csv);
            read(text.as_bytes(), &mut table).unwrap();
            table.table
        });
        assert!(plain.routes.len() > 10_000 && plain.routes == quoted.routes);
        assert!(plain.peers == quoted.peers && plain.attributes.iter().eq(quoted.attributes.iter()));
        let counts = |notes: &crate::rib::import::TableNotes| -> Vec<_> {
            notes.iter().map(|(note, count)| (note, count.count)).collect()
        };
        assert_eq!(counts(&plain.notes), counts(&quoted.notes));
    }

    #[test]
    fn quotes_and_commas() {
        assert_eq!(fields(r#"a,"b, ""c""",d"#).unwrap(), ["a", r#"b, "c""#, "d"]);
        assert_eq!(fields(",").unwrap(), ["", ""]);
        assert!(fields(r#"a,"b"#).is_none() && fields(r#""a"b"#).is_none());
    }
}
