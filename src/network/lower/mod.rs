//! From the tree of values to a [`Network`], with all that is wrong on the way.
//!
//! Names are gathered before anything else, so that a reference to a circuit with a mistake in it is
//! not a second complaint. The index of an entry in the file's list is its id; since a network is
//! handed out only without errors, the two agree.

mod checks;
mod circuit;
mod values;

use super::fields::{Fields, Reader, quoted};
use super::names::Names;
use super::suggest::nearest;
use super::tree::{Entry, Kind, Node};
use super::{Attachment, CircuitId, DefaultRoute, InternetEdge, Network, Site, State, VirtualNetwork};
use crate::catalog::Cloud;
use crate::diag::{Code, Diagnostic, Diagnostics, Source, Span, Spanned};
use crate::rib::DecisionProcess;

/// The keys of each mapping of the format.
pub(super) mod keys {
    pub(in super::super) const NETWORK: &[&str] =
        &["version", "name", "cloud", "sites", "circuits", "virtual_networks"];
    pub(in super::super) const SITE: &[&str] = &["name", "prefixes", "internet", "circuits"];
    pub(in super::super) const INTERNET: &[&str] = &["name", "nat", "default_route"];
    pub(in super::super) const CIRCUIT: &[&str] =
        &["name", "peering_location", "sku", "bandwidth", "provider", "microsoft_peering", "private_peering"];
    pub(in super::super) const MICROSOFT_PEERING: &[&str] = &["route_filter", "advertised", "nat"];
    pub(in super::super) const PRIVATE_PEERING: &[&str] = &["virtual_networks", "advertised"];
    pub(in super::super) const VIRTUAL_NETWORK: &[&str] = &["name", "region", "prefixes"];
}

/// The version of the format that this program reads.
pub(super) const VERSION: &str = "1";

/// Judges the tree.
pub(super) fn lower(root: &Node, source: &Source, names: &Names<'_>) -> (Option<Network>, Diagnostics) {
    let reader = Reader { source, diagnostics: Diagnostics::new() };
    let mut lowering = Lowering { reader, names, circuits: Vec::new(), virtual_networks: Vec::new() };
    let network = lowering.network(root);
    let diagnostics = lowering.reader.diagnostics;
    (network.filter(|_| !diagnostics.has_errors()), diagnostics)
}

struct Lowering<'a> {
    reader: Reader<'a>,
    names: &'a Names<'a>,
    /// The circuits' names by index; `None` where the entry has none.
    circuits: Vec<Option<Spanned<String>>>,
    /// The virtual networks' names by index.
    virtual_networks: Vec<Option<Spanned<String>>>,
}

impl Lowering<'_> {
    fn network(&mut self, root: &Node) -> Option<Network> {
        let start = Span::new(root.span.start, 0);
        let fields = self.reader.fields(root, "the network file", keys::NETWORK, start)?;
        if !self.version(&fields) {
            return None;
        }
        let name = self.reader.optional_text(&fields, "name");
        let cloud = self.cloud(&fields);
        let circuits = self.reader.list(fields.get("circuits"), "[{name: …}]");
        let virtual_networks = self.reader.list(fields.get("virtual_networks"), "[{name: …}]");
        self.circuits = circuits.iter().map(name_of).collect();
        self.virtual_networks = virtual_networks.iter().map(name_of).collect();

        let virtual_networks =
            virtual_networks.iter().filter_map(|node| self.virtual_network(node)).collect::<Vec<_>>();
        let circuits = circuits.iter().filter_map(|node| self.circuit(node)).collect::<Vec<_>>();
        let sites = self
            .reader
            .required(&fields, "sites", "[{name: amsterdam, prefixes: [10.10.0.0/16]}]")
            .map(|entry| self.sites(entry))
            .unwrap_or_default();
        let network = Network {
            name: name.map_or_else(|| stem(self.reader.source.name()), |name| name.value),
            cloud,
            sites,
            circuits,
            virtual_networks,
            route_maps: Vec::new(),
            prefix_lists: Vec::new(),
            route_tables: Vec::new(),
            source: self.reader.source.clone(),
        };
        checks::check(&mut self.reader, &network);
        Some(network)
    }

    /// Whether the file is of the version that is read here; another may mean anything.
    fn version(&mut self, fields: &Fields<'_>) -> bool {
        let Some(entry) = self.reader.required(fields, "version", VERSION) else { return true };
        match &entry.value.kind {
            Kind::Scalar { text, plain: true } if text == VERSION => true,
            Kind::Scalar { text, plain: false } if text == VERSION => {
                let help = format!("write `version: {VERSION}` without quotes");
                self.reader.wrong_type(&entry.value, entry.key.span, "`version` is a number", &help);
                true
            }
            Kind::Scalar { text, plain: true } if entry.value.what() == "a number" => {
                self.reader.error(
                    Code::NETWORK_VERSION,
                    entry.value.span,
                    format!("the network file has version {text}, which this program does not know"),
                    format!("this program reads version {VERSION}; a newer file needs a newer program"),
                );
                false
            }
            _ => {
                let help = format!("write `version: {VERSION}`");
                self.reader.wrong_type(&entry.value, entry.key.span, "`version` is a number", &help);
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
                    "the network is in the cloud `{cloud}`, the catalog is that of `{}`",
                    self.names.cloud
                ),
                format!("Microsoft's clouds share neither addresses nor circuits: use `--cloud {cloud}`"),
            );
        }
        cloud
    }

    fn sites(&mut self, entry: &Entry) -> Vec<Site> {
        let items = self.reader.list(Some(entry), "[{name: amsterdam, prefixes: [10.10.0.0/16]}]");
        if items.is_empty() && matches!(entry.value.kind, Kind::List(_)) {
            self.reader.error(
                Code::NETWORK_EMPTY,
                entry.key.span,
                "the network has no site",
                "traffic begins at a site: give at least one, with the prefixes of its clients",
            );
        }
        items.iter().filter_map(|node| self.site(node)).collect()
    }

    fn site(&mut self, node: &Node) -> Option<Site> {
        let fields = self.reader.fields(node, "a site", keys::SITE, node.span)?;
        let name = self.name(&fields, "amsterdam");
        let entry = self.reader.required(&fields, "prefixes", "[10.10.0.0/16]");
        let prefixes = self.reader.prefixes(entry);
        if let Some(Entry { key, value: Node { kind: Kind::List(items), .. } }) = entry
            && items.is_empty()
        {
            let help = "give the prefixes of its clients: by them a captured packet is known as its own";
            self.reader.error(Code::NETWORK_EMPTY, key.span, "the site has no client prefix", help);
        }
        let internet = fields
            .get("internet")
            .and_then(|entry| self.internet(entry, name.as_ref().map_or("", |name| &name.value)));
        let circuits: Vec<_> = match fields.get("circuits") {
            None => (0..).map(CircuitId).take(self.circuits.len()).collect(),
            entry => {
                let named = self.references(entry, "circuit", |lowering| &lowering.circuits);
                named.into_iter().map(CircuitId).collect()
            }
        };
        let name = name?;
        let attachments = circuits.iter().map(|id| Attachment {
            circuit: *id,
            import: None,
            metric: None,
            span: name.span,
        });
        let attachments = attachments.collect();
        Some(Site {
            name: name.value,
            prefixes,
            autonomous_system: None,
            internet,
            circuits,
            attachments,
            vpn: Vec::new(),
            static_routes: Vec::new(),
            decision_process: DecisionProcess::default(),
            span: name.span,
        })
    }

    fn internet(&mut self, entry: &Entry, site: &str) -> Option<InternetEdge> {
        let Entry { key, value } = entry;
        let fields = self.reader.fields(value, "an internet edge", keys::INTERNET, key.span)?;
        let name = match fields.get("name") {
            Some(_) => self.name(&fields, "edge-ams")?,
            None => Spanned::new(format!("{site}-internet"), key.span),
        };
        let nat = self.reader.prefixes(fields.get("nat"));
        let default_route = match self.reader.optional_text(&fields, "default_route") {
            None => DefaultRoute::default(),
            Some(text) => values::default_route(&text.value).unwrap_or_else(|| {
                self.not_one_of("default_route", &text, &values::DEFAULT_ROUTES);
                DefaultRoute::default()
            }),
        };
        Some(InternetEdge {
            name: name.value,
            nat,
            default_route,
            provider_autonomous_system: None,
            state: Spanned::new(State::Up, key.span),
            routes: None,
            advertised: None,
            import: None,
            stateful: true,
            peer_addresses: Vec::new(),
            span: name.span,
        })
    }

    fn virtual_network(&mut self, node: &Node) -> Option<VirtualNetwork> {
        let fields = self.reader.fields(node, "a virtual network", keys::VIRTUAL_NETWORK, node.span)?;
        let name = self.name(&fields, "hub-weu");
        let region = self.reader.optional_text(&fields, "region").map(|region| self.region(region));
        let entry = self.reader.required(&fields, "prefixes", "[10.20.0.0/16]");
        let prefixes = self.reader.prefixes(entry);
        let name = name?;
        Some(VirtualNetwork {
            name: name.value,
            region,
            prefixes,
            subnets: Vec::new(),
            gateway: None,
            peerings: Vec::new(),
            bgp_community: None,
            span: name.span,
        })
    }

    /// The region in Azure Resource Manager's spelling where it is known.
    fn region(&mut self, region: Spanned<String>) -> Spanned<String> {
        if self.names.region(&region.value).is_none() {
            let help = match nearest(&region.value, self.names.regions()) {
                Some(name) => format!("did you mean `{name}`?"),
                None => "regions are written as Azure Resource Manager does, such as `westeurope`".to_owned(),
            };
            let message = format!("the catalog knows no region `{}` in this cloud", region.value);
            self.reader.warning(Code::NETWORK_REGION, region.span, message, help);
        }
        let name = self.names.region(&region.value).map(str::to_owned);
        Spanned::new(name.unwrap_or(region.value), region.span)
    }

    /// The name of an entry; it goes into command lines and lists, so a few characters are kept out.
    fn name(&mut self, fields: &Fields<'_>, example: &str) -> Option<Spanned<String>> {
        let name = self.reader.required_text(fields, "name", example)?;
        let odd = |letter: char| letter.is_control() || matches!(letter, '/' | ';' | ',' | '`');
        if name.value.contains(odd) || name.value.trim() != name.value {
            self.reader.error(
                Code::NETWORK_VALUE,
                name.span,
                format!("`{}` cannot be a name", name.value.escape_debug()),
                "leave out `/`, `;`, `,`, backticks, control characters, and spaces at either end",
            );
        }
        Some(name)
    }

    /// The indexes of the entries that a list names, in its order.
    fn references(
        &mut self,
        entry: Option<&Entry>,
        what: &str,
        known: impl Fn(&Self) -> &[Option<Spanned<String>>],
    ) -> Vec<u32> {
        let mut found = Vec::new();
        for item in self.reader.list(entry, "[name]") {
            let Some(text) = self.reader.text(item, item.span, &format!("the name of a {what}")) else {
                continue;
            };
            let names = || known(self).iter().flatten().map(|name| name.value.as_str());
            let index = known(self)
                .iter()
                .position(|name| name.as_ref().is_some_and(|name| name.value == text.value));
            match index.and_then(|index| u32::try_from(index).ok()) {
                Some(index) if found.contains(&index) => {
                    let message = format!("the {what} `{}` is named twice here", text.value);
                    self.reader.warning(Code::NETWORK_REPEATED, text.span, message, "leave it out");
                }
                Some(index) => found.push(index),
                None => {
                    let help = match nearest(&text.value, names()) {
                        Some(name) => format!("did you mean `{name}`?"),
                        None if names().next().is_none() => format!("the file has no {what}"),
                        None => format!("the file has {}", quoted(names())),
                    };
                    let message = format!("there is no {what} `{}`", text.value);
                    self.reader.error(Code::NETWORK_REFERENCE, text.span, message, help);
                }
            }
        }
        found
    }

    /// Notes a word that is none of the allowed ones.
    fn not_one_of(&mut self, key: &str, text: &Spanned<String>, allowed: &[&str]) {
        let help = match nearest(&text.value, allowed.iter().copied()) {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("one of {}", quoted(allowed)),
        };
        let message = format!("`{}` is no value of `{key}`", text.value);
        self.reader.error(Code::NETWORK_VALUE, text.span, message, help);
    }
}

/// The name that an entry gives itself, if it is text.
fn name_of(node: &Node) -> Option<Spanned<String>> {
    let name = node.get("name")?;
    let Kind::Scalar { text, .. } = &name.kind else { return None };
    Some(Spanned::new(text.clone(), name.span))
}

/// A file's name without folders and extension.
fn stem(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.split_once('.').map_or(name, |(stem, _)| stem).to_owned()
}

/// Notes that a name stands for two things.
fn duplicate(reader: &mut Reader<'_>, what: &str, name: &str, again: Span, first: Span) {
    let diagnostic = Diagnostic::error(
        Code::NETWORK_DUPLICATE_NAME,
        reader.source,
        format!("two {what} have the name `{name}`"),
    )
    .at(again, "again here")
    .at(first, "first here")
    .help("give each its own name: reports and references go by it");
    reader.diagnostics.push(diagnostic);
}
