//! `POST /api/v1/sessions/{session}/media/upload?kind=`: puts a file on WhatsApp's media servers, once for many messages.
//!
//! The body is the file itself, or a form (`multipart/form-data`) with it. The answer is the uploaded format, which every
//! message takes for a file.

use edgewire_contract::command::{Live, Upload};
use edgewire_contract::fault::FaultCode;
use edgewire_contract::media::{MAX_DOCUMENT_BYTES, MediaKind};
use edgewire_contract::session::SessionStatus;
use edgewire_edge::asking::ACT;
use edgewire_edge::blob::{self, BlobWriter};
use edgewire_edge::bus::Bus;
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply, command};
use serde_json::Value;

use crate::incoming;

/// What a kind must be, said to a caller.
pub const KINDS: &str = "must be one of image, video, audio, document, sticker";

/// Uploads a file.
///
/// # Errors
/// 401, 403, 404, 400, 409, 413, 415, 429; what WhatsApp's servers say; 504.
pub async fn upload<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let caller = gateway.caller(&call.head.headers, ACT).await?;
    let session = caller.session(&call.params[0])?;
    let mut checks = Checks::default();
    let kind = call.query().parsed("kind", |name| MediaKind::named(name).ok_or(KINDS), &mut checks);
    checks.finish()?;
    // Before the file comes in, and not only when its command is admitted.
    let view = gateway.session(&caller, &session).await?;
    let status = view.status();
    if status != SessionStatus::Connected {
        return Err(command::not_ready(status.as_str(), view.record.reason).into());
    }
    let mut writer = BlobWriter::new(gateway, &session, MAX_DOCUMENT_BYTES);
    let file = match incoming::read(&call.head.headers, call.body, kind, &mut writer).await {
        Ok(file) => file,
        Err(problem) => {
            writer.abandon().await;
            return Err(problem);
        }
    };
    let kind = file.kind;
    let name = file.blob.blob.clone();
    let action = Live::Upload(Upload { blob: file.blob, kind, mimetype: file.mimetype });
    let offline = FaultCode::SessionNotConnected;
    match command::live(gateway, &caller, &session, &call.request_id, action, offline).await {
        Ok(Some(Value::Object(mut uploaded))) => {
            // So that the answer is all that a download needs.
            uploaded.entry("kind").or_insert_with(|| kind.as_str().into());
            Ok(Reply::json(200, &uploaded))
        }
        Ok(_) => Err(Problem::internal("media.upload gave nothing")),
        Err(problem) => {
            // A command that was admitted owns it: then it stays until that one ends.
            blob::forget(gateway, &session, [&name]).await;
            Err(problem)
        }
    }
}
