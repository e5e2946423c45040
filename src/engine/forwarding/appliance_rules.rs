//! The rules with which appliances and firewalls in Azure deny packets by their destination.
//!
//! A rule applies to every packet that the appliance would forward, whatever its next hop. A stateful appliance lets
//! replies pass, because they belong to a known session.

use std::net::IpAddr;
use std::sync::Arc;

use crate::engine::decision::{Decision, Device, Disposition, Reason, Why};
use crate::network::DenyRule;

use super::Forwarding;

impl Forwarding<'_> {
    /// Applies an appliance's rules to its decision about an address, by linear scans. The first rule that denies the
    /// address decides.
    pub(super) fn under_rules(&self, device: Device, address: IpAddr, routed: Decision) -> Decision {
        let mut rules = device.deny_rules(self.network()).iter();
        match rules.find(|rule| rule.denies(self.inputs.catalog, address)) {
            Some(rule) => denied_at(device, rule, &routed),
            None => routed,
        }
    }
}

/// Returns an appliance's decision about packets that a rule denies.
pub(in crate::engine) fn denied_at(device: Device, rule: &DenyRule, routed: &Decision) -> Decision {
    let reason = Reason::DeniedByAppliance { device, span: rule.span };
    let why = Arc::new(Why::new(reason, Vec::new(), None));
    Decision { disposition: Disposition::Discarded, prefix: routed.prefix, why }
}
