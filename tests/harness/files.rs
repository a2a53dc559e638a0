//! A server of files on loopback, for media that the gateway fetches.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The server. Dropping it closes it.
#[derive(Debug)]
pub struct FileServer {
    base: String,
    files: Arc<Mutex<Files>>,
    listener: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Files {
    known: HashMap<String, Answer>,
    asked: Vec<String>,
}

#[derive(Debug, Clone)]
struct Answer {
    status: u16,
    header: (&'static str, String),
    body: Bytes,
}

impl FileServer {
    /// Opens it, without files.
    ///
    /// # Panics
    /// When no port can be had.
    pub async fn open() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("its address"));
        let files = Arc::new(Mutex::new(Files::default()));
        let listener = tokio::spawn(accept(listener, files.clone()));
        Self { base, files, listener }
    }

    /// Serves `body` at `path`; gives the URL.
    pub fn serve(&self, path: &str, content_type: &str, body: impl Into<Bytes>) -> String {
        self.answer(path, 200, ("content-type", content_type.to_owned()), body.into())
    }

    /// Answers `path` with a redirect.
    pub fn redirect(&self, path: &str, to: &str) -> String {
        self.answer(path, 302, ("location", to.to_owned()), Bytes::new())
    }

    fn answer(&self, path: &str, status: u16, header: (&'static str, String), body: Bytes) -> String {
        self.lock().known.insert(path.to_owned(), Answer { status, header, body });
        format!("{}{path}", self.base)
    }

    /// What was asked for so far.
    pub fn asked(&self) -> Vec<String> {
        self.lock().asked.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

async fn accept(listener: TcpListener, files: Arc<Mutex<Files>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let files = files.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let answer = answer(&request, &files);
                async { Ok::<_, Infallible>(answer) }
            });
            let _broken = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn answer(request: &http::Request<Incoming>, files: &Mutex<Files>) -> http::Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    let mut files = files.lock().unwrap_or_else(PoisonError::into_inner);
    files.asked.push(path.clone());
    let found = files.known.get(&path).cloned();
    let found = found.unwrap_or(Answer { status: 404, header: ("x-none", "1".into()), body: Bytes::new() });
    http::Response::builder()
        .status(found.status)
        .header(found.header.0, found.header.1)
        .body(Full::new(found.body))
        .expect("an answer")
}
