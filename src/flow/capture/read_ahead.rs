//! A reader that works ahead on its own thread, so that decompression and decoding run in parallel.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::flow::capture::bytes::{READ, allocate};

/// The maximum number of blocks in flight, which limits how far the two threads can drift apart.
const BLOCKS: usize = 4;

/// A block and the range of its bytes that have not been passed on yet.
struct Block {
    buffer: Vec<u8>,
    /// The first usable byte: a page boundary in memory.
    base: usize,
    start: usize,
    end: usize,
}

/// A reader that reads up to [`BLOCKS`] blocks ahead from another reader. Both sides sleep when they have
/// nothing to do. Bytes that arrived before an error are returned before the error. The thread ends at the
/// end of the input, or at the next block after this reader is dropped.
pub(in crate::flow) struct Ahead {
    full: Receiver<io::Result<Block>>,
    empty: SyncSender<Block>,
    current: Option<Block>,
}

impl Ahead {
    /// Starts reading on a new thread.
    ///
    /// # Errors
    /// Returns an error if no thread can be started.
    pub(in crate::flow) fn new(input: Box<dyn Read + Send>) -> io::Result<Self> {
        let (empty, to_fill) = sync_channel(BLOCKS);
        let (filled, full) = sync_channel(BLOCKS);
        for _ in 0..BLOCKS {
            let (buffer, _, base) = allocate(0, READ);
            // The channel has room for all blocks, so this cannot fail.
            let _ = empty.try_send(Block { buffer, base, start: base, end: base });
        }
        thread::Builder::new().name("decompress".to_owned()).spawn(move || fill(input, &to_fill, &filled))?;
        Ok(Self { full, empty, current: None })
    }
}

impl Read for Ahead {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.current.is_none() {
            match self.full.recv() {
                Ok(block) => self.current = Some(block?),
                // The other side has finished.
                Err(_) => return Ok(0),
            }
        }
        let Some(block) = &mut self.current else { return Ok(0) };
        let rest = block.buffer.get(block.start..block.end).unwrap_or_default();
        let count = rest.len().min(into.len());
        if let (Some(to), Some(from)) = (into.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        block.start += count;
        if block.start == block.end
            && let Some(block) = self.current.take()
        {
            // Fails only if the other side has finished and needs no more blocks.
            let _ = self.empty.try_send(block);
        }
        Ok(count)
    }
}

/// Fills blocks until the input ends or the receiver is gone.
fn fill(mut input: Box<dyn Read + Send>, empty: &Receiver<Block>, full: &SyncSender<io::Result<Block>>) {
    while let Ok(mut block) = empty.recv() {
        (block.start, block.end) = (block.base, block.base);
        let ended = loop {
            let room = block.buffer.get_mut(block.end..).unwrap_or_default();
            if room.is_empty() {
                break None;
            }
            match input.read(room) {
                Ok(0) => break Some(Ok(())),
                Ok(count) => block.end += count.min(room.len()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Some(Err(error)),
            }
        };
        if block.end > block.start && full.send(Ok(block)).is_err() {
            return;
        }
        match ended {
            None => {}
            Some(Ok(())) => return,
            Some(Err(error)) => {
                // The receiver may be gone already.
                let _ = full.send(Err(error));
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a given number of bytes, a few at a time, and then fails or ends.
    struct Odd {
        left: usize,
        fails: bool,
    }

    impl Read for Odd {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if self.left == 0 && self.fails {
                return Err(io::Error::other("broken"));
            }
            let count = into.len().min(self.left).min(70_001);
            for (place, byte) in into.iter_mut().zip((0..self.left).rev()).take(count) {
                *place = u8::try_from(byte % 251).unwrap();
            }
            self.left -= count;
            Ok(count)
        }
    }

    #[test]
    fn nothing_is_lost_or_changed() {
        for left in [0, 1, READ, 3 * READ + 17, 20 * READ] {
            let mut direct = Vec::new();
            Odd { left, fails: false }.read_to_end(&mut direct).unwrap();
            let mut ahead = Vec::new();
            Ahead::new(Box::new(Odd { left, fails: false })).unwrap().read_to_end(&mut ahead).unwrap();
            assert!(direct == ahead && direct.len() == left, "{left}");
        }
    }

    #[test]
    fn an_error_comes_after_what_came_before_it() {
        let mut ahead = Ahead::new(Box::new(Odd { left: 2 * READ + 5, fails: true })).unwrap();
        let mut got = Vec::new();
        assert_eq!(ahead.read_to_end(&mut got).unwrap_err().to_string(), "broken");
        assert_eq!(got.len(), 2 * READ + 5);
    }

    #[test]
    fn it_may_be_dropped_at_any_time() {
        let mut ahead = Ahead::new(Box::new(Odd { left: 100 * READ, fails: false })).unwrap();
        let mut some = [0; 10];
        ahead.read_exact(&mut some).unwrap();
        drop(ahead);
    }
}
