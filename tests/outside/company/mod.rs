//! Our decisions against a whole company of real routers: three sites, one with two edge routers, FRR at each, OSPF
//! and a full mesh of internal BGP between them; two circuits at different sites, and a provider at each, BIRD; behind
//! private peering a gateway, a firewall that keeps sessions, a hub and two spokes, whose kernels have the effective
//! routes of their subnets.
//!
//! ```text
//! world ─┬─▶ network file ─── Engine ─────────────────────────────────────┐
//!        ├─▶ FRR ×4, BIRD ×11 ─▶ kernels ─┬─▶ traces, machine by machine ─┼─▶ equal for every address
//!        └─▶ Azure's documented rules ────┘└─▶ TCP connections ───────────┴─▶ as the way back is told
//! ```
//!
//! Needs root, Linux and Debian's `frr`, `bird2`, `iproute2`, `nftables` and `python3`. Without them every trial counts
//! as ignored; with `PEERPATH_REQUIRE_ROUTERS=1` it fails instead. `UPDATE_EXPECT=1` writes the figures to
//! `docs/dev/conformance-company.md`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says where it is"
)]

mod answers;
mod azure;
mod converge;
mod edges;
mod flows;
mod kernel;
mod lab;
mod neighbors;
mod plan;
mod policy;
mod record;
mod situations;
mod world;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::OnceLock;
use std::thread;

use libtest_mimic::{Failed, Trial};
use peerpath::addr::IpPrefix;
use peerpath::catalog::{Catalog, Cloud};

use answers::{Answer, From, Ours, STARTS};
use kernel::Kernels;
use lab::Lab;
use record::Figures;
use situations::{Situation, situations};

use crate::machines::{missing, sample};

/// The fewest answers that a situation must compare.
const LEAST: usize = 24_000;
/// The fewest connections of which it must be told whether they come about, where connections are tried.
const LEAST_SETTLED: usize = 200;
/// The addresses that are asked of each kernel itself.
const SPOTS: usize = 100;
/// Seeded addresses of each family beyond those at the edges of prefixes.
const ANYWHERE: usize = 600;
/// What must be installed.
const PROGRAMS: [&str; 7] = [
    "/usr/sbin/bird",
    "/usr/lib/frr/zebra",
    "/usr/lib/frr/ospfd",
    "/usr/lib/frr/ospf6d",
    "/usr/lib/frr/bgpd",
    "/usr/sbin/nft",
    "/usr/bin/python3",
];

/// The trials of this suite; `list`: they are only listed.
pub(super) fn trials(list: bool) -> Vec<Trial> {
    let missing = missing(&PROGRAMS);
    let required = std::env::var("PEERPATH_REQUIRE_ROUTERS").is_ok_and(|value| value == "1");
    if let (Some(missing), false) = (&missing, required || list) {
        eprintln!("company: not run, {missing}; `.ci/run` installs what is needed");
    }
    let catalog = Catalog::shipped(Cloud::Public).unwrap();
    let names: Vec<&'static str> = situations(&catalog).iter().map(|one| one.name).collect();
    let ignored = missing.is_some() && !required;
    let trials = names
        .into_iter()
        .map(|name| Trial::test(name.replace(' ', "_"), move || trial(name)).with_ignored_flag(ignored));
    trials.collect()
}

/// One situation's verdict. The first trial walks the machines through all of them.
fn trial(name: &str) -> Result<(), Failed> {
    static ALL: OnceLock<Result<Vec<Figures>, String>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let all = walk()?;
        record::write(&all)?;
        Ok(all)
    });
    let all = all.as_ref().map_err(|error| Failed::from(error.clone()))?;
    let figures = all.iter().find(|one| one.name == name).ok_or("the machines did not get there")?;
    if figures.compared < LEAST {
        return Err(format!("{} answers are fewer than {LEAST}", figures.compared).into());
    }
    if figures.tried.is_some() && figures.settled() < LEAST_SETTLED {
        return Err(format!("{} connections are fewer than {LEAST_SETTLED}", figures.settled()).into());
    }
    if figures.differences.is_empty() {
        return Ok(());
    }
    let shown: Vec<&str> = figures.differences.iter().take(20).map(String::as_str).collect();
    Err(format!("{figures}\n{}", shown.join("\n")).into())
}

fn walk() -> Result<Vec<Figures>, String> {
    let catalog = Catalog::shipped(Cloud::Public).map_err(|error| error.to_string())?;
    let situations = situations(&catalog);
    // What other situations have is asked for too: it must be gone in this one.
    let mut prefixes: BTreeSet<IpPrefix> = BTreeSet::new();
    for situation in &situations {
        prefixes.extend(situation.world.microsoft(&catalog).into_keys());
        prefixes.extend(situation.world.internet.values().flat_map(|routes| routes.keys().copied()));
    }
    let addresses = sample::addresses(&prefixes, &plan::own(), ANYWHERE);
    let mut lab = Lab::new()?;
    flows::serve(&mut lab.machines)?;
    let mut all = Vec::new();
    for (turn, situation) in situations.iter().enumerate() {
        let figures = lab
            .reach(&catalog, &situation.world)
            .and_then(|()| compare(&lab, &catalog, &addresses, situation, turn))
            .map_err(|error| format!("{}: {error}\n{}", situation.name, lab.machines.logs()))?;
        eprintln!("{figures}");
        all.push(figures);
    }
    Ok(all)
}

fn compare(
    lab: &Lab,
    catalog: &Catalog,
    addresses: &[IpAddr],
    situation: &Situation,
    turn: usize,
) -> Result<Figures, String> {
    let (world, kernels) = (&situation.world, &lab.kernels);
    let ours = Ours::new(catalog, world, world.network())?;
    let starts: Vec<From<'_>> = thread::scope(|scope| {
        let all = STARTS.each_ref().map(|start| scope.spawn(|| ours.from(start, situation.opens)));
        all.into_iter().map(|one| joined(one)?).collect::<Result<_, String>>()
    })?;
    let opening = situation.opens.then(|| flows::open(&lab.machines, turn, &starts)).transpose()?;
    let spots: Vec<IpAddr> = addresses.iter().step_by(addresses.len() / SPOTS + 1).copied().collect();
    for name in kernel::forwarding() {
        kernels.spot_check(&lab.machines, name, &spots)?;
    }
    let mut figures = Figures::new(situation);
    let parts = thread::scope(|scope| {
        let one = |from| scope.spawn(|| compare_from(from, kernels, addresses, situation));
        let all: Vec<_> = starts.into_iter().map(one).collect();
        all.into_iter().map(joined).collect::<Result<Vec<Figures>, String>>()
    })?;
    for part in parts {
        figures.absorb(part);
    }
    if let Some(opening) = opening {
        let tried = opening.evaluate()?;
        figures.differences.extend(tried.differences.iter().cloned());
        figures.tried = Some(tried);
    }
    Ok(figures)
}

fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> Result<T, String> {
    thread.join().map_err(|_| "a thread panicked".to_owned())
}

/// Compares every answer from one start.
fn compare_from(from: From<'_>, kernels: &Kernels, addresses: &[IpAddr], situation: &Situation) -> Figures {
    let (start, world) = (from.start, &situation.world);
    let mut figures = Figures::new(situation);
    for address in addresses {
        let found = from.answer(*address);
        let traces = answers::traces(kernels, start, *address);
        let real: Answer =
            traces.iter().map(|trace| answers::stated(world, start, trace, *address)).collect();
        figures.count(start.name, *address, &real);
        if *found != real {
            let (name, short) = (start.name, from.explain(*address));
            figures.differ(
                format!("{name}: ours {found:?}, the machines {real:?}"),
                format!("{name} to {address}: ours {found:?} ({short}), the machines {real:?}: {traces:?}"),
            );
        }
    }
    figures
}
