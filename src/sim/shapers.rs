//! The schedulers of links with classes, and the ends of their transmissions in order of time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::flight::{Flight, OTHER};
use super::link::{Direction, LinkIndex, Links};
use super::queueing::{Admission, LinkFigures, Scheduler, Started};
use super::scenario::{LinkSetting, QosClass};

/// One direction of a link.
pub(super) type At = (LinkIndex, Direction);

/// A link's direction with its classes.
#[derive(Debug)]
struct Shaper {
    classes: Vec<QosClass>,
    scheduler: Scheduler<Flight>,
}

/// The directions of links that have classes.
#[derive(Debug, Default)]
pub(super) struct Shapers {
    of: BTreeMap<At, Shaper>,
    /// The ends of transmissions. An entry is void if the scheduler expects its end at another time.
    ends: BinaryHeap<Reverse<(u64, At)>>,
}

impl Shapers {
    /// Creates the schedulers of a scenario. The last setting of a link counts.
    pub(super) fn new(settings: &[LinkSetting], links: &mut Links) -> Self {
        let mut all = Self::default();
        for setting in settings {
            let link = links.index(&setting.link);
            let own = setting.link.own_queues().unwrap_or_default();
            for (direction, own) in Direction::ALL.into_iter().zip(own) {
                all.of.remove(&(link, direction));
                if own && !setting.qos.is_empty() {
                    let scheduler = Scheduler::new(LinkFigures::default(), &setting.qos);
                    let shaper = Shaper { classes: setting.qos.clone(), scheduler };
                    all.of.insert((link, direction), shaper);
                }
            }
        }
        all
    }

    /// Changes the figures of a link.
    pub(super) fn change(&mut self, link: LinkIndex, figures: LinkFigures) {
        for direction in Direction::ALL {
            if let Some(shaper) = self.of.get_mut(&(link, direction)) {
                shaper.scheduler.change(figures);
            }
        }
    }

    /// Returns the index of the class of a packet, or `None` if the link has one queue.
    pub(super) fn class(&self, at: At, flight: &Flight) -> Option<usize> {
        let scope = (flight.scope != OTHER).then_some(usize::from(flight.scope));
        Some(QosClass::index_of(&self.of.get(&at)?.classes, scope, flight.dscp))
    }

    /// Returns the name of a class, or `None` if the link has one queue.
    pub(super) fn name(&self, at: At, class: usize) -> Option<String> {
        self.of.get(&at)?.classes.get(class).map(|class| class.name.clone())
    }

    /// Returns the one-way delay of a link in nanoseconds.
    pub(super) fn delay_ns(&self, at: At) -> u64 {
        self.of.get(&at).map_or(0, |shaper| shaper.scheduler.delay_ns())
    }

    /// Offers a packet to its class; `None` if the link has one queue.
    pub(super) fn offer(&mut self, at: At, class: usize, flight: Flight) -> Option<Admission<Flight>> {
        let shaper = self.of.get_mut(&at)?;
        let admission = shaper.scheduler.offer(flight.at_ns, class, flight.volume.ip_bytes, flight);
        if let Admission::Started(_) = admission {
            self.expect(at);
        }
        Some(admission)
    }

    /// Returns the time of the next end of a transmission.
    pub(super) fn next_ns(&self) -> Option<u64> {
        self.ends.peek().map(|Reverse((ends_ns, _))| *ends_ns)
    }

    /// Ends the transmission that ends next, and returns the packet that is sent after it.
    pub(super) fn complete(&mut self) -> Option<(At, Started<Flight>)> {
        let Reverse((ends_ns, at)) = self.ends.pop()?;
        let scheduler = &mut self.of.get_mut(&at)?.scheduler;
        if scheduler.completes_ns() != Some(ends_ns) {
            return None;
        }
        let started = scheduler.complete()?;
        self.expect(at);
        Some((at, started))
    }

    fn expect(&mut self, at: At) {
        let ends = self.of.get(&at).and_then(|shaper| shaper.scheduler.completes_ns());
        self.ends.extend(ends.map(|ends_ns| Reverse((ends_ns, at))));
    }
}
