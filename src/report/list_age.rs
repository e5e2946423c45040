//! The age of Microsoft's lists.

use jiff::civil::Date;

use crate::catalog::FeedKind;
use crate::report::{CatalogSource, Note};

/// Lists older than this many days are noted: Microsoft publishes service tags every week and endpoints every month.
const NOTED: i32 = 30;
/// Lists older than this many days are a warning.
const WARNED: i32 = 90;

/// Returns a note about lists that are more than 30 days old on `today`, a warning if one is more than 90 days old. Lists
/// without a date have no age. Intune's list is no reason for a note: Microsoft changes that page irregularly, and no web
/// service has it.
pub fn list_age(sources: &[CatalogSource], today: Date) -> Option<Note> {
    let age = |source: &CatalogSource| {
        let date: Date = source.date.as_deref()?.parse().ok()?;
        let days = date.until(today).ok()?.get_days();
        (days > NOTED)
            .then(|| (days, format!("{} of {date} ({days} days old)", source.kind.replace('-', " "))))
    };
    let old: Vec<(i32, String)> = sources.iter().filter_map(age).collect();
    let fetched = sources.iter().filter(|source| source.kind != FeedKind::Intune.name());
    let oldest = fetched.filter_map(age).map(|(days, _)| days).max()?;
    let lists = old.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(", ");
    Some(if oldest > WARNED {
        Note::warning(format!(
            "Microsoft's lists are old: {lists}; `peerpath catalog fetch --output my-feeds` fetches new ones, and \
             `--catalog my-feeds` uses them"
        ))
    } else {
        Note::advice(format!("Microsoft's lists have newer editions: {lists}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Severity;

    #[test]
    fn old_lists_are_noted_and_very_old_ones_warned_about() {
        let source = |kind: &str, date: Option<&str>| CatalogSource {
            kind: kind.to_owned(),
            cloud: "public".to_owned(),
            name: String::new(),
            edition: String::new(),
            date: date.map(str::to_owned),
            sha256: String::new(),
            origin: "shipped".to_owned(),
        };
        let age = |dates: &[Option<&str>], today: &str| {
            let sources: Vec<_> = dates.iter().map(|date| source("service-tags", *date)).collect();
            list_age(&sources, today.parse().unwrap())
        };
        let today = "2026-11-30";
        assert_eq!(age(&[Some("2026-10-31"), None, Some("not a date")], today), None);
        let note = age(&[Some("2026-10-30"), Some("2026-11-29")], today).unwrap();
        assert_eq!(note.severity, Severity::Advice);
        assert!(note.text.ends_with("service tags of 2026-10-30 (31 days old)"), "{}", note.text);
        assert_eq!(age(&[Some("2026-09-01")], today).unwrap().severity, Severity::Advice);
        let note = age(&[Some("2026-08-31"), Some("2026-10-01")], today).unwrap();
        assert_eq!(note.severity, Severity::Warning);
        assert!(note.text.contains(
            "2026-08-31 (91 days old), service tags of 2026-10-01 (60 days old); `peerpath catalog fetch"
        ));
        let intune = [source("intune", Some("2025-01-01"))];
        assert_eq!(list_age(&intune, today.parse().unwrap()), None);
        // A clock before the date of the list.
        assert_eq!(age(&[Some("2026-12-24")], today), None);
    }
}
