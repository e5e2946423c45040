//! Floor 5: what people already have, brought into the shape of a network file.
//!
//! Exports of Azure come in through [`azure`], plans of Terraform through [`terraform`], templates
//! through [`arm`]; the last two become what an export says, and share all that follows. What a file
//! cannot tell is [`Unknown`]. A plan or a template tells Azure's side only, and is laid onto a network
//! file that has the customer's. Tables of routes that exports show are kept beside the network file in
//! the text form of [`learned`].

pub mod arm;
pub mod azure;
mod declared;
mod laid;
pub mod learned;
mod onto;
pub mod terraform;
mod unknown;

pub use laid::Laid;
pub use onto::rebase;
pub use unknown::{Assumptions, Unknown, Why, near, nearest};
