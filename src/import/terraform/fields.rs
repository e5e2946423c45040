//! Sets Azure Resource Manager fields from the attributes of an instance, according to the table for its type.

use serde_json::{Map, Value, json};

use super::azurerm_schema::Field;
use super::document::Instance;
use super::marked_value::Marked;
use super::planned_ids::{PLANNED, group_on};
use super::references::Configuration;
use crate::import::azure::settings::NOT_TOLD;
use crate::import::unknown::{Ledger, UnknownBecause};

/// One side of a plan, with the data needed to convert its attributes.
pub(super) struct Side<'p, 'a, 'l, 'm> {
    pub(super) configuration: Configuration<'p, 'a>,
    /// The id of each instance.
    pub(super) ids: Vec<String>,
    pub(super) ledger: &'l mut Ledger<'m>,
}

impl<'p> Side<'p, '_, '_, '_> {
    /// Sets the values of the fields; `inside` is the enclosing attribute, with a trailing dot.
    pub(super) fn fields(
        &mut self,
        instance: &Instance<'p>,
        fields: &[Field],
        inside: &str,
        values: Marked<'_>,
        out: &mut Value,
    ) {
        for field in fields {
            let (name, _) = field.parts();
            self.field(instance, field, &format!("{inside}{name}"), values.field(name), out);
        }
    }

    fn field(
        &mut self,
        instance: &Instance<'p>,
        field: &Field,
        attribute: &str,
        value: Marked<'_>,
        out: &mut Value,
    ) {
        match *field {
            Field::Value(_, path) => {
                set(out, path, self.value(instance, attribute, value).unwrap_or_default());
            }
            Field::OrUnknown(_, path, word_path, word) => {
                match self.value_or_word(instance, attribute, value) {
                    Ok(value) => set(out, path, value),
                    Err(()) => set(out, word_path, word.into()),
                }
            }
            Field::Label(_, path) => {
                if value.missing().is_none() {
                    set(out, path, value.value.clone());
                }
            }
            Field::Marked(_, path) => set(out, path, self.value_or_mark(instance, attribute, value)),
            Field::Not(_, path) => {
                if let Some(flag) = self.flag(instance, attribute, value) {
                    set(out, path, Value::Bool(!flag));
                }
            }
            Field::Words(_, path, [yes, no]) => {
                if let Some(flag) = self.flag(instance, attribute, value) {
                    set(out, path, (if flag { yes } else { no }).into());
                }
            }
            Field::Objects(_, path, key) => {
                let value = self.value(instance, attribute, value);
                let items = value.as_ref().and_then(Value::as_array).map(Vec::as_slice);
                set(out, path, items.unwrap_or_default().iter().map(|item| json!({key: item})).collect());
            }
            Field::Reference(_, path, kinds) => {
                if let Some(id) = self.reference(instance, attribute, value, kinds) {
                    set(out, path, Value::String(id));
                }
            }
            Field::Block(_, fields) => self.block(instance, attribute, fields, value, out),
            Field::Blocks(_, path, fields) => {
                let items = self.blocks(instance, attribute, fields, value);
                set(out, path, Value::Array(items));
            }
        }
    }

    /// Returns a Boolean that affects paths.
    fn flag(&mut self, instance: &Instance<'p>, attribute: &str, value: Marked<'_>) -> Option<bool> {
        self.value(instance, attribute, value)?.as_bool()
    }

    /// Returns a value that the network file cannot express. If the value is unknown, returns a mark instead.
    fn value_or_mark(&self, instance: &Instance<'p>, attribute: &str, value: Marked<'_>) -> Value {
        match value.missing() {
            None => value.value.clone(),
            Some(UnknownBecause::AfterApply) if !self.configuration.sets(instance, attribute) => Value::Null,
            Some(_) => NOT_TOLD.into(),
        }
    }

    /// Returns a value that affects paths. If the configuration does not set an unknown value, Azure chooses it, and it
    /// counts as unset.
    fn value(&mut self, instance: &Instance<'p>, attribute: &str, value: Marked<'_>) -> Option<Value> {
        match value.missing() {
            None => Some(value.value.clone()),
            Some(UnknownBecause::AfterApply) if !self.configuration.sets(instance, attribute) => None,
            Some(why) => self.ledger.miss(instance.address, attribute, why),
        }
    }

    /// Like [`Self::value`], but for a value that the network file can record as unknown. Returns `Err` if the file
    /// must record the value as unknown.
    fn value_or_word(
        &mut self,
        instance: &Instance<'p>,
        attribute: &str,
        value: Marked<'_>,
    ) -> Result<Value, ()> {
        match value.missing() {
            None => Ok(value.value.clone()),
            Some(UnknownBecause::AfterApply) if !self.configuration.sets(instance, attribute) => {
                Ok(Value::Null)
            }
            Some(why) => self.ledger.miss_in_file(instance.address, attribute, why).ok_or(()),
        }
    }

    /// Returns a replacement for blocks that are unknown as a whole: the assumed blocks, or `null` if nothing is
    /// assumed. `None` if the blocks are known.
    fn assumed_blocks(
        &mut self,
        instance: &Instance<'p>,
        attribute: &str,
        blocks: Marked<'_>,
    ) -> Option<Value> {
        match blocks.missing_whole()? {
            UnknownBecause::AfterApply if !self.configuration.sets(instance, attribute) => Some(Value::Null),
            why => Some(self.ledger.miss(instance.address, attribute, why).unwrap_or(Value::Null)),
        }
    }

    /// Sets, on the resource itself, the fields in a block that occurs at most once.
    fn block(
        &mut self,
        instance: &Instance<'p>,
        attribute: &str,
        fields: &[Field],
        blocks: Marked<'_>,
        out: &mut Value,
    ) {
        let assumed = self.assumed_blocks(instance, attribute, blocks);
        let blocks = assumed.as_ref().map_or(blocks, Marked::plain);
        let block = if blocks.value.is_object() { blocks } else { blocks.item(0) };
        if block.value.is_object() {
            self.fields(instance, fields, &format!("{attribute}[0]."), block, out);
        }
    }

    fn blocks(
        &mut self,
        instance: &Instance<'p>,
        attribute: &str,
        fields: &[Field],
        blocks: Marked<'_>,
    ) -> Vec<Value> {
        let assumed = self.assumed_blocks(instance, attribute, blocks);
        let blocks = assumed.as_ref().map_or(blocks, Marked::plain);
        let count = blocks.value.as_array().map_or(0, Vec::len);
        let item = |index: usize| {
            let mut out = json!({});
            let inside = format!("{attribute}[{index}].");
            self.fields(instance, fields, &inside, blocks.item(index), &mut out);
            out
        };
        (0..count).map(item).collect()
    }

    /// Returns the id of the resource to which an attribute refers.
    fn reference(
        &mut self,
        instance: &Instance<'p>,
        attribute: &str,
        value: Marked<'_>,
        kinds: &[&str],
    ) -> Option<String> {
        let Some(why) = value.missing() else {
            let text = value.value.as_str()?.trim();
            return (!text.is_empty()).then(|| self.known(text));
        };
        if !self.configuration.sets(instance, attribute) {
            return None;
        }
        if let Some(index) = self.configuration.referred(instance, attribute, kinds) {
            return self.ids.get(index).cloned();
        }
        let why = if why == UnknownBecause::AfterApply { UnknownBecause::Reference } else { why };
        let assumed = self.ledger.miss(instance.address, attribute, why)?;
        Some(self.known(assumed.as_str()?))
    }

    /// Returns the id of the resource with a given address. If an id is given instead, returns the planned id of the
    /// resource that will have that id.
    fn known(&self, text: &str) -> String {
        let instances = self.configuration.instances;
        let same = |index: usize| {
            let id = self.ids.get(index).map(String::as_str).unwrap_or_default();
            let by_address = instances.get(index).is_some_and(|instance| instance.address == text);
            by_address || (id.starts_with(PLANNED) && group_on(id).eq_ignore_ascii_case(group_on(text)))
        };
        let found = (0..instances.len()).find(|index| same(*index));
        found.and_then(|index| self.ids.get(index)).map_or_else(|| text.to_owned(), Clone::clone)
    }
}

/// Sets a value at a path such as `properties.sku.name`; does nothing if the value is empty.
pub(super) fn set(out: &mut Value, path: &str, value: Value) {
    let empty = match &value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    if empty {
        return;
    }
    let mut node = out;
    for part in path.split('.') {
        if !node.is_object() {
            *node = Value::Object(Map::new());
        }
        let Some(map) = node.as_object_mut() else { return };
        node = map.entry(part).or_insert(Value::Null);
    }
    *node = value;
}
