//! Floor 1: YAML that people write, as a tree of values with their places, and the reader of its fields.
//!
//! All that is wrong is told at once, at its line, with what to write instead. The network file, checks, intents and
//! scenarios are read so; [`dialect`] says how each is called in messages.

pub(crate) mod dialect;
pub(crate) mod fields;
pub(crate) mod suggest;
pub(crate) mod tree;
