//! An HTTP client that hides nothing: one connection per request, bodies as they come.

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The error's code, of an error in the Sessions API's shape.
    pub fn error_code(&self) -> String {
        let json: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        assert!(json["error"]["message"].is_string() && json["error"]["details"].is_object(), "{json}");
        json["error"]["code"].as_str().unwrap().to_owned()
    }

    pub fn assert_ok(&self) -> &Self {
        assert_eq!(self.status, 200, "{}", self.text());
        self
    }
}

pub async fn get(port: u16, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path).header("host", format!("127.0.0.1:{port}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    collect(send(port, request.body(Full::default()).unwrap()).await).await
}

pub async fn post(port: u16, path: &str, body: Vec<u8>) -> Answer {
    let request = Request::post(path).header("host", "test").body(Full::new(Bytes::from(body))).unwrap();
    collect(send(port, request).await).await
}

/// A response whose body is still to come.
pub async fn open(port: u16, path: &str) -> http::Response<Incoming> {
    send(port, Request::get(path).header("host", "test").body(Full::default()).unwrap()).await
}

pub async fn send<B>(port: u16, request: Request<B>) -> http::Response<Incoming>
where
    B: hyper::body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender.send_request(request).await.unwrap()
}

pub async fn collect(response: http::Response<Incoming>) -> Answer {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, body }
}
