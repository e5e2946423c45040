//! Reads the output of FRR's `show bgp ipv4|ipv6 unicast json`, with or without `detail`, and of `advertised-routes`
//! and `received-routes` for a neighbour.
//!
//! The plain form has no communities; the `detail` form does. Both are streamed, one prefix at a time.

use std::fmt;
use std::io::{BufReader, Read};
use std::net::Ipv4Addr;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::csv::communities;
use super::input::{BoundedJson, failed};
use super::{Builder, FilePlace, ImportNote, ImportedPeer, TableError};
use crate::rib::{Attributes, Communities, Learned};

/// The weight that FRR assigns to its own routes.
const OWN_WEIGHT: u32 = 32768;

pub(super) fn read(name: &str, input: impl Read, table: &mut Builder) -> Result<(), TableError> {
    let input = BufReader::with_capacity(1 << 16, BoundedJson::new(input));
    let mut deserializer = serde_json::Deserializer::from_reader(input);
    let mut document = Document { table, tables: 0, other: None };
    let result = deserializer.deserialize_any(&mut document).and_then(|()| deserializer.end());
    let (tables, other) = (document.tables, document.other);
    result.map_err(|error| {
        if error.is_io() {
            return failed(name)(error.into());
        }
        let (line, column) = (error.line(), error.column());
        TableError::Json { name: name.to_owned(), line, column, message: error.to_string() }
    })?;
    if tables == 0 {
        return Err(TableError::NotATable {
            name: name.to_owned(),
            what: other.unwrap_or("JSON without `routes`, `advertisedRoutes` or `receivedRoutes`"),
            remedy: "use the output of FRR `show bgp ipv4 unicast detail json` (or `ipv6`) for one VRF",
        });
    }
    Ok(())
}

/// The whole file: an object with a member that contains the table.
struct Document<'a> {
    table: &'a mut Builder,
    tables: u32,
    /// The format of a JSON file that is not from FRR, detected by a member that only that format has.
    other: Option<&'static str>,
}

/// Members that identify JSON that is not an FRR table.
const OTHERS: [(&str, &str); 4] = [
    ("route-information", "Junos `show route | display json`"),
    ("TABLE_vrf", "NX-OS `show bgp | json`"),
    ("vrfs", "EOS `show bgp | json`"),
    ("value", "a response from the Azure API"),
];

impl<'de> Visitor<'de> for &mut Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the JSON of an FRR BGP table")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if matches!(key.as_str(), "routes" | "advertisedRoutes" | "receivedRoutes") {
                self.tables += 1;
                map.next_value_seed(Routes { table: self.table, member: &key })?;
            } else {
                self.other =
                    self.other.or(OTHERS.iter().find(|(member, _)| *member == key).map(|(_, what)| *what));
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    /// An array is not a table; `read` reports the error if no table was found.
    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<(), S::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// The object that maps prefixes to paths.
struct Routes<'a> {
    table: &'a mut Builder,
    member: &'a str,
}

impl<'de> DeserializeSeed<'de> for Routes<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Routes<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of prefixes")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let place = |index: Option<usize>| {
                let index = index.map(|index| format!("[{index}]")).unwrap_or_default();
                FilePlace::Json(format!("$.{}[\"{key}\"]{index}", self.member))
            };
            if key == "routeDistinguishers" {
                map.next_value::<IgnoredAny>()?;
                self.table.note(
                    ImportNote::OtherTable,
                    || place(None),
                    "a VPN table; use the unicast table of one VRF",
                );
                continue;
            }
            let value = map.next_value::<serde_json::Value>()?;
            let Some(prefix) = self.table.prefix(&key, ImportNote::NotAPrefix, || place(None)) else {
                continue;
            };
            // `detail` wraps the paths of a prefix in an additional object.
            let value = value.get("paths").unwrap_or(&value);
            let one = std::slice::from_ref(value);
            for (index, path) in value.as_array().map_or(one, Vec::as_slice).iter().enumerate() {
                match Path::read(path) {
                    Ok(path) if path.valid => {
                        let session = self.table.session(path.peer);
                        self.table.push(prefix, path.attributes, session, path.best);
                    }
                    Ok(_) => self.table.note(ImportNote::NotValid, || place(Some(index)), &key),
                    Err(field) => self.table.note(ImportNote::BadField, || place(Some(index)), field),
                }
            }
        }
        Ok(())
    }
}

/// One path of a prefix.
struct Path {
    attributes: Attributes,
    peer: ImportedPeer,
    valid: bool,
    best: Option<bool>,
}

impl Path {
    /// Reads the relevant members. The error names a member that is not valid.
    fn read(path: &serde_json::Value) -> Result<Self, &'static str> {
        if !path.is_object() {
            return Err("not an object");
        }
        let mut attributes = Attributes::default();
        let text = |names: &[&str]| names.iter().find_map(|name| path.pointer(name)?.as_str());
        let number = |names: &[&str], field: &'static str| {
            let value = names.iter().find_map(|name| path.pointer(name));
            let number =
                value.map(|value| value.as_u64().and_then(|number| u32::try_from(number).ok()).ok_or(field));
            number.transpose()
        };
        attributes.med = number(&["/med", "/metric"], "metric")?;
        if let Some(value) = number(&["/locPrf", "/localPref"], "locPrf")? {
            attributes.local_preference = value;
        }
        attributes.weight = number(&["/weight"], "weight")?.unwrap_or(0);
        if let Some(value) = number(&["/igpMetric", "/nexthops/0/metric"], "nexthops.metric")? {
            attributes.igp_metric = value;
        }
        if let Some(value) = text(&["/aspath/string", "/path"]).filter(|value| *value != "Local") {
            attributes.as_path = value.parse().map_err(|_| "path")?;
        }
        if let Some(value) = text(&["/origin"]) {
            attributes.origin = value.parse().map_err(|_| "origin")?;
        }
        let large = text(&["/largeCommunity/string"]).unwrap_or_default();
        let standard = text(&["/community/string"]).unwrap_or_default();
        attributes.communities = communities(&format!("{standard} {large}")).ok_or("community")?;
        // The plain form never contains communities, even if the route has communities.
        if path.get("aspath").is_none() && attributes.communities.is_empty() {
            attributes.communities = Communities::UNKNOWN;
        }
        attributes.next_hop =
            next_hop(path).map(|text| text.parse().map_err(|_| "nexthops.ip")).transpose()?;
        let router_id = text(&["/originatorId", "/peer/routerId"]);
        if let Some(id) = router_id.map(str::parse::<Ipv4Addr>) {
            attributes.router_id = id.map_err(|_| "routerId")?.to_bits();
        }
        let clusters = path.pointer("/clusterList/list").and_then(|list| list.as_array()).map_or(0, Vec::len);
        attributes.cluster_list_length = u32::try_from(clusters).unwrap_or(u32::MAX);
        let address = text(&["/peer/peerId", "/peerId"]).and_then(|text| text.parse().ok());
        if let Some(address) = address {
            attributes.peer_address = address;
        }
        attributes.learned = learned(path, &attributes);
        let peer = ImportedPeer { address, ..ImportedPeer::default() };
        let flag = |value: &serde_json::Value| value.as_bool();
        let valid = path.get("valid").and_then(flag).unwrap_or(true);
        let best = path
            .get("bestpath")
            .map(|value| flag(value).or_else(|| value.get("overall").and_then(flag)).unwrap_or(false));
        // FRR omits members that are false, so only the presence of `valid` identifies the form.
        let best = best.or_else(|| path.get("pathFrom").map(|_| false));
        Ok(Self { attributes, peer, valid, best })
    }
}

/// Returns the address of the next hop in use. A global address is preferred over a link-local address.
fn next_hop(path: &serde_json::Value) -> Option<&str> {
    let all = path.get("nexthops")?.as_array()?;
    let global = |hop: &&serde_json::Value| hop.get("scope").is_none_or(|scope| scope != "link-local");
    all.iter().filter(|hop| hop.get("ip").is_some()).find(global)?.get("ip")?.as_str()
}

/// Returns how a path was learned. Most forms of FRR output distinguish internal from external routes; FRR's own
/// routes are identified by their weight or peer.
fn learned(path: &serde_json::Value, attributes: &Attributes) -> Learned {
    let own_peer = path.pointer("/peerId").or_else(|| path.pointer("/peer/peerId"));
    let is_own = path.get("sourced").is_some()
        || path.get("local").is_some()
        || (attributes.as_path.is_empty()
            && (attributes.weight == OWN_WEIGHT || own_peer.is_some_and(|peer| peer == "(unspec)")));
    let from = path.get("pathFrom").or_else(|| path.pointer("/peer/type"));
    match from.and_then(|from| from.as_str()) {
        _ if is_own => Learned::Local,
        Some("internal" | "confed-internal") => Learned::Ibgp,
        _ => Learned::Ebgp,
    }
}
