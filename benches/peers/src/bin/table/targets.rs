//! What must be reached, and whether it was.

use crate::measured::{Figure, Measured};

/// A row of `targets.tsv`.
#[derive(Debug)]
pub struct Target {
    work: String,
    /// All of these must be in what a figure measured.
    parts: Vec<String>,
    /// The beginnings of the peers' names; empty where no peer is compared.
    against: Vec<String>,
    least: bool,
    figure: String,
}

/// How a target came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Reached,
    Missed,
    NotMeasured,
}

impl Verdict {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::Missed => "**missed**",
            Self::NotMeasured => "not measured",
        }
    }
}

/// A row of the table.
#[derive(Debug)]
pub struct Row {
    pub work: String,
    pub peer: String,
    pub bound: String,
    pub ours: String,
    pub theirs: String,
    pub ratio: String,
    pub verdict: Verdict,
}

impl Target {
    /// Reads the whole file.
    pub fn read(text: &str) -> Vec<Self> {
        text.lines().skip(1).map(Self::row).collect()
    }

    fn row(line: &str) -> Self {
        let [work, parts, against, bound, figure] = line
            .split('\t')
            .collect::<Vec<_>>()
            .try_into()
            .unwrap_or_else(|_| panic!("`{line}` has not five cells"));
        assert!(["at least", "at most"].contains(&bound), "`{bound}` is no bound");
        let list = |cell: &str, by: &str| -> Vec<String> {
            cell.split(by).filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        Self {
            work: work.to_owned(),
            parts: list(parts, " / "),
            against: list(against, ", "),
            least: bound == "at least",
            figure: figure.to_owned(),
        }
    }

    /// Beside the figure of the fastest peer, or beside ours alone.
    pub fn evaluate(&self, measured: &Measured) -> Row {
        let found = measured.figures.iter().filter(|figure| self.is_about(figure));
        let found = found.filter_map(|figure| Some((self.number(figure)?, figure)));
        // The fastest peer has the least ratio.
        let found = found.min_by(|(left, _), (right, _)| left.total_cmp(right));
        let (sign, unit) =
            if self.least { ("≥", if self.against.is_empty() { "" } else { "×" }) } else { ("≤", "") };
        let bound = format!("{sign} {}{unit}", self.figure);
        let Some((number, figure)) = found else {
            let (ours, theirs, ratio) = (String::new(), String::new(), String::new());
            let peer = self.against.join(", ");
            return Row {
                work: self.work.clone(),
                peer,
                bound,
                ours,
                theirs,
                ratio,
                verdict: Verdict::NotMeasured,
            };
        };
        let wanted = amount(&self.figure).unwrap_or_else(|| panic!("`{}` is no figure", self.figure));
        let reached = if self.least { number >= wanted } else { number <= wanted };
        Row {
            work: self.work.clone(),
            peer: figure.peer.clone(),
            bound,
            ours: figure.ours.clone(),
            theirs: figure.theirs.clone(),
            ratio: figure.ratio.clone(),
            verdict: if reached { Verdict::Reached } else { Verdict::Missed },
        }
    }

    fn is_about(&self, figure: &Figure) -> bool {
        let peer = if self.against.is_empty() {
            figure.peer.is_empty()
        } else {
            self.against.iter().any(|start| figure.peer.starts_with(start.as_str()))
        };
        peer && self.parts.iter().all(|part| figure.what.contains(part.as_str()))
    }

    fn number(&self, figure: &Figure) -> Option<f64> {
        amount(if self.against.is_empty() { &figure.ours } else { &figure.ratio })
    }
}

/// A number with its unit as seconds, bytes, or itself.
fn amount(text: &str) -> Option<f64> {
    let (number, unit) = text.split_once(' ').unwrap_or((text, ""));
    let scale = match unit {
        "" | "s" | "bytes" => 1.0,
        "ms" => 1e-3,
        "ns" => 1e-9,
        "KiB" => 1024.0,
        "MB" => 1e6,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * scale)
}
