//! Each bad answer fails its file with the right reason, and nothing else.

use std::time::Duration;

use peerpath::catalog::fetch::{Fault, FetchOptions, FileFate, Limits};
use tempfile::TempDir;

use super::server::{Reply, Server};
use super::{Instance, SETS, TAGS, content, download, options, run};

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
        ("login page", Reply::with_head("content-type: text/html; charset=utf-8\r\n", "Sign in"), |f| {
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
        let options = FetchOptions {
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
            matches!(outcome.files[1].fate, FileFate::Replaced { .. }),
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
        let options = FetchOptions {
            instances: vec![Instance::China],
            downloads: vec![download(&server, "/tags.json")],
            ..options(&directory, &server)
        };
        let outcome = run(&options).await;
        let failures: Vec<_> = outcome.failures().collect();
        assert!(failures.len() == 1 && expected(&failures[0].fault), "{name}: {outcome:?}");
        assert!(matches!(outcome.files[1].fate, FileFate::Replaced { .. }), "{name}: {outcome:?}");
        assert_eq!(server.asked().len(), 2, "{name}");
    }
}
