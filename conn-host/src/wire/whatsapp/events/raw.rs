//! Stanzas that the library does not make events of. Every stanza comes through here, so the first look is at what costs
//! nothing.

use std::sync::Arc;

use whatsapp_rust::OwnedNodeRef;

use super::contacts;
use crate::events::tell::media_retry;
use crate::wire::Notice;

/// The notices of a stanza that came at `now_ms`.
pub(super) fn raw(node: &Arc<OwnedNodeRef>, now_ms: i64) -> Vec<Notice> {
    if node.tag() != "notification" {
        return Vec::new();
    }
    match node.get_attr("type") {
        Some(kind) if *kind == "mediaretry" => retried(node).into_iter().collect(),
        Some(kind) if *kind == "account_sync" => contacts::blocked(node.get(), now_ms),
        _ => Vec::new(),
    }
}

/// The notice of an answer to somebody who was asked for a file again: what it says opens with the file's key.
fn retried(node: &Arc<OwnedNodeRef>) -> Option<Notice> {
    let id = node.get_attr("id")?.as_str().into_owned();
    let node = node.clone();
    Some(Notice::new(Vec::new(), move |found| media_retry::tell(node.get(), found)).about(&id))
}

#[cfg(test)]
mod tests {
    use whatsapp_rust::NodeBuilder;
    use whatsapp_rust::wacore_binary::Node;
    use whatsapp_rust::wacore_binary::marshal::marshal;

    use super::*;

    fn owned(node: &Node) -> Arc<OwnedNodeRef> {
        // The first byte says how the rest is packed.
        Arc::new(OwnedNodeRef::new(marshal(node).unwrap()[1..].to_vec()).unwrap())
    }

    #[test]
    fn most_stanzas_are_nothing() {
        for node in [
            NodeBuilder::new("message").attr("type", "mediaretry").attr("id", "3EB0AA").build(),
            NodeBuilder::new("notification").attr("type", "devices").attr("id", "3EB0AA").build(),
            NodeBuilder::new("notification").attr("id", "3EB0AA").build(),
            NodeBuilder::new("notification").attr("type", "mediaretry").build(),
        ] {
            assert!(raw(&owned(&node), 5).is_empty());
        }
        let retry = NodeBuilder::new("notification").attr("type", "mediaretry").attr("id", "3EB0AA").build();
        assert_eq!(raw(&owned(&retry), 5)[0].about.as_deref(), Some("3EB0AA"));
        let item = NodeBuilder::new("item").attr("jid", "1@lid").attr("action", "block").build();
        let list = NodeBuilder::new("blocklist").children([item]).build();
        let sync = NodeBuilder::new("notification").attr("type", "account_sync").children([list]).build();
        assert_eq!(raw(&owned(&sync), 5).len(), 1);
    }
}
