//! Floor 5: what people already have, brought into the shape of a network file.
//!
//! Exports of Azure come in through [`azure`]; tables of routes that exports show are kept beside the
//! network file in the text form of [`learned`].

pub mod azure;
pub mod learned;
