//! `GET <direct_path>`: a file goes out, with or without credentials; a byte range when asked for.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RANGE};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;

use super::whose;
use crate::server::Hub;
use crate::server::router::{Answer, plain};

/// Answers a download.
pub async fn download(hub: &Hub, head: &Parts) -> Answer {
    if head.method != Method::GET && head.method != Method::HEAD {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "GET");
    }
    let (phone, delay) = {
        let world = hub.lock();
        let phone = whose(&world, head);
        let delay = world.faults.media_delay(&phone);
        (phone, delay)
    };
    tokio::time::sleep(delay).await;
    let found = hub.lock().media.serve(head.uri.path());
    let bytes = match found {
        Ok(bytes) => bytes,
        Err(status) => {
            return plain(StatusCode::from_u16(status).unwrap_or(StatusCode::GONE), "no such media");
        }
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
    let body = if head.method == Method::HEAD { Bytes::new() } else { body };
    if head.method == Method::GET {
        let mut world = hub.lock();
        let traffic = world.media.traffic_of(&phone);
        traffic.downloads += 1;
        traffic.download_bytes += length as u64;
        drop(world);
        hub.changed.notify_waiters();
    }
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    answer.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    answer
}
