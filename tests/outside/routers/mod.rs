//! Our decisions against real routers: FRR is the customer edge, BIRD Microsoft's two edge routers and
//! the internet provider, in network namespaces that the test makes and removes.
//!
//! ```text
//! world ─┬─▶ network file ─┬─ peerpath export frr ─▶ FRR ─▶ kernel ─┐
//!        │                 └─ Engine ───────────────────────────────┼─▶ equal for every address
//!        └─▶ catalog's routes ─▶ BIRD ×3 ─▶ FRR                     ┘
//! ```
//!
//! Needs root, Linux and Debian's `frr`, `bird2` and `iproute2`. Without them every trial counts as
//! ignored; with `PEERPATH_REQUIRE_ROUTERS=1` it fails instead. `UPDATE_EXPECT=1` writes the figures
//! to `docs/dev/conformance.md`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says where it is"
)]

mod converge;
mod kernel;
mod lab;
mod ours;
mod record;
mod situations;
mod world;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::process::Command;
use std::sync::OnceLock;

use libtest_mimic::{Failed, Trial};
use peerpath::addr::IpPrefix;
use peerpath::catalog::{Catalog, Cloud};

use converge::{Expected, converged, parted};
use kernel::{Routes, route_get};
use lab::Lab;
use record::Figures;
use situations::{Situation, situations};
use world::{LAN, NEIGHBORS};

use crate::machines::{missing, sample};

/// The fewest addresses that a situation must compare.
const LEAST: usize = 20_000;
/// The most addresses that a situation may leave out, because lists disagree on whether Microsoft advertises them: those of
/// sign-in in regional communities. The lab's routers do not advertise them.
const MOST_AMBIGUOUS: usize = 200;
/// What must be installed.
const PROGRAMS: [&str; 4] =
    ["/usr/sbin/bird", "/usr/lib/frr/bgpd", "/usr/lib/frr/zebra", "/usr/lib/frr/staticd"];
/// Seeded addresses of each family beyond those at the edges of prefixes.
const ANYWHERE: usize = 2_000;

/// The trials of this suite; `list`: they are only listed.
pub(super) fn trials(list: bool) -> Vec<Trial> {
    let missing = missing(&PROGRAMS);
    let required = std::env::var("PEERPATH_REQUIRE_ROUTERS").is_ok_and(|value| value == "1");
    if let (Some(missing), false) = (&missing, required || list) {
        eprintln!("routers: not run, {missing}; `.ci/run` installs what is needed");
    }
    let catalog = Catalog::shipped(Cloud::Public).unwrap();
    let names: Vec<&'static str> = situations(&catalog).iter().map(|one| one.name).collect();
    let ignored = missing.is_some() && !required;
    let trials = names
        .into_iter()
        .map(|name| Trial::test(name.replace(' ', "_"), move || trial(name)).with_ignored_flag(ignored));
    trials.collect()
}

/// One situation's verdict. The first trial walks the routers through all of them.
fn trial(name: &str) -> Result<(), Failed> {
    static ALL: OnceLock<Result<Vec<Figures>, String>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let all = walk()?;
        record::write(&all)?;
        Ok(all)
    });
    let all = all.as_ref().map_err(|error| Failed::from(error.clone()))?;
    let figures = all.iter().find(|one| one.name == name).ok_or("the routers did not get there")?;
    if figures.compared < LEAST {
        return Err(format!("{} addresses are fewer than {LEAST}", figures.compared).into());
    }
    if figures.differences.is_empty() {
        return Ok(());
    }
    let shown: Vec<&str> = figures.differences.iter().take(20).map(String::as_str).collect();
    Err(format!(
        "{} of {} addresses differ:\n{}",
        figures.differences.len(),
        figures.compared,
        shown.join("\n")
    )
    .into())
}

fn walk() -> Result<Vec<Figures>, String> {
    let catalog = Catalog::shipped(Cloud::Public).map_err(|error| error.to_string())?;
    let mut lab = Lab::new(&NEIGHBORS, &LAN)?;
    let mut routers = Routers::default();
    let mut all = Vec::new();
    let situations = situations(&catalog);
    // What another situation's route filter brings is asked for too: it must be gone in this one.
    let advertised: BTreeSet<IpPrefix> =
        situations.iter().flat_map(|one| one.world.microsoft(&catalog).into_keys()).collect();
    for situation in &situations {
        let figures = routers
            .reach(&mut lab, &catalog, situation)
            .and_then(|kernel| compare(&lab, &catalog, &advertised, situation, &kernel))
            .map_err(|error| format!("{}: {error}\n{}", situation.name, lab.machines.logs()))?;
        eprintln!("{figures}");
        all.push(figures);
    }
    Ok(all)
}

/// What runs at the moment.
#[derive(Default)]
struct Routers {
    frr: Option<String>,
    birds: [Option<String>; 3],
    down: [bool; 2],
}

impl Routers {
    /// Changes what differs, and waits until the edge has settled.
    fn reach(&mut self, lab: &mut Lab, catalog: &Catalog, situation: &Situation) -> Result<Routes, String> {
        let world = &situation.world;
        let config = export(lab, world)?;
        if self.frr.as_ref() != Some(&config) {
            lab.machines.stop("edge");
            lab.frr(&config)?;
            self.frr = Some(config);
        }
        let mut expected = Vec::new();
        for (index, neighbor) in NEIGHBORS.iter().enumerate() {
            let up = world.up.get(index).copied().unwrap_or(true);
            if let Some(down) = self.down.get_mut(index)
                && *down == up
            {
                lab.link(neighbor.name, up)?;
                *down = !up;
            }
            let (config, counts) = world.bird(catalog, neighbor);
            if self.birds[index].as_ref() != Some(&config) {
                // A new router is told from the old one by the session's end in between.
                lab.machines.stop(neighbor.name);
                parted(lab, neighbor)?;
                lab.machines.bird(neighbor.name, &config)?;
                self.birds[index] = Some(config);
            }
            expected.push(Expected { neighbor, routes: up.then_some(counts) });
        }
        converged(lab, &expected)
    }
}

/// The edge's configuration, as the program writes it.
fn export(lab: &Lab, world: &world::World) -> Result<String, String> {
    lab.machines.write("internet.csv", &world.internet_csv())?;
    let network = lab.machines.write("network.yaml", &world.network())?;
    let output = Command::new(env!("CARGO_BIN_EXE_peerpath"))
        .env("SOURCE_DATE_EPOCH", "1782086400")
        .args(["export", "frr", "--site", "edge", "--quiet", "--network"])
        .arg(&network)
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return String::from_utf8(output.stdout).map_err(|error| error.to_string());
    }
    Err(format!("`export frr`: {}", String::from_utf8_lossy(&output.stderr)))
}

fn compare(
    lab: &Lab,
    catalog: &Catalog,
    advertised: &BTreeSet<IpPrefix>,
    situation: &Situation,
    kernel: &Routes,
) -> Result<Figures, String> {
    let world = &situation.world;
    let mut prefixes = advertised.clone();
    prefixes.extend(world.internet.iter().map(|route| route.prefix));
    let own: Vec<IpPrefix> = LAN.iter().map(|prefix| prefix.parse().unwrap()).collect();
    let mut addresses: Vec<IpAddr> = sample::addresses(&prefixes, &own, ANYWHERE);
    let ours = ours::Ours::new(catalog, world)?;
    let all = addresses.len();
    addresses.retain(|address| !ours.is_ambiguous(*address));
    if all - addresses.len() > MOST_AMBIGUOUS {
        return Err(format!("{} of {all} addresses are ambiguous", all - addresses.len()));
    }
    let asked = route_get(lab, &addresses)?;
    let mut figures = Figures::new(situation, addresses.len());
    for (address, asked) in addresses.iter().zip(asked) {
        let (expected, real) = (ours.ways(*address), kernel.ways(*address));
        figures.count(*address, &real);
        let answered = if real.is_empty() { asked == "-" } else { real.contains(&asked) };
        if expected != real || !answered {
            figures.differences.push(format!(
                "{address}: ours {expected:?} ({}), the kernel's tables {real:?}, its answer {asked}",
                ours.explain(*address)
            ));
        }
    }
    Ok(figures)
}
