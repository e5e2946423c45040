//! Tables of the shape of the Azure service tags, and traffic for them, made from a seed: the same everywhere.
//!
//! Lengths are those of June 2026 (43,348 IPv4 prefixes, of which 80 % are longer than /24; 16,115 IPv6, of which 74 % are longer
//! than /64). Half the addresses lie in prefixes that are drawn with weights like 1/rank, half anywhere near.

use std::net::{Ipv4Addr, Ipv6Addr};

use peerpath::addr::{Address, Partition, Prefix};
use peerpath::fib::NextHopId;

/// A table and the addresses that are looked up in it.
pub(crate) struct Data<A> {
    pub(crate) name: &'static str,
    pub(crate) routes: Vec<(Prefix<A>, NextHopId)>,
    pub(crate) addresses: Vec<A>,
    /// How many of the addresses have an answer, where the data is made here.
    pub(crate) hits: Option<usize>,
}

impl<A: Address> Data<A> {
    /// The answers as a function.
    pub(crate) fn partition(&self) -> Partition<A, Option<NextHopId>> {
        Partition::from_lpm(self.routes.iter().map(|(prefix, id)| (*prefix, Some(*id))), None)
    }
}

/// Sebastiano Vigna's splitmix64: reproducible everywhere, good enough to draw data.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next()).unwrap() % limit
    }

    pub(crate) fn id(&mut self, limit: usize) -> NextHopId {
        NextHopId::new(u32::try_from(self.below(limit)).unwrap()).unwrap()
    }

    /// Weights like 1/rank: every doubling of the rank is as likely as the one before.
    fn ranked(&mut self, limit: usize) -> usize {
        let bits = self.below(limit.ilog2() as usize + 1);
        self.below(2 << bits).min(limit - 1)
    }

    fn wide(&mut self) -> u128 {
        (u128::from(self.next()) << 64) | u128::from(self.next())
    }

    /// An address of the prefix.
    pub(crate) fn inside<A: Address>(&mut self, prefix: Prefix<A>) -> A {
        let hosts = prefix.first().to_u128() ^ prefix.last().to_u128();
        A::from_u128(prefix.first().to_u128() | (self.wide() & hosts))
    }
}

/// Distinct prefixes, as many of each length as told, from `draw(random, length)`.
fn prefixes<A: Address>(
    random: &mut Random,
    lengths: &[(u8, usize)],
    draw: impl Fn(&mut Random, u8) -> u128,
) -> Vec<Prefix<A>> {
    let mut all = Vec::new();
    for (length, count) in lengths {
        let mut drawn = std::collections::BTreeSet::new();
        while drawn.len() < *count {
            drawn.insert(Prefix::containing(A::from_u128(draw(random, *length)), *length).unwrap());
        }
        all.extend(drawn);
    }
    // Ranks must not follow the order of addresses.
    for last in (1..all.len()).rev() {
        all.swap(last, random.below(last + 1));
    }
    all
}

fn tag_data<A: Address>(random: &mut Random, prefixes: Vec<Prefix<A>>, near: u128, hits: usize) -> Data<A> {
    // About as many distinct sets of tags as the real feed has.
    let routes: Vec<_> = prefixes.iter().map(|prefix| (*prefix, random.id(5_500))).collect();
    let addresses = (0..1 << 19)
        .map(|_| {
            let prefix = *prefixes.get(random.ranked(prefixes.len())).unwrap();
            if random.below(2) == 0 {
                random.inside(prefix)
            } else {
                A::from_u128(prefix.first().to_u128() ^ (random.wide() & near))
            }
        })
        .collect();
    Data { name: "service-tags", routes, addresses, hits: Some(hits) }
}

pub(crate) fn tags_v4() -> Data<Ipv4Addr> {
    let random = &mut Random(20_260_626);
    let lengths = [
        (14, 60),
        (15, 90),
        (16, 250),
        (17, 250),
        (18, 400),
        (19, 500),
        (20, 800),
        (21, 1_000),
        (22, 1_300),
        (23, 1_557),
        (24, 2_400),
        (25, 2_400),
        (26, 3_700),
        (27, 4_700),
        (28, 5_800),
        (29, 3_600),
        (30, 2_990),
        (31, 2_600),
        (32, 8_951),
    ];
    let blocks = [4, 13, 20, 20, 20, 23, 40, 40, 51, 52, 52, 65, 104, 135, 172, 191_u128];
    let prefixes = prefixes(random, &lengths, |random, _| {
        let block = blocks.get(random.below(blocks.len())).unwrap();
        (block << 24) | (random.wide() & 0x00ff_ffff)
    });
    tag_data(random, prefixes, 0xffff_ffff, 265_679)
}

pub(crate) fn tags_v6() -> Data<Ipv6Addr> {
    let random = &mut Random(20_260_627);
    let lengths = [
        (36, 10),
        (40, 120),
        (44, 60),
        (46, 130),
        (47, 300),
        (48, 1_300),
        (56, 900),
        (59, 160),
        (60, 88),
        (63, 300),
        (64, 900),
        (117, 150),
        (118, 150),
        (119, 300),
        (120, 700),
        (121, 1_200),
        (122, 1_900),
        (123, 1_700),
        (124, 1_700),
        (125, 1_900),
        (126, 300),
        (127, 347),
        (128, 1_500),
    ];
    let prefixes = prefixes(random, &lengths, |random, length| {
        // 2603:1000::/24: a region's block, a few subnets, and there the low addresses.
        let region = (0x0026_0310 << 104) | (random.wide() & 0x3f_0f0f) << 80;
        let subnet = random.wide() & if length <= 64 { 0xffff } else { 0x7 };
        region | (subnet << 64) | if length <= 64 { 0 } else { random.wide() & 0xfff }
    });
    tag_data(random, prefixes, 0xffff_ffff << 80, 262_054)
}
