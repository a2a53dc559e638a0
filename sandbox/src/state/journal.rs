//! The stanza journal: what clients sent lately, for tests that want to see the wire.
//!
//! Bounded: the oldest stanzas fall out. Byte content is kept as its length only, because it is ciphertext; the
//! `<plaintext>` of newsletters is kept whole. It lives in memory and is gone with the process.

use std::collections::VecDeque;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};
use wacore_binary::Node;
use wacore_binary::node::NodeContent;

use super::account::Addr;

/// How many stanzas are kept.
pub const CAPACITY: usize = 5_000;

/// How many children of one node are kept: a prekey upload has hundreds, all alike.
const CHILDREN: usize = 100;

/// The largest `<plaintext>` kept whole, in bytes.
const PLAINTEXT: usize = 64 * 1024;

/// One stanza that a client sent.
pub struct Stanza {
    /// Counts up over all stanzas; never used twice.
    pub number: u64,
    /// Who sent it.
    pub from: Addr,
    /// When it came, unix milliseconds.
    pub time: u64,
    /// The stanza without its byte content.
    pub element: Element,
}

/// A node without its byte content.
pub struct Element {
    tag: String,
    attrs: Vec<(String, String)>,
    content: Content,
}

enum Content {
    Nothing,
    Text(String),
    Bytes { length: usize, whole: Option<Vec<u8>> },
    Children { kept: Vec<Element>, left_out: usize },
}

/// The newest stanzas, oldest first.
#[derive(Default)]
pub struct Journal {
    stanzas: VecDeque<Stanza>,
    next: u64,
}

impl Journal {
    /// Keeps a stanza that this device sent.
    pub fn write(&mut self, from: Addr, node: Node) {
        self.next += 1;
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let time = u64::try_from(since.as_millis()).unwrap_or_default();
        self.stanzas.push_back(Stanza { number: self.next, from, time, element: Element::of(node) });
        while self.stanzas.len() > CAPACITY {
            self.stanzas.pop_front();
        }
    }

    /// The stanzas that `wanted` takes, newest first.
    pub fn find(&self, limit: usize, wanted: impl Fn(&Stanza) -> bool) -> Vec<Value> {
        self.stanzas.iter().rev().filter(|stanza| wanted(stanza)).take(limit).map(Stanza::describe).collect()
    }
}

impl Stanza {
    /// As the control surface shows it.
    fn describe(&self) -> Value {
        let mut whole = json!({
            "number": self.number,
            "account": self.from.phone,
            "device": self.from.device,
            "time": self.time,
        });
        if let (Value::Object(whole), Value::Object(element)) = (&mut whole, self.element.describe()) {
            whole.extend(element);
        }
        whole
    }
}

impl Element {
    fn of(node: Node) -> Self {
        let tag = node.tag.into_owned();
        let attrs =
            node.attrs.into_iter().map(|(key, value)| (key.into_owned(), value.as_str().into_owned()));
        let attrs = attrs.collect();
        let content = match node.content {
            None => Content::Nothing,
            Some(NodeContent::String(text)) => Content::Text(text.to_string()),
            Some(NodeContent::Bytes(bytes)) => {
                let length = bytes.len();
                let whole = (tag == "plaintext" && length <= PLAINTEXT).then_some(bytes);
                Content::Bytes { length, whole }
            }
            Some(NodeContent::Nodes(children)) => {
                let left_out = children.len().saturating_sub(CHILDREN);
                let kept = children.into_iter().take(CHILDREN).map(Element::of).collect();
                Content::Children { kept, left_out }
            }
        };
        Element { tag, attrs, content }
    }

    /// The tag of the stanza.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// An attribute of the stanza.
    pub fn attr(&self, key: &str) -> Option<&str> {
        self.attrs.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// `{tag, attrs}` and what there is of `text`, `bytes` (a length), `base64`, `children`, `children_left_out`.
    fn describe(&self) -> Value {
        let attrs: Map<String, Value> =
            self.attrs.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect();
        let mut shown = Map::new();
        shown.insert("tag".to_owned(), Value::from(self.tag.as_str()));
        shown.insert("attrs".to_owned(), Value::Object(attrs));
        match &self.content {
            Content::Nothing => {}
            Content::Text(text) => {
                shown.insert("text".to_owned(), Value::from(text.as_str()));
            }
            Content::Bytes { length, whole } => {
                shown.insert("bytes".to_owned(), Value::from(*length));
                if let Some(whole) = whole {
                    shown.insert("base64".to_owned(), Value::from(BASE64_STANDARD.encode(whole)));
                }
            }
            Content::Children { kept, left_out } => {
                let children: Vec<Value> = kept.iter().map(Element::describe).collect();
                shown.insert("children".to_owned(), Value::Array(children));
                if *left_out > 0 {
                    shown.insert("children_left_out".to_owned(), Value::from(*left_out));
                }
            }
        }
        Value::Object(shown)
    }
}
