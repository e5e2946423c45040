//! Microsoft 365 endpoint sets, as returned by the web service for one instance.

use std::ops::RangeInclusive;

use super::node::Node;
use super::{FeedNotes, Found, Refusal, Tolerance};
use crate::catalog::{Category, EndpointSet, Instance, Records};

const SET: [&str; 11] = [
    "id",
    "serviceArea",
    "serviceAreaDisplayName",
    "urls",
    "ips",
    "tcpPorts",
    "udpPorts",
    "expressRoute",
    "category",
    "required",
    "notes",
];

pub(super) fn read(
    root: &Node<'_>,
    hint: Option<Instance>,
    file_name: &str,
    notes: &mut FeedNotes,
) -> Result<Found, Refusal> {
    let wrapped = root.get("value");
    if root.is_object() {
        super::refuse_next_page(root)?;
    }
    let list = wrapped.as_ref().unwrap_or(root);
    let mut sets: Vec<EndpointSet> = Vec::new();
    if list.is_object() {
        sets.push(read_set(list, notes)?);
    } else {
        for element in list.elements()? {
            sets.push(read_set(&element, notes)?);
        }
    }
    let instance = if let Some(instance) = hint.or_else(|| instance_in(file_name)) {
        instance
    } else {
        notes.add(Tolerance::InstanceByUrls, String::new);
        instance_by_urls(&sets).ok_or(Refusal::UnknownInstance)?
    };
    for set in &mut sets {
        set.instance = instance;
    }
    Ok(Found {
        records: Records::Endpoints(sets),
        cloud: Some(instance.cloud()),
        change_number: None,
        instance: Some(instance),
    })
}

fn read_set(node: &Node<'_>, notes: &mut FeedNotes) -> Result<EndpointSet, Refusal> {
    node.object(&SET, notes)?;
    let id = node.number_u32("id", notes)?.ok_or_else(|| Refusal::Missing {
        path: node.path_of("id"),
        remedy: "get the file again; a set is identified by its `id`",
    })?;
    let category = match node.get("category") {
        None => {
            notes.add(Tolerance::MissingField, || node.path_of("category"));
            Category::Default
        }
        Some(field) => node.text("category", notes)?.parse().map_err(|_| {
            field.refuse(
                "`Optimize`, `Allow` or `Default`",
                "a new category requires a newer version of peerpath",
            )
        })?,
    };
    Ok(EndpointSet {
        id,
        instance: Instance::Worldwide,
        service_area: node.required_text("serviceArea", notes)?,
        display_name: node.text("serviceAreaDisplayName", notes)?,
        // The web service omits empty lists, so a missing list is not worth counting.
        urls: node.texts("urls", false, notes)?,
        tcp_ports: ports(node, "tcpPorts", notes)?,
        udp_ports: ports(node, "udpPorts", notes)?,
        express_route: flag(node, "expressRoute", notes)?,
        category,
        required: flag(node, "required", notes)?,
        notes: node.text("notes", notes)?,
        prefixes: node.prefixes("ips", false, notes)?,
        source: 0,
    })
}

/// Reads a boolean. A missing value is counted and read as `false`, the cautious value.
fn flag(node: &Node<'_>, name: &str, notes: &mut FeedNotes) -> Result<bool, Refusal> {
    let flag = node.flag(name, notes)?;
    if flag.is_none() {
        notes.add(Tolerance::MissingField, || node.path_of(name));
    }
    Ok(flag.unwrap_or_default())
}

/// Reads ports such as `80,443` or `143, 587, 50000-59999`, ascending and without duplicates.
fn ports(node: &Node<'_>, name: &str, notes: &mut FeedNotes) -> Result<Vec<RangeInclusive<u16>>, Refusal> {
    let Some(field) = node.get(name) else { return Ok(Vec::new()) };
    let text = node.text(name, notes)?;
    let mut ports = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        match (first.trim().parse::<u16>(), last.trim().parse::<u16>()) {
            (Ok(first), Ok(last)) if first <= last => ports.push((first, last)),
            _ => return Err(field.refuse("ports such as `80,443` or `50000-59999`", "correct the entry")),
        }
    }
    ports.sort_unstable();
    ports.dedup();
    Ok(ports.into_iter().map(|(first, last)| first..=last).collect())
}

/// Returns the instance in a file name such as `worldwide_20260531.json`.
fn instance_in(file_name: &str) -> Option<Instance> {
    let name = file_name.to_ascii_lowercase();
    Instance::ALL.into_iter().find(|instance| name.contains(&instance.name().to_ascii_lowercase()))
}

/// Returns the instance whose host name of Exchange or Intune is in one of the sets.
fn instance_by_urls(sets: &[EndpointSet]) -> Option<Instance> {
    const HOSTS: [(&str, Instance); 6] = [
        ("outlook.office365.com", Instance::Worldwide),
        ("manage.microsoft.com", Instance::Worldwide),
        ("outlook.office365.us", Instance::UsGovGccHigh),
        ("outlook-dod.office365.us", Instance::UsGovDod),
        ("partner.outlook.cn", Instance::China),
        ("outlook.office.de", Instance::Germany),
    ];
    let has = |host: &str| sets.iter().any(|set| set.urls.iter().any(|url| url.eq_ignore_ascii_case(host)));
    let mut found = HOSTS.into_iter().filter(|(host, _)| has(host)).map(|(_, instance)| instance);
    let instance = found.next()?;
    found.all(|other| other == instance).then_some(instance)
}
