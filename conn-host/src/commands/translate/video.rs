//! A film.

use edgewire_contract::content::Video;
use whatsapp_rust::waproto::whatsapp as wa;

use super::file::with_file;
use crate::commands::material::SentFile;

/// A film as WhatsApp carries it.
pub(super) fn message(video: &Video, file: &SentFile) -> wa::Message {
    let video_message = with_file!(VideoMessage, file, {
        caption: video.caption.clone(),
        width: file.width,
        height: file.height,
        seconds: file.seconds,
        jpeg_thumbnail: file.thumbnail.clone(),
        gif_playback: video.gif_playback.then_some(true),
        view_once: video.view_once.then_some(true),
    });
    wa::Message { video_message, ..Default::default() }
}

#[cfg(test)]
mod tests {
    use edgewire_contract::content::Kind;
    use serde_json::json;

    use super::super::tests::*;

    #[test]
    fn once_and_as_a_gif_are_said_within_the_message() {
        let body = json!({"to": BOB, "video": {"url": "https://example.com/x"}, "view_once": true, "gif_playback": true});
        let seen = says(Kind::Video, &body, &material());
        assert_eq!(seen["video_message"]["view_once"], true);
        assert_eq!(seen["video_message"]["gif_playback"], true);
    }
}
