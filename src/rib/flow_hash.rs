//! Selects one of several equal-cost routes for a flow, using a hash of the flow's five-tuple.
//!
//! Router vendors do not publish their hash functions, so no model can predict which route a given router selects.
//! Two properties are universal and also apply here: all packets of a flow take the same path, and flows are spread
//! evenly.

use std::net::IpAddr;
use std::num::NonZeroUsize;

use crate::addr::FlowKey;

/// Returns a hash of the five-tuple that is stable across versions: 64-bit FNV-1a over source address, destination
/// address, protocol, source port and destination port, each in network byte order with an IPv4 address as 4 bytes,
/// followed by the 64-bit finalizer of MurmurHash3 so that every bit depends on every byte. The two directions of a
/// conversation have different hashes, as on routers by default.
pub fn flow_hash(key: &FlowKey) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    let hash = address(address(OFFSET, key.source), key.destination);
    let hash = bytes(hash, &[key.protocol]);
    let hash = bytes(bytes(hash, &key.source_port.to_be_bytes()), &key.destination_port.to_be_bytes());
    finalize(hash)
}

/// Returns the index of the path, `0..paths`, that a flow uses. The hash space is divided into `paths` equal regions
/// (hash-threshold, RFC 2992), so that adding or removing a path moves the fewest flows.
pub fn flow_path(key: &FlowKey, paths: NonZeroUsize) -> usize {
    let paths = u128::try_from(paths.get()).unwrap_or(u128::MAX >> 64);
    let region = (u128::from(flow_hash(key)) * paths) >> 64;
    usize::try_from(region).unwrap_or_default()
}

fn address(hash: u64, address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(address) => bytes(hash, &address.octets()),
        IpAddr::V6(address) => bytes(hash, &address.octets()),
    }
}

fn bytes(hash: u64, bytes: &[u8]) -> u64 {
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME))
}

fn finalize(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(
        source: &str,
        destination: &str,
        protocol: u8,
        source_port: u16,
        destination_port: u16,
    ) -> FlowKey {
        let (source, destination) = (source.parse().unwrap(), destination.parse().unwrap());
        FlowKey { source, destination, protocol, source_port, destination_port }
    }

    #[test]
    fn never_changes() {
        // Computed independently of this code, from the description above.
        let teams = key("10.0.0.1", "52.112.0.1", 17, 50_000, 3478);
        assert_eq!(flow_hash(&teams), 0x88b8_79b5_dbc7_e24c);
        let web = key("2001:db8::1", "2603:1061::1", 6, 50_000, 443);
        assert_eq!(flow_hash(&web), 0xddf8_b3ee_7197_1779);
        assert_ne!(flow_hash(&web), flow_hash(&web.reversed()));
    }

    #[test]
    fn flows_spread_evenly() {
        let paths = NonZeroUsize::new(3).unwrap();
        let mut flows = [0_u32; 3];
        for port in 1..=30_000 {
            flows[flow_path(&key("10.0.0.1", "52.112.0.1", 6, port, 443), paths)] += 1;
        }
        assert!(flows.iter().all(|count| (9_700..=10_300).contains(count)), "{flows:?}");
        assert_eq!(flow_path(&key("10.0.0.1", "52.112.0.1", 6, 1, 443), NonZeroUsize::MIN), 0);
    }
}
