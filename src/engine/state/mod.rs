//! The state of links, outages, and how long a failure goes undetected.

mod detection;
mod link_state;
mod outage;

pub use detection::{
    BFD_INTERVAL, BFD_MULTIPLIER, DetectedBy, Detection, Failure, GATEWAY_CONVERGENCE, HOLD_TIME,
    LEAST_HOLD_TIME, detection, hold_time,
};
pub use link_state::{Link, LinkState};
pub use outage::Outage;
