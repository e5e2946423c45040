//! Servers that accept connections from outside.

use crate::addr::IpPrefix;
use crate::diag::Code;
use crate::network::Published;
use crate::network::read::checks::not_public;
use crate::network::read::{Conversion, keys};
use crate::yaml::tree::{Entry, Kind, Node};

impl Conversion<'_> {
    pub(in crate::network::read) fn published(&mut self, node: &Node) -> Option<Published> {
        let fields = self.reader.fields(node, "a published server", keys::PUBLISHED, node.span)?;
        let name = self.name(&fields, "mail");
        let entry = self.reader.required(&fields, "addresses", "[203.0.113.5]");
        let addresses = self.reader.addresses(entry, "a published server has");
        if let Some(Entry { key, value }) = entry
            && matches!(&value.kind, Kind::List(items) if items.is_empty())
        {
            let help = "add the public address of the server";
            self.reader.error(Code::NETWORK_EMPTY, key.span, "the published server has no address", help);
        }
        for address in &addresses {
            let Some(kind) = not_public(IpPrefix::host(address.value)) else { continue };
            let message = format!("a server cannot be published at `{}` ({kind})", address.value);
            let help = "use the public address to which external clients connect, before any translation";
            self.reader.error(Code::NETWORK_ADDRESS, address.span, message, help);
        }
        let name = name?;
        Some(Published { name: name.value, addresses, span: name.span })
    }
}
