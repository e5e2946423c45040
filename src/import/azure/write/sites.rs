//! Sites, of which exports say next to nothing.

use super::super::Site;
use super::super::finding::Finding;
use super::super::yaml::{prefixes, scalar};
use super::Writer;
use crate::addr::IpPrefix;

/// The site that stands for all that are not known.
const UNKNOWN_SITE: &str = "unknown-site";

impl Writer<'_> {
    /// Writes the sites; `false` where nothing can be one.
    pub(super) fn sites(&mut self) -> bool {
        let given = &self.options.sites;
        let placeholder =
            given.is_empty().then(|| Site { name: UNKNOWN_SITE.to_owned(), prefixes: self.advertised() });
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
        yaml.comment("Where clients sit.");
        yaml.open("sites");
        for site in sites {
            yaml.begin();
            if placeholder.is_some() {
                yaml.comment(
                    "TODO: no export tells where clients sit. This site stands for all of them: its",
                );
                yaml.comment("prefixes are what is advertised on private peering, servers included.");
            }
            yaml.field("name", &scalar(&site.name));
            yaml.list("prefixes", &prefixes(&site.prefixes));
            yaml.comment("TODO: how it reaches the internet; as it stands, it does not:");
            yaml.comment("internet: {nat: [203.0.113.0/28], default_route: both}");
            yaml.comment("TODO: the circuits whose routes its edge learns; as it stands, all of them:");
            yaml.comment("circuits: []");
            yaml.end();
        }
        yaml.close();
        true
    }

    /// What is advertised on private peering of any circuit, the default route aside.
    fn advertised(&self) -> Vec<IpPrefix> {
        let circuits = self.joined.circuits.iter();
        let mut all = circuits.flat_map(|circuit| self.joined.advertised(circuit).0).collect::<Vec<_>>();
        all.retain(|prefix| prefix.length() > 0);
        all.sort_unstable();
        all.dedup();
        all
    }
}
