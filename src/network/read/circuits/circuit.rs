//! Circuits, their peerings and route filters.

use jiff::civil::Date;

use crate::catalog::CommunityKind;
use crate::diag::{Code, Span, Spanned};
use crate::network::read::names::Meaning;
use crate::network::read::references::Named;
use crate::network::read::{Conversion, keys, values};
use crate::network::{
    Authorization, Bandwidth, Billing, Circuit, CircuitId, MicrosoftPeering, MicrosoftSettings, Peering,
    PeeringKind, PortOwner, Price, PrivatePeering, PrivateSettings, RouteFilter, Sku, VirtualNetworkId,
};
use crate::rib::Community;
use crate::yaml::fields::Fields;
use crate::yaml::suggest::nearest;
use crate::yaml::tree::{Entry, Kind, Node};

impl Conversion<'_> {
    pub(in crate::network::read) fn circuit(&mut self, node: &Node) -> Option<Circuit> {
        let fields = self.reader.fields(node, "a circuit", keys::CIRCUIT, node.span)?;
        let name = self.name(&fields, "er-ams");
        let peering_location = self
            .reader
            .required_text(&fields, "peering_location", "Amsterdam")
            .map(|location| self.location(location));
        let sku = self.sku(&fields);
        let bandwidth = self.bandwidth(&fields);
        let provider = self.reader.optional_text(&fields, "provider").map(|provider| provider.value);
        let port = self.word(&fields, "port", &PortOwner::ALL, PortOwner::name);
        let port = port.map(|port| port.value).unwrap_or_default();
        let billing = self.word(&fields, "billing", &Billing::ALL, Billing::name);
        let egress_price = self.egress_price(&fields);
        let created = self.created(&fields);
        let authorized = fields.get("authorized").map(|entry| self.authorized(entry));
        let microsoft_peering =
            fields.get("microsoft_peering").and_then(|entry| self.microsoft_peering(entry));
        let private_peering = fields.get("private_peering").and_then(|entry| self.private_peering(entry));
        let global_reach = self.references(fields.get("global_reach"), Named::CIRCUIT);
        let name = name?;
        Some(Circuit {
            name: name.value,
            peering_location: peering_location?,
            sku: sku?,
            bandwidth: bandwidth?,
            provider,
            port,
            billing,
            egress_price,
            created,
            authorized,
            microsoft_peering,
            private_peering,
            global_reach: global_reach
                .into_iter()
                .map(|own| Spanned::new(CircuitId(own.value), own.span))
                .collect(),
            span: name.span,
        })
    }

    /// Reads the day on which the circuit was configured, as a date.
    fn created(&mut self, fields: &Fields<'_>) -> Option<Spanned<Date>> {
        let text = self.reader.optional_text(fields, "created")?;
        let date = text.value.parse::<Date>().ok().filter(|date| date.to_string() == text.value);
        if date.is_none() {
            let message = format!("`{}` is not a date", text.value);
            let help = "write year, month and day, such as `2016-05-31`";
            self.reader.error(Code::NETWORK_VALUE, text.span, message, help);
        }
        date.map(|date| Spanned::new(date, text.span))
    }

    fn egress_price(&mut self, fields: &Fields<'_>) -> Option<Spanned<Price>> {
        let text = self.reader.optional_text(fields, "egress_price")?;
        let price = Price::parse(&text.value);
        if price.is_none() {
            let message = format!("`{}` is not a price", text.value);
            let help = "write the price for 10^9 bytes with its currency, such as `0.025 EUR`";
            self.reader.error(Code::NETWORK_VALUE, text.span, message, help);
        }
        price.map(|price| Spanned::new(price, text.span))
    }

    fn authorized(&mut self, entry: &Entry) -> Vec<Spanned<Authorization>> {
        let mut found = Vec::new();
        for item in self.reader.list(Some(entry), "[microsoft-365]") {
            let Some(text) = self.reader.text(item, item.span, "an authorization") else { continue };
            match Authorization::ALL.into_iter().find(|known| known.name() == text.value) {
                Some(known) => found.push(Spanned::new(known, text.span)),
                None => self.not_one_of("authorized", &text, &Authorization::ALL.map(Authorization::name)),
            }
        }
        found
    }

    /// Converts the location to Microsoft's spelling if the location is known.
    fn location(&mut self, location: Spanned<String>) -> Spanned<String> {
        let clouds = self.names.clouds_of_location(&location.value);
        if clouds.contains(&self.names.cloud) {
            let name = self.names.location(&location.value);
            return Spanned::new(name.unwrap_or(location.value), location.span);
        }
        if let Some(cloud) = clouds.first() {
            self.reader.error(
                Code::NETWORK_CLOUD,
                location.span,
                format!("the peering location `{}` belongs to the cloud `{cloud}`", location.value),
                format!(
                    "the network is in `{}`: set `cloud: {cloud}`, or correct the location",
                    self.names.cloud
                ),
            );
        } else {
            let help = match nearest(&location.value, self.names.locations()) {
                Some(name) => format!("did you mean `{name}`?"),
                None => "write the location as on the circuit's page in the portal, such as `Amsterdam`; for a new location, the reach of `local` and \
                    `standard` is unknown"
                    .to_owned(),
            };
            let message = format!("the catalog has no peering location `{}` in this cloud", location.value);
            self.reader.warning(Code::NETWORK_LOCATION, location.span, message, help);
        }
        location
    }

    fn sku(&mut self, fields: &Fields<'_>) -> Option<Spanned<Sku>> {
        let text = self.reader.required_text(fields, "sku", "standard")?;
        if let Ok(sku) = text.value.parse::<Sku>() {
            Some(Spanned::new(sku, text.span))
        } else {
            self.not_one_of("sku", &text, &Sku::ALL.map(Sku::name));
            None
        }
    }

    fn bandwidth(&mut self, fields: &Fields<'_>) -> Option<Spanned<Bandwidth>> {
        let entry = self.reader.required(fields, "bandwidth", "1 Gbps")?;
        let bandwidth = self.rate(entry)?;
        if !values::is_step(bandwidth.value) {
            self.reader.warning(
                Code::NETWORK_BANDWIDTH_STEP,
                bandwidth.span,
                format!("circuits are not available at `{}`", bandwidth.value),
                "circuits are available at 50, 100, 200 or 500 Mbps, and at 1, 2, 5 or 10 Gbps; with ExpressRoute Direct, also at 40, 100, 200 or 400 Gbps",
            );
        }
        Some(bandwidth)
    }

    fn microsoft_peering(&mut self, entry: &Entry) -> Option<MicrosoftPeering> {
        let Entry { key, value } = entry;
        let fields = self.reader.fields(value, "a Microsoft peering", keys::MICROSOFT_PEERING, key.span)?;
        let of_kind = MicrosoftSettings {
            route_filter: fields.get("route_filter").map(|entry| self.route_filter(entry)),
            nat: self.reader.prefixes(fields.get("nat")),
            inbound_source_nat: self.reader.optional_truth(&fields, "inbound_source_nat").unwrap_or(false),
        };
        Some(self.peering_of_kind(&fields, PeeringKind::Microsoft, key.span, of_kind))
    }

    fn private_peering(&mut self, entry: &Entry) -> Option<PrivatePeering> {
        let Entry { key, value } = entry;
        let fields = self.reader.fields(value, "a private peering", keys::PRIVATE_PEERING, key.span)?;
        let named = self.references(fields.get("virtual_networks"), Named::VIRTUAL_NETWORK);
        let virtual_networks = named.into_iter().map(|index| VirtualNetworkId(index.value)).collect();
        Some(self.peering_of_kind(
            &fields,
            PeeringKind::Private,
            key.span,
            PrivateSettings { virtual_networks },
        ))
    }

    /// Reads the keys that both types of peering have.
    fn peering_of_kind<K>(
        &mut self,
        fields: &Fields<'_>,
        kind: PeeringKind,
        span: Span,
        of_kind: K,
    ) -> Peering<K> {
        Peering {
            of_kind,
            advertised: self.reader.prefixes(fields.get("advertised")),
            autonomous_system: self.own_autonomous_system(fields),
            enabled: self.enabled(fields, span),
            import: self.import(fields),
            prepend: self.prepend(fields.get("prepend"), Some(kind)),
            connections: self.connections(fields, kind),
            span,
        }
    }

    fn route_filter(&mut self, entry: &Entry) -> RouteFilter {
        let mut communities: Vec<Spanned<Community>> = Vec::new();
        for item in self.reader.list(Some(entry), "[12076:51002, \"North Europe\"]") {
            // YAML parses a community without its first half as a number. The number is accepted here, so that a more
            // helpful message can be reported.
            let text = match &item.kind {
                Kind::Scalar { text, .. } if item.what() == "a number" => {
                    Some(Spanned::new(text.clone(), item.span))
                }
                _ => self.reader.text(item, item.span, "a community"),
            };
            for community in text.map(|text| self.community(&text)).unwrap_or_default() {
                if communities.iter().any(|known| known.value == community) {
                    let message = format!("the community `{community}` is already in the route filter");
                    self.reader.warning(Code::NETWORK_REPEATED, item.span, message, "remove it");
                } else {
                    communities.push(Spanned::new(community, item.span));
                }
            }
        }
        RouteFilter { communities, span: entry.key.span }
    }

    /// Looks up the communities that have a value or name.
    pub(in crate::network::read) fn community(&mut self, text: &Spanned<String>) -> Vec<Community> {
        let value = text.value.parse::<Community>().ok();
        let meanings = match value {
            Some(value) => self.names.community(value).into_iter().collect(),
            None => self.names.communities_named(&text.value),
        };
        if meanings.is_empty() {
            self.unknown_community(text, value);
        }
        let (private, carried): (Vec<_>, Vec<_>) =
            meanings.into_iter().partition(|meaning| meaning.kind == CommunityKind::RegionalPrivate);
        if carried.is_empty() {
            for meaning in private {
                self.private_community(text.span, meaning);
            }
        }
        carried.into_iter().map(|meaning| meaning.value).collect()
    }

    fn private_community(&mut self, span: Span, meaning: Meaning<'_>) {
        let regional = Community::new(meaning.value.asn(), meaning.value.value() + 1000);
        let help = match self.names.community(regional) {
            Some(regional) => {
                format!(
                    "the region's community on Microsoft peering is `{}` ({})",
                    regional.value, regional.name
                )
            }
            None => "a route filter accepts only communities of Microsoft peering".to_owned(),
        };
        self.reader.error(
            Code::NETWORK_COMMUNITY_PRIVATE,
            span,
            format!("`{}` ({}) exists on private peering only", meaning.value, meaning.name),
            help,
        );
    }

    fn unknown_community(&mut self, text: &Spanned<String>, value: Option<Community>) {
        if text.value.contains(':') && value.is_none() {
            let message = format!("`{}` is not a community", text.value);
            let help = "write two numbers from 0 to 65535 with a colon between them, such as `12076:51002`";
            self.reader.error(Code::NETWORK_COMMUNITY, text.span, message, help);
            return;
        }
        let full = text.value.parse::<u16>().ok().map(Community::microsoft);
        let help = if let Some(meaning) = full.and_then(|full| self.names.community(full)) {
            format!("did you mean `{}` ({})?", meaning.value, meaning.name)
        } else if value.is_some() || self.names.is_region_of_tags(&text.value) {
            "run `az network route-filter rule list-service-communities` to list the communities; if this community is newer than the catalog, pass \
                that command's output as a catalog file"
                .to_owned()
        } else if let Some(name) = nearest(&text.value, self.names.community_names()) {
            format!("did you mean `{name}`?")
        } else {
            "write a value such as `12076:51002`, a region such as `West Europe`, or a service's name such as \
             `Exchange`"
                .to_owned()
        };
        let message = if value.is_none() && self.names.is_region_of_tags(&text.value) {
            format!("`{}` is a region, but the catalog has no BGP community for it", text.value)
        } else {
            format!("the catalog has no community `{}` in this cloud", text.value)
        };
        self.reader.error(Code::NETWORK_COMMUNITY, text.span, message, help);
    }
}
