//! Reads the table of products.

use super::{
    Cited, Document, HostPattern, Initiates, Layer, Need, Product, ProductCommunity, ProductTable, Statement,
};
use crate::catalog::documented_tables::{bad, read_table};
use crate::catalog::snapshot::{SnapshotError, SnapshotProblem};

/// The metadata line of a table of products.
pub(in crate::catalog) const PRODUCTS: &str = "kind: products";

/// Reads a table of products. The order of keys is free here; [`super::verify_products`] checks what the text refers to.
///
/// # Errors
///
/// Returns a [`SnapshotError`] with the line of the first violation of the format.
///
/// # Complexity
///
/// Linear in the length of the text, times the number of documents.
pub(in crate::catalog) fn read_products(text: &str) -> Result<ProductTable<'_>, SnapshotError> {
    let mut table = ProductTable::default();
    let mut last = "";
    read_table(text, |header, line| {
        let starts = !std::ptr::eq(header, last);
        last = header;
        let (kind, rest) = header.split_once(' ').ok_or_else(|| bad("header", header))?;
        let (key, value) = line.split_once(": ").ok_or_else(|| bad("line", line))?;
        match kind {
            "source" => table.document(rest, starts, key, value),
            "layer" => table.layer(rest, starts, key, value),
            "product" => table.product(rest, starts, key, value),
            _ => Err(bad("header", header)),
        }
    })?;
    table.inherit();
    Ok(table)
}

impl<'t> ProductTable<'t> {
    /// Adds to each product what documents state about the addresses of its platforms.
    fn inherit(&mut self) {
        let of_platforms = |product: &Product<'t>| -> Vec<Statement<'t>> {
            let platforms = self.with_platforms(product).into_iter().skip(1);
            platforms
                .flat_map(|one| &one.support)
                .filter(|statement| !statement.names_only)
                .copied()
                .collect()
        };
        let inherited: Vec<_> = self.products.iter().map(of_platforms).collect();
        for (product, more) in self.products.iter_mut().zip(inherited) {
            product.support.extend(more);
        }
    }

    fn document(
        &mut self,
        id: &'t str,
        starts: bool,
        key: &str,
        value: &'t str,
    ) -> Result<(), SnapshotProblem> {
        if starts {
            self.documents.push(Document { id, title: "", date: "", url: "" });
        }
        let Some(document) = self.documents.last_mut() else { return Ok(()) };
        let place = match key {
            "title" => &mut document.title,
            "date" => &mut document.date,
            "url" => &mut document.url,
            _ => return Err(unknown(key)),
        };
        *place = value;
        Ok(())
    }

    fn layer(&mut self, id: &'t str, starts: bool, key: &str, value: &'t str) -> Result<(), SnapshotProblem> {
        if starts {
            self.layers.push(Layer { id, name: "" });
        }
        match (self.layers.last_mut(), key) {
            (Some(layer), "name") => layer.name = value,
            _ => return Err(unknown(key)),
        }
        Ok(())
    }

    fn product(
        &mut self,
        header: &'t str,
        starts: bool,
        key: &str,
        value: &'t str,
    ) -> Result<(), SnapshotProblem> {
        if starts {
            let (cloud, id) = header.split_once(' ').ok_or_else(|| bad("product", header))?;
            self.products.push(Product {
                cloud: cloud.parse()?,
                id,
                name: "",
                aliases: Vec::new(),
                layer: Layer { id: "", name: "" },
                part_of: None,
                tags: Vec::new(),
                sets: Vec::new(),
                hosts: Vec::new(),
                needs: Vec::new(),
                communities: Vec::new(),
                ports: Vec::new(),
                support: Vec::new(),
                initiates: Vec::new(),
                notes: Vec::new(),
            });
        }
        let (documents, layers) = (&self.documents, &self.layers);
        let Some(product) = self.products.last_mut() else { return Ok(()) };
        match key {
            "name" => product.name = value,
            "alias" => product.aliases.push(value),
            "layer" => {
                product.layer =
                    *layers.iter().find(|layer| layer.id == value).ok_or_else(|| bad(key, value))?;
            }
            "part-of" => product.part_of = Some(value),
            _ => return cited(product, documents, key, value),
        }
        Ok(())
    }
}

/// Reads a line that ends with its source.
fn cited<'t>(
    product: &mut Product<'t>,
    documents: &[Document<'t>],
    key: &str,
    whole: &'t str,
) -> Result<(), SnapshotProblem> {
    let stripped = whole.strip_suffix(']').and_then(|text| text.rsplit_once(" ["));
    let (value, id) = stripped.ok_or_else(|| bad(key, whole))?;
    let source = *documents.iter().find(|document| document.id == id).ok_or_else(|| bad(key, whole))?;
    let parted = || value.split_once(' ').ok_or_else(|| bad(key, whole));
    match key {
        "tag" => product.tags.push(Cited { value, source }),
        "set" => {
            let value = value.parse().map_err(|_| bad(key, whole))?;
            product.sets.push(Cited { value, source });
        }
        "host" => product.hosts.push(host(value, source)),
        "needs" => {
            let (other, text) = parted()?;
            product.needs.push(Need { product: other, text, source });
        }
        "community" => {
            let value = match value {
                "pair" => ProductCommunity::Pair,
                "region" => ProductCommunity::Region,
                value => ProductCommunity::Value(value.parse()?),
            };
            product.communities.push(Cited { value, source });
        }
        "ports" => product.ports.push(Cited { value, source }),
        "support" | "name-support" => {
            let (verdict, text) = parted()?;
            let supported = match verdict {
                "supported" => true,
                "unsupported" => false,
                _ => return Err(bad(key, whole)),
            };
            product.support.push(Statement { supported, names_only: key == "name-support", text, source });
        }
        "initiates" => {
            let (tag, text) = parted()?;
            product.initiates.push(Initiates { tag: (tag != "-").then_some(tag), text, source });
        }
        "note" => product.notes.push(Cited { value, source }),
        _ => return Err(unknown(key)),
    }
    Ok(())
}

fn host<'t>(value: &'t str, source: Document<'t>) -> HostPattern<'t> {
    let Some((pattern, lists)) = value.split_once(" = ") else {
        return HostPattern { pattern: value, lists: None, source };
    };
    let lists = lists.split(',').filter(|list| *list != "-").collect();
    HostPattern { pattern, lists: Some(lists), source }
}

fn unknown(key: &str) -> SnapshotProblem {
    SnapshotProblem::Attribute { key: key.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Cloud;

    const HEAD: &str = "peerpath table 1\nkind: products\n\nsource S\n title: A page\n date: 2026-01-01\n url: https://a.example\n\
        layer l\n name: Layer\nproduct public one\n name: One\n layer: l\n";

    #[test]
    fn every_key_is_read() {
        let text = format!(
            "{HEAD} alias: Uno\n part-of: two\n tag: A [S]\n set: 7 [S]\n host: *.a.example [S]\n host: b.example = A,B [S]\n \
             host: c.example = - [S]\n needs: two for static content [S]\n community: pair [S]\n community: 12076:5060 [S]\n \
             ports: tcp 443 [S]\n support: supported it is [S]\n name-support: unsupported it is not [S]\n initiates: - mail [S]\n \
             note: a note [with brackets] [S]\n"
        );
        let table = read_products(&text).unwrap();
        let product = table.get(Cloud::Public, "one").unwrap();
        let lists: Vec<_> = product.hosts.iter().map(|host| host.lists.clone()).collect();
        assert_eq!(lists, [None, Some(vec!["A", "B"]), Some(vec![])]);
        assert_eq!((product.name, product.part_of), ("One", Some("two")));
        assert_eq!(product.communities.first().unwrap().value, ProductCommunity::Pair);
        let support: Vec<_> =
            product.support.iter().map(|one| (one.supported, one.names_only, one.text)).collect();
        assert_eq!(support, [(true, false, "it is"), (false, true, "it is not")]);
        assert_eq!(product.notes.first().unwrap().value, "a note [with brackets]");
        assert_eq!(product.initiates.first().unwrap().tag, None);
        assert_eq!(product.notes.first().unwrap().source.to_string(), "A page, 2026-01-01");
        assert!(product.owns_tag("A.WestEurope") && !product.owns_tag("AB"));
    }

    #[test]
    fn errors_name_the_line() {
        for (line, problem) in [
            (" colour: red [S]\n", "`colour` is not an attribute"),
            (" tag: A\n", "`A` is not a valid value for `tag`"),
            (" tag: A [T]\n", "`A [T]` is not a valid value for `tag`"),
            (" set: x [S]\n", "is not a valid value for `set`"),
            (" support: perhaps so [S]\n", "is not a valid value for `support`"),
            (" layer: m\n", "`m` is not a valid value for `layer`"),
            ("product mars x\n name: X\n", "`mars` is not a cloud"),
        ] {
            let error = read_products(&format!("{HEAD}{line}")).unwrap_err();
            assert!(error.to_string().contains(problem), "{line}: {error}");
        }
    }
}
