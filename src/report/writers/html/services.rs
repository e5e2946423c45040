//! The outcomes of each service's traffic.

use maud::{Markup, html};

use crate::report::View;
use crate::report::writers::html::data::Row;
use crate::report::writers::html::figures::{bytes, count};
use crate::report::writers::html::stacks::{Kind, Part, bar, words};
use crate::report::writers::html::tables::{Shape, table};

/// Maximum number of services drawn; the table contains all rows of the view.
const DRAWN: usize = 12;

/// The outcomes of packets, delivered ones first.
const ENDS: [Kind; 7] = [
    Kind { column: "delivered_ip_bytes", class: "b-good", words: "delivered" },
    Kind { column: "congested_ip_bytes", class: "b-near", words: "dropped by full queues" },
    Kind { column: "black_holed_ip_bytes", class: "b-gone", words: "lost on failed links" },
    Kind {
        column: "asymmetric_ip_bytes",
        class: "b-torn",
        words: "dropped because replies took another path or had none",
    },
    Kind { column: "discarded_ip_bytes", class: "b-bad", words: "discarded by a route" },
    Kind { column: "no_route_ip_bytes", class: "b-bad", words: "without a route" },
    Kind { column: "unknown_ip_bytes", class: "b-doubt", words: "unknown" },
];

/// Returns the section for one variant; `None` without services.
pub(super) fn section(view: &View, rows: &[Row<'_>], variant: &str) -> Option<Markup> {
    let most = rows.iter().map(|row| row.amount("ip_bytes")).max()?;
    let columns = [
        "service",
        "flows",
        "changed_flows",
        "packets",
        "ip_bytes",
        "delivered_ip_bytes",
        "lost_ip_bytes",
        "congested_ip_bytes",
        "black_holed_ip_bytes",
        "asymmetric_ip_bytes",
        "discarded_ip_bytes",
        "no_route_ip_bytes",
        "unknown_ip_bytes",
        "moved_ip_bytes",
        "doubtful_ip_bytes",
        "reset_ip_bytes",
        "leaked_ip_bytes",
    ];
    let shape = Shape { columns: &columns, variant: Some(variant), ..Shape::default() };
    let caption = "Services, the greatest loss or leak first";
    Some(html! {
        p { "The outcomes of each service's bytes, services with the greatest loss or leak first. The length of a bar shows the service's bytes." }
        ol .stacks {
            @for row in rows.iter().take(DRAWN) { (service(row, most)) }
        }
        @if rows.len() > DRAWN { p .empty { "The table lists " (count((rows.len() - DRAWN) as u64)) " more." } }
        details {
            summary { "All figures of the services" }
            (table(view, caption, shape))
        }
    })
}

fn service(row: &Row<'_>, most: u64) -> Markup {
    let all = row.amount("ip_bytes");
    let parts = ENDS.map(|kind| Part { kind, amount: row.amount(kind.column) });
    let (flows, changed, leaked) =
        (row.amount("flows"), row.amount("changed_flows"), row.amount("leaked_ip_bytes"));
    html! {
        li .stacked {
            span .stack-name {
                strong { (row.text("service")) }
                span .amount { (bytes(all)) }
            }
            span .stack-bars {
                (bar(&parts, most))
                (words(&parts, all))
            }
            span .stack-side {
                span .stack-words {
                    (count(changed)) " of " (count(flows)) " conversations changed"
                    @if leaked > 0 { ", " span .flagged { (bytes(leaked)) " leaked to the internet" } }
                }
            }
        }
    }
}
