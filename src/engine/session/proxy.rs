//! The path from a site's clients to their proxy at another site.

use crate::engine::state::{Link, LinkState};
use crate::network::{Network, Proxy, ProxyPath, SiteId};

use super::{SessionState, leads_to, state_of};

/// Returns whether packets from a site's clients reach their proxy: links between sites lead there, or, over the
/// internet, the internet edges of both sites are up.
pub(in crate::engine) fn reaches_proxy(
    network: &Network,
    links: &LinkState,
    site: SiteId,
    proxy: &Proxy,
) -> bool {
    let is_up = |id: SiteId| {
        let edge = network.site(id).and_then(|site| site.internet.as_ref());
        edge.is_some_and(|edge| state_of(links.get(Link::Internet(id)), edge.state) == SessionState::Up)
    };
    match proxy.over {
        ProxyPath::Company => leads_to(network, links, site, proxy.site),
        ProxyPath::Internet => is_up(site) && is_up(proxy.site),
    }
}
