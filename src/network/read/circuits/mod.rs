//! Circuits in the file.

mod circuit;
mod connection;
