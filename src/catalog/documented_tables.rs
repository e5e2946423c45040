//! Tables that are maintained by hand from pages of Microsoft's documentation.
//!
//! Their text has the structure of a snapshot ([`crate::catalog::snapshot`]): a line with the format's version,
//! metadata lines with the page and its date, a blank line, then unindented headers with indented lines.
//! `prefixes/README.md` describes each table.

use std::sync::OnceLock;

use crate::catalog::Cloud;
use crate::catalog::snapshot::{Lines, SnapshotError, SnapshotProblem};
use crate::rib::Community;

/// The first line of every table.
const MAGIC: &str = "peerpath table 1";

/// A documented community.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meaning {
    pub(super) cloud: Cloud,
    pub(super) value: Community,
    /// The region in Azure Resource Manager's spelling; none for a service.
    pub(super) region: Option<String>,
    pub(super) name: String,
}

/// A region or peering location with the geopolitical region that it belongs to.
///
/// Source: Microsoft's page "ExpressRoute partners and peering locations" and its table of geopolitical
/// regions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeographyRecord {
    /// The cloud.
    pub cloud: Cloud,
    /// The geopolitical region, such as `Europe`; `None` if the documentation states none.
    pub geopolitical_region: Option<String>,
    /// The peering location, such as `Amsterdam2`; `None` if the record is for a region.
    pub peering_location: Option<String>,
    /// For a region, its name in Azure Resource Manager's spelling. For a peering location, the region that
    /// the Local SKU reaches there; `None` if the Local SKU is not offered there or its region is unknown.
    pub arm_region: Option<String>,
    /// The region's display name; `None` for a peering location.
    pub region_name: Option<String>,
    /// Whether the documentation states the local region of a peering location, even if it is "none".
    pub local_region_known: bool,
    /// The documented community of `arm_region` on Microsoft peering. An export may contain more communities:
    /// see [`super::Catalog::regional_community`].
    pub community: Option<Community>,
}

/// A Power Platform geography and the Azure regions that its environments run in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PowerPlatformRegion {
    /// The name, such as `United States`.
    pub name: String,
    /// The regions in Azure Resource Manager's spelling: two, one, or none if not documented.
    pub regions: Vec<String>,
    /// Other regions of the geography in which Microsoft's lists contain addresses of the platform, although no
    /// document names them as a part of the pair.
    pub others: Vec<String>,
    /// The host name of its Dataverse environments, such as `crm4.dynamics.com`.
    pub host: Option<String>,
}

/// Returns which regions and peering locations belong to which geopolitical region, for all clouds: for each
/// geopolitical region, first its regions, then its peering locations. A location with two local regions has
/// two records. The table is read only once per process, because it determines the reach of every circuit.
///
/// # Errors
///
/// Returns a [`SnapshotError`] if the shipped table was damaged when the program was built.
pub fn geography() -> Result<&'static [GeographyRecord], SnapshotError> {
    static RECORDS: OnceLock<Result<Vec<GeographyRecord>, SnapshotError>> = OnceLock::new();
    match RECORDS.get_or_init(read_geography) {
        Ok(records) => Ok(records),
        Err(error) => Err(error.clone()),
    }
}

fn read_geography() -> Result<Vec<GeographyRecord>, SnapshotError> {
    let meanings = meanings()?;
    let community = |cloud: Cloud, region: &str| {
        let regional = |meaning: &&Meaning| {
            meaning.cloud == cloud
                && meaning.region.as_deref() == Some(region)
                && crate::catalog::CommunityKind::of(meaning.value) == crate::catalog::CommunityKind::Regional
        };
        meanings.iter().find(regional).map(|meaning| meaning.value)
    };
    let mut records = Vec::new();
    read_table(crate::catalog::shipped::GEOGRAPHY, |header, line| {
        let rest = header.strip_prefix("geography ").ok_or_else(|| bad("header", header))?;
        let (cloud, name) = rest.split_once(' ').ok_or_else(|| bad("header", header))?;
        let cloud: Cloud = cloud.parse()?;
        let mut record = GeographyRecord {
            cloud,
            geopolitical_region: (name != "?").then(|| name.to_owned()),
            peering_location: None,
            arm_region: None,
            region_name: None,
            local_region_known: true,
            community: None,
        };
        if let Some(text) = line.strip_prefix("region: ") {
            let (region, name) = text.split_once(' ').ok_or_else(|| bad("region", text))?;
            record.arm_region = Some(region.to_owned());
            record.region_name = Some(name.to_owned());
        } else {
            let text = line.strip_prefix("location: ").ok_or_else(|| bad("line", line))?;
            let (location, region) = text.split_once(" = ").map_or((text, None), |(at, of)| (at, Some(of)));
            record.peering_location = Some(location.to_owned());
            record.local_region_known = region != Some("?");
            record.arm_region = region.filter(|region| *region != "?").map(str::to_owned);
        }
        record.community = record.arm_region.as_deref().and_then(|region| community(cloud, region));
        records.push(record);
        Ok(())
    })?;
    Ok(records)
}

/// Returns the Azure regions of Power Platform environments, in the order of the documentation.
///
/// # Errors
///
/// Returns a [`SnapshotError`] if the shipped table was damaged when the program was built.
pub fn power_platform() -> Result<Vec<PowerPlatformRegion>, SnapshotError> {
    let mut found: Vec<PowerPlatformRegion> = Vec::new();
    read_table(crate::catalog::shipped::POWER_PLATFORM, |header, line| {
        let name = header.strip_prefix("environment ").ok_or_else(|| bad("header", header))?;
        if found.last().is_none_or(|last| last.name != name) {
            found.push(PowerPlatformRegion {
                name: name.to_owned(),
                regions: Vec::new(),
                others: Vec::new(),
                host: None,
            });
        }
        let Some(region) = found.last_mut() else { return Ok(()) };
        match line.split_once(": ") {
            Some(("region", text)) => region.regions.push(text.to_owned()),
            Some(("other-region", text)) => region.others.push(text.to_owned()),
            Some(("host", text)) => region.host = Some(text.to_owned()),
            _ => return Err(bad("line", line)),
        }
        Ok(())
    })?;
    Ok(found)
}

/// Returns the meanings of the documented communities, in the order of the table.
pub(super) fn meanings() -> Result<Vec<Meaning>, SnapshotError> {
    let mut found = Vec::new();
    read_table(crate::catalog::shipped::MEANINGS, |header, line| {
        let rest = header.strip_prefix("family ").ok_or_else(|| bad("header", header))?;
        let (cloud, kind) = rest.split_once(' ').ok_or_else(|| bad("header", header))?;
        let (value, rest) = line.split_once(' ').ok_or_else(|| bad("line", line))?;
        let value: Community = value.parse()?;
        if crate::catalog::CommunityKind::of(value).name() != kind {
            return Err(bad("family", kind));
        }
        let (region, name) = if kind == "service" {
            (None, rest)
        } else {
            let (region, name) = rest.split_once(' ').ok_or_else(|| bad("line", line))?;
            (Some(region.to_owned()), name)
        };
        found.push(Meaning { cloud: cloud.parse()?, value, region, name: name.to_owned() });
        Ok(())
    })?;
    Ok(found)
}

/// Passes on every indented line together with the header above it.
pub(super) fn read_table<'t>(
    text: &'t str,
    mut take: impl FnMut(&'t str, &'t str) -> Result<(), SnapshotProblem>,
) -> Result<(), SnapshotError> {
    let mut lines = Lines::new(text);
    if lines.next() != Some(MAGIC) {
        return Err(lines.error(SnapshotProblem::Magic));
    }
    while lines.next().is_some_and(|line| !line.is_empty()) {}
    let mut header = None;
    while let Some(line) = lines.next() {
        match (line.strip_prefix(' '), header) {
            (None, _) => header = Some(line),
            (Some(_), None) => return Err(lines.error(SnapshotProblem::Orphan)),
            (Some(line), Some(header)) => take(header, line).map_err(|problem| lines.error(problem))?,
        }
    }
    Ok(())
}

pub(super) fn bad(key: &str, text: &str) -> SnapshotProblem {
    SnapshotProblem::Value { key: key.to_owned(), text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_whole() {
        assert_eq!(meanings().unwrap().len(), 42 * 6 + 10 + 6 + 5 + 5);
        let records = geography().unwrap();
        assert_eq!(records.len(), 57 + 110);
        let amsterdam =
            records.iter().find(|record| record.peering_location.as_deref() == Some("Amsterdam")).unwrap();
        assert_eq!(amsterdam.geopolitical_region.as_deref(), Some("Europe"));
        assert_eq!(amsterdam.community, Some(Community::microsoft(51002)));
        let milan =
            records.iter().find(|record| record.peering_location.as_deref() == Some("Milan2")).unwrap();
        assert!(!milan.local_region_known && milan.arm_region.is_none());
        let europe = power_platform().unwrap().into_iter().find(|region| region.name == "Europe").unwrap();
        assert_eq!(europe.regions, ["westeurope", "northeurope"]);
    }
}
