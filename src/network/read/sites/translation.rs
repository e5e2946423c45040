//! NAT64 translators (IPv6 to IPv4).

use crate::addr::{IpPrefix, Prefix};
use crate::diag::{Code, Spanned};
use crate::network::read::references::Named;
use crate::network::read::{Conversion, keys};
use crate::network::sites::NAT64_LENGTHS;
use crate::network::{Nat64, Site, SiteId};
use crate::yaml::fields::Fields;
use crate::yaml::tree::Node;
use std::net::{Ipv4Addr, Ipv6Addr};

impl Conversion<'_> {
    pub(in crate::network::read) fn nat64(&mut self, node: &Node, sites: &[Option<Site>]) -> Option<Nat64> {
        let fields = self.reader.fields(node, "a NAT64 translator", keys::NAT64, node.span)?;
        let prefix = self.nat64_prefix(&fields);
        let site = self.reader.required_text(&fields, "site", "amsterdam");
        let site = site.and_then(|text| self.reference(&text, Named::SITE));
        let pool = self.reader.optional_text(&fields, "pool");
        let site = SiteId(site?);
        let owner = sites.get(site.index())?.as_ref()?;
        let pool = match pool {
            Some(text) => self.nat64_pool(&text, owner),
            None => self.nat64_default_pool(node, owner),
        };
        let prefix = prefix?;
        Some(Nat64 { prefix: prefix.value, site, pool: pool?, span: prefix.span })
    }

    fn nat64_pool(&mut self, text: &Spanned<String>, owner: &Site) -> Option<Prefix<Ipv4Addr>> {
        let pool = self.reader.prefix(text)?;
        let own = owner.prefixes.iter().any(|prefix| prefix.value.covers(pool.value));
        match pool.value {
            IpPrefix::V4(prefix) if own => Some(prefix),
            _ => {
                let message = format!("`{}` is not an IPv4 prefix of the site `{}`", pool.value, owner.name);
                let help = "use an IPv4 prefix inside the site's `prefixes`, because replies must return to the site";
                self.reader.error(Code::NETWORK_VALUE, pool.span, message, help);
                None
            }
        }
    }

    /// Returns the first IPv4 prefix of the site.
    fn nat64_default_pool(&mut self, node: &Node, owner: &Site) -> Option<Prefix<Ipv4Addr>> {
        let first = owner.prefixes.iter().find_map(|prefix| match prefix.value {
            IpPrefix::V4(prefix) => Some(prefix),
            IpPrefix::V6(_) => None,
        });
        if first.is_none() {
            let message =
                format!("the site `{}` has no IPv4 prefix for translated source addresses", owner.name);
            let help = "add the translator's IPv4 addresses to the site's `prefixes`";
            self.reader.error(Code::NETWORK_VALUE, node.span, message, help);
        }
        first
    }

    /// Reads a prefix in which IPv4 addresses can be embedded.
    fn nat64_prefix(&mut self, fields: &Fields<'_>) -> Option<Spanned<Prefix<Ipv6Addr>>> {
        let text = self.reader.required_text(fields, "prefix", "\"64:ff9b::/96\"")?;
        let written = self.reader.prefix(&text)?;
        let mut refuse = |message: String, help: &str| {
            self.reader.error(Code::NETWORK_VALUE, written.span, message, help);
            None
        };
        let IpPrefix::V6(prefix) = written.value else {
            let help = "use the IPv6 prefix whose addresses embed the IPv4 addresses";
            return refuse(format!("`{}` is not an IPv6 prefix", text.value), help);
        };
        if !NAT64_LENGTHS.contains(&prefix.length()) {
            let help = "use a prefix length of 32, 40, 48, 56, 64 or 96 (RFC 6052 section 2.2)";
            return refuse(
                format!("IPv4 addresses cannot be embedded in a prefix of length {}", prefix.length()),
                help,
            );
        }
        if prefix.first().octets()[8] != 0 {
            let help = "use a prefix whose bits 64 to 71 are zero (RFC 6052 section 2.2)";
            return refuse(format!("bits 64 to 71 of `{prefix}` are not zero"), help);
        }
        Some(Spanned::new(prefix, written.span))
    }

    /// Checks that no site has two translators for the same prefix.
    pub(in crate::network::read) fn nat64_once(&mut self, entries: &[Nat64]) {
        for (index, entry) in entries.iter().enumerate() {
            let same = |other: &&Nat64| other.prefix == entry.prefix && other.site == entry.site;
            if entries.iter().take(index).any(|other| same(&other)) {
                let message = format!("the site has two translators for `{}`", entry.prefix);
                self.reader.error(Code::NETWORK_REPEATED, entry.span, message, "remove one of the two");
            }
        }
    }
}
