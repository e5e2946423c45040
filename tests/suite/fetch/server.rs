//! An HTTP/1.1 server on a loopback port for the tests of `catalog::fetch`, good and bad on purpose.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;

/// How the server answers at one path.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Status 200 with this JSON.
    Json(String),
    /// These bytes, and the end of the connection.
    Raw(String),
    /// These bytes, and then nothing, with the connection open.
    Stall(String),
    /// A chunked answer without end.
    Endless,
    /// Status 200 with this JSON once as many requests as the barrier counts have come.
    Together(Arc<Barrier>, String),
}

impl Reply {
    /// An answer without body.
    pub(crate) fn status(line: &str) -> Self {
        Self::Raw(format!("HTTP/1.1 {line}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"))
    }

    /// A redirect.
    pub(crate) fn redirect(location: &str) -> Self {
        Self::status(&format!("302 Found\r\nlocation: {location}"))
    }

    /// Status 200 with these header lines (each ended by CR LF) and body.
    pub(crate) fn with_head(head: &str, body: &str) -> Self {
        Self::Raw(format!("HTTP/1.1 200 OK\r\nconnection: close\r\n{head}\r\n{body}"))
    }
}

/// A server that lives as long as the runtime it was started on.
pub(crate) struct Server {
    /// `http://127.0.0.1:port`.
    pub(crate) base: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts it with its answers by path (without query); any other path is answered with 404.
    pub(crate) async fn start(replies: impl IntoIterator<Item = (&'static str, Reply)>) -> Self {
        let replies: Arc<BTreeMap<&str, Reply>> = Arc::new(replies.into_iter().collect());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&replies), Arc::clone(&log)));
            }
        });
        Self { base, asked }
    }

    /// The targets of all requests so far, sorted.
    pub(crate) fn asked(&self) -> Vec<String> {
        let mut asked = self.asked.lock().unwrap().clone();
        asked.sort();
        asked
    }
}

/// Answers one request; that the client hangs up in the middle is none of the server's concern.
async fn answer(
    mut stream: TcpStream,
    replies: Arc<BTreeMap<&'static str, Reply>>,
    asked: Arc<Mutex<Vec<String>>>,
) {
    let Some(target) = read_target(&mut stream).await else { return };
    asked.lock().unwrap().push(target.clone());
    let path = target.split('?').next().unwrap();
    match replies.get(path).cloned().unwrap_or_else(|| Reply::status("404 Not Found")) {
        Reply::Json(body) => send(&mut stream, &json(&body)).await,
        Reply::Raw(text) => send(&mut stream, &text).await,
        Reply::Stall(text) => {
            send(&mut stream, &text).await;
            std::future::pending::<()>().await;
        }
        Reply::Endless => {
            send(&mut stream, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
            let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
            while stream.write_all(chunk.as_bytes()).await.is_ok() {}
        }
        Reply::Together(barrier, body) => {
            barrier.wait().await;
            send(&mut stream, &json(&body)).await;
        }
    }
}

/// The target of the request line, once the whole head has come.
async fn read_target(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()?.split(' ').nth(1).map(str::to_owned)
}

fn json(body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

async fn send(stream: &mut TcpStream, text: &str) {
    let _ = stream.write_all(text.as_bytes()).await;
}
