//! References to other entries of the file by name.
//!
//! Names are collected before anything is evaluated, so that a reference to an invalid entry is not reported as a
//! second mistake.

use crate::diag::{Code, Spanned};
use crate::network::read::Conversion;
use crate::network::{Connection, PeeringKind, RouteMapId};
use crate::yaml::fields::{Fields, quoted};
use crate::yaml::suggest::nearest;
use crate::yaml::tree::{Entry, Kind, Node};

/// The names of a list's entries by index; `None` for an entry without a name.
pub(super) type NameList = Vec<Option<Spanned<String>>>;

/// The names of the file's entries.
#[derive(Debug, Default)]
pub(super) struct Declared {
    pub(super) sites: NameList,
    pub(super) circuits: NameList,
    pub(super) virtual_networks: NameList,
    pub(super) virtual_hubs: NameList,
    pub(super) route_maps: NameList,
    pub(super) prefix_lists: NameList,
    pub(super) route_tables: NameList,
    /// The names of internet edges and tunnels, from which routes are also learned.
    pub(super) other_peers: Vec<String>,
}

/// A type of entry that other entries can refer to.
#[derive(Clone, Copy)]
pub(super) struct Named {
    /// The name of the type in messages, such as `circuit`.
    pub(super) what: &'static str,
    names: fn(&Declared) -> &NameList,
}

impl Named {
    pub(super) const SITE: Self = Self { what: "site", names: |declared| &declared.sites };
    pub(super) const CIRCUIT: Self = Self { what: "circuit", names: |declared| &declared.circuits };
    pub(super) const VIRTUAL_NETWORK: Self =
        Self { what: "virtual network", names: |declared| &declared.virtual_networks };
    pub(super) const VIRTUAL_HUB: Self =
        Self { what: "virtual hub", names: |declared| &declared.virtual_hubs };
    pub(super) const ROUTE_MAP: Self = Self { what: "route map", names: |declared| &declared.route_maps };
    pub(super) const PREFIX_LIST: Self =
        Self { what: "prefix list", names: |declared| &declared.prefix_lists };
    pub(super) const ROUTE_TABLE: Self =
        Self { what: "route table", names: |declared| &declared.route_tables };
}

impl Declared {
    /// Collects the names in a file.
    pub(super) fn gather(root: &Node) -> Self {
        let names = |key: &str| items(root.get(key)).iter().map(name_of).collect();
        let mut other_peers = Vec::new();
        for site in items(root.get("sites")) {
            if let Some(edge) = site.get("internet") {
                let default = || Some(format!("{}-internet", name_of(site)?.value));
                other_peers.extend(name_of(edge).map(|name| name.value).or_else(default));
            }
            other_peers.extend(items(site.get("vpn")).iter().filter_map(name_of).map(|name| name.value));
        }
        Self {
            sites: names("sites"),
            circuits: names("circuits"),
            virtual_networks: names("virtual_networks"),
            virtual_hubs: names("virtual_hubs"),
            route_maps: names("route_maps"),
            prefix_lists: names("prefix_lists"),
            route_tables: names("route_tables"),
            other_peers,
        }
    }
}

fn items(node: Option<&Node>) -> &[Node] {
    match node.map(|node| &node.kind) {
        Some(Kind::List(items)) => items,
        _ => &[],
    }
}

/// Returns the name of an entry, if it is text.
fn name_of(node: &Node) -> Option<Spanned<String>> {
    let name = node.get("name")?;
    let Kind::Scalar { text, .. } = &name.kind else { return None };
    Some(Spanned::new(text.clone(), name.span))
}

impl Conversion<'_> {
    /// Looks up the index of the entry with this name.
    pub(super) fn reference(&mut self, text: &Spanned<String>, kind: Named) -> Option<u32> {
        let list = (kind.names)(&self.declared);
        let named =
            |name: &Option<Spanned<String>>| name.as_ref().is_some_and(|name| name.value == text.value);
        let index = list.iter().position(named).and_then(|index| u32::try_from(index).ok());
        if index.is_none() {
            let names: Vec<String> = list.iter().flatten().map(|name| name.value.clone()).collect();
            self.no_such(kind.what, text, &names);
        }
        index
    }

    /// Reports that no entry has the name.
    pub(super) fn no_such(&mut self, what: &str, text: &Spanned<String>, known: &[String]) {
        let help = match nearest(&text.value, known.iter().map(String::as_str)) {
            Some(name) => format!("did you mean `{name}`?"),
            None if known.is_empty() => format!("the file has no {what}"),
            None => format!("the file has {}", quoted(known)),
        };
        let message = format!("there is no {what} `{}`", text.value);
        self.reader.error(Code::NETWORK_REFERENCE, text.span, message, help);
    }

    /// Looks up the indexes of the entries that a list names, in its order.
    pub(super) fn references(&mut self, entry: Option<&Entry>, kind: Named) -> Vec<Spanned<u32>> {
        let mut found = Vec::new();
        for item in self.reader.list(entry, "[name]") {
            let what = format!("the name of a {}", kind.what);
            let Some(text) = self.reader.text(item, item.span, &what) else { continue };
            let Some(index) = self.reference(&text, kind) else { continue };
            self.push_once(&mut found, Spanned::new(index, text.span), kind, &text.value);
        }
        found
    }

    /// Adds an index to a list unless the list already contains it.
    pub(super) fn push_once(
        &mut self,
        found: &mut Vec<Spanned<u32>>,
        index: Spanned<u32>,
        kind: Named,
        name: &str,
    ) -> bool {
        let new = !found.contains(&index);
        if new {
            found.push(index);
        } else {
            let message = format!("the {} `{name}` is named twice here", kind.what);
            self.reader.warning(Code::NETWORK_REPEATED, index.span, message, "remove one of the two");
        }
        new
    }

    /// Looks up the entry that an optional key names.
    pub(super) fn optional_reference(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        kind: Named,
    ) -> Option<Spanned<u32>> {
        let text = self.reader.optional_text(fields, key)?;
        self.reference(&text, kind).map(|index| Spanned::new(index, text.span))
    }

    /// Looks up the route map that `import` names.
    pub(super) fn import(&mut self, fields: &Fields<'_>) -> Option<Spanned<RouteMapId>> {
        let index = self.optional_reference(fields, "import", Named::ROUTE_MAP)?;
        Some(Spanned::new(RouteMapId(index.value), index.span))
    }

    /// Returns the full names of the sessions denoted by `er-ams`, `er-ams/microsoft`, `er-ams/microsoft/primary`, or
    /// the name of an internet edge or tunnel.
    pub(super) fn sessions(&mut self, text: &Spanned<String>) -> Vec<String> {
        if self.declared.other_peers.contains(&text.value) {
            return vec![text.value.clone()];
        }
        let mut parts = text.value.split('/');
        let circuit = parts.next().unwrap_or_default();
        let circuits: Vec<String> =
            self.declared.circuits.iter().flatten().map(|name| name.value.clone()).collect();
        if !circuits.iter().any(|name| name == circuit) {
            let known: Vec<String> = circuits.into_iter().chain(self.declared.other_peers.clone()).collect();
            self.no_such("circuit, internet edge or tunnel", text, &known);
            return Vec::new();
        }
        let Some((peering, connection)) = self.peering_words(text, parts) else { return Vec::new() };
        let mut names = Vec::new();
        for kind in PeeringKind::ALL.into_iter().filter(|kind| peering.is_none_or(|meant| meant == *kind)) {
            for side in
                Connection::ALL.into_iter().filter(|side| connection.is_none_or(|meant| meant == *side))
            {
                names.push(format!("{circuit}/{}/{}", kind.name(), side.name()));
            }
        }
        names
    }

    /// Parses the part after a circuit's name: a peering, and optionally one of its connections.
    pub(super) fn peering_words<'t>(
        &mut self,
        text: &Spanned<String>,
        mut parts: impl Iterator<Item = &'t str>,
    ) -> Option<(Option<PeeringKind>, Option<Connection>)> {
        let (peering, connection, more) = (parts.next(), parts.next(), parts.next());
        let kind = peering.and_then(|word| PeeringKind::ALL.into_iter().find(|kind| kind.name() == word));
        let side = connection.and_then(|word| Connection::ALL.into_iter().find(|side| side.name() == word));
        if kind.is_some() == peering.is_some() && side.is_some() == connection.is_some() && more.is_none() {
            return Some((kind, side));
        }
        let circuit = text.value.split('/').next().unwrap_or_default();
        let help = format!(
            "after the circuit, write `microsoft` or `private` and optionally `primary` or `secondary`, such as \
             `{circuit}/microsoft/primary`"
        );
        let message = format!("`{}` is not a peering or connection of `{circuit}`", text.value);
        self.reader.error(Code::NETWORK_REFERENCE, text.span, message, help);
        None
    }
}
