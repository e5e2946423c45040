//! Circuits of the file.

mod circuit;
mod connection;
