//! Values in a plan, with marks that show which of them are unknown or sensitive.

use serde_json::Value;

use super::document::{Instance, any};
use crate::import::unknown::UnknownBecause;

/// A value with its unknown and sensitive marks.
#[derive(Clone, Copy)]
pub(super) struct Marked<'v> {
    pub(super) value: &'v Value,
    unknown: &'v Value,
    sensitive: &'v Value,
}

static NOTHING: Value = Value::Null;

impl<'v> Marked<'v> {
    /// Returns all values of an instance, with their marks.
    pub(super) fn of(instance: &Instance<'v>) -> Self {
        Self { value: instance.values, unknown: instance.unknown, sensitive: instance.sensitive }
    }

    /// Returns a value without marks.
    pub(super) fn plain(value: &'v Value) -> Self {
        Self { value, unknown: &NOTHING, sensitive: &NOTHING }
    }

    /// Returns the value of a key, with its marks.
    pub(super) fn field(self, name: &str) -> Self {
        let within =
            |mark: &'v Value| if mark.is_boolean() { mark } else { mark.get(name).unwrap_or(&NOTHING) };
        Self {
            value: self.value.get(name).unwrap_or(&NOTHING),
            unknown: within(self.unknown),
            sensitive: within(self.sensitive),
        }
    }

    /// Returns an item of a list, with its marks.
    pub(super) fn item(self, index: usize) -> Self {
        let within =
            |mark: &'v Value| if mark.is_boolean() { mark } else { mark.get(index).unwrap_or(&NOTHING) };
        Self {
            value: self.value.get(index).unwrap_or(&NOTHING),
            unknown: within(self.unknown),
            sensitive: within(self.sensitive),
        }
    }

    /// Returns why the value is partly or completely unknown; `None` if all of it is known.
    pub(super) fn missing(self) -> Option<UnknownBecause> {
        match (any(self.unknown), any(self.sensitive)) {
            (true, _) => Some(UnknownBecause::AfterApply),
            (_, true) => Some(UnknownBecause::Sensitive),
            _ => None,
        }
    }

    /// Returns why a list of blocks is unknown as a whole; `None` if the list itself is known.
    pub(super) fn missing_whole(self) -> Option<UnknownBecause> {
        match (self.unknown, self.sensitive) {
            (Value::Bool(true), _) => Some(UnknownBecause::AfterApply),
            (_, Value::Bool(true)) => Some(UnknownBecause::Sensitive),
            _ => None,
        }
    }
}
