//! `catalog::fetch` against a server on the own machine: right, slow, broken, huge and wrong answers.
//! No test leaves the machine, and none waits for time to pass except for the short timeout under test.

#![cfg(feature = "fetch")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod fetch_server;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::future::pending;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fetch_server::{Reply, Server};
use peerpath::catalog::fetch::{
    ClientRequestId, Download, Fate, Fault, Feed, FeedFacts, FeedFile, Instance, Limits, Options, Outcome,
    STATE_FILE, SetupError, State, WebAddress, fetch, fetch_blocking,
};
use peerpath::diag::{Progress, Silent, TaskId};
use serde_json::Value;
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
        Feed::Endpoints { .. } => value.as_array().ok_or("endpoint sets are an array")?,
        Feed::Download => value["values"].as_array().ok_or("service tags have `values`")?,
    };
    let edition = value["changeNumber"].as_u64().map(|number| number.to_string());
    Ok(FeedFacts { edition, records: records.len() as u64 })
}

fn options(directory: &TempDir, server: &Server) -> Options {
    Options {
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

async fn run(options: &Options) -> Outcome {
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

fn only(outcome: &Outcome) -> &Fate {
    assert_eq!(outcome.files.len(), 1);
    &outcome.files[0].fate
}

fn fault(outcome: &Outcome) -> &Fault {
    match only(outcome) {
        Fate::Failed(error) => &error.fault,
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
    let options = Options {
        instances: Instance::ALL.to_vec(),
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
            Fate::Replaced { old: None, edition, bytes, records, .. } => {
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
    assert!(second.files.iter().all(|file| matches!(file.fate, Fate::Unchanged { .. })), "{second:?}");
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
    let worldwide =
        |server: &Server| Options { instances: vec![Instance::Worldwide], ..options(&directory, server) };
    run(&worldwide(&old)).await;

    let older = [("/version", Reply::Json(r#"[{"instance":"Worldwide","latest":"2026010100"}]"#.to_owned()))];
    let outcome = run(&worldwide(&Server::start(older).await)).await;
    assert!(
        matches!(only(&outcome), Fate::Unchanged { edition, .. } if edition.as_deref() == Some("2026053100"))
    );

    let newer = Reply::Json(r#"[{"instance":"Worldwide","latest":"2026063000"}]"#.to_owned());
    let new_sets = r#"[{"id":1},{"id":2}]"#;
    let newer =
        Server::start([("/version", newer), ("/endpoints/Worldwide", Reply::Json(new_sets.to_owned()))])
            .await;
    let outcome = run(&worldwide(&newer)).await;
    match only(&outcome) {
        Fate::Replaced { old: Some(old), edition, records: 2, .. } => {
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
        matches!(only(&outcome), Fate::Replaced { old: Some(old), .. } if old.edition.is_none()),
        "{outcome:?}"
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), new_sets);

    std::fs::remove_file(&path).unwrap();
    assert!(matches!(only(&run(&worldwide(&newer)).await), Fate::Replaced { old: None, .. }));
}

/// A bad answer, and whether a fault is the one that it must yield.
type Case = (&'static str, Reply, fn(&Fault) -> bool);

fn bad_answers() -> Vec<Case> {
    let page = "<!doctype html><title>Sign in</title>";
    let raw = |text: &str| Reply::Raw(text.to_owned());
    vec![
        ("not found", Reply::status("404 Not Found"), |f| matches!(f, Fault::Status { status: 404 })),
        ("server error", Reply::status("500 Internal Server Error"), |f| {
            matches!(f, Fault::Status { status: 500 })
        }),
        ("no content", Reply::status("204 No Content"), |f| matches!(f, Fault::Status { status: 204 })),
        ("a part", Reply::status("206 Partial Content"), |f| matches!(f, Fault::Status { status: 206 })),
        ("login page", Reply::with_head("content-type: text/html; charset=utf-8\r\n", page), |f| {
            matches!(f, Fault::WebPage)
        }),
        ("login page as JSON", Reply::Json(page.to_owned()), |f| matches!(f, Fault::WebPage)),
        (
            "unasked encoding",
            Reply::with_head("content-encoding: gzip\r\n", "x"),
            |f| matches!(f, Fault::Encoded { encoding } if encoding == "gzip"),
        ),
        ("invalid JSON", Reply::Json("{\"values\":".to_owned()), |f| matches!(f, Fault::Rejected { .. })),
        ("the wrong feed", Reply::Json(SETS.to_owned()), |f| matches!(f, Fault::Rejected { .. })),
        ("empty", Reply::Json(String::new()), |f| matches!(f, Fault::Rejected { .. })),
        ("cut, without a length", Reply::with_head("", &TAGS[..40]), |f| matches!(f, Fault::Rejected { .. })),
        (
            "cut, with a length",
            Reply::with_head("content-length: 4000\r\n", TAGS),
            |f| matches!(f, Fault::Broken { received, .. } if *received == TAGS.len() as u64),
        ),
        ("cut, chunked", Reply::with_head("transfer-encoding: chunked\r\n", "5\r\n{\"val\r\n"), |f| {
            matches!(f, Fault::Broken { received: 5, .. })
        }),
        ("cut in the head", raw("HTTP/1.1 200 OK\r\ncontent-le"), |f| {
            matches!(f, Fault::Broken { received: 0, .. })
        }),
        ("hung up", raw(""), |f| matches!(f, Fault::Broken { received: 0, .. })),
        ("not HTTP", raw("SSH-2.0-OpenSSH_9.2\r\n"), |f| matches!(f, Fault::Broken { received: 0, .. })),
        ("huge, announced", Reply::with_head("content-length: 99999\r\n", ""), |f| {
            matches!(f, Fault::TooLarge { limit: 4096, announced: Some(99_999) })
        }),
        ("huge, endless", Reply::Endless, |f| matches!(f, Fault::TooLarge { limit: 4096, announced: None })),
        ("never answered", Reply::Stall(String::new()), |f| matches!(f, Fault::TimedOut { .. })),
        (
            "never finished",
            Reply::Stall(format!("HTTP/1.1 200 OK\r\ncontent-length: 4000\r\n\r\n{TAGS}")),
            |f| matches!(f, Fault::TimedOut { .. }),
        ),
        ("redirect to another scheme", Reply::redirect("https://127.0.0.1/feed.json"), |f| {
            matches!(f, Fault::Redirect { .. })
        }),
        (
            "redirect to another host",
            Reply::redirect("http://example.com/feed.json?sig=x"),
            |f| matches!(f, Fault::Redirect { to, .. } if to == "http://example.com/feed.json?…"),
        ),
        ("redirect to a file", Reply::redirect("file:///etc/hostname"), |f| {
            matches!(f, Fault::Redirect { .. })
        }),
        ("redirect in a circle", Reply::redirect("/feed.json"), |f| {
            matches!(f, Fault::TooManyRedirects { limit: 3 })
        }),
        ("redirect to nowhere", Reply::status("302 Found"), |f| matches!(f, Fault::Status { status: 302 })),
    ]
}

#[tokio::test]
async fn a_bad_answer_fails_with_its_reason_and_the_old_file_stays() {
    for (name, reply, expected) in bad_answers() {
        let directory = TempDir::new().unwrap();
        std::fs::write(directory.path().join("feed.json"), "the old file").unwrap();
        let server =
            Server::start([("/feed.json", reply), ("/good.json", Reply::Json(TAGS.to_owned()))]).await;
        let total =
            if name.starts_with("never") { Duration::from_millis(200) } else { Duration::from_mins(1) };
        let options = Options {
            downloads: vec![download(&server, "/feed.json"), download(&server, "/good.json")],
            limits: Limits { total, max_bytes: 4096, ..Limits::default() },
            ..options(&directory, &server)
        };
        let outcome = run(&options).await;
        let failures: Vec<_> = outcome.failures().collect();
        assert_eq!(failures.len(), 1, "{name}: {outcome:?}");
        let error = failures[0];
        assert!(expected(&error.fault), "{name}: {error:?}");
        assert!(
            error.to_string().contains("feed.json") && error.to_string().contains(&server.base),
            "{name}: {error}"
        );
        assert!(!error.fault.remedy().is_empty());
        assert!(
            matches!(outcome.files[1].fate, Fate::Replaced { .. }),
            "{name}: one failure does not hide the other"
        );
        let expected = [("feed.json", "the old file"), ("good.json", TAGS)];
        let expected = expected.map(|(name, text)| (name.to_owned(), text.to_owned()));
        assert_eq!(content(directory.path()), expected.into(), "{name}");
    }
}

/// An answer to the version query, and whether the fault is the one that it must yield.
#[tokio::test]
async fn a_bad_answer_to_the_version_query_fails_the_instances_only() {
    let json = |text: &str| Reply::Json(text.to_owned());
    let cases: Vec<Case> = vec![
        (
            "status",
            Reply::status("503 Service Unavailable"),
            |f| matches!(f, Fault::VersionQuery { fault, .. } if matches!(**fault, Fault::Status { status: 503 })),
        ),
        ("not JSON", json("2026053100"), |f| matches!(f, Fault::Versions { .. })),
        ("cut", json("[{\"instance\":"), |f| matches!(f, Fault::Versions { .. })),
        ("more behind it", json("[] []"), |f| matches!(f, Fault::Versions { .. })),
        ("a number", json(r#"[{"instance":"China","latest":2026053100}]"#), |f| {
            matches!(f, Fault::Versions { .. })
        }),
        ("without it", json(r#"[{"instance":"Worldwide","latest":"2026053100"}]"#), |f| {
            matches!(f, Fault::NotOffered { count: 0, .. })
        }),
        (
            "twice",
            json(
                r#"[{"instance":"China","latest":"2026053100"},{"instance":"china","latest":"2026053101"}]"#,
            ),
            |f| matches!(f, Fault::NotOffered { count: 2, .. }),
        ),
        (
            "a word",
            json(r#"[{"instance":"China","latest":"newest"}]"#),
            |f| matches!(f, Fault::Version { text, .. } if text == "newest"),
        ),
    ];
    for (name, reply, expected) in cases {
        let directory = TempDir::new().unwrap();
        let server = Server::start([("/version", reply), ("/tags.json", json(TAGS))]).await;
        let options = Options {
            instances: vec![Instance::China],
            downloads: vec![download(&server, "/tags.json")],
            ..options(&directory, &server)
        };
        let outcome = run(&options).await;
        let failures: Vec<_> = outcome.failures().collect();
        assert!(failures.len() == 1 && expected(&failures[0].fault), "{name}: {outcome:?}");
        assert!(matches!(outcome.files[1].fate, Fate::Replaced { .. }), "{name}: {outcome:?}");
        assert_eq!(server.asked().len(), 2, "{name}");
    }
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
        Options { downloads: vec![download(&server, "/a.json")], ..options(&directory, &server) };
    options.limits.max_bytes = TAGS.len() as u64;
    let outcome = run(&options).await;
    assert!(
        matches!(only(&outcome), Fate::Replaced { edition, .. } if edition.as_deref() == Some("406")),
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
    let outcome = run(&Options { downloads, ..options(&directory, &server) }).await;
    assert!(outcome.is_complete(), "{outcome:?}");
}

#[tokio::test]
async fn one_slot_is_enough_for_all() {
    let directory = TempDir::new().unwrap();
    let server = Server::start(service(SETS)).await;
    let mut options = Options { instances: Instance::ALL.to_vec(), ..options(&directory, &server) };
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
    let options = Options { downloads, ..options(&directory, &server) };
    let watch = Watch::default();
    fetch(&options, &validate, &watch, pending()).await.unwrap();
    assert_eq!(watch.counts(), (2, 0, TAGS.len() as u64 + 2));
}

/// A directory with an old file, and a server that sends half of the new one and then nothing.
async fn half_way() -> (TempDir, Options, Server) {
    let directory = TempDir::new().unwrap();
    std::fs::write(directory.path().join("feed.json"), "the old file").unwrap();
    let half = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{}", TAGS.len(), &TAGS[..40]);
    let server = Server::start([("/feed.json", Reply::Stall(half))]).await;
    let options =
        Options { downloads: vec![download(&server, "/feed.json")], ..options(&directory, &server) };
    (directory, options, server)
}

fn assert_old_file_only(directory: &TempDir) {
    assert_eq!(content(directory.path()), [("feed.json".to_owned(), "the old file".to_owned())].into());
}

#[tokio::test]
async fn cancelling_in_flight_leaves_the_old_file_and_nothing_else() {
    let (directory, options, _server) = half_way().await;
    let watch = Watch::default();
    let outcome = fetch(&options, &validate, &watch, watch.advanced.notified()).await.unwrap();
    assert!(matches!(fault(&outcome), Fault::Cancelled));
    assert_eq!(watch.counts().1, 0);
    assert_old_file_only(&directory);
}

#[tokio::test]
async fn dropping_the_future_leaves_the_old_file_and_nothing_else() {
    let (directory, options, _server) = half_way().await;
    let watch = Watch::default();
    tokio::select! {
        outcome = fetch(&options, &validate, &watch, pending()) => panic!("{outcome:?}"),
        () = watch.advanced.notified() => {}
    }
    assert_eq!(watch.counts().1, 0, "the task of the watcher ends too");
    assert_old_file_only(&directory);
    assert!(!directory.path().join(STATE_FILE).exists());
}

#[tokio::test]
async fn cancelled_before_the_start_asks_nobody() {
    let (directory, options, server) = half_way().await;
    let outcome = fetch(&options, &validate, &Silent, async {}).await.unwrap();
    assert!(matches!(fault(&outcome), Fault::Cancelled));
    assert!(server.asked().is_empty());
    assert_old_file_only(&directory);
}

#[tokio::test]
async fn what_was_whole_before_the_cancelling_stays() {
    let (directory, mut options, _server) = half_way().await;
    let good = Server::start([("/good.json", Reply::Json(TAGS.to_owned()))]).await;
    options.downloads.push(download(&good, "/good.json"));
    // Cancelled once the good file has been validated, that is, has been read whole.
    let validated = Notify::new();
    let telling = |file: &FeedFile, bytes: &[u8]| {
        validated.notify_one();
        validate(file, bytes)
    };
    let outcome = fetch(&options, &telling, &Silent, validated.notified()).await.unwrap();
    assert!(matches!(&outcome.files[0].fate, Fate::Failed(error) if matches!(error.fault, Fault::Cancelled)));
    assert!(matches!(outcome.files[1].fate, Fate::Replaced { .. }), "{outcome:?}");
    let state = State::read(directory.path()).unwrap().unwrap();
    assert_eq!(state.files.keys().collect::<Vec<_>>(), ["good.json"]);
}

#[tokio::test]
async fn a_file_that_cannot_be_put_in_place_fails_alone() {
    let directory = TempDir::new().unwrap();
    std::fs::create_dir(directory.path().join("a.json")).unwrap();
    let server = Server::start(["/a.json", "/b.json"].map(|path| (path, Reply::Json(TAGS.to_owned())))).await;
    let downloads = ["/a.json", "/b.json"].map(|path| download(&server, path)).to_vec();
    let outcome = run(&Options { downloads, ..options(&directory, &server) }).await;
    assert!(
        matches!(&outcome.files[0].fate, Fate::Failed(error) if matches!(error.fault, Fault::Read { .. } | Fault::Write { .. }))
    );
    assert!(matches!(outcome.files[1].fate, Fate::Replaced { .. }));
}

#[tokio::test]
async fn a_run_that_cannot_be_carried_out_asks_nobody() {
    let directory = TempDir::new().unwrap();
    let server = Server::start([]).await;
    let good = Options { instances: vec![Instance::China], ..options(&directory, &server) };
    let refused = async |options: Options| fetch(&options, &validate, &Silent, pending()).await.unwrap_err();

    let missing = Options { directory: directory.path().join("missing"), ..good.clone() };
    assert!(matches!(refused(missing).await, SetupError::Directory { .. }));
    let twice = Options { instances: vec![Instance::China, Instance::China], ..good.clone() };
    assert!(matches!(refused(twice).await, SetupError::DuplicateName { .. }));
    let proxy = Options { proxy: Some("http://[".to_owned()), ..good.clone() };
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
    let options = Options {
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
    let options = Options { instances: Instance::ALL.to_vec(), ..options(&directory, &server) };
    let outcome = fetch_blocking(&options, &validate, &Silent, pending()).unwrap();
    assert!(outcome.is_complete(), "{outcome:?}");
    assert_eq!(content(directory.path()).len(), 4);
}

#[test]
fn the_future_can_be_spawned() {
    fn is_send(_: &(impl Future + Send)) {}
    let directory = TempDir::new().unwrap();
    let options = Options {
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
