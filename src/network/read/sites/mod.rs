//! Sites in the file, and the links between them.

pub(in crate::network::read) mod proxy;
mod published;
mod selector;
mod site;
mod translation;
mod wan;
