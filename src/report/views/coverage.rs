//! Addresses and lines not covered by any check or captured flow: the views, and a summary for people.

use crate::addr::{AddressCount, Family};
use crate::check::{Counts, Coverage, LineRow, ListRow, SpaceRow};
use crate::report::View;
use crate::report::columns::Columns;
use crate::report::views::shared::{family, vantage};

/// Returns the views in the order of reports. `file` is the name of the network file.
pub fn views(coverage: &Coverage, file: &str) -> Vec<View> {
    vec![space(coverage), tags(coverage), lines(coverage, file)]
}

fn space(coverage: &Coverage) -> View {
    let names = ["addresses", "checked", "captured", "untouched"];
    Columns::<&SpaceRow>::new()
        .group(|row| row.vantage.as_str(), vantage())
        .group(|row| &row.family, family())
        .text(
            "path",
            "the path of packets to the addresses; the rows with the same vantage point and family add up to the whole address \
             space",
            |row| row.path.word(),
        )
        .group(|row| &row.counts, counts(names, "the number of addresses with this path", CHECKED))
        .view("coverage_space", &coverage.space)
}

fn tags(coverage: &Coverage) -> View {
    let checked = "the number of addresses in the row that a check covers, from any vantage point";
    Columns::<&ListRow>::new()
        .text("list_kind", "the kind of list: tag, community or m365", |row| row.kind)
        .text("list", "the service tag, the community with its name, or the endpoint set", |row| {
            row.name.clone()
        })
        .group(|row| &row.ipv4, counts(IPV4, "the number of IPv4 addresses in the list", checked))
        .group(|row| &row.ipv6, counts(IPV6, "the number of IPv6 addresses in the list", checked))
        .view("coverage_tags", &coverage.lists)
}

fn lines(coverage: &Coverage, file: &str) -> View {
    let ipv4 = "the number of IPv4 addresses for which the line decides the path, summed over vantage points";
    let ipv6 = "the number of IPv6 addresses for which the line decides the path, summed over vantage points";
    Columns::<&LineRow>::new()
        .text("file", "the network file", |_| file)
        .integer("line", "the line, from 1", |row| row.line as u64)
        .text("what", "the kind of entry on the line", |row| row.kind.word())
        .text("text", "the text of the entry", |row| row.text.clone())
        .text(
            "result",
            "touched, untouched (the line decides the path only for addresses that are not covered) or never (the line never \
             decides a path)",
            |row| result(row),
        )
        .group(|row| &row.ipv4, counts(IPV4, ipv4, CHECKED))
        .group(|row| &row.ipv6, counts(IPV6, ipv6, CHECKED))
        .view("coverage_lines", &coverage.lines)
}

const IPV4: [&str; 4] = ["ipv4", "ipv4_checked", "ipv4_captured", "ipv4_untouched"];
const IPV6: [&str; 4] = ["ipv6", "ipv6_checked", "ipv6_captured", "ipv6_untouched"];
const CHECKED: &str = "the number of addresses in the row that a check covers";

/// The columns with numbers of addresses. The last two arguments are the meanings of the first two columns.
fn counts<'c>(
    [all, checked, captured, untouched]: [&'static str; 4],
    all_meaning: &'static str,
    checked_meaning: &'static str,
) -> Columns<'c, Counts> {
    Columns::<Counts>::new()
        .count(all, all_meaning, |counts| counts.all)
        .count(checked, checked_meaning, |counts| counts.checked)
        .count(
            captured,
            "the number of addresses in the row that are the destination of a captured flow",
            |counts| counts.captured,
        )
        .count(
            untouched,
            "the number of addresses in the row that neither a check nor a captured flow covers",
            |counts| counts.untouched,
        )
}

fn result(row: &LineRow) -> &'static str {
    let (all, untouched) = (row.ipv4.all + row.ipv6.all, row.ipv4.untouched + row.ipv6.untouched);
    match (all.is_zero(), all == untouched) {
        (true, _) => "never",
        (false, true) => "untouched",
        (false, false) => "touched",
    }
}

/// Returns a summary in a few lines, with a final newline.
pub fn summary(coverage: &Coverage, file: &str) -> String {
    let mut page = String::from("not covered by any check or captured flow:\n");
    let mut line = |text: String| {
        page.push_str(text.trim_end());
        page.push('\n');
    };
    let mut vantages: Vec<&str> = coverage.space.iter().map(|row| row.vantage.as_str()).collect();
    vantages.dedup();
    for vantage in vantages {
        let sum = |family: Family| {
            let rows = coverage.space.iter().filter(|row| row.vantage == vantage && row.family == family);
            rows.map(|row| row.counts.untouched).sum::<AddressCount>()
        };
        let (ipv4, ipv6) = (sum(Family::V4), sum(Family::V6));
        line(format!("  from {vantage}: {ipv4:#} of 2^32 IPv4 and {ipv6:#} of 2^128 IPv6 addresses"));
    }
    for (kind, name) in [("tag", "service tags"), ("community", "communities"), ("m365", "endpoint sets")] {
        let rows = coverage.lists.iter().filter(|row| row.kind == kind);
        let filled = rows.filter(|row| !(row.ipv4.all + row.ipv6.all).is_zero()).collect::<Vec<_>>();
        let whole = |row: &&&ListRow| row.ipv4.untouched + row.ipv6.untouched == row.ipv4.all + row.ipv6.all;
        let untouched = filled.iter().filter(whole).count();
        line(format!("  all addresses in {untouched} of {} non-empty {name}", filled.len()));
    }
    let of = |wanted: &str| coverage.lines.iter().filter(|row| result(row) == wanted).collect::<Vec<_>>();
    let (untouched, never) = (of("untouched"), of("never"));
    line(format!(
        "  {} of {} lines that can decide a path",
        untouched.len() + never.len(),
        coverage.lines.len()
    ));
    for (rows, why) in
        [(untouched, "decides the path only for uncovered addresses"), (never, "never decides a path")]
    {
        for row in rows {
            line(format!("    {file}:{} {} `{}` {why}", row.line, row.kind.word(), row.text));
        }
    }
    page
}
