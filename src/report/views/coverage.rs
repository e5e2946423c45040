//! Addresses and lines that no check and no captured flow covers: the views, and a summary for people.

use crate::addr::{AddressCount, Family};
use crate::check::{Counts, Coverage, LineRow};
use crate::report::{Cell, Column, ColumnKind, View};

/// Returns the views in the order of reports. `file` is the name of the network file.
pub fn views(coverage: &Coverage, file: &str) -> Vec<View> {
    vec![space(coverage), tags(coverage), lines(coverage, file)]
}

const fn text(name: &'static str, meaning: &'static str) -> Column {
    Column::new(name, ColumnKind::Text, meaning)
}

const fn count(name: &'static str, meaning: &'static str) -> Column {
    Column::new(name, ColumnKind::Count, meaning)
}

fn space(coverage: &Coverage) -> View {
    let columns = [
        text("vantage", "where packets start: a site, or VIRTUAL-NETWORK/SUBNET"),
        text("family", "IPv4 or IPv6"),
        text("path", "the path; the rows of a vantage point and family add up to the whole address space"),
        count("addresses", "the number of addresses with this path"),
        count("checked", "those that a check covers"),
        count("captured", "those that are the destination of a captured flow"),
        count("untouched", "those that neither covers"),
    ];
    let mut view = View::new("coverage_space", &columns);
    for row in &coverage.space {
        let head = [
            Cell::from(row.vantage.as_str()),
            Cell::from(row.family.to_string()),
            Cell::from(row.path.word()),
        ];
        view.push(head.into_iter().chain(cells(row.counts)).collect());
    }
    view
}

fn tags(coverage: &Coverage) -> View {
    let columns = [
        text("list_kind", "tag, community or m365"),
        text("list", "the service tag, the community with its name, or the endpoint set"),
        count("ipv4", "the number of its IPv4 addresses"),
        count("ipv4_checked", "those that a check covers, from any vantage point"),
        count("ipv4_captured", "those that are the destination of a captured flow"),
        count("ipv4_untouched", "those that neither covers"),
        count("ipv6", "the number of its IPv6 addresses"),
        count("ipv6_checked", "those that a check covers, from any vantage point"),
        count("ipv6_captured", "those that are the destination of a captured flow"),
        count("ipv6_untouched", "those that neither covers"),
    ];
    let mut view = View::new("coverage_tags", &columns);
    for row in &coverage.lists {
        let head = [Cell::from(row.kind), Cell::from(row.name.as_str())];
        view.push(head.into_iter().chain(cells(row.ipv4)).chain(cells(row.ipv6)).collect());
    }
    view
}

fn lines(coverage: &Coverage, file: &str) -> View {
    let columns = [
        text("file", "the network file"),
        Column::new("line", ColumnKind::Integer, "the line, from 1"),
        text("what", "the kind of entry on the line"),
        text("text", "its text"),
        text(
            "result",
            "touched, untouched (it decides only addresses that are not covered), or never (it decides no address)",
        ),
        count("ipv4", "the number of IPv4 addresses for which it decides, summed over vantage points"),
        count("ipv4_checked", "those that a check covers"),
        count("ipv4_captured", "those that are the destination of a captured flow"),
        count("ipv4_untouched", "those that neither covers"),
        count("ipv6", "the number of IPv6 addresses for which it decides, summed over vantage points"),
        count("ipv6_checked", "those that a check covers"),
        count("ipv6_captured", "those that are the destination of a captured flow"),
        count("ipv6_untouched", "those that neither covers"),
    ];
    let mut view = View::new("coverage_lines", &columns);
    for row in &coverage.lines {
        let head = [
            Cell::from(file),
            Cell::from(row.line as u64),
            Cell::from(row.kind.word()),
            Cell::from(row.text.as_str()),
            Cell::from(result(row)),
        ];
        view.push(head.into_iter().chain(cells(row.ipv4)).chain(cells(row.ipv6)).collect());
    }
    view
}

fn cells(counts: Counts) -> [Cell; 4] {
    [counts.all, counts.checked, counts.captured, counts.untouched].map(Cell::from)
}

fn result(row: &LineRow) -> &'static str {
    let (all, untouched) = (row.ipv4.all + row.ipv6.all, row.ipv4.untouched + row.ipv6.untouched);
    match (all.is_zero(), all == untouched) {
        (true, _) => "never",
        (false, true) => "untouched",
        (false, false) => "touched",
    }
}

/// Returns a summary in a few lines, which ends with a newline.
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
        let whole = |row: &&&crate::check::ListRow| {
            row.ipv4.untouched + row.ipv6.untouched == row.ipv4.all + row.ipv6.all
        };
        let untouched = filled.iter().filter(whole).count();
        line(format!("  {untouched} of {} {name} with addresses, completely", filled.len()));
    }
    let of = |wanted: &str| coverage.lines.iter().filter(|row| result(row) == wanted).collect::<Vec<_>>();
    let (untouched, never) = (of("untouched"), of("never"));
    line(format!(
        "  {} of {} lines that can decide a path",
        untouched.len() + never.len(),
        coverage.lines.len()
    ));
    for (rows, why) in [(untouched, "decides only uncovered addresses"), (never, "never decides any address")]
    {
        for row in rows {
            line(format!("    {file}:{} {} `{}` {why}", row.line, row.kind.word(), row.text));
        }
    }
    page
}
