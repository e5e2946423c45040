//! Where a packet goes, in the words of the comparison: what peerpath decides, and what the machines do.

use std::collections::BTreeSet;
use std::net::IpAddr;

use peerpath::addr::{IpPrefix, special};
use peerpath::catalog::Catalog;
use peerpath::diag::Source;
use peerpath::engine::{
    Decision, Disposition, Engine, Inputs, ReturnVerdict, ReturnVerdicts, RouteTable, RouteTables, Router,
    SessionKind, Vantage,
};
use peerpath::network::{self, Network};
use peerpath::rib::{AsPath, Attributes};

use super::kernel::{End, Kernels, Trace, word};
use super::plan::{SITES, VIRTUAL_NETWORKS, site};
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
    tables: RouteTables,
}

/// What peerpath says from one start.
pub(crate) struct From<'o> {
    network: &'o Network,
    pub(crate) start: &'static Start,
    engine: Engine,
    verdicts: Option<ReturnVerdicts>,
}

impl<'a> Ours<'a> {
    pub(crate) fn new(catalog: &'a Catalog, world: &World, text: String) -> Result<Self, String> {
        let (network, diagnostics) = network::read(&Source::new("network.yaml", text), catalog);
        let network = network.ok_or_else(|| {
            let all: Vec<&str> = diagnostics.iter().map(|one| one.message.as_str()).collect();
            all.join("; ")
        })?;
        let mut tables = RouteTables::none();
        for (name, routes) in &world.internet {
            let number = site(name).number;
            let attributes = |path: &[u32]| Attributes {
                as_path: AsPath::sequence([number].iter().chain(path).copied()),
                ..Attributes::default()
            };
            let table: RouteTable = routes.iter().map(|(prefix, path)| (*prefix, attributes(path))).collect();
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
        Ok(From { network: &self.network, start, engine, verdicts })
    }
}

impl From<'_> {
    fn decision(&self, address: IpAddr) -> &Decision {
        self.engine.decision(self.engine.decide(address))
    }

    /// The ways that a decision means.
    pub(crate) fn answer(&self, address: IpAddr) -> Answer {
        let decision = self.decision(address);
        let routers = decision.hops().iter().map(|hop| match hop.router {
            Router::Gateway(_) => "gateway".to_owned(),
            other @ Router::Device(_) => {
                other.name(self.network).rsplit('/').next().unwrap_or_default().to_owned()
            }
        });
        let routers: Vec<String> = routers.collect();
        let along = |crossing: Option<String>, end: Option<String>| {
            let behind_first = self.start.is_site();
            let before = routers.iter().filter(|_| !behind_first).cloned();
            let after = routers.iter().filter(|_| behind_first).cloned();
            let all: Vec<String> = before.chain(crossing).chain(after).chain(end).collect();
            all.join(" > ")
        };
        let carried = |decision: &Decision| -> Vec<String> {
            let carriers = decision.carriers().iter();
            let session = |id| self.engine.sessions().iter().find(|session| session.id == id);
            carriers
                .filter_map(|carrier| session(carrier.session))
                .map(|one| carrier(one.kind, &one.name))
                .collect()
        };
        match decision.disposition {
            Disposition::Unreachable | Disposition::Discarded => {
                Answer::from([along(None, Some("lost".to_owned()))])
            }
            Disposition::OnPremises => Answer::from([along(None, Some(holder(address)))]),
            Disposition::Internet if self.start.is_site() => {
                Answer::from([along(None, Some(format!("internet of {}", self.start.name)))])
            }
            Disposition::Internet => Answer::from([along(None, Some("net".to_owned()))]),
            Disposition::AzureBackbone => {
                let end = holder(address);
                Answer::from([along(None, Some(if end.is_empty() { "net".to_owned() } else { end }))])
            }
            Disposition::PrivatePeering if self.start.is_site() => {
                carried(decision).into_iter().map(|one| along(Some(one), Some(holder(address)))).collect()
            }
            Disposition::MicrosoftPeering | Disposition::PrivatePeering => {
                carried(decision).into_iter().map(|one| along(Some(one), None)).collect()
            }
            other => Answer::from([along(None, Some(other.to_string()))]),
        }
    }

    /// The decision in short, for a difference.
    pub(crate) fn tell(&self, address: IpAddr) -> String {
        let decision = self.decision(address);
        let prefix = decision.prefix.map(|prefix| prefix.to_string()).unwrap_or_default();
        format!("{} by {prefix}, {:?}", decision.disposition, decision.why.step)
    }

    /// What becomes of an answer.
    pub(crate) fn back(&self, address: IpAddr) -> Option<ReturnVerdict> {
        let verdicts = self.verdicts.as_ref()?;
        match address {
            IpAddr::V4(address) => *verdicts.partition4().get(address),
            IpAddr::V6(address) => *verdicts.partition6().get(address),
        }
    }
}

fn carrier(kind: SessionKind, name: &str) -> String {
    if matches!(kind, SessionKind::Circuit(..)) { name.to_owned() } else { format!("{kind:?}") }
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

/// A trace in the words of an answer; without the sites on the way.
pub(crate) fn said(world: &World, start: &Start, trace: &Trace, address: IpAddr) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut crossing = None;
    for machine in &trace.machines {
        match *machine {
            // A gateway without a route table of the user's own is not told.
            "gw" if world.tables.contains_key(&Place::Gateway) => words.push("gateway".to_owned()),
            "fw" => words.push("fw".to_owned()),
            x if x.starts_with('x') && crossing.is_none() => {
                crossing = Some(words.len());
                words.push(word(x));
                // What a subnet sends over a circuit is the site's from there on.
                if !start.is_site() {
                    return words.join(" > ");
                }
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
            if let Some(at) = crossing {
                words.remove(at);
            }
            words.push("lost".to_owned());
        }
    }
    words.join(" > ")
}

fn is_internet(machine: &str) -> bool {
    machine == "net" || SITES.iter().any(|site| site.provider == machine)
}
