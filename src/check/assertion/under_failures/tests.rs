//! Tests that sharing vantage points between states gives the same findings as compiling every vantage point in every
//! state.

use proptest::prelude::*;

use crate::check::assertion::under_failures::*;
use crate::check::read_checks;
use crate::diag::Source;
use crate::engine::generated::{catalog, generated};
use crate::network;

const CHECKS: &str = "checks:
  - {id: a, scope: {virtual_network: hub}, expect: {path: private-peering, survives: each-single}}
  - {id: b, scope: {virtual_network: [hub, spoke]}, expect: {path: [private-peering, vpn], return: symmetric, survives: each-single}}
  - {id: c, scope: {prefix: 20.38.108.0/24}, expect: {not_path: discarded, return: [symmetric, unspecified], support: supported, survives: each-single}}
  - {id: d, from: [spoke/app, spoke/plain, br-1], scope: {site: br-0}, expect: {path: [private-peering, on-premises], return: symmetric, survives: each-double}}
  - {id: e, flow: {from: br-0, to: 172.17.1.4}, expect: {path: private-peering, return: symmetric, survives: each-single}}
  - {id: f, from: br-1, scope: all, expect: {path: internet}}
";

/// Does the same as [`found`] without sharing between vantage points or states.
fn from_scratch(subject: Subject<'_>, checks: &Checks, failures: &[Fails]) -> Vec<Vec<Part>> {
    let mut all: Vec<Vec<Part>> = vec![Vec::new(); checks.all.len()];
    for failure in std::iter::once(None).chain(failures.iter().map(Some)) {
        let links = state(subject, failure.map(|(failure, _)| failure));
        let inputs = subject.inputs.links(&links);
        let name = failure.map(|(failure, _)| failure.name.as_str());
        let asked = |check: &Check| match (failure, check.expectation().and_then(|expect| expect.survives)) {
            (None, _) | (Some(_), Some(Survives::EachDouble)) => true,
            (Some((_, double)), Some(_)) => !double,
            (Some(_), None) => false,
        };
        // Return verdicts requested by one check are available to all.
        let returns = |vantage: Vantage| {
            let mut all = checks.all.iter().filter(|check| asked(check));
            all.any(|check| match &check.demand {
                Demand::Assertion(own) => {
                    own.from.contains(&vantage) && own.expect.returns != ReplyDemand::Any
                }
                _ => false,
            })
        };
        for (check, before) in checks.all.iter().zip(&mut all) {
            let asked = asked(check);
            let fails = before.iter().any(|part| part.failure.is_none());
            match &check.demand {
                Demand::Assertion(assertion) if asked => {
                    for vantage in &assertion.from {
                        let anyway = before.iter().filter(|part| {
                            part.vantage == *vantage && part.failure.is_none() && failure.is_some()
                        });
                        let scope = assertion.scope.set.clone();
                        let scope = anyway.fold(scope, |scope, part| scope.difference(&part.set()));
                        let points = Points::from_scratch(inputs, *vantage, returns(*vantage));
                        let short = evaluate(&assertion.expect, &[(*vantage, &Arc::new(scope))], &points);
                        before.extend(short.iter().flat_map(|one| parts(one, *vantage, name, &points)));
                    }
                }
                Demand::Example(example) if asked && !(fails && failure.is_some()) => {
                    let part = example_part(inputs, example).unwrap();
                    let failure = name.map(str::to_owned);
                    before.extend(part.map(|part| Part { failure, ..part }));
                }
                _ => {}
            }
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        // The nightly run uses more cases.
        std::env::var("PEERPATH_NETWORKS").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2)
    ))]
    #[test]
    fn reports_are_those_from_scratch(text in generated()) {
        let text = format!("{text}{CHECKS}");
        let source = Source::new("network.yaml", text.clone());
        let (network, diagnostics) = network::read(&source, catalog());
        prop_assert!(network.is_some(), "{:?}\n{text}", diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>());
        let network = network.unwrap();
        let (checks, _) = read_checks(&source, Some(&network), catalog());
        prop_assert_eq!(checks.all.len(), 6);
        let explain = |_: &crate::engine::Explanation<'_>| Vec::new();
        let subject =
            Subject { inputs: Inputs::new(&network, catalog()), today: jiff::civil::date(2026, 1, 1), explain: &explain };
        let mut failures: Vec<Fails> = Outage::singles(&network).into_iter().map(|one| (one, false)).collect();
        let pairs = Outage::pairs(&network).into_iter().step_by(11);
        failures.extend(pairs.map(|two| (two, true)));
        let (fast, slow) = (found(subject, &checks, &failures).unwrap(), from_scratch(subject, &checks, &failures));
        for ((fast, slow), check) in fast.iter().zip(&slow).zip(&checks.all) {
            prop_assert_eq!(format!("{fast:#?}"), format!("{slow:#?}"), "{} of\n{}", check.id, text);
        }
    }
}
