//! What a device has still to acknowledge.
//!
//! A stanza stays here until its device acks or receipts it, whether or not it was written to a socket: the socket may
//! be dying. `sent_on` remembers the connection it was last written to, so that nothing is written twice on one.

use serde::{Deserialize, Serialize};
use wacore_binary::{Node, OwnedNodeRef};

use super::blob::Blob;
use super::world::ConnId;

/// The class of a queued stanza; acks name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Settled by a receipt or by an ack.
    Message,
    /// Settled by an ack.
    Receipt,
    /// Settled by an ack.
    Notification,
    /// Settled by an ack.
    Call,
}

impl Class {
    /// As acks spell it.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "message" => Some(Class::Message),
            "receipt" => Some(Class::Receipt),
            "notification" => Some(Class::Notification),
            "call" => Some(Class::Call),
            _ => None,
        }
    }
}

/// One stanza waiting for its device.
#[derive(Clone, Serialize, Deserialize)]
pub struct Queued {
    /// The stanza's id.
    pub id: String,
    /// Its class.
    pub class: Class,
    /// A receipt's type, to tell two receipts for one message apart.
    pub kind: Option<String>,
    /// The stanza in the binary encoding.
    pub stanza: Blob,
    /// Key into the relay log, for messages.
    pub relay: Option<String>,
    /// The connection it was last written to.
    #[serde(skip)]
    pub sent_on: Option<ConnId>,
}

impl Queued {
    /// Wraps a stanza that is to be delivered at least once.
    pub fn new(class: Class, node: &Node, relay: Option<String>) -> Self {
        let text = |key: &str| node.attrs.get(key).map(|v| v.as_str().into_owned());
        Queued {
            id: text("id").unwrap_or_default(),
            class,
            kind: text("type"),
            stanza: Blob(wacore_binary::marshal::marshal(node).unwrap_or_default()),
            relay,
            sent_on: None,
        }
    }

    /// The stanza again, marked as replayed from the queue when `offline`.
    pub fn node(&self, offline: bool) -> Option<Node> {
        let bytes = self.stanza.0.clone();
        // marshal() puts a leading flag byte (0 = not compressed) before the node.
        let body = bytes.get(1..)?.to_vec();
        let mut node = OwnedNodeRef::new(body).ok()?.to_owned_node();
        if offline {
            node.attrs.insert("offline", "0");
        }
        Some(node)
    }
}
