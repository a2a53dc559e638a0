//! Files: to WhatsApp's media servers and from there, in constant memory.
//!
//! * this file: the two ways, and what their errors mean;
//! * [`spool`]: where a file lies meanwhile: encrypted before an upload, decrypted after a download, in a file without a
//!   name that ends with its last handle.
//!
//! The library's HTTP client blocks the thread it runs on, and goes on when nobody waits any more: a transfer that is
//! given up has its source or its sink broken, so that its thread is free again.

mod spool;

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edgewire_contract::media::{FileFacts, MediaKind, Uploaded, is_direct_path};
use tokio_util::sync::CancellationToken;
use whatsapp_rust::anyhow;
use whatsapp_rust::download::{DownloadParams, MediaType};
use whatsapp_rust::http::UreqHttpClient;
use whatsapp_rust::wacore::media_retry::{build_media_retry_receipt, encrypt_media_retry_receipt};
use whatsapp_rust::wacore_binary::JidExt as _;
use whatsapp_rust::{Client, ClientError, ErrorChainExt as _, Jid};

use self::spool::{Broken, Ciphertext, Sink};
use crate::wire::{AskError, Downloaded, Lost, WireError};

/// How long a media server may take to be reached.
const CONNECT: Duration = Duration::from_secs(15);
/// How long it may take none of our bytes, or give none of its own.
const SILENCE: Duration = Duration::from_secs(90);
/// How long a transfer may take, however small the file.
const TRANSFER: Duration = Duration::from_secs(180);
/// The slowest transfer that is waited for, bytes a second: 100 MiB take half an hour.
const SLOWEST: u64 = 64 << 10;
/// What the library keeps for a connection each way, bytes; its connections are few and its answers small.
const BUFFER: usize = 16 << 10;

/// The library's HTTP client, which by itself waits for ever.
pub(super) fn http() -> UreqHttpClient {
    let config = ureq::Agent::config_builder()
        .timeout_connect(Some(CONNECT))
        .timeout_per_read(Some(SILENCE))
        .timeout_per_write(Some(SILENCE))
        .input_buffer_size(BUFFER)
        .output_buffer_size(BUFFER)
        .max_idle_connections(3)
        .max_idle_connections_per_host(2)
        .build();
    UreqHttpClient::with_agent(config.into())
}

/// A voice note is audio, to the servers and to the keys; a sticker is an image to the servers.
fn media_type(kind: MediaKind) -> MediaType {
    match kind {
        MediaKind::Image => MediaType::Image,
        MediaKind::Video => MediaType::Video,
        MediaKind::Audio => MediaType::Audio,
        MediaKind::Document => MediaType::Document,
        MediaKind::Sticker => MediaType::Sticker,
    }
}

fn patience(length: u64) -> Duration {
    TRANSFER.saturating_add(Duration::from_secs(length / SLOWEST))
}

/// Encrypts `plain` into a file in `dir`, and uploads that.
pub(super) async fn upload(
    client: &Client,
    dir: &Path,
    plain: Box<dyn Read + Send>,
    length: u64,
    kind: MediaKind,
) -> Result<Uploaded, WireError> {
    if !client.is_connected() {
        return Err(WireError::NotConnected);
    }
    let given_up = CancellationToken::new();
    let _when_dropped = given_up.clone().drop_guard();
    let (dir, kind) = (dir.to_owned(), media_type(kind));
    let encrypted =
        tokio::task::spawn_blocking(move || Ciphertext::encrypt(&dir, plain, kind, given_up)).await;
    let encrypted = encrypted.map_err(|e| WireError::Failed(format!("encrypting the file: {e}")))?;
    let (ciphertext, info) =
        encrypted.map_err(|e| WireError::Failed(format!("encrypting the file: {e:#}")))?;
    if info.file_length != length {
        let why = format!("the file has {} bytes instead of {length}", info.file_length);
        return Err(WireError::Failed(why));
    }
    let sent = tokio::time::timeout(patience(length), client.upload_stream(ciphertext, info, kind)).await;
    let sent = sent.map_err(|_| WireError::Failed("the upload took too long".into()))?;
    let sent = sent.map_err(not_taken)?;
    Ok(Uploaded {
        url: Some(sent.url).filter(|url| !url.is_empty()),
        direct_path: sent.direct_path,
        media_key: STANDARD.encode(sent.media_key),
        file_sha256: STANDARD.encode(sent.file_sha256),
        file_enc_sha256: STANDARD.encode(sent.file_enc_sha256),
        file_length: sent.file_length,
        facts: FileFacts::default(),
    })
}

/// What the error of an upload means. Its text has the server's answer in it, which is not passed on.
fn not_taken(error: anyhow::Error) -> WireError {
    let cause: &(dyn std::error::Error + 'static) = error.as_ref();
    match cause.http_status() {
        Some(status @ (400 | 413 | 415)) => {
            WireError::Refused(format!("WhatsApp's media servers do not take the file ({status})"))
        }
        Some(status) => WireError::Failed(format!("WhatsApp's media servers answered {status}")),
        None if cause.is_transport_unavailable() => WireError::NotConnected,
        None => WireError::Failed(format!("uploading: {}", error.root_cause())),
    }
}

/// Downloads into a file in `dir`; it is given out when its hash is right.
pub(super) async fn download(
    client: &Client,
    dir: &Path,
    uploaded: &Uploaded,
    kind: MediaKind,
) -> Result<Downloaded, AskError> {
    let (params, expected) = params(uploaded, kind)?;
    let given_up = CancellationToken::new();
    let _when_dropped = given_up.clone().drop_guard();
    let limit = match uploaded.file_length {
        0 => kind.max_bytes(),
        length => length,
    };
    let sink = Sink::create(dir, limit, given_up).map_err(|e| AskError::Failed(e.to_string()))?;
    let got = client.download_from_params_to_writer(&params, sink.buffered());
    let got = tokio::time::timeout(patience(limit), got).await.map_err(|_| AskError::Timeout)?;
    let sink = got.map_err(not_got)?.into_inner().map_err(|e| AskError::Failed(e.to_string()))?;
    let (file, bytes, hash) = sink.finish();
    if hash != expected {
        return Err(AskError::Invalid("file_sha256", "is not the hash of the file that is there".into()));
    }
    Ok(Downloaded { file, bytes })
}

/// Asks a message's sender to upload its file again. WhatsApp passes this on by way of the account's own phone.
pub(super) async fn request_retry(client: &Client, lost: Lost<'_>) -> Result<(), AskError> {
    let jid = |text: &str| -> Result<Jid, AskError> {
        text.parse().map_err(|_| AskError::Failed("a kept message has no JID".into()))
    };
    let own = client.pn().ok_or(AskError::NotConnected)?.to_non_ad();
    let chat = jid(lost.chat)?;
    let participant = lost.sender.filter(|_| chat.is_group()).map(jid).transpose()?;
    let (payload, iv) = encrypt_media_retry_receipt(&lost.media_key, lost.id)
        .map_err(|e| AskError::Failed(format!("a media retry: {e}")))?;
    let from_me = lost.sender.is_none();
    let receipt =
        build_media_retry_receipt(&own, lost.id, &chat, from_me, participant.as_ref(), &payload, &iv);
    client.send_node(receipt).await.map_err(|e| match e {
        ClientError::NotConnected | ClientError::NotLoggedIn => AskError::NotConnected,
        e => AskError::Failed(format!("{e:#}")),
    })
}

/// What to download, and the hash that it must have. No media key means that it is not encrypted, as in newsletters.
fn params(uploaded: &Uploaded, kind: MediaKind) -> Result<(DownloadParams, [u8; 32]), AskError> {
    let bytes = |field: &'static str, text: &str| {
        let bytes: Result<[u8; 32], _> = Uploaded::bytes(text).try_into();
        bytes.map_err(|_| AskError::Invalid(field, "must be 32 bytes in base64".into()))
    };
    let path = &uploaded.direct_path;
    // The library puts a host before it and a token behind it as they are.
    if !is_direct_path(path) {
        return Err(AskError::Invalid("direct_path", "must be a path".into()));
    }
    let hash = bytes("file_sha256", &uploaded.file_sha256)?;
    let mut params = DownloadParams {
        direct_path: path.clone(),
        media_key: None,
        file_sha256: hash.to_vec(),
        file_enc_sha256: None,
        file_length: uploaded.file_length,
        media_type: media_type(kind),
    };
    if !uploaded.media_key.is_empty() {
        params.media_key = Some(bytes("media_key", &uploaded.media_key)?.to_vec());
        params.file_enc_sha256 = Some(bytes("file_enc_sha256", &uploaded.file_enc_sha256)?.to_vec());
    }
    Ok((params, hash))
}

/// What the error of a download means.
fn not_got(error: anyhow::Error) -> AskError {
    let cause: &(dyn std::error::Error + 'static) = error.as_ref();
    match cause.http_status() {
        // The path has expired, or was never one.
        Some(401 | 403 | 404 | 410) => return AskError::NotFound("media"),
        Some(code) => {
            return AskError::Refused { code, why: "the media servers do not give the file now".into() };
        }
        None => {}
    }
    if cause.is_timeout() {
        return AskError::Timeout;
    }
    if cause.is_transport_unavailable() {
        return AskError::NotConnected;
    }
    if let Some(rejection) = cause.server_rejection() {
        return AskError::Refused { code: rejection.code, why: rejection.text.to_owned() };
    }
    match error.chain().find_map(Broken::of) {
        Some(Broken::TooLong) => {
            return AskError::Invalid("file_length", "is less than the file has".into());
        }
        Some(Broken::GivenUp) => return AskError::Timeout,
        None => {}
    }
    if error.chain().any(does_not_open) {
        return AskError::Invalid("media_key", "does not open the file that is there".into());
    }
    AskError::Failed(format!("downloading: {}", error.root_cause()))
}

/// Whether the bytes are not what the key or the hash belong to. The library says so in words only.
fn does_not_open(cause: &(dyn std::error::Error + 'static)) -> bool {
    let text = cause.to_string();
    ["MAC mismatch", "Invalid final media size", "PKCS7", "SHA-256 mismatch"]
        .iter()
        .any(|words| text.contains(words))
}

#[cfg(test)]
mod tests;
