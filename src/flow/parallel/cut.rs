//! Where a plain file can be split so that several threads can read it.
//!
//! Nothing in a capture marks where packets start, but bytes that only look like a record are soon followed
//! by an impossible record. So a boundary is guessed: the first offset after the desired one from which a
//! chain of records looks valid. If the thread that reads the part before the boundary arrives there exactly,
//! with the same state, the guess was right. Otherwise the guess is discarded: see
//! [`parallel`](crate::flow::parallel). A wrong guess costs time but never changes a result.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::Path;

use crate::flow::capture::counts::Tally;
use crate::flow::capture::{CaptureReader, Place, State};

/// How many bytes to search for a boundary.
const WINDOW: u64 = 1 << 20;
/// How many records in a row must look valid, and how many suffice if the window ends earlier.
const CHAIN: usize = 12;
const SHORT_CHAIN: usize = 4;
/// The maximum number of seconds between a packet and the first packet in the file, and between consecutive
/// packets.
const FROM_FIRST: u64 = 30 * 86_400;
const FROM_BEFORE: u64 = 3_600;

/// Guesses where to split the file into at most `parts` parts of at least `least` bytes each. Returns the
/// start of each part except the first, ascending. The result is empty if `path` is not a plain file in a
/// format that can be split. In that case, the reader reports any error.
pub(super) fn places(path: &Path, parts: u64, least: u64) -> Vec<Place> {
    let length = match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => metadata.len(),
        _ => return Vec::new(),
    };
    let parts = parts.min(length / least.max(1));
    if parts < 2 {
        return Vec::new();
    }
    guess_all(path, length, parts).unwrap_or_default()
}

/// Returns the time of the first packet in seconds, and the state after it; `None` if the file cannot be read
/// or split.
pub(super) fn head(path: &Path) -> Option<(u64, Place)> {
    let mut reader = CaptureReader::open(path).ok()?;
    if reader.compression().is_some() {
        return None;
    }
    let mut first = None;
    let head = reader.read(u64::MAX, &mut Tally::default(), |frame| {
        first = Some(frame.time.ns().unwrap_or(0) / 1_000_000_000);
        ControlFlow::Break(())
    });
    head.ok()?;
    Some((first?, reader.place()))
}

fn guess_all(path: &Path, length: u64, parts: u64) -> Option<Vec<Place>> {
    let (first, known) = head(path)?;
    let mut file = File::open(path).ok()?;
    let mut places: Vec<Place> = Vec::new();
    let mut window = Vec::new();
    for part in 1..parts {
        let wanted = u64::try_from(u128::from(length) * u128::from(part) / u128::from(parts)).ok()?;
        // Blocks of pcapng start at multiples of four.
        let wanted = wanted - wanted % 4;
        file.seek(SeekFrom::Start(wanted)).ok()?;
        window.clear();
        (&mut file).take(WINDOW).read_to_end(&mut window).ok()?;
        let Some(found) = first_chain(&known.state, &window, first) else { continue };
        let offset = wanted + found as u64;
        if places.last().map_or(known.offset, |place| place.offset) < offset {
            places.push(Place { offset, state: known.state.clone() });
        }
    }
    Some(places)
}

/// Returns the first offset in `window` from which packets follow one another to the end of the window.
fn first_chain(state: &State, window: &[u8], first: u64) -> Option<usize> {
    let step = match state {
        State::Pcap(_) => 1,
        State::Pcapng(_) => 4,
        State::Snoop(_) => return None,
    };
    (0..window.len())
        .step_by(step)
        .find(|start| is_chain(state, window.get(*start..).unwrap_or_default(), first))
}

fn is_chain(state: &State, mut rest: &[u8], first: u64) -> bool {
    let mut before = None;
    for links in 0..CHAIN {
        // Records that the window truncates cannot be checked.
        let behind = match state {
            State::Pcap(pcap) => {
                let Some((length, seconds)) = pcap.plausible(rest) else {
                    return links >= SHORT_CHAIN && rest.is_empty();
                };
                let near = |before: u64| before.abs_diff(seconds) <= FROM_BEFORE;
                if seconds.abs_diff(first) > FROM_FIRST || !before.replace(seconds).is_none_or(near) {
                    return false;
                }
                rest.get(length..)
            }
            State::Pcapng(section) => {
                let Some(length) = section.plausible(rest, links == 0) else {
                    return links >= SHORT_CHAIN && rest.is_empty();
                };
                rest.get(length..)
            }
            State::Snoop(_) => return false,
        };
        match behind {
            Some(behind) => rest = behind,
            None => return links >= SHORT_CHAIN,
        }
    }
    true
}
