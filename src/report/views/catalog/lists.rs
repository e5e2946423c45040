//! The names in the lists: tags, endpoint sets, communities, products and rules, and a search over all of them.

use crate::addr::{IpPrefix, IpSet};
use crate::catalog::{
    Catalog, EndpointSet, HostPattern, Product, ProductCommunity, ProductPart, ServiceCommunity, ServiceTag,
};
use crate::diag::{CODES, CodeEntry};
use crate::engine::product_facts;
use crate::report::View;
use crate::report::columns::Columns;

/// A record with the product that owns it and its addresses.
struct Listed<'c, T> {
    record: &'c T,
    product: Option<&'static Product<'static>>,
    addresses: IpSet,
}

/// Returns the view of all service tags.
pub fn tags(catalog: &Catalog) -> View {
    let rows = catalog.tags().iter().enumerate().map(|(at, tag)| Listed {
        record: tag,
        product: catalog.product_of_tag(at),
        addresses: set_of(&tag.prefixes),
    });
    Columns::<Listed<'_, ServiceTag>>::new()
        .text("tag", "the name of the service tag", |row| row.record.name.clone())
        .group(|row| &row.product, owner())
        .text("region", "the short name of the region; empty for a global tag", |row| {
            row.record.region.clone()
        })
        .list("features", "where Azure accepts the tag: API, NSG, UDR, FW, VSE", |row| {
            row.record.network_features.clone()
        })
        .integer("change_number", "the change number of the tag", |row| row.record.change_number)
        .group(|row| &row.addresses, sizes())
        .view("tag_list", rows)
}

/// Returns the view of all endpoint sets.
pub fn sets(catalog: &Catalog) -> View {
    let rows = catalog.endpoint_sets().iter().enumerate().map(|(at, set)| Listed {
        record: set,
        product: catalog.product_of_set(at),
        addresses: set_of(&set.prefixes),
    });
    Columns::<Listed<'_, EndpointSet>>::new()
        .text("set", "the set as `m365:ID`", |row| format!("m365:{}", row.record.id))
        .group(|row| &row.product, owner())
        .text("instance", "the instance of the list", |row| row.record.instance.to_string())
        .text("name", "the display name of the service area", |row| row.record.display_name.clone())
        .text("category", "Optimize, Allow or Default", |row| row.record.category.name())
        .flag("express_route", "whether the list says that ExpressRoute supports the set", |row| {
            row.record.express_route
        })
        .flag("required", "whether Microsoft 365 needs the set", |row| row.record.required)
        .text("ports", "the ports", |row| row.record.ports())
        .list("hosts", "the host names, possibly with wildcards", |row| row.record.urls.clone())
        .group(|row| &row.addresses, sizes())
        .view("set_list", rows)
}

/// Returns the view of all communities.
pub fn communities(catalog: &Catalog) -> View {
    let rows = catalog.communities().iter().map(|community| {
        let prefixes: Vec<IpPrefix> =
            catalog.routes(community.value).iter().map(|route| route.prefix).collect();
        Listed { record: community, product: None, addresses: set_of(&prefixes) }
    });
    Columns::<Listed<'_, ServiceCommunity>>::new()
        .text("community", "the value of the community", |row| row.record.value.to_string())
        .list("names", "the names in exports and in the documentation", |row| row.record.names.clone())
        .text("kind", "the kind of community", |row| row.record.kind.name())
        .text("region", "the region; empty for a service", |row| row.record.region.clone())
        .flag("documented", "whether the documentation lists the community", |row| row.record.documented)
        .flag("exported", "whether an export lists the community", |row| row.record.exported)
        .group(|row| &row.addresses, sizes())
        .view("community_list", rows)
}

/// Returns the view of all products of the cloud.
pub fn products(catalog: &Catalog) -> View {
    let rows = catalog.products().map(|product| product_facts(catalog, product, None));
    Columns::new()
        .text("product", "the id of the product", |row: &crate::engine::ProductFacts| row.product.id)
        .text("name", "the name of the product", |row| row.product.name)
        .text("layer", "the group of products in the guide", |row| row.product.layer.name)
        .text("part_of", "the platform that the product belongs to", |row| row.product.part_of)
        .text("support", "the documented support of the product on ExpressRoute", |row| {
            row.support.verdict.word()
        })
        .list(
            "communities",
            "what carries the product: a community, or the pair or region of the environment",
            |row| row.product.communities.iter().map(|cited| community(cited.value)).collect::<Vec<_>>(),
        )
        .list("lists", "the service tags and endpoint sets with its addresses", |row| {
            row.parts.iter().map(|part| part.list.clone()).collect::<Vec<_>>()
        })
        .list("hosts", "its host names, possibly with wildcards", |row| {
            row.product.hosts.iter().map(|host| host.pattern.to_owned()).collect::<Vec<_>>()
        })
        .list("aliases", "other names of the product", |row| {
            row.product.aliases.iter().map(|alias| (*alias).to_owned()).collect::<Vec<_>>()
        })
        .view("product_list", rows)
}

fn community(community: ProductCommunity) -> String {
    match community {
        ProductCommunity::Pair => "pair".to_owned(),
        ProductCommunity::Region => "region".to_owned(),
        ProductCommunity::Value(value) => value.to_string(),
    }
}

/// Returns the views of one product: its facts, its host names and the lists with its addresses.
pub fn product(catalog: &Catalog, product: &'static Product<'static>) -> Vec<View> {
    let facts = product_facts(catalog, product, None);
    let mut rows = vec![
        ("product", product.id.to_owned()),
        ("name", product.name.to_owned()),
        ("layer", product.layer.name.to_owned()),
        ("part_of", product.part_of.unwrap_or_default().to_owned()),
        ("support", facts.support.verdict.word().to_owned()),
    ];
    rows.extend(product.communities.iter().map(|cited| ("community", community(cited.value))));
    rows.extend(
        facts
            .support
            .notes
            .iter()
            .map(|note| ("statement", format!("{}: {} [{}]", note.verdict, note.text, note.source))),
    );
    rows.extend(product.notes.iter().map(|note| ("note", format!("{} [{}]", note.value, note.source))));
    rows.retain(|(_, value)| !value.is_empty());
    let facts_view = Columns::<(&str, String)>::new()
        .text("fact", "the name of the fact", |(fact, _)| (*fact).to_owned())
        .text("value", "the value of the fact", |(_, value)| value.clone())
        .view("facts", rows);
    let hosts = Columns::<&HostPattern<'_>>::new()
        .text("host", "the host name, possibly with a wildcard", |host| host.pattern)
        .list("lists", "the service tags with its addresses, if they are not those of the product", |host| {
            host.lists.iter().flatten().map(|list| (*list).to_owned()).collect::<Vec<_>>()
        })
        .text("source", "the document", |host| host.source.to_string())
        .view("hosts", &product.hosts);
    let lists = Columns::<&ProductPart>::new()
        .text("list", "the service tag or endpoint set", |part| part.list.clone())
        .group(|part| &part.addresses, sizes())
        .view("lists", &facts.parts);
    vec![facts_view, hosts, lists]
}

/// Returns the view of all rules of `check`.
pub fn rules() -> View {
    let rules = CODES.iter().filter(|entry| entry.code.name().starts_with("lint::"));
    Columns::<&CodeEntry>::new()
        .text("rule", "the code of the rule", |entry| entry.code.name())
        .text("title", "what the rule finds", |entry| entry.title)
        .text("explanation", "the reason for the rule, with its source", |entry| entry.explanation)
        .view("rule_list", rules)
}

/// A name that contains the searched word.
struct Hit {
    kind: &'static str,
    name: String,
    of: String,
    show: String,
}

/// Returns the view of all names that contain a word: of products, tags, endpoint sets, communities, regions and hosts.
/// Case, spaces and hyphens are ignored.
pub fn search(catalog: &Catalog, word: &str) -> View {
    let hits = hits(catalog).into_iter().filter(|hit| contains(&hit.name, word));
    Columns::<Hit>::new()
        .text("kind", "product, tag, set, community, region or host", |hit| hit.kind)
        .text("name", "the name that contains the word", |hit| hit.name.clone())
        .text("of", "what the name belongs to", |hit| hit.of.clone())
        .text("next", "the command that shows more", |hit| hit.show.clone())
        .view("search", hits)
}

fn contains(name: &str, word: &str) -> bool {
    let key = |text: &str| -> String {
        text.chars().filter(|c| !matches!(c, ' ' | '-')).flat_map(char::to_lowercase).collect()
    };
    key(name).contains(&key(word))
}

fn hits(catalog: &Catalog) -> Vec<Hit> {
    let hit = |kind, name: &str, of: &str, show: String| Hit {
        kind,
        name: name.to_owned(),
        of: of.to_owned(),
        show,
    };
    let mut all = Vec::new();
    for product in catalog.products() {
        let show = || format!("peerpath explain {}", product.id);
        let mut names: Vec<&str> = product.names().collect();
        names.dedup();
        all.extend(names.into_iter().map(|name| hit("product", name, product.name, show())));
        all.extend(product.hosts.iter().map(|host| {
            let name = host.pattern.replace('*', "www");
            hit("host", host.pattern, product.name, format!("peerpath explain {name}"))
        }));
    }
    for (at, tag) in catalog.tags().iter().enumerate() {
        let of = catalog.product_of_tag(at).map_or(tag.system_service.as_str(), |product| product.name);
        all.push(hit("tag", &tag.name, of, format!("peerpath catalog show {}", tag.name)));
    }
    for set in catalog.endpoint_sets() {
        let show = || format!("peerpath catalog show m365:{}", set.id);
        let label = format!("m365:{} {}", set.id, set.display_name);
        all.push(hit("set", &label, &set.service_area, show()));
        all.extend(set.urls.iter().map(|url| hit("host", url, &label, show())));
    }
    for community in catalog.communities() {
        let show = || format!("peerpath catalog show {}", community.value);
        let value = community.value.to_string();
        all.push(hit("community", &value, community.names.last().map_or("", String::as_str), show()));
        all.extend(community.names.iter().map(|name| hit("community", name, &value, show())));
        all.extend(community.region.iter().map(|region| hit("region", region, &value, show())));
    }
    all
}

fn owner<'c>() -> Columns<'c, Option<&'static Product<'static>>> {
    Columns::<Option<&Product<'_>>>::new()
        .text("product", "the product that owns it", |product| product.map(|product| product.name))
}

fn sizes<'c>() -> Columns<'c, IpSet> {
    Columns::<IpSet>::new()
        .count("ipv4_addresses", "the number of IPv4 addresses", |set| set.v4.count())
        .count("ipv6_addresses", "the number of IPv6 addresses", |set| set.v6.count())
}

fn set_of(prefixes: &[IpPrefix]) -> IpSet {
    IpSet::from_prefixes(prefixes.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_hyphens_and_case_do_not_matter() {
        for (name, word, found) in [
            ("Power Apps", "powerapps", true),
            ("PowerPlatformInfra", "power platform", true),
            ("on-premises-data-gateway", "Data Gateway", true),
            ("Power Apps", "teams", false),
        ] {
            assert_eq!(contains(name, word), found, "{name} {word}");
        }
    }
}
