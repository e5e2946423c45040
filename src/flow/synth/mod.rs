//! A seeded generator of captures: for the demo, for tests and for benchmarks.
//!
//! ```text
//! seed ─▶ Random ─▶ conversations (demo, guide) or packets (mixed, small) ─▶ frames ─▶ classic pcap bytes
//! ```
//!
//! The same profile and seed produce the same bytes on every machine: the generator uses only integers and no
//! clock. Frames are valid (lengths, checksums, TCP sequence numbers). Their payload is zeros, and only the
//! first bytes are kept if a profile has a short snapshot length.

mod company;
mod contention;
mod frame;
mod mixed;
mod random;
mod services;

use std::collections::BTreeSet;
use std::io::{self, Write};

use frame::FrameBuilder;
use random::Random;

/// The kind of capture to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// A working morning at a company with three sites: about 2 MB, with the first 96 bytes of each frame.
    Demo,
    /// A morning at Fabrikam, the company of the guide to Power Platform: about 400 kB, with the first 80 bytes of each
    /// frame.
    Guide,
    /// Three seconds at Fabrikam in which uploads fill the links that critical applications use: about 600 kB, with the
    /// first 80 bytes of each frame. Clients mark apps with AF21 and calls with EF.
    Contention,
    /// Traffic at a busy network edge, with whole frames: 58 % have 60 to 90 bytes, 20 % have 200 to 1,000
    /// bytes, and 22 % have 1,514 bytes. There are 100,000 conversations, few of them busy. Of the
    /// conversations, 85 % use TCP, 20 % use IPv6, 15 % have one VLAN tag, and 5 % have two.
    Mixed {
        /// The minimum size of the file, exceeded by less than one packet.
        bytes: u64,
    },
    /// The same traffic as [`Self::Mixed`], with only the first 96 bytes of each frame, so that there are
    /// more packets per byte.
    Small {
        /// The minimum size of the file, exceeded by less than one packet.
        bytes: u64,
    },
}

/// What was written, for comparison with the result of a reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The size of the file in bytes.
    pub file_bytes: u64,
    /// Frames.
    pub packets: u64,
    /// Bytes on the wire, according to the records.
    pub frame_bytes: u64,
    /// Distinct one-way five-tuples.
    pub flows: u64,
}

/// Writes a capture (pcap, little endian, microseconds, Ethernet).
///
/// # Errors
///
/// Returns the errors of `out`.
pub fn write_capture(profile: Profile, seed: u64, out: impl Write) -> io::Result<Written> {
    let mut random = Random::new(seed);
    match profile {
        Profile::Demo => company::write(&mut random, services::DEMO, PcapWriter::new(out, 96)?),
        Profile::Guide => company::write(&mut random, services::FABRIKAM, PcapWriter::new(out, 80)?),
        Profile::Contention => contention::write(&mut random, PcapWriter::new(out, 80)?),
        Profile::Mixed { bytes } => mixed::write(&mut random, bytes, PcapWriter::new(out, 65_535)?),
        Profile::Small { bytes } => mixed::write(&mut random, bytes, PcapWriter::new(out, 96)?),
    }
}

/// Writes frames as pcap records.
struct PcapWriter<W> {
    out: W,
    frame: FrameBuilder,
    written: Written,
}

impl<W: Write> PcapWriter<W> {
    fn new(mut out: W, snapshot_length: u32) -> io::Result<Self> {
        let mut header = Vec::with_capacity(24);
        header.extend(0xa1b2_c3d4_u32.to_le_bytes());
        header.extend([2, 0, 4, 0]);
        header.extend([0; 8]);
        header.extend(snapshot_length.to_le_bytes());
        header.extend(1_u32.to_le_bytes());
        out.write_all(&header)?;
        let written = Written { file_bytes: 24, ..Written::default() };
        Ok(Self { out, frame: FrameBuilder::new(snapshot_length), written })
    }

    /// Writes one frame that was captured at `at_us` microseconds since 1970.
    fn write(&mut self, at_us: u64, tags: &[frame::Tag], segment: &frame::Segment) -> io::Result<()> {
        let (captured, original) = self.frame.build(tags, segment);
        let kept = u32::try_from(captured.len()).unwrap_or(u32::MAX);
        let mut header = [0; 16];
        let seconds = u32::try_from(at_us / 1_000_000).unwrap_or(u32::MAX);
        let micros = u32::try_from(at_us % 1_000_000).unwrap_or(0);
        for (place, field) in header.chunks_exact_mut(4).zip([seconds, micros, kept, original]) {
            place.copy_from_slice(&field.to_le_bytes());
        }
        self.out.write_all(&header)?;
        self.out.write_all(captured)?;
        self.written.file_bytes += 16 + u64::from(kept);
        self.written.packets += 1;
        self.written.frame_bytes += u64::from(original);
        Ok(())
    }

    /// Writes frames with their times in the order of time, and counts their conversations by direction.
    fn write_segments(mut self, mut segments: Vec<(u64, frame::Segment)>) -> io::Result<Written> {
        segments.sort_by_key(|(at, _)| *at);
        let mut tuples = BTreeSet::new();
        for (at, segment) in &segments {
            self.write(*at, &[], segment)?;
            let frame::Segment { source, destination, source_port, destination_port, tcp, .. } = *segment;
            tuples.insert((source, destination, source_port, destination_port, tcp.is_some()));
        }
        self.finish(tuples.len() as u64)
    }

    fn finish(mut self, flows: u64) -> io::Result<Written> {
        self.out.flush()?;
        self.written.flows = flows;
        Ok(self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(profile: Profile, seed: u64) -> (Vec<u8>, Written) {
        let mut bytes = Vec::new();
        let written = write_capture(profile, seed, &mut bytes).unwrap();
        assert_eq!(written.file_bytes, bytes.len() as u64);
        (bytes, written)
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        for profile in [Profile::Demo, Profile::Mixed { bytes: 300_000 }, Profile::Small { bytes: 100_000 }] {
            assert_eq!(made(profile, 7), made(profile, 7));
            assert_ne!(made(profile, 7).0, made(profile, 8).0);
        }
    }

    #[test]
    fn the_demo_is_about_two_megabytes_over_a_morning() {
        let (bytes, written) = made(Profile::Demo, 1);
        assert!((1_600_000..2_600_000).contains(&bytes.len()), "{}", bytes.len());
        assert!((800..5_000).contains(&written.flows), "{written:?}");
        let second = |offset: usize| u32::from_le_bytes(bytes[offset..offset + 4].try_into().unwrap());
        let mut offset = 24;
        let mut last = 0;
        while offset < bytes.len() {
            assert!(last <= second(offset), "time does not go backwards");
            last = second(offset);
            offset += 16 + second(offset + 8) as usize;
        }
        assert!((3 * 3_600..=4 * 3_600 + 600).contains(&(last - second(24))));
    }
}
