//! The links that the packets of a conversation use, out and back.

pub(super) mod company;
pub(super) mod conversation;
pub(super) mod equal_cost;
mod from_subnet;
pub(super) mod reply;
mod through_proxy;
pub(super) mod walk;

pub use reply::Unanswered;
