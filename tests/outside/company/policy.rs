//! Route maps, said once: for the network file, for FRR, and as what must come of them.

use std::collections::BTreeSet;

use peerpath::rib::Community;

/// What a route is given by the first clause that fits; without one it stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) local_preference: Option<u32>,
    pub(crate) weight: Option<u32>,
    /// How often Microsoft's number is put before the path.
    pub(crate) prepend: usize,
}

/// A route map: clauses of a community (every route without one) and what is given, in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Map {
    pub(crate) name: &'static str,
    clauses: &'static [(Option<&'static str>, Given)],
}

const NOTHING: Given = Given { local_preference: None, weight: None, prepend: 0 };

const fn preferred(local_preference: u32) -> Given {
    Given { local_preference: Some(local_preference), ..NOTHING }
}

/// Teams preferred, and Exchange a little less.
pub(crate) const PREFERRED: Map = Map {
    name: "preferred",
    clauses: &[(Some("12076:5030"), preferred(300)), (Some("12076:5010"), preferred(200)), (None, NOTHING)],
};
/// Everything preferred.
pub(crate) const HIGH: Map = Map { name: "high", clauses: &[(None, preferred(400))] };
/// Everything shunned.
pub(crate) const LOW: Map = Map { name: "low", clauses: &[(None, preferred(50))] };
/// Teams by weight, which no other router hears of.
pub(crate) const WEIGHED: Map = Map {
    name: "weighed",
    clauses: &[(Some("12076:5030"), Given { weight: Some(50), ..NOTHING }), (None, NOTHING)],
};
/// A path that is two longer.
pub(crate) const PREPENDED: Map =
    Map { name: "prepended", clauses: &[(None, Given { prepend: 2, ..NOTHING })] };

/// All of them.
pub(crate) const MAPS: [&Map; 5] = [&PREFERRED, &HIGH, &LOW, &WEIGHED, &PREPENDED];

impl Map {
    /// What a route with these communities is given.
    pub(crate) fn gives(&self, communities: &BTreeSet<Community>) -> Given {
        let fits = |wanted: Option<&str>| {
            wanted.is_none_or(|wanted| communities.contains(&wanted.parse::<Community>().unwrap()))
        };
        self.clauses.iter().find(|(wanted, _)| fits(*wanted)).map(|(_, given)| *given).unwrap_or_default()
    }

    /// In the network file.
    pub(crate) fn network(&self) -> String {
        let mut text = format!("  - name: {}\n    clauses:\n", self.name);
        for (community, given) in self.clauses {
            let mut parts = Vec::new();
            if let Some(community) = community {
                parts.push(format!("match: {{ communities: [\"{community}\"] }}"));
            }
            let mut set = Vec::new();
            set.extend(given.local_preference.map(|value| format!("local_preference: {value}")));
            set.extend(given.weight.map(|value| format!("weight: {value}")));
            if given.prepend > 0 {
                set.push(format!("prepend: [{}]", vec!["12076"; given.prepend].join(", ")));
            }
            if !set.is_empty() {
                parts.push(format!("set: {{ {} }}", set.join(", ")));
            }
            text += &format!("      - {{ {} }}\n", parts.join(", "));
        }
        text
    }

    /// In FRR; `also` is set on every route.
    pub(crate) fn frr(&self, name: &str, also: &str) -> String {
        let mut text = String::new();
        for (index, (community, given)) in self.clauses.iter().enumerate() {
            let list = community.map(|community| format!("{name}-{}", community.replace(':', "-")));
            if let (Some(list), Some(community)) = (&list, community) {
                text += &format!("bgp community-list standard {list} permit {community}\n");
            }
            text += &format!("route-map {name} permit {}\n", 10 * (index + 1));
            text += &list.map(|list| format!(" match community {list}\n")).unwrap_or_default();
            text += also;
            let value = given.local_preference.map(|value| format!(" set local-preference {value}\n"));
            text += &value.unwrap_or_default();
            text += &given.weight.map(|value| format!(" set weight {value}\n")).unwrap_or_default();
            if given.prepend > 0 {
                text += &format!(" set as-path prepend {}\n", vec!["12076"; given.prepend].join(" "));
            }
            text += "exit\n";
        }
        text
    }
}
