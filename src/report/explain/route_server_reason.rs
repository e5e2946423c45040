//! Reasons of decisions that Route Servers bring about, as sentences.

use crate::engine::{Reason, RouteServerDoubt};
use crate::report::explain::reason::Names;

impl Names<'_> {
    /// Why, at a Route Server or an appliance that tells one.
    pub(super) fn route_server_reason(&self, reason: &Reason, prefix: &str) -> String {
        match reason {
            Reason::RouteServer { network, circuits, span } => {
                let over = match circuits.as_slice() {
                    [] => "a tunnel".to_owned(),
                    circuits => format!("private peering of {}", self.circuits(circuits)),
                };
                self.placed(
                    format!(
                        "the gateway of `{}` announces {prefix} of its Route Server over {over}",
                        self.virtual_network(*network)
                    ),
                    *span,
                )
            }
            Reason::Injected { network, next_hops, span } => {
                let all: Vec<String> = next_hops.iter().map(ToString::to_string).collect();
                let shared = if all.len() > 1 { "s share the flows" } else { " is its next hop" };
                self.placed(
                    format!(
                        "the Route Server of `{}` was told {prefix}, and the appliance{shared} ({})",
                        self.virtual_network(*network),
                        all.join(", ")
                    ),
                    *span,
                )
            }
            Reason::OwnTunnel { to: None, span } => self.placed(
                format!("the appliance advertises {prefix} and sends it on over a tunnel of its own, which is not followed"),
                *span,
            ),
            Reason::OwnTunnel { to: Some((network, appliance)), span } => {
                let own = self.network.and_then(|all| all.virtual_network(*network));
                let name = own.and_then(|own| own.appliances.get(appliance.index())).map_or("", |one| &one.name);
                let network = self.virtual_network(*network);
                self.placed(
                    format!("the appliance sends {prefix} over a tunnel to the appliance `{network}/{name}`"),
                    *span,
                )
            }
            Reason::RouteServerUnknown { doubt: RouteServerDoubt::Tie, span } => self.placed(
                format!(
                    "appliances of a Route Server and a circuit or a tunnel bring {prefix}, and its routing preference does not part \
                     them: which is used is not documented"
                ),
                *span,
            ),
            Reason::RouteServerUnknown { doubt: RouteServerDoubt::OtherGateway, span } => self.placed(
                format!(
                    "the gateway of another virtual network announces {prefix} of its Route Server on the circuit: whether a virtual \
                     network without a Route Server of its own uses that is not documented"
                ),
                *span,
            ),
            _ => String::new(),
        }
    }
}
