//! The results of each command as tables, with one module per command.

pub mod advise;
pub mod assertion;
pub mod bisect;
pub mod catalog;
pub mod check;
#[cfg(feature = "cli")]
pub mod classify;
pub mod coverage;
pub mod diff;
pub mod guide;
pub mod map;
pub mod replay;
mod shared;
pub mod simulate;
pub mod sweep;
