//! The scheduler against a slow twin, and against the queue without classes.
//!
//! The twin knows all packets in advance. It has no queues: whenever the link is free, it looks through all packets for
//! those that have arrived and were not sent, and calculates every tag and every fill level from the start.

use proptest::prelude::*;

use super::fifo::{LinkFigures, Offer, Queue};
use super::{Admission, Scheduler, Started};
use crate::sim::scenario::{ClassMatch, QosClass, RateLimit, Service};

const NS: u128 = 1_000_000_000;

/// An offered packet: its time in nanoseconds, its class and its bytes.
#[derive(Clone, Copy, Debug)]
struct Offered {
    at: u64,
    class: usize,
    bytes: u64,
}

/// What happened to a packet: its start and its end in nanoseconds × bit/s, or nothing if it was dropped.
type Sent = Option<(u128, u128)>;

struct Twin<'t> {
    rate: u128,
    buffer: u64,
    classes: &'t [QosClass],
    packets: &'t [Offered],
    accepted: Vec<bool>,
    /// The tag of each accepted packet, as a fraction.
    tags: Vec<(u128, u128)>,
    sent: Vec<Sent>,
    /// The packets in the order in which they were sent.
    order: Vec<usize>,
}

impl Twin<'_> {
    fn run(&mut self) {
        for index in 0..self.packets.len() {
            let at = u128::from(self.packets[index].at) * self.rate;
            while self.send_next(at + 1) {}
            if self.admits(index, at) {
                self.accepted[index] = true;
                self.tags[index] = self.tag(index);
                // An idle link starts at once.
                self.send_next(at + 1);
            }
        }
        while self.send_next(u128::MAX) {}
    }

    /// The end of what was sent so far.
    fn free_at(&self) -> u128 {
        self.order.last().and_then(|last| self.sent[*last]).map_or(0, |(_, end)| end)
    }

    /// Starts the next transmission if it starts before a moment.
    fn send_next(&mut self, before: u128) -> bool {
        let waiting: Vec<usize> =
            (0..self.packets.len()).filter(|one| self.accepted[*one] && self.sent[*one].is_none()).collect();
        let Some(oldest) = waiting.first() else { return false };
        let start = self.free_at().max(u128::from(self.packets[*oldest].at) * self.rate);
        if start >= before {
            return false;
        }
        let with_priority = waiting.iter().filter(|one| self.weight(**one).is_none());
        let first = with_priority.min_by_key(|one| (self.packets[**one].class, **one));
        let next = first.or_else(|| {
            waiting.iter().min_by(|left, right| {
                let place = |one: usize| (self.packets[one].class, one);
                let ((a, b), (c, d)) = (self.tags[**left], self.tags[**right]);
                (a * d).cmp(&(c * b)).then(place(**left).cmp(&place(**right)))
            })
        });
        let next = *next.unwrap_or(oldest);
        let end = start + u128::from(self.packets[next].bytes) * 8 * NS;
        self.sent[next] = Some((start, end));
        self.order.push(next);
        true
    }

    fn weight(&self, packet: usize) -> Option<u32> {
        match self.classes[self.packets[packet].class].service {
            Service::Weight(weight) => Some(weight),
            Service::Priority(_) => None,
        }
    }

    /// The tag of a packet that arrives, as a fraction: that of the packet of its class before it, or of the last packet with
    /// a weight that has started, whichever is greater, plus its own bytes by weight.
    fn tag(&self, packet: usize) -> (u128, u128) {
        let one = self.packets[packet];
        let weight = u128::from(self.weight(packet).unwrap_or(1));
        let before =
            (0..packet).rev().find(|other| self.accepted[*other] && self.packets[*other].class == one.class);
        let started = self.order.iter().rev().find(|other| self.weight(**other).is_some());
        let bases = [before, started.copied()].into_iter().flatten().map(|other| self.tags[other]);
        let (above, below) = bases.fold((0, 1), |(a, b), (c, d)| if c * b > a * d { (c, d) } else { (a, b) });
        // Denominators are products of weights; they are kept small by dividing by their greatest common divisor.
        let (above, below) = (above * weight + u128::from(one.bytes) * below, below * weight);
        let (mut divisor, mut rest) = (above, below);
        while rest > 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        (above / divisor, below / divisor)
    }

    /// Whether a packet conforms to the limit of its class and fits into the buffer.
    fn admits(&self, packet: usize, now: u128) -> bool {
        let one = self.packets[packet];
        let class = &self.classes[one.class];
        if let Service::Priority(Some(limit)) = class.service
            && !self.conforms(packet, limit)
        {
            return false;
        }
        if self.free_at() <= now {
            return true;
        }
        let unsent = |other: usize| match self.sent[other] {
            Some((start, end)) if start <= now => end.saturating_sub(now),
            _ => u128::from(self.packets[other].bytes) * 8 * NS,
        };
        let own =
            (0..packet).filter(|other| self.accepted[*other] && self.packets[*other].class == one.class);
        let level: u128 = own.map(unsent).sum();
        let room = u128::from(class.buffer.unwrap_or(self.buffer)) * 8 * NS;
        level + u128::from(one.bytes) * 8 * NS <= room
    }

    /// Fills and empties the token bucket from the start.
    fn conforms(&self, packet: usize, limit: RateLimit) -> bool {
        let size = u128::from(limit.burst) * 8 * NS;
        let (mut tokens, mut filled, mut conforms) = (size, 0, true);
        let class = self.packets[packet].class;
        for one in self.packets[..=packet].iter().filter(|one| one.class == class) {
            tokens = (tokens + u128::from(one.at - filled) * u128::from(limit.rate)).min(size);
            filled = one.at;
            let cost = u128::from(one.bytes) * 8 * NS;
            conforms = cost <= tokens;
            tokens -= if conforms { cost } else { 0 };
        }
        conforms
    }
}

/// Runs the scheduler: what starts, in order, and what is dropped.
fn scheduled(
    figures: LinkFigures,
    classes: &[QosClass],
    packets: &[Offered],
) -> (Vec<Started<usize>>, Vec<usize>) {
    let mut scheduler = Scheduler::new(figures, classes);
    let (mut started, mut dropped) = (Vec::new(), Vec::new());
    for (index, one) in packets.iter().enumerate() {
        while scheduler.completes_ns().is_some_and(|ends| ends <= one.at) {
            started.extend(scheduler.complete());
        }
        match scheduler.offer(one.at, one.class, one.bytes, index) {
            Admission::Started(first) => started.push(first),
            Admission::Waits => {}
            Admission::Full | Admission::Limited => dropped.push(index),
        }
        // At every moment, what was offered is sent, dropped or waits.
        let bytes = |index: usize| packets[index].bytes;
        let sent: u64 = started.iter().map(|one| bytes(one.packet)).sum();
        let lost: u64 = dropped.iter().map(|index| bytes(*index)).sum();
        let offered: u64 = (0..=index).map(bytes).sum();
        assert_eq!(offered, sent + lost + scheduler.waiting_bytes());
    }
    while scheduler.completes_ns().is_some() {
        started.extend(scheduler.complete());
    }
    (started, dropped)
}

fn class() -> impl Strategy<Value = QosClass> {
    let limit = (1_000_u64..40_000_000, 100_u64..4_000).prop_map(|(rate, burst)| RateLimit { rate, burst });
    let service = prop_oneof![
        prop::option::of(limit).prop_map(Service::Priority),
        (1_u32..6).prop_map(Service::Weight),
    ];
    (service, prop::option::of(0_u64..6_000)).prop_map(|(service, buffer)| QosClass {
        name: String::new(),
        of: ClassMatch::Rest,
        service,
        buffer,
    })
}

/// Packets in the order of time. Most gaps are small, so that queues form, and some packets arrive together.
fn packets(classes: usize) -> impl Strategy<Value = Vec<Offered>> {
    let gap = prop_oneof![Just(0_u64), 1_u64..400_000, 1_u64..2_000_000];
    prop::collection::vec((gap, 0..classes, 0_u64..1_600), 0..40).prop_map(|all| {
        let mut at = 0;
        all.into_iter()
            .map(|(gap, class, bytes)| {
                at += gap;
                Offered { at, class, bytes }
            })
            .collect()
    })
}

fn cases() -> impl Strategy<Value = (u64, u64, Vec<QosClass>, Vec<Offered>)> {
    let rate = prop_oneof![Just(8_000_000_u64), Just(7_999_993), 3_000_u64..50_000_000];
    (rate, 0_u64..9_000, prop::collection::vec(class(), 1..5)).prop_flat_map(|(rate, buffer, classes)| {
        let packets = packets(classes.len());
        (Just(rate), Just(buffer), Just(classes), packets)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn the_scheduler_equals_its_twin((rate, buffer, classes, packets) in cases()) {
        let figures = LinkFigures { rate: Some(rate), buffer: Some(buffer), delay_ns: None };
        let (started, dropped) = scheduled(figures, &classes, &packets);
        let mut twin = Twin {
            rate: u128::from(rate),
            buffer,
            classes: &classes,
            packets: &packets,
            accepted: vec![false; packets.len()],
            tags: vec![(0, 1); packets.len()],
            sent: vec![None; packets.len()],
            order: Vec::new(),
        };
        twin.run();
        let lost: Vec<usize> = (0..packets.len()).filter(|one| !twin.accepted[*one]).collect();
        prop_assert_eq!(&dropped, &lost);
        let found: Vec<_> = started.iter().map(|one| (one.packet, one.waited_ns, one.leaves_ns)).collect();
        let ns = |units: u128| u64::try_from(units.div_ceil(u128::from(rate))).unwrap();
        let wanted: Vec<_> = twin.order.iter().map(|one| {
            let (start, end) = twin.sent[*one].unwrap();
            (*one, ns(start - u128::from(packets[*one].at) * u128::from(rate)), ns(end))
        }).collect();
        prop_assert_eq!(found, wanted);
    }

    /// Nothing is lost or sent twice, a class keeps its order, and the link never rests while a packet waits: whatever
    /// the classes are, the accepted packets leave in the same time as from one queue.
    #[test]
    fn the_scheduler_conserves_packets_and_work((rate, buffer, classes, packets) in cases()) {
        let figures = LinkFigures { rate: Some(rate), buffer: Some(buffer), delay_ns: None };
        let (started, dropped) = scheduled(figures, &classes, &packets);
        let mut seen: Vec<usize> = started.iter().map(|one| one.packet).chain(dropped.iter().copied()).collect();
        seen.sort_unstable();
        prop_assert_eq!(seen, (0..packets.len()).collect::<Vec<_>>());
        for class in 0..classes.len() {
            let own: Vec<usize> = started.iter().map(|one| one.packet).filter(|one| packets[*one].class == class).collect();
            prop_assert!(own.is_sorted());
        }
        let mut one_queue = Queue::new(LinkFigures { buffer: Some(u64::MAX), ..figures });
        let mut last = 0;
        for (index, one) in packets.iter().enumerate() {
            if !dropped.contains(&index) {
                let Offer::Taken { leaves_ns, .. } = one_queue.offer(one.at, one.bytes) else { unreachable!() };
                last = leaves_ns;
            }
        }
        prop_assert_eq!(started.last().map_or(0, |one| one.leaves_ns), last);
    }

    #[test]
    fn one_class_equals_a_queue((rate, buffer, _, packets) in cases(), weight in prop::option::of(1_u32..9)) {
        let figures = LinkFigures { rate: Some(rate), buffer: Some(buffer), delay_ns: None };
        let service = weight.map_or(Service::Priority(None), Service::Weight);
        let class = QosClass { name: String::new(), of: ClassMatch::Rest, service, buffer: None };
        let packets: Vec<Offered> = packets.into_iter().map(|one| Offered { class: 0, ..one }).collect();
        let (started, _) = scheduled(figures, &[class], &packets);
        let mut queue = Queue::new(figures);
        let mut wanted = Vec::new();
        for (packet, one) in packets.iter().enumerate() {
            if let Offer::Taken { leaves_ns, waited_ns } = queue.offer(one.at, one.bytes) {
                wanted.push(Started { packet, class: 0, waited_ns, leaves_ns });
            }
        }
        prop_assert_eq!(started, wanted);
    }
}
