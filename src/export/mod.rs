//! Floor 5: a network file in the words of other programs.
//!
//! | module | what |
//! |---|---|
//! | [`frr`] | the edge of a site as a configuration of FRR |

pub mod frr;
