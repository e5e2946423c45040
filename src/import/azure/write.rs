//! Writes the network file of an import, with comments where exports lack information.

mod circuits;
mod gateways;
mod network_peerings;
mod networks;
pub(super) mod route_tables;
mod sites;
mod subnets;
mod tunnels;

use super::finding::Finding;
use super::join::Joined;
use super::yaml::{Yaml, quoted, unique_names};
use super::{ImportOptions, InputKind, LearnedFile};
use crate::addr::IpPrefix;
use crate::addr::special::{SpecialScope, block_of};
use crate::catalog::Catalog;
use crate::import::learned::Table;

/// The files to write.
pub(super) struct Written {
    /// The network file; `None` if no site has prefixes.
    pub(super) yaml: Option<String>,
    pub(super) learned: Vec<LearnedFile>,
    pub(super) findings: Vec<Finding>,
}

/// Writes the joined network.
pub(super) fn write(joined: &Joined, catalog: &Catalog, options: &ImportOptions, files: usize) -> Written {
    let mut writer = Writer::new(joined, catalog, options);
    writer.header(files);
    let sites = writer.sites();
    writer.circuits();
    writer.virtual_networks();
    writer.route_tables();
    writer.unsupported();
    let learned = std::mem::take(&mut writer.learned);
    let learned = learned.into_iter().zip(&joined.tables);
    let learned = learned
        .flat_map(|(name, table)| {
            let customer =
                table.to_customer_csv().map(|text| LearnedFile { name: customer_name(&name), text });
            std::iter::once(LearnedFile { name: format!("{name}.csv"), text: table.to_csv() }).chain(customer)
        })
        .collect();
    let yaml = sites.then(|| writer.yaml.finish());
    Written { yaml, learned, findings: writer.findings }
}

struct Writer<'a> {
    joined: &'a Joined,
    catalog: &'a Catalog,
    options: &'a ImportOptions,
    yaml: Yaml,
    findings: Vec<Finding>,
    /// The names of circuits in the file, by index.
    circuits: Vec<String>,
    networks: Vec<String>,
    tables: Vec<String>,
    /// The file name of each route table without its extension, by index.
    learned: Vec<String>,
    /// Why a virtual network is written only as a comment, by index; `None` if it is written normally.
    overlaps: Vec<Option<Finding>>,
    /// Why a circuit is written only as a comment, by index; `None` if it is written normally.
    unusable: Vec<Option<Finding>>,
}

impl<'a> Writer<'a> {
    fn new(joined: &'a Joined, catalog: &'a Catalog, options: &'a ImportOptions) -> Self {
        let group = |id: Option<&super::arm::ArmId>| id.and_then(super::arm::ArmId::resource_group);
        let circuits =
            joined.circuits.iter().map(|circuit| (circuit.name.as_str(), group(circuit.id.as_ref())));
        let networks =
            joined.virtual_networks.iter().map(|network| (network.name.as_str(), group(network.id.as_ref())));
        let tables = joined.route_tables.iter().map(|table| (table.name.as_str(), group(table.id.as_ref())));
        let mut writer = Self {
            joined,
            catalog,
            options,
            yaml: Yaml::default(),
            findings: Vec::new(),
            circuits: unique_names(circuits),
            networks: unique_names(networks),
            tables: unique_names(tables),
            learned: learned_names(joined),
            overlaps: Vec::new(),
            unusable: Vec::new(),
        };
        writer.renamed();
        writer.overlaps = writer.find_overlaps();
        writer.unusable = joined.circuits.iter().map(|circuit| writer.why_unusable(circuit)).collect();
        writer
    }

    fn renamed(&mut self) {
        let pairs = [
            (
                "circuit",
                self.joined.circuits.iter().map(|circuit| &circuit.name).collect::<Vec<_>>(),
                &self.circuits,
            ),
            (
                "virtual network",
                self.joined.virtual_networks.iter().map(|network| &network.name).collect(),
                &self.networks,
            ),
            ("route table", self.joined.route_tables.iter().map(|table| &table.name).collect(), &self.tables),
        ];
        for (what, names, renamed) in pairs {
            for (name, renamed) in names.into_iter().zip(renamed).filter(|(name, renamed)| name != renamed) {
                let (name, renamed) = (name.clone(), renamed.clone());
                self.findings.push(Finding::Renamed { what, name, renamed });
            }
        }
    }

    fn header(&mut self, files: usize) {
        let yaml = &mut self.yaml;
        let exports = if files == 1 { "export" } else { "exports" };
        yaml.comment(&match self.options.origin {
            InputKind::Azure => format!("Made by `peerpath import azure` from {files} Azure {exports}."),
            InputKind::Terraform => "Made by `peerpath import terraform` from a Terraform plan.".to_owned(),
            InputKind::Arm => "Made by `peerpath import arm` from an ARM template.".to_owned(),
        });
        yaml.comment(
            "Lines with TODO mark information that no export contains: complete them before you use this file.",
        );
        yaml.comment("Keys and subscription ids are omitted.");
        yaml.field("version", "1");
        if let Some(name) = &self.options.name {
            yaml.field("name", &super::yaml::scalar(name));
        }
        yaml.field("cloud", self.catalog.cloud().name());
    }

    /// Writes an entry for everything that affects routing but is not in the file; `check` warns about these entries.
    fn unsupported(&mut self) {
        let findings = self.joined.findings.iter().chain(&self.findings);
        let mut entries = Vec::new();
        for entry in findings.filter_map(Finding::entry) {
            if !entries.contains(&entry) {
                entries.push(entry);
            }
        }
        if entries.is_empty() {
            return;
        }
        let yaml = &mut self.yaml;
        yaml.blank();
        yaml.comment("TODO: these entries affect routing but are not described in this file; `peerpath check` warns about them. Add");
        yaml.comment("each of them to the file manually if the format allows it, then remove its entry.");
        yaml.open("unsupported");
        for entry in entries {
            yaml.begin();
            yaml.field("what", &quoted(&entry.what));
            for (key, text) in [("effect", &entry.effect), ("source", &entry.source)] {
                if let Some(text) = text {
                    yaml.field(key, &quoted(text));
                }
            }
            yaml.end();
        }
        yaml.close();
    }

    /// Returns whether lines are currently written as comments.
    fn is_off(&self) -> bool {
        self.yaml.is_off()
    }

    /// Returns the path of the file with the routes that the customer learns, as named in the network file.
    fn learned_path(&self, index: usize) -> Option<String> {
        let folder = self.options.routes_folder.as_ref()?;
        Some(format!("{folder}/{}", customer_name(self.learned.get(index)?)))
    }
}

/// Returns whether a prefix is allowed on Microsoft peering: it must be public and must not be the default route.
fn is_public(prefix: &IpPrefix) -> bool {
    let private = |block: &crate::addr::special::SpecialBlock| {
        matches!(
            block.scope,
            SpecialScope::Private | SpecialScope::Shared | SpecialScope::Link | SpecialScope::Multicast
        )
    };
    prefix.length() > 0 && ![prefix.first(), prefix.last()].into_iter().filter_map(block_of).any(private)
}

/// Returns a file name for each table: `er-ams-private-primary`.
fn learned_names(joined: &Joined) -> Vec<String> {
    let names = joined.tables.iter().map(|table| {
        let parts = match &table.table {
            Table::Circuit { circuit, peering, connection } => [
                circuit.clone().unwrap_or_else(|| "circuit".to_owned()),
                peering.map_or("peering", crate::network::PeeringKind::name).to_owned(),
                connection.map_or("connection", crate::network::Connection::name).to_owned(),
            ]
            .join("-"),
            Table::Gateway { name } => named("gateway", name.as_ref()),
            Table::RouteServer { name } => named("route-server", name.as_ref()),
            Table::Interface { name } => named("interface", name.as_ref()),
            Table::Hub { name } => named("hub", name.as_ref()),
        };
        file_name(&parts)
    });
    let names = names.collect::<Vec<_>>();
    unique_names(names.iter().map(|name| (name.as_str(), None)))
}

/// Returns the file name of the routes that the customer learns.
fn customer_name(table: &str) -> String {
    format!("{table}-learned.csv")
}

fn named(what: &str, name: Option<&String>) -> String {
    name.map_or_else(|| what.to_owned(), |name| format!("{what}-{name}"))
}

/// Returns a name of at most 100 lower-case letters, digits and dashes.
fn file_name(text: &str) -> String {
    let letters = text.chars().map(|letter| match letter {
        letter if letter.is_ascii_alphanumeric() => letter.to_ascii_lowercase(),
        _ => '-',
    });
    letters.take(100).collect()
}
