//! Numbers of autonomous systems, and which of them may stand where.

use crate::diag::{Code, Spanned};
use crate::network::PeeringKind;
use crate::network::read::Conversion;
use crate::rib::Community;
use crate::yaml::fields::Fields;
use crate::yaml::tree::Entry;

/// Why a number cannot be that of an autonomous system, whatever it is used for (IANA's registry;
/// RFC 7607, RFC 4893, RFC 7300).
fn reserved(number: u32) -> Option<&'static str> {
    matches!(number, 0 | 23456 | 65535 | u32::MAX).then_some("is reserved and never the number of a network")
}

/// Why a number cannot be the company's own towards Microsoft (expressroute-routing).
fn microsofts(number: u32) -> Option<&'static str> {
    match number {
        _ if number == u32::from(Community::MICROSOFT) => Some("is Microsoft's"),
        65515..=65520 => Some("is kept by Microsoft for its own use"),
        _ => None,
    }
}

impl Conversion<'_> {
    /// The number of the company's own autonomous system.
    pub(super) fn own_autonomous_system(&mut self, fields: &Fields<'_>) -> Option<Spanned<u32>> {
        let number = self.reader.optional_number(fields, "autonomous_system", &(0..=u32::MAX))?;
        let why = reserved(number.value).or_else(|| microsofts(number.value));
        self.usable(number, why, "write the number that your edge routers use, such as `65010`")
    }

    /// The number of somebody else's autonomous system.
    pub(super) fn foreign_autonomous_system(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
    ) -> Option<Spanned<u32>> {
        let number = self.reader.optional_number(fields, key, &(0..=u32::MAX))?;
        self.usable(number, reserved(number.value), "write the number that the neighbour's routers use")
    }

    /// The autonomous systems of a list. Those put before a path on the way to Microsoft have rules of
    /// their own: private ones are taken away on Microsoft peering, 64496 to 64511 are refused in any
    /// path (expressroute-routing, expressroute-optimize-routing).
    pub(super) fn prepend(
        &mut self,
        entry: Option<&Entry>,
        towards: Option<PeeringKind>,
    ) -> Vec<Spanned<u32>> {
        let mut numbers = Vec::new();
        for item in self.reader.list(entry, "[64999, 64999]") {
            let what = "the number of an autonomous system";
            let Some(number) = self.reader.number(item, item.span, what, &(0..=u32::MAX)) else { continue };
            let refused = |number| match number {
                _ if towards.is_none() => None,
                64496..=64511 => Some("is refused by Microsoft in any path"),
                number => microsofts(number),
            };
            let why = reserved(number.value).or_else(|| refused(number.value));
            let Some(number) = self.usable(number, why, "prepend a number of your own") else { continue };
            if towards == Some(PeeringKind::Microsoft)
                && crate::rib::is_private_autonomous_system(number.value)
            {
                let message =
                    format!("Microsoft takes the private number `{}` out of the path", number.value);
                let help = "prepend a public number of your own: a private one makes no path longer on Microsoft peering";
                self.reader.warning(Code::NETWORK_PREPEND_STRIPPED, number.span, message, help);
            }
            numbers.push(number);
        }
        numbers
    }

    fn usable(&mut self, number: Spanned<u32>, why: Option<&str>, help: &str) -> Option<Spanned<u32>> {
        let Some(why) = why else { return Some(number) };
        let message = format!("the autonomous system number `{}` {why}", number.value);
        self.reader.error(Code::NETWORK_AUTONOMOUS_SYSTEM, number.span, message, help);
        None
    }
}
