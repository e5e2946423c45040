//! `look-ups`: ours, DPDK's and the best Rust crates', in turn, on the same data, in one process. Prints one line a figure,
//! tab-separated: family, table, what, engine, median of its own figure, and the median over all turns of (peer's time / our time).
//!
//! `start PROGRAM`: how long PROGRAM takes from its start to its first answer.

mod data;
mod dpdk;
mod engines;

use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::time::Instant;

use data::Case;
use dpdk::{Dpdk, Family};
use engines::{Crates, DpdkEngine, Engine, ours4, ours6};

const BURST: usize = 64;
/// Bytes that are read between cold bursts.
const EVICT: usize = 4 << 20;
const COLD_BURSTS: usize = 256;
const DEPENDENT: usize = 1 << 17;

fn main() {
    let turns: usize =
        std::env::var("PEERPATH_TURNS").map_or(9, |text| text.parse().expect("a number of turns"));
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] | ["look-ups"] => look_ups(turns),
        ["start", program] => start(program, turns),
        _ => panic!("look-ups, or start PROGRAM"),
    }
}

/// The first run is not counted: it brings the program into the page cache.
fn start(program: &str, turns: usize) {
    let times = (0..=turns).map(|_| {
        let start = Instant::now();
        let output =
            std::process::Command::new(program).args(["explain", "52.112.0.1"]).output().expect("a program");
        let time = start.elapsed().as_nanos() as f64 / 1e6;
        assert!(output.status.success() && !output.stdout.is_empty(), "{program} has no answer");
        time
    });
    let times: Vec<f64> = times.skip(1).collect();
    println!("work\tours, ms\nprocess start to first answer\t{:.2}", median(times));
}

fn look_ups(turns: usize) {
    let only = std::env::var("PEERPATH_CASE").ok();
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let huge = std::env::var("PEERPATH_HUGE").is_ok_and(|text| text == "1");
    let dpdk = std::env::var("PEERPATH_DPDK").ok().map(|path| Dpdk::load(&path, huge));
    if let Some(dpdk) = &dpdk {
        println!("fact\tDPDK\t{}", dpdk.version);
    }
    println!("family\ttable\twhat\tengine\tmedian\ttheirs through ours");
    let cases = data::cases(&root);
    for case in &cases.v4 {
        if only.as_ref().is_none_or(|only| case.name.contains(only.as_str())) {
            run::<Ipv4Addr>(
                "v4",
                case,
                Box::new(ours4(&case.partition, case.addresses.len())),
                dpdk.as_ref(),
                turns,
            );
        }
    }
    for case in &cases.v6 {
        if only.as_ref().is_none_or(|only| case.name.contains(only.as_str())) {
            run::<Ipv6Addr>(
                "v6",
                case,
                Box::new(ours6(&case.partition, case.addresses.len())),
                dpdk.as_ref(),
                turns,
            );
        }
    }
}

fn run<A: Crates>(family: &str, case: &Case<A>, ours: Box<dyn Engine<A>>, dpdk: Option<&Dpdk>, turns: usize) {
    let mut engines = vec![ours];
    for (width, vector) in [(2, false), (2, true), (4, false), (4, true)] {
        let fib = dpdk.and_then(|dpdk| dpdk.fib(&case.prefixes, width, vector));
        let name = format!("rte_fib {width}B{}", if vector { " AVX-512" } else { "" });
        match fib {
            Some(fib) => engines.push(Box::new(DpdkEngine::new(name, fib, &case.addresses))),
            None => eprintln!("{family} {}: {name} does not hold it, or cannot run here", case.name),
        }
    }
    let crates: Vec<_> = A::crates(&case.prefixes, case.addresses.len());
    engines.extend(crates);
    let expected: Vec<u32> = case
        .addresses
        .iter()
        .map(|address| case.partition.get(*address).map_or(0, |value| value.index() + 1))
        .collect();
    engines.retain_mut(|engine| {
        engine.bulk(&case.addresses);
        let wrong = engine.answers().iter().zip(&expected).filter(|(left, right)| left != right).count();
        if wrong > 0 {
            eprintln!("{family} {}: {} left out: {wrong} wrong answers", case.name, engine.name());
        }
        wrong == 0
    });
    if let Some(memory) = engines[0].memory_bytes() {
        println!(
            "{family}\t{}\tbytes per prefix\tpeerpath\t{:.1}\t{} bytes, {} prefixes, {} ranges",
            case.name,
            memory as f64 / case.counted as f64,
            memory,
            case.counted,
            case.partition.len()
        );
    }
    let evict = vec![1_u64; EVICT / 8];
    measure(family, case.name, "bulk", &mut engines, turns, &mut |engine| {
        // Once untimed: the engine before left the caches full of its own.
        engine.bulk(&case.addresses);
        let start = Instant::now();
        engine.bulk(&case.addresses);
        start.elapsed().as_nanos() as f64 / case.addresses.len() as f64
    });
    measure(family, case.name, "cold bursts of 64", &mut engines, turns, &mut |engine| {
        let mut total = 0;
        let step = case.addresses.len() / COLD_BURSTS;
        for burst in case.addresses.chunks(BURST).step_by((step / BURST).max(1)).take(COLD_BURSTS) {
            std::hint::black_box(evict.iter().step_by(8).sum::<u64>());
            let start = Instant::now();
            engine.burst(burst);
            total += start.elapsed().as_nanos();
        }
        total as f64 / (COLD_BURSTS * BURST) as f64
    });
    measure(family, case.name, "dependent", &mut engines, turns, &mut |engine| {
        let addresses = &case.addresses[..DEPENDENT.min(case.addresses.len())];
        std::hint::black_box(engine.dependent(addresses));
        let start = Instant::now();
        std::hint::black_box(engine.dependent(addresses));
        start.elapsed().as_nanos() as f64 / addresses.len() as f64
    });
}

fn measure<A: Family>(
    family: &str,
    case: &str,
    what: &str,
    engines: &mut [Box<dyn Engine<A>>],
    turns: usize,
    time: &mut dyn FnMut(&mut dyn Engine<A>) -> f64,
) {
    let mut times = vec![Vec::new(); engines.len()];
    for _ in 0..turns {
        for (times, engine) in times.iter_mut().zip(engines.iter_mut()) {
            times.push(time(engine.as_mut()));
        }
    }
    let ours = times[0].clone();
    for (times, engine) in times.iter().zip(engines.iter()) {
        let ratios: Vec<f64> = times.iter().zip(&ours).map(|(peer, ours)| peer / ours).collect();
        println!(
            "{family}\t{case}\t{what}\t{}\t{:.2} ns\t{:.2}",
            engine.name(),
            median(times.clone()),
            median(ratios)
        );
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
