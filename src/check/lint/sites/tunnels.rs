//! Rules about the underlay of tunnels.

use crate::check::lint::Subject;
use crate::diag::{Code, Diagnostic};
use crate::network::{PeeringKind, Underlay};

/// Reports tunnels over Microsoft peering to gateways in a region that the route filter omits. The gateway's public address
/// is not learned there, so the tunnel's packets leave over the internet (Microsoft, *Configure a site-to-site VPN over
/// ExpressRoute Microsoft peering*).
pub(in crate::check::lint) fn underlay(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let network = subject.network;
    for tunnel in network.sites.iter().flat_map(|site| &site.vpn) {
        let Underlay::Peering(id, PeeringKind::Microsoft) = tunnel.over else { continue };
        let Some((circuit, filter)) = network.circuit(id).and_then(|circuit| {
            let peering = circuit.microsoft_peering.as_ref()?;
            Some((circuit, peering.of_kind.route_filter.as_ref()?))
        }) else {
            continue;
        };
        for own in tunnel.virtual_networks.iter().filter_map(|id| network.virtual_network(*id)) {
            let Some(region) = own.region.as_ref().map(|region| region.value.as_str()) else { continue };
            let Some(community) = subject.catalog.regional_community(region) else { continue };
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
                Diagnostic::warning(Code::LINT_TUNNEL_UNDERLAY, &network.source, message)
                    .at(tunnel.span, "the tunnel")
                    .at(filter.span, "the route filter")
                    .help(format!(
                        "add `{community}` to the route filter; otherwise, the tunnel's packets leave over the internet"
                    )),
            );
        }
    }
}
