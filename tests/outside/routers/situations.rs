//! What happens to the network, one situation after the other.

use peerpath::addr::IpPrefix;
use peerpath::catalog::Catalog;

use super::world::{AGGREGATES, InternetRoute, World};

/// A state of the network with a name.
pub(crate) struct Situation {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) world: World,
}

/// Regions and Microsoft 365.
const FILTER: [&str; 11] = [
    "12076:51002", // West Europe
    "12076:51003", // North Europe
    "12076:51004", // East US
    "12076:51005", // East US 2
    "12076:51006", // West US
    "12076:51009", // South Central US
    "12076:5010",  // Exchange
    "12076:5020",  // SharePoint
    "12076:5030",  // Teams
    "12076:5040",  // Dynamics 365
    "12076:5050",  // Azure global services
];

/// Two regions less, two more, no Exchange.
const OTHER_FILTER: [&str; 10] = [
    "12076:51002",
    "12076:51004",
    "12076:51005",
    "12076:51006",
    "12076:51012", // Southeast Asia or another region of the table
    "12076:51013",
    "12076:5020",
    "12076:5030",
    "12076:5040",
    "12076:5050",
];

/// All situations, in the order in which the routers go through them.
pub(crate) fn situations(catalog: &Catalog) -> Vec<Situation> {
    let base = World {
        filter: FILTER.to_vec(),
        up: [true, true],
        internet: Vec::new(),
        imports: [Some("microsoft"), Some("microsoft"), None],
        max_paths: None,
        static_routes: &[],
    };
    let microsoft: Vec<IpPrefix> = base.microsoft(catalog).into_keys().collect();
    let base = World { internet: internet(&microsoft, false), ..base };
    let named = |name, what, world| Situation { name, what, world };
    let with = |change: &dyn Fn(&mut World)| {
        let mut world = base.clone();
        change(&mut world);
        world
    };
    vec![
        named("both up", "both connections carry; regions by local preference 200, Teams 300", base.clone()),
        named("primary down", "the link of the primary fails", with(&|world| world.up = [false, true])),
        named("secondary down", "the link of the secondary fails", with(&|world| world.up = [true, false])),
        named(
            "both down",
            "both links fail: everything takes the internet",
            with(&|world| world.up = [false; 2]),
        ),
        named(
            "filter changed",
            "the route filter loses two communities and gains two",
            with(&|world| world.filter = OTHER_FILTER.to_vec()),
        ),
        named(
            "local preference moved",
            "the primary prefers most regions and shuns West Europe and Teams; the provider's large prefixes at 250",
            with(&|world| world.imports = [Some("microsoft-moved"), Some("microsoft"), Some("internet")]),
        ),
        named(
            "more specific on the internet",
            "the provider has halves of every fifth prefix of Microsoft's",
            with(&|world| world.internet = internet(&microsoft, true)),
        ),
        named(
            "prepend on one connection",
            "the path over the primary is three longer; the provider's is one longer than the secondary's",
            with(&|world| world.imports = [Some("prepended"), None, None]),
        ),
        named(
            "prepend on both connections",
            "equal prefixes of the provider's have the shorter path",
            with(&|world| world.imports = [Some("prepended"), Some("prepended"), None]),
        ),
        named(
            "route maps that deny and weigh",
            "small prefixes and North Europe refused on the primary, Exchange weighed; path patterns at the provider",
            with(&|world| world.imports = [Some("selective"), Some("microsoft"), Some("internet")]),
        ),
        named(
            "one path only",
            "no multipath: the tie goes to the lower router id",
            with(&|world| world.max_paths = Some(1)),
        ),
        named(
            "static routes",
            "one prefix by hand to the internet, one to the secondary, one discarded",
            with(&|world| {
                world.static_routes = &[
                    "{ prefix: 13.69.0.0/17, via: internet }",
                    "{ prefix: 20.50.0.0/16, via: er/microsoft/secondary }",
                    "{ prefix: \"2603:1020::/33\", via: discard }",
                    "{ prefix: 52.112.0.0/14, via: discard }",
                ];
            }),
        ),
    ]
}

/// What the provider has: aggregates, every seventh prefix just as Microsoft advertises it, and with
/// `specific` the lower half of every fifth.
fn internet(microsoft: &[IpPrefix], specific: bool) -> Vec<InternetRoute> {
    let mut all: Vec<InternetRoute> = Vec::new();
    let mut add = |prefix: IpPrefix, path: &[u32]| {
        if all.iter().all(|route| route.prefix != prefix) {
            all.push(InternetRoute { prefix, path: path.to_vec() });
        }
    };
    for prefix in AGGREGATES {
        add(prefix.parse().unwrap(), &[8075]);
    }
    for (index, prefix) in microsoft.iter().enumerate().filter(|(index, _)| index % 7 == 0) {
        // Paths that the route maps tell apart.
        let path: &[u32] = [&[8075][..], &[8075, 8068], &[64511]][index / 7 % 3];
        add(*prefix, path);
    }
    if specific {
        for prefix in microsoft.iter().step_by(5) {
            let half = format!("{}/{}", prefix.first(), prefix.length() + 1);
            if let Ok(half) = half.parse() {
                add(half, &[8075]);
            }
        }
    }
    all
}
