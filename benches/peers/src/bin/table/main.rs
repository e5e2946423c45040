//! What was measured beside what must be reached, as a page of `benches/record` and as the table of `docs/dev/performance.md`.
//!
//! ```text
//! table --targets FILE --record FOLDER [--docs FILE] [--criterion FOLDER] MEASURED…
//! ```
//!
//! MEASURED are what `peerpath-peers` and `replay.sh` print; `--criterion` adds the medians of our own benches. Rows are told apart by
//! their headers and read by the names of their columns. Of several peers that a target names, the fastest counts.

mod measured;
mod targets;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use measured::Measured;
use targets::{Row, Target, Verdict};

const BEGIN: &str = "<!-- record: from here on the table is written by benches/peers/run -->";
const END: &str = "<!-- record: to here -->";

fn main() {
    let (mut targets, mut record, mut docs, mut criterion) = (None, None, None, None);
    let mut files: Vec<PathBuf> = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let slot = match argument.as_str() {
            "--targets" => &mut targets,
            "--record" => &mut record,
            "--docs" => &mut docs,
            "--criterion" => &mut criterion,
            _ => {
                files.push(argument.into());
                continue;
            }
        };
        *slot = Some(PathBuf::from(arguments.next().expect("a path behind the option")));
    }
    let mut measured = Measured::default();
    for file in &files {
        measured.read(&text(file));
    }
    if let Some(folder) = criterion {
        measured.read_criterion(&folder);
    }
    let targets = Target::read(&text(&targets.expect("--targets FILE")));
    let rows: Vec<Row> = targets.iter().map(|target| target.evaluate(&measured)).collect();
    let page = page(&measured, &rows);
    print!("{page}");
    let Some(folder) = record else { return };
    let name = format!("{}-{}.md", measured.fact("date"), slug(&measured.fact("processor")));
    std::fs::create_dir_all(&folder).expect("a folder for the record");
    std::fs::write(folder.join(&name), &page).expect("the record written");
    if let Some(docs) = docs {
        let table = format!("{}\n\n{}", origin(&measured, &name), table(&rows));
        std::fs::write(&docs, between(&text(&docs), &table)).expect("the page written");
    }
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Lower case, and one hyphen for whatever is no letter or digit; without what is in brackets.
fn slug(name: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    for character in name.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            _ if character.is_ascii_alphanumeric() => out.push(character.to_ascii_lowercase()),
            _ if !out.ends_with('-') && !out.is_empty() => out.push('-'),
            _ => {}
        }
    }
    out.trim_end_matches('-').to_owned()
}

fn page(measured: &Measured, rows: &[Row]) -> String {
    let mut out = format!("# {}, {}\n\n", measured.fact("date"), measured.fact("processor"));
    for (name, fact) in measured.facts() {
        let _ = writeln!(out, "- {name}: {fact}");
    }
    let count = |verdict| rows.iter().filter(|row| row.verdict == verdict).count();
    let _ = writeln!(
        out,
        "\n## What must be reached\n\n{} reached, {} missed, {} not measured.\n\n{}\n## All that was measured\n\n{}",
        count(Verdict::Reached),
        count(Verdict::Missed),
        count(Verdict::NotMeasured),
        table(rows),
        measured.table(),
    );
    out
}

/// From where the figures of the page are.
fn origin(measured: &Measured, name: &str) -> String {
    format!(
        "{}, {}; the whole run is in [benches/record/{name}](../../benches/record/{name}).",
        measured.fact("date"),
        measured.fact("processor")
    )
}

fn table(rows: &[Row]) -> String {
    let mut out =
        "| work | against | must be | ours | theirs | ratio | |\n|---|---|---|---|---|---|---|\n".to_owned();
    for row in rows {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} |",
            row.work,
            row.peer,
            row.bound,
            row.ours,
            row.theirs,
            row.ratio,
            row.verdict.word()
        );
    }
    out
}

/// The page with what is between its marks replaced.
fn between(page: &str, table: &str) -> String {
    let (before, rest) = page.split_once(BEGIN).expect("the mark where the table begins");
    let (_, after) = rest.split_once(END).expect("the mark where the table ends");
    format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", table.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASURED: &str = "\
fact\tdate\t2026-11-30
fact\tprocessor\tIntel(R) Xeon(R) Processor
family\ttable\twhat\tengine\tmedian\ttheirs through ours
v4\tBGP\tbytes per prefix\tpeerpath\t5.9\t1 bytes, 2 prefixes
v4\tBGP\tbulk\tpeerpath\t3.00 ns\t1.00
v4\tBGP\tbulk\trte_fib 2B\t6.00 ns\t2.00
v4\tBGP\tbulk\trte_fib 2B AVX-512\t4.20 ns\t1.40
v4\tBGP\tbulk\trte_fib 4B\t3.90 ns\t1.30
load before: 0.1
work\tfile\tours, s\ttheirs, s\tratio\tcounted
replay, 1 thread(s), against nfdump\tmixed.pcap\t0.400\t4.900\t12.25\tours 1, theirs 1
peak memory, 1 thread(s)\tmixed.pcap\t200000 KiB\t-\t-\t-
";
    const TARGETS: &str = "\
work\tmeasured as\tagainst\tbound\tfigure
bulk\tv4 / BGP / bulk\trte_fib 2B\tat least\t1.5
memory\tv4 / BGP / bytes per prefix\t\tat most\t6
replay\tmixed.pcap / 1 thread\tnfdump\tat least\t12
peak\tpeak memory / mixed.pcap / 1 thread\t\tat most\t200 MB
else\tv6 / BGP / bulk\trte_fib\tat least\t4
";

    #[test]
    fn the_fastest_peer_that_a_target_names_counts() {
        let mut measured = Measured::default();
        measured.read(MEASURED);
        let rows: Vec<Row> = Target::read(TARGETS).iter().map(|target| target.evaluate(&measured)).collect();
        let found: Vec<_> =
            rows.iter().map(|row| (row.peer.as_str(), row.ratio.as_str(), row.verdict)).collect();
        assert_eq!(
            found,
            [
                ("rte_fib 2B AVX-512", "1.40", Verdict::Missed),
                ("", "", Verdict::Reached),
                ("nfdump", "12.25", Verdict::Reached),
                // 204.8 MB.
                ("", "", Verdict::Missed),
                ("rte_fib", "", Verdict::NotMeasured),
            ]
        );
        assert_eq!((rows[0].ours.as_str(), rows[0].theirs.as_str()), ("3.00 ns", "4.20 ns"));
        assert_eq!((rows[2].ours.as_str(), rows[2].theirs.as_str()), ("0.400 s", "4.900 s"));
        assert!(page(&measured, &rows).contains("2 reached, 2 missed, 1 not measured."));
        assert_eq!(slug(&measured.fact("processor")), "intel-xeon-processor");
    }

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let page = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        let once = between(&page, "new\n");
        assert_eq!(once, format!("a\n{BEGIN}\n\nnew\n\n{END}\nb\n"));
        assert_eq!(between(&once, "new"), once);
    }
}
