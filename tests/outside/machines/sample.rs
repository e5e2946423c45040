//! The addresses that are compared.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use peerpath::addr::{IpPrefix, special};

/// SplitMix64: the same addresses in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn wide(&mut self) -> u128 {
        u128::from(self.next()) << 64 | u128::from(self.next())
    }
}

/// First, last, one before and one behind of every prefix, one seeded address inside of it, and
/// `anywhere` seeded addresses of each family. Special-purpose blocks are left out but for `own`
/// prefixes: routers do not forward to them, whatever the tables say.
pub(crate) fn addresses(prefixes: &BTreeSet<IpPrefix>, own: &[IpPrefix], anywhere: usize) -> Vec<IpAddr> {
    let mut random = Random(12076);
    let mut all = BTreeSet::new();
    for prefix in prefixes.iter().chain(own) {
        let (first, last) = (number(prefix.first()), number(prefix.last()));
        let inside = first + random.wide() % (last - first).saturating_add(1).max(1);
        let most = if prefix.first().is_ipv4() { u128::from(u32::MAX) } else { u128::MAX };
        let around = [Some(first), Some(last), first.checked_sub(1), last.checked_add(1), Some(inside)];
        let around = around.into_iter().flatten().filter(|number| *number <= most);
        all.extend(around.map(|number| address(number, prefix.first().is_ipv4())));
    }
    for _ in 0..anywhere {
        all.insert(address(random.wide() >> 96, true));
        // 2000::/3, where addresses are given out.
        all.insert(address((random.wide() >> 3) | (1 << 125), false));
    }
    let asked = |address: &IpAddr| {
        special::block_of(*address).is_none() || own.iter().any(|prefix| prefix.contains(*address))
    };
    // The router's own address in a prefix of its own is not forwarded either, but it has none there.
    all.into_iter().filter(asked).collect()
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => address.into(),
    }
}

fn address(number: u128, v4: bool) -> IpAddr {
    if v4 {
        IpAddr::V4(Ipv4Addr::from(u32::try_from(number).unwrap()))
    } else {
        IpAddr::V6(Ipv6Addr::from(number))
    }
}
