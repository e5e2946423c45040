//! Reads the scope of a check. An address must match every key, and for each key any of its values.

use super::super::scope::Scope;
use super::super::values::{no_such, one_or_many, texts};
use super::{Reading, keys};
use crate::addr::IpPrefix;
use crate::catalog::{Category, EndpointSet, Product};
use crate::diag::{Code, Span, Spanned};
use crate::rib::Community;
use crate::yaml::fields::{Fields, quoted};
use crate::yaml::suggest::squeeze;
use crate::yaml::tree::{Entry, Kind, Node};

impl Reading<'_> {
    /// Reads a scope; `None` if an error makes its content unclear.
    pub(crate) fn scope(&mut self, node: &Node, at: Span) -> Option<Scope> {
        if let Kind::Scalar { text, .. } = &node.kind {
            if text == "all" {
                return Some(Scope::all());
            }
            let help = "write `all`, or keys such as `{tag: Storage}`";
            self.reader.error(Code::CHECK_VALUE, node.span, format!("`{text}` is not a scope"), help);
            return None;
        }
        let before = self.reader.diagnostics.count(crate::diag::Severity::Error);
        let fields = self.reader.fields(node, "a scope", keys::SCOPE, at)?;
        let mut parts: Vec<Scope> = Vec::new();
        parts.extend(self.by_name(&fields, "product", Self::product));
        parts.extend(self.by_name(&fields, "tag", Self::tag));
        parts.extend(self.services(&fields));
        parts.extend(fields.get("m365").and_then(|entry| self.endpoint_sets(entry)));
        parts.extend(self.by_name(&fields, "community", Self::community));
        parts.extend(self.by_name(&fields, "region", Self::region));
        parts.extend(
            self.by_name(&fields, "prefix", |reading, text| Some(vec![reading.reader.prefix(text)?.value])),
        );
        parts.extend(self.by_name(&fields, "site", Self::site));
        parts.extend(self.by_name(&fields, "virtual_network", Self::virtual_network));
        parts.extend(self.by_name(&fields, "subnet", Self::subnet));
        parts.extend(fields.get("any").and_then(|entry| self.any(entry)));
        let except = fields.get("not").and_then(|entry| self.scope(&entry.value, entry.key.span));
        if !fields.has_misspelt() && !keys::SCOPE.iter().any(|key| fields.get(key).is_some()) {
            let help = format!("write `all`, or keys: {}", quoted(keys::SCOPE));
            self.reader.error(Code::CHECK_SHAPE, at, "the scope is empty", help);
        }
        if self.reader.diagnostics.count(crate::diag::Severity::Error) > before {
            return None;
        }
        let all = parts.into_iter().reduce(|all, part| all.and(&part)).unwrap_or_else(Scope::all);
        Some(match except {
            Some(except) => all.without(&except),
            None => all,
        })
    }

    /// Returns the union of the prefixes of all names listed under a key.
    fn by_name(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        prefixes: impl Fn(&mut Self, &Spanned<String>) -> Option<Vec<IpPrefix>>,
    ) -> Option<Scope> {
        let names = texts(&mut self.reader, fields, key)?;
        let mut all = Vec::new();
        for name in &names {
            all.extend(prefixes(self, name).unwrap_or_default());
        }
        let words = names.iter().map(|name| format!("`{}`", name.value)).collect::<Vec<_>>();
        let key = key.replace('_', " ");
        Some(Scope::of_prefixes(&all, format!("{key} {}", words.join(" or "))))
    }

    fn product(&mut self, name: &Spanned<String>) -> Option<Vec<IpPrefix>> {
        let Some(product) = self.catalog.product(&name.value) else {
            let known = self.catalog.products().flat_map(Product::names);
            let otherwise = "run `peerpath catalog list products` to list the products of this cloud";
            no_such(&mut self.reader, "product", name, known, otherwise);
            return None;
        };
        let prefixes = self.catalog.product_prefixes(product);
        if prefixes.is_empty() {
            let message = format!("no list contains addresses of {}", product.name);
            let help = format!(
                "remove `{}`: `peerpath explain {}` shows what is documented",
                name.value, product.id
            );
            self.reader.error(Code::CHECK_VALUE, name.span, message, help);
            return None;
        }
        Some(prefixes)
    }

    fn tag(&mut self, name: &Spanned<String>) -> Option<Vec<IpPrefix>> {
        let tag = self.catalog.tag(&name.value);
        if tag.is_none() {
            let known = self.catalog.tags().iter().map(|tag| tag.name.as_str());
            let otherwise = "run `peerpath catalog list` to list the service tags for this cloud";
            no_such(&mut self.reader, "service tag", name, known, otherwise);
        }
        Some(tag?.prefixes.clone())
    }

    fn services(&mut self, fields: &Fields<'_>) -> Option<Scope> {
        let names = texts(&mut self.reader, fields, "service")?;
        let catalog = self.catalog;
        // Names under which addresses outside Microsoft's lists are counted.
        let outside = ["private address", "local or reserved address", "not Microsoft"];
        let sets = catalog.endpoint_sets().iter().map(|set| set.display_name.as_str());
        let tags = catalog.tags().iter().map(|tag| tag.name.as_str());
        let known: Vec<&str> = sets.chain(tags).chain(outside).collect();
        let mut wanted = Vec::new();
        for name in &names {
            if known.contains(&name.value.as_str()) {
                wanted.push(name.value.as_str());
            } else {
                let otherwise = "use a service name exactly as `peerpath explain ADDRESS` prints it";
                no_such(&mut self.reader, "service", name, known.iter().copied(), otherwise);
            }
        }
        let words = names.iter().map(|name| format!("`{}`", name.value)).collect::<Vec<_>>();
        let text = format!("service {}", words.join(" or "));
        Some(Scope::of_services(catalog, &wanted, text))
    }

    fn endpoint_sets(&mut self, entry: &Entry) -> Option<Scope> {
        let fields = self.reader.fields(&entry.value, "`m365`", keys::M365, entry.key.span)?;
        let sets = self.catalog.endpoint_sets();
        let ids = fields.get("id").map(|entry| self.set_ids(entry, sets));
        let areas = texts(&mut self.reader, &fields, "service_area");
        let known = || sets.iter().map(|set| set.service_area.as_str());
        for area in areas.iter().flatten() {
            if !known().any(|known| known == area.value) {
                let otherwise = "use one of `Exchange`, `SharePoint`, `Skype` and `Common`";
                no_such(&mut self.reader, "service area", area, known(), otherwise);
            }
        }
        let categories = fields.get("category").map(|_| {
            super::super::values::words(&mut self.reader, &fields, "category", &CATEGORIES, category_word)
        });
        if ids.is_none() && areas.is_none() && categories.is_none() {
            if fields.has_misspelt() {
                return None;
            }
            let help = "write `{id: 11}`, `{service_area: Exchange}` or `{category: optimize}`";
            self.reader.error(Code::CHECK_SHAPE, fields.span, "`m365` selects nothing", help);
            return None;
        }
        let selected = |set: &&EndpointSet| {
            ids.as_ref().is_none_or(|ids| ids.contains(&set.id))
                && areas.as_ref().is_none_or(|areas| areas.iter().any(|area| area.value == set.service_area))
                && categories.as_ref().is_none_or(|categories| categories.contains(&set.category))
        };
        let prefixes = sets.iter().filter(selected).flat_map(|set| &set.prefixes);
        let mut words = Vec::new();
        words.extend(ids.iter().map(|ids| list("id", ids.iter().map(u32::to_string))));
        words.extend(areas.iter().map(|areas| list("area", areas.iter().map(|area| area.value.clone()))));
        words
            .extend(categories.iter().map(|all| list("category", all.iter().map(|one| category_word(*one)))));
        Some(Scope::of_prefixes(prefixes, format!("Microsoft 365 endpoint sets with {}", words.join(", "))))
    }

    fn set_ids(&mut self, entry: &Entry, sets: &[EndpointSet]) -> Vec<u32> {
        let mut ids = Vec::new();
        for node in one_or_many(&mut self.reader, entry) {
            let id = self.reader.number(node, entry.key.span, "`id`", &(0..=u32::MAX));
            let Some(id) = id else { continue };
            if sets.iter().any(|set| set.id == id.value) {
                ids.push(id.value);
            } else {
                let message = format!("there is no endpoint set `{}`", id.value);
                let help = "run `peerpath catalog list` to list the endpoint sets for this cloud";
                self.reader.error(Code::CHECK_REFERENCE, id.span, message, help);
            }
        }
        ids
    }

    fn community(&mut self, name: &Spanned<String>) -> Option<Vec<IpPrefix>> {
        let catalog = self.catalog;
        let values = match name.value.parse::<Community>() {
            Ok(value) => catalog.community(value).map(|known| known.value).into_iter().collect(),
            Err(_) => catalog.communities_named(&name.value),
        };
        if values.is_empty() {
            let known = catalog.communities().iter().flat_map(|known| &known.names).map(String::as_str);
            let otherwise = "run `peerpath catalog list` to list the communities for this cloud";
            no_such(&mut self.reader, "community", name, known, otherwise);
            return None;
        }
        Some(values.into_iter().flat_map(|value| catalog.routes(value)).map(|route| route.prefix).collect())
    }

    fn region(&mut self, name: &Spanned<String>) -> Option<Vec<IpPrefix>> {
        // The feed spells a region in two ways: as a short name, and as a suffix of tag names. The region id connects
        // the two spellings.
        let tags = self.catalog.tags().iter().filter(|tag| tag.region_id != 0);
        let spellings = tags.clone().flat_map(|tag| {
            let suffix = tag.name.split_once('.').map(|(_, suffix)| suffix);
            suffix.into_iter().chain([tag.region.as_str()]).map(move |name| (name, tag.region_id))
        });
        let plain = |name: &str| squeeze(name).replace('-', "");
        let wanted = plain(&name.value);
        let Some((_, number)) = spellings.clone().find(|(spelling, _)| plain(spelling) == wanted) else {
            if let Ok(geography) = self.catalog.tenant_region(&name.value) {
                let regions =
                    geography.regions().map(|region| Spanned { value: region.to_owned(), span: name.span });
                return regions
                    .collect::<Vec<_>>()
                    .iter()
                    .map(|region| self.region(region))
                    .collect::<Option<Vec<_>>>()
                    .map(|all| all.concat());
            }
            let otherwise = "no service tag belongs to this region";
            no_such(&mut self.reader, "region", name, spellings.map(|(spelling, _)| spelling), otherwise);
            return None;
        };
        Some(tags.filter(|tag| tag.region_id == number).flat_map(|tag| &tag.prefixes).copied().collect())
    }

    fn site(&mut self, name: &Spanned<String>) -> Option<Vec<IpPrefix>> {
        let network = self.network?;
        let site = network.site_named(&name.value);
        if site.is_none() {
            let known = || network.sites.iter().map(|site| site.name.as_str());
            let otherwise = format!("the file has {}", quoted(known()));
            no_such(&mut self.reader, "site", name, known(), &otherwise);
        }
        Some(site?.1.prefixes.iter().map(|prefix| prefix.value).collect())
    }

    fn virtual_network(&mut self, name: &Spanned<String>) -> Option<Vec<IpPrefix>> {
        let network = self.network?;
        let found = network.virtual_network_named(&name.value);
        if found.is_none() {
            let known = || network.virtual_networks.iter().map(|own| own.name.as_str());
            let otherwise = format!("the file has {}", quoted(known()));
            no_such(&mut self.reader, "virtual network", name, known(), &otherwise);
        }
        Some(found?.1.prefixes.iter().map(|prefix| prefix.value).collect())
    }

    fn subnet(&mut self, name: &Spanned<String>) -> Option<Vec<IpPrefix>> {
        let network = self.network?;
        let found = network.subnet_named(&name.value);
        if found.is_none() {
            let all = network.virtual_networks.iter();
            let known: Vec<String> = all
                .flat_map(|own| own.subnets.iter().map(move |subnet| format!("{}/{}", own.name, subnet.name)))
                .collect();
            let otherwise = "write a subnet as `VIRTUAL-NETWORK/SUBNET`";
            no_such(&mut self.reader, "subnet", name, known.iter().map(String::as_str), otherwise);
        }
        Some(found?.2.prefixes.iter().map(|prefix| prefix.value).collect())
    }

    fn any(&mut self, entry: &Entry) -> Option<Scope> {
        let mut parts = Vec::new();
        for node in self.reader.list(Some(entry), "[{tag: Storage}, {prefix: 10.0.0.0/8}]") {
            parts.extend(self.scope(node, node.span));
        }
        if matches!(&entry.value.kind, Kind::List(items) if items.is_empty()) {
            let help = "name at least one scope, or remove the key";
            self.reader.error(Code::CHECK_VALUE, entry.key.span, "`any` is empty", help);
        }
        let any = parts.into_iter().reduce(|any, part| any.or(&part))?;
        Some(Scope { text: format!("({})", any.text), ..any })
    }
}

const CATEGORIES: [Category; 3] = [Category::Optimize, Category::Allow, Category::Default];

fn category_word(category: Category) -> &'static str {
    match category {
        Category::Optimize => "optimize",
        Category::Allow => "allow",
        Category::Default => "default",
    }
}

fn list<T: AsRef<str>>(what: &str, words: impl Iterator<Item = T>) -> String {
    let words: Vec<String> = words.map(|word| word.as_ref().to_owned()).collect();
    format!("{what} {}", words.join(" or "))
}
