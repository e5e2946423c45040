//! Rules about the peerings of circuits: filters, addresses, sessions, load and loss.

pub(super) mod backup;
pub(super) mod capacity;
pub(super) mod filter;
pub(super) mod left_out;
pub(super) mod peering_addresses;
pub(super) mod resiliency;
pub(super) mod sessions;
