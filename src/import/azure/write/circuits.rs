//! Writes circuits and their peerings.

use super::super::finding::Finding;
use super::super::records::{Circuit, Peering, PeeringType, RouteFilter};
use super::super::yaml::{prefix, prefixes, scalar};
use super::{Writer, is_public};
use crate::addr::IpPrefix;
use crate::catalog::{CommunityKind, geography};
use crate::import::learned::{Advertiser, Table};
use crate::network::{Connection, PeeringKind, Sku};
use crate::rib::Community;

impl Writer<'_> {
    pub(super) fn circuits(&mut self) {
        let joined = self.joined;
        if joined.circuits.is_empty() {
            return;
        }
        self.yaml.blank();
        self.yaml.comment("The ExpressRoute circuits.");
        let none = self.unusable.iter().all(Option::is_some);
        let before = self.yaml.switch_off(none);
        self.yaml.open("circuits");
        for (index, circuit) in joined.circuits.iter().enumerate() {
            let unusable = self.unusable.get(index).cloned().flatten();
            self.yaml.switch_off(unusable.is_some());
            self.yaml.begin();
            if let Some(finding) = unusable {
                self.yaml.comment(&format!("TODO: {finding}"));
                self.findings.push(finding);
            }
            self.circuit(index, circuit);
            self.yaml.end();
        }
        self.yaml.close();
        self.yaml.switch_off(before);
        self.unused_filters();
    }

    /// Returns why a circuit can be written only as a comment; `None` if it can be written normally.
    pub(super) fn why_unusable(&self, circuit: &Circuit) -> Option<Finding> {
        let mut missing = Vec::new();
        if circuit.peering_location.is_none() {
            missing.push("its peering location");
        }
        if circuit.tier.as_deref().is_none_or(|tier| tier.parse::<Sku>().is_err()) {
            missing.push("its SKU");
        }
        if circuit.bandwidth_mbps.is_none() {
            missing.push("its bandwidth");
        }
        if !missing.is_empty() {
            return Some(Finding::CircuitIncomplete {
                circuit: circuit.name.clone(),
                missing: missing.join(", "),
            });
        }
        let location = circuit.peering_location.as_deref()?;
        let same = |known: &str| {
            let squeeze =
                |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>();
            squeeze(known).eq_ignore_ascii_case(&squeeze(location))
        };
        let records = geography().unwrap_or_default();
        let mut clouds = records
            .iter()
            .filter(|record| record.peering_location.as_deref().is_some_and(same))
            .map(|record| record.cloud)
            .peekable();
        clouds.peek()?;
        let own = self.catalog.cloud();
        (!clouds.any(|cloud| cloud == own))
            .then(|| Finding::CircuitCloud { circuit: circuit.name.clone(), location: location.to_owned() })
    }

    fn circuit(&mut self, index: usize, circuit: &Circuit) {
        let name = self.circuits.get(index).cloned().unwrap_or_default();
        let yaml = &mut self.yaml;
        yaml.field("name", &scalar(&name));
        if let Some(location) = &circuit.peering_location {
            yaml.field("peering_location", &scalar(location));
        }
        if let Some(tier) = &circuit.tier {
            yaml.field("sku", &scalar(&tier.to_ascii_lowercase()));
            if circuit.tier_differs {
                yaml.comment("The name and the tier of the SKU differ in the export; this is the tier.");
                self.findings.push(Finding::TierDiffers { circuit: name.clone(), tier: tier.clone() });
            }
        }
        if let Some(megabits) = circuit.bandwidth_mbps {
            yaml.field("bandwidth", &bandwidth(megabits));
        }
        if let Some(provider) = &circuit.provider {
            yaml.field("provider", &scalar(provider));
        }
        if circuit.direct {
            yaml.field("port", "direct");
        }
        if let Some(billing) = circuit.billing {
            yaml.field("billing", billing.name());
        }
        if circuit.in_service == Some(false) {
            yaml.comment(
                "The circuit is not in service according to the export, so its peerings are disabled.",
            );
            self.findings.push(Finding::NotInService { circuit: name.clone() });
        }
        for peering in &circuit.peerings {
            match peering.kind {
                PeeringType::Microsoft => self.microsoft_peering(&name, circuit, peering),
                PeeringType::Private => self.private_peering(index, &name, circuit, peering),
                PeeringType::Public => self.findings.push(Finding::PublicPeering { circuit: name.clone() }),
            }
        }
    }

    fn microsoft_peering(&mut self, name: &str, circuit: &Circuit, peering: &Peering) {
        self.yaml.open("microsoft_peering");
        self.session(circuit, peering);
        let joined = self.joined;
        match (joined.filter(peering), &peering.route_filter) {
            (Some(filter), _) => self.route_filter(filter),
            (None, Some(id)) => {
                let filter = id.behind("routeFilters").unwrap_or_else(|| "unknown".to_owned());
                let finding = Finding::FilterMissing { circuit: name.to_owned(), filter };
                self.yaml.comment(&format!("TODO: {finding}"));
                self.yaml.comment("route_filter: []");
                self.findings.push(finding);
            }
            (None, None) => {
                self.yaml.comment("No route filter is attached, so Microsoft advertises nothing.");
                self.findings.push(Finding::NoFilter { circuit: name.to_owned() });
            }
        }
        if peering.validation_needed {
            self.yaml.comment("Microsoft has not yet validated the advertised prefixes.");
            self.findings.push(Finding::NotValidated { circuit: name.to_owned() });
        }
        let (public, private) =
            peering.advertised.iter().partition::<Vec<&IpPrefix>, _>(|prefix| is_public(prefix));
        for refused in private {
            let finding = Finding::NotPublic { circuit: name.to_owned(), prefix: *refused };
            self.yaml.comment(&format!("TODO: {finding}"));
            self.findings.push(finding);
        }
        self.yaml.list("advertised", &prefixes(public));
        self.yaml
            .comment("TODO: the addresses to which client addresses are translated; they must be within the advertised prefixes:");
        self.yaml.comment("nat: []");
        self.findings.push(Finding::NatUnknown { circuit: name.to_owned() });
        self.connections(name, peering);
        self.yaml.close();
    }

    fn route_filter(&mut self, filter: &RouteFilter) {
        let mut written: Vec<String> = Vec::new();
        self.yaml.comment(&format!("Route filter {}.", filter.name));
        for community in &filter.communities {
            let known = self.catalog.community(*community);
            if known.is_some_and(|known| known.kind != CommunityKind::RegionalPrivate) {
                written.push(community.to_string());
            } else {
                let finding =
                    Finding::UnknownCommunity { filter: filter.name.clone(), community: *community };
                self.yaml.comment(&format!("TODO: {finding}"));
                self.findings.push(finding);
            }
        }
        if written.is_empty() {
            self.yaml.field("route_filter", "[]");
            return;
        }
        self.yaml.open("route_filter");
        for (text, community) in written.iter().zip(self.catalog_names(filter)) {
            self.yaml.line(&format!("- {text}{community}"));
        }
        self.yaml.close();
    }

    /// Returns the names of a filter's known communities, as comments.
    fn catalog_names(&self, filter: &RouteFilter) -> Vec<String> {
        let name = |community: &Community| {
            let known = self.catalog.community(*community)?;
            (known.kind != CommunityKind::RegionalPrivate)
                .then(|| known.names.first().map(|name| format!("  # {name}")).unwrap_or_default())
        };
        filter.communities.iter().filter_map(name).collect()
    }

    fn private_peering(&mut self, index: usize, name: &str, circuit: &Circuit, peering: &Peering) {
        self.yaml.open("private_peering");
        self.session(circuit, peering);
        let linked = self.joined.linked(circuit);
        let written = |network: &usize| self.overlaps.get(*network).is_some_and(Option::is_none);
        let networks = linked.iter().map(|(network, _)| *network).filter(written);
        let networks = networks
            .filter_map(|network| self.networks.get(network))
            .map(|name| scalar(name))
            .collect::<Vec<_>>();
        if linked.is_empty() {
            let finding = Finding::NoVirtualNetwork { circuit: name.to_owned() };
            self.yaml.comment(&format!("TODO: {finding}"));
            self.yaml.comment("virtual_networks: []");
            self.findings.push(finding);
        }
        self.yaml.list("virtual_networks", &networks);
        let (own, back) = self.joined.advertised(circuit);
        for prefix in back {
            let finding = Finding::SentBack { circuit: name.to_owned(), prefix };
            self.yaml.comment(&format!("{finding}."));
            self.findings.push(finding);
        }
        let known = self.tables_of(index, PeeringKind::Private, None).next().is_some();
        if own.is_empty() && !known {
            let finding = Finding::AdvertisedUnknown { circuit: name.to_owned() };
            self.yaml.comment(&format!("TODO: {finding}"));
            self.yaml.comment("advertised: []");
            self.findings.push(finding);
        }
        self.yaml.list("advertised", &prefixes(&own));
        self.connections(name, peering);
        self.yaml.close();
    }

    /// Writes the keys that both kinds of peering have.
    fn session(&mut self, circuit: &Circuit, peering: &Peering) {
        if !peering.enabled || circuit.in_service == Some(false) {
            self.yaml.field("state", "disabled");
        }
        match peering.peer_asn {
            Some(asn) if is_own(asn) => self.yaml.field("autonomous_system", &asn.to_string()),
            Some(asn) => {
                self.yaml.comment(&format!(
                    "TODO: autonomous_system; the exported value {asn} cannot be the customer's ASN."
                ));
            }
            None => {}
        }
    }

    /// Writes Microsoft's addresses on the two connections, and the files with their exported tables.
    fn connections(&mut self, circuit: &str, peering: &Peering) {
        let Some(kind) = peering.kind.kind() else { return };
        let joined = self.joined;
        let index = self.circuits.iter().position(|name| name == circuit).unwrap_or(usize::MAX);
        for (connection, links) in
            [(Connection::Primary, &peering.primary), (Connection::Secondary, &peering.secondary)]
        {
            let addresses = links.iter().filter_map(microsofts_address).collect::<Vec<_>>();
            let tables = self.tables_of(index, kind, Some(connection)).collect::<Vec<_>>();
            if addresses.is_empty() && tables.is_empty() {
                continue;
            }
            let has_routes = |table: &usize| {
                joined.tables.get(*table).is_some_and(|table| {
                    table.routes.iter().any(|route| route.advertiser == Some(Advertiser::Microsoft))
                })
            };
            // The key would have no value if it were followed only by comments.
            let named = tables.iter().any(|table| has_routes(table) && self.learned_path(*table).is_some());
            let off = self.yaml.is_off() || addresses.is_empty() && !named;
            let before = self.yaml.switch_off(off);
            self.yaml.open(connection.name());
            for table in tables {
                let has_routes = has_routes(&table);
                match self.learned_path(table) {
                    _ if !has_routes => {
                        self.yaml.comment("TODO: the exported table of this connection contains no route that is known to be advertised by Microsoft");
                    }
                    Some(path) => self.yaml.field("learned", &scalar_path(&path)),
                    None => self.yaml.comment(
                        "TODO: use `--output` to write the routes that this connection learns to a file",
                    ),
                }
            }
            self.yaml.list("peer_addresses", &addresses);
            self.yaml.close();
            self.yaml.switch_off(before);
        }
    }

    /// Returns the indexes of the tables from a circuit's peering, for one connection or for all.
    fn tables_of(
        &self,
        circuit: usize,
        kind: PeeringKind,
        wanted: Option<Connection>,
    ) -> impl Iterator<Item = usize> {
        let joined = self.joined;
        let name = joined.circuits.get(circuit).map(|circuit| circuit.name.as_str());
        joined
            .tables
            .iter()
            .enumerate()
            .filter(move |(_, table)| match &table.table {
                Table::Circuit { circuit, peering, connection } => {
                    circuit.as_deref() == name
                        && *peering == Some(kind)
                        && (wanted.is_none() || (wanted == *connection))
                }
                _ => false,
            })
            .map(|(index, _)| index)
    }

    fn unused_filters(&mut self) {
        let joined = self.joined;
        for filter in &joined.filters {
            let peerings = joined.circuits.iter().flat_map(|circuit| &circuit.peerings);
            let mut microsoft = peerings.filter(|peering| peering.kind == PeeringType::Microsoft);
            if !microsoft.any(|peering| joined.filter(peering).is_some_and(|used| std::ptr::eq(used, filter)))
            {
                self.findings.push(Finding::FilterUnused { filter: filter.name.clone() });
            }
        }
    }
}

/// Formats a bandwidth: `1 Gbps`, `50 Mbps`.
fn bandwidth(megabits: u64) -> String {
    match (megabits / 1000, megabits % 1000) {
        (gigabits, 0) if gigabits > 0 => format!("{gigabits} Gbps"),
        _ => format!("{megabits} Mbps"),
    }
}

/// Returns whether an ASN can be the customer's ASN (expressroute-routing; IANA's registry).
fn is_own(number: u32) -> bool {
    !matches!(number, 0 | 12076 | 23456 | 65515..=65520 | 65535 | u32::MAX)
}

/// Returns Microsoft's address on the network of a session: the second host address (expressroute-routing).
fn microsofts_address(link: &IpPrefix) -> Option<String> {
    let text =
        |address: std::net::IpAddr| prefix(&IpPrefix::host(address)).replace("/32", "").replace("/128", "");
    match link.first() {
        std::net::IpAddr::V4(first) if link.length() <= 30 => {
            Some(text((u32::from(first) + 2).to_be_bytes().into()))
        }
        std::net::IpAddr::V6(first) if link.length() <= 126 => {
            Some(text((u128::from(first) + 2).to_be_bytes().into()))
        }
        _ => None,
    }
}

/// Returns a path as a scalar. The path consists of folders that the user named and of generated names.
fn scalar_path(path: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./".contains(letter);
    if path.chars().all(plain) && path.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        path.to_owned()
    } else {
        scalar(path)
    }
}
