//! `POST /mms/TYPE/TOKEN?auth=…&token=…`: a file comes in.
//!
//! The token is the file's SHA-256, and so is the path it is kept under: a client that lost its connection asks with
//! `resume=1` (no body) what is here, and goes on with `file_offset=N`. The body is written into one buffer as it
//! comes; the beginning of an upload that breaks off is kept.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{StatusCode, Uri};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use ring::digest::{Context, SHA256};
use serde_json::{Value, json};

use super::{parameter, whose};
use crate::server::Hub;
use crate::server::router::{Answer, MAX_BODY, host_of, plain};
use crate::state::media;

/// The first path segments of uploads: encrypted media, unencrypted catalogue pictures, newsletter media.
const ROUTES: [&str; 3] = ["mms", "product", "newsletter"];

/// Takes an upload, or answers how much of it is here.
pub async fn upload(hub: &Arc<Hub>, head: &Parts, body: Incoming) -> Answer {
    let Some((kind, token)) = route(&head.uri) else { return plain(StatusCode::NOT_FOUND, "no such route") };
    let claimed = format!("/v/{kind}/{token}");
    if parameter(head, "resume").as_deref() == Some("1") {
        return resume_check(hub, head, &claimed);
    }
    let (phone, delay, refusal) = {
        let mut world = hub.lock();
        let phone = whose(&world, head);
        world.media.traffic_of(&phone).uploads_started += 1;
        let (delay, refusal) = (world.faults.media_delay(&phone), world.faults.next_upload(&phone));
        (phone, delay, refusal)
    };
    hub.changed.notify_waiters();
    let offset = parameter(head, "file_offset").and_then(|offset| offset.parse().ok()).unwrap_or(0usize);
    let mut coming = Coming::new(hub, claimed.clone(), phone.clone(), offset);
    tokio::time::sleep(delay).await;
    if let Some(status) = refusal {
        return refuse(hub, &phone, coming, body, status).await;
    }
    if let Some(beginning) = coming.beginning() {
        coming.bytes = beginning;
    } else if offset > 0 {
        coming.finished = true;
        return plain(StatusCode::RANGE_NOT_SATISFIABLE, "so much of this file is not here");
    }
    if let Err(status) = coming.read(head, body).await {
        return plain(status, "the upload is incomplete or too large");
    }
    let bytes = Bytes::from(std::mem::take(&mut coming.bytes));
    let mut context = Context::new(&SHA256);
    context.update(&bytes);
    let name = BASE64_URL_SAFE_NO_PAD.encode(context.finish());
    coming.finished = true;
    if offset > 0 && name != token {
        hub.lock().media.traffic_of(&phone).uploads_broken += 1;
        return plain(StatusCode::BAD_REQUEST, "the two halves do not make the file that the token names");
    }
    keep(hub, head, &phone, format!("/v/{kind}/{name}"), bytes, offset).await
}

/// An upload that is coming in. Dropped before its end (the client is gone), its beginning is kept.
struct Coming {
    hub: Arc<Hub>,
    path: String,
    phone: String,
    offset: usize,
    bytes: Vec<u8>,
    finished: bool,
}

impl Coming {
    fn new(hub: &Arc<Hub>, path: String, phone: String, offset: usize) -> Self {
        Coming { hub: hub.clone(), path, phone, offset, bytes: Vec::new(), finished: false }
    }

    /// What is here of the file up to the offset; `None` when that is less.
    fn beginning(&self) -> Option<Vec<u8>> {
        let mut world = self.hub.lock();
        if self.offset == 0 || world.media.partial_length(&self.path) < self.offset {
            return None;
        }
        let mut known = world.media.take_partial(&self.path)?;
        known.truncate(self.offset);
        Some(known)
    }

    async fn read(&mut self, head: &Parts, mut body: Incoming) -> Result<(), StatusCode> {
        let length = head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        self.bytes.reserve_exact(length.unwrap_or(0usize).min(MAX_BODY));
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else { return Err(StatusCode::BAD_REQUEST) };
            let Ok(data) = frame.into_data() else { continue };
            if self.bytes.len() + data.len() > MAX_BODY {
                self.bytes = Vec::new();
                return Err(StatusCode::PAYLOAD_TOO_LARGE);
            }
            self.bytes.extend_from_slice(&data);
        }
        Ok(())
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        let mut world = self.hub.lock();
        world.media.traffic_of(&self.phone).uploads_broken += 1;
        world.media.keep_partial(&self.path, std::mem::take(&mut self.bytes));
        drop(world);
        self.hub.changed.notify_waiters();
    }
}

/// The body is read to its end first: a client that is still sending would not see the answer.
async fn refuse(hub: &Hub, phone: &str, mut coming: Coming, mut body: Incoming, status: u16) -> Answer {
    while let Some(Ok(_)) = body.frame().await {}
    coming.finished = true;
    hub.lock().media.traffic_of(phone).uploads_refused += 1;
    hub.changed.notify_waiters();
    plain(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), "refused by a fault")
}

async fn keep(hub: &Hub, head: &Parts, phone: &str, path: String, bytes: Bytes, offset: usize) -> Answer {
    let file = hub.lock().media.file_of(&path);
    if let Some(file) = file {
        let bytes = bytes.clone();
        let written = tokio::task::spawn_blocking(move || media::write(&file, &bytes)).await;
        if !matches!(written, Ok(Ok(()))) {
            tracing::error!("keeping an upload failed");
            return plain(StatusCode::INTERNAL_SERVER_ERROR, "the file could not be written");
        }
    }
    let came = (bytes.len() - offset) as u64;
    let mut world = hub.lock();
    let answer = whereabouts(head, &world.authority, &path);
    world.media.take_partial(&path);
    world.media.remember(path, bytes);
    let traffic = world.media.traffic_of(phone);
    traffic.uploads += 1;
    traffic.upload_bytes += came;
    traffic.uploads_resumed += u64::from(offset > 0);
    drop(world);
    hub.changed.notify_waiters();
    json_answer(&answer)
}

/// `complete` with the file's whereabouts, or how many bytes of it are here.
fn resume_check(hub: &Hub, head: &Parts, path: &str) -> Answer {
    let mut world = hub.lock();
    let phone = whose(&world, head);
    world.media.traffic_of(&phone).resume_checks += 1;
    let answer = match world.media.get(path) {
        Some(_) => {
            let mut answer = whereabouts(head, &world.authority, path);
            answer["resume"] = Value::from("complete");
            answer
        }
        None => json!({ "resume": world.media.partial_length(path).to_string() }),
    };
    json_answer(&answer)
}

fn whereabouts(head: &Parts, authority: &str, path: &str) -> Value {
    let host = host_of(&head.headers).unwrap_or_else(|| authority.to_owned());
    let handle = path.rsplit('/').next().unwrap_or_default();
    json!({ "url": format!("https://{host}{path}"), "direct_path": path, "handle": handle })
}

fn json_answer(value: &Value) -> Answer {
    let mut answer = plain(StatusCode::OK, &value.to_string());
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// The kind of media and the token, as this server writes it.
fn route(uri: &Uri) -> Option<(String, String)> {
    let mut parts = uri.path().trim_start_matches('/').split('/');
    let first = parts.next()?;
    if !ROUTES.contains(&first) {
        return None;
    }
    let kind = parts.next()?.to_owned();
    let token =
        parts.collect::<Vec<_>>().join("_").replace("%3D", "=").replace("%2B", "-").replace("%2F", "_");
    Some((kind, token.replace('+', "-").trim_end_matches('=').to_owned()))
}
