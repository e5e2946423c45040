//! Where a packet goes, in the words of the comparison: what peerpath decides, and what the machines do.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use peerpath::addr::{IpPrefix, special};
use peerpath::catalog::Catalog;
use peerpath::diag::Source;
use peerpath::engine::{
    Decision, DecisionId, Disposition, Engine, Hop, Inputs, ReturnVerdict, ReturnVerdicts, Router,
    RoutingTable, RoutingTables, Vantage, explain_at,
};
use peerpath::network::{self, CircuitId, Connection, Network};
use peerpath::rib::{AsPath, Attributes};

use super::kernel::{End, Kernels, Trace, word};
use super::plan::{COVER, SITES, VIRTUAL_NETWORKS, site, site_of};
use super::world::{Place, World};

/// Every way that a packet may take: `er-a/private/primary > gateway > fw > s1`, `b > internet of b`.
pub(crate) type Answer = BTreeSet<String>;

/// Where packets start: what peerpath calls it, and the machines that are there.
pub(crate) struct Start {
    pub(crate) name: &'static str,
    pub(crate) machines: &'static [&'static str],
}

/// The sites, and a subnet of each virtual network.
pub(crate) const STARTS: [Start; 6] = [
    Start { name: "a", machines: SITES[0].edges },
    Start { name: "b", machines: SITES[1].edges },
    Start { name: "c", machines: SITES[2].edges },
    Start { name: "hub/app", machines: &["hub"] },
    Start { name: "s1/app", machines: &["s1"] },
    Start { name: "s2/app", machines: &["s2"] },
];

impl Start {
    pub(crate) fn is_site(&self) -> bool {
        !self.name.contains('/')
    }
}

/// The network file with the tables of the internet edges, read.
pub(crate) struct Ours<'a> {
    catalog: &'a Catalog,
    network: Network,
    tables: RoutingTables,
}

/// What peerpath says from one start.
pub(crate) struct From<'o> {
    inputs: Inputs<'o>,
    vantage: Vantage,
    network: &'o Network,
    pub(crate) start: &'static Start,
    engine: Engine,
    /// Answers by decision, and by what holds the address.
    known: RefCell<HashMap<(DecisionId, String), Arc<Answer>>>,
    verdicts: Option<ReturnVerdicts>,
}

impl<'a> Ours<'a> {
    pub(crate) fn new(catalog: &'a Catalog, world: &World, text: String) -> Result<Self, String> {
        let (network, diagnostics) = network::read(&Source::new("network.yaml", text), catalog);
        let network = network.ok_or_else(|| {
            let all: Vec<&str> = diagnostics.iter().map(|one| one.message.as_str()).collect();
            all.join("; ")
        })?;
        let mut tables = RoutingTables::none();
        for (name, routes) in &world.internet {
            let number = site(name).number;
            let attributes = |path: &[u32]| Attributes {
                as_path: AsPath::sequence([number].iter().chain(path).copied()),
                ..Attributes::default()
            };
            let table: RoutingTable =
                routes.iter().map(|(prefix, path)| (*prefix, attributes(path))).collect();
            tables.insert(format!("{name}.csv"), table);
        }
        Ok(Self { catalog, network, tables })
    }

    /// What is said from a start, with the ways back where that is asked.
    pub(crate) fn from(&self, start: &'static Start, back: bool) -> Result<From<'_>, String> {
        let inputs = Inputs::new(&self.network, self.catalog).tables(&self.tables);
        let vantage = Vantage::named(&self.network, start.name).ok_or("no such start")?;
        let engine = Engine::compile_at(inputs, vantage).map_err(|error| error.to_string())?;
        let verdicts = back.then(|| ReturnVerdicts::of(inputs, vantage, &engine));
        Ok(From {
            inputs,
            vantage,
            network: &self.network,
            start,
            engine,
            known: RefCell::default(),
            verdicts,
        })
    }
}

impl From<'_> {
    fn decision(&self, address: IpAddr) -> &Decision {
        self.engine.decision(self.engine.decide(address))
    }

    /// The ways that a decision means.
    pub(crate) fn answer(&self, address: IpAddr) -> Arc<Answer> {
        let (id, holder) = (self.engine.decide(address), holder(address));
        let mut known = self.known.borrow_mut();
        let answer = known.entry((id, holder.clone())).or_insert_with(|| {
            let decision = self.engine.decision(id);
            Arc::new(decision.traces().flat_map(|trace| self.along(decision, trace, &holder)).collect())
        });
        Arc::clone(answer)
    }

    /// The ways of one trace: one for each carrier.
    fn along(&self, first: &Decision, trace: &[Hop], holder: &str) -> Vec<String> {
        if !self.start.is_site() {
            return self.along_from_azure(first, trace, holder);
        }
        // The edge at which the packet leaves the company: another site's, or the first router.
        let edge = trace.iter().rfind(|hop| hop.edge().is_some());
        let exit = edge.map_or(first, |hop| &hop.decision);
        let edges: Vec<String> = trace
            .iter()
            .filter(|hop| hop.edge().is_some())
            .map(|hop| hop.router.name(self.network))
            .collect();
        let inside: Vec<String> = trace.iter().filter_map(|hop| self.inside(hop.router)).collect();
        let way = |crossing: Option<String>, end: Option<String>| {
            let all: Vec<String> =
                edges.iter().cloned().chain(crossing).chain(inside.clone()).chain(end).collect();
            all.join(" > ")
        };
        let ends = |word: String| vec![way(None, Some(word))];
        let last = trace.last().map_or(first, |hop| &hop.decision);
        let name = edges.last().map_or(self.start.name, String::as_str);
        match (exit.disposition, last.disposition) {
            (_, Disposition::Unreachable | Disposition::Discarded) => {
                let lost = inside.iter().cloned().chain(["lost".to_owned()]);
                vec![lost.collect::<Vec<_>>().join(" > ")]
            }
            (Disposition::OnPremises, _) => ends(holder.to_owned()),
            (Disposition::Internet, _) => ends(format!("internet of {name}")),
            (Disposition::PrivatePeering, _) => {
                self.next_hops(exit).into_iter().map(|one| way(Some(one), Some(holder.to_owned()))).collect()
            }
            (Disposition::MicrosoftPeering, _) => {
                self.next_hops(exit).into_iter().map(|one| way(Some(one), None)).collect()
            }
            (other, _) => ends(other.to_string()),
        }
    }

    /// As [`Self::along`], from a subnet: what it passes in Azure, the connections that it crosses over, and the sites behind them.
    fn along_from_azure(&self, first: &Decision, trace: &[Hop], holder: &str) -> Vec<String> {
        let far = trace.iter().position(|hop| hop.edge().is_some()).unwrap_or(trace.len());
        let (azure, company) = trace.split_at(far);
        let inside: Vec<String> = azure.iter().filter_map(|hop| self.inside(hop.router)).collect();
        let crossing = azure.last().map_or(first, |hop| &hop.decision);
        let last = trace.last().map_or(first, |hop| &hop.decision);
        let found = |more: Vec<String>| inside.iter().cloned().chain(more).collect::<Vec<_>>().join(" > ");
        if matches!(last.disposition, Disposition::Unreachable | Disposition::Discarded) {
            return vec![found(vec!["lost".to_owned()])];
        }
        let Some((edge, end)) = company.first().zip(company.last()) else {
            return match last.disposition {
                Disposition::PrivatePeering => {
                    self.next_hops(last).into_iter().map(|one| found(vec![one])).collect()
                }
                Disposition::AzureBackbone if !holder.is_empty() => vec![found(vec![holder.to_owned()])],
                Disposition::AzureBackbone | Disposition::Internet => vec![found(vec!["net".to_owned()])],
                other => vec![found(vec![other.to_string()])],
            };
        };
        let sites: Vec<String> = company.iter().map(|hop| hop.router.name(self.network)).collect();
        let ends = match end.decision.disposition {
            Disposition::OnPremises => vec![holder.to_owned()],
            Disposition::Internet => vec![format!("internet of {}", end.router.name(self.network))],
            Disposition::MicrosoftPeering | Disposition::PrivatePeering => self.next_hops(&end.decision),
            other => vec![other.to_string()],
        };
        // Of several circuits those that end at this edge.
        let here = |circuit: CircuitId| self.network.edges_of(circuit).contains(&edge.edge());
        let crossed = self.carriers_where(crossing, &here);
        let ways = crossed.iter().flat_map(|one| ends.iter().map(move |end| (one, end)));
        ways.map(|(one, end)| {
            let all = std::iter::once(one.clone()).chain(sites.iter().cloned()).chain([end.clone()]);
            found(all.collect())
        })
        .collect()
    }

    /// The word for a router inside Azure.
    fn inside(&self, router: Router) -> Option<String> {
        match router {
            Router::Edge(_)
            | Router::EdgePastGlobalReach(_)
            | Router::Proxy(_)
            | Router::MicrosoftEdge(_)
            | Router::Hub(..) => None,
            Router::Gateway(_) => Some("gateway".to_owned()),
            Router::Device(_) => router.name(self.network).rsplit('/').next().map(str::to_owned),
        }
    }

    /// The connections that carry a decision.
    fn next_hops(&self, decision: &Decision) -> Vec<String> {
        self.carriers_where(decision, &|_| true)
    }

    fn carriers_where(&self, decision: &Decision, wanted: &dyn Fn(CircuitId) -> bool) -> Vec<String> {
        let peering =
            if decision.disposition == Disposition::MicrosoftPeering { "microsoft" } else { "private" };
        let circuits = decision.next_hops().iter().filter_map(|next_hop| next_hop.circuit);
        let name = |(id, connection): (CircuitId, Connection)| {
            let circuit = self.network.circuit(id).map_or("", |circuit| &circuit.name);
            format!("{circuit}/{peering}/{}", connection.name())
        };
        circuits.filter(|(id, _)| wanted(*id)).map(name).collect()
    }

    /// The decision in short, for a difference.
    pub(crate) fn explain(&self, address: IpAddr) -> String {
        let decision = self.decision(address);
        let prefix = decision.prefix.map(|prefix| prefix.to_string()).unwrap_or_default();
        format!("{} by {prefix}, {:?}", decision.disposition, decision.why.step)
    }

    /// What becomes of the answer to a source: what the space says of all sources together, and where that is not that
    /// all is well, the worst of the parts
    /// that hold this one.
    pub(crate) fn back(&self, source: IpAddr, address: IpAddr) -> Option<ReturnVerdict> {
        let verdicts = self.verdicts.as_ref()?;
        let all = match address {
            IpAddr::V4(address) => verdicts.partition4().get(address),
            IpAddr::V6(address) => verdicts.partition6().get(address),
        };
        let all = all.map(|back| back.verdict);
        if all == Some(ReturnVerdict::Symmetric) {
            return all;
        }
        let found = explain_at(self.inputs, self.vantage, address).ok()?.return_path?;
        // Of parts that lie in each other the longest prefix counts.
        let parts = || found.sources.iter().filter(|part| part.source.contains(source));
        let longest = parts().map(|part| part.source.length()).max()?;
        parts().filter(|part| part.source.length() == longest).map(|part| part.verdict).max()
    }
}

/// The site or virtual network that holds an address.
fn holder(address: IpAddr) -> String {
    let holds = |prefix: &str| prefix.parse::<IpPrefix>().unwrap().contains(address);
    let of_site = SITES.iter().find(|site| site.prefixes.into_iter().any(holds));
    let of_network = VIRTUAL_NETWORKS.iter().find(|own| own.prefixes.into_iter().any(holds));
    let name = of_network.map(|own| own.name.to_owned());
    of_site.map(|site| format!("site {}", site.name)).or(name).unwrap_or_default()
}

/// What the machines do with a packet from a start.
pub(crate) fn traces(kernels: &Kernels, start: &Start, address: IpAddr) -> BTreeSet<Trace> {
    start.machines.iter().flat_map(|machine| kernels.traces(machine, address)).collect()
}

/// A trace in the words of an answer; where it is lost, without the sites on its way.
pub(crate) fn stated(world: &World, start: &Start, trace: &Trace, address: IpAddr) -> String {
    let mut words: Vec<String> = Vec::new();
    if start.is_site() {
        words.extend(
            trace.machines.iter().filter_map(|machine| site_of(machine)).map(|site| site.name.to_owned()),
        );
        words.dedup();
        words.remove(0);
    }
    let edges = words.len();
    let mut crossing = None;
    for machine in &trace.machines {
        match *machine {
            // A gateway without a route table of the user's own is not told.
            "gw" if world.tables.contains_key(&Place::Gateway) => words.push("gateway".to_owned()),
            "fw" => words.push("fw".to_owned()),
            x if x.starts_with('x') && crossing.is_none() => {
                crossing = Some(words.len());
                words.push(word(x));
                // What lies behind a summary that nobody has, the network file does not say.
                if !start.is_site() && is_of_summary(address) {
                    return words.join(" > ");
                }
            }
            // What a subnet sends over a circuit comes to sites.
            edge if !start.is_site() && crossing.is_some() => {
                let name = site_of(edge).map(|site| site.name.to_owned());
                words.extend(name.filter(|name| words.last() != Some(name)));
            }
            _ => {}
        }
    }
    match trace.end {
        // The internet does not route addresses of special purpose.
        End::At(machine) if !is_internet(machine) || special::block_of(address).is_none() => {
            words.push(word(machine));
        }
        End::At(_) | End::Lost | End::Loop => {
            match crossing {
                Some(at) if start.is_site() => drop(words.remove(at)),
                Some(at) => words.truncate(at),
                None => {}
            }
            words.drain(..edges);
            words.push("lost".to_owned());
        }
    }
    words.join(" > ")
}

/// Whether sites announce an address by a summary alone.
fn is_of_summary(address: IpAddr) -> bool {
    let covers = |prefix: &str| prefix.parse::<IpPrefix>().unwrap().contains(address);
    holder(address).is_empty() && COVER.into_iter().any(covers)
}

fn is_internet(machine: &str) -> bool {
    machine == "net" || SITES.iter().any(|site| site.provider == machine)
}
