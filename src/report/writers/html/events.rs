//! What happened during a replay: marks of charts, and for how long something was down.

use maud::{Markup, html};

use crate::report::writers::html::data::Row;
use crate::report::writers::html::figures::{clock, duration};

/// What happened at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// Nanoseconds after the first packet; what was before it is at 0.
    pub(super) at_ns: u64,
    /// What, one sentence each.
    pub(super) what: Vec<String>,
}

/// For how long something was down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outage {
    /// When it failed, in nanoseconds after the first packet.
    pub(super) from_ns: u64,
    /// When it came back, if it did.
    pub(super) to_ns: Option<u64>,
}

/// The rows of the view `events`, those of one moment together; `start_ns` is the first packet's time.
pub(super) fn moments(events: &[Row<'_>], start_ns: u64) -> Vec<Moment> {
    let mut moments: Vec<Moment> = Vec::new();
    for row in events {
        let at_ns = row.amount("time").saturating_sub(start_ns);
        let subject = row.text("subject");
        let said = match (row.text("kind"), row.text("action")) {
            ("event", action) => format!("{subject} {action}"),
            ("detected", _) => format!("{subject}: failure noticed"),
            ("restored", _) => format!("{subject}: routes are back"),
            (kind, "") => format!("{subject}: {kind}"),
            (kind, action) => format!("{subject}: {kind} {action}"),
        };
        match moments.last_mut().filter(|moment| moment.at_ns == at_ns) {
            Some(moment) => moment.what.push(said),
            None => moments.push(Moment { at_ns, what: vec![said] }),
        }
    }
    moments
}

/// When any of `subjects` was down; what comes back through any of them is up again.
pub(super) fn outages(events: &[Row<'_>], start_ns: u64, subjects: &[&str]) -> Vec<Outage> {
    let mut found: Vec<Outage> = Vec::new();
    for row in events.iter().filter(|row| row.text("kind") == "event") {
        if !subjects.contains(&row.text("subject")) {
            continue;
        }
        let at_ns = row.amount("time").saturating_sub(start_ns);
        let open = found.last_mut().filter(|outage| outage.to_ns.is_none());
        match (row.text("action"), open) {
            ("down", None) => found.push(Outage { from_ns: at_ns, to_ns: None }),
            ("up", Some(outage)) => outage.to_ns = Some(at_ns),
            _ => {}
        }
    }
    found
}

impl Outage {
    /// `down 2:00–8:00`
    pub(super) fn words(self) -> String {
        match self.to_ns {
            Some(to) => format!("down {}–{}", clock(self.from_ns), clock(to)),
            None => format!("down from {}", clock(self.from_ns)),
        }
    }
}

/// The numbered list below charts whose marks bear the numbers.
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

/// The words for a step of time: `each step is 1 min`.
pub(super) fn resolution(step_ns: u64) -> String {
    format!("each step is {}", duration(step_ns))
}
