//! Any file.

use edgewire_contract::content::Document;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use super::file::with_file;
use crate::commands::material::SentFile;

/// The name of a file that nobody named.
const NAMELESS: &str = "file";

/// A file as WhatsApp carries it.
pub(super) fn message(document: &Document, file: &SentFile) -> wa::Message {
    let name = document.filename.clone().or_else(|| file.name.clone()).unwrap_or_else(|| NAMELESS.into());
    let document_message = with_file!(DocumentMessage, file, {
        title: Some(name.clone()),
        file_name: Some(name),
        caption: document.caption.clone(),
        page_count: file.pages,
        jpeg_thumbnail: file.thumbnail.clone(),
        thumbnail_width: file.width.filter(|_| file.thumbnail.is_some()),
        thumbnail_height: file.height.filter(|_| file.thumbnail.is_some()),
    });
    wa::Message { document_message, ..Default::default() }
}

/// A document with a caption goes in a wrapper of its own, as the official apps send it: apps from before captions would
/// have shown it without. To be done last: the context belongs inside.
pub(super) fn wrap(message: &mut wa::Message) {
    let has_caption = message.document_message.as_option().is_some_and(|document| document.caption.is_some());
    if !has_caption {
        return;
    }
    let inner =
        wa::Message { document_message: std::mem::take(&mut message.document_message), ..Default::default() };
    message.document_with_caption_message =
        MessageField::some(wa::message::FutureProofMessage { message: MessageField::some(inner) });
}

#[cfg(test)]
mod tests {
    use edgewire_contract::content::Kind;
    use serde_json::json;

    use super::super::tests::*;

    #[test]
    fn a_caption_puts_it_into_a_wrapper_with_its_context_inside() {
        let body = json!({
            "to": BOB, "document": {"url": "https://example.com/x"}, "caption": "read", "reply_to": "3EB0BB",
        });
        let seen = says(Kind::Document, &body, &material());
        let inner = &seen["document_with_caption_message"]["message"]["document_message"];
        assert_eq!(inner["caption"], "read");
        assert_eq!(inner["file_name"], "named.pdf");
        assert_eq!(inner["context_info"]["stanza_id"], "3EB0BB");
        assert_eq!(seen.get("document_message"), None);
    }
}
