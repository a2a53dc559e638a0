//! The `newsletter` IQs: pages of messages and live updates.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::describe;
use crate::stanza::{StanzaExt, iq_error, iq_result};
use crate::state::{Addr, World};

/// How long a device is told of reactions after it asked, in seconds.
const LIVE: i64 = 300;

/// How many messages a page has when the client does not say.
const PAGE: usize = 50;

/// An IQ to a newsletter (or to the server, with the newsletter in the element).
pub fn iq(world: &mut World, addr: &Addr, node: &Node) -> Option<Node> {
    let what = node.kids().first()?;
    let jid = what.jid("jid").or_else(|| node.jid("to"))?;
    let id = jid.user.to_string();
    let Some(newsletter) = world.newsletters.get(&id) else {
        return Some(iq_error(node, 404, "item-not-found"));
    };
    match &*what.tag {
        "messages" | "message_updates" => {
            let number = |key: &str| what.text(key).and_then(|text| text.parse::<u64>().ok());
            let count = number("count").and_then(|count| usize::try_from(count).ok()).unwrap_or(PAGE);
            let page = newsletter.page(count, number("before"), number("after"));
            let messages = page.iter().map(|post| describe::history_message(newsletter, post, &addr.phone));
            let list = NodeBuilder::new("messages").attr("jid", newsletter.jid()).attr("t", world.now());
            let list = list.children(messages).build();
            Some(match &*what.tag {
                "messages" => iq_result(node, [list]),
                _ => iq_result(node, [NodeBuilder::new("message_updates").children([list]).build()]),
            })
        }
        "live_updates" => {
            let until = world.now() + LIVE;
            world.live_updates.insert((addr.clone(), id), until);
            Some(iq_result(node, [NodeBuilder::new("live_updates").attr("duration", LIVE).build()]))
        }
        _ => None,
    }
}
