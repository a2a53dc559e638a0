//! What contacts do to messages: seen by a client, in chats of both address spaces and in groups.

use serde_json::{Value, json};
use whatsapp_rust::Jid;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::wacore::comment::decrypt_comment_with_secret;
use whatsapp_rust::wacore::event::decrypt_event_response_with_secret;
use whatsapp_rust::wacore::poll::{PollVoteCiphertext, compute_option_hash, decrypt_poll_vote_with_secret};
use whatsapp_rust::wacore::reaction::decrypt_reaction_with_secret;
use whatsapp_rust::wacore::types::events::{Event, InboundMessage};
use whatsapp_rust::wacore::types::presence::ReceiptType;
use whatsapp_rust::waproto::whatsapp as wa;

use crate::harness::{Person, eventually, get, linked, post, sandbox};

async fn message(anna: &Person, id: &Value) -> InboundMessage {
    let id = id.as_str().expect("an id").to_owned();
    anna.log
        .wait(&format!("the message {id}"), |e| match e {
            Event::Messages(batch) => batch.iter().find(|m| m.info.id == id).cloned(),
            _ => None,
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_reacts_edits_pins_comments_and_takes_back() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let carl = carl["phone"].as_str().unwrap();
    let account = format!("accounts/{carl}");
    let group = json!({ "creator": carl, "subject": "Club", "participants": [anna.phone()] });
    let group = post(&sandbox, "groups", group).await;
    let group = group["jid"].as_str().unwrap();
    for (to, addressing) in [(anna.phone(), "pn"), (anna.phone(), "lid"), (group.to_owned(), "lid")] {
        let chat = if to.contains('@') { to.clone() } else { carl.to_owned() };
        let text = format!("from Anna to {to} {addressing}");
        let hers = anna.text(&chat, &text).await;
        let received = format!("{account}/received");
        eventually(&sandbox, &received, |r| {
            r.as_array()?.iter().any(|m| m["id"] == hers.as_str()).then_some(())
        })
        .await;
        let body = json!({ "to": to, "text": "mine", "addressing": addressing });
        let mine = post(&sandbox, &format!("{account}/send"), body).await["message_id"].clone();
        let act = async |verb: &str, mut body: Value| {
            body["addressing"] = json!(addressing);
            let done = post(&sandbox, &format!("{account}/{verb}"), body).await;
            message(&anna, &done["message_id"]).await
        };

        let reaction = act("react", json!({ "id": hers, "emoji": "👍" })).await;
        let reaction = reaction.message.reaction_message.as_option().unwrap().clone();
        let key = reaction.key.as_option().unwrap();
        assert_eq!((reaction.text.as_deref(), key.id.as_ref()), (Some("👍"), Some(&hers)));
        assert_eq!(key.from_me, Some(false));
        let in_group = to.contains('@');
        assert_eq!(key.participant.is_some(), in_group);
        if !in_group {
            assert_eq!(key.remote_jid.as_ref().unwrap().contains("@lid"), addressing == "lid");
        }

        let edit = act("edit", json!({ "id": mine, "text": "mine, but better" })).await;
        assert_eq!(edit.info.edit.to_string_val(), "1");
        let edit = edit.message.protocol_message.as_option().unwrap().clone();
        let better = edit.edited_message.as_option().unwrap().conversation.clone();
        assert_eq!(better.as_deref(), Some("mine, but better"));

        let pin = act("pin", json!({ "id": hers, "seconds": 86400 })).await;
        assert!(pin.message.pin_in_chat_message.is_set());
        let kept = act("keep", json!({ "id": hers })).await;
        assert!(kept.message.keep_in_chat_message.is_set());
        let comment = act("comment", json!({ "id": hers, "text": "well said" })).await;
        assert!(comment.message.comment_message.is_set());

        let revoke = act("revoke", json!({ "id": mine })).await;
        assert_eq!(revoke.info.edit.to_string_val(), "7");
        if in_group {
            let revoke = act("revoke", json!({ "id": hers })).await;
            assert_eq!(revoke.info.edit.to_string_val(), "8");
        } else {
            let body = json!({ "to": to, "seconds": 86400, "addressing": addressing });
            let told = post(&sandbox, &format!("{account}/disappear"), body).await;
            let told = message(&anna, &told["message_id"]).await;
            let told = told.message.protocol_message.as_option().unwrap().clone();
            assert_eq!(told.ephemeral_expiration, Some(86400));
        }
    }
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn votes_are_secret_and_counted() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let lid = |account: &Value| account["lid"].as_str().unwrap().to_owned();
    let (phone, carl_lid) = (carl["phone"].as_str().unwrap(), lid(&carl));
    let anna_lid = lid(&get(&sandbox, &format!("accounts/{}", anna.phone())).await);
    let account = format!("accounts/{phone}");
    let group = json!({ "creator": phone, "subject": "Club", "participants": [anna.phone()] });
    let group = post(&sandbox, "groups", group).await;
    let group: Jid = group["jid"].as_str().unwrap().parse().unwrap();
    let choices = ["tea".to_owned(), "coffee".to_owned()];

    let pn = (format!("{}@s.whatsapp.net", anna.phone()), format!("{phone}@s.whatsapp.net"));
    let lids = (anna_lid.clone(), carl_lid.clone());
    let chats = [(Jid::pn(phone), "lid", &lids), (Jid::pn(phone), "pn", &pn), (group.clone(), "lid", &lids)];
    for (chat, addressing, (creator, voter)) in chats {
        // Hers, voted on by Carl.
        let (sent, secret) = anna.client.polls().create(chat.clone(), "drink?", &choices, 1).await.unwrap();
        let id = sent.message_id;
        eventually(&sandbox, &format!("{account}/received"), |r| {
            r.as_array()?.iter().any(|m| m["id"] == id.as_str()).then_some(())
        })
        .await;
        let body = json!({ "id": id, "options": ["coffee"], "addressing": addressing });
        let voted = post(&sandbox, &format!("{account}/vote"), body).await;
        let vote = message(&anna, &voted["message_id"]).await;
        let vote = vote.message.poll_update_message.as_option().unwrap().vote.as_option().unwrap().clone();
        let sealed = PollVoteCiphertext {
            enc_payload: vote.enc_payload.as_deref().unwrap(),
            enc_iv: vote.enc_iv.as_deref().unwrap(),
        };
        let opened = decrypt_poll_vote_with_secret(sealed, &secret, &id, creator, voter).unwrap();
        assert_eq!(opened, [compute_option_hash("coffee").to_vec()]);

        // Carl's, voted on by her.
        let to = if chat == group { group.to_string() } else { anna.phone() };
        let body = json!({ "to": to, "name": "when?", "options": ["now", "later"], "selectable": 1, "addressing": "lid" });
        let poll = post(&sandbox, &format!("{account}/poll"), body).await;
        let poll_id = poll["message_id"].as_str().unwrap();
        let poll = message(&anna, &json!(poll_id)).await;
        let secret = poll.message.message_context_info.as_option().unwrap().message_secret.clone().unwrap();
        let creator: Jid = carl_lid.parse().unwrap();
        let options = ["later".to_owned()];
        anna.client.polls().vote(chat.clone(), poll_id, &creator, &secret, &options).await.unwrap();
        let votes = eventually(&sandbox, &format!("{account}/votes?id={poll_id}"), |v| {
            (!v.as_array()?.is_empty()).then(|| v.clone())
        })
        .await;
        assert_eq!((&votes[0]["voter"], &votes[0]["options"]), (&json!(anna.phone()), &json!(["later"])));
    }
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_come_in_every_kind() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let carl = carl["phone"].as_str().unwrap();
    let group = json!({ "creator": carl, "subject": "Club", "participants": [anna.phone()] });
    let group = post(&sandbox, "groups", group).await;
    let group = group["jid"].as_str().unwrap();
    let receipts = format!("accounts/{carl}/receipts");
    post(&sandbox, &format!("accounts/{carl}"), json!({ "auto_delivery": false })).await;
    for chat in [carl, group] {
        let mut ids = Vec::new();
        for n in 0..3 {
            ids.push(anna.text(chat, &format!("{chat} {n}")).await);
        }
        eventually(&sandbox, &format!("accounts/{carl}/received"), |r| {
            ids.iter().all(|id| r.as_array().unwrap().iter().any(|m| m["id"] == id.as_str())).then_some(())
        })
        .await;
        for (kind, told) in [
            ("read", ReceiptType::Read),
            ("played", ReceiptType::Played),
            ("inactive", ReceiptType::Inactive),
            ("server-error", ReceiptType::ServerError),
            ("delivery", ReceiptType::Delivered),
        ] {
            post(&sandbox, &receipts, json!({ "ids": ids, "kind": kind })).await;
            let together = |e: &Event| match e {
                Event::Receipt(r) => {
                    (r.r#type == told && r.message_ids.len() == 3 && r.message_ids.contains(&ids[2]))
                        .then(|| r.source.chat.clone())
                }
                _ => None,
            };
            let from = anna.log.wait(kind, together).await;
            assert_eq!(from.to_string().ends_with("@g.us"), chat == group);
        }
        // The contact lost it: the client sends it again.
        post(&sandbox, &receipts, json!({ "ids": [ids[1]], "kind": "retry" })).await;
        let path = format!("accounts/{carl}/received");
        let twice = |r: &Value| {
            let again = r.as_array()?.iter().filter(|m| m["id"] == ids[1].as_str()).count();
            (again == 2).then_some(())
        };
        eventually(&sandbox, &path, twice).await;
    }

    // Several members' receipts in one stanza, as the server sums them up in big groups.
    let id = anna.text(group, "who reads?").await;
    let user =
        json!({ "tag": "user", "attrs": { "jid": format!("{carl}@s.whatsapp.net"), "t": 1_700_000_000 } });
    let summed = json!({ "tag": "participants", "attrs": { "key": id }, "children": [user] });
    let stanza =
        json!({ "tag": "receipt", "attrs": { "from": group, "type": "read" }, "children": [summed] });
    let sent = post(&sandbox, "stanzas", json!({ "to": anna.phone(), "stanza": stanza })).await;
    assert_eq!(sent["devices"], 1);
    anna.receipt(&id, ReceiptType::Read).await;

    // Read on the phone: the account's clients are told.
    let sent =
        post(&sandbox, &format!("accounts/{carl}/send"), json!({ "to": anna.phone(), "text": "read me" }))
            .await;
    let own = format!("accounts/{}/receipts", anna.phone());
    post(&sandbox, &own, json!({ "ids": [sent["message_id"]], "kind": "read-self" })).await;
    anna.receipt(sent["message_id"].as_str().unwrap(), ReceiptType::ReadSelf).await;
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_need_a_messages_secret_can_be_opened_with_it() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let (phone, carl_lid) = (carl["phone"].as_str().unwrap(), carl["lid"].as_str().unwrap());
    let anna_account = get(&sandbox, &format!("accounts/{}", anna.phone())).await;
    let anna_lid = anna_account["lid"].as_str().unwrap();
    let account = format!("accounts/{phone}");
    let secret = [7u8; 32];
    let context = wa::MessageContextInfo { message_secret: Some(secret.to_vec()), ..Default::default() };
    let event = wa::message::EventMessage {
        name: Some("tea".to_owned()),
        start_time: Some(1_900_000_000),
        ..Default::default()
    };
    let event = wa::Message {
        event_message: MessageField::some(event),
        message_context_info: MessageField::some(context),
        ..Default::default()
    };
    let id = anna.client.send_message(Jid::pn(phone), event).await.unwrap().message_id;
    eventually(&sandbox, &format!("{account}/received"), |r| (r[0]["id"] == id.as_str()).then_some(())).await;
    let act = async |verb: &str, mut body: Value| {
        body["addressing"] = json!("lid");
        body["id"] = json!(id);
        let done = post(&sandbox, &format!("{account}/{verb}"), body).await;
        message(&anna, &done["message_id"]).await
    };

    let answer = act("respond", json!({ "response": "going" })).await;
    let answer = answer.message.enc_event_response_message.as_option().unwrap().clone();
    let (payload, iv) = (answer.enc_payload.unwrap(), answer.enc_iv.unwrap());
    let opened = decrypt_event_response_with_secret(&payload, &iv, &secret, &id, anna_lid, carl_lid).unwrap();
    assert_eq!(opened.response, Some(wa::message::event_response_message::EventResponseType::GOING));

    let reaction = act("react", json!({ "emoji": "👍", "encrypted": true })).await;
    let comment = act("comment", json!({ "text": "well said", "encrypted": true })).await;
    // The client opens these by itself where it knows the secret.
    let sealed = reaction.message.enc_reaction_message.as_option().cloned();
    let text = match sealed {
        Some(sealed) => {
            let (payload, iv) = (sealed.enc_payload.unwrap(), sealed.enc_iv.unwrap());
            decrypt_reaction_with_secret(&payload, &iv, &secret, &id, anna_lid, carl_lid).unwrap().text
        }
        None => reaction.message.reaction_message.as_option().unwrap().text.clone(),
    };
    assert_eq!(text.as_deref(), Some("👍"));
    let sealed = comment.message.enc_comment_message.as_option().cloned();
    let text = match sealed {
        Some(sealed) => {
            let (payload, iv) = (sealed.enc_payload.unwrap(), sealed.enc_iv.unwrap());
            decrypt_comment_with_secret(&payload, &iv, &secret, &id, anna_lid, carl_lid).unwrap().conversation
        }
        None => comment.message.conversation.clone(),
    };
    assert_eq!(text.as_deref(), Some("well said"));
    sandbox.stop().await.unwrap();
}
