//! What was measured, whichever program printed it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// One figure of ours, and beside it a peer's where there is one.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What targets look for in it: family, table, operation; or work and file.
    pub what: String,
    pub peer: String,
    /// With its unit.
    pub ours: String,
    pub theirs: String,
    /// The median over all turns of theirs through ours.
    pub ratio: String,
}

/// All figures, and facts about the run.
#[derive(Debug, Default)]
pub struct Measured {
    facts: BTreeMap<String, String>,
    pub figures: Vec<Figure>,
}

impl Measured {
    /// Reads what a program printed; lines under no known header are passed over.
    pub fn read(&mut self, text: &str) {
        let mut header: Vec<&str> = Vec::new();
        for line in text.lines() {
            let cells: Vec<&str> = line.split('\t').collect();
            match cells.as_slice() {
                ["fact", name, fact] => {
                    self.facts.insert((*name).to_owned(), (*fact).to_owned());
                }
                ["family" | "work", ..] => header = cells,
                _ if cells.len() == header.len() => self.row(&header, &cells),
                _ => {}
            }
        }
    }

    fn row(&mut self, header: &[&str], cells: &[&str]) {
        // The unit of a column stands behind a comma: `ours, s`.
        let cell = |name: &str| {
            let (named, cell) =
                header.iter().zip(cells).find(|(column, _)| column.split(", ").next() == Some(name))?;
            match named.split_once(", ") {
                Some((_, unit)) if cell.parse::<f64>().is_ok() => Some(format!("{cell} {unit}")),
                _ => Some((*cell).to_owned()),
            }
        };
        let cell = |name: &str| cell(name).filter(|cell| cell != "-").unwrap_or_default();
        if header.first() == Some(&"family") {
            let what = format!("{} / {} / {}", cell("family"), cell("table"), cell("what"));
            let (engine, median, ratio) = (cell("engine"), cell("median"), cell("theirs through ours"));
            if engine == "peerpath" {
                self.figures.push(Figure {
                    what,
                    peer: String::new(),
                    ours: median,
                    theirs: String::new(),
                    ratio: String::new(),
                });
            } else {
                let ours =
                    self.figures.iter().rev().find(|figure| figure.what == what && figure.peer.is_empty());
                let ours = ours.map(|figure| figure.ours.clone()).unwrap_or_default();
                self.figures.push(Figure { what, peer: engine, ours, theirs: median, ratio });
            }
            return;
        }
        let work = cell("work");
        let peer = work.split_once("against ").map(|(_, peer)| peer.to_owned()).unwrap_or_default();
        let what =
            [work, cell("file")].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" / ");
        self.figures.push(Figure {
            what,
            peer,
            ours: cell("ours"),
            theirs: cell("theirs"),
            ratio: cell("ratio"),
        });
    }

    /// Reads the medians of our own benches.
    pub fn read_criterion(&mut self, folder: &Path) {
        let mut found = BTreeMap::new();
        medians(folder, &mut found);
        for (what, nanoseconds) in found {
            let ours = format!("{:.2} ms", nanoseconds / 1e6);
            self.figures.push(Figure {
                what,
                peer: String::new(),
                ours,
                theirs: String::new(),
                ratio: String::new(),
            });
        }
    }

    pub fn facts(&self) -> impl Iterator<Item = (&String, &String)> {
        self.facts.iter()
    }

    pub fn fact(&self, name: &str) -> String {
        self.facts.get(name).cloned().unwrap_or_else(|| format!("unknown {name}"))
    }

    pub fn table(&self) -> String {
        let mut out = "| measured as | against | ours | theirs | ratio |\n|---|---|---|---|---|\n".to_owned();
        for Figure { what, peer, ours, theirs, ratio } in &self.figures {
            let _ = writeln!(out, "| {what} | {peer} | {ours} | {theirs} | {ratio} |");
        }
        out
    }
}

/// The medians of every `new` run below a folder, by the bench's full name.
fn medians(folder: &Path, found: &mut BTreeMap<String, f64>) {
    let json = |name: &str| -> Option<serde_json::Value> {
        serde_json::from_str(&std::fs::read_to_string(folder.join("new").join(name)).ok()?).ok()
    };
    if let (Some(bench), Some(estimates)) = (json("benchmark.json"), json("estimates.json"))
        && let (Some(name), Some(median)) =
            (bench["full_id"].as_str(), estimates["median"]["point_estimate"].as_f64())
    {
        found.insert(name.to_owned(), median);
        return;
    }
    let folders = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    for below in folders.filter(|path| path.is_dir()) {
        medians(&below, found);
    }
}
