//! Newsletters when something is in the way: refusals, lost acks, followers that are away, changes of who runs it.

use serde_json::{Value, json};
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::{Jid, MexRequest, SendOptions};

use crate::harness::{Person, Start, eventually, get, heard, linked, post, sandbox, start};

fn text(text: &str) -> wa::Message {
    wa::Message { conversation: Some(text.to_owned()), ..Default::default() }
}

/// Publishes under a given id; the library itself does not wait for the ack.
async fn publish(person: &Person, to: &Jid, id: &str, words: &str) {
    let mut options = SendOptions::default();
    options.message_id = Some(id.to_owned());
    person.client.send_message_with_options(to.clone(), text(words), options).await.expect("written");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_comes_twice_is_published_once() {
    let sandbox = sandbox().await;
    let (anna, bert) = (linked(&sandbox, "Anna").await, linked(&sandbox, "Bert").await);
    let jid = anna.client.newsletter().create("News", None).await.expect("made").jid;
    bert.client.newsletter().join(&jid).await.expect("joined");
    let messages = format!("newsletters/{jid}/messages");

    // Refused: nothing is published. Then the ack is lost, and the same id comes again.
    post(&sandbox, "faults", json!({ "phone": anna.phone(), "nack": { "error": 479 } })).await;
    publish(&anna, &jid, "3EB0AA", "once").await;
    eventually(&sandbox, "messages?id=3EB0AA", |log| (log[0]["nacked"] == 1).then_some(())).await;
    assert_eq!(get(&sandbox, &messages).await, json!([]));
    post(&sandbox, "faults", json!({ "phone": anna.phone(), "drop_acks": 1 })).await;
    publish(&anna, &jid, "3EB0AA", "once").await;
    eventually(&sandbox, "messages?id=3EB0AA", |log| (log[0]["dropped_acks"] == 1).then_some(())).await;
    publish(&anna, &jid, "3EB0AA", "once").await;
    let log =
        eventually(&sandbox, "messages?id=3EB0AA", |log| (log[0]["acked"] == 1).then(|| log[0].clone()));
    assert_eq!(log.await["times_seen"], 3);
    publish(&anna, &jid, "3EB0BB", "twice").await;
    bert.hears("twice").await;
    assert_eq!(bert.log.count(|e| heard(e, "once").is_some()), 1);
    let kept = get(&sandbox, &messages).await;
    let ids: Vec<&Value> = kept.as_array().unwrap().iter().map(|m| &m["server_id"]).collect();
    assert_eq!(ids, [100, 101]);
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_that_was_away_finds_the_post_in_the_history() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let made = json!({ "owner": carl["phone"], "name": "Weather", "followers": [anna.phone()] });
    let jid = post(&sandbox, "newsletters", made).await["jid"].as_str().unwrap().to_owned();
    let account = format!("accounts/{}", anna.phone());
    let backend = anna.stop().await;
    eventually(&sandbox, &account, |a| (a["devices"][0]["online"] == false).then_some(())).await;
    post(&sandbox, &format!("newsletters/{jid}/messages"), json!({ "text": "fog" })).await;
    let anna = start(Start { ws_url: sandbox.ws_url(), name: "Anna", backend }).await;
    anna.connected().await;
    let address: Jid = jid.parse().unwrap();
    let page = anna.client.newsletter().get_messages(address, 10, None).await.expect("a page");
    assert_eq!(page[0].message.as_ref().and_then(|m| m.conversation.as_deref()), Some("fog"));
    assert_eq!(get(&sandbox, &account).await["devices"][0]["queued"], 0);
    assert_eq!(anna.log.count(|e| heard(e, "fog").is_some()), 0);
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invited_admin_publishes() {
    let sandbox = sandbox().await;
    let (anna, bert) = (linked(&sandbox, "Anna").await, linked(&sandbox, "Bert").await);
    let jid = anna.client.newsletter().create("News", None).await.expect("made").jid;
    bert.client.newsletter().join(&jid).await.expect("joined");
    let user = Jid::pn(bert.phone().as_str()).to_string();
    let named = json!({ "newsletter_id": jid.to_string(), "user_id": user });
    // The library has no calls of its own for these, but sends any query.
    let invite = MexRequest::new("CreateNewsletterAdminInvite", "9387141988078609", named.clone());
    let accept = || {
        let variables = json!({ "newsletter_id": jid.to_string() });
        MexRequest::new("AcceptNewsletterAdminInvite", "9580828702035549", variables)
    };
    bert.client.mex().mutate(accept()).await.expect_err("not invited");
    anna.client.mex().mutate(invite).await.expect("invited");
    let pending = MexRequest::new("PendingInvites", "9783111038412085", named.clone());
    let pending = anna.client.mex().query(pending).await.expect("answered").data.unwrap();
    assert_eq!(pending["xwa2_newsletter_admin"]["pending_admin_invites"][0]["user"]["pn"], user);
    bert.client.mex().mutate(accept()).await.expect("accepted");
    publish(&bert, &jid, "3EB0CC", "from Bert").await;
    anna.hears("from Bert").await;
    let demote = MexRequest::new("DemoteNewsletterAdmin", "9880997548630971", named);
    anna.client.mex().mutate(demote).await.expect("demoted");
    let roles = get(&sandbox, &format!("newsletters/{jid}")).await["roles"].clone();
    assert_eq!(roles, json!({ anna.phone(): "owner", bert.phone(): "subscriber" }));
    sandbox.stop().await.unwrap();
}
