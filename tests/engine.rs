//! The engine as a whole: pinned answers, and the laws that hold between its fast and its slow way.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking")]

use std::net::IpAddr;

use peerpath::catalog::{Catalog, Cloud};
use peerpath::diag::Source;
use peerpath::engine::{Engine, Inputs};
use peerpath::network::{self, Network, SiteId};

fn read(text: &str, catalog: &Catalog) -> Network {
    let source = Source::new("network.yaml", text);
    let (network, diagnostics) = network::read(&source, catalog);
    network.unwrap_or_else(|| panic!("{:?}", diagnostics.iter().map(|d| d.to_string()).collect::<Vec<_>>()))
}

#[test]
fn digest() {
    let catalog = Catalog::shipped(Cloud::Public).unwrap();
    let network = read(include_str!("../examples/demo/network.yaml"), &catalog);
    for site in 0..2 {
        let engine = Engine::compile(Inputs::new(&network, &catalog), SiteId(site)).unwrap();
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut n = 0;
        let mut add = |text: String| {
            n += 1;
            for byte in text.bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        };
        for (range, id) in engine.partition4().iter() {
            let d = engine.decision(*id);
            add(format!("{range} {} {:?} {:?}\n", d.disposition, d.prefix, d.circuits()));
        }
        for (range, id) in engine.partition6().iter() {
            let d = engine.decision(*id);
            add(format!("{range} {} {:?} {:?}\n", d.disposition, d.prefix, d.circuits()));
        }
        println!("site {site}: {n} ranges {hash:016x}");
        for a in [
            "52.112.0.1",
            "8.8.8.8",
            "10.20.1.4",
            "10.10.3.3",
            "10.11.0.1",
            "20.50.2.1",
            "52.96.0.1",
            "20.190.130.1",
            "192.168.1.1",
            "2603:1061:2002::1",
            "2603:1063::1",
            "fd20::5",
            "fd10::1",
            "2001:4860:4860::8888",
            "169.254.0.1",
            "40.74.28.1",
            "13.107.6.152",
            "52.239.184.180",
            "10.99.0.1",
        ] {
            let address: IpAddr = a.parse().unwrap();
            let d = engine.decision(engine.decide(address));
            println!(
                "    ({site}, \"{a}\", \"{} {}\"),",
                d.disposition,
                d.prefix.map(|p| p.to_string()).unwrap_or_default()
            );
        }
    }
}
