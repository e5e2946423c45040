//! Turns events into epochs: periods of the replay with one network, one state of links and one engine per site.
//!
//! ```text
//! Scenario ─▶ changes in the order of time ─▶ State after each ─▶ Epoch { start, State, engines }
//!                └ a failure adds its detection, a return its restoration
//! ```
//!
//! A failed link is dead immediately, but its sessions still provide routes until the failure is detected (by BFD or
//! the hold timer, followed by convergence). This period is an epoch of its own, in which packets over the link are
//! lost. If the link returns before the failure is detected, the failure is never detected. Both ends know immediately
//! of administrative changes (a peering or session shut down, a reset, maintenance).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::engine::{DetectedBy, Engine, Failure, HOLD_TIME, Inputs, LinkState, Outage, Vantage, detection};
use crate::network::{Connection, Network, PeeringKind, State as WrittenState, Underlay};
use crate::sim::clock::engines::Engines;
use crate::sim::clock::state::{Setting, State};
use crate::sim::error::SimError;
use crate::sim::scenario::{DetectionTimes, Event, EventAction, Scenario, SessionName, Target, When};

/// The inputs of a variant: its initial setting, and the files that its scenario loads, by path as written.
#[derive(Clone, Debug)]
pub struct Setup<'a> {
    /// The initial setting.
    pub start: Setting<'a>,
    /// Networks that events load.
    pub networks: BTreeMap<String, Setting<'a>>,
    /// Editions of Microsoft's lists that events load.
    pub catalogs: BTreeMap<String, &'a Catalog>,
}

/// Something that happened in a replay, for reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineEvent {
    /// The time in nanoseconds after the first packet, in the time of the replay; negative before the first packet.
    pub at_ns: i64,
    /// The kind: `event`, `detected`, `restored`, `maintenance`.
    pub kind: &'static str,
    /// The key of the action; empty if there is none.
    pub action: &'static str,
    /// The subject of the action.
    pub subject: String,
    /// The line of the event in the scenario file, from 1.
    pub line: usize,
}

/// A period of the replay.
#[derive(Debug)]
pub(in crate::sim) struct Epoch<'a> {
    /// The start of the epoch in nanoseconds after the first packet.
    pub(in crate::sim) start_ns: u64,
    pub(in crate::sim) state: State<'a>,
    pub(in crate::sim) links: LinkState,
    /// The engines of the network in this state.
    pub(in crate::sim) engines: Engines,
}

impl Epoch<'_> {
    /// Returns the inputs from which engines are compiled.
    pub(in crate::sim) fn inputs(&self) -> Inputs<'_> {
        self.state.inputs(&self.links)
    }

    /// Returns the engine of a site or subnet.
    pub(in crate::sim) fn engine(&self, vantage: Vantage) -> Option<&Engine> {
        self.engines.of(self.inputs(), vantage)
    }
}

/// All epochs of a run, in order of time. The first epoch starts at 0.
#[derive(Debug)]
pub(in crate::sim) struct Timeline<'a> {
    pub(in crate::sim) epochs: Vec<Epoch<'a>>,
    pub(in crate::sim) happenings: Vec<TimelineEvent>,
}

impl<'a> Timeline<'a> {
    /// Builds the timeline of a scenario for a capture whose first packet has the timestamp `first_ns`, and compiles all
    /// engines.
    ///
    /// # Errors
    ///
    /// Returns [`SimError`] if an event refers to something that the network does not contain, or a network cannot be
    /// compiled.
    pub(in crate::sim) fn build(
        setup: &Setup<'a>,
        scenario: &Scenario,
        first_ns: u64,
    ) -> Result<Self, SimError> {
        let mut director = Scheduler {
            setup,
            scenario,
            state: State::new(setup.start),
            pending: BinaryHeap::new(),
            changes: Vec::new(),
            touched: BTreeMap::new(),
            happenings: Vec::new(),
        };
        for (index, event) in scenario.events.iter().enumerate() {
            director.push(offset(event.at, first_ns, scenario.compress), Change::Event(index));
        }
        let mut timeline = Self { epochs: Vec::new(), happenings: Vec::new() };
        timeline.push(0, director.state.clone())?;
        while let Some(Reverse((at, index))) = director.pending.pop() {
            director.apply(at, index)?;
            if director.pending.peek().is_some_and(|Reverse((next, _))| *next == at) {
                continue;
            }
            timeline.push(u64::try_from(at).unwrap_or(0), director.state.clone())?;
        }
        timeline.happenings = director.happenings;
        Ok(timeline)
    }

    /// Builds the timeline of the network as written after a failure, and compiles its engines.
    ///
    /// # Errors
    ///
    /// Returns [`SimError`] if the network cannot be compiled.
    pub(in crate::sim) fn after(setup: &Setup<'a>, outage: &Outage) -> Result<Self, SimError> {
        let state = State::new(setup.start);
        let links = outage.applied_to(&LinkState::as_written());
        let engines = Engines::compile(state.inputs(&links))?;
        let epochs = vec![Epoch { start_ns: 0, state, links, engines }];
        Ok(Self { epochs, happenings: Vec::new() })
    }

    /// Adds an epoch. The epoch replaces the last one if both start at the same time.
    fn push(&mut self, start_ns: u64, state: State<'a>) -> Result<(), SimError> {
        let links = state.links();
        let same = |epoch: &&Epoch<'a>| {
            Arc::ptr_eq(&epoch.state.network, &state.network)
                && std::ptr::eq(epoch.state.catalog, state.catalog)
                && epoch.links == links
        };
        let engines = match self.epochs.iter().find(same) {
            Some(known) => known.engines.clone(),
            None => Engines::compile(state.inputs(&links))?,
        };
        if self.epochs.last().is_some_and(|last| last.start_ns == start_ns) {
            self.epochs.pop();
        }
        self.epochs.push(Epoch { start_ns, state, links, engines });
        Ok(())
    }
}

/// Returns the time of an event in nanoseconds after the first packet, in the time of the replay.
fn offset(when: When, first_ns: u64, compress: u64) -> i64 {
    let far = |value: i128| i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX });
    match when {
        When::Offset(offset) => far(i128::from(offset)),
        When::Wall(at) => far((at - i128::from(first_ns)).div_euclid(i128::from(compress.max(1)))),
    }
}

/// A change of the state.
#[derive(Clone, Debug)]
enum Change {
    /// An event of the scenario, by its index.
    Event(usize),
    /// A failure is detected, unless the session has changed since. The last field is the index of the event.
    Detected(SessionName, u64, usize),
    /// A session provides routes again, unless it has changed since. The last field is the index of the event.
    Restored(SessionName, u64, usize),
    /// Maintenance of a connection starts or ends. The last field is the index of the event.
    Drain(String, Connection, bool, usize),
}

/// Applies changes in order of time. Changes at the same time are applied in the order in which they were added.
struct Scheduler<'d, 'a> {
    setup: &'d Setup<'a>,
    scenario: &'d Scenario,
    state: State<'a>,
    pending: BinaryHeap<Reverse<(i64, usize)>>,
    changes: Vec<Change>,
    /// The number of changes to each session. A new change to a session invalidates earlier changes that are still
    /// pending.
    touched: BTreeMap<SessionName, u64>,
    happenings: Vec<TimelineEvent>,
}

impl Scheduler<'_, '_> {
    fn push(&mut self, at: i64, change: Change) {
        self.pending.push(Reverse((at, self.changes.len())));
        self.changes.push(change);
    }

    fn apply(&mut self, at: i64, index: usize) -> Result<(), SimError> {
        let Some(change) = self.changes.get(index).cloned() else { return Ok(()) };
        match change {
            Change::Event(index) => {
                let scenario = self.scenario;
                let Some(event) = scenario.events.get(index) else { return Ok(()) };
                let (action, subject) = described(&event.action);
                self.note(at, "event", action, subject, index);
                self.event(at, index, event)
            }
            Change::Detected(session, touched, event) => {
                if self.touched.get(&session) == Some(&touched) && self.state.dead.contains(&session) {
                    self.note(at, "detected", "", session.to_string(), event);
                    self.state.raised.remove(&session);
                    self.state.down.insert(session);
                }
                Ok(())
            }
            Change::Restored(session, touched, event) => {
                if self.touched.get(&session) == Some(&touched) && !self.state.dead.contains(&session) {
                    let written = is_up(&self.state.network, &session);
                    // A failure that was never detected needs no restoration.
                    let back = self.state.down.remove(&session);
                    if back || !written {
                        self.note(at, "restored", "", session.to_string(), event);
                    }
                    if !written {
                        self.state.raised.insert(session);
                    }
                }
                Ok(())
            }
            Change::Drain(circuit, connection, begins, event) => {
                let word = if begins { "begins" } else { "ends" };
                let subject = format!("{circuit}/{} {word}", connection.name());
                self.note(at, "maintenance", "", subject, event);
                if begins {
                    self.state.drained.insert((circuit, connection));
                } else {
                    self.state.drained.remove(&(circuit, connection));
                }
                Ok(())
            }
        }
    }

    fn event(&mut self, at: i64, index: usize, event: &Event) -> Result<(), SimError> {
        match &event.action {
            EventAction::Down { target, detection_ns } => {
                for session in self.sessions(index, target)? {
                    self.fail(at, index, session, target.is_wire(), *detection_ns);
                }
            }
            EventAction::Up { target } => self.restore(at, index, target)?,
            EventAction::Reset { target, for_ns } => self.reset(at, index, target, *for_ns)?,
            EventAction::Maintenance { circuit, for_ns } => self.maintain(at, index, circuit, *for_ns)?,
            EventAction::RouteFilter { circuit, communities } => {
                let done = self.state.filter(circuit, communities);
                self.must(index, circuit, done)?;
            }
            EventAction::Network { file } => {
                let setting = self.setup.networks.get(&file.value).copied();
                self.state.swap(setting.ok_or_else(|| self.not_read(index, &file.value))?);
            }
            EventAction::Catalog { file } => {
                let catalog = self.setup.catalogs.get(&file.value).copied();
                self.state.catalog = catalog.ok_or_else(|| self.not_read(index, &file.value))?;
            }
            EventAction::Rate { link, rate } => {
                let there = crate::sim::scenario::LinkName::all(&self.state.network).contains(link);
                self.must(index, &link.to_string(), there)?;
                self.state.rates.insert(link.clone(), *rate);
            }
            EventAction::Metric { link, metric } => {
                let done = self.state.measure(link, *metric);
                self.must(index, link, done)?;
            }
            EventAction::Announce { prefix, on } => {
                let changed = self.state.advertise(*prefix, on, true);
                self.must(index, &on.to_string(), changed.is_some())?;
            }
            EventAction::Withdraw { prefix, on } => {
                let changed = self.state.advertise(*prefix, on, false);
                self.must(index, &on.to_string(), changed.is_some())?;
                if changed == Some(false) {
                    let (scenario, line) = self.place(index);
                    return Err(SimError::NotAdvertised { scenario, line, prefix: prefix.to_string() });
                }
            }
            EventAction::Nat { at: owner, pool } => {
                let done = self.state.translate(owner, pool);
                self.must(index, &owner.to_string(), done)?;
            }
        }
        Ok(())
    }

    fn restore(&mut self, at: i64, index: usize, target: &Target) -> Result<(), SimError> {
        for session in self.sessions(index, target)? {
            self.state.dead.remove(&session);
            let touched = self.touch(&session);
            let due = later(at, self.scenario.detection.restore_ns);
            self.push(due, Change::Restored(session, touched, index));
        }
        Ok(())
    }

    fn reset(&mut self, at: i64, index: usize, target: &Target, for_ns: u64) -> Result<(), SimError> {
        for session in self.sessions(index, target)? {
            let touched = self.touch(&session);
            self.state.raised.remove(&session);
            self.state.down.insert(session.clone());
            self.push(later(at, for_ns), Change::Restored(session, touched, index));
        }
        Ok(())
    }

    /// Drains the connections of a circuit, one after the other.
    fn maintain(&mut self, at: i64, index: usize, circuit: &str, for_ns: u64) -> Result<(), SimError> {
        self.must(index, circuit, self.state.network.circuit_named(circuit).is_some())?;
        let mut begin = at;
        for connection in Connection::ALL {
            let end = later(begin, for_ns);
            self.push(begin, Change::Drain(circuit.to_owned(), connection, true, index));
            self.push(end, Change::Drain(circuit.to_owned(), connection, false, index));
            begin = end;
        }
        Ok(())
    }

    fn fail(&mut self, at: i64, event: usize, session: SessionName, wire: bool, detection_ns: Option<u64>) {
        if self.state.dead.contains(&session) {
            return;
        }
        let touched = self.touch(&session);
        if !wire {
            self.state.raised.remove(&session);
            self.state.down.insert(session);
            return;
        }
        self.state.dead.insert(session.clone());
        // Routes to an appliance are user routes and do not react to its failure.
        if matches!(session, SessionName::Appliance(_)) {
            return;
        }
        let DetectionTimes { convergence_ns, .. } = self.scenario.detection;
        let noticed = detection_ns
            .unwrap_or_else(|| noticed_ns(&self.state.network, &session, self.scenario.detection));
        let due = later(at, noticed.saturating_add(convergence_ns));
        self.push(due, Change::Detected(session, touched, event));
    }

    fn touch(&mut self, session: &SessionName) -> u64 {
        let touched = self.touched.entry(session.clone()).or_default();
        *touched += 1;
        *touched
    }

    fn sessions(&self, event: usize, target: &Target) -> Result<BTreeSet<SessionName>, SimError> {
        let sessions = target.sessions(&self.state.network);
        self.must(event, &target.to_string(), !sessions.is_empty())?;
        Ok(sessions.into_iter().collect())
    }

    fn must(&self, event: usize, name: &str, there: bool) -> Result<(), SimError> {
        if there {
            return Ok(());
        }
        let (scenario, line) = self.place(event);
        Err(SimError::NotThere { scenario, line, name: name.to_owned() })
    }

    fn not_read(&self, event: usize, file: &str) -> SimError {
        let (scenario, line) = self.place(event);
        SimError::NotRead { scenario, line, file: file.to_owned() }
    }

    fn note(&mut self, at_ns: i64, kind: &'static str, action: &'static str, subject: String, event: usize) {
        let (_, line) = self.place(event);
        self.happenings.push(TimelineEvent { at_ns, kind, action, subject, line });
    }

    fn place(&self, event: usize) -> (String, usize) {
        let source = &self.scenario.source;
        let line = self.scenario.events.get(event).map_or(1, |event| source.position(event.span.start).0);
        (source.name().to_owned(), line)
    }
}

/// Returns the maximum time until a failure of a session's link is detected: the time in the scenario, otherwise the
/// time for the session in the network file. The file contains no such time for internet edges, tunnels and links
/// between sites, so the default hold time applies to them.
pub(in crate::sim) fn noticed_ns(network: &Network, session: &SessionName, given: DetectionTimes) -> u64 {
    let settings = match session {
        SessionName::Circuit(name, peering, connection) => {
            network.circuit_named(name).and_then(|(_, circuit)| circuit.settings(*peering, *connection))
        }
        _ => None,
    };
    let found = settings.map(|own| detection(own, Failure::Silent));
    let bfd = found.is_some_and(|found| found.by == DetectedBy::Bfd);
    let at_most = found.map_or(HOLD_TIME, |found| found.at_most);
    let written = u64::try_from(at_most.as_nanos()).unwrap_or(u64::MAX);
    if bfd { given.bfd_ns } else { given.hold_ns }.unwrap_or(written)
}

/// Returns whether a session is up according to the network file.
pub(in crate::sim) fn is_up(network: &Network, session: &SessionName) -> bool {
    let up = |state: WrittenState| state == WrittenState::Up;
    let sites = || network.sites.iter();
    match session {
        SessionName::Circuit(name, peering, connection) => {
            network.circuit_named(name).is_some_and(|(_, circuit)| match peering {
                PeeringKind::Microsoft => {
                    circuit.microsoft_peering.as_ref().is_some_and(|own| own.is_up(*connection))
                }
                PeeringKind::Private => {
                    circuit.private_peering.as_ref().is_some_and(|own| own.is_up(*connection))
                }
            })
        }
        SessionName::Internet(name) => sites()
            .filter_map(|site| site.internet.as_ref())
            .any(|edge| edge.name == *name && up(edge.state.value)),
        SessionName::Wan(name) => {
            network.wan_links_with_ids().any(|(_, link)| link.name == *name && up(link.state.value))
        }
        SessionName::Appliance(_) => true,
        SessionName::Vpn(name) => {
            let tunnels = || sites().flat_map(|site| site.vpn.iter().map(move |vpn| (site, vpn)));
            tunnels().any(|(site, vpn)| {
                let under = match vpn.over {
                    Underlay::Internet => site.internet.as_ref().is_none_or(|edge| up(edge.state.value)),
                    Underlay::Peering(id, kind) => network.circuit(id).is_some_and(|circuit| {
                        let session =
                            |connection| SessionName::Circuit(circuit.name.clone(), kind, connection);
                        Connection::ALL.into_iter().any(|connection| is_up(network, &session(connection)))
                    }),
                };
                vpn.name == *name && up(vpn.state.value) && under
            })
        }
    }
}

fn later(at: i64, by: u64) -> i64 {
    at.saturating_add(i64::try_from(by).unwrap_or(i64::MAX))
}

/// Describes an action: its key and its subject.
fn described(action: &EventAction) -> (&'static str, String) {
    match action {
        EventAction::Down { target, .. } => ("down", target.to_string()),
        EventAction::Up { target } => ("up", target.to_string()),
        EventAction::Reset { target, .. } => ("reset", target.to_string()),
        EventAction::Maintenance { circuit, .. } => ("maintenance", circuit.clone()),
        EventAction::RouteFilter { circuit, .. } => ("route_filter", circuit.clone()),
        EventAction::Network { file } => ("network", file.value.clone()),
        EventAction::Catalog { file } => ("catalog", file.value.clone()),
        EventAction::Rate { link, rate } => ("rate", format!("{link} {rate} bit/s")),
        EventAction::Metric { link, metric } => ("metric", format!("{link} {metric}")),
        EventAction::Announce { prefix, on } => ("announce", format!("{prefix} on {on}")),
        EventAction::Withdraw { prefix, on } => ("withdraw", format!("{prefix} on {on}")),
        EventAction::Nat { at, pool } => {
            let pool: Vec<String> = pool.iter().map(ToString::to_string).collect();
            ("nat", format!("{at} {}", pool.join(", ")))
        }
    }
}
