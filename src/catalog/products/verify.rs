//! Checks the table of products against itself and against the lists.

use std::collections::{BTreeMap, BTreeSet};

use super::{Product, ProductCommunity, ProductTable};
use crate::catalog::{Catalog, Cloud, regions};

/// A problem in the table of products.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProductFinding {
    /// A product lacks a required key.
    #[error("product `{product}` of the {cloud} cloud lacks `{key}`; add the line")]
    Incomplete {
        /// The cloud.
        cloud: Cloud,
        /// The product.
        product: String,
        /// The key.
        key: &'static str,
    },
    /// A value refers to something that does not exist in the cloud.
    #[error(
        "product `{product}` of the {cloud} cloud names the {what} `{value}`, which does not exist; correct or remove it"
    )]
    Unknown {
        /// The cloud.
        cloud: Cloud,
        /// The product.
        product: String,
        /// What the value should name.
        what: &'static str,
        /// The value.
        value: String,
    },
    /// Two products of a cloud claim the same thing.
    #[error(
        "the {what} `{value}` belongs to both `{first}` and `{second}` of the {cloud} cloud; leave it to one, and let the other need it"
    )]
    Twice {
        /// The cloud.
        cloud: Cloud,
        /// The kind of thing.
        what: &'static str,
        /// The thing.
        value: String,
        /// The first product.
        first: String,
        /// The second product.
        second: String,
    },
    /// A host pattern does not have the required form.
    #[error(
        "product `{product}` of the {cloud} cloud has the host pattern `{pattern}`; write a name in lower case, or `*.` and a domain"
    )]
    Pattern {
        /// The cloud.
        cloud: Cloud,
        /// The product.
        product: String,
        /// The pattern.
        pattern: String,
    },
    /// A product has neither a statement about support nor a note.
    #[error(
        "product `{product}` of the {cloud} cloud has neither a statement about support nor a note; say what is documented, or that nothing is"
    )]
    Silent {
        /// The cloud.
        cloud: Cloud,
        /// The product.
        product: String,
    },
    /// A product is a part of itself.
    #[error("product `{product}` of the {cloud} cloud is a part of itself; correct `part-of`")]
    Circle {
        /// The cloud.
        cloud: Cloud,
        /// The product.
        product: String,
    },
    /// No line cites a document, or its record is incomplete.
    #[error(
        "the document `{document}` is cited by no product, or lacks title, date or url; complete or remove it"
    )]
    Document {
        /// The document.
        document: String,
    },
}

/// Checks a table against itself and the lists of each catalog, one catalog for each cloud.
///
/// # Complexity
///
/// Linear in the table, times the number of tags for each product.
pub fn verify_products(table: &ProductTable<'_>, catalogs: &[Catalog]) -> Vec<ProductFinding> {
    let mut found = Vec::new();
    for product in &table.products {
        product_alone(table, product, &mut found);
        if let Some(catalog) =
            catalogs.iter().find(|catalog| catalog.cloud() == product.cloud && !catalog.tags().is_empty())
        {
            references(catalog, product, &mut found);
        }
    }
    for cloud in Cloud::ALL {
        owners(table, cloud, &mut found);
    }
    documents(table, &mut found);
    found
}

fn product_alone(table: &ProductTable<'_>, product: &Product<'_>, found: &mut Vec<ProductFinding>) {
    let (cloud, name) = (product.cloud, product.id.to_owned());
    for (key, value) in [("name", product.name), ("layer", product.layer.id)] {
        if value.is_empty() {
            found.push(ProductFinding::Incomplete { cloud, product: name.clone(), key });
        }
    }
    for pattern in &product.hosts {
        let domain = pattern.pattern.strip_prefix("*.").unwrap_or(pattern.pattern);
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte);
        if !domain.contains('.') || !domain.bytes().all(letter) {
            let pattern = pattern.pattern.to_owned();
            found.push(ProductFinding::Pattern { cloud, product: name.clone(), pattern });
        }
    }
    let others = product.needs.iter().map(|need| need.product).chain(product.part_of);
    for other in others {
        if table.get(cloud, other).is_none() {
            let value = other.to_owned();
            found.push(ProductFinding::Unknown { cloud, product: name.clone(), what: "product", value });
        }
    }
    if product.support.is_empty() && product.notes.is_empty() {
        found.push(ProductFinding::Silent { cloud, product: name.clone() });
    }
    let last = table.with_platforms(product).last().and_then(|last| last.part_of);
    if last.is_some_and(|id| table.get(cloud, id).is_some()) {
        found.push(ProductFinding::Circle { cloud, product: name });
    }
}

/// Checks that the lists contain what a product refers to.
fn references(catalog: &Catalog, product: &Product<'_>, found: &mut Vec<ProductFinding>) {
    let mut unknown = |what: &'static str, value: String| {
        found.push(ProductFinding::Unknown {
            cloud: product.cloud,
            product: product.id.to_owned(),
            what,
            value,
        });
    };
    let of_hosts = product.hosts.iter().flat_map(|host| host.lists.iter().flatten().copied());
    let callers = product.initiates.iter().filter_map(|one| one.tag);
    for tag in product.tags.iter().map(|tag| tag.value).chain(of_hosts).chain(callers) {
        if catalog.tag(tag).is_none_or(|known| known.name != tag) {
            unknown("service tag", tag.to_owned());
        }
    }
    for set in &product.sets {
        if !catalog.endpoint_sets().iter().any(|known| known.id == set.value) {
            unknown("endpoint set", set.value.to_string());
        }
    }
    for community in &product.communities {
        if let ProductCommunity::Value(value) = community.value
            && catalog.community(value).is_none()
        {
            unknown("community", value.to_string());
        }
    }
}

/// Checks that nothing belongs to two products of a cloud.
fn owners(table: &ProductTable<'_>, cloud: Cloud, found: &mut Vec<ProductFinding>) {
    let mut known: BTreeMap<(&'static str, String), &str> = BTreeMap::new();
    for product in table.products.iter().filter(|product| product.cloud == cloud) {
        let names: BTreeSet<String> = product.names().map(regions::key).collect();
        let names = names.into_iter().map(|name| ("name", name));
        let tags = product.tags.iter().map(|tag| ("service tag", tag.value.to_owned()));
        let sets = product.sets.iter().map(|set| ("endpoint set", set.value.to_string()));
        let hosts = product.hosts.iter().map(|host| ("host pattern", host.pattern.to_owned()));
        for (what, value) in names.chain(tags).chain(sets).chain(hosts) {
            if let Some(first) = known.insert((what, value.clone()), product.id) {
                let (first, second) = (first.to_owned(), product.id.to_owned());
                found.push(ProductFinding::Twice { cloud, what, value, first, second });
            }
        }
    }
}

fn documents(table: &ProductTable<'_>, found: &mut Vec<ProductFinding>) {
    let mut cited: BTreeSet<&str> = BTreeSet::new();
    for product in &table.products {
        cited.extend(product.tags.iter().map(|one| one.source.id));
        cited.extend(product.sets.iter().map(|one| one.source.id));
        cited.extend(product.hosts.iter().map(|one| one.source.id));
        cited.extend(product.needs.iter().map(|one| one.source.id));
        cited.extend(product.communities.iter().map(|one| one.source.id));
        cited.extend(product.ports.iter().map(|one| one.source.id));
        cited.extend(product.support.iter().map(|one| one.source.id));
        cited.extend(product.initiates.iter().map(|one| one.source.id));
        cited.extend(product.notes.iter().map(|one| one.source.id));
    }
    for document in &table.documents {
        let whole = ![document.title, document.date, document.url].contains(&"");
        if !whole || !cited.contains(document.id) {
            found.push(ProductFinding::Document { document: document.id.to_owned() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::products::{read_products, shipped_products};

    fn catalogs() -> Vec<Catalog> {
        Cloud::ALL.into_iter().map(|cloud| Catalog::shipped(cloud).unwrap()).collect()
    }

    #[test]
    fn the_shipped_table_is_consistent() {
        let found = verify_products(shipped_products().unwrap(), &catalogs());
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(found.is_empty(), "{}", found.join("\n"));
    }

    #[test]
    fn every_fault_is_a_finding() {
        let head = "peerpath table 1\nkind: products\n\nsource S\n title: A page\n date: 2026-01-01\n url: https://a.example\n\
             layer l\n name: Layer\nproduct public one\n name: One\n layer: l\n note: none [S]\n tag: Storage [S]\n";
        let catalogs = catalogs();
        for (line, fault) in [
            ("", ""),
            (" part-of: two\n", "names the product `two`"),
            (" part-of: one\n", "is a part of itself"),
            (" tag: storage [S]\n", "names the service tag `storage`"),
            (" set: 4711 [S]\n", "names the endpoint set `4711`"),
            (" community: 12076:4711 [S]\n", "names the community `12076:4711`"),
            (" host: *.A.example [S]\n", "has the host pattern `*.A.example`"),
            (" host: a.example = Nothing [S]\n", "names the service tag `Nothing`"),
            (" needs: two for mail [S]\n", "names the product `two`"),
            (" initiates: Nothing mail [S]\n", "names the service tag `Nothing`"),
            ("product public two\n layer: l\n note: none [S]\n", "lacks `name`"),
            (
                "product public two\n name: O-N E\n layer: l\n note: none [S]\n",
                "the name `one` belongs to both",
            ),
            (
                "product public two\n name: Two\n layer: l\n note: none [S]\n tag: Storage [S]\n",
                "`Storage` belongs to both",
            ),
            ("product public two\n name: Two\n layer: l\n", "neither a statement"),
            ("source T\n title: x\n date: y\n url: z\n", "the document `T`"),
        ] {
            let text = format!("{head}{line}");
            let found = verify_products(&read_products(&text).unwrap(), &catalogs);
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            match fault {
                "" => assert!(found.is_empty(), "{found:?}"),
                fault => assert!(found.len() == 1 && found.concat().contains(fault), "{line}: {found:?}"),
            }
        }
    }
}
