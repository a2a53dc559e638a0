//! A picture.

use edgewire_contract::content::Image;
use whatsapp_rust::waproto::whatsapp as wa;

use super::file::with_file;
use crate::commands::material::SentFile;

/// A picture as WhatsApp carries it.
pub(super) fn message(image: &Image, file: &SentFile) -> wa::Message {
    let image_message = with_file!(ImageMessage, file, {
        caption: image.caption.clone(),
        width: file.width,
        height: file.height,
        jpeg_thumbnail: file.thumbnail.clone(),
        // Within the message, not around it: the library tells the server of it either way.
        view_once: image.view_once.then_some(true),
    });
    wa::Message { image_message, ..Default::default() }
}

#[cfg(test)]
mod tests {
    use edgewire_contract::content::Kind;
    use serde_json::json;

    use super::super::tests::*;

    #[test]
    fn once_is_said_within_the_message() {
        let body = json!({"to": BOB, "image": {"url": "https://example.com/x"}, "view_once": true});
        let seen = says(Kind::Image, &body, &material());
        assert_eq!(seen["image_message"]["view_once"], true);
        assert_eq!(seen["image_message"].get("caption"), None);
    }
}
