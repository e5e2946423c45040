//! When the routers are done, told by their state.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;

use super::kernel::{Routes, Ways};
use super::lab::{Lab, Neighbor};
use crate::machines::{PATIENCE, wait};

/// What a neighbour must have told the edge: nothing where its session is down.
pub(crate) struct Expected {
    pub(crate) neighbor: &'static Neighbor,
    pub(crate) routes: Option<[usize; 2]>,
}

const FAMILIES: [&str; 2] = ["ipv4", "ipv6"];

/// Waits until the edge has all routes of every neighbour that is up and none of the others, has chosen
/// among them, and the kernel forwards as it chose.
pub(crate) fn converged(lab: &Lab, expected: &[Expected]) -> Result<Routes, String> {
    let mut before: Option<Routes> = None;
    wait("convergence", PATIENCE, || {
        lab.machines.bgp_rests("edge")?;
        let mut chosen = BTreeMap::new();
        for (index, family) in FAMILIES.into_iter().enumerate() {
            sessions(lab, expected, index, family)?;
            chosen.extend(choice(lab, expected, index, family)?);
        }
        let kernel = Routes::of(lab)?;
        chosen.retain(|prefix, _| !kernel.nearer.contains(prefix));
        let differing = chosen.iter().find(|(prefix, ways)| kernel.bgp.get(*prefix) != Some(ways));
        if let Some((prefix, ways)) = differing {
            return Err(format!("{prefix}: bgpd has {ways:?}, the kernel {:?}", kernel.bgp.get(prefix)));
        }
        if let Some(prefix) = kernel.bgp.keys().find(|prefix| !chosen.contains_key(*prefix)) {
            return Err(format!("{prefix}: the kernel still has it"));
        }
        // Twice the same with nothing waiting: no choice was under way.
        let still = before.as_ref() == Some(&kernel);
        before = Some(kernel);
        if still { Ok(()) } else { Err("the state is new".to_owned()) }
    })?;
    before.ok_or_else(|| "no state".to_owned())
}

/// Waits until no session with a neighbour is established.
pub(crate) fn parted(lab: &Lab, neighbor: &'static Neighbor) -> Result<(), String> {
    let expected = [Expected { neighbor, routes: None }];
    wait("the end of a session", PATIENCE, || {
        FAMILIES
            .into_iter()
            .enumerate()
            .try_for_each(|(index, family)| sessions(lab, &expected, index, family))
    })
}

fn address(neighbor: &Neighbor, family: usize) -> &'static str {
    if family == 0 { neighbor.v4[1] } else { neighbor.v6[1] }
}

fn sessions(lab: &Lab, expected: &[Expected], index: usize, family: &str) -> Result<(), String> {
    let summary = lab.bgp_json(&format!("show bgp {family} unicast summary json"))?;
    for Expected { neighbor, routes } in expected {
        let peer = address(neighbor, index);
        let state =
            summary.pointer(&format!("/peers/{peer}/state")).and_then(Value::as_str).unwrap_or("none");
        let Some(routes) = routes else {
            if state == "Established" {
                return Err(format!("{peer} is still {state}"));
            }
            continue;
        };
        let waiting = summary.pointer(&format!("/peers/{peer}/inq")).and_then(Value::as_u64);
        if state != "Established" || waiting != Some(0) {
            return Err(format!("{peer} is {state}, {waiting:?} messages wait"));
        }
        let received =
            lab.bgp_json(&format!("show bgp {family} unicast neighbors {peer} received-routes json"))?;
        let count = received.get("totalPrefixCounter").and_then(Value::as_u64).unwrap_or(0);
        if count != routes[index] as u64 {
            return Err(format!("{peer} told {count} of {} routes", routes[index]));
        }
    }
    Ok(())
}

/// Prefix to interfaces, as bgpd chose; its own routes aside.
fn choice(
    lab: &Lab,
    expected: &[Expected],
    index: usize,
    family: &str,
) -> Result<BTreeMap<String, Ways>, String> {
    let table = lab.bgp_json(&format!("show bgp {family} unicast json"))?;
    let mut all = BTreeMap::new();
    for (prefix, paths) in table.get("routes").and_then(Value::as_object).into_iter().flatten() {
        let mut ways = Ways::new();
        let mut own = false;
        let mut chosen = false;
        for path in paths.as_array().into_iter().flatten() {
            let is = |key: &str| path.get(key) == Some(&Value::Bool(true));
            // A path takes part once zebra has told that its next hop is reached.
            if !is("valid") {
                return Err(format!("{prefix}: a path is not valid yet: {path}"));
            }
            chosen |= is("bestpath");
            // With several paths something parted them; this reason tells that the others were not looked at yet.
            let first = path.get("selectionReason").and_then(Value::as_str) == Some("First path received");
            if first && is("bestpath") && paths.as_array().is_some_and(|all| all.len() > 1) {
                return Err(format!("{prefix}: only the first of its paths was looked at: {paths}"));
            }
            if !is("bestpath") && !is("multipath") {
                continue;
            }
            let peer = path.get("peerId").and_then(Value::as_str).unwrap_or_default();
            match expected.iter().find(|one| address(one.neighbor, index) == peer) {
                Some(one) => {
                    ways.insert(one.neighbor.interface());
                }
                None => own = true,
            }
        }
        if !chosen {
            return Err(format!("{prefix}: not chosen yet"));
        }
        if !own {
            all.insert(plain(prefix)?, ways);
        }
    }
    Ok(all)
}

/// A prefix as [`Routes::bgp`] writes it.
fn plain(prefix: &str) -> Result<String, String> {
    let (address, length) = prefix.split_once('/').ok_or_else(|| prefix.to_owned())?;
    let address: IpAddr = address.parse().map_err(|_| prefix.to_owned())?;
    Ok(format!("{address}/{length}"))
}
