//! Imports Azure Resource Manager templates, as exported with `az group export` or `az deployment group export`, or
//! compiled from Bicep.
//!
//! The resources in a template have the structure of Azure's REST responses, with expressions in place of values. After
//! the expressions are evaluated, the resources are imported like an export. A value that is known only during a
//! deployment (`reference`, parameters without a value) is an [`Unknown`] if it affects paths.

mod expression;
mod functions;
mod json;
mod refusal;
mod scope;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

pub use refusal::TemplateError;

use super::azure::settings::{self, NOT_TOLD, effect_of};
use super::azure::{ImportOptions, InputKind, UNKNOWN_NEXT_HOP};
use super::declared::Declared;
use super::unknown::{Assumptions, Ledger, Unknown, UnknownBecause};
use crate::catalog::Catalog;
use crate::import::merge::Described;
use crate::import::resource_tree::{Laid, endpoint_address, lay};
use crate::network::file::NetworkFile;
use scope::{GROUP, Scope, Work, id, is_deployment, resources};

/// A parsed template.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Template {
    declared: Declared,
    /// Unknown values that affect paths.
    pub unknown: Vec<Unknown>,
    /// The number of resources that are ignored because they do not affect routing, by type.
    pub ignored: BTreeMap<String, u64>,
}

impl Template {
    /// Returns the declared network; see [`Plan::import`](super::terraform::Plan::import).
    pub fn import(&self, catalog: &Catalog, options: &ImportOptions, base: Option<&NetworkFile>) -> Laid {
        let mut described = Described::default();
        described.add(&self.declared);
        let options = ImportOptions { origin: InputKind::Arm, routes_folder: None, ..options.clone() };
        lay(&self.declared, &described, catalog, &options, base)
    }
}

/// Reads a template with its parameter file; assumptions replace unknown values.
///
/// # Errors
///
/// Returns [`TemplateError`] if the text is not a template, or if an assumption matches no unknown value.
///
/// # Complexity
///
/// Linear in the number of resources after loops are expanded. This number is limited.
pub fn read(
    text: &str,
    parameters: Option<&str>,
    assumptions: &Assumptions,
) -> Result<Template, TemplateError> {
    let template = json_of(text, "the template")?;
    let schema = template.get("$schema").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    if !schema.contains("deploymenttemplate.json") || template.get("resources").is_none() {
        return Err(TemplateError::NotATemplate);
    }
    let parameters = parameters.map(|text| json_of(text, "the parameter file")).transpose()?;
    let given = match &parameters {
        Some(file) => file.get("parameters").and_then(Value::as_object).ok_or(TemplateError::NoParameters)?,
        None => &Map::new(),
    };
    let work = Work::default();
    let mut reading =
        Reading { declared: Declared::default(), ignored: BTreeMap::new(), ledger: Ledger::new(assumptions) };
    let outer = Scope::new(&template, given, &work);
    reading.template(&template, &outer);
    let Reading { mut declared, ignored, ledger } = reading;
    let unknowns = ledger.finish();
    if let Some(place) = Declared::accept(&mut [&mut declared], &unknowns) {
        return Err(TemplateError::Assumption { nearest: unknowns.nearest(&place), place });
    }
    Ok(Template { declared, unknown: unknowns.unknown, ignored })
}

fn json_of(text: &str, what: &'static str) -> Result<Value, TemplateError> {
    let text = text.trim_start_matches('\u{feff}');
    serde_json::from_str(&json::strict(text)).map_err(|error| TemplateError::Syntax {
        what,
        line: error.line(),
        column: error.column(),
    })
}

struct Reading<'a> {
    declared: Declared,
    ignored: BTreeMap<String, u64>,
    ledger: Ledger<'a>,
}

impl Reading<'_> {
    fn template<'t>(&mut self, template: &'t Value, scope: &Scope<'t>) {
        for (symbol, resource) in resources(template) {
            self.repeated(resource, symbol, &[], scope);
        }
    }

    /// Adds a resource for each iteration of its loop; `outer` contains the types and names of the enclosing resources.
    fn repeated<'t>(
        &mut self,
        resource: &'t Value,
        symbol: Option<&str>,
        outer: &[(String, String)],
        scope: &Scope<'t>,
    ) {
        let Some(repeated) = resource.get("copy").filter(|copy| copy.is_object()) else {
            return self.resource(resource, symbol, outer, scope);
        };
        let kind = kind_of(resource, outer);
        if taken(&kind).is_none() && !is_deployment(resource) {
            // The number of iterations is irrelevant for resources that do not affect routing or are marked as a whole.
            return self.resource(resource, symbol, outer, scope);
        }
        let name = repeated.get("name").and_then(Value::as_str).unwrap_or_default();
        let Some(count) = scope.count(repeated) else {
            self.ledger.miss(&format!("loop {name}"), "count", UnknownBecause::Expression);
            return;
        };
        for index in 0..count {
            if scope.is_spent() {
                self.ledger.miss(&format!("loop {name}"), "count", UnknownBecause::Expression);
                return;
            }
            self.resource(resource, symbol, outer, &scope.round(name, index));
        }
    }

    fn resource<'t>(
        &mut self,
        resource: &'t Value,
        symbol: Option<&str>,
        outer: &[(String, String)],
        scope: &Scope<'t>,
    ) {
        let name = resource.get("name").and_then(|name| scope.value(name));
        let name = name.as_ref().and_then(Value::as_str).map(str::to_owned);
        let shown = name.clone().or(symbol.map(str::to_owned)).unwrap_or_else(|| "unnamed".to_owned());
        if resource.get("existing").and_then(Value::as_bool) == Some(true) {
            return;
        }
        if is_deployment(resource) {
            return self.deployment(resource, &shown, scope);
        }
        let kind = kind_of(resource, outer);
        let name = match outer.last() {
            Some((_, of)) if kind != type_of(resource) => name.map(|name| format!("{of}/{name}")),
            _ => name,
        };
        let Some(short) = taken(&kind) else {
            if effect_of(short_of(&kind)).is_some() {
                return self.whole(resource, &kind, name.unwrap_or(shown), scope);
            }
            *self.ignored.entry(crate::import::azure::redact::redact(&kind)).or_default() += 1;
            return;
        };
        let address = format!("{short}/{}", name.as_deref().unwrap_or(&shown));
        match resource.get("condition").map(|condition| scope.value(condition)) {
            Some(Some(Value::Bool(false))) => return,
            None | Some(Some(Value::Bool(true))) => {}
            Some(_) => {
                let assumed = self.ledger.miss(&address, "condition", UnknownBecause::Expression);
                if assumed != Some(Value::Bool(true)) {
                    return;
                }
            }
        }
        let name = name.or_else(|| {
            self.ledger.miss(&address, "name", UnknownBecause::Expression)?.as_str().map(str::to_owned)
        });
        let Some(name) = name else { return };
        self.push(resource, &kind, &name, &address, scope);
        let here = outer.iter().cloned().chain([(kind, name)]).collect::<Vec<_>>();
        for (symbol, child) in resources(resource) {
            self.repeated(child, symbol, &here, scope);
        }
    }

    /// Adds a resource that affects routing but that a network file cannot represent. The resource is marked by its
    /// name.
    fn whole<'t>(&mut self, resource: &'t Value, kind: &str, name: String, scope: &Scope<'t>) {
        if resource.get("condition").map(|condition| scope.value(condition)) == Some(Some(Value::Bool(false)))
        {
            return;
        }
        let parts = kind.split('/').skip(1).count();
        let names = name.split('/').collect::<Vec<_>>();
        // If the name does not have one part for each part of the type, each part is set to the whole name.
        let joined = name.replace('/', "-");
        let names = if names.len() == parts { names } else { vec![joined.as_str(); parts] };
        let Some(id) = id(GROUP, kind, &names) else { return };
        let address = format!("{}/{name}", short_of(kind));
        self.declared.addresses.insert(id.to_ascii_lowercase(), address.clone());
        self.declared.changed.insert(id.to_ascii_lowercase(), address);
        self.declared.resources.push(json!({"id": id, "type": kind, "name": name}));
        let here = [(kind.to_owned(), name)];
        for (symbol, child) in resources(resource) {
            self.repeated(child, symbol, &here, scope);
        }
    }

    fn push(&mut self, resource: &Value, kind: &str, name: &str, address: &str, scope: &Scope<'_>) {
        let Some(id) = id(GROUP, kind, &name.split('/').collect::<Vec<_>>()) else {
            self.ledger.miss(address, "name", UnknownBecause::Expression);
            return;
        };
        settings::unknown_in(short_of(kind), resource, &mut self.declared.unknown);
        let ledger = &mut self.ledger;
        let mut next_hops = Vec::new();
        let mut missing = |place: &str| {
            // A setting that the file cannot express is marked even if its value is unknown.
            if settings::only_marked(short_of(kind), place) {
                return Some(NOT_TOLD.into());
            }
            // The region is optional in a network file, so an unknown region is omitted.
            if place == "location" {
                return None;
            }
            let Some((route, _)) = place.rsplit_once(".nextHop") else {
                return ledger.miss(address, place, UnknownBecause::Expression);
            };
            let assumed = ledger.miss_in_file(address, place, UnknownBecause::Expression);
            if assumed.is_none() {
                next_hops.push(format!("/{route}").replace(['.', '['], "/").replace(']', ""));
            }
            assumed
        };
        let mut whole = scope.known(&relevant(resource), "", &mut missing);
        for route in next_hops {
            if let Some(route) = whole.pointer_mut(&route).and_then(Value::as_object_mut) {
                route.insert("nextHopType".to_owned(), UNKNOWN_NEXT_HOP.into());
            }
        }
        if let Some(map) = whole.as_object_mut() {
            map.insert("id".to_owned(), id.clone().into());
            map.insert("type".to_owned(), kind.into());
            map.insert("name".to_owned(), name.rsplit('/').next().unwrap_or(name).into());
        }
        let place = "properties.customDnsConfigs[0].ipAddresses";
        endpoint_address(&mut self.ledger, &mut whole, address, place);
        self.declared.addresses.insert(id.to_ascii_lowercase(), address.to_owned());
        self.declared.changed.insert(id.to_ascii_lowercase(), address.to_owned());
        self.declared.resources.push(whole);
    }

    fn deployment<'t>(&mut self, deployment: &'t Value, name: &str, scope: &Scope<'t>) {
        let condition = deployment.get("condition").map(|condition| scope.value(condition));
        if condition == Some(Some(Value::Bool(false))) {
            return;
        }
        let template = deployment.pointer("/properties/template");
        let (Some(template), Some(inside)) = (template, scope.inside(deployment)) else {
            self.ledger.miss(
                &format!("deployments/{name}"),
                "properties.template",
                UnknownBecause::Expression,
            );
            return;
        };
        self.template(template, &inside);
    }
}

/// The imported types, without `Microsoft.Network/`.
const TYPES: [&str; 13] = [
    "connections",
    "expressRouteCircuits",
    "expressRouteCircuits/peerings",
    "expressRouteGateways",
    "expressRouteGateways/expressRouteConnections",
    "privateEndpoints",
    "routeFilters",
    "routeFilters/routeFilterRules",
    "routeTables",
    "routeTables/routes",
    "virtualNetworkGateways",
    "virtualNetworks",
    "virtualNetworks/subnets",
];

/// Returns the type as written in a resource.
fn type_of(resource: &Value) -> &str {
    resource.get("type").and_then(Value::as_str).unwrap_or_default()
}

/// Returns the full type of a resource. The full type of a nested resource is derived from its own type and its
/// parent's type.
fn kind_of(resource: &Value, outer: &[(String, String)]) -> String {
    let given = type_of(resource);
    match outer.last() {
        Some((kind, _)) if !given.contains('.') => format!("{kind}/{given}"),
        _ => given.to_owned(),
    }
}

/// Returns the type without the provider `Microsoft.Network`.
fn short_of(kind: &str) -> &str {
    match kind.split_once('/') {
        Some((provider, path)) if provider.eq_ignore_ascii_case("Microsoft.Network") => path,
        _ => kind,
    }
}

/// Returns the type without its provider, if it is imported.
pub(super) fn taken(kind: &str) -> Option<&'static str> {
    let (provider, path) = kind.split_once('/')?;
    let peerings = "virtualNetworks/virtualNetworkPeerings";
    let mut types = TYPES.into_iter().chain([peerings]);
    types.find(|known| provider.eq_ignore_ascii_case("Microsoft.Network") && known.eq_ignore_ascii_case(path))
}

/// Fields that enclose a field selected by [`settings::matters`], or are nested in one. Apart from these and the
/// selected fields, nothing is evaluated; in particular, no secret keys.
const FIELDS: [&str; 19] = [
    "bandwidthInMbps",
    "copy",
    "count",
    "id",
    "input",
    "ipAddresses",
    "location",
    "microsoftPeeringConfig",
    "name",
    "peeringLocation",
    "primaryPeerAddressPrefix",
    "privateIPAddress",
    "properties",
    "secondaryPeerAddressPrefix",
    "service",
    "serviceProviderName",
    "subnet",
    "tier",
    "virtualNetworkCommunity",
];

/// Returns the part of a resource that affects paths.
fn relevant(value: &Value) -> Value {
    let known =
        |key: &str| FIELDS.iter().any(|known| known.eq_ignore_ascii_case(key)) || settings::matters(key);
    match value {
        Value::Object(map) => {
            // The `copy` of a resource is an object; the `copy` of its properties is a list.
            let keep = |(key, value): &(&String, &Value)| {
                known(key) && !(key.as_str() == "copy" && value.is_object())
            };
            Value::Object(
                map.iter()
                    .filter(keep)
                    .map(|(key, value)| {
                        let reduced = relevant(value);
                        let lost = settings::is_lost(key, value, &reduced);
                        (key.clone(), if lost { settings::SET.into() } else { reduced })
                    })
                    .collect(),
            )
        }
        Value::Array(items) => items.iter().map(relevant).collect(),
        other => other.clone(),
    }
}
