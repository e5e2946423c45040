//! Turns arguments into inputs: reads files, resolves names, and checks everything before work begins.

pub(super) mod argument_files;
mod lists;
mod loaded;
pub(super) mod opened;
pub(super) mod pair;
mod parsed;
mod resolved;
mod revision;
pub(super) mod tables;
mod target;
mod text;
pub(super) mod variant;

pub(super) use lists::{catalog, cloud_of, may_quote, without_text};
pub(super) use loaded::Inputs;
pub(super) use parsed::Parsed;
pub(super) use resolved::Resolved;
pub(super) use target::{Target, read_as_v4};
pub(super) use text::{MAX_TEXT_BYTES, TextFile, read_text, read_text_or_stdin, text_of};
