//! Which links the packets of a conversation pass, out and back.

pub(super) mod answers;
pub(super) mod company;
pub(super) mod equal_cost;
mod from_subnet;
pub(super) mod route;
pub(super) mod walk;

pub use answers::Unanswered;
