//! Sites of the file, and what joins them.

mod published;
mod site;
mod translation;
mod wan;
