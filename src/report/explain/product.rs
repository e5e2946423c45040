//! The explanation of a product.

use serde_json::{Value, json};

use crate::catalog::{Catalog, ProductCommunity, TenantRegion};
use crate::engine::{Families, PathVerdict, ProductFacts, SharedPath, SupportVerdict, path_verdict};
use crate::report::explain::page::Page;
use crate::report::explain::reason::Names;
use crate::report::explain::shares::{counts, families, lines, paths_json, sizes};
use crate::report::explain::support::{Asked, support, support_json};
use crate::rib::Community;

/// A product, what is known about it, and the paths to its addresses.
#[derive(Clone, Copy, Debug)]
pub struct ProductPage<'a> {
    /// What is known about it.
    pub facts: &'a ProductFacts,
    /// The regions of the company's environments, if they were given.
    pub region: Option<&'a TenantRegion>,
    /// The families of the packets that start at the vantage point; paths cover no others.
    pub families: Families,
    /// The paths to the addresses of each list, in the order of [`ProductFacts::parts`].
    pub paths: &'a [Vec<SharedPath>],
    /// The paths to all addresses together.
    pub all: &'a [SharedPath],
    /// The products that it needs, in the order of the table.
    pub needs: &'a [NeededProduct],
}

/// A product that another product needs.
#[derive(Clone, Debug)]
pub struct NeededProduct {
    /// Its name.
    pub name: &'static str,
    /// The path of its addresses.
    pub path: PathVerdict,
    /// Its documented support.
    pub support: SupportVerdict,
    /// What it is needed for.
    pub text: &'static str,
}

/// A community that carries a product.
struct Carrying {
    /// The value; `None` if it depends on a region that was not given, or if the region has none.
    value: Option<Community>,
    /// The name, or what is missing.
    name: String,
    source: String,
}

impl ProductPage<'_> {
    fn communities(&self, catalog: &Catalog) -> Vec<Carrying> {
        let mut all = Vec::new();
        for cited in &self.facts.product.communities {
            let source = cited.source.to_string();
            let regional = |name: &str| Carrying {
                value: catalog.regional_community(name),
                name: match catalog.regional_community(name) {
                    Some(_) => name.to_owned(),
                    None => format!("{name}: no list and no document names its community"),
                },
                source: source.clone(),
            };
            match (cited.value, self.region) {
                (ProductCommunity::Value(value), _) => {
                    let known = catalog.community(value).and_then(|known| known.names.last().cloned());
                    all.push(Carrying { value: Some(value), name: known.unwrap_or_default(), source });
                }
                (ProductCommunity::Pair | ProductCommunity::Region, Some(region)) => {
                    all.extend(region.pair.iter().map(|name| regional(name)));
                }
                (ProductCommunity::Pair, None) => all.push(Carrying {
                    value: None,
                    name: "both regional communities of the environment's pair: name it with `--region`"
                        .to_owned(),
                    source,
                }),
                (ProductCommunity::Region, None) => all.push(Carrying {
                    value: None,
                    name: "the regional community of its region: name it with `--region`".to_owned(),
                    source,
                }),
            }
        }
        all
    }

    /// Returns the regions outside the documented pair in which the product has addresses.
    fn outside(&self) -> Option<String> {
        let region = self.region?;
        let outside = |own: &&String| self.facts.parts.iter().any(|part| part.region.as_ref() == Some(own));
        let others: Vec<&str> = region.others.iter().filter(outside).map(String::as_str).collect();
        (!others.is_empty()).then(|| {
            format!("no document names them, but the product has addresses there: {}", others.join(", "))
        })
    }
}

/// Returns a product as text, with a final newline.
pub fn product_text(shown: ProductPage<'_>, names: Names<'_>) -> String {
    let product = shown.facts.product;
    let mut page = Page::default();
    page.line(product.name);
    let platform = product.part_of.and_then(|id| names.catalog.product(id));
    let platform = platform.map(|platform| format!(", part of {}", platform.name)).unwrap_or_default();
    page.field("layer", &format!("{}{platform}", product.layer.name));
    page.field("path", path_verdict(shown.all).word());
    for line in lines(shown.all, names) {
        page.item(&line);
    }
    families(&mut page, shown.families);
    support(&mut page, &shown.facts.support, Asked::default());
    for ports in &product.ports {
        page.field("ports", &format!("{} [{}]", ports.value, ports.source));
    }
    communities(&mut page, shown, names.catalog);
    page.heading(&match shown.region {
        Some(region) => format!("Addresses, with regional lists of {}", region.name),
        None => "Addresses".to_owned(),
    });
    for (part, paths) in shown.facts.parts.iter().zip(shown.paths) {
        page.line(&format!("    {:<36} {}", part.list, counts(sizes(&part.addresses))));
        for line in lines(paths, names) {
            page.line(&format!("        {line}"));
        }
    }
    if shown.facts.parts.is_empty() {
        page.line("    none in the lists");
    }
    hosts(&mut page, shown);
    page.heading("Other products that its clients need");
    let width = shown.needs.iter().map(|need| need.name.chars().count()).max().unwrap_or(0);
    for NeededProduct { name, path, support, text } in shown.needs {
        page.line(&format!("    {name:<width$}  {:<18} {support:<12} {text}", path.word()));
    }
    page.none_if(shown.needs.is_empty());
    page.heading("Connections that it opens to you");
    for one in &product.initiates {
        let from = one.tag.unwrap_or("no document names the addresses");
        page.line(&format!("    from {from}: {} [{}]", one.text, one.source));
    }
    page.none_if(product.initiates.is_empty());
    if !product.notes.is_empty() {
        page.heading("Notes");
        for note in &product.notes {
            page.line(&format!("    {} [{}]", note.value, note.source));
        }
    }
    page.text()
}

fn communities(page: &mut Page, shown: ProductPage<'_>, catalog: &Catalog) {
    page.heading("Communities for the route filter");
    let all = shown.communities(catalog);
    for one in &all {
        let value = one.value.map_or_else(|| "?".to_owned(), |value| value.to_string());
        page.line(&format!("    {value:<22} {} [{}]", one.name, one.source));
    }
    if let Some(text) = shown.outside() {
        page.line(&format!("    {:<22} {text}", "?"));
    }
    page.none_if(all.is_empty());
}

fn hosts(page: &mut Page, shown: ProductPage<'_>) {
    page.heading("Host names");
    let hosts = &shown.facts.product.hosts;
    for host in hosts {
        let lists = match &host.lists {
            None => String::new(),
            Some(lists) if lists.is_empty() => ", in no list".to_owned(),
            Some(lists) => format!(", addresses in {}", lists.join(", ")),
        };
        page.line(&format!("    {}{lists} [{}]", host.pattern, host.source));
    }
    page.none_if(hosts.is_empty());
}

/// Returns a product as JSON.
pub fn product_json(shown: ProductPage<'_>, names: Names<'_>) -> Value {
    let product = shown.facts.product;
    let parts = shown.facts.parts.iter().zip(shown.paths).map(|(part, paths)| {
        let [v4, v6] = sizes(&part.addresses);
        json!({
            "list": part.list,
            "region": part.region,
            "ipv4_addresses": v4.to_string(),
            "ipv6_addresses": v6.to_string(),
            "paths": paths_json(paths, names),
        })
    });
    let communities = shown.communities(names.catalog);
    json!({
        "product": product.id,
        "name": product.name,
        "aliases": product.aliases,
        "layer": product.layer.name,
        "part_of": product.part_of,
        "region": shown.region.map(|region| &region.name),
        "without_family": shown.families.missing(),
        "path": path_verdict(shown.all).word(),
        "paths": paths_json(shown.all, names),
        "support": support_json(&shown.facts.support),
        "ports": product.ports.iter().map(|ports| json!({"ports": ports.value, "source": ports.source.to_string()})).collect::<Vec<_>>(),
        "communities": communities.iter().map(|one| json!({
            "community": one.value.map(|value| value.to_string()), "name": one.name, "source": one.source,
        })).collect::<Vec<_>>(),
        "regions_outside_pair": shown.region.map(|region| &region.others),
        "addresses": parts.collect::<Vec<_>>(),
        "hosts": product.hosts.iter().map(|host| json!({
            "pattern": host.pattern, "lists": host.lists, "source": host.source.to_string(),
        })).collect::<Vec<_>>(),
        "needs": shown.needs.iter().map(|need| json!({
            "name": need.name, "path": need.path.word(), "support": need.support.word(), "for": need.text,
        })).collect::<Vec<_>>(),
        "initiates": product.initiates.iter().map(|one| json!({
            "tag": one.tag, "for": one.text, "source": one.source.to_string(),
        })).collect::<Vec<_>>(),
        "notes": product.notes.iter().map(|note| json!({
            "text": note.value, "source": note.source.to_string(),
        })).collect::<Vec<_>>(),
    })
}
