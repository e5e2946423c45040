//! pcapng: a file can have several sections, interfaces and byte orders.
//!
//! Format: draft-ietf-opsawg-pcapng. A block has a type, a length, a body and the length again. Only blocks
//! that contain or describe packets are read; all others are skipped without being kept in memory.

use std::ops::ControlFlow;

use crate::flow::capture::MAX_ANNOUNCED_PACKET;
use crate::flow::capture::bytes::Bytes;
use crate::flow::capture::counts::{ReadError, Stop, Tally};
use crate::flow::capture::damage::DamageReason;
use crate::flow::frame::{Frame, LinkType};
use crate::flow::time::PacketTime;

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;
/// The size of a block without its body: type and length at the start, length at the end.
const FRAMING: usize = 12;
/// The maximum number of interfaces kept for one section.
const MAX_INTERFACES: usize = 65_536;

/// How a timestamp is converted to nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resolution {
    /// Ticks of 10⁰ to 10⁻⁹ seconds are multiplied by this number.
    Multiply(u64),
    /// Finer decimal ticks are divided by this number.
    Divide(u64),
    /// Ticks of 2⁻ⁿ seconds.
    Binary(u32),
}

/// The contents of an interface description block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Interface {
    link_type: LinkType,
    snaplen: u32,
    resolution: Resolution,
    /// The nanoseconds that are added to every timestamp.
    offset_ns: i64,
    /// The number of frames read but not yet added to the tally. It is 0 whenever reading pauses.
    frames: u64,
}

/// The state in the current section.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::flow) struct Section {
    big: bool,
    interfaces: Vec<Interface>,
}

/// A packet as stored in its block.
struct Packet<'a> {
    interface: u32,
    ticks: Option<u64>,
    original_length: u32,
    data: &'a [u8],
}

/// Reads the blocks that start before the offset `until`, until `f` stops.
#[inline]
fn blocks(
    section: &mut Section,
    bytes: &mut Bytes,
    tally: &mut Tally,
    until: u64,
    mut f: impl FnMut(Frame<'_>) -> ControlFlow<()>,
) -> Result<Stop, ReadError> {
    loop {
        let (filled, position) = (bytes.filled(), bytes.position());
        let Scanned { used, need, skip, fatal, taken } =
            scan(section, (filled, position), bytes.beyond(until), tally, &mut f);
        bytes.consume(used);
        if let Some(reason) = fatal {
            tally.damage(bytes.position(), reason);
            return Ok(Stop::End);
        }
        if taken {
            return Ok(Stop::Taker);
        }
        if bytes.position() >= until {
            return Ok(Stop::Until);
        }
        let enough = match skip {
            Some(count) => pass_over(bytes, tally, section, count)?,
            None => bytes.refill(need)?,
        };
        if !enough {
            tally.cut(bytes, need as u64);
            return Ok(Stop::End);
        }
    }
}

/// How a scan of the buffered bytes ended.
struct Scanned {
    /// The number of bytes in whole blocks.
    used: usize,
    /// The minimum number of bytes that the next block needs.
    need: usize,
    /// The number of bytes to skip without buffering, in a block that contains no packet.
    skip: Option<u64>,
    /// Damage after which no block can be found.
    fatal: Option<DamageReason>,
    /// Whether the receiver of frames asked to stop.
    taken: bool,
}

/// Reads the whole blocks in `filled`, which starts at offset `position` in the file, until at most `beyond` bytes are left.
#[inline]
fn scan(
    section: &mut Section,
    (filled, position): (&[u8], u64),
    beyond: usize,
    tally: &mut Tally,
    f: &mut impl FnMut(Frame<'_>) -> ControlFlow<()>,
) -> Scanned {
    let mut scanned = Scanned { used: 0, need: FRAMING, skip: None, fatal: None, taken: false };
    let mut rest = filled;
    while rest.len() > beyond
        && let Some((head, _)) = rest.split_first_chunk::<FRAMING>()
    {
        let (block_type, length, wanted) = match section.head(head, tally) {
            Ok(head) => head,
            Err(reason) => {
                scanned.fatal = Some(reason);
                break;
            }
        };
        let Some((block, behind)) = rest.split_at_checked(length as usize) else {
            if wanted {
                scanned.need = length as usize;
            } else {
                scanned.skip = Some(u64::from(length) - 4);
            }
            break;
        };
        let Some((body, trailer)) = block.get(8..).and_then(<[u8]>::split_last_chunk::<4>) else { break };
        let end = section.word(*trailer);
        if end != length {
            scanned.fatal = Some(DamageReason::BlockTrailer { start: length, end });
            break;
        }
        let offset = position + (filled.len() - rest.len()) as u64;
        rest = behind;
        if block_type == INTERFACE {
            if let Err(reason) = section.describe(body) {
                tally.damage(offset, reason);
            }
        } else if let Some(packet) = section.packet(block_type, body) {
            match packet.and_then(|packet| section.frame(&packet, tally)) {
                Ok(frame) if f(frame).is_break() => {
                    scanned.taken = true;
                    break;
                }
                Ok(_) => {}
                Err(reason) => tally.damage(offset, reason),
            }
        }
    }
    scanned.used = filled.len() - rest.len();
    scanned
}

/// Skips a long block up to its trailer of four bytes and checks the trailer. Returns `false` if the file
/// ends there.
fn pass_over(
    bytes: &mut Bytes,
    tally: &mut Tally,
    section: &Section,
    to_trailer: u64,
) -> Result<bool, ReadError> {
    let offset = bytes.position();
    if !bytes.skip(to_trailer)? || !bytes.refill(4)? {
        let found = bytes.position() - offset + bytes.filled().len() as u64;
        if bytes.failure().is_none() {
            tally.damage(offset, DamageReason::Cut { expected: to_trailer + 4, found });
        }
        let left = bytes.filled().len();
        bytes.consume(left);
        return Ok(false);
    }
    let end = bytes.filled().first_chunk::<4>().map_or(0, |word| section.word(*word));
    let start = u32::try_from(to_trailer + 4).unwrap_or(u32::MAX);
    if end != start {
        tally.damage(offset, DamageReason::BlockTrailer { start, end });
        let left = bytes.filled().len();
        bytes.consume(left);
        return Ok(false);
    }
    bytes.consume(4);
    Ok(true)
}

impl Section {
    /// Reads the type and length of a block, and returns them with whether the block is needed. A section
    /// header starts a new section.
    #[inline]
    fn head(&mut self, head: &[u8; FRAMING], tally: &mut Tally) -> Result<(u32, u32, bool), DamageReason> {
        if head.starts_with(&SECTION.to_be_bytes()) {
            match [head[8], head[9], head[10], head[11]] {
                [0x1a, 0x2b, 0x3c, 0x4d] => self.start(true, tally),
                [0x4d, 0x3c, 0x2b, 0x1a] => self.start(false, tally),
                other => return Err(DamageReason::ByteOrder(u32::from_be_bytes(other))),
            }
        }
        let block_type = self.word([head[0], head[1], head[2], head[3]]);
        let length = self.word([head[4], head[5], head[6], head[7]]);
        let wanted = matches!(block_type, INTERFACE | OBSOLETE_PACKET | SIMPLE_PACKET | ENHANCED_PACKET);
        let is_whole = (length as usize) >= FRAMING && length.is_multiple_of(4);
        if !is_whole || wanted && length > MAX_ANNOUNCED_PACKET {
            return Err(DamageReason::BlockLength(length));
        }
        Ok((block_type, length, wanted))
    }

    /// Reads the blocks that start before the offset `until`, until `f` stops.
    #[inline]
    pub(in crate::flow) fn read(
        &mut self,
        bytes: &mut Bytes,
        tally: &mut Tally,
        until: u64,
        f: impl FnMut(Frame<'_>) -> ControlFlow<()>,
    ) -> Result<Stop, ReadError> {
        let stop = blocks(self, bytes, tally, until, f)?;
        self.hand_over(tally);
        if stop == Stop::End {
            let left = bytes.filled().len();
            bytes.consume(left);
        }
        Ok(stop)
    }

    /// Returns the length of the packet block (or of any block if `first` is not set) that seems to start at
    /// `rest`. Returns `None` if no such block seems to start there, or if `rest` does not contain the whole
    /// block.
    pub(in crate::flow) fn plausible(&self, rest: &[u8], first: bool) -> Option<usize> {
        let (head, _) = rest.split_first_chunk::<FRAMING>()?;
        let block_type = self.word([head[0], head[1], head[2], head[3]]);
        let length = self.word([head[4], head[5], head[6], head[7]]);
        let is_packet = matches!(block_type, OBSOLETE_PACKET | SIMPLE_PACKET | ENHANCED_PACKET);
        if (first && !is_packet) || (length as usize) < FRAMING || !length.is_multiple_of(4) {
            return None;
        }
        let (_, trailer) = rest.get(..length as usize)?.split_last_chunk::<4>()?;
        (self.word(*trailer) == length).then_some(length as usize)
    }

    #[inline]
    fn word(&self, bytes: [u8; 4]) -> u32 {
        if self.big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }

    #[inline]
    fn half(&self, bytes: [u8; 2]) -> u16 {
        if self.big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    /// Starts a section, in which interface numbers start again from zero.
    fn start(&mut self, big: bool, tally: &mut Tally) {
        self.hand_over(tally);
        self.interfaces.clear();
        self.big = big;
    }

    /// Adds the frame counts of the interfaces to the tally.
    fn hand_over(&mut self, tally: &mut Tally) {
        for interface in &mut self.interfaces {
            tally.link_type(interface.link_type, std::mem::take(&mut interface.frames));
        }
    }

    /// Reads an interface description block.
    fn describe(&mut self, body: &[u8]) -> Result<(), DamageReason> {
        if self.interfaces.len() >= MAX_INTERFACES {
            return Err(DamageReason::TooManyInterfaces);
        }
        let cut = DamageReason::BlockBody { block_type: INTERFACE };
        let (head, options) = body.split_first_chunk::<8>().ok_or(cut)?;
        let mut interface = Interface {
            link_type: LinkType(self.half([head[0], head[1]])),
            snaplen: self.word([head[4], head[5], head[6], head[7]]),
            resolution: Resolution::Multiply(1000),
            offset_ns: 0,
            frames: 0,
        };
        self.options(options, &mut interface);
        self.interfaces.push(interface);
        Ok(())
    }

    /// Reads the options for time resolution (9) and time offset (14). A truncated option ends the list.
    fn options(&self, mut options: &[u8], interface: &mut Interface) {
        while let Some((head, rest)) = options.split_first_chunk::<4>() {
            let length = usize::from(self.half([head[2], head[3]]));
            let Some((value, _)) = rest.split_at_checked(length) else { return };
            match (self.half([head[0], head[1]]), value) {
                (0, _) => return,
                (9, [resolution]) => interface.resolution = Resolution::of(*resolution),
                (14, value) => {
                    if let Ok(eight) = <[u8; 8]>::try_from(value) {
                        let seconds =
                            if self.big { i64::from_be_bytes(eight) } else { i64::from_le_bytes(eight) };
                        interface.offset_ns = seconds.saturating_mul(1_000_000_000);
                    }
                }
                _ => {}
            }
            options = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        }
    }

    /// Parses a packet block. Returns `None` if the block has another type.
    #[inline]
    fn packet<'a>(&self, block_type: u32, body: &'a [u8]) -> Option<Result<Packet<'a>, DamageReason>> {
        let packet = match block_type {
            ENHANCED_PACKET => self.enhanced(body),
            SIMPLE_PACKET => self.simple(body),
            OBSOLETE_PACKET => self.obsolete(body),
            _ => return None,
        };
        Some(packet.ok_or(DamageReason::BlockBody { block_type }))
    }

    #[inline]
    fn enhanced<'a>(&self, body: &'a [u8]) -> Option<Packet<'a>> {
        let (head, data) = body.split_first_chunk::<20>()?;
        Some(Packet {
            interface: self.word([head[0], head[1], head[2], head[3]]),
            ticks: Some(
                self.ticks([head[4], head[5], head[6], head[7], head[8], head[9], head[10], head[11]]),
            ),
            original_length: self.word([head[16], head[17], head[18], head[19]]),
            data: data.get(..self.word([head[12], head[13], head[14], head[15]]) as usize)?,
        })
    }

    /// Parses a simple packet block. The block states no captured length, so the minimum of the original
    /// length, the snaplen of the first interface and the length of the body is used.
    fn simple<'a>(&self, body: &'a [u8]) -> Option<Packet<'a>> {
        let (head, data) = body.split_first_chunk::<4>()?;
        let original_length = self.word(*head);
        let snaplen = self.interfaces.first().map_or(0, |interface| interface.snaplen);
        let captured = if snaplen == 0 { original_length } else { original_length.min(snaplen) };
        Some(Packet { interface: 0, ticks: None, original_length, data: data.get(..captured as usize)? })
    }

    fn obsolete<'a>(&self, body: &'a [u8]) -> Option<Packet<'a>> {
        let (head, data) = body.split_first_chunk::<20>()?;
        Some(Packet {
            interface: u32::from(self.half([head[0], head[1]])),
            ticks: Some(
                self.ticks([head[4], head[5], head[6], head[7], head[8], head[9], head[10], head[11]]),
            ),
            original_length: self.word([head[16], head[17], head[18], head[19]]),
            data: data.get(..self.word([head[12], head[13], head[14], head[15]]) as usize)?,
        })
    }

    /// Reads a timestamp, whose upper word comes first in both byte orders.
    #[inline]
    fn ticks(&self, bytes: [u8; 8]) -> u64 {
        let [a, b, c, d, e, f, g, h] = bytes;
        (u64::from(self.word([a, b, c, d])) << 32) | u64::from(self.word([e, f, g, h]))
    }

    /// Returns the frame of a packet and counts it.
    #[inline]
    fn frame<'a>(&mut self, packet: &Packet<'a>, tally: &mut Tally) -> Result<Frame<'a>, DamageReason> {
        let interface = self
            .interfaces
            .get_mut(packet.interface as usize)
            .ok_or(DamageReason::UnknownInterface(packet.interface))?;
        interface.frames += 1;
        tally.frame(packet.original_length);
        let time = if let Some(ticks) = packet.ticks {
            let time = interface.time(ticks);
            tally.time(time);
            time
        } else {
            tally.untimed(packet.original_length);
            PacketTime::NONE
        };
        Ok(Frame {
            time,
            original_length: packet.original_length,
            link_type: interface.link_type,
            data: packet.data,
        })
    }
}

impl Interface {
    /// Converts ticks to a time. Times before 1970 are clamped to 1970.
    #[inline]
    fn time(&self, ticks: u64) -> PacketTime {
        let ns = match self.resolution {
            Resolution::Multiply(factor) => ticks.saturating_mul(factor),
            Resolution::Divide(divisor) => ticks / divisor,
            Resolution::Binary(bits) => {
                let ns = (u128::from(ticks) * 1_000_000_000) >> bits;
                u64::try_from(ns).unwrap_or(u64::MAX)
            }
        };
        PacketTime::at(ns.saturating_add_signed(self.offset_ns))
    }
}

impl Resolution {
    /// Decodes the time resolution option: a power of two if the top bit is set, otherwise a power of ten.
    fn of(value: u8) -> Self {
        let exponent = u32::from(value & 0x7f);
        if value & 0x80 != 0 {
            Self::Binary(exponent)
        } else if exponent <= 9 {
            Self::Multiply(10_u64.pow(9 - exponent))
        } else {
            Self::Divide(10_u64.checked_pow(exponent - 9).unwrap_or(u64::MAX))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolutions() {
        assert_eq!(Resolution::of(6), Resolution::Multiply(1000));
        assert_eq!(Resolution::of(0), Resolution::Multiply(1_000_000_000));
        assert_eq!(Resolution::of(12), Resolution::Divide(1000));
        assert_eq!(Resolution::of(0x7f), Resolution::Divide(u64::MAX));
        let interface = Interface {
            link_type: LinkType::ETHERNET,
            snaplen: 0,
            resolution: Resolution::of(0x8a),
            offset_ns: -1_000_000_000,
            frames: 0,
        };
        assert_eq!(interface.time(2 * 1024 + 512), PacketTime::at(1_500_000_000));
        assert_eq!(interface.time(0), PacketTime::at(0));
        // A timestamp with all bits set is valid and clamped to the latest time.
        assert_eq!(interface.time(u64::MAX).ns(), Some(PacketTime::MAX_NS));
    }
}
