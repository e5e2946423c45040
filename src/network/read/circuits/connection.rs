//! The two connections of a peering.

use crate::diag::{Code, Span, Spanned};
use crate::network::read::{Conversion, keys, values};
use crate::network::{ConnectionSettings, Connections, PeeringKind, State};
use crate::yaml::fields::Fields;

impl Conversion<'_> {
    /// Reads the settings under `primary` and `secondary`.
    pub(in crate::network::read) fn connections(
        &mut self,
        fields: &Fields<'_>,
        kind: PeeringKind,
    ) -> Connections {
        Connections {
            primary: self.connection(fields, "primary", kind),
            secondary: self.connection(fields, "secondary", kind),
        }
    }

    fn connection(&mut self, peering: &Fields<'_>, key: &str, kind: PeeringKind) -> ConnectionSettings {
        let Some(entry) = peering.get(key) else { return ConnectionSettings::default() };
        let (what, keys) = match kind {
            PeeringKind::Microsoft => ("a connection of a Microsoft peering", keys::MICROSOFT_CONNECTION),
            PeeringKind::Private => ("a connection of a private peering", keys::PRIVATE_CONNECTION),
        };
        let Some(fields) = self.reader.fields(&entry.value, what, keys, entry.key.span) else {
            return ConnectionSettings::default();
        };
        let state = self.word(&fields, "state", &State::ALL, State::name);
        // The keys have already been checked. A private connection cannot have `nat`.
        let nat = fields.get("nat").filter(|_| kind == PeeringKind::Microsoft);
        let bfd = self.reader.optional_truth(&fields, "bfd").unwrap_or(false);
        let bfd_interval = self.reader.optional_number(&fields, "bfd_interval", &values::BFD_INTERVAL_MS);
        if let (false, Some(interval)) = (bfd, bfd_interval) {
            let message = "`bfd_interval` has no effect without `bfd: true`";
            let help = "add `bfd: true`, or remove `bfd_interval`";
            self.reader.warning(Code::NETWORK_NO_EFFECT, interval.span, message, help);
        }
        ConnectionSettings {
            state: state.unwrap_or(Spanned::new(State::Up, entry.key.span)),
            bfd,
            bfd_interval,
            hold_time: self.reader.optional_number(&fields, "hold_time", &values::HOLD_TIME_SECONDS),
            import: self.import(&fields),
            prepend: fields.get("prepend").map(|entry| self.prepend(Some(entry), Some(kind))),
            advertised: self.reader.optional_prefixes(fields.get("advertised")),
            nat: self.reader.optional_prefixes(nat),
            learned: self.reader.optional_text(&fields, "learned"),
            peak: self.optional_rate(&fields, "peak"),
            peer_addresses: self.reader.peer_addresses(&fields),
            span: Some(entry.key.span),
        }
    }

    /// Reads whether a peering is enabled.
    pub(in crate::network::read) fn enabled(&mut self, fields: &Fields<'_>, span: Span) -> Spanned<bool> {
        let name = |enabled| if enabled { "enabled" } else { "disabled" };
        self.word(fields, "state", &[true, false], name).unwrap_or(Spanned::new(true, span))
    }
}
