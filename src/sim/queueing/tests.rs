//! Cases calculated by hand: at 8 Mbit/s, a byte takes a microsecond.

use super::fifo::LinkFigures;
use super::{Admission, Scheduler, Started};
use crate::sim::scenario::{ClassMatch, QosClass, RateLimit, Service};

const US: u64 = 1_000;

fn class(service: Service, buffer: Option<u64>) -> QosClass {
    QosClass { name: String::new(), of: ClassMatch::Rest, service, buffer }
}

fn priority() -> QosClass {
    class(Service::Priority(None), None)
}

fn weight(weight: u32) -> QosClass {
    class(Service::Weight(weight), None)
}

fn figures(rate: u64) -> LinkFigures {
    LinkFigures { rate: Some(rate), buffer: Some(1_000_000), delay_ns: None }
}

/// Offers packets, each with its time in µs, class and bytes, and returns what starts when: the index of the packet, its
/// wait and the end of its transmission in µs. Dropped packets are returned apart.
fn run(classes: &[QosClass], offers: &[(u64, usize, u64)]) -> (Vec<(usize, u64, u64)>, Vec<usize>) {
    let mut scheduler = Scheduler::new(figures(8_000_000), classes);
    let (mut started, mut dropped) = (Vec::new(), Vec::new());
    let mut note = |one: Started<usize>| {
        assert_eq!((one.waited_ns % US, one.leaves_ns % US), (0, 0), "whole microseconds");
        started.push((one.packet, one.waited_ns / US, one.leaves_ns / US));
    };
    for (index, (at, class, bytes)) in offers.iter().enumerate() {
        while scheduler.completes_ns().is_some_and(|ends| ends <= at * US) {
            scheduler.complete().into_iter().for_each(&mut note);
        }
        match scheduler.offer(at * US, *class, *bytes, index) {
            Admission::Started(one) => note(one),
            Admission::Waits => {}
            Admission::Full | Admission::Limited => dropped.push(index),
        }
    }
    while scheduler.completes_ns().is_some() {
        scheduler.complete().into_iter().for_each(&mut note);
    }
    (started, dropped)
}

/// Tests that a priority packet overtakes what waits, but does not interrupt what is being sent.
#[test]
fn strict_priority_does_not_preempt() {
    let offers = [(0, 2, 1_000), (0, 2, 1_000), (100, 0, 200), (100, 1, 300), (150, 0, 200)];
    let classes = [priority(), priority(), weight(1)];
    let (started, dropped) = run(&classes, &offers);
    // The first packet keeps the link until 1,000 µs. Then both packets of the first class, then that of the second.
    assert_eq!(
        started,
        [(0, 0, 1_000), (2, 900, 1_200), (4, 1_050, 1_400), (3, 1_300, 1_700), (1, 1_700, 2_700)]
    );
    assert!(dropped.is_empty());
}

/// Tests a weight of 3 against 1. All packets have 300 bytes: tags grow by 100 in the first class and by 300 in the
/// second.
#[test]
fn weights_share_the_link() {
    // While packet 0 is sent (tag 100), the others wait: tags 200, 300, 400, 500 against 400 (= 100 + 300), 700.
    let offers = [(0, 0, 300), (1, 0, 300), (1, 0, 300), (1, 0, 300), (1, 0, 300), (1, 1, 300), (1, 1, 300)];
    let (started, _) = run(&[weight(3), weight(1)], &offers);
    let order: Vec<usize> = started.iter().map(|(packet, ..)| *packet).collect();
    // At tag 400, the class that is written first is next.
    assert_eq!(order, [0, 1, 2, 3, 5, 4, 6]);
    assert_eq!(started.last(), Some(&(6, 1_799, 2_100)));
}

/// Tests that a class that was idle gets no credit for the past, and is not punished for it either.
#[test]
fn an_idle_class_saves_nothing() {
    // Class 1 sends alone; when class 0 arrives, both take turns at once.
    let offers =
        [(0, 1, 100), (0, 1, 100), (0, 1, 100), (0, 1, 100), (250, 0, 100), (250, 0, 100), (250, 0, 100)];
    let (started, _) = run(&[weight(1), weight(1)], &offers);
    let order: Vec<usize> = started.iter().map(|(packet, ..)| *packet).collect();
    // The packet 2 is sent (tag 300) when class 0 arrives with tags 400, 500, 600; packet 3 has tag 400.
    assert_eq!(order, [0, 1, 2, 4, 3, 5, 6]);
}

/// Tests a limit of 0.8 Mbit/s with a bucket of 1,000 bytes: a byte of tokens returns every 10 µs.
#[test]
fn what_exceeds_the_limit_is_dropped() {
    let limit = RateLimit { rate: 800_000, burst: 1_000 };
    let offers = [(0, 0, 600), (0, 0, 400), (0, 0, 1), (999, 0, 100), (1_000, 0, 100), (50_000, 0, 1_001)];
    let (started, dropped) = run(&[class(Service::Priority(Some(limit)), None), weight(1)], &offers);
    // After 999 µs there are tokens for 99.9 bytes, after 1,000 µs for 100. The bucket never holds more than 1,000.
    assert_eq!(started, [(0, 0, 600), (1, 600, 1_000), (4, 0, 1_100)]);
    assert_eq!(dropped, [2, 3, 5]);
}

/// Tests that a class fills its own buffer, and that the rest of the packet being sent counts in its class only.
#[test]
fn a_full_class_drops_its_own_packets() {
    let classes = [class(Service::Priority(None), Some(500)), class(Service::Weight(1), Some(1_500))];
    let offers = [
        // An idle link accepts even a packet that exceeds the buffer.
        (0, 1, 2_000),
        // 1,900 bytes of it are left: no room for the same class, but for the other one.
        (100, 1, 1),
        (100, 0, 500),
        (100, 0, 1),
        // 1,000 bytes are left, so 500 more fit exactly.
        (1_000, 1, 500),
        (1_000, 1, 1),
        (1_001, 1, 1),
    ];
    let (started, dropped) = run(&classes, &offers);
    assert_eq!(started, [(0, 0, 2_000), (2, 1_900, 2_500), (4, 1_500, 3_000), (6, 1_999, 3_001)]);
    assert_eq!(dropped, [1, 3, 5]);
}

/// Tests that a link is idle at the nanosecond at which it finishes, and that the next packet starts between two
/// nanoseconds: at 3 bit/s, a byte takes 2.666… s.
#[test]
fn transmissions_follow_each_other_exactly() {
    let mut scheduler = Scheduler::new(figures(3), &[priority(), weight(1)]);
    let mut leaves = Vec::new();
    let Admission::Started(first) = scheduler.offer(0, 1, 1, 0) else { panic!("the link was idle") };
    leaves.push((first.leaves_ns, first.waited_ns));
    assert_eq!(scheduler.offer(0, 1, 1, 1), Admission::Waits);
    assert_eq!(scheduler.offer(0, 0, 1, 2), Admission::Waits);
    while let Some(ends) = scheduler.completes_ns() {
        assert_eq!(leaves.last().map(|(leaves, _)| *leaves), Some(ends));
        let Some(next) = scheduler.complete() else { break };
        leaves.push((next.leaves_ns, next.waited_ns));
    }
    assert_eq!(leaves, [(2_666_666_667, 0), (5_333_333_334, 2_666_666_667), (8_000_000_000, 5_333_333_334)]);
}

/// Tests that a new rate applies to packets that arrive after it, and that a link whose rate becomes unknown sends them
/// at once.
#[test]
fn a_new_rate_applies_to_later_packets() {
    let mut scheduler = Scheduler::new(figures(8_000_000), &[priority(), weight(1)]);
    assert!(matches!(scheduler.offer(0, 1, 1_000, 0), Admission::Started(_)));
    assert_eq!(scheduler.offer(0, 1, 1_000, 1), Admission::Waits);
    scheduler.change(figures(80_000_000));
    assert_eq!(scheduler.offer(500_000, 0, 1_000, 2), Admission::Waits);
    let mut next = || scheduler.complete().map(|one| (one.packet, one.waited_ns, one.leaves_ns));
    // The packet with priority takes 100 µs at ten times the rate, and the one that waited 1 ms as before.
    assert_eq!(
        [next(), next(), next()],
        [Some((2, 500_000, 1_100_000)), Some((1, 1_100_000, 2_100_000)), None]
    );
    scheduler.change(LinkFigures::default());
    let at_once = Started { packet: 3, class: 1, waited_ns: 0, leaves_ns: 3_000_000 };
    assert_eq!(scheduler.offer(3_000_000, 1, 9_999, 3), Admission::Started(at_once));
    assert_eq!(scheduler.completes_ns(), None);
}
