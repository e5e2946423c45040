//! Measures TCP connections: the round-trip time of the handshake, segments that were sent again, and segments in the
//! wrong order.
//!
//! ```text
//! Frame ─ decode_tcp ─▶ Tcp ─▶ TcpTable ─▶ TcpConversation
//!                                 │
//!                    Connection: Handshake; Side and Copies of each direction
//! ```
//!
//! This is a path of its own beside the decoder of flows, which reads no sequence numbers: replays that do not measure
//! must not pay for it. Nothing is lost silently: a packet that cannot be measured is counted in its connection.

mod conversation;
mod copies;
mod handshake;
mod order;
mod segment;
mod table;

pub use conversation::{TcpConversation, TcpCounts};
pub use handshake::{HandshakeTimes, Unmeasured};
pub use order::SegmentKind;
pub use segment::{Tcp, TcpSegment, Unreadable, decode_tcp};
pub use table::TcpTable;

#[cfg(test)]
mod tests;
