//! A case per kind: what is posted, what the recipient must see (names as in WhatsApp's protobuf, snake_case), what the
//! stanza must say where WhatsApp cares.
//!
//! * [`said`]: messages that stand for themselves; [`media`]: files; [`about`]: what is done to others.

mod about;
mod media;
mod said;

use serde_json::{Value, json};

use super::scene::Scene;

/// Says what is wrong with a file.
type FileCheck = Box<dyn Fn(&[u8]) -> Result<(), String> + Send + Sync>;

/// One send and what comes of it.
pub struct Case {
    /// The kind, as in the route.
    pub kind: &'static str,
    /// What is special about it, where a kind has several.
    pub variant: &'static str,
    /// What is posted.
    pub body: Value,
    /// What the decrypted message has.
    pub sees: Value,
    /// What the stanza has.
    pub stanza: Value,
    /// Checks the file that the recipient downloaded.
    pub file: Option<FileCheck>,
}

impl Case {
    fn new(kind: &'static str, body: Value, sees: Value) -> Self {
        let stanza = json!({ "attrs": { "type": "text" } });
        Self { kind, variant: "", body, sees, stanza, file: None }
    }

    fn variant(mut self, variant: &'static str) -> Self {
        self.variant = variant;
        self
    }

    /// The stanza's attributes.
    fn attrs(mut self, attrs: Value) -> Self {
        self.stanza = json!({ "attrs": attrs });
        self
    }

    /// The file is these bytes.
    fn bytes(self, bytes: &[u8]) -> Self {
        let wanted = bytes.to_vec();
        self.checked(move |got| {
            if got == wanted {
                Ok(())
            } else {
                Err(format!("{} bytes came, not the {} sent", got.len(), wanted.len()))
            }
        })
    }

    fn checked(mut self, check: impl Fn(&[u8]) -> Result<(), String> + Send + Sync + 'static) -> Self {
        self.file = Some(Box::new(check));
        self
    }

    /// The kind, and what is special.
    pub fn name(&self) -> String {
        if self.variant.is_empty() {
            self.kind.to_owned()
        } else {
            format!("{} ({})", self.kind, self.variant)
        }
    }
}

/// All of them.
pub fn cases(scene: &Scene) -> Vec<Case> {
    [
        said::texts(scene),
        said::cards(scene),
        said::menus(scene),
        said::business(scene),
        media::media(scene),
        about::about_others(scene),
        about::in_groups(scene),
    ]
    .into_iter()
    .flatten()
    .collect()
}
