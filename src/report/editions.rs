//! The editions of Microsoft's lists, in one line.

use crate::report::CatalogSource;
use crate::report::text::visible;

/// Returns the line that ends every text output: `lists: service tags 406 (2026-06-22), endpoints 2026-05-31, …`. A list
/// of the user has its file's name. Returns `None` if there are no lists.
pub(crate) fn editions(sources: &[CatalogSource]) -> Option<String> {
    let lists: Vec<String> = sources.iter().map(list).collect();
    (!lists.is_empty()).then(|| format!("lists: {}", lists.join(", ")))
}

fn list(source: &CatalogSource) -> String {
    let CatalogSource { kind, edition, date, name, origin, .. } = source;
    let mut details: Vec<&str> = date.as_deref().filter(|date| date != edition).into_iter().collect();
    if origin == "user" {
        details.push(name);
    }
    let mut text = format!("{} {edition}", kind.replace('-', " "));
    if !details.is_empty() {
        text.push_str(&format!(" ({})", details.join(", ")));
    }
    visible(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_has_edition_date_and_the_file_of_the_user() {
        let source = |kind: &str, edition: &str, date: Option<&str>, origin: &str| CatalogSource {
            kind: kind.to_owned(),
            cloud: "public".to_owned(),
            name: "mine.json".to_owned(),
            edition: edition.to_owned(),
            date: date.map(str::to_owned),
            sha256: String::new(),
            origin: origin.to_owned(),
        };
        assert_eq!(editions(&[]), None);
        let sources = [
            source("service-tags", "406", Some("2026-06-22"), "shipped"),
            source("endpoints", "2026-05-31", Some("2026-05-31"), "shipped"),
            source("communities", "api 2023-09-01", None, "user"),
        ];
        let line = "lists: service tags 406 (2026-06-22), endpoints 2026-05-31, communities api 2023-09-01 (mine.json)";
        assert_eq!(editions(&sources).unwrap(), line);
    }
}
