//! Findings of an import: information that exports do not contain, and parts that were not imported.

use crate::addr::IpPrefix;
use crate::network::file::UnsupportedEntry;
use crate::rib::Community;

/// A finding. If it concerns a part of the network file, it is also written there as a comment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Finding {
    /// No export contains the clients' addresses.
    #[error(
        "no export contains the clients' addresses, so site `{site}` represents all sites, \
        with the prefixes advertised on private peering ({prefixes} in total); specify `--site NAME=PREFIX,…`"
    )]
    SiteUnknown {
        /// The name of the placeholder.
        site: String,
        /// The number of its prefixes.
        prefixes: usize,
    },
    /// No export contains the clients' addresses, and no export contains prefixes advertised on private peering.
    #[error(
        "no export contains the clients' addresses or the prefixes advertised on private peering; specify `--site NAME=PREFIX,…`"
    )]
    NoSite,
    /// The circuits that each site uses, and its path to the internet, are unknown.
    #[error(
        "exports do not show which circuits a site uses, or how it reaches the internet; complete the TODO lines under `sites`"
    )]
    SiteLinksUnknown,
    /// The NAT pool for Microsoft peering is unknown.
    #[error(
        "no export contains the NAT pool for Microsoft peering on circuit `{circuit}`; complete the TODO line"
    )]
    NatUnknown {
        /// The circuit.
        circuit: String,
    },
    /// A circuit lacks a required property.
    #[error(
        "circuit `{circuit}` is written as a comment: the export lacks {missing}; use the complete output of `az network express-route show`"
    )]
    CircuitIncomplete {
        /// The circuit.
        circuit: String,
        /// The missing properties.
        missing: String,
    },
    /// A circuit is in another cloud.
    #[error(
        "circuit `{circuit}` is written as a comment: `{location}` belongs to another cloud; import the circuit with `--cloud`"
    )]
    CircuitCloud {
        /// The circuit.
        circuit: String,
        /// Its peering location.
        location: String,
    },
    /// A circuit is not in service.
    #[error("circuit `{circuit}` is not in service, so its peerings are written as disabled")]
    NotInService {
        /// The circuit.
        circuit: String,
    },
    /// The name and the tier of a SKU differ.
    #[error("circuit `{circuit}` has a SKU whose name and tier differ; the tier `{tier}` is used")]
    TierDiffers {
        /// The circuit.
        circuit: String,
        /// Its tier.
        tier: String,
    },
    /// A peering on a circuit that was not exported.
    #[error(
        "a peering on circuit `{circuit}` is not imported, because the circuit was not exported; add the output of `az network express-route show`"
    )]
    PeeringWithoutCircuit {
        /// The circuit.
        circuit: String,
    },
    /// Public peering, which Microsoft retired.
    #[error(
        "public peering on circuit `{circuit}` is not imported, because Microsoft retired public peering"
    )]
    PublicPeering {
        /// The circuit.
        circuit: String,
    },
    /// A route filter that was not exported.
    #[error(
        "route filter `{filter}` on circuit `{circuit}` was not exported, \
        so the circuit's Microsoft peering is written without a route filter and receives no routes; add the output of `az network route-filter show`"
    )]
    FilterMissing {
        /// The circuit.
        circuit: String,
        /// The filter.
        filter: String,
    },
    /// Microsoft peering without a route filter.
    #[error(
        "Microsoft peering on circuit `{circuit}` has no route filter, so Microsoft advertises nothing on this peering"
    )]
    NoFilter {
        /// The circuit.
        circuit: String,
    },
    /// A route filter that no exported peering uses.
    #[error("route filter `{filter}` is not imported, because no exported peering uses it")]
    FilterUnused {
        /// The filter.
        filter: String,
    },
    /// A community that is not in the catalog.
    #[error(
        "community `{community}` in route filter `{filter}` is written as a comment, because it is not in the catalog; \
        provide a list that contains the community with `--catalog`"
    )]
    UnknownCommunity {
        /// The filter.
        filter: String,
        /// The community.
        community: Community,
    },
    /// The advertised prefixes have not been validated.
    #[error(
        "Microsoft has not yet validated the prefixes advertised on the Microsoft peering of circuit `{circuit}`"
    )]
    NotValidated {
        /// The circuit.
        circuit: String,
    },
    /// A prefix that is not allowed on Microsoft peering.
    #[error(
        "prefix `{prefix}` on the Microsoft peering of circuit `{circuit}` is written as a comment, because it is not public"
    )]
    NotPublic {
        /// The circuit.
        circuit: String,
        /// The prefix.
        prefix: IpPrefix,
    },
    /// The prefixes advertised on private peering are unknown.
    #[error(
        "the prefixes advertised on the private peering of circuit `{circuit}` are unknown; \
        add the output of `az network express-route list-route-tables`"
    )]
    AdvertisedUnknown {
        /// The circuit.
        circuit: String,
    },
    /// The customer advertises Microsoft's own routes back.
    #[error(
        "prefix `{prefix}` is advertised back to Microsoft over circuit `{circuit}` (its AS path contains 12076), \
        so it is not written under `advertised`"
    )]
    SentBack {
        /// The circuit.
        circuit: String,
        /// The prefix.
        prefix: IpPrefix,
    },
    /// The virtual networks behind a private peering are unknown.
    #[error(
        "the virtual networks connected to circuit `{circuit}` are unknown; \
        add the output of `az network vnet-gateway list` and `az network vpn-connection list`"
    )]
    NoVirtualNetwork {
        /// The circuit.
        circuit: String,
    },
    /// A connection with an end that was not exported.
    #[error("connection `{connection}` is not imported: its {missing} was not exported")]
    ConnectionUnjoined {
        /// The connection.
        connection: String,
        /// The missing end.
        missing: &'static str,
    },
    /// A connection to a virtual hub.
    #[error(
        "connection `{connection}` is not imported: it is to a virtual hub; describe the hub and its connections under `virtual_hubs`"
    )]
    HubConnection {
        /// The connection.
        connection: String,
    },
    /// A tunnel whose site is unknown.
    #[error(
        "connection `{connection}` is not imported: no export contains the site of its tunnel; \
        add the tunnel to its site as `vpn: [{{name: {connection}, virtual_networks: [{}]}}]`", network.as_deref().unwrap_or("NAME")
    )]
    TunnelUnknown {
        /// The connection.
        connection: String,
        /// The virtual network of its gateway, by its name in the file.
        network: Option<String>,
    },
    /// A tunnel between virtual networks or from a single client.
    #[error(
        "connection `{connection}` is not imported: it does not end at a site, and a network file contains only tunnels from sites"
    )]
    OtherConnection {
        /// The connection.
        connection: String,
    },
    /// A VPN gateway.
    #[error(
        "gateway `{gateway}` is not imported: it is a VPN gateway, and a network file describes VPNs as tunnels from sites (`vpn`)"
    )]
    VpnGateway {
        /// The gateway.
        gateway: String,
    },
    /// A virtual network whose addresses overlap with another's.
    #[error(
        "virtual network `{network}` is written as a comment: `{prefix}` overlaps with virtual network `{other}`"
    )]
    Overlap {
        /// The virtual network.
        network: String,
        /// The overlapping prefix.
        prefix: IpPrefix,
        /// The other virtual network.
        other: String,
    },
    /// A virtual network without address space.
    #[error("virtual network `{network}` is not imported: the export does not contain its address space")]
    NoAddressSpace {
        /// The virtual network.
        network: String,
    },
    /// A resource that is in several exports.
    #[error("{what} `{name}` is in {count} exports; the last export is used")]
    Repeated {
        /// The kind of resource.
        what: &'static str,
        /// Its name.
        name: String,
        /// The number of exports.
        count: usize,
    },
    /// A resource whose name is not unique, or not valid in a network file.
    #[error(
        "{what} `{name}` is renamed to `{renamed}`, because its name is not unique or not valid in a network file"
    )]
    Renamed {
        /// The kind of resource.
        what: &'static str,
        /// Its name in Azure.
        name: String,
        /// Its name in the file.
        renamed: String,
    },
    /// A circuit's route table whose connection is unknown.
    #[error(
        "the routes in `{file}` are kept but not assigned to a connection, because {missing} is unknown; \
        add the command that printed the routes to the file as a comment line, \
        or specify `--table CIRCUIT/PEERING/CONNECTION=FILE`, and also `--circuit` if the circuit was not exported"
    )]
    TableUnattached {
        /// The file with the routes.
        file: String,
        /// The unknown part.
        missing: &'static str,
    },
    /// A table that was assigned to the only circuit.
    #[error(
        "the routes in `{file}` do not identify their circuit, so they are assigned to `{circuit}`, the only circuit"
    )]
    TableAssumed {
        /// The file with the routes.
        file: String,
        /// The circuit.
        circuit: String,
    },
    /// A setting or a whole resource that affects routing but that a network file cannot express.
    #[error("{}", unsupported(.resource, .setting.as_deref(), .effect, .at))]
    Unsupported {
        /// The type and name of the resource, such as `virtualNetworks/virtualNetworkPeerings hub/to-spoke`.
        resource: String,
        /// The setting with its value, such as `allowVirtualNetworkAccess: false`; `None` for a whole resource.
        setting: Option<String>,
        /// Its effect on routing.
        effect: String,
        /// Its source: a file, or its address in a plan or a template; may be empty.
        at: String,
    },
    /// Unreadable values, whose entries are skipped.
    #[error("skipped {count} unreadable {what} in `{file}`, the first in `{first}`; \
        correct the file and import it again", what = if *count == 1 { "value" } else { "values" })]
    Unread {
        /// The file, or the plan or template.
        file: String,
        /// The number of values.
        count: u64,
        /// The setting of the first value.
        first: String,
    },
    /// A response that is only the first of several pages.
    #[error(
        "`{file}` contains only the first page of a response; save the complete response (the Azure CLI joins pages automatically)"
    )]
    MorePages {
        /// The file.
        file: String,
    },
    /// Settings that peerpath does not know.
    #[error(
        "settings that peerpath does not know are ignored: {settings}; if one of them affects routing, its effect is missing from the network file"
    )]
    UnknownSettings {
        /// The settings, each with the number of resources that have it: `virtualNetworks.fooBar (2)`.
        settings: String,
    },
    /// A virtual network uses the gateway of a peered virtual network, but that gateway was not exported.
    #[error(
        "virtual network `{network}` must have a gateway or a Route Server, because a peered virtual network uses it, \
        but none was exported; add the output of `az network vnet-gateway list`"
    )]
    GatewayUnknown {
        /// The virtual network.
        network: String,
    },
    /// A peering with a virtual network that is not in the file.
    #[error(
        "the peering of virtual network `{network}` with `{other}` is not imported, because `{other}` was not exported or not imported; \
        add the output of `az network vnet show`"
    )]
    PeeringUnjoined {
        /// The virtual network.
        network: String,
        /// The other virtual network.
        other: String,
    },
    /// A subnet whose route table was not exported.
    #[error(
        "subnet `{subnet}` of virtual network `{network}` is written without its route table `{table}`, which was not exported; \
        add `az network route-table show`"
    )]
    RouteTableMissing {
        /// The virtual network.
        network: String,
        /// The subnet.
        subnet: String,
        /// The route table.
        table: String,
    },
    /// A subnet without prefixes, or with prefixes outside the address space.
    #[error(
        "subnet `{subnet}` of virtual network `{network}` is written as a comment, because its prefixes are missing or outside the address space"
    )]
    SubnetOutside {
        /// The virtual network.
        network: String,
        /// The subnet.
        subnet: String,
    },
    /// A user route that a network file cannot express.
    #[error("a route in route table `{table}` is written as a comment: {why}")]
    UserRoute {
        /// The route table.
        table: String,
        /// The reason.
        why: String,
    },
}

impl Finding {
    /// Returns whether the finding concerns the customer's side, which the existing network file describes.
    pub(in crate::import) const fn is_of_customer(&self) -> bool {
        matches!(
            self,
            Self::SiteUnknown { .. }
                | Self::NoSite
                | Self::SiteLinksUnknown
                | Self::NatUnknown { .. }
                | Self::AdvertisedUnknown { .. }
                | Self::NoVirtualNetwork { .. }
                | Self::TunnelUnknown { .. }
                | Self::VpnGateway { .. }
        )
    }

    /// Returns whether the finding means that something that affects paths is missing from the network file.
    pub const fn loses(&self) -> bool {
        matches!(
            self,
            Self::CircuitIncomplete { .. }
                | Self::CircuitCloud { .. }
                | Self::PeeringWithoutCircuit { .. }
                | Self::FilterMissing { .. }
                | Self::UnknownCommunity { .. }
                | Self::NotPublic { .. }
                | Self::ConnectionUnjoined { .. }
                | Self::HubConnection { .. }
                | Self::OtherConnection { .. }
                | Self::Overlap { .. }
                | Self::NoAddressSpace { .. }
                | Self::UserRoute { .. }
                | Self::Unsupported { .. }
                | Self::Unread { .. }
                | Self::MorePages { .. }
                | Self::GatewayUnknown { .. }
                | Self::PeeringUnjoined { .. }
                | Self::RouteTableMissing { .. }
                | Self::SubnetOutside { .. }
        )
    }

    /// Returns the finding as an entry under `unsupported` in the network file, about which `check` warns; `None` if
    /// nothing that affects routing is missing.
    pub(in crate::import) fn entry(&self) -> Option<UnsupportedEntry> {
        let words = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        match self {
            Self::Unsupported { resource, setting, effect, at } => {
                let what = match setting {
                    Some(setting) => format!("{setting} ({resource})"),
                    None => resource.clone(),
                };
                Some(UnsupportedEntry { what, effect: words(effect), source: words(at) })
            }
            finding
                if finding.loses()
                    || matches!(finding, Self::VpnGateway { .. } | Self::TunnelUnknown { .. }) =>
            {
                Some(UnsupportedEntry { what: finding.to_string(), ..UnsupportedEntry::default() })
            }
            _ => None,
        }
    }
}

fn unsupported(resource: &str, setting: Option<&str>, effect: &str, at: &str) -> String {
    let at = if at.is_empty() { String::new() } else { format!(" ({at})") };
    match setting {
        Some(setting) => format!("`{setting}` on {resource}{at} is not in the network file: {effect}"),
        None => format!("{resource}{at} is not in the network file: {effect}"),
    }
}
