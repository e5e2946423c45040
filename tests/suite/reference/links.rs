//! Links of all Markdown files lead to files and headings that are there, and sentences of the source name pages that are
//! there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::root;

#[test]
fn every_relative_link_leads_somewhere() {
    let mut broken = Vec::new();
    let pages = files(&["md"], &[""]);
    assert!(pages.len() > 100, "{}", pages.len());
    for page in &pages {
        let text = fs::read_to_string(page).unwrap();
        for target in links(&text) {
            if let Err(why) = leads(page, &target) {
                broken.push(format!("{}: {target}: {why}", page.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_page_that_the_source_names_is_there() {
    let mut missing = Vec::new();
    for file in files(&["rs", "yml", "toml", "sh", "md"], &["src", "tests", "benches", ".ci", "docs"]) {
        let text = fs::read_to_string(&file).unwrap();
        for (at, _) in text.match_indices("docs/") {
            let end = |letter: char| !(letter.is_ascii_alphanumeric() || "/-_.".contains(letter));
            let name = text[at..].split(end).next().unwrap().trim_end_matches('.');
            let before = text[..at].chars().next_back().unwrap_or(' ');
            if Path::new(name).extension().is_some_and(|extension| extension == "md")
                && !before.is_alphanumeric()
                && before != '/'
                && !root().join(name).exists()
            {
                missing.push(format!("{}: {name}", file.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn the_summary_has_every_page() {
    let text = fs::read_to_string(root().join("docs/SUMMARY.md")).unwrap();
    let listed: BTreeSet<PathBuf> = links(&text).map(|link| root().join("docs").join(link)).collect();
    let there: BTreeSet<PathBuf> =
        files(&["md"], &["docs"]).into_iter().filter(|page| !page.ends_with("SUMMARY.md")).collect();
    assert_eq!(
        there.difference(&listed).collect::<Vec<_>>(),
        Vec::<&PathBuf>::new(),
        "pages that nobody finds"
    );
}

/// All files of some kinds below some folders; build output and what is not ours is left out.
fn files(extensions: &[&str], below: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting: Vec<PathBuf> = below.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !["target", ".git", "corpus", "artifacts", "node_modules"].contains(&name.as_str()) {
                    waiting.push(path);
                }
            } else if path.extension().is_some_and(|extension| extensions.iter().any(|one| extension == *one))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The targets of the inline links and images of a page that lead to files, outside of code.
fn links(text: &str) -> impl Iterator<Item = String> {
    let prose = prose(text);
    let mut found = Vec::new();
    for (at, _) in prose.match_indices("](") {
        let target = prose[at + 2..].split([')', ' ', '\n']).next().unwrap();
        if !target.contains("://") && !target.starts_with("mailto:") && !target.is_empty() {
            found.push(target.to_owned());
        }
    }
    found.into_iter()
}

/// A page without its code, fenced and in lines.
fn prose(text: &str) -> String {
    let mut prose = String::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if !fenced {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    // A backtick in a link's text does not part the link: code that holds `](` is what is taken out.
    prose
        .split('`')
        .enumerate()
        .map(|(index, part)| if index % 2 == 1 { part.replace("](", "") } else { part.to_owned() })
        .collect()
}

fn leads(page: &Path, target: &str) -> Result<(), &'static str> {
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if file.is_empty() { page.to_path_buf() } else { page.parent().unwrap().join(file) };
    if !path.exists() {
        return Err("no such file");
    }
    if anchor.is_empty() {
        return Ok(());
    }
    let text = fs::read_to_string(&path).map_err(|_| "no text has headings")?;
    if anchors(&text).contains(anchor) { Ok(()) } else { Err("no such heading") }
}

/// The anchors of a page's headings, by GitHub's rule.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        }
        let heading = line.trim_start_matches('#');
        if fenced || heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
        let anchor: String = heading.trim().to_lowercase().chars().filter(kept).collect();
        let anchor = anchor.replace(' ', "-");
        let numbered = (1..).map(|number| format!("{anchor}-{number}"));
        let free = std::iter::once(anchor.clone()).chain(numbered).find(|name| !anchors.contains(name));
        anchors.extend(free);
    }
    anchors
}
