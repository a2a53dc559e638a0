//! The rule for a file: `{url}`, `{data, mimetype}` or the uploaded format.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Rule, base64_bytes, optional, rules, whole};
use crate::data_uri::Decoder;
use crate::fields::{Fields, Kept, LongText};
use crate::media::{self, FileFacts, Inline, Media, MediaKind, Source, Uploaded, is_direct_path};

/// The longest `direct_path`, characters.
const LONGEST_PATH: usize = 2048;

/// A file.
#[derive(Debug, Clone, Copy)]
pub struct MediaRule(MediaKind);

/// A file that is sent as `kind`.
pub const fn media(kind: MediaKind) -> MediaRule {
    MediaRule(kind)
}

impl Rule for MediaRule {
    type Value = Media;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<Media> {
        fields.object(field, |inner| file(inner, Case::Snake))
    }

    fn schema(&self) -> Value {
        let types = self.0.types();
        let types = if types.is_empty() { "any type".to_owned() } else { types.join(", ") };
        let limit = self.0.max_bytes() >> 20;
        json!({
            "allOf": [{"$ref": "#/components/schemas/Media"}],
            "description": format!("The file, at most {limit} MiB: {types}."),
        })
    }
}

/// How the uploaded format's names are spelled where they are told. Both spellings are read everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// `direct_path`.
    Snake,
    /// `directPath`.
    Camel,
}

/// The names of the uploaded format, in both spellings.
const PATH: [&str; 2] = ["direct_path", "directPath"];
const KEY: [&str; 2] = ["media_key", "mediaKey"];
const SHA256: [&str; 2] = ["file_sha256", "fileSha256"];
const ENC_SHA256: [&str; 2] = ["file_enc_sha256", "fileEncSha256"];
const LENGTH: [&str; 2] = ["file_length", "fileLength"];

/// The spelling of a name that the body has; that of `case` when it has none.
fn spelled(fields: &Fields<'_>, [snake, camel]: [&'static str; 2], case: Case) -> &'static str {
    let (own, other) = if case == Case::Snake { (snake, camel) } else { (camel, snake) };
    if fields.raw(own).is_none() && fields.raw(other).is_some() { other } else { own }
}

/// Reads a file from the object that `fields` is at.
pub fn file(fields: &mut Fields<'_>, case: Case) -> Option<Media> {
    let given = |name: &str| fields.raw(name).is_some();
    let is_uploaded = PATH.into_iter().chain(KEY).any(given);
    match (given("data"), is_uploaded, given("url")) {
        (true, false, false) => data(fields),
        (false, true, _) => uploaded(fields, case),
        (false, false, true) => {
            let url = fields.parsed("url", check_url);
            let mimetype = mimetype(fields);
            Some(Media { source: Source::Url { url: url? }, mimetype: mimetype? })
        }
        (false, false, false) => {
            fields.note("url", "is required, or data, or the uploaded format");
            None
        }
        (true, ..) => {
            fields.note("data", "cannot stand beside url or the uploaded format");
            None
        }
    }
}

/// Reads a file's base64 or data: URI from the field `data` of the object that `fields` is at.
pub fn data(fields: &mut Fields<'_>) -> Option<Media> {
    let mimetype = mimetype(fields)?;
    from_text(fields, "data", mimetype)
}

/// Reads a file's base64 or data: URI from `field`.
pub fn from_text(fields: &mut Fields<'_>, field: &str, mimetype: Option<String>) -> Option<Media> {
    if let Some(LongText { kept, .. }) = fields.long_text(field) {
        return match kept {
            Kept::Blob { blob, mimetype: said } => Some(Media {
                source: Source::Blob(blob.clone()),
                mimetype: mimetype.or_else(|| said.clone()),
            }),
            Kept::NotBase64 => {
                fields.note(field, "must be base64 or a data: URI");
                None
            }
        };
    }
    let (said, bytes) = fields.parsed(field, data_uri)?;
    Some(Media { source: Source::Inline(Inline(bytes)), mimetype: mimetype.or(said) })
}

/// The type and the bytes of a data: URI or of plain base64.
fn data_uri(text: &str) -> Result<(Option<String>, Vec<u8>), &'static str> {
    let (mut decoder, mut bytes) = (Decoder::default(), Vec::with_capacity(text.len() / 4 * 3 + 3));
    let pushed = decoder.push(text.as_bytes(), &mut bytes);
    match pushed.and_then(|()| decoder.finish(&mut bytes)) {
        Ok(mimetype) if !bytes.is_empty() => Ok((mimetype, bytes)),
        _ => Err("must be base64 or a data: URI"),
    }
}

fn uploaded(fields: &mut Fields<'_>, case: Case) -> Option<Media> {
    let [path, media_key, sha256, enc_sha256, length] =
        [PATH, KEY, SHA256, ENC_SHA256, LENGTH].map(|name| spelled(fields, name, case));
    let url = fields.optional_parsed("url", check_url);
    let direct_path = DirectPath.read(fields, path);
    let media_key = Key.read(fields, media_key);
    let file_sha256 = Key.read(fields, sha256);
    let file_enc_sha256 = Key.read(fields, enc_sha256);
    let file_length = fields.integer(length, 0, 2 << 30);
    let facts = facts(fields);
    let mimetype = mimetype(fields)?;
    let uploaded = Uploaded {
        url,
        direct_path: direct_path?,
        media_key: media_key?,
        file_sha256: file_sha256?,
        file_enc_sha256: file_enc_sha256?,
        file_length: file_length?.unsigned_abs(),
        facts: facts?,
    };
    Some(Media { source: Source::Uploaded(uploaded), mimetype })
}

/// What our upload found out of the file, as its answer had it.
fn facts(fields: &mut Fields<'_>) -> Option<FileFacts> {
    let seconds = optional(whole(0, 1 << 20)).read(fields, "seconds");
    let width = optional(whole(1, 1 << 16)).read(fields, "width");
    let height = optional(whole(1, 1 << 16)).read(fields, "height");
    let pages = optional(whole(1, 1 << 20)).read(fields, "pages");
    let thumbnail = optional(base64_bytes()).read(fields, "thumbnail");
    let waveform = optional(base64_bytes()).read(fields, "waveform");
    let animated = fields.flag("animated", false);
    let number = |n: Option<i64>| n.and_then(|n| u32::try_from(n).ok());
    Some(FileFacts {
        seconds: number(seconds?),
        width: number(width?),
        height: number(height?),
        pages: number(pages?),
        thumbnail: thumbnail?,
        waveform: waveform?,
        animated,
    })
}

/// The type that is said of the file. `None` when it is bad.
fn mimetype(fields: &mut Fields<'_>) -> Option<Option<String>> {
    if fields.raw("mimetype").is_none() {
        return Some(None);
    }
    Mimetype.read(fields, "mimetype").map(Some)
}

/// A type such as `image/jpeg`; the value is in lower case.
#[derive(Debug, Clone, Copy)]
pub struct Mimetype;

impl Rule for Mimetype {
    type Value = String;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<String> {
        fields.parsed(field, |text| media::mimetype(text).ok_or("must be a type such as image/jpeg"))
    }

    fn schema(&self) -> Value {
        json!({"type": "string", "maxLength": 127, "pattern": "^[ -~]*/[ -~]*$"})
    }
}

/// A path of WhatsApp's media servers.
#[derive(Debug, Clone, Copy)]
pub struct DirectPath;

impl Rule for DirectPath {
    type Value = String;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<String> {
        fields.parsed(field, |text| {
            let ok = is_direct_path(text) && text.len() <= LONGEST_PATH;
            ok.then(|| text.to_owned()).ok_or("must be a path of WhatsApp's media servers")
        })
    }

    fn schema(&self) -> Value {
        json!({"type": "string", "maxLength": LONGEST_PATH, "pattern": "^/([A-Za-z0-9._~!$&'()*+,;=:@?%-][A-Za-z0-9._~!$&'()*+,;=:@/?%-]*)?$"})
    }
}

/// 32 bytes as base64; the value is the text in its canonical form.
#[derive(Debug, Clone, Copy)]
pub struct Key;

impl Rule for Key {
    type Value = String;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<String> {
        fields.parsed(field, |text| match STANDARD.decode(text) {
            Ok(bytes) if bytes.len() == 32 => Ok(STANDARD.encode(bytes)),
            _ => Err("must be base64 of 32 bytes"),
        })
    }

    fn schema(&self) -> Value {
        json!({"type": "string", "contentEncoding": "base64", "minLength": 44, "maxLength": 44, "pattern": "^[A-Za-z0-9+/]{43}=$"})
    }
}

fn check_url(text: &str) -> Result<String, String> {
    rules::parse_url(text)
}
