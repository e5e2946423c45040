//! `docs/reference/codes.md`: every diagnostic code with its explanation.

use peerpath::diag::CODES;

use super::{GENERATED, cell, expect};

const INTRODUCTION: &str = "\
# Diagnostic codes

Every message about a file names a code, such as `network::unknown-key`. `peerpath explain --code CODE` prints what is written here: what
the code means, how to correct the file, and the source of the rule.

";

/// What the families of codes are about.
const FAMILIES: [(&str, &str); 4] = [
    ("check", "Checks and intents: the file cannot be used as written."),
    (
        "lint",
        "Readiness rules of `peerpath check`: the network file can be used, and will not do what was probably meant.",
    ),
    ("network", "The network file: what cannot be used, or is not used as written."),
    ("scenario", "Scenario files."),
];

#[test]
fn codes_are_those_of_the_source() {
    let mut page = format!("{INTRODUCTION}{GENERATED}");
    let mut last = "";
    for entry in CODES {
        let name = entry.code.name();
        let (of, _) = name.split_once("::").unwrap();
        if of != last {
            let (_, about) = FAMILIES.iter().find(|(family, _)| *family == of).unwrap();
            page += &format!("\n## `{of}`\n\n{about}\n");
            last = of;
        }
        page +=
            &format!("\n### `{name}`\n\n**{}.** {}\n", cell(&capital(entry.title)), cell(entry.explanation));
    }
    expect("docs/reference/codes.md", &page);
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
