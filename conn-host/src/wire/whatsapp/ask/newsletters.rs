//! Newsletters (channels).

use std::time::Duration;

use edgewire_contract::answer::{Newsletter, Post, Reaction};
use edgewire_contract::command::{CreateNewsletter, NewsletterMessages, ReactToPost};
use edgewire_contract::jid::Jid;
use tracing::debug;
use whatsapp_rust::wacore::proto_helpers::MessageExt as _;
use whatsapp_rust::{
    Client, Jid as TheirJid, NewsletterMessage, NewsletterMetadata, NewsletterRole, NewsletterVerification,
    NodeBuilder, NodeFilter,
};

use super::describe::millis;
use super::errors::{NEWSLETTER, POST};
use super::jids::{must, theirs};
use super::{Told, told};
use crate::events::read::kind;
use crate::wire::AskError;

/// How long WhatsApp may take to let somebody hear how people react to posts: the posts themselves do not wait for it.
const LIVE_WAIT: Duration = Duration::from_secs(5);
/// What an invite's link begins with.
const LINK: &str = "https://whatsapp.com/channel/";

/// Makes one.
pub(super) async fn create(client: &Client, it: &CreateNewsletter) -> Told {
    let made = client.newsletter().create(&it.name, it.description.as_deref()).await;
    let made = made.map_err(|e| NEWSLETTER.at("name").newsletter(e))?;
    told(&describe(&made, "owner")?)
}

/// All that the session follows or owns, by their JIDs.
pub(super) async fn list(client: &Client) -> Told {
    let found = client.newsletter().list_subscribed().await.map_err(|e| NEWSLETTER.newsletter(e))?;
    let told_of = found.iter().map(|meta| describe(meta, "subscriber"));
    let mut newsletters = told_of.collect::<Result<Vec<_>, _>>()?;
    newsletters.sort_by(|one, other| one.newsletter_jid.as_str().cmp(other.newsletter_jid.as_str()));
    told(&newsletters)
}

/// One, followed or not.
pub(super) async fn get(client: &Client, newsletter: &Jid) -> Told {
    told(&look(client, &theirs(newsletter)?).await?)
}

async fn look(client: &Client, newsletter: &TheirJid) -> Result<Newsletter, AskError> {
    let meta = client.newsletter().get_metadata(newsletter).await.map_err(|e| NEWSLETTER.newsletter(e))?;
    describe(&meta, "guest")
}

/// The one behind an invite.
pub(super) async fn by_invite(client: &Client, code: &str) -> Told {
    let meta = client.newsletter().get_metadata_by_invite(code).await;
    let meta = meta.map_err(|e| NEWSLETTER.at("code").newsletter(e))?;
    told(&describe(&meta, "guest")?)
}

/// Follows one; gives it as it is then.
pub(super) async fn follow(client: &Client, newsletter: &Jid) -> Told {
    let newsletter = theirs(newsletter)?;
    let joined = client.newsletter().join(&newsletter).await.map_err(|e| NEWSLETTER.newsletter(e))?;
    // The answer to the joining may be short. It is followed, so that it does not fail any more.
    match look(client, &newsletter).await {
        Ok(told_of) => told(&told_of),
        Err(_) => told(&describe(&joined, "subscriber")?),
    }
}

/// Follows it no longer.
pub(super) async fn unfollow(client: &Client, newsletter: &Jid) -> Told {
    let left = client.newsletter().leave(&theirs(newsletter)?).await;
    left.map(|()| None).map_err(|e| NEWSLETTER.newsletter(e))
}

/// Its posts, as WhatsApp orders them. Whoever reads them hears for some minutes how often people react to them, as in
/// WhatsApp's apps; without that, nobody does.
pub(super) async fn messages(client: &Client, it: &NewsletterMessages) -> Told {
    let newsletter = theirs(&it.newsletter)?;
    let all = client.newsletter();
    let live = tokio::time::timeout(LIVE_WAIT, all.subscribe_live_updates(newsletter.clone()));
    let (posts, live) = tokio::join!(all.get_messages(newsletter, it.count, it.before), live);
    if !matches!(live, Ok(Ok(_))) {
        debug!(?live, "reactions to a newsletter's posts will not be told");
    }
    let posts = posts.map_err(|e| NEWSLETTER.newsletter(e))?;
    told(&posts.iter().map(post).collect::<Vec<Post>>())
}

/// Reacts to a post. By a stanza of our own: the library's does not say its id, by which WhatsApp takes or refuses it.
pub(super) async fn react(client: &Client, it: &ReactToPost) -> Told {
    let id = client.generate_message_id();
    let stanza = NodeBuilder::new("message")
        .attr("to", theirs(&it.newsletter)?)
        .attr("type", "reaction")
        .attr("id", &id)
        .attr("server_id", it.server_id)
        .children([NodeBuilder::new("reaction").attr("code", it.emoji.as_str()).build()])
        .build();
    let ack = client.wait_for_node(NodeFilter::tag("ack").attr("class", "message").attr("id", &id));
    client.send_node(stanza).await.map_err(|e| POST.chain(&e))?;
    let ack = ack.await.map_err(|_| AskError::NotConnected)?;
    let refused = ack.get().get_attr("error").map(|code| code.as_str().into_owned());
    match refused {
        None => Ok(None),
        Some(code) => Err(POST.refused(code.parse().unwrap_or(500), "")),
    }
}

/// `role` is what the session is in it when WhatsApp does not say.
fn describe(meta: &NewsletterMetadata, role: &str) -> Result<Newsletter, AskError> {
    let role = match meta.role {
        Some(NewsletterRole::Owner) => "owner",
        Some(NewsletterRole::Admin) => "admin",
        Some(NewsletterRole::Subscriber) => "subscriber",
        Some(NewsletterRole::Guest) => "guest",
        _ => role,
    };
    let invite = meta.invite_code.as_deref().filter(|code| !code.is_empty());
    Ok(Newsletter {
        newsletter_jid: must(&meta.jid)?,
        name: meta.name.clone(),
        description: meta.description.clone(),
        followers: meta.subscriber_count,
        invite: invite.map(|code| code.strip_prefix(LINK).unwrap_or(code).to_owned()),
        created_at: meta.creation_time.and_then(millis),
        verified: meta.verification == NewsletterVerification::Verified,
        role: role.to_owned(),
    })
}

fn post(message: &NewsletterMessage) -> Post {
    let content = message.message.as_ref();
    let base = content.map(|content| content.get_base_message());
    let text = base.and_then(|base| base.text_content().or_else(|| base.get_caption()));
    Post {
        server_id: message.server_id,
        message_id: (!message.message_id.is_empty()).then(|| message.message_id.clone()),
        timestamp: millis(message.timestamp).unwrap_or_default(),
        kind: content.and_then(kind::message_name).unwrap_or("other").to_owned(),
        text: text.map(str::to_owned),
        reactions: message
            .reactions
            .iter()
            .filter(|reaction| reaction.count > 0)
            .map(|reaction| Reaction { emoji: reaction.code.clone(), count: reaction.count })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use whatsapp_rust::wacore::proto_helpers::MessageBuilderExt as _;
    use whatsapp_rust::waproto::whatsapp as wa;
    use whatsapp_rust::{NewsletterMessageType, NewsletterReactionCount, NewsletterState};

    use super::*;

    fn meta() -> NewsletterMetadata {
        NewsletterMetadata {
            jid: TheirJid::newsletter("120363000000000000"),
            name: "News".into(),
            description: Some("What happens".into()),
            subscriber_count: 12,
            verification: NewsletterVerification::Verified,
            state: NewsletterState::Active,
            picture_url: None,
            preview_url: None,
            invite_code: Some("0029VaExample".into()),
            role: None,
            creation_time: Some(1_781_000_000),
        }
    }

    fn told_of(meta: &NewsletterMetadata) -> Value {
        serde_json::to_value(describe(meta, "guest").unwrap()).unwrap()
    }

    #[test]
    fn a_newsletter_is_told_as_the_contract_has_it() {
        let expected = json!({
            "newsletterJid": "120363000000000000@newsletter", "name": "News", "description": "What happens",
            "followers": 12, "invite": "0029VaExample", "createdAt": 1_781_000_000_000_i64, "verified": true,
            "role": "guest",
        });
        assert_eq!(told_of(&meta()), expected);
        let bare = NewsletterMetadata {
            description: None,
            invite_code: None,
            creation_time: None,
            role: Some(NewsletterRole::Owner),
            verification: NewsletterVerification::Unverified,
            ..meta()
        };
        let told = told_of(&bare);
        assert_eq!((&told["invite"], &told["createdAt"]), (&Value::Null, &Value::Null));
        assert_eq!((&told["role"], &told["verified"]), (&json!("owner"), &json!(false)));
        let link = NewsletterMetadata { invite_code: Some(format!("{LINK}0029Va")), ..meta() };
        assert_eq!(told_of(&link)["invite"], "0029Va");
    }

    #[test]
    fn a_post_is_told_as_the_contract_has_it() {
        let reaction = |code: &str, count| NewsletterReactionCount { code: code.into(), count };
        let message = NewsletterMessage {
            message_id: "3EB0AA".into(),
            server_id: 42,
            timestamp: 1_781_000_000,
            message_type: NewsletterMessageType::Text,
            is_sender: false,
            message: Some(wa::Message::text("sunny")),
            reactions: vec![reaction("👍", 3), reaction("👎", 0)],
        };
        let told = serde_json::to_value(post(&message)).unwrap();
        let expected = json!({
            "serverId": 42, "messageId": "3EB0AA", "timestamp": 1_781_000_000_000_i64, "kind": "text", "text": "sunny",
            "reactions": [{"emoji": "👍", "count": 3}],
        });
        assert_eq!(told, expected);
        let taken_back = NewsletterMessage { message_id: String::new(), message: None, ..message };
        let told = serde_json::to_value(post(&taken_back)).unwrap();
        assert_eq!(
            (&told["messageId"], &told["kind"], &told["text"]),
            (&Value::Null, &json!("other"), &Value::Null)
        );
    }
}
