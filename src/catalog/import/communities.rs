//! `bgpServiceCommunities`: the REST response, the CLI's flattened list, and PowerShell's objects.

use super::node::Node;
use super::{FeedNotes, Found, Refusal, Tolerance};
use crate::catalog::{Cloud, CommunityEntry, CommunityKind, Records};
use crate::rib::Community;

const ANSWER: [&str; 3] = ["value", "nextLink", "count"];
const SERVICE: [&str; 10] = [
    "name",
    "id",
    "type",
    "location",
    "tags",
    "resourceGroup",
    "properties",
    "serviceName",
    "bgpCommunities",
    "bgpCommunitiesText",
];
const PROPERTIES: [&str; 2] = ["serviceName", "bgpCommunities"];
const ENTRY: [&str; 6] = [
    "communityName",
    "communityValue",
    "communityPrefixes",
    "isAuthorizedToUse",
    "serviceGroup",
    "serviceSupportedRegion",
];

pub(super) fn read(root: &Node<'_>, notes: &mut FeedNotes) -> Result<Found, Refusal> {
    let mut entries = Vec::new();
    let wrapped = root.get("value");
    if wrapped.is_some() {
        root.object(&ANSWER, notes)?;
        super::refuse_next_page(root)?;
    }
    let list = wrapped.as_ref().unwrap_or(root);
    if list.is_object() {
        read_service(list, &mut entries, notes)?;
    } else {
        for service in list.elements()? {
            read_service(&service, &mut entries, notes)?;
        }
    }
    let entries = join_duplicates(entries, notes);
    let cloud = cloud_of(&entries);
    Ok(Found { records: Records::Communities(entries), cloud, change_number: None, instance: None })
}

fn read_service(
    node: &Node<'_>,
    entries: &mut Vec<CommunityEntry>,
    notes: &mut FeedNotes,
) -> Result<(), Refusal> {
    node.object(&SERVICE, notes)?;
    let properties = node.get("properties");
    if let Some(properties) = &properties {
        properties.object(&PROPERTIES, notes)?;
    }
    let body = properties.as_ref().unwrap_or(node);
    let mut service = body.text("serviceName", notes)?;
    if service.is_empty() {
        service = node.text("name", notes)?;
    }
    let Some(list) = body.get("bgpCommunities") else {
        notes.add(Tolerance::MissingList, || body.path_of("bgpCommunities"));
        return Ok(());
    };
    for entry in list.elements()? {
        entry.object(&ENTRY, notes)?;
        let prefixes = entry.prefixes("communityPrefixes", true, notes)?;
        let Some(value) = community_of(&entry) else {
            notes.add(Tolerance::OddCommunity, || entry.path_of("communityValue"));
            continue;
        };
        if prefixes.is_empty() {
            notes.add(Tolerance::CommunityWithoutPrefixes, || entry.path());
        }
        let mut name = entry.text("communityName", notes)?;
        if name.is_empty() {
            notes.add(Tolerance::MissingField, || entry.path_of("communityName"));
            name = value.to_string();
        }
        entries.push(CommunityEntry {
            value,
            name,
            service: service.clone(),
            group: entry.text("serviceGroup", notes)?,
            supported_region: entry.text("serviceSupportedRegion", notes)?,
            authorized: entry.flag("isAuthorizedToUse", notes)?,
            prefixes,
        });
    }
    Ok(())
}

/// Returns the entry's community; `None` if the value does not have the form `12076:5010`.
fn community_of(entry: &Node<'_>) -> Option<Community> {
    entry.get("communityValue")?.as_str()?.trim().parse().ok()
}

/// Joins the prefixes of entries with the same value and name. The other fields of the first entry are kept.
fn join_duplicates(mut entries: Vec<CommunityEntry>, notes: &mut FeedNotes) -> Vec<CommunityEntry> {
    entries.sort_by(|left, right| (left.value, &left.name).cmp(&(right.value, &right.name)));
    let mut joined: Vec<CommunityEntry> = Vec::with_capacity(entries.len());
    for entry in entries {
        match joined.last_mut() {
            Some(last) if last.value == entry.value && last.name == entry.name => {
                notes.add(Tolerance::DuplicateRecord, || format!("{} `{}`", entry.value, entry.name));
                last.prefixes.extend(entry.prefixes);
            }
            _ => joined.push(entry),
        }
    }
    joined
}

/// Detects the cloud from the regional values (511NN and 512NN belong to Azure Government, 513NN to China);
/// `None` if the export contains no regional value.
fn cloud_of(entries: &[CommunityEntry]) -> Option<Cloud> {
    entries
        .iter()
        .filter(|entry| CommunityKind::of(entry.value) == CommunityKind::Regional)
        .map(|entry| match entry.value.value() {
            51_100..=51_299 => Cloud::Government,
            51_300..=51_399 => Cloud::China,
            _ => Cloud::Public,
        })
        .next()
}
