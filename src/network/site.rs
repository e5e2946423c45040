//! Sites: where clients sit and how they leave.

use super::CircuitId;
use crate::addr::{Family, IpPrefix, Prefix};
use crate::diag::{Span, Spanned};

/// Index of a [`Site`] in [`Network::sites`](super::Network::sites).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteId(pub u32);

impl SiteId {
    /// The index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A place with clients.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Site {
    /// Its name, unique in the network.
    pub name: String,
    /// The clients' addresses; no two sites overlap.
    pub prefixes: Vec<Spanned<IpPrefix>>,
    /// How it reaches the internet, or `None` where it does not.
    pub internet: Option<InternetEdge>,
    /// The circuits that its edge learns routes from, in the file's order; all circuits by default.
    pub circuits: Vec<CircuitId>,
    /// Its name in the file.
    pub span: Span,
}

/// A site's way to the internet.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InternetEdge {
    /// Its name, unique in the network; `<site>-internet` by default.
    pub name: String,
    /// The public prefixes that clients appear from after translation; empty where clients keep
    /// their own addresses.
    pub nat: Vec<Spanned<IpPrefix>>,
    /// For which families it learns a default route.
    pub default_route: DefaultRoute,
    /// Its name in the file, or the key `internet` where the name is the default.
    pub span: Span,
}

/// For which families an internet edge learns a default route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DefaultRoute {
    /// `0.0.0.0/0`.
    pub ipv4: bool,
    /// `::/0`.
    pub ipv6: bool,
}

impl DefaultRoute {
    /// The default routes that there are.
    pub fn prefixes(self) -> impl Iterator<Item = IpPrefix> {
        let v4 = self.ipv4.then_some(IpPrefix::V4(Prefix::ALL));
        let v6 = self.ipv6.then_some(IpPrefix::V6(Prefix::ALL));
        v4.into_iter().chain(v6)
    }

    /// Whether there is one for this family.
    pub fn has(self, family: Family) -> bool {
        match family {
            Family::V4 => self.ipv4,
            Family::V6 => self.ipv6,
        }
    }
}

impl Default for DefaultRoute {
    /// Both families.
    fn default() -> Self {
        Self { ipv4: true, ipv6: true }
    }
}
