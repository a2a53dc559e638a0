//! A sticker.

use whatsapp_rust::waproto::whatsapp as wa;

use super::file::with_file;
use crate::commands::material::SentFile;

/// A sticker as WhatsApp carries it.
pub(super) fn message(file: &SentFile) -> wa::Message {
    let sticker_message = with_file!(StickerMessage, file, {
        width: file.width,
        height: file.height,
        is_animated: Some(file.animated),
        png_thumbnail: file.thumbnail.clone(),
    });
    wa::Message { sticker_message, ..Default::default() }
}
