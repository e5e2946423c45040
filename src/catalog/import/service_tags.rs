//! Azure service tags: the weekly download, the REST and CLI output, and PowerShell's form of that output.

use super::node::Node;
use super::{FeedNotes, Found, Refusal, Tolerance};
use crate::catalog::{Cloud, Records, ServiceTag};

/// The fields of the response itself. The download has only the first three.
const ANSWER: [&str; 8] = ["changeNumber", "cloud", "values", "value", "id", "name", "type", "nextLink"];
const TAG: [&str; 6] = ["name", "id", "properties", "serviceChangeNumber", "type", "displayName"];
const PROPERTIES: [&str; 8] = [
    "changeNumber",
    "region",
    "regionId",
    "platform",
    "systemService",
    "addressPrefixes",
    "networkFeatures",
    "state",
];

pub(super) fn read(root: &Node<'_>, notes: &mut FeedNotes) -> Result<Found, Refusal> {
    let mut change_number = None;
    let mut cloud = None;
    let values = if root.is_object() {
        root.object(&ANSWER, notes)?;
        super::refuse_next_page(root)?;
        change_number = root.number("changeNumber", notes)?;
        if let Some(node) = root.get("cloud") {
            let text = root.text("cloud", notes)?;
            cloud = Some(Cloud::from_feed(&text).ok_or_else(|| {
                node.refuse("`Public`, `AzureGovernment` or `China`", "other clouds are not supported")
            })?);
        }
        root.get("values").or_else(|| root.get("value"))
    } else {
        Some(*root)
    };
    let mut tags: Vec<ServiceTag> = Vec::new();
    if let Some(values) = &values {
        for value in values.elements()? {
            tags.push(read_tag(&value, notes)?);
        }
    }
    Ok(Found {
        records: Records::ServiceTags(join_duplicates(tags, notes)),
        cloud,
        change_number,
        instance: None,
    })
}

fn read_tag(node: &Node<'_>, notes: &mut FeedNotes) -> Result<ServiceTag, Refusal> {
    node.object(&TAG, notes)?;
    let name = node.required_text("name", notes)?;
    let mut id = node.text("id", notes)?;
    if id.is_empty() {
        id.clone_from(&name);
    }
    let properties = node.get("properties").ok_or_else(|| Refusal::Missing {
        path: node.path_of("properties"),
        remedy: "get the file again; this field contains the prefixes of the tag",
    })?;
    properties.object(&PROPERTIES, notes)?;
    if !properties.has("addressPrefixes") {
        return Err(Refusal::Missing {
            path: properties.path_of("addressPrefixes"),
            remedy: "get the file again; a tag without the list would lose all of its prefixes",
        });
    }
    let mut network_features = Vec::new();
    for text in properties.texts("networkFeatures", false, notes)? {
        network_features.extend(text.split([' ', ',']).filter(|text| !text.is_empty()).map(str::to_owned));
    }
    Ok(ServiceTag {
        name,
        id,
        region: properties.text("region", notes)?,
        region_id: properties.number_u32("regionId", notes)?.unwrap_or_default(),
        platform: properties.text("platform", notes)?,
        system_service: properties.text("systemService", notes)?,
        change_number: properties.number("changeNumber", notes)?.unwrap_or_default(),
        network_features,
        prefixes: properties.prefixes("addressPrefixes", true, notes)?,
        source: 0,
    })
}

/// Joins the prefixes of tags with the same name (ignoring case). The other fields of the first tag are kept.
fn join_duplicates(mut tags: Vec<ServiceTag>, notes: &mut FeedNotes) -> Vec<ServiceTag> {
    tags.sort_by_cached_key(|tag| tag.name.to_ascii_lowercase());
    let mut joined: Vec<ServiceTag> = Vec::with_capacity(tags.len());
    for tag in tags {
        match joined.last_mut() {
            Some(last) if last.name.eq_ignore_ascii_case(&tag.name) => {
                notes.add(Tolerance::DuplicateRecord, || tag.name.clone());
                last.prefixes.extend(tag.prefixes);
            }
            _ => joined.push(tag),
        }
    }
    joined
}
