//! Sites in the file, and the links between them.

mod published;
mod site;
mod translation;
mod wan;
