//! Writes a feed as its canonical text.

use std::fmt::Display;
use std::fmt::Write as _;
use std::ops::RangeInclusive;

use super::{CONTENT_SHA256, MAGIC, VERSION};
use crate::addr::IpPrefix;
use crate::catalog::{CommunityEntry, EndpointSet, Feed, Records, ServiceTag, sha256_hex};

/// Returns the text of a feed in the format that the module describes. Equal feeds have equal texts, byte for
/// byte.
pub fn write(feed: &Feed) -> String {
    let body = write_body(&feed.records);
    write_around(feed, &body, &sha256_hex(body.as_bytes()))
}

/// Returns the records of a feed: everything below the metadata.
pub(crate) fn write_body(records: &Records) -> String {
    let mut text = Text(String::new());
    match records {
        Records::ServiceTags(tags) => tags.iter().for_each(|tag| write_tag(&mut text, tag)),
        Records::Endpoints(sets) => sets.iter().for_each(|set| write_set(&mut text, set)),
        Records::Communities(entries) => entries.iter().for_each(|entry| write_entry(&mut text, entry)),
    }
    text.0
}

/// Returns the text of a feed whose records are already written as `body`, including their digest.
pub(crate) fn write_around(feed: &Feed, body: &str, content_sha256: &str) -> String {
    let mut text = Text(format!("{MAGIC}{VERSION}\n"));
    let provenance = &feed.provenance;
    text.metadata("kind", &provenance.kind);
    text.metadata("cloud", &provenance.cloud);
    if let Some(instance) = provenance.instance {
        text.metadata("instance", &instance);
    }
    text.metadata("name", &provenance.name);
    text.metadata("edition", &provenance.edition);
    if let Some(change) = provenance.change_number {
        text.metadata("change", &change);
    }
    if let Some(date) = &provenance.date {
        text.metadata("date", date);
    }
    text.metadata("sha256", &provenance.sha256);
    text.metadata(CONTENT_SHA256, &content_sha256);
    text.line(&"");
    text.0.push_str(body);
    text.0
}

fn write_tag(text: &mut Text, tag: &ServiceTag) {
    text.line(&format_args!("tag {}", tag.name));
    if tag.id != tag.name {
        text.attribute("id", &tag.id);
    }
    text.attribute("change", &tag.change_number.to_string());
    if tag.region_id != 0 || !tag.region.is_empty() {
        text.attribute("region", format!("{} {}", tag.region_id, tag.region).trim_end());
    }
    if tag.platform != "Azure" {
        text.attribute("platform", if tag.platform.is_empty() { "-" } else { &tag.platform });
    }
    text.attribute("service", &tag.system_service);
    text.attribute("features", &tag.network_features.join(" "));
    text.prefixes(&tag.prefixes);
}

fn write_set(text: &mut Text, set: &EndpointSet) {
    text.line(&format_args!("set {}", set.id));
    text.attribute("area", &set.service_area);
    text.attribute("display", &set.display_name);
    text.attribute("category", set.category.name());
    text.attribute("express-route", yes_no(set.express_route));
    text.attribute("required", yes_no(set.required));
    text.attribute("tcp", &ports(&set.tcp_ports));
    text.attribute("udp", &ports(&set.udp_ports));
    text.attribute("notes", &set.notes);
    for url in &set.urls {
        text.attribute("url", url);
    }
    text.prefixes(&set.prefixes);
}

fn write_entry(text: &mut Text, entry: &CommunityEntry) {
    text.line(&format_args!("community {} {}", entry.value, entry.name));
    text.attribute("service", &entry.service);
    text.attribute("group", &entry.group);
    text.attribute("region", &entry.supported_region);
    if let Some(authorized) = entry.authorized {
        text.attribute("authorized", yes_no(authorized));
    }
    text.prefixes(&entry.prefixes);
}

fn yes_no(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
}

fn ports(ports: &[RangeInclusive<u16>]) -> String {
    let texts: Vec<String> = ports
        .iter()
        .map(|range| match (range.start(), range.end()) {
            (first, last) if first == last => first.to_string(),
            (first, last) => format!("{first}-{last}"),
        })
        .collect();
    texts.join(",")
}

/// A text that grows line by line. Writing to a string cannot fail.
struct Text(String);

impl Text {
    fn line(&mut self, line: &dyn Display) {
        _ = writeln!(self.0, "{line}");
    }

    fn metadata(&mut self, key: &str, value: &dyn Display) {
        _ = writeln!(self.0, "{key}: {value}");
    }

    fn attribute(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            _ = writeln!(self.0, " {key}: {value}");
        }
    }

    fn prefixes(&mut self, prefixes: &[IpPrefix]) {
        for prefix in prefixes {
            _ = writeln!(self.0, " {prefix}");
        }
    }
}
