//! A message's file: where it is and what its sender says of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edgewire_contract::event::MediaPointer;
use edgewire_contract::media::{FileFacts, MediaKind, Uploaded};
use edgewire_contract::token::hex;
use whatsapp_rust::wacore::proto_helpers::MessageExt as _;
use whatsapp_rust::waproto::whatsapp as wa;

/// The file of `message`. `None` if it has none, or none that could be got.
pub fn of(message: &wa::Message) -> Option<MediaPointer> {
    let m = message.get_base_message();
    // The fields that every kind of file has, by the same names.
    macro_rules! pointer {
        ($kind:expr, $from:ident) => {{
            let hash = $from.file_sha256.as_deref().filter(|hash| hash.len() == 32);
            MediaPointer {
                kind: $kind,
                mimetype: $from.mimetype.clone(),
                file_name: None,
                file_length: $from.file_length.unwrap_or(0),
                file_sha256: hash.map(hex),
                seconds: None,
                width: None,
                height: None,
                pages: None,
                ptt: false,
                gif: false,
                animated: false,
                uploaded: Some(Uploaded {
                    url: $from.url.clone().filter(|url| !url.is_empty()),
                    direct_path: $from.direct_path.clone().filter(|path| !path.is_empty())?,
                    media_key: text($from.media_key.as_deref()),
                    file_sha256: text(hash),
                    file_enc_sha256: text($from.file_enc_sha256.as_deref()),
                    file_length: $from.file_length.unwrap_or(0),
                    facts: FileFacts::default(),
                }),
            }
        }};
    }
    if let Some(it) = m.image_message.as_option() {
        return Some(MediaPointer { width: it.width, height: it.height, ..pointer!(MediaKind::Image, it) });
    }
    if let Some(it) = m.video_message.as_option().or(m.ptv_message.as_option()) {
        let gif = it.gif_playback.unwrap_or(false);
        let (seconds, width, height) = (it.seconds, it.width, it.height);
        return Some(MediaPointer { seconds, width, height, gif, ..pointer!(MediaKind::Video, it) });
    }
    if let Some(it) = m.audio_message.as_option() {
        let ptt = it.ptt.unwrap_or(false);
        return Some(MediaPointer { seconds: it.seconds, ptt, ..pointer!(MediaKind::Audio, it) });
    }
    if let Some(it) = m.document_message.as_option() {
        let file_name = it.file_name.clone().or_else(|| it.title.clone()).filter(|name| !name.is_empty());
        return Some(MediaPointer { file_name, pages: it.page_count, ..pointer!(MediaKind::Document, it) });
    }
    let lottie = m.lottie_sticker_message.as_option().and_then(|wrapped| wrapped.message.as_option());
    let lottie = lottie.and_then(|inner| inner.sticker_message.as_option());
    if let Some(it) = m.sticker_message.as_option().or(lottie) {
        let animated = it.is_animated.unwrap_or(false);
        return Some(MediaPointer {
            width: it.width,
            height: it.height,
            animated,
            ..pointer!(MediaKind::Sticker, it)
        });
    }
    None
}

/// `message` with its file at another place. `None` if it has none.
pub fn moved(mut message: wa::Message, direct_path: &str) -> Option<wa::Message> {
    let mut m = &mut message;
    macro_rules! inside {
        ($($wrapper:ident),*) => {$(
            if m.$wrapper.as_option().is_some_and(|it| it.message.is_set()) {
                m = m.$wrapper.get_or_insert_default().message.get_or_insert_default();
            }
        )*};
    }
    // The wrappers of `get_base_message`, in its order.
    inside!(device_sent_message, ephemeral_message, view_once_message, view_once_message_v2);
    inside!(view_once_message_v2_extension, document_with_caption_message, edited_message);
    if m.lottie_sticker_message.as_option().is_some_and(|it| it.message.is_set()) {
        m = m.lottie_sticker_message.get_or_insert_default().message.get_or_insert_default();
    }
    let mut found = false;
    macro_rules! there {
        ($($part:ident),*) => {$(
            if let Some(it) = m.$part.as_option_mut() {
                it.direct_path = Some(direct_path.to_owned());
                it.url = None;
                found = true;
            }
        )*};
    }
    there!(image_message, video_message, ptv_message, audio_message, document_message, sticker_message);
    found.then_some(message)
}

fn text(bytes: Option<&[u8]>) -> String {
    bytes.map(|bytes| STANDARD.encode(bytes)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use whatsapp_rust::buffa::MessageField;

    use super::*;

    #[test]
    fn a_voice_note_points_to_its_file() {
        let audio = wa::message::AudioMessage {
            direct_path: Some("/v/t62".into()),
            mimetype: Some("audio/ogg; codecs=opus".into()),
            file_sha256: Some(vec![1; 32]),
            file_enc_sha256: Some(vec![2; 32]),
            media_key: Some(vec![3; 32]),
            file_length: Some(9),
            seconds: Some(2),
            ptt: Some(true),
            ..Default::default()
        };
        let message = wa::Message { audio_message: MessageField::some(audio), ..Default::default() };
        let file = of(&message).unwrap();
        assert_eq!(
            (file.kind, file.file_length, file.seconds, file.ptt),
            (MediaKind::Audio, 9, Some(2), true)
        );
        assert_eq!(file.file_sha256.as_deref(), Some(&*"01".repeat(32)));
        let uploaded = file.uploaded.unwrap();
        assert_eq!(Uploaded::bytes(&uploaded.media_key), [3; 32]);
        assert_eq!(uploaded.direct_path, "/v/t62");
    }

    #[test]
    fn a_file_moves_and_keeps_its_keys_and_wrappers() {
        let image = wa::message::ImageMessage {
            url: Some("https://old".into()),
            direct_path: Some("/old".into()),
            media_key: Some(vec![3; 32]),
            ..Default::default()
        };
        let inner = wa::Message { image_message: MessageField::some(image), ..Default::default() };
        let wrapper = wa::message::FutureProofMessage { message: MessageField::some(inner) };
        let message = wa::Message { view_once_message: MessageField::some(wrapper), ..Default::default() };
        let message = moved(message, "/new").unwrap();
        assert!(message.view_once_message.is_set());
        let uploaded = of(&message).unwrap().uploaded.unwrap();
        assert_eq!((uploaded.direct_path.as_str(), uploaded.url), ("/new", None));
        assert_eq!(Uploaded::bytes(&uploaded.media_key), [3; 32]);
        assert_eq!(moved(wa::Message::default(), "/new"), None);
    }

    #[test]
    fn what_cannot_be_got_is_no_file() {
        let image = wa::message::ImageMessage { url: Some("https://x".into()), ..Default::default() };
        let message = wa::Message { image_message: MessageField::some(image), ..Default::default() };
        assert_eq!(of(&message), None);
        assert_eq!(of(&wa::Message::default()), None);
    }
}
