//! What the user has to know about an import: what exports do not say, and what was left out.

use crate::addr::IpPrefix;
use crate::network::file::UnsupportedEntry;
use crate::rib::Community;

/// One thing to know. Each stands in the written file as a comment too, where it has a place there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Finding {
    /// No export tells where clients sit.
    #[error(
        "no export tells the clients' addresses: site `{site}` has the {prefixes} that are advertised on private peering; give `--site NAME=PREFIX,…`"
    )]
    SiteUnknown {
        /// The placeholder's name.
        site: String,
        /// How many prefixes it has.
        prefixes: usize,
    },
    /// No export tells it, and nothing is advertised on private peering either.
    #[error(
        "no export tells the clients' addresses, and none lists what is advertised on private peering; give `--site NAME=PREFIX,…`"
    )]
    NoSite,
    /// Which site uses which circuit, and each site's way to the internet.
    #[error(
        "no export tells which site uses which circuit, or how a site reaches the internet; see the TODO lines under `sites`"
    )]
    SiteLinksUnknown,
    /// Clients' translation on Microsoft peering.
    #[error("no export tells the NAT pool of Microsoft peering on circuit `{circuit}`; see the TODO line")]
    NatUnknown {
        /// The circuit.
        circuit: String,
    },
    /// A circuit lacks what a network file must say.
    #[error(
        "circuit `{circuit}` is written as a comment: the export lacks {missing}; give the whole answer of `az network express-route show`"
    )]
    CircuitIncomplete {
        /// The circuit.
        circuit: String,
        /// What is missing.
        missing: String,
    },
    /// A circuit is of another cloud.
    #[error(
        "circuit `{circuit}` is written as a comment: `{location}` belongs to another cloud; import it with `--cloud`"
    )]
    CircuitCloud {
        /// The circuit.
        circuit: String,
        /// Its peering location.
        location: String,
    },
    /// A circuit carries nothing.
    #[error("circuit `{circuit}` is not in service: its peerings are written as disabled")]
    NotInService {
        /// The circuit.
        circuit: String,
    },
    /// A SKU's name and tier differ.
    #[error("circuit `{circuit}` has a SKU whose name and tier differ; its tier `{tier}` is taken")]
    TierDiffers {
        /// The circuit.
        circuit: String,
        /// Its tier.
        tier: String,
    },
    /// A peering of a circuit that is not there.
    #[error(
        "a peering of circuit `{circuit}` is left out: the circuit was not exported; add `az network express-route show`"
    )]
    PeeringWithoutCircuit {
        /// The circuit.
        circuit: String,
    },
    /// Public peering, which Microsoft retired.
    #[error("public peering of circuit `{circuit}` is left out: Microsoft retired it")]
    PublicPeering {
        /// The circuit.
        circuit: String,
    },
    /// A route filter that is not there.
    #[error(
        "route filter `{filter}` of circuit `{circuit}` was not exported, so nothing is advertised; add `az network route-filter show`"
    )]
    FilterMissing {
        /// The circuit.
        circuit: String,
        /// The filter.
        filter: String,
    },
    /// Microsoft peering without a route filter.
    #[error(
        "Microsoft peering of circuit `{circuit}` has no route filter: Microsoft advertises nothing on it"
    )]
    NoFilter {
        /// The circuit.
        circuit: String,
    },
    /// A route filter that no peering in the exports uses.
    #[error("route filter `{filter}` is left out: no exported peering uses it")]
    FilterUnused {
        /// The filter.
        filter: String,
    },
    /// A community that the catalog does not know.
    #[error(
        "community `{community}` of route filter `{filter}` is written as a comment: the catalog does not know it; give its list with `--catalog`"
    )]
    UnknownCommunity {
        /// The filter.
        filter: String,
        /// The community.
        community: Community,
    },
    /// What is advertised has not been validated.
    #[error(
        "what is advertised on Microsoft peering of circuit `{circuit}` is not validated by Microsoft yet"
    )]
    NotValidated {
        /// The circuit.
        circuit: String,
    },
    /// A prefix that Microsoft peering cannot have.
    #[error(
        "`{prefix}` on Microsoft peering of circuit `{circuit}` is written as a comment: it is not public"
    )]
    NotPublic {
        /// The circuit.
        circuit: String,
        /// The prefix.
        prefix: IpPrefix,
    },
    /// Nothing tells what is advertised on private peering.
    #[error(
        "nothing tells what is advertised on private peering of circuit `{circuit}`; add `az network express-route list-route-tables`"
    )]
    AdvertisedUnknown {
        /// The circuit.
        circuit: String,
    },
    /// The customer sends Microsoft's own routes back.
    #[error(
        "`{prefix}` comes back to Microsoft over circuit `{circuit}` (12076 is in its path); it is not taken as advertised"
    )]
    SentBack {
        /// The circuit.
        circuit: String,
        /// The prefix.
        prefix: IpPrefix,
    },
    /// Nothing tells which virtual networks are behind a private peering.
    #[error(
        "nothing tells which virtual networks are connected to circuit `{circuit}`; add `az network vnet-gateway list` and `az network vpn-connection list`"
    )]
    NoVirtualNetwork {
        /// The circuit.
        circuit: String,
    },
    /// A connection that leads nowhere in the exports.
    #[error("connection `{connection}` is left out: its {missing} was not exported")]
    ConnectionUnjoined {
        /// The connection.
        connection: String,
        /// What is missing.
        missing: &'static str,
    },
    /// A connection of a virtual hub.
    #[error(
        "connection `{connection}` leads to a virtual hub, which a network file cannot describe; its virtual networks may be added by hand"
    )]
    HubConnection {
        /// The connection.
        connection: String,
    },
    /// A tunnel, of which no export tells where it ends.
    #[error(
        "connection `{connection}` is left out: no export tells at which site its tunnel ends; write it there as `vpn: [{{name: {connection}, virtual_networks: [{}]}}]`", network.as_deref().unwrap_or("NAME")
    )]
    TunnelUnknown {
        /// The connection.
        connection: String,
        /// The virtual network of its gateway, by its name in the file.
        network: Option<String>,
    },
    /// A tunnel between virtual networks or of single clients.
    #[error(
        "connection `{connection}` is left out: it leads to no site, and a network file has tunnels of sites only"
    )]
    OtherConnection {
        /// The connection.
        connection: String,
    },
    /// A gateway that ends tunnels.
    #[error(
        "gateway `{gateway}` is left out: it is of a VPN, which a network file tells by the tunnels of its sites (`vpn`)"
    )]
    VpnGateway {
        /// The gateway.
        gateway: String,
    },
    /// A virtual network shares addresses with another.
    #[error(
        "virtual network `{network}` is written as a comment: `{prefix}` overlaps with virtual network `{other}`"
    )]
    Overlap {
        /// The virtual network.
        network: String,
        /// Its prefix.
        prefix: IpPrefix,
        /// The other one.
        other: String,
    },
    /// A virtual network without address space.
    #[error("virtual network `{network}` is left out: the export has no address space of it")]
    NoAddressSpace {
        /// The virtual network.
        network: String,
    },
    /// One thing in several exports.
    #[error("{what} `{name}` stands in {count} exports; the later one counts")]
    Repeated {
        /// What kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
        /// In how many.
        count: usize,
    },
    /// Two things of one name.
    #[error("{what} `{name}` is called `{renamed}`: another one has its name")]
    Renamed {
        /// What kind of thing.
        what: &'static str,
        /// Its name in Azure.
        name: String,
        /// Its name in the file.
        renamed: String,
    },
    /// A table of a circuit that cannot be told.
    #[error(
        "the routes of `{file}` are kept but used by no connection: nothing tells {missing}; name the command in a comment line, or say it with `--table CIRCUIT/PEERING/CONNECTION=FILE` and, without an export of the circuit, `--circuit`"
    )]
    TableUnattached {
        /// The file that they came from.
        file: String,
        /// What nothing tells.
        missing: &'static str,
    },
    /// A table whose circuit was taken to be the only one.
    #[error("the routes of `{file}` name no circuit; they are taken to be of `{circuit}`, the only one")]
    TableAssumed {
        /// The file that they came from.
        file: String,
        /// The circuit.
        circuit: String,
    },
    /// A setting, or a resource as a whole, that affects routing and that a network file cannot express.
    #[error("{}", unsupported(.resource, .setting.as_deref(), .effect, .at))]
    Unsupported {
        /// Type and name of the resource, `virtualNetworks/virtualNetworkPeerings hub/to-spoke`.
        resource: String,
        /// The setting with its value, `allowVirtualNetworkAccess: false`; `None` of a resource as a whole.
        setting: Option<String>,
        /// What it affects.
        effect: String,
        /// Where it stands: a file, or its address in a plan or a template; may be empty.
        at: String,
    },
    /// Values that cannot be read, so that what they stand in is left out.
    #[error("{count} {what} of `{file}` left out, the first is `{first}`; correct the file and import it again", what = if *count == 1 { "value that cannot be read is" } else { "values that cannot be read are" })]
    Unread {
        /// The file, or what was read in place of one.
        file: String,
        /// How many.
        count: u64,
        /// The setting of the first.
        first: String,
    },
    /// An answer that says more pages follow.
    #[error(
        "`{file}` holds the first page of an answer only; save all of it (the Azure CLI joins pages by itself)"
    )]
    MorePages {
        /// The file.
        file: String,
    },
    /// Settings that nothing is known of.
    #[error(
        "settings that peerpath does not know are left out: {settings}; where one of them affects routing, the network file lacks it"
    )]
    UnknownSettings {
        /// Each with how many resources have it: `virtualNetworks.fooBar (2)`.
        settings: String,
    },
    /// A virtual network uses the gateway of another of which no export has one.
    #[error(
        "virtual network `{network}` has a gateway or a Route Server that was not exported, since a peered virtual network uses it; add `az network vnet-gateway list`"
    )]
    GatewayUnknown {
        /// The virtual network.
        network: String,
    },
    /// A peering with a virtual network that is not in the file.
    #[error(
        "the peering of virtual network `{network}` with `{other}` is left out: `{other}` was not exported or is left out; add `az network vnet show`"
    )]
    PeeringUnjoined {
        /// The virtual network.
        network: String,
        /// The other one.
        other: String,
    },
    /// A subnet whose route table is not there.
    #[error(
        "subnet `{subnet}` of virtual network `{network}` is written without its route table `{table}`, which was not exported; add `az network route-table show`"
    )]
    RouteTableMissing {
        /// The virtual network.
        network: String,
        /// The subnet.
        subnet: String,
        /// The route table.
        table: String,
    },
    /// A subnet without addresses, or with some outside the address space.
    #[error(
        "subnet `{subnet}` of virtual network `{network}` is written as a comment: its prefixes are missing, or lie outside the address space"
    )]
    SubnetOutside {
        /// The virtual network.
        network: String,
        /// The subnet.
        subnet: String,
    },
    /// A user's route that the format cannot say.
    #[error("a route of route table `{table}` is written as a comment: {why}")]
    UserRoute {
        /// The route table.
        table: String,
        /// Why.
        why: String,
    },
}

impl Finding {
    /// Whether it is about the customer's side, which a network file of the customer's tells.
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

    /// Whether something that decides about paths is left out of the network file because of it.
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

    /// As an entry of `unsupported` in the network file, of which `check` warns; `None` where nothing that
    /// affects routing is left out.
    pub(in crate::import) fn entry(&self) -> Option<UnsupportedEntry> {
        let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        match self {
            Self::Unsupported { resource, setting, effect, at } => {
                let what = match setting {
                    Some(setting) => format!("{setting} ({resource})"),
                    None => resource.clone(),
                };
                Some(UnsupportedEntry { what, effect: said(effect), source: said(at) })
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
        Some(setting) => format!("`{setting}` of {resource}{at} is not in the network file: {effect}"),
        None => format!("{resource}{at} is not in the network file: {effect}"),
    }
}
