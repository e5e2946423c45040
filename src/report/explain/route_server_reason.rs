//! Reasons for decisions caused by Route Servers, as sentences.

use crate::engine::{Reason, RouteServerDoubt};
use crate::report::explain::reason::Names;

impl Names<'_> {
    /// Returns the reason for a decision at a Route Server, or at an appliance that advertises routes to one.
    pub(super) fn route_server_reason(&self, reason: &Reason, prefix: &str) -> String {
        match reason {
            Reason::RouteServer { network, circuits, span } => {
                let over = match circuits.as_slice() {
                    [] => "a tunnel".to_owned(),
                    circuits => format!("private peering of {}", self.circuits(circuits)),
                };
                self.placed(
                    format!(
                        "the gateway of `{}` advertises {prefix}, learned from its Route Server, over {over}",
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
                        "the Route Server of `{}` learned {prefix}, and the appliance{shared} ({})",
                        self.virtual_network(*network),
                        all.join(", ")
                    ),
                    *span,
                )
            }
            Reason::OwnTunnel { to: None, span } => self.placed(
                format!("the appliance advertises {prefix} and forwards packets over its own tunnel, which is not evaluated"),
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
                    "{prefix} is advertised both by appliances to a Route Server and over a circuit or tunnel, and \
                     the Route Server's routing preference does not decide between these routes: which route \
                     is used is not documented"
                ),
                *span,
            ),
            Reason::RouteServerUnknown { doubt: RouteServerDoubt::OtherGateway, span } => self.placed(
                format!(
                    "the gateway of another virtual network advertises {prefix}, learned from its Route \
                     Server, on the circuit: it is not documented whether a virtual network without its own \
                     Route Server uses this route"
                ),
                *span,
            ),
            _ => String::new(),
        }
    }
}
