//! Links of the company's wide-area network.

use crate::diag::{Code, Spanned};
use crate::network::read::references::Named;
use crate::network::read::{Conversion, keys};
use crate::network::{Announces, Site, SiteId, State, WanLink};
use crate::yaml::tree::Node;

/// The default metric of a link.
const METRIC: u32 = 10;

/// The states of a link.
const STATES: [State; 2] = [State::Up, State::Down];

/// The values of `announces`.
const ANNOUNCED: [&str; 4] = ["own", "circuits", "default", "tunnels"];

impl Conversion<'_> {
    pub(in crate::network::read) fn wan_link(&mut self, node: &Node) -> Option<WanLink> {
        let fields = self.reader.fields(node, "a link between sites", keys::WAN, node.span)?;
        let name = self.name(&fields, "mpls");
        let entry = self.reader.required(&fields, "sites", "[amsterdam, utrecht]");
        let sites = self.references(entry, Named::SITE);
        if let Some(entry) = entry.filter(|_| sites.len() < 2) {
            let help = "name at least two sites, or remove the link";
            self.reader.error(
                Code::NETWORK_EMPTY,
                entry.key.span,
                "the link connects fewer than two sites",
                help,
            );
        }
        let metric = self.reader.optional_number(&fields, "metric", &(0..=u32::MAX));
        let bandwidth = self.optional_rate(&fields, "bandwidth");
        let peak = self.optional_rate(&fields, "peak");
        let state = self.word(&fields, "state", &STATES, State::name);
        let announces = fields.get("announces").map(|entry| {
            let mut all = Announces::NOTHING;
            for item in self.reader.list(Some(entry), "[own, circuits]") {
                let Some(text) = self.reader.text(item, item.span, "a value of `announces`") else {
                    continue;
                };
                match text.value.as_str() {
                    "own" => all.own = true,
                    "circuits" => all.circuits = true,
                    "default" => all.default_route = true,
                    "tunnels" => all.tunnels = true,
                    _ => self.not_one_of("announces", &text, &ANNOUNCED),
                }
            }
            all
        });
        let name = name?;
        Some(WanLink {
            name: name.value,
            sites: sites.into_iter().map(|site| SiteId(site.value)).collect(),
            metric: metric.map_or(METRIC, |metric| metric.value),
            bandwidth,
            peak,
            state: state.unwrap_or(Spanned::new(State::Up, name.span)),
            announces: announces.unwrap_or_default(),
            span: name.span,
        })
    }

    /// Rejects the `metric` of an attachment if links exist, because the links already determine the distance between
    /// sites.
    pub(in crate::network::read) fn metrics_beside_links(&mut self, sites: &[Option<Site>]) {
        for attached in sites.iter().flatten().flat_map(|site| &site.attachments) {
            if attached.metric.is_some() {
                let message = "a circuit has a `metric`, but the file has links (`wan`)";
                let help = "remove the circuit from this site; over a link that announces `circuits`, the site learns the circuit's routes from the \
                    edge at which the circuit ends, and the links determine the metric";
                self.reader.error(Code::NETWORK_VALUE, attached.span, message, help);
            }
        }
    }
}
