//! Rules about the hops of packets and of their replies.

pub(super) mod appliance_bypassed;
pub(super) mod gateway_drops;
pub(super) mod loops;
pub(super) mod one_way;
pub(super) mod other_circuit;
pub(super) mod sampled_flows;
pub(super) mod unevaluated;
