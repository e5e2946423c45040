//! `catalog::fetch` against a server on the own machine: right, slow, broken, huge and wrong answers.
//! No test leaves the machine, and none waits for time to pass except for the short timeout under test.

#![cfg(feature = "fetch")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod bad_answers;
mod cancelling;
mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::future::pending;
use std::path::Path;
use std::sync::{Arc, Mutex};

use peerpath::catalog::Instance;
use peerpath::catalog::fetch::{
    ClientRequestId, Download, Fault, FeedFacts, FeedFile, FeedSource, FetchOptions, FetchOutcome, FileFate,
    Limits, SERVED_INSTANCES, STATE_FILE, SetupError, WebAddress, fetch, fetch_blocking,
};
use peerpath::diag::{Progress, Silent, TaskId};
use serde_json::Value;
use server::{Reply, Server};
use tempfile::TempDir;
use tokio::sync::{Barrier, Notify};

const ID: &str = "b10c5ed1-bad1-445f-b386-b919946339a7";
const VERSIONS: &str = r#"[
    {"instance":"Worldwide","latest":"2026053100"},
    {"instance":"China","latest":"2026042900"},
    {"instance":"Germany","latest":"2020010100"},
    {"instance":"USGovDoD","latest":"2026053101"},
    {"instance":"USGovGCCHigh","latest":"2026053102"}
]"#;
const SETS: &str = r#"[{"id":1,"serviceArea":"Exchange","ips":["40.92.0.0/15","2a01:111:f403::/48"]}]"#;
const TAGS: &str = r#"{"changeNumber":406,"cloud":"Public","values":[{"name":"Sql"},{"name":"Storage"}]}"#;

/// What the importers will do, in little: an array of endpoint sets, or service tags with a change number.
fn validate(file: &FeedFile, bytes: &[u8]) -> Result<FeedFacts, Box<dyn Error + Send + Sync>> {
    let value: Value = serde_json::from_slice(bytes)?;
    let records = match file.feed {
        FeedSource::Endpoints { .. } => value.as_array().ok_or("endpoint sets are an array")?,
        FeedSource::Download => value["values"].as_array().ok_or("service tags have `values`")?,
    };
    let edition = value["changeNumber"].as_u64().map(|number| number.to_string());
    Ok(FeedFacts { edition, records: records.len() as u64 })
}

fn options(directory: &TempDir, server: &Server) -> FetchOptions {
    FetchOptions {
        directory: directory.path().to_owned(),
        base: server.base.parse().unwrap(),
        instances: Vec::new(),
        downloads: Vec::new(),
        client_request_id: ID.parse().unwrap(),
        limits: Limits::default(),
        proxy: None,
    }
}

fn download(server: &Server, path: &str) -> Download {
    Download::named_by_address(format!("{}{path}", server.base).parse().unwrap()).unwrap()
}

async fn run(options: &FetchOptions) -> FetchOutcome {
    fetch(options, &validate, &Silent, pending()).await.unwrap()
}

/// Every file of a directory with its content, the state file apart.
fn content(directory: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| {
            (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap())
        })
        .filter(|(name, _)| name != STATE_FILE)
        .collect()
}

fn only(outcome: &FetchOutcome) -> &FileFate {
    assert_eq!(outcome.files.len(), 1);
    &outcome.files[0].fate
}

fn fault(outcome: &FetchOutcome) -> &Fault {
    match only(outcome) {
        FileFate::Failed(error) => &error.fault,
        other => panic!("{other:?}"),
    }
}

fn service(sets: &str) -> [(&'static str, Reply); 5] {
    [
        ("/version", Reply::Json(VERSIONS.to_owned())),
        ("/endpoints/Worldwide", Reply::Json(sets.to_owned())),
        ("/endpoints/China", Reply::Json(sets.to_owned())),
        ("/endpoints/USGovDoD", Reply::Json(sets.to_owned())),
        ("/endpoints/USGovGCCHigh", Reply::Json(sets.to_owned())),
    ]
}

#[tokio::test]
async fn all_instances_and_a_download_come_once_and_are_then_unchanged() {
    let directory = TempDir::new().unwrap();
    let server =
        Server::start(service(SETS).into_iter().chain([("/tags.json", Reply::Json(TAGS.to_owned()))])).await;
    let options = FetchOptions {
        instances: SERVED_INSTANCES.to_vec(),
        downloads: vec![download(&server, "/tags.json?sig=secret")],
        ..options(&directory, &server)
    };

    let first = run(&options).await;
    assert!(first.is_complete(), "{first:?}");
    assert_eq!(first.other_instances, ["Germany"]);
    let seen: Vec<_> = first
        .files
        .iter()
        .map(|file| match &file.fate {
            FileFate::Replaced { old: None, edition, bytes, records, .. } => {
                (file.name.as_str(), edition.as_deref().unwrap(), *bytes, *records)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let size = SETS.len() as u64;
    assert_eq!(
        seen,
        [
            ("endpoints_worldwide.json", "2026053100", size, 1),
            ("endpoints_china.json", "2026042900", size, 1),
            ("endpoints_usgovdod.json", "2026053101", size, 1),
            ("endpoints_usgovgcchigh.json", "2026053102", size, 1),
            ("tags.json", "406", TAGS.len() as u64, 2),
        ]
    );
    assert_eq!(
        server.asked(),
        [
            format!("/endpoints/China?clientrequestid={ID}"),
            format!("/endpoints/USGovDoD?clientrequestid={ID}"),
            format!("/endpoints/USGovGCCHigh?clientrequestid={ID}"),
            format!("/endpoints/Worldwide?clientrequestid={ID}"),
            "/tags.json?sig=secret".to_owned(),
            format!("/version?clientrequestid={ID}"),
        ]
    );
    let state = std::fs::read_to_string(directory.path().join(STATE_FILE)).unwrap();
    assert!(state.contains(ID) && !state.contains("secret"), "{state}");
    let before = content(directory.path());
    assert_eq!(before.len(), 5);

    let second = run(&options).await;
    assert!(second.files.iter().all(|file| matches!(file.fate, FileFate::Unchanged { .. })), "{second:?}");
    assert_eq!(
        server.asked().len(),
        8,
        "the version and the download are asked again, the endpoint sets not"
    );
    assert_eq!(content(directory.path()), before);
    assert_eq!(std::fs::read_to_string(directory.path().join(STATE_FILE)).unwrap(), state);
}

/// Editions of the directory and of the server: what is fetched, and what stands afterwards.
#[tokio::test]
async fn only_a_newer_version_replaces_and_a_changed_file_is_fetched_again() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("endpoints_worldwide.json");
    let old = Server::start(service(SETS)).await;
    let worldwide = |server: &Server| FetchOptions {
        instances: vec![Instance::Worldwide],
        ..options(&directory, server)
    };
    run(&worldwide(&old)).await;

    let older = [("/version", Reply::Json(r#"[{"instance":"Worldwide","latest":"2026010100"}]"#.to_owned()))];
    let outcome = run(&worldwide(&Server::start(older).await)).await;
    assert!(
        matches!(only(&outcome), FileFate::Unchanged { edition, .. } if edition.as_deref() == Some("2026053100"))
    );

    let newer = Reply::Json(r#"[{"instance":"Worldwide","latest":"2026063000"}]"#.to_owned());
    let new_sets = r#"[{"id":1},{"id":2}]"#;
    let newer =
        Server::start([("/version", newer), ("/endpoints/Worldwide", Reply::Json(new_sets.to_owned()))])
            .await;
    let outcome = run(&worldwide(&newer)).await;
    match only(&outcome) {
        FileFate::Replaced { old: Some(old), edition, records: 2, .. } => {
            assert_eq!(
                (old.edition.as_deref(), edition.as_deref()),
                (Some("2026053100"), Some("2026063000"))
            );
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), new_sets);

    std::fs::write(&path, "edited by hand").unwrap();
    let outcome = run(&worldwide(&newer)).await;
    assert!(
        matches!(only(&outcome), FileFate::Replaced { old: Some(old), .. } if old.edition.is_none()),
        "{outcome:?}"
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), new_sets);

    std::fs::remove_file(&path).unwrap();
    assert!(matches!(only(&run(&worldwide(&newer)).await), FileFate::Replaced { old: None, .. }));
}

#[tokio::test]
async fn three_redirects_are_followed_and_the_limit_of_size_is_inclusive() {
    let directory = TempDir::new().unwrap();
    let server = Server::start([
        ("/a.json", Reply::redirect("/b")),
        ("/b", Reply::redirect("c")),
        ("/c", Reply::redirect("/d?x=1")),
        ("/d", Reply::Json(TAGS.to_owned())),
    ])
    .await;
    let mut options =
        FetchOptions { downloads: vec![download(&server, "/a.json")], ..options(&directory, &server) };
    options.limits.max_bytes = TAGS.len() as u64;
    let outcome = run(&options).await;
    assert!(
        matches!(only(&outcome), FileFate::Replaced { edition, .. } if edition.as_deref() == Some("406")),
        "{outcome:?}"
    );
    options.limits.max_bytes -= 1;
    assert!(matches!(fault(&run(&options).await), Fault::TooLarge { .. }));
    assert_eq!(content(directory.path())["a.json"], TAGS);
}

#[tokio::test]
async fn files_come_side_by_side() {
    let directory = TempDir::new().unwrap();
    // No answer comes before all three requests have come.
    let barrier = Arc::new(Barrier::new(3));
    let together = || Reply::Together(Arc::clone(&barrier), TAGS.to_owned());
    let server = Server::start([("/a", together()), ("/b", together()), ("/c", together())]).await;
    let downloads = ["/a", "/b", "/c"].map(|path| download(&server, path)).to_vec();
    let outcome = run(&FetchOptions { downloads, ..options(&directory, &server) }).await;
    assert!(outcome.is_complete(), "{outcome:?}");
}

#[tokio::test]
async fn one_slot_is_enough_for_all() {
    let directory = TempDir::new().unwrap();
    let server = Server::start(service(SETS)).await;
    let mut options = FetchOptions { instances: SERVED_INSTANCES.to_vec(), ..options(&directory, &server) };
    options.limits.side_by_side = 0;
    assert!(run(&options).await.is_complete());
}

/// Counts tasks and bytes, and tells when a first part of a body has come.
#[derive(Default)]
struct Watch {
    seen: Mutex<(usize, BTreeSet<usize>, u64)>,
    advanced: Notify,
}

impl Progress for Watch {
    fn begin(&self, _: &str, _: Option<u64>) -> TaskId {
        let mut seen = self.seen.lock().unwrap();
        seen.0 += 1;
        let id = seen.0;
        seen.1.insert(id);
        TaskId(id)
    }
    fn advance(&self, _: TaskId, amount: u64) {
        self.seen.lock().unwrap().2 += amount;
        self.advanced.notify_one();
    }
    fn end(&self, task: TaskId) {
        assert!(self.seen.lock().unwrap().1.remove(&task.0), "ended once");
    }
}

impl Watch {
    /// Tasks begun, tasks not ended, bytes.
    fn counts(&self) -> (usize, usize, u64) {
        let seen = self.seen.lock().unwrap();
        (seen.0, seen.1.len(), seen.2)
    }
}

#[tokio::test]
async fn progress_counts_every_byte_and_ends_every_task() {
    let directory = TempDir::new().unwrap();
    let server =
        Server::start([("/a", Reply::Json(TAGS.to_owned())), ("/b", Reply::Json("[]".to_owned()))]).await;
    let downloads = ["/a", "/b", "/c"].map(|path| download(&server, path)).to_vec();
    let options = FetchOptions { downloads, ..options(&directory, &server) };
    let watch = Watch::default();
    fetch(&options, &validate, &watch, pending()).await.unwrap();
    assert_eq!(watch.counts(), (2, 0, TAGS.len() as u64 + 2));
}

#[tokio::test]
async fn a_file_that_cannot_be_put_in_place_fails_alone() {
    let directory = TempDir::new().unwrap();
    std::fs::create_dir(directory.path().join("a.json")).unwrap();
    let server = Server::start(["/a.json", "/b.json"].map(|path| (path, Reply::Json(TAGS.to_owned())))).await;
    let downloads = ["/a.json", "/b.json"].map(|path| download(&server, path)).to_vec();
    let outcome = run(&FetchOptions { downloads, ..options(&directory, &server) }).await;
    assert!(
        matches!(&outcome.files[0].fate, FileFate::Failed(error) if matches!(error.fault, Fault::Read { .. } | Fault::Write { .. }))
    );
    assert!(matches!(outcome.files[1].fate, FileFate::Replaced { .. }));
}

#[tokio::test]
async fn a_run_that_cannot_be_carried_out_asks_nobody() {
    let directory = TempDir::new().unwrap();
    let server = Server::start([]).await;
    let good = FetchOptions { instances: vec![Instance::China], ..options(&directory, &server) };
    let refused =
        async |options: FetchOptions| fetch(&options, &validate, &Silent, pending()).await.unwrap_err();

    let missing = FetchOptions { directory: directory.path().join("missing"), ..good.clone() };
    assert!(matches!(refused(missing).await, SetupError::Directory { .. }));
    let twice = FetchOptions { instances: vec![Instance::China, Instance::China], ..good.clone() };
    assert!(matches!(refused(twice).await, SetupError::DuplicateName { .. }));
    let proxy = FetchOptions { proxy: Some("http://[".to_owned()), ..good.clone() };
    assert!(matches!(refused(proxy).await, SetupError::Proxy { .. }));
    std::fs::write(directory.path().join(STATE_FILE), "{").unwrap();
    assert!(matches!(refused(good).await, SetupError::State { .. }));
    assert!(server.asked().is_empty());
    assert!("http://example.com".parse::<WebAddress>().is_err());
    assert!("not a guid".parse::<ClientRequestId>().is_err());
}

#[tokio::test]
async fn a_closed_port_is_no_connection() {
    let directory = TempDir::new().unwrap();
    let server = Server::start([]).await;
    let mut options = options(&directory, &server);
    // Bound and never listening: connecting is refused, and nobody else can take the port meanwhile.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let closed = format!("http://{}/x.json", socket.local_addr().unwrap());
    options.downloads = vec![Download::named_by_address(closed.parse().unwrap()).unwrap()];
    assert!(matches!(fault(&run(&options).await), Fault::Connect { .. }));
}

#[tokio::test]
async fn a_proxy_is_used_where_one_is_given() {
    let directory = TempDir::new().unwrap();
    let proxy = Server::start([("http://localhost:9/x.json", Reply::Json(TAGS.to_owned()))]).await;
    let address = "http://localhost:9/x.json".parse().unwrap();
    let options = FetchOptions {
        downloads: vec![Download::named_by_address(address).unwrap()],
        proxy: Some(proxy.base.clone()),
        ..options(&directory, &proxy)
    };
    assert!(run(&options).await.is_complete());
    assert_eq!(proxy.asked(), ["http://localhost:9/x.json"]);
}

#[test]
fn blocking_builds_its_own_runtime() {
    let servers = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = servers.block_on(Server::start(service(SETS)));
    let directory = TempDir::new().unwrap();
    let options = FetchOptions { instances: SERVED_INSTANCES.to_vec(), ..options(&directory, &server) };
    let outcome = fetch_blocking(&options, &validate, &Silent, pending()).unwrap();
    assert!(outcome.is_complete(), "{outcome:?}");
    assert_eq!(content(directory.path()).len(), 4);
}

#[test]
fn the_future_can_be_spawned() {
    fn is_send(_: &(impl Future + Send)) {}
    let directory = TempDir::new().unwrap();
    let options = FetchOptions {
        directory: directory.path().to_owned(),
        base: WebAddress::ENDPOINTS_SERVICE.parse().unwrap(),
        instances: Vec::new(),
        downloads: Vec::new(),
        client_request_id: ClientRequestId::from_random([1; 16]),
        limits: Limits::default(),
        proxy: None,
    };
    is_send(&fetch(&options, &validate, &Silent, pending()));
}
