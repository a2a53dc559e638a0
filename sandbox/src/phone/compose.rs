//! What a contact says: a text, a file, or any message a test has made itself.

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use buffa::{Message, MessageField};
use bytes::Bytes;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use wacore::download::MediaType;
use wacore::upload::encrypt_media;
use waproto::whatsapp as wa;

use crate::state::World;

/// Exactly one of the three is given.
#[derive(Deserialize)]
pub struct Content {
    /// A text message.
    text: Option<String>,
    /// A file; it is encrypted and put where clients download it.
    media: Option<Media>,
    /// An encoded `Message`, base64: whatever the others cannot say.
    message_base64: Option<String>,
}

/// A file to be sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Media {
    kind: Kind,
    base64: String,
    mimetype: Option<String>,
    caption: Option<String>,
    file_name: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Image,
    Video,
    Audio,
    Document,
    Sticker,
}

impl Kind {
    fn media_type(self) -> MediaType {
        match self {
            Kind::Image => MediaType::Image,
            Kind::Video => MediaType::Video,
            Kind::Audio => MediaType::Audio,
            Kind::Document => MediaType::Document,
            Kind::Sticker => MediaType::Sticker,
        }
    }

    fn mimetype(self) -> &'static str {
        match self {
            Kind::Image => "image/jpeg",
            Kind::Video => "video/mp4",
            Kind::Audio => "audio/ogg; codecs=opus",
            Kind::Document => "application/octet-stream",
            Kind::Sticker => "image/webp",
        }
    }
}

/// A plain text message.
pub fn text(text: String) -> wa::Message {
    wa::Message { conversation: Some(text), ..Default::default() }
}

impl Content {
    /// The message this stands for; a file is encrypted.
    pub fn compose(self, world: &mut World) -> Result<wa::Message> {
        self.with_file(world, true)
    }

    /// The message this stands for, for a newsletter: a file is not encrypted.
    pub fn compose_public(self, world: &mut World) -> Result<wa::Message> {
        self.with_file(world, false)
    }

    fn with_file(self, world: &mut World, encrypted: bool) -> Result<wa::Message> {
        match (self.text, self.media, self.message_base64) {
            (Some(words), None, None) => Ok(text(words)),
            (None, Some(media), None) => media.compose(world, encrypted),
            (None, None, Some(encoded)) => {
                let bytes = BASE64_STANDARD.decode(encoded).context("message_base64 is not base64")?;
                wa::Message::decode_from_slice(bytes.as_slice()).context("message_base64 is no Message")
            }
            _ => bail!("exactly one of text, media and message_base64 is needed"),
        }
    }
}

impl Media {
    fn compose(self, world: &mut World, encrypted: bool) -> Result<wa::Message> {
        let plain = BASE64_STANDARD.decode(&self.base64).context("media.base64 is not base64")?;
        let file_length = Some(plain.len() as u64);
        let (file_sha256, file_enc_sha256, media_key, stored) = if encrypted {
            let sealed = encrypt_media(&plain, self.kind.media_type())?;
            let (key, hash) = (Some(sealed.media_key.to_vec()), Some(sealed.file_enc_sha256.to_vec()));
            (sealed.file_sha256.to_vec(), hash, key, sealed.data_to_upload)
        } else {
            (Sha256::digest(&plain).to_vec(), None, None, plain)
        };
        let name = BASE64_URL_SAFE_NO_PAD.encode(file_enc_sha256.as_ref().unwrap_or(&file_sha256));
        let direct_path = format!("/v/contact/{name}");
        let url = Some(format!("https://{}{direct_path}", world.authority));
        world.media.put(direct_path.clone(), Bytes::from(stored));
        let file_sha256 = Some(file_sha256);
        let mimetype = Some(self.mimetype.unwrap_or_else(|| self.kind.mimetype().to_owned()));
        let direct_path = Some(direct_path);
        let caption = self.caption;
        macro_rules! media_message {
            ($field:ident, $kind:ident { $($name:ident : $value:expr),* }) => {
                wa::Message {
                    $field: MessageField::some(wa::message::$kind {
                        url, mimetype, direct_path, media_key, file_sha256, file_enc_sha256, file_length,
                        $($name: $value,)*
                        ..Default::default()
                    }),
                    ..Default::default()
                }
            };
        }
        Ok(match self.kind {
            Kind::Image => media_message!(image_message, ImageMessage { caption: caption }),
            Kind::Video => media_message!(video_message, VideoMessage { caption: caption }),
            Kind::Audio => media_message!(audio_message, AudioMessage {}),
            Kind::Sticker => media_message!(sticker_message, StickerMessage {}),
            Kind::Document => media_message!(
                document_message,
                DocumentMessage { caption: caption, file_name: self.file_name }
            ),
        })
    }
}
