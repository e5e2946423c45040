//! Floor 1: parses YAML files that users write to a tree of values with positions, and reads the fields in the tree.
//!
//! One pass reports every mistake at its line, with a remedy. The network file, checks, intents and scenarios use
//! this reader; [`dialect`] contains the name of each of these file types in messages.

pub(crate) mod dialect;
pub(crate) mod fields;
pub(crate) mod suggest;
pub(crate) mod tree;
