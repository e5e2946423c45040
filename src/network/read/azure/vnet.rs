//! Virtual networks: address space and gateway. Subnets are in [`crate::network::read::azure::subnet`], appliances in
//! [`crate::network::read::azure::appliance`], and peerings in [`crate::network::read::azure::peering`].

use crate::diag::{Code, Diagnostic, Severity, Spanned};
use crate::network::read::references::Named;
use crate::network::read::{Conversion, keys};
use crate::network::{CircuitId, Gateway, GatewayCircuit, GatewaySku, GatewayVpn, SiteId, VirtualNetwork};
use crate::rib::Community;
use crate::yaml::suggest::nearest;
use crate::yaml::tree::{Entry, Node};

/// The maximum weight in Azure (`routingWeight` of a connection).
const MAX_WEIGHT: u32 = 32_000;

impl Conversion<'_> {
    pub(in crate::network::read) fn virtual_network(&mut self, node: &Node) -> Option<VirtualNetwork> {
        let fields = self.reader.fields(node, "a virtual network", keys::VIRTUAL_NETWORK, node.span)?;
        let name = self.name(&fields, "hub-weu");
        let region = self.reader.optional_text(&fields, "region").map(|region| self.region(region));
        let entry = self.reader.required(&fields, "prefixes", "[10.20.0.0/16]");
        let prefixes = self.reader.prefixes(entry);
        let region_name = region.as_ref().map(|region| region.value.clone());
        let before = self.reader.diagnostics.iter().count();
        let subnets = self
            .entries(&fields, "subnets", |conversion, node| conversion.subnet(node, region_name.as_deref()));
        let subnets = subnets.into_iter().flatten().collect::<Vec<_>>();
        // A prefix that could not be read may contain a subnet.
        if entry.is_some_and(|entry| self.reader.list(Some(entry), "").len() == prefixes.len()) {
            self.check_subnets(&prefixes, &subnets);
        }
        let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
        let unread = self.reader.diagnostics.iter().skip(before).any(is_error);
        let appliances = self.appliances(&fields, &subnets, !unread);
        let route_server = self.route_server(&fields, &prefixes, &appliances);
        let gateway = fields.get("gateway").and_then(|entry| self.gateway(entry));
        let mut seen = Vec::new();
        let peerings =
            self.entries(&fields, "peerings", |conversion, node| conversion.peering(node, &mut seen));
        let bgp_community = self.reader.optional_text(&fields, "bgp_community");
        let bgp_community = bgp_community.and_then(|text| self.bgp_community(&text));
        let name = name?;
        Some(VirtualNetwork {
            name: name.value,
            region,
            prefixes,
            subnets,
            appliances,
            route_server,
            gateway,
            peerings: peerings.into_iter().flatten().collect(),
            bgp_community,
            span: name.span,
        })
    }

    /// Converts the region to Azure Resource Manager's spelling if the region is known.
    pub(in crate::network::read) fn region(&mut self, region: Spanned<String>) -> Spanned<String> {
        if let Some(known) = self.names.region(&region.value) {
            return Spanned::new(known.to_owned(), region.span);
        }
        if self.names.is_region_of_tags(&region.value) {
            let message =
                format!("`{}` is a region, but the catalog has no BGP community for it", region.value);
            let help = "no change is needed, but peerpath cannot check whether the SKU of a circuit reaches the region; to enable this check, pass an \
                export of `az network route-filter rule list-service-communities` that contains a community for the region";
            self.reader.advice(Code::NETWORK_REGION, region.span, message, help);
            return region;
        }
        if let Some(cloud) = self.names.other_cloud_of_region(&region.value) {
            let message = format!("the region `{}` belongs to the cloud `{cloud}`", region.value);
            let help = format!(
                "set `cloud: {cloud}`, or correct the region; the network is in `{}`, and a circuit cannot connect to another cloud",
                self.names.cloud
            );
            self.reader.error(Code::NETWORK_CLOUD, region.span, message, help);
            return region;
        }
        let help = match nearest(&region.value, self.names.regions()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => "write the region as in Azure Resource Manager, such as `westeurope`".to_owned(),
        };
        let message = format!("the catalog has no region `{}` in this cloud", region.value);
        self.reader.warning(Code::NETWORK_REGION, region.span, message, help);
        region
    }

    /// Reads a virtual network's own community, `12076:2NNNN` (according to the examples in
    /// how-to-configure-custom-bgp-communities; the exact range is not documented).
    fn bgp_community(&mut self, text: &Spanned<String>) -> Option<Spanned<Community>> {
        let community = text.value.parse::<Community>().ok().filter(|community| {
            community.asn() == Community::MICROSOFT && (20_000..30_000).contains(&community.value())
        });
        if community.is_none() {
            let message = format!("`{}` is not a valid value for `bgp_community`", text.value);
            let help = "write `12076:` and a number from 20000 to 29999, such as \
                        `12076:20001`";
            self.reader.error(Code::NETWORK_VALUE, text.span, message, help);
        }
        community.map(|community| Spanned::new(community, text.span))
    }

    fn gateway(&mut self, entry: &Entry) -> Option<Gateway> {
        let Entry { key, value } = entry;
        let fields = self.reader.fields(value, "a gateway", keys::GATEWAY, key.span)?;
        let sku = self.word(&fields, "sku", &GatewaySku::ALL, GatewaySku::name);
        let (mut circuits, mut sites) = (Vec::new(), Vec::new());
        let weights = self.entries(&fields, "circuits", |conversion, node| {
            let fields =
                conversion.reader.fields(node, "a gateway's circuit", keys::GATEWAY_CIRCUIT, node.span)?;
            let text = conversion.reader.required_text(&fields, "circuit", "er-ams");
            let weight = conversion.reader.optional_number(&fields, "weight", &(0..=MAX_WEIGHT));
            let fast_path = conversion.switch(&fields, "fast_path");
            let text = text?;
            let index = Spanned::new(conversion.reference(&text, Named::CIRCUIT)?, text.span);
            conversion.push_once(&mut circuits, index, Named::CIRCUIT, &text.value).then(|| GatewayCircuit {
                circuit: CircuitId(index.value),
                weight: weight.map_or(0, |weight| weight.value),
                fast_path: fast_path.filter(|fast_path| fast_path.value).map(|fast_path| fast_path.span),
                span: text.span,
            })
        });
        let tunnels = self.entries(&fields, "vpn", |conversion, node| {
            let fields =
                conversion.reader.fields(node, "a gateway's tunnel", keys::GATEWAY_VPN, node.span)?;
            let dual_stack = conversion.switch(&fields, "dual_stack");
            let text = conversion.reader.required_text(&fields, "site", "amsterdam")?;
            let index = Spanned::new(conversion.reference(&text, Named::SITE)?, text.span);
            conversion.push_once(&mut sites, index, Named::SITE, &text.value).then_some(GatewayVpn {
                site: SiteId(index.value),
                vpn: 0,
                dual_stack,
                span: text.span,
            })
        });
        let autonomous_system = self.foreign_autonomous_system(&fields, "autonomous_system");
        let active_active = self.switch(&fields, "active_active");
        let allow_remote_virtual_network_traffic =
            self.switch(&fields, "allow_remote_virtual_network_traffic");
        let allow_virtual_wan_traffic = self.switch(&fields, "allow_virtual_wan_traffic");
        let summarized = self.reader.prefixes(fields.get("summarized_gateway_prefixes"));
        Some(Gateway {
            autonomous_system,
            active_active,
            allow_remote_virtual_network_traffic,
            allow_virtual_wan_traffic,
            summarized,
            sku,
            circuits: weights.into_iter().flatten().collect(),
            vpn: tunnels.into_iter().flatten().collect(),
            span: Some(key.span),
        })
    }
}
