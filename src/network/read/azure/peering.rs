//! Reads virtual network peerings and checks that the two sides match.

use crate::diag::{Code, Spanned};
use crate::network::read::references::Named;
use crate::network::read::{Conversion, keys};
use crate::network::{Network, PeeredSubnets, VirtualNetwork, VirtualNetworkId, VirtualNetworkPeering};
use crate::yaml::fields::{Fields, Reader};
use crate::yaml::suggest::nearest;
use crate::yaml::tree::{Kind, Node};

impl Conversion<'_> {
    pub(in crate::network::read) fn peering(
        &mut self,
        node: &Node,
        seen: &mut Vec<Spanned<u32>>,
    ) -> Option<VirtualNetworkPeering> {
        let what = "a virtual network's peering";
        let fields = self.reader.fields(node, what, keys::VIRTUAL_NETWORK_PEERING, node.span)?;
        let text = self.reader.required_text(&fields, "virtual_network", "spoke-weu");
        let allow_virtual_network_access = self.switch(&fields, "allow_virtual_network_access");
        let allow_forwarded_traffic = self.switch(&fields, "allow_forwarded_traffic");
        let allow_gateway_transit = self.reader.optional_truth(&fields, "allow_gateway_transit");
        let use_remote_gateways = self.reader.optional_truth(&fields, "use_remote_gateways");
        let global = self.reader.optional_truth(&fields, "global");
        let subnets = self.peered_subnets(&fields);
        let text = text?;
        let index = Spanned::new(self.reference(&text, Named::VIRTUAL_NETWORK)?, text.span);
        self.push_once(seen, index, Named::VIRTUAL_NETWORK, &text.value).then(|| VirtualNetworkPeering {
            virtual_network: VirtualNetworkId(index.value),
            allow_virtual_network_access,
            allow_forwarded_traffic,
            allow_gateway_transit: allow_gateway_transit.unwrap_or(false),
            use_remote_gateways: use_remote_gateways.unwrap_or(false),
            global,
            subnets,
            span: text.span,
        })
    }

    /// Reads a Boolean value with its position.
    pub(in crate::network::read) fn switch(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
    ) -> Option<Spanned<bool>> {
        let truth = self.reader.optional_truth(fields, key)?;
        Some(Spanned::new(truth, fields.get(key)?.value.span))
    }

    /// Reads the subnets that a peering connects, if it does not connect all.
    fn peered_subnets(&mut self, fields: &Fields<'_>) -> Option<PeeredSubnets> {
        let complete = self.reader.optional_truth(fields, "peer_complete_virtual_networks");
        let [local, remote] = ["local_subnets", "remote_subnets"].map(|key| {
            let items = self.reader.list(fields.get(key), "[workload]");
            items.iter().filter_map(|item| self.reader.text(item, item.span, "a subnet")).collect::<Vec<_>>()
        });
        for key in ["local_subnets", "remote_subnets"] {
            let entry = fields.get(key);
            match (complete, entry) {
                (Some(false), None) => {
                    let at = fields
                        .get("peer_complete_virtual_networks")
                        .map_or(fields.span, |entry| entry.key.span);
                    let message = format!("the peering connects only listed subnets, but `{key}` is missing");
                    let help = "list the connected subnets of both sides, or remove `peer_complete_virtual_networks`";
                    self.reader.error(Code::NETWORK_PEERING, at, message, help);
                }
                (Some(false), Some(entry)) if matches!(&entry.value.kind, Kind::List(items) if items.is_empty()) =>
                {
                    let message = format!("`{key}` is empty, so the peering connects nothing");
                    let help = "list the connected subnets of both sides, or remove the peering";
                    self.reader.error(Code::NETWORK_EMPTY, entry.key.span, message, help);
                }
                (None | Some(true), Some(entry)) => {
                    let message = format!("`{key}` has no effect, because the peering connects all subnets");
                    let help = "set `peer_complete_virtual_networks: false` on the peering to connect only these subnets, or remove the list";
                    self.reader.error(Code::NETWORK_PEERING, entry.key.span, message, help);
                }
                _ => {}
            }
        }
        (complete == Some(false)).then_some(PeeredSubnets { local, remote })
    }
}

/// Checks that the subnets that a peering lists exist, and that both sides list the same subnets.
fn joined_subnets(
    reader: &mut Reader<'_>,
    here: &VirtualNetwork,
    there: &VirtualNetwork,
    peering: &VirtualNetworkPeering,
    back: &VirtualNetworkPeering,
) {
    let Some(own) = &peering.subnets else { return };
    for (names, network) in [(&own.local, here), (&own.remote, there)] {
        for name in names {
            let known = || network.subnets.iter().map(|subnet| subnet.name.as_str());
            if known().any(|known| known.eq_ignore_ascii_case(&name.value)) {
                continue;
            }
            let message = format!("`{}` has no subnet `{}`", network.name, name.value);
            let help = match nearest(&name.value, known()) {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!(
                    "add the subnet to `{}`, or remove the subnet's name from the peering",
                    network.name
                ),
            };
            reader.error(Code::NETWORK_PEERING, name.span, message, help);
        }
    }
    let mirrors = |own: &[Spanned<String>], other: &[Spanned<String>]| {
        let has =
            |name: &Spanned<String>| other.iter().any(|one| one.value.eq_ignore_ascii_case(&name.value));
        own.iter().all(has)
    };
    let agree = back.subnets.as_ref().is_some_and(|other| {
        mirrors(&own.local, &other.remote)
            && mirrors(&other.remote, &own.local)
            && mirrors(&own.remote, &other.local)
            && mirrors(&other.local, &own.remote)
    });
    if !agree {
        let message = format!("`{}` and `{}` list different subnets in their peering", here.name, there.name);
        let help = "list the same subnets on both sides, as `local_subnets` on one side and as `remote_subnets` on the other; only subnets that both \
            sides list are connected";
        reader.warning(Code::NETWORK_PEERING, peering.span, message, help);
    }
}

/// Checks that one side of a peering matches the other side (virtual-network-manage-peering).
pub(in crate::network::read) fn both_sides(
    reader: &mut Reader<'_>,
    network: &Network,
    (id, here): (VirtualNetworkId, &VirtualNetwork),
    peering: &VirtualNetworkPeering,
) {
    let Some(there) = network.virtual_network(peering.virtual_network) else { return };
    if peering.virtual_network == id {
        let message = format!("`{}` is peered with itself", here.name);
        reader.error(Code::NETWORK_PEERING, peering.span, message, "name another virtual network");
        return;
    }
    let Some(back) = there.peering_with(id) else {
        let message = format!(
            "`{}` has no peering back to `{}`, so packets cannot pass in either direction",
            there.name, here.name
        );
        let help = format!("add `peerings: [{{virtual_network: {}}}]` to `{}`", here.name, there.name);
        reader.warning(Code::NETWORK_PEERING, peering.span, message, help);
        return;
    };
    if let (Some(global), Some(own), Some(other)) = (peering.global, &here.region, &there.region)
        && global == (own.value == other.value)
    {
        let message =
            format!("`global: {global}` contradicts the regions `{}` and `{}`", own.value, other.value);
        reader.warning(
            Code::NETWORK_PEERING,
            peering.span,
            message,
            "remove `global`; its value is derived from the regions",
        );
    }
    joined_subnets(reader, here, there, peering, back);
    if !peering.use_remote_gateways {
        return;
    }
    if !back.allow_gateway_transit {
        let message = format!("`{}` does not allow `{}` to use its gateway", there.name, here.name);
        let help = format!("set `allow_gateway_transit: true` on the peering that `{}` lists", there.name);
        reader.error(Code::NETWORK_PEERING, peering.span, message, help);
    }
    if !there.has_bgp() {
        let message = format!("`{}` has no gateway to use", there.name);
        let help = "add a `gateway` or a `route_server` to that virtual network, or name that virtual network in a private peering or tunnel";
        reader.error(Code::NETWORK_PEERING, peering.span, message, help);
    }
    if here.gateway.is_some() {
        let message = format!("`{}` has its own gateway and uses a remote gateway", here.name);
        let help = "remove `use_remote_gateways`, or remove the virtual network's own gateway and the private peerings and tunnels that connect to \
            it; a virtual network can use either its own gateway or a remote gateway";
        reader.error(Code::NETWORK_PEERING, peering.span, message, help);
    } else if here.route_server.is_some() {
        let message = format!("`{}` has its own Route Server and uses a remote gateway", here.name);
        let help = "remove `use_remote_gateways`, or remove the virtual network's own `route_server`; a virtual network can use either its own Route \
            Server or the gateway of a peered virtual network";
        reader.error(Code::NETWORK_PEERING, peering.span, message, help);
    }
}

/// Checks that a virtual network uses at most one remote gateway, the limit in Azure.
pub(in crate::network::read) fn one_remote_gateway(reader: &mut Reader<'_>, here: &VirtualNetwork) {
    for second in here.peerings.iter().filter(|peering| peering.use_remote_gateways).skip(1) {
        let message = format!("`{}` uses a second remote gateway", here.name);
        let help = "keep `use_remote_gateways` on only one peering; a virtual network can use only one remote gateway";
        reader.error(Code::NETWORK_PEERING, second.span, message, help);
    }
}
