//! A companion's file is not on the media servers any more: the phone uploads it again.
//!
//! Request and answer are encrypted with a key made from the file's own key, so only who has the message can ask.

use anyhow::{Context, Result, anyhow, bail};
use buffa::Message;
use wacore::crypto::hkdf_sha256_into;
use wacore::libsignal::crypto::aes_256_gcm_encrypt;
use wacore::media_retry::decrypt_media_retry_notification;
use wacore::proto_helpers::MessageExt;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;
use waproto::whatsapp as wa;
use waproto::whatsapp::media_retry_notification::ResultType;

use super::history;
use crate::stanza::{StanzaExt, bytes};
use crate::state::conduct::MediaRetry;
use crate::state::queue::{Class, Queued};
use crate::state::{Addr, World};

/// What the key of request and answer is derived with.
const KEY_INFO: &[u8] = b"WhatsApp Media Retry Notification";

/// Where a message's file is, and what decrypts it.
pub struct File {
    /// The path on the media servers.
    pub direct_path: String,
    /// The key.
    pub media_key: Vec<u8>,
}

/// The file of a message, if it has one.
pub fn file_of(content: &wa::Message) -> Option<File> {
    let base = content.get_base_message();
    macro_rules! file {
        ($($field:ident),*) => {
            $(if let Some(media) = base.$field.as_option() {
                return Some(File {
                    direct_path: media.direct_path.clone()?,
                    media_key: media.media_key.clone()?,
                });
            })*
        };
    }
    file!(image_message, video_message, ptv_message, audio_message, document_message, sticker_message);
    None
}

/// `<receipt type="server-error">` of a companion: the answer goes to it alone.
pub fn asked(world: &mut World, companion: &Addr, receipt: &Node) {
    let Some(id) = receipt.text("id") else { return };
    let conduct = world.faults.conduct(&companion.phone).media_retry;
    let outcome = match conduct {
        MediaRetry::Silent => return,
        MediaRetry::NotFound => Ok(error(2)),
        MediaRetry::DecryptionError => Ok(error(3)),
        MediaRetry::GeneralError | MediaRetry::Reupload => answer(world, companion, receipt, &id, conduct),
    };
    let child = outcome.unwrap_or_else(|error_met| {
        tracing::info!("a file cannot be uploaded again: {error_met:#}");
        error(2)
    });
    let from = companion.pn();
    let notice = NodeBuilder::new("notification")
        .attr("type", "mediaretry")
        .attr("from", wacore_binary::Jid::pn(companion.phone.as_str()))
        .attr("to", from)
        .attr("id", id)
        .attr("t", world.now())
        .children([child].into_iter().chain(receipt.child("rmr").cloned()))
        .build();
    world.enqueue(companion, Queued::new(Class::Notification, &notice, None), notice);
}

fn error(code: u16) -> Node {
    NodeBuilder::new("error").attr("code", code).build()
}

fn answer(
    world: &mut World,
    companion: &Addr,
    receipt: &Node,
    id: &str,
    conduct: MediaRetry,
) -> Result<Node> {
    let own = Addr::new(&*companion.phone, 0);
    let past = history::find(world, &own, id).context("the phone has no such message")?;
    let content = wa::Message::decode_from_slice(past.content.0.as_slice())?;
    let file = file_of(&content).context("the message has no file")?;
    let part = |name: &str| receipt.child("encrypt").and_then(|e| e.child(name)).and_then(StanzaExt::body);
    let (sealed, iv) = (part("enc_p").context("no enc_p")?, part("enc_iv").context("no enc_iv")?);
    if decrypt_media_retry_notification(&file.media_key, id, &iv, &sealed).is_err() {
        return Ok(error(3));
    }
    let (result, direct_path) = match conduct {
        MediaRetry::GeneralError => (ResultType::GENERAL_ERROR, None),
        _ => (ResultType::SUCCESS, Some(upload_again(world, &file.direct_path)?)),
    };
    let notification = wa::MediaRetryNotification {
        stanza_id: Some(id.to_owned()),
        direct_path,
        result: Some(result),
        ..Default::default()
    };
    seal(&file.media_key, id, &notification.encode_to_vec())
}

/// The phone has the file itself: it comes up under a new path, and the old one stays gone.
fn upload_again(world: &mut World, path: &str) -> Result<String> {
    let Some(content) = world.media.get(path) else { bail!("the file is nowhere") };
    let name = path.rsplit('/').next().unwrap_or_default();
    let fresh = format!("/v/again/{}/{name}", world.fresh_number());
    world.media.put(fresh.clone(), content);
    Ok(fresh)
}

fn seal(media_key: &[u8], id: &str, plain: &[u8]) -> Result<Node> {
    let mut key = [0u8; 32];
    hkdf_sha256_into(media_key, None, KEY_INFO, &mut key).map_err(|error| anyhow!("{error}"))?;
    let iv: [u8; 12] = rand::random();
    let mut sealed = Vec::new();
    aes_256_gcm_encrypt(&key, &iv, id.as_bytes(), plain, &mut sealed)
        .map_err(|error| anyhow!("{error:?}"))?;
    Ok(NodeBuilder::new("encrypt").children([bytes("enc_p", sealed), bytes("enc_iv", iv)]).build())
}
