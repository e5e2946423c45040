//! Rules about the loss of an availability zone.

use crate::check::lint::Subject;
use crate::check::lint::azure::gateways::no_sku;
use crate::check::lint::evidence::{Findings, Object};
use crate::diag::{Code, Diagnostic};
use crate::network::GatewaySku;

/// Reports gateways whose size does not support availability zones.
pub(in crate::check::lint) fn zones(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_ZONES, Object::Gateway, 0);
    for own in &subject.network.virtual_networks {
        let Some(gateway) = &own.gateway else { continue };
        let Some(sku) = gateway.sku else {
            if !gateway.circuits.is_empty() {
                found.lacks(Code::LINT_ZONES, no_sku(own));
            }
            continue;
        };
        found.examined(Code::LINT_ZONES, Object::Gateway, 1);
        let other = match sku.value {
            GatewaySku::Standard => GatewaySku::ErGw1Az,
            GatewaySku::HighPerformance => GatewaySku::ErGw2Az,
            GatewaySku::UltraPerformance => GatewaySku::ErGw3Az,
            GatewaySku::ErGw1Az | GatewaySku::ErGw2Az | GatewaySku::ErGw3Az | GatewaySku::ErGwScale => {
                continue;
            }
        };
        let message = format!("the gateway of `{}` ({}) is not zone-redundant", own.name, sku.value.name());
        found.push(
            Diagnostic::advice(Code::LINT_ZONES, &subject.network.source, message).at(sku.span, "").help(
                format!("migrate the gateway to a zone-redundant size and set `sku: {}`", other.name()),
            ),
        );
    }
}
