//! ASNs, and the restrictions on their use.

use crate::diag::{Code, Spanned};
use crate::network::PeeringKind;
use crate::network::read::Conversion;
use crate::rib::Community;
use crate::yaml::fields::Fields;
use crate::yaml::tree::Entry;

/// Returns the reason why an ASN cannot be used at all (IANA's registry; RFC 7607, RFC 4893, RFC 7300).
fn reserved(number: u32) -> Option<&'static str> {
    matches!(number, 0 | 23456 | 65535 | u32::MAX).then_some("is reserved and cannot be the ASN of a network")
}

/// Returns the reason why an ASN cannot be the company's own towards Microsoft (expressroute-routing).
fn microsofts(number: u32) -> Option<&'static str> {
    match number {
        _ if number == u32::from(Community::MICROSOFT) => Some("is Microsoft's own"),
        65515..=65520 => Some("is reserved by Microsoft"),
        _ => None,
    }
}

impl Conversion<'_> {
    /// Reads the company's own ASN.
    pub(super) fn own_autonomous_system(&mut self, fields: &Fields<'_>) -> Option<Spanned<u32>> {
        let number = self.reader.optional_number(fields, "autonomous_system", &(0..=u32::MAX))?;
        let why = reserved(number.value).or_else(|| microsofts(number.value));
        self.usable(number, why, "write the ASN of your edge routers, such as `65010`")
    }

    /// Reads the ASN of another network.
    pub(super) fn foreign_autonomous_system(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
    ) -> Option<Spanned<u32>> {
        let number = self.reader.optional_number(fields, key, &(0..=u32::MAX))?;
        self.usable(number, reserved(number.value), "write the ASN of the neighbour's routers")
    }

    /// Reads a list of ASNs to prepend. Towards Microsoft there are additional rules: Microsoft removes private ASNs
    /// on Microsoft peering, and rejects any path that contains an ASN from 64496 to 64511 (expressroute-routing,
    /// expressroute-optimize-routing).
    pub(super) fn prepend(
        &mut self,
        entry: Option<&Entry>,
        towards: Option<PeeringKind>,
    ) -> Vec<Spanned<u32>> {
        let mut numbers = Vec::new();
        for item in self.reader.list(entry, "[64999, 64999]") {
            let what = "an ASN";
            let Some(number) = self.reader.number(item, item.span, what, &(0..=u32::MAX)) else { continue };
            let refused = |number| match number {
                _ if towards.is_none() => None,
                64496..=64511 => Some("is rejected by Microsoft in any AS path"),
                number => microsofts(number),
            };
            let why = reserved(number.value).or_else(|| refused(number.value));
            let Some(number) = self.usable(number, why, "prepend an ASN of your own") else { continue };
            if towards == Some(PeeringKind::Microsoft)
                && crate::rib::is_private_autonomous_system(number.value)
            {
                let message =
                    format!("Microsoft removes the private ASN `{}` from the AS path", number.value);
                let help = "prepend a public ASN of your own; a private ASN does not lengthen the AS path on Microsoft peering";
                self.reader.warning(Code::NETWORK_PREPEND_STRIPPED, number.span, message, help);
            }
            numbers.push(number);
        }
        numbers
    }

    fn usable(&mut self, number: Spanned<u32>, why: Option<&str>, help: &str) -> Option<Spanned<u32>> {
        let Some(why) = why else { return Some(number) };
        let message = format!("the ASN `{}` {why}", number.value);
        self.reader.error(Code::NETWORK_AUTONOMOUS_SYSTEM, number.span, message, help);
        None
    }
}
