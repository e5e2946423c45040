//! The hash map for lookups that happen for every flow.

/// A hash map with a random key, which the author of a capture cannot know. Several times faster than the standard one.
pub(in crate::sim) type HashMap<K, V> = std::collections::HashMap<K, V, foldhash::quality::RandomState>;
