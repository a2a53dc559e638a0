//! Changes of newsletters: reactions to their posts, and what WhatsApp tells of the newsletters themselves, as it is.

use edgewire_contract::event::{EventBody, NewsletterUpdatePayload, PostReactions, ReactionCount};
use serde_json::Value;
use whatsapp_rust::types::events::{MexNotification, NewsletterLiveUpdate};

use super::bare;
use crate::events::told::Told;
use crate::wire::Notice;

/// The notice of how often people reacted to posts, heard of at `now_ms`. It has no mark: the same counts may come again,
/// and telling them twice changes nothing.
pub(super) fn reactions(it: &NewsletterLiveUpdate, now_ms: i64) -> Option<Notice> {
    let post = |post: &whatsapp_rust::types::events::NewsletterLiveUpdateMessage| PostReactions {
        server_id: post.server_id,
        reactions: post
            .reactions
            .iter()
            .map(|it| ReactionCount { emoji: it.code.clone(), count: it.count })
            .collect(),
    };
    let posts: Vec<PostReactions> = it.messages.iter().map(post).collect();
    let newsletter = Some(bare(&it.newsletter_jid));
    (!posts.is_empty()).then(|| {
        let update = NewsletterUpdatePayload { newsletter, change: "reactions".into(), posts, data: None };
        notice(update, now_ms, None)
    })
}

/// The notice of a newsletter's change: of an operation that WhatsApp names after newsletters, no other.
pub(super) fn operation(it: &MexNotification, now_ms: i64) -> Option<Notice> {
    if !it.op_name.contains("Newsletter") {
        return None;
    }
    let from = it.from.as_ref().map(bare).filter(|jid| is_newsletter(jid));
    let update = NewsletterUpdatePayload {
        newsletter: from.or_else(|| newsletter_in(&it.payload)),
        change: it.op_name.clone(),
        posts: Vec::new(),
        data: Some(it.payload.clone()),
    };
    Some(notice(update, now_ms, it.stanza_id.as_ref().map(|id| format!("n {} {id}", it.op_name))))
}

fn notice(update: NewsletterUpdatePayload, now_ms: i64, mark: Option<String>) -> Notice {
    Notice::new(Vec::new(), move |_| Some(Told::new(now_ms, EventBody::NewsletterUpdate(update), mark)))
}

/// The first newsletter that `value` names.
fn newsletter_in(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if is_newsletter(text) => Some(text.clone()),
        Value::Array(items) => items.iter().find_map(newsletter_in),
        Value::Object(fields) => fields.values().find_map(newsletter_in),
        _ => None,
    }
}

fn is_newsletter(jid: &str) -> bool {
    jid.strip_suffix("@newsletter").is_some_and(|user| user.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use whatsapp_rust::types::events::{NewsletterLiveUpdateMessage, NewsletterLiveUpdateReaction};

    use super::super::tests::{jid, tell};
    use super::*;

    fn payload(notice: Notice) -> (NewsletterUpdatePayload, Option<String>) {
        let told = tell(notice, &Default::default()).unwrap();
        match told.body {
            EventBody::NewsletterUpdate(payload) => (payload, told.mark),
            other => panic!("{}", other.kind()),
        }
    }

    #[test]
    fn reactions_are_counted_by_post() {
        let reaction = NewsletterLiveUpdateReaction::builder().code("👍".into()).count(3).build();
        let post = NewsletterLiveUpdateMessage::builder().server_id(7).reactions(vec![reaction]).build();
        let update = |messages| {
            NewsletterLiveUpdate::builder().newsletter_jid(jid("12@newsletter")).messages(messages).build()
        };
        let (payload, mark) = payload(reactions(&update(vec![post]), 5).unwrap());
        assert_eq!((payload.newsletter.as_deref(), mark), (Some("12@newsletter"), None));
        assert_eq!(payload.change, "reactions");
        assert_eq!(payload.posts[0].reactions, [ReactionCount { emoji: "👍".into(), count: 3 }]);
        assert!(reactions(&update(vec![]), 5).is_none());
    }

    #[test]
    fn what_happens_to_a_newsletter_is_told_as_it_is() {
        let op = |name: &str| {
            MexNotification::builder()
                .op_name(name.into())
                .stanza_id("77".into())
                .payload(json!({"data": {"notify": {"id": "12@newsletter", "state": "DELETED"}}}))
                .build()
        };
        let (payload, mark) = payload(operation(&op("NotificationNewsletterStateChange"), 5).unwrap());
        assert_eq!(payload.newsletter.as_deref(), Some("12@newsletter"));
        assert_eq!(mark.as_deref(), Some("n NotificationNewsletterStateChange 77"));
        assert_eq!(payload.data.unwrap()["data"]["notify"]["state"], "DELETED");
        assert!(operation(&op("NotificationUserReachoutTimelockUpdate"), 5).is_none());
    }
}
