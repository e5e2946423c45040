//! Targets of `explain`: addresses, prefixes, host names and products.

use std::fmt::Display;
use std::net::IpAddr;

use crate::addr::{EmbeddedV4, IpPrefix, PrefixError};
use crate::cli::args::Global;
use crate::cli::console;
use crate::cli::error::CliError;

/// A target of `explain`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Target {
    /// A single address.
    Address(IpAddr),
    /// A prefix.
    Prefix(IpPrefix),
    /// A host name.
    Host(String),
    /// A text that may name a product, as typed.
    Product(String),
}

impl Target {
    /// Parses an argument like [`Self::parse`]. IPv4-mapped addresses and prefixes are read as IPv4, with a note.
    pub(in crate::cli) fn of(text: &str, global: &Global) -> Result<Self, CliError> {
        Ok(match Self::parse(text)? {
            Self::Address(address) => Self::Address(read_as_v4(address, global)),
            Self::Prefix(prefix) => Self::Prefix(read_as_v4(prefix, global)),
            other @ (Self::Host(_) | Self::Product(_)) => other,
        })
    }

    /// Parses an address, a prefix in strict form, a host name or the name of a product. A host name consists of labels
    /// separated by dots, with an optional final dot; the last label contains a letter, so that it cannot be an address.
    pub(in crate::cli) fn parse(text: &str) -> Result<Self, CliError> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Address(address));
        }
        let host = text.strip_suffix('.').unwrap_or(text);
        if is_host(host) {
            return Ok(Self::Host(host.to_ascii_lowercase()));
        }
        match text.parse() {
            Ok(prefix) => Ok(Self::Prefix(prefix)),
            Err(PrefixError::Address { .. }) if may_be_product(text) => Ok(Self::Product(text.to_owned())),
            Err(PrefixError::Address { .. }) => {
                Err(CliError::Asked { text: text.to_owned(), remedy: meant(text) })
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Returns the value as typed or, if it is IPv4-mapped, the embedded IPv4 value, with a note on standard error.
pub(in crate::cli) fn read_as_v4<T: EmbeddedV4 + Copy + Display>(typed: T, global: &Global) -> T {
    let (value, was_mapped) = typed.read_as_v4();
    if was_mapped && !global.quiet {
        console::note(&format!("note: `{typed}` is IPv4-mapped and is read as `{value}`"));
    }
    value
}

/// Suggests a correction of the text.
fn meant(text: &str) -> String {
    let authority = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    // An IPv6 address with a port is enclosed in brackets.
    let (name, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((name, port)) => (name, port.strip_prefix(':').unwrap_or(port)),
        None => authority.split_once(':').unwrap_or((authority, "")),
    };
    let stands_for_one = is_host(name) || name.parse::<IpAddr>().is_ok();
    if let Some(name) = text.strip_prefix("*.").filter(|name| is_host(name)) {
        format!("a pattern matches many names: write one of them, such as `www.{name}`")
    } else if stands_for_one && port.parse::<u16>().is_ok() {
        format!("write `{name} --port {port}`")
    } else if stands_for_one && name != text {
        format!("write `{name}`")
    } else {
        "write it like 52.112.0.1, 2603:1061::/48 or teams.microsoft.com".to_owned()
    }
}

/// Whether a text can be the name of a product: it has a letter, and only characters that occur in such names.
fn may_be_product(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '&' | '(' | ')' | '+');
    text.chars().all(fits) && text.chars().any(char::is_alphabetic)
}

fn is_host(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let label = |label: &str| !label.is_empty() && label.bytes().all(letter);
    let last = text.rsplit_once('.').map(|(_, last)| last);
    text.split('.').all(label) && last.is_some_and(|last| last.bytes().any(|byte| byte.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_about_is_told_apart() {
        for (text, target) in [
            ("52.112.0.1", Target::Address("52.112.0.1".parse().unwrap())),
            ("2603:1061::/48", Target::Prefix("2603:1061::/48".parse().unwrap())),
            ("Outlook.Office.com", Target::Host("outlook.office.com".to_owned())),
            // A final dot does not change the name.
            ("outlook.office.com.", Target::Host("outlook.office.com".to_owned())),
            ("Power Apps", Target::Product("Power Apps".to_owned())),
        ] {
            assert_eq!(Target::parse(text).unwrap(), target, "{text}");
        }
        for (text, remedy) in [
            ("52.112.0.1:443", "write `52.112.0.1 --port 443`"),
            ("[2603:1061::1]:443", "write `2603:1061::1 --port 443`"),
            ("teams.microsoft.com/l/meetup", "write `teams.microsoft.com`"),
            ("*.sharepoint.com", "such as `www.sharepoint.com`"),
            ("fd00:::1", "write it like"),
            ("..", "write it like"),
            ("", "write it like"),
        ] {
            let message = Target::parse(text).unwrap_err().to_string();
            assert!(message.contains(remedy), "{text}: {message}");
        }
    }
}
