//! What peerpath decides, in the words of the comparison.

use std::net::IpAddr;

use peerpath::catalog::Catalog;
use peerpath::diag::Source;
use peerpath::engine::{Disposition, Engine, Inputs, RoutingTable, RoutingTables, SessionKind};
use peerpath::network::{self, SiteId};
use peerpath::rib::{AsPath, Attributes};

use super::kernel::Ways;
use super::world::{PROVIDER, World};

/// The engine of the edge.
pub(crate) struct Ours(Engine);

impl Ours {
    /// Compiles the network file as it is written.
    pub(crate) fn new(catalog: &Catalog, world: &World) -> Result<Self, String> {
        let (network, diagnostics) = network::read(&Source::new("network.yaml", world.network()), catalog);
        let network = network.ok_or_else(|| {
            let all: Vec<&str> = diagnostics.iter().map(|one| one.message.as_str()).collect();
            all.join("; ")
        })?;
        let mut tables = RoutingTables::none();
        tables.insert("internet.csv".to_owned(), internet(world));
        let inputs = Inputs::new(&network, catalog).tables(&tables);
        Engine::compile(inputs, SiteId(0)).map(Self).map_err(|error| error.to_string())
    }

    /// The interfaces of the edge that a decision means.
    pub(crate) fn ways(&self, address: IpAddr) -> Ways {
        let decision = self.0.decision(self.0.decide(address));
        match decision.disposition {
            Disposition::Unreachable => return Ways::new(),
            Disposition::Discarded => return Ways::from(["-".to_owned()]),
            Disposition::OnPremises => return Ways::from(["lan".to_owned()]),
            _ => {}
        }
        let interface = |session: &peerpath::engine::Session| match session.kind {
            SessionKind::Internet(_) => "to-provider".to_owned(),
            SessionKind::Circuit(_, _, connection) => format!("to-{}", connection.name()),
            other => format!("{other:?}"),
        };
        let next_hops = decision.why.next_hops.iter();
        let sessions = next_hops
            .filter_map(|next_hop| self.0.sessions().iter().find(|session| session.id == next_hop.session));
        sessions.map(interface).collect()
    }

    /// Whether lists disagree on what Microsoft advertises to the edge.
    pub(crate) fn is_ambiguous(&self, address: IpAddr) -> bool {
        self.0.decision(self.0.decide(address)).disposition == Disposition::Ambiguous
    }

    /// The decision in short, for a difference.
    pub(crate) fn explain(&self, address: IpAddr) -> String {
        let decision = self.0.decision(self.0.decide(address));
        let prefix = decision.prefix.map(|prefix| prefix.to_string()).unwrap_or_default();
        format!("{} by {prefix}, {:?}", decision.disposition, decision.why.step)
    }
}

/// What the provider tells, as a table of routes.
fn internet(world: &World) -> RoutingTable {
    let attributes = |path: &[u32]| Attributes {
        as_path: AsPath::sequence([PROVIDER].iter().chain(path).copied()),
        ..Attributes::default()
    };
    world.internet.iter().map(|route| (route.prefix, attributes(&route.path))).collect()
}
