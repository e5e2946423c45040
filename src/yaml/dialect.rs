//! The types of files that users write. Each type has its name in messages and the codes of the mistakes that such a
//! file may contain. The tree of values and its reader are the same for all types.

use crate::diag::Code;

/// A type of file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialect {
    /// The name in messages, such as `network file`.
    pub(crate) file: &'static str,
    /// The code for a file that is not valid YAML.
    pub(crate) syntax: Code,
    /// The code for a repeated key.
    pub(crate) duplicate_key: Code,
    /// The code for an unknown key.
    pub(crate) unknown_key: Code,
    /// The code for a missing key.
    pub(crate) missing_key: Code,
    /// The code for a value of the wrong type.
    pub(crate) wrong_type: Code,
    /// The code for a value that is not allowed.
    pub(crate) value: Code,
    /// The code for an invalid prefix.
    pub(crate) prefix: Code,
    /// The code for an invalid address.
    pub(crate) address: Code,
}
