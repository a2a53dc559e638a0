//! What clients are told of a newsletter: metadata as JSON, its messages, notifications.

use serde_json::{Value, json};
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use crate::state::newsletter::{Newsletter, Post, Role};
use crate::state::queue::{Class, Queued};
use crate::state::{Addr, World};

/// The newsletter as this account sees it. Numbers are strings, as the server sends them.
pub fn metadata(newsletter: &Newsletter, viewer: &str) -> Value {
    let role = newsletter.roles.get(viewer).map_or("guest", |role| role.wire());
    let muted = newsletter.muted.get(viewer);
    let settings: Vec<Value> = ["MUTE_FOLLOWER_ACTIVITY", "MUTE_ADMIN_ACTIVITY"]
        .iter()
        .map(|setting| {
            let on = muted.is_some_and(|muted| muted.contains(*setting));
            json!({ "type": setting, "value": if on { "ON" } else { "OFF" } })
        })
        .collect();
    let followers = newsletter.roles.values().filter(|role| **role != Role::Owner).count();
    let text = |text: &str| json!({ "id": newsletter.created.to_string(), "text": text });
    let picture = newsletter
        .picture
        .as_ref()
        .map(|picture| json!({ "id": picture.id, "type": "IMAGE", "direct_path": picture.path }));
    json!({
        "id": newsletter.jid().to_string(),
        "state": { "type": "ACTIVE" },
        "thread_metadata": {
            "name": text(&newsletter.name),
            "description": text(&newsletter.description),
            "subscribers_count": followers.to_string(),
            "verification": "UNVERIFIED",
            "invite": newsletter.invite,
            "creation_time": newsletter.created.to_string(),
            "picture": picture,
            "preview": null,
            "settings": { "reaction_codes": { "value": "ALL" } },
        },
        "viewer_metadata": { "role": role, "settings": settings },
    })
}

/// One message of the history.
pub fn history_message(newsletter: &Newsletter, post: &Post, viewer: &str) -> Node {
    let mut message = NodeBuilder::new("message")
        .attr("id", post.id.as_str())
        .attr("server_id", post.server_id)
        .attr("t", post.time)
        .attr("type", post.kind.as_str());
    if newsletter.may_publish(viewer) && post.author == viewer {
        message = message.attr("is_sender", "true");
    }
    if post.revoked {
        message = message.attr("edit", "8");
    }
    let mut children = Vec::new();
    if !post.revoked {
        children.push(plaintext(post));
    }
    children.extend(edit_times(post));
    children.push(NodeBuilder::new("views_count").attr("count", newsletter.roles.len()).build());
    children.push(reactions(post));
    message.children(children).build()
}

/// A message as it comes to followers; `edit` is 3 for an edit, 8 for a revoke.
pub fn live_message(newsletter: &Newsletter, post: &Post, viewer: &str, edit: Option<&str>) -> Node {
    let mut message = NodeBuilder::new("message")
        .attr("from", newsletter.jid())
        .attr("id", post.id.as_str())
        .attr("server_id", post.server_id)
        .attr("t", post.edited.unwrap_or(post.time))
        .attr("type", post.kind.as_str());
    if post.author == viewer {
        message = message.attr("is_sender", "true");
    }
    if let Some(edit) = edit {
        message = message.attr("edit", edit);
    }
    let mut children = vec![plaintext(post)];
    children.extend(edit_times(post));
    message.children(children).build()
}

fn plaintext(post: &Post) -> Node {
    let mut plaintext = NodeBuilder::new("plaintext");
    if let Some(kind) = &post.media_type {
        plaintext = plaintext.attr("mediatype", kind.as_str());
    }
    plaintext.bytes(post.content.0.clone()).build()
}

fn edit_times(post: &Post) -> Option<Node> {
    let edited = post.edited?;
    let meta = NodeBuilder::new("meta").attr("msg_edit_t", edited * 1000);
    Some(meta.attr("original_msg_t", post.time).build())
}

fn reactions(post: &Post) -> Node {
    let counts = post.reaction_counts();
    let counts = counts
        .into_iter()
        .map(|(code, count)| NodeBuilder::new("reaction").attr("code", code).attr("count", count).build());
    NodeBuilder::new("reactions").children(counts).build()
}

/// Tells the devices that watch this newsletter how a message's reactions stand now.
pub fn tell_reactions(world: &World, id: &str, server_id: u64) {
    let Some(newsletter) = world.newsletters.get(id) else { return };
    let Some(post) = newsletter.messages.iter().find(|post| post.server_id == server_id) else { return };
    let now = world.now();
    let message =
        NodeBuilder::new("message").attr("server_id", server_id).children([reactions(post)]).build();
    let messages =
        NodeBuilder::new("messages").attr("jid", newsletter.jid()).attr("t", now).children([message]).build();
    let live = NodeBuilder::new("live_updates").children([messages]).build();
    for ((device, of), until) in &world.live_updates {
        if of == id && *until > now {
            let notice = NodeBuilder::new("notification")
                .attr("type", "newsletter")
                .attr("from", newsletter.jid())
                .attr("id", format!("live{:016x}", rand::random::<u64>()))
                .attr("t", now)
                .children([live.clone()])
                .build();
            world.send_live(device, notice);
        }
    }
}

/// Tells the account's other devices what this one did to its list of newsletters.
pub fn tell_siblings(world: &mut World, actor: &Addr, op_name: &str, what: &str, data: &Value) {
    let Some(account) = world.accounts.get(&actor.phone) else { return };
    let siblings: Vec<u16> = account.devices.keys().copied().filter(|id| *id != actor.device).collect();
    let content = json!({ "data": { format!("xwa2_notify_newsletter_on_{what}"): data } }).to_string();
    for sibling in siblings {
        let id = world.fresh_id("mex");
        let update =
            NodeBuilder::new("update").attr("op_name", op_name).bytes(content.clone().into_bytes()).build();
        let notice = NodeBuilder::new("notification")
            .attr("type", "mex")
            .attr("from", crate::stanza::SERVER)
            .attr("id", id)
            .attr("t", world.now())
            .children([update])
            .build();
        let target = Addr::new(&*actor.phone, sibling);
        world.enqueue(&target, Queued::new(Class::Notification, &notice, None), notice);
    }
}
