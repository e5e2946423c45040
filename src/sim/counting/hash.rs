//! The hash map for lookups that happen for every flow.

/// A hash map with a random key, which the author of a capture cannot know. It is several times faster than the
/// standard hash map.
pub(in crate::sim) type HashMap<K, V> = std::collections::HashMap<K, V, foldhash::quality::RandomState>;
