//! The kinds of user-written files: the name of each in messages, and the codes of the mistakes that any of them may
//! contain. The tree of values and its reader are the same for all.

use crate::diag::Code;

/// A kind of file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialect {
    /// The name in messages, such as `network file`.
    pub(crate) file: &'static str,
    /// The file is not valid YAML.
    pub(crate) syntax: Code,
    /// A key is repeated.
    pub(crate) duplicate_key: Code,
    /// A key is unknown.
    pub(crate) unknown_key: Code,
    /// A key is missing.
    pub(crate) missing_key: Code,
    /// A value has the wrong type.
    pub(crate) wrong_type: Code,
    /// A value is not one of the allowed ones.
    pub(crate) value: Code,
    /// A prefix is invalid.
    pub(crate) prefix: Code,
    /// An address is invalid.
    pub(crate) address: Code,
}
