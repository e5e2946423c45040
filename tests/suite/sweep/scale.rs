//! The scale of a sweep, and the factor that fits.

use super::*;

/// A sweep of the demo's capture with every single failure, at a factor in thousandths.
fn at(given: &Given, thousandths: u64) -> SweepResult {
    let scenario = given.scenario(SCOPE);
    let mut sweep =
        Sweep::new(given.setting(), &scenario, given.outages(), 1_000_000).unwrap().scaled(thousandths);
    let options = FlowTableOptions { bucket_ns: Some(MINUTE), ..FlowTableOptions::default() };
    let mut table = FlowTable::new(options);
    table.add_batch(&given.packets);
    sweep.take(&table.finish().into()).unwrap();
    sweep.finish().unwrap()
}

fn row<'r>(result: &'r SweepResult, outage: Option<&str>) -> &'r OutageResult {
    result.rows().find(|row| row.outage.as_deref() == outage).unwrap()
}

/// At the factor nothing exceeds the rate of the link, and a thousandth more exceeds it: for links of every failure. The factor itself does not depend on the scale.
#[test]
fn a_link_fits_up_to_the_factor_and_no_further() {
    let given = three();
    let plain = at(given, 1_000);
    let mut by_factor: BTreeMap<u64, Vec<_>> = BTreeMap::new();
    for row in plain.rows() {
        for (link, load) in &row.links {
            assert_eq!(load.fits_thousandths.is_some(), load.rate.is_some(), "{link:?}");
            let Some(fits) = load.fits_thousandths else { continue };
            by_factor.entry(fits).or_default().push((row.outage.clone(), link.clone()));
        }
    }
    assert!(by_factor.len() > 10, "{by_factor:?}");
    // A sample, because each factor takes two sweeps.
    let step = by_factor.len() / 4;
    for (fits, links) in by_factor.into_iter().step_by(step) {
        let (below, above) = (at(given, fits), at(given, fits + 1));
        for (outage, link) in links {
            let load = |result: &SweepResult| row(result, outage.as_deref()).links[&link];
            let (below, above) = (load(&below), load(&above));
            assert_eq!(below.over_ip_bytes, 0, "{outage:?} {link:?} at {fits}");
            assert!(above.over_ip_bytes > 0, "{outage:?} {link:?} past {fits}");
            assert_eq!((below.fits_thousandths, above.fits_thousandths), (Some(fits), Some(fits)));
        }
    }
}

/// The factor of a failure is that of its fullest link: at the factor the failure congests nothing, past it it does.
#[test]
fn a_failure_fits_up_to_the_least_factor_of_its_links() {
    let given = three();
    let plain = at(given, 1_000);
    let factors: BTreeSet<u64> = plain.rows().filter_map(OutageResult::fits_thousandths).collect();
    assert!(factors.len() > 2);
    for fits in factors.into_iter().take(3) {
        let (below, above) = (at(given, fits), at(given, fits + 1));
        for one in plain.rows().filter(|row| row.fits_thousandths() == Some(fits)) {
            let outage = one.outage.as_deref();
            assert_eq!(row(&below, outage).over_capacity(), 0, "{outage:?}");
            assert!(row(&above, outage).over_capacity() > 0, "{outage:?}");
        }
    }
}

/// A whole factor multiplies every amount, and no number of flows.
#[test]
fn a_whole_factor_multiplies_every_amount() {
    let given = three();
    let (plain, tenfold) = (at(given, 1_000), at(given, 10_000));
    assert_eq!((tenfold.flows, tenfold.volume.ip_bytes), (plain.flows, plain.volume.ip_bytes * 10));
    for one in plain.rows() {
        let other = row(&tenfold, one.outage.as_deref());
        assert_eq!(other.total(), one.total() * 10);
        for (fate, count) in &one.fates {
            assert_eq!((other.fates[fate].flows, other.bytes(*fate)), (count.flows, one.bytes(*fate) * 10));
        }
        for (path, sum) in &one.paths {
            let scaled = &other.paths[path];
            let ends = |sum: &peerpath::sim::PathSum| End::ALL.map(|end| sum.tally.get(end).ip_bytes);
            assert_eq!((scaled.flows, ends(scaled)), (sum.flows, ends(sum).map(|bytes| bytes * 10)));
        }
        for (link, load) in &one.links {
            assert_eq!(other.links[link].ip_bytes, load.ip_bytes * 10, "{link:?}");
        }
    }
}
