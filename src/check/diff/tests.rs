//! The difference against laws and a brute force.
