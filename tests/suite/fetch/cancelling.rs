//! Cancelling and dropping leave the old file and nothing else.

use std::future::pending;

use peerpath::catalog::fetch::{Fault, FeedFile, FetchOptions, FetchState, FileFate, STATE_FILE, fetch};
use peerpath::diag::Silent;
use tempfile::TempDir;
use tokio::sync::Notify;

use super::server::{Reply, Server};
use super::{TAGS, Watch, content, download, fault, options, validate};

/// A directory with an old file, and a server that sends half of the new one and then nothing.
async fn half_way() -> (TempDir, FetchOptions, Server) {
    let directory = TempDir::new().unwrap();
    std::fs::write(directory.path().join("feed.json"), "the old file").unwrap();
    let half = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{}", TAGS.len(), &TAGS[..40]);
    let server = Server::start([("/feed.json", Reply::Stall(half))]).await;
    let options =
        FetchOptions { downloads: vec![download(&server, "/feed.json")], ..options(&directory, &server) };
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
    assert!(
        matches!(&outcome.files[0].fate, FileFate::Failed(error) if matches!(error.fault, Fault::Cancelled))
    );
    assert!(matches!(outcome.files[1].fate, FileFate::Replaced { .. }), "{outcome:?}");
    let state = FetchState::read(directory.path()).unwrap().unwrap();
    assert_eq!(state.files.keys().collect::<Vec<_>>(), ["good.json"]);
}
