//! Queues with classes: strict priority, weighted sharing, limits and buffers by class, in exact integer arithmetic.
//!
//! A link without classes has a [`Queue`], which knows when a packet leaves as soon as the packet arrives.
//! With classes, a later packet can overtake, so the order is decided packet by packet: a [`Scheduler`] keeps the waiting
//! packets, and the end of each transmission is an event of the replay.
//!
//! ```text
//! packet ─▶ class ─▶ limit (token bucket) ─▶ buffer of the class ─▶ FIFO of the class ─▶ next when the link is free
//! ```
//!
//! - **Priority.** Classes with priority are served first, in their order. A transmission is never interrupted.
//! - **Sharing.** The other classes share what is left by weight, by self-clocked fair queueing (Golestani, INFOCOM 1994): a
//!   packet of `b` bytes in a class of weight `w` gets the tag `max(v, last) + b / w`, where `v` is the tag of the last packet
//!   that was started and `last` that of the previous packet in its class; the packet with the lowest tag is next. Tags are
//!   exact, because they are counted in parts of the least common multiple of the weights.
//! - **Limit.** A priority class can have a rate. Packets that exceed it are dropped on arrival (RFC 3246 demands a limit for
//!   priority queues, and that what exceeds it is dropped).
//! - **Ties.** Among equal tags, the class that is written first is next. A transmission that ends when a packet arrives ends
//!   before the packet arrives.
//!
//! With a single class the result is that of a [`Queue`], packet by packet. A test compares both, and another
//! one compares the scheduler with a slow twin.

mod fifo;
mod limit;
mod scheduler;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod twin;

pub use fifo::{DEFAULT_BUFFER_MS, LinkFigures, Offer, Queue};
pub(super) use scheduler::{Admission, Scheduler, Started};
