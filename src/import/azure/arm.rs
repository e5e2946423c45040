//! Ids of Azure Resource Manager.

use crate::import::azure::redact::redact;

/// The id of a resource. Comparison ignores case, as in Azure.
#[derive(Clone, Debug)]
pub(super) struct ArmId {
    /// The whole id in lower case; used only for comparison, never shown.
    key: String,
    /// The segments as written.
    segments: Vec<String>,
}

impl PartialEq for ArmId {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for ArmId {}

impl ArmId {
    /// Parses an id; `None` if the text is not an id.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches('/');
        let segments = text.strip_prefix('/')?.split('/').map(str::to_owned).collect::<Vec<_>>();
        (segments.len() >= 2).then(|| Self { key: text.to_ascii_lowercase(), segments })
    }

    /// Returns the segment after the segment with this name, such as the name after `virtualNetworks`.
    pub(super) fn behind(&self, segment: &str) -> Option<String> {
        let at = self.segments.iter().position(|known| known.eq_ignore_ascii_case(segment))?;
        self.segments.get(at + 1).map(|name| redact(name)).filter(|name| !name.is_empty())
    }

    /// Returns the resource group.
    pub(super) fn resource_group(&self) -> Option<String> {
        self.behind("resourceGroups")
    }

    /// Returns the provider, the type and the names in an id. In the id of a subnet, these are `Microsoft.Network`,
    /// `virtualNetworks/subnets` and, for example, `hub/apps`. `None` if the id is not the id of a resource.
    pub(super) fn kind_and_name(&self) -> Option<(String, String, String)> {
        let at = self.segments.iter().rposition(|known| known.eq_ignore_ascii_case("providers"))?;
        let (provider, rest) = self.segments.get(at + 1..)?.split_first()?;
        let every = |from: usize| rest.iter().skip(from).step_by(2).map(String::as_str).collect::<Vec<_>>();
        let whole = !rest.is_empty() && rest.len().is_multiple_of(2);
        whole.then(|| (provider.clone(), every(0).join("/"), redact(&every(1).join("/"))))
    }

    /// Returns the id up to and including the name after this segment. From the id of a subnet, `virtualNetworks`
    /// selects the id of its virtual network.
    pub(super) fn up_to(&self, segment: &str) -> Option<Self> {
        let at = self.segments.iter().position(|known| known.eq_ignore_ascii_case(segment))?;
        let segments = self.segments.get(..at + 2)?.to_vec();
        let key = format!("/{}", segments.join("/").to_ascii_lowercase());
        Some(Self { key, segments })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_ids() {
        let text =
            "/subscriptions/s/resourceGroups/RG/providers/Microsoft.Network/virtualNetworks/hub/subnets/Gate";
        let id = ArmId::parse(text);
        let id = id.as_ref();
        assert_eq!(id.and_then(ArmId::resource_group).as_deref(), Some("RG"));
        assert_eq!(id.and_then(|id| id.behind("virtualnetworks")).as_deref(), Some("hub"));
        let parts = ["Microsoft.Network", "virtualNetworks/subnets", "hub/Gate"].map(str::to_owned);
        assert_eq!(id.and_then(ArmId::kind_and_name), Some(parts.into()));
        let network = "/subscriptions/S/resourcegroups/rg/providers/Microsoft.Network/virtualNetworks/HUB";
        let up = id.and_then(|id| id.up_to("virtualNetworks"));
        assert_eq!(up.map(|id| id.key), ArmId::parse(network).map(|id| id.key));
        assert_eq!(ArmId::parse("hub"), None);
    }
}
