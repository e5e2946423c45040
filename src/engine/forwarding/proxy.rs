//! Packets that a site's clients send to their proxy, from which they continue as packets of the proxy's site.
//!
//! Clients use their proxy before any router decides. So a proxy applies to packets that start at the site, and not to
//! packets of other sites and of Azure that pass the site's edge.

use std::net::IpAddr;

use crate::engine::decision::{Decision, Disposition, Reason, Router};
use crate::engine::session::reaches_proxy;
use crate::network::{Proxy, SiteId};

use super::Forwarding;

impl Forwarding<'_> {
    /// Returns the decision of a site's clients about an address for which they use their proxy; `None` if they do not.
    pub(in crate::engine) fn proxied(&self, site: SiteId, address: IpAddr) -> Option<Decision> {
        let proxy = self.network().proxy_for(self.inputs.catalog, site, address)?;
        Some(self.to_proxy(site, proxy))
    }

    /// Returns the decision of a site's clients about packets to their proxy. Packets to a proxy that they cannot reach
    /// are dropped.
    pub(in crate::engine) fn to_proxy(&self, site: SiteId, proxy: &Proxy) -> Decision {
        let Proxy { site: at, span, over, .. } = *proxy;
        if reaches_proxy(self.network(), self.inputs.links, site, proxy) {
            return Decision::plain(Disposition::OnPremises, None, Reason::Proxied { site: at, span });
        }
        let reason = Reason::ProxyUnreachable { site: at, over, span };
        Decision::plain(Disposition::Discarded, None, reason)
    }
}

/// Returns the proxy to which a decision sends packets, if it does.
pub(super) const fn proxy_of(decision: &Reason) -> Option<Router> {
    match decision {
        Reason::Proxied { site, .. } => Some(Router::Proxy(*site)),
        _ => None,
    }
}

/// Returns the routers that packets passed since they left the last proxy, and that proxy. `router` returns the router of
/// a step. A packet may pass the same edge before and after a proxy, which is no loop.
pub(in crate::engine) fn since_proxy<S>(passed: &[S], router: impl Fn(&S) -> Router) -> &[S] {
    let last = passed.iter().rposition(|step| matches!(router(step), Router::Proxy(_)));
    passed.get(last.unwrap_or(0)..).unwrap_or(passed)
}
