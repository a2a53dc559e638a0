//! What is known of prepared media: what a message says about its file, and what an HTTP answer says about the work.

use serde::{Deserialize, Serialize};

use crate::spool::Spool;

/// Media that can be uploaded.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The bytes to upload: the given ones, or the converted.
    pub spool: Spool,
    /// Their type, as the message names it.
    pub mimetype: String,
    /// What the message says about them.
    pub facts: Facts,
}

/// Stored beside the command; bytes are base64 in JSON. What does not apply to a kind is `None`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Pixels, as it is shown (turned as its orientation says).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// As `width`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// How long audio or video plays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// A JPEG (of a sticker: a PNG), its longer side at most 72 pixels, a few kB.
    #[serde(skip_serializing_if = "Option::is_none", with = "base64_bytes")]
    pub thumbnail: Option<Vec<u8>>,
    /// Of a voice note: 64 values from 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none", with = "base64_bytes")]
    pub waveform: Option<Vec<u8>>,
    /// Of a PDF, where its head or tail says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
    /// Of a sticker: it moves.
    pub animated: bool,
    /// Of a video: play it in a loop, without sound ([`Hints::gif_playback`](crate::Hints)).
    pub gif_playback: bool,
    /// What the given bytes were: a MIME type.
    pub original_format: String,
    /// Whether the bytes are other than the given ones.
    pub converted: bool,
    /// How long preparing took, in milliseconds.
    pub took_ms: u64,
}

impl Facts {
    /// `seconds`, rounded up: what WhatsApp's messages carry. At least 1 when there is any.
    pub fn whole_seconds(&self) -> Option<u32> {
        self.seconds.map(|seconds| seconds.ceil().clamp(1.0, f64::from(u32::MAX)) as u32)
    }
}

mod base64_bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(bytes: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
        match bytes {
            Some(bytes) => serializer.serialize_some(&STANDARD.encode(bytes)),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| STANDARD.decode(text).map_err(D::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_survive_json() {
        let facts = Facts {
            seconds: Some(1.25),
            thumbnail: Some(vec![0xff, 0xd8]),
            waveform: Some(vec![0, 100]),
            original_format: "audio/wav".into(),
            converted: true,
            ..Facts::default()
        };
        let text = serde_json::to_string(&facts).unwrap();
        assert!(text.contains(r#""thumbnail":"/9g=""#), "{text}");
        assert!(!text.contains("pages"), "{text}");
        assert_eq!(serde_json::from_str::<Facts>(&text).unwrap(), facts);
        assert_eq!(facts.whole_seconds(), Some(2));
        assert_eq!(serde_json::from_str::<Facts>("{}").unwrap(), Facts::default());
    }
}
