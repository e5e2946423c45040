//! Reasons for decisions at virtual hubs, as sentences.

use crate::engine::{HubDoubt, Reason};
use crate::report::explain::reason::Names;

impl Names<'_> {
    /// Returns the reason for a decision at a virtual hub or on the path to one.
    pub(super) fn hub_reason(&self, reason: &Reason, prefix: &str) -> String {
        match reason {
            Reason::HubItself { hub, span } => self.placed(
                format!("{prefix} belongs to the virtual hub `{}` itself", self.virtual_hub(*hub)),
                *span,
            ),
            Reason::VirtualHub { hub, circuits, span } => {
                let over = match circuits.as_slice() {
                    [] => String::new(),
                    circuits => format!(" over private peering of {}", self.circuits(circuits)),
                };
                self.placed(
                    format!("the virtual hub `{}` advertises {prefix}{over}", self.virtual_hub(*hub)),
                    *span,
                )
            }
            Reason::HubLearned { hub, circuits, turned, span } => {
                let over = match circuits.as_slice() {
                    [] => "a tunnel".to_owned(),
                    circuits => format!("private peering of {}", self.circuits(circuits)),
                };
                let from = turned
                    .map(|other| format!(", where the hub `{}` advertises it", self.virtual_hub(other)));
                let from = from.unwrap_or_default();
                self.placed(
                    format!("the hub `{}` learned {prefix} over {over}{from}", self.virtual_hub(*hub)),
                    *span,
                )
            }
            Reason::OtherHub { hub, span } => {
                self.placed(format!("{prefix} is behind the hub `{}`", self.virtual_hub(*hub)), *span)
            }
            Reason::HubFirewall { hub, firewall, span } => {
                let own = self.network.and_then(|network| network.virtual_hub(*hub));
                let name =
                    own.and_then(|own| own.firewalls.get(firewall.index())).map_or("", |name| &name.value);
                let hub = self.virtual_hub(*hub);
                self.placed(
                    format!(
                        "the routing intent of the hub `{hub}` sends {prefix} through its firewall `{name}`"
                    ),
                    *span,
                )
            }
            Reason::HubStorage { hub, span } => self.placed(
                format!(
                    "{prefix} belongs to Storage in the region of the hub `{}`, and such traffic bypasses \
                     the hub's firewall, so sites cannot reach these addresses over the hub; traffic to a \
                     private endpoint is inspected",
                    self.virtual_hub(*hub)
                ),
                *span,
            ),
            Reason::HubUnknown { doubt, span } => {
                self.placed(format!("{prefix} is routed to a virtual hub, and {}", doubtful(*doubt)), *span)
            }
            _ => String::new(),
        }
    }
}

/// Returns the undocumented behavior of a hub as a clause.
const fn doubtful(doubt: HubDoubt) -> &'static str {
    match doubt {
        HubDoubt::InsideNetwork => {
            "a site advertises the prefix although it is equal to or inside a prefix of a connected virtual \
             network: whether the hub uses such a route is not documented"
        }
        HubDoubt::NotPrivate => {
            "the prefix is neither in RFC 1918 space nor among `private_prefixes`: Microsoft requires other \
             private prefixes to be listed, and does not document how a hub handles unlisted ones"
        }
        HubDoubt::HalfDefault => {
            "half of the default route was learned instead of 0.0.0.0/0, but forced tunnelling through \
             the firewall for private traffic accepts only 0.0.0.0/0"
        }
        HubDoubt::NotSettled => "the hub has several routes: which of them it uses is not documented",
        HubDoubt::SharedHubs => "several hubs share the flows, a case that is not evaluated",
        HubDoubt::Turned => {
            "Microsoft's edge has its own route for the prefix: it is not documented whether networks inside and \
             outside a virtual WAN can reach each other there through a site's route"
        }
        HubDoubt::ThirdHub => {
            "another hub on the same circuit learned the prefix from a third hub: it is not documented whether Microsoft's edge readvertises it"
        }
        HubDoubt::LongerLocal => {
            "the AS path of the hub's local route is at least two ASNs longer than that of another hub's route: \
             according to the documented order the local route is used, but according to the known \
             issues of Virtual WAN another hub's route may be preferred"
        }
        HubDoubt::UserRoute => {
            "the effect of a user route with the gateway as its next hop is not documented for a virtual network that is connected to a hub"
        }
    }
}
