//! The views of a guide: its items with their verdicts, and the products that may open connections to published servers.

use crate::addr::AddressCount;
use crate::check::{Caller, CallerOutcome, Checklist, EvidenceCount, GuideFinding, Share};
use crate::engine::ReturnVerdict;
use crate::network::Network;
use crate::report::View;
use crate::report::check_text::Lines;
use crate::report::columns::Columns;

/// An item with its place as lines.
struct Placed<'f> {
    finding: &'f GuideFinding,
    lines: Option<Lines>,
}

/// An outcome of a caller; `None` if no connection is possible or documented.
struct Arrival<'c> {
    caller: &'c Caller,
    outcome: Option<&'c CallerOutcome>,
    site: String,
}

/// Returns the views `guide` and `guide_callers`.
pub fn views(checklist: &Checklist, network: &Network) -> Vec<View> {
    let lines = |finding: &GuideFinding| finding.place.as_ref().map(Lines::of);
    let items = checklist.findings.iter().map(|finding| Placed { finding, lines: lines(finding) });
    let arrivals = checklist.callers.iter().flat_map(|caller| {
        let site = network.site(caller.server.site).map(|site| site.name.clone()).unwrap_or_default();
        let mut all: Vec<Option<&CallerOutcome>> = caller.outcomes.iter().map(Some).collect();
        if all.is_empty() {
            all.push(None);
        }
        all.into_iter().map(move |outcome| Arrival { caller, outcome, site: site.clone() })
    });
    vec![items_view(items), callers_view(arrivals)]
}

fn items_view<'f>(rows: impl Iterator<Item = Placed<'f>>) -> View {
    Columns::<Placed<'_>>::new()
        .text("item", "the id of the item, such as `G15`", |row| row.finding.item.id)
        .text("question", "the question, in our own words", |row| row.finding.item.question)
        .text(
            "verdict",
            "the verdict: proved, attested, does-not-apply, partly, refuted, not-evaluated or manual",
            |row| row.finding.verdict.word(),
        )
        .text("finding", "the finding with its numbers", |row| row.finding.sentence.clone())
        .group(|row| &row.finding.covered, covered())
        .group_if(|row| row.finding.share.as_ref(), share())
        .text("from", "the vantage point from which packets to the witness start", |row| {
            row.finding.witness.as_ref().map(|witness| witness.vantage.clone())
        })
        .text("witness", "an address that shows why the item is not proved", |row| {
            row.finding.witness.as_ref().map(|witness| witness.address.to_string())
        })
        .list("why", "the reasons for the path to the witness, one sentence each", |row| {
            row.finding.witness.as_ref().map(|witness| witness.explanation.clone())
        })
        .text("file", "the file to which the finding refers", |row| {
            row.finding.place.as_ref().map(|place| place.source.name().to_owned())
        })
        .integer("line", "the line, from 1", |row| row.lines.as_ref().map(|lines| lines.line as u64))
        .text("remedy", "how to fix it", |row| row.finding.remedy.clone())
        .text("needs", "the key or file that is missing", |row| row.finding.needs.clone())
        .text("attested_by", "the person who answers for the item", |row| {
            row.finding.attested.as_ref().map(|(by, _)| by.clone())
        })
        .text("attested_on", "the day of the person's answer", |row| {
            row.finding.attested.as_ref().map(|(_, on)| on.to_string())
        })
        .text("page", "the page that asks the question", |row| row.finding.item.page.title)
        .text("page_date", "the date of the page's edition", |row| row.finding.item.page.date)
        .text("url", "the address of the page", |row| row.finding.item.page.url)
        .view("guide", rows)
}

fn covered<'c>() -> Columns<'c, EvidenceCount> {
    Columns::<EvidenceCount>::new()
        .count("ipv4_addresses", "the number of IPv4 addresses that were evaluated", |covered| covered.ipv4)
        .count("ipv6_addresses", "the number of IPv6 addresses that were evaluated", |covered| covered.ipv6)
        .integer("vantages", "the number of vantage points from which they were evaluated", |covered| {
            (covered.vantages > 0).then_some(covered.vantages as u64)
        })
        .integer("failures", "the number of failures under which they were evaluated", |covered| {
            (covered.failures > 0).then_some(covered.failures as u64)
        })
}

fn share<'c>() -> Columns<'c, Share> {
    Columns::<Share>::new()
        .count("part", "the number of things for which the answer is yes", |share| share.part)
        .count("whole", "the number of things that were counted", |share| share.whole)
        .text("unit", "what is counted", |share| share.unit)
}

fn callers_view<'c>(rows: impl Iterator<Item = Arrival<'c>>) -> View {
    Columns::<Arrival<'_>>::new()
        .text("server", "the published server", |row| row.caller.server_name.clone())
        .text("site", "the server's site", |row| row.site.clone())
        .list("addresses", "the server's public addresses", |row| {
            row.caller.addresses.iter().map(|address| address.value.to_string()).collect::<Vec<_>>()
        })
        .text("product", "the product that may open connections", |row| row.caller.product.name)
        .text("purpose", "what the connections are for", |row| row.caller.initiates.text)
        .text("tag", "the service tag of their sources; `not documented` if no document names one", |row| {
            row.caller.initiates.tag.unwrap_or("not documented")
        })
        .integer("ranges", "the number of ranges of sources", |row| row.caller.ranges as u64)
        .text("replies", "whether replies arrive: arrive, unspecified, at-risk or dropped", |row| {
            row.outcome.map(|outcome| match outcome.verdict {
                ReturnVerdict::Symmetric => "arrive",
                worse => worse.word(),
            })
        })
        .list("over", "the sessions over which packets arrive; empty if none arrives", |row| {
            row.outcome.map(|outcome| outcome.over.clone())
        })
        .count("ipv4_sources", "the number of IPv4 sources with this outcome", |row| sources(row, 0))
        .count("ipv6_sources", "the number of IPv6 sources with this outcome", |row| sources(row, 1))
        .text("example", "one of the sources", |row| row.outcome.map(|outcome| outcome.example.to_string()))
        .list("why", "the reasons for the outcome", |row| {
            let reasons = row.outcome.map(|outcome| &outcome.reasons);
            reasons.map(|all| all.iter().map(|reason| reason.sentence().to_owned()).collect::<Vec<_>>())
        })
        .list("remedy", "how to fix it", |row| {
            let reasons = row.outcome.map(|outcome| &outcome.reasons);
            let remedies = reasons.map(|all| all.iter().map(|reason| reason.remedy().to_owned()));
            remedies.map(|all| all.filter(|remedy| !remedy.is_empty()).collect::<Vec<_>>())
        })
        .text("document", "the document that names the source", |row| row.caller.initiates.source.to_string())
        .view("guide_callers", rows)
}

fn sources(row: &Arrival<'_>, family: usize) -> Option<AddressCount> {
    row.outcome.and_then(|outcome| outcome.remotes.get(family).copied()).filter(|count| !count.is_zero())
}
