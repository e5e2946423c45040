//! The explanation of a host name.

use serde_json::{Value, json};

use crate::catalog::{HostMatch, TenantRegion};
use crate::engine::{Families, HostAddresses, HostFacts, PathVerdict, RESOLVED, SharedPath, path_verdict};
use crate::report::explain::page::Page;
use crate::report::explain::reason::Names;
use crate::report::explain::shares::{counts, families, lines, paths_json, sizes};
use crate::report::explain::support::{Asked, set_json, support, support_json};

/// A host name, what is known about it, and the paths to its addresses.
#[derive(Clone, Copy, Debug)]
pub struct Host<'a> {
    /// The name.
    pub name: &'a str,
    /// What is known about it.
    pub facts: &'a HostFacts<'a>,
    /// The regions of the company's environments, if they were given.
    pub region: Option<&'a TenantRegion>,
    /// The families of the packets that start at the vantage point; paths cover no others.
    pub families: Families,
    /// The paths to the addresses of each list, in the order of [`HostFacts::addresses`].
    pub paths: &'a [Vec<SharedPath>],
    /// The paths to all addresses together.
    pub all: &'a [SharedPath],
}

impl Host<'_> {
    fn verdict(&self) -> PathVerdict {
        path_verdict(self.all)
    }

    /// Returns why the name has its path, and what would settle an open question.
    fn why(&self) -> String {
        if let Some((cloud, owner)) = self.facts.other_cloud {
            return format!(
                "`{}` is a name of the {cloud} cloud: explain it with `--cloud {cloud}`",
                owner.pattern.pattern
            );
        }
        let resolved = self.facts.addresses.iter().any(|listed| listed.list == RESOLVED);
        let more = "`--resolve FILE` evaluates the addresses to which it resolves";
        match (self.verdict(), resolved) {
            (PathVerdict::Unknown, _) => format!("no list contains addresses of this name: {more}"),
            (PathVerdict::One(_), true) => "all its addresses take this path".to_owned(),
            (PathVerdict::Mixed, true) => "its addresses take different paths".to_owned(),
            (PathVerdict::One(_), false) => {
                format!("all addresses that the lists give for this name take this path; {more}")
            }
            (PathVerdict::Mixed, false) => {
                format!("the addresses that the lists give for this name take different paths: {more}")
            }
        }
    }
}

/// Returns a host name as text, with a final newline.
pub fn host_text(host: Host<'_>, asked: Asked, names: Names<'_>) -> String {
    let mut page = Page::default();
    page.line(host.name);
    if let Some(owner) = host.facts.owner {
        let product = owner.product;
        page.field(
            "product",
            &format!("{} ({}), by `{}`", product.name, product.layer.name, owner.pattern.pattern),
        );
    }
    page.field("path", host.verdict().word());
    if host.verdict() == PathVerdict::Mixed {
        for line in lines(host.all, names) {
            page.item(&line);
        }
    }
    page.field("why", &host.why());
    families(&mut page, host.families);
    support(&mut page, &host.facts.support, asked);
    page.heading(&match host.region {
        Some(region) => format!("Possible addresses, with regional lists of {}", region.name),
        None => "Possible addresses".to_owned(),
    });
    for (listed, paths) in host.facts.addresses.iter().zip(host.paths) {
        let HostAddresses { list, addresses } = listed;
        page.line(&format!("    {list:<22} {}", counts(sizes(addresses))));
        for line in lines(paths, names) {
            page.line(&format!("        {line}"));
        }
    }
    if host.facts.addresses.is_empty() {
        page.line("    none in the lists");
    }
    page.heading("Microsoft 365 endpoint sets, most specific pattern first");
    for HostMatch { set, pattern } in &host.facts.sets {
        let support = if set.express_route { "ExpressRoute supported" } else { "ExpressRoute not supported" };
        let addresses = if set.prefixes.is_empty() { "no address published" } else { "addresses published" };
        page.line(&format!(
            "    {pattern:<22} {} {}, {}, {}, {support}, {addresses}",
            set.id,
            set.display_name,
            set.category,
            set.ports()
        ));
    }
    page.none_if(host.facts.sets.is_empty());
    page.text()
}

/// Returns a host name as JSON.
pub fn host_json(host: Host<'_>, asked: Asked, names: Names<'_>) -> Value {
    let facts = host.facts;
    let listed = facts.addresses.iter().zip(host.paths).map(|(listed, paths)| {
        let [v4, v6] = sizes(&listed.addresses);
        json!({
            "list": listed.list,
            "ipv4_addresses": v4.to_string(),
            "ipv6_addresses": v6.to_string(),
            "paths": paths_json(paths, names),
        })
    });
    let sets = facts.sets.iter().map(|HostMatch { set, pattern }| {
        let mut set_json = set_json(set);
        if let Value::Object(map) = &mut set_json {
            map.insert("pattern".to_owned(), json!(pattern));
            map.insert("addresses_published".to_owned(), json!(!set.prefixes.is_empty()));
        }
        set_json
    });
    json!({
        "host": host.name,
        "product": facts.owner.map(|owner| owner.product.id),
        "product_pattern": facts.owner.map(|owner| owner.pattern.pattern),
        "other_cloud": facts.other_cloud.map(|(cloud, _)| cloud.name()),
        "region": host.region.map(|region| &region.name),
        "without_family": host.families.missing(),
        "path": host.verdict().word(),
        "paths": paths_json(host.all, names),
        "why": host.why(),
        "port": asked.port.map(|port| port.to_string()),
        "support": support_json(&facts.support),
        "addresses": listed.collect::<Vec<_>>(),
        "m365_sets": sets.collect::<Vec<_>>(),
    })
}
