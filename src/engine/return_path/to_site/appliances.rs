//! Replies that arrive through appliances: over tunnels of their own, or at the appliance that translated the packet.

use crate::diag::Spanned;
use crate::engine::decision::{Comparison, Decision, Device, ReplyStart, ReplyTrace, UnknownInput};
use crate::engine::session::Session;
use crate::network::{SubnetId, VirtualNetworkId};

use crate::engine::return_path::appliance_nat::{Before, address_of, answers_to};
use crate::engine::return_path::appliance_tunnels::{to_site, translator, ways_in};
use crate::engine::return_path::crossings::{connections, crossings};
use crate::engine::return_path::reply::Reply;
use crate::engine::return_path::shared_flows::{combined, flows};
use crate::engine::return_path::source_parts::{near, parts_with_address};
use crate::engine::return_path::to_site::{Answering, ReturnContext};

impl ReturnContext<'_, '_> {
    /// Evaluates replies from a network that an appliance reaches over a tunnel of its own.
    pub(super) fn over_tunnels_of_appliances(&mut self, decision: &Decision, sessions: &[Session]) {
        let sources = self.of_family(self.own);
        let forwarding = self.ways.networks.forwarding();
        let ways_in = ways_in(forwarding, decision);
        let (outs, out) = (flows(decision), crossings(sessions, decision));
        let translators: Vec<Option<Device>> = decision.traces().map(translator).collect();
        let known = forwarding.prefixes(&near(&sources));
        let leads_back = |last: &Decision| {
            let over = connections(last);
            over.is_empty() || self.leads_back(&over)
        };
        let mut found = Vec::new();
        for source in &sources {
            for (part, address) in parts_with_address(source.value, known.iter().copied()) {
                let answers = outs.iter().zip(&translators).map(|(passed, translator)| {
                    let own = translator.map(|device| vec![device]);
                    let ways_in = own.as_ref().unwrap_or(&ways_in);
                    to_site(forwarding, ways_in, passed, (self.ways.id, address, &out), &leads_back)
                });
                let (difference, trace) = combined(answers.collect(), outs.iter().flatten().copied());
                let comparison = difference.unwrap_or(Comparison::SameLinks);
                found.push((Spanned::new(part, source.span), Reply { comparison, trace }));
            }
        }
        for (part, answer) in found {
            self.push(None, part, answer);
        }
    }

    /// Returns the virtual network and subnet of the appliance that translated the packet, with the reply's hops up to
    /// and including that appliance; or why the reply does not reach the appliance.
    pub(super) fn to_translator(
        &self,
        (network, subnet): (VirtualNetworkId, Option<SubnetId>),
        device: Device,
    ) -> Result<(Answering, Option<Before>), Box<Reply>> {
        let forwarding = self.ways.networks.forwarding();
        let Device::InSubnet { network: at, subnet: own, .. } = device else {
            // How a hub's firewall handles replies to its own addresses is not evaluated.
            return Err(Box::new(Comparison::Unknown(UnknownInput::Responder).into()));
        };
        let place = subnet.and_then(|id| Some((id, forwarding.subnet(network, id)?)));
        let address = address_of(forwarding.network(), device, self.destination.family);
        let up_to = match (place, address) {
            (Some((id, place)), Some(address)) => answers_to(forwarding, (network, id, &place), address)?,
            // No user route applies to a private endpoint, or to address space without a subnet.
            _ => ReplyTrace { start: ReplyStart::VirtualNetwork(network), ..ReplyTrace::default() },
        };
        Ok(((at, Some(own)), Some(Before { up_to, device })))
    }
}
