//! One self-contained HTML page for people: it loads nothing and runs no script.
//!
//! ```text
//! Report { views, topology, notes, inputs } ─▶ Row (cells by name) ─▶ sections: words, picture, charts, tables
//! ```
//!
//! A section draws the views that it knows, and is omitted if they are missing; other views become tables. Charts are
//! pure functions from rows to SVG in whole units, so the same report gives the same bytes. Colour is never the only
//! distinction: each colour has its name and a pattern or a dash beside it, and each chart has its table.

mod charts;
mod checks;
mod data;
mod events;
mod figures;
mod guide;
mod headline;
mod loads;
mod map;
mod outages;
mod picture;
mod provenance;
mod sections;
mod services;
mod shapes;
mod stacks;
mod tables;

use std::borrow::Cow;
use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::report::text::{is_unsafe, visible};
use crate::report::{Format, Render, Report, editions};
use sections::Section;

const STYLE: &str = include_str!("style.css");
/// Nothing may be loaded; styles are inline.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// Writes a report as one HTML page.
#[derive(Clone, Copy, Debug, Default)]
pub struct HtmlRenderer;

impl Render for HtmlRenderer {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        Format::Html.check(report)?;
        out.write_all(harmless(&page(report).into_string()).as_bytes())?;
        out.write_all(b"\n")
    }
}

/// Formats a time in nanoseconds since 1970 as day and minute in UTC.
fn day(ns: u64) -> String {
    let time = jiff::Timestamp::from_nanosecond(i128::from(ns));
    time.map_or_else(|_| ns.to_string(), |time| time.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// Escapes characters that would reorder or hide the text around them; names in the user's files may contain such
/// characters.
fn harmless(page: &str) -> Cow<'_, str> {
    let bad = |one: char| one != '\n' && is_unsafe(one);
    if !page.contains(bad) {
        return Cow::Borrowed(page);
    }
    Cow::Owned(
        page.split_inclusive(bad)
            .map(|part| match part.strip_suffix(bad) {
                Some(rest) => format!("{rest}{}", visible(part.get(rest.len()..).unwrap_or_default())),
                None => part.to_owned(),
            })
            .collect(),
    )
}

fn page(report: &Report) -> Markup {
    let title = headline::title(report);
    let sections: Vec<Section> = sections::all(report);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="generator" content={ "peerpath " (report.tool_version) };
                title { (title) " – peerpath" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a .skip href="#main" { "Skip to the report" }
                (charts::areas::patterns())
                header {
                    h1 { (title) }
                    p .made {
                        "peerpath " (report.tool_version) ", report " (report.schema)
                        @if let Some(start) = sections::first_packet(report) { "; traffic from " (day(start)) }
                        @if let Some(lists) = editions(&report.catalog) { "; " (lists) }
                    }
                    nav aria-label="Sections" {
                        ul { @for section in &sections { li { a href={ "#" (section.id) } { (section.title) } } } }
                    }
                }
                main #main tabindex="-1" {
                    @for section in &sections {
                        section aria-labelledby=(section.id) {
                            h2 #(section.id) { (section.title) }
                            (section.body)
                        }
                    }
                }
                footer {
                    p { "Times are relative to the first packet of the replay. Bytes are those of IP packets, including headers. This page loads nothing." }
                }
            }
        }
    }
}
