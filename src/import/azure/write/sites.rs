//! Writes sites. Exports contain almost no information about them.

use super::super::SiteOption;
use super::super::finding::Finding;
use super::super::yaml::{prefixes, scalar};
use super::Writer;
use crate::addr::IpPrefix;

/// The name of the placeholder that represents all unknown sites.
const UNKNOWN_SITE: &str = "unknown-site";

impl Writer<'_> {
    /// Writes the sites; returns `false` if no site has prefixes.
    pub(super) fn sites(&mut self) -> bool {
        let given = &self.options.sites;
        let placeholder = given
            .is_empty()
            .then(|| SiteOption { name: UNKNOWN_SITE.to_owned(), prefixes: self.advertised() });
        let sites = placeholder.as_ref().map_or(given.as_slice(), std::slice::from_ref);
        if sites.iter().all(|site| site.prefixes.is_empty()) {
            self.findings.push(Finding::NoSite);
            return false;
        }
        if let Some(site) = &placeholder {
            let (site, prefixes) = (site.name.clone(), site.prefixes.len());
            self.findings.push(Finding::SiteUnknown { site, prefixes });
        }
        self.findings.push(Finding::SiteLinksUnknown);
        let yaml = &mut self.yaml;
        yaml.blank();
        yaml.comment("The locations of clients.");
        yaml.open("sites");
        for site in sites {
            yaml.begin();
            if placeholder.is_some() {
                yaml.comment(
                    "TODO: no export contains the locations of clients. This site represents all of them; its",
                );
                yaml.comment("prefixes are those advertised on private peering, which include servers.");
            }
            yaml.field("name", &scalar(&site.name));
            yaml.list("prefixes", &prefixes(&site.prefixes));
            yaml.comment(
                "TODO: how the site reaches the internet; without this line, it has no internet access:",
            );
            yaml.comment("internet: {nat: [203.0.113.0/28], default_route: both}");
            yaml.comment("TODO: the circuits from which the site's edge learns routes; without this line, it learns routes from all circuits:");
            yaml.comment("circuits: []");
            yaml.end();
        }
        yaml.close();
        true
    }

    /// Returns the prefixes advertised on the private peering of any circuit, except the default route.
    fn advertised(&self) -> Vec<IpPrefix> {
        let circuits = self.joined.circuits.iter();
        let mut all = circuits.flat_map(|circuit| self.joined.advertised(circuit).0).collect::<Vec<_>>();
        all.retain(|prefix| prefix.length() > 0);
        all.sort_unstable();
        all.dedup();
        all
    }
}
