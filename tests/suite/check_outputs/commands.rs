//! Commands in a log, read as the services read them.

use std::collections::BTreeMap;

/// A workflow command as GitHub's runner takes it apart: `::name key=value,…::message`.
pub(crate) struct Github {
    pub(crate) name: String,
    pub(crate) properties: BTreeMap<String, String>,
    pub(crate) message: String,
}

impl Github {
    /// The command of a line, if it is one.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let (head, message) = line.trim_start().strip_prefix("::")?.split_once("::")?;
        let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
        let data = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
        let property = |text: &str| {
            text.replace("%0D", "\r")
                .replace("%0A", "\n")
                .replace("%3A", ":")
                .replace("%2C", ",")
                .replace("%25", "%")
        };
        let properties = properties
            .split(',')
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (key.to_owned(), property(value)))
            .collect();
        Some(Self { name: name.to_owned(), properties, message: data(message) })
    }
}

/// A logging command as Azure's agent takes it apart: `##vso[area.event key=value;…]message`, from anywhere in
/// the line.
pub(crate) struct Azure {
    pub(crate) name: String,
    pub(crate) properties: BTreeMap<String, String>,
    pub(crate) message: String,
}

impl Azure {
    /// The command of a line, if it holds one.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let (_, rest) = line.split_once("##vso[")?;
        let (head, message) = rest.split_once(']')?;
        let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
        let plain = |text: &str| {
            text.replace("%3B", ";")
                .replace("%0D", "\r")
                .replace("%0A", "\n")
                .replace("%5D", "]")
                .replace("%AZP25", "%")
        };
        let properties = properties
            .split(';')
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (key.to_owned(), plain(value)))
            .collect();
        Some(Self { name: name.to_owned(), properties, message: plain(message) })
    }
}
