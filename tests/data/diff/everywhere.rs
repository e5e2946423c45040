//! Two editions of Microsoft's lists, compared at ten million addresses.

use super::{
    BTreeMap, Catalog, Cause, ChangeKind, Cloud, DEMO, Diff, DiffSide, EDITION, Engine, HashMap, Inputs,
    IpAddr, Ipv4Addr, Ipv6Addr, Names, Path, Responder, Responders, ReturnDestination, Stated, Vantage,
    catalog, diff, edges, expected, hold, laws, network, probes, read, read_on, return_at, support,
};

/// A side asked fast: by the compiled table, with what its list record adds, each pair put into words once.
struct Fast<'a> {
    inputs: Inputs<'a>,
    vantage: Vantage,
    engine: Engine,
    responders: Responders,
    known: HashMap<(u32, usize, Option<Responder>), u32, foldhash::fast::FixedState>,
}

/// Words of both sides as numbers.
#[derive(Default)]
struct Words {
    ids: BTreeMap<Stated, u32>,
    all: Vec<Stated>,
}

impl<'a> Fast<'a> {
    fn new(inputs: Inputs<'a>, vantage: Vantage) -> Self {
        let engine = Engine::compile_at(inputs, vantage).unwrap();
        let responders = Responders::of(inputs.network, vantage);
        Self { inputs, vantage, engine, responders, known: HashMap::default() }
    }

    fn ask(&mut self, address: IpAddr, words: &mut Words) -> u32 {
        let decision = self.engine.decide(address);
        let record = self.inputs.catalog.record(address);
        let record = record.map_or(usize::MAX, |record| self.inputs.catalog.record_index(record));
        let responder = self.responders.get(address);
        if let Some(known) = self.known.get(&(decision.0, record, responder)) {
            return *known;
        }
        let stated = self.stated(address);
        let next = u32::try_from(words.all.len()).unwrap();
        let id = *words.ids.entry(stated.clone()).or_insert(next);
        if id == next {
            words.all.push(stated);
        }
        self.known.insert((decision.0, record, responder), id);
        id
    }

    fn stated(&self, address: IpAddr) -> Stated {
        let Inputs { catalog, network, .. } = self.inputs;
        let lookup = catalog.lookup(address);
        let decision = self.engine.decision(self.engine.decide(address));
        let names = Names { catalog, network: Some(network) };
        let circuits = |ids: &[network::CircuitId]| -> Vec<String> {
            ids.iter().map(|id| network.circuit(*id).unwrap().name.clone()).collect()
        };
        let responder = self.responders.get(address);
        let destination = ReturnDestination::of(catalog, address, &lookup).at(responder);
        let back = return_at(self.inputs, self.vantage, destination, decision, self.engine.sessions());
        let sentence = names.reason(decision);
        let session =
            |id| self.engine.sessions().iter().find(|session| session.id == id).unwrap().name.clone();
        Stated {
            path: decision.disposition,
            circuits: circuits(decision.circuits()),
            sessions: decision.next_hops().iter().map(|next_hop| session(next_hop.session)).collect(),
            prefix: decision.prefix,
            reason: sentence.rsplit_once(" [").map_or(sentence.as_str(), |(sentence, _)| sentence).to_owned(),
            back: back.map(|back| {
                let reasons = back.sources.iter();
                let reasons = reasons.map(|one| {
                    format!("{:?} {} {:?}", one.site, one.reason.word(), names.links(&one.reason.links()))
                });
                (back.verdict, reasons.collect())
            }),
            support: support(&lookup).verdict,
        }
    }
}

/// Numbers by arithmetic: splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// How many edges of decisions the slow way is asked about from each vantage point, on both sides.
const SLOW: usize = 400;

/// How many random addresses are asked, over all vantage points.
const RANDOM: usize = 10_000_000;

pub(super) fn editions() {
    let (feed, _) = peerpath::catalog::files::read_file(Path::new(EDITION)).unwrap();
    let edition = Catalog::builder(Cloud::Public).add(feed).build().unwrap();
    let (base, head) = (read(DEMO), read_on(DEMO, &edition));
    let (was, is) = (Inputs::new(&base, catalog()), Inputs::new(&head, &edition));
    let found = diff(&DiffSide::compile(was).unwrap(), &DiffSide::compile(is).unwrap()).unwrap();
    laws(&found);
    assert!(found.has_moves(), "the editions differ");
    // What neither edition settles differs in nothing.
    let caused =
        |change: &&peerpath::check::diff::Change| change.cause == Cause::Nothing && change.from == change.to;
    let other = found.changes.iter().find(|change| change.cause != Cause::Feed && !caused(change));
    assert!(other.is_none(), "{other:?}");
    std::thread::scope(|scope| {
        for index in 0..found.vantages.len() {
            let found = &found;
            scope.spawn(move || everywhere(found, index, was, is));
        }
    });
}

/// Holds a difference to both sides from one vantage point: at every edge of a decision, of a change and of a list
/// record, and at its share of the random addresses.
fn everywhere(found: &Diff, index: usize, was: Inputs<'_>, is: Inputs<'_>) {
    let vantage = Vantage::named(was.network, found.vantage(index)).unwrap();
    let mut words = Words::default();
    let (mut here, mut there) = (Fast::new(was, vantage), Fast::new(is, vantage));
    // The fast way says what the slow way does, at edges of decisions and of changes.
    let edges_of_decisions = probes(found, [&here.engine, &there.engine]);
    let step = edges_of_decisions.len().div_ceil(SLOW);
    for (number, address) in edges_of_decisions.into_iter().enumerate() {
        let fast = (here.stated(address), there.stated(address));
        if number % step == 0 {
            assert_eq!(
                fast,
                (super::words(was, vantage, address), super::words(is, vantage, address)),
                "{address}"
            );
        }
        hold(found, index, address, &fast.0, &fast.1);
    }
    let lists = [was.catalog, is.catalog];
    let starts4 = lists.map(|lists| lists.cover4().partition().starts().to_vec()).concat();
    let starts6 = lists.map(|lists| lists.cover6().partition().starts().to_vec()).concat();
    let edges4 = edges(starts4.iter().copied()).into_iter().map(IpAddr::V4);
    let edges6 = edges(starts6.iter().copied()).into_iter().map(IpAddr::V6);
    let mut random = Random(index as u64);
    let drawn = (0..RANDOM / found.vantages.len()).map(|number| {
        let draw = random.next();
        match number % 4 {
            0 | 1 => IpAddr::V4(Ipv4Addr::from((draw >> 32) as u32)),
            // Near where the lists have something: most of the space has nothing.
            2 => {
                let near = starts4[draw as usize % starts4.len()];
                IpAddr::V4(Ipv4Addr::from(u32::from(near).wrapping_add((draw >> 40) as u32 >> (draw % 24))))
            }
            _ => {
                let near = starts6[draw as usize % starts6.len()];
                let offset = u128::from(random.next()) << (draw % 70);
                IpAddr::V6(Ipv6Addr::from(u128::from(near).wrapping_add(offset)))
            }
        }
    });
    for address in edges4.chain(edges6).chain(drawn) {
        let (was, is) = (here.ask(address, &mut words), there.ask(address, &mut words));
        agree(found, index, address, &words, was, is);
    }
}

/// The short form of [`hold`], for words known by numbers.
fn agree(found: &Diff, vantage: usize, address: IpAddr, words: &Words, was: u32, is: u32) {
    let change = found.change_at(vantage, address);
    let (before, after) = (&words.all[was as usize], &words.all[is as usize]);
    // Equal numbers are equal words; comparing these again ten million times would only take time.
    let kind = match (was == is, ["unknown", "ambiguous"].contains(&before.path.word())) {
        (true, true) => ChangeKind::Unknown,
        (true, false) => ChangeKind::Unchanged,
        (false, _) => expected(before, after),
    };
    let reported = change.map_or(ChangeKind::Unchanged, |change| change.kind);
    assert_eq!(reported, kind, "{address} from {}: {before:?} {after:?}", found.vantage(vantage));
    if let Some(change) = change {
        let paths = (found.outcome(change.from).path, found.outcome(change.to).path);
        assert_eq!(paths, (before.path, after.path), "{address}");
    }
}
