//! Destinations that rules select, and the rules of an internet edge or an appliance that deny packets.

use crate::addr::IpSet;
use crate::catalog::Product;
use crate::diag::{Code, Spanned};
use crate::network::read::{Conversion, keys};
use crate::network::{DenyRule, Selector};
use crate::yaml::fields::Fields;
use crate::yaml::suggest::nearest;
use crate::yaml::tree::{Entry, Kind, Node};

impl Conversion<'_> {
    /// Reads the destinations of an entry: exactly one of `prefix`, `tag`, `product` and `community`. `what` is the entry, such as
    /// `a static route`. A further kind of destination is one more key here, in [`keys::SELECTOR`] and in [`Selector`].
    pub(super) fn selector(&mut self, fields: &Fields<'_>, what: &str) -> Option<Spanned<Selector>> {
        let mut named = keys::SELECTOR.iter().filter_map(|key| fields.get(key));
        let Some(first) = named.next() else {
            if !fields.has_misspelt() {
                let message = format!("{what} needs `prefix`, `tag`, `product` or `community`");
                let help = "add the destinations, such as `prefix: 10.0.0.0/8`, `tag: AzureCloud` or `community: West Europe`";
                self.reader.error(Code::NETWORK_MISSING_KEY, fields.span, message, help);
            }
            return None;
        };
        if let Some(second) = named.next() {
            let message = format!("{what} has both `{}` and `{}`", first.key.value, second.key.value);
            let help = "write one entry for each of the two";
            self.reader.error(Code::NETWORK_VALUE, second.key.span, message, help);
            return None;
        }
        let text = self.reader.text(&first.value, first.key.span, &format!("`{}`", first.key.value))?;
        let selector = match first.key.value.as_str() {
            "prefix" => Selector::Prefix(self.reader.prefix(&text)?.value),
            "tag" => Selector::Tag(self.service_tag(&text)?),
            "product" => Selector::Product(self.product(&text)?),
            _ => {
                let communities = self.community(&text);
                Selector::Communities(Some(communities).filter(|all| !all.is_empty())?)
            }
        };
        Some(Spanned::new(selector, text.span))
    }

    /// Reads a list of destinations. `what` is one of its entries.
    pub(super) fn selectors(
        &mut self,
        entry: Option<&Entry>,
        what: &'static str,
        example: &str,
    ) -> Vec<Selector> {
        let mut all = Vec::new();
        for node in self.reader.list(entry, example) {
            let Some(fields) = self.reader.fields(node, what, keys::SELECTOR, node.span) else { continue };
            all.extend(self.selector(&fields, what).map(|selector| selector.value));
        }
        all
    }

    /// Returns a service tag in the catalog's spelling.
    fn service_tag(&mut self, text: &Spanned<String>) -> Option<String> {
        if let Some(tag) = self.names.tag(&text.value) {
            return Some(tag.to_owned());
        }
        let help = match nearest(&text.value, self.names.tags()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => "run `peerpath catalog list` to list all service tags".to_owned(),
        };
        let message = format!("the catalog has no service tag `{}`", text.value);
        self.reader.error(Code::NETWORK_SERVICE_TAG, text.span, message, help);
        None
    }

    /// Returns the id of a product with addresses.
    fn product(&mut self, text: &Spanned<String>) -> Option<String> {
        let catalog = self.names.catalog();
        let Some(product) = catalog.product(&text.value) else {
            let help = match nearest(&text.value, catalog.products().flat_map(Product::names)) {
                Some(name) => format!("did you mean `{name}`?"),
                None => "run `peerpath catalog list products` to list all products".to_owned(),
            };
            let message = format!("there is no product `{}`", text.value);
            self.reader.error(Code::NETWORK_SERVICE_TAG, text.span, message, help);
            return None;
        };
        if catalog.product_prefixes(product).is_empty() {
            let message = format!("no list contains addresses of {}", product.name);
            let help = format!(
                "name its addresses by `prefix`: `peerpath explain {}` shows what is documented",
                product.id
            );
            self.reader.error(Code::NETWORK_SERVICE_TAG, text.span, message, help);
            return None;
        }
        Some(product.id.to_owned())
    }

    /// Reads the rules that deny packets.
    pub(in crate::network::read) fn deny_rules(&mut self, fields: &Fields<'_>) -> Vec<DenyRule> {
        let items = self.reader.list(fields.get("deny"), "[{tag: AzureCloud}]");
        let rules: Vec<DenyRule> = items.iter().filter_map(|node| self.deny_rule(node)).collect();
        self.has_effect(&rules);
        rules
    }

    /// Warns about rules that deny no address, because their exceptions or the rules before them cover all of it.
    fn has_effect(&mut self, rules: &[DenyRule]) {
        let catalog = self.names.catalog();
        let mut before = IpSet::empty();
        for rule in rules {
            let set = rule.set(catalog);
            let (message, help) = if set.is_empty() {
                ("the entry denies no address: its exceptions cover it", "remove the entry, or an exception")
            } else if set.difference(&before).is_empty() {
                (
                    "no packet reaches this entry, because earlier entries deny all of its destinations",
                    "remove the entry, or correct its destinations",
                )
            } else {
                before = before.union(&set);
                continue;
            };
            self.reader.warning(Code::NETWORK_DENY, rule.span, message, help);
        }
    }

    /// Reads a rule that denies packets.
    fn deny_rule(&mut self, node: &Node) -> Option<DenyRule> {
        const WHAT: &str = "an entry of `deny`";
        if let Some(port) = entry_of(node, "port") {
            let message = "`deny` does not support ports: paths are evaluated by address";
            let help = "remove the entry and list the rule under `unsupported`; an entry without `port` would deny every packet to the address";
            self.reader.error(Code::NETWORK_UNKNOWN_KEY, port.key.span, message, help);
            return None;
        }
        let fields = self.reader.fields(node, WHAT, keys::DENY, node.span)?;
        let destination = self.selector(&fields, WHAT);
        let except =
            self.selectors(fields.get("except"), "an entry of `except`", "[{tag: AzureFrontDoor.Frontend}]");
        Some(DenyRule { destination: destination?.value, except, span: node.span })
    }
}

fn entry_of<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    let Kind::Map(entries) = &node.kind else { return None };
    entries.iter().find(|entry| entry.key.value == key)
}
