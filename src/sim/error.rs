//! Why a simulation cannot be run, or must not be believed.

use crate::engine::CompileError;

/// Why a simulation cannot be run, or must not be believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimError {
    /// A network of the timeline cannot be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// An event names what the network does not have when it happens.
    #[error("`{scenario}` line {line}: when this happens, the network has no `{name}`")]
    NotThere {
        /// The scenario file.
        scenario: String,
        /// The line of the event, from 1.
        line: usize,
        /// What it names.
        name: String,
    },
    /// A prefix is withdrawn that is not advertised.
    #[error("`{scenario}` line {line}: `{prefix}` is not advertised there when it is withdrawn")]
    NotAdvertised {
        /// The scenario file.
        scenario: String,
        /// The line of the event, from 1.
        line: usize,
        /// The prefix.
        prefix: String,
    },
    /// A file that an event swaps in was not handed over.
    #[error("`{scenario}` line {line}: `{file}` was not read")]
    NotRead {
        /// The scenario file.
        scenario: String,
        /// The line of the event, from 1.
        line: usize,
        /// The file, as written.
        file: String,
    },
    /// There are packets, and none says when it was captured.
    #[error(
        "of {packets} packets none has a time, and failures come at a time: Simple Packet Blocks of pcapng have none; capture with \
         a program that writes Enhanced Packet Blocks or pcap (tcpdump, dumpcap), or look at `replay` without a scenario"
    )]
    NoTime {
        /// How many packets there are.
        packets: u64,
    },
    /// A sum does not hold: a fault of ours, so nothing of the result may be used.
    #[error("the sums of {what} do not agree: {offered} bytes in, {accounted} bytes accounted for")]
    Conservation {
        /// Of what.
        what: String,
        /// What went in.
        offered: u64,
        /// What was found.
        accounted: u64,
    },
}
