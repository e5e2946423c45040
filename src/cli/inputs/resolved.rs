//! The addresses to which host names resolve, as the user gives them: a hosts file, the answers of a resolver as text or
//! in a capture, or the resolver of this machine on request.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};

use crate::addr::EmbeddedV4;
use crate::cli::args::Global;
use crate::cli::console;
use crate::cli::error::{CliError, NamedError};
use crate::cli::inputs::opened;
use crate::cli::inputs::text::{MAX_TEXT_BYTES, read_text, text_of};
use crate::diag;
use crate::flow::dns::{DnsAnswer, DnsCounts, DnsData, read_dns};
use crate::flow::{CaptureError, CaptureReader, CaptureSummary};

/// Resolved names, in lower case and without a final dot.
#[derive(Debug, Default)]
pub(in crate::cli) struct Resolved {
    addresses: BTreeMap<String, BTreeSet<IpAddr>>,
    aliases: BTreeMap<String, BTreeSet<String>>,
    system: bool,
}

/// The value of `--resolve` that asks the resolver of this machine.
const SYSTEM: &str = "system";
/// The maximum number of records that are kept from captures.
const MAX_RECORDS: usize = 1 << 20;

impl Resolved {
    /// Reads the files of `--resolve`.
    ///
    /// # Errors
    ///
    /// Returns a [`CliError`] if a file cannot be read or has no address of any name.
    pub(in crate::cli) fn open(global: &Global, files: &[PathBuf]) -> Result<Self, CliError> {
        let mut all = Self::default();
        for file in files {
            if file.as_os_str() == SYSTEM {
                all.system = true;
            } else {
                all.file(global, file)?;
            }
        }
        Ok(all)
    }

    fn file(&mut self, global: &Global, file: &Path) -> Result<(), CliError> {
        let found = match open(file)? {
            Opened::Capture(reader) => self.capture(global, file, reader)?,
            Opened::Text(text) => self.text(global, file, &text),
        };
        if found == 0 {
            return Err(NamedError::NoNames { path: file.to_owned() }.into());
        }
        Ok(())
    }

    /// Reads the DNS answers of a capture, and returns their number.
    fn capture(&mut self, global: &Global, file: &Path, mut reader: CaptureReader) -> Result<u64, CliError> {
        let (mut records, mut left_off) = (0_usize, 0_u64);
        let (summary, counts) = read_dns(&mut reader, &mut |DnsAnswer { name, data }| {
            if records >= MAX_RECORDS {
                left_off += 1;
                return;
            }
            records += usize::from(match data {
                DnsData::Address(address) => self.address(&name, address),
                DnsData::Alias(alias) => self.aliases.entry(name).or_default().insert(alias),
            });
        })?;
        if !global.quiet {
            for what in unread(&summary, &counts, left_off) {
                console::note(&format!("{}: {what}", file.display()));
            }
        }
        Ok(counts.answers)
    }

    /// Reads lines of text, and returns the number of those with an address or an alias.
    fn text(&mut self, global: &Global, file: &Path, text: &str) -> u64 {
        let (mut found, mut skipped) = (0_u64, 0_u64);
        for line in text.lines() {
            match self.line(line) {
                Line::Record => found += 1,
                Line::Other => skipped += 1,
                Line::Nothing => {}
            }
        }
        if found > 0 && skipped > 0 && !global.quiet {
            console::note(&format!("{}: {skipped} lines contain no address of a name", file.display()));
        }
        found
    }

    /// Reads a line: `ADDRESS NAME…` of a hosts file; `NAME [TTL] [IN] A|AAAA|CNAME VALUE` as `dig` prints it; `NAME has
    /// address ADDRESS`, `NAME has IPv6 address ADDRESS` and `NAME is an alias for NAME` as `host` prints it.
    fn line(&mut self, line: &str) -> Line {
        let line = line.trim_start_matches('\u{feff}');
        let line = line.split(['#', ';']).next().unwrap_or_default();
        let words: Vec<&str> = line.split_whitespace().collect();
        let [first, rest @ ..] = words.as_slice() else { return Line::Nothing };
        if let Ok(address) = first.parse::<IpAddr>() {
            for name in rest {
                self.address(name, address);
            }
            return if rest.is_empty() { Line::Other } else { Line::Record };
        }
        match rest {
            ["has", "address", address] | ["has", "IPv6", "address", address] => {
                self.answer(first, "A", address)
            }
            ["is", "an", "alias", "for", name] => self.answer(first, "CNAME", name),
            [.., kind, value] => self.answer(first, kind, value),
            _ => Line::Other,
        }
    }

    fn answer(&mut self, name: &str, kind: &str, value: &str) -> Line {
        match (kind.to_ascii_uppercase().as_str(), value.parse::<IpAddr>()) {
            ("A" | "AAAA", Ok(address)) => {
                self.address(name, address);
            }
            ("CNAME", _) => {
                self.aliases.entry(plain(name)).or_default().insert(plain(value));
            }
            _ => return Line::Other,
        }
        Line::Record
    }

    /// Adds an address, and returns whether it was unknown.
    fn address(&mut self, name: &str, address: IpAddr) -> bool {
        let (address, _) = address.read_as_v4();
        self.addresses.entry(plain(name)).or_default().insert(address)
    }

    /// Returns whether `--resolve` was given.
    pub(in crate::cli) fn is_given(&self) -> bool {
        self.system || !self.addresses.is_empty() || !self.aliases.is_empty()
    }

    /// Returns the addresses of a name, also through its aliases, in ascending order. The resolver of this machine is
    /// asked only if `--resolve system` was given and no file has the name.
    ///
    /// # Errors
    ///
    /// Returns a [`CliError`] if the resolver of this machine fails.
    pub(in crate::cli) fn of(&self, name: &str) -> Result<Vec<IpAddr>, CliError> {
        let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::new());
        let mut next = vec![plain(name)];
        while let Some(name) = next.pop() {
            found.extend(self.addresses.get(&name).into_iter().flatten());
            next.extend(
                self.aliases.get(&name).into_iter().flatten().filter(|one| !seen.contains(*one)).cloned(),
            );
            seen.insert(name);
        }
        if found.is_empty() && self.system {
            let answers = (name, 0).to_socket_addrs();
            let answers = answers.map_err(|source| NamedError::Resolver { name: name.to_owned(), source })?;
            found.extend(answers.map(|answer| answer.ip().read_as_v4().0));
        }
        Ok(found.into_iter().collect())
    }
}

/// A file of `--resolve`.
enum Opened {
    Capture(CaptureReader),
    Text(String),
}

/// Opens a capture of any size, or reads a text file. Standard input may be a capture too, of at most the size of a text.
fn open(file: &Path) -> Result<Opened, CliError> {
    let is_stdin = file.as_os_str() == "-";
    let (reader, text) = if is_stdin {
        let bytes = diag::read_all(opened::stdin().lock(), MAX_TEXT_BYTES).map_err(CliError::read(file))?;
        (CaptureReader::from_read("-", std::io::Cursor::new(bytes.clone())), Some(bytes))
    } else if std::fs::metadata(file).is_ok_and(|metadata| metadata.is_file()) {
        (opened::capture(file), None)
    } else {
        return Ok(Opened::Text(read_text(file)?.source.text().to_owned()));
    };
    match reader {
        Ok(reader) => Ok(Opened::Capture(reader)),
        Err(CaptureError::UnknownFormat { .. } | CaptureError::Empty { .. }) => {
            let text = text.map_or_else(|| read_text(file), |bytes| text_of(file, bytes))?;
            Ok(Opened::Text(text.source.text().to_owned()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns what was not read of a capture.
fn unread(summary: &CaptureSummary, counts: &DnsCounts, left_off: u64) -> Vec<String> {
    let DnsCounts { malformed, cut, incomplete_streams, over_limit, .. } = *counts;
    let mut notes: Vec<String> =
        summary.damage.iter().map(|damage| format!("not read completely: {damage}")).collect();
    if summary.damage_left_off > 0 {
        notes.push(format!("not read completely: {} more places", summary.damage_left_off));
    }
    if malformed + cut + incomplete_streams + over_limit > 0 {
        notes.push(format!(
            "DNS responses that were not read completely: {malformed} malformed, {cut} cut off by the capture; TCP streams: \
             {incomplete_streams} without all segments, {over_limit} beyond the limits"
        ));
    }
    if left_off > 0 {
        notes.push(format!("{left_off} records beyond the first {MAX_RECORDS} were left off"));
    }
    notes
}

/// The content of a line.
enum Line {
    /// An address or an alias of a name.
    Record,
    /// Something else.
    Other,
    /// Nothing, or a comment.
    Nothing,
}

fn plain(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_hosts_files_and_answers() {
        let mut resolved = Resolved::default();
        for line in [
            "# a comment",
            "192.0.2.1 www.a.example a.example # both",
            "2001:db8::1\tWWW.a.example",
            "",
            ";; ANSWER SECTION:",
            "b.example.\t300\tIN\tCNAME\tfront.example.",
            "front.example. 60 IN A 192.0.2.2",
            "front.example. 60 IN AAAA 2001:db8::2",
            "c.example has address 192.0.2.3",
            "c.example has IPv6 address ::ffff:192.0.2.4",
            "d.example is an alias for c.example.",
            // A circle of aliases ends.
            "e.example CNAME f.example",
            "f.example CNAME e.example",
        ] {
            assert!(!matches!(resolved.line(line), Line::Other), "{line}");
        }
        for line in
            ["192.0.2.1", "nothing of use", "a.example. 300 IN A x.example.", "a.example. MX 10 m.example."]
        {
            assert!(matches!(resolved.line(line), Line::Other), "{line}");
        }
        let of = |name: &str| -> Vec<String> {
            resolved.of(name).unwrap().iter().map(ToString::to_string).collect()
        };
        assert_eq!(of("www.a.example"), ["192.0.2.1", "2001:db8::1"]);
        assert_eq!(of("B.example."), ["192.0.2.2", "2001:db8::2"]);
        assert_eq!(of("d.example"), ["192.0.2.3", "192.0.2.4"]);
        assert!(of("e.example").is_empty() && of("z.example").is_empty());
    }
}
