//! Floor 1: user-written YAML files as a tree of values with their positions, and the reader of their fields.
//!
//! One pass reports every mistake at its line, with a remedy. The network file, checks, intents and scenarios use
//! this reader; [`dialect`] has the name of each in messages.

pub(crate) mod dialect;
pub(crate) mod fields;
pub(crate) mod suggest;
pub(crate) mod tree;
