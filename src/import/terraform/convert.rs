//! Converts one side of a plan to resources of Azure Resource Manager, which the import of exports reads.

use serde_json::{Map, Value, json};

use super::document::{Instance, any};
use super::references::Configuration;
use crate::import::azure::settings::{NOT_TOLD, WHOLE};
use crate::import::declared::{Association, Declared};
use crate::import::resource_tree::endpoint_address;
use crate::import::terraform::azurerm_schema::{
    ASSOCIATED, ASSOCIATION, Field, KINDS, Kind, NAT_ASSOCIATED, NAT_ASSOCIATION, PORT, kind,
};
use crate::import::terraform::{attributes, azapi, marked_types};
use crate::import::unknown::{Ledger, Why};

/// Converts a side; every resource counts as changed.
pub(super) fn convert(
    instances: &[Instance<'_>],
    configuration: Option<&Value>,
    ledger: &mut Ledger<'_>,
) -> Declared {
    let configuration = Configuration { root: configuration, instances };
    let ids = identify(configuration);
    let mut side = Side { configuration, ids, ledger };
    let mut converted = Declared::default();
    for index in 0..instances.len() {
        side.resource(index, &mut converted);
    }
    ports(&mut converted.resources);
    converted
}

struct Side<'p, 'a, 'l, 'm> {
    configuration: Configuration<'p, 'a>,
    /// The id of each instance.
    ids: Vec<String>,
    ledger: &'l mut Ledger<'m>,
}

/// A value with its unknown and sensitive marks.
#[derive(Clone, Copy)]
struct Marked<'v> {
    value: &'v Value,
    unknown: &'v Value,
    sensitive: &'v Value,
}

static NOTHING: Value = Value::Null;

impl<'v> Marked<'v> {
    fn plain(value: &'v Value) -> Self {
        Self { value, unknown: &NOTHING, sensitive: &NOTHING }
    }

    fn field(self, name: &str) -> Self {
        let within =
            |mark: &'v Value| if mark.is_boolean() { mark } else { mark.get(name).unwrap_or(&NOTHING) };
        Self {
            value: self.value.get(name).unwrap_or(&NOTHING),
            unknown: within(self.unknown),
            sensitive: within(self.sensitive),
        }
    }

    fn item(self, index: usize) -> Self {
        let within =
            |mark: &'v Value| if mark.is_boolean() { mark } else { mark.get(index).unwrap_or(&NOTHING) };
        Self {
            value: self.value.get(index).unwrap_or(&NOTHING),
            unknown: within(self.unknown),
            sensitive: within(self.sensitive),
        }
    }

    /// Returns why the value is unknown, even in part; `None` if it is known.
    fn missing(self) -> Option<Why> {
        match (any(self.unknown), any(self.sensitive)) {
            (true, _) => Some(Why::AfterApply),
            (_, true) => Some(Why::Sensitive),
            _ => None,
        }
    }

    /// Like [`Self::missing`], for a list of blocks as a whole.
    fn missing_whole(self) -> Option<Why> {
        match (self.unknown, self.sensitive) {
            (Value::Bool(true), _) => Some(Why::AfterApply),
            (_, Value::Bool(true)) => Some(Why::Sensitive),
            _ => None,
        }
    }
}

impl<'p> Side<'p, '_, '_, '_> {
    fn resource(&mut self, index: usize, converted: &mut Declared) {
        let Some(instance) = self.configuration.instances.get(index).cloned() else { return };
        let whole =
            Marked { value: instance.values, unknown: instance.unknown, sensitive: instance.sensitive };
        if instance.kind == ASSOCIATION {
            let mut found = json!({});
            self.fields(&instance, &ASSOCIATED, "", whole, &mut found);
            let id = |pointer: &str| found.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            if let (Some(subnet), Some(table)) = (id("/subnet/id"), id("/routeTable/id")) {
                converted.associations.push(Association {
                    address: instance.address.to_owned(),
                    subnet,
                    table,
                    changed: false,
                });
            }
            return;
        }
        let Some(id) = self.ids.get(index).cloned() else { return };
        if instance.kind == NAT_ASSOCIATION {
            let mut found = json!({});
            self.fields(&instance, &NAT_ASSOCIATED, "", whole, &mut found);
            converted
                .nat_subnets
                .extend(found.pointer("/subnet/id").and_then(Value::as_str).map(str::to_owned));
            return;
        }
        if let Some(azure) = azapi::kind(&instance) {
            if let Some(resource) = azapi::resource(&instance, azure, &id, self.ledger) {
                push(converted, &instance, &id, resource);
            }
            return;
        }
        let Some(kind) = kind(instance.kind) else {
            if let Some(azure) = marked_types::azure_type(&instance) {
                let name = id.rsplit('/').next().unwrap_or_default();
                push(converted, &instance, &id, json!({"id": id, "type": azure, "name": name}));
            }
            return;
        };
        attributes::count_unknown(&instance, kind, &mut converted.unknown);
        if instance.data && converted.resources.iter().any(|known| known.get("id") == Some(&json!(id))) {
            return;
        }
        let mut resource = json!({"id": id, "type": format!("Microsoft.Network/{}", kind.azure)});
        set(&mut resource, "name", called(&instance, kind).into());
        self.fields(&instance, kind.fields, "", whole, &mut resource);
        self.one_family(&instance, &mut resource);
        endpoint_address(
            self.ledger,
            &mut resource,
            instance.address,
            "private_service_connection[0].private_ip_address",
        );
        push(converted, &instance, &id, resource);
    }

    /// Handles a peering that is disabled for IPv4 and enabled for IPv6: a network file has one state for both.
    fn one_family(&mut self, instance: &Instance<'_>, resource: &mut Value) {
        let text = |pointer: &str| resource.pointer(pointer).and_then(Value::as_str);
        let off = text("/properties/state") == Some("Disabled");
        let ipv6 = resource.pointer("/properties/ipv6PeeringConfig").is_some()
            && text("/properties/ipv6PeeringConfig/state") != Some("Disabled");
        if instance.kind.ends_with("_peering") && off && ipv6 {
            let assumed = self.ledger.miss(instance.address, "ipv4_enabled", Why::NoPlace);
            if assumed == Some(Value::Bool(true)) {
                set(resource, "properties.state", "Enabled".into());
            }
        }
    }

    /// Sets the values of the fields; `inside` is the enclosing attribute, with its trailing dot.
    fn fields(
        &mut self,
        instance: &Instance<'p>,
        fields: &[Field],
        inside: &str,
        values: Marked<'_>,
        out: &mut Value,
    ) {
        for field in fields {
            match field {
                Field::Value(name, path) => {
                    if let Some(value) = self.value(instance, &format!("{inside}{name}"), values.field(name))
                    {
                        set(out, path, value);
                    }
                }
                Field::OrUnknown(name, path, word_path, word) => {
                    let attribute = format!("{inside}{name}");
                    match self.value_or_word(instance, &attribute, values.field(name)) {
                        Ok(value) => set(out, path, value),
                        Err(()) => set(out, word_path, (*word).into()),
                    }
                }
                Field::Label(name, path) => {
                    let value = values.field(name);
                    if value.missing().is_none() {
                        set(out, path, value.value.clone());
                    }
                }
                Field::Marked(name, path) => {
                    let value = values.field(name);
                    let attribute = format!("{inside}{name}");
                    match value.missing() {
                        None => set(out, path, value.value.clone()),
                        Some(Why::AfterApply) if !self.configuration.sets(instance, &attribute) => {}
                        Some(_) => set(out, path, NOT_TOLD.into()),
                    }
                }
                Field::Not(name, path) => {
                    let value = self.value(instance, &format!("{inside}{name}"), values.field(name));
                    if let Some(flag) = value.as_ref().and_then(Value::as_bool) {
                        set(out, path, Value::Bool(!flag));
                    }
                }
                Field::Words(name, path, [yes, no]) => {
                    let value = self.value(instance, &format!("{inside}{name}"), values.field(name));
                    if let Some(flag) = value.as_ref().and_then(Value::as_bool) {
                        set(out, path, (if flag { *yes } else { *no }).into());
                    }
                }
                Field::Objects(name, path, key) => {
                    let value = self.value(instance, &format!("{inside}{name}"), values.field(name));
                    let items = value.as_ref().and_then(Value::as_array).map(Vec::as_slice);
                    let objects = items.unwrap_or_default().iter().map(|item| json!({*key: item}));
                    set(out, path, objects.collect());
                }
                Field::Reference(name, path, kinds) => {
                    let attribute = format!("{inside}{name}");
                    if let Some(id) = self.reference(instance, &attribute, values.field(name), kinds) {
                        set(out, path, Value::String(id));
                    }
                }
                Field::Block(name, fields) => {
                    let blocks = values.field(name);
                    let assumed = self.assumed_blocks(instance, &format!("{inside}{name}"), blocks);
                    let blocks = assumed.as_ref().map_or(blocks, Marked::plain);
                    let block = if blocks.value.is_object() { blocks } else { blocks.item(0) };
                    if block.value.is_object() {
                        self.fields(instance, fields, &format!("{inside}{name}[0]."), block, out);
                    }
                }
                Field::Blocks(name, path, fields) => {
                    let items = self.blocks(instance, &format!("{inside}{name}"), fields, values.field(name));
                    set(out, path, Value::Array(items));
                }
            }
        }
    }

    /// Returns a value that affects paths; a value that Azure chooses if it is not set counts as unset.
    fn value(&mut self, instance: &Instance<'p>, attribute: &str, value: Marked<'_>) -> Option<Value> {
        match value.missing() {
            None => Some(value.value.clone()),
            Some(Why::AfterApply) if !self.configuration.sets(instance, attribute) => None,
            Some(why) => self.ledger.miss(instance.address, attribute, why),
        }
    }

    /// Like [`Self::value`], for a value that the network file can record as unknown; `Err` if it must do so.
    fn value_or_word(
        &mut self,
        instance: &Instance<'p>,
        attribute: &str,
        value: Marked<'_>,
    ) -> Result<Value, ()> {
        match value.missing() {
            None => Ok(value.value.clone()),
            Some(Why::AfterApply) if !self.configuration.sets(instance, attribute) => Ok(Value::Null),
            Some(why) => self.ledger.miss_in_file(instance.address, attribute, why).ok_or(()),
        }
    }

    /// Returns the assumption for blocks that are unknown as a whole; without an assumption, no blocks.
    fn assumed_blocks(
        &mut self,
        instance: &Instance<'p>,
        attribute: &str,
        blocks: Marked<'_>,
    ) -> Option<Value> {
        match blocks.missing_whole()? {
            Why::AfterApply if !self.configuration.sets(instance, attribute) => Some(Value::Null),
            why => Some(self.ledger.miss(instance.address, attribute, why).unwrap_or(Value::Null)),
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
        let why = if why == Why::AfterApply { Why::Reference } else { why };
        let assumed = self.ledger.miss(instance.address, attribute, why)?;
        Some(self.known(assumed.as_str()?))
    }

    /// Returns the id of a resource by its address; for an id, the planned id of the resource that will have it.
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

fn push(converted: &mut Declared, instance: &Instance<'_>, id: &str, resource: Value) {
    converted.addresses.insert(id.to_ascii_lowercase(), instance.address.to_owned());
    converted.changed.insert(id.to_ascii_lowercase(), instance.address.to_owned());
    converted.resources.push(resource);
}

/// The beginning of ids whose subscription the plan does not contain.
const PLANNED: &str = "/subscriptions/planned/";

/// Returns the part of an id that begins with its resource group.
fn group_on(id: &str) -> &str {
    let at = id.match_indices('/').nth(2).map_or(0, |(at, _)| at);
    id.get(at..).unwrap_or_default()
}

/// Returns the ids of all instances: existing ones, or those that Azure will assign from groups and names.
fn identify(configuration: Configuration<'_, '_>) -> Vec<String> {
    let instances = configuration.instances;
    let mut ids = vec![String::new(); instances.len()];
    // The id of a child contains its parent's id, so children come second.
    for of_others in [false, true] {
        for (index, instance) in instances.iter().enumerate() {
            let id = match kind(instance.kind) {
                Some(kind) if kind.parent.is_some() == of_others => {
                    id_of(instance, kind, configuration, &ids)
                }
                None if !of_others => id_elsewhere(instance),
                _ => continue,
            };
            if let Some(slot) = ids.get_mut(index) {
                *slot = id;
            }
        }
    }
    ids
}

/// Returns the id of a resource of another provider, or of one that is marked but not read.
fn id_elsewhere(instance: &Instance<'_>) -> String {
    if let Some(kind) = azapi::kind(instance) {
        return azapi::id(instance, kind, PLANNED);
    }
    let Some(azure) = marked_types::azure_type(instance) else { return String::new() };
    // One name for each part of the type, so that the type can be derived from the id.
    let name =
        instance.values.get("name").and_then(Value::as_str).unwrap_or(instance.address).replace('/', "-");
    let network = effect_of_network(azure);
    let (provider, path) =
        if network { ("Microsoft.Network", azure) } else { azure.split_once('/').unwrap_or((azure, "")) };
    let (outer, own) = path.rsplit_once('/').map_or((None, path), |(outer, own)| (Some(outer), own));
    let of = instance.address.replace('/', "-");
    let outer = outer.into_iter().flat_map(|outer| outer.split('/')).map(|part| format!("/{part}/{of}"));
    format!("{PLANNED}providers/{provider}{}/{own}/{name}", outer.collect::<String>())
}

/// Returns whether a type belongs to `Microsoft.Network`, whose names omit the provider.
fn effect_of_network(azure: &str) -> bool {
    WHOLE.iter().any(|(name, _)| *name == azure)
}

fn id_of(
    instance: &Instance<'_>,
    kind: &Kind,
    configuration: Configuration<'_, '_>,
    ids: &[String],
) -> String {
    let text = |name: &str| instance.values.get(name).and_then(Value::as_str);
    if let Some(id) = text("id").filter(|id| id.starts_with('/')) {
        return id.to_owned();
    }
    let name = called(instance, kind);
    let group = text("resource_group_name").unwrap_or("planned");
    let provider = format!("{PLANNED}resourceGroups/{group}/providers/Microsoft.Network");
    let Some(parent) = kind.parent else { return format!("{provider}/{}/{name}", kind.azure) };
    let (of, own) = kind.azure.split_once('/').unwrap_or((kind.azure, ""));
    let given = text(parent.attribute);
    if let Some(id) = given.filter(|given| given.starts_with('/')) {
        return format!("{id}/{own}/{name}");
    }
    let tail = given.map(|given| format!("/resourceGroups/{group}/providers/Microsoft.Network/{of}/{given}"));
    let named = |tail: &String| {
        let mut found = ids.iter().filter(|id| group_on(id).eq_ignore_ascii_case(tail));
        found.next().filter(|_| found.next().is_none()).cloned()
    };
    let referred = || {
        let index = configuration.referred(instance, parent.attribute, &[parent.kind])?;
        ids.get(index).cloned()
    };
    let parent = tail.as_ref().and_then(named).or_else(referred);
    let parent = parent.unwrap_or_else(|| format!("{provider}/{of}/{}", given.unwrap_or("unknown")));
    format!("{parent}/{own}/{name}")
}

/// Returns the name of a resource, or its address if the name is not known yet.
fn called(instance: &Instance<'_>, kind: &Kind) -> String {
    let name = instance.values.get(kind.called).and_then(Value::as_str).filter(|name| !name.is_empty());
    name.unwrap_or(instance.address).replace('/', "-")
}

/// Sets a value at a path such as `properties.sku.name`; does nothing if the value is empty.
fn set(out: &mut Value, path: &str, value: Value) {
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

/// Sets the peering location of circuits on an ExpressRoute Direct port to that of the port.
fn ports(resources: &mut Vec<Value>) {
    let azure = KINDS.iter().find(|kind| kind.name == PORT).map_or("", |kind| kind.azure);
    let kind = format!("Microsoft.Network/{azure}");
    let (ports, others): (Vec<_>, Vec<_>) = std::mem::take(resources)
        .into_iter()
        .partition(|resource| resource.get("type") == Some(&json!(kind)));
    *resources = others;
    for circuit in resources {
        let Some(id) = circuit.pointer("/properties/expressRoutePort/id").and_then(Value::as_str) else {
            continue;
        };
        let port = ports.iter().find(|port| crate::import::azure::flatten::has_id(port, id));
        let location = port.and_then(|port| port.pointer("/properties/peeringLocation")).cloned();
        if let Some(location) = location {
            set(circuit, "properties.serviceProviderProperties.peeringLocation", location);
        }
    }
}
