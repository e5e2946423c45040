//! Rules about the underlay of tunnels.

use crate::check::lint::Subject;
use crate::check::lint::evidence::{Findings, Missing, Object};
use crate::diag::{Code, Diagnostic};
use crate::network::{PeeringKind, Underlay};

const CODE: Code = Code::LINT_TUNNEL_UNDERLAY;

/// Reports tunnels over Microsoft peering to gateways in a region that the route filter omits. The gateway's public address
/// is not learned there, so the tunnel's packets leave over the internet (Microsoft, *Configure a site-to-site VPN over
/// ExpressRoute Microsoft peering*).
pub(in crate::check::lint) fn underlay(subject: &Subject<'_>, found: &mut Findings) {
    let network = subject.network;
    found.examined(CODE, Object::TunnelOverPeering, 0);
    for tunnel in network.sites.iter().flat_map(|site| &site.vpn) {
        let Underlay::Peering(id, PeeringKind::Microsoft) = tunnel.over else { continue };
        let Some(circuit) = network.circuit(id) else { continue };
        let Some(peering) = &circuit.microsoft_peering else { continue };
        let Some(filter) = &peering.of_kind.route_filter else {
            let (of, what) = (format!("`{}`", circuit.name), "no `route_filter`".to_owned());
            let write = "set `route_filter` on the Microsoft peering";
            found.lacks(CODE, Missing { what, of, span: peering.span, write });
            continue;
        };
        for own in tunnel.virtual_networks.iter().filter_map(|id| network.virtual_network(*id)) {
            let of = format!("`{}`", own.name);
            let Some((region, span)) = own.region.as_ref().map(|region| (region.value.as_str(), region.span))
            else {
                let write = "set `region` on the virtual network";
                found.lacks(CODE, Missing { what: "no `region`".to_owned(), of, span: own.span, write });
                continue;
            };
            let Some(community) = subject.catalog.regional_community(region) else {
                let what = format!("no regional community of `{region}` in Microsoft's lists");
                let write = "correct `region`; if it is correct, ask Microsoft for the region's community";
                found.lacks(CODE, Missing { what, of, span, write });
                continue;
            };
            found.examined(CODE, Object::TunnelOverPeering, 1);
            if filter.communities.iter().any(|held| held.value == community) {
                continue;
            }
            let message = format!(
                "the tunnel `{}` should use `{}`, but the route filter of that circuit omits {} ({community}), \
                 the region of the gateway of `{}`",
                tunnel.name,
                circuit.name,
                subject.region_name(region),
                own.name
            );
            found.push(
                Diagnostic::warning(CODE, &network.source, message)
                    .at(tunnel.span, "the tunnel")
                    .at(filter.span, "the route filter")
                    .help(format!(
                        "add `{community}` to the route filter; otherwise, the tunnel's packets leave over the internet"
                    )),
            );
        }
    }
}
