//! A received file on its way out: warm from Redis, else by way of conn-host, which gets it from WhatsApp into Redis first.

use edgewire_contract::command::{Fetched, Live};
use edgewire_contract::event::MediaPointer;
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::{MessageId, SessionId};
use edgewire_contract::media::{BLOB_CHUNK, MediaKind};
use futures::StreamExt as _;
use futures::stream::{self, LocalBoxStream};
use serde_json::Value;

use crate::bus::Bus;
use crate::env::Env;
use crate::range::{Wanted, wanted};
use crate::reply::Body;
use crate::sought::Sought;
use crate::{Call, Gateway, Problem, Reply, command};

/// What came of asking for a file.
#[derive(Debug)]
pub enum Given {
    /// It, or the part of it that was wanted.
    Reply(Reply),
    /// WhatsApp does not have it any more: its sender was asked to upload it again.
    RetryRequested,
}

/// The file of a message, or as much of it as the headers of `call` want (`Range`, `If-None-Match`).
///
/// # Errors
/// 404 for a message without a file; 409 for a session that is not connected, when the file is not here; what WhatsApp
/// says; 504.
pub async fn file<B: Bus, E: Env, I>(
    gateway: &Gateway<B, E>,
    call: &Call<I>,
    sought: &Sought,
) -> Result<Given, Problem> {
    let file: MediaPointer = sought
        .kept
        .view
        .get("media")
        .and_then(|media| serde_json::from_value(media.clone()).ok())
        .ok_or_else(|| Fault::not_found("media"))?;
    let (session, message) = (&sought.session, &sought.id);
    let bytes = match gateway.bus.cached(session, message, gateway.env.now_ms()).await? {
        Some(bytes) => bytes,
        None => {
            let action = Live::FetchMedia { message: message.clone() };
            let offline = FaultCode::SessionNotConnected;
            let fetched =
                command::live(gateway, &sought.caller, session, &call.request_id, action, offline).await?;
            match serde_json::from_value(fetched.unwrap_or(Value::Null)) {
                Ok(Fetched::Ready { bytes }) => bytes,
                Ok(Fetched::RetryRequested) => return Ok(Given::RetryRequested),
                Err(_) => return Err(Problem::internal("media.fetch gave nothing")),
            }
        }
    };
    let etag = file.file_sha256.as_ref().map(|hash| format!("\"{hash}\""));
    let want = wanted(|name| call.header(name), etag.as_deref(), bytes);
    let (first, last) = match want {
        Wanted::Known => return Ok(Given::Reply(tagged(empty(304), etag))),
        Wanted::Beyond => {
            return Ok(Given::Reply(empty(416).with("content-range", format!("bytes */{bytes}"))));
        }
        Wanted::All => (0, bytes.saturating_sub(1)),
        Wanted::Part(first, last) => (first, last),
    };
    let length = if bytes == 0 { 0 } else { last - first + 1 };
    let pieces = pieces(gateway, session, message, first, length).await?;
    let mut reply = Reply::stream(&content_type(&file), pieces)
        .with("content-length", length.to_string())
        .with("content-disposition", disposition(&file, message))
        .with("accept-ranges", "bytes")
        .with("cache-control", "private, max-age=86400")
        // Whatever somebody sent is not to be shown as a page of this site.
        .with("x-content-type-options", "nosniff");
    if matches!(want, Wanted::Part(..)) {
        reply.status = 206;
        reply = reply.with("content-range", format!("bytes {first}-{last}/{bytes}"));
    }
    Ok(Given::Reply(tagged(reply, etag)))
}

fn empty(status: u16) -> Reply {
    Reply { status, headers: Vec::new(), body: Body::Full(Vec::new()) }
}

fn tagged(reply: Reply, etag: Option<String>) -> Reply {
    match etag {
        Some(etag) => reply.with("etag", etag),
        None => reply,
    }
}

/// `length` bytes from `first` on, chunk by chunk. What has gone meanwhile ends the stream early, which the reader notices
/// by the length.
async fn pieces<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    session: &SessionId,
    message: &MessageId,
    first: u64,
    length: u64,
) -> Result<LocalBoxStream<'static, Vec<u8>>, Problem> {
    let mut reader = Reader {
        gateway: gateway.clone(),
        session: session.clone(),
        message: message.clone(),
        next: first / BLOB_CHUNK as u64,
        skip: usize::try_from(first % BLOB_CHUNK as u64).unwrap_or(0),
        left: length,
    };
    if length == 0 {
        return Ok(stream::empty().boxed_local());
    }
    let beginning = reader.piece().await?;
    let rest = stream::unfold(reader, |mut reader| async move {
        if reader.left == 0 {
            return None;
        }
        match reader.piece().await {
            Ok(piece) => Some((piece, reader)),
            Err(problem) => {
                let cause = problem.cause.unwrap_or_default();
                reader.gateway.env.log(&format!("a received file was cut short: {cause}"));
                None
            }
        }
    });
    Ok(stream::iter([beginning]).chain(rest).boxed_local())
}

struct Reader<B, E> {
    gateway: Gateway<B, E>,
    session: SessionId,
    message: MessageId,
    next: u64,
    /// How many bytes of the next chunk are left out.
    skip: usize,
    /// How many bytes are still to come.
    left: u64,
}

impl<B: Bus, E: Env> Reader<B, E> {
    async fn piece(&mut self) -> Result<Vec<u8>, Problem> {
        let chunk = self.gateway.bus.cached_chunk(&self.session, &self.message, self.next).await?;
        let mut chunk = chunk
            .filter(|chunk| chunk.len() > self.skip)
            .ok_or_else(|| Problem::internal(format!("chunk {} of a received file is gone", self.next)))?;
        chunk.drain(..std::mem::take(&mut self.skip));
        chunk.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.next += 1;
        self.left -= chunk.len() as u64;
        Ok(chunk)
    }
}

/// The type that its sender says, where that can stand in a header.
fn content_type(file: &MediaPointer) -> String {
    let said = file.mimetype.as_deref().filter(|said| {
        said.contains('/') && said.len() <= 255 && said.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
    });
    said.unwrap_or("application/octet-stream").to_owned()
}

/// What to call it where it is saved (RFC 6266, RFC 8187).
fn disposition(file: &MediaPointer, message: &MessageId) -> String {
    let name = file.file_name.clone().unwrap_or_else(|| format!("{message}.{}", extension(file)));
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename*=UTF-8''{encoded}")
}

fn extension(file: &MediaPointer) -> &'static str {
    let essence = file.mimetype.as_deref().unwrap_or_default();
    match (essence.split(';').next().unwrap_or_default().trim(), file.kind) {
        ("image/png", _) => "png",
        ("image/webp", _) | (_, MediaKind::Sticker) => "webp",
        (_, MediaKind::Image) => "jpg",
        ("video/3gpp", _) => "3gp",
        (_, MediaKind::Video) => "mp4",
        ("audio/mpeg", _) => "mp3",
        ("audio/mp4", _) => "m4a",
        (_, MediaKind::Audio) => "ogg",
        ("application/pdf", _) => "pdf",
        (_, MediaKind::Document) => "bin",
    }
}
