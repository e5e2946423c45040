//! Sites in the file, and the links between them.

mod published;
mod selector;
mod site;
mod translation;
mod wan;
