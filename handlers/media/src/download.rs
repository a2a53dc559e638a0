//! `POST /api/v1/sessions/{session}/media/download`: gets a file from WhatsApp's media servers.
//!
//! conn-host writes the file into a blob; from there it goes out chunk by chunk, and is forgotten at its end.

use edgewire_contract::command::{Download, Live};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::media::{BlobRef, FileFacts, MediaKind, Uploaded};
use edgewire_contract::shape::media::{DirectPath, Key, Mimetype};
use edgewire_contract::shape::{choice, optional, url, whole};
use edgewire_edge::asking::{LOOK, record};
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply, blob, command};
use serde_json::Value;

use crate::incoming::bad;

edgewire_contract::record! {
    /// A file on WhatsApp's media servers, as an upload or an event gives it.
    pub struct Wanted {
        /// The whole address; `direct_path` is what counts.
        pub url: Option<String> = optional(url());
        /// The path on every media server.
        pub direct_path: String = DirectPath;
        /// 32 bytes that the file's keys are made of.
        pub media_key: String = Key;
        /// SHA-256 of the file.
        pub file_sha256: String = Key;
        /// SHA-256 of what was uploaded.
        pub file_enc_sha256: String = Key;
        /// The file's length, bytes.
        pub file_length: i64 = whole(0, 2 << 30);
        /// The file's type: that of the answer.
        pub mimetype: Option<String> = optional(Mimetype);
        /// What it was sent as, where its type does not say that: a picture that was sent as a document.
        pub kind: Option<MediaKind> = optional(choice::<MediaKind>());
    }
}

/// Downloads a file.
///
/// # Errors
/// 401, 403, 404, 413, 400, 409; what WhatsApp's servers say; 504.
pub async fn download<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let caller = gateway.caller(&call.head.headers, LOOK).await?;
    let session = caller.session(&call.params[0])?;
    let request_id = call.request_id.clone();
    let wanted: Wanted = record(call).await?;
    let kind = kind_of(&wanted)?;
    let uploaded = Uploaded {
        url: wanted.url,
        direct_path: wanted.direct_path,
        media_key: wanted.media_key,
        file_sha256: wanted.file_sha256,
        file_enc_sha256: wanted.file_enc_sha256,
        file_length: wanted.file_length.unsigned_abs(),
        facts: FileFacts::default(),
    };
    let action = Live::Download(Download { uploaded, kind });
    let offline = FaultCode::SessionNotConnected;
    let given = command::live(gateway, &caller, &session, &request_id, action, offline).await?;
    let file: BlobRef = serde_json::from_value(given.unwrap_or(Value::Null))
        .map_err(|_| Problem::internal("media.download gave no blob"))?;
    let length = file.bytes;
    let pieces = blob::stream(gateway, session, file).await?;
    Ok(Reply::stream(wanted.mimetype.as_deref().unwrap_or("application/octet-stream"), pieces)
        .with("content-length", length.to_string())
        // Whatever somebody sent is not to be shown as a page of this site.
        .with("content-disposition", "attachment")
        .with("x-content-type-options", "nosniff"))
}

/// What the file was sent as, on which its keys depend.
fn kind_of(wanted: &Wanted) -> Result<MediaKind, Fault> {
    let of_type = || wanted.mimetype.as_deref().map(MediaKind::of_type);
    wanted.kind.or_else(of_type).ok_or_else(|| bad("kind", "is required where there is no mimetype"))
}
