//! Who is there, and what was said before.

use std::sync::Arc;

use harness::baileys::Baileys;
use harness::{Peer, Session, World, wait_until};
use serde_json::{Value, json};
use whatsapp_rust::waproto::whatsapp as wa;

/// A recipient's client.
pub enum Recipient {
    /// Of the library that the gateway itself uses.
    Rust(Peer),
    /// Of another make.
    Baileys(Box<Baileys>),
}

/// A session of ours, somebody to write to, a group of both, and some messages.
pub struct Scene {
    /// The sender.
    pub session: Session,
    /// The recipient.
    pub recipient: Recipient,
    /// A group of both, and of somebody else who made it.
    pub group: String,
    /// A text of ours to the recipient.
    pub ours: String,
    /// A text of theirs to us.
    pub theirs: String,
    /// A poll of theirs to us: red, green, blue.
    pub poll: String,
    /// Somebody else's text in the group.
    pub in_group: String,
    /// Who wrote it.
    pub third: String,
    world: Arc<World>,
}

impl Recipient {
    /// The phone number.
    pub fn phone(&self) -> &str {
        match self {
            Self::Rust(peer) => &peer.phone,
            Self::Baileys(baileys) => &baileys.phone,
        }
    }

    /// The JID.
    pub fn jid(&self) -> String {
        format!("{}@s.whatsapp.net", self.phone())
    }

    /// The message with this id, as it was decrypted.
    pub async fn message(&self, id: &str) -> wa::Message {
        match self {
            Self::Rust(peer) => (*peer.message(id).await).clone(),
            Self::Baileys(baileys) => baileys.protobuf(id).await,
        }
    }

    /// The message's file.
    pub async fn download(&self, id: &str, message: &wa::Message) -> Vec<u8> {
        match self {
            Self::Rust(peer) => peer.download(message).await,
            Self::Baileys(baileys) => baileys.download(id).await,
        }
    }

    async fn writes(&self, to: &str, text: &str) -> String {
        match self {
            Self::Rust(peer) => peer.writes(to, text).await,
            Self::Baileys(baileys) => baileys.send(to, json!({ "text": text })).await,
        }
    }

    async fn asks(&self, to: &str, question: &str, options: &[&str]) -> String {
        match self {
            Self::Rust(peer) => peer.asks(to, question, options).await.id,
            Self::Baileys(baileys) => {
                let poll = json!({ "name": question, "values": options, "selectableCount": 2 });
                baileys.send(to, json!({ "poll": poll })).await
            }
        }
    }
}

impl Scene {
    /// Sets it.
    pub async fn set(world: &Arc<World>, name: &str, recipient: Recipient) -> Self {
        let us = world.organization(name);
        let session = Session::pair(&us).await;
        let sandbox = world.sandbox();
        let third = format!("4916000{:05}", world.next_number());
        sandbox.contact(&third, "Third").await;
        let members = [session.phone.as_str(), recipient.phone()];
        let made = json!({ "creator": third, "subject": "All", "participants": members });
        let made = sandbox.post("groups", made).await;
        let group = made["jid"].as_str().expect("the group's JID").to_owned();
        let mut events = us.events(&format!("?session={}&events=message", session.id)).await;
        let sent = session.send_text(recipient.phone(), "something of ours").await;
        let ours = sent["waMessageId"].as_str().expect("an id").to_owned();
        recipient.message(&ours).await;
        let theirs = recipient.writes(&session.phone, "something of theirs").await;
        let poll = recipient.asks(&session.phone, "Which?", &["red", "green", "blue"]).await;
        let in_group = sandbox.write(&third, &group, "something in the group").await;
        // Chats have no order among themselves.
        let mut awaited = vec![json!(theirs), json!(poll), json!(in_group)];
        while !awaited.is_empty() {
            let event = events.next("message", |payload| awaited.contains(&payload["message_id"])).await;
            awaited.retain(|id| *id != event["payload"]["message_id"]);
        }
        Self { session, recipient, group, ours, theirs, poll, in_group, third, world: world.clone() }
    }

    /// The stanza that left with this id, as the network saw it.
    pub async fn stanza(&self, id: &str) -> Value {
        let path = format!("stanzas?phone={}&tag=message&id={id}", self.session.phone);
        let stanzas = self.world.sandbox().get(&path).await;
        assert_eq!(stanzas.as_array().map(Vec::len), Some(1), "one stanza of {id}: {stanzas}");
        stanzas[0].clone()
    }

    /// Whether the network saw a read receipt for this id.
    pub async fn saw_receipt(&self, id: &str) -> Result<(), String> {
        let path = format!("stanzas?phone={}&tag=receipt&type=read&id={id}", self.session.phone);
        wait_until("the read receipt", || async {
            let stanzas = self.world.sandbox().get(&path).await;
            if stanzas.as_array().is_some_and(|all| !all.is_empty()) {
                Ok(())
            } else {
                Err(stanzas.to_string())
            }
        })
        .await;
        Ok(())
    }

    /// Ends it.
    pub async fn end(self) {
        match self.recipient {
            Recipient::Rust(peer) => peer.leave().await,
            Recipient::Baileys(baileys) => baileys.stop().await,
        }
    }
}
