//! What the kinds with a file have in common: where it is on WhatsApp's servers, and the keys to it.

use crate::commands::material::SentFile;

/// The host that a file without a whole address is named with. What counts is its path.
const HOST: &str = "https://mmg.whatsapp.net";

/// The file's whole address.
pub(super) fn url(file: &SentFile) -> String {
    file.uploaded.url.clone().unwrap_or_else(|| format!("{HOST}{}", file.uploaded.direct_path))
}

/// A message of the library's type `$kind` about `$file`, with the fields that follow.
macro_rules! with_file {
    ($kind:ident, $file:expr, { $($field:ident: $value:expr),* $(,)? }) => {{
        use edgewire_contract::media::Uploaded;
        let file: &$crate::commands::material::SentFile = $file;
        let uploaded = &file.uploaded;
        whatsapp_rust::buffa::MessageField::some(whatsapp_rust::waproto::whatsapp::message::$kind {
            url: Some($crate::commands::translate::file::url(file)),
            direct_path: Some(uploaded.direct_path.clone()),
            media_key: Some(Uploaded::bytes(&uploaded.media_key)),
            media_key_timestamp: Some(file.key_timestamp),
            file_sha256: Some(Uploaded::bytes(&uploaded.file_sha256)),
            file_enc_sha256: Some(Uploaded::bytes(&uploaded.file_enc_sha256)),
            file_length: Some(uploaded.file_length),
            mimetype: Some(file.mimetype.clone()),
            $($field: $value,)*
            ..Default::default()
        })
    }};
}
pub(super) use with_file;

#[cfg(test)]
mod tests {
    use edgewire_contract::content::Kind;
    use edgewire_contract::fault::FaultCode;
    use serde_json::json;

    use super::super::tests::*;
    use crate::commands::material::Material;

    #[test]
    fn a_file_without_an_address_gets_one_from_its_path() {
        let mut material = material();
        material.file.as_mut().unwrap().uploaded.url = None;
        let body = json!({"to": BOB, "image": {"url": "https://example.com/x"}});
        let seen = says(Kind::Image, &body, &material);
        assert_eq!(seen["image_message"]["url"], "https://mmg.whatsapp.net/v/new");
        let fault = outgoing(Kind::Image, &body, &Material::default()).unwrap_err();
        assert_eq!(fault.code, FaultCode::Internal);
    }
}
