//! The hash map for what is looked up for every flow.

/// Hashed with a key that who writes a capture does not know; several times faster than the standard one, for every flow.
pub(in crate::sim) type HashMap<K, V> = std::collections::HashMap<K, V, foldhash::quality::RandomState>;
