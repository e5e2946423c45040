//! Appliances of virtual networks.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::network::read::checks::unique;
use crate::network::read::{Conversion, keys};
use crate::network::{Appliance, Subnet};
use crate::yaml::fields::Fields;
use crate::yaml::tree::{Entry, Kind, Node};

/// Names of subnets that paths use as names of hops.
const RESERVED: [&str; 2] = ["AzureFirewallSubnet", "GatewaySubnet"];

impl Conversion<'_> {
    /// Reads the appliances of a virtual network that has these subnets. If a subnet could not be read, the subnets
    /// of addresses are not checked, because an address may be in the unreadable subnet.
    pub(in crate::network::read) fn appliances(
        &mut self,
        fields: &Fields<'_>,
        subnets: &[Subnet],
        whole: bool,
    ) -> Vec<Appliance> {
        let appliances = self.entries(fields, "appliances", Self::appliance);
        let appliances = appliances.into_iter().flatten().collect::<Vec<_>>();
        self.check_unique(&appliances, subnets);
        if whole {
            self.check_places(&appliances, subnets);
        }
        appliances
    }

    fn appliance(&mut self, node: &Node) -> Option<Appliance> {
        let fields = self.reader.fields(node, "an appliance", keys::APPLIANCE, node.span)?;
        let name = self.name(&fields, "fw");
        let entry = self.reader.required(&fields, "addresses", "[10.20.0.4]");
        let mut addresses = Vec::new();
        for item in self.reader.list(entry, "[10.20.0.4]") {
            let Some(text) = self.reader.text(item, item.span, "an address") else { continue };
            addresses.extend(self.reader.address(&text));
        }
        if let Some(Entry { key, value }) = entry
            && matches!(&value.kind, Kind::List(items) if items.is_empty())
        {
            let help = "add the addresses that routes use as the next hop: the appliance's own, or those of the load balancer in front of it";
            self.reader.error(Code::NETWORK_EMPTY, key.span, "the appliance has no address", help);
        }
        let stateful = self.reader.optional_truth(&fields, "stateful");
        let snat_private_ranges = self.reader.optional_prefixes(fields.get("snat_private_ranges"));
        let throughput = self.optional_rate(&fields, "throughput");
        let deny = self.deny_rules(&fields);
        if let (Some(rules), None) = (fields.get("deny"), stateful) {
            let message = "the appliance denies destinations, and it is unknown whether it lets replies pass";
            let help = "add `stateful: true` if it lets the packets of known sessions pass, as firewalls do; otherwise `stateful: false`";
            self.reader.error(Code::NETWORK_MISSING_KEY, rules.key.span, message, help);
        }
        let name = name?;
        if let Some(reserved) = RESERVED.iter().find(|reserved| reserved.eq_ignore_ascii_case(&name.value)) {
            let message = format!("`{}` is not a valid name for an appliance", name.value);
            let help =
                format!("use another name, such as `fw`; in paths, `{reserved}` is the name of the subnet");
            self.reader.error(Code::NETWORK_APPLIANCE, name.span, message, help);
        }
        Some(Appliance {
            name: name.value,
            addresses,
            stateful,
            snat_private_ranges,
            throughput,
            deny,
            span: name.span,
        })
    }

    /// Checks that no two appliances share a name or an address, and that no appliance has the address of a private
    /// endpoint.
    fn check_unique(&mut self, appliances: &[Appliance], subnets: &[Subnet]) {
        let names = appliances.iter().map(|appliance| (appliance.name.as_str(), appliance.span));
        unique(&mut self.reader, "appliances of a virtual network", names);
        let endpoints = subnets.iter().flat_map(|subnet| &subnet.private_endpoints);
        let endpoints = endpoints.map(|endpoint| (endpoint.address.value, endpoint));
        let endpoints = endpoints.collect::<BTreeMap<_, _>>();
        let mut owners = BTreeMap::new();
        for appliance in appliances {
            for Spanned { value: address, span } in &appliance.addresses {
                if let Some(endpoint) = endpoints.get(address) {
                    let message =
                        format!("`{address}` is the address of the private endpoint `{}`", endpoint.name);
                    let help = "correct one of the two addresses; an address can belong to only one resource";
                    self.clash(*span, message, endpoint.address.span, help);
                }
                let Some((owner, first)) = owners.insert(*address, (appliance.span, *span)) else { continue };
                let (message, help) = if owner == appliance.span {
                    (
                        format!("`{}` has the address `{address}` twice", appliance.name),
                        "remove one of the two",
                    )
                } else {
                    let help =
                        "correct one of the two; list devices behind one load balancer as one appliance";
                    (format!("two appliances have the address `{address}`"), help)
                };
                self.clash(*span, message, first, help);
            }
        }
    }

    /// Checks that the addresses of each appliance are in one subnet, and that this subnet is not reserved for
    /// gateways.
    fn check_places(&mut self, appliances: &[Appliance], subnets: &[Subnet]) {
        for appliance in appliances {
            let mut home: Option<(&Subnet, Span)> = None;
            for address in &appliance.addresses {
                let Some(subnet) = self.home(*address, subnets) else { continue };
                match home {
                    None => home = Some((subnet, address.span)),
                    Some((first, _)) if first.name == subnet.name => {}
                    Some((first, span)) => {
                        let message = format!(
                            "the addresses of `{}` are in two subnets, `{}` and `{}`",
                            appliance.name, first.name, subnet.name
                        );
                        let help = "list only the addresses in the subnet whose routes the appliance uses; list a device with an interface in each \
                            subnet as two appliances";
                        self.clash(address.span, message, span, help);
                    }
                }
            }
        }
    }

    /// Finds the subnet that contains an appliance's address. Rejects a subnet in which no appliance can be.
    fn home<'s>(&mut self, address: Spanned<IpAddr>, subnets: &'s [Subnet]) -> Option<&'s Subnet> {
        let holds =
            |subnet: &&Subnet| subnet.prefixes.iter().any(|prefix| prefix.value.contains(address.value));
        let Some(subnet) = subnets.iter().find(holds) else {
            let message = format!("`{}` is not in any subnet of the virtual network", address.value);
            let help = "correct the address, or add the subnet; an appliance forwards packets according to the routes of its subnet";
            self.reader.error(Code::NETWORK_SUBNET, address.span, message, help);
            return None;
        };
        if subnet.is_for_gateways() {
            let message = format!("`{}` is in `{}`", address.value, subnet.name);
            let help = "move the appliance to another subnet; this subnet is reserved for gateways";
            self.reader.error(Code::NETWORK_APPLIANCE, address.span, message, help);
            return None;
        }
        Some(subnet)
    }

    /// Reports an address that conflicts with another entry in the file.
    fn clash(&mut self, span: Span, message: String, other: Span, help: &str) {
        let diagnostic = Diagnostic::error(Code::NETWORK_APPLIANCE, self.reader.source, message)
            .at(span, "")
            .at(other, "conflicts with this")
            .help(help);
        self.reader.diagnostics.push(diagnostic);
    }
}
