//! The recorded counts, and what a new one is beside them.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::path::Path;
use std::process::Command;

/// A count may rise by this many thousandths, or fall by them, without a word.
const TOLERATED: u64 = 30;
const HEADER: &str = "case\tinstructions\titems\trustc\ttarget";

/// What a loop took.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) instructions: u64,
    /// Addresses, packets or ranges.
    pub(crate) items: u64,
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = self.instructions * 10 / self.items.max(1);
        write!(f, "{} instructions, {}.{} an item", self.instructions, tenths / 10, tenths % 10)
    }
}

/// The compiler that made the code.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Toolchain {
    rustc: String,
    target: String,
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rustc {} for {}", self.rustc, self.target)
    }
}

impl Toolchain {
    /// That of the command `rustc`, which is the one that cargo ran.
    pub(crate) fn current() -> Option<Self> {
        let output = Command::new("rustc").arg("-vV").output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let after = |start: &str| text.lines().find_map(|line| line.strip_prefix(start).map(str::to_owned));
        Some(Self { rustc: after("rustc ")?, target: after("host: ")? })
    }
}

/// How a count stands to its record, from good to bad.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Evaluation {
    Same,
    Fell,
    Skipped,
    Unrecorded,
    Rose,
}

/// What is kept in `benches/record/instructions.tsv`.
pub(crate) struct Record {
    pub(crate) toolchain: Toolchain,
    counts: BTreeMap<String, Count>,
}

impl Record {
    pub(crate) fn new(toolchain: Toolchain, counts: Vec<(&str, Option<Count>)>) -> Self {
        let counts = counts.into_iter().filter_map(|(name, count)| Some((name.to_owned(), count?)));
        Self { toolchain, counts: counts.collect() }
    }

    /// Nothing where the file is not there; an error where a line is not as it was written.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(format!("{}: {error}", path.display())),
        };
        let mut record = Self {
            toolchain: Toolchain { rustc: "no compiler".to_owned(), target: "no target".to_owned() },
            counts: BTreeMap::new(),
        };
        for line in text.lines().filter(|line| *line != HEADER) {
            let wrong = || format!("{}: `{line}` is no row of `{HEADER}`", path.display());
            let [name, instructions, items, rustc, target] =
                line.split('\t').collect::<Vec<_>>().try_into().map_err(|_| wrong())?;
            let number = |text: &str| text.parse::<u64>().map_err(|_| wrong());
            let count = Count { instructions: number(instructions)?, items: number(items)? };
            record.toolchain = Toolchain { rustc: rustc.to_owned(), target: target.to_owned() };
            record.counts.insert(name.to_owned(), count);
        }
        Ok(record)
    }

    pub(crate) fn write(&self, path: &Path) -> std::io::Result<()> {
        let Toolchain { rustc, target } = &self.toolchain;
        let mut text = format!("{HEADER}\n");
        for (name, Count { instructions, items }) in &self.counts {
            // Writing to a text does not fail.
            let _ = writeln!(text, "{name}\t{instructions}\t{items}\t{rustc}\t{target}");
        }
        std::fs::write(path, text)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.counts.keys().map(String::as_str)
    }

    pub(crate) fn evaluate(&self, name: &str, count: Count) -> Evaluation {
        let Some(was) = self.counts.get(name) else { return Evaluation::Unrecorded };
        // By the item: more of the shipped lists is no slower loop.
        let (is, was) = (count.instructions * was.items, was.instructions * count.items);
        if is * 1000 > was * (1000 + TOLERATED) {
            Evaluation::Rose
        } else if is * 1000 < was * (1000 - TOLERATED) {
            Evaluation::Fell
        } else {
            Evaluation::Same
        }
    }

    pub(crate) fn sentence(&self, name: &str, count: Option<Count>, judgement: Evaluation) -> String {
        let Some(count) = count else { return "SKIPPED: this processor cannot run it".to_owned() };
        let Some(was) = self.counts.get(name) else { return format!("NOT RECORDED: {count}") };
        match judgement {
            Evaluation::Rose => format!("ROSE over 3 %: {count}; recorded {was}"),
            Evaluation::Fell => format!("fell over 3 %, record it: {count}; recorded {was}"),
            _ if count.instructions == was.instructions => format!("{count}, as recorded"),
            _ => format!("{count}; recorded {was}"),
        }
    }
}
