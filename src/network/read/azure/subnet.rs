//! Subnets with their service and private endpoints.

use crate::addr::IpPrefix;
use crate::diag::{Code, Diagnostic, Spanned};
use crate::network::read::references::Named;
use crate::network::read::{Conversion, duplicate, keys};
use crate::network::{PrivateEndpoint, RouteTableId, ServiceEndpoint, Subnet};
use crate::yaml::suggest::nearest;
use crate::yaml::tree::{Entry, Node};

/// The services with service endpoints, each with its service tag and whether the endpoint covers only the virtual
/// network's own region (virtual-network-service-endpoints-overview).
const SERVICES: [(&str, &str, bool); 10] = [
    ("Microsoft.Storage", "Storage", true),
    ("Microsoft.Storage.Global", "Storage", false),
    ("Microsoft.Sql", "Sql", true),
    ("Microsoft.AzureCosmosDB", "AzureCosmosDB", false),
    ("Microsoft.KeyVault", "AzureKeyVault", false),
    ("Microsoft.ServiceBus", "ServiceBus", false),
    ("Microsoft.EventHub", "EventHub", false),
    ("Microsoft.Web", "AppService", false),
    ("Microsoft.ContainerRegistry", "AzureContainerRegistry", false),
    ("Microsoft.CognitiveServices", "CognitiveServicesManagement", false),
];

impl Conversion<'_> {
    /// Reads a subnet of a virtual network that is in `region`.
    pub(in crate::network::read) fn subnet(&mut self, node: &Node, region: Option<&str>) -> Option<Subnet> {
        let fields = self.reader.fields(node, "a subnet", keys::SUBNET, node.span)?;
        let name = self.name(&fields, "workload");
        let entry = self.reader.required(&fields, "prefixes", "[10.20.1.0/24]");
        let prefixes = self.reader.prefixes(entry);
        let route_table = self.optional_reference(&fields, "route_table", Named::ROUTE_TABLE);
        let service_endpoints = self.service_endpoints(fields.get("service_endpoints"), region);
        let endpoints = self.entries(&fields, "private_endpoints", Self::private_endpoint);
        let policies = self.reader.optional_truth(&fields, "private_endpoint_network_policies");
        let default_outbound_access = self.switch(&fields, "default_outbound_access");
        let nat_gateway = self.reader.optional_truth(&fields, "nat_gateway");
        let public_addresses = self.reader.optional_truth(&fields, "public_addresses");
        let name = name?;
        if let Some(table) = route_table.filter(|_| name.value.eq_ignore_ascii_case("RouteServerSubnet")) {
            let message = format!("`{}` cannot have a route table", name.value);
            let help = "remove `route_table`; Azure does not allow user-defined routes in the subnet of a Route Server";
            self.reader.error(Code::NETWORK_SUBNET, table.span, message, help);
        }
        Some(Subnet {
            name: name.value,
            prefixes,
            route_table: route_table.map(|index| Spanned::new(RouteTableId(index.value), index.span)),
            service_endpoints,
            private_endpoints: endpoints.into_iter().flatten().collect(),
            private_endpoint_network_policies: policies.unwrap_or(false),
            default_outbound_access,
            nat_gateway: nat_gateway.unwrap_or(false),
            public_addresses: public_addresses.unwrap_or(false),
            span: name.span,
        })
    }

    fn service_endpoints(
        &mut self,
        entry: Option<&Entry>,
        region: Option<&str>,
    ) -> Vec<Spanned<ServiceEndpoint>> {
        let mut endpoints: Vec<Spanned<ServiceEndpoint>> = Vec::new();
        for item in self.reader.list(entry, "[Microsoft.Storage]") {
            let Some(text) = self.reader.text(item, item.span, "a service endpoint") else { continue };
            let known = SERVICES.iter().find(|(name, ..)| name.eq_ignore_ascii_case(&text.value));
            if known.is_none() {
                let message = format!("the service endpoint `{}` is unknown", text.value);
                let help = match nearest(&text.value, SERVICES.iter().map(|(name, ..)| *name)) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => {
                        "use a name such as `Microsoft.Storage`; an unknown service endpoint adds no route to the subnet"
                            .to_owned()
                    }
                };
                self.reader.warning(Code::NETWORK_SERVICE_ENDPOINT, text.span, message, help);
            }
            let endpoint = ServiceEndpoint {
                name: known.map_or(text.value.clone(), |(name, ..)| (*name).to_owned()),
                tag: known
                    .and_then(|(_, tag, regional)| self.endpoint_tag(tag, region.filter(|_| *regional))),
            };
            if endpoints.iter().any(|other| other.value.name == endpoint.name) {
                let message = format!("the service endpoint `{}` is named twice here", endpoint.name);
                self.reader.warning(Code::NETWORK_REPEATED, text.span, message, "remove one of the two");
            } else {
                endpoints.push(Spanned::new(endpoint, text.span));
            }
        }
        endpoints
    }

    /// Returns the service tag for the region if there is one, or else the service tag for all regions, in the
    /// catalog's spelling.
    fn endpoint_tag(&self, tag: &str, region: Option<&str>) -> Option<String> {
        let regional = region.and_then(|region| self.names.tag(&format!("{tag}.{region}")));
        regional.or_else(|| self.names.tag(tag)).map(str::to_owned)
    }

    fn private_endpoint(&mut self, node: &Node) -> Option<PrivateEndpoint> {
        let fields = self.reader.fields(node, "a private endpoint", keys::PRIVATE_ENDPOINT, node.span)?;
        let name = self.name(&fields, "storage");
        let address = self.reader.required_text(&fields, "address", "10.20.5.4");
        let address = address.and_then(|text| self.reader.address(&text));
        let name = name?;
        Some(PrivateEndpoint { name: name.value, address: address?, span: name.span })
    }

    /// Checks that subnets are inside the address space and do not overlap, and that private endpoints are inside
    /// their subnets.
    pub(in crate::network::read) fn check_subnets(
        &mut self,
        space: &[Spanned<IpPrefix>],
        subnets: &[Subnet],
    ) {
        let mut names = std::collections::BTreeMap::new();
        let mut endpoints = std::collections::BTreeMap::new();
        let mut prefixes = Vec::new();
        for subnet in subnets {
            if let Some(first) = names.insert(&subnet.name, subnet.span) {
                duplicate(&mut self.reader, "subnets of a virtual network", &subnet.name, subnet.span, first);
            }
            for prefix in &subnet.prefixes {
                if !space.iter().any(|outer| outer.value.covers(prefix.value)) {
                    let message = format!("`{}` is outside the virtual network", prefix.value);
                    let help = format!(
                        "its address space is {}",
                        crate::network::read::quoted(space.iter().map(|p| p.value))
                    );
                    self.reader.error(Code::NETWORK_SUBNET, prefix.span, message, help);
                }
                prefixes.push((prefix.value, prefix.span, &subnet.name));
            }
            for endpoint in &subnet.private_endpoints {
                if let Some(first) = endpoints.insert(&endpoint.name, endpoint.span) {
                    let what = "private endpoints of a virtual network";
                    duplicate(&mut self.reader, what, &endpoint.name, endpoint.span, first);
                }
                let address = endpoint.address;
                if !subnet.prefixes.iter().any(|prefix| prefix.value.contains(address.value)) {
                    let message = format!("`{}` is outside the subnet `{}`", address.value, subnet.name);
                    let help = "use an address inside the private endpoint's subnet";
                    self.reader.error(Code::NETWORK_SUBNET, address.span, message, help);
                }
            }
        }
        self.check_apart(prefixes);
    }

    /// Checks that subnets do not overlap. In sorted order, a prefix follows the prefix that covers it, and only
    /// other covered prefixes are between the two.
    fn check_apart(&mut self, mut prefixes: Vec<(IpPrefix, crate::diag::Span, &String)>) {
        prefixes.sort_by_key(|(prefix, span, _)| (*prefix, span.start));
        let mut cover: Option<(IpPrefix, crate::diag::Span, &String)> = None;
        for inner in prefixes {
            let Some(outer) = cover.filter(|outer| outer.0.covers(inner.0)) else {
                cover = Some(inner);
                continue;
            };
            if outer.2 == inner.2 {
                continue;
            }
            let (first, second) = if outer.1 <= inner.1 { (outer, inner) } else { (inner, outer) };
            let message = format!("`{}` in subnet `{}` overlaps subnet `{}`", second.0, second.2, first.2);
            let overlap = Diagnostic::error(Code::NETWORK_OVERLAP, self.reader.source, message)
                .at(second.1, format!("belongs to subnet `{}`", second.2))
                .at(first.1, format!("belongs to subnet `{}`", first.2))
                .help("assign each subnet its own part of the address space");
            self.reader.diagnostics.push(overlap);
        }
    }
}
