//! To be written.

#[cfg(feature = "fetch")]
pub mod fetch;
