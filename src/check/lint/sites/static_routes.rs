//! Rules about the static routes of a site's edge.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::addr::{Address, AddressRange, IpPrefix};
use crate::check::lint::Subject;
use crate::check::lint::evidence::{Findings, Object};
use crate::diag::{Code, Diagnostic, Span};
use crate::engine::{Disposition, Engine, Inputs, Reason};
use crate::network::{Site, SiteId, StaticRoute};

/// Reports floating routes, which are meant for failures, that take packets from circuits and tunnels without one.
pub(in crate::check::lint) fn floating(subject: &Subject<'_>, found: &mut Findings) {
    let routes = subject.network.sites.iter().flat_map(|site| &site.static_routes);
    found.examined(
        Code::LINT_FLOATING_ROUTE,
        Object::FloatingRoute,
        routes.filter(|route| floats(route)).count(),
    );
    for (id, site) in subject.network.sites_with_ids() {
        if !site.static_routes.iter().any(floats) {
            continue;
        }
        let Some((with, without)) = engines(subject.inputs, id) else { continue };
        for route in site.static_routes.iter().filter(|route| floats(route)) {
            let mut taken = Vec::new();
            taken_prefixes::<Ipv4Addr>(&with, &without, route.span, &mut taken);
            taken_prefixes::<Ipv6Addr>(&with, &without, route.span, &mut taken);
            found.extend(finding(subject, site, route, &taken));
        }
    }
}

/// Returns whether a route is used only without a BGP route to the same prefix.
fn floats(route: &StaticRoute) -> bool {
    route.distance > StaticRoute::EXTERNAL_BGP
}

/// Compiles a site with and without its floating routes; `None` if a table of routes is missing.
fn engines(inputs: Inputs<'_>, site: SiteId) -> Option<(Engine, Engine)> {
    let mut network = inputs.network.clone();
    network.sites.get_mut(site.index())?.static_routes.retain(|route| !floats(route));
    let with = Engine::compile(inputs, site).ok()?;
    let without = Engine::compile(Inputs { network: &network, ..inputs }, site).ok()?;
    Some((with, without))
}

/// Collects the prefixes of the packets that the route at a position takes from a circuit or tunnel.
fn taken_prefixes<A: Address>(with: &Engine, without: &Engine, span: Span, taken: &mut Vec<IpPrefix>) {
    for (range, id) in with.partition::<A>().iter() {
        if !matches!(with.decision(*id).reason(), Reason::Static { span: own, .. } if *own == span) {
            continue;
        }
        for (part, id) in without.partition::<A>().within(range) {
            if carries(without.decision(*id).disposition) {
                taken.extend(AddressRange::prefixes(part).map(IpPrefix::from));
            }
        }
    }
}

fn carries(path: Disposition) -> bool {
    matches!(path, Disposition::MicrosoftPeering | Disposition::PrivatePeering | Disposition::Vpn)
}

fn finding(
    subject: &Subject<'_>,
    site: &Site,
    route: &StaticRoute,
    taken: &[IpPrefix],
) -> Option<Diagnostic> {
    let first = taken.first()?;
    let more = match taken.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more prefixes"),
    };
    let message = format!(
        "the route of `{}` with distance {} is used for {first}{more} without any failure, because BGP has only a shorter prefix",
        site.name, route.distance
    );
    let help = "use the prefixes that BGP has, such as `community: West Europe`, or a shorter prefix; distances are compared only \
                between routes to the same prefix";
    let source = &subject.network.source;
    Some(Diagnostic::warning(Code::LINT_FLOATING_ROUTE, source, message).at(route.span, "").help(help))
}
