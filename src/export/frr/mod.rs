//! The customer edge of a site as an FRRouting configuration, generated from the network file.
//!
//! ```text
//! Network + site ─▶ sessions (neighbour, families, policy) ─▶ one text for bgpd, zebra and staticd
//! ```
//!
//! The configuration covers what the engine evaluates: the sessions, their import route maps with prefix and
//! community lists, the prefixes advertised over each, the decision process, and static routes. Load it with `vtysh
//! -f FILE` or as `/etc/frr/frr.conf`. Interfaces and their addresses are not in the network file and stay as they
//! are.
//!
//! Each setting in the file that FRR does not support, and each value that FRR needs but the file lacks, is an error with
//! its line. All errors are reported together. Syntax: FRRouting User Guide, BGP and route maps.

mod error;
mod policy;

use std::fmt::Write as _;
use std::net::IpAddr;

use crate::addr::{Family, IpPrefix};
use crate::diag::{Span, Spanned};
use crate::network::{
    Attachment, Circuit, Connection, Network, PeeringKind, RouteMapId, Selector, Site, SiteId, State,
    StaticRoute, StaticVia, WanLink,
};
use crate::rib::{DecisionProcess, DecisionStep, Multipath};

pub use error::{FileLine, FrrError};
use policy::Policies;

/// The ASN of Microsoft's edge routers on every ExpressRoute circuit (expressroute-routing).
const MICROSOFT: u32 = 12076;

/// Returns the configuration of a site's edge, ending in a newline. Depends only on its arguments.
///
/// # Errors
///
/// Everything that is missing or that FRR cannot express, in the order of the sessions; never empty.
pub fn frr(network: &Network, site: SiteId) -> Result<String, Vec<FrrError>> {
    let Some(here) = network.site(site) else { return Err(vec![FrrError::NoSuchSite]) };
    let mut edge = Edge { network, site: here, errors: Vec::new(), policies: Policies::new(network) };
    let text = edge.text();
    if edge.errors.is_empty() { Ok(text) } else { Err(edge.errors) }
}

/// One neighbour: a session with one peer address, for that address's family.
struct Neighbor {
    /// The session, as route maps name it.
    session: String,
    address: IpAddr,
    autonomous_system: u32,
    /// Our ASN on this session if it is not the site's.
    local: Option<u32>,
    disabled: bool,
    bfd: bool,
    /// The hold time in seconds if the file states it.
    hold_time: Option<u32>,
    /// Names of the route maps for learned and advertised routes.
    import: Option<String>,
    export: String,
    /// The advertised prefixes of the address's family.
    advertised: Vec<IpPrefix>,
}

/// A session before it is split by address family.
struct Session<'a> {
    name: String,
    addresses: &'a [Spanned<IpAddr>],
    autonomous_system: u32,
    local: Option<u32>,
    disabled: bool,
    bfd: bool,
    hold_time: Option<u32>,
    imports: Vec<RouteMapId>,
    advertised: Vec<IpPrefix>,
    prepend: Vec<u32>,
    span: Span,
}

struct Edge<'a> {
    network: &'a Network,
    site: &'a Site,
    errors: Vec<FrrError>,
    policies: Policies<'a>,
}

impl<'a> Edge<'a> {
    fn place(&self, span: Span) -> FileLine {
        FileLine::of(&self.network.source, span)
    }

    fn text(&mut self) -> String {
        let Some(own) = self.site.autonomous_system else {
            let error = FrrError::NoAutonomousSystem {
                place: self.place(self.site.span),
                site: self.site.name.clone(),
            };
            self.errors.push(error);
            return String::new();
        };
        let neighbors = self.neighbors(own.value);
        let mut text = String::new();
        let _ = writeln!(
            text,
            "! Edge of site `{}`, network `{}`; generated from the network file.\n! Interfaces, their addresses and the routes to the site's own clients are not included.\nfrr defaults traditional",
            self.site.name, self.network.name
        );
        if !self.site.vpn.is_empty() {
            text.push_str("! Tunnels of the site are not included either.\n");
        }
        text.push_str("!\n");
        self.deny_rules(&mut text);
        self.static_routes(&mut text);
        self.policies.write(&mut text);
        self.router(own.value, &neighbors, &mut text);
        text
    }

    fn neighbors(&mut self, own: u32) -> Vec<Neighbor> {
        let mut all = Vec::new();
        for session in self.sessions(own) {
            if session.addresses.is_empty() {
                let place = self.place(session.span);
                self.errors.push(FrrError::NoPeerAddress { place, session: session.name.clone() });
            }
            for address in session.addresses {
                let family = family_of(address.value);
                let import =
                    self.policies.import(&session.name, address.value, &session.imports, &mut self.errors);
                let advertised: Vec<IpPrefix> =
                    session.advertised.iter().copied().filter(|prefix| prefix.family() == family).collect();
                let export = self.policies.export(&session.name, family, &advertised, &session.prepend);
                all.push(Neighbor {
                    session: session.name.clone(),
                    address: address.value,
                    autonomous_system: session.autonomous_system,
                    local: session.local,
                    disabled: session.disabled,
                    bfd: session.bfd,
                    hold_time: session.hold_time,
                    import,
                    export,
                    advertised,
                });
            }
        }
        all
    }

    /// Returns the site's sessions: its internet edge, then its circuits in the file's order.
    fn sessions(&mut self, own: u32) -> Vec<Session<'a>> {
        let mut all = Vec::new();
        self.internet(&mut all);
        let network = self.network;
        let here = |link: &&WanLink| {
            let mut sites = link.sites.iter().filter_map(|site| network.site(*site));
            sites.any(|site| site.name == self.site.name)
        };
        for link in network.wan.iter().flatten().filter(here) {
            let place = self.place(link.span);
            let what = format!("link `{}` to other sites", link.name);
            let remedy = "remove `wan` from the exported file; a network file does not contain addresses of internal sessions";
            self.errors.push(FrrError::Unsupported { place, what, remedy });
        }
        for attachment in &self.site.attachments {
            let Some(circuit) = network.circuit(attachment.circuit) else { continue };
            if attachment.metric.is_some() {
                let place = self.place(attachment.span);
                let what = format!("circuit `{}`, which ends at another router,", circuit.name);
                let remedy =
                    "export the site where it ends; the network file does not contain internal sessions";
                self.errors.push(FrrError::Unsupported { place, what, remedy });
                continue;
            }
            for peering in PeeringKind::ALL {
                for connection in attachment.connections.iter().copied() {
                    all.extend(connection_session(circuit, attachment, peering, connection, own));
                }
            }
        }
        all
    }

    fn internet(&mut self, all: &mut Vec<Session<'a>>) {
        let Some(edge) = &self.site.internet else { return };
        let Some(provider) = edge.provider_autonomous_system else {
            let place = self.place(edge.span);
            self.errors.push(FrrError::NoProvider { place, edge: edge.name.clone() });
            return;
        };
        let has = |family| edge.peer_addresses.iter().any(|address| family_of(address.value) == family);
        for family in [Family::V4, Family::V6] {
            if edge.default_route.has(family) && !edge.peer_addresses.is_empty() && !has(family) {
                let place = self.place(edge.span);
                self.errors.push(FrrError::NoFamily { place, edge: edge.name.clone(), family });
            }
        }
        all.push(Session {
            name: edge.name.clone(),
            addresses: &edge.peer_addresses,
            autonomous_system: provider.value,
            local: None,
            disabled: edge.state.value == State::Disabled,
            bfd: false,
            hold_time: None,
            imports: edge.import.iter().map(|import| import.value).collect(),
            advertised: values(edge.announced()),
            prepend: Vec::new(),
            span: edge.span,
        });
    }

    /// Lists the rules that deny packets as comments: FRRouting does not filter packets.
    fn deny_rules(&self, text: &mut String) {
        for (edge, rule) in
            self.site.internet.iter().flat_map(|edge| edge.deny.iter().map(move |rule| (edge, rule)))
        {
            let _ = writeln!(
                text,
                "! Not included, because FRRouting does not filter packets: `{}` denies packets to {rule}.",
                edge.name
            );
        }
    }

    fn static_routes(&mut self, text: &mut String) {
        for route in &self.site.static_routes {
            let Selector::Prefix(prefix) = route.destination.value else {
                let place = self.place(route.span);
                let what = format!("the static route to {}", route.destination.value);
                let remedy =
                    "write one static route for each prefix; the export does not contain Microsoft's lists";
                self.errors.push(FrrError::Unsupported { place, what, remedy });
                continue;
            };
            let distance = match route.distance {
                StaticRoute::DEFAULT_DISTANCE => String::new(),
                distance => format!(" {distance}"),
            };
            let vias = match route.via.value {
                StaticVia::Discard => vec!["blackhole".to_owned()],
                via => self.static_next_hops(prefix.family(), via),
            };
            if vias.is_empty() {
                let place = self.place(route.span);
                let what = format!("the static route to `{prefix}`");
                let remedy = "set `peer_addresses` of its address family on the session of its next hop; tunnels are not exported";
                self.errors.push(FrrError::Unsupported { place, what, remedy });
            }
            let word = family_word(prefix.family());
            for via in vias {
                let _ = writeln!(text, "{word} route {prefix} {via}{distance}");
            }
        }
        if !self.site.static_routes.is_empty() {
            text.push_str("!\n");
        }
    }

    fn static_next_hops(&self, family: Family, via: StaticVia) -> Vec<String> {
        let of_family = |addresses: &[Spanned<IpAddr>]| -> Vec<String> {
            let addresses = addresses.iter().map(|address| address.value);
            addresses
                .filter(|address| family_of(*address) == family)
                .map(|address| address.to_string())
                .collect()
        };
        match via {
            StaticVia::Internet => {
                self.site.internet.iter().flat_map(|edge| of_family(&edge.peer_addresses)).collect()
            }
            StaticVia::Peering { circuit: id, peering, connection } => {
                let Some(circuit) = self.network.circuit(id) else { return Vec::new() };
                let attached = self.site.attachments.iter().find(|own| own.circuit == id);
                let wanted = |one: &Connection| {
                    connection.is_none_or(|only| only == *one) && attached.is_none_or(|own| own.ends(*one))
                };
                let settings = Connection::ALL.into_iter().filter(wanted);
                settings
                    .filter_map(|one| circuit.settings(peering, one))
                    .flat_map(|own| of_family(&own.peer_addresses))
                    .collect()
            }
            StaticVia::Discard | StaticVia::Vpn(_) => Vec::new(),
        }
    }

    fn router(&mut self, own: u32, neighbors: &[Neighbor], text: &mut String) {
        let _ = writeln!(text, "router bgp {own}");
        // Every session has a policy; without this line FRR rejects routes of sessions where one is missing.
        text.push_str(" no bgp ebgp-requires-policy\n no bgp default ipv4-unicast\n");
        // NAT pools are advertised without a route of their own.
        text.push_str(" no bgp network import-check\n");
        if self.site.decision_process.compare_router_id {
            text.push_str(" bgp bestpath compare-routerid\n");
        }
        text.push_str(" bgp deterministic-med\n");
        let max_paths = self.decision_process(text);
        for neighbor in neighbors {
            let address = neighbor.address;
            let _ = writeln!(text, " neighbor {address} remote-as {}", neighbor.autonomous_system);
            let _ = writeln!(text, " neighbor {address} description {}", neighbor.session);
            if let Some(local) = neighbor.local {
                let _ = writeln!(text, " neighbor {address} local-as {local} no-prepend replace-as");
            }
            if neighbor.bfd {
                let _ = writeln!(text, " neighbor {address} bfd");
            }
            if let Some(hold) = neighbor.hold_time {
                // RFC 4271 section 4.4: a keepalive every third of the hold time.
                let _ = writeln!(text, " neighbor {address} timers {} {hold}", hold / 3);
            }
            if neighbor.disabled {
                let _ = writeln!(text, " neighbor {address} shutdown");
            }
        }
        for family in [Family::V4, Family::V6] {
            let of_family = || neighbors.iter().filter(|one| family_of(one.address) == family);
            if of_family().next().is_none() {
                continue;
            }
            address_family(family, &of_family().collect::<Vec<_>>(), max_paths, text);
        }
        text.push_str("exit\n");
    }

    /// Writes the options of the decision process. Returns the maximum number of paths, or `None` if the file does not state
    /// it.
    fn decision_process(&mut self, text: &mut String) -> Option<usize> {
        let process = &self.site.decision_process;
        let mut steps = DecisionProcess::default().steps;
        if process.steps != steps {
            steps.retain(|step| *step != DecisionStep::AsPathLength);
            if process.steps == steps {
                text.push_str(" bgp bestpath as-path ignore\n");
            } else {
                let place = self.place(self.site.span);
                let what = format!("the order of steps in the decision process of site `{}`", self.site.name);
                let remedy = "FRR supports only the default order, with or without the AS path length";
                self.errors.push(FrrError::Unsupported { place, what, remedy });
            }
        }
        if process.med_always {
            text.push_str(" bgp always-compare-med\n");
        }
        if process.med_missing_as_worst {
            text.push_str(" bgp bestpath med missing-as-worst\n");
        }
        // FRR supports up to 256, a limit set when it is built.
        match process.multipath {
            Multipath::Off => None,
            Multipath::SameAsPath { paths } => Some(paths.clamp(1, 256)),
            Multipath::SameAsPathLength { paths } => {
                text.push_str(" bgp bestpath as-path multipath-relax\n");
                Some(paths.clamp(1, 256))
            }
        }
    }
}

/// Returns the session of a connection, or `None` if the circuit has no such peering.
fn connection_session<'a>(
    circuit: &'a Circuit,
    attachment: &Attachment,
    peering: PeeringKind,
    connection: Connection,
    own: u32,
) -> Option<Session<'a>> {
    let settings = circuit.settings(peering, connection)?;
    let (number, enabled, import, prepend, advertised, span) = match peering {
        PeeringKind::Microsoft => {
            let one = circuit.microsoft_peering.as_ref()?;
            let advertised = one.advertised_on(connection);
            let import = one.import_on(connection);
            (one.autonomous_system, one.enabled, import, one.prepend_on(connection), advertised, one.span)
        }
        PeeringKind::Private => {
            let one = circuit.private_peering.as_ref()?;
            let advertised = one.advertised_on(connection);
            let import = one.import_on(connection);
            (one.autonomous_system, one.enabled, import, one.prepend_on(connection), advertised, one.span)
        }
    };
    Some(Session {
        name: circuit.connection_name(peering, connection),
        addresses: &settings.peer_addresses,
        autonomous_system: MICROSOFT,
        local: number.map(|number| number.value).filter(|number| *number != own),
        disabled: !enabled.value || settings.state.value == State::Disabled,
        bfd: settings.bfd,
        hold_time: settings.hold_time.map(|own| own.value),
        imports: import.iter().chain(&attachment.import).map(|import| import.value).collect(),
        advertised: values(advertised),
        prepend: values(prepend),
        span: settings.span.unwrap_or(span),
    })
}

fn values<T: Copy>(spanned: &[Spanned<T>]) -> Vec<T> {
    spanned.iter().map(|one| one.value).collect()
}

fn family_of(address: IpAddr) -> Family {
    if address.is_ipv4() { Family::V4 } else { Family::V6 }
}

/// Returns the keyword that begins FRR's commands for an address family.
fn family_word(family: Family) -> &'static str {
    match family {
        Family::V4 => "ip",
        Family::V6 => "ipv6",
    }
}

/// Writes the address family of the neighbors of one family. `max_paths`: the maximum number of paths; by default, one
/// per session.
fn address_family(family: Family, neighbors: &[&Neighbor], max_paths: Option<usize>, text: &mut String) {
    let name = if family == Family::V4 { "ipv4" } else { "ipv6" };
    let _ = writeln!(text, " address-family {name} unicast");
    let mut advertised: Vec<IpPrefix> =
        neighbors.iter().flat_map(|one| one.advertised.iter().copied()).collect();
    advertised.sort_unstable();
    advertised.dedup();
    for prefix in advertised {
        let _ = writeln!(text, "  network {prefix}");
    }
    for neighbor in neighbors {
        let address = neighbor.address;
        if let Some(import) = &neighbor.import {
            let _ = writeln!(text, "  neighbor {address} route-map {import} in");
        }
        let _ = writeln!(text, "  neighbor {address} route-map {} out", neighbor.export);
        let _ = writeln!(text, "  neighbor {address} soft-reconfiguration inbound");
    }
    // By default all equally good routes are used (ECMP), at most one per session.
    let max_paths = max_paths.unwrap_or(neighbors.len());
    let _ = writeln!(text, "  maximum-paths {max_paths}");
    // Last, since this starts the session: no route is learned before its policy exists.
    for neighbor in neighbors {
        let _ = writeln!(text, "  neighbor {} activate", neighbor.address);
    }
    text.push_str(" exit-address-family\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Cloud};
    use crate::diag::Source;
    use crate::network;

    fn exported(text: &str) -> Result<String, Vec<String>> {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let (network, diagnostics) = network::read(&Source::new("n.yaml", text), &catalog);
        let network = network.unwrap_or_else(|| panic!("{diagnostics:?}"));
        frr(&network, SiteId(0)).map_err(|errors| errors.iter().map(ToString::to_string).collect())
    }

    const CIRCUIT: &str = "version: 1
sites:
  - name: a
    prefixes: [10.0.0.0/16]
    autonomous_system: 65010
circuits:
  - name: er
    peering_location: Amsterdam
    sku: premium
    bandwidth: 1 Gbps
    microsoft_peering:
      route_filter: [12076:51002]
      advertised: [198.51.100.0/28]
      nat: [198.51.100.0/28]
      import: two
";

    const MAP: &str = "route_maps:
  - name: two
    clauses:
      - { match: { communities: [\"12076:51*\"] }, set: { local_preference: 200 }, action: continue }
      - { match: { peers: [er/microsoft/secondary] }, action: deny }
      - { set: { weight: 5 } }
";

    #[test]
    fn everything_missing_is_reported_at_its_line() {
        let errors = exported(&format!("{CIRCUIT}{MAP}")).unwrap_err();
        assert_eq!(
            errors,
            ["primary", "secondary"].map(|connection| format!(
                "n.yaml:11: session `er/microsoft/{connection}` needs `peer_addresses`, the addresses of its peer"
            ))
        );
    }

    #[test]
    fn clauses_that_continue_call_those_behind_them() {
        let own = "      primary: { peer_addresses: [192.0.2.2], hold_time: 30 }
      secondary: { peer_addresses: [192.0.2.6], state: disabled }
";
        let text = exported(&format!("{CIRCUIT}{own}{MAP}")).unwrap();
        let lines = |from: &str| -> Vec<String> {
            let behind = text.lines().skip_while(|line| *line != from);
            behind.take_while(|line| *line != "exit").map(|line| line.trim().to_owned()).collect()
        };
        // The clause about the other connection is not written for this one.
        let primary = "er-microsoft-primary-v4-in-two";
        assert_eq!(
            lines(&format!("route-map {primary} permit 1")),
            [
                format!("route-map {primary} permit 1"),
                format!("match community {primary}-1-community"),
                "set local-preference 200".to_owned(),
                format!("call {primary}-from-2"),
            ]
        );
        assert!(!text.contains(&format!("route-map {primary}-from-2 deny")));
        assert!(text.contains(&format!("route-map {primary}-from-2 permit 65535")));
        assert!(text.contains("route-map er-microsoft-secondary-v4-in-two-from-2 deny 2"));
        assert!(text.contains("_12076:51[0-9]*_"));
        assert!(text.contains(" neighbor 192.0.2.2 timers 10 30"));
        assert!(!text.contains(" neighbor 192.0.2.6 timers"));
        assert!(text.contains(" neighbor 192.0.2.6 shutdown"));
        assert!(!text.contains(" neighbor 192.0.2.2 shutdown"));
    }

    /// For a circuit whose secondary connection ends at another site.
    #[test]
    fn a_router_has_the_sessions_of_its_own_connections() {
        let own = "      primary: { peer_addresses: [192.0.2.2] }
      secondary: { peer_addresses: [192.0.2.6] }
";
        let split = "    circuits: [{name: er, connections: [primary]}]
    static_routes: [{prefix: 20.38.108.0/23, via: er/microsoft}]
  - {name: b, circuits: [{name: er, connections: [secondary]}]}
circuits:
";
        let text = exported(&format!("{CIRCUIT}{own}{MAP}").replace("circuits:\n", split)).unwrap();
        assert!(text.contains(" neighbor 192.0.2.2 "), "{text}");
        assert!(text.contains("ip route 20.38.108.0/23 192.0.2.2"), "{text}");
        assert!(!text.contains("192.0.2.6"), "{text}");
    }

    /// As in the engine, all equally good routes are used (ECMP) unless the file limits them.
    #[test]
    fn distances_are_written_and_rules_that_have_no_counterpart_are_not() {
        let own = "    internet: { name: out, provider_autonomous_system: 64510, peer_addresses: [192.0.2.1], default_route: ipv4,
      deny: [{ tag: AzureCloud, except: [{ prefix: 20.0.0.0/8 }] }] }
    circuits: []
    static_routes: [{ prefix: 20.38.108.0/23, via: discard, distance: 250 }, ROUTE{ prefix: 10.0.0.0/8, via: internet }]
";
        let with = |route: &str| {
            let own = own.replace("ROUTE", route);
            exported(
                &CIRCUIT
                    .replace("circuits:\n", &format!("{own}circuits:\n"))
                    .replace("      import: two\n", ""),
            )
        };
        let text = with("").unwrap();
        assert!(text.contains("ip route 20.38.108.0/23 blackhole 250\n"), "{text}");
        assert!(text.contains("ip route 10.0.0.0/8 192.0.2.1\n"), "{text}");
        let denied = "! Not included, because FRRouting does not filter packets: `out` denies packets to tag AzureCloud except 20.0.0.0/8.\n";
        assert!(text.contains(denied), "{text}");
        let errors = with("{ community: West Europe, via: discard, distance: 250 }, ").unwrap_err();
        let refused = "n.yaml:9: the static route to community 12076:51002 cannot be exported to FRR: write one static route for each prefix; \
                       the export does not contain Microsoft's lists";
        assert_eq!(errors, [refused]);
    }

    #[test]
    fn without_a_limit_every_session_may_be_used() {
        let own = "      primary: { peer_addresses: [192.0.2.2, \"2001:db8::2\"] }
      secondary: { peer_addresses: [192.0.2.6] }
";
        let paths = |process: &str| -> Vec<String> {
            let file = format!("{CIRCUIT}{own}{MAP}")
                .replace("    autonomous_system", &format!("{process}    autonomous_system"));
            let text = exported(&file).unwrap();
            text.lines()
                .filter(|line| line.contains("paths") || line.contains("relax"))
                .map(|line| line.trim().to_owned())
                .collect()
        };
        assert_eq!(paths(""), ["maximum-paths 2", "maximum-paths 1"]);
        assert_eq!(paths("    decision_process: {always_compare_med: true}\n"), paths(""));
        assert_eq!(paths("    decision_process: {multipath_relax: true}\n"), paths(""));
        assert_eq!(paths("    decision_process: {max_paths: 1}\n"), ["maximum-paths 1", "maximum-paths 1"]);
        assert_eq!(
            paths("    decision_process: {max_paths: 4, multipath_relax: true}\n"),
            ["bgp bestpath as-path multipath-relax", "maximum-paths 4", "maximum-paths 4"]
        );
    }
}
