//! Events of a replay: marks in charts, and durations of outages.

use maud::{Markup, html};

use crate::report::writers::html::data::Row;
use crate::report::writers::html::figures::{clock, duration};

/// The events at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// Nanoseconds after the first packet; 0 for earlier events.
    pub(super) at_ns: u64,
    /// The events, one sentence each.
    pub(super) what: Vec<String>,
}

/// The period during which something was down or under maintenance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outage {
    /// `down` or `maintenance`.
    pub(super) what: &'static str,
    /// The time of the failure, in nanoseconds after the first packet.
    pub(super) from_ns: u64,
    /// The time of the recovery, if any.
    pub(super) to_ns: Option<u64>,
}

/// Returns the rows of the view `events`, grouped by time; `start_ns` is the first packet's time.
pub(super) fn moments(events: &[Row<'_>], start_ns: u64) -> Vec<Moment> {
    let mut moments: Vec<Moment> = Vec::new();
    for row in events {
        let at_ns = row.amount("time").saturating_sub(start_ns);
        let subject = row.text("subject");
        let sentence = match (row.text("kind"), row.text("action")) {
            ("event", action) => format!("{subject} {action}"),
            ("detected", _) => format!("{subject}: failure detected"),
            ("restored", _) => format!("{subject}: routes restored"),
            (kind, "") => format!("{subject}: {kind}"),
            (kind, action) => format!("{subject}: {kind} {action}"),
        };
        match moments.last_mut().filter(|moment| moment.at_ns == at_ns) {
            Some(moment) => moment.what.push(sentence),
            None => moments.push(Moment { at_ns, what: vec![sentence] }),
        }
    }
    moments
}

/// Returns the periods in which any of `subjects` was down or under maintenance; it counts as up when any of them
/// recovers.
pub(super) fn outages(events: &[Row<'_>], start_ns: u64, subjects: &[&str]) -> Vec<Outage> {
    let mut found: Vec<Outage> = Vec::new();
    for row in events {
        let (subject, what, begins) = match (row.text("kind"), row.text("action"), row.text("subject")) {
            ("event", "down", subject) => (subject, "down", true),
            ("event", "up", subject) => (subject, "down", false),
            // The subject of this kind is `er-ams/primary begins`, or `er-ams/primary ends`.
            ("maintenance", _, words) => match words.rsplit_once(' ') {
                Some((subject, "begins")) => (subject, "maintenance", true),
                Some((subject, _)) => (subject, "maintenance", false),
                None => continue,
            },
            _ => continue,
        };
        if !subjects.contains(&subject) {
            continue;
        }
        let at_ns = row.amount("time").saturating_sub(start_ns);
        let open = found.iter_mut().rev().find(|outage| outage.what == what && outage.to_ns.is_none());
        match (begins, open) {
            (true, None) => found.push(Outage { what, from_ns: at_ns, to_ns: None }),
            (false, Some(outage)) => outage.to_ns = Some(at_ns),
            _ => {}
        }
    }
    found
}

impl Outage {
    /// Formats `down 2:00–8:00`.
    pub(super) fn words(self) -> String {
        let Self { what, from_ns, to_ns } = self;
        match to_ns {
            Some(to) => format!("{what} {}–{}", clock(from_ns), clock(to)),
            None => format!("{what} from {}", clock(from_ns)),
        }
    }
}

impl Outage {
    /// Formats the period for a label in the picture: `maint. 3:00:00–3:10:00`.
    pub(super) fn label(self) -> String {
        self.words().replace("maintenance", "maint.")
    }
}

/// Returns the numbered list of events below the charts.
pub(super) fn list(moments: &[Moment]) -> Markup {
    html! {
        ol .events {
            @for moment in moments {
                li {
                    span .when { (clock(moment.at_ns)) }
                    " " (moment.what.join("; "))
                }
            }
        }
    }
}

/// Returns a description of the time step: `each step is 1 min`.
pub(super) fn resolution(step_ns: u64) -> String {
    format!("each step is {}", duration(step_ns))
}
