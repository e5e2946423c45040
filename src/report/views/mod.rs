//! The results of each command as tables, with one module per command.

pub mod assertion;
pub mod bisect;
pub mod catalog;
pub mod check;
pub mod coverage;
pub mod diff;
pub mod replay;
pub mod simulate;
pub mod sweep;
