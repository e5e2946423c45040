//! Reads a [`Scenario`] from the tree of values, and reports all errors.

use std::collections::BTreeMap;

use super::values::{bytes, duration, thousandths};
use super::{CriticalScope, DetectionTimes, LinkName, LinkSetting, RemoteEnds, Scenario, keys};
use crate::catalog::{Catalog, Product};
use crate::diag::{Code, Diagnostic, Diagnostics, Source, Span, Spanned};
use crate::network::{Bandwidth, Network};
use crate::rib::Community;
use crate::yaml::dialect::Dialect;
use crate::yaml::fields::{Fields, Reader, quoted};
use crate::yaml::suggest::nearest;
use crate::yaml::tree;
use crate::yaml::tree::{Entry, Kind, Node};

/// The version of the scenario format that this program reads.
const VERSION: u32 = 1;

/// The name of a scenario file in messages, and the codes of its errors.
pub(super) const SCENARIO_FILE: Dialect = Dialect {
    file: "scenario file",
    syntax: Code::SCENARIO_SYNTAX,
    duplicate_key: Code::SCENARIO_DUPLICATE_KEY,
    unknown_key: Code::SCENARIO_UNKNOWN_KEY,
    missing_key: Code::SCENARIO_MISSING_KEY,
    wrong_type: Code::SCENARIO_TYPE,
    value: Code::SCENARIO_VALUE,
    prefix: Code::SCENARIO_PREFIX,
    address: Code::SCENARIO_VALUE,
};

/// The files that a scenario loads, with their paths as written, which are relative to the scenario file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Network files.
    pub networks: Vec<String>,
    /// Feed files or directories.
    pub catalogs: Vec<String>,
}

/// Returns the files that a scenario names, which must be loaded for [`read`]. [`read`] reports errors in the scenario
/// file.
pub fn needs(source: &Source) -> Needs {
    let mut all = Needs::default();
    let (Some(root), _) = tree::parse(source, &SCENARIO_FILE) else { return all };
    let Some(Node { kind: Kind::List(events), .. }) = root.get("events") else { return all };
    for event in events {
        let text = |key: &str| match &event.get(key)?.kind {
            Kind::Scalar { text, .. } => Some(text.clone()),
            _ => None,
        };
        all.networks.extend(text("network"));
        all.catalogs.extend(text("catalog"));
    }
    for list in [&mut all.networks, &mut all.catalogs] {
        list.sort_unstable();
        list.dedup();
    }
    all
}

/// Files in [`Needs`] that could not be loaded, with the reasons, by path as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// Network files.
    pub networks: BTreeMap<String, String>,
    /// Feed files or directories.
    pub catalogs: BTreeMap<String, String>,
}

/// Returns whether a file is a scenario rather than a network: it has `events`, `links` or `critical`, and no
/// `sites`.
pub fn is_scenario(source: &Source) -> bool {
    let (root, _) = tree::parse(source, &SCENARIO_FILE);
    root.is_some_and(|root| {
        root.get("sites").is_none()
            && ["events", "links", "critical"].iter().any(|key| root.get(key).is_some())
    })
}

/// Reads a scenario file for the networks of the run: the initial network, then the networks that events load. All
/// errors are reported together. If there is any error, no scenario is returned.
pub fn read(source: &Source, catalog: &Catalog, networks: &[&Network]) -> (Option<Scenario>, Diagnostics) {
    read_without(source, catalog, networks, &Unread::default())
}

/// Reads a scenario like [`read`], if some of the files that it names could not be loaded. Each event that names such a
/// file gets an error.
pub fn read_without(
    source: &Source,
    catalog: &Catalog,
    networks: &[&Network],
    unread: &Unread,
) -> (Option<Scenario>, Diagnostics) {
    let (root, mut diagnostics) = tree::parse(source, &SCENARIO_FILE);
    let Some(root) = root else {
        if diagnostics.is_empty() {
            let message = "the scenario file is empty";
            let help = "start with `version: 1` and a list of `events`";
            diagnostics.push(Diagnostic::error(Code::SCENARIO_MISSING_KEY, source, message).help(help));
        }
        return (None, diagnostics);
    };
    let reader = Reader { dialect: &SCENARIO_FILE, source, diagnostics: Diagnostics::new() };
    let mut reading = Reading { reader, catalog, networks, unread };
    let scenario = reading.scenario(&root);
    diagnostics.extend(reading.reader.diagnostics);
    (scenario.filter(|_| !diagnostics.has_errors()), diagnostics.sorted())
}

pub(super) struct Reading<'a> {
    pub(super) reader: Reader<'a>,
    pub(super) catalog: &'a Catalog,
    pub(super) networks: &'a [&'a Network],
    pub(super) unread: &'a Unread,
}

impl Reading<'_> {
    fn scenario(&mut self, root: &Node) -> Option<Scenario> {
        let start = Span::new(root.span.start, 0);
        let fields = self.reader.fields(root, "the scenario file", keys::SCENARIO, start)?;
        if !self.version(&fields) {
            return None;
        }
        let name = self.reader.optional_text(&fields, "name");
        let name = name.inspect(|name| self.reader.name(name)).map(|name| name.value);
        let seed = self.reader.optional_number(&fields, "seed", &(0..=u32::MAX));
        let scale_thousandths = self.scale(&fields);
        let compress = self.reader.optional_number(&fields, "compress", &(1..=1_000_000));
        let detection = self.detection(&fields);
        let compliance = self.compliance(&fields);
        let critical = self.critical(&fields);
        let links = self.reader.list(fields.get("links"), "[{link: edge-ams, rate: 500 Mbps}]");
        let links = self.links(links, &critical);
        let events = self.reader.list(fields.get("events"), "[{at: 2m, down: er-ams/primary}]");
        let events = events.iter().filter_map(|node| self.event(node)).collect();
        Some(Scenario {
            name: name.unwrap_or_else(|| stem(self.reader.source.name())),
            seed: seed.map_or(0, |seed| u64::from(seed.value)),
            scale_thousandths,
            compress: compress.map_or(1, |compress| u64::from(compress.value)),
            detection,
            compliance,
            critical,
            links,
            events,
            source: self.reader.source.clone(),
        })
    }

    fn version(&mut self, fields: &Fields<'_>) -> bool {
        let Some(entry) = self.reader.required(fields, "version", "1") else { return true };
        let range = 0..=u32::MAX;
        let version = self.reader.number(&entry.value, entry.key.span, "`version`", &range);
        let Some(version) = version.filter(|version| version.value != VERSION) else { return true };
        self.reader.error(
            Code::SCENARIO_VERSION,
            version.span,
            format!("the scenario file has version {}, which this program does not support", version.value),
            format!("this program reads version {VERSION}; for a newer file, update the program"),
        );
        false
    }

    fn scale(&mut self, fields: &Fields<'_>) -> u64 {
        const ONE: u64 = 1_000;
        let Some(Entry { key, value }) = fields.get("scale") else { return ONE };
        let text = match &value.kind {
            Kind::Scalar { text, plain: true } if value.what() == "a number" => text,
            _ => {
                let help = "write a factor such as `2` or `1.5`, without quotes";
                self.reader.wrong_type(value, key.span, "`scale` must be a number", help);
                return ONE;
            }
        };
        thousandths(text).unwrap_or_else(|| {
            let message = format!("`{text}` is not a valid value of `scale`");
            let help = "write a factor from 0.001 to 1000 with at most three decimals";
            self.reader.error(Code::SCENARIO_VALUE, value.span, message, help);
            ONE
        })
    }

    fn detection(&mut self, fields: &Fields<'_>) -> DetectionTimes {
        let mut detection = DetectionTimes::default();
        let Some(Entry { key, value }) = fields.get("detection") else { return detection };
        let Some(fields) = self.reader.fields(value, "`detection`", keys::DETECTION, key.span) else {
            return detection;
        };
        detection.bfd_ns = self.duration(&fields, "bfd");
        detection.hold_ns = self.duration(&fields, "hold");
        detection.convergence_ns = self.duration(&fields, "convergence").unwrap_or(0);
        detection.restore_ns = self.duration(&fields, "restore").unwrap_or(0);
        detection
    }

    fn compliance(&mut self, fields: &Fields<'_>) -> RemoteEnds {
        let Some(Entry { key, value }) = fields.get("compliance") else { return RemoteEnds::default() };
        let fields = self.reader.fields(value, "`compliance`", keys::COMPLIANCE, key.span);
        fields.map(|fields| self.remote_ends(&fields)).unwrap_or_default()
    }

    /// Reads service tags, in the catalog's spelling.
    pub(super) fn tags(&mut self, fields: &Fields<'_>) -> Vec<String> {
        let mut tags = Vec::new();
        for text in self.texts(fields.get("tags"), "[Storage.WestEurope]", "a service tag") {
            if let Some(tag) = self.catalog.tag(&text.value) {
                tags.push(tag.name.clone());
                continue;
            }
            let names = self.catalog.tags().iter().map(|tag| tag.name.as_str());
            let help = meant(&text.value, names, "`peerpath catalog list` shows the tags");
            let message = format!("there is no service tag `{}`", text.value);
            self.reader.error(Code::SCENARIO_REFERENCE, text.span, message, help);
        }
        tags
    }

    /// Reads products, by id, name or alias.
    pub(super) fn products(&mut self, fields: &Fields<'_>) -> Vec<&'static Product<'static>> {
        let mut products = Vec::new();
        for text in self.texts(fields.get("products"), "[Power Platform]", "a product") {
            if let Some(product) = self.catalog.product(&text.value) {
                products.push(product);
                continue;
            }
            let names = self.catalog.products().flat_map(Product::names);
            let help = meant(&text.value, names, "`peerpath catalog list products` shows the products");
            let message = format!("there is no product `{}`", text.value);
            self.reader.error(Code::SCENARIO_REFERENCE, text.span, message, help);
        }
        products
    }

    /// Reads the figures of links, each link once.
    fn links(&mut self, nodes: &[Node], critical: &[CriticalScope]) -> Vec<LinkSetting> {
        let mut links: Vec<LinkSetting> = Vec::new();
        for node in nodes {
            let Some(link) = self.link(node, critical) else { continue };
            if links.iter().any(|known| known.link == link.link) {
                let message = format!("`links` has `{}` twice", link.link);
                self.reader.error(Code::SCENARIO_VALUE, node.span, message, "join the two entries");
            }
            links.push(link);
        }
        links
    }

    fn link(&mut self, node: &Node, critical: &[CriticalScope]) -> Option<LinkSetting> {
        let fields = self.reader.fields(node, "a link", keys::LINK, node.span)?;
        let name = self.reader.required_text(&fields, "link", "er-ams/primary");
        let rate = self.reader.optional_text(&fields, "rate");
        let rate = rate.and_then(|text| self.rate(&text));
        let buffer = self.size(&fields, "buffer");
        let delay_ns = self.duration(&fields, "delay");
        let link = name.and_then(|text| Some(Spanned::new(self.link_name(&text)?, text.span)));
        let qos = self.qos(&fields, link.as_ref(), critical);
        Some(LinkSetting { link: link?.value, rate, buffer, delay_ns, qos })
    }

    /// Reads the number of bytes of an optional key.
    pub(super) fn size(&mut self, fields: &Fields<'_>, key: &str) -> Option<u64> {
        let text = self.reader.optional_text(fields, key)?;
        let size = bytes(&text.value);
        if size.is_none() {
            let message = format!("`{}` is not a number of bytes", text.value);
            let help = "write the size as `2 MB` or `64 kB`";
            self.reader.error(Code::SCENARIO_VALUE, text.span, message, help);
        }
        size
    }

    /// Reports that no critical scope has a name.
    pub(super) fn no_such_scope(&mut self, text: &Spanned<String>, words: &[String]) {
        let other = if words.is_empty() {
            "add it to the list `critical`".to_owned()
        } else {
            format!("use one of {}", quoted(words))
        };
        let help = meant(&text.value, words.iter().map(String::as_str), &other);
        let message = format!("`critical` has no entry `{}`", text.value);
        self.reader.error(Code::SCENARIO_REFERENCE, text.span, message, help);
    }

    /// Reads the name of a link in one of the networks.
    pub(super) fn link_name(&mut self, text: &Spanned<String>) -> Option<LinkName> {
        let known: Vec<LinkName> = self.networks.iter().flat_map(|network| LinkName::all(network)).collect();
        let words: Vec<String> = known.iter().map(ToString::to_string).collect();
        let found = words.iter().position(|word| *word == text.value).and_then(|at| known.get(at));
        if found.is_none() {
            self.no_such("link", text, &words);
        }
        found.cloned()
    }

    /// Reports that no network of the run contains a name.
    pub(super) fn no_such(&mut self, what: &str, text: &Spanned<String>, words: &[String]) {
        let mut known: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        known.sort_unstable();
        known.dedup();
        let other = if known.is_empty() {
            format!("the network has no {what}")
        } else {
            format!("use one of {}", known.join(", "))
        };
        let help = meant(&text.value, words.iter().map(String::as_str), &other);
        let nobody = if self.unread.networks.is_empty() {
            "the network has no"
        } else {
            "the usable network files have no"
        };
        let message = format!("{nobody} {what} `{}`", text.value);
        self.reader.error(Code::SCENARIO_REFERENCE, text.span, message, help);
    }

    /// Reads a community value, or a name that stands for one or more communities.
    pub(super) fn community(&mut self, text: &Spanned<String>) -> Vec<Community> {
        let found = match text.value.parse::<Community>() {
            Ok(value) => self.catalog.community(value).map(|known| known.value).into_iter().collect(),
            Err(_) => self.catalog.communities_named(&text.value),
        };
        if found.is_empty() {
            let names = self.catalog.communities().iter().flat_map(|community| &community.names);
            let other = "write a value such as `12076:51002`, or the name of a community or a region";
            let help = meant(&text.value, names.map(String::as_str), other);
            let message = format!("Microsoft publishes no community `{}`", text.value);
            self.reader.error(Code::SCENARIO_REFERENCE, text.span, message, help);
        }
        found
    }

    /// Reads a rate in bits per second.
    pub(super) fn rate(&mut self, text: &Spanned<String>) -> Option<u64> {
        let rate = Bandwidth::parse(&text.value).map(Bandwidth::bits_per_second);
        if rate.is_none() {
            let message = format!("`{}` is not a rate", text.value);
            self.reader.error(
                Code::SCENARIO_VALUE,
                text.span,
                message,
                "write the rate as `500 Mbps` or `2.5 Gbps`",
            );
        }
        rate
    }

    /// Reads the duration of an optional key in nanoseconds.
    pub(super) fn duration(&mut self, fields: &Fields<'_>, key: &str) -> Option<u64> {
        let text = self.reader.optional_text(fields, key)?;
        let value = duration(&text.value);
        if value.is_none() {
            let message = format!("`{}` is not a duration", text.value);
            let help = "write the duration as `2m`, `1h30m` or `300ms`";
            self.reader.error(Code::SCENARIO_TIME, text.span, message, help);
        }
        value
    }

    /// Reads the texts of a list.
    pub(super) fn texts(&mut self, entry: Option<&Entry>, example: &str, what: &str) -> Vec<Spanned<String>> {
        let items = self.reader.list(entry, example);
        items.iter().filter_map(|item| self.reader.text(item, item.span, what)).collect()
    }

    /// Reads an event, and reports the errors in all of its keys.
    fn event(&mut self, node: &Node) -> Option<super::Event> {
        let fields = self.reader.fields(node, "an event", keys::EVENT, node.span)?;
        let at = self.reader.required_text(&fields, "at", "2m").and_then(|text| {
            let moment = super::values::when(&text.value);
            if moment.is_none() {
                let message = format!("`{}` is not a valid time", text.value);
                let help = "write a duration after the first packet, such as `2m`, or a time with its zone, such as \
                            `2026-06-22T08:00:00Z`";
                self.reader.error(Code::SCENARIO_TIME, text.span, message, help);
            }
            moment
        });
        let action = self.action(&fields, node.span);
        Some(super::Event { at: at?, action: action?, span: node.span })
    }
}

/// Returns `did you mean …?`, or another help text.
fn meant<'n>(text: &str, known: impl IntoIterator<Item = &'n str>, other: &str) -> String {
    nearest(text, known).map_or_else(|| other.to_owned(), |name| format!("did you mean `{name}`?"))
}

/// Returns a file's name without folders and extension.
fn stem(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.split_once('.').map_or(name, |(stem, _)| stem).to_owned()
}
