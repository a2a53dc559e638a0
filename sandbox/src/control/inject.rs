//! Any stanza that a server could send, given to an account's clients as it is.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::{Outcome, Refusal, parse, phone_number};
use crate::areas::notices;
use crate::server::Hub;
use crate::stanza::StanzaExt;
use crate::state::queue::{Class, Queued};
use crate::state::{Addr, World};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Inject {
    to: String,
    stanza: Element,
}

/// One node: children, text or bytes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Element {
    tag: String,
    #[serde(default)]
    attrs: Map<String, Value>,
    #[serde(default)]
    children: Vec<Element>,
    text: Option<String>,
    base64: Option<String>,
}

impl Element {
    fn node(self) -> Result<Node, Refusal> {
        let node = NodeBuilder::new_dynamic(self.tag);
        let mut attrs = Vec::new();
        for (name, value) in self.attrs {
            let value = match value {
                Value::String(text) => text,
                Value::Null | Value::Array(_) | Value::Object(_) => {
                    return Err(Refusal::bad_request(format!(
                        "the attribute {name} is a text, a number or a boolean"
                    )));
                }
                other => other.to_string(),
            };
            attrs.push((name, value));
        }
        let mut node = match (self.text, self.base64) {
            (None, None) if self.children.is_empty() => node.build(),
            (None, None) => {
                let children: Vec<Node> =
                    self.children.into_iter().map(Element::node).collect::<Result<_, _>>()?;
                node.children(children).build()
            }
            (Some(text), None) if self.children.is_empty() => node.string_content(text).build(),
            (None, Some(text)) if self.children.is_empty() => {
                let bytes = BASE64_STANDARD.decode(text);
                node.bytes(bytes.map_err(|_| Refusal::bad_request("base64 is not base64"))?).build()
            }
            _ => return Err(Refusal::bad_request("a node has children, text or base64")),
        };
        for (name, value) in attrs {
            node.attrs.insert(name, value);
        }
        Ok(node)
    }
}

/// `POST /admin/stanzas {"to", "stanza"}`: to a phone number's clients, or to one device's address.
///
/// What a server keeps until it is acknowledged (message, receipt, notification, call) waits for devices that are away;
/// such a stanza gets an `id` and a `t` when it has none.
pub fn send(hub: &Hub, body: &Bytes) -> Outcome {
    let Inject { to, stanza } = parse(body)?;
    let phone = phone_number(hub, &to)?;
    let device = to.parse::<wacore_binary::Jid>().map_or(0, |jid| jid.device);
    let mut node = stanza.node()?;
    let mut world = hub.lock();
    let targets: Vec<Addr> = notices::own(&world, &phone)
        .into_iter()
        .filter(|target| device == 0 || target.device == device)
        .collect();
    let class = Class::parse(&node.tag);
    if class.is_some() {
        complete(&mut world, &mut node);
    }
    let mut reached = 0;
    for target in &targets {
        match class {
            Some(class) => {
                world.enqueue(target, Queued::new(class, &node, None), node.clone());
                reached += 1;
            }
            None => reached += usize::from(world.send_live(target, node.clone())),
        }
    }
    Ok(json!({ "devices": reached, "id": node.text("id") }))
}

fn complete(world: &mut World, node: &mut Node) {
    if node.text("id").is_none() {
        node.attrs.insert("id", world.fresh_id("inj"));
    }
    if node.text("t").is_none() {
        node.attrs.insert("t", world.now());
    }
}
