//! A clip or a voice note.

use edgewire_contract::content::Audio;
use whatsapp_rust::waproto::whatsapp as wa;

use super::file::with_file;
use crate::commands::material::SentFile;

/// A clip or a voice note as WhatsApp carries it. Only a voice note is drawn with its waveform.
pub(super) fn message(audio: &Audio, file: &SentFile) -> wa::Message {
    let audio_message = with_file!(AudioMessage, file, {
        seconds: file.seconds,
        ptt: Some(audio.ptt),
        waveform: file.waveform.clone().filter(|_| audio.ptt),
        view_once: audio.view_once.then_some(true),
    });
    wa::Message { audio_message, ..Default::default() }
}

#[cfg(test)]
mod tests {
    use edgewire_contract::content::Kind;
    use serde_json::json;

    use super::super::tests::*;

    #[test]
    fn a_clip_is_no_voice_note() {
        let body = json!({"to": BOB, "audio": {"url": "https://example.com/x"}, "view_once": true});
        let seen = says(Kind::Audio, &body, &material());
        assert_eq!(seen["audio_message"]["ptt"], false);
        assert_eq!(seen["audio_message"]["view_once"], true);
        assert_eq!(seen["audio_message"].get("waveform"), None);
    }
}
