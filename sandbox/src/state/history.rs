//! What was said before: messages that a phone has and its companions may ask for.

use serde::{Deserialize, Serialize};

use super::blob::Blob;

/// One message of a chat's past.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Past {
    /// The stanza id.
    pub id: String,
    /// The chat: a phone number, or a group's address.
    pub chat: String,
    /// Who wrote it: a phone number.
    pub author: String,
    /// Whether the account itself wrote it.
    pub from_me: bool,
    /// Unix seconds.
    pub timestamp: i64,
    /// The encoded `Message`.
    pub content: Blob,
}
