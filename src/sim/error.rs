//! The reasons why a simulation cannot run, or its result must not be used.

use crate::engine::CompileError;

/// The reasons why a simulation cannot run, or its result must not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimError {
    /// A network of the timeline cannot be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// An event names something that the network does not have at that time.
    #[error("`{scenario}` line {line}: the network has no `{name}` at the time of this event")]
    NotThere {
        /// The scenario file.
        scenario: String,
        /// The line of the event, from 1.
        line: usize,
        /// The name.
        name: String,
    },
    /// An event withdraws a prefix that is not advertised.
    #[error("`{scenario}` line {line}: `{prefix}` cannot be withdrawn, because it is not advertised there")]
    NotAdvertised {
        /// The scenario file.
        scenario: String,
        /// The line of the event, from 1.
        line: usize,
        /// The prefix.
        prefix: String,
    },
    /// A file that an event loads was not provided.
    #[error("`{scenario}` line {line}: `{file}` was not read")]
    NotRead {
        /// The scenario file.
        scenario: String,
        /// The line of the event, from 1.
        line: usize,
        /// The file, as written.
        file: String,
    },
    /// There are packets, but none has a timestamp.
    #[error(
        "none of the {packets} packets has a timestamp, but failures need timestamps (Simple Packet Blocks in pcapng have none): capture \
         with a program that writes Enhanced Packet Blocks or pcap (tcpdump, dumpcap), or use `replay` without a scenario"
    )]
    NoTime {
        /// The number of packets.
        packets: u64,
    },
    /// The sums do not agree. This is a bug in peerpath, so no part of the result may be used.
    #[error(
        "the sums for {what} do not agree: {offered} bytes were offered, but {accounted} bytes are accounted for"
    )]
    Conservation {
        /// The sums that do not agree.
        what: String,
        /// The bytes offered.
        offered: u64,
        /// The bytes accounted for.
        accounted: u64,
    },
}
