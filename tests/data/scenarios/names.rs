//! Questions about host names and products: the paths of their addresses, and what documents say of them.

use libtest_mimic::Failed;
use peerpath::addr::IpSet;
use peerpath::engine::ports::TransportPort;
use peerpath::engine::{
    Engine, Inputs, SharedPath, Support, Vantage, host_facts, path_verdict, paths_of, product_facts,
};

use super::{Derived, Query, Wrong};

pub(super) fn ask(
    inputs: Inputs<'_>,
    query: &mut Query,
    port: Option<TransportPort>,
    wrong: &mut Wrong,
) -> Result<(), Failed> {
    let (network, catalog) = (inputs.network, inputs.catalog);
    let about = query.address.clone();
    if query.absent.is_some() || query.sessions.is_some() || query.return_verdict.is_some() {
        return Err(format!("{about}: a name has no route, session or reply of its own").into());
    }
    let region = query.region.as_deref().map(|name| catalog.tenant_region(name)).transpose()?;
    let (sets, support): (Vec<IpSet>, Support) = if let Some(name) = about.strip_prefix("product ") {
        let product = catalog.product(name).ok_or_else(|| format!("no product `{name}`"))?;
        let facts = product_facts(catalog, product, region.as_ref());
        (facts.parts.into_iter().map(|part| part.addresses).collect(), facts.support)
    } else {
        let facts = host_facts(catalog, &about, region.as_ref(), &query.resolved, port);
        (facts.addresses.into_iter().map(|listed| listed.addresses).collect(), facts.support)
    };
    let vantage =
        Vantage::named(network, &query.from).ok_or_else(|| format!("no site or subnet `{}`", query.from))?;
    let engine = Engine::compile_at(inputs, vantage)?;
    let all = sets.iter().fold(IpSet::empty(), |all, one| all.union(one));
    let paths = paths_of(&engine, &vantage.families(network).of(&all));
    wrong.unless(&format!("{about}: path"), query.path.as_str(), path_verdict(&paths).word());
    if let Some(expected) = &query.support {
        wrong.unless(&format!("{about}: support"), expected.as_str(), support.verdict.word());
    }
    let counting = support.notes.iter().filter(|note| note.ignored.is_none());
    let why: Vec<String> = paths.iter().map(words).chain(counting.map(|note| note.text.clone())).collect();
    let why = why.join("; ");
    wrong.unless_within(&format!("{about}: reason"), query.reason.as_ref(), &why);
    wrong.or_pin(&about, &mut query.derived, Derived { why, ..Derived::default() });
    Ok(())
}

fn words(path: &SharedPath) -> String {
    let [v4, v6] = path.counts;
    format!("{} {v4} IPv4 {v6} IPv6", path.disposition)
}
