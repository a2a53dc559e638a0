//! A session and whom it writes to, for stories and measurements that count what arrives.

use std::time::Duration;

use serde_json::{Value, json};

use crate::organization::Organization;
use crate::session::Session;
use crate::wait::wait_within;

/// A session, and a contact that it alone writes to.
#[derive(Debug, Clone)]
pub struct Line {
    /// The session.
    pub session: Session,
    /// The contact's phone number.
    pub contact: String,
}

impl Line {
    /// Pairs a session, and sends the contact a first message.
    ///
    /// # Panics
    /// When that does not work.
    pub async fn open(us: &Organization) -> Self {
        let contact = format!("49161{:07}", us.world.next_number());
        us.world.sandbox().contact(&contact, "Contact").await;
        let session = Session::pair(us).await;
        session.send_text(&contact, "first").await;
        Self { session, contact }
    }

    /// Has a message accepted, with a small file where that is wanted: its outbox id.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn accept(&self, text: &str, file: bool) -> Value {
        let mut body = json!({ "to": self.contact, "type": "text", "text": text });
        if file {
            let media = json!({ "data": "AAAAAAAA", "filename": "a.bin" });
            body = json!({ "to": self.contact, "type": "document", "media": media, "caption": text });
        }
        let request = self.session.owner.post(&self.session.path("/messages?async=true")).json(&body);
        request.send().await.expect(202)["outboxId"].clone()
    }

    /// Has a message accepted by asking again, under one key, until that is answered: its outbox id.
    ///
    /// # Panics
    /// When it is refused for another reason than that Redis is away, or not accepted within `limit`.
    pub async fn accept_surely(&self, text: &str, limit: Duration) -> Value {
        let body = json!({ "to": self.contact, "type": "text", "text": text });
        wait_within(limit, "a send to be accepted", || async {
            let request = self.session.owner.post(&self.session.path("/messages?async=true"));
            let key = format!("{}-{text}", self.session.id);
            let reply = request.header("idempotency-key", &key).json(&body).send().await;
            match reply.status {
                202 => Ok(reply.json()["outboxId"].clone()),
                503 => Err(reply.text()),
                _ => panic!("a send was answered {}", reply.text()),
            }
        })
        .await
    }

    /// Sends and waits: the outbox id, whatever the answer is. A send that was said to be sent was.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn send(&self, text: &str) -> Value {
        let body = json!({ "to": self.contact, "type": "text", "text": text });
        let reply = self.session.owner.post(&self.session.path("/messages")).json(&body).send().await;
        match reply.status {
            200 => reply.json()["outboxId"].clone(),
            504 => reply.json()["error"]["details"]["outboxId"].clone(),
            _ => panic!("a send was answered {}", reply.text()),
        }
    }

    /// The message that a command became, once it is sent. While Redis is away it is asked again.
    ///
    /// # Panics
    /// When it is not within `limit`.
    pub async fn sent(&self, outbox: &Value, limit: Duration) -> String {
        let path = format!("/api/v1/outbox/{}", outbox.as_str().expect("an outbox id"));
        let outcome = wait_within(limit, "a send to be sent", || async {
            let reply = self.session.owner.get(&path).send().await;
            if reply.status == 503 {
                return Err(reply.text());
            }
            let outcome = reply.expect(200);
            if outcome["status"] == "queued" { Err(outcome.to_string()) } else { Ok(outcome) }
        })
        .await;
        assert_eq!(outcome["status"], "sent", "{outcome}");
        outcome["waMessageId"].as_str().expect("a message id").to_owned()
    }

    /// The ids of all that the contact was given, each where it came first. An app shows a repeated id once.
    ///
    /// # Panics
    /// When the sandbox does not say.
    pub async fn received(&self) -> Vec<String> {
        self.session.owner.world.sandbox().received_ids(&self.contact).await
    }
}
