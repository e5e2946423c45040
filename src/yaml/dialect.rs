//! The kinds of files that people write: what each is called in messages, and the codes of what may be
//! wrong in any of them. The tree of values and its reader are the same for all.

use crate::diag::Code;

/// A kind of file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialect {
    /// What it is called, as `network file`.
    pub(crate) file: &'static str,
    /// It is no YAML.
    pub(crate) syntax: Code,
    /// A key stands twice.
    pub(crate) duplicate_key: Code,
    /// A key has no meaning.
    pub(crate) unknown_key: Code,
    /// A key is missing.
    pub(crate) missing_key: Code,
    /// A value has the wrong type.
    pub(crate) wrong_type: Code,
    /// A value is none of those allowed.
    pub(crate) value: Code,
    /// A prefix cannot be read.
    pub(crate) prefix: Code,
    /// An address cannot be read.
    pub(crate) address: Code,
}
