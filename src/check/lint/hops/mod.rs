//! Rules about the hops of packets and of their answers.

pub(super) mod circles;
pub(super) mod gateway_drops;
pub(super) mod one_way;
pub(super) mod trips;
pub(super) mod unevaluated;
