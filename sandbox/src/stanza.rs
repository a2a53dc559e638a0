//! Reading and building stanzas: the few helpers every area uses.
//!
//! Map: [`StanzaExt`] reads attributes and children of a received node; the free functions build the answers whose
//! shape never changes (iq result, iq error, ack).

use wacore_binary::builder::NodeBuilder;
use wacore_binary::node::NodeContent;
use wacore_binary::{Jid, Node};

/// The server's own address.
pub const SERVER: &str = "s.whatsapp.net";

/// Short reads on a node; a missing attribute is an empty string or `None`, never a panic.
pub trait StanzaExt {
    /// The attribute as text.
    fn text(&self, key: &str) -> Option<String>;
    /// The attribute as an address.
    fn jid(&self, key: &str) -> Option<Jid>;
    /// The first child with this tag.
    fn child(&self, tag: &str) -> Option<&Node>;
    /// All children, an empty slice when there are none.
    fn kids(&self) -> &[Node];
    /// The content as bytes, whether it was sent as bytes or as a string.
    fn body(&self) -> Option<Vec<u8>>;
    /// The content as text.
    fn body_text(&self) -> Option<String>;
}

impl StanzaExt for Node {
    fn text(&self, key: &str) -> Option<String> {
        self.attrs.get(key).map(|v| v.as_str().into_owned())
    }

    fn jid(&self, key: &str) -> Option<Jid> {
        self.attrs.get(key).and_then(|v| v.to_jid())
    }

    fn child(&self, tag: &str) -> Option<&Node> {
        self.get_optional_child(tag)
    }

    fn kids(&self) -> &[Node] {
        self.children().unwrap_or_default()
    }

    fn body(&self) -> Option<Vec<u8>> {
        match self.content.as_ref()? {
            NodeContent::Bytes(b) => Some(b.clone()),
            NodeContent::String(s) => Some(s.as_bytes().to_vec()),
            NodeContent::Nodes(_) => None,
        }
    }

    fn body_text(&self) -> Option<String> {
        self.body().and_then(|b| String::from_utf8(b).ok())
    }
}

/// `<iq type="result" id from>` with these children.
pub fn iq_result(request: &Node, children: impl IntoIterator<Item = Node>) -> Node {
    let children: Vec<Node> = children.into_iter().collect();
    let from = request.text("to").filter(|to| !to.is_empty()).unwrap_or_else(|| SERVER.to_owned());
    let builder = NodeBuilder::new("iq")
        .attr("from", from)
        .attr("type", "result")
        .attr("id", request.text("id").unwrap_or_default());
    if children.is_empty() { builder.build() } else { builder.children(children).build() }
}

/// `<iq type="error" id from><error code text/></iq>`.
pub fn iq_error(request: &Node, code: u16, text: &str) -> Node {
    let from = request.text("to").filter(|to| !to.is_empty()).unwrap_or_else(|| SERVER.to_owned());
    NodeBuilder::new("iq")
        .attr("from", from)
        .attr("type", "error")
        .attr("id", request.text("id").unwrap_or_default())
        .children([NodeBuilder::new("error").attr("code", code).attr("text", text).build()])
        .build()
}

/// An IQ error that also says when to try again.
pub fn iq_error_later(request: &Node, code: u16, text: &str, backoff: Option<u32>) -> Node {
    let mut answer = iq_error(request, code, text);
    if let (Some(seconds), Some(NodeContent::Nodes(children))) = (backoff, &mut answer.content) {
        for error in children {
            error.attrs.insert("backoff", seconds);
        }
    }
    answer
}

/// The server's acknowledgement of a stanza that a client sent.
pub fn ack(class: &'static str, stanza: &Node, now: i64) -> Node {
    let mut builder = NodeBuilder::new("ack")
        .attr("class", class)
        .attr("id", stanza.text("id").unwrap_or_default())
        .attr("from", stanza.text("to").unwrap_or_else(|| SERVER.to_owned()));
    if let Some(kind) = stanza.text("type").filter(|_| class == "receipt") {
        builder = builder.attr("type", kind);
    }
    if let Some(participant) = stanza.jid("participant") {
        builder = builder.attr("participant", participant);
    }
    builder.attr("t", now).build()
}

/// A node with only a tag.
pub fn empty(tag: &'static str) -> Node {
    NodeBuilder::new(tag).build()
}

/// A node whose content is these bytes.
pub fn bytes(tag: &'static str, content: impl Into<Vec<u8>>) -> Node {
    NodeBuilder::new(tag).bytes(content).build()
}
