//! Media: where to upload, the upload itself, the download. The server sees ciphertext only.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RANGE};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;
use sha2::{Digest, Sha256};
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use crate::server::Hub;
use crate::server::router::{Answer, plain};
use crate::stanza::iq_result;
use crate::state::World;
use crate::state::world::ConnId;

/// Answers `<media_conn/>`: this very port.
pub fn media_conn(world: &World, conn: ConnId, node: &Node) -> Option<Node> {
    let host =
        NodeBuilder::new("host").attr("hostname", world.authority_for(conn)).attr("type", "primary").build();
    let conn = NodeBuilder::new("media_conn")
        .attr("auth", "sandbox")
        .attr("ttl", 21_600)
        .attr("auth_ttl", 21_600)
        .attr("max_buckets", 12)
        .children([host])
        .build();
    Some(iq_result(node, [conn]))
}

/// `POST /mms/TYPE/TOKEN`: keeps the bytes under a path made of their hash.
pub fn upload(hub: &Hub, path: &str, host: Option<String>, body: Bytes) -> Answer {
    let mut parts = path.trim_start_matches('/').split('/');
    let (Some("mms"), Some(kind)) = (parts.next(), parts.next()) else {
        return plain(StatusCode::NOT_FOUND, "no such route");
    };
    let name = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&body));
    let direct_path = format!("/v/{kind}/{name}");
    let mut world = hub.lock();
    let url = format!("https://{}{direct_path}", host.as_ref().unwrap_or(&world.authority));
    world.media.put(direct_path.clone(), body);
    drop(world);
    let answer = serde_json::json!({ "url": url, "direct_path": direct_path, "handle": name });
    let mut answer = plain(StatusCode::OK, &answer.to_string());
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// `GET <direct_path>`: the bytes, with or without authentication; a byte range when asked for.
pub fn download(hub: &Hub, path: &str, head: &Parts) -> Answer {
    if head.method != Method::GET && head.method != Method::HEAD {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "GET");
    }
    let Some(bytes) = hub.lock().media.get(path) else {
        return plain(StatusCode::NOT_FOUND, "no such media");
    };
    let range = head.headers.get(RANGE).and_then(|value| value.to_str().ok()).and_then(|text| {
        let (start, end) = text.strip_prefix("bytes=")?.split_once('-')?;
        let start: usize = start.parse().ok()?;
        let end = end.parse().map_or(bytes.len(), |end: usize| (end + 1).min(bytes.len()));
        (start < end).then_some((start, end))
    });
    let (status, body) = match range {
        Some((start, end)) => (StatusCode::PARTIAL_CONTENT, bytes.slice(start..end)),
        None => (StatusCode::OK, bytes),
    };
    let length = body.len();
    let mut answer = Response::new(Full::new(if head.method == Method::HEAD { Bytes::new() } else { body }));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    answer.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    answer
}
