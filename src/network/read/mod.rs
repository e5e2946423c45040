//! Converts the tree of values to a [`Network`] and reports every mistake.
//!
//! Names are collected first, so that a reference to an invalid circuit is not reported as a second mistake. The
//! index of an entry in the file's list is its id. This is safe because a network is returned only if there are no
//! errors.

mod accepted_findings;
mod attested;
mod autonomous;
mod azure;
mod checks;
mod circuits;
pub(super) mod entry;
pub(super) mod keys;
mod names;
mod policy;
mod references;
mod sites;
mod unsupported;
mod values;

use crate::catalog::Cloud;
use crate::diag::{Code, Diagnostic, Diagnostics, Source, Span, Spanned};
use crate::network::read::names::Names;
use crate::network::{Circuit, Nat64, Network, Site};
use crate::yaml::dialect::Dialect;
use crate::yaml::fields::{Fields, Reader, quoted};
use crate::yaml::suggest::nearest;
use crate::yaml::tree::{Entry, Kind, Node};
use references::Declared;

/// `network.yaml`.
const NETWORK_FILE: Dialect = Dialect {
    file: "network file",
    syntax: Code::NETWORK_SYNTAX,
    duplicate_key: Code::NETWORK_DUPLICATE_KEY,
    unknown_key: Code::NETWORK_UNKNOWN_KEY,
    missing_key: Code::NETWORK_MISSING_KEY,
    wrong_type: Code::NETWORK_TYPE,
    value: Code::NETWORK_VALUE,
    prefix: Code::NETWORK_PREFIX,
    address: Code::NETWORK_ADDRESS,
};

/// The version of the format that this program reads.
pub(super) const VERSION: &str = "1";

/// Converts the tree to a network.
fn convert(root: &Node, source: &Source, names: &Names<'_>) -> (Option<Network>, Diagnostics) {
    let reader = Reader { dialect: &NETWORK_FILE, source, diagnostics: Diagnostics::new() };
    let mut conversion = Conversion { reader, names, declared: Declared::default(), through: Vec::new() };
    let network = conversion.network(root);
    let diagnostics = conversion.reader.diagnostics;
    (network.filter(|_| !diagnostics.has_errors()), diagnostics)
}

struct Conversion<'a> {
    reader: Reader<'a>,
    names: &'a Names<'a>,
    /// The names of the file's entries, by index.
    declared: Declared,
    /// The names of the appliances at the other ends of appliances' tunnels, each with its position in the file.
    through: Vec<(Span, String)>,
}

impl Conversion<'_> {
    fn network(&mut self, root: &Node) -> Option<Network> {
        let start = Span::new(root.span.start, 0);
        let fields = self.reader.fields(root, "the network file", keys::NETWORK, start)?;
        if !self.version(&fields) {
            return None;
        }
        self.declared = Declared::gather(root);
        let name = self.own_name(&fields);
        let cloud = self.cloud(&fields);
        // The order matters, because later entries can refer to earlier entries.
        let prefix_lists = self.entries(&fields, "prefix_lists", Self::prefix_list);
        let lists: Vec<_> =
            prefix_lists.iter().map(|list| list.as_ref().map(|list| list.list.clone())).collect();
        let route_maps =
            self.entries(&fields, "route_maps", |conversion, node| conversion.route_map(node, &lists));
        let route_tables = self.entries(&fields, "route_tables", Self::route_table);
        let virtual_networks = self.entries(&fields, "virtual_networks", Self::virtual_network);
        let circuits = self.entries(&fields, "circuits", Self::circuit);
        let around = azure::virtual_hub::Around { circuits: &circuits, networks: &virtual_networks };
        let virtual_hubs =
            self.entries(&fields, "virtual_hubs", |conversion, node| conversion.virtual_hub(node, &around));
        let virtual_hubs = self.virtual_hubs(virtual_hubs);
        let sites = self
            .reader
            .required(&fields, "sites", "[{name: amsterdam, prefixes: [10.10.0.0/16]}]")
            .map(|entry| self.sites(entry, &circuits))
            .unwrap_or_default();
        let wan = fields.get("wan").map(|_| self.entries(&fields, "wan", Self::wan_link));
        if wan.is_some() {
            self.metrics_beside_links(&sites);
        }
        let nat64 = self.translators(&fields, &sites);
        // If every entry of a list is valid, an entry's index is its id. Otherwise, checks by id are skipped.
        let whole = virtual_networks.iter().all(Option::is_some)
            && circuits.iter().all(Option::is_some)
            && virtual_hubs.iter().all(Option::is_some)
            && sites.iter().all(Option::is_some);
        let mut network = Network {
            name: name.map_or_else(|| stem(self.reader.source.name()), |name| name.value),
            cloud,
            sites: sites.into_iter().flatten().collect(),
            wan: wan.map(|links| links.into_iter().flatten().collect()),
            nat64,
            circuits: circuits.into_iter().flatten().collect(),
            virtual_networks: virtual_networks.into_iter().flatten().collect(),
            virtual_hubs: virtual_hubs.into_iter().flatten().collect(),
            route_maps: route_maps.into_iter().flatten().collect(),
            prefix_lists: prefix_lists.into_iter().flatten().collect(),
            route_tables: route_tables.into_iter().flatten().collect(),
            accepted: self.entries(&fields, "accepted", Self::accepted).into_iter().flatten().collect(),
            attested: self.attested(&fields),
            source: self.reader.source.clone(),
            edges: Vec::new(),
            announced: Vec::new(),
        };
        self.unsupported(&fields);
        self.complete(&mut network, whole);
        Some(network)
    }

    fn own_name(&mut self, fields: &Fields<'_>) -> Option<Spanned<String>> {
        let name = self.reader.optional_text(fields, "name")?;
        self.reader.name(&name);
        Some(name)
    }

    fn translators(&mut self, fields: &Fields<'_>, sites: &[Option<Site>]) -> Vec<Nat64> {
        let all = self.entries(fields, "nat64", |conversion, node| conversion.nat64(node, sites));
        let all: Vec<_> = all.into_iter().flatten().collect();
        self.nat64_once(&all);
        all
    }

    /// Checks the network as a whole, and computes the values that depend on several of its entries. `whole` states
    /// that every entry is valid, so that an entry's index is its id.
    fn complete(&mut self, network: &mut Network, whole: bool) {
        network.find_edges();
        checks::check(&mut self.reader, network);
        if whole {
            sites::proxy::check(&mut self.reader, network);
            azure::links::link(&mut self.reader, network);
            azure::route_server::link(&mut self.reader, network, &self.through);
            azure::hub_links::link(&mut self.reader, network);
        }
        network.find_announced();
    }

    /// Converts the entries of a list of mappings. An entry that has an error becomes `None`.
    fn entries<T>(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        mut convert: impl FnMut(&mut Self, &Node) -> Option<T>,
    ) -> Vec<Option<T>> {
        let items = self.reader.list(fields.get(key), "[{name: …}]");
        items.iter().map(|node| convert(self, node)).collect()
    }

    /// Checks the version of the format. The keys of another version may have other meanings.
    fn version(&mut self, fields: &Fields<'_>) -> bool {
        let Some(entry) = self.reader.required(fields, "version", VERSION) else { return true };
        match &entry.value.kind {
            Kind::Scalar { text, plain: true } if text == VERSION => true,
            Kind::Scalar { text, plain: false } if text == VERSION => {
                let help = format!("write `version: {VERSION}` without quotes");
                self.reader.wrong_type(&entry.value, entry.key.span, "`version` must be a number", &help);
                true
            }
            Kind::Scalar { text, plain: true } if entry.value.what() == "a number" => {
                self.reader.error(
                    Code::NETWORK_VERSION,
                    entry.value.span,
                    format!("the network file has version {text}, which this program does not support"),
                    format!("this program reads version {VERSION}; update peerpath to read a newer file"),
                );
                false
            }
            _ => {
                let help = format!("write `version: {VERSION}`");
                self.reader.wrong_type(&entry.value, entry.key.span, "`version` must be a number", &help);
                true
            }
        }
    }

    fn cloud(&mut self, fields: &Fields<'_>) -> Cloud {
        let Some(text) = self.reader.optional_text(fields, "cloud") else { return self.names.cloud };
        let Ok(cloud) = text.value.parse::<Cloud>() else {
            self.not_one_of("cloud", &text, &Cloud::ALL.map(Cloud::name));
            return self.names.cloud;
        };
        if cloud != self.names.cloud {
            self.reader.error(
                Code::NETWORK_CLOUD,
                text.span,
                format!(
                    "the network is in the cloud `{cloud}`, but the catalog is for `{}`",
                    self.names.cloud
                ),
                format!("use `--cloud {cloud}`; Microsoft's clouds share neither addresses nor circuits"),
            );
        }
        cloud
    }

    fn sites(&mut self, entry: &Entry, circuits: &[Option<Circuit>]) -> Vec<Option<Site>> {
        let items = self.reader.list(Some(entry), "[{name: amsterdam, prefixes: [10.10.0.0/16]}]");
        if items.is_empty() && matches!(entry.value.kind, Kind::List(_)) {
            self.reader.error(
                Code::NETWORK_EMPTY,
                entry.key.span,
                "the network has no site",
                "add at least one site with the prefixes of its clients; traffic starts at a site",
            );
        }
        items.iter().map(|node| self.site(node, circuits)).collect()
    }

    /// Reads the name of an entry. Names are used in command lines and lists, so a few characters are not allowed.
    fn name(&mut self, fields: &Fields<'_>, example: &str) -> Option<Spanned<String>> {
        let name = self.reader.required_text(fields, "name", example)?;
        self.reader.name(&name);
        let odd = |letter: char| letter.is_control() || matches!(letter, '/' | ';' | ',' | '`');
        if name.value.contains(odd) || name.value.trim() != name.value {
            self.reader.error(
                Code::NETWORK_VALUE,
                name.span,
                format!("`{}` is not a valid name", name.value.escape_debug()),
                "remove `/`, `;`, `,`, backticks, control characters, and spaces at either end",
            );
        }
        Some(name)
    }

    /// Reads an optional key whose value must be one of the words that `name` returns.
    fn word<T: Copy>(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Option<Spanned<T>> {
        let text = self.reader.optional_text(fields, key)?;
        let found = all.iter().copied().find(|value| name(*value) == text.value);
        if found.is_none() {
            let words: Vec<&str> = all.iter().map(|value| name(*value)).collect();
            self.not_one_of(key, &text, &words);
        }
        found.map(|value| Spanned::new(value, text.span))
    }

    /// Reports a word that is not one of the allowed words.
    fn not_one_of(&mut self, key: &str, text: &Spanned<String>, allowed: &[&str]) {
        let help = match nearest(&text.value, allowed.iter().copied()) {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("write one of {}", quoted(allowed)),
        };
        let message = format!("`{}` is not a valid value for `{key}`", text.value);
        self.reader.error(Code::NETWORK_VALUE, text.span, message, help);
    }
}

/// Returns the file name in a path, without its extension.
fn stem(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.split_once('.').map_or(name, |(stem, _)| stem).to_owned()
}

/// Reports a name that two entries share.
fn duplicate(reader: &mut Reader<'_>, what: &str, name: &str, again: Span, first: Span) {
    let diagnostic = Diagnostic::error(
        Code::NETWORK_DUPLICATE_NAME,
        reader.source,
        format!("two {what} have the name `{name}`"),
    )
    .at(again, "again here")
    .at(first, "first here")
    .help("rename one of them; reports and references use the name");
    reader.diagnostics.push(diagnostic);
}
