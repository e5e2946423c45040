//! Totals collected while a capture is read, and the reasons why a format's reader stops.

use std::collections::BTreeMap;
use std::io;

use crate::flow::capture::bytes::Bytes;
use crate::flow::capture::damage::{Damage, DamageReason};
use crate::flow::capture::{CaptureError, CaptureFormat, CaptureSummary, Compression, MAX_DAMAGE};
use crate::flow::frame::LinkType;
use crate::flow::stats::SkipCount;
use crate::flow::time::PacketTime;

/// The reason why a format's reader stopped without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::flow) enum Stop {
    /// The capture ended, or the rest of it cannot be parsed.
    End,
    /// The next packet starts at or after the offset where reading was to stop.
    Until,
    /// The consumer of the frames asked to stop.
    Taker,
}

/// The reason why a format's reader stopped with an error. It does not contain the file's name yet.
#[derive(Debug)]
pub(in crate::flow) enum ReadError {
    /// Reading failed.
    Io(io::Error),
    /// The file ends inside its header of this many bytes.
    HeaderCut(u64),
    /// An unsupported version of snoop.
    SnoopVersion(u32),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl ReadError {
    /// Converts to the error that the caller gets.
    pub(in crate::flow) fn named(self, name: &str, offset: u64) -> CaptureError {
        let name = name.to_owned();
        match self {
            Self::Io(source) => CaptureError::Read { name, offset, source },
            Self::HeaderCut(length) => CaptureError::HeaderCut { name, length },
            Self::SnoopVersion(version) => CaptureError::SnoopVersion { name, version },
        }
    }
}

/// Totals collected while a capture is read.
#[derive(Debug, Default)]
pub(in crate::flow) struct Tally {
    frames: u64,
    frame_bytes: u64,
    first: PacketTime,
    last: PacketTime,
    untimed: SkipCount,
    link_types: BTreeMap<LinkType, u64>,
    damage: Vec<Damage>,
    damage_left_off: u64,
}

impl Tally {
    /// Counts a frame, without its link type.
    #[inline]
    pub(in crate::flow) fn frame(&mut self, original_length: u32) {
        self.frames += 1;
        self.frame_bytes = self.frame_bytes.wrapping_add(u64::from(original_length));
    }

    /// Records the time of a frame.
    #[inline]
    pub(in crate::flow) fn time(&mut self, time: PacketTime) {
        self.first = self.first.earlier(time);
        self.last = self.last.later(time);
    }

    /// Counts a frame without a time.
    #[cold]
    pub(in crate::flow) fn untimed(&mut self, original_length: u32) {
        self.untimed.add(SkipCount { packets: 1, frame_bytes: u64::from(original_length) });
    }

    /// Returns the number of frames so far.
    pub(in crate::flow) fn frames(&self) -> u64 {
        self.frames
    }

    /// Counts frames of a link type.
    pub(in crate::flow) fn link_type(&mut self, link_type: LinkType, frames: u64) {
        if frames > 0 {
            *self.link_types.entry(link_type).or_default() += frames;
        }
    }

    /// Records a damaged place.
    #[cold]
    pub(in crate::flow) fn damage(&mut self, offset: u64, reason: DamageReason) {
        if self.damage.len() < MAX_DAMAGE {
            self.damage.push(Damage { offset, reason });
        } else {
            self.damage_left_off += 1;
        }
    }

    /// Records that the input ended inside a packet or block of `expected` bytes. If a decompressor failed,
    /// records the failure instead.
    #[cold]
    pub(in crate::flow) fn cut(&mut self, bytes: &Bytes, expected: u64) {
        let found = bytes.filled().len() as u64;
        if found > 0 && bytes.failure().is_none() {
            self.damage(bytes.position(), DamageReason::Cut { expected, found });
        }
    }

    /// Adds the tally of the next part of the capture.
    pub(in crate::flow) fn append(&mut self, later: Self) {
        self.frames += later.frames;
        self.frame_bytes = self.frame_bytes.wrapping_add(later.frame_bytes);
        self.first = self.first.earlier(later.first);
        self.last = self.last.later(later.last);
        self.untimed.add(later.untimed);
        for (link_type, frames) in later.link_types {
            self.link_type(link_type, frames);
        }
        for Damage { offset, reason } in later.damage {
            self.damage(offset, reason);
        }
        self.damage_left_off += later.damage_left_off;
    }

    /// Converts the tally to a summary.
    pub(in crate::flow) fn into_summary(
        self,
        name: String,
        format: CaptureFormat,
        compression: Option<Compression>,
    ) -> CaptureSummary {
        CaptureSummary {
            name,
            format,
            compression,
            frames: self.frames,
            frame_bytes: self.frame_bytes,
            first: self.first,
            last: self.last,
            untimed: self.untimed,
            link_types: self.link_types,
            damage: self.damage,
            damage_left_off: self.damage_left_off,
        }
    }
}
