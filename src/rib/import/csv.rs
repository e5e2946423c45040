//! Comma-separated values (RFC 4180) under a header.

use std::io::{self, BufRead};
use std::net::IpAddr;

use super::{Builder, ImportNote, ImportedPeer, Place, for_each_line};
use crate::addr::IpPrefix;
use crate::rib::{AsPath, Attributes, Communities, CommunityPattern, Learned};

/// What a column means.
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

/// Whether a line is a header of two columns or more, one of them the prefix.
pub(super) fn is_header(line: &str) -> bool {
    let names = fields(line).unwrap_or_default();
    names.len() > 1 && names.iter().any(|name| column(name) == Column::Prefix)
}

/// Reads the header, then one route a line. Empty fields say nothing (an AS path is then not known); communities are parted by
/// spaces or `;`; the peer is a name or an address.
pub(super) fn read(input: impl BufRead, table: &mut Builder) -> io::Result<()> {
    let mut columns: Option<Vec<Column>> = None;
    for_each_line(input, |number, line| {
        let place = || Place::Line(number);
        if line.trim().is_empty() || line.starts_with('#') {
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
        if let Some((_, value)) = named
            .into_iter()
            .find(|(column, value)| !value.trim().is_empty() && row.set(*column, value.trim()).is_none())
        {
            return table.note(ImportNote::BadField, place, value);
        }
        if let Some(prefix) = table.prefix(text.trim(), ImportNote::NotAPrefix, place) {
            row.push(prefix, table);
        }
    })
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
    /// Takes one field; `None` where it does not parse.
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

    fn push(self, prefix: IpPrefix, table: &mut Builder) {
        let session = table.session(self.peer);
        table.push(prefix, self.attributes, session, None);
    }
}

/// Communities and large communities by value or well-known name, parted by spaces, commas or `;`.
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

/// The fields of a line; quoted ones may hold commas and doubled quotes. `None` for an open quote.
fn fields(line: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = line;
    loop {
        let mut field = String::new();
        if let Some(quoted) = rest.trim_start().strip_prefix('"') {
            rest = quoted;
            loop {
                let (inside, after) = rest.split_once('"')?;
                field.push_str(inside);
                rest = after;
                let Some(more) = rest.strip_prefix('"') else { break };
                field.push('"');
                rest = more;
            }
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            let (plain, after) = rest.split_at(end);
            field.push_str(plain);
            rest = after;
        }
        found.push(field);
        match rest.trim_start().strip_prefix(',') {
            Some(after) => rest = after,
            None if rest.trim().is_empty() => return Some(found),
            None => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_commas() {
        assert_eq!(fields(r#"a,"b, ""c""",d"#).unwrap(), ["a", r#"b, "c""#, "d"]);
        assert_eq!(fields(",").unwrap(), ["", ""]);
        assert!(fields(r#"a,"b"#).is_none() && fields(r#""a"b"#).is_none());
    }
}
