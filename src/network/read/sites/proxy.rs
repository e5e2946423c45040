//! The proxy of a site's clients.

use crate::diag::{Code, Span};
use crate::network::read::references::Named;
use crate::network::read::{Conversion, keys};
use crate::network::{Network, Proxy, ProxyPath, SiteId, WanLink};
use crate::yaml::fields::Reader;
use crate::yaml::tree::{Entry, Kind};

impl Conversion<'_> {
    pub(super) fn proxy(&mut self, entry: &Entry) -> Option<Proxy> {
        let fields = self.reader.fields(&entry.value, "a proxy", keys::PROXY, entry.key.span)?;
        let named = self.reader.required_text(&fields, "site", "amsterdam");
        let site = named.as_ref().and_then(|text| self.reference(text, Named::SITE));
        let chosen = fields.get("for");
        let destinations =
            chosen.map(|entry| self.selectors(Some(entry), "an entry of `for`", "[{tag: AzureCloud}]"));
        if let Some(Entry { key, value }) = chosen
            && matches!(&value.kind, Kind::List(items) if items.is_empty())
        {
            let help =
                "name the destinations, or remove `for` if clients use the proxy for all public addresses";
            self.reader.error(
                Code::NETWORK_EMPTY,
                key.span,
                "clients use the proxy for no destination",
                help,
            );
        }
        let except =
            self.selectors(fields.get("except"), "an entry of `except`", "[{tag: AzureFrontDoor.Frontend}]");
        let over = self.word(&fields, "over", &ProxyPath::ALL, ProxyPath::name);
        let over = over.map(|over| over.value).unwrap_or_default();
        Some(Proxy { site: SiteId(site?), destinations, except, over, span: named?.span })
    }
}

/// Checks that the packets of clients can reach their proxies and leave from there.
pub(in crate::network::read) fn check(reader: &mut Reader<'_>, network: &Network) {
    for (id, site) in network.sites_with_ids() {
        let Some(proxy) = &site.proxy else { continue };
        if returns(network, id) {
            let help = "clients of the last site in the chain must not use a proxy; remove `proxy` from one of the sites";
            let message = format!("the proxies of `{}` lead back to the site itself", site.name);
            reader.error(Code::NETWORK_VALUE, proxy.span, message, help);
            continue;
        }
        has_address(reader, network, proxy);
        is_reachable(reader, network, id, proxy);
    }
}

/// Returns whether the chain of proxies that starts at a site leads back to it.
fn returns(network: &Network, start: SiteId) -> bool {
    network.proxies_of(start).contains(&start)
}

fn has_address(reader: &mut Reader<'_>, network: &Network, proxy: &Proxy) {
    let Some(site) = network.site(proxy.site).filter(|site| site.prefixes.is_empty()) else { return };
    let message = format!("the site `{}` has no prefix, so the address of the proxy is unknown", site.name);
    let help = "add the prefix of the proxy to the `prefixes` of that site, because replies must return to the proxy";
    reader.error(Code::NETWORK_VALUE, proxy.span, message, help);
}

/// Checks that there is a path to the proxy while nothing has failed.
fn is_reachable(reader: &mut Reader<'_>, network: &Network, id: SiteId, proxy: &Proxy) {
    let mut refuse = |span: Span, message: String, help: &str| {
        reader.error(Code::NETWORK_VALUE, span, message, help);
    };
    match proxy.over {
        ProxyPath::Internet => {
            let without = [id, proxy.site].into_iter().filter_map(|id| network.site(id));
            for site in without.filter(|site| site.internet.is_none()) {
                let message =
                    format!("the site `{}` has no internet edge for the path to the proxy", site.name);
                refuse(proxy.span, message, "add `internet` to that site, or remove `over: internet`");
            }
        }
        ProxyPath::Company if network.wan.is_some() => {
            let leads = |_, link: &WanLink| link.announces.own;
            if !network.joined(id, leads).contains(&proxy.site) {
                let name = network.site(proxy.site).map_or("", |site| site.name.as_str());
                let message = format!("no link of `wan` that announces `own` leads to the proxy at `{name}`");
                let help = "add a link between the sites, or write `over: internet` if clients use a tunnel over the internet";
                refuse(proxy.span, message, help);
            }
        }
        ProxyPath::Company => {}
    }
}
